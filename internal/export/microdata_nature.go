package export

import (
	"slices"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// nature is what decides whether a question may be in microdata.
type nature struct {
	identifying bool
	sensitive   bool
	text        bool // in people's own words
	attributed  bool
	asked       source // what it rests on whether it was asked
}

// source is the most delicate kind of answer that a relevance rests on.
type source uint8

const (
	opinionSource source = iota // or nothing at all
	identifyingSource
	sensitiveSource
)

// natures finds the natures of a survey's elements. What is computed takes the
// strictest of its sources (METHODS 5.1), a choice among filtered choices that
// of what filters them.
type natures struct {
	version *survey.Version
	named   []string // sensitive questions that are in the file
	known   map[*survey.Element]nature
}

func newNatures(v *survey.Version, named []string) *natures {
	return &natures{version: v, named: named, known: map[*survey.Element]nature{}}
}

// of returns an element's nature. Expressions do not form rings.
func (n *natures) of(e *survey.Element) nature {
	if found, ok := n.known[e]; ok {
		return found
	}
	found := nature{attributed: e.Attributed, text: e.Type == survey.TextType || e.Type == survey.Hidden}
	computed := e.Calculation != nil && (e.Type == survey.Calculate || e.ReadOnly)
	for around := e; around != nil; around = around.Parent {
		found.sensitive = found.sensitive || around.Sensitive
	}
	switch {
	case !computed:
		found.identifying = e.Role() == survey.Identifying
	case len(e.Calculation.References()) == 0:
		found.identifying = true // a time or a constant
	default:
		n.inherit(&found, e.Calculation)
	}
	if e.ChoiceFilter != nil {
		n.inherit(&found, e.ChoiceFilter)
	}
	if e.ChoicesFrom != nil {
		found.take(n.of(e.ChoicesFrom))
	}
	for around := e; around != nil; around = around.Parent {
		found.asked = max(found.asked, n.restsOn(around.Relevant))
	}
	n.known[e] = found
	return found
}

// inherit adds what an expression's sources are.
func (n *natures) inherit(to *nature, from *expression.Tree) {
	for _, name := range from.References() {
		to.take(n.of(n.version.Element(name)))
	}
}

// take adds what a source is.
func (to *nature) take(source nature) {
	to.identifying = to.identifying || source.identifying
	to.sensitive = to.sensitive || source.sensitive
	to.attributed = to.attributed || source.attributed
	to.text = to.text || source.text
}

// restsOn tells what a relevance gives away.
func (n *natures) restsOn(relevant *expression.Tree) source {
	if relevant == nil {
		return opinionSource
	}
	most := opinionSource
	for _, name := range relevant.References() {
		nature := n.of(n.version.Element(name))
		most = max(most, nature.asked)
		switch {
		case nature.sensitive && slices.Contains(n.named, name):
			// Its answers are in the file themselves.
		case nature.sensitive:
			most = sensitiveSource
		case nature.identifying || nature.attributed:
			most = max(most, identifyingSource)
		}
	}
	return most
}
