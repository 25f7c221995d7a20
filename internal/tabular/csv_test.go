package tabular_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// readCSV returns header and rows as "line: cells" and the findings.
func readCSV(t testing.TB, content string, options tabular.Options) (lines, found []string, err error) {
	t.Helper()
	table, err := tabular.OpenCSV(strings.NewReader(content), options)
	if err != nil {
		return nil, nil, err
	}
	lines = append(lines, fmt.Sprintf("%d %q", table.Header().Line, table.Header().Cells))
	for row, err := range table.Rows() {
		if err != nil {
			return lines, keysOf(t, table.Findings()), err
		}
		lines = append(lines, fmt.Sprintf("%d %q", row.Line, row.Cells))
	}
	return lines, keysOf(t, table.Findings()), nil
}

func TestReadCSV(t *testing.T) {
	cases := []struct {
		name, content string
		rows          []string
		findings      []string
	}{
		{"comma", "a,b\n1,2\n", []string{`1 ["a" "b"]`, `2 ["1" "2"]`}, nil},
		{"no line end at the end", "a,b\n1,2", []string{`1 ["a" "b"]`, `2 ["1" "2"]`}, nil},
		{"semicolon with decimal commas", "a;b;c\n1,5;2,5;x\n3,5;4,5;y\n", []string{`1 ["a" "b" "c"]`, `2 ["1,5" "2,5" "x"]`, `3 ["3,5" "4,5" "y"]`}, nil},
		{"tab", "a\tb, c\n1\t2; 3\n", []string{`1 ["a" "b, c"]`, `2 ["1" "2; 3"]`}, nil},
		{"bar", "a|b\n1|2\n", []string{`1 ["a" "b"]`, `2 ["1" "2"]`}, nil},
		{"one column", "name\nMarl\n", []string{`1 ["name"]`, `2 ["Marl"]`}, nil},
		{"commas only inside quotes", "\"a,1\";b\n\"x,2\";y\n\"z,3\";w\n", []string{`1 ["a,1" "b"]`, `2 ["x,2" "y"]`, `3 ["z,3" "w"]`}, nil},
		{"sep line", "sep=;\na,b;c\n1;2\n", []string{`2 ["a,b" "c"]`, `3 ["1" "2"]`}, nil},
		{"sep line quoted, CR LF", "\"SEP=|\"\r\na|b\r\n", []string{`2 ["a" "b"]`}, nil},
		{"sep line after a mark", "\uFEFFsep=,\na,b\n", []string{`2 ["a" "b"]`}, nil},
		{"sep is a column", "sep\n1\n", []string{`1 ["sep"]`, `2 ["1"]`}, nil},
		{"byte order mark", "\uFEFFa,b\n", []string{`1 ["a" "b"]`}, nil},
		{"CR", "a,b\r1,2\r3,4", []string{`1 ["a" "b"]`, `2 ["1" "2"]`, `3 ["3" "4"]`}, nil},
		{"CR LF and empty lines", "\r\na,b\r\n\r\n1,2\r\n", []string{`2 ["a" "b"]`, `4 ["1" "2"]`}, nil},
		{"blank row stays", "a,b\n,\n1,2\n", []string{`1 ["a" "b"]`, `2 ["" ""]`, `3 ["1" "2"]`}, nil},
		{"quoted nothing is a row", "a\n\"\"\n\"\"", []string{`1 ["a"]`, `2 [""]`, `3 [""]`}, nil},
		{"line breaks in cells", "a,b\n\"1\r\n2\n3\",x\n4,5\n", []string{`1 ["a" "b"]`, `2 ["1\n2\n3" "x"]`, `5 ["4" "5"]`}, nil},
		{"doubled quotation marks", "a,b\n\"\"\"x\"\"\",\"\"\n", []string{`1 ["a" "b"]`, `2 ["\"x\"" ""]`}, nil},
		{"inch sign", "a,b\n5\" pipe,x\n", []string{`1 ["a" "b"]`, `2 ["5\" pipe" "x"]`}, nil},
		{"text behind quotation marks", "a,b\n\"x\"y,z\n", []string{`1 ["a" "b"]`, `2 ["xy" "z"]`}, []string{"quote_stray@2:1"}},
		{"leading zeros and space stay", "a,b\n007, 08 \n", []string{`1 ["a" "b"]`, `2 ["007" " 08 "]`}, nil},
		{"ragged", "a,b,c\n1,2\n1,2,3,4\n1,2,3\n", []string{`1 ["a" "b" "c"]`, `2 ["1" "2"]`, `3 ["1" "2" "3" "4"]`, `4 ["1" "2" "3"]`}, []string{"row_short@2:2", "row_long@3:4"}},
		{"header with one field more", "a;b;\n1;2\n3;4;\n5\n6;7;;8\n", []string{`1 ["a" "b" ""]`, `2 ["1" "2"]`, `3 ["3" "4" ""]`, `4 ["5"]`, `5 ["6" "7" "" "8"]`}, []string{"header_trailing_blank@1:3", "row_short@4:1", "row_long@5:4"}},
		{"Windows-1252", "Straße,Größe\nK\xF6ln,\x80\n", []string{`1 ["Straße" "Größe"]`, `2 ["Köln" "€"]`}, []string{"encoding_mixed@2:0"}},
		{"only Windows-1252", "Stra\xDFe,b\r\nK\xF6ln,1\r\n", []string{`1 ["Straße" "b"]`, `2 ["Köln" "1"]`}, []string{"encoding_fallback@1:0"}},
		{"cut off inside a character", "a,b\n1,\xC3", []string{`1 ["a" "b"]`, `2 ["1" "Ã"]`}, []string{"encoding_fallback@2:0"}},
		{"lost characters", "a,b\nK\uFFFDln,1\n", []string{`1 ["a" "b"]`, `2 ["K�ln" "1"]`}, []string{"replacement_sign@2:1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rows, found, err := readCSV(t, c.content, tabular.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(rows, c.rows) {
				t.Errorf("rows\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(c.rows, "\n"))
			}
			if !slices.Equal(found, c.findings) {
				t.Errorf("findings %v, want %v", found, c.findings)
			}
		})
	}
}

