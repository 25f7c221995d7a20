package packed

import (
	"math"
	"slices"
	"sync"
)

// Memory holds the columns of one wave. Writers append under a lock; readers
// take a [View] and are in nobody's way after that.
//
// Rows lie in segments of at most [MaxRows]. A full segment never changes; only
// the last one grows, so that growing never copies more than one segment and a
// million rows need hardly more memory than their codes. What a view shows of
// the last segment is never written to again: appending goes behind it.
type Memory struct {
	layout *Layout

	mu           sync.Mutex
	full         []*Segment
	tail         *Segment
	names        [ProcessColumns]names
	numbers      map[place]*numbers
	applied      uint64
	removed      uint64
	view         *View // nil after a change
	scratch      Chunk
	remapScratch []uint32
}

type place struct{ table, column int }

// names is the dictionary of a column of strings; code 0 is "".
type names struct {
	codes map[string]uint32
	list  []string
}

// numbers is the dictionary of a column of numbers; list[i] has the code
// FirstNumber+i.
type numbers struct {
	codes map[uint64]uint32
	list  []float64
}

// Segment is up to [MaxRows] respondents.
type Segment struct {
	Rows   int
	Tables []SegmentTable
	// LastOnline and LastImport are the highest change numbers of rows that
	// arrived online and of imported ones; 0 when there are none.
	LastOnline, LastImport uint32
}

// SegmentTable is the columns of one table. Owners holds, for repeats, the row
// of the main table within the same segment; it rises.
type SegmentTable struct {
	Owners  []uint32
	Columns []Column
}

// View is the columns at one moment. It never changes.
type View struct {
	Layout   *Layout
	Segments []*Segment
	Rows     int
	// Applied is the highest change number seen, Removed that of the latest
	// chunk that took rows away.
	Applied, Removed uint64

	names   [ProcessColumns][]string
	numbers map[place][]float64
}

// NewMemory returns columns without rows.
func NewMemory(layout *Layout) *Memory {
	m := &Memory{layout: layout, numbers: make(map[place]*numbers)}
	for c := range m.names {
		m.names[c] = names{codes: map[string]uint32{"": 0}, list: []string{""}}
	}
	for t, table := range layout.Tables {
		for c, field := range table.Fields {
			if field.Form == Numbers {
				m.numbers[place{t, c}] = &numbers{codes: make(map[uint64]uint32)}
			}
		}
	}
	m.tail = newSegment(layout)
	return m
}

func newSegment(layout *Layout) *Segment {
	segment := &Segment{Tables: make([]SegmentTable, len(layout.Tables))}
	for t := range segment.Tables {
		fields := layout.Tables[t].Fields
		columns := make([]Column, len(fields))
		for c, field := range fields {
			columns[c] = newColumn(field)
		}
		segment.Tables[t].Columns = columns
	}
	return segment
}

// trimmed returns a full segment, without the room it had for more.
func (s *Segment) trimmed() *Segment {
	full := s.frozen()
	for t, table := range s.Tables {
		full.Tables[t].Owners = trimmed(table.Owners)
		for c := range table.Columns {
			full.Tables[t].Columns[c] = table.Columns[c].trimmed()
		}
	}
	return full
}

// Names returns the dictionary of a process column: the string of each code.
func (v *View) Names(column int) []string { return v.names[column] }

// Numbers returns the dictionary of a column of numbers: the value of each code
// from FirstNumber on.
func (v *View) Numbers(table, column int) []float64 { return v.numbers[place{table, column}] }

// View returns what has been applied so far.
func (m *Memory) View() *View {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.view != nil {
		return m.view
	}
	view := &View{Layout: m.layout, Applied: m.applied, Removed: m.removed,
		Segments: slices.Clone(m.full), numbers: make(map[place][]float64, len(m.numbers))}
	if m.tail.Rows > 0 {
		view.Segments = append(view.Segments, m.tail.frozen())
	}
	for _, segment := range view.Segments {
		view.Rows += segment.Rows
	}
	for c := range m.names {
		view.names[c] = slices.Clip(m.names[c].list)
	}
	for at, dictionary := range m.numbers {
		view.numbers[at] = slices.Clip(dictionary.list)
	}
	m.view = view
	return view
}

// frozen returns the segment as it is now.
func (s *Segment) frozen() *Segment {
	still := &Segment{Rows: s.Rows, LastOnline: s.LastOnline, LastImport: s.LastImport,
		Tables: make([]SegmentTable, len(s.Tables))}
	for t, table := range s.Tables {
		columns := make([]Column, len(table.Columns))
		for c := range table.Columns {
			columns[c] = table.Columns[c].shorter(table.Columns[c].Length())
		}
		still.Tables[t] = SegmentTable{Owners: slices.Clip(table.Owners), Columns: columns}
	}
	return still
}

// Applied is the highest change number seen.
func (m *Memory) Applied() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied
}

// Apply adds and removes what the chunks say, all at once for readers. Changes that
// were seen before are passed over.
func (m *Memory) Apply(chunks ...*Chunk) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	applied, fresh := m.applied, make([]*Chunk, len(chunks))
	for i, chunk := range chunks {
		if chunk.layout != m.layout && chunk.layout.Fingerprint != m.layout.Fingerprint {
			return ErrOtherLayout
		}
		var err error
		if fresh[i], err = chunk.after(applied); err != nil {
			return err
		}
		applied = max(applied, chunk.Last)
	}
	for _, chunk := range fresh {
		m.apply(chunk)
	}
	return nil
}

