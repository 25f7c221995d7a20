package export_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// savFile is a system file as this reader, which shares nothing with the
// writer, understands the description by PSPP's developers.
type savFile struct {
	title, encoding string
	cases           int
	variables       []*savVariable
	sets            map[string]savResponseSet
	attributes      map[string]string
	rows            [][]any // float64, string, or nil for system-missing
}

type savVariable struct {
	short, name, label string
	width              int // 0 for numbers
	segments           int
	format             byte
	decimals           byte
	measure            int32
	missing            []float64
	span               bool
	labels             map[float64]string
	index              int32
}

type savResponseSet struct {
	kind    byte
	label   string
	members []string
}

// savScanner reads the bytes one after the other; what is missing panics.
type savScanner struct{ *bytes.Reader }

func (s savScanner) bytes(n int) []byte {
	content := make([]byte, n)
	if got, err := s.Read(content); n > 0 && (err != nil || got != n) {
		panic(fmt.Sprintf("%d of %d bytes: %v", got, n, err))
	}
	return content
}

func (s savScanner) text(n int) string { return strings.TrimRight(string(s.bytes(n)), " ") }

func (s savScanner) int() int32 { return int32(binary.LittleEndian.Uint32(s.bytes(4))) }

func (s savScanner) float() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(s.bytes(8)))
}

const sysmis = -math.MaxFloat64

func readSAV(t testing.TB, content []byte) *savFile {
	t.Helper()
	defer func() {
		if broken := recover(); broken != nil {
			t.Fatalf("the system file is broken: %v", broken)
		}
	}()
	s := savScanner{bytes.NewReader(content)}
	f := &savFile{sets: map[string]savResponseSet{}, attributes: map[string]string{}}
	if magic := s.text(4); magic != "$FL2" {
		panic(magic)
	}
	if product := s.text(60); !strings.HasPrefix(product, "@(#) SPSS DATA FILE") {
		panic(product)
	}
	layout, size, compression, weight := s.int(), s.int(), s.int(), s.int()
	f.cases = int(s.int())
	if bias := s.float(); layout != 2 || compression != 1 || weight != 0 || bias != 100 {
		panic("header")
	}
	s.bytes(17)
	f.title = s.text(64)
	s.bytes(3)
	elements := f.dictionary(s)
	if int(size) != elements {
		panic(fmt.Sprintf("%d elements per case, the header says %d", elements, size))
	}
	f.data(s)
	return f
}

// dictionary reads all records before the data, and returns how many elements
// of eight bytes a case has.
func (f *savFile) dictionary(s savScanner) int {
	elements, last := 0, int32(0)
	var all []*savVariable
	lengths := map[string]int{}
	for {
		kind := s.int()
		switch kind {
		case 2:
			elements++
			if v := readVariable(s); v != nil {
				v.index = int32(elements)
				all = append(all, v)
			}
		case 3:
			readLabels(s, all)
		case 7:
			subtype, size, count := s.int(), s.int(), s.int()
			if subtype <= last {
				panic(fmt.Sprintf("record %d after %d", subtype, last))
			}
			last = subtype
			f.extension(subtype, s.bytes(int(size*count)), all, lengths)
		case 999:
			s.int()
			f.stitch(all, lengths)
			return elements
		default:
			panic(fmt.Sprintf("record of type %d", kind))
		}
	}
}

func readVariable(s savScanner) *savVariable {
	width, labelled, missing, format := s.int(), s.int(), s.int(), s.int()
	s.int()
	v := &savVariable{width: int(width), short: s.text(8), segments: 1, format: byte(format >> 16), decimals: byte(format), labels: map[float64]string{}}
	if labelled == 1 {
		n := int(s.int())
		v.label = string(s.bytes((n + 3) / 4 * 4)[:n])
	}
	v.span = missing < 0
	for range max(missing, -missing) {
		v.missing = append(v.missing, s.float())
	}
	if width < 0 {
		if v.short != "" {
			panic("a continuation has a name")
		}
		return nil
	}
	return v
}

func readLabels(s savScanner, all []*savVariable) {
	labels := map[float64]string{}
	for range s.int() {
		value := s.float()
		n := int(s.bytes(1)[0])
		labels[value] = string(s.bytes((n+1+7)/8*8 - 1)[:n])
	}
	if kind := s.int(); kind != 4 {
		panic("labels of nobody")
	}
	for range s.int() {
		index := s.int()
		at := slices.IndexFunc(all, func(v *savVariable) bool { return v.index == index })
		all[at].labels = labels
	}
}

