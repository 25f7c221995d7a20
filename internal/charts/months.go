package charts

import (
	"math"
	"strconv"
	"time"

	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// months draws dates as one column per month. The axis ends with the highest
// share shown, so that it tells nothing of hidden ones.
func (b *builder) months() *drawing {
	const tall, labels = 190, 44
	d := b.newDrawing()
	band := float64(b.width-6*margin) / float64(len(b.entries))
	d.bar.GridList = []opts.Grid{{
		Left: strconv.Itoa(3 * margin), Right: strconv.Itoa(3 * margin),
		Top: strconv.Itoa(margin + 22), Height: strconv.Itoa(tall),
	}}
	d.bar.SetXAxis(b.monthLabels(band))
	d.bar.XAxisList[0] = opts.XAxis{
		Type: "category", Inverse: opts.Bool(b.right),
		AxisLabel: &opts.AxisLabel{Show: opts.Bool(true), Interval: "0", FontSize: smallSize, LineHeight: "15"},
		AxisTick:  &opts.AxisTick{Show: opts.Bool(false)},
	}
	column := series{BarWidth: int(math.Max(1, math.Min(band*0.8, 60)))}
	column.Type, column.Name = types.ChartBar, b.base()
	highest := 0.0
	withheld := scatter(b.words.T("charts.hidden"), "top")
	withheld.Silent = true
	for i, e := range b.entries {
		if !e.shown() {
			column.Data = append(column.Data, datum{})
			withheld.Data = append(withheld.Data, datum{Value: [2]float64{float64(i), 0}, Text: b.hiddenText(band)})
			continue
		}
		highest = math.Max(highest, b.share(*e.Share))
		column.Data = append(column.Data, datum{Value: b.share(*e.Share), Tooltip: b.tooltip(e), Text: b.above(e, band)})
	}
	if highest == 0 {
		highest = 1
	}
	d.bar.YAxisList[0] = opts.YAxis{
		Type: "value", Min: 0, Max: highest, AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)},
		SplitLine: &opts.SplitLine{Show: opts.Bool(false)}, AxisLine: &opts.AxisLine{Show: opts.Bool(false)},
	}
	d.series = []series{column}
	if len(withheld.Data) > 0 {
		d.series = append(d.series, withheld)
	}
	return b.finish(d, margin+22+tall+labels+footer)
}

// monthLabels names as many months as there is room for, with the year below
// the first one named and below each January.
func (b *builder) monthLabels(band float64) []string {
	const room = 40.0
	every := max(1, int(math.Ceil(room/band)))
	labels := make([]string, len(b.entries))
	for i, e := range b.entries {
		month, err := time.Parse("2006-01", e.Name)
		if i%every != 0 {
			continue
		}
		if err != nil {
			labels[i] = directed(wrap(e.label.text, math.Max(band, room), smallSize, 2), e.label.right)
			continue
		}
		lines := []string{b.words.T("charts.month_short." + strconv.Itoa(int(month.Month())))}
		if i == 0 || month.Month() == time.January || every > 1 {
			lines = append(lines, strconv.Itoa(month.Year()))
		}
		labels[i] = directed(lines, b.right)
	}
	return labels
}
