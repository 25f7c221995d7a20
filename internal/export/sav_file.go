package export

import "io"

// savTable writes one table as a system file.
type savTable struct {
	cells []*savCells
	w     *savWriter
	data  *savData
	rows  int
	table *table
}

func newSavTable(out io.Writer, d *document, t *table) (*savTable, error) {
	dictionary, cells, err := newSavDictionary(d, t)
	if err != nil {
		return nil, err
	}
	w := newSavWriter(out)
	dictionary.write(w)
	return &savTable{cells: cells, w: w, data: &savData{w: w}, table: t}, w.err
}

func (s *savTable) row(cells []string) error {
	for i, cell := range cells {
		if !s.cells[i].put(s.data, cell) {
			return errChanged()
		}
	}
	s.rows++
	return s.w.err
}

// end writes what is left. The number of cases stands in the header already.
func (s *savTable) end() error {
	if s.rows != s.table.rows {
		return errChanged()
	}
	s.data.end()
	if s.w.err != nil {
		return s.w.err
	}
	return s.w.out.Flush()
}

// openSAV writes a system file, or a zip of one for each table.
func openSAV(w io.Writer, d *document) (sink, error) {
	open := func(out io.Writer, t *table) (tableWriter, error) { return newSavTable(out, d, t) }
	if len(d.tables) > 1 {
		return openArchive(w, d, "."+string(SAV), open)
	}
	s, err := newSavTable(w, d, d.tables[0])
	if err != nil {
		return nil, err
	}
	return single{s}, nil
}

// tableWriter writes the rows of one table.
type tableWriter interface {
	row(cells []string) error
	end() error
}

// single is an export of one table.
type single struct{ tableWriter }

func (s single) row(_ int, cells []string) error { return s.tableWriter.row(cells) }

func (s single) close() error { return s.end() }

func (s single) abandon() {}
