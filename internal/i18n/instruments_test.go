package i18n_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// TestTranslations looks at the instruments that families and young people
// answer: every language of the chooser, nothing missing or stale, placeholders
// and emphasis kept, the own script, and no text that is another language's.
func TestTranslations(t *testing.T) {
	alike := []string{"important", "مهم", "важно", "добре", "Не знаю"} // by kinship of the languages
	for _, folder := range []string{"families", "young_people"} {
		t.Run(folder, func(t *testing.T) {
			s, findings, err := survey.ReadDir(os.DirFS("../../surveys"), folder)
			if err != nil || len(findings) > 0 {
				t.Fatal(err, findings)
			}
			if got, want := slices.Sorted(slices.Values(s.Languages)), slices.Sorted(slices.Values(i18n.Respondents())); !slices.Equal(got, want) {
				t.Fatalf("languages %v, want %v", got, want)
			}
			all := map[string]map[string][]string{}
			for _, tag := range s.Languages {
				all[tag] = map[string][]string{}
			}
			for key, text := range texts(s) {
				for _, tag := range s.Languages {
					checkPhrase(t, tag, key, text, s.Language)
					all[tag][key] = []string{text[tag].Text}
				}
			}
			if len(all["de"]) < 80 {
				t.Errorf("only %d texts found", len(all["de"]))
			}
			testinput.CheckCopies(t, all, alike...)
		})
	}
}

func checkPhrase(t *testing.T, tag, key string, text survey.Text, sourceTag string) {
	t.Helper()
	source, own := text[sourceTag].Text, text[tag]
	if strings.TrimSpace(own.Text) == "" {
		t.Errorf("%s: %s is lacking", tag, key)
		return
	}
	testinput.CheckScript(t, tag, key, own.Text)
	if tag == sourceTag {
		return
	}
	if own.State != survey.Draft && own.State != survey.Reviewed {
		t.Errorf("%s: %s has the state %q", tag, key, own.State)
	}
	if own.Source != survey.SourceHash(source) {
		t.Errorf("%s: %s was made from another text than %q (%s)", tag, key, source, survey.SourceHash(source))
	}
	if got, want := testinput.Placeholders(own.Text), testinput.Placeholders(source); !slices.Equal(got, want) {
		t.Errorf("%s: %s has placeholders %v, not %v", tag, key, got, want)
	}
	if got, want := strings.Count(own.Text, "**"), strings.Count(source, "**"); got != want {
		t.Errorf("%s: %s has %d marks of emphasis, not %d", tag, key, got, want)
	}
	for _, word := range germanWords(text["en"].Text) {
		if !strings.Contains(plain(own.Text), plain(word)) {
			t.Errorf("%s: %s does not say the German word %s: %q", tag, key, word, own.Text)
		}
	}
}

// germanWords are those that the English text keeps because people meet them
// in Germany: every translation keeps them too.
func germanWords(english string) []string {
	known := []string{"Grundschule", "Ganztag", "Kita", "Tagespflege", "Berufsschule", "Berufskolleg", "Oberstufe",
		"Schulsozialarbeit", "Beratung", "Sprachförderung", "Elterncafé", "Jugendtreff", "Verein", "Ausbildung", "Praktikum"}
	return slices.DeleteFunc(known, func(word string) bool { return !strings.Contains(english, word) })
}

// plain takes off what Leichte Sprache divides long words with.
func plain(text string) string { return strings.ToLower(strings.ReplaceAll(text, "-", "")) }

// TestGermanWordsAreKept: the list is of words that the instruments hold.
func TestGermanWordsAreKept(t *testing.T) {
	found := map[string]bool{}
	for _, folder := range []string{"families", "young_people"} {
		s, _, err := survey.ReadDir(os.DirFS("../../surveys"), folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts(s) {
			for _, word := range germanWords(text["en"].Text) {
				found[word] = true
			}
		}
	}
	if len(found) != 15 {
		t.Errorf("only %v", slices.Sorted(maps.Keys(found)))
	}
}

// texts are all texts of a survey that respondents read, by where they stand.
func texts(s *survey.Survey) map[string]survey.Text {
	found := map[string]survey.Text{"title": s.Title, "description": s.Description}
	for _, list := range s.Choices {
		for _, choice := range list.Choices {
			found[list.Name+"/"+choice.Name] = choice.Label
		}
	}
	var walk func(nodes []*survey.Node)
	walk = func(nodes []*survey.Node) {
		for _, n := range nodes {
			for name, text := range map[string]survey.Text{"label": n.Label, "hint": n.Hint, "guidance_hint": n.GuidanceHint,
				"required_message": n.RequiredMessage, "constraint_message": n.ConstraintMessage} {
				if len(text) > 0 {
					found[n.Name+"/"+name] = text
				}
			}
			walk(n.Children)
		}
	}
	walk(s.Nodes)
	return found
}
