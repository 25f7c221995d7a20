package expression

import (
	"slices"
	"strings"
)

// Relation is what a condition says of the answer to a question.
type Relation string

// The relations. SaysChosen: at least one of the values; SaysNotChosen: none of them.
// The comparisons have one value.
const (
	SaysChosen       Relation = "chosen"
	SaysNotChosen    Relation = "not_chosen"
	SaysAnswered     Relation = "answered"
	SaysUnanswered   Relation = "unanswered"
	SaysLess         Relation = "<"
	SaysLessEqual    Relation = "≤"
	SaysGreater      Relation = ">"
	SaysGreaterEqual Relation = "≥"
)

// Condition is an expression as a person can follow it: a statement about the
// answer to one question, or several of them joined.
type Condition struct {
	// All tells how Parts are joined: by "and", else by "or". A condition with
	// parts says nothing else.
	All   bool
	Parts []Condition

	Question string
	Relation Relation
	Values   []string // names of choices, texts or numbers, as written
}

// Condition reads the expression as a condition on answers: questions compared
// with fixed values, selected(), not(), and, or. false for everything else, such
// as arithmetic, paths and functions of time, of which a sentence would be no
// help.
func (t *Tree) Condition() (Condition, bool) {
	if t.walks || t.volatile {
		return Condition{}, false
	}
	return t.root.condition(false)
}

// condition reads a node, or its opposite.
func (n *node) condition(opposite bool) (Condition, bool) {
	switch n.op {
	case opAnd, opOr:
		return n.joined((n.op == opAnd) != opposite, opposite)
	case opReference:
		return Condition{Question: n.text, Relation: either(opposite, SaysUnanswered, SaysAnswered)}, true
	case opCall:
		return n.called(opposite)
	case opEqual, opNotEqual, opLess, opLessEqual, opGreater, opGreaterEqual:
		return n.compared(opposite)
	}
	return Condition{}, false
}

func (n *node) joined(all, opposite bool) (Condition, bool) {
	whole := Condition{All: all}
	for _, arg := range n.args {
		part, ok := arg.condition(opposite)
		if !ok {
			return Condition{}, false
		}
		if len(part.Parts) > 0 && part.All == all {
			for _, one := range part.Parts {
				whole.add(one)
			}
			continue
		}
		whole.add(part)
	}
	if len(whole.Parts) == 1 {
		return whole.Parts[0], true
	}
	return whole, true
}

// add joins a part; what is said of one question twice becomes one statement.
func (c *Condition) add(part Condition) {
	joins := either(c.All, SaysNotChosen, SaysChosen)
	for at := range c.Parts {
		if known := &c.Parts[at]; len(part.Parts) == 0 && part.Relation == joins && known.Relation == joins && known.Question == part.Question {
			for _, value := range part.Values {
				if !slices.Contains(known.Values, value) {
					known.Values = append(known.Values, value)
				}
			}
			return
		}
	}
	c.Parts = append(c.Parts, part)
}

func (n *node) called(opposite bool) (Condition, bool) {
	switch {
	case n.function.name == "not" && len(n.args) == 1:
		return n.args[0].condition(!opposite)
	case n.function.name == "selected" && len(n.args) == 2 && n.args[0].op == opReference && n.args[1].op == opText:
		value := strings.Trim(n.args[1].text, whitespace)
		return Condition{Question: n.args[0].text, Relation: either(opposite, SaysNotChosen, SaysChosen), Values: []string{value}}, value != ""
	}
	return Condition{}, false
}

// compared reads a comparison of a question with a fixed value.
func (n *node) compared(opposite bool) (Condition, bool) {
	question, value, operator := n.args[0], n.args[1], n.op
	if question.op != opReference {
		question, value, operator = value, question, operator.mirrored()
	}
	if question.op != opReference {
		return Condition{}, false
	}
	said := Condition{Question: question.text}
	number, isNumber := numeral(value)
	text := value.text
	if isNumber {
		text = formatNumber(number)
	} else if value.op != opText {
		return Condition{}, false
	}
	if operator == opEqual || operator == opNotEqual {
		same := (operator == opEqual) != opposite
		if !isNumber && text == "" {
			said.Relation = either(same, SaysUnanswered, SaysAnswered)
			return said, true
		}
		said.Relation, said.Values = either(same, SaysChosen, SaysNotChosen), []string{text}
		return said, true
	}
	if !isNumber {
		return Condition{}, false
	}
	said.Relation, said.Values = operator.relation(opposite), []string{text}
	return said, true
}

// mirrored is the operator when its sides change places.
func (o op) mirrored() op {
	switch o {
	case opLess:
		return opGreater
	case opLessEqual:
		return opGreaterEqual
	case opGreater:
		return opLess
	case opGreaterEqual:
		return opLessEqual
	}
	return o
}

// relation is what an ordering operator says, or its opposite. Without an answer
// both are false in XPath; in words that goes without saying.
func (o op) relation(opposite bool) Relation {
	switch o {
	case opLess:
		return either(opposite, SaysGreaterEqual, SaysLess)
	case opLessEqual:
		return either(opposite, SaysGreater, SaysLessEqual)
	case opGreater:
		return either(opposite, SaysLessEqual, SaysGreater)
	}
	return either(opposite, SaysLess, SaysGreaterEqual)
}

func either(first bool, one, other Relation) Relation {
	if first {
		return one
	}
	return other
}
