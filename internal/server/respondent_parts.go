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
		needed = append(needed, partsOf(e)...)
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

// partsOf names the scripts for an element apart from its expressions.
func partsOf(e *survey.Element) []string {
	var needed []string
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
	switch {
	case e.ChoicesFrom != nil:
		needed = append(needed, "gather", "quotes") // an answer is offered in its words
	case e.ChoiceFilter == nil:
	case narrowed(e):
		needed = append(needed, "narrow")
	default:
		needed = append(needed, "filter")
	}
	if quotes(e) {
		needed = append(needed, "quotes")
	}
	return needed
}

// quotes tells whether a text of an element says an answer, in any language.
func quotes(e *survey.Element) bool {
	texts := []survey.Text{e.Label, e.Hint, e.GuidanceHint, e.RequiredMessage, e.ConstraintMessage}
	if e.Choices != nil {
		for _, one := range e.Choices.Choices {
			texts = append(texts, one.Label)
		}
	}
	if e.Range != nil {
		for _, one := range e.Range.Labels {
			texts = append(texts, one.Label)
		}
	}
	return slices.ContainsFunc(texts, func(text survey.Text) bool {
		for _, phrase := range text {
			if reference.MatchString(phrase.Text) {
				return true
			}
		}
		return false
	})
}
