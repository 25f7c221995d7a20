package survey_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// small has a placeholder, a list that two questions share, and markup.
func small(t testing.TB) *survey.Survey {
	t.Helper()
	s, findings := survey.ReadYAML("small.yaml", []byte(`
id: small
language: de
title: Kinder
choices:
  unused:
    - {name: x, label: Ungefragt}
  yn:
    - {name: "yes", label: Ja}
    - {name: "no", label: Nein}
questions:
  - {type: text, name: child, label: "Wie heißt Ihr Kind?", hint: Der Vorname reicht.}
  - {type: select_one yn, name: school, label: "Geht ${child} in die **Schule**?"}
  - {type: select_one yn, name: happy, label: "Gern? Siehe [hier](https://example.org/a)."}
`))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	s.AddLanguage("en")
	s.AddLanguage("ar")
	s.SetText(&s.Title, "en", "Children")
	return s
}

func TestPassagesFollowRespondents(t *testing.T) {
	var keys []string
	for _, one := range small(t).Passages() {
		keys = append(keys, one.Key+" "+strings.Join(one.Users, "+"))
	}
	want := "title |q/child/label child|q/child/hint child|q/school/label school|c/yn/yes school+happy|c/yn/no school+happy|q/happy/label happy|c/unused/x "
	if got := strings.Join(keys, "|"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for _, id := range []string{"families", "young_people", "schools"} {
		s := shippedSurvey(t, id)
		seen := map[string]bool{}
		for _, one := range s.Passages() {
			seen[one.Key] = true
		}
		if needed := s.Completeness()[0].Needed; len(seen) != needed || needed < 50 {
			t.Errorf("%s: %d passages of %d texts", id, len(seen), needed)
		}
	}
}

func shippedSurvey(t testing.TB, id string) *survey.Survey {
	t.Helper()
	s, findings, err := survey.ReadDir(os.DirFS("../../surveys"), id)
	if err != nil || findings.Fatal() {
		t.Fatal(err, findings)
	}
	return s
}

// TestTranslate leads one text through everything that can happen to it.
func TestTranslate(t *testing.T) {
	s := small(t)
	const key = "q/child/label"
	text, _ := s.TextAt(key)
	source := func() string { return (*text.Text)["de"].Text }
	standing := func() survey.Standing { return (*text.Text)["ar"].Standing(source()) }
	write := func(what, words, seen, made string, reviewed, taken bool, want survey.Standing) {
		t.Helper()
		overtaken, err := s.Translate([]survey.Rendering{{Key: key, Language: "ar", Text: words, Reviewed: reviewed,
			Seen: survey.Fingerprint(seen), Source: survey.Fingerprint(made)}})
		if err != nil || (len(overtaken) == 0) != taken || standing() != want {
			t.Errorf("%s: %v, overtaken %v, standing %s, want %s", what, err, overtaken, standing(), want)
		}
	}
	first := source()
	if standing() != survey.Missing {
		t.Error("nothing is not missing")
	}
	write("a draft", " ما اسم طفلك؟\r\n", "", first, false, true, survey.Unreviewed)
	write("somebody who saw nothing there", "اسم", "", first, false, false, survey.Unreviewed)
	write("somebody with the same words", "ما اسم طفلك؟", "", first, true, true, survey.Approved)
	write("taking the review back", "ما اسم طفلك؟", "ما اسم طفلك؟", first, false, true, survey.Unreviewed)
	s.SetText(text.Text, "de", "Wie heißt es?")
	if standing() != survey.Outdated || (*text.Text)["ar"].Text != "ما اسم طفلك؟" {
		t.Error("the source was changed, and the translation is", (*text.Text)["ar"])
	}
	write("the old source again, which they still saw", "ما اسم ابنك؟", "ما اسم طفلك؟", first, true, true, survey.Outdated)
	write("it still fits", "ما اسم ابنك؟", "ما اسم ابنك؟", "Wie heißt es?", true, true, survey.Approved)
	write("taken away", "", "ما اسم ابنك؟", "Wie heißt es?", false, true, survey.Missing)
	if _, had := (*text.Text)["ar"]; had {
		t.Error("an empty phrase stays")
	}
	for what, one := range map[string]survey.Rendering{
		"an unknown text":     {Key: "q/nobody/label", Language: "ar"},
		"the source":          {Key: key, Language: "de"},
		"a language it lacks": {Key: key, Language: "tr"},
		"too long":            {Key: key, Language: "ar", Text: strings.Repeat("ا", survey.MaxTranslation+1)},
	} {
		before := fmt.Sprint(*text.Text)
		if _, err := s.Translate([]survey.Rendering{{Key: key, Language: "en", Text: "x"}, one}); err == nil || failure.CodeOf(err) == failure.Internal {
			t.Errorf("%s: %v", what, err)
		}
		if fmt.Sprint(*text.Text) != before {
			t.Errorf("%s: something was written", what)
		}
	}
}

// TestNobodyIsOverwritten: of any two who write at one text from what they saw,
// the second learns of it, or both wrote the same.
func TestNobodyIsOverwritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := small(t)
		words := rapid.SampledFrom([]string{"", "a", "b", "c"})
		text, _ := s.TextAt("title")
		seen := [2]string{}
		for step := range rapid.IntRange(1, 12).Draw(r, "steps") {
			who := rapid.IntRange(0, 1).Draw(r, fmt.Sprint("who", step))
			if rapid.Bool().Draw(r, "looks") {
				seen[who] = (*text.Text)["ar"].Text
				continue
			}
			before, word := (*text.Text)["ar"].Text, words.Draw(r, "word")
			overtaken, err := s.Translate([]survey.Rendering{{Key: "title", Language: "ar", Text: word, Seen: survey.Fingerprint(seen[who])}})
			now := (*text.Text)["ar"].Text
			switch {
			case err != nil:
				r.Fatal(err)
			case before != seen[who] && before != word && (len(overtaken) != 1 || now != before):
				r.Fatalf("%q was overwritten by one who saw %q", before, seen[who])
			case len(overtaken) == 0 && now != word:
				r.Fatalf("%q was lost, there is %q", word, now)
			}
			if len(overtaken) == 0 {
				seen[who] = now
			}
		}
	})
}

