package xlsform

import (
	"slices"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// TestTables looks things up in tables of which nobody chooses a row.
func TestTables(t *testing.T) {
	files := fstest.MapFS{
		"prices.csv": {Data: []byte("code,value,caption\nA 1,2.50,x\nB,3,y\n")},
		"towns.csv":  {Data: []byte("name,label,list\nbo,Bochum,1\nbo,Bochum Mitte,2\n")},
	}
	tables := append(tablesOf(`
		| survey |
		| | type         | name   | label | calculation |
		| | csv-external | prices |       |             |
		| | csv_external | towns  |       |             |
		| | calculate    | price  |       | pulldata('prices', 'value', 'code', 'A 1') |
		| | calculate    | town   |       | instance('towns')/root/item[list = 2]/label |
		| | calculate    | pulled |       | pulldata('towns', 'label', 'name', 'bo') |
		| | text         | z      | Z     |             |`), tablesOf(plainSettings)...)
	read, found := readTables("case.xlsx", tables, Options{Files: files, Language: "en"})
	if len(found) > 0 {
		t.Errorf("findings: %q", brief(found))
	}
	version, problems := survey.Compile(read)
	if version == nil {
		t.Fatal(problems)
	}
	if names := choiceNames(read.List("prices")); !slices.Equal(names, []string{"1", "2"}) || read.List("prices").AllowDuplicates || !read.List("towns").AllowDuplicates {
		t.Errorf("rows: %q", names)
	}
	if prices := read.List("prices"); !slices.Equal(prices.Columns, []string{"caption", "code", "value"}) || prices.Choices[0].Values["value"] != "2.50" {
		t.Errorf("columns %q, %v", prices.Columns, prices.Choices[0].Values)
	}
}

func TestChoiceFiles(t *testing.T) {
	files := fstest.MapFS{
		"towns.csv":        {Data: []byte("name,label,label::French (fr),label::Klingon,county\nbo,Bochum,Bochoum,x,c1\nhe,Herne,,y,c2\n")},
		"media/codes.csv":  {Data: []byte("id;title\n1;One\n2;Two\n")},
		"broken.csv":       {Data: []byte("PK\x03\x04")},
		"nothing.csv":      {Data: []byte("title\nx\n")},
		"twice.csv":        {Data: []byte("name,label\na,A\na,B\n")},
		"folder.csv/a.csv": {Data: []byte("x")},
	}
	for _, test := range []struct {
		name, rows string
		want       []string
	}{
		{"with filter and languages", `
			| | select_one_from_file towns.csv      | q | Q | Q |           | county = ${z} |
			| | select_multiple_from_file towns.csv | r | R | R |           |               |
			| | select_one from file codes.csv      | s | S | S | value=id, label=title | |
			| | csv-external                        | towns |   |   |           |               |`, nil},
		{"what is wrong", `
			| | select_one_from_file ../towns.csv | q | Q | Q | | |
			| | select_one_from_file missing.csv  | r | R | R | | |
			| | select_one_from_file broken.csv   | s | S | S | | |
			| | select_one_from_file nothing.csv  | u | U | U | | |
			| | select_one_from_file folder.csv   | v | V | V | | |
			| | select_one_from_file twice.csv    | w | W | W | | |
			| | select_one_from_file              | x | X | X | | |`,
			[]string{"error survey.duplicate_choice choices:0:0", "warning choice_file_missing survey:3:1", "warning choice_file_missing survey:4:1",
				"warning choice_file_unreadable survey:5:1", "warning choice_file_unreadable survey:6:1", "warning choice_file_missing survey:7:1",
				"error file_kind survey:9:1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tables := append(tablesOf(`
				| survey |
				| | type | name | label::English (en) | label::French (fr) | parameters | choice_filter |
				| | text | z    | Z                   | Z                  |            |               |`+test.rows), tablesOf(plainSettings)...)
			read, found := readTables("case.xlsx", tables, Options{Files: files})
			found = slices.DeleteFunc(found, func(f failure.Finding) bool { return f.Key == "survey.translation_missing" })
			if got := brief(found); !slices.Equal(got, test.want) {
				t.Errorf("findings:\n  got  %q\n  want %q", got, test.want)
			}
			if len(test.want) > 0 {
				return
			}
			version, problems := survey.Compile(read)
			if version == nil {
				t.Fatal(problems)
			}
			if towns := read.List("towns"); towns == nil || len(towns.Choices) != 2 || len(version.Elements) != 4 {
				t.Errorf("the list of csv-external: %+v", towns)
			}
			q, s := version.Element("q"), version.Element("s")
			label, language := q.Choices.Choices[0].Label.In("fr", "en")
			if len(q.Choices.Choices) != 2 || label != "Bochoum" || language != "fr" || q.Choices.Choices[1].Values["county"] != "c2" ||
				version.Element("r").Choices != q.Choices || s.ChoiceIndex("2") != 1 || s.Choices.Choices[1].Label["en"].Text != "Two" {
				t.Errorf("%+v", q.Choices)
			}
		})
	}
}
