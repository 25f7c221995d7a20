package packed

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// A chunk is, in this order (uvarint is encoding/binary's variable length):
//
//	"BLc" and the format's number, 1 byte each
//	fingerprint of the layout, 16 bytes
//	rows, removals: uvarint
//	first and last change number covered: uvarint
//	removed record keys: 8 bytes each
//	of each table after the main one: rows as uvarint, then of each row the
//	  distance of its owner from the one before as uvarint
//	the columns, table by table: see appendColumn
//	CRC-32C of everything before, 4 bytes
//
// All integers are little-endian. The columns of a chunk are written as wide as
// the values in it need, so that a chunk of a few rows is small.
const (
	magic         = "BLc\x01"
	minimumHeader = len(magic) + 16
)

func checksum(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }

// Limits of what a decoder allocates for; far above what a survey produces.
const (
	maxRemovals = 1 << 20
	maxRepeated = 1 << 24
)

// encoder holds what is needed while one chunk is written.
type encoder struct {
	dst     []byte
	scratch []uint64
	floats  map[uint64]uint64
	strings map[string]uint64
	names   []string
	numbers []uint64
}

// Append writes a chunk of rows and removed record keys behind dst. The rows
// take the change numbers first, first+1, … and the removals those after them.
// At most [MaxRows] rows.
func (l *Layout) Append(dst []byte, first uint64, rows []*Row, removals []uint64) []byte {
	e := encoder{dst: dst}
	begin := len(dst)
	last := first
	if changes := uint64(len(rows) + len(removals)); changes > 0 {
		last += changes - 1
	}
	e.header(l, len(rows), first, last, removals)
	for t := 1; t < len(l.Tables); t++ {
		e.owners(rows, t)
	}
	for t := range l.Tables {
		for c := range l.Tables[t].Fields {
			e.column(l, rows, first, t, c)
		}
	}
	return binary.LittleEndian.AppendUint32(e.dst, checksum(e.dst[begin:]))
}

func (e *encoder) header(l *Layout, rows int, first, last uint64, removals []uint64) {
	e.dst = append(e.dst, magic...)
	e.dst = append(e.dst, l.Fingerprint[:]...)
	e.uvarint(uint64(rows))
	e.uvarint(uint64(len(removals)))
	e.uvarint(first)
	e.uvarint(last)
	for _, key := range removals {
		e.dst = binary.LittleEndian.AppendUint64(e.dst, key)
	}
}

func (e *encoder) uvarint(v uint64) { e.dst = binary.AppendUvarint(e.dst, v) }

func (e *encoder) owners(rows []*Row, table int) {
	n := 0
	for _, row := range rows {
		for i := range row.instances {
			if row.instances[i].table == table {
				n++
			}
		}
	}
	e.uvarint(uint64(n))
	before := 0
	for at, row := range rows {
		for i := range row.instances {
			if row.instances[i].table == table {
				e.uvarint(uint64(at - before))
				before = at
			}
		}
	}
}

// column gathers one column of all rows and writes it.
func (e *encoder) column(l *Layout, rows []*Row, first uint64, table, column int) {
	field := l.Tables[table].Fields[column]
	e.scratch = e.scratch[:0]
	if field.Form == Names {
		e.nameColumn(rows, column)
		return
	}
	if table == 0 && column < ProcessColumns {
		for i, row := range rows {
			e.scratch = append(e.scratch, row.process(column, first+uint64(i)))
		}
	} else {
		start, words := l.Tables[table].start[column], field.Words()
		for _, row := range rows {
			if table == 0 {
				e.scratch = append(e.scratch, row.main[start:start+words]...)
				continue
			}
			for i := range row.instances {
				if row.instances[i].table == table {
					e.scratch = append(e.scratch, row.instances[i].words[start:start+words]...)
				}
			}
		}
	}
	if field.Form == Numbers {
		e.numberColumn()
		return
	}
	e.values(field.Words())
}

func (r *Row) process(column int, change uint64) uint64 {
	switch column {
	case KeyColumn:
		return r.Key
	case ChangeColumn:
		return change
	case ImportColumn:
		return uint64(r.Import)
	case DayColumn:
		return uint64(r.Day)
	default:
		return uint64(r.Duration)
	}
}

func (r *Row) name(column int) string {
	switch column {
	case LanguageColumn:
		return r.Language
	case AreaColumn:
		return r.Area
	case InstitutionTypeColumn:
		return r.InstitutionType
	default:
		return r.Institution
	}
}

