package expression

import (
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Parse reads an expression. Its error is an *Error.
//
// Curly quotes count as straight ones and any kind of space as a space, since
// spreadsheets are full of them.
func Parse(source string) (*Tree, error) {
	tree, err := parse(source)
	if err != nil { // not returned as it is: a nil *Error in an error is not nil
		return nil, err
	}
	return tree, nil
}

func parse(source string) (*Tree, *Error) {
	if len(source) > MaxLength {
		return nil, refuse(MaxLength, "expression.too_long", "limit", MaxLength)
	}
	if !utf8.ValidString(source) {
		return nil, refuse(invalidOffset(source), "expression.invalid_utf8")
	}
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 1 {
		return nil, refuse(0, "expression.empty")
	}
	p := parser{tree: &Tree{source: source}, tokens: tokens, lookup: survey}
	if p.tree.root, err = p.expression(loosest); err != nil {
		return nil, err
	}
	if left := p.peek(); left.kind != tokenEnd {
		return nil, p.unexpected(left)
	}
	return p.tree, nil
}

func invalidOffset(source string) int {
	for i, r := range source {
		if _, width := utf8.DecodeRuneInString(source[i:]); r == utf8.RuneError && width == 1 {
			return i
		}
	}
	return len(source)
}

// parser turns tokens into a tree by precedence climbing.
type parser struct {
	tree   *Tree
	tokens []token // the last is tokenEnd
	at     int
	depth  int // of operands within operands

	predicates int // around what is being read
	lookup     int // the tree's instance whose items the innermost predicate judges, or survey
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	taken := p.tokens[p.at]
	if taken.kind != tokenEnd {
		p.at++
	}
	return taken
}

// expression reads operands joined by operators that bind at least as tightly
// as minimum.
func (p *parser) expression(minimum int) (*node, *Error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	for p.peek().kind == tokenOperator {
		operator := binaryOperator(p.peek().text)
		precedence := operator.precedence()
		if precedence < minimum {
			break
		}
		place := p.take()
		right, err := p.expression(precedence + 1)
		if err != nil {
			return nil, err
		}
		if operator == opUnion {
			p.tree.walks = true
			if !left.names() || !right.names() {
				return nil, refuse(place.start, "expression.not_nodes", "found", place.text)
			}
		}
		if left, err = join(operator, left, right, place); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// join makes a node of two operands, or adds the right one to a chain.
func join(operator op, left, right *node, place token) (*node, *Error) {
	if operator.chains() && left.op == operator {
		left.args = append(left.args, right) // nobody else holds it yet
		if left.height = max(left.height, right.height+1); left.height <= MaxDepth {
			return left, nil
		}
	}
	return (&node{op: operator, args: []*node{left, right}}).measure(place)
}

// measure sets the node's height and refuses what is too deep.
func (n *node) measure(place token) (*node, *Error) {
	n.height = 1
	for _, arg := range n.args {
		n.height = max(n.height, arg.height+1)
	}
	for _, s := range n.steps {
		for _, predicate := range s.predicates {
			n.height = max(n.height, predicate.height+1)
		}
	}
	if n.height > MaxDepth {
		return nil, refuse(place.start, "expression.too_deep", "limit", MaxDepth)
	}
	return n, nil
}

// operand reads one operand. All recursion passes through here.
func (p *parser) operand() (*node, *Error) {
	place := p.take()
	if p.depth++; p.depth > MaxDepth {
		return nil, refuse(place.start, "expression.too_deep", "limit", MaxDepth)
	}
	defer func() { p.depth-- }()
	switch place.kind {
	case tokenNumber:
		return number(place)
	case tokenLiteral:
		return (&node{op: opText, text: place.text}).measure(place)
	case tokenReference:
		p.tree.references = appendOnce(p.tree.references, place.text)
		return p.path(&node{op: opReference, text: place.text}, place)
	case tokenSelf:
		if p.peek().kind != tokenPath && p.predicates == 0 {
			p.tree.usesSelf = true
		}
		return p.path(&node{op: opSelf}, place)
	case tokenName:
		if p.peek().kind == tokenOpen {
			return p.call(place)
		}
		return p.name(place)
	case tokenPath:
		return p.rooted(place)
	case tokenOpen:
		return p.parentheses(place)
	case tokenOperator:
		if place.text == opNegate.text() {
			operand, err := p.expression(opNegate.precedence()) // only | binds more tightly
			if err != nil {
				return nil, err
			}
			return (&node{op: opNegate, args: []*node{operand}}).measure(place)
		}
	}
	return nil, p.operandMissing(place)
}

func number(place token) (*node, *Error) {
	value, err := strconv.ParseFloat(place.text, 64)
	if errors.Is(err, strconv.ErrRange) {
		return nil, refuse(place.start, "expression.number_too_large")
	}
	return (&node{op: opNumber, number: value}).measure(place)
}

func (p *parser) parentheses(opening token) (*node, *Error) {
	inner, err := p.expression(loosest)
	if err != nil {
		return nil, err
	}
	if closing := p.take(); closing.kind == tokenEnd {
		return nil, refuse(opening.start, "expression.unclosed_parenthesis")
	} else if closing.kind != tokenClose {
		return nil, p.unexpected(closing)
	}
	return p.path(inner, opening)
}

// call reads a function's arguments and checks their number.
func (p *parser) call(name token) (*node, *Error) {
	called, err := lookup(name)
	if err != nil {
		return nil, err
	}
	opening := p.take()
	result := &node{op: opCall, function: called}
	var places []token // of the arguments' first tokens, where somebody looks at them
	for p.peek().kind != tokenClose {
		if called.check != nil {
			places = append(places, p.peek())
		}
		arg, err := p.expression(loosest)
		if err != nil {
			return nil, err
		}
		result.args = append(result.args, arg)
		switch next := p.peek(); {
		case next.kind == tokenComma:
			if p.take(); p.peek().kind == tokenClose {
				return nil, p.operandMissing(p.peek())
			}
		case next.kind == tokenEnd:
			return nil, refuse(opening.start, "expression.unclosed_parenthesis")
		case next.kind != tokenClose:
			return nil, p.unexpected(next)
		}
	}
	p.take()
	if err := called.checkCount(name, len(result.args)); err != nil {
		return nil, err
	}
	if called.selfDefault && len(result.args) == 0 && p.predicates == 0 {
		p.tree.usesSelf = true
	}
	p.tree.walks = p.tree.walks || called.walks
	p.tree.volatile = p.tree.volatile || called.volatile
	if module := called.module(); module != "" {
		p.tree.modules = appendOnce(p.tree.modules, module)
	}
	if called.check != nil {
		if err := called.check(p, result, append(places, name)); err != nil {
			return nil, err
		}
	}
	return p.path(result, name)
}

// operandMissing explains a token that stands where a value should begin.
func (p *parser) operandMissing(found token) *Error {
	switch found.kind {
	case tokenEnd:
		return refuse(found.start, "expression.unexpected_end")
	}
	return refuse(found.start, "expression.operand_missing", "found", found.text)
}

// unexpected explains a token that stands where an operator, a closing
// parenthesis or the end should be.
func (p *parser) unexpected(found token) *Error {
	switch found.kind {
	case tokenPath:
		return unexpectedPath(found)
	case tokenClose:
		return refuse(found.start, "expression.unopened_parenthesis")
	case tokenComma:
		return refuse(found.start, "expression.unexpected_comma")
	case tokenEnd:
		return refuse(found.start, "expression.unexpected_end")
	}
	return refuse(found.start, "expression.operator_missing", "found", found.shown())
}

// shown is how the source writes a token.
func (t token) shown() string {
	switch t.kind {
	case tokenReference:
		return "${" + shorten(t.text) + "}"
	case tokenLiteral:
		return "'" + shorten(t.text) + "'"
	}
	return shorten(t.text)
}

func appendOnce(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
