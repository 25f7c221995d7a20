package charts

import "bedarfslotse/internal/analysis"

// stacks draws one bar per group, its parts the choices in order. Parts are
// apart by a line, a pattern and their place, not by colour alone. A group with
// hidden parts has no bar: it would show parts side by side that are not.
func (c *comparison) stacks(s *scene) {
	c.stackLegend(s)
	c.stackRows(s)
}

func (c *comparison) stackLegend(s *scene) {
	fills, patterns := c.stackFills()
	var keys []key
	for i, choice := range c.choices {
		keys = append(keys, key{label: choice, fill: fills[i], hatch: patterns[i]})
	}
	s.legend(keys)
}

func (c *comparison) stackRows(s *scene) {
	const high = 26
	fills, patterns := c.stackFills()
	var rows []rowSpec
	for _, m := range c.members {
		rows = append(rows, rowSpec{label: m.label, below: m.base(), right: c.lead.right})
	}
	under := &scene{width: s.width, height: s.height}
	plan := under.planRows(rows, high)
	a := scale{0, 1, plan.from, plan.to}
	s.axis(a, plan.top, plan.end, c.lead.shareTicks(a), c.lead.right)
	s.put(under, 0, 0)
	for i, m := range c.members {
		y := plan.centre[i]
		if !m.complete() {
			c.hiddenRow(s, plan, y, &m)
			continue
		}
		at := 0.0
		for j, e := range m.entries {
			x1, x2 := a.at(at), a.at(at+*e.Share)
			at += *e.Share
			if x2-x1 < 0.05 {
				continue
			}
			s.add(mark{kind: box, x: x1, y: y - high/2, w: x2 - x1, h: high, fill: fills[j], hatch: patterns[j], stroke: rule, thick: 1})
			c.chip(s, (x1+x2)/2, y, x2-x1, fills[j], m.percent(*e.Share))
		}
	}
	s.height = plan.end + axisHeight
}

// chip writes a share on a part that is wide enough for it, on a ground of the
// part's own colour, so that no pattern runs through the digits.
func (c *comparison) chip(s *scene, x, y, room float64, fill paint, words string) {
	wide := textWidth(words, smallSize)
	if wide+8 > room {
		return
	}
	s.box(x-wide/2-2, y-step(smallSize)/2, wide+4, step(smallSize), fill)
	s.text(x, y, middle, smallSize, inkOn{fill}, directed([]string{words}, c.lead.right))
}

// stackFills returns the choices' colours and patterns.
func (c *comparison) stackFills() ([]paint, []hatch) {
	fills, patterns := make([]paint, len(c.choices)), make([]hatch, len(c.choices))
	colours := categorical()
	if c.lead.figure.Kind == analysis.Scale {
		colours = ramp(len(c.choices))
	}
	for i := range fills {
		fills[i], patterns[i] = colours[i%len(colours)], hatch(i)%hatches
	}
	return fills, patterns
}

// hiddenRow says in a row why it has no figure.
func (c *comparison) hiddenRow(s *scene, plan rowPlan, y float64, m *member) {
	lines := wrap(c.dash(m.reason()), plan.to-plan.from, smallSize, 2)
	for i := range lines {
		lines[i] = directed(lines[i:i+1], c.lead.right)
	}
	s.lines(plan.from, y, start, smallSize, muted, lines)
}

// dash is what stands in the place of a hidden figure, with the reason.
func (c *comparison) dash(reason string) string {
	return c.words.T("charts.dash", "reason", reason)
}

// shareTicks are the lines of an axis of shares.
func (b *builder) shareTicks(a scale) []tick {
	parts := 4
	if a.to-a.from < 220 {
		parts = 2
	}
	var ticks []tick
	for i := 0; i <= parts; i++ {
		value := float64(i) / float64(parts)
		ticks = append(ticks, tick{value, b.words.Percent(value, 0)})
	}
	return ticks
}
