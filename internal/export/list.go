package export

import "io"

// List writes a plain table as CSV: for lists that are no answers, such as the
// audit log. Cells that begin like formulas are disarmed, as everywhere.
type List struct{ csv *csvWriter }

// NewList begins a list with a head. A byte order mark tells spreadsheet
// programs that it is UTF-8.
func NewList(out io.Writer, head ...string) *List {
	t := &List{newCSV(out, true)}
	t.write(head)
	return t
}

// Row writes a row; the first error of writing comes back at once.
func (t *List) Row(cells ...string) error {
	t.write(cells)
	return t.csv.err
}

func (t *List) write(cells []string) {
	for _, text := range cells {
		t.csv.cell(text)
	}
	t.csv.end()
}

// Flush writes what is left.
func (t *List) Flush() error { return t.csv.flush() }
