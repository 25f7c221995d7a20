package packed

import (
	"encoding/binary"
	"slices"
)

// Column is the values of one column of one segment: one of the four slices,
// as narrow as the values allow, is in use.
type Column struct {
	W8  []uint8
	W16 []uint16
	W32 []uint32
	W64 []uint64
	// Words is how many elements of W64 make one value; 1 everywhere else.
	Words int

	bytes int // width in use
}

// Length is the number of values.
func (c *Column) Length() int {
	switch c.bytes {
	case 1:
		return len(c.W8)
	case 2:
		return len(c.W16)
	case 4:
		return len(c.W32)
	default:
		return len(c.W64) / c.Words
	}
}

// At returns the first word of value i.
func (c *Column) At(i int) uint64 {
	switch c.bytes {
	case 1:
		return uint64(c.W8[i])
	case 2:
		return uint64(c.W16[i])
	case 4:
		return uint64(c.W32[i])
	default:
		return c.W64[i*c.Words]
	}
}

// Ticks tells, of a column of sets, whether a choice is in set i.
func (c *Column) Ticks(i, choice int) bool {
	if c.bytes == 8 {
		return c.W64[i*c.Words+(choice+1)/64]>>((choice+1)%64)&1 == 1
	}
	return c.At(i)>>(choice+1)&1 == 1
}

// Tick puts a choice into a set.
func Tick(set []uint64, choice int) { set[(choice+1)/64] |= 1 << ((choice + 1) % 64) }

func newColumn(field Field) Column {
	return Column{Words: field.Words(), bytes: field.Bytes()}
}

// shorter returns a view of the first n values that later appends leave alone.
func (c *Column) shorter(n int) Column {
	short := *c
	switch c.bytes {
	case 1:
		short.W8 = c.W8[:n:n]
	case 2:
		short.W16 = c.W16[:n:n]
	case 4:
		short.W32 = c.W32[:n:n]
	default:
		short.W64 = c.W64[: n*c.Words : n*c.Words]
	}
	return short
}

// trimmed returns the column without the room it had for more values.
func (c *Column) trimmed() Column {
	full := *c
	full.W8, full.W16, full.W32, full.W64 = trimmed(c.W8), trimmed(c.W16), trimmed(c.W32), trimmed(c.W64)
	return full
}

// trimmed copies values that had much more room than they need.
func trimmed[T any](values []T) []T {
	if cap(values)-len(values) > len(values)/32 {
		return slices.Clone(values)
	}
	return values
}

// widen makes room for values up to largest. Readers keep the old slice.
func (c *Column) widen(largest uint64) {
	width := narrowest(largest)
	if width <= c.bytes {
		return
	}
	old := *c
	c.bytes, c.W8, c.W16, c.W32, c.W64 = width, nil, nil, nil, nil
	for i := range old.Length() {
		value := old.At(i)
		switch width {
		case 2:
			c.W16 = append(c.W16, uint16(value))
		case 4:
			c.W32 = append(c.W32, uint32(value))
		default:
			c.W64 = append(c.W64, value)
		}
	}
}

// reserve makes room for more values, doubling up to limit, so that a column
// never holds much more memory than its values need.
func (c *Column) reserve(more, limit int) {
	switch c.bytes {
	case 1:
		c.W8 = grown(c.W8, more, limit)
	case 2:
		c.W16 = grown(c.W16, more, limit)
	case 4:
		c.W32 = grown(c.W32, more, limit)
	default:
		c.W64 = grown(c.W64, more*c.Words, limit*c.Words)
	}
}

func grown[T any](values []T, more, limit int) []T {
	needed := len(values) + more
	if needed <= cap(values) {
		return values
	}
	larger := make([]T, len(values), max(needed, min(2*needed, limit)))
	copy(larger, values)
	return larger
}

// add appends the values of a chunk's column, translated by remap when that is
// not nil.
func (c *Column) add(from *chunkColumn, rows int, remap []uint32) {
	if remap != nil {
		largest := uint64(0)
		for _, code := range remap {
			largest = max(largest, uint64(code))
		}
		c.widen(largest)
	}
	switch c.bytes {
	case 1:
		if from.width == 1 && remap == nil {
			c.W8 = append(c.W8, from.data...)
			return
		}
		c.W8 = added(c.W8, from, rows, remap)
	case 2:
		c.W16 = added(c.W16, from, rows, remap)
	case 4:
		c.W32 = added(c.W32, from, rows, remap)
	default:
		c.W64 = added(c.W64, from, rows, remap)
	}
}

func added[T uint8 | uint16 | uint32 | uint64](to []T, from *chunkColumn, rows int, remap []uint32) []T {
	if remap != nil {
		for i := range rows {
			to = append(to, T(remap[from.at(i, 0)]))
		}
		return to
	}
	switch from.width {
	case constantValues:
		for range rows {
			for _, value := range from.shared {
				to = append(to, T(value))
			}
		}
	case risingValues:
		for i := range rows {
			to = append(to, T(from.shared[0]+uint64(i)))
		}
	case 1:
		for _, value := range from.data {
			to = append(to, T(value))
		}
	case 2:
		for i := 0; i < len(from.data); i += 2 {
			to = append(to, T(binary.LittleEndian.Uint16(from.data[i:])))
		}
	case 4:
		for i := 0; i < len(from.data); i += 4 {
			to = append(to, T(binary.LittleEndian.Uint32(from.data[i:])))
		}
	default:
		for i := 0; i < len(from.data); i += 8 {
			to = append(to, T(binary.LittleEndian.Uint64(from.data[i:])))
		}
	}
	return to
}

// without returns a new column that lacks the values at which gone is true.
func (c *Column) without(gone []bool) Column {
	left := Column{Words: c.Words, bytes: c.bytes}
	switch c.bytes {
	case 1:
		left.W8 = without(c.W8, gone, 1)
	case 2:
		left.W16 = without(c.W16, gone, 1)
	case 4:
		left.W32 = without(c.W32, gone, 1)
	default:
		left.W64 = without(c.W64, gone, c.Words)
	}
	return left
}

func without[T any](values []T, gone []bool, words int) []T {
	left := make([]T, 0, len(values))
	for i, leaves := range gone {
		if !leaves {
			left = append(left, values[i*words:(i+1)*words]...)
		}
	}
	return left
}
