package analysis

import (
	"fmt"

	"bedarfslotse/internal/analysis/internal/packed"
)

// Columns holds the packed answers of one wave in memory and follows the store
// by change number. It is safe for concurrent use: readers work on a view that
// stands still while chunks are applied.
//
// A response takes one byte for most questions. One million responses to forty
// questions need less than 100 MB.
type Columns struct {
	schema *Schema
	memory *packed.Memory
}

// NewColumns returns columns without rows.
func NewColumns(schema *Schema) *Columns {
	return &Columns{schema: schema, memory: packed.NewMemory(schema.layout)}
}

// Apply adds and removes the chunks' rows, all at once for readers: the chunks
// of one commit, such as a large imported file, belong into one call. Chunks
// have to come in the order of their change numbers; changes that were seen
// before are passed over, also within a chunk that was merged since. The columns
// are unchanged after an error, which is [ErrOtherSchema].
func (c *Columns) Apply(chunks ...Chunk) error {
	decoded := make([]*packed.Chunk, len(chunks))
	for i, chunk := range chunks {
		decoded[i] = chunk.packed
	}
	return c.memory.Apply(decoded...)
}

// Load decodes one chunk and applies it without keeping anything of data. It
// is the quick way to fill columns from a store. On top of [Columns.Apply]'s
// errors it returns [ErrDamaged].
func (c *Columns) Load(data []byte) error {
	if err := c.memory.ApplyBytes(data); err != nil {
		return fmt.Errorf("load chunk: %w", err)
	}
	return nil
}

// Change is the highest change number applied; the next chunk to ask the store
// for begins behind it.
func (c *Columns) Change() uint64 { return c.memory.Applied() }

// Bytes is about how much memory the columns take.
func (c *Columns) Bytes() int64 { return c.memory.Bytes() }

// Schema is the schema that the columns were made for.
func (c *Columns) Schema() *Schema { return c.schema }
