package analysis

import (
	"cmp"
	"slices"

	"bedarfslotse/internal/survey"
)

// Calculated are the calculated variables of a wave, ready to be counted. It is
// immutable and safe for concurrent use; nil has none.
type Calculated struct {
	questions []*question
	variables []Variable
	problems  map[string]error
}

// Calculate makes the variables ready. Those that do not fit the survey (any
// more) have a problem and no figures.
func (s *Schema) Calculate(variables []Variable) *Calculated {
	c := &Calculated{problems: map[string]error{}}
	c.variables = slices.SortedFunc(slices.Values(variables), func(a, b Variable) int { return cmp.Compare(a.Name, b.Name) })
	for _, v := range c.variables {
		q, err := s.derive(v)
		if err != nil {
			c.problems[v.Name] = err
			continue
		}
		c.questions = append(c.questions, q)
	}
	return c
}

// Variables are all of them by name, those with a problem too.
func (c *Calculated) Variables() []Variable {
	if c == nil {
		return nil
	}
	return c.variables
}

// Variable returns the one of a name; not ok when there is none.
func (c *Calculated) Variable(name string) (v Variable, ok bool) {
	all := c.Variables()
	at := slices.IndexFunc(all, func(one Variable) bool { return one.Name == name })
	if at < 0 {
		return v, false
	}
	return all[at], true
}

// Problem is why a variable has no figures, nil where it has.
func (c *Calculated) Problem(name string) error {
	if c == nil {
		return nil
	}
	return c.problems[name]
}

// Element is a variable in the shape of a question, with its words and those of
// its categories; nil where there is none. Bands of numbers and dates have no
// list of categories: those follow from the figures.
func (c *Calculated) Element(name string) *survey.Element {
	if q := c.question(name); q != nil {
		return q.element
	}
	return nil
}

// Elements are those of all variables that have figures.
func (c *Calculated) Elements() (elements []*survey.Element) {
	if c == nil {
		return nil
	}
	for _, q := range c.questions {
		elements = append(elements, q.element)
	}
	return elements
}

// Divides tells whether respondents can be filtered and divided by a variable.
func (c *Calculated) Divides(name string) bool {
	q := c.question(name)
	return q != nil && q.kind != Score
}

func (c *Calculated) question(name string) *question {
	if c == nil {
		return nil
	}
	at := slices.IndexFunc(c.questions, func(q *question) bool { return q.element.Name == name })
	if at < 0 {
		return nil
	}
	return c.questions[at]
}
