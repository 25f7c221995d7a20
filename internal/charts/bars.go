package charts

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// bars draws choices as horizontal bars on an axis from 0 to 100 %, the
// intervals as whiskers, and the figures in a column of their own beside them,
// where no whisker crosses them and hidden ones say that they are hidden.
//
// The axis has fixed ends: bars of different questions can be compared, and
// its ends tell nothing.
func (b *builder) bars() *drawing {
	d := b.newDrawing()
	labels, lines := b.wrappedLabels()
	figures, wide := b.figureColumn()
	band := max(lines*lineStep+10, 30)
	if b.hidden() > 0 && b.width < 500 {
		band = max(band, 2*lineStep+10) // the words for it take two lines
	}
	height := margin + band*len(b.entries) + 22 + footer
	near, far := int(b.labelColumn())+margin, wide+2*margin
	if b.right {
		near, far = far, near
	}
	d.bar.GridList = []opts.Grid{{
		Left: strconv.Itoa(near), Right: strconv.Itoa(far), Top: strconv.Itoa(margin),
		Height: strconv.Itoa(band * len(b.entries)),
	}}
	d.bar.XAxisList[0], d.interval = b.shareAxis()
	d.bar.YAxisList[0] = b.textAxis(labels, b.right, true)
	d.bar.ExtendYAxis(b.textAxis(figures, !b.right, false))

	bar := series{BarWidth: min(band-12, 20)}
	bar.Type, bar.Name = types.ChartBar, b.base()
	whiskers := newWhiskers(min(band-12, 20) / 2)
	for i, e := range b.entries {
		if !e.shown() {
			bar.Data = append(bar.Data, datum{})
			continue
		}
		bar.Data = append(bar.Data, datum{Value: b.share(*e.Share), Tooltip: b.tooltip(e)})
		if e.Low != nil && e.High != nil {
			y := float64(i)
			whiskers.Data = append(whiskers.Data, [2]point{
				{[2]float64{b.share(*e.Low), y}}, {[2]float64{b.share(*e.High), y}}})
		}
	}
	if len(whiskers.Data) > 0 {
		bar.Mark = whiskers
	}
	d.series = []series{bar}
	return b.finish(d, height)
}

// newWhiskers are lines with a bar at each end. Custom series would need
// functions, which the content security policy does not let a page take from
// data; marked lines do not.
func newWhiskers(ends int) *marks {
	return &marks{
		Silent: true, Symbol: "rect", SymbolSize: []int{ends, 2},
		Line: &lineStyle{Type: "solid", Width: 1.5}, Precision: 3,
	}
}

// labelColumn is the room for the choices' labels.
func (b *builder) labelColumn() float64 {
	part := 0.38
	if b.width < 500 {
		part = 0.44
	}
	return math.Floor(float64(b.width) * part)
}

// wrappedLabels returns the labels broken into lines, and the most lines one has.
func (b *builder) wrappedLabels() (labels []string, most int) {
	allowed := 3
	if b.width < 500 {
		allowed = 4
	}
	for _, e := range b.entries {
		lines := wrap(e.label.text, b.labelColumn()-2*margin, labelSize, allowed)
		most = max(most, len(lines))
		labels = append(labels, directed(lines, e.label.right))
	}
	return labels, most
}

// figureColumn returns the figures beside the bars and the column's width.
func (b *builder) figureColumn() (figures []string, wide int) {
	hidden := wrap(b.words.T("charts.hidden"), math.Max(90, float64(b.width)*0.2), labelSize, 2)
	for _, e := range b.entries {
		lines := hidden
		if e.shown() {
			lines = []string{b.words.T("charts.value_count", "share", b.percent(*e.Share), "count", b.count(*e.Count))}
			if b.width < 500 {
				lines = []string{b.percent(*e.Share)}
			}
		}
		for _, line := range lines {
			wide = max(wide, int(textWidth(line, labelSize)))
		}
		figures = append(figures, directed(lines, b.right))
	}
	return figures, wide
}

// shareAxis runs from 0 to 100 %, from the right in right-to-left languages.
func (b *builder) shareAxis() (axis opts.XAxis, interval float64) {
	interval = 25
	if b.width < 500 {
		interval = 50
	}
	label := &opts.AxisLabel{Show: opts.Bool(true), FontSize: smallSize, Formatter: types.FuncStr(b.percentTemplate()), Margin: 6}
	if label.Formatter == "" {
		label.Show = opts.Bool(false)
	}
	return opts.XAxis{
		Type: "value", Min: 0, Max: 100, Inverse: opts.Bool(b.right),
		AxisLabel: label, AxisTick: &opts.AxisTick{Show: opts.Bool(false)},
		AxisLine: &opts.AxisLine{Show: opts.Bool(false)},
	}, interval
}

// percentTemplate turns "50 %" in the reader's language into "{value} %". It
// is "" when the language has digits of its own: ECharts writes only ours, and
// the figures stand beside the bars anyway.
func (b *builder) percentTemplate() string {
	sample := b.words.Percent(0.5, 0)
	if !strings.Contains(sample, "50") {
		return ""
	}
	return strings.Replace(sample, "50", "{value}", 1)
}

// textAxis is a category axis of texts, top to bottom, on the right or left.
func (b *builder) textAxis(texts []string, right, line bool) opts.YAxis {
	axis := opts.YAxis{
		Type: "category", Data: texts, Inverse: opts.Bool(true), Position: "left",
		AxisLabel: &opts.AxisLabel{Show: opts.Bool(true), Interval: "0", FontSize: labelSize,
			LineHeight: strconv.Itoa(lineStep), Margin: margin},
		AxisLine: &opts.AxisLine{Show: opts.Bool(line)},
	}
	if right {
		axis.Position = "right"
	}
	return axis
}

func splitLines(text string) []string { return strings.Split(text, "\n") }
