// Package export writes single responses for people who work on with them:
// everything that is stored for whoever owns the database ([Full]), and
// microdata in which nobody can be recognised ([Microdata]). Both make tables of
// variables and rows, and every format gets its rows from them alone: what was
// coarsened or left out is so before any of them sees it.
//
// The CSV is RFC 4180: UTF-8, commas, CRLF, a header of question names. Cells
// that a spreadsheet program would take for formulas are disarmed with an
// apostrophe, which the import takes away again; see [response.Disarm].
package export

import (
	"io"
	"strings"

	"bedarfslotse/internal/tabular"
)

// byteOrderMark tells spreadsheet programs that a text is UTF-8.
const byteOrderMark = "\ufeff"

// flushAt is how many bytes are collected before they are written.
const flushAt = 64 << 10

// csvWriter writes rows cell by cell. The first error stops all writing and
// comes back from flush.
type csvWriter struct {
	out   io.Writer
	row   []byte
	began bool // the row has a cell
	err   error
}

func newCSV(out io.Writer, withMark bool) *csvWriter {
	w := &csvWriter{out: out, row: make([]byte, 0, flushAt+4096)}
	if withMark {
		w.row = append(w.row, byteOrderMark...)
	}
	return w
}

// cell appends a cell.
func (w *csvWriter) cell(text string) {
	if w.began {
		w.row = append(w.row, ',')
	}
	w.began = true
	text = tabular.Disarm(text)
	if !strings.ContainsAny(text, ",\"\r\n;\t") && strings.TrimSpace(text) == text {
		w.row = append(w.row, text...)
		return
	}
	w.row = append(w.row, '"')
	for {
		before, after, quote := strings.Cut(text, `"`)
		w.row = append(w.row, before...)
		if !quote {
			break
		}
		w.row = append(w.row, `""`...)
		text = after
	}
	w.row = append(w.row, '"')
}

// end ends the row.
func (w *csvWriter) end() {
	w.row = append(w.row, "\r\n"...)
	w.began = false
	if len(w.row) >= flushAt {
		_ = w.flush() // the error stays
	}
}

// flush writes what is left and returns the first error.
func (w *csvWriter) flush() error {
	if w.err == nil {
		_, w.err = w.out.Write(w.row)
	}
	w.row = w.row[:0]
	return w.err
}

// csvFile is the table of an export as a CSV.
type csvFile struct{ *csvWriter }

// openCSV begins with the header.
func openCSV(w io.Writer, d *document) (sink, error) {
	out := csvFile{newCSV(w, d.output.BOM)}
	out.header(d.tables[0])
	return out, nil
}

// header writes the names of the columns.
func (w *csvWriter) header(t *table) {
	for _, v := range t.variables {
		w.cell(v.name)
	}
	w.end()
}

// cells writes a row.
func (w *csvWriter) cells(cells []string) error {
	for _, cell := range cells {
		w.cell(cell)
	}
	w.end()
	return w.err
}

func (f csvFile) row(_ int, cells []string) error { return f.cells(cells) }

func (f csvFile) close() error { return f.flush() }

func (f csvFile) abandon() {}
