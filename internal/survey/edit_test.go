package survey_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// TestEditsKeepWhatTheyDoNotMean: whatever is done to a survey, names stay
// unique, no text is lost that nobody deleted, a refused edit changes nothing,
// what the edit was done to a copy of stays as it was, and the differences tell
// of every change.
func TestEditsKeepWhatTheyDoNotMean(t *testing.T) {
	read := families(t)
	few(read, "de", "ar", "uk")
	pair, ok := survey.PairFrom([]*survey.Survey{read}, "families", "interpreters", map[string]string{"de": "Dolmetschen", "en": "Interpreting"})
	if !ok {
		t.Fatal("the shipped survey has no scales")
	}
	rapid.Check(t, func(t *rapid.T) {
		s := read.Clone()
		for range rapid.IntRange(1, 12).Draw(t, "edits") {
			before, edited := document(s), s.Clone()
			deleting, err := randomEdit(t, edited, pair)
			after := document(edited)
			if document(s) != before {
				t.Fatal("the survey that was copied changed")
			}
			if err != nil {
				if after != before || failure.CodeOf(err) == failure.Internal {
					t.Fatalf("a refused edit changed something, or gave no reason: %v", err)
				}
				continue
			}
			if changes := survey.Differences(s, edited); (len(changes) == 0) != (after == before) {
				t.Fatalf("changed: %v, told: %+v", after != before, changes)
			}
			if document(edited.Clone()) != after {
				t.Fatal("what was written and read is another survey")
			}
			checkNames(t, edited)
			if !deleting {
				checkTexts(t, s, edited)
			}
			s = edited
		}
	})
}

// few leaves a survey only some of its languages.
func few(s *survey.Survey, languages ...string) {
	s.Languages = languages
	for _, one := range s.Texts() {
		maps.DeleteFunc(*one.Text, func(tag string, _ survey.Phrase) bool { return !slices.Contains(languages, tag) })
	}
}

// randomEdit does one thing; deleting tells that texts may be gone.
func randomEdit(t *rapid.T, s *survey.Survey, pair survey.Pair) (deleting bool, err error) {
	var names, groups []string
	s.Walk(func(n *survey.Node) bool {
		names = append(names, n.Name)
		if n.Type.Contains() {
			groups = append(groups, n.Name)
		}
		return true
	})
	if len(names) == 0 {
		return false, s.Insert(&survey.Node{Type: survey.Note, Name: s.FreeName("Hinweis")}, survey.Place{})
	}
	name := rapid.SampledFrom(append(names, "nobody")).Draw(t, "name")
	other := rapid.SampledFrom(names).Draw(t, "other")
	group := rapid.SampledFrom(append(groups, "", "")).Draw(t, "group")
	list := rapid.SampledFrom(s.Choices).Draw(t, "list")
	key := rapid.SampledFrom(append(list.Keys(), "nothing")).Draw(t, "choice")
	way := rapid.SampledFrom([]survey.Way{survey.Up, survey.Down, survey.In, survey.Out}).Draw(t, "way")
	switch rapid.IntRange(0, 15).Draw(t, "kind") {
	case 0:
		return false, s.Insert(&survey.Node{Type: survey.TextType, Name: s.FreeName("Noch eine Frage?")}, survey.Place{In: group})
	case 1:
		return true, s.Remove(name)
	case 2:
		return false, s.Move(name, survey.Place{In: group, Before: rapid.SampledFrom([]string{"", other}).Draw(t, "before")})
	case 3:
		return false, s.Shift(name, way)
	case 4:
		_, err = s.Duplicate(name)
	case 5:
		_, err = s.Wrap(name)
	case 6:
		return true, s.Rename(name, rapid.SampledFrom([]string{"renamed", other, "a b", "version"}).Draw(t, "to"))
	case 7:
		return false, s.Retype(name, rapid.SampledFrom(survey.Types()).Draw(t, "type"), list.Name)
	case 8:
		return false, s.AddChoice(list.Name, rapid.SampledFrom([]string{"Neu", "جديد", " "}).Draw(t, "label"))
	case 9:
		return false, s.ShiftChoice(list.Name, key, way)
	case 10:
		return true, s.RemoveChoice(list.Name, key)
	case 11:
		_, err = s.OwnList(name)
	case 12:
		_, err = s.AddPair(pair)
	case 13:
		node := s.Node(other)
		settings := node.Settings()
		settings.Relevant, settings.Sensitive, settings.Appearance = "${"+name+"} = 'x'", !settings.Sensitive, "minimal"
		return false, s.Set(name, settings)
	case 14:
		place := rapid.SampledFrom(s.Texts()).Draw(t, "text")
		s.SetText(place.Text, rapid.SampledFrom(s.Languages).Draw(t, "language"), rapid.SampledFrom([]string{"", "Neuer Text"}).Draw(t, "words"))
		return true, nil
	default:
		s.SetLanguage(rapid.SampledFrom(s.Languages).Draw(t, "language"))
	}
	return false, err
}

func checkNames(t *rapid.T, s *survey.Survey) {
	seen := map[string]bool{}
	s.Walk(func(n *survey.Node) bool {
		if n.Name == "" || seen[n.Name] {
			t.Fatalf("%q is twice", n.Name)
		}
		seen[n.Name] = true
		return true
	})
	for _, list := range s.Choices {
		if seen["list "+list.Name] {
			t.Fatalf("list %s is twice", list.Name)
		}
		seen["list "+list.Name] = true
	}
}

