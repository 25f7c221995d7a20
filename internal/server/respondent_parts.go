package server

import (
	"slices"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// parts names the scripts that a survey needs on a phone beside respond.js and
// expression.js, without ".js", each once in alphabetical order: those for what
// few surveys ask. The document announces them, so that they arrive with the
// others.
func parts(version *survey.Version) []string {
	var needed []string
	for _, e := range version.Order() {
		switch e.Type {
		case survey.Rank:
			needed = append(needed, "rank")
		case survey.Repeat:
			needed = append(needed, "repeats")
		case survey.TypeRange:
			if numberTyped(e) {
				needed = append(needed, "slider", "typed")
			}
		case survey.Integer, survey.Decimal, survey.Date, survey.Time, survey.DateTime:
			needed = append(needed, "typed")
		case survey.SelectOne:
			if e.Typed() {
				needed = append(needed, "typed")
			}
		default:
		}
		if e.Randomize {
			needed = append(needed, "shuffle")
		}
		if e.ChoicesFrom != nil {
			needed = append(needed, "gather")
		}
		if e.ChoiceFilter != nil && e.Choices != nil && narrowed(e) {
			needed = append(needed, "narrow")
		}
		for _, tree := range []*expression.Tree{e.Relevant, e.Required, e.Constraint, e.Calculation, e.Default,
			e.ChoiceFilter, e.RepeatCount, e.Seed} {
			if tree == nil {
				continue
			}
			if needed = append(needed, tree.Modules()...); tree.Walks() {
				needed = append(needed, "places")
			}
		}
	}
	slices.Sort(needed)
	return slices.Compact(needed)
}
