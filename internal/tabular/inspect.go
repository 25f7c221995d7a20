package tabular

import (
	"bytes"
	"strings"

	"bedarfslotse/internal/failure"
)

// Reading is how a file is read: what a person chose, or what was found out.
type Reading struct {
	Sheet      string   `json:"sheet,omitempty"`
	Separator  string   `json:"separator,omitempty"` // of one character
	Encoding   Encoding `json:"encoding,omitempty"`
	HeaderLine int      `json:"header,omitempty"`
}

// Options returns the options to open a table by.
func (r Reading) Options(file string) Options {
	options := Options{File: file, Sheet: r.Sheet, Encoding: r.Encoding, HeaderLine: r.HeaderLine}
	if len(r.Separator) == 1 {
		options.Separator = r.Separator[0]
	}
	return options
}

// Preview is the beginning of a file, as it is read.
type Preview struct {
	Reading Reading  // with everything filled in that the kind of file has
	Sheets  []string // visible sheets of a workbook, nil of a text
	Top     []Row    // the first rows that hold anything, to choose the header from
	Header  Row
	Rows    []Row // the first rows below the header that hold anything
	// Findings are what was odd so far.
	Findings failure.Findings
}

// topRows is how many rows are searched for a header: titles and notes above a
// table are rarely longer.
const topRows = 20

// Inspect reads the beginning of a file, rows of it below the header, in the way
// that reading says, and finds out what it leaves open: the separator, the
// sheet, and the header among titles and notes above it by the names that the
// targets have. The error is [failure.Findings] when the file cannot be read so.
func Inspect(content []byte, file string, reading Reading, targets []Target, rows int) (*Preview, error) {
	reading.HeaderLine = max(0, reading.HeaderLine)
	p := &Preview{Reading: reading}
	switch Detect(content) {
	case Zip, OLE, Stream:
		if err := p.inspectWorkbook(content, file); err != nil {
			return nil, err
		}
	default:
		if err := p.inspectText(content, file); err != nil {
			return nil, err
		}
	}
	if p.Reading.HeaderLine == 0 && len(p.Top) > 0 {
		p.Reading.HeaderLine = p.Top[findHeader(p.Top, targets)].Line
	}
	table, err := OpenTable(bytes.NewReader(content), p.Reading.Options(file))
	if err != nil {
		return nil, err
	}
	p.Header = table.Header()
	p.Reading.HeaderLine = p.Header.Line
	for row, err := range table.Rows() {
		if err != nil {
			return nil, err
		}
		if len(p.Rows) == rows {
			break
		}
		if !row.Blank() {
			p.Rows = append(p.Rows, row)
		}
	}
	p.Findings = table.Findings()
	return p, nil
}

func (p *Preview) inspectWorkbook(content []byte, file string) error {
	p.Reading.Separator, p.Reading.Encoding = "", AnyEncoding
	book, err := OpenWorkbook(bytes.NewReader(content), Options{File: file})
	if err != nil {
		return err
	}
	for _, sheet := range book.Sheets() {
		if sheet.Hidden && sheet.Name != p.Reading.Sheet {
			continue
		}
		p.Sheets = append(p.Sheets, sheet.Name)
		if p.Reading.Sheet != "" && book.Sheet(p.Reading.Sheet) != sheet || p.Reading.Sheet == "" && len(p.Top) > 0 {
			continue
		}
		for row, err := range sheet.Rows() {
			if err != nil {
				return err
			}
			if !p.top(row) {
				break
			}
		}
	}
	if p.Reading.Sheet == "" {
		p.Reading.Sheet = firstFilled(book)
	}
	return nil
}

// firstFilled names the sheet that [OpenTable] takes unasked.
func firstFilled(book *Workbook) string {
	for _, sheet := range book.Sheets() {
		if sheet.Hidden {
			continue
		}
		for row, err := range sheet.Rows() {
			if err == nil && !row.Blank() {
				return sheet.Name
			}
			if err != nil {
				break
			}
		}
	}
	return ""
}

// top keeps one of the first rows; false when there are enough.
func (p *Preview) top(row Row) bool {
	if len(p.Top) == topRows {
		return false
	}
	if !row.Blank() {
		p.Top = append(p.Top, row)
	}
	return true
}

// inspectText finds the separator, below titles too, which no sign splits as it
// does what follows.
func (p *Preview) inspectText(content []byte, file string) error {
	p.Reading.Sheet = ""
	options := p.Reading.Options(file)
	for line := options.HeaderLine; options.Separator == 0; line++ {
		options.HeaderLine = line
		csv, err := OpenCSV(bytes.NewReader(content), options)
		if err != nil && line == p.Reading.HeaderLine {
			return err
		}
		switch {
		case err != nil || line > topRows: // one column, or an odd end
			options.HeaderLine = p.Reading.HeaderLine
			if csv, err = OpenCSV(bytes.NewReader(content), options); err != nil {
				return err
			}
			options.Separator = csv.separator
		case csv.split || line <= 1 && csv.separator != ',':
			options.Separator = csv.separator
		}
	}
	p.Reading.Separator = string(options.Separator)
	options.HeaderLine = 1
	csv, err := OpenCSV(bytes.NewReader(content), options)
	if err != nil {
		return err
	}
	p.top(csv.Header())
	for row, err := range csv.Rows() {
		if err != nil || !p.top(row) {
			break // what stops the reader comes up again with the table itself
		}
	}
	return nil
}

// findHeader returns which of the first rows names the columns: the one with
// most names of targets, two at least; else the first that is about as wide as
// the widest one.
func findHeader(top []Row, targets []Target) int {
	known := make(map[string]bool)
	for _, target := range targets {
		for _, name := range append([]string{target.Key}, target.Synonyms...) {
			known[Loose(name)] = true
		}
	}
	best, most, widest := 0, 1, 0
	for at, row := range top {
		names, filled := 0, 0
		for _, cell := range row.Cells {
			if known[Loose(cell)] {
				names++
			}
			if strings.TrimSpace(cell) != "" {
				filled++
			}
		}
		if names > most {
			best, most = at, names
		}
		widest = max(widest, filled)
	}
	if most > 1 {
		return best
	}
	for at, row := range top {
		filled := 0
		for _, cell := range row.Cells {
			if strings.TrimSpace(cell) != "" {
				filled++
			}
		}
		if 2*filled > widest {
			return at
		}
	}
	return 0
}
