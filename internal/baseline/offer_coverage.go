package baseline

import (
	"cmp"
	"slices"
)

// FewestPeople is the smallest target group whose coverage is said (METHODS 8).
const FewestPeople = 20

// CellOf names one cell of the gap matrix; "" stands for all fields, areas or
// audiences.
type CellOf struct{ Field, Area, Audience string }

// TargetGroup is whom places are counted for. People are those of its ages, by the
// key of the area, "" for all areas together; an area that is not in it is one of
// which nobody knows.
type TargetGroup struct {
	Ages   Ages
	People map[string]int
}

// NoCoverage says why a cell has none.
type NoCoverage string

// The reasons.
const (
	PeopleUnknown NoCoverage = "people_unknown" // no indicator tells how many there are
	TooFewPeople  NoCoverage = "too_few_people" // fewer than FewestPeople
)

// Provision is what a cell of the gap matrix knows about offers.
type Provision struct {
	Offers []string // ids of the offers that run that day, in the order given
	// Coverage is the places per 100 people of the target group; nil for None.
	Coverage *float64
	None     NoCoverage
	// Places is what Coverage counts: an offer for several areas gives each its
	// share by population.
	Places float64
	// AtLeast tells that there are more: places of some offers are unknown, or how
	// they spread over areas.
	AtLeast  bool
	Overlaps []Overlap // to check
}

// Provide says for each cell which offers there are on a day, how far they reach
// and which overlap: what the gap matrix shows beside felt needs (METHODS 8, 9). It
// looks at all cells at once; the answers are in their order. groups are the target
// groups by audience, "" for all people; an audience that has none is taken with
// the ages of [AgesOf], and has no coverage. An offer that is for no audience of
// its own counts for each.
func Provide(offers []Offer, cells []CellOf, day string, groups map[string]TargetGroup, within Within) []Provision {
	overlaps := Overlaps(offers, day, within)
	byField := map[string][]int{}
	for at := range offers {
		if offers[at].Running(day) {
			for _, field := range append([]string{""}, offers[at].Fields...) {
				byField[field] = append(byField[field], at)
			}
		}
	}
	overlapping := map[string][]Overlap{}
	for _, one := range overlaps {
		for _, field := range append([]string{""}, one.Fields...) {
			overlapping[field] = append(overlapping[field], one)
		}
	}
	provided := make([]Provision, len(cells))
	for i, cell := range cells {
		group, known := groups[cell.Audience]
		if !known {
			group = TargetGroup{Ages: AgesOf(cell.Audience)}
		}
		p := &provided[i]
		for _, at := range byField[cell.Field] {
			if o := &offers[at]; o.For(cell.Audience) && o.Ages.Overlap(group.Ages) && o.In(cell.Area, within) {
				p.add(o, cell.Area, group, within)
			}
		}
		p.cover(cell.Area, group)
		for _, one := range overlapping[cell.Field] {
			if one.For(cell.Audience) && one.In(cell.Area, within) && one.Ages.Overlap(group.Ages) {
				p.Overlaps = append(p.Overlaps, one)
			}
		}
	}
	return provided
}

// add counts an offer in.
func (p *Provision) add(o *Offer, area string, group TargetGroup, within Within) {
	p.Offers = append(p.Offers, o.ID)
	share, known := o.shareIn(area, group.People, within)
	if o.Places == nil || !known {
		p.AtLeast = true
		return
	}
	p.Places += share * float64(*o.Places)
}

// cover sets the coverage.
func (p *Provision) cover(area string, group TargetGroup) {
	people, known := group.People[area]
	switch {
	case !known:
		p.None = PeopleUnknown
	case people < FewestPeople:
		p.None = TooFewPeople
	default:
		coverage := 100 * p.Places / float64(people)
		p.Coverage = &coverage
	}
}

// shareIn is the part of an offer's places that an area has: all where all its
// areas lie in it, else by the number of people. False when it cannot be said.
func (o *Offer) shareIn(area string, people map[string]int, within Within) (share float64, known bool) {
	own := outermost(o.Areas, within)
	inside := func(key string) bool { return area == "" || within(area, key) }
	if !slices.ContainsFunc(own, func(key string) bool { return !inside(key) }) {
		return 1, true
	}
	all, here := 0, 0
	for _, key := range own {
		count, ok := people[key]
		if !ok {
			return 0, false
		}
		all += count
		switch {
		case inside(key):
			here += count
		case within(key, area):
			part, ok := people[area]
			if !ok {
				return 0, false
			}
			here += part
		}
	}
	if all <= 0 || here > all { // numbers of different days, or none at all
		return 0, false
	}
	return float64(here) / float64(all), true
}

