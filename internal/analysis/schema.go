package analysis

import (
	"fmt"
	"strconv"
	"strings"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// Schema says which columns the answers to one version of a survey have: a
// main table with a row per respondent and, for every repeat, a table with a
// row per instance. A repeat inside a repeat is a table of its own whose rows
// belong to the respondent directly.
//
// A schema is immutable and safe for concurrent use.
//
// Not every element has a column: notes and groups carry no answer, and answers
// given in an institution's name (DESIGN 6, attributed) never lie beside the
// anonymous ones.
type Schema struct {
	version   *survey.Version
	layout    *packed.Layout
	places    []place // by element index
	repeats   map[*survey.Element]int
	questions []*question // those with figures, in the survey's order
	units     []unit
	weak      weak
}

// weak tells which protections are off. Only this package's tests set it, to
// see the attacker win.
type weak struct {
	loose bool                // exact groups of any size
	fresh func() (key uint64) // keys drawn anew for every figure
	// precise tells the design effect of a single question in full precision.
	precise *question
}

// place is where an element's answers lie; a column of 0 means nowhere, as the
// process columns come first, and in repeats columns are counted from 1 here.
type place struct {
	table  int
	column int // of the table
	found  bool
}

// NewSchema lays out the columns of a survey.
func NewSchema(version *survey.Version) *Schema {
	s := &Schema{
		version: version,
		places:  make([]place, len(version.Elements)),
		repeats: make(map[*survey.Element]int),
	}
	tables := []packed.Table{{Name: ""}}
	for _, e := range version.Elements {
		if e.Type == survey.Repeat && !e.Attributed {
			s.repeats[e] = len(tables)
			tables = append(tables, packed.Table{Name: e.Name})
		}
		if !e.Type.Answered() || e.Attributed {
			continue
		}
		table := 0
		if e.Within != nil {
			table = s.repeats[e.Within]
		}
		before := len(tables[table].Fields)
		if table == 0 {
			before += packed.ProcessColumns
		}
		s.places[e.Index] = place{table, before, true}
		tables[table].Fields = append(tables[table].Fields, fieldsOf(e)...)
	}
	s.layout = packed.NewLayout(tables)
	s.findQuestions()
	return s
}

// Months before the year 0 and after the year maxYear have no code.
const maxYear = 5400

// fieldsOf chooses the columns for an element: one, and of an order one for each
// choice, with its place. The detail holds the choices' names only: labels,
// scores and what counts as substantive may change without a new code for any
// answer.
func fieldsOf(e *survey.Element) []packed.Field {
	field := packed.Field{Name: e.Name, Form: packed.Codes, Limit: packed.FirstCode + 1, Detail: string(e.Type)}
	switch e.Type {
	case survey.Rank:
		choices := e.Choices.Choices
		fields := make([]packed.Field, len(choices))
		for i, choice := range choices {
			field.Detail, field.Limit = string(e.Type)+" "+choice.Name, uint32(raw.FirstPlace+len(choices))
			fields[i] = field
		}
		return fields
	case survey.SelectOne, survey.SelectMultiple:
		names := make([]string, len(e.Choices.Choices))
		for i, choice := range e.Choices.Choices {
			names[i] = choice.Name
			if strings.Contains(choice.Name, " ") { // "a b", "c" are other choices than "a", "b c"
				names[i] = strconv.Quote(choice.Name)
			}
		}
		field.Detail += " " + strings.Join(names, " ")
		field.Limit = uint32(packed.FirstCode + len(names))
		if e.Type == survey.SelectMultiple {
			field.Form, field.Limit = packed.Sets, uint32(len(names))
		}
	case survey.TypeRange:
		if !stepped(e) {
			field.Form = packed.Numbers
			break
		}
		for at := range e.Range.Len() {
			field.Detail += " " + e.Range.At(at)
		}
		field.Limit = uint32(packed.FirstCode + e.Range.Len())
	case survey.Integer, survey.Decimal, survey.Time, survey.Calculate:
		field.Form = packed.Numbers
	case survey.Date, survey.DateTime:
		field.Limit = packed.FirstCode + 12*maxYear
	}
	return []packed.Field{field}
}

// mostSteps is how many numbers a range has at most that counts as a scale of
// them; of more, classes are counted.
const mostSteps = 11

// stepped tells whether each number of a range is counted for itself.
func stepped(e *survey.Element) bool {
	return e.Type == survey.TypeRange && e.Range.Len() <= mostSteps
}

// Fingerprint identifies the columns and the meaning of their codes, as 32
// hexadecimal digits. Chunks, snapshots and releases made under one fingerprint
// are refused under another.
func (s *Schema) Fingerprint() string { return fmt.Sprintf("%x", s.layout.Fingerprint) }

// Has tells whether the element has a column.
func (s *Schema) Has(e *survey.Element) bool { return s.places[e.Index].found }
