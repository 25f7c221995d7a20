package xlsform

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// rawSheet reads a sheet in the plainest way there is, without any code of
// this program: row number → header → text.
func rawSheet(t *testing.T, content []byte, number string) (rows map[int]map[string]string, last int) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	part := func(name string, into any) {
		file, err := archive.Open(name)
		if errors.Is(err, fs.ErrNotExist) { // some writers keep all text in the cells
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	type run struct {
		Text string `xml:"t"`
	}
	var shared struct {
		Items []struct {
			Text string `xml:"t"`
			Runs []run  `xml:"r"`
		} `xml:"si"`
	}
	part("xl/sharedStrings.xml", &shared)
	var grid struct {
		Rows []struct {
			Number int `xml:"r,attr"`
			Cells  []struct {
				Place string `xml:"r,attr"`
				Type  string `xml:"t,attr"`
				Value string `xml:"v"`
				In    struct {
					Text string `xml:"t"`
				} `xml:"is"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	part("xl/worksheets/sheet"+number+".xml", &grid)
	header := map[string]string{}
	rows = map[int]map[string]string{}
	for _, row := range grid.Rows {
		cells := map[string]string{}
		for _, cell := range row.Cells {
			text := cell.Value + cell.In.Text
			if cell.Type == "s" {
				at, err := strconv.Atoi(cell.Value)
				if err != nil {
					t.Fatal(err)
				}
				text = shared.Items[at].Text
				for _, run := range shared.Items[at].Runs {
					text += run.Text
				}
			}
			column := strings.TrimRight(cell.Place, "0123456789")
			text = strings.Trim(strings.ReplaceAll(text, "_x000D_", ""), " \n\r\t\u00a0")
			if text == "" {
				continue
			}
			if row.Number == 1 {
				header[column] = text
				continue
			}
			cells[header[column]] = text
		}
		if len(cells) > 0 && row.Number > 1 {
			rows[row.Number] = cells
			last = row.Number
		}
	}
	return rows, last
}

// realFile says what a real file holds and which of its rows are left out.
type realFile struct {
	file      string
	languages map[string]string // tag → how headers name it
	rows      int               // of the survey sheet, below the header
	choices   int
	findings  []string
	// dropped are cells that the findings say are not taken over.
	dropped map[string]bool
}

func realFiles() []realFile {
	reach := []string{"warning id_derived settings:0:0", "warning title_missing settings:0:0",
		"warning survey.translation_missing settings:0:0",
		"warning declined_time survey:2:1", "warning declined_time survey:3:1", "warning declined_time survey:4:1",
		"warning declined_trace survey:5:1", "warning declined_device survey:6:1"}
	for _, row := range []string{"49", "51", "53", "55", "57", "59", "61", "63"} { // a message in Arabic only
		reach = append(reach, "warning survey.source_missing survey:"+row+":12")
	}
	reach = append(reach, "warning end_name survey:102:2", "warning wrong_place survey:113:7",
		"warning wrong_place survey:162:7", "warning declined_place survey:235:1")
	return []realFile{
		{file: "mitwirken_umfrage.xlsx", languages: map[string]string{"de": "Deutsch (de)"}, rows: 60, choices: 97},
		{file: "reach_assessment_en_ar.xlsx", languages: map[string]string{"en": "English (en)", "ar": "Arabic (ar)"},
			rows: 235, choices: 969, findings: reach, // 970 rows, one of them blank
			dropped: map[string]bool{"113 required": true, "162 required": true}},
	}
}

func TestRealFormsQuestionForQuestion(t *testing.T) {
	for _, known := range realFiles() {
		t.Run(known.file, func(t *testing.T) {
			content := testinput.Read(t, "xlsform/"+known.file)
			got, found := Read(known.file, content, Options{})
			for _, one := range found {
				checkWords(t, one)
				if one.File != known.file {
					t.Errorf("a finding names the file %q", one.File)
				}
			}
			if told := brief(found); !slices.Equal(told, known.findings) && len(told)+len(known.findings) > 0 {
				t.Errorf("findings:\n  got  %q\n  want %q", told, known.findings)
			}
			if version, _ := survey.Compile(got); version == nil {
				t.Fatal("the survey does not compile")
			}
			known.compareRows(t, content, got, found)
			known.compareChoices(t, content, got)
		})
	}
}

// compareRows walks the raw sheet and takes each row's node off a list; in the
// end nothing may be left on either side.
func (known realFile) compareRows(t *testing.T, content []byte, got *survey.Survey, found failure.Findings) {
	rows, last := rawSheet(t, content, "1")
	if len(rows) != known.rows {
		t.Fatalf("the raw sheet has %d rows, the data's description says %d", len(rows), known.rows)
	}
	nodes := map[int]*survey.Node{}
	parents := map[string]string{}
	got.Walk(func(node *survey.Node) bool {
		nodes[node.Position.Line] = node
		for _, child := range node.Children {
			parents[child.Name] = node.Name
		}
		return true
	})
	declined := map[int]bool{}
	for _, one := range found {
		declined[one.Line] = declined[one.Line] || one.Sheet == "survey" && strings.HasPrefix(one.Key, "xlsform.declined_")
	}
	var open []string
	for line := 2; line <= last; line++ {
		row, ok := rows[line]
		if !ok {
			continue
		}
		if strings.HasPrefix(row["type"], "end") && row["type"] != "end" {
			open = open[:len(open)-1]
			continue
		}
		node := nodes[line]
		if (node == nil) != declined[line] {
			t.Errorf("row %d (%s): node %v, declined %v", line, row["type"], node != nil, declined[line])
		}
		if node == nil {
			continue
		}
		known.compareNode(t, line, row, node)
		if inside := strings.Join(open, ""); parents[node.Name] != inside { // these files nest one level deep
			t.Errorf("row %d: inside %q, want %q", line, parents[node.Name], inside)
		}
		if strings.HasPrefix(row["type"], "begin") {
			open = append(open, row["name"])
		}
		delete(nodes, line)
	}
	for line := range nodes {
		t.Errorf("row %d of the survey has no row in the sheet", line)
	}
}

func (known realFile) compareNode(t *testing.T, line int, row map[string]string, node *survey.Node) {
	t.Helper()
	typ, want := strings.TrimSpace(string(node.Type)+" "+node.List), strings.TrimPrefix(row["type"], "begin_")
	required := ""
	if slices.Contains([]string{"yes", "true"}, row["required"]) && !known.dropped[strconv.Itoa(line)+" required"] {
		required = "yes"
	}
	for what, pair := range map[string][2]string{
		"type": {typ, want}, "name": {node.Name, row["name"]}, "required": {node.Required, required},
		"relevant": {node.Relevant, row["relevant"]}, "constraint": {node.Constraint, row["constraint"]},
		"choice_filter": {node.ChoiceFilter, row["choice_filter"]}, "appearance": {node.Appearance, row["appearance"]},
		"parameters": {node.Parameters, row["parameters"]}, "calculation": {node.Calculation, row["calculation"]},
	} {
		if pair[0] != pair[1] {
			t.Errorf("row %d: %s %q, want %q", line, what, pair[0], pair[1])
		}
	}
	for what, text := range map[string]survey.Text{"label": node.Label, "hint": node.Hint, "constraint_message": node.ConstraintMessage} {
		known.compareText(t, line, what, text, row)
	}
	if len(node.RequiredMessage)+len(node.GuidanceHint)+len(node.Media)+len(node.Default)+len(node.RepeatCount) > 0 || node.ReadOnly {
		t.Errorf("row %d: something that no column says: %+v", line, node)
	}
}

func (known realFile) compareText(t *testing.T, line int, what string, text survey.Text, row map[string]string) {
	t.Helper()
	wanted := 0
	for tag, language := range known.languages {
		want := row[what+"::"+language]
		if text[tag].Text != want {
			t.Errorf("row %d: %s in %s %q, want %q", line, what, tag, text[tag].Text, want)
		}
		if want != "" {
			wanted++
		}
	}
	if len(text) != wanted {
		t.Errorf("row %d: %s in %d languages, want %d", line, what, len(text), wanted)
	}
}

func (known realFile) compareChoices(t *testing.T, content []byte, got *survey.Survey) {
	rows, last := rawSheet(t, content, "2")
	next := map[string]int{}
	count := 0
	for line := 2; line <= last; line++ {
		row, ok := rows[line]
		if !ok {
			continue
		}
		count++
		list := got.List(row["list_name"])
		if list == nil || len(list.Choices) <= next[row["list_name"]] {
			t.Fatalf("row %d: the list %q lacks its choice", line, row["list_name"])
		}
		choice := list.Choices[next[list.Name]]
		next[list.Name]++
		if choice.Name != row["name"] || choice.Position.Line != line || choice.Values["filter"] != row["filter"] {
			t.Errorf("row %d: choice %+v, want %v", line, choice, row)
		}
		known.compareText(t, line, "label", choice.Label, row)
	}
	if count != known.choices {
		t.Errorf("%d choices, want %d", count, known.choices)
	}
	for _, list := range got.Choices {
		if len(list.Choices) != next[list.Name] {
			t.Errorf("the list %s has %d choices, the sheet %d", list.Name, len(list.Choices), next[list.Name])
		}
	}
}

func TestRealFormsSettings(t *testing.T) {
	mitwirken, _ := Read("mitwirken_umfrage.xlsx", testinput.Read(t, "xlsform/mitwirken_umfrage.xlsx"), Options{})
	if mitwirken.ID != "bedarfserhebung_mo_sachsen" || mitwirken.Style != "pages" || mitwirken.Language != "de" ||
		mitwirken.Title["de"].Text != "Bedarfserhebung für Migrant*innenorganisationen in Sachsen" {
		t.Errorf("mitwirken: %q %q %q %v", mitwirken.ID, mitwirken.Style, mitwirken.Language, mitwirken.Title)
	}
	reach, _ := Read("dir/REACH assessment (en, ar).xlsx", testinput.Read(t, "xlsform/reach_assessment_en_ar.xlsx"), Options{})
	if reach.ID != "reach-assessment-en-ar" || reach.Language != "en" || !slices.Equal(reach.Languages, []string{"en", "ar"}) {
		t.Errorf("reach: %q %q %v", reach.ID, reach.Language, reach.Languages)
	}
	if columns := reach.List("gps_point_names").Columns; !slices.Equal(columns, []string{"filter"}) {
		t.Errorf("filter columns %v", columns)
	}
	if columns := reach.List("yes_no").Columns; len(columns) != 0 {
		t.Errorf("a list without filter values has the columns %v", columns)
	}
}

// The two ODK files use what this service declines or does later; each of
// their rows must still be a node, an end, or a finding.
func TestEveryRowOfTheODKFormsIsAccountedFor(t *testing.T) {
	for file, wantNodes := range map[string]int{"odk_all_question_types.xlsx": 70, "odk_socio_economic_en_fr.xlsx": 22} {
		content := testinput.Read(t, "xlsform/"+file)
		got, found := Read(file, content, Options{})
		seen := map[int]bool{}
		nodes := 0
		got.Walk(func(node *survey.Node) bool { seen[node.Position.Line] = true; nodes++; return true })
		for _, one := range found {
			checkWords(t, one)
			seen[one.Line] = seen[one.Line] || one.Sheet == "survey"
		}
		rows, last := rawSheet(t, content, "1")
		ends := regexp.MustCompile(`^end[ _](group|repeat)$`)
		for line := 2; line <= last; line++ {
			if row, ok := rows[line]; ok && !seen[line] && !ends.MatchString(row["type"]) {
				t.Errorf("%s: row %d vanished: %v", file, line, row)
			}
		}
		if nodes != wantNodes {
			t.Errorf("%s: %d nodes, want %d", file, nodes, wantNodes)
		}
	}
}
