package baseline

import (
	"cmp"
	"math"
	"slices"

	"bedarfslotse/internal/catalogue"
)

// Reason says why values of several areas have no common one.
type Reason string

// The reasons.
const (
	Aggregates    Reason = ""               // they have one
	NoDenominator Reason = "no_denominator" // some value does not tell what it is a quotient of
	PartMissing   Reason = "part_missing"   // some area has no value
	PartHidden    Reason = "part_hidden"    // some value is not shown
)

// Aggregate puts values of one period together: the sum of the numerators over
// the sum of the denominators, never a mean of the values (METHODS 8). values has
// one for each of the areas, in any order; the result is about area and rests on
// the latest reference day of them.
func Aggregate(unit Unit, area string, parts []string, values []Value) (Value, Reason) {
	total := Value{Area: area, Parts: parts}
	numerator, denominator := int64(0), int64(0)
	for _, part := range parts {
		at := slices.IndexFunc(values, func(v Value) bool { return v.Area == part })
		switch {
		case at < 0:
			return Value{}, PartMissing
		case values[at].Hidden:
			return Value{}, PartHidden
		case values[at].Numerator == nil || values[at].Denominator == nil || unit.Factor() == 0:
			return Value{}, NoDenominator
		}
		numerator += *values[at].Numerator
		denominator += *values[at].Denominator
		total.Period, total.Day = values[at].Period, max(total.Day, values[at].Day)
		if len(total.Source) == 0 {
			total.Source = values[at].Source
		} else if total.Source != values[at].Source {
			total.Source = "" // several
		}
	}
	if len(parts) == 0 || denominator == 0 {
		return Value{}, PartMissing
	}
	total.Numerator, total.Denominator = &numerator, &denominator
	total.Value = unit.Factor() * float64(numerator) / float64(denominator)
	return total, Aggregates
}

// Discrepancy is a value of an area that contradicts those of its parts.
type Discrepancy struct {
	Area, Period string
	Value        float64
	// Sum is what the parts come to: of counts their sum, of shares with
	// numerators and denominators the common share. Low and High are the
	// smallest and largest value of parts whose common one is not known: that of
	// the whole must lie between them.
	Sum       *float64
	Low, High float64
	// Complete tells that all parts have a value; otherwise those that have are
	// already more than the whole.
	Complete bool
}

// CheckTotals compares the values of areas with those of the areas directly within
// them, period by period. A difference smaller than rounding of the parts makes is
// none. Hidden values are compared with nothing.
func CheckTotals(areas *catalogue.Areas, unit Unit, values []Value) []Discrepancy {
	type place struct{ area, period string }
	byPlace := make(map[place]Value, len(values))
	for _, one := range values {
		byPlace[place{one.Area, one.Period}] = one
	}
	var found []Discrepancy
	for _, whole := range values {
		children := areas.Children(whole.Area)
		var parts []Value
		keys := make([]string, 0, len(children))
		hidden := whole.Hidden
		for _, child := range children {
			keys = append(keys, child.Key)
			if part, known := byPlace[place{child.Key, whole.Period}]; known {
				parts, hidden = append(parts, part), hidden || part.Hidden
			}
		}
		if len(parts) == 0 || hidden {
			continue
		}
		if one, differs := compareTotal(unit, whole, keys, parts); differs {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b Discrepancy) int {
		return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.Area, b.Area))
	})
	return found
}

func compareTotal(unit Unit, whole Value, keys []string, parts []Value) (Discrepancy, bool) {
	d := Discrepancy{Area: whole.Area, Period: whole.Period, Value: whole.Value, Complete: len(parts) == len(keys)}
	if unit == Count {
		sum := 0.0
		for _, part := range parts {
			sum += part.Value
		}
		d.Sum = &sum
		return d, d.Complete && sum != whole.Value || sum > whole.Value
	}
	if !d.Complete {
		return d, false
	}
	if total, reason := Aggregate(unit, whole.Area, keys, parts); reason == Aggregates {
		d.Sum = &total.Value
		return d, !closeTo(whole.Value, total.Value)
	}
	d.Low, d.High = math.Inf(1), math.Inf(-1)
	for _, part := range parts {
		d.Low, d.High = min(d.Low, part.Value), max(d.High, part.Value)
	}
	return d, whole.Value < d.Low && !closeTo(whole.Value, d.Low) || whole.Value > d.High && !closeTo(whole.Value, d.High)
}

// closeTo tells whether two values differ by no more than one decimal of rounding.
func closeTo(a, b float64) bool { return math.Abs(a-b) <= 0.05+1e-9 }

// SmallestShown is the smallest number of people that is shown of a source which
// is not public.
const SmallestShown = 5

// Conceal hides the figures of an indicator whose source is not public where their
// numerator is 1 to k−1: the value, which with the denominator would give it away,
// goes with it. Where a hidden figure is the only one among the parts of an area,
// the next smallest is hidden too, since subtraction would give the first away.
// The result is new; what was given stays as it is.
func Conceal(areas *catalogue.Areas, of Indicator, values []Value, k int64) []Value {
	shown := slices.Clone(values)
	if of.Public {
		return shown
	}
	for at := range shown {
		if people, known := peopleIn(of.Unit, shown[at]); known && people > 0 && people < k {
			shown[at] = shown[at].conceal()
		}
	}
	// Hiding a town's figure can leave it the only hidden one of its county.
	for again := true; again; {
		again = concealSecond(areas, of.Unit, values, shown)
	}
	return shown
}

// concealSecond hides one more figure beside each that is alone; false when there
// was none.
func concealSecond(areas *catalogue.Areas, unit Unit, values, shown []Value) (did bool) {
	for at := range shown {
		area, known := areas.Get(shown[at].Area)
		if !shown[at].Hidden || !known || area.Parent == "" {
			continue
		}
		whole, alone, next, siblings := false, true, -1, 0
		for other := range shown {
			if shown[other].Period != shown[at].Period || other == at {
				continue
			}
			if shown[other].Area == area.Parent && !shown[other].Hidden {
				whole = true
			}
			if sibling, _ := areas.Get(shown[other].Area); sibling.Parent != area.Parent {
				continue
			}
			siblings++
			if shown[other].Hidden {
				alone = false
				continue
			}
			people, _ := peopleIn(unit, values[other])
			if least, _ := peopleIn(unit, values[max(next, 0)]); people > 0 && (next < 0 || people < least) {
				next = other
			}
		}
		if whole && alone && next >= 0 && siblings+1 == len(areas.Children(area.Parent)) {
			shown[next] = shown[next].conceal()
			did = true
		}
	}
	return did
}

// peopleIn is how many people a figure counts: its numerator, or what its value
// and denominator make of it; of a mean those whom it is the mean of.
func peopleIn(unit Unit, v Value) (people int64, known bool) {
	switch {
	case unit == Count:
		return int64(v.Value), true
	case unit.Factor() == 1 && v.Denominator != nil:
		return *v.Denominator, true
	case unit.Factor() != 1 && v.Numerator != nil:
		return *v.Numerator, true
	}
	return 0, false
}

// conceal leaves of a figure where and when it is.
func (v Value) conceal() Value {
	return Value{Area: v.Area, Period: v.Period, Day: v.Day, Source: v.Source, Hidden: true}
}
