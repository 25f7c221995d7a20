package xlsform

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// maxBundle bounds the unpacked size of a bundle of CSV files together, in bytes.
const maxBundle = 64 << 20

// ReadFolder reads an XLSForm whose sheets are CSV files in one folder:
// survey.csv, and as needed choices.csv, settings.csv and external_choices.csv.
// It is otherwise like [Read]; the name is that of the folder, in which the
// files of the form lie too.
func ReadFolder(name string, folder fs.FS, options Options) (*survey.Survey, failure.Findings) {
	files, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, unreadable(name, err)
	}
	var tables []table
	var found failure.Findings
	left := int64(maxBundle)
	for _, file := range files {
		sheet, ok := sheetFile(file.Name())
		if !ok || file.IsDir() {
			continue
		}
		content, err := readWithin(folder, file.Name(), left)
		if err != nil {
			return nil, append(found, unreadable(name, err)...)
		}
		left -= int64(len(content))
		rows, more, err := csvRows(path.Join(name, file.Name()), content)
		if err != nil {
			return nil, append(found, unreadable(name, err)...)
		}
		tables, found = append(tables, table{name: sheet, rows: rows}), append(found, more...)
	}
	options.Files = folder
	read, more := readTables(name, tables, options)
	found = append(found, more...)
	found.Sort()
	return read, found
}

// sheetFile returns the sheet that a file of a bundle holds.
func sheetFile(name string) (string, bool) {
	sheet, ok := strings.CutSuffix(strings.ToLower(path.Base(name)), ".csv")
	return sheet, ok && slices.Contains(sheetNames(), tab(sheet))
}

// readWithin reads a file of at most so many bytes.
func readWithin(folder fs.FS, name string, limit int64) ([]byte, error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // was only read
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = failure.Findings{{
			Severity: failure.Fatal, Key: keyBundleTooLarge, File: name,
			Params: failure.Params{"megabytes": maxBundle >> 20},
		}}
	}
	return content, err
}

// bundle returns the folder inside a zip that holds a survey.csv, nil when
// there is none: then the zip is a workbook or something else.
func bundle(content []byte) fs.FS {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil
	}
	for _, file := range archive.File {
		if sheet, ok := sheetFile(file.Name); ok && sheet == "survey" {
			folder, err := fs.Sub(archive, cmp.Or(path.Dir(path.Clean(file.Name)), "."))
			if err != nil { // an absolute path or one that leads out of the archive
				return nil
			}
			return folder
		}
	}
	return nil
}

// csvRows reads all rows of a CSV. How long rows are is no finding here: what
// stands outside the columns is told by the header's own check.
func csvRows(name string, content []byte) ([]tabular.Row, failure.Findings, error) {
	csv, err := tabular.OpenCSV(bytes.NewReader(content), tabular.Options{File: name})
	if err != nil {
		return nil, nil, err
	}
	rows := []tabular.Row{csv.Header()}
	for row, err := range csv.Rows() {
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	return rows, slices.DeleteFunc(csv.Findings(), func(one failure.Finding) bool {
		return slices.Contains([]string{"tabular.row_long", "tabular.row_short", "tabular.header_trailing_blank"}, one.Key)
	}), nil
}

// readText reads a CSV with all sheets, whose first column names the sheet, or
// with the survey sheet only. The last result is false when the text is neither.
func readText(name string, content []byte, options Options) (*survey.Survey, failure.Findings, bool) {
	rows, found, err := csvRows(name, content)
	var tables []table
	switch {
	case err != nil || len(rows) == 0:
		return nil, found, false
	case slices.Contains(sheetNames(), tab(rows[0].Cell(0))):
		tables = splitSheets(rows)
	case slices.ContainsFunc(rows[0].Cells, func(cell string) bool { return surveyAlias(term(cell)) == "type" }):
		tables = []table{{name: "survey", rows: rows}}
	default:
		return nil, nil, false
	}
	read, more := readTables(name, tables, options)
	found = append(found, more...)
	found.Sort()
	return read, found, true
}

// splitSheets begins a sheet at every row whose first cell holds its name.
func splitSheets(rows []tabular.Row) []table {
	var tables []table
	for _, row := range rows {
		if name := cleanWord(row.Cell(0)); name != "" {
			tables = append(tables, table{name: name})
		}
		// The column stays, emptied, so that findings count columns as the file does.
		cells := slices.Clone(row.Cells)
		if len(cells) > 0 {
			cells[0] = ""
		}
		row.Cells = cells
		if !row.Blank() {
			last := &tables[len(tables)-1]
			last.rows = append(last.rows, row)
		}
	}
	return tables
}
