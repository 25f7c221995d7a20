package tabular_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// someTargets are one of each kind.
func someTargets() []tabular.Target {
	return []tabular.Target{
		{Key: "number", Label: "l.number", Kind: tabular.OfficialValue, Required: true, Synonyms: []string{"Schulnummer", "Nr."}},
		{Key: "name", Label: "l.name", Kind: tabular.TextValue, Pieces: 3, Synonyms: []string{"Bezeichnung", "Name"}},
		{Key: "kind", Label: "l.kind", Kind: tabular.ChoiceValue, Fixed: true, Synonyms: []string{"Art"}, Choices: []tabular.Choice{
			{Key: "kita", Label: "Kindertageseinrichtung", Synonyms: []string{"Kita"}}, {Key: "school", Label: "Schule"}}},
		{Key: "place", Label: "l.place", Kind: tabular.AreaValue, Free: true, Synonyms: []string{"Ort"}, Choices: []tabular.Choice{
			{Key: "bochum", Label: "Bochum"}, {Key: "a-mitte", Label: "Mitte"}, {Key: "b-mitte", Label: "Mitte"}}},
		{Key: "key", Label: "l.key", Kind: tabular.OfficialValue, Digits: 8, Synonyms: []string{"Gemeindeschlüssel"}},
		{Key: "mail", Label: "l.mail", Kind: tabular.EmailValue, Synonyms: []string{"E-Mail"}},
		{Key: "children", Label: "l.children", Kind: tabular.NumberValue, Whole: true, Most: 5000, Synonyms: []string{"Plätze"}},
		{Key: "share", Label: "l.share", Kind: tabular.NumberValue, Synonyms: []string{"Anteil"}},
	}
}

// through reads a file as a page does: looked at, guessed, read; change may put
// the guess right.
func through(t testing.TB, content []byte, reading tabular.Reading, change func(*tabular.Mapping)) (*tabular.Mapped, []tabular.Record) {
	t.Helper()
	preview, err := tabular.Inspect(content, "x", reading, someTargets(), 100)
	if err != nil {
		t.Fatal(err)
	}
	mapping := tabular.Guess(someTargets(), preview.Header, preview.Rows)
	if change != nil {
		change(&mapping)
	}
	table, err := tabular.OpenTable(bytes.NewReader(content), preview.Reading.Options("x"))
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := mapping.Open(table, someTargets(), "x", preview.Reading.Sheet)
	if err != nil {
		t.Fatal(err)
	}
	var records []tabular.Record
	for record, err := range mapped.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	testinput.CheckFindings(t, mapped.Findings())
	return mapped, records
}

// show writes a record as "key=text key=text", in the order of the targets.
func show(record tabular.Record) string {
	var parts []string
	for _, target := range someTargets() {
		if field, ok := record.Fields[target.Key]; ok {
			parts = append(parts, target.Key+"="+field.Text)
		}
	}
	if record.Refused {
		parts = append(parts, "refused")
	}
	return strings.Join(parts, " ")
}

func where(found failure.Findings) []string {
	var list []string
	for _, one := range found {
		list = append(list, fmt.Sprintf("%s@%d:%d", strings.TrimPrefix(one.Key, "tabular."), one.Line, one.Column))
	}
	return list
}

