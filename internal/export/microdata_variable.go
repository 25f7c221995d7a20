package export

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// Everything is what a variable says when it has been coarsened to the end.
const everything = "*"

// blank stands for "no answer" in the name of a category that is joined with it.
const blank = "(blank)"

// coarse is an identifying column with its way upward.
type coarse struct {
	column *column
	now    *level
	passed []*level // the levels below, the finest first
	up     func(now *level, weights []int, rare []bool) *level
}

// level is one way to put a variable's values into categories. It does not
// change; going up makes a new one.
type level struct {
	category []int32  // by code
	names    []string // by category
	steps    int      // how far up it is
}

func (l *level) done() bool { return len(l.names) == 1 && l.names[0] == everything }

// top is the level at which a variable says nothing.
func top(codes int) *level {
	return &level{category: make([]int32, codes), names: []string{everything}}
}

// begin makes the level at which every value is a category of its own, except
// that what was not asked looks like what was not answered, and finds the way
// upward by what the column holds.
func (one *coarse) begin(v *survey.Version, areas *catalogue.Areas) {
	c := one.column
	one.now = &level{category: make([]int32, len(c.values))}
	if c.blanks {
		one.now.names = append(one.now.names, "")
	}
	for code := int(noAnswer) + 1; code < len(c.values); code++ {
		one.now.category[code] = int32(len(one.now.names))
		one.now.names = append(one.now.names, c.values[code])
	}
	switch {
	case c.process == response.ColumnArea:
		one.up = func(now *level, _ []int, rare []bool) *level { return upArea(now, rare, areas) }
	case c.process == response.ColumnDay, c.element != nil && (c.element.Type == survey.Date || c.element.Type == survey.DateTime):
		one.up = newCutLine(c, cut(len("2026-03")), cut(len("2026"))).upCut
	case c.element != nil && c.element.Type == survey.Time:
		one.up = newCutLine(c, cut(len("08"))).upCut
	case c.element != nil && c.element.Type == survey.Rank:
		l := newCutLine(c, firstPlace)
		l.rank, l.listed = func(order string) int { return c.element.ChoiceIndex(firstPlace(order)) }, true
		one.up = l.upCut
	case c.element != nil && c.element.Type == survey.SelectMultiple:
		one.up = func(now *level, _ []int, _ []bool) *level { return top(len(now.category)) }
	default:
		one.up = newLine(c, v).up
	}
}