func TestUnreadableTextsAreFindings(t *testing.T) {
	cases := []struct {
		name, content, want string
		line                int
	}{
		{"nothing", "", "empty", 0},
		{"only a mark", "\uFEFF", "empty", 0},
		{"only a UTF-16 mark", "\xFF\xFE", "empty", 0},
		{"only line ends", "\n\r\n", "empty", 0},
		{"header without names", ";;;\n1;2;3;4\n", "no_header", 1},
		{"NUL", "a,b\n1,2\n3,\x00\n", "nul", 3},
		{"UTF-16 without mark", "a\x00,\x00b\x00\n\x00", "nul", 1},
		{"quotation mark never closed", "a,b\n1,2\n3,\"4\n5,6\n", "quote_open", 3},
		{"too large", "a,b\n" + strings.Repeat("1,2\n", 100), "too_large", 51},
		{"too many columns", "a,b\n" + strings.Repeat(",", 20000), "too_many_columns", 2},
		{"PDF", "%PDF-1.4", "not_text", 0},
		{"ZIP", "PK\x03\x04....", "not_text", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			limit := int64(200)
			if c.want == "too_many_columns" {
				limit = 0
			}
			_, _, err := readCSV(t, c.content, tabular.Options{MaxBytes: limit, File: "x.csv"})
			if got := fatalKey(t, err); got != c.want {
				t.Errorf("finding %s, want %s", got, c.want)
			}
			if got := keysOf(t, findings(err))[0]; !strings.Contains(got, fmt.Sprintf("@%d:", c.line)) {
				t.Errorf("finding at %s, want line %d", got, c.line)
			}
		})
	}
}

func TestErrorsOfTheSourceComeThrough(t *testing.T) {
	broken := errors.New("network gone")
	for _, before := range []string{"", "a,b\n1,2\n"} {
		table, err := tabular.OpenCSV(io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken)), tabular.Options{})
		if err == nil {
			for _, rowErr := range table.Rows() {
				err = rowErr
			}
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", before, err)
		}
	}
}

