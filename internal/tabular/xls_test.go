package tabular_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// dump writes all that can be read from a workbook, a line for each sheet and
// row, the findings last.
func dump(t testing.TB, content []byte) []string {
	t.Helper()
	book := openBytes(t, content)
	var out []string
	for _, sheet := range book.Sheets() {
		out = append(out, fmt.Sprintf("sheet %q hidden %t", sheet.Name, sheet.Hidden))
		rows, err := sheet.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			out = append(out, fmt.Sprintf("%d %q", row.Line, row.Cells))
		}
	}
	return append(out, fmt.Sprint(keysOf(t, book.Findings())))
}

func sameLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("differs from line %d of %d and %d on\n got  %s\n want %s", i, len(got), len(want),
				strings.Join(got[min(i, len(got)):min(i+2, len(got))], "\n      "),
				strings.Join(want[min(i, len(want)):min(i+2, len(want))], "\n      "))
		}
	}
}

// fixture reads a file of testdata.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestOldWorkbooksReadLikeNewOnes compares every cell of workbooks that other
// programs saved in both formats: text and its breaks, numbers, dates,
// percentages, formulas, errors, merged cells, blank rows, hidden sheets.
func TestOldWorkbooksReadLikeNewOnes(t *testing.T) {
	for old, fresh := range map[string]string{"form.xls": "form.xlsx", "cells.xls": "cells.xlsx", "latin_excel95.xls": "latin.xlsx"} {
		t.Run(old, func(t *testing.T) {
			content := fixture(t, old)
			if got := tabular.Detect(content); got != tabular.OLE {
				t.Fatalf("%s is %s", old, got)
			}
			want := dump(t, fixture(t, fresh))
			if len(want) < 20 {
				t.Fatalf("only %d lines", len(want))
			}
			sameLines(t, dump(t, content), want)
		})
	}
}

