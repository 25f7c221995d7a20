package packed

// Bytes is about how much memory the values take; dictionaries, which are small,
// are left out.
func (m *Memory) Bytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	bytes := m.tail.bytes()
	for _, segment := range m.full {
		bytes += segment.bytes()
	}
	return bytes
}

func (s *Segment) bytes() int64 {
	bytes := 0
	for t := range s.Tables {
		bytes += 4 * cap(s.Tables[t].Owners)
		for c := range s.Tables[t].Columns {
			column := &s.Tables[t].Columns[c]
			bytes += cap(column.W8) + 2*cap(column.W16) + 4*cap(column.W32) + 8*cap(column.W64)
		}
	}
	return int64(bytes)
}
