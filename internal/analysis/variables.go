package analysis

import "bedarfslotse/internal/survey"

// Shows tells whether there are figures of a question.
func (s *Schema) Shows(e *survey.Element) bool {
	q := s.question(e.Name)
	return q != nil && q.kind != Answered
}

// Divides tells whether respondents can be filtered and divided by their choice
// in a question: one choice or several from a list, outside repeats.
func (s *Schema) Divides(e *survey.Element) bool {
	q := s.question(e.Name)
	return q != nil && q.raw.Table == 0 && e.Choices != nil && (q.kind == Single || q.kind == Scale || q.kind == Multiple)
}

// Sources lists the questions of which a calculated variable of a kind can be
// made; of an index, the scales that can be its items.
func (s *Schema) Sources(kind Calculation) (sources []*survey.Element) {
	kinds := map[Calculation][]Kind{Recode: {Single, Scale, Multiple}, Band: {Number, Months, Scale}, Index: {Scale}}
	for _, q := range s.questions {
		if _, err := s.source(q.element.Name, kinds[kind]...); err == nil {
			sources = append(sources, q.element)
		}
	}
	return sources
}

// Mergeable lists the choices of a question that a recode can merge.
func (s *Schema) Mergeable(question string) (choices []string) {
	q, err := s.source(question, Single, Scale, Multiple)
	if err != nil {
		return nil
	}
	for at := range q.raw.Codes {
		if q.substantive(at) {
			choices = append(choices, q.cell(at).Name)
		}
	}
	return choices
}
