package charts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// TestHeavyGroupedPictures draws every layout in both directions and themes. With
// CHARTS_LOOK set to a folder it leaves the pictures there, to be looked at.
func TestHeavyGroupedPictures(t *testing.T) {
	drawer := renderer(t)
	for _, e := range groupedExamples() {
		t.Run(e.name, func(t *testing.T) {
			chart := e.build(words(t, e.lang), e.options...)
			if !chart.Drawn() {
				t.Fatal("nothing is drawn")
			}
			for _, theme := range []charts.Theme{charts.Light, charts.Dark} {
				picture, err := drawer.SVG(context.Background(), chart, theme)
				if err != nil {
					t.Fatalf("draw: %v", err)
				}
				checkPicture(t, picture, chart)
				if folder := os.Getenv("CHARTS_LOOK"); folder != "" {
					keep(t, filepath.Join(folder, e.name+"-"+string(theme)+".svg"), picture)
				}
			}
		})
	}
}

// overlapping tells whether two texts run into each other.
func overlapping(a, b charts.Placed) bool {
	const touch = 0.5
	return a.Left < b.Right-touch && b.Left < a.Right-touch && a.Top < b.Low-touch && b.Top < a.Low-touch
}

// checkLayout holds a chart to what readers need: everything inside the picture,
// no words over others, none too small at the width of a phone.
func checkLayout(t interface{ Errorf(string, ...any) }, drawer *charts.Renderer, chart charts.Chart) {
	texts, marks := drawer.Places(chart)
	for _, p := range append(slices.Clone(texts), marks...) {
		if p.Left < -0.5 || p.Top < -0.5 || p.Right > float64(chart.Width)+0.5 || p.Low > float64(chart.Height)+0.5 {
			t.Errorf("%q at %.0f,%.0f to %.0f,%.0f leaves the picture of %d × %d", p.Text, p.Left, p.Top, p.Right, p.Low, chart.Width, chart.Height)
		}
	}
	const phone, edge, least = 360, 16, 11
	shown := min(1, float64(phone-2*edge)/float64(chart.Width))
	for i, a := range texts {
		if chart.Width == charts.Narrow && a.Size*shown < least {
			t.Errorf("%q is %.1f pixels on a phone", a.Text, a.Size*shown)
		}
		for _, b := range texts[:i] {
			if overlapping(a, b) {
				t.Errorf("%q lies over %q", a.Text, b.Text)
			}
		}
	}
}

func TestGroupedLayouts(t *testing.T) {
	drawer := renderer(t)
	for _, e := range groupedExamples() {
		t.Run(e.name, func(t *testing.T) {
			for _, options := range [][]charts.Option{e.options, {charts.Width(280)}, {charts.Width(500)}, {charts.Width(1600)}} {
				checkLayout(t, drawer, e.build(words(t, e.lang), options...))
			}
		})
	}
}

