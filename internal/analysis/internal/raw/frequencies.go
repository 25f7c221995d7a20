package raw

import (
	"cmp"
	"math/bits"
	"slices"

	"bedarfslotse/internal/analysis/internal/packed"
)

// Frequencies counts the answers to one question among the respondents within
// the limit.
func Frequencies(v *packed.View, q Question, limit Limit) Table {
	c := newCounter(v, q)
	for _, segment := range v.Segments {
		c.segment(segment, limit.mask(segment))
	}
	t := c.table()
	if q.Form == Order {
		t.orders(v, q, limit)
	}
	return t
}

// counter gathers one question's counts over the segments.
type counter struct {
	q       Question
	numbers []float64
	rows    []int // by code, of columns of codes; by choice, of sets
	holders []int // the same, respondents; only of repeats
	last    []int // the respondent last counted for each code, from 1
	respond int   // respondents so far in earlier segments
	states  [states]state
	ticked  []uint64 // per word the bits of substantive choices
	small   []int    // how often each small set occurs
	bytes   *[8][256]int
	moved   []uint8 // see moveUp
	out     Table
}

// The states of a row that every form of question counts.
const (
	inBase = iota
	noAnswer
	notAsked
	apart
	incomplete
	states
)

type state struct{ rows, holders, last int }

func newCounter(v *packed.View, q Question) *counter {
	c := &counter{q: q, numbers: v.Numbers(q.Table, q.Column)}
	codes := packed.FirstCode + q.Codes
	switch q.Form {
	case Quantity:
		codes = packed.FirstNumber + len(c.numbers)
	case Order, Place:
		codes = FirstPlace + q.Codes
	case Choices:
		codes = q.Codes
		c.ticked = substantiveBits(q)
		c.out.Fewest = q.Codes + 1
	}
	c.rows = make([]int, codes)
	if q.Table > 0 {
		c.holders, c.last = make([]int, codes), make([]int, codes)
	}
	return c
}

func substantiveBits(q Question) []uint64 {
	words := make([]uint64, q.Codes/64+1)
	for i := range q.Codes {
		if q.substantive(i) {
			words[(i+1)/64] |= 1 << ((i + 1) % 64)
		}
	}
	return words
}

func (q *Question) substantive(choice int) bool {
	return q.Substantive == nil || choice < len(q.Substantive) && q.Substantive[choice]
}

func (c *counter) segment(s *packed.Segment, mask []bool) {
	for i := range s.Rows {
		if mask == nil {
			c.out.Respondents += s.Rows
			break
		}
		if mask[i] {
			c.out.Respondents++
		}
	}
	table := &s.Tables[c.q.Table]
	column := &table.Columns[c.q.Column]
	switch {
	case c.q.Form == Choices:
		c.sets(column, table.Owners, mask)
	case c.q.Pair >= 0:
		c.pairs(column, &table.Columns[c.q.Pair], table.Owners, mask)
	case c.q.Table == 0 && mask == nil && c.q.plain():
		c.quick(column)
	case c.q.Table == 0 && mask == nil && c.q.Form == Place && column.W8 != nil:
		c.moveUp(table)
	default:
		c.codes(table, mask)
	}
	c.respond += s.Rows
}

// quick counts a whole segment of the main table.
func (c *counter) quick(column *packed.Column) {
	switch {
	case column.W8 != nil:
		bytes(column.W8, c.rows)
	case column.W16 != nil:
		for _, code := range column.W16 {
			c.rows[code]++
		}
	default:
		for _, code := range column.W32 {
			c.rows[code]++
		}
	}
}

// moveUp counts the places of a whole segment of the main table where choices
// without a place stand between them; see [Question.codeAt].
func (c *counter) moveUp(table *packed.SegmentTable) {
	codes := table.Columns[c.q.Column].W8
	c.moved = append(c.moved[:0], codes...)
	for _, column := range c.q.passed {
		for i, above := range table.Columns[column].W8[:len(codes)] {
			if above >= FirstPlace && above < codes[i] {
				c.moved[i]--
			}
		}
	}
	bytes(c.moved, c.rows)
}