// checkTexts: every text of before is there after, in each language.
func checkTexts(t *rapid.T, before, after *survey.Survey) {
	left := map[string]int{}
	for _, one := range after.Texts() {
		for tag, phrase := range *one.Text {
			left[tag+" "+phrase.Text]++
		}
	}
	for _, one := range before.Texts() {
		for tag, phrase := range *one.Text {
			if left[tag+" "+phrase.Text]--; left[tag+" "+phrase.Text] < 0 {
				t.Fatalf("%s is lost: %s", tag, phrase.Text)
			}
		}
	}
}

// TestPairs: a pair for a field that a shipped survey asks for comes with all
// languages, one that none asks for with the taxonomy's words; both stand in the
// groups of their kind and use the survey's own scales.
func TestPairs(t *testing.T) {
	read := families(t)
	library := []*survey.Survey{read}
	for field, languages := range map[string]int{"language_support": 17, "residence_status": 2} {
		s := read.Clone()
		pair, ok := survey.PairFrom(library, "families", field, map[string]string{"de": "Aufenthalt", "en": "Residence"})
		if !ok {
			t.Fatal(field)
		}
		if field == "language_support" { // it is there already
			if _, err := s.AddPair(pair); failure.CodeOf(err) != failure.Invalid {
				t.Errorf("a second pair: %v", err)
			}
			for _, name := range []string{"imp_language_support", "state_language_support"} {
				if err := s.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		}
		names, err := s.AddPair(pair)
		if err != nil || names != [2]string{"imp_" + field, "state_" + field} {
			t.Fatalf("%v %v", names, err)
		}
		for at, name := range names {
			node := s.Node(name)
			if node.List != []string{"importance", "state"}[at] || len(node.Label) != languages || node.Measures.Field != field {
				t.Errorf("%+v", node)
			}
			version, findings := survey.Compile(s)
			if findings.Fatal() || version.Element(name).Parent.Appearance != "table-list" || version.Element(name).Scale != 5 {
				t.Errorf("%s: %v", name, findings)
			}
		}
	}
	empty := &survey.Survey{ID: "new", Language: "en", Languages: []string{"en", "de", "ar"}, Title: survey.Text{"en": {Text: "New"}, "de": {Text: "Neu"}, "ar": {Text: "جديد"}}}
	pair, _ := survey.PairFrom(library, "", "language_support", nil)
	if _, err := empty.AddPair(pair); err != nil {
		t.Fatal(err)
	}
	version, findings := survey.Compile(empty)
	if findings.Fatal() || len(version.Elements) != 4 || version.Elements[0].Label["en"].State != "" || version.Element("imp_language_support").Scale != 5 {
		t.Errorf("in an empty survey: %v", findings)
	}
	for _, one := range empty.Completeness() {
		if one.Stale > 0 || one.Present < one.Needed {
			t.Errorf("%+v", one)
		}
	}
}

// TestRenamingFollowsEverywhere: conditions, texts of all languages, triggers.
func TestRenamingFollowsEverywhere(t *testing.T) {
	s := families(t)
	place, _ := s.TextAt("q/arrival/hint")
	stale := 0
	for tag, phrase := range *place.Text {
		phrase.Text += " ${child_ages}"
		(*place.Text)[tag] = phrase
	}
	for tag, phrase := range *place.Text {
		if tag != "de" {
			phrase.Source = survey.SourceHash((*place.Text)["de"].Text)
			(*place.Text)[tag] = phrase
		}
	}
	users := s.Users("child_ages")
	if len(users) < 5 || users[0] != "arrival" {
		t.Errorf("used by %v", users)
	}
	if err := s.Rename("child_ages", "ages"); err != nil {
		t.Fatal(err)
	}
	if text := document(s); strings.Contains(text, "child_ages") {
		t.Error("the old name is still there")
	}
	if _, findings := survey.Compile(s); findings.Fatal() {
		t.Error(findings)
	}
	for _, one := range s.Completeness() {
		stale += one.Stale
	}
	if stale > 0 || !slices.Equal(s.Users("ages"), users) {
		t.Errorf("%d texts went stale, used by %v", stale, s.Users("ages"))
	}
}

func TestNamesAreMadeFromLabels(t *testing.T) {
	s := families(t)
	for label, want := range map[string]string{
		"Wie groß ist Ihre Wohnung?": "wie_gross_ist_ihre_wohnung", "هل لديك؟": "question", "arrival": "arrival_2",
		"Façade, 3 Étages": "facade_3_etages", "12 Uhr": "uhr", "version": "version_2", "importance": "importance_2",
		strings.Repeat("lang ", 20): "lang_lang_lang_lang_lang_lang_lang_lang",
	} {
		if got := s.FreeName(label); got != want {
			t.Errorf("%s is %s, not %s", label, got, want)
		}
	}
}

func TestParametersOneByOne(t *testing.T) {
	text := survey.WithParameter("start=1 end=10", "step", "0.5")
	if text != "end=10 start=1 step=0.5" || survey.WithParameter(text, "end", " ") != "start=1 step=0.5" {
		t.Error(text)
	}
	node := &survey.Node{Parameters: text}
	if node.Parameter("step") != "0.5" || node.Parameter("seed") != "" {
		t.Error(fmt.Sprint(node.Parameter("step")))
	}
}
