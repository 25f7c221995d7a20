package expression

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
)

// op says what a node does.
type op uint8

const (
	opNumber op = iota
	opText
	opReference
	opSelf
	opColumn
	opCall
	opNegate
	opOr
	opAnd
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opAdd
	opSubtract
	opMultiply
	opDivide
	opModulo
	opRoot  // the document above the survey's root, or above a list: "/"
	opPath  // args[0] says where it starts
	opUnion // |
)

// text is how the operator is written; "" for what is none.
func (o op) text() string {
	switch o {
	case opNegate, opSubtract:
		return "-"
	case opOr:
		return "or"
	case opAnd:
		return "and"
	case opEqual:
		return "="
	case opNotEqual:
		return "!="
	case opLess:
		return "<"
	case opLessEqual:
		return "<="
	case opGreater:
		return ">"
	case opGreaterEqual:
		return ">="
	case opAdd:
		return "+"
	case opMultiply:
		return "*"
	case opDivide:
		return "div"
	case opModulo:
		return "mod"
	case opUnion:
		return "|"
	}
	return ""
}

// loosest is the precedence of "or", which binds least.
const loosest = 1

// precedence is how tightly the operator binds its operands, XPath 1.0
// sections 3.4 and 3.5. All operators associate to the left. What is no
// operator needs no parentheses anywhere.
func (o op) precedence() int {
	switch o {
	case opOr:
		return loosest
	case opAnd:
		return 2
	case opEqual, opNotEqual:
		return 3
	case opLess, opLessEqual, opGreater, opGreaterEqual:
		return 4
	case opAdd, opSubtract:
		return 5
	case opMultiply, opDivide, opModulo:
		return 6
	case opNegate:
		return 7
	case opUnion:
		return 8
	}
	return 9
}

// binaryOperator finds the binary operator written as text, one of those that
// the lexer knows.
func binaryOperator(text string) op {
	for candidate := opOr; candidate < opModulo; candidate++ {
		if candidate.text() == text {
			return candidate
		}
	}
	if text == opUnion.text() {
		return opUnion
	}
	return opModulo
}

// chains tells whether a op b op c is kept as one node with three operands.
// That keeps a sum of hundreds of questions flat; comparisons are rarely
// chained and stay pairs.
func (o op) chains() bool { return o == opOr || o == opAnd || o >= opAdd && o <= opModulo }

// node is one operation of a tree. Nodes are not changed after parsing, except
// for the cache, which is safe for concurrent use.
type node struct {
	op       op
	height   int // of the tree below and including this node
	number   float64
	text     string // literal, or name of a question or column
	args     []*node
	steps    []step // of a path
	function *function
	pattern  *pattern                       // of regex() with a literal pattern
	cache    atomic.Pointer[dynamicPattern] // of regex() with a computed pattern
}

// Tree is a parsed expression. It does not change and is safe for concurrent use.
type Tree struct {
	source     string
	root       *node
	references []string
	columns    []string
	instances  []Lookup
	questions  []string
	usesSelf   bool
	volatile   bool
	walks      bool     // needs a focus to be evaluated
	modules    []string // that functions want
}

// Lookup is what an expression reads of a secondary instance: a choice list or
// an attached table.
type Lookup struct {
	Name    string   // of the list
	Columns []string // of it that the expression names, each once
}

// dynamicPattern remembers what a computed pattern was last translated to.
type dynamicPattern struct {
	source  string
	matcher *regexp.Regexp // nil when the source is no pattern
}

// Source returns the text that was parsed, as it was given.
func (t *Tree) Source() string { return t.source }

// References returns the names in ${…} and those of the steps of paths through
// the survey, each once, in order of appearance.
func (t *Tree) References() []string { return slices.Clone(t.references) }

// Instances returns the lists that instance() and pulldata() read, each once.
func (t *Tree) Instances() []Lookup {
	found := slices.Clone(t.instances)
	for i := range found {
		found[i].Columns = slices.Clone(found[i].Columns)
	}
	return found
}

// Labels returns the questions of whose choices jr:choice-name() wants labels.
func (t *Tree) Labels() []string { return slices.Clone(t.questions) }

// Walks tells whether the expression has paths, or functions that walk like them.
func (t *Tree) Walks() bool { return t.walks }

// Volatile tells whether the expression gives another value each time it is
// evaluated: it draws at random, or keeps by once() what it was before. A host
// that computes a second time what was computed elsewhere then keeps the first
// value, after a check of its type. today() and now() rest on [Env.Now] and are
// not volatile.
func (t *Tree) Volatile() bool { return t.volatile }

// Modules returns the scripts in web/assets, without ".js", that a phone needs
// beside expression.js to evaluate the expression: each once, in alphabetical
// order.
func (t *Tree) Modules() []string {
	needed := slices.Clone(t.modules)
	if t.walks {
		needed = append(needed, "paths")
	}
	slices.Sort(needed)
	return needed
}

