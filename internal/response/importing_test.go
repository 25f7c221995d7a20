package response_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// TestHeaders shows how a column may be called: each header with the cell "1"
// below it, or another one behind "=".
func TestHeaders(t *testing.T) {
	v := compiled(t, withoutCalculations(household))
	for _, c := range []struct{ headers, want, findings string }{
		{"age", `{"age":"1"}`, ""},
		{"about/age", `{"age":"1"}`, ""},
		{"about.age", `{"age":"1"}`, ""},
		{"about-age", `{"age":"1"}`, ""},
		{"about:age", `{"age":"1"}`, ""},
		{"\ufeff age ", `{"age":"1"}`, ""},
		{"Alter", `{}`, "ambiguous_column Alter"}, // two questions are called so
		{"Kosten", `{"cost":"1"}`, ""},
		{"AGE", `{}`, "unknown_column AGE"},
		{"details/age", `{}`, "unknown_column details/age"},
		{"sources=tap well", `{"sources":["tap","well"]}`, ""},
		{"details/sources=tap", `{"sources":["tap"]}`, ""},
		{"sources.tap,sources/well", `{"sources":["tap","well"]}`, ""},
		{"details/sources/tap,details.sources.well=0", `{"sources":["tap"]}`, ""},
		{"Woher/Brunnen", `{"sources":["well"]}`, ""},
		{"sources.river", `{}`, "unknown_choice_column sources.river; set_aside sources.river"},
		{"children[0].nick=A,children[1].nick=B", `{"children":[{"nick":"A"},{"nick":"B"}]}`, ""},
		{"children[0]/nick=A,children[1]/children/nick=B", `{"children":[{"nick":"A"},{"nick":"B"}]}`, ""},
		{"children.0..nick=A,children.1..nick=B", `{"children":[{"nick":"A"},{"nick":"B"}]}`, ""},
		{"children[1]/children/nick=A,children[2]/children/nick=B", `{"children":[{"nick":"A"},{"nick":"B"}]}`, ""},
		{"children/nick=A,children/nick=B", `{"children":[{"nick":"A"},{"nick":"B"}]}`, ""},
		{"children[0].hobbies[1].hobby=x,children[0].nick=A", `{"children":[{"nick":"A","hobbies":[{"hobby":"x"}]}]}`, ""},
		{"children[0].nick=,children[1].nick=B", `{"children":[{"nick":"B"}]}`, ""},
		{"children[0].age", `{}`, "unknown_column children[0].age"},
		{"hobbies[0].hobby", `{}`, "unknown_column hobbies[0].hobby"},
		{"children[400].nick", `{}`, "too_many_instances children[400].nick"},
		{"children[99999999999999999999].nick", `{}`, "too_many_instances children[99999999999999999999].nick"},
		{"age,about/age=2", `{"age":"1"}`, "duplicate_column about/age"},
		{"age,,cost", `{"age":"1","cost":"1"}`, "unnamed_column #2"},
		{"deviceid,start=x", `{}`, "unknown_column deviceid; unknown_column start"},
		{"welcome=,about=", `{}`, ""},
		{"welcome=hello", `{}`, "set_aside welcome"},
		{"places", `{}`, ""}, // stored apart, in the institution's name
	} {
		var header, cells []string
		for one := range strings.SplitSeq(c.headers, ",") {
			name, cell, found := strings.Cut(one, "=")
			if !found {
				cell = "1"
			}
			header, cells = append(header, name), append(cells, cell)
		}
		im, findings := response.NewImporter(v, header, response.ImportOptions{Now: noon()})
		got := im.Row(tabular.Row{Line: 2, Cells: cells})
		findings = append(findings, im.Findings()...)
		testinput.CheckFindings(t, findings)
		var told []string
		for _, one := range findings {
			if one.Key == "import.no_question" {
				continue // that a single strange column leaves nothing to import
			}
			told = append(told, fmt.Sprint(strings.TrimPrefix(one.Key, "import."), " ", one.Params["name"]))
		}
		if document(got.Answers) != c.want || strings.Join(told, "; ") != c.findings {
			t.Errorf("%s: %s, %q; want %s, %q", c.headers, document(got.Answers), told, c.want, c.findings)
		}
	}
}

