package charts_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

func words(t testing.TB, tag string) *i18n.Localizer {
	t.Helper()
	catalogue, err := loadWords(t)
	if err != nil {
		t.Fatalf("load words: %v", err)
	}
	return catalogue.Localizer(tag)
}

var loaded struct {
	sync.Once
	catalogue *i18n.Catalogue
	err       error
}

// loadWords reads the catalogue once for all tests.
func loadWords(t testing.TB) (*i18n.Catalogue, error) {
	t.Helper()
	loaded.Do(func() {
		loaded.catalogue, loaded.err = i18n.Load(os.DirFS(filepath.Join(testinput.Root(t), "locales")))
	})
	return loaded.catalogue, loaded.err
}

func renderer(t testing.TB) *charts.Renderer {
	t.Helper()
	root := testinput.Root(t)
	var fonts [][]byte
	for _, name := range []string{"noto-sans.ttf", "noto-sans-arabic.ttf", "noto-sans-ethiopic.ttf", "noto-sans-math.ttf"} {
		fonts = append(fonts, read(t, filepath.Join(root, "web", "fonts", name)))
	}
	return charts.NewRenderer(given(read(t, filepath.Join(root, "web", "vendor", "echarts.min.js"))), given(fonts))
}

// given returns what a renderer asks for.
func given[T any](value T) func() (T, error) { return func() (T, error) { return value, nil } }

func read(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return content
}

func ptr[T any](value T) *T { return &value }

// cell makes a shown cell with a plausible interval around its share.
func cell(name string, count, base int) analysis.Cell {
	share := float64(count) / float64(base)
	return analysis.Cell{Name: name, Count: &count, Share: &share,
		Low: ptr(max(0, share-0.06)), High: ptr(min(1, share+0.08))}
}

func hiddenCell(name string) analysis.Cell { return analysis.Cell{Name: name, Suppressed: true} }

func classOf(name string, from, to float64, count, base int) analysis.Cell {
	c := cell(name, count, base)
	c.From, c.To = from, to
	return c
}

// question makes an element with labels in one language.
func question(kind survey.Type, language, title string, labels ...string) *survey.Element {
	list := &survey.ChoiceList{Name: "list"}
	for i, text := range labels {
		list.Choices = append(list.Choices, &survey.Choice{Name: name(i), Label: survey.Text{language: {Text: text}}})
	}
	return &survey.Element{
		Type:    kind,
		Node:    &survey.Node{Type: kind, Name: "q", Label: survey.Text{language: {Text: title}}},
		Choices: list,
	}
}

func name(i int) string { return "c" + string(rune('a'+i)) }

func cells(base int, counts ...int) []analysis.Cell {
	var all []analysis.Cell
	for i, count := range counts {
		all = append(all, cell(name(i), count, base))
	}
	return all
}

func scaleCells(base int, counts ...int) []analysis.Cell {
	all := cells(base, counts...)
	for i := range all {
		all[i].Score = float64(i + 1)
	}
	return all
}

// example is a figure with its question and language.
type example struct {
	name    string
	lang    string
	figure  analysis.Figure
	element *survey.Element
	options []charts.Option
}