// Whatever the groups and labels are, nothing runs into each other or out of the
// picture, and no chart is a pie.
func TestAnyGroupsFit(t *testing.T) {
	drawer := renderer(t)
	localizers := map[string]*i18n.Localizer{"de": words(t, "de"), "ar": words(t, "ar")}
	rapid.Check(t, func(t *rapid.T) {
		lang := rapid.SampledFrom([]string{"de", "ar"}).Draw(t, "language")
		kind := rapid.SampledFrom([]analysis.Kind{analysis.Single, analysis.Scale, analysis.Multiple}).Draw(t, "kind")
		choices := rapid.IntRange(1, 9).Draw(t, "choices")
		word := rapid.SampledFrom([]string{"Schule", "Kindertagesbetreuungseinrichtungsleitung", "نعم", "5", "Ⅻ漢字", "Ja-oder-nein", "መዋእለ"})
		text := func(name string) string {
			return strings.Join(rapid.SliceOfN(word, 0, 9).Draw(t, name), " ")
		}
		var labels []string
		for range choices {
			labels = append(labels, text("choice"))
		}
		element := question(survey.SelectOne, lang, "T", labels...)
		grouped := charts.Grouped{Variable: "v", By: "V"}
		for i := range rapid.IntRange(1, 16).Draw(t, "groups") {
			base := rapid.IntRange(1, 100000).Draw(t, "base")
			figure := analysis.Figure{Question: "q", Kind: kind, Base: &base, Max: choices, Cells: scaleCells(base, spread(base, choices, i)...)}
			if kind == analysis.Scale {
				figure.Mean = ptr(rapid.Float64Range(1, float64(choices)).Draw(t, "mean"))
			}
			if rapid.IntRange(0, 4).Draw(t, "hidden") == 0 {
				figure.Cells[0], figure.Withheld, figure.Mean = hiddenCell(figure.Cells[0].Name), analysis.SmallCells, nil
			}
			grouped.Groups = append(grouped.Groups, charts.Group{Name: strconv.Itoa(i), Label: text("group"), Figure: figure, Perturbed: rapid.Bool().Draw(t, "perturbed")})
		}
		layout := rapid.SampledFrom([]charts.Layout{charts.Stacks, charts.Heat, charts.Multiples, charts.Dots}).Draw(t, "layout")
		width := rapid.IntRange(280, 1600).Draw(t, "width")
		chart := charts.BuildGrouped(grouped, layout, element, localizers[lang], charts.Width(width))
		if chart.Drawn() {
			checkLayout(t, drawer, chart)
		}
	})
}

// What a hidden cell holds must change nothing that a reader can get hold of:
// not the order, the ends of axes, the sentences or the data.
func TestHiddenValuesChangeNoGroupedChart(t *testing.T) {
	localizer := words(t, "de")
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]analysis.Kind{analysis.Single, analysis.Scale, analysis.Multiple, analysis.Number}).Draw(t, "kind")
		layout := rapid.SampledFrom([]charts.Layout{charts.Stacks, charts.Heat, charts.Multiples, charts.Dots}).Draw(t, "layout")
		n := rapid.IntRange(2, 5).Draw(t, "choices")
		var shown, leaking charts.Grouped
		for i := range rapid.IntRange(2, 5).Draw(t, "groups") {
			base := rapid.IntRange(20, 900).Draw(t, "base")
			figure := analysis.Figure{Question: "q", Kind: kind, Base: &base, Max: n, Withheld: analysis.SmallCells}
			other := figure
			for j := range n {
				c := cell(name(j), rapid.IntRange(0, base).Draw(t, "count"), base)
				c.From, c.To, c.Score = float64(j*10), float64(j*10+9), float64(j+1)
				hidden := c
				if rapid.Bool().Draw(t, "hidden") {
					c.Count, c.Share, c.Low, c.High, c.Suppressed = nil, nil, nil, nil, true
					hidden.Suppressed = true
				}
				figure.Cells, other.Cells = append(figure.Cells, c), append(other.Cells, hidden)
			}
			g := charts.Group{Name: name(i), Label: name(i), Figure: figure}
			shown.Groups = append(shown.Groups, g)
			g.Figure = other
			leaking.Groups = append(leaking.Groups, g)
		}
		safe, leaky := charts.BuildGrouped(shown, layout, nil, localizer), charts.BuildGrouped(leaking, layout, nil, localizer)
		if !reflect.DeepEqual(safe, leaky) || safe.Fingerprint() != leaky.Fingerprint() {
			t.Fatalf("hidden values change the chart:\n%+v\n%+v", safe, leaky)
		}
		pair := func(g charts.Grouped) charts.Chart {
			return charts.BuildPairs(charts.PairsOfGroups(g, name(0), name(1), nil, localizer), localizer)
		}
		if safe, leaky := pair(shown), pair(leaking); !reflect.DeepEqual(safe, leaky) {
			t.Fatalf("hidden values change the pairs:\n%+v\n%+v", safe, leaky)
		}
	})
}

