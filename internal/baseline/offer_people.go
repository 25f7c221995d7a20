package baseline

import "math"

// Population tells how many people of some ages an area has, "" for all areas
// together, and of which ages exactly they are counted: of the indicator whose age
// band is most like what is asked for. False where no indicator tells.
type Population func(ages Ages, area string) (count int, counted Ages, known bool)

// TargetGroups are the target groups of the audiences that are told by their age, and
// of all together under "", in the areas of the keys. All figures of a group are of one age band, that of the
// first area which has one: others would not compare. Nil tells of nobody.
func TargetGroups(population Population, areas []string) map[string]TargetGroup {
	groups := map[string]TargetGroup{}
	if population == nil {
		return groups
	}
	for _, audience := range append([]string{""}, Audiences()...) {
		asked := AgesOf(audience)
		if audience != "" && !asked.Limited() {
			continue
		}
		group := TargetGroup{People: map[string]int{}}
		for _, area := range areas {
			count, counted, known := population(asked, area)
			if !known || !counted.Overlap(asked) || len(group.People) > 0 && counted != group.Ages {
				continue
			}
			group.Ages, group.People[area] = counted, count
		}
		if len(group.People) > 0 {
			groups[audience] = group
		}
	}
	return groups
}

// People tells how many people areas have by the book's indicators on a day.
func (b *Book) People(day string) Population {
	return func(ages Ages, area string) (count int, counted Ages, known bool) {
		fact, known := b.Population(ages, area, day)
		if !known {
			return 0, Ages{}, false
		}
		return int(math.Round(fact.Latest.Value)), *fact.Series.Age, true
	}
}
