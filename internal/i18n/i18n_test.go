package i18n_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/i18n"
)

func load(t *testing.T, files map[string]string) *i18n.Catalogue {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	catalogue, err := i18n.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

func TestChainIsWalkedMessageByMessage(t *testing.T) {
	catalogue := load(t, map[string]string{
		"a.de.json":        `{"k.one": "eins", "k.two": "zwei", "k.three": "drei"}`,
		"a.en.json":        `{"k.one": "one", "k.two": "two"}`,
		"a.kmr.json":       `{"k.one": "yek"}`,
		"a.de-simple.json": `{"k.one": "eins, leicht"}`,
	})
	for _, test := range []struct{ language, key, want string }{
		{"kmr", "one", "yek"},
		{"kmr", "two", "two"},
		{"kmr", "three", "drei"},
		{"de-simple", "one", "eins, leicht"},
		{"de-simple", "two", "zwei"},
		{"so", "one", "one"},
		{"de", "nowhere", "k.nowhere"},
	} {
		if got := catalogue.Localizer(test.language).T("k." + test.key); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.language, test.key, got, test.want)
		}
	}
}

func TestPluralForms(t *testing.T) {
	catalogue := load(t, map[string]string{
		"a.de.json": `{"n": {"one": "{{.Count}} Antwort", "other": "{{.Count}} Antworten"}}`,
		"a.ar.json": `{"n": {"zero": "z {{.Count}}", "one": "o", "two": "t", "few": "f {{.Count}}", "many": "m {{.Count}}", "other": "x {{.Count}}"}}`,
		"a.uk.json": `{"n": {"one": "{{.Count}} відповідь", "few": "{{.Count}} відповіді", "many": "{{.Count}} відповідей", "other": "{{.Count}} відповіді"}}`,
		"a.fr.json": `{"n": {"one": "{{.Count}} réponse", "many": "{{.Count}} de réponses", "other": "{{.Count}} réponses"}}`,
	})
	for _, test := range []struct {
		language string
		count    int
		want     string
	}{
		{"de", 1, "1 Antwort"}, {"de", 12345, "12.345 Antworten"},
		{"ar", 0, "z ٠"}, {"ar", 2, "t"}, {"ar", 3, "f ٣"}, {"ar", 11, "m ١١"}, {"ar", 100, "x ١٠٠"},
		{"uk", 21, "21 відповідь"}, {"uk", 3, "3 відповіді"}, {"uk", 12, "12 відповідей"},
		{"fr", 0, "0 réponse"}, {"fr", 2, "2 réponses"}, {"fr", 1e6, "1\u00a0000\u00a0000 de réponses"},
	} {
		if got := catalogue.Localizer(test.language).N("n", test.count); got != test.want {
			t.Errorf("%s %d: %q, want %q", test.language, test.count, got, test.want)
		}
	}
}

