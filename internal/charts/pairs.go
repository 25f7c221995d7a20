package charts

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// Value is a number that may be shown, with its 95 % interval where it has one.
type Value struct {
	Value     float64
	Low, High *float64
}

// Side is one of the two figures of a pair: a share or a mean.
type Side struct {
	Value     *Value // nil when it is hidden
	Base      *int   // how many answers it rests on
	Perturbed bool
	Withheld  analysis.Withheld // why the value is hidden
}

// Item is a row of a dumbbell chart: one choice or item, seen from two sides.
type Item struct {
	Name, Label string
	Language    string // of the label, "" when it is the reader's own
	First, Last Side
	// Difference is first − last with its interval; nil shows the plain
	// difference, of which nothing is said.
	Difference *Value
	// Test is the test of the difference, nil where there is none.
	Test *Test

	label *label // where it is the survey's
}

// Pairs are items with two figures each: two groups, or importance and state.
type Pairs struct {
	Name  string // for the chart's id
	Title string
	First string // what the first figures are: "Schools", "Importance"
	Last  string
	// Shares tells that the values are shares of 0–1, else means on a scale
	// from Low to High.
	Shares    bool
	Low, High float64
	// Ordered keeps the items' order; others are sorted by their difference.
	Ordered bool
	Items   []Item
}

// PairsOfGroups takes the groups of the given names side by side: the share of
// each choice in both. There are no items when one of them is not there.
func PairsOfGroups(grouped Grouped, first, last string, element *survey.Element, words *i18n.Localizer, options ...Option) Pairs {
	find := func(name string) int {
		return slices.IndexFunc(grouped.Groups, func(g Group) bool { return g.Name == name })
	}
	pairs := Pairs{Shares: true, High: 1}
	x, y := find(first), find(last)
	if x < 0 || y < 0 {
		return pairs
	}
	c := newComparison(Grouped{Variable: grouped.Variable, By: grouped.By, Ordered: true,
		Groups: []Group{grouped.Groups[x], grouped.Groups[y]}}, element, words, options)
	a, b := &c.members[0], &c.members[1]
	pairs.Name, pairs.Title = a.figure.Question+"-"+grouped.Variable+"-"+first+"-"+last, c.title()
	pairs.First, pairs.Last = a.label.within(c.lead.right), b.label.within(c.lead.right)
	pairs.Ordered = !c.lead.sorted()
	for i, choice := range c.choices {
		pairs.Items = append(pairs.Items, Item{Name: a.entries[i].Name, Label: choice.text, label: &choice,
			First: shareSide(a.Group.Figure, a.entries[i].Cell, a.Perturbed), Last: shareSide(b.Group.Figure, b.entries[i].Cell, b.Perturbed)})
	}
	return pairs
}

func shareSide(figure analysis.Figure, cell analysis.Cell, perturbed bool) Side {
	side := Side{Base: figure.Base, Perturbed: perturbed, Withheld: figure.Withheld}
	if figure.Base != nil && !cell.Suppressed && cell.Share != nil {
		side.Value = &Value{*cell.Share, cell.Low, cell.High}
	}
	return side
}

// MeanSide is a figure's mean as one side of a pair, such as the importance of
// an item.
func MeanSide(figure analysis.Figure, perturbed bool) Side {
	side := Side{Base: figure.Base, Perturbed: perturbed, Withheld: figure.Withheld}
	if figure.Base != nil && figure.Mean != nil {
		side.Value = &Value{*figure.Mean, figure.MeanLow, figure.MeanHigh}
	}
	return side
}

// dumbbell carries what the parts of one chart of pairs need.
type dumbbell struct {
	settings
	Pairs
	words *i18n.Localizer
	lead  *builder
	items []pairItem
}

// pairItem is an item with its words.
type pairItem struct {
	Item
	label       label
	first, last *builder // give digits and marks
}