func TestCellsThroughTheMapping(t *testing.T) {
	const header = "Nr.;Bezeichnung 1;Bezeichnung 2;Art;Ort;Gemeindeschluessel;E-Mail;Plätze;Anteil\n"
	for row, want := range map[string]string{
		"007;Kita;Süd;kita;44787 Bochum;05911000;a@b.example;120;12,5": "number=007 name=Kita Süd kind=kita place=bochum key=05911000 mail=a@b.example children=120 share=12.5",
		"007;Kita;;KINDERTAGESEINRICHTUNG;bochum;;;1.200;1.234,5":      "number=007 name=Kita kind=kita place=bochum children=1200 share=1234.5",
		"7;;;;;5911000;;;":                   "number=7 key=05911000 | leading_zero@2:6",
		"7;;;Hort;Essen;;;;":                 "number=7 place=Essen | unknown_choice@2:4",
		"7;;;;Mitte;;;;":                     "number=7 place=Mitte",
		"7;;;;a-mitte;;;;":                   "number=7 place=a-mitte",
		"7;;;;;591100;x;5001;viele":          "number=7 | bad_digits@2:6 bad_email@2:7 bad_whole@2:8 bad_number@2:9",
		"7;;;;;;a@b.example, c@d;12,5;1.234": "number=7 share=1.234 | bad_email@2:7 bad_whole@2:8 unsure_number@2:9",
		";Kita;;;;;;;":                       "name=Kita refused | required_blank@2:1",
		"zu viel;Kita;;;;;;;":                "name=Kita refused | bad_official@2:1 required_blank@2:1",
		"1E+05;Kita;;;;;;;":                  "name=Kita refused | bad_official@2:1 required_blank@2:1",
		"7;Kita":                             "number=7 name=Kita | row_short@2:2",
		"7;Kita;;;;;;;;zu viel;mehr":         "number=7 name=Kita | row_long@2:10",
		"7; a\u00a0 b\u200b ;;;;;;;":         "number=7 name=a b",
	} {
		mapped, records := through(t, []byte(header+row+"\n"), tabular.Reading{}, nil)
		got := show(records[0])
		if found := where(mapped.Findings()); len(found) > 0 {
			got += " | " + strings.Join(found, " ")
		}
		if len(records) != 1 || got != want {
			t.Errorf("%s\n got %s\nwant %s", row, got, want)
		}
	}
}

func TestWhatPeopleSay(t *testing.T) {
	content := []byte("Nr.;Sorte;Ort\n1;Hort;Bochum\n2;Hort;\n3;Kita;Mitte\n")
	mapped, records := through(t, content, tabular.Reading{}, func(m *tabular.Mapping) {
		m.Columns["kind"], m.Fixed = []int{1}, map[string]string{"place": "bochum", "kind": "school"}
		m.Values = map[string]map[string]string{"kind": {"hort": "kita"}, "place": {"mitte": "nowhere"}}
	})
	var got []string
	for _, record := range records {
		got = append(got, show(record))
	}
	want := []string{"number=1 kind=kita place=bochum", "number=2 kind=kita", "number=3 kind=kita place=Mitte"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: a value for all rows is for targets that allow it", got, want)
	}
	if unknown := fmt.Sprint(mapped.Unknown()); unknown != "[{kind Hort kita 2 2} {place Mitte  1 4}]" {
		t.Errorf("unknown %s", unknown)
	}
	text, err := json.Marshal(tabular.Mapping{Columns: map[string][]int{"a": {1}}})
	if err != nil || string(text) != `{"columns":{"a":[1]}}` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestMappingsThatAreNone(t *testing.T) {
	for name, test := range map[string]struct {
		mapping tabular.Mapping
		want    string
	}{
		"nothing required":    {tabular.Mapping{Columns: map[string][]int{"name": {0}}}, "target_missing@1:0"},
		"no such column":      {tabular.Mapping{Columns: map[string][]int{"number": {0}, "name": {7}}}, "column_outside@1:0"},
		"negative":            {tabular.Mapping{Columns: map[string][]int{"number": {-1}}}, "column_outside@1:0"},
		"no such fixed":       {tabular.Mapping{Columns: map[string][]int{"number": {0}}, Fixed: map[string]string{"kind": "hort"}}, "bad_fixed@1:0"},
		"empty":               {tabular.Mapping{}, "target_missing@1:0"},
		"unknown targets":     {tabular.Mapping{Columns: map[string][]int{"number": {0}, "other": {99}}}, ""},
		"a column used twice": {tabular.Mapping{Columns: map[string][]int{"number": {0}, "name": {0, 0}}}, ""},
	} {
		table, err := tabular.OpenCSV(strings.NewReader("a,b\n1,2\n"), tabular.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = test.mapping.Open(table, someTargets(), "x", "")
		var found failure.Findings
		errors.As(err, &found)
		testinput.CheckFindings(t, found)
		if got := strings.Join(where(found), " "); got != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, got, test.want, err)
		}
	}
}

