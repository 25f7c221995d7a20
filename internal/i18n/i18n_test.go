package i18n_test

import (
	"os"
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
		if _, err := i18n.Load(fsys); err == nil {
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
		{"de", 2.5, 0, "3"}, {"de", -2.5, 0, "−3"}, {"de", -0.04, 1, "0,0"}, {"de", 1.005, 2, "1,01"},
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

func TestMatch(t *testing.T) {
	offered := []string{"de", "en", "ar", "uk", "tr"}
	for header, want := range map[string]string{
		"": "de", "ar-SY,ar;q=0.9,en;q=0.5": "ar", "uk-UA": "uk", "sw, en;q=0.3": "en", ";;;": "de", "ku,tr;q=0.4": "tr",
	} {
		if got := i18n.Match(header, offered); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
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
