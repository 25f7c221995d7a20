package export

import (
	"archive/zip"
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// The workbook has a sheet per table and a code book, each with a frozen row of
// headings, from right to left where its language runs so. Texts that a
// spreadsheet program would take for formulas are disarmed as in a CSV: a cell
// of text is none, but becomes one once the workbook is saved as a CSV.
//
// Source: ECMA-376, Office Open XML, by way of excelize; the limits are those
// of "Excel specifications and limits" by Microsoft.

const (
	maxSheetRows    = excelize.TotalRows - 1 // without that of the headings
	maxSheetColumns = excelize.MaxColumns
	// maxCellUnits is how many UTF-16 units of a text go into one cell. A cell
	// holds 32 767; disarming adds at most one to every two.
	maxCellUnits = 21_000
)

// workbook is an XLSX on its way.
type workbook struct {
	out    io.Writer
	d      *document
	file   *excelize.File
	sheets []*sheet
	names  map[string]bool
	styles styles
}

// styles are the numbers of cell styles.
type styles struct {
	heading int
	moments map[kind]int
}

// sheet is one sheet on its way.
type sheet struct {
	name   string
	table  *table
	stream *excelize.StreamWriter
	parts  []int // by variable: cells that its texts may need
	cells  []any // of one row, used again
	rows   int
}

func openXLSX(w io.Writer, d *document) (sink, error) {
	b := &workbook{out: w, d: d, file: excelize.NewFile(), names: map[string]bool{}}
	if err := b.begin(); err != nil {
		b.abandon()
		return nil, err
	}
	return b, nil
}

func (b *workbook) begin() error {
	if err := b.style(); err != nil {
		return err
	}
	for _, t := range b.d.tables {
		s := &sheet{table: t, parts: make([]int, len(t.variables))}
		headings, widths := []any{}, []float64{}
		for i, v := range t.variables {
			s.parts[i] = max(1, (v.units+maxCellUnits-2)/(maxCellUnits-1))
			for part := range s.parts[i] {
				heading := b.heading(v, part)
				headings = append(headings, excelize.Cell{StyleID: b.styles.heading, Value: heading})
				widths = append(widths, columnWidth(v, heading))
			}
		}
		if len(headings) > maxSheetColumns || t.rows > maxSheetRows {
			return failure.New(failure.TooLarge, "error.export_sheet", "rows", maxSheetRows, "columns", maxSheetColumns)
		}
		name := t.name
		if t.repeat == nil {
			name = b.d.labels.word("export.sheet.responses")
		}
		if err := b.add(s, name, headings, widths); err != nil {
			return err
		}
		b.sheets = append(b.sheets, s)
	}
	return b.file.DeleteSheet("Sheet1") // what a new workbook begins with
}

// style makes the styles of headings and of dates and times.
func (b *workbook) style() (err error) {
	b.styles.moments = map[kind]int{}
	b.styles.heading, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true},
		Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	for kind, format := range map[kind]string{dateKind: "yyyy-mm-dd", timeKind: "hh:mm", dateTimeKind: "yyyy-mm-dd hh:mm"} {
		if err == nil {
			b.styles.moments[kind], err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		}
	}
	return err
}

// heading names a column: by its name, or where labels are asked for by its
// question. Columns that are no question's keep their names, by which the
// import knows them.
func (b *workbook) heading(v *variable, part int) string {
	name := v.name
	if b.d.output.Values == Labels && v.element != nil {
		name = v.label
	}
	name = tabular.Disarm(cut16(name, maxCellUnits))
	if part > 0 {
		name += " (" + strconv.Itoa(part+1) + ")"
	}
	return name
}

// columnWidth is a readable width in characters.
func columnWidth(v *variable, heading string) float64 {
	content := float64(v.longest)
	if v.kind == textKind {
		content /= 2 // long texts wrap or are cut; short ones are names
	}
	return min(max(content+2, float64(utf8.RuneCountInString(heading))/2+2, 10), 40)
}

// add begins a sheet.
func (b *workbook) add(s *sheet, name string, headings []any, widths []float64) error {
	s.name = b.sheetName(name)
	if _, err := b.file.NewSheet(s.name); err != nil {
		return err
	}
	if b.d.labels.rightToLeft() {
		right := true
		if err := b.file.SetSheetView(s.name, 0, &excelize.ViewOptions{RightToLeft: &right}); err != nil {
			return err
		}
	}
	var err error
	if s.stream, err = b.file.NewStreamWriter(s.name); err != nil {
		return err
	}
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, width := range widths {
		if err := s.stream.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	return s.stream.SetRow("A1", headings)
}

// sheetName makes a name that a sheet may have: 31 UTF-16 units, none of seven
// signs, no apostrophe at its ends, none twice.
func (b *workbook) sheetName(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) {
			return '_'
		}
		return r
	}, name), "' ")
	name = cmp.Or(name, "_")
	for number := 1; ; number++ {
		suffix := ""
		if number > 1 {
			suffix = " " + strconv.Itoa(number)
		}
		tried := cut16(name, excelize.MaxSheetNameLength-len(suffix)) + suffix
		if key := strings.ToLower(tried); !b.names[key] && key != "sheet1" {
			b.names[key] = true
			return tried
		}
	}
}

