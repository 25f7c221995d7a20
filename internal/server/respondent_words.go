package server

import (
	"encoding/json"
	"slices"
	"strings"

	"bedarfslotse/internal/i18n"
)

// phoneWords are the keys of the sentences that the script says itself. Those
// with placeholders name them in the list, and get them as {name}.
func phoneWords() map[string][]string {
	return map[string][]string{
		"respondent.next": nil, "respondent.back": nil, "respondent.start": nil, "respondent.send": nil,
		"respondent.page_of": {"Page", "Pages"},
		"respondent.sending": nil, "respondent.try_again": nil, "respondent.problem_here": nil,
		"respondent.instance_added": nil, "respondent.instance_removed": nil,
		"respondent.send_failed.network": nil, "respondent.send_failed.server": nil,
		"respondent.send_failed.closed": nil, "respondent.send_failed.conflict": nil,
		"respondent.send_failed.too_large": nil, "respondent.send_failed.too_many": nil,
		"respondent.yes": nil, "respondent.no_answer": nil, "respondent.list_separator": nil,
		"respondent.problem.required": nil, "respondent.problem.constraint": nil,
		"respondent.problem.not_an_integer": nil, "respondent.problem.not_a_number": nil,
		"respondent.problem.not_a_date": nil, "respondent.problem.number_too_large": nil,
		"respondent.problem.not_a_month": nil, "respondent.problem.not_a_year": nil,
		"respondent.problem.not_a_time": nil, "respondent.problem.not_a_date_time": nil,
		"respondent.problem.not_in_range": {"high", "low", "step"}, "respondent.problem.not_an_order": nil,
		"respondent.problem.unknown_choice": {"choice"},
		"respondent.rank.up":                {"Choice"}, "respondent.rank.down": {"Choice"}, "respondent.rank.use": nil,
		"respondent.rank.clear": nil, "respondent.rank.moved": {"Choice", "Place"}, "respondent.rank.hint_phone": nil,
	}
}

// laterPrefixes are the beginnings of the keys of sentences that a phone needs
// when the document stands already, or never: they lie in a file of their own.
func laterPrefixes() []string {
	return []string{"respondent.keep.", "respondent.outbox.", "respondent.send_failed.", "respondent.resume.", "respondent.kiosk.", "respondent.view.", "respondent.aloud."}
}

// words returns sentences for a script: without "respondent." before their keys,
// and with {name} where the script has to fill in.
func words(loc *i18n.Localizer, keys map[string][]string) map[string]string {
	found := map[string]string{}
	for key, placeholders := range keys {
		var pairs []any
		for _, name := range placeholders {
			pairs = append(pairs, name, "{"+name+"}")
		}
		found[strings.TrimPrefix(key, "respondent.")] = loc.T(key, pairs...)
	}
	return found
}

// laterWords makes the files with the sentences that come later, one for each
// language, by their names.
func laterWords(catalogue *i18n.Catalogue) map[string]func() ([]byte, error) {
	files := map[string]func() ([]byte, error){}
	for _, lang := range i18n.Respondents() {
		files["words-"+lang+".json"] = func() ([]byte, error) {
			keys := map[string][]string{}
			for _, key := range catalogue.Keys("de") {
				if slices.ContainsFunc(laterPrefixes(), func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
					keys[key] = []string{"Day", "Count", "Seconds", "Question"}
				}
			}
			return json.Marshal(words(catalogue.Localizer(lang), keys))
		}
	}
	return files
}
