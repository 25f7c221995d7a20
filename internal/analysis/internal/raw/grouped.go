package raw

import (
	"math"
	"math/bits"

	"bedarfslotse/internal/analysis/internal/packed"
)

// Groups assigns respondents to groups that do not overlap.
type Groups struct {
	N int
	// Of holds, by segment and row of the main table, the group's number; N
	// stands for no group.
	Of [][]uint16
}

// MostGroups is how many groups there may be at once.
const MostGroups = math.MaxUint16 - 1

// NewGroups assigns all respondents within the limit to group 0 of n, the
// others to none.
func NewGroups(v *packed.View, limit Limit, n int) Groups {
	g := Groups{N: n, Of: make([][]uint16, len(v.Segments))}
	for at, s := range v.Segments {
		of := make([]uint16, s.Rows)
		if mask := limit.mask(s); mask != nil {
			for row, inside := range mask {
				if !inside {
					of[row] = uint16(n)
				}
			}
		}
		g.Of[at] = of
	}
	return g
}

// Tally is how often something occurs, in rows, and the sum of the record keys
// of those rows modulo 2^64 (METHODS 5.6).
type Tally struct {
	Rows int
	Key  uint64
}

// Add joins two tallies of different rows.
func (t *Tally) Add(other Tally) {
	t.Rows += other.Rows
	t.Key += other.Key
}

// Group is what one group gave as answers to one question.
type Group struct {
	Base, NoAnswer, NotAsked, Apart, Incomplete Tally
	// Holders is the number of respondents in the base.
	Holders int
	Cells   []Tally // by choice, place or class
}

// state is the tally of one of the states that [Question.stateOf] names.
func (g *Group) state(at int) *Tally {
	return [states]*Tally{&g.Base, &g.NoAnswer, &g.NotAsked, &g.Apart, &g.Incomplete}[at]
}

// Sizes counts the respondents of each group.
func Sizes(v *packed.View, groups Groups) []Tally {
	sizes := make([]Tally, groups.N+1)
	for at, s := range v.Segments {
		keys := s.Tables[0].Columns[packed.KeyColumn].W64
		for row, group := range groups.Of[at] {
			sizes[group].Rows++
			sizes[group].Key += keys[row]
		}
	}
	return sizes[:groups.N]
}

// Grouped counts the answers to one question in each group. Classes say, for
// quantities and months, which cell each code is in, counted from the first
// code that stands for an answer; a negative one is in none. Keys are summed
// only when keyed.
func Grouped(v *packed.View, q Question, groups Groups, classes []int, keyed bool) []Group {
	c := &grouped{q: q, groups: groups, keyed: keyed, out: make([]Group, groups.N+1), classes: classes}
	cells := q.Codes
	if q.Form == Quantity || q.Form == Month {
		cells = 0
		for _, class := range classes {
			cells = max(cells, class+1)
		}
	}
	for i := range c.out {
		c.out[i].Cells = make([]Tally, cells)
	}
	c.plan(v)
	for at, s := range v.Segments {
		c.segment(s, groups.Of[at])
	}
	c.fold()
	return c.out[:groups.N]
}

// grouped gathers the counts.
type grouped struct {
	q       Question
	groups  Groups
	keyed   bool
	classes []int
	out     []Group
	// Dense counts by group and code, where that is a table of a fair size; it
	// is folded into out at the end.
	codes int
	dense []Tally
	last  int // the respondent whose rows of a repeat were counted last
}

// mostDense is the most entries of a table by group and code.
const mostDense = 1 << 20

// plan decides whether to count by code first.
func (c *grouped) plan(v *packed.View) {
	switch {
	case c.q.Table > 0 || !c.q.plain():
		return
	case c.q.Form == Choices && c.q.Codes < 8:
		c.codes = 1 << (c.q.Codes + 1)
	case c.q.Form == Choices:
		return
	case c.q.Form == Quantity:
		c.codes = packed.FirstNumber + len(v.Numbers(0, c.q.Column))
	case c.q.Form == Order || c.q.Form == Place:
		c.codes = FirstPlace + c.q.Codes
	default:
		c.codes = packed.FirstCode + c.q.Codes
	}
	if c.q.Pair >= 0 {
		c.codes++ // one more for incomplete pairs
	}
	if c.codes*(c.groups.N+1) > mostDense {
		c.codes = 0
		return
	}
	c.dense = make([]Tally, c.codes*(c.groups.N+1))
}

