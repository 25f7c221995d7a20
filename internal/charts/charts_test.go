package charts_test

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// options reads a chart's options back as a browser would.
func options(t *testing.T, chart charts.Chart) map[string]any {
	t.Helper()
	var read map[string]any
	if err := json.Unmarshal(chart.Options, &read); err != nil {
		t.Fatalf("options are no JSON: %v", err)
	}
	return read
}

// at follows a path of keys and indices into JSON.
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.(map[string]any)[step]
		case int:
			value = value.([]any)[step]
		}
	}
	return value
}

func example1(t *testing.T, wanted string) (charts.Chart, example) {
	t.Helper()
	for _, e := range examples() {
		if e.name == wanted {
			return charts.Build(e.figure, e.element, words(t, e.lang), e.options...), e
		}
	}
	t.Fatalf("no example %s", wanted)
	return charts.Chart{}, example{}
}

func TestMultipleChoiceBars(t *testing.T) {
	chart, _ := example1(t, "multiple-de")
	read := options(t, chart)
	var values []float64
	for _, item := range at(t, read, "series", 0, "data").([]any) {
		values = append(values, at(t, item, "value").(float64))
	}
	if want := []float64{67.9, 64.2, 29.9, 8.8, 0}; !slices.Equal(values, want) {
		t.Errorf("bars %v, want %v: by count, one decimal from a base of 100", values, want)
	}
	if low, high := at(t, read, "xAxis", 0, "min"), at(t, read, "xAxis", 0, "max"); low != 0.0 || high != 100.0 {
		t.Errorf("axis from %v to %v, want 0 to 100 whatever the figures", low, high)
	}
	if first := at(t, read, "series", 0, "markLine", "data", 0, 0, "coord", 0); first != 61.9 {
		t.Errorf("first whisker begins at %v, want 61.9", first)
	}
	if mode := at(t, read, "tooltip", "renderMode"); mode != "richText" {
		t.Errorf("tooltip mode %v", mode)
	}
	if description := at(t, read, "aria", "label", "description"); description != chart.Summary {
		t.Errorf("description %q is not the summary", description)
	}
	if !slices.ContainsFunc(chart.Notes, func(note string) bool { return strings.Contains(note, "mehr als 100") }) {
		t.Errorf("no note says that shares may add up to more than 100 %%: %q", chart.Notes)
	}
}

func TestScaleIsOneStackedBar(t *testing.T) {
	chart, e := example1(t, "scale-de")
	read := options(t, chart)
	series := at(t, read, "series").([]any)
	if len(series) != len(e.figure.Cells) {
		t.Fatalf("%d series, want one for each of %d steps", len(series), len(e.figure.Cells))
	}
	colours := map[any]bool{}
	for i, want := range []float64{3, 14, 22, 42, 19} { // whole per cent below a base of 100
		if got := at(t, series[i], "data", 0, "value"); got != want {
			t.Errorf("step %d: %v, want %v", i+1, got, want)
		}
		if at(t, series[i], "stack") == nil {
			t.Errorf("step %d is not stacked", i+1)
		}
		colours[at(t, series[i], "itemStyle", "color")] = true
	}
	if len(colours) != len(series) {
		t.Errorf("%d colours for %d steps", len(colours), len(series))
	}
	if at(t, read, "aria", "decal", "show") != true {
		t.Error("no patterns: the steps differ by colour alone")
	}
	for _, want := range []string{"3,6", "3,3 bis 3,9", "stimme gar nicht zu", "n\u00a0=\u00a064"} {
		if !strings.Contains(chart.Summary, want) {
			t.Errorf("summary lacks %q: %s", want, chart.Summary)
		}
	}
}

func TestScaleWithHiddenStepsIsNotStacked(t *testing.T) {
	_, e := example1(t, "scale-de")
	e.figure.Cells[1], e.figure.Cells[0] = hiddenCell("cb"), hiddenCell("ca")
	e.figure.Mean = nil
	chart := charts.Build(e.figure, e.element, words(t, "de"))
	if got := len(at(t, options(t, chart), "series").([]any)); got != 1 {
		t.Errorf("%d series, want bars", got)
	}
	if first := at(t, options(t, chart), "yAxis", 0, "data", 0); first != "stimme gar nicht zu" {
		t.Errorf("first bar %v: a scale keeps its order", first)
	}
}