func TestColumnsAreGuessed(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"by name":             {"Name,Nr.,E-Mail\na,1,\n", "mail=[2] name=[0] number=[1]"},
		"whatever the case":   {"NAME;  schul nummer ;PLÄTZE (gesamt)\na;1;2\n", "children=[2] name=[0] number=[1]"},
		"the best name first": {"Nr.;Schulnummer;Bezeichnung;Name\n1;2;3;4\n", "name=[2] number=[1]"},
		"pieces":              {"Nr.;Bezeichnung 1;Bezeichnung 2;Bezeichnung_3\n1;a;b;c\n", "name=[1 2 3] number=[0]"},
		"by content":          {"was;wer;wo\nx1;a@b.example;44787 Bochum\nx2;c@d.example;Bochum\n", "mail=[1] number=[0] place=[2]"},
		"not by some content": {"was;wer;wo\nx1;a@b.example;Bochum\nx2;c;Essen\nx3;d;Herne\n", "number=[0]"},
		"no number twice":     {"was;wer\n1;9\n1;8\n1;7\n", "number=[1]"},
		"nothing":             {"was;wer\na;b\n", ""},
	} {
		preview, err := tabular.Inspect([]byte(test.content), "x", tabular.Reading{}, someTargets(), 100)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for key, columns := range tabular.Guess(someTargets(), preview.Header, preview.Rows).Columns {
			got = append(got, fmt.Sprintf("%s=%v", key, columns))
		}
		if slices.Sort(got); strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

// TestHeadersAndSeparatorsAreFound: below titles, notes and sep= lines too.
func TestHeadersAndSeparatorsAreFound(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		reading tabular.Reading
		want    string
	}{
		"plain":               {"Nr.;Name\n1;a\n", tabular.Reading{}, `1 ";" [Nr. Name]`},
		"sep":                 {"sep=|\nNr.|Name;x\n1|a\n", tabular.Reading{}, `2 "|" [Nr. Name;x]`},
		"title":               {"Kitas der Stadt\n\nNr.;Name\n1;a\n", tabular.Reading{}, `3 ";" [Nr. Name]`},
		"title with commas":   {"Kitas, Horte, Schulen\nNr.;Name\n1;a\n2;b\n3;c\n", tabular.Reading{}, `2 ";" [Nr. Name]`},
		"unknown names":       {"Liste;;\nStand: März;;\nwas;wer;wo\n1;a;b\n", tabular.Reading{}, `3 ";" [was wer wo]`},
		"tab":                 {"Nr.\tName\n1\ta\n", tabular.Reading{}, `1 "\t" [Nr. Name]`},
		"one column":          {"Nr.\n1\n2\n", tabular.Reading{}, `1 "," [Nr.]`},
		"said otherwise":      {"a;b\nNr.;Name\n1;a\n", tabular.Reading{HeaderLine: 1}, `1 ";" [a b]`},
		"another separator":   {"Nr.;Na,me\n1;a\n", tabular.Reading{Separator: ","}, `1 "," [Nr.;Na me]`},
		"behind the last row": {"Nr.;Name\n1;a\n", tabular.Reading{HeaderLine: 9}, "tabular.empty"},
		"quoted title":        {"\"Kitas\nder Stadt\"\nNr.;Name\n1;a\n", tabular.Reading{}, `3 ";" [Nr. Name]`},
	} {
		preview, err := tabular.Inspect([]byte(test.content), "x", test.reading, someTargets(), 5)
		var found failure.Findings
		got := ""
		if errors.As(err, &found) {
			got = found[0].Key
		} else if err == nil {
			got = fmt.Sprintf("%d %q %v", preview.Reading.HeaderLine, preview.Reading.Separator, preview.Header.Cells)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s (%v)", name, got, test.want, err)
		}
	}
}

func TestEncodingsCanBeChosen(t *testing.T) {
	const content = "Nr.;Name\n1;Städtische Kita Größe 5 €\n"
	plain := strings.ReplaceAll(content, " €", "")
	encode := func(text string, how interface{ String(string) (string, error) }) []byte {
		encoded, err := how.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(encoded)
	}
	for name, test := range map[string]struct {
		bytes    []byte
		encoding tabular.Encoding
		want     string
	}{
		"UTF-8":            {[]byte(content), tabular.AnyEncoding, content},
		"with a mark":      {[]byte("\ufeff" + content), tabular.AnyEncoding, content},
		"Windows, guessed": {encode(content, charmap.Windows1252.NewEncoder()), tabular.AnyEncoding, content},
		"Windows":          {encode(content, charmap.Windows1252.NewEncoder()), tabular.Windows1252, content},
		"Latin-1":          {encode(plain, charmap.ISO8859_1.NewEncoder()), tabular.AnyEncoding, plain},
		"Latin-9":          {encode(content, charmap.ISO8859_15.NewEncoder()), tabular.Latin9, content},
		"DOS":              {encode(plain, charmap.CodePage850.NewEncoder()), tabular.DOS850, plain},
		"Macintosh":        {encode(content, charmap.Macintosh.NewEncoder()), tabular.Macintosh, content},
		"UTF-16":           {encode(content, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()), tabular.UTF16LE, content},
		"UTF-16 with mark": {encode(content, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()), tabular.AnyEncoding, content},
	} {
		_, records := through(t, test.bytes, tabular.Reading{Encoding: test.encoding}, nil)
		_, want, _ := strings.Cut(strings.TrimSpace(test.want), "1;")
		if len(records) != 1 || records[0].Text("name") != want {
			t.Errorf("%s: %v, want %s", name, records, want)
		}
	}
}

