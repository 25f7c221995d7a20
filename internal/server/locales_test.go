package server

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/testinput"
)

var (
	usedKey = regexp.MustCompile(`"((?:respondent|error|results|directory)\.[a-z_.]*[a-z])"`)
	address = regexp.MustCompile(`https?://\S+|\S+@\S+|\]\([^)]*\)|application/[a-z-]+`) // and Markdown's targets
)

// TestRespondentLocales looks at every language there is: the same keys and
// placeholders as German, the plural forms that its counts need, its own
// script, and words that are not another language's.
func TestRespondentLocales(t *testing.T) {
	all := map[string]phrases{}
	for _, lang := range respondentLanguages(t) {
		all[lang] = messages(t, lang)
	}
	for lang, own := range all {
		t.Run(lang, func(t *testing.T) {
			if !slices.Contains(i18n.Respondents(), lang) {
				t.Errorf("%s is not among the languages of the chooser", lang)
			}
			checkKeys(t, own, all["de"])
			checkPlurals(t, own, all["de"], pluralForms(t, lang))
			for key, text := range own {
				for _, one := range text {
					testinput.CheckScript(t, lang, key, one)
				}
			}
		})
	}
	texts := map[string]map[string][]string{}
	for lang, own := range all {
		texts[lang] = map[string][]string{}
		for key, text := range own {
			texts[lang][key] = slices.Collect(maps.Values(text))
		}
	}
	testinput.CheckCopies(t, texts, "; ", "؛ ",
		"{{.Day}}.{{.Month}}.{{.Year}}", "{{.Day}}/{{.Month}}/{{.Year}}", "{{.Year}}/{{.Month}}/{{.Day}}",
		"{{.Day}}\u200f/{{.Month}}\u200f/{{.Year}}", "{{.Month}}\u200f/{{.Year}}",
		"{{.Month}}.{{.Year}}", "{{.Month}}/{{.Year}}", "{{.Year}}/{{.Month}}",
		"Questions", "{{.Count}} question", "{{.Count}} questions", // English and French
		"{{.Count}} سؤال", // Arabic and Persian
		"Contact",         // English and Romanian
		"Число от {{.Low}} до {{.High}}", "Назад", "Да", "пример", "Ваш код", "и", "или", "Час, минута", // Slavic languages
		"و", "یا", // Arabic, Persian, Sorani and Pashto
		"≈\u00a0{{.figure}}", "n\u00a0≈\u00a0{{.n}}", "{{.label}}: {{.share}}", "{{.from}}–{{.to}}", "{{.share}} ({{.count}})", // figures and signs alone
	)
}

// TestEveryActionHasWords: the audit log names what was done in both languages of
// the desk.
func TestEveryActionHasWords(t *testing.T) {
	catalogue := newTestServer(t).config.Catalogue
	for _, lang := range deskLanguages() {
		for _, action := range account.Actions() {
			key := "desk.audit.action." + string(action)
			if catalogue.Localizer(lang).T(key) == key {
				t.Errorf("%s: %s has no words", lang, key)
			}
		}
	}
}

// respondentLanguages are the languages that have words for respondents.
func respondentLanguages(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../locales/respondent.*.json")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		found = append(found, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "respondent."), ".json"))
	}
	if !slices.Contains(found, "de") || !slices.Contains(found, "en") {
		t.Fatalf("only the languages %v found", found)
	}
	return found
}

func checkKeys(t *testing.T, own, german phrases) {
	for key, forGerman := range german {
		text, ok := own[key]
		if !ok {
			t.Errorf("%s is lacking", key)
			continue
		}
		for form, one := range text {
			if strings.TrimSpace(one) == "" {
				t.Errorf("%s (%s) is empty", key, form)
			}
			if got, want := testinput.Placeholders(one), testinput.Placeholders(forGerman["other"]); !slices.Equal(got, want) {
				t.Errorf("%s (%s) has placeholders %v, not %v", key, form, got, want)
			}
		}
	}
	for key := range own {
		if german[key] == nil {
			t.Errorf("German lacks %s", key)
		}
	}
}

