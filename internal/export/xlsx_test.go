package export_test

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

func opened(t testing.TB, content []byte) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

// sheetRows reads a sheet's raw cells by the headings of their columns.
func sheetRows(t testing.TB, book *excelize.File, name string) []map[string]string {
	t.Helper()
	all, err := book.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			if cell != "" {
				row[all[0][i]] = cell
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// inExcel is what a stored cell has to be in a sheet of codes.
func inExcel(column, cell string) string {
	days := func(layout string) (float64, bool) {
		at, err := time.Parse(layout, cell)
		days := at.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
		return days, err == nil && days >= 61
	}
	serial, ok := 0.0, false
	switch column {
	case "_day", "born":
		serial, ok = days(time.DateOnly)
	case "when":
		serial, ok = days("2006-01-02T15:04")
	case "at":
		at, err := time.Parse("15:04", cell)
		serial, ok = (float64(at.Hour())+float64(at.Minute())/60)/24, err == nil
	}
	if ok {
		return fmt.Sprintf("%.6f", serial)
	}
	return tabular.Disarm(cell)
}

// TestXLSXCellByCell opens the workbook with another reader than the one that
// imports it and compares each cell of each sheet.
func TestXLSXCellByCell(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 120)
	book := opened(t, written(t, v, records, export.Output{Format: export.XLSX}))
	if names := book.GetSheetList(); !slices.Equal(names, []string{"Antworten", "children", "hobbies", "Responses", "Codebuch"}) {
		t.Fatal(names)
	}
	want := expected(t, records)
	for sheet, table := range map[string]string{"Antworten": "responses", "children": "children", "hobbies": "hobbies", "Responses": "Responses"} {
		rows := sheetRows(t, book, sheet)
		excel := wanted{}
		for i, row := range want[table] {
			one := map[string]string{}
			for column, cell := range row {
				one[column] = inExcel(column, cell)
				if strings.Contains(cell, "🙂") && len(cell) > 1000 { // does not fit one cell
					one[column] = rows[i][column] + rows[i][column+" (2)"]
					if one[column] != cell || rows[i][column+" (2)"] == "" {
						t.Fatalf("row %d: the long text came back as %d and %d bytes", i+1, len(rows[i][column]), len(rows[i][column+" (2)"]))
					}
				}
			}
			for column, cell := range rows[i] {
				switch column {
				case "_day", "born", "when", "at":
					if number, err := strconv.ParseFloat(cell, 64); err == nil {
						rows[i][column] = fmt.Sprintf("%.6f", math.Round(number*1e6)/1e6)
					}
				}
			}
			rows[i]["long"] += rows[i]["long (2)"]
			delete(rows[i], "long (2)")
			if rows[i]["long"] == "" {
				delete(rows[i], "long")
			}
			excel[table] = append(excel[table], one)
		}
		excel.same(t, table, rows)
	}
	checkTypes(t, book, "Antworten")
}

// checkTypes: numbers and dates are numbers, texts are texts, and no cell is a
// formula.
func checkTypes(t *testing.T, book *excelize.File, sheet string) {
	t.Helper()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	numbers := []string{"_row", "_day", "age", "income", "half", "at", "when", "double", "by", "By_"}
	for i, row := range rows {
		for j, cell := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			formula, _ := book.GetCellFormula(sheet, name)
			if formula != "" || strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "+") {
				t.Errorf("%s is a formula: %q", name, cell)
			}
			kind, err := book.GetCellType(sheet, name)
			if number := kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber; i > 0 && cell != "" && err == nil &&
				number != slices.Contains(numbers, rows[0][j]) && rows[0][j] != "born" {
				t.Errorf("%s (%s) of type %d: %.40q", name, rows[0][j], kind, cell)
			}
		}
	}
}

