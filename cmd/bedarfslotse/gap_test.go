package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// TestHeavyGap prints the gap matrix of the demonstration's waves: JSON and CSV hold
// the same cells, hidden figures are null, progress stays off standard output, and a
// wave without a release, an unknown one and thresholds off the scale are refused.
func TestHeavyGap(t *testing.T) {
	db := "--db=" + sampled(t, 400)
	stdout, said, exit := command(t, "", "gap", db, "--wave", "schools-2025", "--wave", "families")
	if exit != 0 || !strings.Contains(said, "100") {
		t.Fatalf("%d, %q", exit, said)
	}
	var printed struct {
		Cells []map[string]any `json:"cells"`
	}
	if err := json.Unmarshal([]byte(stdout), &printed); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, cell := range printed.Cells {
		seen[cell["audience"].(string)+" "+cell["items"].(string)] = true
		for _, key := range []string{"field", "area", "audience", "need", "provision", "gap", "low", "high", "base", "status"} {
			if _, known := cell[key]; !known {
				t.Fatalf("a cell without %s: %v", key, cell)
			}
		}
		hidden := cell["base"] == nil
		if hidden != (cell["gap"] == nil) || hidden && (cell["status"] != "unclear" || cell["reason"] != "too_few" && cell["reason"] != "not_asked") || !hidden && cell["base"].(float64) < 5 {
			t.Errorf("%v", cell)
		}
	}
	for _, want := range []string{"schools pairs", "schools yes_no", "families pairs"} {
		if !seen[want] {
			t.Errorf("no cells of %s", want)
		}
	}
	table, _, exit := command(t, "", "gap", db, "--wave", "schools-2025,families", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if exit != 0 || err != nil || len(rows) != len(printed.Cells)+1 {
		t.Errorf("%d rows for %d cells: %d, %v", len(rows), len(printed.Cells), exit, err)
	}
	for _, wrong := range [][]string{{"--wave", "schools"}, {"--wave", "nothing"}, {"--wave", "families", "--gap", "101"}, {"--wave", "families", "--weighted", "--by", "language"}} {
		if stdout, said, exit := command(t, "", append([]string{"gap", db}, wrong...)...); exit == 0 || stdout != "" || said == "" {
			t.Errorf("%v: %d, %q, %q", wrong, exit, stdout, said)
		}
	}
}