// checkPlurals: what has plural forms in German has just the forms of this
// language, and nothing else has any.
func checkPlurals(t *testing.T, own, german phrases, forms []string) {
	for key, text := range own {
		want := []string{"other"}
		if len(german[key]) > 1 {
			want = forms
		}
		if got := slices.Sorted(maps.Keys(text)); !slices.Equal(got, want) {
			t.Errorf("%s has the plural forms %v, not %v", key, got, want)
		}
	}
}

// pluralForms are the forms that counting in the language asks for, sorted. The
// program itself is asked, since x/text, whose CLDR is of 2017, does not know
// the French and Italian "many" yet.
func pluralForms(t *testing.T, lang string) []string {
	t.Helper()
	content := `{"n": {"zero": "zero", "one": "one", "two": "two", "few": "few", "many": "many", "other": "other"}}`
	catalogue, err := i18n.Load(fstest.MapFS{"forms." + lang + ".json": {Data: []byte(content)}})
	if err != nil {
		t.Fatal(err)
	}
	loc := catalogue.Localizer(lang)
	forms := map[string]bool{"other": true} // go-i18n wants it always: it is the form of fractions
	for count := range 1000 {
		forms[loc.N("n", count)] = true
		forms[loc.N("n", count*1_000_000)] = true
	}
	if forms["n"] {
		t.Fatalf("no plural rules are known for %s", lang)
	}
	return slices.Sorted(maps.Keys(forms))
}

// TestRespondentLocalesFrenchMarks: ; : ! ? and the quotes stand off by a space
// at which no line breaks, and apostrophes are curved.
func TestRespondentLocalesFrenchMarks(t *testing.T) {
	clock := regexp.MustCompile(`\d:\d`)
	amiss := regexp.MustCompile(`(?:^|[^\x{202f}])[;:!?»]|«(?:[^\x{202f}]|$)|['"]`)
	for key, text := range messages(t, "fr") {
		for _, one := range text {
			if found := amiss.FindString(clock.ReplaceAllString(address.ReplaceAllString(one, ""), "")); found != "" {
				t.Errorf("%s: %q in %q", key, found, one)
			}
		}
	}
}

// TestRespondentKeys: every key that the code and the templates name has words.
func TestRespondentKeys(t *testing.T) {
	german := messages(t, "de")
	var used []string
	for _, pattern := range []string{"*.go", "../response/*.go", "../../web/templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range files {
			base := filepath.Base(name)
			if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "coordinator") || strings.HasPrefix(base, "api") || strings.HasPrefix(base, "desk") {
				continue
			}
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range usedKey.FindAllStringSubmatch(string(content), -1) {
				used = append(used, found[1])
			}
		}
	}
	if len(used) < 100 {
		t.Fatalf("only %d keys found", len(used))
	}
	for _, key := range used {
		if german[key] == nil && !german.has(key+".") {
			t.Errorf("no words for %s", key)
		}
	}
}

// TestDeskKeys: every key that the desk's code and templates name has words in
// both of its languages.
func TestDeskKeys(t *testing.T) {
	catalogue := newTestServer(t).config.Catalogue
	named := regexp.MustCompile(`"((?:desk|error)\.[a-z_.]*[a-z])"`)
	count := 0
	for _, pattern := range []string{"coordinator*.go", "../account/*.go", "../store/*.go", "../../web/templates/desk*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range named.FindAllStringSubmatch(string(content), -1) {
				if strings.HasSuffix(found[1], ".css") { // a file of that name
					continue
				}
				count++
				for _, lang := range deskLanguages() {
					if catalogue.Localizer(lang).T(found[1]) == found[1] {
						t.Errorf("%s: no words for %s in %s", filepath.Base(name), found[1], lang)
					}
				}
			}
		}
	}
	if count < 200 {
		t.Fatalf("only %d keys found", count)
	}
}

// phrases holds messages by key and plural form; plain ones have "other".
type phrases map[string]map[string]string

func (c phrases) has(prefix string) bool {
	for key := range c {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func messages(t *testing.T, lang string) phrases {
	t.Helper()
	all := testinput.Phrases(t, "respondent", lang) // on the screen
	maps.Copy(all, testinput.Phrases(t, "paper", lang))
	maps.Copy(all, testinput.Phrases(t, "results", lang))
	maps.Copy(all, testinput.Phrases(t, "directory", lang))
	return all
}
