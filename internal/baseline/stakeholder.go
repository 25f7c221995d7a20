package baseline

import "slices"

// Stakeholder is somebody on whom the concept depends, as those who coordinate it
// see them.
type Stakeholder struct {
	ID   string
	Name string
	Area string // key of the area that it is about, "" for all
	// Interest and Influence run from 1 to [MostInfluence].
	Interest, Influence int
	Stance              Stance
	Contact             string // who talks to them
	Note                string
}

// MostInfluence is the upper end of both scales.
const MostInfluence = 5

// Stance is how somebody stands to the concept.
type Stance string

// Stances lists how somebody may stand to the concept, from the best on.
func Stances() []Stance { return []Stance{"supports", "open", "neutral", "sceptical", "against"} }

// Quadrant is a part of the power–interest grid.
type Quadrant string

// The quadrants and what they advise (Mendelow 1991).
const (
	ManageClosely Quadrant = "manage_closely" // much influence, much interest
	KeepSatisfied Quadrant = "keep_satisfied" // much influence, little interest
	KeepInformed  Quadrant = "keep_informed"  // little influence, much interest
	WatchOnly     Quadrant = "watch"          // little of both
)

// Quadrant is where somebody stands. Much is more than the middle of the scale.
func (s *Stakeholder) Quadrant() Quadrant {
	const middle = (1 + MostInfluence) / 2
	switch influence, interest := s.Influence > middle, s.Interest > middle; {
	case influence && interest:
		return ManageClosely
	case influence:
		return KeepSatisfied
	case interest:
		return KeepInformed
	}
	return WatchOnly
}

// Check finds what is wrong: failure.Invalid with the parameter "input".
func (s *Stakeholder) Check(areas func(key string) bool) error {
	check := inputs{}
	check.text("name", s.Name, MaxTitle, true)
	check.keys("area", present(s.Area), areas, false)
	check.text("contact", s.Contact, MaxTitle, false)
	check.text("note", s.Note, MaxText, false)
	check.scale("interest", s.Interest)
	check.scale("influence", s.Influence)
	if !slices.Contains(Stances(), s.Stance) {
		check.wrong("stance", "offers.problem.choice")
	}
	return check.err
}

func (i *inputs) scale(input string, value int) {
	if value < 1 || value > MostInfluence {
		i.wrong(input, "offers.problem.scale", "most", MostInfluence)
	}
}
