package survey

import (
	"slices"
	"strings"

	"bedarfslotse/internal/expression"
)

// Version is a survey made ready: expressions parsed, choice lists and
// references resolved, every question with a slot of its own. It is immutable
// and safe for concurrent use.
type Version struct {
	*Survey
	// Hash is the hexadecimal SHA-256 of everything that respondents see and
	// that decides about their answers, all languages included.
	Hash string
	// Top are the elements outside any group.
	Top []*Element
	// Elements are all elements in document order; an element's Index is its
	// place in it.
	Elements []*Element

	byName  map[string]*Element
	ordered []*Element // elements with expressions, each after what it refers to
}

// Element is a node made ready.
type Element struct {
	*Node
	// Type is what the answer is treated as, everywhere behind the control that
	// asks for it: the author's type, except that a note with a calculation is a
	// calculation, and a choice among a repeat's answers is a text, since it
	// holds what a respondent wrote.
	Type     Type
	Index    int
	End      int      // the index after the last element inside; Index+1 for questions
	Parent   *Element // the enclosing group or repeat, nil at the top
	Within   *Element // the innermost enclosing repeat, nil outside repeats
	Children []*Element
	Choices  *ChoiceList // nil unless the type selects
	// ChoicesFrom is the question in a repeat of whose answers one is chosen,
	// nil for all others.
	ChoicesFrom *Element
	// Scale is m when the choices are a scale 1..m, else 0.
	Scale int
	// Range is what a question of type range offers, else nil.
	Range *Range
	// Randomize tells that each respondent sees the choices in an order of
	// their own; Seed fixes it, nil leaves it to chance.
	Randomize bool
	Seed      *expression.Tree
	// Triggers are the questions of which a change alone makes the calculation
	// run; empty when it follows whatever it rests on.
	Triggers []*Element
	// Attributed tells that the answer is given in the institution's name: the
	// element or one around it is marked so.
	Attributed bool

	// Parsed expressions, nil where the author wrote none.
	Relevant     *expression.Tree
	Required     *expression.Tree
	Constraint   *expression.Tree
	Calculation  *expression.Tree
	Default      *expression.Tree // nil when the default is a plain value
	ChoiceFilter *expression.Tree
	RepeatCount  *expression.Tree

	choiceAt map[string]int
	labelAt  map[string]int // of an autocomplete question, by folded label
}

// Element returns the element of that name, nil when there is none.
func (v *Version) Element(name string) *Element { return v.byName[name] }

// Order returns the elements that carry expressions in an order in which each
// comes after everything its expressions refer to.
func (v *Version) Order() []*Element { return v.ordered }

// ChoiceIndex returns the place of the choice of that name in the element's
// list, −1 when the list has none.
func (e *Element) ChoiceIndex(name string) int {
	if at, ok := e.choiceAt[name]; ok {
		return at
	}
	return -1
}

// Looks tells whether a word is among the element's appearances.
func (e *Element) Looks(word string) bool {
	return slices.Contains(strings.Fields(e.Appearance), word)
}

// LabelsOnly tells whether a question with choices only shows them, as the head
// of the rows below it, and asks nothing.
func (e *Element) LabelsOnly() bool { return e.Type.Selects() && e.Type != Rank && e.Looks("label") }

// Precision is how exactly a date is asked for.
type Precision string

// The precisions. A date without its day is stored as the first of the month,
// one without its month as the first of January, as XLSForm does.
const (
	Day   Precision = "day"
	Month Precision = "month"
	Year  Precision = "year"
)

// Precision returns how exactly a question of type date asks.
func (e *Element) Precision() Precision {
	switch {
	case e.Type == Date && e.Looks("year"):
		return Year
	case e.Type == Date && e.Looks("month-year"):
		return Month
	}
	return Day
}

// Typed tells whether the answer is a choice that may be typed by its label:
// a select_one that looks like autocomplete, of which no label could mean two
// choices.
func (e *Element) Typed() bool { return e.labelAt != nil }

// ChoiceByLabel returns the choice of a question that is typed, by its label
// in any language, without regard to case and spaces; −1 when there is none.
func (e *Element) ChoiceByLabel(label string) int {
	if at, ok := e.labelAt[foldLabel(label)]; ok {
		return at
	}
	return -1
}

// readLabels prepares [Element.ChoiceByLabel] where no label could mean two
// choices, nor what another is called.
func (e *Element) readLabels() {
	if e.Type != SelectOne || !e.Looks("autocomplete") && !e.Looks("search") {
		return
	}
	known := map[string]int{}
	for at, choice := range e.Choices.Choices {
		if len(choice.Label) == 0 {
			return
		}
		for _, phrase := range choice.Label {
			label := foldLabel(phrase.Text)
			other, taken := known[label]
			if named := e.ChoiceIndex(phrase.Text); taken && other != at || named >= 0 && named != at || strings.ContainsAny(phrase.Text, "$<*_[`\n") {
				return
			}
			known[label] = at
		}
	}
	e.labelAt = known
}

func foldLabel(label string) string {
	return strings.ToLower(strings.Join(strings.Fields(label), " "))
}

// Role tells how carefully figures of this question are to be shown (METHODS 5.1).
type Role string

// The roles of METHODS 5.1.
const (
	Opinion     Role = "opinion"
	Sensitive   Role = "sensitive"
	Identifying Role = "identifying"
)

// Role returns the question's role: sensitive where its author says so, opinion
// where it measures one, identifying otherwise.
func (e *Element) Role() Role {
	switch {
	case e.Sensitive:
		return Sensitive
	case e.Measures != nil && e.Measures.As.Opinion():
		return Opinion
	default:
		return Identifying
	}
}
