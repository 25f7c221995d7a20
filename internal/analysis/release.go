package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
)

// Release is the exact tables of a whole wave and of its exact groups, made at
// its close or earlier by an act (METHODS 5.4). It is stored and stands: the
// exact figures come from it, whatever happens to the responses later. It is
// immutable.
type Release struct{ tables tables }

// Publish makes a release of an open wave from all its rows. Shown is the
// snapshot shown last, [NewSnapshot] when nothing was ever shown; its threshold
// holds on. Previous is the last release, nil for none.
//
// Where the whole wave differs from the snapshot by 1 to k−1 answers to a
// question, added or withdrawn, that question's table stays the snapshot's. The
// exact groups are joined as far as that takes until in no difference of what
// was ever shown of the question 1 to k−1 respondents are left over.
//
// The wave must go on with [Release.Snapshot], stored together with the
// release: else two tables of the whole wave might differ by fewer than k.
func Publish(columns *Columns, shown *Snapshot, previous *Release, breakdown Breakdown) *Release {
	view := columns.memory.View()
	last := uint32(min(view.Applied, math.MaxUint32))
	return publish(columns.schema, view, raw.Limit{Online: last, Import: last}, shown, previous, breakdown)
}

// Close makes the last release of a wave, as [Publish] does. The columns must
// still have their change numbers: merge with ClearChanges afterwards.
func Close(columns *Columns, shown *Snapshot, previous *Release, breakdown Breakdown) *Release {
	return publish(columns.schema, columns.memory.View(), raw.All(), shown, previous, breakdown)
}

func publish(schema *Schema, view *packed.View, limit raw.Limit, shown *Snapshot, previous *Release, breakdown Breakdown) *Release {
	release := &Release{newTables(schema, shown.tables.K)}
	guard := disclosure.Guard{K: release.tables.K}
	atlas := newAtlas(view, limit, breakdown, previous)
	parallel(len(schema.units)+1, func(i int) {
		to, before, of := &release.tables.All, &shown.tables.All, unit(nil)
		var last *storedUnit
		if previous != nil {
			last = &previous.tables.All
		}
		if i < len(schema.units) {
			to, before, of = &release.tables.Units[i], &shown.tables.Units[i], schema.units[i]
			if previous != nil {
				last = &previous.tables.Units[i]
			}
		}
		*to = before.released(view, of, limit, guard.K)
		to.sign(view, of)
		to.Groups = atlas.divide(*to, of, *before, last, guard, schema.weak.loose)
		to.Divided = to.Divided || to.Groups != nil
	})
	if previous != nil {
		release.tables.Joined = previous.tables.Joined
	}
	if x, err := release.explorer(view, breakdown, Options{}); err == nil && x.n >= x.k {
		release.tables.Joined = x.joined()
	}
	return release
}

// Snapshot is what an open wave shows from a release on.
func (r *Release) Snapshot() *Snapshot {
	s := &Snapshot{r.tables}
	s.tables.Units = slices.Clone(r.tables.Units)
	s.tables.All.Groups, s.tables.Joined = nil, nil
	for i := range s.tables.Units {
		s.tables.Units[i].Groups = nil
	}
	return s
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