// ApplyBytes is Decode and Apply for one chunk without keeping the chunk.
func (m *Memory) ApplyBytes(data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.layout.DecodeInto(&m.scratch, data); err != nil {
		return err
	}
	fresh, err := m.scratch.after(m.applied)
	if err != nil {
		return err
	}
	m.apply(fresh)
	return nil
}

func (m *Memory) apply(chunk *Chunk) {
	if chunk.Last != 0 && chunk.Last <= m.applied {
		return
	}
	m.view = nil
	m.applied = max(m.applied, chunk.Last)
	if chunk.Rows > 0 {
		m.add(chunk)
	}
	if chunk.Removals() > 0 {
		m.remove(chunk)
		m.removed = max(m.removed, chunk.Last)
	}
}

// add appends a chunk's rows to the tail. A large chunk becomes a segment of
// its own, which needs no spare room.
func (m *Memory) add(chunk *Chunk) {
	segment, room := m.tail, MaxRows
	if 2*chunk.Rows > MaxRows {
		segment, room = newSegment(m.layout), chunk.Rows
	} else if m.tail.Rows+chunk.Rows > MaxRows {
		m.full = append(m.full, m.tail.trimmed())
		m.tail = newSegment(m.layout)
		segment = m.tail
	}
	for t := range segment.Tables {
		table, from := &segment.Tables[t], &chunk.tables[t]
		limit := 1 << 40 // repeats have no largest number of rows
		if t == 0 {
			limit = room
		} else {
			table.Owners = grown(table.Owners, len(from.owners), limit)
			for _, owner := range from.owners {
				table.Owners = append(table.Owners, owner+uint32(segment.Rows))
			}
		}
		for c := range table.Columns {
			remap := m.remap(place{t, c}, &from.columns[c])
			table.Columns[c].reserve(from.rows, limit)
			table.Columns[c].add(&from.columns[c], from.rows, remap)
		}
	}
	segment.Rows += chunk.Rows
	segment.latest(segment.Rows - chunk.Rows)
	if segment != m.tail {
		m.full = append(m.full, segment.trimmed())
	}
}

// latest brings the highest change numbers up to date with the rows from
// begin on.
func (s *Segment) latest(begin int) {
	changes, imports := s.Tables[0].Columns[ChangeColumn].W32, s.Tables[0].Columns[ImportColumn].W32
	for i := begin; i < s.Rows; i++ {
		if imports[i] == 0 {
			s.LastOnline = max(s.LastOnline, changes[i])
		} else {
			s.LastImport = max(s.LastImport, changes[i])
		}
	}
}

// remap translates a chunk's dictionary codes into those in memory; nil for
// columns without a dictionary.
func (m *Memory) remap(at place, from *chunkColumn) []uint32 {
	switch m.layout.Tables[at.table].Fields[at.column].Form {
	case Names:
		dictionary := &m.names[at.column]
		codes := append(m.remapScratch[:0], 0)
		for _, name := range from.names {
			code, ok := dictionary.codes[string(name)]
			if !ok {
				code = uint32(len(dictionary.list))
				dictionary.list = append(dictionary.list, string(name))
				dictionary.codes[string(name)] = code
			}
			codes = append(codes, code)
		}
		m.remapScratch = codes
		return codes
	case Numbers:
		dictionary := m.numbers[at]
		codes := append(m.remapScratch[:0], NotAsked, NoAnswer, OtherNumber)
		for _, bits := range from.numbers {
			code, ok := dictionary.codes[bits]
			if !ok {
				code = uint32(FirstNumber + len(dictionary.list))
				dictionary.list = append(dictionary.list, math.Float64frombits(bits))
				dictionary.codes[bits] = code
			}
			codes = append(codes, code)
		}
		m.remapScratch = codes
		return codes
	default:
		return nil
	}
}

// remove takes the rows with the chunk's removed keys out. Segments are
// replaced, not changed, as readers may hold them; removals are rare.
func (m *Memory) remove(chunk *Chunk) {
	keys := make(map[uint64]struct{}, chunk.Removals())
	for i := range chunk.Removals() {
		keys[chunk.Removal(i)] = struct{}{}
	}
	for i, segment := range m.full {
		m.full[i] = segment.without(keys)
	}
	m.full = slices.DeleteFunc(m.full, func(s *Segment) bool { return s.Rows == 0 })
	m.tail = m.tail.without(keys)
}

// without returns the segment itself when none of the keys is in it.
func (s *Segment) without(keys map[uint64]struct{}) *Segment {
	var gone []bool
	left := s.Rows
	for row, key := range s.Tables[0].Columns[KeyColumn].W64 {
		if _, leaves := keys[key]; leaves {
			if gone == nil {
				gone = make([]bool, s.Rows)
			}
			gone[row] = true
			left--
		}
	}
	if gone == nil {
		return s
	}
	place := make([]uint32, s.Rows) // of each row, its place afterwards
	next := uint32(0)
	for row, leaves := range gone {
		place[row] = next
		if !leaves {
			next++
		}
	}
	smaller := &Segment{Rows: left, Tables: make([]SegmentTable, len(s.Tables))}
	for t, table := range s.Tables {
		leaving := gone
		if t > 0 {
			leaving = make([]bool, len(table.Owners))
			for i, owner := range table.Owners {
				leaving[i] = gone[owner]
				if !leaving[i] {
					smaller.Tables[t].Owners = append(smaller.Tables[t].Owners, place[owner])
				}
			}
		}
		for c := range table.Columns {
			smaller.Tables[t].Columns = append(smaller.Tables[t].Columns, table.Columns[c].without(leaving))
		}
	}
	smaller.latest(0)
	return smaller
}
