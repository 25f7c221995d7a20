package expression

import (
	"slices"
	"strings"
	"time"
)

// Outlook is what a condition is whatever the answers are.
type Outlook uint8

// The outlooks. Open is the honest answer where nothing is certain.
const (
	Open Outlook = iota
	Never
	Always
)

func (o Outlook) inverse() Outlook {
	switch o {
	case Never:
		return Always
	case Always:
		return Never
	}
	return Open
}

// Form is how the answers to a question look.
type Form uint8

// The forms: any text, one of the names, or several of them joined by spaces.
const (
	AnyText Form = iota
	OneOf
	SomeOf
)

// Domain is what the answers to a question can be. None is always among them
// unless Answered says that there is one, as where a constraint judges it.
// A question that can never be answered is OneOf without names.
type Domain struct {
	Form     Form
	Names    []string
	Answered bool
}

// Prospect decides what conditions can be by trying all answers that make a
// difference. It claims Never and Always only where that is certain: what it
// cannot try out, such as paths, today() and arithmetic, leaves a condition
// open.
type Prospect struct {
	// Domain tells what the answers to a question can be, false where ${name} is
	// not one answer seen from the condition.
	Domain func(name string) (Domain, bool)
	// Self names the question whose answer "." is; "" when that is not known.
	Self string
	// Column gives the text of a bare name; nil or false when it is not known.
	Column func(name string) (string, bool)
	// Budget is how many operations may still be computed; each decision takes
	// from it, and without it all is open.
	Budget *int
}

// maxTries bounds how many combinations of answers are tried for one condition.
const maxTries = 4096

// Decide tells what all the conditions together can be.
func (p *Prospect) Decide(conditions ...*Tree) Outlook {
	roots := make([]*node, 0, len(conditions))
	closed := true
	for _, tree := range conditions {
		// A walk may run out of its allowance, from where on it finds nothing.
		if tree.walks || tree.volatile {
			closed = false
			continue
		}
		roots = append(roots, tree.root)
	}
	outlook := p.joined(opAnd, roots)
	if outlook == Always && !closed {
		return Open
	}
	return outlook
}

// joined decides operands joined by "and" or "or".
func (p *Prospect) joined(operator op, operands []*node) Outlook {
	decisive := Never // one of which decides the whole
	if operator == opOr {
		decisive = Always
	}
	operands = flatten(operator, operands, nil)
	all := true
	for _, operand := range operands {
		switch p.one(operand) {
		case decisive:
			return decisive
		case Open:
			all = false
		}
	}
	switch {
	case all:
		return decisive.inverse()
	case p.together(operator, operands):
		return decisive
	}
	return Open
}

func flatten(operator op, operands, into []*node) []*node {
	for _, operand := range operands {
		if operand.op == operator {
			into = flatten(operator, operand.args, into)
		} else {
			into = append(into, operand)
		}
	}
	return into
}

// one decides a single operand.
func (p *Prospect) one(n *node) Outlook {
	switch {
	case *p.Budget <= 0:
		return Open
	case n.op == opAnd || n.op == opOr:
		return p.joined(n.op, n.args)
	case n.op == opCall && n.function.name == "not":
		return p.one(n.args[0]).inverse()
	case n.op == opCall && n.function.name == "boolean":
		return p.one(n.args[0])
	}
	s := scan{prospect: p, uses: map[string]*use{}}
	if !s.condition(n) || !p.spend(s.size) {
		return Open
	}
	sawTrue, sawFalse, tried := p.try(opAnd, []scanned{{n, s}})
	switch {
	case !tried || sawTrue && sawFalse:
		return Open
	case sawTrue:
		return Always
	}
	return Never
}

// scanned is an operand with what it needs.
type scanned struct {
	node *node
	scan scan
}