// TestNamesWithSeparators: a name may hold what others write between names.
func TestNamesWithSeparators(t *testing.T) {
	v := compiled(t, `
id: names
language: de
title: T
choices:
  l:
    - {name: c, label: C}
    - {name: "1.5", label: D}
questions:
  - {type: select_multiple l, name: a, label: A}
  - {type: text, name: a.c, label: AC}
  - {type: text, name: b-d, label: BD}
`)
	im, findings := response.NewImporter(v, []string{"a/c", "a.c", "b.d", "a.1.5"}, response.ImportOptions{Now: noon()})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	got := im.Row(tabular.Row{Cells: []string{"1", "text", "more", "1"}})
	if want := `{"a":["c","1.5"],"a.c":"text","b-d":"more"}`; document(got.Answers) != want {
		t.Errorf("%s, want %s", document(got.Answers), want)
	}
}

// TestCells shows what becomes of one cell, and what is set aside of it.
func TestCells(t *testing.T) {
	v := compiled(t, withoutCalculations(household))
	for _, c := range []struct{ question, cell, want, aside string }{
		{"age", "30", "30", ""},
		{"age", " 30.0 ", "30", ""},
		{"rooms", "1e+06", "1000000", ""},
		{"rooms", "3E5", "300000", ""},
		{"rooms", "1.5", "", "not_an_integer 1.5"},
		{"rooms", "1.000", "", "ambiguous_number 1.000"},
		{"rooms", "1,000,000", "", "ambiguous_number 1,000,000"},
		{"rooms", "0.000", "0", ""},
		{"rooms", "1e300", "", "number_too_large 1e300"},
		{"rooms", "many", "", "not_an_integer many"},
		{"rooms", "NA", "", ""},
		{"rooms", "n/a", "", ""},
		{"age", "٣٠", "30", ""},
		{"age", "500", "500", ""}, // told as breaking a constraint, not set aside
		{"cost", "1,5", "1.5", ""},
		{"cost", "1e-2", "0.01", ""},
		{"cost", "cheap", "", "not_a_number cheap"},
		{"since", "2021-07-06", "2021-07-06", ""},
		{"since", "2021-07-06T10:58:34.147+03:00", "2021-07-06", ""},
		{"since", "2021-07-06 23:59:00", "2021-07-06", ""},
		{"since", "2021-07-06Tomorrow", "", "not_a_date 2021-07-06Tomorrow"},
		{"since", "6.7.2021", "2021-07-06", ""},
		{"since", "7/6/2021", "", "not_a_date 7/6/2021"},
		{"size", "2", "2", ""},
		{"size", "2.0", "2", ""},
		{"size", "groß", "2", ""},
		{"size", "Sehr  Groß", "3", ""},
		{"size", "riesig", "", "unknown_choice riesig"},
		{"sources", "tap shop", "tap shop", ""},
		{"sources", "shop tap tap", "tap shop", ""},
		{"sources", "tap river well sea", "tap well", "unknown_choice river sea"},
		{"sources", "Aus dem Laden Wasser aus dem Hahn", "tap shop", ""},
		{"sources", "Brunnen tap", "tap well", ""},
		{"sources", "Aus dem Bach", "", "unknown_choice Aus dem Bach"},
		{"agreed", "OK", "OK", ""},
		{"agreed", "TRUE", "OK", ""},
		{"agreed", "FALSE", "", ""},
		{"agreed", "perhaps", "", "not_yes_or_no perhaps"},
		{"remark", "  بعد مشروع الماء\nعن الحي ", "بعد مشروع الماء\nعن الحي", ""},
		{"remark", "NA", "NA", ""},
		{"remark", "'=1+1", "=1+1", ""},
		{"remark", "'quoted'", "'quoted'", ""},
		{"remark", "a\x00", "", "broken_characters a\x00"},
		{"remark", strings.Repeat("x", response.MaxText+1), "", "text_too_long " + strings.Repeat("x", response.MaxText+1)},
	} {
		im, _ := response.NewImporter(v, []string{"_id", c.question}, response.ImportOptions{Now: noon()})
		got := im.Row(tabular.Row{Line: 7, Cells: []string{"1", c.cell}})
		if text := got.Answers.Top().Text(v.Element(c.question)); text != c.want {
			t.Errorf("%s %.30q: %.30q, want %.30q", c.question, c.cell, text, c.want)
		}
		aside := ""
		for _, one := range got.Aside {
			aside = strings.TrimPrefix(one.Key, "import.") + " " + one.Value
			if one.Line != 7 || one.Column != 2 || one.Name != c.question {
				t.Errorf("%+v", one)
			}
			testinput.CheckFindings(t, failure.Findings{{Key: one.Key, Params: one.Params}})
		}
		if aside != c.aside || len(got.Aside) > 1 {
			t.Errorf("%s %.30q: aside %.60q, want %.60q", c.question, c.cell, aside, c.aside)
		}
	}
}

