package charts

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"bedarfslotse/internal/i18n"
)

// Sizes in CSS pixels.
const (
	labelSize = 13 // the answers
	smallSize = 12 // axes, the base
	lineStep  = 17 // from line to line of a label
	margin    = 8  // around everything
	footer    = 26 // room for the base below the chart
)

// drawing is a chart before it is written: what go-echarts knows, and what
// only ECharts does.
type drawing struct {
	charts.BaseConfigurationVisitor
	bar    *charts.Bar
	height int
	legend *legend
	decals bool
	// interval is the distance of the lines across the horizontal axis, in its
	// units; 0 leaves it to ECharts.
	interval float64
	series   []series
}

// newDrawing begins a chart with what all have in common.
func (b *builder) newDrawing() *drawing {
	d := &drawing{bar: charts.NewBar()}
	d.bar.Animation = opts.Bool(false)
	d.bar.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
	d.bar.Legend = opts.Legend{Show: opts.Bool(false)}
	d.bar.Colors = nil
	d.bar.Theme = "" // the palette comes with the theme, not with the options
	return d
}

// finish fixes the height and writes the base into the bottom line, so that a
// picture taken elsewhere still says on how many answers it rests.
func (b *builder) finish(d *drawing, height int) *drawing {
	d.height = height
	title := opts.Title{
		Title:      directed([]string{b.worth()}, b.right),
		TitleStyle: &opts.TextStyle{FontSize: smallSize, FontWeight: "normal"},
		Top:        strconv.Itoa(height - footer),
	}
	if b.right {
		title.Right = "0"
	} else {
		title.Left = "0"
	}
	d.bar.Title = title
	return d
}

// encode writes the options. Their text is safe inside a script element, as
// encoding/json escapes <, > and &.
func (d *drawing) encode(description string) json.RawMessage {
	d.bar.Aria = &opts.Aria{
		Enabled: opts.Bool(true),
		Label:   &opts.AriaLabel{Enabled: opts.Bool(true), Description: description},
		Decal:   &opts.AriaDecal{Show: opts.Bool(d.decals)},
	}
	for _, s := range d.series {
		d.bar.MultiSeries = append(d.bar.MultiSeries, s.SingleSeries)
	}
	d.bar.Accept(d)
	d.bar.Validate()
	text, err := json.Marshal(d.bar.JSON())
	if err != nil {
		// Everything in it is a plain value made here, so this is a fault of
		// the program that no caller could answer.
		panic(fmt.Sprintf("charts: write options: %v", err))
	}
	return text
}

// series is one series with the settings that go-echarts has no room for.
type series struct {
	charts.SingleSeries
	BarWidth   any     `json:"barWidth,omitempty"`
	SymbolSize any     `json:"symbolSize,omitempty"`
	Silent     bool    `json:"silent,omitempty"`
	Clip       *bool   `json:"clip,omitempty"`
	Cursor     string  `json:"cursor,omitempty"`
	Mark       *marks  `json:"markLine,omitempty"`
	Area       *marks  `json:"markArea,omitempty"`
	Data       []datum `json:"data"`
	Style      *style  `json:"itemStyle,omitempty"`
	Text       *text   `json:"label,omitempty"`
	Layout     any     `json:"labelLayout,omitempty"`
}

// datum is one value with the words that stand on it and in its tooltip.
type datum struct {
	Value   any      `json:"value"` // nil draws nothing
	Text    *text    `json:"label,omitempty"`
	Tooltip *tooltip `json:"tooltip,omitempty"`
}

type text struct {
	Show            bool   `json:"show"`
	Position        string `json:"position,omitempty"`
	Formatter       string `json:"formatter,omitempty"`
	Color           string `json:"color,omitempty"`
	FontSize        int    `json:"fontSize,omitempty"`
	LineHeight      int    `json:"lineHeight,omitempty"`
	Distance        *int   `json:"distance,omitempty"`
	BackgroundColor string `json:"backgroundColor,omitempty"`
	BorderRadius    int    `json:"borderRadius,omitempty"`
	Padding         []int  `json:"padding,omitempty"`
	BorderWidth     *int   `json:"textBorderWidth,omitempty"`
}

type tooltip struct {
	Formatter string `json:"formatter"`
}

type style struct {
	Color       string `json:"color,omitempty"`
	BorderWidth int    `json:"borderWidth,omitempty"`
	Opacity     int    `json:"opacity,omitempty"`
}