// bytes counts into four tables in turn: two equal neighbours in one table
// would have to wait for each other.
func bytes(codes []uint8, rows []int) {
	var counts [4][256]uint32
	whole := len(codes) &^ 3
	for i := 0; i < whole; i += 4 {
		four := codes[i : i+4 : i+4]
		counts[0][four[0]]++
		counts[1][four[1]]++
		counts[2][four[2]]++
		counts[3][four[3]]++
	}
	for _, code := range codes[whole:] {
		counts[0][code]++
	}
	for code := range rows[:min(len(rows), 256)] {
		rows[code] += int(counts[0][code]) + int(counts[1][code]) + int(counts[2][code]) + int(counts[3][code])
	}
}

// owner returns the respondent's number, from 1, and whether the row counts.
func (c *counter) owner(row int, owners []uint32, mask []bool) (int, bool) {
	if c.q.Table > 0 {
		row = int(owners[row])
	}
	return c.respond + row + 1, mask == nil || mask[row]
}

func (c *counter) count(code, owner int) {
	c.rows[code]++
	if c.last != nil && c.last[code] != owner {
		c.last[code] = owner
		c.holders[code]++
	}
}

func (c *counter) enter(at, owner int) {
	s := &c.states[at]
	s.rows++
	if s.last != owner {
		s.last = owner
		s.holders++
	}
}

func (c *counter) codes(table *packed.SegmentTable, mask []bool) {
	for i := range table.Columns[c.q.Column].Length() {
		owner, inside := c.owner(i, table.Owners, mask)
		if !inside {
			continue
		}
		code := c.q.codeAt(table, i)
		c.count(code, owner)
		if c.last != nil {
			c.enter(c.q.stateOf(code), owner)
		}
	}
}

// stateOf tells what a code of a column of codes or numbers means.
func (q *Question) stateOf(code int) int {
	switch {
	case code == packed.NotAsked:
		return notAsked
	case code == packed.NoAnswer:
		return noAnswer
	case q.Form == Quantity && code == packed.OtherNumber:
		return apart
	case q.Form == Choice && !q.substantive(code-packed.FirstCode):
		return apart
	case code == LeftOut && (q.Form == Place || q.Form == Order && q.partly()):
		return apart
	default:
		return inBase
	}
}

// pairs counts only complete pairs; whoever answered this half alone is
// incomplete.
func (c *counter) pairs(column, other *packed.Column, owners []uint32, mask []bool) {
	half := Question{Form: Choice, Substantive: c.q.PairSubstantive}
	for i := range column.Length() {
		owner, inside := c.owner(i, owners, mask)
		if !inside {
			continue
		}
		code := int(column.At(i))
		what := c.q.stateOf(code)
		if what == inBase && half.stateOf(int(other.At(i))) != inBase {
			c.enter(incomplete, owner)
			continue
		}
		c.enter(what, owner)
		c.count(code, owner)
	}
}

// sets counts ticks.
func (c *counter) sets(column *packed.Column, owners []uint32, mask []bool) {
	if c.q.Table == 0 && column.Words == 1 {
		if column.W8 != nil || column.W16 != nil {
			c.smallSets(column, mask)
		} else {
			c.wordSets(column, mask)
		}
		return
	}
	words := make([]uint64, len(c.ticked))
	for i := range column.Length() {
		owner, inside := c.owner(i, owners, mask)
		if !inside {
			continue
		}
		if column.W64 != nil {
			copy(words, column.W64[i*column.Words:(i+1)*column.Words])
		} else {
			words[0] = column.At(i)
		}
		c.set(words, owner, 1)
	}
}

// smallSets counts how often each set of up to 15 choices occurs; the sets are
// taken apart at the end.
func (c *counter) smallSets(column *packed.Column, mask []bool) {
	if c.small == nil {
		c.small = make([]int, 1<<(c.q.Codes+1))
	}
	switch {
	case mask != nil:
		for i, inside := range mask {
			if inside {
				c.small[column.At(i)]++
			}
		}
	case column.W8 != nil:
		bytes(column.W8, c.small)
	default:
		for _, set := range column.W16 {
			c.small[set]++
		}
	}
}

