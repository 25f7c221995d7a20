package charts

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// Reading is one value of something that is measured again and again.
type Reading struct {
	Day    string // 2006-01-02: where it stands in time
	Period string // what readers call its time
	Value  *Value // nil when it is hidden
}

// Line is what is measured in one place.
type Line struct {
	Label    string
	Readings []Reading // in the order of time
	// From and Goal are the ends of the way to a target, nil where there is none.
	From, Goal *Reading
}

// last returns the latest reading, nil for none.
func (l *Line) last() *Reading {
	if len(l.Readings) == 0 {
		return nil
	}
	return &l.Readings[len(l.Readings)-1]
}

// Course is one thing measured over time and in several places.
type Course struct {
	Name  string // for the chart's id
	Title string
	Unit  string // in words: "per cent"
	// Decimals is how many decimals values are written with at most.
	Decimals int
	// Say writes a value with its unit, in sentences and tables; nil writes the
	// number alone.
	Say   func(value float64) string
	Lines []Line
	Notes []string
}

// MostLines is how many places can be told apart in one picture of time.
const MostLines = 6

// BuildCourse makes the chart of the course over time: a line for each place, at
// most [MostLines] of them, and a broken one from where a target begins to where
// it leads.
func BuildCourse(course Course, words *i18n.Localizer, options ...Option) Chart {
	c := newCourse(course, words, options)
	c.Lines = c.Lines[:min(len(c.Lines), MostLines)]
	chart := c.chart("time", c.timeSummary(), c.timeTable())
	if c.spans() {
		s := &scene{width: float64(c.width)}
		c.drawTime(s)
		chart.finish(s, "", c.lead.right)
	}
	return chart
}

// BuildPlaces makes the chart of the latest values of all places: bars, with a
// mark where each shall be.
func BuildPlaces(course Course, words *i18n.Localizer, options ...Option) Chart {
	c := newCourse(course, words, options)
	c.Lines = slices.DeleteFunc(slices.Clone(c.Lines), func(l Line) bool { return len(l.Readings) == 0 })
	slices.SortStableFunc(c.Lines, func(a, b Line) int {
		x, y := a.last().Value, b.last().Value
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return 1
		case y == nil:
			return -1
		}
		return cmp.Compare(y.Value, x.Value)
	})
	chart := c.chart("places", c.placesSummary(), c.placesTable())
	if low, high, some := c.ends(true); some {
		s := &scene{width: float64(c.width)}
		c.drawPlaces(s, min(low, 0), max(high, 0))
		chart.finish(s, "", c.lead.right)
	}
	return chart
}

type courseBuilder struct {
	settings
	Course
	words *i18n.Localizer
	lead  *builder
}

func newCourse(course Course, words *i18n.Localizer, options []Option) *courseBuilder {
	lead := newBuilder(analysis.Figure{}, nil, words, options)
	return &courseBuilder{settings: lead.settings, Course: course, words: words, lead: lead}
}

func (c *courseBuilder) chart(kind, summary string, table Table) Chart {
	return Chart{ID: identifier(c.Name + "-" + kind), Title: plain(c.Title), Direction: c.words.Direction(), Language: c.words.Language(),
		Summary: summary, Table: table, Notes: c.Notes, Data: c.data()}
}

// number writes a value with as many decimals as it has, up to the course's.
func (c *courseBuilder) number(value float64) string {
	decimals := 0
	if _, fraction, found := strings.Cut(strconv.FormatFloat(i18n.RoundHalfAway(value, c.Decimals), 'f', -1, 64), "."); found {
		decimals = min(len(fraction), c.Decimals)
	}
	return c.words.Number(value, decimals)
}

func (c *courseBuilder) said(value float64) string {
	if c.Say == nil {
		return c.number(value)
	}
	return c.Say(value)
}

// told writes a reading's value with its interval, or that it is hidden.
func (c *courseBuilder) told(r *Reading) string {
	switch {
	case r == nil:
		return ""
	case r.Value == nil:
		return c.words.T("charts.hidden")
	case r.Value.Low == nil || r.Value.High == nil:
		return c.said(r.Value.Value)
	}
	return c.words.T("charts.share_interval", "share", c.said(r.Value.Value),
		"interval", c.words.T("charts.interval", "low", c.said(*r.Value.Low), "high", c.said(*r.Value.High)))
}

