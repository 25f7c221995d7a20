package analysis

import (
	"slices"
	"strconv"

	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// question is one question that figures are made of.
type question struct {
	element *survey.Element
	kind    Kind
	role    survey.Role
	// guarded tells that "not asked" gives away an answer to a question that
	// is no opinion, as its relevance depends on one.
	guarded bool
	pair    *question // the other half of an importance–state or need–offered pair
	raw     raw.Question
	// bare shows all cells. Only this package's tests set it, to see the
	// attacker win.
	bare bool
	// derived says how a calculated variable follows from questions; nil for
	// questions.
	derived *derived
}

// unit is what moves as one in a snapshot: a question, or a pair.
type unit []*question

// kinds maps question types to figures. Calculated and hidden values have
// columns but no figures of their own: a calculation may copy the cells that
// another question hides, so METHODS 5.2 allows it an exact figure only on
// conditions that are checked where coordinators define variables.
func kindOf(e *survey.Element) (Kind, bool) {
	switch e.Type {
	case survey.SelectOne:
		if e.Scale > 0 {
			return Scale, true
		}
		return Single, true
	case survey.Rank:
		return Order, true
	case survey.Acknowledge:
		return Single, true
	case survey.SelectMultiple:
		return Multiple, true
	case survey.TypeRange:
		if stepped(e) {
			return Scale, true
		}
		return Number, true
	case survey.Integer, survey.Decimal:
		return Number, true
	case survey.Time:
		return Hours, true
	case survey.Date, survey.DateTime:
		return Months, true
	case survey.TextType:
		return Answered, true
	default:
		return "", false
	}
}

func (s *Schema) findQuestions() {
	known := make(map[*survey.Element]bool)
	for _, e := range s.version.Elements {
		kind, ok := kindOf(e)
		if !ok || !s.Has(e) || e.LabelsOnly() {
			continue
		}
		s.questions = append(s.questions, &question{element: e, kind: kind, role: s.role(e, known),
			guarded: s.guarded(e, known), raw: s.rawQuestion(e, kind)})
	}
	for _, q := range s.questions {
		if q.pair == nil {
			s.units = append(s.units, s.unitOf(q))
		}
	}
}

func (s *Schema) rawQuestion(e *survey.Element, kind Kind) raw.Question {
	at := s.places[e.Index]
	asked := raw.Question{Table: at.table, Column: at.column, Pair: -1, Form: raw.Choice, Codes: 1}
	switch kind {
	case Single, Scale, Multiple, Order:
		switch {
		case kind == Multiple:
			asked.Form = raw.Choices
		case kind == Order:
			asked.Form = raw.Order
		case e.Range != nil:
			asked.Codes = e.Range.Len()
			for at := range asked.Codes {
				score, _ := strconv.ParseFloat(e.Range.At(at), 64) // written by the range itself
				asked.Scores = append(asked.Scores, score)
			}
			return asked
		}
		if e.Choices == nil {
			asked.Substantive = []bool{true} // acknowledge
			break
		}
		asked.Codes = len(e.Choices.Choices)
		asked.Substantive = make([]bool, asked.Codes)
		asked.Scores = make([]float64, asked.Codes)
		for i, choice := range e.Choices.Choices {
			asked.Substantive[i] = !choice.NonSubstantive
			if e.Scale > 0 && choice.Score != nil {
				asked.Scores[i] = float64(*choice.Score)
			}
		}
		if e.Scale == 0 {
			asked.Scores = nil
		}
	case Number, Hours:
		asked.Form = raw.Quantity
	case Months:
		asked.Form = raw.Month
		asked.Codes = 12 * maxYear
	default:
		asked.Substantive = []bool{true}
	}
	return asked
}

// unitOf finds q's other half: the first later question without one that asks for
// the other aspect of the same field, in the same repeat, on the same scale or by
// yes and no (METHODS 1, 6). Both then count complete pairs only.
func (s *Schema) unitOf(q *question) unit {
	m := q.element.Measures
	if m == nil || partner(m.As) == "" || q.kind != Scale && q.yes() < 0 {
		return unit{q}
	}
	at := slices.Index(s.questions, q)
	for _, other := range s.questions[at+1:] {
		o := other.element.Measures
		if other.pair != nil || o == nil || o.Field != m.Field || o.As != partner(m.As) || !halves(q, other) || other.element.Within != q.element.Within {
			continue
		}
		q.pair, other.pair = other, q
		q.raw.Pair, q.raw.PairSubstantive = other.raw.Column, other.raw.Substantive
		other.raw.Pair, other.raw.PairSubstantive = q.raw.Column, q.raw.Substantive
		if q.role == survey.Sensitive || other.role == survey.Sensitive {
			q.role, other.role = survey.Sensitive, survey.Sensitive
		}
		return unit{q, other}
	}
	return unit{q}
}

// sameScale tells whether both are scales 1..m or ranges of the same numbers.
func sameScale(a, b *survey.Element) bool {
	if a.Range != nil && b.Range != nil {
		return a.Range.Same(b.Range)
	}
	return a.Range == nil && b.Range == nil && a.Scale == b.Scale
}

// role is the element's own, or the strictest of what decides which choices it
// offers: who chose one of them has then told that as well.
func (s *Schema) role(e *survey.Element, known map[*survey.Element]bool) survey.Role {
	role := e.Role()
	if e.ChoiceFilter == nil {
		return role
	}
	for _, name := range e.ChoiceFilter.References() {
		source := s.version.Element(name)
		switch {
		case source != nil && source.Role() == survey.Sensitive:
			return survey.Sensitive
		case role == survey.Opinion && (source == nil || source.Role() != survey.Opinion || s.guarded(source, known)):
			role = survey.Identifying
		}
	}
	return role
}

// classed tells whether answers are shown in classes that hold nobody or at
// least k.
func (q *question) classed() bool { return q.kind == Number || q.kind == Months || q.kind == Hours }

// widths are the widths of classes that fit the calendar and the clock: whole
// quarters and years of months, whole years of years, parts of a day of hours.
func (q *question) widths() []float64 {
	years := []float64{12, 24, 60, 120, 240, 600, 1200, 12000}
	switch {
	case q.kind == Hours:
		return []float64{1, 2, 3, 4, 6, 12, 24}
	case q.kind == Months && q.element.Precision() == survey.Year:
		return years
	case q.kind == Months:
		return append([]float64{1, 3, 6}, years...)
	}
	return nil
}

// guarded tells whether the element's relevance depends on anything but
// opinions, directly or through other questions' relevance. Known holds what
// was found out before.
func (s *Schema) guarded(e *survey.Element, known map[*survey.Element]bool) bool {
	if answer, ok := known[e]; ok {
		return answer
	}
	known[e] = true // until shown otherwise; references do not form rings
	for at := e; at != nil; at = at.Parent {
		if at.Relevant == nil {
			continue
		}
		for _, name := range at.Relevant.References() {
			source := s.version.Element(name)
			if source == nil || source.Role() != survey.Opinion || s.guarded(source, known) {
				return true
			}
		}
	}
	known[e] = false
	return false
}
