package charts

import (
	"cmp"
	"math"
	"slices"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// Group is one question's figure over one group of respondents.
type Group struct {
	Name  string // of the category: "area_7"
	Label string // what readers call it
	// Language is the label's; "" when it is the reader's own.
	Language string
	// N is how many respondents are in the group, nil when that is hidden.
	N *int
	// Perturbed tells that the figure is outside the exact groups: all of it
	// carries ≈ (METHODS 5.6).
	Perturbed bool
	Figure    analysis.Figure
}

// Grouped is one question broken down by one variable.
type Grouped struct {
	Variable string // the variable's name: "area"
	By       string // what readers call it
	// Ordered tells that the groups have an order of their own, such as age
	// bands or waves, which is kept; others are put in the order of their values.
	Ordered bool
	Groups  []Group
	// Test is the test of the breakdown, nil where there is none (METHODS 4).
	Test *Test
}

// Test is the outcome of a test of independence.
type Test struct {
	P           float64 // adjusted for the number of comparisons
	Approximate bool    // computed from perturbed figures
}

// significant is the adjusted p below which a difference is marked (METHODS 4).
const significant = 0.05

// Layout is a way of drawing figures by group.
type Layout string

// The layouts.
const (
	Stacks    Layout = "stacks"    // one bar per group, its parts the choices
	Multiples Layout = "multiples" // one small bar chart per group on a shared axis
	Heat      Layout = "heat"      // choices × groups, the shares in words in coloured cells
	Dots      Layout = "dots"      // one share or mean per group with its interval
)

// mostStacked is the largest number of choices without order in one bar: so
// many colours can be told apart.
func mostStacked() int { return len(categorical()) }

// Layouts returns the ways in which a breakdown can be drawn, the most suitable
// first; none when no group has a figure that may be drawn.
func Layouts(grouped Grouped) []Layout {
	at := slices.IndexFunc(grouped.Groups, func(g Group) bool {
		return g.Figure.Base != nil && (len(g.Figure.Cells) > 0 || g.Figure.Kind == analysis.Score)
	})
	if at < 0 {
		return nil
	}
	switch figure := grouped.Groups[at].Figure; figure.Kind {
	case analysis.Answered:
		return nil
	case analysis.Score:
		return []Layout{Dots}
	case analysis.Scale:
		return []Layout{Stacks, Dots, Multiples, Heat}
	case analysis.Single:
		if len(figure.Cells) <= mostStacked() {
			return []Layout{Stacks, Heat, Multiples, Dots}
		}
		return []Layout{Heat, Multiples, Dots}
	case analysis.Number:
		return []Layout{Dots, Multiples, Heat}
	default:
		return []Layout{Heat, Multiples, Dots}
	}
}

// Choice names the choice whose shares a dot plot shows; without it, it shows
// the means where there are any and else the most frequent choice.
func Choice(name string) Option { return func(s *settings) { s.choice = name } }

// BuildGrouped makes the chart of one question broken down by a variable. A
// layout that does not suit the question gives way to the first that does. The
// element must be the question that the figures name; a nil element shows names
// instead of labels.
func BuildGrouped(grouped Grouped, layout Layout, element *survey.Element, words *i18n.Localizer, options ...Option) Chart {
	c := newComparison(grouped, element, words, options)
	suitable := Layouts(grouped)
	if len(suitable) > 0 && !slices.Contains(suitable, layout) {
		layout = suitable[0]
	}
	chart := c.chart(layout)
	if len(suitable) > 0 && c.anyShown() {
		chart.finish(c.draw(layout), c.footer(layout), c.lead.right)
	}
	return chart
}

// chart makes everything but the picture.
func (c *comparison) chart(layout Layout) Chart {
	title := c.title()
	return Chart{
		ID:        identifier(c.lead.figure.Question + "-" + c.grouped.Variable + "-" + string(layout)),
		Title:     title,
		Direction: c.words.Direction(),
		Language:  c.words.Language(),
		Summary:   c.summary(layout),
		Notes:     c.notes(),
		Data:      c.data(),
		Table:     c.table(title, layout),
	}
}

// comparison carries what all parts of a grouped chart need.
type comparison struct {
	settings
	grouped Grouped
	words   *i18n.Localizer
	lead    *builder // for what belongs to no single group
	choices []label
	members []member
	measure measure
	// low and high are the ends of the axis of means; bounded tells that they
	// are those of the scale.
	low, high float64
	bounded   bool
}

// member is a group with its words. Its entries stand in the order of the
// comparison's choices.
type member struct {
	Group
	*builder
	label label
}

func newComparison(grouped Grouped, element *survey.Element, words *i18n.Localizer, options []Option) *comparison {
	c := &comparison{grouped: grouped, words: words}
	for _, g := range grouped.Groups {
		own := options
		if g.Perturbed {
			own = append(slices.Clone(options), Perturbed())
		}
		m := member{Group: g, builder: newBuilder(g.Figure, element, words, own)}
		m.label = groupLabel(g.Label, g.Language, m.right)
		c.members = append(c.members, m)
	}
	c.lead = newBuilder(analysis.Figure{}, element, words, options)
	if len(c.members) > 0 {
		c.lead = newBuilder(grouped.Groups[0].Figure, element, words, options)
	}
	c.settings = c.lead.settings
	c.align()
	c.measure = c.chooseMeasure()
	if !grouped.Ordered {
		c.sortGroups()
	}
	c.low, c.high, c.bounded = c.meanEnds()
	return c
}

// groupLabel is a label that is not the survey's, in its language's direction.
func groupLabel(text, language string, right bool) label {
	if language != "" {
		right = i18n.Direction(language) == "rtl"
	}
	return label{text: plain(text), right: right}
}

// align gives all groups the same choices in the same order: the list's, or by
// how often they were chosen where that is how the question is shown by itself.
// A choice that a group's figure lacks is not shown there.
func (c *comparison) align() {
	var entries []entry
	total := map[string]int{}
	for _, m := range c.members {
		for _, e := range m.entries {
			if _, known := total[e.Name]; !known {
				entries = append(entries, e)
				total[e.Name] = 0
			}
			if e.shown() {
				total[e.Name] += *e.Count
			}
		}
	}
	if sorter := (&builder{figure: c.lead.figure, entries: entries}); sorter.sorted() {
		slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(total[b.Name], total[a.Name]) })
	}
	for _, e := range entries {
		c.choices = append(c.choices, e.label)
	}
	for _, m := range c.members {
		own := m.entries
		m.entries = make([]entry, len(entries))
		for i, e := range entries {
			at := slices.IndexFunc(own, func(o entry) bool { return o.Name == e.Name })
			if at >= 0 {
				m.entries[i] = own[at]
				continue
			}
			m.entries[i] = entry{Cell: analysis.Cell{Name: e.Name, Suppressed: true, Score: e.Score}, label: e.label}
		}
	}
}

