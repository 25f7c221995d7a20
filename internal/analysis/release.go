package analysis

import (
	"encoding/json"
	"fmt"
)

// Release is the exact tables of a whole wave at its close (METHODS 5.4). It is
// stored and stands: the figures of a closed wave come from it, whatever
// happens to the responses later. It is immutable.
type Release struct{ tables tables }

// Close makes the release of a wave from all its rows. Last is the snapshot
// shown last, [NewSnapshot] when nothing was ever shown; its threshold holds on.
// Where the whole wave differs from it by 1 to k−1 answers to a question, added
// or withdrawn, that question's table stays the snapshot's. The columns must
// still have their change numbers: merge with ClearChanges afterwards.
func Close(columns *Columns, last *Snapshot) *Release {
	view := columns.memory.View()
	release := &Release{newTables(columns.schema, last.tables.K)}
	parallel(len(release.tables.Units)+1, func(i int) {
		if i == len(release.tables.Units) {
			release.tables.All = last.tables.All.close(view, nil, last.tables.K)
			return
		}
		release.tables.Units[i] = last.tables.Units[i].close(view, columns.schema.units[i], last.tables.K)
	})
	return release
}

// MarshalBinary makes the bytes that the store keeps.
func (r *Release) MarshalBinary() ([]byte, error) { return json.Marshal(r.tables) }

// ReadRelease reads what [Release.MarshalBinary] wrote. It fails with
// [ErrOtherSchema] or [ErrDamaged].
func ReadRelease(schema *Schema, data []byte) (*Release, error) {
	read, err := readTables(schema, data)
	if err != nil {
		return nil, fmt.Errorf("read release: %w", err)
	}
	return &Release{read}, nil
}