// spans tells whether there are two moments at which something is shown.
func (c *courseBuilder) spans() bool {
	days := map[string]bool{}
	for _, line := range c.Lines {
		for _, r := range line.Readings {
			if r.Value != nil {
				days[r.Day] = true
			}
		}
	}
	return len(days) > 1
}

// ends are the smallest and largest of what is shown, of the latest values alone
// or of all, with the ends of the ways to targets.
func (c *courseBuilder) ends(latest bool) (low, high float64, some bool) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(r *Reading) {
		if r == nil || r.Value == nil {
			return
		}
		low, high = min(low, r.Value.Value), max(high, r.Value.Value)
		if r.Value.Low != nil && r.Value.High != nil {
			low, high = min(low, *r.Value.Low), max(high, *r.Value.High)
		}
	}
	for i := range c.Lines {
		line := &c.Lines[i]
		if latest {
			take(line.last())
		} else {
			for at := range line.Readings {
				take(&line.Readings[at])
			}
			take(line.From)
		}
		some = some || !math.IsInf(low, 1)
		take(line.Goal)
	}
	return low, high, some
}

// drawPlaces draws a row for each place.
func (c *courseBuilder) drawPlaces(s *scene, low, high float64) {
	s.caption(c.Unit, c.lead.right)
	var rows []rowSpec
	for i := range c.Lines {
		last := c.Lines[i].last()
		row := rowSpec{label: label{text: plain(c.Lines[i].Label), right: c.lead.right}, below: last.Period, right: c.lead.right}
		if last.Value != nil {
			row.aside = c.number(last.Value.Value)
		}
		rows = append(rows, row)
	}
	under := &scene{width: s.width, height: s.height}
	plan := under.planRows(rows, 22)
	from, to, parts := niceEnds(low, high)
	a := scale{from, to, plan.from + 6, plan.to - 6}
	s.axis(a, plan.top, plan.end, c.ticks(a, parts), c.lead.right)
	s.put(under, 0, 0)
	for i := range c.Lines {
		y, last := plan.centre[i], c.Lines[i].last()
		if last.Value == nil {
			s.text(plan.from, y, start, smallSize, muted, directed([]string{c.words.T("charts.dash", "reason", c.words.T("charts.hidden"))}, c.lead.right))
			continue
		}
		left, right := a.at(min(0, last.Value.Value)), a.at(max(0, last.Value.Value))
		s.box(left, y-7, max(right-left, 1), 14, accent)
		if last.Value.Low != nil && last.Value.High != nil {
			s.whisker(a.at(*last.Value.Low), a.at(*last.Value.High), y, 5, ink)
		}
		if goal := c.Lines[i].Goal; goal != nil && goal.Value != nil {
			s.line(a.at(goal.Value.Value), y-12, a.at(goal.Value.Value), y+12, 3, ink)
		}
	}
	s.height = plan.end + axisHeight
	if slices.ContainsFunc(c.Lines, func(l Line) bool { return l.Goal != nil }) {
		s.legend([]key{{label: label{c.words.T("indicators.chart.value"), c.lead.right}, fill: accent, kind: box},
			{label: label{c.words.T("indicators.chart.goal"), c.lead.right}, fill: ink, kind: box}})
	}
}

// ticks divide an axis into so many parts.
func (c *courseBuilder) ticks(a scale, parts float64) []tick {
	return c.lead.numberTicks(a, parts)
}

// drawTime draws a line for each place.
func (c *courseBuilder) drawTime(s *scene) {
	low, high, _ := c.ends(false)
	if low > 0 && low < high/2 {
		low = 0 // small differences far from nothing look larger than they are
	}
	from, to, parts := niceEnds(low, high)
	s.caption(c.Unit, c.lead.right)
	if len(c.Lines) > 1 || c.Lines[0].Goal != nil {
		s.legend(c.keys())
	}
	const tall = 220
	top := s.height + 14
	y := scale{from, to, top + tall, top}
	ticks, wide := c.ticks(y, parts), 0.0
	for _, t := range ticks {
		wide = max(wide, textWidth(t.words, smallSize))
	}
	left, right := margin+wide+8, s.width-3*margin
	for _, t := range ticks {
		s.line(left, y.at(t.value), right, y.at(t.value), 1, grid)
		s.text(left-6, y.at(t.value), end, smallSize, muted, directed([]string{t.words}, c.lead.right))
	}
	x, moments := c.timeScale(left+12, right-12)
	s.axis(x, top, top+tall, moments, c.lead.right)
	for i := range c.Lines {
		c.drawLine(s, i, x, y)
	}
	s.height = top + tall + axisHeight
}