// Columns returns the bare names, each once, in order of appearance: in a
// choice_filter, columns of the choices. Elsewhere bare names mean nothing in
// XLSForm and are most often a forgotten ${…}.
func (t *Tree) Columns() []string { return slices.Clone(t.columns) }

// UsesSelf tells whether the expression looks at ".", also by a function that
// takes it when called without argument.
func (t *Tree) UsesSelf() bool { return t.usesSelf }

// Evaluate computes the expression's value. It never fails: XPath has a value
// for everything, NaN for numbers that are none.
func (t *Tree) Evaluate(env Env) Value {
	if t.walks {
		env = newFocus(env)
	}
	return t.root.eval(env)
}

// Truth computes the expression's value as a boolean.
func (t *Tree) Truth(env Env) bool {
	if t.walks {
		env = newFocus(env)
	}
	return t.root.truth(env)
}

// String writes the expression with single spaces around operators and no
// more parentheses than needed. It parses to an equal tree.
func (t *Tree) String() string {
	var out strings.Builder
	t.root.print(&out)
	return out.String()
}

func (n *node) print(out *strings.Builder) {
	switch n.op {
	case opNumber:
		out.WriteString(formatNumber(n.number))
	case opText:
		quote := "'"
		if strings.Contains(n.text, quote) {
			quote = "\"" // a literal cannot hold both kinds
		}
		out.WriteString(quote + n.text + quote)
	case opReference:
		out.WriteString("${" + n.text + "}")
	case opSelf:
		out.WriteString(".")
	case opColumn:
		out.WriteString(n.text)
	case opCall:
		out.WriteString(n.function.name + "(")
		for i, arg := range n.args {
			if i > 0 {
				out.WriteString(", ")
			}
			arg.print(out)
		}
		out.WriteString(")")
	case opPath:
		n.printPath(out)
	case opNegate:
		out.WriteString("-")
		n.printOperand(out, 0, opNegate.precedence())
	default:
		for i := range n.args {
			if i > 0 {
				out.WriteString(" " + n.op.text() + " ")
			}
			// Left-associative: only what follows must bind more tightly.
			n.printOperand(out, i, n.op.precedence()+min(i, 1))
		}
	}
}

// printOperand prints an operand, in parentheses if it binds less tightly than
// the place demands.
func (n *node) printOperand(out *strings.Builder, i, demanded int) {
	arg := n.args[i]
	if arg.op.precedence() >= demanded {
		arg.print(out)
		return
	}
	out.WriteString("(")
	arg.print(out)
	out.WriteString(")")
}

// MarshalJSON writes the tree for the phone. A number or string stands for
// itself; everything else is an array with the operation's name first:
//
//	["ref", name]  ["self"]  ["col", name]  ["neg", operand]
//	["=", left, right]  ["+", first, second, third…]  ["if", condition, then, else]
//	["regex", value, pattern, flags]   pattern and flags as for JavaScript's RegExp
//	["regex", value, expression]       where the pattern is computed
//	["path", start, step, step…]       start: ["ref", name], ["self"], ["root"], a call…
//	["|", left, right]
//
// A step is a name or "*" for children, ".." or ".", or an array of one of
// those and its predicates. A step "." right after the start only carries
// predicates for all of it.
func (t *Tree) MarshalJSON() ([]byte, error) { return t.root.appendJSON(nil) }

func (n *node) appendJSON(out []byte) (_ []byte, err error) {
	switch n.op {
	case opNumber:
		return append(out, formatNumber(n.number)...), nil
	case opText:
		return appendString(out, n.text)
	case opReference:
		return appendTagged(out, "ref", n.text)
	case opColumn:
		return appendTagged(out, "col", n.text)
	case opSelf:
		return append(out, `["self"]`...), nil
	case opRoot:
		return append(out, `["root"]`...), nil
	case opPath:
		return n.appendPath(out)
	}
	name := n.op.text()
	switch n.op {
	case opCall:
		name = n.function.name
	case opNegate:
		name = "neg"
	}
	if out, err = appendString(append(out, '['), name); err != nil {
		return nil, err
	}
	for i, arg := range n.args {
		out = append(out, ',')
		if i == 1 && n.pattern != nil {
			break
		}
		if i == 1 && n.op == opCall && n.text != "" { // the question that jr:choice-name means
			if out, err = appendString(out, n.text); err != nil {
				return nil, err
			}
			break
		}
		if out, err = arg.appendJSON(out); err != nil {
			return nil, err
		}
	}
	if n.pattern != nil {
		if out, err = appendString(out, n.pattern.script); err != nil {
			return nil, err
		}
		if out, err = appendString(append(out, ','), n.pattern.flags); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendTagged(out []byte, tag, name string) ([]byte, error) {
	out, err := appendString(append(out, `["`+tag+`",`...), name)
	return append(out, ']'), err
}

func appendString(out []byte, text string) ([]byte, error) {
	encoded, err := json.Marshal(text)
	return append(out, encoded...), err
}
