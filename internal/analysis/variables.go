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