func TestHiddenGroupsAreNeverZero(t *testing.T) {
	_, labels := wishes("de")
	element := question(survey.SelectMultiple, "de", "Was?", labels...)
	for _, layout := range []charts.Layout{charts.Heat, charts.Multiples, charts.Dots} {
		chart := charts.BuildGrouped(grouping("de", analysis.Multiple, 8, 7), layout, element, words(t, "de"))
		table := fmt.Sprint(chart.Table)
		if !strings.Contains(table, "– (zu wenige Antworten)") {
			t.Errorf("%s: the table does not say why a group is hidden", layout)
		}
		if layout != charts.Dots && !strings.Contains(table, "– (nicht ausgewiesen, damit niemand erkannt wird)") {
			t.Errorf("%s: the table does not say why a cell is hidden", layout)
		}
		if !slices.Contains(chart.Notes, "Eine Gruppe ist nicht ausgewiesen, damit niemand erkannt werden kann.") {
			t.Errorf("%s: notes %q", layout, chart.Notes)
		}
		hidden := 0
		for _, row := range chart.Data.Rows {
			if len(row) != len(chart.Data.Header) {
				t.Fatalf("%d columns under %d names", len(row), len(chart.Data.Header))
			}
			if row[len(row)-1] != "" {
				hidden++
				if row[3] != "" || row[5] != "" {
					t.Errorf("%s: a hidden line has figures: %q", layout, row)
				}
			}
		}
		if hidden != 7+2 {
			t.Errorf("%s: %d hidden lines in the data, want all of one group and two of another", layout, hidden)
		}
	}
}

func TestPerturbedFiguresCarryTheSign(t *testing.T) {
	_, steps := statements("de")
	element := question(survey.SelectOne, "de", "Gut?", steps...)
	g := grouping("de", analysis.Scale, 3, 5)
	for i := range g.Groups {
		g.Groups[i].Perturbed = true
	}
	exact := grouping("de", analysis.Scale, 3, 5)
	exact.Groups[2].Perturbed = false
	for _, layout := range charts.Layouts(g) {
		chart, without := charts.BuildGrouped(g, layout, element, words(t, "de")), charts.BuildGrouped(exact, layout, element, words(t, "de"))
		for _, row := range chart.Table.Rows {
			for _, cell := range row.Cells {
				if !strings.HasPrefix(cell, "≈") {
					t.Errorf("%s: cell %q of %q lacks the sign", layout, cell, row.Label)
				}
			}
		}
		if got := strings.Count(chart.Summary, "≈"); got < 4 {
			t.Errorf("%s: the sentence has the sign %d times: %s", layout, got, chart.Summary)
		}
		if all := without.Summary + fmt.Sprint(without.Table, without.Notes, without.Data); strings.Contains(all, "≈") {
			t.Errorf("%s: exact figures carry the sign: %s", layout, all)
		}
		texts, _ := renderer(t).Places(chart)
		for _, text := range texts {
			if strings.Contains(text.Text, "n\u00a0=") {
				t.Errorf("%s: %q in the picture lacks the sign", layout, text.Text)
			}
		}
	}
	single := charts.Build(g.Groups[0].Figure, element, words(t, "de"), charts.Perturbed())
	if !strings.Contains(single.Summary, "≈\u00a034,3\u00a0%") || !strings.Contains(single.Summary, "n\u00a0≈\u00a0137") || single.Table.Rows[0].Cells[0] != "≈\u00a022" {
		t.Errorf("a chart of one perturbed figure: %s, %q", single.Summary, single.Table.Rows[0].Cells)
	}
}