// measure is the one figure by which groups are compared: a mean, or the share
// of one choice.
type measure struct {
	mean   bool
	choice int
}

// estimate is a group's value of the measure.
type estimate struct {
	value     float64
	low, high *float64
	text      string // the value in words
	interval  string // "" when there is none
}

// whole writes the value with its interval where it has one.
func (e estimate) whole(words *i18n.Localizer) string {
	if e.interval == "" {
		return e.text
	}
	return words.T("charts.share_interval", "share", e.text, "interval", e.interval)
}

func (c *comparison) chooseMeasure() measure {
	if c.choice != "" && len(c.members) > 0 {
		if at := slices.IndexFunc(c.members[0].entries, func(e entry) bool { return e.Name == c.choice }); at >= 0 {
			return measure{choice: at}
		}
	}
	for _, m := range c.members {
		if _, ok := m.estimate(measure{mean: true}); ok {
			return measure{mean: true}
		}
	}
	first := measure{}
	for i := range c.choices {
		if c.total(i) > c.total(first.choice) {
			first.choice = i
		}
	}
	return first
}

// total counts who is shown to have chosen something, over all groups.
func (c *comparison) total(choice int) int {
	total := 0
	for _, m := range c.members {
		if e := m.entries[choice]; e.shown() {
			total += *e.Count
		}
	}
	return total
}

// estimate returns the group's value of a measure, and whether it may be shown.
func (m *member) estimate(of measure) (estimate, bool) {
	if m.figure.Base == nil {
		return estimate{}, false
	}
	if of.mean {
		if m.figure.Mean == nil || m.figure.Kind != analysis.Scale && m.figure.Kind != analysis.Number && m.figure.Kind != analysis.Score {
			return estimate{}, false
		}
		found := estimate{value: *m.figure.Mean, text: m.mean(*m.figure.Mean)}
		if m.figure.MeanLow != nil && m.figure.MeanHigh != nil {
			found.low, found.high = m.figure.MeanLow, m.figure.MeanHigh
			found.interval = m.meanInterval(*found.low, *found.high)
		}
		return found, true
	}
	if of.choice >= len(m.entries) || !m.entries[of.choice].shown() {
		return estimate{}, false
	}
	e := m.entries[of.choice]
	found := estimate{value: *e.Share, text: m.percent(*e.Share)}
	if e.Low != nil && e.High != nil {
		found.low, found.high, found.interval = e.Low, e.High, m.interval(e)
	}
	return found, true
}

// sortGroups puts the group with the highest value first and those without one
// last; ties and hidden ones stay in the list's order.
func (c *comparison) sortGroups() {
	slices.SortStableFunc(c.members, func(a, b member) int {
		x, xShown := a.estimate(c.measure)
		y, yShown := b.estimate(c.measure)
		switch {
		case xShown && yShown:
			return cmp.Compare(y.value, x.value)
		case xShown:
			return -1
		case yShown:
			return 1
		default:
			return 0
		}
	})
}

// anyShown tells whether some group has a figure.
func (c *comparison) anyShown() bool {
	return slices.ContainsFunc(c.members, func(m member) bool {
		return m.figure.Base != nil && m.tells()
	})
}

// complete tells whether a group's shares can be put beside each other in a bar.
func (m *member) complete() bool {
	return m.figure.Base != nil && *m.figure.Base > 0 && len(m.entries) > 0 && m.hidden() == 0
}

// draw lays the chart out.
func (c *comparison) draw(layout Layout) *scene {
	s := &scene{width: float64(c.width)}
	switch layout {
	case Stacks:
		c.stacks(s)
	case Heat:
		c.heat(s)
	case Dots:
		c.dots(s)
	default:
		c.multiples(s)
	}
	return s
}

// finish puts the footer below a scene and makes it the chart's picture.
func (chart *Chart) finish(s *scene, footer string, right bool) {
	s.height += 6
	for _, line := range wrap(footer, s.width-2*margin, smallSize, 6) {
		s.height += step(smallSize)
		s.text(margin, s.height-step(smallSize)/2, start, smallSize, muted, directed([]string{line}, right))
	}
	s.height = math.Ceil(s.height + margin/2)
	if right {
		s.mirror()
	}
	chart.scene, chart.Width, chart.Height = s, int(s.width), int(s.height)
}
