package analysis

import "fmt"

// Without rewrites a chunk so that nothing is left in it of the rows with these
// record keys, and returns how many there were. The change numbers that it
// covers stay as they are, so a follower that has read it before does not
// notice: tell followers by a chunk of removals. It fails with [ErrOtherSchema]
// or [ErrDamaged].
func Without(schema *Schema, chunk []byte, keys []uint64) (rest []byte, removed int, err error) {
	set := make(map[uint64]bool, len(keys))
	for _, key := range keys {
		set[key] = true
	}
	rest, removed, err = schema.layout.Without(chunk, set)
	if err != nil {
		return nil, 0, fmt.Errorf("remove rows from chunk: %w", err)
	}
	return rest, removed, nil
}
