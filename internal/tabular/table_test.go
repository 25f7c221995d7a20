package tabular_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

func findings(err error) failure.Findings {
	var found failure.Findings
	errors.As(err, &found)
	return found
}

// TestTablesLookAlikeWhateverTheFile reads the same table from both formats.
func TestTablesLookAlikeWhateverTheFile(t *testing.T) {
	sheet := workbook(t, func(file *excelize.File) {
		if _, err := file.NewSheet("Daten"); err != nil {
			t.Fatal(err)
		}
		for cell, value := range map[string]any{"A1": "Nummer", "B1": "Name", "A2": "007", "B2": "Marl", "A4": "x", "B4": "y", "C4": "z"} {
			if err := file.SetCellValue("Daten", cell, value); err != nil {
				t.Fatal(err)
			}
		}
	})
	for name, content := range map[string][]byte{"xlsx": sheet, "csv": []byte("Nummer,Name\n007,Marl\n\nx,y,z\n")} {
		table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{File: name})
		if err != nil {
			t.Fatal(err)
		}
		got := []string{fmt.Sprintf("%d %q", table.Header().Line, table.Header().Cells)}
		for row, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%d %q", row.Line, row.Cells))
		}
		if want := []string{`1 ["Nummer" "Name"]`, `2 ["007" "Marl"]`, `4 ["x" "y" "z"]`}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if got := keysOf(t, table.Findings()); !slices.Equal(got, []string{"row_long@4:3"}) {
			t.Errorf("%s: findings %v", name, got)
		}
	}
}

func TestOpenTableChoosesTheSheet(t *testing.T) {
	content := workbook(t, func(file *excelize.File) { set(t, file, "A1", "x") })
	if _, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{Sheet: "SHEET1"}); err != nil {
		t.Error(err)
	}
	_, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{Sheet: "other"})
	if got := fatalKey(t, err); got != "sheet_missing" {
		t.Errorf("finding %s", got)
	}
	blank := workbook(t, func(*excelize.File) {})
	_, err = tabular.OpenTable(bytes.NewReader(blank), tabular.Options{})
	if got := fatalKey(t, err); got != "empty" {
		t.Errorf("finding %s", got)
	}
	_, err = tabular.OpenTable(strings.NewReader("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), tabular.Options{})
	if got := fatalKey(t, err); got != "truncated" {
		t.Errorf("finding %s", got)
	}
}

func TestColumnsAreFoundByName(t *testing.T) {
	columns := tabular.FindColumns(tabular.Row{Line: 2, Cells: []string{"\uFEFFSchul\u00ADnummer ", "ORT", "Amtliche  Bezeichnung\n1", "", "Ort", ""}})
	cases := []struct {
		aliases []string
		want    int
	}{
		{[]string{"schulnummer"}, 0},
		{[]string{"Stadt", "Ort"}, 1},
		{[]string{"Amtliche Bezeichnung 1"}, 2},
		{[]string{"PLZ"}, -1},
		{[]string{""}, -1},
		{nil, -1},
	}
	for _, c := range cases {
		if got := columns.Index(c.aliases...); got != c.want {
			t.Errorf("Index(%q) = %d, want %d", c.aliases, got, c.want)
		}
	}
	if got := keysOf(t, columns.Duplicates("x")); !slices.Equal(got, []string{"column_duplicate@2:5"}) {
		t.Errorf("duplicates %v", got)
	}
	if got := keysOf(t, columns.Missing("x", "Ort", "PLZ")); !slices.Equal(got, []string{"column_missing@2:0"}) {
		t.Errorf("missing %v", got)
	}
}
