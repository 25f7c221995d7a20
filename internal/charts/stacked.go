package charts

import (
	"fmt"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// stacked draws a scale as one bar whose parts are its steps in order, from
// the low end's colour to the high one's. The legend below names every step
// with its share, so that thin parts can be read as well.
func (b *builder) stacked() *drawing {
	const bar, gap = 44, 8
	d := b.newDrawing()
	d.decals = true
	names, rows := b.stepNames()
	top := margin + bar + 26 + gap
	d.bar.GridList = []opts.Grid{{
		Left: strconv.Itoa(2 * margin), Right: strconv.Itoa(3 * margin), Top: strconv.Itoa(margin), Height: strconv.Itoa(bar),
	}}
	d.bar.XAxisList[0], d.interval = b.shareAxis()
	d.bar.YAxisList[0] = b.textAxis([]string{""}, b.right, false)
	d.bar.YAxisList[0].AxisLabel.Show = opts.Bool(false)
	d.legend = b.stepLegend(names, top)
	colours := ramp(len(b.entries))
	for i, e := range b.entries {
		step := series{BarWidth: bar, Style: &style{Color: colours[i].hex(), BorderWidth: 1}}
		step.Type, step.Name, step.Stack = types.ChartBar, names[i], "scale"
		step.Data = []datum{{Value: b.share(*e.Share), Tooltip: b.tooltip(e), Text: b.stepText(e, colours[i])}}
		d.series = append(d.series, step)
	}
	return b.finish(d, top+rows*(lineStep+5)+4+footer)
}

// stepNames returns the legend's lines, each unlike the others because ECharts
// tells series apart by name, and how many lines of text they take.
func (b *builder) stepNames() (names []string, rows int) {
	seen := map[string]int{}
	for _, e := range b.entries {
		words := b.words.T("charts.legend", "label", e.label.within(b.right), "share", b.percent(*e.Share))
		room := float64(b.width) - 6*margin - 24
		if textWidth(words, labelSize) > room {
			// The share must survive: shorten the label in front of it.
			tail := textWidth(b.words.T("charts.legend", "label", "", "share", b.percent(*e.Share)), labelSize)
			short := label{text: shorten(e.label.text, room-tail, labelSize), right: e.label.right}
			words = b.words.T("charts.legend", "label", short.within(b.right), "share", b.percent(*e.Share))
		}
		if seen[words]++; seen[words] > 1 {
			words = fmt.Sprintf("%s [%d]", words, seen[words])
		}
		names = append(names, directed([]string{words}, b.right))
	}
	return names, len(names)
}

func (b *builder) stepLegend(names []string, top int) *legend {
	l := &legend{ItemGap: 5}
	l.Show, l.Orient, l.Top, l.Data = opts.Bool(true), "vertical", strconv.Itoa(top), names
	l.ItemWidth, l.ItemHeight, l.Padding = 22, 14, 0
	l.TextStyle = &opts.TextStyle{FontSize: labelSize, LineHeight: lineStep}
	l.Left, l.Align = strconv.Itoa(2*margin), "left"
	if b.right {
		l.Left, l.Right, l.Align = "", strconv.Itoa(2*margin), "right"
	}
	return l
}

// stepText writes the share on a part that is wide enough for it, on a chip of
// the part's own colour, so that no pattern runs through the digits.
func (b *builder) stepText(e entry, colour rgb) *text {
	words := b.percent(*e.Share)
	room := *e.Share * float64(b.width-5*margin)
	if textWidth(words, labelSize)+14 > room {
		return nil
	}
	none := 0
	return &text{
		Show: true, Position: "inside", Formatter: inert(directed([]string{words}, b.right)), Color: colour.ink(),
		FontSize: labelSize, BackgroundColor: colour.hex(), BorderRadius: 3, Padding: []int{2, 4}, BorderWidth: &none,
	}
}