func TestManyEqualFindingsAreCounted(t *testing.T) {
	_, found, err := readCSV(t, "a,b\n"+strings.Repeat("1\n", 2500), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1001 || found[1000] != "more@0:0" {
		t.Errorf("%d findings, the last %v", len(found), found[len(found)-1])
	}
}

// encodings that a table may come in, with the mark at its beginning.
var encodings = map[string]encoding.Encoding{
	"UTF-8":          unicode.UTF8,
	"UTF-8 with BOM": unicode.UTF8BOM,
	"UTF-16 LE":      unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"UTF-16 BE":      unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"Windows-1252":   charmap.Windows1252,
}

// TestTablesSurvive writes tables with the standard library in every encoding,
// separator and line end and reads them back without being told.
func TestTablesSurvive(t *testing.T) {
	names := make([]string, 0, len(encodings))
	for name := range encodings {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		// No euro sign: in Windows-1252 "ß€" is also UTF-8 for another letter.
		cell := rapid.StringOfN(rapid.SampledFrom([]rune("ab0 1,;.|\t\"\näöüßÄ")), 0, 12, -1)
		width := rapid.IntRange(2, 6).Draw(t, "width")
		rows := [][]string{rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Zäö]{3,8}`), width, width, rapid.ID[string]).Draw(t, "header")}
		rows = append(rows, rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 6, 30).Draw(t, "rows")...)
		separator := rapid.SampledFrom([]rune(",;\t|")).Draw(t, "separator")
		ends := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "ends")
		name := rapid.SampledFrom(names).Draw(t, "encoding")

		var text bytes.Buffer
		writer := csv.NewWriter(&text)
		writer.Comma = separator
		if err := writer.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		encoded, err := encodings[name].NewEncoder().String(strings.ReplaceAll(text.String(), "\n", ends))
		if err != nil {
			t.Fatal(err)
		}
		// One byte at a time: no decision may hang on where a read ends.
		table, err := tabular.OpenCSV(iotest.OneByteReader(strings.NewReader(encoded)), tabular.Options{Separator: byte(separator)})
		if err != nil {
			t.Fatal(err)
		}
		got := [][]string{table.Header().Cells}
		for row, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, row.Cells)
		}
		if !slices.EqualFunc(got, rows, slices.Equal[[]string]) {
			t.Errorf("%s, %q: got %q, want %q", name, separator, got, rows)
		}
	})
}

// TestSeparatorIsDetected draws tables as people make them: a name, a note with
// punctuation, numbers with decimal commas.
func TestSeparatorIsDetected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		note := rapid.StringMatching(`[A-Z][a-zäöü]{2,9}(, [a-z]{2,9}){0,3}(; [a-z]{3,5}){0,2}( \| [a-z]{3,5})?\.?`)
		separator := rapid.SampledFrom([]byte(",;\t|")).Draw(t, "separator")
		rows := rapid.IntRange(4, 40).Draw(t, "rows")
		var text bytes.Buffer
		writer := csv.NewWriter(&text)
		writer.Comma = rune(separator)
		if err := writer.Write([]string{"Nummer", "Name", "Bemerkung", "Anteil"}); err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			record := []string{fmt.Sprintf("%05d", i), note.Draw(t, "name"), note.Draw(t, "note"), fmt.Sprintf("%d,%d", i, i%10)}
			if err := writer.Write(record); err != nil {
				t.Fatal(err)
			}
		}
		writer.Flush()
		table, err := tabular.OpenCSV(&text, tabular.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if table.Separator() != separator {
			t.Errorf("found %q, want %q", table.Separator(), separator)
		}
	})
}

// TestRealTablesAgreeWithTheStandardLibrary reads each real file a second time
// with encoding/csv.
func TestRealTablesAgreeWithTheStandardLibrary(t *testing.T) {
	cases := []struct {
		file      string
		separator rune
		skip      int // bytes before the header
		findings  []string
	}{
		{"nrw/schulen_2024_25_sozialindex.csv", ',', 0, nil},
		{"nrw/schuldaten_2021.csv", ';', len("sep=;\n"), []string{"header_trailing_blank@2:24"}},
		{"kobo/reach_assessment_responses.csv", ',', 0, nil},
		{"bochum/bochum_schools.csv", 0, 0, nil},
		{"bochum/bochum_daycare_centers.csv", 0, 0, nil},
	}
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			content := testinput.Read(t, c.file)
			table, err := tabular.OpenCSV(bytes.NewReader(content), tabular.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("separator %q, %d columns", table.Separator(), len(table.Header().Cells))
			if c.separator == 0 {
				c.separator = rune(table.Separator())
			} else if rune(table.Separator()) != c.separator {
				t.Fatalf("separator %q", table.Separator())
			}
			other := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content[c.skip:], []byte("\uFEFF"))))
			other.Comma, other.FieldsPerRecord = c.separator, -1
			compareCSV(t, table, other, bytes.Count(content[:c.skip], []byte("\n")))
			if got := keysOf(t, table.Findings()); !slices.Equal(got, c.findings) {
				t.Errorf("findings %v, want %v", got, c.findings)
			}
		})
	}
}

func compareCSV(t *testing.T, table *tabular.CSV, other *csv.Reader, above int) {
	t.Helper()
	header, err := other.Read()
	if err != nil || !slices.Equal(header, table.Header().Cells) {
		t.Fatalf("header %q, want %q (%v)", table.Header().Cells, header, err)
	}
	rows := 0
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		want, err := other.Read()
		if err != nil {
			t.Fatal(err)
		}
		line, _ := other.FieldPos(0)
		if row.Line != line+above || !slices.Equal(row.Cells, want) {
			t.Fatalf("line %d %q, want line %d %q", row.Line, row.Cells, line+above, want)
		}
		rows++
	}
	if _, err := other.Read(); err != io.EOF {
		t.Errorf("the standard library reads on after %d rows", rows)
	}
	t.Logf("%d rows agree", rows)
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "sep=;\na;b;\n\"x\ny\";2", "\xFF\xFEa\x00,\x00", "a\tb\r\"\"\"\"\r", "\uFEFF\"a\"b|c\n|\n", "\xE4,\xC3\xA4\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		table, err := tabular.OpenCSV(bytes.NewReader(content), tabular.Options{})
		if err != nil {
			mustBeOneFinding(t, err)
			return
		}
		line := table.Header().Line
		for row, err := range table.Rows() {
			if err != nil {
				mustBeOneFinding(t, err)
				break
			}
			if row.Line <= line || len(row.Cells) == 0 {
				t.Fatalf("row %+v after line %d", row, line)
			}
			if strings.ContainsRune(strings.Join(row.Cells, ""), 0) {
				t.Fatalf("NUL came through in line %d", row.Line)
			}
			line = row.Line
		}
		if len(table.Findings()) > len(content)+1 {
			t.Errorf("%d findings in %d bytes", len(table.Findings()), len(content))
		}
	})
}

func BenchmarkReadCSV(b *testing.B) {
	content := testinput.Read(b, "nrw/schulen_2024_25_sozialindex.csv")
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		table, err := tabular.OpenCSV(bytes.NewReader(content), tabular.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range table.Rows() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
