package tabular

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf16"
	"unicode/utf8"
)

// record is one record of a stream: its number, its bytes, and where it begins.
type record struct {
	kind int
	data []byte
	at   int
}

// records walks a stream of records ([MS-XLS] section 2.1.4).
type records struct {
	stream []byte
	at     int
}

// next returns the next record. The stream may end only after a last record,
// which its reader knows, so that the end is always an error here.
func (r *records) next() (record, error) {
	one, ok := r.peek()
	if !ok {
		return record{}, errCut
	}
	r.at += 4 + len(one.data)
	return one, nil
}

// peek returns the next record without moving on, false when there is no whole
// one.
func (r *records) peek() (record, bool) {
	head := r.stream[r.at:]
	if len(head) < 4 {
		return record{}, false
	}
	kind, size := binary.LittleEndian.Uint16(head), int(binary.LittleEndian.Uint16(head[2:]))
	if len(head) < 4+size {
		return record{}, false
	}
	return record{kind: int(kind), data: head[4 : 4+size : 4+size], at: r.at}, true
}

// follow returns the bytes of the next record if it continues the last one.
func (r *records) follow() ([]byte, bool) {
	one, ok := r.peek()
	if !ok || one.kind != recordContinue {
		return nil, false
	}
	r.at += 4 + len(one.data)
	return one.data, true
}

var errShortRecord = errors.New("the record is too short for what it says")

// fields reads the fields of a record and of those that continue it. After the
// first fault everything is zero.
type fields struct {
	rest  []byte   // of the record at hand
	more  *records // where records may follow that continue it; nil when none may
	fault error
}

// advance goes to the next record when the one at hand is read to its end. It
// tells whether anything is left.
func (f *fields) advance() bool {
	for len(f.rest) == 0 {
		if f.more == nil {
			return false
		}
		next, ok := f.more.follow()
		if !ok {
			return false
		}
		f.rest = next
	}
	return true
}

// raw returns the next bytes, at most 65 535. They are copied only where they
// are spread over several records.
func (f *fields) raw(length int) []byte {
	if f.fault != nil || length == 0 {
		return nil
	}
	if f.advance() && len(f.rest) >= length {
		out := f.rest[:length]
		f.rest = f.rest[length:]
		return out
	}
	var out []byte
	for len(out) < length {
		if !f.advance() {
			f.fault = errShortRecord
			return nil
		}
		part := f.rest[:min(len(f.rest), length-len(out))]
		f.rest = f.rest[len(part):]
		out = append(out, part...)
	}
	return out
}

// skip passes over bytes.
func (f *fields) skip(length int) {
	for length > 0 && f.fault == nil {
		if !f.advance() {
			f.fault = errShortRecord
			return
		}
		part := min(len(f.rest), length)
		f.rest = f.rest[part:]
		length -= part
	}
}

func (f *fields) u8() int {
	if raw := f.raw(1); raw != nil {
		return int(raw[0])
	}
	return 0
}

func (f *fields) u16() int {
	if raw := f.raw(2); raw != nil {
		return int(binary.LittleEndian.Uint16(raw))
	}
	return 0
}

func (f *fields) u32() uint32 {
	if raw := f.raw(4); raw != nil {
		return binary.LittleEndian.Uint32(raw)
	}
	return 0
}

func (f *fields) float() float64 {
	if raw := f.raw(8); raw != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(raw))
	}
	return 0
}

// The bits of a text's first byte.
const (
	textWide     = 0x01
	textPhonetic = 0x04
	textRich     = 0x08
)

// text reads a text of that many UTF-16 units ([MS-XLS] sections 2.5.293 and
// 2.5.294), formatting and phonetic readings left aside.
func (f *fields) text(length int) string {
	flags := f.u8()
	runs, extra := 0, uint32(0)
	if flags&textRich != 0 {
		runs = f.u16()
	}
	if flags&textPhonetic != 0 {
		extra = f.u32()
	}
	units := f.units(length, flags&textWide != 0)
	f.skip(4 * runs)
	f.skip(int(extra))
	return units
}

// units reads the characters of a text. Where they go on in another record,
// that one begins with a byte that says anew whether they are one byte wide or
// two ([MS-XLS] section 2.5.293, rgb).
func (f *fields) units(length int, wide bool) string {
	if f.fault != nil || length == 0 {
		return ""
	}
	if !wide && len(f.rest) >= length && ascii(f.rest[:length]) { // most texts of most files
		text := string(f.rest[:length])
		f.rest = f.rest[length:]
		return text
	}
	out := make([]uint16, 0, length)
	for {
		size := 1
		if wide {
			size = 2
		}
		count := min(len(f.rest)/size, length-len(out))
		for i := range count {
			if wide {
				out = append(out, binary.LittleEndian.Uint16(f.rest[2*i:]))
			} else {
				out = append(out, uint16(f.rest[i]))
			}
		}
		f.rest = f.rest[count*size:]
		if len(out) == length {
			return string(utf16.Decode(out))
		}
		// Half a character is left, or nothing follows.
		if len(f.rest) > 0 || !f.advance() {
			f.fault = fmt.Errorf("%w: %d of %d characters", errShortRecord, len(out), length)
			return ""
		}
		wide = f.rest[0]&textWide != 0
		f.rest = f.rest[1:]
	}
}

func ascii(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
