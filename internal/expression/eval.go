package expression

import (
	"math"
	"strings"
)

// eval computes a node's value. It allocates nothing but new texts.
func (n *node) eval(env Env) Value {
	switch n.op {
	case opNumber:
		return Number(n.number)
	case opText:
		return String(n.text)
	case opReference:
		return env.Reference(n.text)
	case opSelf:
		return env.Self()
	case opColumn:
		return env.Column(n.text)
	case opCall:
		return n.function.apply(n, env)
	case opNegate:
		return Number(-n.args[0].asNumber(env))
	case opPath, opUnion, opRoot:
		return n.walk(env)
	case opAdd, opSubtract, opMultiply, opDivide, opModulo:
		return Number(n.arithmetic(env))
	}
	return Bool(n.truth(env))
}

// truth computes a node's value as a boolean; "and" and "or" stop as soon as
// the answer is known, XPath 1.0 section 3.4.
func (n *node) truth(env Env) bool {
	switch n.op {
	case opOr:
		for _, arg := range n.args {
			if arg.truth(env) {
				return true
			}
		}
		return false
	case opAnd:
		for _, arg := range n.args {
			if !arg.truth(env) {
				return false
			}
		}
		return true
	case opEqual, opNotEqual, opLess, opLessEqual, opGreater, opGreaterEqual:
		return compare(n.op, n.args[0].eval(env), n.args[1].eval(env))
	}
	return n.eval(env).Bool()
}

// asNumber computes a node's value as a number.
func (n *node) asNumber(env Env) float64 {
	if n.op == opNumber {
		return n.number
	}
	return n.eval(env).Number()
}

// arithmetic folds a chain of operands from the left, by IEEE 754.
func (n *node) arithmetic(env Env) float64 {
	result := n.args[0].asNumber(env)
	for _, arg := range n.args[1:] {
		operand := arg.asNumber(env)
		switch n.op {
		case opAdd:
			result += operand
		case opSubtract:
			result -= operand
		case opMultiply:
			result *= operand
		case opDivide:
			result /= operand
		case opModulo: // the sign of the dividend, as in Java and JavaScript
			result = math.Mod(result, operand)
		}
	}
	return result
}

// compare follows XPath 1.0 section 3.4: with a node-set it asks whether any
// node fulfils the comparison, so that no node at all fulfils none, not even
// "!=". Dates in relational comparisons are their days since 1970-01-01.
func compare(operator op, left, right Value) bool {
	switch {
	case left.kind == KindBool || right.kind == KindBool:
		if operator == opEqual || operator == opNotEqual {
			return (left.Bool() == right.Bool()) == (operator == opEqual)
		}
		return compareNumbers(operator, asBool(left).Number(), asBool(right).Number())
	case left.kind == KindNodes && right.kind == KindNodes && left.count()*right.count() > maxPairs:
		return compareSets(operator, left, right)
	case left.kind == KindNodes:
		for i := range left.count() {
			if compareNode(operator, left.node(i), right) {
				return true
			}
		}
		return false
	case right.kind == KindNodes:
		return compare(mirrored(operator), right, left)
	}
	return compareSimple(operator, left, right)
}

// maxPairs is from where on two node-sets are not compared pair by pair.
const maxPairs = 1000

// compareSets says what comparing all pairs would, in linear time.
func compareSets(operator op, left, right Value) bool {
	switch operator {
	case opEqual:
		known := make(map[string]bool, left.count())
		for i := range left.count() {
			known[left.node(i)] = true
		}
		for i := range right.count() {
			if known[right.node(i)] {
				return true
			}
		}
		return false
	case opNotEqual: // unless all are the same text
		for _, side := range []Value{left, right} {
			for i := range side.count() {
				if side.node(i) != left.node(0) {
					return true
				}
			}
		}
		return false
	case opLess, opLessEqual:
		return compareNumbers(operator, extreme(left, math.Min), extreme(right, math.Max))
	}
	return compareNumbers(operator, extreme(left, math.Max), extreme(right, math.Min))
}

// extreme returns the least or greatest number of a node-set, NaN without any.
func extreme(set Value, better func(a, b float64) float64) float64 {
	best := math.NaN()
	for i := range set.count() {
		switch number := parseNumber(set.node(i)); {
		case math.IsNaN(best):
			best = number
		case !math.IsNaN(number):
			best = better(best, number)
		}
	}
	return best
}

// asBool makes a node-set a boolean, as it meets one in a comparison.
func asBool(value Value) Value {
	if value.kind == KindNodes {
		return Bool(value.Bool())
	}
	return value
}

// compareNode compares the text of one node with a value that may be nodes.
func compareNode(operator op, text string, right Value) bool {
	if right.kind != KindNodes {
		return compareSimple(operator, String(text), right)
	}
	for i := range right.count() {
		if compareSimple(operator, String(text), String(right.node(i))) {
			return true
		}
	}
	return false
}

// compareSimple compares numbers and strings: as numbers where one is a number
// or the operator is relational, else as strings.
func compareSimple(operator op, left, right Value) bool {
	relational := operator != opEqual && operator != opNotEqual
	if relational || left.kind == KindNumber || right.kind == KindNumber {
		return compareNumbers(operator, left.Number(), right.Number())
	}
	return (left.text == right.text) == (operator == opEqual)
}

// compareNumbers compares by IEEE 754: NaN differs from everything and is
// neither less nor greater.
func compareNumbers(operator op, left, right float64) bool {
	switch operator {
	case opEqual:
		return left == right
	case opNotEqual:
		return left != right
	case opLess:
		return left < right
	case opLessEqual:
		return left <= right
	case opGreater:
		return left > right
	}
	return left >= right
}

// mirrored is the operator for exchanged sides.
func mirrored(operator op) op {
	switch operator {
	case opLess:
		return opGreater
	case opLessEqual:
		return opGreaterEqual
	case opGreater:
		return opLess
	case opGreaterEqual:
		return opLessEqual
	}
	return operator
}

// isListed tells whether a space-separated list holds the item. An empty item
// is in the empty list only, as in JavaRosa, so that selected(${q}, ”) asks
// whether nothing was chosen.
func isListed(list, item string) bool {
	item = strings.Trim(item, whitespace)
	found := false
	for entry := range strings.FieldsFuncSeq(list, isListSpace) {
		found = found || entry == item
	}
	return found || item == strings.Trim(list, whitespace) // the name of one choice may hold spaces
}

func countListed(list string) int {
	count := 0
	for range strings.FieldsFuncSeq(list, isListSpace) {
		count++
	}
	return count
}

func isListSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }
