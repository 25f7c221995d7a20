package survey_test

import (
	"fmt"
	"slices"
	"testing"

	"bedarfslotse/internal/survey"
)

// TestDifferencesTellWhatWasDone: one edit is told as that one, in the words of
// the history.
func TestDifferencesTellWhatWasDone(t *testing.T) {
	before := families(t)
	few(before, "de", "ar")
	for name, one := range map[string]struct {
		edit func(*survey.Survey) error
		want []string
	}{
		"moved down":      {func(s *survey.Survey) error { return s.Shift("arrival", survey.Down) }, []string{"moved institutions place"}}, // as well as arrival
		"moved far":       {func(s *survey.Survey) error { return s.Move("respondent", survey.Place{In: "about_you"}) }, []string{"moved respondent place"}},
		"a group moved":   {func(s *survey.Survey) error { return s.Shift("about_you", survey.Down) }, []string{"moved about_you place"}},
		"out of a group":  {func(s *survey.Survey) error { return s.Shift("arrival", survey.Out) }, []string{"moved arrival group"}},
		"deleted":         {func(s *survey.Survey) error { return s.Remove("arrival") }, []string{"removed arrival "}},
		"choice moved":    {func(s *survey.Survey) error { return s.ShiftChoice("arrival", "under_1_year", survey.Down) }, []string{"moved arrival choices"}},
		"title":           {func(s *survey.Survey) error { s.SetText(&s.Title, "ar", "س"); return nil }, []string{"reworded  title"}},
		"another source":  {func(s *survey.Survey) error { s.SetLanguage("ar"); return nil }, []string{"source_changed  language"}},
		"a language more": {func(s *survey.Survey) error { s.AddLanguage("uk"); return nil }, []string{"language_added  uk"}},
		"looks": {func(s *survey.Survey) error {
			settings := s.Node("arrival").Settings()
			settings.Appearance, settings.Sensitive = "minimal", true
			return s.Set("arrival", settings)
		}, []string{"looks_changed arrival appearance", "looks_changed arrival sensitive"}},
		"nothing": {func(*survey.Survey) error { return nil }, nil},
	} {
		after := before.Clone()
		if err := one.edit(after); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, change := range survey.Differences(before, after) {
			got = append(got, fmt.Sprintf("%s %s %s", change.Kind, change.Name, change.What))
		}
		if !slices.Equal(got, one.want) {
			t.Errorf("%s: %q, not %q", name, got, one.want)
		}
	}
}