func TestGroupsAreSorted(t *testing.T) {
	_, steps := statements("de")
	element := question(survey.SelectOne, "de", "Gut?", steps...)
	g := grouping("de", analysis.Scale, 8, 5)
	order := func(g charts.Grouped) string {
		var names []string
		for _, row := range charts.BuildGrouped(g, charts.Dots, element, words(t, "de")).Table.Rows {
			names = append(names, strings.SplitN(row.Label, " ", 2)[0])
		}
		return strings.Join(names, " ")
	}
	if got, want := order(g), "Hafen Westliche Ost Nordstadt-Bahnhofsviertel Universitätsviertel Altstadt Bergdorf Tal"; got != want {
		t.Errorf("by value: %s, want %s", got, want)
	}
	g.Ordered = true
	if got, want := order(g), "Altstadt Nordstadt-Bahnhofsviertel Westliche Hafen Bergdorf Tal Universitätsviertel Ost"; got != want {
		t.Errorf("in their own order: %s, want %s", got, want)
	}
}

// The sentences claim no more than intervals and tests allow.
func TestGroupedSentences(t *testing.T) {
	_, steps := statements("de")
	element := question(survey.SelectOne, "de", "Gut?", steps...)
	two := func(a, b float64, tests ...charts.Test) string {
		g := grouping("de", analysis.Scale, 2, 5)
		for i, mean := range []float64{a, b} {
			g.Groups[i].Figure.Mean, g.Groups[i].Figure.MeanLow, g.Groups[i].Figure.MeanHigh = ptr(mean), ptr(mean-0.2), ptr(mean+0.2)
		}
		g.Tests = tests
		return charts.BuildGrouped(g, charts.Dots, element, words(t, "de")).Summary
	}
	const differ, none = "stärker, als es der Zufall allein meist bewirkt", "ein klarer Unterschied"
	for _, test := range []struct {
		name, summary string
		says          []string
		not           string
	}{
		{"overlapping", two(3, 3.3), []string{"überschneiden sich: k" + none, "am höchsten bei „Nordstadt-Bahnhofsviertel“ mit 3,3", "am niedrigsten bei „Altstadt“ mit 3,00", "2,80 bis 3,20"}, differ},
		{"apart", two(2, 4), []string{"überschneiden sich nicht", "beweist ihn aber nicht"}, differ},
		{"tested, clear", two(2, 4, charts.Test{P: 0.0004}), []string{differ, "p < 0,001"}, none},
		{"tested, unclear", two(2, 4, charts.Test{P: 0.05, Approximate: true}), []string{"K" + none, "p = 0,050", "ungefähr"}, differ},
		{"equal", two(3, 3.001), []string{"k" + none}, differ},
	} {
		for _, want := range test.says {
			if !strings.Contains(strings.ReplaceAll(test.summary, "\u00a0", " "), want) {
				t.Errorf("%s: %q is not in %q", test.name, want, test.summary)
			}
		}
		if strings.Contains(test.summary, test.not) {
			t.Errorf("%s: %q says %q", test.name, test.summary, test.not)
		}
	}
	if got := charts.BuildGrouped(charts.Grouped{}, charts.Dots, nil, words(t, "de")); got.Drawn() || !strings.Contains(got.Summary, "Zu wenige Antworten") {
		t.Errorf("no groups: %+v", got)
	}
}

