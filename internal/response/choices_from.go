package response

import (
	"slices"
	"time"

	"bedarfslotse/internal/survey"
)

// AnswersFor returns what a question offers that chooses among the answers to
// another, see [survey.Element.ChoicesFrom]: the relevant answers there are as
// seen from a place, in their order, each once, as far as the choice filter lets
// them through. now is the respondent's time.
func (a *Answers) AnswersFor(at Place, e *survey.Element, now time.Time) []string {
	scope := &scope{version: a.Version, language: a.Language, now: now, in: at.in, self: &cell{}, element: e}
	if at.in.repeat != e.Within { // in an instance in which nothing is said yet
		scope.element = at.in.repeat
	}
	return scope.answersOf(e)
}

// Drawn returns what calculations drew by chance, by control name. Computed
// anew it would be another value, so whoever shows it has to send it again.
func (a *Answers) Drawn() map[string][]string {
	drawn := map[string][]string{}
	for _, e := range a.Version.Elements {
		if e.Calculation == nil || !e.Calculation.Volatile() || e.Type != survey.Calculate && !e.ReadOnly {
			continue
		}
		a.root.each(e, func(in *instance) {
			if values := in.cell(e).values; values != nil {
				drawn[in.prefix()+e.Name] = values
			}
		})
	}
	return drawn
}

// answersOf is [Answers.AnswersFor] as seen from the scope.
func (s *scope) answersOf(e *survey.Element) []string {
	defer func() { s.holder = nil }()
	from := e.ChoicesFrom
	var texts []string
	s.in.host(outermost(from, s.in)).each(from, func(holder *instance) {
		text := holder.cell(from).relevantText()
		if text == "" || slices.Contains(texts, text) {
			return
		}
		s.holder = holder
		if e.ChoiceFilter == nil || e.ChoiceFilter.Truth(s) {
			texts = append(texts, text)
		}
	})
	return texts
}

// holderOf returns the instance whose answer to e a filter of a repeat's
// answers means by ${name}: the one that holds the answer that is looked at, nil
// where it has no such question and the one who asks is meant.
func (s *scope) holderOf(e *survey.Element) *instance {
	if s.holder == nil || e.Type.Contains() {
		return nil
	}
	return s.holder.host(e)
}
