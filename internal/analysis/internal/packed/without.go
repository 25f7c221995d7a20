package packed

// Without returns the chunk without the rows of these keys, and how many those
// were; see analysis.Without.
func (l *Layout) Without(encoded []byte, keys map[uint64]bool) ([]byte, int, error) {
	chunk, err := l.Decode(encoded)
	if err != nil {
		return nil, 0, err
	}
	column := &chunk.tables[0].columns[KeyColumn]
	picks := make([]pick, 0, chunk.Rows)
	for row := range chunk.Rows {
		if !keys[column.at(row, 0)] {
			picks = append(picks, pick{row: row})
		}
	}
	removed := chunk.Rows - len(picks)
	if removed == 0 {
		return encoded, 0, nil
	}
	return l.assemble([]*Chunk{chunk}, picks, chunk.removed(), chunk.First, chunk.Last, false), removed, nil
}
