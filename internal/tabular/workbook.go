package tabular

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"bedarfslotse/internal/failure"
)

// Workbook is an opened Excel file, old (.xls) or new (.xlsx, .xlsm). Its
// sheets are parsed each time their rows are asked for. It is not safe for
// concurrent use.
type Workbook struct {
	sheets []*Sheet
	file   string
	notes  notes // what concerns no single sheet
}

// Sheet is one worksheet, in the order of the tabs.
type Sheet struct {
	Name   string // as written on the tab
	Hidden bool
	book   *Workbook
	notes  notes
	walk   walker
}

// walker parses a sheet and calls yield for every row that holds something,
// until it returns false.
type walker func(sheet *Sheet, yield func(Row) bool) error

// OpenWorkbook reads a workbook from r; the content decides which of the two
// formats it is. Cells are given as their author sees them: text unchanged,
// numbers as typed ("1", never "1.0", at most 15 significant digits), dates and
// times in ISO 8601, TRUE and FALSE, formulas by their last computed value,
// merged cells as they are stored (the value in the first). Percentages and
// currencies are plain numbers.
//
// An error is [failure.Findings] when the file is at fault: empty, too large,
// truncated, encrypted, no workbook. Other errors come from r.
func OpenWorkbook(r io.Reader, options Options) (*Workbook, error) {
	content, err := readAll(r, options)
	if err != nil {
		return nil, err
	}
	key := keyNotSpreadsheet
	switch Detect(content) {
	case Zip:
		return openXLSX(content, options)
	case OLE, Stream:
		return openXLS(content, options)
	case Empty:
		key = keyEmpty
	case Markup:
		key = keyWebPage
	}
	return nil, fatal(key, options.File, "", 0, 0, nil)
}

// Sheets returns all worksheets in the order of their tabs, hidden ones too.
func (w *Workbook) Sheets() []*Sheet { return w.sheets }

// Sheet finds a worksheet by its name; case and surrounding space do not count.
// It returns nil when there is none.
func (w *Workbook) Sheet(name string) *Sheet {
	for _, sheet := range w.sheets {
		if sheet.Name == name {
			return sheet
		}
	}
	for _, sheet := range w.sheets {
		if strings.EqualFold(strings.TrimSpace(sheet.Name), strings.TrimSpace(name)) {
			return sheet
		}
	}
	return nil
}

// Findings returns what was odd in the sheets read so far, in tab order.
func (w *Workbook) Findings() failure.Findings {
	found := w.notes.all()
	for _, sheet := range w.sheets {
		found = append(found, sheet.notes.all()...)
	}
	return found
}

// Rows yields the rows that hold anything, with their row numbers: a gap in
// the numbers is a run of blank rows. Trailing blank cells are cut off. After
// an error ([failure.Findings]) there are no more rows.
func (s *Sheet) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s.notes = notes{file: s.book.file, sheet: s.Name}
		if err := s.walk(s, func(row Row) bool { return yield(row, nil) }); err != nil {
			yield(Row{}, s.book.explain(err, s.Name))
		}
	}
}

// ReadAll returns all rows that [Sheet.Rows] yields.
func (s *Sheet) ReadAll() ([]Row, error) {
	var rows []Row
	for row, err := range s.Rows() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Findings returns what was odd in the sheet during the last reading.
func (s *Sheet) Findings() failure.Findings { return s.notes.all() }

// explain turns what stopped a reader into a finding.
func (w *Workbook) explain(err error, sheet string) error {
	var found failure.Findings
	if errors.As(err, &found) {
		return found
	}
	return fatal(keyWorkbookDamaged, w.file, sheet, 0, 0, failure.Params{"detail": err.Error()})
}

// readAll reads at most the allowed number of bytes.
func readAll(r io.Reader, options Options) ([]byte, error) {
	limit := options.maxBytes()
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	if int64(len(content)) > limit {
		return nil, fatal(keyTooLarge, options.File, "", 0, 0, failure.Params{"limit": mebibytes(limit)})
	}
	return content, nil
}

// mebibytes rounds a limit to something that can be read; small limits keep
// their decimals.
func mebibytes(limit int64) string {
	if limit%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", limit>>20)
	}
	return fmt.Sprintf("%d B", limit)
}

// rowMaker makes the rows of one sheet and counts the cells made so far, blank
// ones between filled ones included.
type rowMaker struct {
	sheet *Sheet
	row   Row
	slots int
}

// put stores a cell's text in the row, which grows up to its column, counted
// from 1. Blank text leaves the row as it is.
func (m *rowMaker) put(column int, text string) error {
	if text == "" {
		return nil
	}
	if grow := column - len(m.row.Cells); grow > 0 {
		if m.slots += grow; m.slots > maxCells {
			return fatal(keyTooManyCells, m.sheet.book.file, m.sheet.Name, m.row.Line, 0, failure.Params{"limit": maxCells})
		}
		m.row.Cells = append(m.row.Cells, make([]string, grow)...)
	}
	m.row.Cells[column-1] = text
	return nil
}

// stored notes that the cell in a column, counted from 1, is a number.
func (m *rowMaker) stored(column int) { m.row.numbers = append(m.row.numbers, column-1) }

// note tells what is odd about the cell in a column of the current row.
func (m *rowMaker) note(key string, column int, cell string) {
	m.sheet.notes.warn(key, m.row.Line, column, cell, nil)
}
