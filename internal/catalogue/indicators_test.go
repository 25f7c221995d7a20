package catalogue_test

import (
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/catalogue"
)

func someUnits() []string {
	return []string{"count", "percent", "per_mille", "per_hundred", "ratio", "index", "days", "euro"}
}

func someDirections() []string { return []string{"higher", "lower", "context"} }

func TestShippedSuggestions(t *testing.T) {
	fields, found := catalogue.ReadFields("fields_of_action.yaml", readShipped(t, "fields_of_action.yaml"))
	if len(found) > 0 {
		t.Fatal(places(t, found))
	}
	list, found := catalogue.ReadSuggestions("indicators.yaml", readShipped(t, "indicators.yaml"), fields, someUnits(), someDirections())
	if len(found) > 0 {
		t.Fatal(places(t, found))
	}
	if len(list) < 25 {
		t.Errorf("only %d indicators", len(list))
	}
	touched := map[string]bool{}
	for _, one := range list {
		touched[one.Field] = true
		for _, texts := range []map[string]string{one.Label, one.Source, one.Caveat} {
			if texts["de"] == "" || texts["en"] == "" || texts["de"] == texts["en"] {
				t.Errorf("%s: %v", one.Key, texts)
			}
		}
		if !strings.HasSuffix(one.Caveat["de"], ".") || !strings.HasSuffix(one.Caveat["en"], ".") {
			t.Errorf("%s: the caveat is no sentence", one.Key)
		}
	}
	if len(touched) < 15 {
		t.Errorf("only %d fields of action are touched", len(touched))
	}
}

func TestSuggestionsThatContradictThemselves(t *testing.T) {
	fields, _ := catalogue.ReadFields("fields_of_action.yaml", readShipped(t, "fields_of_action.yaml"))
	const head = "version: \"1\"\nindicators:\n"
	const good = "  - key: a\n    label: {de: A, en: B}\n    unit: count\n    field: health\n    direction: lower\n    public: true\n    source: {de: A, en: B}\n    caveat: {de: A, en: B}\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"good":           {good, nil},
		"twice":          {good + good, []string{"duplicate_key@11:5"}},
		"unit":           {strings.Replace(good, "count", "miles", 1), []string{"unknown_word@5:11"}},
		"field":          {strings.Replace(good, "health", "wealth", 1), []string{"unknown_word@6:12"}},
		"direction":      {strings.Replace(good, "lower", "up", 1), []string{"unknown_word@7:16"}},
		"public":         {strings.Replace(good, "public: true", "public: maybe", 1), []string{"unknown_word@8:13"}},
		"no English":     {strings.Replace(good, "label: {de: A, en: B}", "label: {de: A}", 1), []string{"missing_language@4:13"}},
		"unknown key":    {good + "    colour: red\n", []string{"unknown_entry@11:5"}},
		"no source":      {strings.Replace(good, "    source: {de: A, en: B}\n", "", 1), []string{"missing_entry@3:5"}},
		"ages":           {good + "    age_from: 6\n    age_to: 3\n", []string{"bad_ages@3:5"}},
		"no age":         {good + "    age_from: -1\n", []string{"bad_age@11:15"}},
		"key":            {strings.Replace(good, "key: a", "key: A-b", 1), []string{"bad_field_key@3:5"}},
		"several faults": {strings.Replace(strings.Replace(good, "count", "miles", 1), "lower", "up", 1), []string{"unknown_word@5:11", "unknown_word@7:16"}},
	} {
		list, found := catalogue.ReadSuggestions("x.yaml", []byte(head+c.text), fields, someUnits(), someDirections())
		if got := places(t, found); !slices.Equal(got, c.want) || (list == nil) == (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
