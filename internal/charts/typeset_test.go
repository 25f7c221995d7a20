package charts

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-text/typesetting/bidi"

	"bedarfslotse/internal/testinput"
)

func setter(t *testing.T) *typesetter {
	t.Helper()
	var files [][]byte
	for _, name := range []string{"noto-sans.ttf", "noto-sans-arabic.ttf", "noto-sans-ethiopic.ttf", "noto-sans-math.ttf"} {
		content, err := os.ReadFile(filepath.Join(testinput.Root(t), "web", "fonts", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, content)
	}
	fonts, err := parseFonts(files)
	if err != nil {
		t.Fatal(err)
	}
	return newTypesetter(fonts)
}

// All letters of the respondents' languages must have a glyph.
func TestFontsHaveTheAlphabets(t *testing.T) {
	alphabets := map[string]string{
		"de": "äöüßÄÖÜẞ„“–%…≈·−<=", "fr": "àâæçéèêëîïôœùûüÿ«»’", "tr": "çğıİöşü", "ro": "ăâîșțĂÂÎȘȚ", "pl": "ąćęłńóśźż",
		"sq": "çë", "kmr": "çêîşû", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’", "ru": "ёйъыэюя№", "bg": "щъьюя",
		"ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةى،؛؟٠١٢٣٤٥٦٧٨٩٪٫٬ًٌٍَُِّْ", "fa": "پچژگکی۰۱۲۳۴۵۶۷۸۹", "ps": "ټځڅډړږښګڼۍې",
		"ckb": "ڕڵۆێەڤھ", "ti": "ሀለሐመሠረሰሸቀቐበቨተቸነኘአከኸወዐዘዠየደጀገጠጨጰጸፀፈፐ፡።፣",
	}
	s := setter(t)
	for language, letters := range alphabets {
		for _, r := range letters {
			found := false
			for _, face := range s.faces {
				if _, has := face.NominalGlyph(r); has {
					found = true
				}
			}
			if !found {
				t.Errorf("%s: no font has %q (%U)", language, r, r)
			}
		}
	}
}

// Arabic letters must join: the four together are drawn with other glyphs than
// each by itself.
func TestArabicJoins(t *testing.T) {
	s := setter(t)
	joined, _ := s.shape("بببب")
	alone, _ := s.shape("ب")
	if len(joined) != 4 || joined[0].id == alone[0].id || joined[1].id == joined[0].id {
		t.Errorf("glyphs %v and %v: no joining forms", joined, alone)
	}
}

// order returns a text's characters as the eye meets them from left to right.
// All test characters have a glyph of their own in every form but ب.
func order(t *testing.T, s *typesetter, text string, alphabet string) string {
	t.Helper()
	glyphs, _ := s.shape(text)
	var seen []rune
	for _, g := range glyphs {
		for _, r := range alphabet {
			alone, _ := s.shape(string(r))
			if len(alone) == 1 && alone[0].face == g.face && alone[0].id == g.id {
				seen = append(seen, r)
			}
		}
	}
	return string(seen)
}

// Visual orders as the Unicode bidirectional algorithm has them, on the left-
// to-right ground that charts are drawn on. د and ر join nothing before them,
// so they keep their glyphs at the start of a word.
func TestVisualOrder(t *testing.T) {
	const alphabet = "abn=%123٣٤٪:در"
	tests := []struct{ name, text, want string }{
		{"plain", "ab 12", "ab12"},
		{"a word from the right", "a در b", "aردb"},
		{"a number inside", "a د 12 ر b", "aر12دb"},
		{"a number behind it moves before it", "د 12 a", "12دa"},
		{"a number with per cent", "د 12% a", "12%دa"},
		{"an isolate is apart", "\u2067در\u2069: 12%", "رد:12%"},
		{"a right-to-left line", "\u2067n = ٣٤\u2069", "٣٤=n"},
		{"per cent on the right side", "\u2067٣٤٪ در\u2069", "رد٪٣٤"},
		{"Arabic number before Arabic word", "a ٣ د", "aد٣"},
	}
	s := setter(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := order(t, s, test.text, alphabet); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestVisualOrderOfLevels(t *testing.T) {
	tests := []struct {
		levels []bidi.Level
		want   []int
	}{
		{nil, []int{}},
		{[]bidi.Level{0, 1, 0}, []int{0, 1, 2}},
		{[]bidi.Level{1, 2, 1}, []int{2, 1, 0}},
		{[]bidi.Level{1, 2, 2, 1}, []int{3, 1, 2, 0}},
		{[]bidi.Level{0, 1, 2, 1, 0, 1, 1}, []int{0, 3, 2, 1, 4, 6, 5}},
	}
	for _, test := range tests {
		if got := visualOrder(test.levels); !slices.Equal(got, test.want) {
			t.Errorf("visualOrder(%v) = %v, want %v", test.levels, got, test.want)
		}
	}
}

func TestWidths(t *testing.T) {
	s := setter(t)
	if once, twice := s.width("Bedarf", 13), s.width("Bedarf", 26); once <= 30 || once >= 60 || twice != 2*once {
		t.Errorf("widths %v and %v", once, twice)
	}
	if with, without := s.width("\u2067در\u2069", 13), s.width("در", 13); with != without {
		t.Errorf("isolates are %v wide", with-without)
	}
}
