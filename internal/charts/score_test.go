package charts_test

import (
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
)

func mood(mean, low, high float64, base int) analysis.Figure {
	return analysis.Figure{Question: "mood", Kind: analysis.Score, Base: ptr(base), Mean: ptr(mean), MeanLow: ptr(low), MeanHigh: ptr(high), Min: 1, Max: 5, Items: 3}
}

// TestIndexInWords: an index has a sentence, a table and data, and no picture of
// its own.
func TestIndexInWords(t *testing.T) {
	words := words(t, "en")
	whole := mood(3.456, 3.2, 3.7, 80)
	whole.Consistency = &analysis.Consistency{Alpha: ptr(0.81)}
	chart := charts.Build(whole, nil, words)
	for _, want := range []string{"The mean is 3.5 (95% interval 3.2 to 3.7)", "from 1 to 5", "3 questions", "n\u00a0=\u00a080", "α = 0.81"} {
		if !strings.Contains(chart.Summary, want) {
			t.Errorf("%q lacks %q", chart.Summary, want)
		}
	}
	if chart.Drawn() || len(chart.Table.Rows) != 3 || chart.Table.Rows[2].Cells[0] != "0.81" || len(chart.Data.Rows) != 1 || chart.Data.Rows[0][3] != "3.456" {
		t.Errorf("%+v, %+v", chart.Table, chart.Data)
	}
	whole.Consistency.Alpha = nil
	if chart = charts.Build(whole, nil, words); !strings.Contains(chart.Summary, "not computable") || chart.Table.Rows[2].Cells[0] != "not computable" {
		t.Errorf("%s", chart.Summary)
	}
	hidden := charts.Build(analysis.Figure{Question: "mood", Kind: analysis.Score, Max: 5, Min: 1, Withheld: analysis.TooFew}, nil, words)
	if strings.ContainsAny(hidden.Summary, "0123456789") || !hidden.Table.Rows[0].Hidden || !hidden.Table.Rows[1].Hidden || hidden.Data.Rows[0][3] != "" {
		t.Errorf("%s, %+v, %+v", hidden.Summary, hidden.Table, hidden.Data)
	}
}

// TestIndexByGroup: dots with intervals on the index's own scale.
func TestIndexByGroup(t *testing.T) {
	words := words(t, "de")
	grouped := charts.Grouped{Variable: "area", By: "Gebiet", Groups: []charts.Group{
		{Name: "a", Label: "Nord", N: ptr(40), Figure: mood(2.1, 1.8, 2.4, 40)},
		{Name: "b", Label: "Süd", N: ptr(50), Figure: mood(3.9, 3.5, 4.3, 50)},
		{Name: "c", Label: "West", Figure: analysis.Figure{Question: "mood", Kind: analysis.Score, Min: 1, Max: 5, Withheld: analysis.TooFew}},
	}}
	if layouts := charts.Layouts(grouped); !slices.Equal(layouts, []charts.Layout{charts.Dots}) {
		t.Fatalf("%v", layouts)
	}
	chart := charts.BuildGrouped(grouped, charts.Stacks, nil, words)
	if !chart.Drawn() || !strings.Contains(chart.Summary, "Süd") || !strings.Contains(chart.Summary, "3,9") || len(chart.Table.Rows) != 3 || len(chart.Data.Rows) != 3 {
		t.Errorf("%s, %+v", chart.Summary, chart.Table)
	}
	if last := chart.Table.Rows[2]; last.Label != "West" || !last.Hidden {
		t.Errorf("%+v", last)
	}
}

// TestClassLabels: classes by their names alone.
func TestClassLabels(t *testing.T) {
	words := words(t, "en")
	for name, want := range map[string]string{"10..19": "10–19", "..9": "up to 9", "60..": "60 and more", "7": "7"} {
		class, ok := analysis.ClassNamed(analysis.Number, name)
		if got := charts.ClassLabel(analysis.Number, class, nil, words); !ok || got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"2020-07..2021-03": "July 2020–March 2021", "2020..2021": "2020–2021", "2022..": "from 2022 on"} {
		class, ok := analysis.ClassNamed(analysis.Months, name)
		if got := charts.ClassLabel(analysis.Months, class, nil, words); !ok || got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"", "red", "1..x", "-"} {
		if class, ok := analysis.ClassNamed(analysis.Number, name); ok {
			t.Errorf("%q is the class %+v", name, class)
		}
	}
}