// TestZerosOfAWorkbookAreKept: of text, and of numbers whose format shows them;
// the sheet and the header may be chosen.
func TestZerosOfAWorkbookAreKept(t *testing.T) {
	book := excelize.NewFile()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := book.NewSheet("Kitas")
	must(err)
	zeros := "00000"
	style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &zeros})
	must(err)
	must(book.SetSheetRow("Sheet1", "A1", &[]any{"Hinweise"}))
	must(book.SetSheetRow("Kitas", "A1", &[]any{"Kitas der Stadt"}))
	must(book.SetSheetRow("Kitas", "A3", &[]any{"Nr.", "Name", "Plätze", "Anteil"}))
	must(book.SetSheetRow("Kitas", "A4", &[]any{471, "Süd", 60, 0.5}))
	must(book.SetSheetRow("Kitas", "A5", &[]any{"00815", "Nord", "1.200", "12,5"}))
	must(book.SetCellStyle("Kitas", "A4", "A4", style))
	var out bytes.Buffer
	must(book.Write(&out))
	preview, err := tabular.Inspect(out.Bytes(), "x.xlsx", tabular.Reading{}, someTargets(), 5)
	must(err)
	if !slices.Equal(preview.Sheets, []string{"Sheet1", "Kitas"}) || preview.Reading.Sheet != "Sheet1" {
		t.Errorf("sheets %v, %+v", preview.Sheets, preview.Reading)
	}
	_, records := through(t, out.Bytes(), tabular.Reading{Sheet: "Kitas"}, nil)
	var got []string
	for _, record := range records {
		got = append(got, fmt.Sprint(record.Line, " ", show(record)))
	}
	want := []string{"4 number=00471 name=Süd children=60 share=0.5", "5 number=00815 name=Nord children=1200 share=12.5"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := tabular.Inspect(out.Bytes(), "x.xlsx", tabular.Reading{Sheet: "Horte"}, nil, 5); err == nil {
		t.Error("a sheet that there is not was read")
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "12": "12", "-3": "-3", "\u22123": "-3", "12,5": "12.5", "12.5": "12.5", "1.234,5": "1234.5", "1,234.5": "1234.5",
		"1 234,5": "1234.5", "1\u00a0234": "1234", "1\u202f234\u202f567": "1.234567e+06", "1'234": "1234", "1.234.567": "1.234567e+06",
		"1e+06": "1e+06", "1,5E3": "1500", "12 %": "12", "1.234": "1.234?", "1,234": "1.234?", "-1.234,00": "-1234",
		"": "-", "x": "-", "1,2,3": "-", "1.23.4": "-", "12 34": "-", "1'234.567": "1234.567", "1..2": "-", "1e999": "-", "NaN": "-", "Inf": "-",
		"0x10": "-", "1_000": "-", "1.2345,6": "-", ",5": "-", "0.123": "0.123", "-0,125": "-0.125", "0.123.456": "-", "012.345": "12.345", "5,": "-", "12.345,678.9": "-", "1,234,56": "-",
	} {
		value, unsure, ok := tabular.Number(text, false)
		got := fmt.Sprint(value)
		if unsure {
			got += "?"
		}
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"1.234": "1234", "1,234": "1234", "220,0": "220", "220,5": "-", "1.5": "-", "1e2": "100", "0.123": "-"} {
		value, unsure, ok := tabular.Number(text, true)
		if got := fmt.Sprint(value); ok && got != want || !ok && want != "-" || unsure {
			t.Errorf("whole %q is %s (%v, unsure %v), want %s", text, got, ok, unsure, want)
		}
	}
}

