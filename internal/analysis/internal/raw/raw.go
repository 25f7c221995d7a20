// Package raw counts packed answers. What it returns has passed no disclosure
// control: nothing outside the analysis package can import it.
package raw

import (
	"bedarfslotse/internal/analysis/internal/packed"
)

// Form is the way in which a question is counted.
type Form uint8

// The forms.
const (
	Choice   Form = iota // one of a list
	Choices              // several of a list
	Quantity             // a number
	Month                // a date, by month
	Order                // choices in an order; see [Question.Place]
	Place                // the place of one choice in an order
)

// Question says where answers lie and what they mean.
type Question struct {
	Table, Column int
	Form          Form
	Codes         int // choices, months or places; unused for numbers
	// Substantive tells of each choice whether it counts towards the base; nil
	// when all do (METHODS 1).
	Substantive []bool
	// Scores are the choices' values on a scale, nil when they have none.
	Scores []float64
	// Pair is the column of the other half of an importance–state pair in the
	// same table, −1 for none; only complete pairs count.
	Pair            int
	PairSubstantive []bool

	passed []int // of a place, the columns of choices that have none
}

// Limit says which rows belong to a group by their change numbers: online ones
// up to Online, imported ones up to Import. [All] takes every row.
type Limit struct {
	Online uint32 `json:"online"`
	Import uint32 `json:"import"`
}

// All is the limit that leaves no row out.
func All() Limit { return Limit{^uint32(0), ^uint32(0)} }

// whole tells whether no row of the segment is left out.
func (l Limit) whole(s *packed.Segment) bool {
	return s.LastOnline <= l.Online && s.LastImport <= l.Import
}

// mask marks the segment's rows within the limit; nil means all of them.
func (l Limit) mask(s *packed.Segment) []bool {
	if l.whole(s) {
		return nil
	}
	changes := s.Tables[0].Columns[packed.ChangeColumn].W32
	imports := s.Tables[0].Columns[packed.ImportColumn].W32
	inside := make([]bool, s.Rows)
	for i := range inside {
		if imports[i] == 0 {
			inside[i] = changes[i] <= l.Online
		} else {
			inside[i] = changes[i] <= l.Import
		}
	}
	return inside
}

// Respondents is the number of respondents within the limit.
func Respondents(v *packed.View, limit Limit) int {
	n := 0
	for _, segment := range v.Segments {
		mask := limit.mask(segment)
		if mask == nil {
			n += segment.Rows
			continue
		}
		for _, inside := range mask {
			if inside {
				n++
			}
		}
	}
	return n
}

// Count is how often something occurs: in rows, and among how many
// respondents. The two differ in repeats only.
type Count struct {
	Rows    int `json:"rows"`
	Holders int `json:"holders"`
}

// Value is a number or a month and how often it was given.
type Value struct {
	Value float64
	Count Count
}

// Table is the frequencies of one question over one group of respondents.
type Table struct {
	Respondents int     // in the group, whether asked or not
	Cells       []Count // by choice, substantive or not, or by place; empty for quantities and months
	Values      []Value // of quantities and months, rising
	Base        Count   // substantive answers; of pairs, complete ones
	NoAnswer    Count
	NotAsked    Count
	// Apart counts who gave non-substantive answers only.
	Apart Count
	// Incomplete counts, for pairs, substantive answers whose other half is none.
	Incomplete Count
	// Fewest and Most are the smallest and the largest number of substantive
	// choices that one row of the base ticked (multiple choice).
	Fewest, Most int
	// Places holds, of orders, the places of each choice; nothing of choices
	// that are no substantive answer.
	Places []Table
}