func (c *grouped) segment(s *packed.Segment, of []uint16) {
	table, keys := &s.Tables[c.q.Table], s.Tables[0].Columns[packed.KeyColumn].W64
	column := &table.Columns[c.q.Column]
	switch {
	case c.dense != nil && c.q.Pair >= 0:
		c.pairs(column, &table.Columns[c.q.Pair], of, keys)
	case c.dense != nil && column.W8 != nil:
		c.quick(column.W8, of, keys)
	case c.dense != nil:
		for row, group := range of {
			t := &c.dense[int(group)*c.codes+int(column.At(row))]
			t.Rows++
			t.Key += keys[row]
		}
	default:
		c.slow(table, of, keys)
	}
}

// quick counts codes of one byte.
func (c *grouped) quick(codes []uint8, of []uint16, keys []uint64) {
	codes, keys = codes[:len(of)], keys[:len(of)]
	if !c.keyed {
		for row, group := range of {
			c.dense[int(group)*c.codes+int(codes[row])].Rows++
		}
		return
	}
	for row, group := range of {
		t := &c.dense[int(group)*c.codes+int(codes[row])]
		t.Rows++
		t.Key += keys[row]
	}
}

// pairs counts complete pairs by code and incomplete ones as one code more.
func (c *grouped) pairs(column, other *packed.Column, of []uint16, keys []uint64) {
	half := Question{Form: Choice, Substantive: c.q.PairSubstantive}
	if column.W8 != nil && other.W8 != nil {
		c.quickPairs(column.W8, other.W8, &half, of, keys)
		return
	}
	for row, group := range of {
		code := int(column.At(row))
		if c.q.stateOf(code) == inBase && half.stateOf(int(other.At(row))) != inBase {
			code = c.codes - 1
		}
		t := &c.dense[int(group)*c.codes+code]
		t.Rows++
		t.Key += keys[row]
	}
}

// quickPairs looks up which codes are in the base instead of asking for each row.
func (c *grouped) quickPairs(codes, others []uint8, half *Question, of []uint16, keys []uint64) {
	var inside, complete [256]bool
	for code := range inside {
		inside[code] = c.q.stateOf(code) == inBase
		complete[code] = half.stateOf(code) == inBase
	}
	codes, others, keys = codes[:len(of)], others[:len(of)], keys[:len(of)]
	for row, group := range of {
		code := int(codes[row])
		if inside[code] && !complete[others[row]] {
			code = c.codes - 1
		}
		t := &c.dense[int(group)*c.codes+code]
		t.Rows++
		t.Key += keys[row]
	}
}

// slow counts row by row.
func (c *grouped) slow(table *packed.SegmentTable, of []uint16, keys []uint64) {
	column := &table.Columns[c.q.Column]
	ticked := substantiveBits(c.q)
	words := make([]uint64, len(ticked))
	half := Question{Form: Choice, Substantive: c.q.PairSubstantive}
	c.last = -1
	for row := range column.Length() {
		respondent := row
		if c.q.Table > 0 {
			respondent = int(table.Owners[row])
		}
		one, to := Tally{1, keys[respondent]}, &c.out[of[respondent]]
		var what int
		if c.q.Form == Choices {
			if column.W64 != nil {
				copy(words, column.W64[row*column.Words:(row+1)*column.Words])
			} else {
				words[0] = column.At(row)
			}
			what = to.set(words, ticked, one)
		} else {
			code := c.q.codeAt(table, row)
			if what = c.q.stateOf(code); what == inBase && c.q.Pair >= 0 && half.stateOf(int(table.Columns[c.q.Pair].At(row))) != inBase {
				what = incomplete
			} else if cell := c.cell(code); cell >= 0 {
				to.Cells[cell].Add(one)
			}
		}
		to.state(what).Add(one)
		if what == inBase && respondent != c.last {
			c.last = respondent
			to.Holders++
		}
	}
}

// set counts a set of ticks and returns what it is.
func (g *Group) set(words, ticked []uint64, one Tally) int {
	if words[0]&packed.Asked == 0 {
		return notAsked
	}
	what := noAnswer
	for w, word := range words {
		if w == 0 {
			word &^= packed.Asked
		}
		if word&ticked[w] != 0 {
			what = inBase
		} else if word != 0 && what == noAnswer {
			what = apart
		}
		for ; word != 0; word &= word - 1 {
			g.Cells[64*w+bits.TrailingZeros64(word)-1].Add(one)
		}
	}
	return what
}

