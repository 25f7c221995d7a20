package report

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/survey"
)

// asked is what a report of the shipped survey of families is built from; the
// figures are made up, every importance lies above its state, but for health.
func asked(t *testing.T) Input {
	t.Helper()
	s, findings, err := survey.ReadDir(os.DirFS("../../surveys"), "families")
	if err != nil || findings.Fatal() {
		t.Fatal(err, findings)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	content, err := os.ReadFile("../../data/fields_of_action.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fields, findings := catalogue.ReadFields("fields_of_action.yaml", content)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	in := Input{Words: words(t, "de"), Version: version, Fields: fields, Mandate: Mandate{Wave: "Familien", K: 5, Languages: "Deutsch"},
		Name: func(e *survey.Element) string { return e.Name }, Choice: func(_, choice string) string { return choice },
		Freeze: func(_ context.Context, ask Ask) (Block, error) {
			svg, pixels := drawn(t)
			return Block{Kind: ChartBlock, Chart: &Chart{Caption: ask.Question + ask.By + ask.As, Alt: "x", SVG: svg, PNG: pixels, Width: 720, Height: 300}, Facts: &Facts{Address: "/manage/waves/w/explore?question=" + ask.Question}}, nil
		}}
	for _, e := range version.Elements {
		if e.Node == nil || e.Choices == nil {
			continue
		}
		n := 40
		figure := analysis.Figure{Question: e.Name, Kind: analysis.Multiple, Base: &n}
		if e.Scale > 0 {
			figure.Kind, figure.Paired = analysis.Scale, true
			mean := 2.0
			if e.Measures != nil && e.Measures.As == survey.Importance && e.Measures.Field != "mental_health" {
				mean = 4
			}
			low, high := mean-0.3, mean+0.3
			figure.Mean, figure.MeanLow, figure.MeanHigh = &mean, &low, &high
		}
		in.Results.Figures = append(in.Results.Figures, figure)
	}
	return in
}

func chaptersOf(d *Document) (all []string) {
	for _, b := range d.Blocks {
		if b.Kind == Heading && b.Level == 1 {
			all = append(all, b.Text)
		}
	}
	return all
}

// TestBuild: the template leaves out the chapters that nothing was computed for,
// takes up what is handed to it, and names what is missing.
func TestBuild(t *testing.T) {
	in := asked(t)
	d, err := Build(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"Auftrag und Methode", "Ergebnisse nach Themenfeldern", "Was zu tun ist", "Quellen und Hinweise zur Methode"}; !slices.Equal(chaptersOf(&d), want) {
		t.Errorf("%q", chaptersOf(&d))
	}
	seen := map[string]bool{}
	for _, b := range d.Blocks {
		if b.ID == "" || seen[b.ID] {
			t.Errorf("id %q", b.ID)
		}
		seen[b.ID] = true
	}
	at := slices.IndexFunc(d.Blocks, func(b Block) bool { return b.Short && strings.Contains(b.Text, "deutlich über") })
	if at < 0 || strings.Contains(d.Blocks[at].Text, "Angst") || !strings.Contains(d.Blocks[at].Text, "- Deutsch lernen") || !strings.Contains(d.Blocks[at].Text, "keine Rangfolge") {
		t.Errorf("what needs to be done: %d", at)
	}
	in.Matrices = []Block{{Kind: MatrixBlock, Matrix: &Matrix{Caption: "Lücken"}}}
	in.Indicators = []Block{{Kind: IndicatorList, Indicators: []Indicator{{Label: "x"}}}}
	in.Offers, in.Measures = []Block{{Kind: TableBlock, Table: &Table{Caption: "Angebote"}}}, []Block{{Kind: Prose, Text: "Maßnahme"}}
	in.Divided, in.Quotes = true, []Quote{{Text: "Mehr Zeit"}}
	var divided atomic.Int32
	freeze := in.Freeze
	in.Freeze = func(ctx context.Context, ask Ask) (Block, error) {
		if ask.By != "" {
			divided.Add(1)
		}
		b, err := freeze(ctx, ask)
		if ask.Question == "child_ages" {
			b.Chart.SVG = nil
		}
		return b, err
	}
	if d, err = Build(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if want := []string{"Auftrag und Methode", "Ergebnisse nach Themenfeldern", "Unterschiede und Stimmen", "Bedarf und Angebot: wo Lücken sind", "Kennzahlen",
		"Angebote vor Ort", "Was zu tun ist", "Quellen und Hinweise zur Methode"}; !slices.Equal(chaptersOf(&d), want) {
		t.Errorf("%q", chaptersOf(&d))
	}
	if divided.Load() == 0 || !slices.ContainsFunc(d.Blocks, func(b Block) bool { return strings.Contains(b.Text, "- child\\_ages") }) {
		t.Error("figures by area or the list of what is not shown are missing")
	}
	broken := errors.New("broken")
	in.Freeze = func(context.Context, Ask) (Block, error) { return Block{}, broken }
	if _, err := Build(context.Background(), in); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// TestPlainFigure says shares as people do, and nothing where something is hidden.
func TestPlainFigure(t *testing.T) {
	number := func(n int) *int { return &n }
	cells := func(shares ...float64) (all []analysis.Cell) {
		for i := range shares {
			all = append(all, analysis.Cell{Name: string(rune('a' + i)), Share: &shares[i]})
		}
		return all
	}
	label := func(name string) string { return name }
	for _, c := range []struct {
		figure analysis.Figure
		want   string
	}{
		{analysis.Figure{Kind: analysis.Scale, Base: number(100), Cells: cells(0.05, 0.05, 0.2, 0.3, 0.4)}, "**T:** Etwa 7 von 10 antworten „d“ oder „e“."},
		{analysis.Figure{Kind: analysis.Multiple, Base: number(100), Cells: cells(0.2, 0.52, 0.1)}, "**T:** Etwa 5 von 10 antworten „b“. Das ist die häufigste Antwort."},
		{analysis.Figure{Kind: analysis.Multiple, Base: number(100), Cells: cells(0.01, 0.02)}, "**T:** Fast keine antworten „b“. Das ist die häufigste Antwort."},
		{analysis.Figure{Kind: analysis.Single, Base: number(9), Cells: cells(0.5, 0.5)}, ""},
		{analysis.Figure{Kind: analysis.Single, Cells: cells(0.5, 0.5)}, ""},
		{analysis.Figure{Kind: analysis.Single, Base: number(50), Cells: []analysis.Cell{{Suppressed: true}}}, ""},
		{analysis.Figure{Kind: analysis.Number, Base: number(50), Cells: cells(1)}, ""},
	} {
		if got := PlainFigure(&c.figure, "T", label, words(t, "de")); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