// joined lists the categories that stand for several values.
func (one *coarse) joined() []string {
	var names []string
	for code, category := range one.now.category {
		name := one.now.names[category]
		if code > int(noAnswer) && name != one.column.values[code] || one.now.done() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// regroup makes a level by giving each code's category a new name.
func (l *level) regroup(rename func(category int32) string) *level {
	next := &level{category: make([]int32, len(l.category)), steps: l.steps + 1}
	seen := map[string]int32{}
	renamed := make([]int32, len(l.names))
	for category := range l.names {
		name := rename(int32(category))
		at, known := seen[name]
		if !known {
			at = int32(len(next.names))
			seen[name] = at
			next.names = append(next.names, name)
		}
		renamed[category] = at
	}
	for code, category := range l.category {
		next.category[code] = renamed[category]
	}
	return next
}

// upArea takes the smallest of the areas in which people could be made out, and
// their neighbours, up to the area around them.
func upArea(now *level, rare []bool, areas *catalogue.Areas) *level {
	depth := func(key string) int {
		if areas == nil {
			return 0
		}
		return len(areas.Ancestors(key))
	}
	deepest := 0
	for category, name := range now.names {
		if rare[category] {
			deepest = max(deepest, depth(name))
		}
	}
	if deepest == 0 {
		return top(len(now.category))
	}
	parents := map[string]bool{}
	for category, name := range now.names {
		if rare[category] && depth(name) == deepest {
			parents[areas.Ancestors(name)[0].Key] = true
		}
	}
	return now.regroup(func(category int32) string {
		name := now.names[category]
		for _, above := range areas.Ancestors(name) {
			if parents[above.Key] {
				return above.Key
			}
		}
		return name
	})
}

// line is the way upward of values that stand in an order: numbers become
// bands, categories are joined with their neighbours.
type line struct {
	column  *column
	rank    func(value string) int // of choices, languages and classes; the same for all: by name
	numbers bool
	whole   bool // all numbers are whole
	// cuts make a value coarser, one after the other, before neighbours are
	// joined: a day to its month and year, a time to its hour, an order to its
	// first place. What is joined then is named by its parts after the last cut,
	// each of them where they are listed, else from the first to the last.
	cuts   []func(value string) string
	part   func(value string) string
	listed bool
}

func byName(string) int { return 0 }

func newLine(c *column, v *survey.Version) *line {
	l := &line{column: c, rank: byName}
	switch {
	case c.process == response.ColumnLanguage:
		l.rank = func(value string) int { return slices.Index(v.Languages, value) }
	case c.process == response.ColumnDuration:
		l.rank = func(value string) int { return int(value[0]) }
	case c.process != "":
	case c.element.Type.Selects():
		l.rank = c.element.ChoiceIndex
	case c.element.Type != survey.Acknowledge:
		l.numbers, l.whole = true, true
	}
	for _, value := range c.values[noAnswer+1:] {
		_, isNumber := number(value) // what is calculated need not be one
		l.numbers = l.numbers && isNumber
		l.whole = l.whole && isNumber && !strings.Contains(value, ".")
	}
	return l
}

// upCut cuts values shorter, and then joins neighbours.
func (l *line) upCut(now *level, weights []int, rare []bool) *level {
	if now.steps >= len(l.cuts) {
		return l.up(now, weights, rare)
	}
	return now.regroup(func(category int32) string { return l.cuts[now.steps](now.names[category]) })
}

// newCutLine takes the cuts that make any of the column's values shorter.
func newCutLine(c *column, cuts ...func(value string) string) *line {
	l := &line{column: c, rank: byName, part: cuts[len(cuts)-1]}
	for _, cut := range cuts {
		if slices.ContainsFunc(c.values, func(value string) bool { return cut(value) != value }) {
			l.cuts = append(l.cuts, cut)
		}
	}
	return l
}

// cut keeps that many bytes of a value.
func cut(keep int) func(string) string {
	return func(value string) string { return value[:min(keep, len(value))] }
}

// firstPlace returns what an order of choices begins with.
func firstPlace(order string) string {
	first, _, _ := strings.Cut(order, " ")
	return first
}

// up joins the smallest category in which people could be made out with the
// smaller of its neighbours. Single numbers become bands first.
func (l *line) up(now *level, weights []int, rare []bool) *level {
	if len(now.names) <= 2 {
		return top(len(now.category))
	}
	groups := l.inOrder(now)
	single := !slices.ContainsFunc(groups, func(one group) bool { return len(one.codes) > 1 })
	if bands := l.bands(groups, weights); l.numbers && single && len(bands) < len(groups) {
		return l.level(now, bands)
	}
	smallest := -1
	for at, group := range groups {
		if rare[group.category] && (smallest < 0 || weights[group.category] < weights[groups[smallest].category]) {
			smallest = at
		}
	}
	other := smallest + 1
	if other == len(groups) || smallest > 0 && weights[groups[smallest-1].category] < weights[groups[other].category] {
		other = smallest - 1
	}
	first, second := min(smallest, other), max(smallest, other)
	groups[first].codes = append(groups[first].codes, groups[second].codes...)
	return l.level(now, slices.Delete(groups, second, second+1))
}

// group is a category with its codes in order.
type group struct {
	category int32
	codes    []uint32
}

// inOrder returns the categories in the order of their values, what is blank
// last.
func (l *line) inOrder(now *level) []group {
	groups := make([]group, len(now.names))
	first := int(noAnswer)
	if !l.column.blanks {
		first++
	}
	for code := first; code < len(now.category); code++ {
		category := now.category[code]
		groups[category].category = category
		groups[category].codes = append(groups[category].codes, uint32(code))
	}
	for _, one := range groups {
		slices.SortFunc(one.codes, l.compare)
	}
	slices.SortFunc(groups, func(a, b group) int { return l.compare(a.codes[0], b.codes[0]) })
	return groups
}

func (l *line) compare(a, b uint32) int {
	if a == noAnswer || b == noAnswer {
		return cmp.Compare(b, a) // the lowest code, so turned round
	}
	left, right := l.column.values[a], l.column.values[b]
	if l.numbers {
		x, _ := number(left)
		y, _ := number(right)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(left, right))
	}
	return cmp.Or(cmp.Compare(l.rank(left), l.rank(right)), cmp.Compare(left, right))
}

func number(text string) (float64, bool) {
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil && !math.IsNaN(value)
}

// maxBands is how many bands single numbers become at first.
const maxBands = 10

// bands joins single numbers, in order, into bands of about equal weight.
func (l *line) bands(groups []group, weights []int) []group {
	total := 0
	for _, weight := range weights {
		total += weight
	}
	var bands []group
	weight := total // of the band begun last; enough, so that a first one begins
	for _, one := range groups {
		if weight*maxBands >= total || one.codes[0] == noAnswer {
			bands, weight = append(bands, group{category: one.category}), 0
		}
		last := &bands[len(bands)-1]
		last.codes = append(last.codes, one.codes...)
		weight += weights[one.category]
	}
	return bands
}

// level makes a level of groups.
func (l *line) level(now *level, groups []group) *level {
	next := &level{category: make([]int32, len(now.category)), names: make([]string, len(groups)), steps: now.steps + 1}
	for at, one := range groups {
		for _, code := range one.codes {
			next.category[code] = int32(at)
			if code == noAnswer {
				next.category[notAsked] = int32(at)
			}
		}
		next.names[at] = l.name(groups, at)
	}
	return next
}

// name says what is in a group.
func (l *line) name(groups []group, at int) string {
	codes := groups[at].codes
	if len(codes) == 1 && l.part == nil {
		return l.column.values[codes[0]]
	}
	if !l.numbers && l.part == nil {
		names := make([]string, len(codes))
		for i, code := range codes {
			names[i] = cmp.Or(l.column.values[code], blank)
		}
		return strings.Join(names, " + ")
	}
	with := ""
	if codes[len(codes)-1] == noAnswer {
		if codes = codes[:len(codes)-1]; len(codes) == 0 {
			return ""
		}
		with = " + " + blank
	}
	if l.part != nil {
		return l.parts(codes) + with
	}
	return l.band(groups, at) + with
}

// parts names values that were cut and then joined.
func (l *line) parts(codes []uint32) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = l.part(l.column.values[code])
	}
	names = slices.Compact(names)
	if l.listed || len(names) == 1 {
		return strings.Join(names, " + ")
	}
	return names[0] + ".." + names[len(names)-1]
}

// band says from where to where a band of numbers reaches. Bands meet at round
// numbers, and the first and the last are open, so that no single value is told.
func (l *line) band(groups []group, at int) string {
	name := ".."
	if at > 0 {
		name = decimal(l.cut(groups[at-1], groups[at])) + name
	}
	if at+1 < len(groups) && groups[at+1].codes[0] != noAnswer {
		if high := l.cut(groups[at], groups[at+1]); l.whole {
			name += decimal(high - 1)
		} else {
			name += "<" + decimal(high)
		}
	}
	return name
}

// cut returns the roundest number above all values of one band and not above
// those of the next.
func (l *line) cut(below, above group) float64 {
	last, _ := number(l.column.values[below.codes[len(below.codes)-1]])
	first, _ := number(l.column.values[above.codes[0]])
	for power := 15; power >= -15; power-- {
		round := (math.Floor(last/math.Pow10(power)) + 1) * math.Pow10(power)
		if power < 0 { // hundredths are exact as divisors, not as factors
			round = (math.Floor(last*math.Pow10(-power)) + 1) / math.Pow10(-power)
		}
		if round > last && round <= first {
			return round
		}
	}
	return first
}

func decimal(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }
