package tabular_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// openBytes opens a workbook that must be readable.
func openBytes(t testing.TB, content []byte) *tabular.Workbook {
	t.Helper()
	book, err := tabular.OpenWorkbook(bytes.NewReader(content), tabular.Options{File: "test.xlsx"})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return book
}

// workbook makes an XLSX with excelize.
func workbook(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	file := excelize.NewFile()
	fill(file)
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func set(t testing.TB, file *excelize.File, cell string, value any) {
	t.Helper()
	if err := file.SetCellValue("Sheet1", cell, value); err != nil {
		t.Fatal(err)
	}
}

func format(t testing.TB, file *excelize.File, cell, code string) {
	t.Helper()
	style, err := file.NewStyle(&excelize.Style{CustomNumFmt: &code})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.SetCellStyle("Sheet1", cell, cell, style); err != nil {
		t.Fatal(err)
	}
}

// keysOf lists the findings as "key@line:column" and checks their words.
func keysOf(t testing.TB, found failure.Findings) []string {
	t.Helper()
	testinput.CheckFindings(t, found)
	var out []string
	for _, one := range found {
		out = append(out, fmt.Sprintf("%s@%d:%d", strings.TrimPrefix(one.Key, "tabular."), one.Line, one.Column))
	}
	return out
}

// fatalKey returns the key of the one fatal finding that err must be.
func fatalKey(t testing.TB, err error) string {
	t.Helper()
	var found failure.Findings
	if !errors.As(err, &found) || len(found) != 1 || !found.Fatal() {
		t.Fatalf("got %v, want one fatal finding", err)
	}
	testinput.CheckFindings(t, found)
	return strings.TrimPrefix(found[0].Key, "tabular.")
}

func TestCellsReadAsTheAuthorSeesThem(t *testing.T) {
	cases := []struct {
		name  string
		value any
		code  string // number format
		want  string
	}{
		{"text", "Ümläut ", "", "Ümläut "},
		{"leading zeros as text", "0123", "", "0123"},
		{"whole number", 1.0, "", "1"},
		{"negative", -42, "", "-42"},
		{"binary fraction", 0.1 + 0.2, "", "0.3"},
		{"large", 123456789012345.0, "", "123456789012345"},
		{"very large", 1e25, "", "1E+25"},
		{"zero", 0, "", "0"},
		{"true", true, "", "TRUE"},
		{"false", false, "", "FALSE"},
		{"date", 45000, "dd.mm.yyyy", "2023-03-15"},
		{"date with locale", 45000, "[$-407]d. mmmm yyyy", "2023-03-15"},
		{"month only", 45000, "mmm", "2023-03-15"},
		{"date and time", 45000.75, "dd.mm.yyyy hh:mm", "2023-03-15T18:00:00"},
		{"time", 0.5, "hh:mm", "12:00:00"},
		{"duration", 1.5, "[h]:mm", "36:00:00"},
		{"day before the false leap day", 59, "yyyy-mm-dd", "1900-02-28"},
		{"first of March 1900", 61, "yyyy-mm-dd", "1900-03-01"},
		{"zeros by format", 5911000, "00000000", "05911000"},
		{"decimals by format stay typed", 1.5, "0.000", "1.5"},
		{"percent", 0.345, "0.0%", "34.5%"},
		{"percent without decimals", 0.07, "0%", "7%"},
		{"a percent sign that is only text", 34.5, `0.0"%"`, "34.5"},
		{"unit in quotes is no date", 12, `0 "days"`, "12"},
		{"line break in a cell", "a\nb", "", "a\nb"},
		{"markup characters", `<b>&"`, "", `<b>&"`},
	}
	content := workbook(t, func(file *excelize.File) {
		for i, c := range cases {
			cell := fmt.Sprintf("B%d", 2*i+3) // rows in between stay blank
			set(t, file, cell, c.value)
			if c.code != "" {
				format(t, file, cell, c.code)
			}
		}
	})
	book := openBytes(t, content)
	rows, err := book.Sheets()[0].ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(cases) {
		t.Fatalf("%d rows, want %d", len(rows), len(cases))
	}
	for i, c := range cases {
		if rows[i].Line != 2*i+3 {
			t.Errorf("%s: row number %d, want %d", c.name, rows[i].Line, 2*i+3)
		}
		if len(rows[i].Cells) != 2 || rows[i].Cells[0] != "" || rows[i].Cells[1] != c.want {
			t.Errorf("%s: %q, want [\"\" %q]", c.name, rows[i].Cells, c.want)
		}
		_, text := c.value.(string)
		if _, truth := c.value.(bool); rows[i].Stored(1) == (text || truth) || rows[i].Stored(0) {
			t.Errorf("%s: stored as a number: %v", c.name, rows[i].Stored(1))
		}
	}
	if found := book.Findings(); len(found) > 0 {
		t.Errorf("findings: %v", keysOf(t, found))
	}
}

func TestFormulasErrorsAndMergedCells(t *testing.T) {
	content := workbook(t, func(file *excelize.File) {
		set(t, file, "A1", "merged")
		if err := file.MergeCell("Sheet1", "A1", "B2"); err != nil {
			t.Fatal(err)
		}
		set(t, file, "C1", "x")
		if err := file.SetCellFormula("Sheet1", "A3", "=1+1"); err != nil {
			t.Fatal(err)
		}
		if err := file.SetSheetVisible("Sheet1", true); err != nil {
			t.Fatal(err)
		}
	})
	content = edit(t, content, "xl/worksheets/sheet1.xml", `</sheetData>`,
		`<row r="4"><c r="A4"><f>1+1</f><v>2</v></c><c r="B4" t="str"><f>"a"</f><v>a</v></c><c r="C4" t="e"><v>#DIV/0!</v></c><c r="D4" t="s"><v>999</v></c>`+
			`<c r="E4" t="inlineStr"><is><r><t>bold</t></r><r><t xml:space="preserve"> plain</t></r><rPh><t>reading</t></rPh></is></c></row></sheetData>`)
	book := openBytes(t, content)
	rows, err := book.Sheet(" sheet1 ").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, row := range rows {
		got += fmt.Sprintf("%d %q\n", row.Line, row.Cells)
	}
	want := "1 [\"merged\" \"\" \"x\"]\n4 [\"2\" \"a\" \"#DIV/0!\" \"\" \"bold plain\"]\n"
	if got != want {
		t.Errorf("rows\n%s, want\n%s", got, want)
	}
	if got, want := fmt.Sprint(keysOf(t, book.Findings())), "[formula_without_value@3:1 cell_error@4:3 damaged_cell@4:4]"; got != want {
		t.Errorf("findings %s, want %s", got, want)
	}
}

// edit replaces the first occurrence of old in a part of a zip file.
func edit(t testing.TB, content []byte, part, old, replacement string) []byte {
	t.Helper()
	return rewrite(t, content, func(name string, body []byte) []byte {
		if name != part {
			return body
		}
		if !bytes.Contains(body, []byte(old)) {
			t.Fatalf("%s lacks %q", part, old)
		}
		return bytes.Replace(body, []byte(old), []byte(replacement), 1)
	})
}

// rewrite passes every part of a zip file through a function.
func rewrite(t testing.TB, content []byte, change func(name string, body []byte) []byte) []byte {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	writer := zip.NewWriter(&out)
	for _, file := range reader.File {
		from, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := writer.Create(file.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(change(file.Name, body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRealWorkbooksAgreeWithExcelize compares every cell of the real forms
// with an independent reader.
func TestRealWorkbooksAgreeWithExcelize(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testinput.Dir(t), "xlsform", "*.xlsx"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no workbooks: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			content := testinput.Read(t, "xlsform/"+filepath.Base(file))
			book := openBytes(t, content)
			other, err := excelize.OpenReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := len(book.Sheets()), len(other.GetSheetList()); got != want {
				t.Fatalf("%d sheets, want %d", got, want)
			}
			cells := 0
			for i, name := range other.GetSheetList() {
				if book.Sheets()[i].Name != name {
					t.Errorf("sheet %d is %q, want %q", i, book.Sheets()[i].Name, name)
				}
				cells += compare(t, book.Sheets()[i], other)
			}
			t.Logf("%d filled cells agree; findings %v", cells, keysOf(t, book.Findings()))
		})
	}
}

func compare(t *testing.T, sheet *tabular.Sheet, other *excelize.File) int {
	t.Helper()
	want, err := other.GetRows(sheet.Name, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sheet.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[[2]int]string)
	for _, row := range rows {
		for column, cell := range row.Cells {
			if cell != "" {
				got[[2]int{row.Line, column + 1}] = cell
			}
		}
	}
	filled := 0
	for row, cells := range want {
		for column, cell := range cells {
			if cell == "" {
				continue
			}
			filled++
			if place := [2]int{row + 1, column + 1}; !sameValue(got[place], cell) {
				t.Errorf("%s %v: %q, excelize has %q", sheet.Name, place, got[place], cell)
			}
		}
	}
	if filled != len(got) {
		t.Errorf("%s: %d filled cells, excelize has %d", sheet.Name, len(got), filled)
	}
	return filled
}

// sameValue compares our text with the raw value of the file, where truth
// values are 1 and 0 and large numbers have exponents.
func sameValue(ours, raw string) bool {
	if ours == raw || ours == "TRUE" && raw == "1" || ours == "FALSE" && raw == "0" {
		return true
	}
	our, err := strconv.ParseFloat(ours, 64)
	their, err2 := strconv.ParseFloat(raw, 64)
	return err == nil && err2 == nil && our == their && strings.ContainsAny(raw, "E.")
}

func TestUnreadableWorkbooksAreFindings(t *testing.T) {
	whole := workbook(t, func(file *excelize.File) { set(t, file, "A1", "x") })
	cases := []struct {
		name    string
		content string
		want    string
	}{
		{"empty", "", "empty"},
		{"text", "type,name\ntext,a\n", "not_spreadsheet"},
		{"PDF", "%PDF-1.7", "not_spreadsheet"},
		{"truncated", string(whole[:len(whole)/2]), "truncated"},
		{"first bytes only", "PK\x03\x04", "truncated"},
		{"empty archive", "PK\x05\x06" + strings.Repeat("\x00", 18), "not_spreadsheet"},
		{"OpenDocument", string(archive(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})), "other_spreadsheet"},
		{"binary workbook", string(archive(t, map[string]string{"[Content_Types].xml": "", "xl/workbook.bin": ""})), "other_spreadsheet"},
		{"document", string(archive(t, map[string]string{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})), "not_spreadsheet"},
		{"any archive", string(archive(t, map[string]string{"a.txt": "a"})), "not_spreadsheet"},
		{"broken workbook part", string(edit(t, whole, "xl/workbook.xml", "<sheets>", "<leaves>")), "workbook_damaged"},
		{"no sheets", string(archive(t, map[string]string{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>",
			"xl/_rels/workbook.xml.rels": "<Relationships/>"})), "workbook_without_sheets"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := tabular.OpenWorkbook(strings.NewReader(c.content), tabular.Options{File: "x.xlsx"})
			if got := fatalKey(t, err); got != c.want {
				t.Errorf("finding %s, want %s", got, c.want)
			}
		})
	}
}

// archive makes a zip of small parts.
func archive(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	writer := zip.NewWriter(&out)
	for name, body := range parts {
		to, err := writer.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(to, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestVolumeBombs feeds files that are small on disk and huge, deep or wide once
// read. One that were not refused would run into the time limit of all tests.
func TestVolumeBombs(t *testing.T) {
	testinput.Volume(t)
	whole := workbook(t, func(file *excelize.File) { set(t, file, "A1", "x") })
	inject := func(rows string) []byte {
		return edit(t, whole, "xl/worksheets/sheet1.xml", "</sheetData>", rows+"</sheetData>")
	}
	var wide strings.Builder
	for row := 2; row < 3000; row++ {
		fmt.Fprintf(&wide, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, row, row)
	}
	var lorem strings.Builder // compresses like real text
	for i := range 200000 {
		fmt.Fprintf(&lorem, "<!-- %d -->", i*i)
	}
	var pieces, runs strings.Builder // random signs, so that they are not too dense
	for i := range 150000 {
		fmt.Fprintf(&pieces, "%x<!---->", i*i)
		fmt.Fprintf(&runs, "<r><t>%x</t></r>", i*i)
	}
	cases := []struct {
		name    string
		content []byte
		want    string // "" when the file is readable
	}{
		{"more than allowed", inject(lorem.String()), "unpacked_too_large"},
		{"dense", inject("<!--" + strings.Repeat(" ", 20<<20) + "-->"), "unpacked_too_large"},
		{"deep", inject(strings.Repeat("<row>", 300000)), "workbook_damaged"},
		{"wide", inject(wide.String()), "too_many_cells"},
		{"row twice", inject(`<row r="1"><c><v>1</v></c></row>`), "workbook_damaged"},
		{"one part for two sheets", edit(t, whole, "xl/workbook.xml", `</sheets>`, `<sheet name="Sheet2" sheetId="2" r:id="rId1"/></sheets>`), "workbook_damaged"},
		{"text in a million pieces", inject(`<row r="2"><c t="inlineStr"><is><t>` + pieces.String() + `</t></is></c></row>`), ""},
		{"runs without end", inject(`<row r="2"><c t="inlineStr"><is>` + runs.String() + `</is></c></row>`), ""},
		{"row out of range", inject(`<row r="1048577"><c><v>1</v></c></row>`), "workbook_damaged"},
		{"column out of range", inject(`<row r="2"><c r="XFE2"><v>1</v></c></row>`), "workbook_damaged"},
		{"not a reference", inject(`<row r="2"><c r="2A"><v>1</v></c></row>`), "workbook_damaged"},
		{"XML cut off", edit(t, whole, "xl/worksheets/sheet1.xml", "</sheetData>", ""), "workbook_damaged"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			limit := int64(30 << 20)
			if c.name == "more than allowed" {
				limit = 2 << 20 // less than the part, which is not dense
			}
			book, err := tabular.OpenWorkbook(bytes.NewReader(c.content), tabular.Options{MaxUnpacked: limit})
			if err == nil {
				_, err = book.Sheets()[0].ReadAll()
			}
			if c.want == "" && err != nil {
				t.Error(err)
			} else if c.want != "" && fatalKey(t, err) != c.want {
				t.Errorf("finding %s, want %s", fatalKey(t, err), c.want)
			}
			t.Log(time.Since(began))
		})
	}
}

func TestTooLargeFilesAreRefused(t *testing.T) {
	_, err := tabular.OpenWorkbook(strings.NewReader(strings.Repeat("x", 101)), tabular.Options{MaxBytes: 100})
	if got := fatalKey(t, err); got != "too_large" {
		t.Errorf("finding %s", got)
	}
}

func TestReadingStopsWhenTheCallerHasEnough(t *testing.T) {
	content := workbook(t, func(file *excelize.File) {
		for row := 1; row <= 10; row++ {
			set(t, file, fmt.Sprintf("A%d", row), row)
		}
	})
	book := openBytes(t, content)
	for range 2 { // and it can begin again
		seen := 0
		for _, err := range book.Sheets()[0].Rows() {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen == 3 {
				break
			}
		}
		if seen != 3 {
			t.Errorf("saw %d rows", seen)
		}
	}
}

func mustBeOneFinding(t testing.TB, err error) {
	t.Helper()
	if found := findings(err); len(found) != 1 || !found.Fatal() {
		t.Errorf("%v is not one fatal finding", err)
	}
}

// mustComeInOrder reads a sheet, whose rows must be filled and in order.
func mustComeInOrder(t testing.TB, sheet *tabular.Sheet) {
	t.Helper()
	line := 0
	for row, err := range sheet.Rows() {
		if err != nil {
			mustBeOneFinding(t, err)
			return
		}
		if len(row.Cells) == 0 || row.Cells[len(row.Cells)-1] == "" || row.Line <= line {
			t.Errorf("row %+v after line %d", row, line)
		}
		line = row.Line
	}
}

func FuzzOpenXLSX(f *testing.F) {
	whole := workbook(f, func(file *excelize.File) {
		set(f, file, "A1", "type")
		set(f, file, "B2", 1.5)
		set(f, file, "C3", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	})
	f.Add(whole, "")
	f.Add(whole[:len(whole)/2], "")
	f.Add([]byte("PK\x03\x04"), "")
	f.Add([]byte{}, `<row r="2"><c r="B2" t="inlineStr"><is><t>a_x000A_b</t></is></c></row>`)
	f.Add([]byte{}, `<row><c t="s"><v>0</v></c><c s="1"><v>45000.5</v></c></row>`)
	f.Fuzz(func(t *testing.T, content []byte, rows string) {
		// Random bytes hardly ever make a zip, so rows go into a whole one too.
		inside := edit(t, whole, "xl/worksheets/sheet1.xml", "</sheetData>", rows+"</sheetData>")
		for _, file := range [][]byte{content, inside} {
			began := time.Now()
			book, err := tabular.OpenWorkbook(bytes.NewReader(file), tabular.Options{MaxUnpacked: 8 << 20})
			if err != nil {
				mustBeOneFinding(t, err)
				continue
			}
			for _, sheet := range book.Sheets() {
				mustComeInOrder(t, sheet)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v for %d bytes", took, len(file))
			}
		}
	})
}
