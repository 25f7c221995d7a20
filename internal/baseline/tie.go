package baseline

// Tie says that somebody works with somebody else.
type Tie struct {
	ID        string
	From, To  string // names; From named it
	Frequency string // key of [Frequencies], "" unknown
	Kind      string // what To is: key of [PartnerKinds], "" unknown
	Area      string // key of the area that it is about, "" for all
	Source    string // where this is known from
}

// Frequencies are how often actors have to do with each other, the most often
// first.
func Frequencies() []string { return []string{"weekly", "monthly", "several_a_year", "yearly_or_less"} }

// PartnerKinds are what partners can be.
func PartnerKinds() []string {
	return []string{"school", "day_care", "youth_services", "administration", "counselling", "association",
		"migrant_organisation", "health", "employment", "other"}
}

// Check finds what is wrong: failure.Invalid with the parameter "input".
func (t *Tie) Check(areas func(key string) bool) error {
	check := inputs{}
	check.text("from", t.From, MaxTitle, true)
	check.text("to", t.To, MaxTitle, true)
	check.key("frequency", t.Frequency, Frequencies())
	check.key("kind", t.Kind, PartnerKinds())
	check.keys("area", present(t.Area), areas, false)
	check.text("source", t.Source, MaxTitle*2, false)
	if ActorKey(t.From) == ActorKey(t.To) {
		check.wrong("to", "offers.problem.self")
	}
	return check.err
}
