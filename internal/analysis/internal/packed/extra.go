package packed

import (
	"fmt"
	"maps"
	"slices"
)

// Extra is a column of the main table that is not stored: its values follow
// from the stored ones, or are known by record key.
type Extra struct {
	// Field describes the column: of the form Codes, Numbers or Sets.
	Field Field
	// Numbers is, for the form Numbers, the value of each code from FirstNumber
	// on.
	Numbers []float64
	// Fill writes the values of a segment's rows, [Field.Words] words each, into
	// to, which holds zeros ("not asked"). It must neither keep nor change what
	// it is given.
	Fill func(s *Segment, to []uint64)
}

// ByKey is a column that is looked up by record key. Rows without an entry were
// not asked.
func ByKey(field Field, values map[uint64][]uint64) Extra {
	words := field.Words()
	return Extra{Field: field, Fill: func(s *Segment, to []uint64) {
		for row, key := range s.Tables[0].Columns[KeyColumn].W64 {
			copy(to[row*words:(row+1)*words], values[key])
		}
	}}
}

// Recoded is a column whose code follows from that of another column of codes
// or numbers: of holds the new code of each old one; what lies beyond it was not
// asked.
func Recoded(field Field, column int, of []uint64) Extra {
	return Extra{Field: field, Fill: func(s *Segment, to []uint64) {
		from := &s.Tables[0].Columns[column]
		if from.W8 != nil {
			var code [256]uint64
			copy(code[:], of)
			for row, old := range from.W8[:len(to)] {
				to[row] = code[old]
			}
			return
		}
		for row := range to {
			if old := from.At(row); old < uint64(len(of)) {
				to[row] = of[old]
			}
		}
	}}
}

// With returns a view of the same rows with further columns in the main table,
// behind the stored ones in the order given: whatever counts a stored column
// counts them. Stored columns are shared, not copied. It fails when a value is
// not one that its field allows.
//
// The layout of the view reads no chunks: it has no fingerprint.
func (v *View) With(extra ...Extra) (*View, error) {
	if len(extra) == 0 {
		return v, nil
	}
	more := *v
	more.Layout = v.Layout.with(extra)
	more.numbers = maps.Clone(v.numbers)
	stored := len(v.Layout.Tables[0].Fields)
	for i, one := range extra {
		if one.Field.Form == Numbers {
			more.numbers[place{0, stored + i}] = one.Numbers
		}
	}
	more.Segments = make([]*Segment, len(v.Segments))
	var scratch []uint64
	for at, s := range v.Segments {
		segment := *s
		segment.Tables = slices.Clone(s.Tables)
		columns := slices.Grow(slices.Clone(s.Tables[0].Columns), len(extra))
		for i := range extra {
			column, err := extra[i].column(s, &scratch)
			if err != nil {
				return nil, err
			}
			columns = append(columns, column)
		}
		segment.Tables[0].Columns = columns
		more.Segments[at] = &segment
	}
	return &more, nil
}

func (l *Layout) with(extra []Extra) *Layout {
	more := &Layout{Tables: slices.Clone(l.Tables)}
	main := &more.Tables[0]
	main.Fields, main.start = slices.Clone(main.Fields), slices.Clone(main.start)
	for _, one := range extra {
		main.Fields, main.start = append(main.Fields, one.Field), append(main.start, main.words)
		main.words += one.Field.Words()
	}
	return more
}

// column computes the values of one segment.
func (e *Extra) column(s *Segment, scratch *[]uint64) (Column, error) {
	words := e.Field.Words()
	*scratch = append((*scratch)[:0], make([]uint64, s.Rows*words)...)
	values := *scratch
	e.Fill(s, values)
	if !e.within(values) {
		return Column{}, fmt.Errorf("extra column %s: a value is out of range", e.Field.Name)
	}
	column := newColumn(e.Field)
	if e.Field.Form == Numbers {
		column.bytes = narrowest(e.limit() - 1)
	}
	switch column.bytes {
	case 1:
		column.W8 = narrowed[uint8](values)
	case 2:
		column.W16 = narrowed[uint16](values)
	case 4:
		column.W32 = narrowed[uint32](values)
	default:
		column.W64 = slices.Clone(values)
	}
	return column, nil
}

func narrowed[T uint8 | uint16 | uint32](values []uint64) []T {
	narrow := make([]T, len(values))
	for i, value := range values {
		narrow[i] = T(value)
	}
	return narrow
}

// limit is one more than the largest code.
func (e *Extra) limit() uint64 {
	if e.Field.Form == Numbers {
		return uint64(FirstNumber + len(e.Numbers))
	}
	return uint64(e.Field.Limit)
}

// within tells whether the field allows all values.
func (e *Extra) within(values []uint64) bool {
	if e.Field.Form == Sets {
		last := lastWord(e.Field.Limit)
		for set := range slices.Chunk(values, e.Field.Words()) {
			if !setWithin(set, last) {
				return false
			}
		}
		return true
	}
	for _, value := range values {
		if value >= e.limit() {
			return false
		}
	}
	return e.Field.Form == Codes || e.Field.Form == Numbers
}

// Union is a column of sets of categories: one is ticked where any of its choices
// is in a column of sets; of holds the category of each choice.
func Union(field Field, column int, of []int) Extra {
	words := field.Words()
	return Extra{Field: field, Fill: func(s *Segment, to []uint64) {
		from := &s.Tables[0].Columns[column]
		for row := range s.Rows {
			set := to[row*words : (row+1)*words]
			if from.At(row)&Asked == 0 {
				continue
			}
			set[0] |= Asked
			for choice, category := range of {
				if from.Ticks(row, choice) {
					Tick(set, category)
				}
			}
		}
	}}
}
