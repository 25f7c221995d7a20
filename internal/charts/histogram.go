package charts

import (
	"math"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// histogram draws classes as areas on a line of numbers, months or hours: a
// class twice as wide is twice as wide in the picture and, for the same share,
// half as high. Bars of one width would make joined classes look like peaks.
func (b *builder) histogram() *drawing {
	const tall, labels = 190, 32
	edges, unit := b.classEdges()
	d := b.newDrawing()
	height := margin + 22 + tall + labels + footer
	d.bar.GridList = []opts.Grid{{
		Left: strconv.Itoa(3 * margin), Right: strconv.Itoa(3 * margin),
		Top: strconv.Itoa(margin + 22), Height: strconv.Itoa(tall),
	}}
	first, last := edges[0][0], edges[len(edges)-1][1]
	d.bar.XAxisList[0] = opts.XAxis{
		Type: "value", Min: first, Max: last, Inverse: opts.Bool(b.right),
		AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)}, AxisTick: &opts.AxisTick{Show: opts.Bool(false)},
		SplitLine: &opts.SplitLine{Show: opts.Bool(false)}, AxisLine: &opts.AxisLine{Show: opts.Bool(true)},
	}
	d.bar.YAxisList[0] = opts.YAxis{
		Type: "value", Min: 0, AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)},
		SplitLine: &opts.SplitLine{Show: opts.Bool(false)}, AxisLine: &opts.AxisLine{Show: opts.Bool(false)},
	}
	areas := &marks{Silent: true, Style: &style{BorderWidth: 1}}
	tops := scatter(b.base(), "top")
	highest := 0.0
	for i, e := range b.entries {
		width := edges[i][1] - edges[i][0]
		room := width / (last - first) * float64(b.width-6*margin)
		if !e.shown() {
			middle := [2]float64{(edges[i][0] + edges[i][1]) / 2, 0}
			tops.Data = append(tops.Data, datum{Value: middle, Text: b.hiddenText(room), Tooltip: b.hiddenTooltip(e)})
			continue
		}
		// Four digits are finer than the picture and coarse enough for the JSON.
		dense := math.Round(b.share(*e.Share)/(width/unit)*1e4) / 1e4
		highest = math.Max(highest, dense)
		areas.Data = append(areas.Data, [2]point{{[2]float64{edges[i][0], 0}}, {[2]float64{edges[i][1], dense}}})
		middle := [2]float64{(edges[i][0] + edges[i][1]) / 2, dense}
		tops.Data = append(tops.Data, datum{Value: middle, Tooltip: b.tooltip(e), Text: b.above(e, room)})
	}
	if highest > 0 {
		d.bar.YAxisList[0].Max = highest
	} else {
		d.bar.YAxisList[0].Max = 1
	}
	ground := series{Area: areas, Silent: true, Data: []datum{}}
	ground.Type, ground.Name = types.ChartLine, b.base()
	d.series = []series{ground, tops, b.edgeLabels(edges)}
	return b.finish(d, height)
}

// above writes a share over its column where there is room for it.
func (b *builder) above(e entry, room float64) *text {
	words := b.percent(*e.Share)
	if textWidth(words, smallSize) > room-2 {
		return nil
	}
	return &text{Show: true, Position: "top", FontSize: smallSize, Formatter: inert(directed([]string{words}, b.right))}
}

// hiddenText stands in the place of a column whose figures are withheld: an
// empty place would read as zero.
func (b *builder) hiddenText(room float64) *text {
	const least = 70
	lines := []string{"(–)"}
	if room >= least {
		lines = wrap(b.words.T("charts.hidden"), room, smallSize, 3)
	}
	return &text{Show: true, Position: "top", FontSize: smallSize, LineHeight: lineStep - 2,
		Formatter: inert(directed(lines, b.right))}
}

// scatter is a series of unseen points that carry words and tooltips.
func scatter(name, position string) series {
	unclipped := false
	s := series{SymbolSize: 14, Clip: &unclipped, Style: &style{Color: "transparent", Opacity: 1},
		Text: &text{Position: position, FontSize: smallSize}, Cursor: "default"}
	s.Type, s.Name, s.Symbol = types.ChartScatter, name, "rect"
	return s
}

// edgeLabels writes the classes' lower ends, and the last upper one, below the
// axis, leaving out those that would run into each other.
func (b *builder) edgeLabels(edges [][2]float64) series {
	labels := scatter(b.rowHeader(), "bottom")
	labels.Silent = true
	first, last := edges[0][0], edges[len(edges)-1][1]
	pixels := float64(b.width-6*margin) / (last - first)
	free := math.Inf(-1)
	put := func(at float64, cell float64, final bool) {
		if math.IsInf(cell, 0) {
			return // an open class has no end to name
		}
		words := b.edge(at)
		half := textWidth(words, smallSize) / 2
		x := (at - first) * pixels
		if x-half < free && !final {
			return
		}
		free = x + half + 6
		labels.Data = append(labels.Data, datum{Value: [2]float64{at, 0},
			Text: &text{Show: true, Position: "bottom", FontSize: smallSize, Formatter: inert(directed([]string{words}, b.right))}})
	}
	for i, e := range b.entries {
		put(edges[i][0], e.From, false)
	}
	end := b.entries[len(b.entries)-1].To
	if x := (last - first) * pixels; x-textWidth(b.edge(last), smallSize)/2 >= free {
		put(last, end, true)
	}
	return labels
}

// classEdges returns each class's ends on the axis and the width that counts
// as one. Classes name values inside them (10..19, 20..29); on the axis they
// touch (10, 20, 30). An open class is as wide as the class beside it.
func (b *builder) classEdges() (edges [][2]float64, unit float64) {
	step := b.classStep()
	edges = make([][2]float64, len(b.entries))
	for i, e := range b.entries {
		edges[i] = [2]float64{e.From, e.To + step}
		if edges[i][1] <= edges[i][0] {
			edges[i][1] = edges[i][0] + 1
		}
	}
	unit = math.Inf(1)
	for _, edge := range edges {
		if width := edge[1] - edge[0]; !math.IsInf(width, 0) && !math.IsNaN(width) {
			unit = math.Min(unit, width)
		}
	}
	if math.IsInf(unit, 1) {
		unit = 1
	}
	for i := range edges {
		if math.IsInf(edges[i][0], -1) && math.IsInf(edges[i][1], 1) {
			edges[i] = [2]float64{0, unit}
		} else if math.IsInf(edges[i][0], -1) {
			edges[i][0] = edges[i][1] - unit
		} else if math.IsInf(edges[i][1], 1) {
			edges[i][1] = edges[i][0] + unit
		}
	}
	return edges, unit
}

// classStep is the distance between the last value of a class and the first of
// the next: 1 for whole numbers, 0 where classes touch.
func (b *builder) classStep() float64 {
	step := math.Inf(1)
	for i := 1; i < len(b.entries); i++ {
		if gap := b.entries[i].From - b.entries[i-1].To; gap >= 0 {
			step = math.Min(step, gap)
		}
	}
	if !math.IsInf(step, 0) {
		return step
	}
	for _, e := range b.entries {
		if e.From != math.Trunc(e.From) || e.To != math.Trunc(e.To) {
			return 0
		}
	}
	return 1
}

// unequalClasses tells whether heights alone would mislead.
func (b *builder) unequalClasses() bool {
	edges, unit := b.classEdges()
	for _, edge := range edges {
		if edge[1]-edge[0] > unit*1.001 {
			return true
		}
	}
	return false
}