// TestJoinedAndSingleColumns of the same select_multiple.
func TestJoinedAndSingleColumns(t *testing.T) {
	v := compiled(t, household)
	header := []string{"sources", "sources.tap", "sources.well", "sources.river"}
	for _, c := range []struct {
		cells             []string
		want, aside, told string
	}{
		{[]string{"tap", "TRUE", "FALSE", ""}, "tap", "", ""},
		{[]string{"tap", "", "", ""}, "tap", "", ""},
		{[]string{"tap", "1", "0", "0"}, "tap", "", ""},
		{[]string{"tap", "no", "no", "no"}, "tap", "", "disagreement"},
		{[]string{"tap", "TRUE", "WAHR", ""}, "tap", "", "disagreement"},
		{[]string{"tap river", "TRUE", "", "TRUE"}, "tap", "sources=river", "set_aside"},
		{[]string{"", "yes", "ja", ""}, "tap well", "", ""},
		{[]string{"", "FALSE", "FALSE", "FALSE"}, "", "", ""},
		{[]string{"", "TRUE", "maybe", "TRUE"}, "tap", "sources.well=maybe sources.river=river", "set_aside set_aside"},
		{[]string{"", "TRUE", "NA", ""}, "tap", "", ""},
		{[]string{"tap"}, "tap", "", ""},
	} {
		im, _ := response.NewImporter(v, header, response.ImportOptions{Now: noon()})
		got := im.Row(tabular.Row{Line: 2, Cells: c.cells})
		var aside, told []string
		for _, one := range got.Aside {
			aside = append(aside, one.Name+"="+one.Value)
		}
		for _, one := range im.Findings() {
			told = append(told, strings.TrimPrefix(one.Key, "import."))
		}
		if text := got.Answers.Top().Text(v.Element("sources")); text != c.want ||
			strings.Join(aside, " ") != c.aside || strings.Join(told, " ") != c.told {
			t.Errorf("%q: %q, aside %q, told %q", c.cells, text, aside, told)
		}
	}
}

