// Package packed keeps answers as small codes: one unsigned integer or one set
// of bits for each question and respondent. It knows nothing of surveys, only
// of columns; the chunks it writes are what the store keeps.
package packed

import (
	"crypto/sha256"
	"fmt"
	"math"
)

// Form is the way in which one column's values are packed.
type Form uint8

// The forms. Of Codes, Numbers and Sets the value 0 always means "not asked".
const (
	// Codes are small integers below a limit that the layout fixes.
	Codes Form = iota
	// Numbers are codes into a dictionary of the distinct values.
	Numbers
	// Sets are bits: bit 0 says that the question was asked, bit i+1 that
	// choice i is ticked.
	Sets
	// Names are codes into a dictionary of strings; 0 is the empty string.
	Names
	// Integers are plain numbers below 2^64, such as keys.
	Integers
)

// The codes that every question column shares.
const (
	NotAsked = 0 // the question was not relevant
	NoAnswer = 1 // it was, and stayed empty
	// FirstCode is the first code that stands for an answer.
	FirstCode = 2
	// OtherNumber marks, in columns of numbers, an answer that is no number.
	OtherNumber = 2
	// FirstNumber is the code of a dictionary's first value.
	FirstNumber = 3
	// Asked is the bit that every answered or empty set carries.
	Asked = 1
)

// Columns that stand in front of the questions in every main table.
const (
	KeyColumn = iota
	ChangeColumn
	ImportColumn
	DayColumn
	DurationColumn
	LanguageColumn
	AreaColumn
	InstitutionTypeColumn
	InstitutionColumn
	ProcessColumns // how many there are
)

// MaxRows is the most rows of one chunk and of one segment in memory.
const MaxRows = 65536

// Field describes one column.
type Field struct {
	Name string
	Form Form
	// Limit is, for Codes, one more than the largest code; for Sets the number
	// of choices; unused otherwise.
	Limit uint32
	// Detail is whatever else decides about the meaning of the codes, such as
	// the names of the choices; it enters the fingerprint.
	Detail string
}

// Words is the number of 64-bit words of one value.
func (f Field) Words() int {
	if f.Form == Sets {
		return (int(f.Limit) + 1 + 63) / 64
	}
	return 1
}

// Bytes is the width of one value in memory; for Numbers and Names the width
// that a column begins with.
func (f Field) Bytes() int {
	switch f.Form {
	case Codes:
		return narrowest(uint64(f.Limit) - 1)
	case Sets:
		if f.Limit >= 64 {
			return 8
		}
		return narrowest(1<<(f.Limit+1) - 1)
	case Integers:
		return 8
	default:
		return 1
	}
}

func narrowest(largest uint64) int {
	switch {
	case largest <= math.MaxUint8:
		return 1
	case largest <= math.MaxUint16:
		return 2
	case largest <= math.MaxUint32:
		return 4
	default:
		return 8
	}
}

// Table is a list of columns; the first table of a layout has one row per
// respondent, each further one a row per repeat instance.
type Table struct {
	Name   string
	Fields []Field
	start  []int // of each field, its first word in a record
	words  int
}

// Layout is all tables of one survey. It is immutable once made.
type Layout struct {
	Tables      []Table
	Fingerprint [16]byte
}

// NewLayout puts the process columns in front of the first table and computes
// the fingerprint: two layouts with the same fingerprint read each other's
// chunks alike.
func NewLayout(tables []Table) *Layout {
	layout := &Layout{Tables: make([]Table, len(tables))}
	hash := sha256.New()
	for t, table := range tables {
		if t == 0 {
			table.Fields = append(processFields(), table.Fields...)
		}
		described := fmt.Appendf(nil, "table %q\n", table.Name)
		table.start = make([]int, len(table.Fields))
		for i, field := range table.Fields {
			table.start[i] = table.words
			table.words += field.Words()
			described = fmt.Appendf(described, "%q %d %d %q\n", field.Name, field.Form, field.Limit, field.Detail)
		}
		hash.Write(described)
		layout.Tables[t] = table
	}
	copy(layout.Fingerprint[:], hash.Sum(nil))
	return layout
}

func processFields() []Field {
	fields := make([]Field, ProcessColumns)
	fields[KeyColumn] = Field{Name: "key", Form: Integers}
	fields[ChangeColumn] = Field{Name: "change", Form: Codes, Limit: math.MaxUint32}
	fields[ImportColumn] = Field{Name: "import", Form: Codes, Limit: math.MaxUint32}
	fields[DayColumn] = Field{Name: "day", Form: Codes, Limit: math.MaxUint16}
	fields[DurationColumn] = Field{Name: "duration", Form: Codes, Limit: math.MaxUint8}
	fields[LanguageColumn] = Field{Name: "language", Form: Names}
	fields[AreaColumn] = Field{Name: "area", Form: Names}
	fields[InstitutionTypeColumn] = Field{Name: "institution_type", Form: Names}
	fields[InstitutionColumn] = Field{Name: "institution", Form: Names}
	return fields
}
