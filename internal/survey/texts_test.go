package survey_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"bedarfslotse/internal/survey"
)

// families is the shipped survey with all its languages.
func families(t testing.TB) *survey.Survey {
	t.Helper()
	s, findings, err := survey.ReadDir(os.DirFS("../../surveys"), "families")
	if err != nil || findings.Fatal() {
		t.Fatal(err, findings)
	}
	return s
}

func document(s *survey.Survey) string {
	text, err := json.Marshal(s)
	if err != nil { // no type of a survey can fail
		panic(err)
	}
	return string(text)
}

// TestSourceChangesKeepTranslations: a reworded source makes every translation
// stale and deletes none; the old wording makes them current again.
func TestSourceChangesKeepTranslations(t *testing.T) {
	s := families(t)
	first := document(s)
	place, ok := s.TextAt("q/arrival/label")
	if !ok {
		t.Fatal("the question is gone")
	}
	before := (*place.Text)["de"].Text
	unsaid := (*place.Text)["uk"] // does not say what it was made from
	unsaid.Source = ""
	(*place.Text)["uk"] = unsaid
	s.SetText(place.Text, "de", "Seit wann leben Sie hier?\r\n")
	for tag, phrase := range *place.Text {
		switch {
		case tag == "de" && phrase != (survey.Phrase{Text: "Seit wann leben Sie hier?"}):
			t.Errorf("the source is %+v", phrase)
		case tag != "de" && (phrase.Text == "" || !phrase.Stale("Seit wann leben Sie hier?") || phrase.Stale(before)):
			t.Errorf("%s is %+v", tag, phrase)
		}
	}
	for i, one := range s.Completeness() {
		if want := min(i, 1); one.Stale != want || one.Present != one.Needed {
			t.Errorf("%+v", one)
		}
	}
	s.SetText(place.Text, "de", before)
	if document(s) != first {
		t.Error("the old wording does not give the old survey")
	}
	s.SetText(place.Text, "de", "")
	if len(*place.Text) != len(s.Languages)-1 {
		t.Errorf("without a source %d languages are left", len(*place.Text))
	}
	s.SetText(place.Text, "fr", "Depuis quand ?")
	if got := (*place.Text)["fr"]; got != (survey.Phrase{Text: "Depuis quand ?", State: survey.Draft}) {
		t.Errorf("a translation of nothing is %+v", got)
	}
}

// TestAnotherSourceLanguageLosesNothing: whatever state the texts are in, all of
// them are there after the source language was changed, stale ones stay stale,
// and changing back gives the survey as it was.
func TestAnotherSourceLanguageLosesNothing(t *testing.T) {
	read := families(t)
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := read.Clone()
		muddle(s, random)
		first, words := document(s), texts(s)
		to := s.Languages[1+random.IntN(len(s.Languages)-1)]
		was := s.Completeness()
		if s.SetLanguage("xx") || !s.SetLanguage(to) || s.Language != to || s.Languages[0] != to {
			t.Fatalf("changing to %s: %s of %v", to, s.Language, s.Languages)
		}
		if got := texts(s); got != words {
			t.Fatalf("seed %d, %s: other texts", seed, to)
		}
		for _, one := range s.Texts() {
			if phrase := (*one.Text)[to]; phrase.Text != "" && (phrase.State != "" || phrase.Source != "") {
				t.Fatalf("the source is %+v", phrase)
			}
		}
		if now := s.Completeness(); len(now) != len(was) || now[0].Present != find(was, to).Present {
			t.Fatalf("from %+v to %+v", was, now)
		}
		if !s.SetLanguage("de") || document(s) != first {
			t.Fatalf("seed %d: there and back from %s is another survey", seed, to)
		}
	}
}

func find(all []survey.Completeness, tag string) (found survey.Completeness) {
	for _, one := range all {
		if one.Language == tag {
			found = one
		}
	}
	return found
}

// muddle makes translations missing, stale, reviewed and of unknown origin.
func muddle(s *survey.Survey, random *rand.Rand) {
	for _, one := range s.Texts() {
		for tag, phrase := range *one.Text {
			if tag == s.Language {
				continue
			}
			switch random.IntN(6) {
			case 0:
				delete(*one.Text, tag)
				continue
			case 1:
				phrase.Source = survey.SourceHash("an earlier wording")
			case 2:
				phrase.Source = ""
			case 3:
				phrase.State = survey.Reviewed
			}
			(*one.Text)[tag] = phrase
		}
	}
}

// texts writes all words of a survey without what is known about them.
func texts(s *survey.Survey) string {
	all := map[string]map[string]string{}
	for _, one := range s.Texts() {
		all[one.Key] = map[string]string{}
		for tag, phrase := range *one.Text {
			all[one.Key][tag] = phrase.Text
		}
	}
	text, _ := json.Marshal(all) // of strings alone
	return string(text)
}
