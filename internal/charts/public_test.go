package charts_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/testinput"
)

// publicFigures is one of every kind, as everybody may see it.
func publicFigures() []example {
	var all []example
	for _, e := range examples() {
		e.figure.Perturbed, e.figure.Median = true, nil
		if e.figure.Kind != analysis.Scale {
			e.figure.Mean = nil
		}
		if e.figure.Kind == analysis.Order {
			e.figure.Withheld, e.figure.Partial = analysis.OnlyFirst, false
			e.figure.Cells = slices.Clone(e.figure.Cells)
			for i := range e.figure.Cells {
				e.figure.Cells[i].Placing = nil
			}
		}
		e.figure.NotAsked = ptr(4)
		rows := e
		rows.figure.Repeated, rows.figure.Paired = true, true
		all = append(all, e, rows)
	}
	hidden := []analysis.Cell{hiddenCell("ca"), hiddenCell("cb")}
	return append(all, example{figure: analysis.Figure{Question: "few", Kind: analysis.Single, Withheld: analysis.TooFew, Cells: hidden}},
		example{figure: analysis.Figure{Question: "all", Kind: analysis.Single, Withheld: analysis.WholeTable, Cells: hidden}},
		example{figure: analysis.Figure{Question: "nobody", Kind: analysis.Single, Base: ptr(0), Cells: cells(1, 0, 0)}})
}

// TestPublicWords: what everybody reads has words of its own in every language
// of respondents, without a look at another. Words for pointing with the mouse
// are left out: public pages have pictures only.
func TestPublicWords(t *testing.T) {
	missing := regexp.MustCompile(`(?:charts|respondent)\.[a-z][a-z_.0-9]*`)
	folder := filepath.Join(testinput.Root(t), "locales")
	for _, tag := range i18n.Respondents() {
		files := fstest.MapFS{}
		for _, room := range []string{"respondent", "results"} {
			name := room + "." + tag + ".json"
			files[name] = &fstest.MapFile{Data: read(t, filepath.Join(folder, name))}
		}
		catalogue, err := i18n.Load(files)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range publicFigures() {
			chart := charts.Build(e.figure, e.element, catalogue.Localizer(tag), charts.Public())
			told := fmt.Sprint(chart.Summary, chart.Notes, chart.Table)
			for _, key := range missing.FindAllString(told+string(chart.Options), -1) {
				if !strings.HasPrefix(key, "charts.tooltip") {
					t.Errorf("%s, %s: no words for %s", tag, e.figure.Question, key)
				}
			}
			if e.figure.Base != nil && *e.figure.Base > 0 && !strings.Contains(told, "≈") {
				t.Errorf("%s, %s: changed figures are not marked: %s", tag, e.figure.Question, told)
			}
		}
	}
}

// TestPublicMonths: months in figures, years and hours in the reader's digits.
func TestPublicMonths(t *testing.T) {
	for name, want := range map[string]string{"months-ar": "١١\u200f/٢٠٢٥", "hours-ar": "٠٦:٠٠", "months-de": "11.2025"} {
		_, e := example1(t, name)
		chart := charts.Build(e.figure, e.element, words(t, e.lang), charts.Public())
		if told := fmt.Sprint(chart.Table); !strings.Contains(told, want) {
			t.Errorf("%s: no %q in %s", name, want, told)
		}
	}
}

// TestPublicSaysOnceWhatHoldsForAll: the page says what ≈ and intervals mean.
func TestPublicSaysOnceWhatHoldsForAll(t *testing.T) {
	_, e := example1(t, "multiple-de")
	chart := charts.Build(e.figure, e.element, words(t, "de"), charts.Public())
	if len(chart.Notes) != 1 || !strings.Contains(chart.Notes[0], "Mehrere Antworten") {
		t.Errorf("notes %q", chart.Notes)
	}
}