func TestPairsNameTheirDifferences(t *testing.T) {
	chart := charts.BuildPairs(importance("de"), words(t, "de"))
	if got := strings.Join(chart.Table.Rows[0].Cells, "|"); got != "4,6|4,3 bis 4,9|40|2,1|1,8 bis 2,4|40|+2,5|+2,1 bis +2,9" {
		t.Errorf("first row %s", got)
	}
	last := chart.Table.Rows[len(chart.Table.Rows)-1]
	if got := last.Cells[3] + "|" + last.Cells[6]; got != "– (nicht ausgewiesen, damit niemand erkannt wird)|–" {
		t.Errorf("a hidden side: %s", got)
	}
	for _, want := range []string{"„Platz in der Kindertagesbetreuung“", "Wichtigkeit: 4,6", "Stand: 2,1", "+2,5", "p < 0,001", "Von 6 Vergleichen zeigen 4"} {
		if !strings.Contains(chart.Summary, want) {
			t.Errorf("%q is not in %q", want, chart.Summary)
		}
	}
	g := grouping("de", analysis.Multiple, 8, 7)
	shares := charts.BuildPairs(charts.PairsOfGroups(g, "area_0", "area_3", nil, words(t, "de")), words(t, "de"))
	if row := shares.Table.Rows[0]; !strings.HasPrefix(row.Cells[6], "+") && !strings.HasPrefix(row.Cells[6], "−") || !strings.Contains(shares.Summary, "Prozentpunkte") {
		t.Errorf("shares: %q, %s", row.Cells, shares.Summary)
	}
	if none := charts.BuildPairs(charts.PairsOfGroups(g, "area_0", "nowhere", nil, words(t, "de")), words(t, "de")); none.Drawn() {
		t.Error("a group that is not there is drawn")
	}
}

func TestPanelsKeepGroupsInPlace(t *testing.T) {
	_, steps := statements("de")
	element := question(survey.SelectOne, "de", "Gut?", steps...)
	chart := charts.BuildPanels(panels("de"), charts.Heat, element, words(t, "de"))
	if !strings.HasSuffix(chart.ID, "-"+string(charts.Stacks)) {
		t.Errorf("%s: a layout that does not suit stays", chart.ID)
	}
	if len(chart.Table.Rows) != 15 || chart.Table.Rows[5].Label != "Altstadt, Kindertagesbetreuung" {
		t.Errorf("%d rows, the sixth %q", len(chart.Table.Rows), chart.Table.Rows[5].Label)
	}
	if !strings.Contains(chart.Title, "nach: Sozialraum und Art der Einrichtung") {
		t.Errorf("title %q", chart.Title)
	}
}

func TestHostileGroupLabels(t *testing.T) {
	drawer := renderer(t)
	for _, label := range hostileLabels() {
		g := grouping("de", analysis.Multiple, 3, 3)
		g.By, g.Variable = label, label
		for i := range g.Groups {
			g.Groups[i].Label = label
		}
		chart := charts.BuildGrouped(g, charts.Heat, question(survey.SelectMultiple, "de", label, label, label, label), words(t, "de"))
		picture, err := drawer.SVG(context.Background(), chart, charts.Light)
		if err != nil {
			t.Fatalf("%q: %v", label, err)
		}
		checkPicture(t, picture, chart)
		for _, r := range chart.Title + chart.Summary + fmt.Sprint(chart.Table, chart.Notes, chart.Data) {
			if r == '\u202e' || r == '\u202d' || r == 0 || r == 0x1b || r == '\ufffd' {
				t.Errorf("%q: %+q stays in the words", label, r)
			}
		}
		if _, err := drawer.PNG(context.Background(), chart, charts.Light, 1); err != nil {
			t.Errorf("%q: %v", label, err)
		}
	}
}

// Same figures, same bytes; other figures, another fingerprint.
func TestGroupedPicturesRepeat(t *testing.T) {
	drawer, other := renderer(t), renderer(t)
	prints := map[any]string{}
	for _, e := range groupedExamples() {
		chart := e.build(words(t, e.lang), e.options...)
		first, err := drawer.SVG(context.Background(), chart, charts.Dark)
		if err != nil {
			t.Fatal(err)
		}
		again, err := other.SVG(context.Background(), e.build(words(t, e.lang), e.options...), charts.Dark)
		if err != nil || !slices.Equal(first, again) {
			t.Errorf("%s: two drawings differ (%v)", e.name, err)
		}
		if twin, known := prints[chart.Fingerprint()]; known {
			t.Errorf("%s and %s have one fingerprint", e.name, twin)
		}
		prints[chart.Fingerprint()] = e.name
	}
}