// outermost leaves out areas that lie in others of the list.
func outermost(areas []string, within Within) []string {
	var kept []string
	for at, key := range areas {
		inner := slices.ContainsFunc(areas, func(other string) bool { return other != key && within(other, key) })
		if !inner && !slices.Contains(areas[:at], key) {
			kept = append(kept, key)
		}
	}
	return kept
}

// Overlap is a pair of offers to check: of different providers, in the same area
// and field, for the same audience, with overlapping ages and periods (METHODS 8).
// It is a prompt to talk, not a verdict.
type Overlap struct {
	First, Last string   // ids, in the order of the list
	Fields      []string // that both have
	Areas       []string // that both reach: the smaller ones where one lies in the other
	Audiences   []string // that both are for; none: both are open to everybody
	Ages        Ages
}

// For tells whether an overlap is about an audience; "" is any.
func (o *Overlap) For(audience string) bool {
	return audience == "" || len(o.Audiences) == 0 || slices.Contains(o.Audiences, audience)
}

// In tells whether an overlap is in an area, or the area lies in that of the
// overlap; "" is everywhere.
func (o *Overlap) In(area string, within Within) bool {
	return area == "" || slices.ContainsFunc(o.Areas, func(own string) bool { return within(own, area) || within(area, own) })
}

// Overlaps lists the pairs to check among the offers that are not over by a day.
func Overlaps(offers []Offer, day string, within Within) []Overlap {
	providers := make([]string, len(offers))
	byField := map[string][]int{}
	for at := range offers {
		providers[at] = ActorKey(offers[at].Provider)
		if !offers[at].Over(day) {
			for _, field := range offers[at].Fields {
				byField[field] = append(byField[field], at)
			}
		}
	}
	seen := map[[2]int]bool{}
	var found []Overlap
	var pairs [][2]int
	for _, members := range byField {
		for i, first := range members {
			for _, last := range members[i+1:] {
				pair := [2]int{first, last}
				if providers[first] == providers[last] || seen[pair] {
					continue
				}
				seen[pair] = true
				pairs = append(pairs, pair)
			}
		}
	}
	slices.SortFunc(pairs, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, pair := range pairs {
		if one, ok := overlap(&offers[pair[0]], &offers[pair[1]], within); ok {
			found = append(found, one)
		}
	}
	return found
}

func overlap(a, b *Offer, within Within) (Overlap, bool) {
	one := Overlap{First: a.ID, Last: b.ID, Ages: Ages{max(a.Ages.From, b.Ages.From), min(a.Ages.To, b.Ages.To)}}
	if !a.Ages.Overlap(b.Ages) || !periodsOverlap(a, b) {
		return one, false
	}
	one.Fields = common(a.Fields, b.Fields)
	one.Areas = commonAreas(a.Areas, b.Areas, within)
	switch {
	case len(a.Audiences) == 0:
		one.Audiences = slices.Clone(b.Audiences)
	case len(b.Audiences) == 0:
		one.Audiences = slices.Clone(a.Audiences)
	default:
		if one.Audiences = common(a.Audiences, b.Audiences); len(one.Audiences) == 0 {
			return one, false
		}
	}
	return one, len(one.Fields) > 0 && len(one.Areas) > 0
}

func periodsOverlap(a, b *Offer) bool {
	return (a.Start == "" || b.End == "" || a.Start <= b.End) && (b.Start == "" || a.End == "" || b.Start <= a.End)
}

// common lists what both have, in the order of the first.
func common(a, b []string) []string {
	var both []string
	for _, one := range a {
		if slices.Contains(b, one) && !slices.Contains(both, one) {
			both = append(both, one)
		}
	}
	return both
}

// commonAreas lists the areas that both reach.
func commonAreas(a, b []string, within Within) []string {
	var both []string
	for _, x := range a {
		for _, y := range b {
			inner := ""
			switch {
			case within(x, y):
				inner = y
			case within(y, x):
				inner = x
			}
			if inner != "" && !slices.Contains(both, inner) {
				both = append(both, inner)
			}
		}
	}
	return both
}
