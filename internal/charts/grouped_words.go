package charts

import (
	"fmt"
	"slices"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

func (c *comparison) title() string {
	return c.words.T("charts.by_title", "title", c.lead.title(), "by", plain(c.grouped.By))
}

// reason says in a few words why a group's figures are hidden.
func (m *member) reason() string { return m.builder.reason(m.figure.Base == nil) }

// reason says in a few words why something is hidden.
func (b *builder) reason(all bool) string {
	switch {
	case b.figure.Withheld == analysis.TooFew, all:
		return b.words.T("charts.reason_too_few")
	case b.figure.Base != nil && *b.figure.Base == 0:
		return b.words.T("charts.reason_nobody")
	case b.figure.Withheld == analysis.OnlyText:
		return b.words.T("charts.reason_text")
	case b.figure.Withheld != analysis.Nothing:
		return b.words.T("charts.reason_protected")
	default:
		return b.words.T("charts.hidden")
	}
}

// ranking returns the shown groups with the highest value first, with their
// estimates.
func (c *comparison) ranking() (groups []*member, values []estimate) {
	for i := range c.members {
		if _, ok := c.members[i].estimate(c.measure); ok {
			groups = append(groups, &c.members[i])
		}
	}
	slices.SortStableFunc(groups, func(a, b *member) int {
		x, _ := a.estimate(c.measure)
		y, _ := b.estimate(c.measure)
		switch {
		case x.value > y.value:
			return -1
		case x.value < y.value:
			return 1
		}
		return 0
	})
	for _, g := range groups {
		e, _ := g.estimate(c.measure)
		values = append(values, e)
	}
	return groups, values
}

// summary says what the chart shows and how sure that is.
func (c *comparison) summary(layout Layout) string {
	groups, values := c.ranking()
	switch {
	case len(c.members) == 0 || !c.anyShown():
		return c.words.T("charts.groups_hidden")
	case len(groups) == 0:
		return c.words.T("charts.groups_not_measured")
	case len(groups) == 1:
		return c.words.T("charts.groups_one", "measure", c.measureName(), "group", groups[0].label.within(c.lead.right),
			"value", values[0].whole(c.words))
	}
	last := len(groups) - 1
	if values[0].text == values[last].text {
		return c.words.T("charts.groups_equal", "measure", c.measureName(), "value", values[0].text) + " " + c.certainty(values[0], values[last])
	}
	text := c.words.T("charts.groups_ends", "measure", c.measureName(),
		"first", groups[0].label.within(c.lead.right), "high", values[0].whole(c.words),
		"last", groups[last].label.within(c.lead.right), "low", values[last].whole(c.words))
	if layout == Heat && len(c.choices) > 1 && !c.measure.mean {
		text = c.words.T("charts.groups_most", "label", c.choices[c.measure.choice].within(c.lead.right)) + " " + text
	}
	return text + " " + c.certainty(values[0], values[last])
}

// certainty says how sure the difference of two values is: by the test where
// there is one, else by their intervals, which the extremes of many groups
// make look surer than they are.
func (c *comparison) certainty(high, low estimate) string {
	if test := c.grouped.Test; test != nil {
		return testWords(c.lead, *test)
	}
	switch {
	case c.everyone():
		return c.words.T("charts.note_everyone")
	case high.low == nil || low.high == nil:
		return c.words.T("charts.no_interval")
	case *high.low <= *low.high:
		return c.words.T("charts.overlap")
	default:
		return c.words.T("charts.apart")
	}
}

// testWords says what a test found.
func testWords(b *builder, test Test) string {
	const least = 0.001
	p, key := "= "+b.words.Number(test.P, 3), "charts.test_unclear"
	if test.P < least {
		p = "< " + b.words.Number(least, 3)
	}
	if test.P < significant {
		key = "charts.test_clear"
	}
	text := b.words.T(key, "p", p)
	if test.Approximate {
		text += " " + b.words.T("charts.test_approximate")
	}
	return text
}

func (c *comparison) everyone() bool {
	return !slices.ContainsFunc(c.members, func(m member) bool { return m.figure.Base != nil && !m.figure.Everyone })
}

// notes are the sentences that a reader needs beside the chart.
func (c *comparison) notes() []string {
	var notes []string
	add := func(key string) { notes = append(notes, c.words.T(key)) }
	anyOf := func(is func(m *member) bool) bool {
		return slices.ContainsFunc(c.members, func(m member) bool { return is(&m) })
	}
	if c.lead.figure.Repeated {
		add("charts.note_rows")
	}
	if c.lead.figure.Paired {
		add("charts.note_pair")
	}
	if anyOf(func(m *member) bool { return m.perturbed }) {
		add("charts.note_about")
	}
	if !c.anyShown() {
		return notes
	}
	if c.lead.figure.Kind == analysis.Multiple {
		add("charts.note_multiple")
	}
	if hidden := c.hiddenGroups(); hidden > 0 {
		notes = append(notes, c.words.N("charts.note_hidden_groups", hidden))
	}
	if anyOf(func(m *member) bool { return m.figure.Base != nil && len(m.visible()) > 0 && m.hidden() > 0 }) {
		add("charts.note_dash")
	}
	if c.everyone() {
		add("charts.note_everyone")
	} else if c.chance && anyOf(func(m *member) bool { return m.hasInterval() }) {
		add("charts.note_chance")
	}
	return notes
}

// hiddenGroups counts the groups of which nothing is shown.
func (c *comparison) hiddenGroups() int {
	hidden := 0
	for _, m := range c.members {
		if m.figure.Base == nil || !m.tells() && (m.figure.Base == nil || *m.figure.Base > 0) {
			hidden++
		}
	}
	return hidden
}

// baseOf is a base as the footer takes it.
type baseOf struct {
	n         *int
	perturbed bool
}

// footerGlue stands between the parts of a footer.
const footerGlue = " · "

// baseWords says between which ends the bases lie, and what ≈ means where one
// has it; nothing when all are hidden.
func baseWords(words *i18n.Localizer, bases []baseOf) []string {
	least, most, perturbed := -1, 0, false
	for _, base := range bases {
		if base.n == nil {
			continue
		}
		if least < 0 || *base.n < least {
			least = *base.n
		}
		most = max(most, *base.n)
		perturbed = perturbed || base.perturbed
	}
	if least < 0 {
		return nil
	}
	low, high := words.Number(float64(least), 0), words.Number(float64(most), 0)
	switch {
	case least == most && perturbed:
		return []string{words.T("charts.base_about", "n", low), words.T("charts.foot_about")}
	case least == most:
		return []string{words.T("charts.base", "n", low)}
	case perturbed:
		return []string{words.T("charts.bases_about", "low", low, "high", high), words.T("charts.foot_about")}
	default:
		return []string{words.T("charts.bases", "low", low, "high", high)}
	}
}

// footer is written below the picture, so that one taken elsewhere still says
// on how many answers it rests and what its lines and signs mean.
func (c *comparison) footer(layout Layout) string {
	var bases []baseOf
	for _, m := range c.members {
		bases = append(bases, baseOf{m.figure.Base, m.perturbed})
	}
	parts := baseWords(c.words, bases)
	intervals := slices.ContainsFunc(c.members, func(m member) bool { return m.hasInterval() })
	if intervals && (layout == Dots || layout == Multiples) {
		parts = append(parts, c.words.T("charts.foot_interval"))
	}
	dashed := slices.ContainsFunc(c.members, func(m member) bool { return m.figure.Base == nil || m.hidden() > 0 })
	if dashed && (layout == Heat || layout == Multiples) {
		parts = append(parts, c.words.T("charts.foot_dash"))
	}
	return strings.Join(parts, footerGlue)
}

// table says the same as the picture: a row per group where the picture has
// one, else a row per choice.
func (c *comparison) table(title string, layout Layout) Table {
	table := Table{Caption: c.words.T("charts.table_caption", "title", title)}
	switch layout {
	case Dots:
		c.measureTable(&table)
	case Stacks:
		c.groupTable(&table)
	default:
		c.choiceTable(&table)
	}
	return table
}

// measureTable has one value per group.
func (c *comparison) measureTable(table *Table) {
	table.Header = []string{plain(c.grouped.By), c.measureName(), c.words.T("charts.table_interval"), c.words.T("charts.table_base")}
	for i := range c.members {
		m := &c.members[i]
		row := Row{Label: m.label.text, Kind: ChoiceRow}
		if e, ok := m.estimate(c.measure); ok {
			row.Cells = []string{e.text, e.interval, m.baseCell()}
		} else {
			dash := c.dash(m.reason())
			row.Cells, row.Hidden = []string{dash, dash, m.baseCell()}, true
		}
		table.Rows = append(table.Rows, row)
	}
}

// baseCell is a group's base as a cell of a table.
func (m *member) baseCell() string {
	if m.figure.Base == nil {
		return m.words.T("charts.dash", "reason", m.reason())
	}
	return m.count(*m.figure.Base)
}

// cellText is one share of a group as a cell of a table.
func (m *member) cellText(e entry) string {
	if m.figure.Base == nil || !e.shown() {
		return m.words.T("charts.dash", "reason", m.reason())
	}
	if interval := m.interval(e); interval != "" {
		return fmt.Sprintf("%s (%s)", m.percent(*e.Share), interval)
	}
	return m.percent(*e.Share)
}

// allHidden tells whether no share of the group is shown.
func (m *member) allHidden() bool { return m.figure.Base == nil || len(m.visible()) == 0 }

// groupTable has a row per group and a column per choice.
func (c *comparison) groupTable(table *Table) {
	table.Header = []string{plain(c.grouped.By), c.words.T("charts.table_base")}
	for _, choice := range c.choices {
		table.Header = append(table.Header, choice.text)
	}
	means := c.measure.mean
	if means {
		table.Header = append(table.Header, c.measureName())
	}
	for i := range c.members {
		m := &c.members[i]
		row := Row{Label: m.label.text, Cells: []string{m.baseCell()}, Hidden: m.allHidden(), Kind: ChoiceRow}
		for _, e := range m.entries {
			row.Cells = append(row.Cells, m.cellText(e))
		}
		if means {
			row.Cells = append(row.Cells, c.meanCell(m))
		}
		table.Rows = append(table.Rows, row)
	}
}

func (c *comparison) meanCell(m *member) string {
	e, ok := m.estimate(measure{mean: true})
	switch {
	case !ok:
		return c.dash(m.reason())
	case e.interval == "":
		return e.text
	default:
		return fmt.Sprintf("%s (%s)", e.text, e.interval)
	}
}

// choiceTable has a row per choice and a column per group.
func (c *comparison) choiceTable(table *Table) {
	table.Header = []string{c.lead.rowHeader()}
	bases := Row{Label: c.words.T("charts.table_base"), Kind: BaseRow}
	means := Row{Label: c.measureName(), Kind: MeanRow}
	for i := range c.members {
		m := &c.members[i]
		table.Header = append(table.Header, m.label.text)
		bases.Cells = append(bases.Cells, m.baseCell())
		means.Cells = append(means.Cells, c.meanCell(m))
	}
	for i, choice := range c.choices {
		row := Row{Label: choice.text, Kind: ChoiceRow, Hidden: true}
		for j := range c.members {
			row.Hidden = row.Hidden && !c.members[j].entries[i].shown()
			row.Cells = append(row.Cells, c.members[j].cellText(c.members[j].entries[i]))
		}
		table.Rows = append(table.Rows, row)
	}
	if c.measure.mean {
		table.Rows = append(table.Rows, means)
	}
	table.Rows = append(table.Rows, bases)
}
