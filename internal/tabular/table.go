package tabular

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"

	"bedarfslotse/internal/failure"
)

// Table is rows under a header, whatever file they come from.
type Table interface {
	// Header is the row with the column names.
	Header() Row
	// Rows yields the rows below the header; it may be ranged over once.
	Rows() iter.Seq2[Row, error]
	// Findings tells what was odd in the part read so far.
	Findings() failure.Findings
}

// OpenTable reads a table from a file of any kind the package knows, which it
// tells by the content. Of a workbook it takes the sheet that the options name,
// else the first visible one that holds anything; its first filled row is the
// header.
func OpenTable(r io.Reader, options Options) (Table, error) {
	buffered := bufio.NewReader(r)
	head, err := buffered.Peek(detectBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read table: %w", err)
	}
	switch Detect(head) {
	case Zip, OLE, Stream:
	default:
		return OpenCSV(buffered, options) // which explains what is no text
	}
	book, err := OpenWorkbook(buffered, options)
	if err != nil {
		return nil, err
	}
	return book.table(options.Sheet, options.HeaderLine)
}

// sheetTable is a sheet seen as a table.
type sheetTable struct {
	header Row
	sheet  *Sheet
}

func (w *Workbook) table(name string, headerLine int) (Table, error) {
	candidates := w.sheets
	if name != "" {
		sheet := w.Sheet(name)
		if sheet == nil {
			return nil, fatal(keySheetMissing, w.file, "", 0, 0, failure.Params{"name": name})
		}
		candidates = []*Sheet{sheet}
	}
	for _, sheet := range candidates {
		if sheet.Hidden && name == "" {
			continue
		}
		for row, err := range sheet.Rows() {
			if err != nil {
				return nil, err
			}
			if !row.Blank() && row.Line >= headerLine {
				return &sheetTable{header: row, sheet: sheet}, nil
			}
		}
	}
	return nil, fatal(keyEmpty, w.file, name, 0, 0, nil)
}

func (t *sheetTable) Header() Row { return t.header }

func (t *sheetTable) Findings() failure.Findings {
	return append(t.sheet.book.notes.all(), t.sheet.Findings()...)
}

func (t *sheetTable) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range t.sheet.Rows() {
			if err == nil && row.Line <= t.header.Line {
				continue
			}
			// Blank cells at the end are not stored, so only length beyond the
			// header tells anything.
			if extra := len(t.header.Cells); len(row.Cells) > extra {
				t.sheet.notes.warn(keyRowLong, row.Line, extra+1, row.Cells[extra],
					failure.Params{"cells": len(row.Cells), "columns": extra})
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// Columns finds columns by their names. Case, white space and invisible signs
// do not count, so "Amtliche  Bezeichnung 1" and "amtliche bezeichnung 1" are
// the same name.
type Columns struct {
	header Row
	byName map[string]int
}

// FindColumns indexes a header. Of two columns with the same name the first
// one counts; [Columns.Duplicates] names the others.
func FindColumns(header Row) Columns {
	columns := Columns{header: header, byName: make(map[string]int, len(header.Cells))}
	for i, name := range header.Cells {
		key := fold(name)
		if _, known := columns.byName[key]; !known && key != "" {
			columns.byName[key] = i
		}
	}
	return columns
}

// Index returns the column, from 0, of the first alias that the header has,
// and -1 when it has none of them.
func (c Columns) Index(aliases ...string) int {
	for _, alias := range aliases {
		if at, ok := c.byName[fold(alias)]; ok {
			return at
		}
	}
	return -1
}

// Has tells whether the header has all of the names.
func (c Columns) Has(names ...string) bool {
	for _, name := range names {
		if c.Index(name) < 0 {
			return false
		}
	}
	return true
}

// Missing returns a finding for each name that the header lacks.
func (c Columns) Missing(file string, names ...string) failure.Findings {
	var found failure.Findings
	for _, name := range names {
		if !c.Has(name) {
			found = append(found, failure.Finding{Severity: failure.Fatal, Key: keyColumnMissing, File: file,
				Line: c.header.Line, Params: failure.Params{"name": name}})
		}
	}
	return found
}

// Duplicates returns a finding for each column whose name an earlier one has.
func (c Columns) Duplicates(file string) failure.Findings {
	var found failure.Findings
	for i, name := range c.header.Cells {
		if first := c.Index(name); first >= 0 && first != i {
			found = append(found, failure.Finding{Severity: failure.Warning, Key: keyColumnDuplicate, File: file,
				Line: c.header.Line, Column: i + 1, Cell: shorten(name), Params: failure.Params{"name": name, "first": first + 1}})
		}
	}
	return found
}

// fold brings names that people take for the same to one form.
func fold(name string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // byte order marks, soft hyphens, direction marks
			return -1
		}
		return r
	}, name)
	return strings.ToLower(strings.Join(strings.Fields(visible), " "))
}