// BuildPairs makes a dumbbell chart: per item two points with a line between
// them, and the difference in words.
func BuildPairs(pairs Pairs, words *i18n.Localizer, options ...Option) Chart {
	d := &dumbbell{Pairs: pairs, words: words, lead: newBuilder(analysis.Figure{}, nil, words, options)}
	d.settings = d.lead.settings
	for _, item := range pairs.Items {
		one := pairItem{Item: item, label: groupLabel(item.Label, item.Language, d.lead.right),
			first: d.side(item.First, options), last: d.side(item.Last, options)}
		if item.label != nil {
			one.label = *item.label
		}
		d.items = append(d.items, one)
	}
	if !pairs.Ordered {
		d.sort()
	}
	chart := Chart{ID: identifier(pairs.Name + "-pairs"), Title: plain(pairs.Title), Direction: words.Direction(), Language: words.Language(),
		Summary: d.summary(), Notes: d.notes(), Table: d.table(), Data: d.data()}
	if slices.ContainsFunc(d.items, func(i pairItem) bool { return i.First.Value != nil || i.Last.Value != nil }) {
		s := &scene{width: float64(d.width)}
		d.draw(s)
		chart.finish(s, d.footer(), d.lead.right)
	}
	return chart
}

func (d *dumbbell) side(side Side, options []Option) *builder {
	if side.Perturbed {
		options = append(slices.Clone(options), Perturbed())
	}
	return newBuilder(analysis.Figure{Base: side.Base, Withheld: side.Withheld}, nil, d.words, options)
}

// shown tells whether both figures are, and so the difference.
func (i *pairItem) shown() bool { return i.First.Value != nil && i.Last.Value != nil }

func (i *pairItem) difference() Value {
	if i.Difference != nil {
		return *i.Difference
	}
	return Value{Value: i.First.Value.Value - i.Last.Value.Value}
}

// sort puts the item of which the first figure lies furthest above the last one
// first, and those without a difference last.
func (d *dumbbell) sort() {
	slices.SortStableFunc(d.items, func(a, b pairItem) int {
		switch {
		case a.shown() && b.shown():
			return cmp.Compare(b.difference().Value, a.difference().Value)
		case a.shown():
			return -1
		case b.shown():
			return 1
		}
		return 0
	})
}

// value writes one side's value in words, a dash with the reason when hidden.
func (d *dumbbell) value(side Side, b *builder) string {
	switch {
	case side.Value == nil:
		return d.words.T("charts.dash", "reason", b.reason(side.Base == nil))
	case d.Shares:
		return b.percent(side.Value.Value)
	default:
		return b.mean(side.Value.Value)
	}
}

// interval writes a value's interval, "" when there is none.
func (d *dumbbell) interval(side Side, b *builder) string {
	switch {
	case side.Value == nil || side.Value.Low == nil || side.Value.High == nil:
		return ""
	case d.Shares:
		return b.interval(entry{Cell: analysis.Cell{Low: side.Value.Low, High: side.Value.High}})
	default:
		return b.meanInterval(*side.Value.Low, *side.Value.High)
	}
}

// rougher is the side with the smaller base: a difference has its digits.
func (i *pairItem) rougher() *builder {
	b := *i.first
	if i.last.shareDecimals() < b.shareDecimals() {
		b = *i.last
	}
	b.perturbed = i.first.perturbed || i.last.perturbed
	return &b
}

// signed writes a difference with its sign: of shares in percentage points.
func (d *dumbbell) signed(b *builder, value float64) string {
	decimals := b.shareDecimals()
	if d.Shares {
		value *= 100
	} else {
		decimals++
	}
	text := d.words.Number(value, decimals)
	if i18n.RoundHalfAway(value, decimals) > 0 {
		text = "+" + text
	}
	return text
}

// differenceText writes an item's difference and its interval.
func (d *dumbbell) differenceText(i *pairItem) (text, interval string) {
	if !i.shown() {
		return "–", ""
	}
	b, value := i.rougher(), i.difference()
	text = b.about(d.signed(b, value.Value))
	if value.Low != nil && value.High != nil {
		interval = b.about(d.words.T("charts.interval", "low", d.signed(b, *value.Low), "high", d.signed(b, *value.High)))
	}
	return text, interval
}

func (d *dumbbell) draw(s *scene) {
	s.legend([]key{
		{label: label{plain(d.First), d.lead.right}, fill: accent, kind: disc},
		{label: label{plain(d.Last), d.lead.right}, fill: second, kind: diamond},
	})
	var rows []rowSpec
	for i := range d.items {
		text, _ := d.differenceText(&d.items[i])
		rows = append(rows, rowSpec{label: d.items[i].label, aside: text, right: d.lead.right})
	}
	s.asideHead(d.differenceName(), d.lead.right)
	under := &scene{width: s.width, height: s.height}
	plan := under.planRows(rows, 24)
	a, ticks := d.axis(plan.from+6, plan.to-6)
	s.axis(a, plan.top, plan.end, ticks, d.lead.right)
	s.put(under, 0, 0)
	for i := range d.items {
		d.pair(s, &d.items[i], a, plan, plan.centre[i])
	}
	s.height = plan.end + axisHeight
}