// TestRowsOfTheSameImport: what is told once per column, with the number of
// rows and the first line.
func TestRowsOfTheSameImport(t *testing.T) {
	v := compiled(t, household)
	im, _ := response.NewImporter(v, []string{"KEY", "age", "county", "town", "children[0].child_age", "children[1].child_age"},
		response.ImportOptions{File: "a.csv", Line: 1, Now: noon()})
	for i, cells := range [][]string{
		{"uuid:1", "200", "re", "marl", "", ""},
		{"uuid:2", "30", "bo", "marl", "31", "32"},
		{"uuid:3", "200", "bo", "bochum", "", ""},
		{"uuid:1", "30", "bo", "bochum", "", ""},
	} {
		im.Row(tabular.Row{Line: i + 2, Cells: cells})
	}
	var told []string
	for _, one := range im.Findings() {
		told = append(told, fmt.Sprintf("%s:%d:%d %s %v %v", one.File, one.Line, one.Column, one.Key, one.Params["name"], one.Params["count"]))
	}
	want := []string{"a.csv:5:1 import.repeated_id KEY 1", "a.csv:2:2 import.constraint age 2",
		"a.csv:3:4 import.choice_not_offered town 1", "a.csv:3:5 import.constraint children[0].child_age 1"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	testinput.CheckFindings(t, im.Findings())
}

// TestExternalIDs: the file's own where it has one, else the same for the same
// rows of the same file.
func TestExternalIDs(t *testing.T) {
	v := compiled(t, household)
	ids := func(header string, rows ...string) (out []string) {
		im, _ := response.NewImporter(v, strings.Split(header, ","), response.ImportOptions{Now: noon()})
		for i, row := range rows {
			out = append(out, im.Row(tabular.Row{Line: i + 2, Cells: strings.Split(row, ",")}).ExternalID)
		}
		return out
	}
	for header, want := range map[string]string{
		"_id,age": "7", "X_id,age": "7", "_uuid,age": "7", "meta/instanceID,age": "7", "meta.instanceID,age": "7", "instanceID,age": "7", "KEY,age": "7",
	} {
		if got := ids(header, "7,1")[0]; got != want {
			t.Errorf("%s: %s", header, got)
		}
	}
	if got := ids("_id,_uuid", "7,abc", "8,"); !slices.Equal(got, []string{"abc", "8"}) {
		t.Errorf("the id that is unique everywhere comes first: %q", got)
	}
	if got := ids("meta/instanceID,age", "uuid:abc,1")[0]; got != ids("_uuid,age", "abc,1")[0] {
		t.Errorf("the same response has two ids: %q", got)
	}
	first, second := ids("age,remark", "1,x", "1,x", "2,x", ",x"), ids("age,remark", "1,x", "1,x", "2,x", ",x")
	if !slices.Equal(first, second) || len(slices.Compact(slices.Sorted(slices.Values(first)))) != 4 {
		t.Errorf("%q and %q", first, second)
	}
	if swapped := ids("remark,age", "x,1"); swapped[0] == "" || swapped[0] == ids("age,remark", "x,1")[0] {
		t.Error("another row has the same id")
	}
}

func TestProcessColumns(t *testing.T) {
	v := compiled(t, household)
	header := []string{"_day", "_language", "_area", "_institution_type", "_institution", "_duration", "age"}
	im, findings := response.NewImporter(v, header, response.ImportOptions{Now: noon()})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	got := im.Row(tabular.Row{Cells: []string{"2026-03-01", "de", "marl", "primary", "123456", "3"}})
	if got.Day != "2026-03-01" || got.Language != "de" || got.Area != "marl" || got.InstitutionType != "primary" ||
		got.Institution != "123456" || got.Duration != 3 || len(got.Aside) > 0 {
		t.Errorf("%+v", got)
	}
	if got := im.Row(tabular.Row{Cells: []string{"2026-03", "xx", "", "", "", "9"}}); len(got.Aside) != 3 || got.Day+got.Language != "" || got.Duration != 0 {
		t.Errorf("%+v", got)
	}
	im, _ = response.NewImporter(v, []string{"X_submission_time", "since"}, response.ImportOptions{Now: noon()})
	if got := im.Row(tabular.Row{Cells: []string{"2021-07-13T13:08:28", "2021-07-14"}}); got.Day != "2021-07-13" || len(im.Findings()) != 1 {
		t.Errorf("today() is the row's own day: %q, %v", got.Day, im.Findings())
	}
}

// TestDisarmedCellsComeBack is half of the identity of export and import.
func TestDisarmedCellsComeBack(t *testing.T) {
	v := compiled(t, household)
	im, _ := response.NewImporter(v, []string{"remark"}, response.ImportOptions{Now: noon()})
	formula := regexp.MustCompile(`(^|[;\t\n\r|])["']*[=+\-@]`)
	number := regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	armed := func(cell string) bool { // after its quotation marks a formula begins at once
		for _, at := range formula.FindAllStringIndex(cell, -1) {
			if cell[at[1]-2:at[1]-1] != "'" {
				return true
			}
		}
		return false
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.TrimSpace(rapid.StringOf(rapid.RuneFrom([]rune("=+-@'\";|\t\n 12.a"))).Draw(t, "text"))
		cell := tabular.Disarm(text)
		if !number.MatchString(text) && armed("  "+cell) || !number.MatchString(text) && cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
			t.Fatalf("%q begins a formula", cell)
		}
		if got := im.Row(tabular.Row{Cells: []string{cell}}).Answers.Top().Text(v.Element("remark")); got != text {
			t.Fatalf("%q was written as %q and read as %q", text, cell, got)
		}
	})
	for text, want := range map[string]string{"-5": "-5", "-5.25": "-5.25", "=1": "'=1", "+49": "'+49", "@x": "'@x", "-x": "'-x", "-5-2": "'-5-2",
		"a;=b": "a;'=b", "'=1": "''=1", "a=b": "a=b", "": "", "x\n-y": "x\n'-y"} {
		if got := tabular.Disarm(text); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
	}
}