// TestDecimalSign: numbers of one column tell how the doubtful ones among them are
// read, or that nobody can say.
func TestDecimalSign(t *testing.T) {
	for texts, want := range map[string]string{
		"1.234|2.345":     "?",       // nothing tells
		"1.234|34,5":      "1234",    // a comma before one digit
		"1.234|2.345,75":  "1234",    // both signs
		"1.234|1.234.567": "1234",    // a sign that stands twice groups
		"1.234|0,125":     "1234",    // no group begins with a zero
		"1.234|12.75":     "1.234",   // a point before two digits
		"1.234|1 000.125": "1.234",   // blanks group, so the point does not
		"1,234|1'000,5":   "1.234",   // so do apostrophes
		"1.234|1,5|2.5":   "mixed",   // they contradict each other
		"1.234|7|x|":      "?",       // what has no sign tells nothing
		"1234,5|1.5e3":    "mixed",   // an exponent changes nothing
		"1.234,5|12":      "1234.5",  // the number itself
		"1.5|1,234":       "1234",    // the other way round
		"12.345,6|1,5":    "12345.6", //
	} {
		list := strings.Split(texts, "|")
		sign, mixed := tabular.DecimalSign(slices.Values(list))
		got := "?"
		if mixed {
			got = "mixed"
		}
		at := 0
		if list[0] == "1.5" {
			at = 1
		}
		if value, ok := tabular.NumberBy(list[at], sign); sign != 0 {
			got = fmt.Sprint(value)
			if !ok {
				got = "-"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", texts, got, want)
		}
	}
	for text, sign := range map[string]byte{"1.5": ',', "1,5": '.', "1.234.567": '.', "1.23": ',', "": ',', "1.234,5": '.', "0.123": ','} {
		if value, ok := tabular.NumberBy(text, sign); ok {
			t.Errorf("%q with %c is %v", text, sign, value)
		}
	}
}

// FuzzMapping takes whatever file in whatever way through the mapper: it ends in
// records or in findings with words, every row accounted for, every text whole.
func FuzzMapping(f *testing.F) {
	for _, seed := range []string{"Nr.;Name\n1;a\n", "sep=;\nNr.;Name;\n1;a\n", "\"Nr.\",\"Na\nme\"\n1,2\n", "Titel\n\nNr.\tName\n1\t\xfc\n", "a", "\ufeffNr.\n00\n", "PK\x03\x04"} {
		f.Add([]byte(seed), ";", uint8(0), 0, 1)
	}
	f.Fuzz(func(t *testing.T, content []byte, separator string, encoding uint8, header, column int) {
		reading := tabular.Reading{Separator: separator, Encoding: tabular.Encodings()[int(encoding)%len(tabular.Encodings())], HeaderLine: header}
		preview, err := tabular.Inspect(content, "x", reading, someTargets(), 10)
		if explained(t, err) {
			return
		}
		mapping := tabular.Guess(someTargets(), preview.Header, preview.Rows)
		mapping.Columns["name"] = []int{column}
		mapping.Fixed = map[string]string{"kind": separator}
		table, err := tabular.OpenTable(bytes.NewReader(content), preview.Reading.Options("x"))
		if explained(t, err) {
			return
		}
		mapped, err := mapping.Open(table, someTargets(), "x", preview.Reading.Sheet)
		if explained(t, err) {
			return
		}
		for record, err := range mapped.Rows() {
			if explained(t, err) {
				break
			}
			if record.Line <= preview.Reading.HeaderLine || (record.Text("number") == "") != record.Refused {
				t.Fatalf("record %+v below line %d", record, preview.Reading.HeaderLine)
			}
			for key, field := range record.Fields {
				if !utf8.ValidString(field.Text) || utf8.RuneCountInString(field.Text) > tabular.MaxText || field.Text == "" {
					t.Fatalf("%s is %q", key, field.Text)
				}
			}
		}
		testinput.CheckFindings(t, mapped.Findings())
	})
}

// explained tells whether an error ended the reading; it must have words.
func explained(t *testing.T, err error) bool {
	var found failure.Findings
	if err != nil && !errors.As(err, &found) {
		t.Fatalf("no findings: %v", err)
	}
	testinput.CheckFindings(t, found)
	return err != nil
}
