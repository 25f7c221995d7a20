package baseline

import "slices"

// Measure (Maßnahme) is the answer to a gap.
type Measure struct {
	ID    string
	Title string
	// Field, Area and Audience are the gap that it answers.
	Field, Area, Audience string
	Reason                string // why, in the municipality's words
	Responsible           string // who sees to it
	Steps                 []Step
	Due                   string // day
	Status                MeasureStatus
	Offer                 string // id of the offer that it goes on with, "" for none
	// Indicator and Question tell by what its effect will be seen in the next
	// wave: the key of an indicator and the name of a question.
	Indicator, Question string
}

// Step is one thing to do.
type Step struct {
	Text string
	Done bool
}

// MeasureStatus says what becomes of something (verstetigen, übertragen, beenden).
type MeasureStatus string

// What becomes of a measure.
const (
	MeasureNew       MeasureStatus = "new"
	MeasureContinue  MeasureStatus = "continue"
	MeasurePermanent MeasureStatus = "make_permanent"
	MeasureTransfer  MeasureStatus = "transfer"
	MeasureStop      MeasureStatus = "stop"
)

// MeasureStatuses lists what may become of a measure.
func MeasureStatuses() []MeasureStatus {
	return []MeasureStatus{MeasureNew, MeasureContinue, MeasurePermanent, MeasureTransfer, MeasureStop}
}

// MaxSteps is how many steps a measure may have.
const MaxSteps = 30

// Check finds what is wrong: failure.Invalid with the parameter "input", the name
// of what is to be mended. area "" is all of them.
func (m *Measure) Check(areas, fields func(key string) bool) error {
	check := inputs{}
	check.text("title", m.Title, MaxTitle, true)
	check.keys("field", present(m.Field), fields, true)
	check.keys("area", present(m.Area), areas, false)
	check.key("audience", m.Audience, Audiences())
	check.text("reason", m.Reason, MaxText, false)
	check.text("responsible", m.Responsible, MaxTitle, true)
	check.day("due", m.Due)
	check.text("indicator", m.Indicator, MaxTitle, false)
	check.text("question", m.Question, MaxTitle, false)
	if !slices.Contains(MeasureStatuses(), m.Status) {
		check.wrong("status", "offers.problem.choice")
	}
	if len(m.Steps) > MaxSteps {
		check.wrong("steps", "offers.problem.steps", "most", MaxSteps)
	}
	for _, step := range m.Steps {
		check.text("steps", step.Text, MaxTitle*2, true)
	}
	return check.err
}

// present is a list of the text, or of nothing.
func present(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// Overdue tells whether a measure should have been done by a day.
func (m *Measure) Overdue(day string) bool {
	return m.Due != "" && m.Due < day && m.Status != MeasureStop && m.Done() < len(m.Steps)
}

// Done counts the steps that are.
func (m *Measure) Done() int {
	count := 0
	for _, step := range m.Steps {
		if step.Done {
			count++
		}
	}
	return count
}
