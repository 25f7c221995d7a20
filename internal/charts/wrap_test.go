package charts

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		width      float64
		most       int
		want       []string
	}{
		{"fits", "kurz", 200, 3, []string{"kurz"}},
		{"nothing", "", 200, 3, nil},
		{"at spaces", "eins zwei drei", 70, 3, []string{"eins zwei", "drei"}},
		{"behind a hyphen", "Kinder-Betreuung", 90, 3, []string{"Kinder-", "Betreuung"}},
		{"a soft hyphen goes", "Kinder\u00adbetreuung", 200, 3, []string{"Kinderbetreuung"}},
		{"a long word in like parts", "Kindertagesbetreuung", 110, 3, []string{"Kindertages-", "betreuung"}},
		{"not before a sign", "rund 75\u00a0%", 60, 3, []string{"rund", "75\u00a0%"}},
		{"too much", "eins zwei drei vier fünf", 60, 2, []string{"eins", "zwei…"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := wrap(test.text, test.width, 13, test.most); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Wrapped lines keep within their width and number, and lose nothing but
// spaces unless they say so by an ellipsis.
func TestWrapKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := plain(rapid.StringOfN(rapid.RuneFrom([]rune("abcWÄ é-/ ع م ሀ 漢1%…")), 0, 80, -1).Draw(t, "text"))
		width := rapid.Float64Range(40, 400).Draw(t, "width")
		most := rapid.IntRange(1, 5).Draw(t, "most")
		lines := wrap(text, width, 13, most)
		if len(lines) > most {
			t.Fatalf("%d lines, at most %d", len(lines), most)
		}
		for _, line := range lines {
			if textWidth(line, 13) > width+0.001 {
				t.Fatalf("line %q is %.1f wide, at most %.1f", line, textWidth(line, 13), width)
			}
		}
		if full := wrap(text, width, 13, 1000); letters(strings.Join(full, "")) != letters(text) {
			t.Fatalf("%q lost something of %q", full, text)
		}
	})
}

// letters leaves out what wrapping may add or remove.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, text)
}

func TestPlain(t *testing.T) {
	tests := []struct{ text, want string }{
		{"**Wichtig**: __ja__", "Wichtig: ja"},
		{"## Titel", "Titel"},
		{"siehe [hier](https://example.org/x)", "siehe hier"},
		{"Wie alt ist ${name}?", "Wie alt ist …?"},
		{"a <span style=\"color:red\">b</span><br/>c", "a b c"},
		{"3 < 5 & 7 > 2", "3 < 5 & 7 > 2"},
		{"2 * 3 * 4, a_b_c", "2 * 3 * 4, a_b_c"},
		{" zu\tviel \n Raum ", "zu viel Raum"},
		{"\u00a075\u00a0% ", "75\u00a0%"},
		{"rechts\u202eum\u2066\u2069\u200f", "rechtsum\u200f"},
	}
	for _, test := range tests {
		if got := plain(test.text); got != test.want {
			t.Errorf("plain(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

func TestIdentifiersStayApart(t *testing.T) {
	if identifier("needs_1") != "chart-needs_1" {
		t.Errorf("a plain name became %q", identifier("needs_1"))
	}
	if a, b := identifier("größe"), identifier("gräße"); a == b || strings.ContainsFunc(a, func(r rune) bool { return r > 127 }) {
		t.Errorf("identifiers %q and %q", a, b)
	}
}
