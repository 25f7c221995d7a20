package baseline

import "slices"

// GuidingQuestions is how many questions the step of the baseline asks: where do we
// stand (1), which concepts exist (2), what do we know about the newly arrived (3),
// which networks (4), which structures and measures (5), which experience, gaps and
// factors that we can influence (6).
const GuidingQuestions = 6

// The guiding questions by number.
const (
	WhereWeStand = 1 + iota
	WhichConcepts
	NewlyArrived
	WhichNetworks
	WhichMeasures
	WhichExperience
)

// IsGuidingQuestion tells whether there is a guiding question of that number.
func IsGuidingQuestion(number int) bool { return number >= 1 && number <= GuidingQuestions }

// Note is what somebody heard, saw or worked out together, written down: evidence
// that no survey and no register holds.
type Note struct {
	ID        string
	Kind      NoteKind
	Title     string
	Day       string // on which it was, 2006-01-02
	Area      string // key of the area that it is about, "" for all
	Fields    []string
	Questions []int // the guiding questions that it says something to
	Text      string
	Source    string // who wrote or said it
}

// NoteKind says where a note comes from.
type NoteKind string

// The kinds of notes.
const (
	WorkshopNote NoteKind = "workshop"
	ExpertNote   NoteKind = "expert"
	ClassNote    NoteKind = "class"
	GoodPractice NoteKind = "good_practice"
)

// NoteKinds lists the kinds of notes.
func NoteKinds() []NoteKind { return []NoteKind{WorkshopNote, ExpertNote, ClassNote, GoodPractice} }

// MaxWords is how many letters a note and the answer to a guiding question may have.
const MaxWords = 20_000

// Check finds what is wrong: failure.Invalid with the parameter "input".
func (n *Note) Check(areas, fields func(key string) bool) error {
	check := inputs{}
	if !slices.Contains(NoteKinds(), n.Kind) {
		check.wrong("kind", "offers.problem.choice")
	}
	check.text("title", n.Title, MaxTitle, true)
	check.text("day", n.Day, MaxTitle, true)
	check.day("day", n.Day)
	check.keys("area", present(n.Area), areas, false)
	check.keys("fields", n.Fields, fields, false)
	if len(n.Questions) == 0 {
		check.wrong("questions", "offers.problem.missing")
	}
	if slices.ContainsFunc(n.Questions, func(number int) bool { return !IsGuidingQuestion(number) }) {
		check.wrong("questions", "offers.problem.choice")
	}
	check.text("text", n.Text, MaxWords, true)
	check.text("source", n.Source, MaxTitle, true)
	return check.err
}

// Says tells whether a note says something to a guiding question.
func (n *Note) Says(question int) bool { return slices.Contains(n.Questions, question) }
