// Package baseline holds where a municipality stands before it acts, and what it
// does then: indicators with their values and targets (METHODS 8), offers,
// measures and documents.
package baseline

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Direction says which values of an indicator are good.
type Direction string

// The directions.
const (
	Higher      Direction = "higher"  // more is better
	Lower       Direction = "lower"   // less is better
	ContextOnly Direction = "context" // neither: it describes the situation and has no status
)

// Directions lists all directions.
func Directions() []Direction { return []Direction{Higher, Lower, ContextOnly} }

// Valid tells whether d is one of the directions.
func (d Direction) Valid() bool { return slices.Contains(Directions(), d) }

// Unit is what the values of an indicator are counted in.
type Unit string

// The units.
const (
	Count      Unit = "count"       // people or things; whole
	Percent    Unit = "percent"     // a part of a whole, 0 to 100
	PerMille   Unit = "per_mille"   // a part of a whole, 0 to 1 000
	PerHundred Unit = "per_hundred" // so many for a hundred others, for example places for children; may exceed 100
	Ratio      Unit = "ratio"       // so many for one other, for example pupils for a class
	Index      Unit = "index"       // a mean on somebody's scale
	Days       Unit = "days"        // a duration
	Euro       Unit = "euro"
)

// Units lists all units.
func Units() []Unit {
	return []Unit{Count, Percent, PerMille, PerHundred, Ratio, Index, Days, Euro}
}

// Valid tells whether u is one of the units.
func (u Unit) Valid() bool { return slices.Contains(Units(), u) }

// Factor is what numerator/denominator is multiplied with to give the value; 0
// where a value is no such quotient and values of several areas have no common
// one.
func (u Unit) Factor() float64 {
	switch u {
	case Percent, PerHundred:
		return 100
	case PerMille:
		return 1000
	case Ratio, Index, Days, Euro:
		return 1
	}
	return 0
}

// Part tells whether values are parts of a whole, which cannot exceed it.
func (u Unit) Part() bool { return u == Percent || u == PerMille }

// Holds tells whether a number can be a value in the unit.
func (u Unit) Holds(value float64) bool {
	switch {
	case math.IsNaN(value) || math.Abs(value) > MaxValue || value < 0 && u != Index && u != Euro:
		return false
	case u == Count:
		return value == math.Trunc(value)
	case u.Part():
		return value <= u.Factor()
	}
	return true
}

// The largest figures there are.
const (
	MaxValue = 1e12
	MaxAge   = 120 // years
	// MaxIndicatorText is the most characters of a label or a note.
	MaxIndicatorText = 500
)

// Indicator is something that is measured again and again, area by area.
type Indicator struct {
	Key       string            // lower-case ASCII with underscores, stable
	Label     map[string]string // by language tag; has de, and en where it comes from the catalogue
	Unit      Unit
	Field     string // key of its field of action
	Direction Direction
	Source    string // who usually publishes the values; a text for people
	Note      string // how it is measured, and what to beware of; a text for people
	Age       *Ages  // of the people counted, nil when it is not about an age
	// Public tells that the values come from a source that anybody may read. Of
	// others, small numerators are hidden; see [Conceal].
	Public   bool
	Revision int64 // rises with every change; 0 before it is stored
}

// Name is what readers of a language call the indicator.
func (i Indicator) Name(language string) string {
	for _, tag := range []string{language, "de", "en"} {
		if text := i.Label[tag]; text != "" {
			return text
		}
	}
	return i.Key
}

var indicatorKey = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// MaxIndicatorKey is the most characters of a key.
const MaxIndicatorKey = 60

// ValidIndicatorKey tells whether a text can be an indicator's key.
func ValidIndicatorKey(key string) bool {
	return len(key) <= MaxIndicatorKey && indicatorKey.MatchString(key)
}

// Check refuses an indicator that contradicts itself; failure.Invalid says what
// is wrong.
func (i Indicator) Check() error {
	invalid := func(key string, pairs ...any) error { return failure.New(failure.Invalid, key, pairs...) }
	switch {
	case !ValidIndicatorKey(i.Key):
		return invalid("indicators.problem.key")
	case i.Label["de"] == "":
		return invalid("indicators.problem.label")
	case !i.Unit.Valid():
		return invalid("indicators.problem.unit")
	case !i.Direction.Valid():
		return invalid("indicators.problem.direction")
	case i.Field == "":
		return invalid("indicators.problem.field")
	case i.Age != nil && (i.Age.From < 0 || i.Age.To < i.Age.From || i.Age.To > MaxAge):
		return invalid("indicators.problem.age", "most", MaxAge)
	}
	for _, text := range []string{i.Label["de"], i.Label["en"], i.Source, i.Note} {
		if utf8.RuneCountInString(text) > MaxIndicatorText {
			return invalid("indicators.problem.long", "limit", MaxIndicatorText)
		}
	}
	return nil
}

