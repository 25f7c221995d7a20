package packed

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// ErrTooManyRows says that chunks do not fit into one.
var ErrTooManyRows = errors.New("more rows than a packed chunk holds")

// pick is a row of one of the chunks that are being merged.
type pick struct {
	chunk, row int
	owner      int // of a repeat row, its respondent's place in the merged chunk
}

// Merge makes one chunk of many; see analysis.Merge.
func (l *Layout) Merge(encoded [][]byte, shuffle *rand.Rand, clearChanges bool) ([]byte, error) {
	chunks := make([]*Chunk, len(encoded))
	for i, data := range encoded {
		chunk, err := l.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("chunk %d of %d: %w", i+1, len(encoded), err)
		}
		chunks[i] = chunk
	}
	picks, removals := kept(chunks)
	if clearChanges {
		removals = elsewhere(chunks, removals)
	}
	if len(picks) > MaxRows {
		return nil, ErrTooManyRows
	}
	if shuffle != nil {
		shuffle.Shuffle(len(picks), func(i, j int) { picks[i], picks[j] = picks[j], picks[i] })
	}
	first, last := covered(chunks)
	if clearChanges {
		first, last = 0, 0
	}
	return l.assemble(chunks, picks, removals, first, last, clearChanges), nil
}

// assemble writes the picked rows of the chunks as one chunk.
func (l *Layout) assemble(chunks []*Chunk, picks []pick, removals []uint64, first, last uint64, clearChanges bool) []byte {
	e := new(encoder)
	e.header(l, len(picks), first, last, removals)
	rows := make([][]pick, len(l.Tables))
	rows[0] = picks
	for t := 1; t < len(l.Tables); t++ {
		rows[t] = repeated(chunks, picks, t)
		e.uvarint(uint64(len(rows[t])))
		before := 0
		for _, row := range rows[t] {
			e.uvarint(uint64(row.owner - before))
			before = row.owner
		}
	}
	for t := range l.Tables {
		for c := range l.Tables[t].Fields {
			e.merged(l.Tables[t].Fields[c], chunks, rows[t], t, c, clearChanges)
		}
	}
	return binary.LittleEndian.AppendUint32(e.dst, checksum(e.dst))
}

// kept lists the rows that no later chunk removes, and all removals.
func kept(chunks []*Chunk) (picks []pick, removals []uint64) {
	removed := make(map[uint64]bool)
	for _, chunk := range chunks {
		for _, key := range chunk.removed() {
			if !removed[key] {
				removed[key] = true
				removals = append(removals, key)
			}
		}
	}
	for c, chunk := range chunks {
		keys := &chunk.tables[0].columns[KeyColumn]
		for row := range chunk.Rows {
			if !removed[keys.at(row, 0)] {
				picks = append(picks, pick{chunk: c, row: row})
			}
		}
	}
	return picks, removals
}

// elsewhere are the removals of rows that are in none of the chunks.
func elsewhere(chunks []*Chunk, removals []uint64) []uint64 {
	if len(removals) == 0 {
		return nil
	}
	here := make(map[uint64]bool)
	for _, chunk := range chunks {
		keys := &chunk.tables[0].columns[KeyColumn]
		for row := range chunk.Rows {
			here[keys.at(row, 0)] = true
		}
	}
	return slices.DeleteFunc(removals, func(key uint64) bool { return here[key] })
}

// after returns what the chunk says of changes after the one given. Columns that
// followed up to the middle of what has been merged since need no more.
func (c *Chunk) after(change uint64) (*Chunk, error) {
	if c.First > change || c.Last <= change {
		return c, nil
	}
	changes := &c.tables[0].columns[ChangeColumn]
	picks := make([]pick, 0, c.Rows)
	for row := range c.Rows {
		if changes.at(row, 0) > change {
			picks = append(picks, pick{row: row})
		}
	}
	return c.layout.Decode(c.layout.assemble([]*Chunk{c}, picks, c.removed(), change+1, c.Last, false))
}

func covered(chunks []*Chunk) (first, last uint64) {
	for i, chunk := range chunks {
		if i == 0 {
			first = chunk.First
		}
		first, last = min(first, chunk.First), max(last, chunk.Last)
	}
	return first, last
}

// repeated lists the rows of a repeat's table that belong to the picked
// respondents, in their order.
func repeated(chunks []*Chunk, picks []pick, table int) []pick {
	place := make([][]int, len(chunks)) // of each chunk's rows, their place among the picks, from 1
	for c, chunk := range chunks {
		place[c] = make([]int, chunk.Rows)
	}
	for at, picked := range picks {
		place[picked.chunk][picked.row] = at + 1
	}
	var rows []pick
	for c, chunk := range chunks {
		for row, owner := range chunk.tables[table].owners {
			if at := place[c][owner]; at > 0 {
				rows = append(rows, pick{chunk: c, row: row, owner: at - 1})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b pick) int { return cmp.Compare(a.owner, b.owner) })
	return rows
}

// merged writes one column of the picked rows.
func (e *encoder) merged(field Field, chunks []*Chunk, rows []pick, table, column int, clearChanges bool) {
	e.scratch = e.scratch[:0]
	words := field.Words()
	if clearChanges && table == 0 && column == ChangeColumn {
		e.scratch = append(e.scratch, make([]uint64, len(rows))...)
		e.values(1)
		return
	}
	switch field.Form {
	case Names:
		e.startNames()
	case Numbers:
		e.startNumbers()
	}
	for _, row := range rows {
		from := &chunks[row.chunk].tables[table].columns[column]
		for w := range words {
			value := from.at(row.row, w)
			switch {
			case field.Form == Names && value > 0:
				value = e.nameCode(string(from.names[value-1]))
			case field.Form == Numbers && value >= FirstNumber:
				value = e.numberCode(from.numbers[value-FirstNumber])
			}
			e.scratch = append(e.scratch, value)
		}
	}
	switch field.Form {
	case Names:
		e.endNames()
	case Numbers:
		e.endNumbers()
	}
	e.values(words)
}