func (f *savFile) extension(subtype int32, content []byte, all []*savVariable, lengths map[string]int) {
	switch subtype {
	case 3:
		if code := binary.LittleEndian.Uint32(content[28:]); code != 65001 {
			panic("not UTF-8")
		}
	case 7:
		for line := range strings.SplitSeq(strings.TrimSuffix(string(content), "\n"), "\n") {
			name, rest, _ := strings.Cut(line, "=")
			set := savResponseSet{kind: rest[0]}
			if rest = rest[1:]; set.kind == 'D' {
				rest = strings.TrimPrefix(rest, "1 1")
			}
			n, rest, _ := strings.Cut(strings.TrimPrefix(rest, " "), " ")
			length, err := strconv.Atoi(n)
			if err != nil {
				panic(err)
			}
			set.label, set.members = rest[:length], strings.Fields(rest[length:])
			f.sets[name] = set
		}
	case 11:
		if len(content) != 12*len(all) {
			panic(fmt.Sprintf("%d bytes of display for %d variables", len(content), len(all)))
		}
		for i, v := range all {
			v.measure = int32(binary.LittleEndian.Uint32(content[12*i:]))
		}
	case 13:
		for pair := range strings.SplitSeq(string(content), "\t") {
			short, long, _ := strings.Cut(pair, "=")
			at := slices.IndexFunc(all, func(v *savVariable) bool { return v.short == short })
			all[at].name = long
		}
	case 14:
		for pair := range strings.SplitSeq(strings.TrimSuffix(string(content), "\x00\t"), "\x00\t") {
			short, length, _ := strings.Cut(pair, "=")
			lengths[short], _ = strconv.Atoi(length)
		}
	case 16:
		if n := binary.LittleEndian.Uint64(content[8:]); int(n) != f.cases {
			panic("number of cases")
		}
	case 18:
		for one := range strings.SplitSeq(string(content), ")/") {
			name, attribute, _ := strings.Cut(one, ":")
			f.attributes[name] = strings.TrimSuffix(attribute, ")")
		}
	case 20:
		f.encoding = string(content)
	}
}

// stitch joins the segments of very long strings.
func (f *savFile) stitch(all []*savVariable, lengths map[string]int) {
	for len(all) > 0 {
		v := all[0]
		if length := lengths[v.short]; length > 0 {
			v.width, v.segments = length, (length+251)/252
		}
		f.variables, all = append(f.variables, v), all[v.segments:]
	}
}

// data reads the cases.
func (f *savFile) data(s savScanner) {
	var codes []byte
	next := func() (any, bool) {
		for {
			if len(codes) == 0 {
				if s.Len() == 0 {
					return nil, false
				}
				codes = s.bytes(8)
			}
			code := codes[0]
			codes = codes[1:]
			switch code {
			case 0:
			case 252:
				return nil, false
			case 253:
				return s.bytes(8), true
			case 254:
				return []byte("        "), true
			case 255:
				return sysmis, true
			default:
				return float64(code) - 100, true
			}
		}
	}
	for {
		var row []any
		for _, v := range f.variables {
			value, more := f.value(v, next)
			if !more {
				if len(row) > 0 {
					panic("the last case is not whole")
				}
				if len(f.rows) != f.cases {
					panic(fmt.Sprintf("%d cases, the header says %d", len(f.rows), f.cases))
				}
				return
			}
			row = append(row, value)
		}
		f.rows = append(f.rows, row)
	}
}

func (f *savFile) value(v *savVariable, next func() (any, bool)) (any, bool) {
	if v.width == 0 {
		value, more := next()
		switch value := value.(type) {
		case []byte:
			return math.Float64frombits(binary.LittleEndian.Uint64(value)), more
		case float64:
			if value == sysmis {
				return nil, more
			}
			return value, more
		}
		return nil, more
	}
	var text []byte
	for at := range v.segments {
		width := v.width
		if v.segments > 1 {
			width = 255
			if at == v.segments-1 {
				width = v.width - at*252
			}
		}
		var segment []byte
		for range (width + 7) / 8 {
			eight, more := next()
			if !more {
				return nil, false
			}
			segment = append(segment, eight.([]byte)...)
		}
		text = append(text, segment[:width]...)
	}
	return strings.TrimRight(string(text[:min(len(text), v.width)]), " "), true
}

func (f *savFile) variable(t testing.TB, name string) *savVariable {
	t.Helper()
	for _, v := range f.variables {
		if v.name == name {
			return v
		}
	}
	t.Fatalf("no variable %s", name)
	return nil
}
