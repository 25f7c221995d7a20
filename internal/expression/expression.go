// Package expression reads and evaluates the language in which a survey says
// when a question is relevant, which answers it accepts, what it calculates
// and which choices it offers: XPath 1.0 as XLSForm writes it, with ${name}
// for the answer to a question and "." for the answer at hand.
//
// An expression is parsed once, by [Parse], when a survey is read. The [Tree]
// is evaluated here for every response that arrives, and its JSON by
// web/assets/expression.js on the respondent's phone. Both evaluators run the
// cases of testdata/cases.json.
//
// Sources: XML Path Language (XPath) 1.0, W3C Recommendation of 16 November
// 1999; the ODK XForms Specification, section "XPath"; XLSForm. Where ODK's
// engines part from XPath, the function concerned says so.
package expression

import (
	"fmt"
	"time"

	"bedarfslotse/internal/failure"
)

const (
	// MaxLength is the longest source that Parse reads, in bytes.
	MaxLength = 64 << 10
	// MaxDepth is how deep operators, functions and parentheses may be nested.
	// It keeps a hostile expression from exhausting the stack, here and on the
	// phone; the deepest found in published forms is below 20.
	MaxDepth = 200
)

// Error says why an expression was refused. "finding."+Key names the sentence
// for the author, "finding."+Key+".cure" the one that says how to mend it.
type Error struct {
	Offset int            // where in the source, in bytes from 0
	Key    string         // for example "expression.unknown_function"
	Params failure.Params // values for the sentences' placeholders; may be nil
}

// Error returns a short English text for logs.
func (e *Error) Error() string {
	if len(e.Params) == 0 {
		return fmt.Sprintf("%s at byte %d", e.Key, e.Offset)
	}
	return fmt.Sprintf("%s at byte %d %v", e.Key, e.Offset, map[string]any(e.Params))
}

// refuse makes an Error; pairs alternate parameter name and value.
func refuse(offset int, key string, pairs ...any) *Error {
	return &Error{Offset: offset, Key: key, Params: failure.New(failure.Invalid, key, pairs...).Params}
}

// Env gives an expression what lies outside of it. Its methods are called
// while the expression is evaluated, from the same goroutine.
type Env interface {
	// Reference returns the value of ${name} as seen from the place where the
	// expression stands. A question without an answer is Node(""), a name in a
	// repeat may be several nodes.
	Reference(name string) Value
	// Self returns the value of "." , the answer that a constraint judges.
	Self() Value
	// Column returns the value of a bare name: in a choice_filter, that column
	// of the choice being judged.
	Column(name string) Value
	// Place returns the node at which the expression stands, from which paths
	// start; nil when there is none.
	Place() Place
	// Find returns the nodes that ${name} means as seen from a place: those
	// below the nearest node around the place that has any.
	Find(name string, from Place) []Place
	// Instance returns the root of a choice list or attached table: its children
	// are named item, theirs after the columns. It is nil when there is none.
	Instance(name string) Place
	// Label returns what respondents read for a choice of the question, "" when
	// it has no such choice.
	Label(question, choice string) string
	// Text returns what respondents read for a text's identifier, as the column
	// itextId of a choice list holds it: the list's name, "-", and the choice's
	// place counted from 0.
	Text(id string) string
	// Random returns a number evenly drawn from 0 (included) to 1 (excluded).
	Random() float64
	// Now returns the time for today() and now(), which write it in its own
	// location.
	Now() time.Time
}

// shorten keeps a piece of somebody's source fit for a sentence.
func shorten(text string) string {
	const limit = 60
	count := 0
	for i := range text {
		if count++; count > limit {
			return text[:i] + "…"
		}
	}
	return text
}
