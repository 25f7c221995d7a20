package baseline

import "strconv"

// Concept is the record of a municipality's concept: who asked for it and who makes
// it. There is one for each area.
type Concept struct {
	Area       string // key
	Client     string // who ordered it (Auftraggeber)
	Ordered    string // day of the order, 2006-01-02, "" unknown
	Reference  string // number or address of the decision
	Lead       string // who leads
	Steering   string // who steers: a group and who is in it
	Parent     string // strategy that it is part of
	Neighbours string // projects beside it, one on a line
}

// Check finds what is wrong: failure.Invalid with the parameter "input".
func (c *Concept) Check(areas func(key string) bool) error {
	check := inputs{}
	check.keys("area", present(c.Area), areas, true)
	check.text("client", c.Client, MaxTitle, true)
	check.day("ordered", c.Ordered)
	check.text("reference", c.Reference, MaxTitle*2, false)
	check.text("lead", c.Lead, MaxTitle, false)
	check.text("steering", c.Steering, MaxText, false)
	check.text("parent", c.Parent, MaxTitle*2, false)
	check.text("neighbours", c.Neighbours, MaxText, false)
	return check.err
}

// ConceptPart is one of the things that the record of a concept says.
type ConceptPart struct {
	Key  string // "mandate", "lead", "steering", "parent" or "neighbours"
	Text string // "" where it is not known
}

// Parts are the things that a record ought to say, in their order. That of the
// mandate is who ordered it.
func (c *Concept) Parts() []ConceptPart {
	return []ConceptPart{{"mandate", c.Client}, {"lead", c.Lead}, {"steering", c.Steering}, {"parent", c.Parent}, {"neighbours", c.Neighbours}}
}

// OwnWords is what the municipality itself answers to a guiding question for an
// area.
type OwnWords struct {
	ID       string // see [OwnWordsID]
	Area     string // key
	Question int    // 1 to [GuidingQuestions]
	Text     string // Markdown, "" for nothing yet
	Author   string // name of the account that wrote it last
	Day      string // on which, 2006-01-02
}

// OwnWordsID names the answer to a guiding question for an area, of which there is
// one.
func OwnWordsID(area string, question int) string { return area + "/" + strconv.Itoa(question) }

// Check finds what is wrong: failure.Invalid with the parameter "input".
func (w *OwnWords) Check(areas func(key string) bool) error {
	check := inputs{}
	check.keys("area", present(w.Area), areas, true)
	if !IsGuidingQuestion(w.Question) {
		check.wrong("question", "offers.problem.choice")
	}
	check.text("text", w.Text, MaxWords, false)
	return check.err
}
