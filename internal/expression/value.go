package expression

import (
	"math"
	"strconv"
	"strings"
)

// Kind is one of the four types of XPath 1.0.
type Kind uint8

// The kinds. KindNodes is XPath's node-set, here reduced to what the language
// can see of it: the texts of its nodes in document order.
const (
	KindString Kind = iota
	KindNumber
	KindBool
	KindNodes
)

// Value is what an expression yields: a number, a string, a boolean or a list
// of nodes. The zero Value is the empty string. Values are immutable; a Value
// made by Nodes shares the caller's slice, which must then stay as it is.
type Value struct {
	kind   Kind
	single bool // a node-set of one node, whose text is in text: spares a slice
	truth  bool
	number float64
	text   string
	texts  []string
}

// Number returns a number; NaN and the infinities are numbers too.
func Number(number float64) Value { return Value{kind: KindNumber, number: number} }

// String returns a string, in valid UTF-8.
func String(text string) Value { return Value{kind: KindString, text: text} }

// Bool returns a boolean.
func Bool(truth bool) Value { return Value{kind: KindBool, truth: truth} }

// Node returns one node with its text; the text of a question without an
// answer is "".
func Node(text string) Value { return Value{kind: KindNodes, single: true, text: text} }

// Nodes returns nodes in document order; none at all is an empty node-set.
func Nodes(texts []string) Value { return Value{kind: KindNodes, texts: texts} }

// Kind tells which of the four types the value has.
func (v Value) Kind() Kind { return v.kind }

// Text converts to a string as XPath 1.0 section 4.2 says: a node-set gives
// the text of its first node, "" when it is empty; a number has no exponent
// and no more digits than tell it from its neighbours.
func (v Value) Text() string {
	switch v.kind {
	case KindNumber:
		return formatNumber(v.number)
	case KindBool:
		if v.truth {
			return "true"
		}
		return "false"
	case KindNodes:
		if !v.single {
			if len(v.texts) == 0 {
				return ""
			}
			return v.texts[0]
		}
	}
	return v.text
}

// Number converts to a number as XPath 1.0 section 4.4 says, and a date to its
// days since 1970-01-01; see parseNumber. What is no number gives NaN.
func (v Value) Number() float64 {
	switch v.kind {
	case KindNumber:
		return v.number
	case KindBool:
		if v.truth {
			return 1
		}
		return 0
	}
	return parseNumber(v.Text())
}

// Bool converts to a boolean as XPath 1.0 section 4.3 says, except that nodes
// count as true only when one of them has a text: every question has a node,
// so that XPath's own rule would call unanswered questions true. JavaRosa
// judges the node's value as well.
func (v Value) Bool() bool {
	switch v.kind {
	case KindNumber:
		return v.number != 0 && !math.IsNaN(v.number)
	case KindBool:
		return v.truth
	case KindNodes:
		for i := range v.count() {
			if v.node(i) != "" {
				return true
			}
		}
		return false
	}
	return v.text != ""
}

// Texts returns the texts of a node-set's nodes, and for another kind its own
// text as the only one. The slice is shared and must stay as it is.
func (v Value) Texts() []string {
	if v.kind == KindNodes && !v.single {
		return v.texts
	}
	return []string{v.Text()}
}

// count returns how many nodes a node-set has.
func (v Value) count() int {
	if v.single {
		return 1
	}
	return len(v.texts)
}

// node returns the text of the i-th node, counted from 0.
func (v Value) node(i int) string {
	if v.single {
		return v.text
	}
	return v.texts[i]
}

// formatNumber writes a number as XPath 1.0 section 4.2 wants it.
func formatNumber(number float64) string {
	switch {
	case math.IsNaN(number):
		return "NaN"
	case math.IsInf(number, 1):
		return "Infinity"
	case math.IsInf(number, -1):
		return "-Infinity"
	case number == 0: // negative zero has no sign
		return "0"
	case number == math.Trunc(number) && math.Abs(number) < 1e15:
		return strconv.Itoa(int(number))
	}
	return strconv.FormatFloat(number, 'f', -1, 64)
}

// whitespace is what XML calls white space; a non-breaking space in an answer
// is a character like any other.
const whitespace = " \t\r\n"

// parseNumber reads a number as XPath 1.0 writes it, white space around it
// allowed: no exponent, no plus sign, no hexadecimal digits. A date becomes
// its days since 1970-01-01, as in JavaRosa, so that dates can be compared and
// subtracted. Everything else is NaN.
func parseNumber(text string) float64 {
	text = strings.Trim(text, whitespace)
	digits, whole := 0, true
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && whole:
			whole = false
		case c == '-' && i == 0:
		case c == '-' && i == 4:
			return parseDate(text)
		default:
			return math.NaN()
		}
	}
	if digits == 0 {
		return math.NaN()
	}
	// Only a range error is left, and then the value is the right infinity.
	number, _ := strconv.ParseFloat(text, 64)
	return number
}
