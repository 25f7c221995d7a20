package coding

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
)

func wantCode(t *testing.T, what string, err error, want failure.Code) {
	t.Helper()
	if failure.CodeOf(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestBook(t *testing.T) {
	var book Book
	for _, label := range []string{" Größere  Räume ", "Größere Räume!", "دروس", "2 Stunden", strings.Repeat("x", 60)} {
		tag := Tag{Label: label}.Tidy(book)
		if err := book.Fits(tag); err != nil {
			t.Fatalf("%q: %v", label, err)
		}
		book = append(book, tag)
	}
	names := []string{"groessere_raeume", "groessere_raeume_2", "tag", "tag_2_stunden", strings.Repeat("x", 36)}
	for i, want := range names {
		if book[i].Name != want {
			t.Errorf("%q is named %q, want %q", book[i].Label, book[i].Name, want)
		}
	}
	if book[0].Label != "Größere Räume" {
		t.Errorf("label %q", book[0].Label)
	}
	wantCode(t, "no label", book.Fits(Tag{Name: "a"}), failure.Invalid)
	wantCode(t, "a bad name", book.Fits(Tag{Name: "A b", Label: "x"}), failure.Invalid)
	wantCode(t, "a long label", book.Fits(Tag{Name: "a", Label: strings.Repeat("ä", 81)}), failure.Invalid)
	wantCode(t, "a long definition", book.Fits(Tag{Name: "a", Label: "x", Definition: strings.Repeat("ä", 1001)}), failure.Invalid)
	wantCode(t, "a label twice", book.Fits(Tag{Name: "other", Label: "größere räume"}), failure.Conflict)
	if err := book.Fits(Tag{Name: "tag", Label: "Unterricht"}); err != nil {
		t.Errorf("another label of the same tag: %v", err)
	}
	full := make(Book, MaxTags)
	wantCode(t, "one too many", full.Fits(Tag{Name: "a", Label: "x"}), failure.Conflict)
}

func TestTagsRenamed(t *testing.T) {
	tags := NewTags("b", "a", "b")
	if tags.String() != "a b" || !slices.Equal(ReadTags(" b a "), tags) || tags.Has("c") || len(ReadTags("")) != 0 {
		t.Errorf("%v", tags)
	}
	for _, c := range []struct {
		from, into, want string
		changed          bool
	}{{"a", "b", "b", true}, {"a", "c", "b c", true}, {"c", "a", "a b", false}, {"b", "", "a", true}} {
		if got, changed := tags.Renamed(c.from, c.into); got.String() != c.want || changed != c.changed {
			t.Errorf("%s into %s: %v %v", c.from, c.into, got, changed)
		}
	}
	if tags.String() != "a b" {
		t.Errorf("the original is now %v", tags)
	}
}

// TestSuspects: every kind, in several languages, and what only looks like one.
func TestSuspects(t *testing.T) {
	for text, want := range map[string]string{
		"Schreiben Sie an anna.müller@schule-süd.de.":              "mail:anna.müller@schule-süd.de",
		"راسلني على amal@example.org من فضلك":                      "mail:amal@example.org",
		"Mehr auf www.example.org/hilfe?x=1, danke":                "link:www.example.org/hilfe?x=1",
		"https://t.me/amal_77!":                                    "link:https://t.me/amal_77",
		"Konto DE89 3704 0044 0532 0130 00 bitte":                  "iban:DE89 3704 0044 0532 0130 00",
		"GB82WEST12345698765432":                                   "iban:GB82WEST12345698765432",
		"Konto mit Tippfehler: DE89370400440532013001":             "iban:DE89370400440532013001",
		"Rufen Sie an: 0176 / 123 456 78":                          "phone:0176 / 123 456 78",
		"+49 (0)234 910-0":                                         "phone:+49 (0)234 910-0",
		"رقمي ٠١٧٦١٢٣٤٥٦٧٨":                                        "phone:٠١٧٦١٢٣٤٥٦٧٨",
		"شماره ۰۹۱۲۳۴۵۶۷۸۹ است":                                    "phone:۰۹۱۲۳۴۵۶۷۸۹",
		"Mobil 17612345678":                                        "phone:17612345678",
		"Seit dem 01.09.2026 oder 2026-09-01, Schuljahr 2025/2026": "",
		"Es kostet 1 200 000 Euro und dauert 2025 - 2026":          "",
		"Mein Name ist Amina Yılmaz und ich":                       "name:Amina Yılmaz",
		"Frau Müller-Lüdenscheidt hilft uns":                       "name:Müller-Lüdenscheidt",
		"Fragen Sie Herrn Dr. Öztürk.":                             "name:Öztürk",
		"My name is Sara. My daughter Amal":                        "name:Sara name:Amal",
		"Меня зовут Олена Коваль":                                  "name:Олена Коваль",
		"اسمي أمل وأريد":                                           "name:أمل",
		"ስመይ ሳባ እዩ":                                                "name:ሳባ",
		"Unsere Frau hilft den Kindern":                            "",
		"Mehr Deutschkurse für Eltern, bitte!":                     "",
		"Nur 12 Plätze, 3 Stunden am Tag":                          "",
		"":                                                         "",
	} {
		var got []string
		for _, one := range Suspects(text) {
			got = append(got, string(one.Kind)+":"+text[one.From:one.To])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", text, strings.Join(got, " "), want)
		}
	}
}

// mixed draws texts of several scripts with things to find in them.
func mixed(t *rapid.T) string {
	part := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"anna@example.org", " 0176 1234567 ", "Frau Müller", "اسمي أمل", "ስመይ ሳባ", "www.a.de/x", "DE89370400440532013000", "\u200f", "🙂", "\n", " ", "٠١٧٦١٢٣٤٥", "@", ".", "é́"}))
	return strings.Join(rapid.SliceOfN(part, 0, 8).Draw(t, "parts"), "")
}