func TestHistogramKeepsAreas(t *testing.T) {
	chart, _ := example1(t, "numbers-de")
	areas := at(t, options(t, chart), "series", 0, "markArea", "data").([]any)
	wide := areas[4]
	from, to, high := at(t, wide, 0, "coord", 0), at(t, wide, 1, "coord", 0), at(t, wide, 1, "coord", 1)
	if from != 40.0 || to != 80.0 || high != 28.5/4 {
		t.Errorf("class 40..79 drawn from %v to %v, %v high; want 40 to 80, a quarter of 28.5", from, to, high)
	}
	if !slices.ContainsFunc(chart.Notes, func(note string) bool { return strings.Contains(note, "Fläche") }) {
		t.Errorf("no note on unequal classes: %q", chart.Notes)
	}
}

func TestOpenClasses(t *testing.T) {
	figure := analysis.Figure{Question: "q", Kind: analysis.Number, Base: ptr(50), Cells: []analysis.Cell{
		classOf("..9", math.Inf(-1), 9, 10, 50), classOf("10..19", 10, 19, 30, 50), classOf("20..", 20, math.Inf(1), 10, 50)}}
	chart := charts.Build(figure, nil, words(t, "de"))
	if !chart.Drawn() {
		t.Fatal("not drawn")
	}
	labels := []string{chart.Table.Rows[0].Label, chart.Table.Rows[1].Label, chart.Table.Rows[2].Label}
	if want := []string{"bis 9", "10–19", "20 und mehr"}; !slices.Equal(labels, want) {
		t.Errorf("classes %q, want %q", labels, want)
	}
	areas := at(t, options(t, chart), "series", 0, "markArea", "data").([]any)
	if from, to := at(t, areas[0], 0, "coord", 0), at(t, areas[2], 1, "coord", 0); from != 0.0 || to != 30.0 {
		t.Errorf("open classes reach from %v to %v, want 0 to 30", from, to)
	}
}

func TestMonths(t *testing.T) {
	for name, want := range map[string][]string{
		"months-de": {"bis Oktober 2025", "November 2025", "Dezember 2025–Januar 2026", "Februar 2026", "ab März 2026"},
		"years-de":  {"2010–2014", "2015–2019", "ab 2020"},
		"hours-de":  {"06:00–07:59", "08:00–09:59", "10:00–11:59"},
	} {
		chart, _ := example1(t, name)
		for i, label := range want {
			if got := chart.Table.Rows[i].Label; got != label {
				t.Errorf("%s: %q, want %q", name, got, label)
			}
		}
	}
	chart, _ := example1(t, "months-de")
	areas := at(t, options(t, chart), "series", 0, "markArea", "data").([]any)
	if from, to := at(t, areas[2], 0, "coord", 0), at(t, areas[2], 1, "coord", 0); from != 24311.0 || to != 24313.0 {
		t.Errorf("two months are drawn from %v to %v", from, to)
	}
	if label := at(t, options(t, chart), "series", 2, "data", 0, "label", "formatter"); label != "Nov. 2025" {
		t.Errorf("the first edge is named %q", label)
	}
}