func TestRemoveLanguage(t *testing.T) {
	s := shippedSurvey(t, "families")
	lost := s.Of("ar")
	if lost.Texts < 50 {
		t.Fatalf("families has %d Arabic texts", lost.Texts)
	}
	if err := s.RemoveLanguage("de"); failure.CodeOf(err) != failure.Invalid {
		t.Errorf("the source: %v", err)
	}
	if err := s.RemoveLanguage("ar"); err != nil {
		t.Fatal(err)
	}
	if s.Of("ar") != (survey.Lost{}) || slices.Contains(s.Languages, "ar") || s.Of("tr").Texts != lost.Texts {
		t.Errorf("afterwards ar has %+v, tr %+v", s.Of("ar"), s.Of("tr"))
	}
}

func TestCheckTranslation(t *testing.T) {
	s := small(t)
	for _, test := range [][3]string{
		{"Geht ${child}?", "هل ${child}؟", ""},
		{"Geht ${child}?", "هل ${ child }؟", ""},
		{"Geht ${child}?", "هل $ {child}؟", "error translate.placeholder_lost"},
		{"Geht ${child}?", "هل ${chlid}؟", "error translate.placeholder_lost error translate.placeholder_unknown"},
		{"Gern?", "${school}", "warning translate.placeholder_other"},
		{"[a](https://a.de)", "[ب](https://b.de)", "warning translate.link_lost"},
		{"**a** b", "ا ب", "warning translate.emphasis"},
		{"a", "**ا", "warning translate.emphasis"},
		{"- a\n- b", "- ا\nب", "warning translate.list"},
		{"5. Klasse", "الصف 5", ""},
	} {
		var got []string
		for _, one := range s.CheckTranslation(test[0], test[1]) {
			got = append(got, string(one.Severity)+" "+one.Key)
		}
		if strings.Join(got, " ") != test[2] {
			t.Errorf("%q for %q: %v, want %s", test[1], test[0], got, test[2])
		}
	}
}

// TestShippedTranslationsPass: what we ship has nothing to find.
func TestShippedTranslationsPass(t *testing.T) {
	for _, id := range []string{"families", "young_people", "schools", "youth_services", "shared_understanding"} {
		s := shippedSurvey(t, id)
		for _, one := range s.Passages() {
			for tag, phrase := range *one.Text {
				if found := s.CheckTranslation((*one.Text)[s.Language].Text, phrase.Text); len(found) > 0 {
					t.Errorf("%s %s %s: %v", id, tag, one.Key, found)
				}
			}
		}
	}
}