// TestSuspectsLieWell: whatever the text, suspects are sorted, apart, between
// characters, and the pieces of the text are the text.
func TestSuspectsLieWell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := mixed(t)
		var marks []Mark
		for _, one := range Suspects(text) {
			marks = append(marks, Mark{one.Span, rapid.Bool().Draw(t, "redact")})
		}
		checked, err := CheckMarks(text, marks)
		if err != nil || !slices.Equal(checked, marks) {
			t.Fatalf("%v: %v", marks, err)
		}
		back, err := ReadMarks(WriteMarks(marks))
		if err != nil || !slices.Equal(back, marks) {
			t.Fatalf("%v, %v from %v", back, err, marks)
		}
		for _, said := range [][]Mark{nil, marks} {
			original, shown := "", ""
			for _, piece := range Pieces(text, said) {
				if !utf8.ValidString(piece.Original) && utf8.ValidString(text) {
					t.Fatalf("%q of %q", piece.Original, text)
				}
				original, shown = original+piece.Original, shown+piece.Text
			}
			if original != text || shown != Redact(text, said) {
				t.Fatalf("%q and %q from %q", original, shown, text)
			}
		}
		if Redact(text, nil) != text {
			t.Fatalf("%q from %q", Redact(text, nil), text)
		}
	})
}

// TestRedactedIsGone: what was taken out is nowhere in what is left, and nothing
// else of it is found.
func TestRedactedIsGone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := rapid.StringMatching(`[a-zäß ]{0,20}`).Draw(t, "before"), rapid.StringMatching(`[ .!][a-zäß ]{0,20}`).Draw(t, "after")
		secret := rapid.SampledFrom([]string{"anna.b@example.org", "+49 176 1234567", "DE89370400440532013000"}).Draw(t, "secret")
		text := before + " " + secret + after
		var marks []Mark
		for _, one := range Suspects(text) {
			marks = append(marks, Mark{one.Span, true})
		}
		left := Redact(text, marks)
		if strings.Contains(left, secret) || !strings.Contains(left, Blank) || len(Suspects(left)) > 0 {
			t.Fatalf("%q from %q", left, text)
		}
	})
}