// nameColumn writes the distinct strings, then codes: 0 is the empty string.
func (e *encoder) nameColumn(rows []*Row, column int) {
	e.startNames()
	previous, code := "", uint64(0)
	for _, row := range rows {
		if name := row.name(column); name != previous {
			previous, code = name, e.nameCode(name)
		}
		e.scratch = append(e.scratch, code)
	}
	e.endNames()
	e.values(1)
}

func (e *encoder) startNames() {
	if e.strings == nil {
		e.strings = make(map[string]uint64)
	}
	clear(e.strings)
	e.names = e.names[:0]
}

func (e *encoder) nameCode(name string) uint64 {
	if name == "" {
		return 0
	}
	code, ok := e.strings[name]
	if !ok {
		e.names = append(e.names, name)
		code = uint64(len(e.names))
		e.strings[name] = code
	}
	return code
}

func (e *encoder) endNames() {
	e.uvarint(uint64(len(e.names)))
	for _, name := range e.names {
		e.uvarint(uint64(len(name)))
		e.dst = append(e.dst, name...)
	}
}

// numberColumn writes the distinct numbers, then codes from FirstNumber on.
func (e *encoder) numberColumn() {
	e.startNumbers()
	for i, word := range e.scratch {
		value, code, given := number(word)
		if given {
			code = e.numberCode(math.Float64bits(value))
		}
		e.scratch[i] = code
	}
	e.endNumbers()
	e.values(1)
}

func (e *encoder) startNumbers() {
	if e.floats == nil {
		e.floats = make(map[uint64]uint64)
	}
	clear(e.floats)
	e.numbers = e.numbers[:0]
}

func (e *encoder) numberCode(bits uint64) uint64 {
	code, ok := e.floats[bits]
	if !ok {
		code = uint64(len(e.numbers) + FirstNumber)
		e.numbers = append(e.numbers, bits)
		e.floats[bits] = code
	}
	return code
}

func (e *encoder) endNumbers() {
	e.uvarint(uint64(len(e.numbers)))
	for _, bits := range e.numbers {
		e.dst = binary.LittleEndian.AppendUint64(e.dst, bits)
	}
}

// How the values of a column are written.
const (
	constantValues = 0 // one value for all rows
	risingValues   = 9 // the first value, then differences of one: change numbers
)

// values writes e.scratch: a byte that says how wide the values are (1, 2, 4, 8
// bytes; 0 for one value that all share), then the values. Values of several
// words are 8 bytes wide or shared.
func (e *encoder) values(words int) {
	if len(e.scratch) == 0 {
		e.dst = append(e.dst, constantValues)
		for range words {
			e.uvarint(0)
		}
		return
	}
	largest, shared, rising := uint64(0), true, words == 1
	for i, value := range e.scratch {
		largest = max(largest, value)
		shared = shared && value == e.scratch[i%words]
		rising = rising && value == e.scratch[0]+uint64(i)
	}
	switch {
	case shared:
		e.dst = append(e.dst, constantValues)
		for _, value := range e.scratch[:words] {
			e.uvarint(value)
		}
		return
	case rising:
		e.dst = append(e.dst, risingValues)
		e.uvarint(e.scratch[0])
		return
	}
	width := narrowest(largest)
	if words > 1 {
		width = 8
	}
	e.dst = append(e.dst, byte(width))
	switch width {
	case 1:
		for _, value := range e.scratch {
			e.dst = append(e.dst, byte(value))
		}
	case 2:
		for _, value := range e.scratch {
			e.dst = binary.LittleEndian.AppendUint16(e.dst, uint16(value))
		}
	case 4:
		for _, value := range e.scratch {
			e.dst = binary.LittleEndian.AppendUint32(e.dst, uint32(value))
		}
	default:
		for _, value := range e.scratch {
			e.dst = binary.LittleEndian.AppendUint64(e.dst, value)
		}
	}
}

// Seal puts the right check sum behind bytes that stand for a chunk's body, as
// tests need to reach what lies behind it.
func Seal(body []byte) []byte {
	if len(body) > 4 {
		body = body[:len(body)-4]
	}
	sealed := append(make([]byte, 0, len(body)+4), body...)
	return binary.LittleEndian.AppendUint32(sealed, checksum(sealed))
}