// marks are lines or areas drawn between pairs of points.
type marks struct {
	Silent     bool       `json:"silent"`
	Symbol     string     `json:"symbol,omitempty"`
	SymbolSize []int      `json:"symbolSize,omitempty"`
	Label      text       `json:"label"`
	Line       *lineStyle `json:"lineStyle,omitempty"`
	Style      *style     `json:"itemStyle,omitempty"`
	Precision  int        `json:"precision"`
	Data       [][2]point `json:"data"`
}

type lineStyle struct {
	Type  string  `json:"type"`
	Width float64 `json:"width"`
}

type point struct {
	Coord [2]float64 `json:"coord"`
}

type legend struct {
	opts.Legend
	SelectedMode bool `json:"selectedMode"` // go-echarts only knows text, and "false" is true to ECharts
	ItemGap      int  `json:"itemGap,omitempty"`
}

// VisitLegendOpt writes our legend in the place of go-echarts'.
func (d *drawing) VisitLegendOpt(plain opts.Legend) any {
	if d.legend == nil {
		return plain
	}
	return d.legend
}

// VisitTooltipOpt has tooltips drawn instead of built from HTML, which the
// content security policy would strip of its styles.
func (d *drawing) VisitTooltipOpt(plain opts.Tooltip) any {
	return struct {
		opts.Tooltip
		RenderMode string `json:"renderMode"`
		Confine    bool   `json:"confine"`
	}{plain, "richText", true}
}

// VisitSeriesOpt writes our series in the place of go-echarts'.
func (d *drawing) VisitSeriesOpt(charts.MultiSeries) any { return d.series }

// axisLabel has numbers where go-echarts has texts: ECharts adds line heights
// up, and adding texts joins them.
type axisLabel struct {
	*opts.AxisLabel
	LineHeight int  `json:"lineHeight,omitempty"`
	Interval   *int `json:"interval,omitempty"`
}

func numeric(label *opts.AxisLabel) *axisLabel {
	changed := &axisLabel{AxisLabel: label}
	changed.LineHeight, _ = strconv.Atoi(label.LineHeight) // ours: empty or a number
	if interval, err := strconv.Atoi(label.Interval); err == nil {
		changed.Interval = &interval
	}
	return changed
}

// VisitXAxis writes our axis labels in the place of go-echarts'.
func (d *drawing) VisitXAxis(axes []opts.XAxis) any {
	type axis struct {
		opts.XAxis
		AxisLabel *axisLabel `json:"axisLabel"`
		Interval  float64    `json:"interval,omitempty"` // from line to line, which go-echarts lacks
	}
	written := make([]axis, len(axes))
	for i, a := range axes {
		written[i] = axis{a, numeric(a.AxisLabel), d.interval}
	}
	return written
}

// VisitYAxis does the same for the other axes.
func (d *drawing) VisitYAxis(axes []opts.YAxis) any {
	type axis struct {
		opts.YAxis
		AxisLabel *axisLabel `json:"axisLabel"`
		AxisTick  struct {
			Show bool `json:"show"`
		} `json:"axisTick"`
	}
	written := make([]axis, len(axes))
	for i, a := range axes {
		written[i] = axis{YAxis: a, AxisLabel: numeric(a.AxisLabel)}
	}
	return written
}

// share turns a share of 0–1 into the per cent that is drawn, with the digits
// that are shown: a value finer than the words would tell more than they do.
func (b *builder) share(value float64) float64 {
	return i18n.RoundHalfAway(value*100, b.shareDecimals())
}

// tooltip says everything about one entry.
func (b *builder) tooltip(e entry) *tooltip {
	pairs := []any{"label", e.label.within(b.right), "share", b.percent(*e.Share), "count", b.count(*e.Count), "base", b.base()}
	words := b.words.T("charts.tooltip", pairs...)
	if interval := b.interval(e); interval != "" {
		words = b.words.T("charts.tooltip_interval", append(pairs, "interval", interval)...)
	}
	return &tooltip{Formatter: inert(b.folded(words))}
}

// hiddenTooltip says that the entry is withheld: ECharts would write the
// place of the mark instead, which reads like a figure.
func (b *builder) hiddenTooltip(e entry) *tooltip {
	return &tooltip{Formatter: inert(b.folded(e.label.within(b.right) + "\n" + b.words.T("charts.hidden")))}
}

// folded wraps every line of a text to the chart's width.
func (b *builder) folded(words string) string {
	const widestTooltip = 340
	width := math.Min(float64(b.width)-60, widestTooltip)
	var lines []string
	for _, line := range splitLines(words) {
		lines = append(lines, wrap(line, width, labelSize, 6)...)
	}
	return directed(lines, b.right)
}
