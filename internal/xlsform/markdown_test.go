package xlsform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/template"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// tablesOf reads sheets written as a Markdown table: a row with a first cell
// begins a sheet of that name, the rows below it are the sheet's, from row 1.
// {lf} stands for a line break and {nbsp} for a no-break space in a cell.
func tablesOf(markdown string) []table {
	signs := strings.NewReplacer("{lf}", "\n", "{nbsp}", "\u00a0", "{pipe}", "|", "{nul}", "\x00", "{zw}", "\u200b")
	var tables []table
	for line := range strings.Lines(markdown) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for i := range cells {
			cells[i] = signs.Replace(strings.TrimSpace(cells[i]))
		}
		if cells[0] != "" {
			tables = append(tables, table{name: cells[0]})
			continue
		}
		last := &tables[len(tables)-1]
		last.rows = append(last.rows, tabular.Row{Line: len(last.rows) + 1, Cells: cells[1:]})
	}
	return tables
}

// plainSettings keep findings about missing settings out of cases about
// something else.
const plainSettings = `
	| settings |
	| | form_id | form_title | default_language |
	| | t       | T          | English (en)     |`

// readCase reads a case that is written as a Markdown table.
func readCase(t *testing.T, markdown string) (*survey.Survey, failure.Findings) {
	t.Helper()
	tables := tablesOf(markdown)
	if !strings.Contains(markdown, "| settings") {
		tables = append(tables, tablesOf(plainSettings)...)
	}
	read, found := readTables("case.xlsx", tables, Options{})
	for _, one := range found {
		checkWords(t, one)
	}
	return read, found
}

// brief writes findings as "error type_unknown survey:3:1", in their order.
func brief(found failure.Findings) []string {
	out := []string{}
	for _, one := range found {
		out = append(out, fmt.Sprintf("%s %s %s:%d:%d", one.Severity, strings.TrimPrefix(one.Key, "xlsform."),
			one.Sheet, one.Line, one.Column))
	}
	return out
}

// catalogues parses the message catalogue of this package once.
var catalogues = sync.OnceValues(func() (map[string]map[string]string, error) {
	both := map[string]map[string]string{}
	for _, language := range []string{"de", "en"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "locales", "xlsform."+language+".json"))
		if err != nil {
			return nil, err
		}
		var catalogue map[string]string
		if err := json.Unmarshal(content, &catalogue); err != nil {
			return nil, fmt.Errorf("xlsform.%s.json: %w", language, err)
		}
		both[language] = catalogue
	}
	return both, nil
})

// words returns the message catalogue of this package in one language.
func words(t *testing.T, language string) map[string]string {
	t.Helper()
	both, err := catalogues()
	if err != nil {
		t.Fatal(err)
	}
	return maps.Clone(both[language])
}

// checkWords renders a finding of this package in both languages: every
// placeholder must have a value.
func checkWords(t *testing.T, one failure.Finding) {
	t.Helper()
	if !strings.HasPrefix(one.Key, "xlsform.") {
		return
	}
	for _, language := range []string{"de", "en"} {
		for _, key := range []string{"finding." + one.Key, "finding." + one.Key + ".cure"} {
			text := words(t, language)[key]
			parsed, err := template.New(key).Option("missingkey=error").Parse(text)
			if err != nil {
				t.Fatalf("%s in %s: %v", key, language, err)
			}
			var out bytes.Buffer
			if err := parsed.Execute(&out, map[string]any(one.Params)); err != nil {
				t.Errorf("%s in %s: %v", key, language, err)
			}
			if strings.Contains(out.String(), "<no value>") || strings.TrimSpace(out.String()) == "" {
				t.Errorf("%s in %s: %q", key, language, out.String())
			}
		}
	}
}