func TestOrders(t *testing.T) {
	chart, _ := example1(t, "order-de")
	read := options(t, chart)
	first := at(t, read, "series", 0, "data", 0, "value").([]any)
	if first[0] != 1.88 || first[1] != 0.0 || at(t, read, "xAxis", 0, "max") != 6.0 || at(t, read, "xAxis", 0, "inverse") == true {
		t.Errorf("the best choice stands at %v", first)
	}
	want := "Im Durchschnitt am weitesten vorn: „Sprachkurs für Eltern mit Kinderbetreuung während des Kurses, möglichst wohnortnah und kostenfrei“ mit dem mittleren Platz 1,88"
	if !strings.HasPrefix(chart.Summary, want) || !strings.Contains(chart.Summary, "von 6") || !strings.Contains(chart.Summary, "43,8") {
		t.Errorf("summary %q", chart.Summary)
	}
	row := chart.Table.Rows[0]
	if got := strings.Join(chart.Table.Header, "|"); got != "Antwort|An erster Stelle|Anteil|95-%-Intervall|Mittlerer Platz|95-%-Intervall des mittleren Platzes|Platz 2|Platz 3|Platz 4|Platz 5|Platz 6" {
		t.Errorf("header %s", got)
	}
	if got := strings.Join(row.Cells, "|"); got != "60|43,8\u00a0%|37,8\u00a0% bis 51,8\u00a0%|1,88|1,68 bis 2,13|20|30|40|20|27" {
		t.Errorf("row %s", got)
	}
	chart, _ = example1(t, "order-ar")
	if at(t, options(t, chart), "xAxis", 0, "inverse") != true {
		t.Error("the first place is not where reading begins")
	}
	chart, _ = example1(t, "order-narrow-de")
	last := chart.Table.Rows[5]
	if last.Label != "Schulplatz im laufenden Schuljahr" || last.Cells[3] != "nicht ausgewiesen" || len(chart.Notes) != 2 || chart.Table.Header[6] != "Konnten es einordnen" {
		t.Errorf("a choice that few could place: %+v, notes %q", last, chart.Notes)
	}
	chart, _ = example1(t, "order-first-de")
	if at(t, options(t, chart), "series", 0, "type") != "bar" || !strings.HasPrefix(chart.Summary, "Am häufigsten an erster Stelle") || len(chart.Table.Header) != 4 {
		t.Errorf("only the first places: %q", chart.Summary)
	}
}

func TestRangesAreScales(t *testing.T) {
	chart, _ := example1(t, "range-de")
	if first, second := chart.Table.Rows[0].Label, chart.Table.Rows[1].Label; first != "0 (gar nicht)" || second != "1" {
		t.Errorf("labels %q, %q", first, second)
	}
	if !strings.Contains(chart.Summary, "auf der Skala von 0 bis 10") {
		t.Errorf("summary %q", chart.Summary)
	}
}

func TestRightToLeft(t *testing.T) {
	chart, _ := example1(t, "multiple-ar")
	read := options(t, chart)
	if at(t, read, "xAxis", 0, "inverse") != true {
		t.Error("the bars do not grow from the right")
	}
	if side := at(t, read, "yAxis", 0, "position"); side != "right" {
		t.Errorf("labels on the %v", side)
	}
	if chart.Direction != "rtl" || chart.Language != "ar" {
		t.Errorf("direction %q, language %q", chart.Direction, chart.Language)
	}
	label := at(t, read, "yAxis", 0, "data", 2).(string)
	if !strings.HasPrefix(label, "\u2067") || !strings.HasSuffix(label, "\u2069") {
		t.Errorf("label %+q is not kept apart from the left-to-right ground", label)
	}
}

func TestRounding(t *testing.T) {
	tests := []struct {
		name        string
		count, base int
		mean        float64
		share, says string
	}{
		{"half away from zero below 100", 1, 40, 2.25, "3\u00a0%", "2,3"}, // 2.5 %
		{"one decimal from 100", 1, 160, 2.345, "0,6\u00a0%", "2,35"},     // 0.625 %
		{"half at one decimal", 5, 400, 1.005, "1,3\u00a0%", "1,01"},      // 1.25 %, 1.005
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			figure := analysis.Figure{Question: "q", Kind: analysis.Scale, Base: &test.base, Max: 2, Mean: &test.mean,
				Cells: scaleCells(test.base, test.count, test.base-test.count)}
			chart := charts.Build(figure, question(survey.SelectOne, "de", "T", "a", "b"), words(t, "de"))
			if got := chart.Table.Rows[0].Cells[1]; got != test.share {
				t.Errorf("share %q, want %q", got, test.share)
			}
			if !strings.Contains(chart.Summary, "Mittelwert ist "+test.says+" ") {
				t.Errorf("mean not %s: %s", test.says, chart.Summary)
			}
		})
	}
}