// timeScale runs from the first to the last day, with a tick for each period.
func (c *courseBuilder) timeScale(from, to float64) (scale, []tick) {
	a := scale{math.Inf(1), math.Inf(-1), from, to}
	var ticks []tick
	add := func(r *Reading) {
		if r == nil {
			return
		}
		at := dayNumber(r.Day)
		a.low, a.high = min(a.low, at), max(a.high, at)
		if !slices.ContainsFunc(ticks, func(t tick) bool { return t.value == at || t.words == r.Period }) {
			ticks = append(ticks, tick{at, r.Period})
		}
	}
	for i := range c.Lines {
		for at := range c.Lines[i].Readings {
			add(&c.Lines[i].Readings[at])
		}
	}
	for i := range c.Lines {
		add(c.Lines[i].From)
		add(c.Lines[i].Goal)
	}
	slices.SortFunc(ticks, func(x, y tick) int { return cmp.Compare(x.value, y.value) })
	if a.low == a.high {
		a.high++
	}
	return a, ticks
}

func dayNumber(day string) float64 {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return float64(at.Unix()) / (24 * 60 * 60)
}

// look is how a line is told from the others, with and without colours.
func (c *courseBuilder) look(i int) (colour paint, point, stroke markKind) {
	colour, point, stroke = categorical()[i], disc, line
	if i%2 == 1 {
		point = diamond
	}
	if i/2%2 == 1 {
		stroke = dashes
	}
	return colour, point, stroke
}

func (c *courseBuilder) keys() []key {
	var keys []key
	for i := range c.Lines {
		colour, point, _ := c.look(i)
		keys = append(keys, key{label: label{plain(c.Lines[i].Label), c.lead.right}, fill: colour, kind: point})
	}
	if slices.ContainsFunc(c.Lines, func(l Line) bool { return l.Goal != nil }) {
		keys = append(keys, key{label: label{c.words.T("indicators.chart.way"), c.lead.right}, fill: muted, kind: diamond})
	}
	return keys
}

// drawLine draws one place's values. Between readings that are shown a line leads
// on; where one is hidden it breaks off.
func (c *courseBuilder) drawLine(s *scene, i int, x, y scale) {
	colour, point, stroke := c.look(i)
	of := &c.Lines[i]
	if of.From != nil && of.Goal != nil && of.From.Value != nil && of.Goal.Value != nil {
		x1, y1, x2, y2 := x.at(dayNumber(of.From.Day)), y.at(of.From.Value.Value), x.at(dayNumber(of.Goal.Day)), y.at(of.Goal.Value.Value)
		s.add(mark{kind: dashes, x: x1, y: y1, w: x2 - x1, h: y2 - y1, thick: 1.5, stroke: muted})
		s.point(diamond, x2, y2, 7, muted)
	}
	before := -1
	for at, r := range of.Readings {
		if r.Value == nil {
			before = -1
			continue
		}
		if before >= 0 {
			x1, y1 := x.at(dayNumber(of.Readings[before].Day)), y.at(of.Readings[before].Value.Value)
			part := mark{kind: line, x: x1, y: y1, w: x.at(dayNumber(r.Day)) - x1, h: y.at(r.Value.Value) - y1, thick: 4, stroke: rule}
			s.add(part) // an edge, by which light colours stand out from light grounds
			part.kind, part.thick, part.stroke = stroke, 2.5, colour
			s.add(part)
		}
		before = at
	}
	free := math.Inf(-1)
	for _, r := range of.Readings {
		if r.Value == nil {
			continue
		}
		px, py := x.at(dayNumber(r.Day)), y.at(r.Value.Value)
		if r.Value.Low != nil && r.Value.High != nil {
			s.line(px, y.at(*r.Value.Low), px, y.at(*r.Value.High), 1.5, ink)
		}
		s.add(mark{kind: point, x: px, y: py, w: 5, h: 5, fill: colour, stroke: rule, thick: 1})
		text := c.number(r.Value.Value)
		if half := textWidth(text, smallSize) / 2; len(c.Lines) == 1 && px-half > free+4 && r.Value.Low == nil {
			s.text(px, py-13, middle, smallSize, ink, directed([]string{text}, c.lead.right))
			free = px + half
		}
	}
}