// asideHead names the column of values at the far end.
func (s *scene) asideHead(text string, right bool) {
	for _, line := range wrap(text, s.width-2*margin, smallSize, 2) {
		s.text(s.width-margin, s.height+step(smallSize)/2, end, smallSize, muted, directed([]string{line}, right))
		s.height += step(smallSize)
	}
	s.height += 4
}

// pair draws one item: intervals as thin lines above each other, a thick line
// between the points.
func (d *dumbbell) pair(s *scene, i *pairItem, a scale, plan rowPlan, y float64) {
	if i.First.Value == nil && i.Last.Value == nil {
		words := d.words.T("charts.dash", "reason", i.first.reason(i.First.Base == nil))
		s.text(plan.from, y, start, smallSize, muted, directed(wrap(words, plan.to-plan.from, smallSize, 1), d.lead.right))
		return
	}
	whisker := func(v *Value, at float64, p paint) {
		if v != nil && v.Low != nil && v.High != nil {
			s.whisker(a.at(*v.Low), a.at(*v.High), at, 3, p)
		}
	}
	whisker(i.First.Value, y-8, accent)
	whisker(i.Last.Value, y+8, second)
	if i.shown() {
		s.line(a.at(i.First.Value.Value), y, a.at(i.Last.Value.Value), y, 3, rule)
	}
	if i.Last.Value != nil {
		s.point(diamond, a.at(i.Last.Value.Value), y, 7, second)
	}
	if i.First.Value != nil {
		s.point(disc, a.at(i.First.Value.Value), y, 6, accent)
	}
}

// axis runs over everything that the values can be.
func (d *dumbbell) axis(from, to float64) (scale, []tick) {
	if d.Shares {
		a := scale{0, 1, from, to}
		return a, d.lead.shareTicks(a)
	}
	low, high := d.Low, max(d.High, d.Low+1)
	parts := high - low
	if parts > 6 || parts != math.Trunc(parts) {
		low, high, parts = niceEnds(low, high)
	}
	a := scale{low, high, from, to}
	return a, d.lead.numberTicks(a, parts)
}

func (d *dumbbell) differenceName() string {
	if d.Shares {
		return d.words.T("charts.difference_points")
	}
	return d.words.T("charts.difference")
}

// summary names the items that lie furthest apart and says how sure that is.
func (d *dumbbell) summary() string {
	var shown []*pairItem
	for i := range d.items {
		if d.items[i].shown() {
			shown = append(shown, &d.items[i])
		}
	}
	if len(shown) == 0 {
		return d.words.T("charts.pairs_hidden")
	}
	slices.SortStableFunc(shown, func(a, b *pairItem) int {
		return cmp.Compare(math.Abs(b.difference().Value), math.Abs(a.difference().Value))
	})
	widest := shown[0]
	text := d.words.T("charts.pairs_widest", "label", widest.label.within(d.lead.right),
		"first", plain(d.First), "high", d.whole(widest.First, widest.first),
		"last", plain(d.Last), "low", d.whole(widest.Last, widest.last), "difference", d.differenceWords(widest))
	text += " " + d.certainty(widest)
	all := d.words.Number(float64(len(shown)), 0)
	switch differ := d.clear(shown); {
	case len(shown) < 2 || differ < 0:
		return text
	case differ == 0:
		return text + " " + d.words.T("charts.pairs_none", "all", all)
	default:
		return text + " " + d.words.N("charts.pairs_clear", differ, "all", all)
	}
}

// whole writes a value with its interval.
func (d *dumbbell) whole(side Side, b *builder) string {
	if interval := d.interval(side, b); interval != "" {
		return d.words.T("charts.share_interval", "share", d.value(side, b), "interval", interval)
	}
	return d.value(side, b)
}

func (d *dumbbell) differenceWords(i *pairItem) string {
	text, interval := d.differenceText(i)
	if interval != "" {
		text = d.words.T("charts.share_interval", "share", text, "interval", interval)
	}
	if d.Shares {
		return d.words.T("charts.points", "difference", text)
	}
	return text
}