func TestOrderOfChoices(t *testing.T) {
	figure := func() analysis.Figure {
		return analysis.Figure{Question: "q", Kind: analysis.Single, Base: ptr(60), Cells: cells(60, 10, 30, 20)}
	}
	tests := []struct {
		name   string
		labels []string
		want   []string
	}{
		{"by count", []string{"Schule", "Kita", "Verein"}, []string{"Kita", "Verein", "Schule"}},
		{"bands keep their order", []string{"unter 3 Jahre", "3 bis 5 Jahre", "6 bis 9 Jahre"}, []string{"unter 3 Jahre", "3 bis 5 Jahre", "6 bis 9 Jahre"}},
		{"bands in Arabic digits", []string{"٠-٢", "٣-٥", "٦-٩"}, []string{"٠-٢", "٣-٥", "٦-٩"}},
		{"numbers that do not rise", []string{"Klasse 9", "Klasse 5", "Klasse 7"}, []string{"Klasse 5", "Klasse 7", "Klasse 9"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			chart := charts.Build(figure(), question(survey.SelectOne, "de", "T", test.labels...), words(t, "de"))
			var got []string
			for _, row := range chart.Table.Rows[:3] {
				got = append(got, row.Label)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("order %q, want %q", got, test.want)
			}
		})
	}
}

func TestWithheldQuestions(t *testing.T) {
	tests := []struct {
		name   string
		figure analysis.Figure
		want   string
	}{
		{"below k", analysis.Figure{Question: "q", Kind: analysis.Single, Withheld: analysis.TooFew, Cells: []analysis.Cell{hiddenCell("ca")}}, "Zu wenige Antworten"},
		{"whole table", analysis.Figure{Question: "q", Kind: analysis.Single, Base: ptr(40), Withheld: analysis.WholeTable, Cells: []analysis.Cell{hiddenCell("ca"), hiddenCell("cb")}}, "n\u00a0=\u00a040"},
		{"free text", analysis.Figure{Question: "q", Kind: analysis.Answered, Base: ptr(17), Withheld: analysis.OnlyText}, "17 Antworten in eigenen Worten"},
		{"nobody yet", analysis.Figure{Question: "q", Kind: analysis.Single, Base: ptr(0)}, "Bisher"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			chart := charts.Build(test.figure, question(survey.SelectOne, "de", "T", "a", "b"), words(t, "de"))
			if chart.Drawn() || chart.Width != 0 {
				t.Error("there is a drawing")
			}
			if !strings.Contains(chart.Summary, test.want) {
				t.Errorf("summary %q lacks %q", chart.Summary, test.want)
			}
		})
	}
}

// What is hidden must not be guessed from anything: charts of figures that
// differ only in hidden values are the same, byte for byte. Counts that a
// figure ought not to carry beside Suppressed are left out as well.
func TestHiddenValuesAppearNowhere(t *testing.T) {
	catalogue := words(t, "de")
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]analysis.Kind{analysis.Single, analysis.Multiple, analysis.Scale, analysis.Number, analysis.Months, analysis.Hours, analysis.Order}).Draw(t, "kind")
		n := rapid.IntRange(2, 8).Draw(t, "cells")
		base := rapid.IntRange(20, 900).Draw(t, "base")
		shown := make([]analysis.Cell, n)
		leaking := make([]analysis.Cell, n)
		for i := range shown {
			c := cell(fmt.Sprintf("2026-%02d", i+1), rapid.IntRange(0, base).Draw(t, "count"), base)
			c.From, c.To, c.Score = float64(i*10), float64(i*10+9), float64(i+1)
			if kind == analysis.Order && rapid.Bool().Draw(t, "placed") {
				c.Placing = &analysis.Placing{Base: base, Mean: rapid.Float64Range(1, 8).Draw(t, "mean"), Ranks: []int{*c.Count, 3}}
			}
			shown[i], leaking[i] = c, c
			if rapid.Bool().Draw(t, "hidden") {
				shown[i].Count, shown[i].Share, shown[i].Low, shown[i].High, shown[i].Suppressed, shown[i].Placing = nil, nil, nil, nil, true, nil
				leaking[i].Suppressed = true
			}
		}
		build := func(cells []analysis.Cell) charts.Chart {
			return charts.Build(analysis.Figure{Question: "q", Kind: kind, Base: &base, Max: n, Cells: cells, Withheld: analysis.SmallCells}, nil, catalogue)
		}
		if safe, leaky := build(shown), build(leaking); !reflect.DeepEqual(safe, leaky) {
			t.Fatalf("hidden values change the chart:\n%+v\n%+v", safe, leaky)
		}
	})
}

