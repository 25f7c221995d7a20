package survey

import (
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
	Index    int
	End      int      // the index after the last element inside; Index+1 for questions
	Parent   *Element // the enclosing group or repeat, nil at the top
	Within   *Element // the innermost enclosing repeat, nil outside repeats
	Children []*Element
	Choices  *ChoiceList // nil unless the type selects
	// Scale is m when the choices are a scale 1..m, else 0.
	Scale int
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
