package export

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SPSS system files, as SPSS 14 and later read them: little-endian, UTF-8, data
// with bytecode compression. Choices are numbers with value labels (see
// [newCoding]), select_multiple a set of dichotomies, rank a set of places.
//
// Source: PSPP Developers Guide, "System File Format"
// (https://www.gnu.org/software/pspp/pspp-dev/html_node/System-File-Format.html);
// the limits of names and labels are those of IBM's SPSS I/O module.

const (
	savVariableLabel = 255 // bytes of a variable's label
	savValueLabel    = 120 // bytes of a value's label
	savName          = 64  // bytes of a name
	savString        = 32_767
	savSegment       = 255 // bytes of a string that old versions know
	savBias          = 100 // of compressed numbers
)

// systemMissing is SPSS's value for where nothing was given.
const systemMissing = -math.MaxFloat64

// lowestNumber begins a span of missing values that has no beginning.
func lowestNumber() float64 { return math.Nextafter(systemMissing, 0) }

// savColumn is one variable of the file.
type savColumn struct {
	short string // unique, at most 8 bytes
	name  string
	label string
	width int // bytes of a string; 0 for a number
	// format is how SPSS shows it: type, width and decimals of a print format.
	format  [3]byte
	measure int32 // 1 nominal, 2 ordinal, 3 scale
	labels  []savLabel
	missing []float64
	lowest  bool   // missing are all up to the one value in missing
	codes   string // the lines of an attribute that says what the survey calls the codes
	// index is the number of the variable's record, from 1.
	index int32
}

type savLabel struct {
	value float64
	label string
}

// segments is how many strings of at most 255 bytes the column is stored as.
func (c *savColumn) segments() int {
	if c.width <= savSegment {
		return 1
	}
	return (c.width + 251) / 252
}

// segment is the width of one of them.
func (c *savColumn) segment(at int) int {
	switch {
	case c.segments() == 1:
		return c.width
	case at < c.segments()-1:
		return savSegment
	}
	return c.width - at*252
}

// savSet is a multiple response set.
type savSet struct {
	name, label string
	dichotomies bool
	members     []string // short names
}

// savDictionary is what a file says before its data.
type savDictionary struct {
	title   string
	now     time.Time
	cases   int
	columns []*savColumn
	sets    []savSet
}

// savWriter writes the parts of a system file. The first error stays.
type savWriter struct {
	out *bufio.Writer
	err error
}

func (w *savWriter) bytes(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
}

func (w *savWriter) int32(values ...int32) {
	for _, value := range values {
		w.bytes(binary.LittleEndian.AppendUint32(nil, uint32(value)))
	}
}

func (w *savWriter) float(value float64) {
	w.bytes(binary.LittleEndian.AppendUint64(nil, math.Float64bits(value)))
}

// padded writes a text in so many bytes, cut at a whole character or filled
// with spaces.
func (w *savWriter) padded(text string, width int) {
	text = cutBytes(text, width)
	w.bytes([]byte(text + strings.Repeat(" ", width-len(text))))
}

// extension writes a record of type 7.
func (w *savWriter) extension(subtype, size int32, content []byte) {
	w.int32(7, subtype, size, int32(len(content))/size)
	w.bytes(content)
}

// write writes everything before the data, in the order that the format wants.
func (d *savDictionary) write(w *savWriter) {
	d.header(w)
	for _, c := range d.columns {
		c.record(w)
	}
	for _, c := range d.columns {
		c.valueLabels(w)
	}
	integers := &savBuffer{}
	integers.int32(1, 0, 0, -1, 1, 1, 2, 65001) // version, machine, IEEE 754, compression, little-endian, UTF-8
	w.extension(3, 4, integers.b)
	floats := &savBuffer{}
	floats.float(systemMissing, math.MaxFloat64, lowestNumber())
	w.extension(4, 8, floats.b)
	d.extensions(w)
	w.int32(999, 0)
}

// extensions writes the records of type 7 that hold texts, by their numbers.
func (d *savDictionary) extensions(w *savWriter) {
	var sets, names, lengths, attributes strings.Builder
	for _, set := range d.sets {
		set.append(&sets)
	}
	display := &savBuffer{}
	for i, c := range d.columns {
		if i > 0 {
			names.WriteByte('\t')
		}
		names.WriteString(c.short + "=" + c.name)
		for at := range c.segments() {
			alignment := int32(1)
			if c.width > 0 {
				alignment = 0
			}
			display.int32(c.measure, int32(min(max(c.segment(at), 8), 40)), alignment)
		}
		if c.segments() > 1 {
			fmt.Fprintf(&lengths, "%s=%05d\x00\t", c.short, c.width)
		}
		if c.codes != "" {
			if attributes.Len() > 0 {
				attributes.WriteByte('/')
			}
			attributes.WriteString(c.name + ":codes(" + c.codes + ")")
		}
	}
	cases := &savBuffer{}
	cases.b = binary.LittleEndian.AppendUint64(cases.b, 1)
	cases.b = binary.LittleEndian.AppendUint64(cases.b, uint64(d.cases))
	for _, one := range []struct {
		subtype, size int32
		content       []byte
	}{
		{7, 1, []byte(sets.String())}, {11, 4, display.b}, {13, 1, []byte(names.String())}, {14, 1, []byte(lengths.String())},
		{16, 8, cases.b}, {18, 1, []byte(attributes.String())}, {20, 1, []byte("UTF-8")},
	} {
		if len(one.content) > 0 {
			w.extension(one.subtype, one.size, one.content)
		}
	}
}

// savBuffer collects numbers.
type savBuffer struct{ b []byte }

func (b *savBuffer) int32(values ...int32) {
	for _, value := range values {
		b.b = binary.LittleEndian.AppendUint32(b.b, uint32(value))
	}
}