// Source is where values come from: one imported file, or one thing that somebody
// read them off.
type Source struct {
	ID        string
	Title     string
	Publisher string
	Day       string // reference day (Stichtag), the latest of its values, 2006-01-02
	Licence   string
	File      string // name of the imported file; "" when the values were typed
	SHA256    string // of the file, in hexadecimal digits
	Imported  string // day, 2006-01-02
}

// Line is the source as it stands beside figures: title, publisher and licence.
func (s Source) Line() string {
	parts := slices.DeleteFunc([]string{s.Title, s.Publisher, s.Licence}, func(part string) bool { return part == "" })
	return strings.Join(parts, "; ")
}

// Value is one figure.
type Value struct {
	Area   string // key
	Period string // "2024", "2024/25", "2024-Q3", "2024-09" or a day; see [ParsePeriod]
	Day    string // reference day (Stichtag), 2006-01-02
	Value  float64
	// Numerator and Denominator are what the value is the quotient of, where the
	// source tells them. Only they aggregate over areas.
	Numerator, Denominator *int64
	// Low and High are the ends of the 95 % interval of a figure from a survey.
	Low, High *float64
	Source    string // id of its source
	// Hidden tells that the figure is not shown: [Conceal] has taken it away.
	Hidden bool
	// Parts are the areas whose figures [Aggregate] has put together.
	Parts []string
}

// CheckValue refuses a value that the unit cannot have or that contradicts its
// numerator and denominator; failure.Invalid says what is wrong.
func CheckValue(unit Unit, v Value) error {
	invalid := func(key string) error { return failure.New(failure.Invalid, key) }
	period, ok := ParsePeriod(v.Period)
	switch {
	case !ok || period.Label != v.Period:
		return invalid("indicators.problem.period")
	case !validDay(v.Day):
		return invalid("indicators.problem.day")
	case !period.Has(v.Day):
		return invalid("indicators.problem.day_outside")
	case !unit.Holds(v.Value):
		return invalid("indicators.problem.value." + string(unit))
	case v.Numerator != nil && *v.Numerator < 0, v.Denominator != nil && *v.Denominator <= 0:
		return invalid("indicators.problem.base")
	case (v.Numerator != nil) != (v.Denominator != nil):
		return invalid("indicators.problem.half_base")
	case v.Numerator != nil && unit.Factor() == 0:
		return invalid("indicators.problem.base_of_count")
	case v.Numerator != nil && !agrees(unit, v.Value, *v.Numerator, *v.Denominator):
		return invalid("indicators.problem.base_contradicts")
	case (v.Low != nil) != (v.High != nil), v.Low != nil && (*v.Low > v.Value || *v.High < v.Value):
		return invalid("indicators.problem.interval")
	}
	return nil
}

// agrees tells whether a value is its quotient, rounded as far as the value is.
func agrees(unit Unit, value float64, numerator, denominator int64) bool {
	exact := unit.Factor() * float64(numerator) / float64(denominator)
	for half := 0.5; half > 1e-10; half /= 10 { // half a unit of each decimal, the coarsest first
		if rounded := math.Round(value*0.5/half) / (0.5 / half); math.Abs(rounded-value) < 1e-9*max(1, math.Abs(value)) {
			return math.Abs(exact-value) <= half*(1+1e-9)
		}
	}
	return math.Abs(exact-value) < 1e-9*max(1, math.Abs(value))
}

// Target is where an indicator shall be in an area by a day. It is fixed once it
// is set: neither end of the way moves while somebody is on it.
type Target struct {
	Area        string
	Baseline    float64 // the value at which the way begins
	BaselineDay string  // 2006-01-02
	Goal        float64 // Soll
	Due         string  // 2006-01-02
	Note        string  // who decided it, where; a text for people
	Set         string  // day on which it was set, 2006-01-02
}

// Check refuses a target that the indicator cannot have; failure.Invalid says
// what is wrong.
func (t Target) Check(of Indicator) error {
	invalid := func(key string, pairs ...any) error { return failure.New(failure.Invalid, key, pairs...) }
	switch {
	case of.Direction == ContextOnly:
		return invalid("indicators.problem.context_target")
	case t.Area == "":
		return invalid("indicators.problem.area")
	case !validDay(t.BaselineDay), !validDay(t.Due):
		return invalid("indicators.problem.day")
	case t.Due <= t.BaselineDay:
		return invalid("indicators.problem.due")
	case !of.Unit.Holds(t.Baseline), !of.Unit.Holds(t.Goal):
		return invalid("indicators.problem.value." + string(of.Unit))
	case t.Goal == t.Baseline:
		return invalid("indicators.problem.no_way")
	case utf8.RuneCountInString(t.Note) > MaxIndicatorText:
		return invalid("indicators.problem.long", "limit", MaxIndicatorText)
	}
	return nil
}
