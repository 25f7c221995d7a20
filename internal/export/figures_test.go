package export_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/testinput"
)

// A chart's CSV opens in a spreadsheet program: marked as UTF-8, formulas
// disarmed, numbers whole, nothing in the place of hidden ones.
func TestFigures(t *testing.T) {
	catalogue, err := i18n.Load(os.DirFS(filepath.Join(testinput.Root(t), "locales")))
	if err != nil {
		t.Fatal(err)
	}
	base, count, share := 3, 1, 1.0/3
	figure := analysis.Figure{Question: "q", Kind: analysis.Single, Base: &base, Withheld: analysis.SmallCells, Cells: []analysis.Cell{
		{Name: "a", Count: &count, Share: &share}, {Name: "b", Suppressed: true}}}
	chart := charts.BuildGrouped(charts.Grouped{By: "Ort", Groups: []charts.Group{{Label: `=HYPERLINK("x"),"y"`, N: &base, Perturbed: true, Figure: figure}}},
		charts.Heat, nil, catalogue.Localizer("de"))
	var out bytes.Buffer
	if err := export.Figures(&out, chart.Data); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(out.String(), "\ufeff")
	if !marked {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v:\n%s", len(rows), err, text)
	}
	if want := []string{`'=HYPERLINK("x"),"y"`, "3", "a", "1", "3", "0.3333333333333333", "", "", "≈", ""}; !slices.Equal(rows[1], want) {
		t.Errorf("row %q, want %q", rows[1], want)
	}
	if want := []string{`'=HYPERLINK("x"),"y"`, "3", "b", "", "3", "", "", "", "≈", "nicht ausgewiesen, damit niemand erkannt wird"}; !slices.Equal(rows[2], want) {
		t.Errorf("row %q, want %q", rows[2], want)
	}
	if err := export.Figures(broken{}, chart.Data); !errors.Is(err, errBroken) {
		t.Errorf("to a broken writer: %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
