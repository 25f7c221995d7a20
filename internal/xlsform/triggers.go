package xlsform

import (
	"regexp"
	"strings"

	"bedarfslotse/internal/tabular"
)

// trigger is what a row waits for.
type trigger struct {
	name string // of the row that waits
	at   place
}

var onlyReference = regexp.MustCompile(`^\$\{\s*([^{}$]*?)\s*\}$`)

// settleTriggers checks that what sets a row off is a question that respondents
// see. Rows that are left out count too: they are told about at their place.
func (r *reader) settleTriggers() {
	if len(r.triggers) == 0 {
		return
	}
	names, seen := map[string]bool{}, map[string]bool{}
	for _, row := range r.survey.rows {
		name := cleanWord(r.survey.cell(row, "name"))
		names[name] = true
		seen[name] = seen[name] || r.shows(row)
	}
	for _, one := range r.triggers {
		for word := range strings.SplitSeq(cleanText(one.at.cell), ",") {
			word = strings.TrimSpace(word)
			match := onlyReference.FindStringSubmatch(word)
			switch {
			case match == nil:
				r.fatal(one.at, keyTriggerForm, "trigger", word)
			case !names[match[1]]:
				r.fatal(one.at, keyTriggerReference, "reference", match[1], "suggestion", r.nearestName(match[1], names))
			case !seen[match[1]]:
				r.fatal(one.at, keyTriggerUnseen, "reference", match[1], "name", one.name)
			}
		}
	}
}

// shows tells whether a row is something that respondents see: it is no
// calculation, and has words of its own.
func (r *reader) shows(row tabular.Row) bool {
	switch kind := parseType(r.survey.cell(row, "type")); kind.word {
	case "calculate", "hidden":
		return false
	}
	return len(r.texts(r.survey, row, "label")) > 0 || len(r.texts(r.survey, row, "hint")) > 0 ||
		cleanText(r.survey.cell(row, "calculation")) == ""
}
