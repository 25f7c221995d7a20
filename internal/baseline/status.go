package baseline

import (
	"cmp"
	"slices"
	"time"
)

// State is how an indicator stands to its target.
type State string

// The states, in the order in which the first that applies is taken (METHODS 8).
const (
	NoState  State = ""          // context only, or nobody has set a target
	NoData   State = "no_data"   // no value that may be shown since the baseline
	Reached  State = "reached"   // at least as good as the target
	Missed   State = "missed"    // the baseline was as good as the target already: there is no way to measure along
	Reversed State = "reversed"  // further from the target than at the baseline
	OnCourse State = "on_course" // at least as far as the time that has passed
	Behind   State = "behind"
)

// States lists the states that there are words for, the best first.
func States() []State { return []State{Reached, OnCourse, Behind, Reversed, Missed, NoData} }

// Judgement is an indicator's status with what it rests on.
type Judgement struct {
	State State
	// Attainment is the part of the way from baseline to target that is done, 1
	// for all of it; nil where there is no way or no value.
	Attainment *float64
	// Elapsed is the part of the time from baseline to due day that had passed on
	// the value's reference day, within 0 and 1; nil with Attainment.
	Elapsed *float64
	// Low and High are the states at the ends of the value's interval, from a
	// survey; where they differ chance alone may decide between them.
	Low, High State
}

// Spans tells whether the interval of the value spans two states or more.
func (j Judgement) Spans() bool { return j.Low != j.High }

// sameShare is how close a part of the way and a part of the time are taken for
// equal: far below anything that a value's decimals tell, far above what
// computing with them loses.
const sameShare = 1e-9

// Status judges a value (Ist) by a target (Soll): METHODS 8, first that applies.
// Both may be nil. A value from before the baseline's day says nothing of the way
// since then and counts as none.
func Status(direction Direction, target *Target, ist *Value) Judgement {
	if direction == ContextOnly || target == nil {
		return Judgement{}
	}
	if ist == nil || ist.Hidden || ist.Day < target.BaselineDay {
		return Judgement{State: NoData, Low: NoData, High: NoData}
	}
	elapsed := elapsedShare(target, ist.Day)
	judge := func(value float64) State { return stateOf(direction, target, value, elapsed) }
	j := Judgement{State: judge(ist.Value)}
	j.Low, j.High = j.State, j.State
	if ist.Low != nil && ist.High != nil {
		j.Low, j.High = judge(*ist.Low), judge(*ist.High)
	}
	if target.Goal != target.Baseline && !asGood(direction, target.Baseline, target.Goal) {
		a := attainment(target, ist.Value)
		j.Attainment, j.Elapsed = &a, &elapsed
	}
	return j
}

func stateOf(direction Direction, target *Target, value, elapsed float64) State {
	switch {
	case asGood(direction, value, target.Goal):
		return Reached
	case asGood(direction, target.Baseline, target.Goal):
		return Missed
	}
	switch a := attainment(target, value); {
	case a < -sameShare:
		return Reversed
	case a >= elapsed-sameShare:
		return OnCourse
	default:
		return Behind
	}
}

// asGood tells whether a value is at least as good as another.
func asGood(direction Direction, value, other float64) bool {
	if direction == Lower {
		return value <= other
	}
	return value >= other
}

func attainment(target *Target, value float64) float64 {
	return (value - target.Baseline) / (target.Goal - target.Baseline)
}

// elapsedShare is the part of a target's time that has passed on a day.
func elapsedShare(target *Target, day string) float64 {
	whole := daysBetween(target.BaselineDay, target.Due)
	if whole <= 0 {
		return 1
	}
	return min(max(daysBetween(target.BaselineDay, day)/whole, 0), 1)
}

func daysBetween(from, to string) float64 {
	a, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return 0
	}
	b, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return 0
	}
	return b.Sub(a).Hours() / 24
}

func validDay(day string) bool {
	_, err := time.Parse(time.DateOnly, day)
	return err == nil
}

// TargetOn picks the target that counts on a day: the next one due, or the last
// when all are past; nil when the area has none.
func TargetOn(targets []Target, area, day string) *Target {
	var own []Target
	for _, one := range targets {
		if one.Area == area {
			own = append(own, one)
		}
	}
	slices.SortFunc(own, func(a, b Target) int { return cmp.Compare(a.Due, b.Due) })
	for at := range own {
		if own[at].Due >= day || at == len(own)-1 {
			return &own[at]
		}
	}
	return nil
}
