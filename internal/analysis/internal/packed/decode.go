package packed

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Why a chunk cannot be used. In each case the caller rebuilds the chunk from
// the answers, which are the truth.
var (
	// ErrOtherLayout says that the chunk was written for other columns.
	ErrOtherLayout = errors.New("packed chunk belongs to another layout")
	// ErrDamaged says that the bytes are no chunk, or not all of one.
	ErrDamaged = errors.New("packed chunk is damaged")
)

// Chunk is a decoded chunk: a view of its bytes, which must not change while
// the chunk is in use.
type Chunk struct {
	layout   *Layout
	Rows     int
	First    uint64 // change numbers covered
	Last     uint64
	removals []byte
	tables   []chunkTable
}

type chunkTable struct {
	rows    int
	owners  []uint32 // row of the main table, of repeats only
	columns []chunkColumn
}

// chunkColumn is one column as its bytes lie in the chunk.
type chunkColumn struct {
	width   byte // as written by encoder.values
	words   int
	data    []byte   // rows × words × width bytes
	shared  []uint64 // the value of constantValues, or the first of risingValues
	names   [][]byte // dictionary of Names
	numbers []uint64 // dictionary of Numbers
}

// Removals is the number of record keys that the chunk removes.
func (c *Chunk) Removals() int { return len(c.removals) / 8 }

// Removal returns one of the record keys to be removed.
func (c *Chunk) Removal(i int) uint64 { return binary.LittleEndian.Uint64(c.removals[8*i:]) }

// removed returns the record keys to be removed.
func (c *Chunk) removed() []uint64 {
	keys := make([]uint64, c.Removals())
	for i := range keys {
		keys[i] = c.Removal(i)
	}
	return keys
}

// at returns word w of row i.
func (c *chunkColumn) at(i, w int) uint64 {
	switch c.width {
	case constantValues:
		return c.shared[w]
	case risingValues:
		return c.shared[0] + uint64(i)
	case 1:
		return uint64(c.data[i])
	case 2:
		return uint64(binary.LittleEndian.Uint16(c.data[2*i:]))
	case 4:
		return uint64(binary.LittleEndian.Uint32(c.data[4*i:]))
	default:
		return binary.LittleEndian.Uint64(c.data[8*(i*c.words+w):])
	}
}

// Decode reads a chunk. It fails with [ErrOtherLayout] or [ErrDamaged] and
// never reads beyond data nor allocates more than a small multiple of it.
func (l *Layout) Decode(data []byte) (*Chunk, error) {
	chunk := new(Chunk)
	if err := l.DecodeInto(chunk, data); err != nil {
		return nil, err
	}
	return chunk, nil
}

// DecodeInto is [Layout.Decode] into a chunk that is not needed any more, whose
// memory it uses again.
func (l *Layout) DecodeInto(chunk *Chunk, data []byte) error {
	d := &decoder{rest: data}
	d.envelope(l)
	if d.err != nil {
		return d.err
	}
	chunk.layout = l
	chunk.Rows = d.count(MaxRows)
	removals := d.count(maxRemovals)
	chunk.First, chunk.Last = d.uvarint(), d.uvarint()
	if chunk.Last < chunk.First {
		d.damaged("change numbers run backwards")
	}
	chunk.removals = d.take(8 * removals)
	if cap(chunk.tables) < len(l.Tables) {
		chunk.tables = make([]chunkTable, len(l.Tables))
	}
	chunk.tables = chunk.tables[:len(l.Tables)]
	for t := range chunk.tables {
		d.table(&chunk.tables[t], &l.Tables[t], t, chunk.Rows)
	}
	for t := range chunk.tables {
		d.columns(&chunk.tables[t], &l.Tables[t])
	}
	if d.err == nil && len(d.rest) != 0 {
		d.damaged("bytes behind the last column")
	}
	return d.err
}

// decoder reads from the front of rest; after the first error all its reads
// return zero.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) damaged(why string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrDamaged, why)
	}
	d.rest = nil
}

func (d *decoder) envelope(l *Layout) {
	if len(d.rest) < minimumHeader+4 {
		d.damaged("too short")
		return
	}
	if string(d.rest[:len(magic)]) != magic {
		d.damaged("not of this format")
		return
	}
	body, sum := d.rest[:len(d.rest)-4], binary.LittleEndian.Uint32(d.rest[len(d.rest)-4:])
	if checksum(body) != sum {
		d.damaged("wrong check sum")
		return
	}
	if [16]byte(body[len(magic):minimumHeader]) != l.Fingerprint {
		d.err = ErrOtherLayout
		return
	}
	d.rest = body[minimumHeader:]
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.damaged("a number is cut off")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) count(limit uint64) int {
	n := d.uvarint()
	if n > limit {
		d.damaged("a count is too large")
		return 0
	}
	return int(n)
}