// TestEveryKeyHasItsWords holds the message files to the sources of the rooms
// that use them: nothing missing, nothing left over, the same placeholders.
func TestEveryKeyHasItsWords(t *testing.T) {
	used := map[string]bool{}
	literal := regexp.MustCompile(`"(import\.[a-z_]+|answers\.[a-z_]+|error\.export_[a-z_]+|export\.left_out\.[a-z_]+)"`)
	for _, pattern := range []string{"internal/response/*.go", "internal/export/*.go", "cmd/bedarfslotse/eval.go"} {
		files, err := filepath.Glob(filepath.Join(testinput.Root(t), pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, match := range literal.FindAllStringSubmatch(string(content), -1) {
				if key := match[1]; strings.HasPrefix(key, "import.") {
					used["finding."+key], used["finding."+key+".cure"] = true, true
				} else {
					used[key] = true
				}
			}
		}
	}
	// What a normalised answer may be refused for becomes a reason of an import.
	for _, key := range []string{"not_an_integer", "not_a_number", "number_too_large", "not_a_date", "broken_characters", "text_too_long",
		"not_a_time", "not_a_date_time", "not_a_month", "not_a_year", "not_in_range", "not_an_order"} {
		used["finding.import."+key], used["finding.import."+key+".cure"] = true, true
	}
	german, english := testinput.Messages(t, "import", "de"), testinput.Messages(t, "import", "en")
	placeholder := regexp.MustCompile(`{{[^}]*}}`)
	for key := range used {
		if german[key] == "" || english[key] == "" || german[key] == english[key] {
			t.Errorf("%s: German %q, English %q", key, german[key], english[key])
		}
		de, en := placeholder.FindAllString(german[key], -1), placeholder.FindAllString(english[key], -1)
		slices.Sort(de)
		slices.Sort(en)
		if !slices.Equal(de, en) {
			t.Errorf("%s: placeholders %v and %v", key, de, en)
		}
	}
	for _, messages := range []map[string]string{german, english} {
		for key := range messages {
			if !used[key] {
				t.Errorf("%s is not used", key)
			}
		}
	}
}

// FuzzImport feeds arbitrary tables: nothing crashes, and what is taken over
// can be stored and read again.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{"age,sources/tap\n7,TRUE", "children[0].nick,children.1..nick\na,b", "_uuid;Woher\nx;Brunnen tap",
		"children[9].hobbies[9].hobby,[0].x,a[99999999999].b\n1,2,3", "since\n'=1"} {
		f.Add(seed)
	}
	v := compiled(f, household)
	f.Fuzz(func(t *testing.T, content string) {
		table, err := tabular.OpenTable(strings.NewReader(content), tabular.Options{})
		if err != nil {
			return
		}
		im, _ := response.NewImporter(v, table.Header().Cells, response.ImportOptions{Now: noon()})
		for row, err := range table.Rows() {
			if err != nil {
				return
			}
			got := im.Row(row)
			stored := document(got.Answers)
			again, err := response.FromJSON(v, []byte(stored))
			if err != nil {
				t.Fatal(err)
			}
			again.Settle(noon(), true)
			if document(again) != stored || got.ExternalID == "" {
				t.Fatalf("%q: %s came back as %s", got.ExternalID, stored, document(again))
			}
		}
		_ = im.Findings()
	})
}

func TestATableWithoutAnyQuestionIsRefused(t *testing.T) {
	v := compiled(t, household)
	_, findings := response.NewImporter(v, []string{"type", "label", "_uuid"}, response.ImportOptions{Now: noon()})
	testinput.CheckFindings(t, findings)
	if !findings.Fatal() {
		t.Errorf("findings %v, none of them fatal", findings)
	}
	_, findings = response.NewImporter(v, []string{"age", "_uuid"}, response.ImportOptions{Now: noon()})
	if findings.Fatal() {
		t.Errorf("one question is enough: %v", findings)
	}
}