func TestHiddenCellsSayThatTheyAre(t *testing.T) {
	chart, _ := example1(t, "withheld-de")
	hidden := 0
	for _, row := range chart.Table.Rows {
		if !row.Hidden {
			continue
		}
		hidden++
		for _, cell := range row.Cells {
			if cell != "nicht ausgewiesen" {
				t.Errorf("hidden row %q has cell %q", row.Label, cell)
			}
		}
	}
	if hidden != 2 {
		t.Errorf("%d hidden rows, want 2", hidden)
	}
	if !strings.Contains(string(chart.Options), "nicht ausgewiesen") {
		t.Error("the drawing does not say that bars are withheld")
	}
	if !strings.Contains(chart.Summary, "ausgewiesenen") {
		t.Errorf("the summary ranks over hidden answers: %s", chart.Summary)
	}
}

func hostileLabels() []string {
	return []string{
		`</script><img src=x onerror=alert(1)>`, `<!--<script>`, `"quotes' & <b>bold</b>`, "rise\u202eesrever\u2066x",
		"{b} {c} {a|rich} {value}", "nul\x00 bell\a esc\x1b]", "\xff\xfe broken", "line\nbreak\ttab", strings.Repeat("Wort", 400),
		"[link](javascript:alert(1))", "${secret} **stark**", "]]>", "ع\u202eابجد", "",
	}
}

func TestHostileLabels(t *testing.T) {
	template := regexp.MustCompile(`\{[a-z](?:\||\})`)
	for _, label := range hostileLabels() {
		for _, kind := range []analysis.Kind{analysis.Single, analysis.Scale} {
			figure := analysis.Figure{Question: "q", Kind: kind, Base: ptr(60), Max: 3, Cells: scaleCells(60, 20, 30, 10)}
			chart := charts.Build(figure, question(survey.SelectOne, "de", label, label, label, label), words(t, "de"))
			text := string(chart.Options)
			if strings.ContainsAny(text, "<>&") {
				t.Errorf("%q: options hold a bare <, > or &", label)
			}
			options(t, chart)
			everything := chart.Title + chart.Summary + fmt.Sprint(chart.Table, chart.Notes)
			for _, r := range everything {
				if r == '\u202e' || r == '\u202d' || r == 0 || r == 0x1b || r == '\ufffd' {
					t.Errorf("%q: %+q stays in the words", label, r)
				}
			}
			for _, s := range at(t, options(t, chart), "series").([]any) {
				if formatter, _ := at(t, s, "data", 0, "tooltip", "formatter").(string); template.MatchString(formatter) {
					t.Errorf("%q: tooltip %q would be taken as a template", label, formatter)
				}
			}
		}
	}
}

// Two choices with one label are two parts of the stack; ECharts would join
// series of one name in the legend.
func TestEqualLabelsStayApart(t *testing.T) {
	figure := analysis.Figure{Question: "q", Kind: analysis.Scale, Base: ptr(60), Max: 2, Cells: scaleCells(60, 30, 30)}
	chart := charts.Build(figure, question(survey.SelectOne, "de", "T", "gleich", "gleich"), words(t, "de"))
	names := at(t, options(t, chart), "legend", "data").([]any)
	if names[0] == names[1] {
		t.Errorf("both steps are called %q", names[0])
	}
}