// TestXLSXOfLabels: choices by what respondents read, in Arabic from right to
// left, with a frozen row of headings and a code book.
func TestXLSXOfLabels(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 60)
	book := opened(t, written(t, v, records, export.Output{Format: export.XLSX, Values: export.Labels, Language: "ar"}))
	labels := map[string]string{"under_1": "أقل من سنة", "1_to_2": "من سنة إلى سنتين", "silent": "أفضّل عدم الإجابة"}
	ways := map[string]string{"a": "تفاح", "b": "=Birnen", "c-d": "Äpfel"}
	want := expected(t, records)["responses"]
	for i, row := range sheetRows(t, book, "Responses") {
		if got := row["منذ متى أنت في Marl؟"]; got != labels[want[i]["arrival"]] {
			t.Errorf("row %d: %q for %q", i+1, got, want[i]["arrival"])
		}
		var ticked []string
		for name := range strings.FieldsSeq(want[i]["wishes"]) {
			ticked = append(ticked, ways[name])
		}
		if row["رغبات"] != tabular.Disarm(strings.Join(ticked, "; ")) {
			t.Errorf("row %d: %q for %q", i+1, row["رغبات"], want[i]["wishes"])
		}
	}
	for _, sheet := range book.GetSheetList() {
		view, err := book.GetSheetView(sheet, 0)
		if err != nil || view.RightToLeft == nil || !*view.RightToLeft {
			t.Errorf("%s does not run from right to left: %v", sheet, err)
		}
		panes, err := book.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: %+v, %v", sheet, panes, err)
		}
		if width, err := book.GetColWidth(sheet, "B"); err != nil || width < 10 || width > 60 {
			t.Errorf("%s: width %g, %v", sheet, width, err)
		}
	}
	meanings := map[string]string{}
	for _, row := range sheetRows(t, book, "Code book") {
		meanings[row["Sheet"]+"/"+row["Variable"]+"/"+row["Value"]] = row["Question"] + row["Meaning"] + row["Missing"]
	}
	for key, meaning := range map[string]string{
		"Responses/arrival/":       "منذ متى أنت في Marl؟",
		"Responses/arrival/silent": "أفضّل عدم الإجابةnot a substantive answer",
		"children/child_state/3":   "نعم",
		"Responses/_duration/6":    "longer than 32 minutes",
		"Responses/_area/bochum":   "Bochum",
	} {
		if meanings[key] != meaning {
			t.Errorf("%s means %q, want %q in %v", key, meanings[key], meaning, slices.Sorted(maps.Keys(meanings)))
		}
	}
}

// TestXLSXIsReadByOurOwnImport: the table of responses comes back as it was.
func TestXLSXIsReadByOurOwnImport(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 40)
	content := written(t, v, records, export.Output{Format: export.XLSX})
	table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{File: "x.xlsx"})
	if err != nil {
		t.Fatal(err)
	}
	im, _ := response.NewImporter(v, table.Header().Cells, response.ImportOptions{Now: noon})
	rows := 0
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		one := im.Row(row)
		for _, name := range []string{"age", "arrival", "state", "wishes", "order", "born", "words", "income", "half"} {
			e := v.Element(name)
			if got, want := one.Answers.Top().Text(e), records[rows].Answers.Top().Text(e); got != want {
				t.Errorf("row %d, %s: %q came back as %q", rows+1, name, want, got)
			}
		}
		rows++
	}
	if rows != len(records) {
		t.Errorf("%d rows", rows)
	}
}

// TestXLSXOpensInLibreOffice lets LibreOffice convert the workbook.
func TestXLSXOpensInLibreOffice(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 30)
	file := filepath.Join(t.TempDir(), "answers.xlsx")
	if err := os.WriteFile(file, written(t, v, records, export.Output{Format: export.XLSX, Values: export.Labels, Language: "ar"}), 0o600); err != nil {
		t.Fatal(err)
	}
	again := opened(t, testinput.Office(t, "xlsx", file)[0])
	if rows := sheetRows(t, again, "Responses"); len(rows) != 30 {
		t.Errorf("%d rows", len(rows))
	}
	if view, err := again.GetSheetView("Responses", 0); err != nil || view.RightToLeft == nil || !*view.RightToLeft {
		t.Errorf("not from right to left: %v", err)
	}
}
