package charts

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// placed tells whether it is shown where a choice stands in the orders.
func (e entry) placed() bool { return e.shown() && e.Placing != nil }

// places tells whether the chart is about the places of choices: not when only
// the first places are shown.
func (b *builder) places() bool {
	return b.figure.Kind == analysis.Order && slices.ContainsFunc(b.entries, entry.placed)
}

// sortByPlace puts the choice with the best mean place first and those without
// one last. Ties and hidden ones stay in the list's order.
func sortByPlace(entries []entry) {
	slices.SortStableFunc(entries, func(x, y entry) int {
		switch {
		case x.placed() && y.placed():
			return cmp.Compare(x.Placing.Mean, y.Placing.Mean)
		case x.placed():
			return -1
		case y.placed():
			return 1
		default:
			return 0
		}
	})
}

// order draws the mean place of each choice as a dot on an axis of places, the
// first where reading begins, with its interval as a whisker. Bars would have
// the worst choice look like the most.
func (b *builder) order() *drawing {
	d := b.newDrawing()
	labels, lines := b.wrappedLabels()
	figures, wide := b.placeColumn()
	band := max(lines*lineStep+10, 30)
	height := margin + band*len(b.entries) + 22 + footer
	near, far := int(b.labelColumn())+2*margin, wide+3*margin
	if b.right {
		near, far = far, near
	}
	d.bar.GridList = []opts.Grid{{
		Left: strconv.Itoa(near), Right: strconv.Itoa(far), Top: strconv.Itoa(margin),
		Height: strconv.Itoa(band * len(b.entries)),
	}}
	d.bar.XAxisList[0] = opts.XAxis{
		Type: "value", Min: 1, Max: max(b.figure.Max, 2), Inverse: opts.Bool(b.right),
		AxisLabel: &opts.AxisLabel{Show: opts.Bool(b.plainNumber(1) == "1"), FontSize: smallSize, Margin: 6},
		AxisTick:  &opts.AxisTick{Show: opts.Bool(false)}, AxisLine: &opts.AxisLine{Show: opts.Bool(false)},
	}
	d.interval = float64(max(1, (b.figure.Max+3)/6))
	d.bar.YAxisList[0] = b.textAxis(labels, b.right, true)
	d.bar.ExtendYAxis(b.textAxis(figures, !b.right, false))

	unclipped := false
	dots := series{SymbolSize: 12, Clip: &unclipped, Cursor: "default"}
	dots.Type, dots.Name, dots.Symbol = types.ChartScatter, b.base(), "circle"
	whiskers := newWhiskers(10)
	for i, e := range b.entries {
		if !e.placed() {
			continue
		}
		y := float64(i)
		dots.Data = append(dots.Data, datum{Value: [2]float64{b.shownMean(e.Placing.Mean), y}, Tooltip: b.placeTooltip(e)})
		if e.Placing.Low != nil && e.Placing.High != nil {
			whiskers.Data = append(whiskers.Data, [2]point{
				{[2]float64{b.shownMean(*e.Placing.Low), y}}, {[2]float64{b.shownMean(*e.Placing.High), y}}})
		}
	}
	if len(whiskers.Data) > 0 {
		dots.Mark = whiskers
	}
	d.series = []series{dots}
	return b.finish(d, height)
}

// shownMean has the digits that are shown; see [builder.share].
func (b *builder) shownMean(value float64) float64 {
	return i18n.RoundHalfAway(value, b.shareDecimals()+1)
}

// placeColumn returns the mean places beside the dots and the column's width.
func (b *builder) placeColumn() (figures []string, wide int) {
	for _, e := range b.entries {
		words := b.words.T("charts.hidden")
		if e.placed() {
			words = b.mean(e.Placing.Mean)
		}
		lines := wrap(words, 90, labelSize, 2)
		for _, line := range lines {
			wide = max(wide, int(textWidth(line, labelSize)))
		}
		figures = append(figures, directed(lines, b.right))
	}
	return figures, wide
}

func (b *builder) placeTooltip(e entry) *tooltip {
	words := b.words.T("charts.tooltip_place", "label", e.label.within(b.right), "mean", b.placeWords(e),
		"share", b.percent(*e.Share), "base", b.base())
	return &tooltip{Formatter: inert(b.folded(words))}
}

// placeWords writes a mean place with its interval where it has one.
func (b *builder) placeWords(e entry) string {
	mean := b.mean(e.Placing.Mean)
	if interval := b.placeInterval(e); interval != "" {
		return b.words.T("charts.share_interval", "share", mean, "interval", interval)
	}
	return mean
}

func (b *builder) placeInterval(e entry) string {
	if e.Placing.Low == nil || e.Placing.High == nil {
		return ""
	}
	return b.meanInterval(*e.Placing.Low, *e.Placing.High)
}

// orderSummary names the choices with the best and the next mean place.
func (b *builder) orderSummary() string {
	first := b.entries[0]
	text := b.words.T("charts.order_best", "label", first.label.within(b.right), "mean", b.placeWords(first),
		"places", b.plainNumber(float64(b.figure.Max)), "share", b.percent(*first.Share), "base", b.base())
	if len(b.entries) < 2 || !b.entries[1].placed() {
		return text
	}
	second, next := b.entries[1], "charts.order_next"
	if second.Placing.Mean == first.Placing.Mean {
		next = "charts.order_next_equal"
	}
	return text + " " + b.words.T(next, "label", second.label.within(b.right), "mean", b.placeWords(second))
}

// placeHeader names the columns that a table of orders has beside the others.
func (b *builder) placeHeader() []string {
	if !b.places() {
		return nil
	}
	header := []string{b.words.T("charts.table_mean_place"), b.words.T("charts.table_mean_interval")}
	if b.figure.Partial {
		header = append(header, b.words.T("charts.table_could_place"))
	}
	for place := 2; place <= b.figure.Max; place++ {
		header = append(header, b.words.T("charts.table_place", "place", b.plainNumber(float64(place))))
	}
	return header
}

// placeCells fills the columns of [builder.placeHeader] for one choice.
func (b *builder) placeCells(e entry) []string {
	if !b.places() {
		return nil
	}
	if !e.placed() {
		return slices.Repeat([]string{b.words.T("charts.hidden")}, len(b.placeHeader()))
	}
	cells := []string{b.mean(e.Placing.Mean), b.placeInterval(e)}
	if b.figure.Partial {
		cells = append(cells, b.count(e.Placing.Base))
	}
	for place := 1; place < b.figure.Max; place++ {
		given := 0
		if place < len(e.Placing.Ranks) {
			given = e.Placing.Ranks[place]
		}
		cells = append(cells, b.count(given))
	}
	return cells
}
