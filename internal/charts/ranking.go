package charts

import (
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// Ranking is items with one value each and its interval, the first on top.
type Ranking struct {
	Name, Title, Summary, Footer string
	Caption                      string // what the values are
	Rows                         []RankedRow
	Table                        Table
	Data                         Data
}

// RankedRow is one item: its value, and what stands beside it, such as its rank.
type RankedRow struct {
	Label, Below, Aside string
	Value               float64
	Low, High           *float64
}

// BuildRanking draws values as points with their intervals.
func BuildRanking(r Ranking, words *i18n.Localizer, options ...Option) Chart {
	b := newBuilder(analysis.Figure{}, nil, words, options)
	chart := Chart{ID: identifier(r.Name), Title: plain(r.Title), Direction: words.Direction(), Language: words.Language(),
		Summary: r.Summary, Table: r.Table, Data: r.Data}
	if len(r.Rows) == 0 {
		return chart
	}
	s := &scene{width: float64(b.width)}
	s.caption(r.Caption, b.right)
	low, high := 0.0, 0.0 // an axis of needs always shows where none is
	var rows []rowSpec
	for _, one := range r.Rows {
		rows = append(rows, rowSpec{label: groupLabel(one.Label, "", b.right), below: one.Below, aside: one.Aside, right: b.right})
		low, high = min(low, one.Value), max(high, one.Value)
		if one.Low != nil {
			low, high = min(low, *one.Low), max(high, *one.High)
		}
	}
	from, to, parts := niceEnds(low, high)
	under := &scene{width: s.width, height: s.height}
	plan := under.planRows(rows, 22)
	a := scale{from, to, plan.from + 6, plan.to - 6}
	s.axis(a, plan.top, plan.end, b.numberTicks(a, parts), b.right)
	s.put(under, 0, 0)
	for i, one := range r.Rows {
		if one.Low != nil {
			s.whisker(a.at(*one.Low), a.at(*one.High), plan.centre[i], 5, ink)
		}
		s.point(disc, a.at(one.Value), plan.centre[i], 6, accent)
	}
	s.height = plan.end + axisHeight
	chart.finish(s, r.Footer, b.right)
	return chart
}
