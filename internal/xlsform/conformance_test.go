package xlsform

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

var update = flag.Bool("update", false, "rewrite testdata/disagreements.md, keeping the reasons it gives")

// reached is how many cases agree; the test fails below it.
const reached = 540

// recording is one small XLSForm with what the reference converter answered.
type recording struct {
	ID     string                         `json:"id"`
	MD     string                         `json:"md"`
	Sheets map[string][]map[string]string `json:"ss_structure"`
	Error  string                         `json:"error"`
	XForm  string                         `json:"xform"`
}

func recordings(t *testing.T) []recording {
	t.Helper()
	var all []recording
	tried := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(testinput.Read(t, "xlsform/pyxform_cases.jsonl")))
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		var one recording
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		if err := decoder.Decode(&one); err != nil {
			t.Fatalf("line %d: %v", len(all)+1, err)
		}
		// One test of the converter may have tried many forms.
		tried[one.ID]++
		if n := tried[one.ID]; n > 1 {
			one.ID += "#" + strconv.Itoa(n)
		}
		all = append(all, one)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// tables returns the sheets of a case.
func (one recording) tables() []table {
	if one.Sheets != nil {
		return sheetsOf(one.Sheets)
	}
	var tables []table
	for line := range strings.Lines(one.MD) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.Trim(line, "|-: ") == "" && strings.Contains(line, "-") {
			continue
		}
		var cells []string
		for _, cell := range cellEnd.Split(strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00"), -1) {
			cells = append(cells, strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|"))
		}
		if cells[0] != "" {
			tables = append(tables, table{name: cells[0]})
		}
		last := &tables[len(tables)-1]
		if strings.Join(cells[1:], "") != "" || cells[0] == "" {
			last.rows = append(last.rows, tabular.Row{Line: len(last.rows) + 1, Cells: cells[1:]})
		}
	}
	return tables
}

var cellEnd = regexp.MustCompile(`\|`)

// sheetsOf turns sheets that are given as lists of rows by header into tables.
func sheetsOf(sheets map[string][]map[string]string) []table {
	var tables []table
	for _, name := range slices.Sorted(maps.Keys(sheets)) {
		headers := map[string]bool{}
		for _, row := range sheets[name] {
			for header := range row {
				headers[header] = true
			}
		}
		one := table{name: name, rows: []tabular.Row{{Line: 1, Cells: slices.Sorted(maps.Keys(headers))}}}
		for i, row := range sheets[name] {
			cells := make([]string, 0, len(headers))
			for _, header := range one.rows[0].Cells {
				cells = append(cells, row[header])
			}
			one.rows = append(one.rows, tabular.Row{Line: i + 2, Cells: cells})
		}
		tables = append(tables, one)
	}
	return tables
}

// verdict is how this package's answer to a case relates to the recorded one.
type verdict struct {
	differs string // "" when it agrees
	waits   string // what the language does not know yet
}

func judge(t *testing.T, one recording) verdict {
	read, found := readTables("case.xlsx", one.tables(), Options{Language: "en"})
	for _, finding := range found {
		if strings.HasPrefix(finding.Key, "xlsform.") {
			checkWords(t, finding)
		}
	}
	v := verdict{waits: waiting(found)}
	if one.Error != "" {
		v.differs = rejects(one.Error, found)
		return v
	}
	if found.Fatal() {
		if onlyDeclined(found) {
			return v
		}
		first := found[slices.IndexFunc(found, func(f failure.Finding) bool { return f.Severity == failure.Fatal })]
		v.differs = fmt.Sprintf("accepted, refused here: %s %s:%d", first.Key, first.Sheet, first.Line)
		if len(first.Params) > 0 {
			v.differs += fmt.Sprintf(" %v", map[string]any(first.Params))
		}
		return v
	}
	v.differs = compare(t, one.XForm, read, found)
	return v
}

// onlyDeclined tells whether a survey is refused because nothing is left of it,
// and the findings name what has been left out.
func onlyDeclined(found failure.Findings) bool {
	for _, one := range found {
		if one.Severity == failure.Fatal && one.Key != "survey.empty" {
			return false
		}
	}
	return len(refused(found)) > 0
}

