package expression

import (
	"regexp"
	"slices"
	"strings"
)

// Operator says how a [Row] compares.
type Operator string

// The operators of rows.
const (
	Equal       Operator = "="
	NotEqual    Operator = "!="
	Less        Operator = "<"
	AtMost      Operator = "<="
	Greater     Operator = ">"
	AtLeast     Operator = ">="
	Selected    Operator = "selected"     // the value is among several chosen ones
	NotSelected Operator = "not_selected" // it is not
	Answered    Operator = "answered"     // there is an answer
	Unanswered  Operator = "unanswered"   // there is none
)

// Operators lists every operator of rows.
func Operators() []Operator {
	return []Operator{Equal, NotEqual, Less, AtMost, Greater, AtLeast, Selected, NotSelected, Answered, Unanswered}
}

// Compares tells whether the operator needs a value.
func (o Operator) Compares() bool { return o != Answered && o != Unanswered }

// Literal says how the value of a row is written.
type Literal string

// The literals of rows.
const (
	TextLiteral   Literal = "text"
	NumberLiteral Literal = "number"
	DateLiteral   Literal = "date" // as 2026-03-01
)

// Row is one comparison: what somebody who knows no expressions picks.
type Row struct {
	Question string // "" for the answer at hand
	Operator Operator
	Value    string // "" where the operator needs none
	Literal  Literal
}

// Rows is a condition that consists of comparisons, all of which must hold, or
// any of which is enough.
type Rows struct {
	Any  bool
	Rows []Row
}

// Rows reads the expression as comparisons; not ok when it is anything else.
func (t *Tree) Rows() (rows Rows, ok bool) {
	parts := []*node{t.root}
	if t.root.op == opAnd || t.root.op == opOr {
		parts, rows.Any = t.root.args, t.root.op == opOr
	}
	for _, part := range parts {
		row, ok := part.row()
		if !ok {
			return Rows{}, false
		}
		rows.Rows = append(rows.Rows, row)
	}
	return rows, true
}

func (n *node) row() (Row, bool) {
	if n.op == opCall {
		return n.selection()
	}
	if n.op < opEqual || n.op > opGreaterEqual {
		return Row{}, false
	}
	question, named := n.args[0].subject()
	value, literal, ok := n.args[1].literal()
	row := Row{Question: question, Operator: Operator(n.op.text()), Value: value, Literal: literal}
	if literal == TextLiteral && value == "" {
		switch n.op {
		case opEqual:
			row.Operator = Unanswered
		case opNotEqual:
			row.Operator = Answered
		default:
			return Row{}, false
		}
	}
	return row, named && ok
}

// selection reads selected(…, '…') and not(selected(…, '…')).
func (n *node) selection() (Row, bool) {
	switch {
	case n.function.name == "not" && n.args[0].op == opCall && n.args[0].function.name == "selected":
		row, ok := n.args[0].selection()
		row.Operator = NotSelected
		return row, ok
	case n.function.name != "selected":
		return Row{}, false
	}
	question, named := n.args[0].subject()
	value, literal, ok := n.args[1].literal()
	return Row{Question: question, Operator: Selected, Value: value, Literal: literal}, named && ok && literal == TextLiteral && value != ""
}

func (n *node) subject() (question string, ok bool) {
	return n.text, n.op == opReference || n.op == opSelf
}

func (n *node) literal() (value string, literal Literal, ok bool) {
	switch {
	case n.op == opText:
		return n.text, TextLiteral, true
	case n.op == opNumber:
		return formatNumber(n.number), NumberLiteral, true
	case n.op == opNegate && n.args[0].op == opNumber:
		return "-" + formatNumber(n.args[0].number), NumberLiteral, true
	case n.op == opCall && n.function.name == "date" && len(n.args) == 1 && n.args[0].op == opText:
		return n.args[0].text, DateLiteral, true
	}
	return "", "", false
}

var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Source writes the comparisons as an expression, "" where there are none.
// [*Tree.Rows] reads it back. The error is an *Error: a number that is none, or
// a value that no literal can hold.
func (r Rows) Source() (string, error) {
	parts := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		part, err := row.source()
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	if r.Any {
		return strings.Join(parts, " or "), nil
	}
	return strings.Join(parts, " and "), nil
}

func (r Row) source() (string, error) {
	subject := "."
	if r.Question != "" {
		subject = "${" + r.Question + "}"
	}
	if !slices.Contains(Operators(), r.Operator) {
		return "", refuse(0, "expression.unexpected_character", "found", string(r.Operator))
	}
	switch r.Operator {
	case Answered:
		return subject + " != ''", nil
	case Unanswered:
		return subject + " = ''", nil
	}
	value, err := r.literal()
	if err != nil {
		return "", err
	}
	switch r.Operator {
	case Selected:
		return "selected(" + subject + ", " + value + ")", nil
	case NotSelected:
		return "not(selected(" + subject + ", " + value + "))", nil
	}
	return subject + " " + string(r.Operator) + " " + value, nil
}

func (r Row) literal() (string, error) {
	if r.Literal == NumberLiteral {
		if !plainNumber.MatchString(r.Value) {
			return "", refuse(0, "expression.row_number", "value", shorten(r.Value))
		}
		return r.Value, nil
	}
	if r.Value == "" {
		return "", refuse(0, "expression.row_empty")
	}
	quote := "'"
	if strings.Contains(r.Value, quote) {
		quote = `"`
	}
	if strings.Contains(r.Value, quote) {
		return "", refuse(0, "expression.row_quotes", "value", shorten(r.Value))
	}
	if r.Literal == DateLiteral {
		return "date(" + quote + r.Value + quote + ")", nil
	}
	return quote + r.Value + quote, nil
}

// Rename returns an expression with a question called by another name, else as
// it is written. The error is that of [Parse].
func Rename(source, from, to string) (string, error) {
	tree, err := Parse(source)
	if err != nil {
		return "", err
	}
	if !slices.Contains(tree.references, from) && !slices.Contains(tree.questions, from) {
		return source, nil
	}
	tokens, refused := lex(source)
	if refused != nil {
		return "", refused
	}
	var out strings.Builder
	at := 0
	for i, token := range tokens {
		start, length := token.start, len(from)
		switch {
		case token.kind == tokenReference && token.text == from:
			start += strings.Index(source[start:], from)
		case token.kind == tokenLiteral && token.text == "${"+from+"}": // as jr:choice-name takes it
			start += strings.Index(source[start:], from)
		case token.kind == tokenName && token.text == from && tree.walks && tokens[i+1].kind != tokenOpen:
		default:
			continue
		}
		out.WriteString(source[at:start] + to)
		at = start + length
	}
	out.WriteString(source[at:])
	return out.String(), nil
}
