package raw

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/packed"
)

// eachMember calls visit for every row that stands in the question's base, in
// the segment's order: with the row of the question's table and the row of the
// respondent in the main table.
func eachMember(s *packed.Segment, q Question, visit func(row, respondent int)) {
	table := &s.Tables[q.Table]
	column := &table.Columns[q.Column]
	ticked := substantiveBits(q)
	half := Question{Form: Choice, Substantive: q.PairSubstantive}
	for row := range column.Length() {
		if q.Form == Choices {
			if !overlaps(column, row, ticked) {
				continue
			}
		} else if q.stateOf(q.codeAt(table, row)) != inBase ||
			q.Pair >= 0 && half.stateOf(int(table.Columns[q.Pair].At(row))) != inBase {
			continue
		}
		if q.Table > 0 {
			visit(row, int(table.Owners[row]))
		} else {
			visit(row, row)
		}
	}
}

func overlaps(column *packed.Column, row int, ticked []uint64) bool {
	if column.W64 == nil {
		return column.At(row)&ticked[0] != 0
	}
	for w, word := range column.W64[row*column.Words : (row+1)*column.Words] {
		if word&ticked[w] != 0 {
			return true
		}
	}
	return false
}

// Arrivals are the change numbers, rising, of respondents beyond a limit.
type Arrivals struct{ Online, Import []uint32 }

// Beyond lists the respondents in the question's base whom the limit leaves
// out; with a nil question all respondents whom it leaves out.
func Beyond(v *packed.View, q *Question, limit Limit) Arrivals {
	var found Arrivals
	for _, s := range v.Segments {
		inside := limit.mask(s)
		if inside == nil {
			continue
		}
		changes := s.Tables[0].Columns[packed.ChangeColumn].W32
		imports := s.Tables[0].Columns[packed.ImportColumn].W32
		last := -1 // a respondent's rows of a repeat follow one another
		visit := func(_, respondent int) {
			if inside[respondent] || respondent == last {
				return
			}
			last = respondent
			if imports[respondent] == 0 {
				found.Online = append(found.Online, changes[respondent])
			} else {
				found.Import = append(found.Import, changes[respondent])
			}
		}
		if q == nil {
			for row := range s.Rows {
				visit(row, row)
			}
			continue
		}
		eachMember(s, *q, visit)
	}
	slices.Sort(found.Online)
	slices.Sort(found.Import)
	return found
}

// Members visits the rows of the main table within the limit.
func Members(s *packed.Segment, limit Limit) func(yield func(row int) bool) {
	return func(yield func(row int) bool) {
		mask := limit.mask(s)
		for row := range s.Rows {
			if (mask == nil || mask[row]) && !yield(row) {
				return
			}
		}
	}
}

// Answered tells whether a row of a question's column holds an answer,
// substantive or not.
func Answered(column *packed.Column, form packed.Form, row int) bool {
	if form != packed.Sets {
		return column.At(row) > packed.NoAnswer
	}
	if column.W64 == nil {
		return column.At(row) > packed.Asked
	}
	for w, word := range column.W64[row*column.Words : (row+1)*column.Words] {
		if w == 0 {
			word &^= packed.Asked
		}
		if word != 0 {
			return true
		}
	}
	return false
}
