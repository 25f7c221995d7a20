// Package response turns what a phone sends into a response that may be kept:
// it normalises, computes, checks and drops what is not relevant.
package response

import (
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Answers are the answers to one survey version, with the instances of its
// repeats. The zero value is not usable; see [New].
type Answers struct {
	Version *survey.Version
	// Language is the one in which jr:choice-name() and jr:itext() give labels:
	// the respondent's. By default it is the survey's own.
	Language string
	root     *instance
	places   int // instances of repeats made so far
}

// instance holds the cells of the survey's top level, or of one instance of a
// repeat.
type instance struct {
	repeat *survey.Element // nil at the top
	parent *instance
	number int // among its siblings, from 0
	first  int // the element index of cells[0]
	cells  []cell
}

// cell is one element's place in an instance.
type cell struct {
	values     []string // nil: no answer; several only for select_multiple
	text       string   // the values joined by spaces, as expressions see them
	irrelevant bool
	problem    *Problem    // what is wrong with the value itself
	instances  []*instance // of a repeat
}

// relevantText is what expressions see of the cell.
func (c *cell) relevantText() string {
	if c.irrelevant {
		return ""
	}
	return c.text
}

// Problem is one thing that is wrong with one answer. The sentence is either
// the survey author's own (Message) or the catalogue's (Key with Params).
type Problem struct {
	Name    string // the name of the control, with repeat indexes
	Element *survey.Element
	Key     string
	Params  failure.Params
	Message survey.Text
}

// New returns answers without any answer.
func New(version *survey.Version) *Answers {
	return &Answers{Version: version, Language: version.Language, root: newInstance(version, nil, nil)}
}

func newInstance(version *survey.Version, repeat *survey.Element, parent *instance) *instance {
	if repeat == nil {
		return &instance{cells: make([]cell, len(version.Elements))}
	}
	return &instance{repeat: repeat, parent: parent, first: repeat.Index + 1,
		cells: make([]cell, repeat.End-repeat.Index-1)}
}

func (in *instance) cell(e *survey.Element) *cell { return &in.cells[e.Index-in.first] }

// host returns the instance around in (or in itself) that holds e's cell; nil
// when e stands in a repeat that in is not part of.
func (in *instance) host(e *survey.Element) *instance {
	for at := in; at != nil; at = at.parent {
		if at.repeat == e.Within {
			return at
		}
	}
	return nil
}

// each visits every instance that holds a cell of e.
func (in *instance) each(e *survey.Element, visit func(*instance)) {
	if in.repeat == e.Within {
		visit(in)
		return
	}
	next := e.Within
	for next.Within != in.repeat {
		next = next.Within
	}
	for _, child := range in.cell(next).instances {
		child.each(e, visit)
	}
}

// Place is one instance of a repeat, or the top level: where an answer stands.
type Place struct{ in *instance }

// Top returns the survey's top level.
func (a *Answers) Top() Place { return Place{a.root} }

// Host returns the place around this one, or this one itself, where the
// element's answer stands; not ok when that is in a repeat that this is no part of.
func (p Place) Host(e *survey.Element) (Place, bool) {
	host := p.in.host(e)
	return Place{host}, host != nil
}

// Instances returns the instances of a repeat below this place.
func (p Place) Instances(repeat *survey.Element) []Place {
	instances := p.in.cell(repeat).instances
	places := make([]Place, len(instances))
	for i, in := range instances {
		places[i] = Place{in}
	}
	return places
}

// Values returns the answer's values: none without an answer, several only for
// select_multiple.
func (p Place) Values(e *survey.Element) []string { return p.in.cell(e).values }

// Text returns the values joined by spaces.
func (p Place) Text(e *survey.Element) string { return p.in.cell(e).text }

// Relevant tells whether the element was relevant; known after [Answers.Check]
// or [Answers.Settle].
func (p Place) Relevant(e *survey.Element) bool { return !p.in.cell(e).irrelevant }

// Prefix is what control names at this place begin with: "" at the top,
// "children[2]." in the third instance of a repeat.
func (p Place) Prefix() string { return p.in.prefix() }

// Number returns the instance's place among its siblings, from 0.
func (p Place) Number() int { return p.in.number }
