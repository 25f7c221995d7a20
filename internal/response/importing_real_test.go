package response_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/xlsform"
)

const (
	reachForm = "xlsform/reach_assessment_en_ar.xlsx"
	reachCSV  = "kobo/reach_assessment_responses.csv"
)

func reachSurvey(t testing.TB) *survey.Version {
	t.Helper()
	read, found := xlsform.Read(reachForm, testinput.Read(t, reachForm), xlsform.Options{})
	if found.Fatal() {
		t.Fatal(found)
	}
	version, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	return version
}

// imported reads a whole table.
func imported(t testing.TB, version *survey.Version, content []byte) (rows []response.Imported, header, rowFindings failure.Findings) {
	t.Helper()
	table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	im, header := response.NewImporter(version, table.Header().Cells,
		response.ImportOptions{File: "answers.csv", Line: table.Header().Line, Now: time.Date(2021, 8, 1, 12, 0, 0, 0, time.UTC)})
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, im.Row(row))
	}
	rowFindings = im.Findings()
	testinput.CheckFindings(t, header)
	testinput.CheckFindings(t, rowFindings)
	reasons := map[string]failure.Finding{}
	for _, row := range rows {
		for _, one := range row.Aside {
			reasons[one.Key] = failure.Finding{Key: one.Key, Params: one.Params}
		}
	}
	testinput.CheckFindings(t, slices.Collect(maps.Values(reasons)))
	return rows, header, rowFindings
}

// TestRealAnswersAreCountedAsTheyStand compares every choice question of the
// real file with counts that are made from its cells without the importer.
func TestRealAnswersAreCountedAsTheyStand(t *testing.T) {
	version := reachSurvey(t)
	content := testinput.Read(t, reachCSV)
	rows, _, _ := imported(t, version, content)
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 632 || len(records) != 633 {
		t.Fatalf("%d rows imported of %d", len(rows), len(records)-1)
	}
	single, multiple := 0, 0
	for column, name := range records[0] {
		e := version.Element(name)
		if e == nil || !e.Type.Selects() {
			continue
		}
		want := map[string]int{}
		for _, record := range records[1:] {
			words := strings.Fields(record[column])
			for _, word := range words {
				if e.ChoiceIndex(word) >= 0 {
					want[word]++
				}
			}
		}
		got := map[string]int{}
		for _, row := range rows {
			for _, value := range row.Answers.Top().Values(e) {
				got[value]++
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if len(want) > 1 && e.Type == survey.SelectOne {
			single++
		} else if len(want) > 1 {
			multiple++
		}
	}
	if single < 30 || multiple < 10 {
		t.Errorf("only %d single and %d multiple choice questions compared", single, multiple)
	}
}

// TestRealNumbersAndTexts does the same for numbers, dates and texts.
func TestRealNumbersAndTexts(t *testing.T) {
	version := reachSurvey(t)
	content := testinput.Read(t, reachCSV)
	rows, _, _ := imported(t, version, content)
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	compared := map[survey.Type]int{}
	for column, name := range records[0] {
		e := version.Element(name)
		if e == nil || e.Type.Selects() || !e.Type.Answered() {
			continue
		}
		for i, record := range records[1:] {
			want, got := record[column], rows[i].Answers.Top().Text(e)
			if e.Type == survey.Integer && want != "" {
				number, err := strconv.ParseFloat(want, 64)
				if err != nil {
					t.Fatal(err)
				}
				want = strconv.FormatFloat(number, 'f', 0, 64)
			}
			if got != strings.TrimSpace(want) {
				t.Errorf("%s in line %d: %q, want %q", name, i+2, got, want)
			}
			if got != "" {
				compared[e.Type]++
			}
		}
	}
	if compared[survey.Integer] < 5000 || compared[survey.TextType] < 200 || compared[survey.Date] < 600 {
		t.Errorf("compared only %v", compared)
	}
}

func TestRealCellsThatDoNotFit(t *testing.T) {
	version := reachSurvey(t)
	content := testinput.Read(t, reachCSV)
	rows, header, found := imported(t, version, content)
	reader := csv.NewReader(bytes.NewReader(content))
	lines := []int{} // texts have line breaks, so a row's line is not its number
	for {
		if _, err := reader.Read(); err != nil {
			break
		}
		line, _ := reader.FieldPos(0)
		lines = append(lines, line)
	}
	asides := map[string]int{}
	ids := map[string]bool{}
	for i, row := range rows {
		for _, one := range row.Aside {
			asides[one.Name+" "+one.Key]++
			if one.Line != lines[i+1] || one.Value == "" || one.Column < 1 {
				t.Errorf("aside %+v in line %d", one, lines[i+1])
			}
		}
		ids[row.ExternalID] = true
		if row.Day < "2021-07-04" || row.Day > "2021-07-31" {
			t.Errorf("line %d: day %q", row.Line, row.Day)
		}
	}
	if len(ids) != len(rows) || !ids["190999135"] {
		t.Errorf("%d ids for %d rows", len(ids), len(rows))
	}
	want := map[string]int{
		"neighbourhood import.unknown_choice":          632,
		"pay_water_charges_when import.unknown_choice": 35,
	}
	for name, count := range want {
		if asides[name] != count {
			t.Errorf("%s: %d, want %d", name, asides[name], count)
		}
	}
	if len(asides) != len(want) {
		t.Errorf("set aside: %v, want %v", asides, want)
	}
	var told []string
	for _, one := range append(slices.Clone(header), found...) {
		told = append(told, fmt.Sprintf("%s %v %v@%d", one.Key, one.Params["name"], one.Params["count"], one.Line))
	}
	if wanted := []string{
		"import.unknown_column start <nil>@1", "import.unknown_column end <nil>@1",
		"import.unknown_column date_assessment <nil>@1", "import.unknown_column X_status <nil>@1",
		"import.unknown_column X_submitted_by <nil>@1", "import.unknown_column X_index <nil>@1",
		"import.set_aside neighbourhood 632@2", "import.set_aside pay_water_charges_when 35@60",
	}; !slices.Equal(told, wanted) {
		t.Errorf("told %q, want %q", told, wanted)
	}
}

// TestRequiredIsNotEnforced: 437 rows of the real file lack a required answer.
func TestRequiredIsNotEnforced(t *testing.T) {
	version := reachSurvey(t)
	rows, _, _ := imported(t, version, testinput.Read(t, reachCSV))
	spent, lacking := version.Element("spend_piped"), 0
	for _, row := range rows {
		if top := row.Answers.Top(); top.Relevant(spent) && top.Text(spent) == "" {
			lacking++
		}
	}
	if spent.Node.Required == "" || lacking != 437 {
		t.Errorf("required %q, %d rows without an answer, want 437", spent.Node.Required, lacking)
	}
}
