package gap

import "bedarfslotse/internal/analysis"

// Quadrant is where an item stands by importance and state (importance–performance
// analysis; Martilla & James 1977, J. Marketing 41:77–79).
type Quadrant string

// The quadrants.
const (
	Concentrate Quadrant = "concentrate"  // important, in a bad state
	KeepUp      Quadrant = "keep_up"      // important, in a good state
	LowPriority Quadrant = "low_priority" // neither
	Overkill    Quadrant = "overkill"     // in a better state than it is important
)

// Lines says where the lines between the quadrants stand.
type Lines string

// The kinds of lines.
const (
	Absolute Lines = "absolute" // at the scale's middle
	Relative Lines = "relative" // at the means over the items: some item is always low
)

// Middle is where the lines stand.
type Middle struct{ Importance, State float64 }

// MiddleOf are the lines for items of one scale.
func MiddleOf(items []analysis.Need, lines Lines) Middle {
	n, sum := 0.0, Middle{}
	for _, item := range items {
		if lines == Absolute {
			middle := float64(1+item.Max) / 2
			return Middle{middle, middle}
		}
		if item.Importance != nil && item.State != nil {
			n++
			sum.Importance, sum.State = sum.Importance+item.Importance.Value, sum.State+item.State.Value
		}
	}
	if n == 0 {
		return Middle{}
	}
	return Middle{sum.Importance / n, sum.State / n}
}

// QuadrantsOf are the quadrants that an item may stand in: one, or both on either side
// of a line that its interval reaches across. The first is that of the means. None
// where nothing may be shown, and of yes and no.
func QuadrantsOf(item *analysis.Need, lines Middle) []Quadrant {
	if item.YesNo || item.Importance == nil || item.State == nil {
		return nil
	}
	quadrant := func(important, good bool) Quadrant {
		switch {
		case important && good:
			return KeepUp
		case important:
			return Concentrate
		case good:
			return Overkill
		}
		return LowPriority
	}
	var found []Quadrant
	for _, important := range sides(item.Importance, lines.Importance) {
		for _, good := range sides(item.State, lines.State) {
			found = append(found, quadrant(important, good))
		}
	}
	return found
}

// sides are the sides of a line, true above, that an interval reaches; that of the
// estimate first.
func sides(e *analysis.Estimated, line float64) []bool {
	above := e.Value >= line
	if e.Low != nil && (*e.Low < line && above || *e.High >= line && !above) {
		return []bool{above, !above}
	}
	return []bool{above}
}
