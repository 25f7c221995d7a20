package raw

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/packed"
)

// An order of choices has a column for each choice of the list, one behind the
// other, with the place at which the choice was put. All columns of a question
// share [packed.NotAsked] and [packed.NoAnswer].
const (
	// LeftOut says that the order does not hold the choice, as a filter did not
	// offer it.
	LeftOut = packed.FirstCode
	// FirstPlace is the code of the first place.
	FirstPlace = packed.FirstCode + 1
)

// Place asks at which place one choice of an order was put: a question of its
// own, whose base is everybody who put it anywhere; Apart are those whose order
// lacks it.
//
// Choices that are no substantive answer have no place in an order: those after
// them move up.
func (q Question) Place(choice int) Question {
	place := Question{Table: q.Table, Column: q.Column + choice, Form: Place, Codes: q.Codes, Pair: -1}
	for i := range q.Codes {
		if !q.substantive(i) {
			place.passed = append(place.passed, q.Column+i)
			place.Codes--
		}
	}
	return place
}

// Places is how many places the order of all substantive choices has.
func (q Question) Places() int {
	places := 0
	for i := range q.Codes {
		if q.substantive(i) {
			places++
		}
	}
	return places
}

// codeAt is the code by which a row counts.
func (q *Question) codeAt(table *packed.SegmentTable, row int) int {
	code := int(table.Columns[q.Column].At(row))
	switch {
	case q.Form == Order && code >= packed.FirstCode && q.partly():
		for i := range q.Codes {
			if q.substantive(i) && table.Columns[q.Column+i].At(row) >= FirstPlace {
				return FirstPlace
			}
		}
		return LeftOut
	case q.Form == Place && code > FirstPlace:
		up := 0
		for _, column := range q.passed {
			if above := int(table.Columns[column].At(row)); above >= FirstPlace && above < code {
				up++
			}
		}
		code -= up
	}
	return code
}

// plain tells whether a row's code is that of the column.
func (q *Question) plain() bool {
	return q.Form != Order && q.Form != Place || q.Form == Order && !q.partly() || q.Form == Place && len(q.passed) == 0
}

// partly tells whether some choices are no substantive answer.
func (q *Question) partly() bool { return slices.Contains(q.Substantive, false) }

// orders adds to a table of orders the places of each choice, and as cells how
// often each was put first.
func (t *Table) orders(v *packed.View, q Question, limit Limit) {
	t.Cells, t.Places = make([]Count, q.Codes), make([]Table, q.Codes)
	for choice := range q.Codes {
		if q.substantive(choice) {
			t.Places[choice] = Frequencies(v, q.Place(choice), limit)
			t.Cells[choice] = t.Places[choice].Cells[0]
		}
	}
}
