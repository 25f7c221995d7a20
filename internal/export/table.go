package export

import "io"

// Table writes a plain table as CSV: for lists that are no answers, such as the
// audit log. Cells that begin like formulas are disarmed, as everywhere.
type Table struct{ csv *csvWriter }

// NewTable begins a table with a head. A byte order mark tells spreadsheet
// programs that it is UTF-8.
func NewTable(out io.Writer, head ...string) *Table {
	t := &Table{newCSV(out, true)}
	t.write(head)
	return t
}

// Row writes a row; the first error of writing comes back at once.
func (t *Table) Row(cells ...string) error {
	t.write(cells)
	return t.csv.err
}

func (t *Table) write(cells []string) {
	for _, text := range cells {
		t.csv.cell(text)
	}
	t.csv.end()
}

// Flush writes what is left.
func (t *Table) Flush() error { return t.csv.flush() }