func TestLoadRefusesWhatWouldHideText(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"key in two files": {"a.de.json": `{"k": "x"}`, "b.de.json": `{"k": "y"}`},
		"no language":      {"a.json": `{}`},
		"broken":           {"a.de.json": `{`},
	} {
		fsys := fstest.MapFS{}
		for file, content := range files {
			fsys[file] = &fstest.MapFile{Data: []byte(content)}
		}
		catalogue, err := i18n.Load(fsys)
		if err == nil {
			err = catalogue.Check()
		}
		if err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func TestNumbers(t *testing.T) {
	catalogue := load(t, map[string]string{"a.de.json": `{}`})
	for _, test := range []struct {
		language string
		value    float64
		decimals int
		want     string
	}{
		{"de", 1234.5, 1, "1234,5"}, {"de", 12345.5, 0, "12.346"}, {"en", 12345.5, 0, "12,346"},
		{"de", 2.5, 0, "3"}, {"de", -2.5, 0, "−3"}, {"fa", -10, 0, "\u200e−۱۰"}, {"ar", -10, 0, "−١٠"}, {"de", -0.04, 1, "0,0"}, {"de", 1.005, 2, "1,01"},
		{"fr", 1234567, 0, "1\u00a0234\u00a0567"}, {"ar", 12345.6, 1, "١٢٬٣٤٥٫٦"}, {"fa", 7, 0, "۷"}, {"ti", 12345, 0, "12,345"},
	} {
		if got := catalogue.Localizer(test.language).Number(test.value, test.decimals); got != test.want {
			t.Errorf("%s %v: %q, want %q", test.language, test.value, got, test.want)
		}
	}
	for language, want := range map[string]string{"de": "12,5\u00a0%", "en": "12.5%", "tr": "%12,5", "ar": "١٢٫٥٪"} {
		if got := catalogue.Localizer(language).Percent(0.125, 1); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
}

func TestDirectionComesFromTheScript(t *testing.T) {
	for _, tag := range i18n.Respondents() {
		want := "ltr"
		switch tag {
		case "ar", "fa", "ps", "ckb":
			want = "rtl"
		}
		if got := i18n.Direction(tag); got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
		if i18n.NativeName(tag) == tag {
			t.Errorf("%s has no name of its own", tag)
		}
	}
	if i18n.Direction("he") != "rtl" {
		t.Error("languages of imported surveys count as well: he is written from right to left")
	}
}

// TestChains: the table of languages, as it is documented in locales/README.md.
func TestChains(t *testing.T) {
	want := map[string]string{"de": "de", "de-simple": "de-simple de", "en": "en de",
		"pt": "pt en de", "pt-BR": "pt-BR pt en de", "de-AT": "de-AT de", "en-GB": "en-GB en de", "fa-AF": "fa-AF fa en de"}
	for _, tag := range i18n.Respondents() {
		if want[tag] == "" {
			want[tag] = tag + " en de"
		}
	}
	if len(i18n.Respondents()) != 17 {
		t.Errorf("%d languages", len(i18n.Respondents()))
	}
	for tag, chain := range want {
		if got := strings.Join(i18n.Chain(tag), " "); got != chain {
			t.Errorf("%s: %s, want %s", tag, got, chain)
		}
	}
}

// TestMatch: headers as browsers and phones send them.
func TestMatch(t *testing.T) {
	all := i18n.Respondents()
	few := []string{"de", "en", "ar", "uk", "tr"}
	for _, test := range []struct {
		header  string
		offered []string
		want    string
	}{
		{"", few, "de"}, {"ar-SY,ar;q=0.9,en;q=0.5", few, "ar"}, {"uk-UA", few, "uk"}, {"sw, en;q=0.3", few, "en"},
		{";;;", few, "de"}, {"ku,tr;q=0.4", few, "tr"}, {"*", few, "de"}, {"de", nil, ""},
		// Chrome and Safari on phones
		{"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", all, "de"},
		{"en-US,en;q=0.9,de-DE;q=0.8", all, "en"},
		{"uk-UA,uk;q=0.9,ru;q=0.8,en-US;q=0.7", all, "uk"},
		{"ar-EG,ar;q=0.9", all, "ar"},
		{"fa-IR,fa;q=0.9", all, "fa"}, {"fa-AF,fa;q=0.9", all, "fa"}, {"prs-AF,prs;q=0.9,en;q=0.8", all, "fa"}, {"PRS", all, "fa"},
		{"ps-AF,ps;q=0.9", all, "ps"}, {"pbt-AF", all, "ps"},
		{"ku,en;q=0.5", all, "kmr"}, {"ku-TR,ku;q=0.9,tr;q=0.8", all, "kmr"}, {"kmr-TR", all, "kmr"}, {"ku-Latn-SY", all, "kmr"},
		{"ckb-IQ,ckb;q=0.9,ar;q=0.8", all, "ckb"}, {"ku-Arab-IQ,ku-Arab;q=0.7", all, "ckb"}, {"ku-IQ", all, "ckb"},
		{"ti-ER,ti;q=0.9,en;q=0.8", all, "ti"}, {"ti-ET", all, "ti"},
		{"sq-XK,sq;q=0.9", all, "sq"}, {"ro-MD,ro;q=0.9", all, "ro"}, {"mo", all, "ro"}, {"tr-TR", all, "tr"}, {"fr-CM,fr;q=0.9", all, "fr"},
		// one that nobody can read beside one that fits
		{"xx-yy,pl;q=0.8", all, "pl"}, {"bg;q=0.3,fr;q=0.9", all, "fr"},
		// plain German only by its name
		{"de", []string{"de-simple", "en", "de"}, "de"}, {"de-AT", []string{"en", "de-simple"}, "en"},
		{"de-simple,de;q=0.9", all, "de-simple"}, {"de-simple", few, "de"}, {"de", []string{"de-simple"}, "de-simple"},
		{"en,de-simple;q=0.5", all, "en"},
	} {
		if got := i18n.Match(test.header, test.offered); got != test.want {
			t.Errorf("%q of %v: %s, want %s", test.header, test.offered, got, test.want)
		}
	}
}

// TestEveryCoordinatorMessageInBothLanguages: German and English must not
// drift apart in any room.
func TestEveryCoordinatorMessageInBothLanguages(t *testing.T) {
	catalogue, err := i18n.Load(os.DirFS("../../locales"))
	if err != nil {
		t.Fatal(err)
	}
	if err := catalogue.Check(); err != nil {
		t.Error(err)
	}
	german, english := map[string]bool{}, map[string]bool{}
	for _, key := range catalogue.Keys("de") {
		german[key] = true
	}
	for _, key := range catalogue.Keys("en") {
		english[key] = true
		if !german[key] {
			t.Errorf("de lacks %s", key)
		}
	}
	for key := range german {
		if !english[key] {
			t.Errorf("en lacks %s", key)
		}
	}
	if len(german) < 300 {
		t.Errorf("only %d messages", len(german))
	}
}

// TestIsolate: in a language written from the right, what comes from another
// keeps its own order; elsewhere nothing is added.
func TestIsolate(t *testing.T) {
	catalogue := load(t, map[string]string{
		"k.de.json": `{"k.only_german": "Nur deutsch.", "k.both": "Beides."}`,
		"k.ar.json": `{"k.both": "كلاهما."}`,
		"k.tr.json": `{"k.both": "İkisi de."}`,
	})
	for _, c := range []struct{ language, key, want string }{
		{"ar", "k.only_german", "\u2068Nur deutsch.\u2069"},
		{"ar", "k.both", "كلاهما."},
		{"tr", "k.only_german", "Nur deutsch."},
		{"de", "k.only_german", "Nur deutsch."},
	} {
		if got := catalogue.Localizer(c.language).T(c.key); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.key, c.language, got, c.want)
		}
	}
	if got := catalogue.Localizer("fa").Isolate("Bochum"); got != "\u2068Bochum\u2069" {
		t.Errorf("isolated: %q", got)
	}
	if got := catalogue.Localizer("ar").Isolate(""); got != "" {
		t.Errorf("nothing isolated: %q", got)
	}
}

// TestTag: tags as people type them.
func TestTag(t *testing.T) {
	for text, want := range map[string]string{"ar": "ar", " AR ": "ar", "de-simple": "de-simple", "DE_Simple": "de-simple", "so": "so", "pt_br": "pt-BR",
		"sr-latn": "sr-Latn", "ku": "kmr", "prs": "fa", "kmr": "kmr",
		"": "", "x": "", "arabisch": "", "zz-zz": "", "und": "", "de-": "", "../x": "", "de-foobarbaz": ""} {
		if got, ok := i18n.Tag(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v, want %q", text, got, ok, want)
		}
	}
}