// certainty says how sure one item's difference is.
func (d *dumbbell) certainty(i *pairItem) string {
	value := i.difference()
	switch {
	case i.Test != nil:
		return testWords(d.lead, *i.Test)
	case value.Low == nil || value.High == nil:
		return d.words.T("charts.no_interval")
	case *value.Low <= 0 && *value.High >= 0:
		return d.words.T("charts.difference_unclear")
	default:
		return d.words.T("charts.difference_apart")
	}
}

// clear counts the items whose difference is clear by its test; −1 when some
// have none, as intervals of many items side by side would look too sure.
func (d *dumbbell) clear(shown []*pairItem) int {
	count := 0
	for _, i := range shown {
		if i.Test == nil {
			return -1
		}
		if Significant(i.Test.P) {
			count++
		}
	}
	return count
}

func (d *dumbbell) notes() []string {
	var notes []string
	some := func(is func(i *pairItem) bool) bool {
		return slices.ContainsFunc(d.items, func(i pairItem) bool { return is(&i) })
	}
	if some(func(i *pairItem) bool { return i.first.perturbed || i.last.perturbed }) {
		notes = append(notes, d.words.T("charts.note_about"))
	}
	if some(func(i *pairItem) bool { return !i.shown() }) {
		notes = append(notes, d.words.T("charts.note_dash"))
	}
	if d.chance && some(func(i *pairItem) bool { return i.First.Value != nil && i.First.Value.Low != nil }) {
		notes = append(notes, d.words.T("charts.note_chance"))
	}
	return notes
}

func (d *dumbbell) footer() string {
	var bases []baseOf
	intervals, dashed := false, false
	for _, i := range d.items {
		dashed = dashed || !i.shown()
		for _, side := range []Side{i.First, i.Last} {
			bases = append(bases, baseOf{side.Base, side.Perturbed})
			intervals = intervals || side.Value != nil && side.Value.Low != nil
		}
	}
	parts := baseWords(d.words, bases)
	if intervals {
		parts = append(parts, d.words.T("charts.foot_interval"))
	}
	if dashed {
		parts = append(parts, d.words.T("charts.foot_dash"))
	}
	return strings.Join(parts, footerGlue)
}

func (d *dumbbell) table() Table {
	interval := d.words.T("charts.table_interval")
	table := Table{Caption: d.words.T("charts.table_caption", "title", plain(d.Title)), Header: []string{d.words.T("charts.table_item"),
		plain(d.First), interval, "n", plain(d.Last), interval, "n", d.differenceName(), interval}}
	base := func(side Side, b *builder) string {
		if side.Base == nil {
			return d.words.T("charts.dash", "reason", b.reason(true))
		}
		return b.count(*side.Base)
	}
	for k := range d.items {
		i := &d.items[k]
		difference, between := d.differenceText(i)
		table.Rows = append(table.Rows, Row{Label: i.label.text, Kind: ChoiceRow, Hidden: i.First.Value == nil && i.Last.Value == nil, Cells: []string{
			d.value(i.First, i.first), d.interval(i.First, i.first), base(i.First, i.first),
			d.value(i.Last, i.last), d.interval(i.Last, i.last), base(i.Last, i.last), difference, between}})
	}
	return table
}

// data has a line per side and one per difference.
func (d *dumbbell) data() Data {
	rows := Data{Header: d.lead.dataHeader(d.words.T("charts.table_item"))}
	for k := range d.items {
		i := &d.items[k]
		for _, side := range []struct {
			Side
			name string
			b    *builder
		}{{i.First, d.First, i.first}, {i.Last, d.Last, i.last}} {
			row := []string{i.label.text, plain(side.name), "", whole64(side.Base)}
			if v := side.Value; v != nil {
				row = append(row, decimal(&v.Value), decimal(v.Low), decimal(v.High), side.b.dataAbout(), "")
			} else {
				row = append(row, "", "", "", side.b.dataAbout(), side.b.reason(side.Base == nil))
			}
			rows.Rows = append(rows.Rows, row)
		}
		if i.shown() {
			v := i.difference()
			rows.Rows = append(rows.Rows, []string{i.label.text, d.words.T("charts.difference"), "", "", decimal(&v.Value), decimal(v.Low), decimal(v.High), i.rougher().dataAbout(), ""})
		}
	}
	return rows
}
