package response

import (
	"strings"
	"time"

	"bedarfslotse/internal/survey"
)

// Defaults returns what an empty document is filled in with, by control name,
// inside repeats for their first instance. Defaults that chance decides, such
// as uuid(), are the phone's: the document is the same for everybody.
func Defaults(version *survey.Version, now time.Time) map[string][]string {
	a := New(version)
	for _, e := range version.Elements {
		if e.Type == survey.Repeat {
			a.root.each(e, func(in *instance) { a.instance(in, e, 0) })
		}
	}
	given := func(e *survey.Element, raw func(*scope) []string) {
		a.root.each(e, func(in *instance) {
			in.set(e, raw(&scope{version: version, now: now, in: in, self: in.cell(e)}))
		})
	}
	for _, e := range version.Elements {
		if e.Type.Answered() && e.Default == nil && e.Node.Default != "" {
			given(e, func(*scope) []string { return defaultValues(e, e.Node.Default) })
		}
	}
	for _, e := range version.Order() {
		if e.Type.Answered() && e.Default != nil && !byChance(e) {
			given(e, func(s *scope) []string { return defaultValues(e, e.Default.Evaluate(s).Text()) })
		}
	}
	defaults := map[string][]string{}
	for _, e := range version.Elements {
		a.root.each(e, func(in *instance) {
			if values := in.cell(e).values; values != nil {
				defaults[in.prefix()+e.Name] = values
			}
		})
	}
	return defaults
}

func defaultValues(e *survey.Element, text string) []string {
	if e.Type == survey.SelectMultiple {
		return strings.Fields(text)
	}
	return []string{text}
}

func byChance(e *survey.Element) bool {
	return strings.Contains(e.Node.Default, "random") || strings.Contains(e.Node.Default, "uuid(")
}

// DefaultsChange tells whether [Defaults] differ from one day to the next.
func DefaultsChange(version *survey.Version) bool {
	for _, e := range version.Elements {
		if e.Default != nil && (strings.Contains(e.Node.Default, "today(") || strings.Contains(e.Node.Default, "now(")) {
			return true
		}
	}
	return false
}