func (b *savBuffer) float(values ...float64) {
	for _, value := range values {
		b.b = binary.LittleEndian.AppendUint64(b.b, math.Float64bits(value))
	}
}

func (d *savDictionary) header(w *savWriter) {
	elements := 0
	for _, c := range d.columns {
		c.index = int32(elements + 1)
		for at := range c.segments() {
			elements += max(1, (c.segment(at)+7)/8)
		}
	}
	w.padded("$FL2", 4)
	w.padded("@(#) SPSS DATA FILE - Bedarfslotse", 60)
	w.int32(2, int32(elements), 1, 0, int32(d.cases))
	w.float(savBias)
	date, clock := "01 Jan 70", "00:00:00" // what stands for not saying it
	if !d.now.IsZero() {
		date, clock = d.now.Format("02 Jan 06"), d.now.Format(time.TimeOnly)
	}
	w.padded(date, 9)
	w.padded(clock, 8)
	w.padded(d.title, 64)
	w.bytes(make([]byte, 3))
}

// record writes the column's records: one, and for strings one more for every
// 8 bytes after the first.
func (c *savColumn) record(w *savWriter) {
	for at := range c.segments() {
		width, short := c.segment(at), c.short
		if at > 0 {
			short = segmentName(c.short, at)
		}
		format := int32(c.format[0])<<16 | int32(c.format[1])<<8 | int32(c.format[2])
		if c.width > 0 {
			format = 1<<16 | int32(width)<<8
		}
		missing := int32(len(c.missing))
		if c.lowest {
			missing = -2
		}
		label := shorten(c.label, savVariableLabel)
		if at > 0 {
			label = ""
		}
		w.int32(2, int32(width), int32(min(len(label), 1)), missing, format, format)
		w.padded(short, 8)
		if label != "" {
			w.int32(int32(len(label)))
			w.padded(label, (len(label)+3)/4*4)
		}
		if c.lowest {
			w.float(lowestNumber())
		}
		for _, value := range c.missing {
			w.float(value)
		}
		for rest := width - 8; rest > 0; rest -= 8 {
			w.int32(2, -1, 0, 0, 1<<16|1<<8, 1<<16|1<<8)
			w.padded("", 8)
		}
	}
}

// segmentName names the strings that continue a very long one.
func segmentName(short string, at int) string { return short + "_" + base36(at) }

func base36(number int) string { return strings.ToUpper(strconv.FormatInt(int64(number), 36)) }

// valueLabels writes a label record and says whose it is.
func (c *savColumn) valueLabels(w *savWriter) {
	if len(c.labels) == 0 {
		return
	}
	w.int32(3, int32(len(c.labels)))
	for _, one := range c.labels {
		w.float(one.value)
		label := shorten(one.label, savValueLabel)
		w.bytes([]byte{byte(len(label))})
		w.padded(label, (1+len(label)+7)/8*8-1)
	}
	w.int32(4, 1, c.index)
}

// append writes the set's line.
func (s savSet) append(out *strings.Builder) {
	out.WriteString(s.name + "=")
	if s.dichotomies {
		out.WriteString("D1 1 ")
	} else {
		out.WriteString("C ")
	}
	label := shorten(s.label, savVariableLabel)
	fmt.Fprintf(out, "%d %s", len(label), label)
	for _, member := range s.members {
		out.WriteString(" " + strings.ToLower(member))
	}
	out.WriteByte('\n')
}

// cutBytes cuts a text to so many bytes at a whole character.
func cutBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// shorten cuts a text to so many bytes, with an ellipsis for the rest.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.TrimRight(cutBytes(text, limit-len("…")), " ") + "…"
}

// savData writes cases with bytecode compression: eight codes of one byte each,
// then the eight bytes of each value that has no code.
type savData struct {
	w        *savWriter
	codes    [8]byte
	count    int
	literals []byte
}

const (
	savEnd     = 252
	savLiteral = 253
	savSpaces  = 254
	savMissing = 255
)

func (d *savData) code(code byte, literal ...byte) {
	d.codes[d.count] = code
	d.count++
	d.literals = append(d.literals, literal...)
	if d.count == len(d.codes) {
		d.flush()
	}
}

func (d *savData) flush() {
	d.w.bytes(d.codes[:])
	d.w.bytes(d.literals)
	d.codes, d.count, d.literals = [8]byte{}, 0, d.literals[:0]
}

func (d *savData) number(value float64) {
	switch {
	case value == systemMissing:
		d.code(savMissing)
	case math.Trunc(value) == value && value > -savBias && value < savEnd-savBias:
		d.code(byte(value + savBias))
	default:
		d.code(savLiteral, binary.LittleEndian.AppendUint64(nil, math.Float64bits(value))...)
	}
}

// text writes a string of one segment after the other, each packed full; what
// is left of the segments are spaces.
func (d *savData) text(c *savColumn, text string) {
	for at := range c.segments() {
		width := c.segment(at)
		part := text[:min(width, len(text))]
		text = text[len(part):]
		for range max(1, (width+7)/8) {
			eight := part[:min(8, len(part))]
			part = part[len(eight):]
			if strings.Trim(eight, " ") == "" {
				d.code(savSpaces)
				continue
			}
			chunk := [8]byte{' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '}
			copy(chunk[:], eight)
			d.code(savLiteral, chunk[:]...)
		}
	}
}

func (d *savData) end() {
	d.code(savEnd)
	if d.count > 0 {
		d.flush()
	}
}

// bufferSize is what is collected before a file is written to.
const bufferSize = 64 << 10

func newSavWriter(out io.Writer) *savWriter {
	return &savWriter{out: bufio.NewWriterSize(out, bufferSize)}
}
