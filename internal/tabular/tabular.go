// Package tabular reads tables that other programs wrote: CSV in whatever
// encoding and with whatever separator it comes, and Excel workbooks, those of
// today (.xlsx, .xlsm) and those of Excel 5 to 2003 (.xls).
//
// It looks at the content and never at the name of a file. Every cell is text,
// so that leading zeros survive, and every row knows the line or row number it
// has in the file, so that a finding can point at it. What is odd but readable
// is a finding of severity [failure.Warning]; what is unreadable is an error of
// type [failure.Findings]. Nothing is dropped without a finding.
//
// Sources: RFC 4180; ECMA-376 (SpreadsheetML); Microsoft's [MS-XLS] (Excel
// Binary File Format) and [MS-CFB] (Compound File Binary File Format).
package tabular

import (
	"maps"
	"slices"
	"strings"

	"bedarfslotse/internal/failure"
)

// Row is one row of a table.
type Row struct {
	Line  int      // physical line of a text file or row number of a sheet, from 1; where the row begins
	Cells []string // text of the cells; index 0 is column 1 (A); belongs to the caller

	numbers []int // columns, from 0, that a workbook stores as numbers
}

// Stored tells whether a workbook stores a column, counted from 0, as a number.
// Its text then has a point before the decimals and nothing that groups digits,
// whatever other cells look like.
func (r Row) Stored(column int) bool { return slices.Contains(r.numbers, column) }

// Cell returns the text of a column, counted from 0 as in Cells, and "" when
// the row ends before it or the column is negative.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

// Blank tells whether all cells are empty or hold only white space.
func (r Row) Blank() bool {
	for _, cell := range r.Cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// Options bound what is read. The zero value is good for files that strangers
// upload.
type Options struct {
	File        string   // name put into findings; not opened
	Sheet       string   // sheet that OpenTable takes; "" is the first one that holds anything
	Separator   byte     // of a CSV; 0, or what cannot be one, detects it
	Encoding    Encoding // of a CSV; "" finds it out
	HeaderLine  int      // line of a CSV or row of a sheet at which the header stands, or the next below that holds anything; 0 is the first
	MaxBytes    int64    // largest file in bytes; 0 is DefaultMaxBytes
	MaxUnpacked int64    // largest sum of unpacked parts of an XLSX in bytes; 0 is DefaultMaxUnpacked
}

// The limits that apply when [Options] names none, and those that always do.
const (
	DefaultMaxBytes    = 64 << 20
	DefaultMaxUnpacked = 128 << 20
	MaxColumns         = 16384   // Excel's own limit, which CSV shares
	MaxRows            = 1 << 20 // of a sheet, Excel's own limit
	maxCells           = 20 << 20
	maxNotes           = 1000 // findings of one kind that are listed one by one
)

func (o Options) maxBytes() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return DefaultMaxBytes
}

func (o Options) maxUnpacked() int64 {
	if o.MaxUnpacked > 0 {
		return o.MaxUnpacked
	}
	return DefaultMaxUnpacked
}

// notes collects the findings of one reading and keeps a broken file from
// producing millions of them.
type notes struct {
	file, sheet string
	list        failure.Findings
	counts      map[string]int
}

// warn adds a warning at a place; line and column count from 1, 0 is unknown.
func (n *notes) warn(key string, line, column int, cell string, params failure.Params) {
	n.add(failure.Warning, key, line, column, cell, params)
}

func (n *notes) add(severity failure.Severity, key string, line, column int, cell string, params failure.Params) {
	if n.counts == nil {
		n.counts = make(map[string]int)
	}
	n.counts[key]++
	if n.counts[key] > maxNotes {
		return
	}
	n.list = append(n.list, failure.Finding{Severity: severity, Key: key, Params: params,
		File: n.file, Sheet: n.sheet, Line: line, Column: column, Cell: shorten(cell)})
}

// all returns the findings so far, and for each kind with too many of them one
// that says how many are not listed.
func (n *notes) all() failure.Findings {
	found := append(failure.Findings(nil), n.list...)
	for _, key := range slices.Sorted(maps.Keys(n.counts)) {
		if more := n.counts[key] - maxNotes; more > 0 {
			found = append(found, failure.Finding{Severity: failure.Warning, Key: keyMore, File: n.file, Sheet: n.sheet,
				Params: failure.Params{"count": more, "kind": key}})
		}
	}
	return found
}

// fatal makes the error for a file that cannot be read any further.
func fatal(key, file, sheet string, line, column int, params failure.Params) failure.Findings {
	return failure.Findings{{Severity: failure.Fatal, Key: key, Params: params, File: file, Sheet: sheet, Line: line, Column: column}}
}

// shorten keeps a finding readable when a cell holds a novel.
func shorten(cell string) string {
	const longest = 120
	runes := 0
	for i := range cell {
		if runes == longest {
			return cell[:i] + "…"
		}
		runes++
	}
	return cell
}