func TestTableTellsEverything(t *testing.T) {
	chart, _ := example1(t, "multiple-de")
	if want := []string{"Antwort", "Anzahl", "Anteil", "95-%-Intervall"}; !slices.Equal(chart.Table.Header, want) {
		t.Errorf("header %q", chart.Table.Header)
	}
	var kinds []charts.RowKind
	for _, row := range chart.Table.Rows {
		if len(row.Cells) != len(chart.Table.Header)-1 {
			t.Errorf("row %q has %d cells", row.Label, len(row.Cells))
		}
		kinds = append(kinds, row.Kind)
	}
	want := []charts.RowKind{"choice", "choice", "choice", "choice", "choice", "base", "apart", "missing"}
	if !slices.Equal(kinds, want) {
		t.Errorf("rows %q, want %q", kinds, want)
	}
	if label := chart.Table.Rows[0].Label; !strings.HasSuffix(label, "wohnortnah und kostenfrei") {
		t.Errorf("the table cuts a label: %q", label)
	}
}

func TestEveryoneAnsweredHasNoIntervals(t *testing.T) {
	_, e := example1(t, "multiple-de")
	for i := range e.figure.Cells {
		e.figure.Cells[i].Low, e.figure.Cells[i].High = nil, nil
	}
	e.figure.Everyone = true
	chart := charts.Build(e.figure, e.element, words(t, "de"))
	if strings.Contains(string(chart.Options), "markLine") || strings.Contains(chart.Summary, "Intervall") || len(chart.Table.Header) != 3 {
		t.Error("there are intervals though everyone answered")
	}
	if !slices.ContainsFunc(chart.Notes, func(note string) bool { return strings.Contains(note, "Alle haben geantwortet") }) {
		t.Errorf("notes %q do not say so", chart.Notes)
	}
}

func TestWithoutChanceNote(t *testing.T) {
	_, e := example1(t, "scale-de")
	if with, without := charts.Build(e.figure, e.element, words(t, "de")), charts.Build(e.figure, e.element, words(t, "de"), charts.WithoutChanceNote()); len(with.Notes) != len(without.Notes)+1 {
		t.Errorf("notes %q and %q", with.Notes, without.Notes)
	}
}

var messageKey = regexp.MustCompile(`"(charts\.[a-z_]+)"`)

// Every key in the code is in both languages, and no language has a key that
// nothing uses.
func TestWordsAreComplete(t *testing.T) {
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source files: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, found := range messageKey.FindAllStringSubmatch(string(read(t, file)), -1) {
			used[found[1]] = true
		}
	}
	for month := 1; month <= 12; month++ {
		used[fmt.Sprintf("charts.month.%d", month)], used[fmt.Sprintf("charts.month_short.%d", month)] = true, true
	}
	catalogue, err := loadWords(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"de", "en"} {
		has := map[string]bool{}
		for _, key := range catalogue.Keys(tag) {
			if strings.HasPrefix(key, "charts.") {
				has[key] = true
				if !used[key] {
					t.Errorf("%s: %s is used nowhere", tag, key)
				}
			}
		}
		for key := range used {
			if !has[key] {
				t.Errorf("%s: %s is missing", tag, key)
			}
		}
	}
}

// charts.js and the static pictures use the same colours.
func TestThemesAreTheSame(t *testing.T) {
	script := string(read(t, filepath.Join(testinput.Root(t), "web", "assets", "charts.js")))
	_, rest, found := strings.Cut(script, "const themes = /* themes */")
	inner, _, ended := strings.Cut(rest, "/* end of themes */")
	if !found || !ended {
		t.Fatal("charts.js has no marked themes")
	}
	var inPage, here any
	if err := json.Unmarshal([]byte(inner), &inPage); err != nil {
		t.Fatalf("themes in charts.js: %v", err)
	}
	if err := json.Unmarshal(read(t, "themes.json"), &here); err != nil {
		t.Fatalf("themes.json: %v", err)
	}
	if !reflect.DeepEqual(inPage, here) {
		t.Error("charts.js and themes.json differ")
	}
}

func BenchmarkBuild(b *testing.B) {
	localizer := words(b, "de")
	for _, e := range examples() {
		if e.lang != "de" || strings.Contains(e.name, "narrow") {
			continue
		}
		b.Run(e.name, func(b *testing.B) {
			for b.Loop() {
				charts.Build(e.figure, e.element, localizer)
			}
		})
	}
}
