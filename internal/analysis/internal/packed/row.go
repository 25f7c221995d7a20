package packed

import "math"

// Row is one respondent's answers on their way into a chunk.
type Row struct {
	Key             uint64
	Day             uint16
	Duration        uint8
	Import          uint32
	Language        string
	Area            string
	InstitutionType string
	Institution     string

	layout    *Layout
	main      []uint64
	instances []instance
}

// instance is one row of a repeat.
type instance struct {
	table int
	words []uint64
}

// numberBits turns a number into a word of which 0 means "not asked": the bits
// are folded with those of a NaN that no arithmetic produces.
const numberBits = 0x7ff8_0000_0bed_a0ff

// NewRow returns an empty row: no question was asked.
func (l *Layout) NewRow() *Row {
	return &Row{layout: l, main: make([]uint64, l.Tables[0].words)}
}

// Reset makes the row empty again, so that it can be used for the next one.
func (r *Row) Reset() {
	clear(r.main)
	main, layout, instances := r.main, r.layout, r.instances[:0]
	*r = Row{main: main, layout: layout, instances: instances}
}

// Add appends an instance to the repeat of that table and returns its place.
func (r *Row) Add(table int) int {
	n := len(r.instances)
	words := r.layout.Tables[table].words
	if n < cap(r.instances) {
		r.instances = r.instances[:n+1]
		if last := &r.instances[n]; cap(last.words) >= words {
			last.words = last.words[:words]
			clear(last.words)
			last.table = table
			return n
		}
		r.instances[n] = instance{table, make([]uint64, words)}
		return n
	}
	r.instances = append(r.instances, instance{table, make([]uint64, words)})
	return n
}

// Instances is the number of repeat instances added so far.
func (r *Row) Instances() int { return len(r.instances) }

// TableOf is the table of an instance.
func (r *Row) TableOf(at int) int { return r.instances[at].table }

// Value returns the words of one column, to be written to. Instance −1 is the
// main table.
func (r *Row) Value(at, column int) []uint64 {
	words, table := r.main, 0
	if at >= 0 {
		words, table = r.instances[at].words, r.instances[at].table
	}
	start := r.layout.Tables[table].start[column]
	return words[start : start+r.layout.Tables[table].Fields[column].Words()]
}

// NumberWord is the word of a number that was given.
func NumberWord(value float64) uint64 {
	if value == 0 {
		value = 0 // one zero only: −0 equals 0 but has other bits
	}
	return math.Float64bits(value) ^ numberBits
}

// SpecialNumber is the word of NotAsked, NoAnswer and OtherNumber.
func SpecialNumber(code uint64) uint64 { return code }

// number takes a word apart: the number, or the special code and false.
func number(word uint64) (value float64, code uint64, given bool) {
	if word < FirstNumber {
		return 0, word, false
	}
	return math.Float64frombits(word ^ numberBits), 0, true
}
