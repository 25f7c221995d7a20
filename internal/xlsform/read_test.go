package xlsform

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testform"
	"bedarfslotse/internal/testinput"
)

// workbook writes sheets with typed cells, as a spreadsheet program stores them.
func workbook(t testing.TB, sheets map[string][][]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	for name, rows := range sheets {
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := book.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := book.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	content, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func typedCells(t testing.TB) []byte {
	return workbook(t, map[string][][]any{
		"Survey": {
			{"type", "name", "label", "default", "relevant", "required"},
			{"select_one yn", "q", "Q", 1, nil, true},
			nil,
			{"decimal", "d", "D", 2.5, true, false},
			{"date", "day", "Day", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), nil, 1},
		},
		"choices":  {{"list_name", "name", "label"}, {"yn", 1, "Yes"}, {"yn", 0, 0}, {"yn", true, "Maybe"}},
		"settings": {{"form_id", "form_title", "version", "default_language"}, {"typed", "Typed", 20240515143545, "en"}},
	})
}

func TestTypedCellsAreTextAsTheirAuthorSeesIt(t *testing.T) {
	got, found := Read("typed.xlsx", typedCells(t), Options{})
	if len(found) > 0 {
		t.Fatalf("findings %v", found)
	}
	list := got.List("yn").Choices
	for what, pair := range map[string][2]string{
		"version": {got.Version, "20240515143545"},
		"choices": {list[0].Name + " " + list[1].Name + " " + list[2].Name, "1 0 TRUE"},
		"label":   {list[1].Label["en"].Text, "0"},
		"integer": {find(t, got, "q").Default, "1"},
		"decimal": {find(t, got, "d").Default, "2.5"},
		"date":    {find(t, got, "day").Default, "2026-03-01"},
		"truth":   {find(t, got, "d").Relevant, "true()"},
		"require": {find(t, got, "q").Required + "|" + find(t, got, "d").Required + "|" + find(t, got, "day").Required, "yes||yes"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if line := find(t, got, "d").Position.Line; line != 4 {
		t.Errorf("the row below a blank one is row %d, want 4", line)
	}
}

func TestFilesThatAreNoSpreadsheetAreRefusedWithAFinding(t *testing.T) {
	good := typedCells(t)
	for name, content := range map[string][]byte{
		"empty":     nil,
		"text":      []byte("name,label\nq,Q\n"),
		"pdf":       []byte("%PDF-1.7\n..."),
		"truncated": good[:len(good)/2],
		"garbled":   []byte(strings.Replace(string(good), "PK\x01\x02", "PK\x09\x09", 1)),
		"old excel": []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"),
	} {
		got, found := Read(name, content, Options{})
		if got != nil || !found.Fatal() {
			t.Errorf("%s: survey %v, findings %v", name, got != nil, found)
		}
		for _, one := range found {
			if one.File != name || one.Key == "" {
				t.Errorf("%s: finding %+v", name, one)
			}
		}
	}
}

func TestFindingsCarryTheCellsText(t *testing.T) {
	long := strings.Repeat("ä", 500)
	_, found := readCase(t, `
		| survey |
		| | type       | name | label | relevant         |
		| | texxt      | q    | Q     |                  |
		| | text       | r    | `+long+` ${x}    |       |
		| | text       | s    | S     | ${nobody} = 'x'  |`)
	want := map[string]string{
		keyTypeUnknown: "texxt", keyTextReference: strings.Repeat("ä", 120) + "…", "survey.unknown_reference": "${nobody} = 'x'",
	}
	for _, one := range found {
		if one.Cell != want[one.Key] {
			t.Errorf("%s: cell %q, want %q", one.Key, one.Cell, want[one.Key])
		}
		if one.Key == keyTypeUnknown && one.Params["suggestion"] != "text" {
			t.Errorf("suggestion %q", one.Params["suggestion"])
		}
	}
	if len(found) != 3 {
		t.Errorf("findings %q", brief(found))
	}
}

func TestSuggestions(t *testing.T) {
	for cell, want := range map[string]string{
		"selct_one yes_no": "select_one", "slect multiple x": "select_multiple", "begin groop": "begin_group",
		"intger": "integer", "end grp": "end_group", "noet": "note", "xyzzy": "", "": "", "datetim": "dateTime",
	} {
		if got := suggestType(cell); got != want {
			t.Errorf("suggestType(%q) = %q, want %q", cell, got, want)
		}
	}
}

func rowsOf(n int, cells func(i int) []string) []tabular.Row {
	rows := make([]tabular.Row, n)
	for i := range rows {
		rows[i] = tabular.Row{Line: i + 1, Cells: cells(i)}
	}
	return rows
}

func TestLimits(t *testing.T) {
	header := []string{"type", "name", "label"}
	row := func(cells ...string) func(int) []string {
		return func(i int) []string {
			if i == 0 {
				return header
			}
			return cells
		}
	}
	for key, rows := range map[string][]tabular.Row{
		keyTooManyRows: rowsOf(maxRows+2, row("text", "q", "Q")),
		keyTooDeep:     rowsOf(5000, row("begin_group", "g", "G")),
		keyMore:        rowsOf(maxAlike+10, row("no such type", "q", "Q")),
		keyTooManyColumns: {{Line: 1, Cells: append(strings.Fields(strings.Repeat("x ", maxWidth)), header...)},
			{Line: 2, Cells: []string{"text"}}},
	} {
		_, found := readTables("limits.xlsx", []table{{name: "survey", rows: rows}}, Options{})
		told := 0
		for _, one := range found {
			checkWords(t, one)
			if one.Key == key {
				told++
				if key == keyMore && one.Severity == failure.Fatal && one.Params["count"] != 9 {
					t.Errorf("%d more, want 9", one.Params["count"])
				}
			}
		}
		if told == 0 || !found.Fatal() {
			t.Errorf("%s is not told among %d findings", key, len(found))
		}
	}
}

// A sheet that is hostile in every cell must not take longer than a large one.
func TestHostileSheetsAreQuick(t *testing.T) {
	rows := rowsOf(10_000, func(i int) []string {
		if i == 0 {
			return []string{"type", "name", "label"}
		}
		return []string{"note", fmt.Sprintf("name_%d", i), fmt.Sprintf("${nobody_%d}", i)}
	})
	begun := time.Now()
	_, found := readTables("hostile.xlsx", []table{{name: "survey", rows: rows}}, Options{})
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if !found.Fatal() {
		t.Error("no findings")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("PK\x03\x04"))
	f.Add(typedCells(f))
	f.Add([]byte(everything))
	f.Add([]byte(oneCSV))
	f.Add([]byte(surveyCSV))
	f.Add(zipped(f, "", map[string]string{"survey.csv": surveyCSV, "choices.csv": choicesCSV}))
	for _, one := range append(referenceRules(), nestingRules()...) {
		f.Add([]byte(one.sheets))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		read, found := Read("fuzz.xlsx", content, Options{})
		sound(t, read, found)
		// A mutated archive seldom opens; the same bytes as a table reach further.
		if text := string(content); strings.HasPrefix(strings.TrimSpace(text), "| survey") {
			read, found = readTables("fuzz.xlsx", tablesOf(text), Options{})
			sound(t, read, found)
		}
	})
}

// sound holds for every input: errors or a survey that compiles, and findings
// that can be shown.
func sound(t *testing.T, read *survey.Survey, found failure.Findings) {
	t.Helper()
	for _, one := range found {
		if one.Key == "" || one.Severity == "" || !strings.HasPrefix(one.File, "fuzz.xlsx") {
			t.Fatalf("finding %+v", one)
		}
		checkWords(t, one)
	}
	if found.Fatal() {
		return
	}
	if read == nil {
		t.Fatal("neither a survey nor an error")
	}
	if version, also := survey.Compile(read); version == nil {
		t.Fatalf("no error told, yet it does not compile: %v", also)
	}
}

func BenchmarkRead(b *testing.B) {
	content := testinput.Read(b, "xlsform/reach_assessment_en_ar.xlsx")
	for b.Loop() {
		if read, _ := Read("reach_assessment_en_ar.xlsx", content, Options{}); read == nil {
			b.Fatal("not read")
		}
	}
}

// BenchmarkReadLarge reads 2 000 questions in five languages with 10 000
// choices. peak-MB is what the heap holds at most, with what the collector has
// not come to yet.
func BenchmarkReadLarge(b *testing.B) {
	content := testform.Large(b)
	b.ReportAllocs()
	stop := peak(b)
	for b.Loop() {
		read, found := Read("large.xlsx", content, Options{})
		if found.Fatal() {
			b.Fatal(found)
		}
		if version, found := survey.Compile(read); version == nil {
			b.Fatal(found)
		}
	}
	b.ReportMetric(float64(stop())/1e6, "peak-MB")
}

// peak looks at the heap every millisecond until the returned function is
// called, which tells the most bytes seen.
func peak(b *testing.B) func() uint64 {
	b.Helper()
	runtime.GC()
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		var seen uint64
		for tick := time.NewTicker(time.Millisecond); ; {
			metrics.Read(heap)
			seen = max(seen, heap[0].Value.Uint64())
			select {
			case <-done:
				tick.Stop()
				most <- seen
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-most
	}
}