func examples() []example {
	multiple := analysis.Figure{Question: "needs", Kind: analysis.Multiple, Base: ptr(137),
		Cells: cells(137, 12, 93, 41, 88, 0), Apart: []analysis.Cell{cell("cf", 7, 144)}, NoAnswer: ptr(11)}
	scale := analysis.Figure{Question: "agree", Kind: analysis.Scale, Base: ptr(64), Max: 5,
		Cells: scaleCells(64, 2, 9, 14, 27, 12), Mean: ptr(3.594), MeanLow: ptr(3.33), MeanHigh: ptr(3.86)}
	withheld := analysis.Figure{Question: "arrived", Kind: analysis.Single, Base: ptr(58), Withheld: analysis.SmallCells,
		Cells: []analysis.Cell{hiddenCell("ca"), cell("cb", 30, 58), hiddenCell("cc"), cell("cd", 21, 58)}}
	ages := analysis.Figure{Question: "pupils", Kind: analysis.Number, Base: ptr(200), Median: ptr(24.0), Mean: ptr(28.123),
		MeanLow: ptr(25.1), MeanHigh: ptr(31.2), Cells: []analysis.Cell{classOf("0..9", 0, 9, 30, 200), classOf("10..19", 10, 19, 52, 200),
			classOf("20..29", 20, 29, 61, 200), classOf("30..39", 30, 39, 0, 200), classOf("40..79", 40, 79, 57, 200)}}
	month := func(name string, from, to float64, count int) analysis.Cell {
		return classOf(name, from, to, count, 88)
	}
	october := 12*2025 + 9.0
	dates := analysis.Figure{Question: "since", Kind: analysis.Months, Base: ptr(88), Cells: []analysis.Cell{
		month("..2025-10", math.Inf(-1), october, 8), month("2025-11", october+1, october+1, 20), month("2025-12..2026-01", october+2, october+3, 5),
		month("2026-02", october+4, october+4, 31), month("2026-03..", october+5, math.Inf(1), 24)}}
	years := analysis.Figure{Question: "born", Kind: analysis.Months, Base: ptr(88), Cells: []analysis.Cell{
		month("2010..2014", 12*2010, 12*2015-1, 30), month("2015..2019", 12*2015, 12*2020-1, 0), month("2020..", 12*2020, math.Inf(1), 58)}}
	hours := analysis.Figure{Question: "when", Kind: analysis.Hours, Base: ptr(88), Cells: []analysis.Cell{
		month("06:00..07:59", 6, 7, 30), month("08:00..09:59", 8, 9, 20), month("10:00..11:59", 10, 11, 38)}}
	orders := analysis.Figure{Question: "order", Kind: analysis.Order, Base: ptr(137), Max: 6, Cells: cells(137, 20, 60, 30, 7, 20, 0)}
	for i, mean := range []float64{3.117, 1.884, 2.5, 4.25, 3.96, 5.2} {
		orders.Cells[i].Placing = &analysis.Placing{Base: 137, Mean: mean, Low: ptr(mean - 0.2), High: ptr(mean + 0.25),
			Ranks: []int{*orders.Cells[i].Count, 20, 30, 40, 20, 27}}
	}
	partial, first := orders, orders
	partial.Partial, partial.Cells = true, slices.Clone(orders.Cells)
	partial.Cells[3].Placing = nil
	first.Withheld, first.Cells = analysis.OnlyFirst, slices.Clone(orders.Cells)
	for i := range first.Cells {
		first.Cells[i].Placing = nil
	}
	marks := analysis.Figure{Question: "marks", Kind: analysis.Scale, Base: ptr(64), Cells: scaleCells(64, 1, 1, 3, 9, 14, 12, 10, 8, 4, 1, 1), Mean: ptr(4.594), MeanLow: ptr(4.33), MeanHigh: ptr(4.86)}
	for i := range marks.Cells {
		marks.Cells[i].Name, marks.Cells[i].Score = strconv.Itoa(i), float64(i)
	}
	rated := func(language, title, low, high string) *survey.Element {
		e := question(survey.TypeRange, language, title)
		e.Choices, e.Range = nil, &survey.Range{Start: 0, End: 10, Step: 1, Labels: []*survey.Choice{
			{Name: "0", Label: survey.Text{language: {Text: low}}}, {Name: "10", Label: survey.Text{language: {Text: high}}}}}
		return e
	}
	dated := func(appearance, language, title string) *survey.Element {
		e := question(survey.Date, language, title)
		e.Appearance = appearance
		return e
	}
	arabic := []string{"مكان في روضة الأطفال (Kita).",
		"دورة لغة للوالدين مع رعاية الأطفال أثناء الدورة، قريبة من السكن ومجانية قدر الإمكان", "المساعدة في تعبئة الطلبات", "مكان في المدرسة خلال العام الدراسي 2026", "لا شيء مما سبق", "لا أعرف"}
	german := []string{"Platz in der Kindertagesbetreuung", "Sprachkurs für Eltern mit Kinderbetreuung während des Kurses, möglichst wohnortnah und kostenfrei",
		"Hilfe bei Anträgen", "Schulplatz im laufenden Schuljahr", "Nichts davon", "weiß nicht"}
	agree := []string{"stimme gar nicht zu", "stimme eher nicht zu", "teils, teils", "stimme eher zu", "stimme voll und ganz zu"}
	return []example{
		{"multiple-de", "de", multiple, question(survey.SelectMultiple, "de", "Was brauchen Ihre Kinder zurzeit am meisten?", german...), nil},
		{"multiple-narrow-de", "de", multiple, question(survey.SelectMultiple, "de", "Was brauchen Ihre Kinder zurzeit am meisten?", german...), []charts.Option{charts.Width(charts.Narrow)}},
		{"scale-de", "de", scale, question(survey.SelectOne, "de", "Die Einrichtungen arbeiten gut zusammen.", agree...), nil},
		{"scale-narrow-de", "de", scale, question(survey.SelectOne, "de", "Die Einrichtungen arbeiten gut zusammen.", agree...), []charts.Option{charts.Width(charts.Narrow)}},
		{"withheld-de", "de", withheld, question(survey.SelectOne, "de", "Wann ist Ihre Familie angekommen?", "vor 2015", "2015 bis 2020", "2021", "2022 oder später"), nil},
		{"numbers-de", "de", ages, question(survey.Integer, "de", "Wie viele neu zugewanderte Kinder besuchen Ihre Schule?"), nil},
		{"months-de", "de", dates, question(survey.Date, "de", "Seit wann?"), nil},
		{"multiple-ar", "ar", multiple, question(survey.SelectMultiple, "ar", "ما الذي يحتاجه أطفالكم أكثر من غيره حاليًا؟", "مكان في روضة الأطفال (Kita).",
			"دورة لغة للوالدين مع رعاية الأطفال أثناء الدورة، قريبة من السكن ومجانية قدر الإمكان", "المساعدة في تعبئة الطلبات", "مكان في المدرسة خلال العام الدراسي 2026", "لا شيء مما سبق", "لا أعرف"), nil},
		{"scale-ar", "ar", scale, question(survey.SelectOne, "ar", "تتعاون المؤسسات جيدًا.", "لا أوافق إطلاقًا", "لا أوافق", "محايد", "أوافق", "أوافق تمامًا"), nil},
		{"numbers-ar", "ar", ages, question(survey.Integer, "ar", "كم عدد الأطفال؟"), nil},
		{"months-ar", "ar", dates, question(survey.Date, "ar", "منذ متى؟"), nil},
		{"years-de", "de", years, dated("year", "de", "In welchem Jahr?"), nil},
		{"hours-de", "de", hours, question(survey.Time, "de", "Um welche Uhrzeit?"), nil},
		{"hours-ar", "ar", hours, question(survey.Time, "ar", "في أي ساعة؟"), nil},
		{"order-de", "de", orders, question(survey.Rank, "de", "Was ist Ihnen am wichtigsten?", german...), nil},
		{"order-narrow-de", "de", partial, question(survey.Rank, "de", "Was ist Ihnen am wichtigsten?", german...), []charts.Option{charts.Width(charts.Narrow)}},
		{"order-first-de", "de", first, question(survey.Rank, "de", "Was ist Ihnen am wichtigsten?", german...), nil},
		{"order-ar", "ar", orders, question(survey.Rank, "ar", "ما الأهم بالنسبة لكم؟", arabic...), nil},
		{"range-de", "de", marks, rated("de", "Wie zufrieden sind Sie?", "gar nicht", "sehr"), nil},
		{"range-ar", "ar", marks, rated("ar", "ما مدى رضاكم؟", "إطلاقًا", "جدًا"), nil},
		{"multiple-ti", "ti", multiple, question(survey.SelectMultiple, "ti", "ደቅኹም ሕጂ እንታይ የድልዮም?", "ቦታ ኣብ መዋእለ ህጻናት", "ናይ ቋንቋ ትምህርቲ ንወለዲ ምስ ምእላይ ቆልዑ ኣብ ግዜ ትምህርቲ", "ሓገዝ ንማመልከቲ", "ቦታ ኣብ ቤት ትምህርቲ", "ዋላ ሓደ", "ኣይፈልጥን"), nil},
		{"multiple-uk", "uk", multiple, question(survey.SelectMultiple, "uk", "Що зараз найбільше потрібно вашим дітям?", "Місце в дитячому садку", "Мовні курси для батьків із доглядом за дітьми під час занять", "Допомога із заявами", "Місце в школі", "Нічого з переліченого", "не знаю"), nil},
		{"multiple-tr", "tr", multiple, question(survey.SelectMultiple, "tr", "Çocuklarınızın şu anda en çok neye ihtiyacı var?", "Kreşte yer", "Ebeveynler için dil kursu", "Başvurularda yardım", "Okulda yer", "Hiçbiri", "bilmiyorum"), nil},
	}
}
