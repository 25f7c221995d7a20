package analysis

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"bedarfslotse/internal/analysis/internal/packed"
)

// Errors of chunks, snapshots and releases; match with errors.Is.
var (
	// ErrOtherSchema says that the bytes were written for other columns: build
	// them again from the answers.
	ErrOtherSchema = packed.ErrOtherLayout
	// ErrDamaged says that the bytes are not what this package wrote.
	ErrDamaged = packed.ErrDamaged
	// ErrTooManyRows says that merging would make a chunk of more than
	// MaxChunkRows rows.
	ErrTooManyRows = packed.ErrTooManyRows
)

// MaxChunkRows is the most rows that one chunk holds.
const MaxChunkRows = packed.MaxRows

// Chunk is a decoded chunk of packed codes. It refers to the bytes it was read
// from, which must not change while it is in use.
type Chunk struct{ packed *packed.Chunk }

// Encode appends one chunk to dst: rows that take the change numbers first,
// first+1, …, and the record keys of removed rows, which take the numbers after
// them. A chunk holds at most [MaxChunkRows] rows; further rows of the same
// commit go into a second chunk that begins with the next number. A chunk
// without changes is an error. A wave has less than 2^32 changes.
func (s *Schema) Encode(dst []byte, first uint64, rows []*Row, removals []uint64) ([]byte, error) {
	if len(rows) > MaxChunkRows {
		return dst, ErrTooManyRows
	}
	changes := uint64(len(rows) + len(removals))
	switch {
	case changes == 0:
		return dst, errors.New("encode chunk: it changes nothing")
	case first == 0 || first+changes >= math.MaxUint32:
		return dst, fmt.Errorf("encode chunk: change number %d is out of range", first)
	}
	packedRows := make([]*packed.Row, len(rows))
	for i, row := range rows {
		row.packed.Key, row.packed.Day, row.packed.Duration = row.Key, row.Day, row.Duration
		row.packed.Import, row.packed.Language, row.packed.Area = row.Import, row.Language, row.Area
		row.packed.InstitutionType, row.packed.Institution = row.InstitutionType, row.Institution
		packedRows[i] = row.packed
	}
	return s.layout.Append(dst, first, packedRows, removals), nil
}

// Decode reads a chunk. It fails with [ErrOtherSchema] or [ErrDamaged].
func Decode(schema *Schema, data []byte) (Chunk, error) {
	chunk, err := schema.layout.Decode(data)
	return Chunk{chunk}, err
}

// Rows is the number of rows that the chunk adds.
func (c Chunk) Rows() int { return c.packed.Rows }

// Removals is the number of rows that the chunk removes.
func (c Chunk) Removals() int { return c.packed.Removals() }

// Changes are the first and the last change number that the chunk covers; both
// are 0 when they have been cleared.
func (c Chunk) Changes() (first, last uint64) { return c.packed.First, c.packed.Last }

// MergeOptions say how chunks are merged.
type MergeOptions struct {
	// Shuffle, when not nil, puts the rows in random order, and ClearChanges
	// forgets their change numbers: both for waves that are closed, of which
	// nothing may tell the order of arrival (DESIGN 6).
	Shuffle      *rand.Rand
	ClearChanges bool
}

// Merge makes one chunk of many, given in the order of their change numbers.
// Rows whose removal is among them disappear. The removals stay, for columns that
// have followed up to one of the chunks; of a closed wave only those of rows
// elsewhere. Chunks with and without cleared changes do not mix.
func Merge(schema *Schema, chunks [][]byte, options MergeOptions) ([]byte, error) {
	return schema.layout.Merge(chunks, options.Shuffle, options.ClearChanges)
}