// together tells whether operands that share questions decide the whole by
// what they say of them together: ${a} = 'x' and ${a} = 'y'.
func (p *Prospect) together(operator op, operands []*node) bool {
	var groups [][]scanned
	for _, operand := range operands {
		s := scan{prospect: p, uses: map[string]*use{}}
		if !p.spend(1 + len(groups)) {
			return false
		}
		if !s.condition(operand) || len(s.uses) == 0 || !p.spend(s.size) {
			continue
		}
		merged := []scanned{{operand, s}}
		kept := groups[:0]
		for _, group := range groups {
			if slices.ContainsFunc(group, func(one scanned) bool { return s.shares(one.scan) }) {
				merged = append(group, merged...)
			} else {
				kept = append(kept, group)
			}
		}
		groups = append(kept, merged)
	}
	for _, group := range groups {
		if len(group) < 2 {
			continue // decided alone already
		}
		sawTrue, sawFalse, tried := p.try(operator, group)
		if tried && (operator == opAnd && !sawTrue || operator == opOr && !sawFalse) {
			return true
		}
	}
	return false
}

// variable is one question with the answers to try.
type variable struct {
	name   string
	values []string
}

// try computes the joined operands for every combination of answers. It gives
// up where there are too many.
func (p *Prospect) try(operator op, group []scanned) (sawTrue, sawFalse, tried bool) {
	uses := map[string]*use{}
	size := 0
	for _, one := range group {
		size += one.scan.size
		for name, u := range one.scan.uses {
			if uses[name] == nil {
				uses[name] = &use{}
			}
			uses[name].add(u)
		}
	}
	tries := 1
	var variables []variable
	for name, u := range uses {
		domain, known := p.Domain(name)
		if !known {
			return false, false, false
		}
		values, finite := u.values(domain)
		if !finite || len(values)*tries > maxTries {
			return false, false, false
		}
		tries *= len(values)
		variables = append(variables, variable{name, values})
	}
	if !p.spend(tries * size) {
		return false, false, false
	}
	env := &assignment{prospect: p, variables: variables, at: make([]int, len(variables))}
	for range tries {
		truth := operator == opAnd
		for _, one := range group {
			if one.node.truth(env) != truth {
				truth = !truth
				break
			}
		}
		sawTrue, sawFalse = sawTrue || truth, sawFalse || !truth
		if sawTrue && sawFalse {
			break
		}
		env.next()
	}
	return sawTrue, sawFalse, tries > 0
}

func (p *Prospect) spend(operations int) bool {
	if *p.Budget < operations {
		*p.Budget = 0
		return false
	}
	*p.Budget -= operations
	return true
}

// assignment is one combination of answers.
type assignment struct {
	Env       // nil: what a decidable condition never asks for
	prospect  *Prospect
	variables []variable
	at        []int
}

// next goes on to the next combination, in the manner of an odometer.
func (a *assignment) next() {
	for i := range a.at {
		if a.at[i]++; a.at[i] < len(a.variables[i].values) {
			return
		}
		a.at[i] = 0
	}
}

// Reference returns the answer being tried.
func (a *assignment) Reference(name string) Value {
	for i := range a.variables {
		if a.variables[i].name == name {
			return Node(a.variables[i].values[a.at[i]])
		}
	}
	return Node("")
}

// Self returns the answer being tried for the question itself.
func (a *assignment) Self() Value { return a.Reference(a.prospect.Self) }

// Column returns the choice's text.
func (a *assignment) Column(name string) Value {
	text, _ := a.prospect.Column(name)
	return Node(text)
}

// Now is not asked for by what can be decided.
func (a *assignment) Now() time.Time { return time.Time{} }

// scan finds out how a condition uses the answers it refers to.
type scan struct {
	prospect *Prospect
	uses     map[string]*use
	size     int // operations
}

func (s scan) shares(other scan) bool {
	for name := range s.uses {
		if other.uses[name] != nil {
			return true
		}
	}
	return false
}

// decidable are the functions whose value rests on their arguments alone.
const decidable = " abs boolean boolean-from-string ceiling checklist coalesce concat contains count-selected ends-with " +
	"false floor if int not number regex round selected selected-at starts-with string string-length substr substring " +
	"substring-after substring-before translate true weighted-checklist "