func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		d.damaged("values are cut off")
		return nil
	}
	taken := d.rest[:n:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) table(table *chunkTable, shape *Table, at, rows int) {
	table.rows, table.owners = rows, table.owners[:0]
	if at > 0 {
		table.rows = d.count(maxRepeated)
		if table.rows > len(d.rest) {
			d.damaged("more repeat rows than bytes")
			table.rows = 0
		}
		owner := uint64(0)
		for range table.rows {
			if owner += d.uvarint(); owner >= uint64(rows) {
				d.damaged("a repeat row belongs to nobody")
				table.rows = 0
				break
			}
			table.owners = append(table.owners, uint32(owner))
		}
	}
	if cap(table.columns) < len(shape.Fields) {
		table.columns = make([]chunkColumn, len(shape.Fields))
	}
	table.columns = table.columns[:len(shape.Fields)]
}

func (d *decoder) columns(table *chunkTable, shape *Table) {
	for c := range table.columns {
		column, field := &table.columns[c], shape.Fields[c]
		column.words = field.Words()
		column.names, column.numbers = column.names[:0], column.numbers[:0]
		switch field.Form {
		case Names:
			for n := d.count(MaxRows); n > 0 && d.err == nil; n-- {
				column.names = append(column.names, d.take(d.count(1<<20)))
			}
		case Numbers:
			n := d.count(maxRepeated)
			for raw := d.take(8 * n); len(raw) >= 8; raw = raw[8:] {
				column.numbers = append(column.numbers, binary.LittleEndian.Uint64(raw))
			}
		}
		d.values(column, table.rows)
		if d.err == nil && !column.within(field, table.rows) {
			d.damaged("a code of " + field.Name + " is out of range")
		}
		if d.err != nil {
			return
		}
	}
}

func (d *decoder) values(column *chunkColumn, rows int) {
	column.data, column.shared = nil, column.shared[:0]
	width := d.take(1)
	if len(width) == 0 {
		return
	}
	column.width = width[0]
	switch {
	case column.width == constantValues:
		for range column.words {
			column.shared = append(column.shared, d.uvarint())
		}
	case column.width == risingValues && column.words == 1:
		column.shared = append(column.shared, d.uvarint())
	case column.width == 8, column.words == 1 && (column.width == 1 || column.width == 2 || column.width == 4):
		column.data = d.take(rows * column.words * int(column.width))
	default:
		d.damaged("unknown width of values")
	}
}

// within tells whether every value may occur in the column.
func (c *chunkColumn) within(field Field, rows int) bool {
	switch field.Form {
	case Integers:
		return true
	case Sets:
		return c.setsWithin(field.Limit, rows)
	case Numbers:
		return c.largest(rows) < uint64(FirstNumber+len(c.numbers))
	case Names:
		return c.largest(rows) <= uint64(len(c.names))
	default:
		return c.largest(rows) < uint64(field.Limit)
	}
}

func (c *chunkColumn) largest(rows int) (largest uint64) {
	switch c.width {
	case constantValues:
		return c.shared[0]
	case risingValues:
		last := c.shared[0] + uint64(max(rows, 1)-1)
		return max(last, c.shared[0]) // a sum beyond 2^64 is out of range as well
	case 1:
		var top byte
		for _, value := range c.data {
			top = max(top, value)
		}
		return uint64(top)
	default:
		for i := range rows {
			largest = max(largest, c.at(i, 0))
		}
		return largest
	}
}

// setsWithin tells whether every value is a set of these choices.
func (c *chunkColumn) setsWithin(choices uint32, rows int) bool {
	if c.width == constantValues {
		rows = min(rows, 1)
	}
	var few [8]uint64
	set, last := few[:0], lastWord(choices)
	for i := range rows {
		set = set[:0]
		for w := range c.words {
			set = append(set, c.at(i, w))
		}
		if !setWithin(set, last) {
			return false
		}
	}
	return true
}

// lastWord marks the bits that the last word of a set of these choices may have.
func lastWord(choices uint32) uint64 {
	if used := (uint(choices) + 1) % 64; used != 0 {
		return 1<<used - 1
	}
	return ^uint64(0)
}

// setWithin tells whether no bit of a set beyond the choices is set, and none at
// all without the bit that says that the question was asked.
func setWithin(set []uint64, last uint64) bool {
	if set[len(set)-1]&^last != 0 {
		return false
	}
	if set[0]&Asked != 0 {
		return true
	}
	for _, word := range set {
		if word != 0 {
			return false
		}
	}
	return true
}
