package baseline

import (
	"cmp"
	"slices"

	"bedarfslotse/internal/catalogue"
)

// Series is an indicator with all its values and targets.
type Series struct {
	Indicator
	Values  []Value // by reference day, then period and area
	Targets []Target
}

// Book is everything that is known of the baseline's indicators, as one read of
// the store returns it. It is not changed after it is made.
type Book struct {
	Series   []Series // by field of action and key
	Sources  map[string]Source
	Revision int64 // of all of it
	areas    *catalogue.Areas
}

// NewBook puts a book together: figures that may not be shown are hidden in it
// (see [Conceal] with [SmallestShown]). The series that it is given stay as they
// are.
func NewBook(areas *catalogue.Areas, series []Series, sources map[string]Source, revision int64) *Book {
	b := &Book{Series: slices.Clone(series), Sources: sources, Revision: revision, areas: areas}
	for at := range b.Series {
		one := &b.Series[at]
		one.Targets = slices.Clone(one.Targets)
		one.Values = Conceal(areas, one.Indicator, one.Values, SmallestShown)
		SortValues(one.Values)
	}
	slices.SortStableFunc(b.Series, func(x, y Series) int {
		return cmp.Or(cmp.Compare(x.Field, y.Field), cmp.Compare(x.Key, y.Key))
	})
	return b
}

// SortValues puts values in the order of time.
func SortValues(values []Value) {
	slices.SortStableFunc(values, func(x, y Value) int {
		return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(x.Period, y.Period), cmp.Compare(x.Area, y.Area))
	})
}

// Find returns the indicator of a key; nil when there is none.
func (b *Book) Find(key string) *Series {
	at := slices.IndexFunc(b.Series, func(one Series) bool { return one.Key == key })
	if at < 0 {
		return nil
	}
	return &b.Series[at]
}

// Fact is an indicator in an area: its latest value and how it stands to its
// target.
type Fact struct {
	Series    *Series
	Area      string
	Latest    *Value  // nil for none
	Target    *Target // nil for none
	Judgement Judgement
	// Reason says, of an area without values of its own, why those of its parts
	// have no common one; [Aggregates] where they have or there is nothing.
	Reason Reason
}

// In returns the indicator in an area, on a day that decides which target counts.
func (b *Book) In(one *Series, area, day string) Fact {
	fact := Fact{Series: one, Area: area, Target: TargetOn(one.Targets, area, day)}
	values, reason := one.course(b.areas, area)
	if fact.Reason = reason; len(values) > 0 {
		fact.Latest, fact.Reason = &values[len(values)-1], Aggregates
	}
	fact.Judgement = Status(one.Direction, fact.Target, fact.Latest)
	return fact
}

// InField returns the indicators of a field of action ("" for all fields) that
// have a value or a target in an area, with the latest value of each.
func (b *Book) InField(field, area, day string) []Fact {
	var facts []Fact
	for at := range b.Series {
		if one := &b.Series[at]; field == "" || one.Field == field {
			if fact := b.In(one, area, day); fact.Latest != nil || fact.Target != nil {
				facts = append(facts, fact)
			}
		}
	}
	return facts
}

// Population returns the latest value of a public or shown count of people whose
// ages overlap a band, in an area: what coverage by offers is measured against. Of
// several indicators the one whose band is closest counts.
func (b *Book) Population(ages Ages, area, day string) (Fact, bool) {
	best, distance := Fact{}, -1
	for at := range b.Series {
		one := &b.Series[at]
		if one.Unit != Count || one.Age == nil || !one.Age.Overlap(ages) {
			continue
		}
		fact := b.In(one, area, day)
		if fact.Latest == nil || fact.Latest.Hidden {
			continue
		}
		if away := abs(one.Age.From-ages.From) + abs(one.Age.To-ages.To); distance < 0 || away < distance {
			best, distance = fact, away
		}
	}
	return best, distance >= 0
}

func abs(n int) int { return max(n, -n) }

// Course returns the values of an area in the order of time. Periods of which it
// has none are filled from its parts where those aggregate.
func (b *Book) Course(one *Series, area string) []Value {
	values, _ := one.course(b.areas, area)
	return values
}

// course also says why parts do not aggregate, where the area has no value.
func (s *Series) course(areas *catalogue.Areas, area string) ([]Value, Reason) {
	var own, below []Value
	children := areas.Children(area)
	for _, v := range s.Values {
		switch {
		case v.Area == area:
			own = append(own, v)
		case slices.ContainsFunc(children, func(child catalogue.Area) bool { return child.Key == v.Area }):
			below = append(below, v)
		}
	}
	if len(below) == 0 {
		return own, Aggregates
	}
	parts := make([]string, len(children))
	for at, child := range children {
		parts[at] = child.Key
	}
	last := Aggregates
	SortValues(below)
	for len(below) > 0 {
		period := below[0].Period
		var values []Value
		below = slices.DeleteFunc(below, func(v Value) bool {
			if v.Period == period {
				values = append(values, v)
			}
			return v.Period == period
		})
		if slices.ContainsFunc(own, func(v Value) bool { return v.Period == period }) {
			continue
		}
		total, reason := Aggregate(s.Unit, area, parts, values)
		if last = reason; reason == Aggregates {
			own = append(own, total)
		}
	}
	SortValues(own)
	return own, last
}