func (b *workbook) row(table int, cells []string) error {
	s := b.sheets[table]
	s.cells = s.cells[:0]
	for i, cell := range cells {
		v := s.table.variables[i]
		if s.parts[i] == 1 && len(cell) < longText {
			s.cells = append(s.cells, b.value(v, cell))
			continue
		}
		for range s.parts[i] {
			part := cut16(cell, maxCellUnits)
			s.cells, cell = append(s.cells, safe(part)), cell[len(part):]
		}
		if cell != "" {
			return errChanged()
		}
	}
	return s.put()
}

// put writes the row that was collected.
func (s *sheet) put() error {
	if s.rows++; s.rows > maxSheetRows {
		return errChanged()
	}
	return s.stream.SetRow("A"+strconv.Itoa(s.rows+1), s.cells)
}

// safe is a cell that no spreadsheet program runs.
func safe(cell string) any {
	if cell == "" {
		return nil
	}
	return tabular.Disarm(cell)
}

// value is what a cell holds. What does not fit the kind, because it came after
// the measuring, stays a text.
func (b *workbook) value(v *variable, cell string) any {
	switch {
	case cell == "":
		return nil
	case v.kind == numberKind:
		if number, ok := exactNumber(cell); ok {
			if math.IsNaN(number) {
				return nil // what could not be computed
			}
			return number
		}
	case b.styles.moments[v.kind] != 0:
		if at, ok := v.moment(cell); ok {
			if serial := excelSerial(at, v.kind); serial >= 0 {
				return excelize.Cell{StyleID: b.styles.moments[v.kind], Value: serial}
			}
		}
	case b.d.output.Values != Labels:
	case v.kind == choiceKind:
		return safe(v.labelOf(cell))
	case v.kind == choicesKind, v.kind == orderKind:
		names := strings.Fields(cell)
		for i, name := range names {
			names[i] = v.labelOf(name)
		}
		return safe(strings.Join(names, "; "))
	}
	return safe(cell)
}

// excelSerial counts days since 30 December 1899, the part of a day as a
// fraction; −1 before March 1900, where Excel's calendar has a day too many.
func excelSerial(at time.Time, kind kind) float64 {
	if kind == timeKind {
		return float64(at.Hour()*60+at.Minute()) / (24 * 60)
	}
	minutes := at.Sub(time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)).Minutes()
	if minutes < 61*24*60 {
		return -1
	}
	return minutes / (24 * 60)
}

// close adds the code book and writes the workbook.
func (b *workbook) close() error {
	if err := b.codeBook(); err != nil {
		return err
	}
	for _, s := range b.sheets {
		if err := s.stream.Flush(); err != nil {
			return err
		}
	}
	b.file.SetActiveSheet(0)
	// Through a writer of its own: the library's would hold the whole file.
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(b.out) })
	if _, err := b.file.WriteToBuffer(); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// abandon removes the library's temporary files.
func (b *workbook) abandon() { _ = b.file.Close() }

// codeBook says what the columns mean: a row per column, and one per category.
func (b *workbook) codeBook() error {
	l := b.d.labels
	book := &sheet{}
	headings := []any{}
	for _, key := range []string{"sheet", "variable", "label", "type", "value", "value_label", "missing_heading"} {
		headings = append(headings, excelize.Cell{StyleID: b.styles.heading, Value: l.word("export.codebook." + key)})
	}
	if err := b.add(book, l.word("export.sheet.codebook"), headings, []float64{16, 24, 48, 20, 20, 40, 14}); err != nil {
		return err
	}
	for _, s := range b.sheets {
		for _, v := range s.table.variables {
			book.cells = append(book.cells[:0], safe(s.name), safe(v.name), safe(cut16(v.label, maxCellUnits)), l.word(v.kind.word()))
			if err := book.put(); err != nil {
				return err
			}
			for _, one := range v.categories {
				missing := ""
				if one.missing {
					missing = l.word("export.codebook.missing")
				}
				book.cells = append(book.cells[:0], safe(s.name), safe(v.name), nil, nil,
					safe(one.value), safe(cut16(one.label, maxCellUnits)), safe(missing))
				if err := book.put(); err != nil {
					return err
				}
			}
		}
	}
	return book.stream.Flush()
}

// word is the key of the kind's name.
func (k kind) word() string {
	return "export.kind." + [...]string{"text", "number", "choice", "choices", "order", "date", "month", "year", "time", "date_time"}[k]
}

// cut16 keeps what fits into so many UTF-16 units.
func cut16(s string, units int) string {
	if len(s) <= units {
		return s
	}
	for at, r := range s {
		if units--; r > 0xffff {
			units--
		}
		if units < 0 {
			return s[:at]
		}
	}
	return s
}
