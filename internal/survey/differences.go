package survey

import "slices"

// The kinds of changes that matter to whoever edits a survey, but not to what
// answers mean: [Differences] tells them, [Compare] does not.
const (
	Moved    ChangeKind = "moved"         // among the questions that stayed
	Relooked ChangeKind = "looks_changed" // appearance, pictogram, sensitive, …
	Spoken   ChangeKind = "language_added"
	Silenced ChangeKind = "language_removed"
	Sourced  ChangeKind = "source_changed" // another language to translate from
)

// Differences tells everything in which two states of a survey differ, for the
// history of an edited one: what [Compare] tells, and besides what makes no
// difference to the answers. It needs no survey without mistakes. Changes of
// title and description have an empty name.
func Differences(before, after *Survey) Changes {
	earlier, _ := Outline(before)
	later, _ := Outline(after)
	c := &comparison{before: before, after: after}
	c.speech()
	for _, tag := range before.Languages {
		if slices.Contains(after.Languages, tag) {
			c.languages = append(c.languages, tag)
		}
	}
	slices.Sort(c.languages)
	c.words("", "title", before.Title, after.Title)
	c.words("", "description", before.Description, after.Description)
	c.changes = append(c.changes, Compare(earlier, later)...)
	c.looks(earlier, later)
	c.moves(earlier, later)
	if len(c.changes) == 0 && hash(before) != hash(after) {
		c.add(Change{Kind: Relooked, What: "lists"}) // what no question uses, at present
	}
	return c.changes
}

func (c *comparison) speech() {
	for _, tag := range c.after.Languages {
		if !slices.Contains(c.before.Languages, tag) {
			c.add(Change{Kind: Spoken, What: tag, After: tag})
		}
	}
	for _, tag := range c.before.Languages {
		if !slices.Contains(c.after.Languages, tag) {
			c.add(Change{Kind: Silenced, What: tag, Before: tag})
		}
	}
	if c.before.Language != c.after.Language {
		c.add(Change{Kind: Sourced, What: "language", Before: c.before.Language, After: c.after.Language})
	}
	for _, one := range [][3]string{{"id", c.before.ID, c.after.ID}, {"audience", c.before.Audience, c.after.Audience}, {"style", c.before.Style, c.after.Style}} {
		if one[1] != one[2] {
			c.add(Change{Kind: Relooked, What: one[0], Before: one[1], After: one[2]})
		}
	}
}

// looks lists what decides how a question is shown and treated, by YAML names.
func (n *Node) looks() [][2]string {
	yes := map[bool]string{true: "yes"}
	return [][2]string{{"appearance", n.Appearance}, {"pictogram", n.Pictogram}, {"trigger", n.Trigger},
		{"read_only", yes[n.ReadOnly]}, {"sensitive", yes[n.Sensitive]}, {"attributed", yes[n.Attributed]}, {"list", n.List}}
}

func (c *comparison) looks(before, after *Version) {
	for _, e := range after.Elements {
		old := before.Element(e.Name)
		if old == nil {
			continue
		}
		now := e.looks()
		for i, one := range old.looks() {
			if one[1] != now[i][1] {
				c.add(Change{Kind: Relooked, Name: e.Name, What: one[0], Before: one[1], After: now[i][1]})
			}
		}
		if old.Choices == nil || e.Choices == nil {
			continue
		}
		earlier := old.Choices.byName()
		for _, choice := range e.Choices.Choices {
			if was := earlier[choice.Name]; was != nil && was.Pictogram != choice.Pictogram {
				c.add(Change{Kind: Relooked, Name: e.Name, What: choice.Name, Before: was.Pictogram, After: choice.Pictogram})
			}
		}
		if !slices.Equal(kept(old.Choices, e.Choices), kept(e.Choices, old.Choices)) {
			c.add(Change{Kind: Moved, Name: e.Name, What: "choices"})
		}
	}
}

// kept lists the names of a list's choices that another has as well.
func kept(list, other *ChoiceList) []string {
	known := other.byName()
	var names []string
	for _, choice := range list.Choices {
		if known[choice.Name] != nil {
			names = append(names, choice.Name)
		}
	}
	return names
}

// moves finds the fewest elements that must be moved to come from one order to
// the other: those outside a longest run of elements that kept theirs.
func (c *comparison) moves(before, after *Version) {
	var places []int // of what stayed, by its old place, in the new order
	var stayed []*Element
	for _, e := range after.Elements {
		if old := before.Element(e.Name); old != nil && after.Element(e.Name) == e {
			if inside(old) != inside(e) { // into or out of a group
				c.add(Change{Kind: Moved, Name: e.Name, What: "group", Before: inside(old), After: inside(e)})
				continue
			}
			places, stayed = append(places, old.Index), append(stayed, e)
		}
	}
	moved := map[*Element]bool{}
	for at, stays := range longestRun(places) {
		if e := stayed[at]; !stays {
			moved[e] = true
			if !moved[e.Parent] { // what is inside goes with it
				c.add(Change{Kind: Moved, Name: e.Name, What: "place"})
			}
		}
	}
}

func inside(e *Element) string {
	if e.Parent == nil {
		return ""
	}
	return e.Parent.Name
}

// longestRun marks a longest increasing subsequence (Schensted 1961).
func longestRun(numbers []int) []bool {
	var ends []int // by length-1, the place of the smallest number that ends such a run
	previous := make([]int, len(numbers))
	for at, number := range numbers {
		length, _ := slices.BinarySearchFunc(ends, number, func(end, number int) int { return numbers[end] - number })
		previous[at] = -1
		if length > 0 {
			previous[at] = ends[length-1]
		}
		if length == len(ends) {
			ends = append(ends, at)
		} else {
			ends[length] = at
		}
	}
	marked := make([]bool, len(numbers))
	if len(ends) > 0 {
		for at := ends[len(ends)-1]; at >= 0; at = previous[at] {
			marked[at] = true
		}
	}
	return marked
}