// condition scans what is wanted as true or false.
func (s *scan) condition(n *node) bool {
	if u := s.answer(n); u != nil {
		s.size++
		u.texts = append(u.texts, "")
		return true
	}
	return s.value(n)
}

// value scans an operation of which the value itself matters; false when it
// cannot be decided.
func (s *scan) value(n *node) bool {
	s.size++
	if s.size > maxTries {
		return false
	}
	switch n.op {
	case opNumber, opText:
		return true
	case opReference, opSelf:
		u := s.answer(n)
		if u == nil {
			return false
		}
		u.whole = true
		return true
	case opColumn:
		_, known := s.literal(n)
		return known
	case opOr, opAnd:
		return s.each(n.args, s.condition)
	case opEqual, opNotEqual, opLess, opLessEqual, opGreater, opGreaterEqual:
		return s.compared(n, n.args[0], n.args[1]) || s.compared(n, n.args[1], n.args[0]) || s.each(n.args, s.value)
	case opNegate, opAdd, opSubtract, opMultiply, opDivide, opModulo:
		return s.each(n.args, s.value)
	case opCall:
		return s.call(n)
	}
	return false // paths
}

func (s *scan) each(args []*node, scan func(*node) bool) bool {
	for _, arg := range args {
		if !scan(arg) {
			return false
		}
	}
	return true
}

func (s *scan) call(n *node) bool {
	if n.function.walks || n.function.volatile || !strings.Contains(decidable, " "+n.function.name+" ") {
		return false
	}
	switch n.function.name {
	case "not", "boolean":
		return s.condition(n.args[0])
	case "if":
		return s.condition(n.args[0]) && s.each(n.args[1:], s.value)
	case "selected":
		if text, known := s.literal(n.args[1]); known {
			if u := s.answer(n.args[0]); u != nil {
				u.listed = append(u.listed, strings.Trim(text, whitespace))
				return true
			}
		}
	case "count-selected":
		if u := s.answer(n.args[0]); u != nil {
			u.counted = true
			return true
		}
	}
	if len(n.args) == 0 && n.function.most != 0 { // takes "."
		u := s.use(s.prospect.Self)
		if u == nil {
			return false
		}
		u.whole = true
	}
	return s.each(n.args, s.value)
}

// compared scans a comparison of an answer with something known.
func (s *scan) compared(n, left, right *node) bool {
	u := s.answer(left)
	if u == nil {
		return false
	}
	if number, known := numeral(right); known {
		u.numbers = append(u.numbers, number)
		return true
	}
	text, known := s.literal(right)
	switch {
	case !known:
		return false
	case n.op == opEqual || n.op == opNotEqual:
		u.texts = append(u.texts, text)
	default:
		u.numbers = append(u.numbers, parseNumber(text))
	}
	return true
}

// answer returns how the answer is used that the operand is; nil when it is
// none, or not known whose.
func (s *scan) answer(n *node) *use {
	switch n.op {
	case opReference:
		return s.use(n.text)
	case opSelf:
		return s.use(s.prospect.Self)
	}
	return nil
}

func (s *scan) use(name string) *use {
	if name == "" {
		return nil
	}
	if s.uses[name] == nil {
		s.uses[name] = &use{}
	}
	return s.uses[name]
}

// literal returns the text that the operand is, whatever the answers.
func (s *scan) literal(n *node) (string, bool) {
	switch {
	case n.op == opText:
		return n.text, true
	case n.op == opColumn && s.prospect.Column != nil:
		return s.prospect.Column(n.text)
	}
	return "", false
}

// numeral returns the number that the operand is.
func numeral(n *node) (float64, bool) {
	switch {
	case n.op == opNumber:
		return n.number, true
	case n.op == opNegate && n.args[0].op == opNumber:
		return -n.args[0].number, true
	}
	return 0, false
}