// cell is the cell of a code, negative for none.
func (c *grouped) cell(code int) int {
	first := packed.FirstCode
	switch c.q.Form {
	case Quantity:
		first = packed.FirstNumber
	case Order:
		return -1
	case Place:
		first = FirstPlace
	}
	switch at := code - first; {
	case at < 0:
		return -1
	case c.q.Form != Quantity && c.q.Form != Month:
		return at
	case at < len(c.classes):
		return c.classes[at]
	}
	return -1
}

// fold turns counts by code into those of states and cells.
func (c *grouped) fold() {
	if c.dense == nil {
		return
	}
	ticked := substantiveBits(c.q)
	for at, t := range c.dense {
		if t.Rows == 0 {
			continue
		}
		to, code := &c.out[at/c.codes], at%c.codes
		var what int
		switch {
		case c.q.Form == Choices:
			what = to.set([]uint64{uint64(code)}, ticked, t)
		case c.q.Pair >= 0 && code == c.codes-1:
			what = incomplete
		default:
			what = c.q.stateOf(code)
			if cell := c.cell(code); cell >= 0 {
				to.Cells[cell].Add(t)
			}
		}
		to.state(what).Add(t)
		if what == inBase {
			to.Holders += t.Rows
		}
	}
}

// Newcomers counts the respondents in a question's base (all, with a nil
// question) by group: those within the limit known, and those beyond it by the
// first of the steps that includes them, the last column holding those beyond
// all steps. A nil known includes nobody.
func Newcomers(v *packed.View, q *Question, groups Groups, known *Limit, steps []Limit) (before []int, by [][]int) {
	before, by = make([]int, groups.N+1), make([][]int, groups.N+1)
	for i := range by {
		by[i] = make([]int, len(steps)+1)
	}
	for at, s := range v.Segments {
		changes := s.Tables[0].Columns[packed.ChangeColumn].W32
		imports := s.Tables[0].Columns[packed.ImportColumn].W32
		of, step := groups.Of[at], 0
		visit := func(respondent int) {
			change, imported, group := changes[respondent], imports[respondent] != 0, of[respondent]
			if known != nil && change <= known.of(imported) {
				before[group]++
				return
			}
			// Neighbours mostly came in the same step.
			for step > 0 && change <= steps[step-1].of(imported) {
				step--
			}
			for step < len(steps) && change > steps[step].of(imported) {
				step++
			}
			by[group][step]++
		}
		if members, quick := quickMembers(s, q); quick {
			for respondent, is := range members {
				if is {
					visit(respondent)
				}
			}
			continue
		}
		last := -1
		eachMember(s, *q, func(_, respondent int) {
			if respondent != last {
				last = respondent
				visit(respondent)
			}
		})
	}
	return before[:groups.N], by[:groups.N]
}

// quickMembers marks who is in the base of a question outside repeats whose codes
// have one byte; with a nil question everybody is.
func quickMembers(s *packed.Segment, q *Question) (members []bool, quick bool) {
	members = make([]bool, s.Rows)
	if q == nil {
		for row := range members {
			members[row] = true
		}
		return members, true
	}
	column := &s.Tables[q.Table].Columns[q.Column]
	if q.Table > 0 || column.W8 == nil || q.Form != Choice && q.Form != Choices {
		return nil, false
	}
	var inside, other [256]bool
	ticked, half := substantiveBits(*q)[0], Question{Form: Choice, Substantive: q.PairSubstantive}
	for code := range inside {
		if q.Form == Choices {
			inside[code] = uint64(code)&ticked != 0
		} else {
			inside[code] = code < packed.FirstCode+q.Codes && q.stateOf(code) == inBase
		}
		other[code] = q.Pair < 0 || half.stateOf(code) == inBase
	}
	pair := column
	if q.Pair >= 0 {
		pair = &s.Tables[0].Columns[q.Pair]
	}
	if pair.W8 == nil {
		return nil, false
	}
	for row, code := range column.W8[:len(members)] {
		members[row] = inside[code] && other[pair.W8[row]]
	}
	return members, true
}

// of is the limit of imported or of online rows.
func (l Limit) of(imported bool) uint32 {
	if imported {
		return l.Import
	}
	return l.Online
}
