package server

import (
	"slices"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// narrowed tells whether a question's choices are so many that the document
// holds only those that its filter lets through as the answers stand: a town's
// among those of a country. A phone's script has the whole list once, however
// many questions ask for it; without it a button brings the choices that fit.
func narrowed(e *survey.Element) bool {
	return e.Type == survey.SelectOne && e.ChoiceFilter != nil && len(e.Choices.Choices) > longest &&
		!e.Typed() && !e.ReadOnly && !e.Randomize && !e.LabelsOnly()
}

// fitting returns the choices that a filter lets through here, and what was
// chosen before in any case: it may have to be said what is wrong with it.
func (f *form) fitting(e *survey.Element, values []string, prefix string) []choice {
	place, known := f.settled().At(prefix)
	var fitting []choice
	for _, one := range e.Choices.Choices {
		if slices.Contains(values, one.Name) || known && place.Offered(f.wave.Version, e, one, f.now) {
			fitting = append(fitting, f.choice(one, values))
		}
	}
	return fitting
}

// settled returns the answers that conditions and filters see: those that were
// given, in the empty document the defaults.
func (f *form) settled() *response.Answers {
	if f.answers == nil {
		f.answers, _ = response.Read(f.wave.Version, f.defaults)
		f.answers.Settle(f.now, false)
	}
	return f.answers
}

// phoneList is a choice list for questions that are narrowed: for each choice
// its name, what respondents read (the column "") and the columns that filters
// look at.
type phoneList struct {
	Columns []string   `json:"columns"`
	Choices [][]string `json:"choices"`
}

// offer adds the list of a narrowed question, with the columns of its filter.
func (p *phone) offer(e *survey.Element, f *form) {
	list := p.Offers[e.List]
	if list == nil {
		list = &phoneList{Columns: []string{"name", ""}, Choices: make([][]string, len(e.Choices.Choices))}
		for i, one := range e.Choices.Choices {
			list.Choices[i] = []string{one.Name, f.choice(one, nil).Plain()}
		}
		if p.Offers == nil {
			p.Offers = map[string]*phoneList{}
		}
		p.Offers[e.List] = list
	}
	for _, column := range e.ChoiceFilter.Columns() {
		if slices.Contains(list.Columns, column) {
			continue
		}
		list.Columns = append(list.Columns, column)
		for i, one := range e.Choices.Choices {
			value := one.Values[column]
			if column == "label" { // as the server's filters see it
				value, _ = one.Label.In(f.wave.Version.Language)
			}
			list.Choices[i] = append(list.Choices[i], value)
		}
	}
}