// waiting returns the first expression that the language cannot read yet.
func waiting(found failure.Findings) string {
	for _, one := range found {
		switch one.Key {
		case "expression.function_later", "expression.path_later":
			return "the language: " + fmt.Sprint(one.Params["expression"])
		}
	}
	return ""
}

var (
	errorRow   = regexp.MustCompile(`\[row : (\d+)\]`)
	errorSheet = regexp.MustCompile(`On the '(\w+)' sheet`)
)

// rejects tells whether an error of ours stands where the recorded one does.
func rejects(message string, found failure.Findings) string {
	if !found.Fatal() {
		return "refused, accepted here: " + firstLine(message)
	}
	row := errorRow.FindStringSubmatch(message)
	if row == nil {
		return ""
	}
	line, _ := strconv.Atoi(row[1])
	sheet := "survey"
	if named := errorSheet.FindStringSubmatch(message); named != nil {
		sheet = named[1]
	}
	var places []string
	for _, one := range found {
		if one.Severity != failure.Fatal {
			continue
		}
		if one.Sheet == sheet && one.Line == line {
			return ""
		}
		places = append(places, fmt.Sprintf("%s %s:%d", one.Key, one.Sheet, one.Line))
	}
	return fmt.Sprintf("refused at %s:%d, here at %s: %s", sheet, line, strings.Join(places, ", "), firstLine(message))
}

func firstLine(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	if len(line) > 160 {
		line = line[:160] + "…"
	}
	return line
}

// TestConformance holds this package against recordings of the reference
// converter. Every difference stands in testdata/disagreements.md with its
// reason; the test fails when that list and reality differ.
func TestConformance(t *testing.T) {
	all := recordings(t)
	agree, waits := 0, 0
	got := map[string]string{}
	for _, one := range all {
		v := judge(t, one)
		switch {
		case v.differs == "":
			agree++
		case v.waits != "":
			waits++
			got[one.ID] = "waiting for " + v.waits
		default:
			got[one.ID] = v.differs
		}
	}
	t.Logf("agree %d of %d (%d more wait for the language)", agree, len(all), waits)
	if agree < reached {
		t.Errorf("agree %d of %d, it was %d", agree, len(all), reached)
	}
	reasons := listed(t)
	if *update {
		writeList(t, got, reasons)
		return
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		switch want, ok := reasons[id]; {
		case !ok:
			t.Errorf("%s\n differs: %s", id, got[id])
		case want.differs != cellText(got[id]):
			t.Errorf("%s\n differs: %s\n listed:  %s", id, got[id], want.differs)
		case want.reason == "":
			t.Errorf("%s is listed without a reason", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(reasons)) {
		if _, ok := got[id]; !ok {
			t.Errorf("%s agrees but is listed as a disagreement", id)
		}
	}
}

type disagreement struct{ differs, reason string }

const listFile = "testdata/disagreements.md"

// listed reads the table of disagreements.
func listed(t *testing.T) map[string]disagreement {
	t.Helper()
	content, err := os.ReadFile(listFile)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]disagreement{}
	for line := range strings.Lines(string(content)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 3 || !strings.HasPrefix(cells[0], "| tests.") {
			continue
		}
		rows[strings.TrimPrefix(cells[0], "| ")] = disagreement{cells[1], strings.TrimSpace(strings.TrimSuffix(cells[2], "|"))}
	}
	return rows
}

func cellText(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "|", "¦")), " ")
}

func writeList(t *testing.T, got map[string]string, reasons map[string]disagreement) {
	t.Helper()
	var out strings.Builder
	out.WriteString("# Where this package and the reference converter differ\n\n" +
		"Cases of `../shared/data/xlsform/pyxform_cases.jsonl` (recorded from XLSForm/pyxform 4.5.0's tests, BSD-2-Clause). A case\n" +
		"that one test tries several times carries a number behind its name. “Stricter” and “kinder” mean this package.\n\n" +
		"`go test ./internal/xlsform -run Conformance -update` rewrites the first two columns and keeps the reasons.\n\n" +
		"| case | what differs | reason |\n| --- | --- | --- |\n")
	for _, id := range slices.Sorted(maps.Keys(got)) {
		fmt.Fprintf(&out, "| %s | %s | %s |\n", id, cellText(got[id]), reasons[id].reason)
	}
	if err := os.WriteFile(listFile, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
