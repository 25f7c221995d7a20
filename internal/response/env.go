package response

import (
	"time"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// Env is what an expression of an element sees from this place, for those who
// want to evaluate one by themselves. Answers and relevance are those of the last
// [Answers.Settle]. Without an element, ".", is no answer; choice is the one that
// a choice filter judges, or nil.
func (a *Answers) Env(at Place, e *survey.Element, choice *survey.Choice, now time.Time) expression.Env {
	s := &scope{version: a.Version, language: a.Language, now: now, in: at.in, self: &cell{}, element: e, choice: choice}
	if e != nil {
		s.self = at.in.cell(e)
	}
	if choice != nil {
		s.label, _ = choice.Label.In(a.Version.Language)
	}
	return s
}

// Holder returns the place around this one, or itself, that holds the element's
// answer; false when the element stands in a repeat that this is not part of.
func (p Place) Holder(e *survey.Element) (Place, bool) {
	in := p.in.host(e)
	return Place{in}, in != nil
}