// TestRealWorkbooksReadAlikeAsXLS has LibreOffice write the real forms in the
// old format and compares every cell. What LibreOffice itself loses on the way
// is taken out before: the results of functions that only Google knows, and
// returns before line feeds.
func TestRealWorkbooksReadAlikeAsXLS(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testinput.Dir(t), "xlsform", "*.xlsx"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no workbooks: %v", err)
	}
	foreign := regexp.MustCompile(`<f[^>]*>[^<]*DUMMYFUNCTION[^<]*</f>`)
	originals := make([][]byte, len(files))
	dir := t.TempDir()
	for i, file := range files {
		originals[i] = rewrite(t, testinput.Read(t, "xlsform/"+filepath.Base(file)), func(_ string, body []byte) []byte {
			return foreign.ReplaceAll(body, nil)
		})
		files[i] = filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(files[i], originals[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, content := range testinput.Office(t, "xls", files...) {
		t.Run(filepath.Base(files[i]), func(t *testing.T) {
			if tabular.Detect(content) != tabular.OLE {
				t.Fatal("it is not in the old format")
			}
			want := dump(t, originals[i])
			for i := range want {
				want[i] = strings.ReplaceAll(want[i], `\r\n`, `\n`)
			}
			sameLines(t, dump(t, content), want)
		})
	}
}

func TestCellsInAnyOrderComeOutInOrder(t *testing.T) {
	sameLines(t, dump(t, fixture(t, "order.xls")), []string{`sheet "survey" hidden false`,
		`1 ["first" "1.25"]`, `2 ["" "" "ж-text"]`, `3 ["7" "later counts"]`, `4 ["2026-03-01"]`, `[]`})
}

func TestFormulasWithoutResultsAreTold(t *testing.T) {
	sameLines(t, dump(t, fixture(t, "uncalculated.xls")), []string{`sheet "survey" hidden false`,
		`1 ["x"]`, `2 ["" "TRUE"]`, `3 ["bold plain ж"]`, `[formula_without_value@2:1]`})
}

// TestOldCells reads every kind of cell as the records have it.
func TestOldCells(t *testing.T) {
	formula := func(column uint16, result ...any) []byte {
		return rec(0x0006, uint16(7), column, uint16(0), little(result...), uint16(0), uint32(0), uint16(0))
	}
	text := func(kind, value uint8) []byte { return []byte{kind, 0, value, 0, 0, 0, 0xFF, 0xFF} }
	formats := little(rec(0x041E, uint16(164), text8("dd.mm.yyyy")), rec(0x00E0, uint16(0), uint16(0), make([]byte, 16)),
		rec(0x00E0, uint16(0), uint16(164), make([]byte, 16)), rec(0x00E0, uint16(0), uint16(10), make([]byte, 16)), rec(0x0022, uint16(1)))
	content := oldWorkbook(formats,
		label(0, 0, "Ümläut ж😀"),
		rec(0x00D6, uint16(0), uint16(1), uint16(0), uint16(4), uint8(0), "rich", uint16(1), uint32(0)),
		rec(0x00BE, uint16(0), uint16(2), uint16(0), uint16(0), uint16(3)), // blank cells
		number(1, 0, 0, 0.1+0.2), number(1, 1, 1, 0), number(1, 2, 1, 44196), number(1, 3, 2, 0.25),
		rec(0x027E, uint16(2), uint16(0), uint16(0), uint32(125<<2|3)),   // integer times a hundredth
		rec(0x027E, uint16(2), uint16(1), uint16(0), uint32(0xFFFFFFD6)), // -11
		rec(0x027E, uint16(2), uint16(2), uint16(0), uint32(0x3FF80000)), // 1.5
		rec(0x00BD, uint16(3), uint16(1), uint16(0), uint32(4<<2|2), uint16(1), uint32(5<<2|2), uint16(2)),
		rec(0x0205, uint16(4), uint16(0), uint16(0), uint8(1), uint8(0)), rec(0x0205, uint16(4), uint16(1), uint16(0), uint8(0), uint8(0)),
		rec(0x0205, uint16(4), uint16(2), uint16(0), uint8(0x2A), uint8(1)),
		number(5, 0, 0, 1), number(5, 0, 0, 2), // the later one counts
		number(6, 3, 9999, 3), rec(0x0203, uint16(6), uint16(4), uint16(0), ^uint64(0)), shared(6, 5, 1),
		formula(0, 1.5), formula(1, text(1, 1)), formula(2, text(2, 7)), formula(3, text(3, 0)),
		formula(4, text(0, 0)), rec(0x04BC, uint32(0)), rec(0x0207, text8("result")),
		formula(5, text(0, 0)), formula(6, text(0, 0)), rec(0x0207, uint16(5), uint8(0), "ab"), rec(0x003C, uint8(1), wide("жжж")),
		rec(0x00E5, uint16(1), uint16(0), uint16(1), uint16(0), uint16(1)), // merged cells
	)
	sameLines(t, dump(t, content), []string{`sheet "survey" hidden false`,
		`1 ["Ümläut ж😀" "rich"]`, `2 ["0.3" "1904-01-01" "2025-01-01" "25%"]`, `3 ["1.25" "-11" "1.5"]`, `4 ["" "4" "1904-01-06"]`,
		`5 ["TRUE" "FALSE" "#N/A"]`, `6 ["2"]`, `7 ["" "" "" "3"]`,
		`8 ["1.5" "TRUE" "#DIV/0!" "" "result" "" "abжжж"]`,
		`[cell_error@5:3 damaged_cell@7:5 damaged_cell@7:6 cell_error@8:3 formula_without_value@8:6]`})
}

// TestTextsGoOnInTheNextRecord splits shared texts at every place at which they
// can be split, with the second part in either width.
func TestTextsGoOnInTheNextRecord(t *testing.T) {
	const text = "Größe"
	latin, want := []byte("Gr\xF6\xDFe"), []string{`sheet "survey" hidden false`, `1 ["Größe" "next"]`, `[]`}
	open := func(first, second []byte) []string {
		return dump(t, oldWorkbook(little(rec(0x00FC, uint32(2), uint32(2), first), rec(0x003C, second)), shared(0, 0, 0), shared(0, 1, 1)))
	}
	next := little(uint16(4), uint8(0), "next")
	for cut := range len(latin) + 1 {
		first, rest := little(uint16(5), uint8(0), latin[:cut]), latin[cut:]
		if cut == len(latin) {
			sameLines(t, open(first, next), want) // between two texts no byte says the width
			continue
		}
		sameLines(t, open(first, little(uint8(0), rest, next)), want)
		sameLines(t, open(first, little(uint8(1), wide(text[len(string([]rune(text)[:cut])):]), next)), want)
		sameLines(t, open(little(uint16(5), uint8(1), wide(string([]rune(text)[:cut]))), little(uint8(0), rest, next)), want)
	}
	// Formatting and readings behind a text may be split anywhere, and many
	// records may follow.
	rich := little(uint16(5), uint8(0x0C), uint16(2), uint32(6), latin, uint64(0), make([]byte, 3))
	sameLines(t, open(rich, little(make([]byte, 3), next)), want)
	long := strings.Repeat("äöü–", 5000)
	global := rec(0x00FC, uint32(1), uint32(1), uint16(20000), uint8(1), wide(long[:len("äöü–")*1000]))
	for at := 1000; at < 5000; at += 1000 {
		global = little(global, rec(0x003C, uint8(1), wide(long[len("äöü–")*at:len("äöü–")*(at+1000)])))
	}
	sameLines(t, dump(t, oldWorkbook(global, shared(0, 0, 0))), []string{want[0], fmt.Sprintf("1 [%q]", long), `[]`})
}

// TestExcel95TextIsReadInItsCodePage writes the format that Excel 97 replaced.
func TestExcel95TextIsReadInItsCodePage(t *testing.T) {
	stream := func(page uint16, text string) []byte {
		head := little(rec(0x0809, uint16(0x0500), uint16(5), uint32(0)), rec(0x0042, page))
		sheet := func(start int) []byte { return rec(0x0085, uint32(start), uint16(0), uint8(len(text)), text) }
		return little(head, sheet(len(head)+len(sheet(0))+4), eof(), rec(0x0809, uint16(0x0500), uint16(0x10), uint32(0)),
			rec(0x0204, uint16(0), uint16(0), uint16(0), uint16(len(text)), text), eof())
	}
	for page, pair := range map[uint16][2]string{1252: {"\xC4", "Ä"}, 1251: {"\xC4", "Д"}, 1256: {"\xC7", "ا"}, 10000: {"\x80", "Ä"},
		932: {"\x83\x41", "ア"}, 32769: {"\xC4", "Ä"}, 4711: {"\xC4", "Ä"}} {
		for _, name := range []string{"Book", "BOOK"} {
			want := []string{fmt.Sprintf("sheet %q hidden false", pair[1]), fmt.Sprintf("1 [%q]", pair[1]), "[]"}
			if page == 4711 {
				want[2] = "[code_page@0:0]"
			}
			sameLines(t, dump(t, container(streamOf{name, stream(page, pair[0])})), want)
		}
	}
	// Some programs leave out the container; a file for both versions has both.
	if got := dump(t, stream(1252, "x")); got[1] != `1 ["x"]` {
		t.Errorf("%q", got)
	}
	both := container(streamOf{"Book", stream(1252, "old")}, streamOf{"Workbook", biff8(nil, label(0, 0, "new"))})
	if got := dump(t, both); got[1] != `1 ["new"]` {
		t.Errorf("%q", got)
	}
}

func TestContainersOfAnySizeOpen(t *testing.T) {
	for _, size := range []int{0, 60, 3000, 4096, 70_000, 9_000_000} { // the last one needs more than the header's tables
		stream := biff8(rec(0x01B6, make([]byte, 10)), label(0, 0, "x"))
		padded := slices.Concat(stream, make([]byte, max(0, size-len(stream))))
		content := container(streamOf{"\x05SummaryInformation", make([]byte, 5000)}, streamOf{"Workbook", padded}, streamOf{"Other", []byte("x")})
		if got := dump(t, content); got[1] != `1 ["x"]` {
			t.Errorf("%d bytes: %q", size, got)
		}
	}
}

func TestHiddenSheetsAndCharts(t *testing.T) {
	head, tail := bof(0x0600, 5), eof()
	sheet := little(bof(0x0600, 0x10), label(0, 0, "x"), bof(0x0600, 0x20), label(0, 1, "of a chart"), eof(), label(1, 0, "y"), eof())
	names := func(at int) []byte {
		return little(boundSheet(at, 0, "a"), boundSheet(at+len(sheet), 1, "b"), boundSheet(at+2*len(sheet), 2, "c"),
			rec(0x0085, uint32(at), uint8(0), uint8(2), uint8(5), uint8(0), "chart"))
	}
	start := len(head) + len(names(0)) + len(tail)
	content := container(streamOf{"Workbook", little(head, names(start), tail, sheet, sheet, sheet)})
	sameLines(t, dump(t, content), []string{`sheet "a" hidden false`, `1 ["x"]`, `2 ["y"]`, `sheet "b" hidden true`, `1 ["x"]`, `2 ["y"]`,
		`sheet "c" hidden true`, `1 ["x"]`, `2 ["y"]`, `[]`})
}

func TestTheContentDecidesNotTheName(t *testing.T) {
	table := func(name string, content []byte) string {
		read, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{File: name})
		if err != nil {
			return fatalKey(t, err)
		}
		return fmt.Sprint(read.Header().Cells)
	}
	page := "<table><tr><td>type</td></tr></table>"
	for name, one := range map[string]struct {
		content []byte
		want    string
	}{
		"old.xlsx":       {oldWorkbook(nil, label(3, 0, "type")), "[type]"},
		"new.xls":        {fixture(t, "form.xlsx"), "[Type name label:English  Label::Français (fr) label::Arabic (ar) hint:English relevance constraint calculation default media::image::ar required repeat count read only]"},
		"stream.xls":     {biff8(nil, label(0, 0, "type")), "[type]"},
		"tabs.xls":       {[]byte("type\tname\n"), "[type name]"},
		"unicode.xls":    {little(uint16(0xFEFF), wide("type\tnäme\n")), "[type näme]"},
		"html.xls":       {[]byte("\r\n<HTML xmlns:x='urn:schemas-microsoft-com:office:excel'>" + page), "web_page"},
		"table.xls":      {[]byte(page), "web_page"},
		"wide.xls":       {little(uint16(0xFEFF), wide(page)), "web_page"},
		"xml.xls":        {[]byte("\xEF\xBB\xBF<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>"), "web_page"},
		"mail.xls":       {[]byte("MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n"), "web_page"},
		"header.csv":     {[]byte("<name>;<type>\n"), "[<name> <type>]"},
		"excel4.xls":     {rec(0x0409, uint16(0), uint16(0x10), uint16(0)), "old_excel"},
		"excel2.xls":     {rec(0x0009, uint16(2), uint16(0x10)), "old_excel"},
		"one sheet.xls":  {rec(0x0809, uint16(0), uint16(0x10), uint32(0)), "old_excel"},
		"password.xlsx":  {container(streamOf{"EncryptionInfo", []byte("x")}, streamOf{"EncryptedPackage", make([]byte, 5000)}), "encrypted"},
		"password.xls":   {oldWorkbook(rec(0x002F, uint16(1), make([]byte, 52)), label(0, 0, "x")), "encrypted"},
		"letter.xls":     {container(streamOf{"WordDocument", make([]byte, 5000)}), "not_spreadsheet"},
		"empty.xls":      {nil, "empty"},
		"container.xlsx": {container(), "not_spreadsheet"},
	} {
		if got := table(name, one.content); got != one.want {
			t.Errorf("%s: %s, want %s", name, got, one.want)
		}
	}
	_, err := tabular.OpenWorkbook(strings.NewReader(page), tabular.Options{})
	if got := fatalKey(t, err); got != "web_page" {
		t.Errorf("finding %s", got)
	}
}