func TestMarkWords(t *testing.T) {
	const text = "Amal und Amals Bruder"
	marks, err := MarkWords(text, []Mark{{Span{9, 14}, false}}, " Amal\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if marks, err = CheckMarks(text, marks); err != nil || Redact(text, marks) != "[…] und […]s Bruder" {
		t.Errorf("%q, %v", Redact(text, marks), err)
	}
	if again, err := MarkWords(text, marks, "Amals"); err != nil || Redact(text, must(CheckMarks(text, again))) != "[…] und […] Bruder" {
		t.Errorf("more of it: %v, %v", again, err)
	}
	if same, err := MarkWords(text, marks, " "); err != nil || !slices.Equal(same, marks) {
		t.Errorf("nothing: %v, %v", same, err)
	}
	_, err = MarkWords(text, nil, "Sara")
	wantCode(t, "what is not there", err, failure.Invalid)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestBadMarks(t *testing.T) {
	for _, stored := range []string{"1", "1-2", "2-1:redact", "-1-2:keep", "1-2:maybe", "a-b:keep"} {
		_, err := ReadMarks(stored)
		wantCode(t, stored, err, failure.Invalid)
	}
	for what, marks := range map[string][]Mark{"outside": {{Span{0, 9}, true}}, "through a letter": {{Span{1, 2}, true}}, "over another": {{Span{0, 2}, true}, {Span{0, 3}, false}}, "empty": {{Span{2, 2}, true}},
		"too many": make([]Mark, MaxMarks+1)} {
		_, err := CheckMarks("äbc", marks)
		wantCode(t, what, err, failure.Invalid)
	}
}

// TestSuggest: the tags of what speaks of the same, whatever the script.
func TestSuggest(t *testing.T) {
	s := NewSketcher()
	for _, c := range []struct {
		tagged map[string]string // text → tags
		text   string
		want   string
	}{
		{map[string]string{"Mehr Deutschkurse für Mütter": "german", "Ein Deutschkurs am Abend": "german", "Sportverein für Mädchen": "sport"}, "Deutschkursen fehlen Plätze", "german"},
		{map[string]string{"دروس في اللغة الألمانية للأمهات": "german", "نادي رياضي للبنات": "sport"}, "نريد دروس الألمانية", "german"},
		{map[string]string{"ትምህርቲ ቋንቋ ጀርመን ንወለዲ": "german", "ስፖርት ንቖልዑ": "sport"}, "ትምህርቲ ጀርመን የድልየና", "german"},
		{map[string]string{"Mehr Deutschkurse": "german"}, "xyz", ""},
		{map[string]string{"Mehr Deutschkurse": "german"}, "123 !", ""},
		{nil, "Deutschkurs", ""},
	} {
		var tagged []Tagged
		for text, tags := range c.tagged {
			tagged = append(tagged, Tagged{s.Sketch(text), ReadTags(tags)})
		}
		got := Suggest(s.Sketch(c.text), tagged)
		first := ""
		if len(got) > 0 {
			first = got[0].Tag
		}
		if first != c.want {
			t.Errorf("%s: %v, want %s", c.text, got, c.want)
		}
	}
}

func TestSuggestTellsWhy(t *testing.T) {
	s := NewSketcher()
	tagged := []Tagged{{s.Sketch("Deutschkurse abends"), NewTags("german", "time")}, {s.Sketch("Deutschkurse vormittags"), NewTags("german")}, {s.Sketch("Fußball"), NewTags("sport")}}
	got := Suggest(s.Sketch("Deutschkurse"), tagged)
	if len(got) != 2 || got[0].Tag != "german" || got[0].With != 2 || got[0].Nearest != 2 || got[0].Weight != 1 || got[1].Tag != "time" || got[1].With != 1 || got[1].Weight >= 0.7 {
		t.Errorf("%+v", got)
	}
}

// TestSuggestProperties: a text like one that was tagged gets its tags before all
// others; shares are shares; the order of the tagged texts is no matter.
func TestSuggestProperties(t *testing.T) {
	s := NewSketcher()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-zäöüабвгдابتثሀለሐ ]{0,40}`), 1, 12, rapid.ID).Draw(t, "texts")
		var tagged []Tagged
		for i, text := range texts {
			tagged = append(tagged, Tagged{s.Sketch(text), NewTags(fmt.Sprint("tag", i%4))})
		}
		got := Suggest(s.Sketch(rapid.SampledFrom(texts).Draw(t, "text")), tagged)
		last := 2.0
		for _, one := range got {
			if one.Weight <= 0 || one.Weight > min(1, last) || one.With < 1 || one.With > one.Nearest || one.Nearest > nearestTexts {
				t.Fatalf("%+v", got)
			}
			last = one.Weight
		}
	})
}

// BenchmarkSuggest: one text beside 2 000 tagged ones, all of them sketched anew.
func BenchmarkSuggest(b *testing.B) {
	s, texts := NewSketcher(), madeUp(2000)
	text := s.Sketch("Mehr Deutschkurse am Abend für die Mütter, mit Kinderbetreuung")
	b.Run("2000 sketched before", func(b *testing.B) {
		tagged := make([]Tagged, len(texts))
		for i, one := range texts {
			tagged[i] = Tagged{s.Sketch(one), NewTags(fmt.Sprint("tag", i%12))}
		}
		for b.Loop() {
			Suggest(text, tagged)
		}
	})
	b.Run("sketch one", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s.Sketch(texts[i%len(texts)])
		}
	})
}

// madeUp are texts of some 120 characters.
func madeUp(n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("mehr Deutschkurse Abend Mütter Kinderbetreuung Sportverein Schule Lehrkräfte Übersetzung دروس الألمانية للأمهات مدرسة أطفال курси німецької для дітей ትምህርቲ ጀርመን ንወለዲ Hausaufgaben Ferien Bus Wohnung Platz Kita warten Termin")
	texts := make([]string, n)
	for i := range texts {
		for len(texts[i]) < 120 {
			texts[i] += words[random.IntN(len(words))] + " "
		}
	}
	return texts
}