// wordSets counts sets of up to 63 choices, byte by byte.
func (c *counter) wordSets(column *packed.Column, mask []bool) {
	if c.bytes == nil {
		c.bytes = new([8][256]int)
	}
	ticked := c.ticked[0]
	for i := range column.Length() {
		if mask != nil && !mask[i] {
			continue
		}
		set := column.At(i)
		ticks := bits.OnesCount64(set & ticked)
		switch {
		case ticks > 0:
			c.states[inBase].rows++
			c.out.Fewest, c.out.Most = min(c.out.Fewest, ticks), max(c.out.Most, ticks)
		case set > packed.Asked:
			c.states[apart].rows++
		case set == packed.Asked:
			c.states[noAnswer].rows++
		default:
			c.states[notAsked].rows++
			continue
		}
		for at := 0; set != 0; at++ {
			c.bytes[at][set&255]++
			set >>= 8
		}
	}
}

// takeApart turns counted sets and bytes of sets into counts of choices.
func (c *counter) takeApart() {
	words := make([]uint64, len(c.ticked))
	for set, n := range c.small {
		if n > 0 {
			words[0] = uint64(set)
			c.set(words, 0, n)
		}
	}
	if c.bytes == nil {
		return
	}
	for choice := range c.q.Codes {
		bit := choice + 1
		for value, n := range c.bytes[bit/8] {
			if value>>(bit%8)&1 == 1 {
				c.rows[choice] += n
			}
		}
	}
}

// set counts one set of bits, n times; n is 1 in repeats.
func (c *counter) set(words []uint64, owner, n int) {
	what, ticks, chosen := notAsked, 0, uint64(0)
	if words[0]&packed.Asked != 0 {
		for w, word := range words {
			if w == 0 {
				word &^= packed.Asked
			}
			chosen |= word
			ticks += bits.OnesCount64(word & c.ticked[w])
			for word != 0 {
				choice := 64*w + bits.TrailingZeros64(word) - 1
				word &= word - 1
				c.rows[choice] += n
				if c.last != nil && c.last[choice] != owner {
					c.last[choice] = owner
					c.holders[choice]++
				}
			}
		}
		switch {
		case ticks > 0:
			what = inBase
			c.out.Fewest, c.out.Most = min(c.out.Fewest, ticks), max(c.out.Most, ticks)
		case chosen != 0:
			what = apart
		default:
			what = noAnswer
		}
	}
	c.states[what].rows += n
	if c.last != nil && c.states[what].last != owner {
		c.states[what].last = owner
		c.states[what].holders++
	}
}

// table turns what was counted into the result.
func (c *counter) table() Table {
	c.takeApart()
	if c.q.Form != Choices && c.q.Pair < 0 {
		for i := range c.states {
			c.states[i].rows = 0
		}
		for code, n := range c.rows {
			c.states[c.q.stateOf(code)].rows += n
		}
	}
	t := c.out
	for i, into := range []*Count{&t.Base, &t.NoAnswer, &t.NotAsked, &t.Apart, &t.Incomplete} {
		*into = Count{c.states[i].rows, c.states[i].holders}
		if c.q.Table == 0 {
			into.Holders = into.Rows
		}
	}
	if t.Base.Rows == 0 {
		t.Fewest = 0
	}
	switch c.q.Form {
	case Choices:
		t.Cells = c.counts(0)
	case Choice:
		t.Cells = c.counts(packed.FirstCode)
	case Place:
		t.Cells = c.counts(FirstPlace)
	case Month:
		t.Values = c.values(packed.FirstCode, func(i int) float64 { return float64(i) })
	case Quantity:
		t.Values = c.values(packed.FirstNumber, func(i int) float64 { return c.numbers[i] })
	}
	return t
}

func (c *counter) at(code int) Count {
	if c.holders == nil {
		return Count{c.rows[code], c.rows[code]}
	}
	return Count{c.rows[code], c.holders[code]}
}

func (c *counter) counts(first int) []Count {
	cells := make([]Count, len(c.rows)-first)
	for i := range cells {
		cells[i] = c.at(first + i)
	}
	return cells
}

func (c *counter) values(first int, value func(int) float64) []Value {
	var values []Value
	for i := range c.rows[first:] {
		if count := c.at(first + i); count.Rows > 0 {
			values = append(values, Value{value(i), count})
		}
	}
	slices.SortFunc(values, func(a, b Value) int { return cmp.Compare(a.Value, b.Value) })
	return values
}
