package charts

import (
	"slices"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// Panel is a breakdown within one category of a second variable.
type Panel struct {
	Name, Label string
	Language    string // of the label, "" when it is the reader's own
	Groups      []Group
}

// Panels are one question broken down by two variables: a small chart for each
// category of the second.
type Panels struct {
	Variable, By   string // the first variable, whose groups are in each panel
	Across, Second string // the second variable's name, and what readers call it
	Panels         []Panel
	Tests          []Test
}

// PanelLayouts returns the layouts that small charts side by side can have, the
// most suitable first.
func PanelLayouts(panels Panels) []Layout {
	return slices.DeleteFunc(Layouts(panels.flat()), func(l Layout) bool { return l != Stacks && l != Dots })
}

// flat puts the groups of all panels into one list.
func (p *Panels) flat() Grouped {
	g := Grouped{Variable: p.Variable + "-" + p.Across, Ordered: true, Tests: p.Tests}
	for _, panel := range p.Panels {
		g.Groups = append(g.Groups, panel.Groups...)
	}
	return g
}

// BuildPanels makes the chart of one question broken down by two variables: for
// each category of the second a small chart of the first, all on one axis and in
// the order of the lists, so that the same group stands in the same place.
func BuildPanels(panels Panels, layout Layout, element *survey.Element, words *i18n.Localizer, options ...Option) Chart {
	flat := panels.flat()
	flat.By = words.T("charts.by_two", "first", plain(panels.By), "second", plain(panels.Second))
	c := newComparison(flat, element, words, options)
	c.nameBoth(panels)
	suitable := PanelLayouts(panels)
	if len(suitable) > 0 && !slices.Contains(suitable, layout) {
		layout = suitable[0]
	}
	chart := c.chart(layout)
	if len(suitable) > 0 && c.anyShown() {
		s := &scene{width: float64(c.width)}
		c.panels(s, panels, layout)
		chart.finish(s, c.footer(layout), c.lead.right)
	}
	return chart
}

// nameBoth gives the groups labels that name both categories, for sentences and
// tables.
func (c *comparison) nameBoth(panels Panels) {
	i := 0
	for _, panel := range panels.Panels {
		within := groupLabel(panel.Label, panel.Language, c.lead.right).within(c.lead.right)
		for range panel.Groups {
			both := c.words.T("charts.in_panel", "group", c.members[i].label.within(c.lead.right), "panel", within)
			c.members[i].label = label{both, c.lead.right}
			i++
		}
	}
}

// panels draws the small charts, beside each other where there is room.
func (c *comparison) panels(s *scene, panels Panels, layout Layout) {
	const gap, least = 24, 300
	beside := min(max(int((s.width+gap)/(least+gap)), 1), len(panels.Panels))
	wide := (s.width - float64(beside-1)*gap) / float64(beside)
	if layout == Stacks {
		c.stackLegend(s)
	} else {
		s.caption(c.measureName(), c.lead.right)
	}
	first := 0
	var line []*scene
	for i, panel := range panels.Panels {
		one := *c
		one.members = slices.Clone(c.members[first : first+len(panel.Groups)])
		for j, group := range panel.Groups {
			one.members[j].label = groupLabel(group.Label, group.Language, c.lead.right)
		}
		first += len(panel.Groups)
		small := &scene{width: wide}
		small.heading(groupLabel(panel.Label, panel.Language, c.lead.right))
		if layout == Stacks {
			one.stackRows(small)
		} else {
			one.dotRows(small)
		}
		if line = append(line, small); len(line) == beside || i == len(panels.Panels)-1 {
			s.putLine(line, wide+gap)
			line = nil
		}
	}
}

// putLine puts scenes beside each other, so far from one to the next.
func (s *scene) putLine(line []*scene, pitch float64) {
	tallest := 0.0
	for i, small := range line {
		s.put(small, float64(i)*pitch, s.height)
		tallest = max(tallest, small.height)
	}
	s.height += tallest + margin
}

// heading writes a panel's name over a line.
func (s *scene) heading(l label) {
	for _, text := range wrap(l.text, s.width-2*margin, labelSize+1, 3) {
		s.text(margin, s.height+step(labelSize+1)/2, start, labelSize+1, ink, directed([]string{text}, l.right))
		s.height += step(labelSize + 1)
	}
	s.line(margin, s.height+2, s.width-margin, s.height+2, 1, rule)
	s.height += 6
}
