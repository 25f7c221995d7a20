package expression

import "strings"

// Place is one node of a tree that paths walk over: the survey's answers with
// their groups and instances of repeats, or the items of a choice list. Places
// are compared with ==, so two that stand for the same node must be equal.
type Place interface {
	// Name is the name of the question, group, repeat or column.
	Name() string
	// Text is the node's own text, "" for what only holds other nodes.
	Text() string
	// Parent returns the node around it, nil for the root.
	Parent() Place
	// Position counts from 1 among the nodes of the same name and parent.
	Position() int
	// Children returns the nodes inside it of one name, for "*" all of them, in
	// document order.
	Children(name string) []Place
	// Column returns the texts of the children of that name, which most hosts
	// can say without making a Place of each.
	Column(name string) Value
}

// maxVisits bounds how many nodes one evaluation visits: predicates within
// predicates multiply. What lies beyond is not found. The largest list of
// choices known has some 40 000 items.
const maxVisits = 1_000_000

// axis is the direction of a step. XPath's others lead to nodes that forms
// have no use for.
type axis uint8

const (
	axisChild axis = iota
	axisParent
	axisSelf
)

// step is one step of a path.
type step struct {
	axis       axis
	name       string // for axisChild: a name or "*"
	predicates []*node
}

func (s step) text() string {
	switch s.axis {
	case axisParent:
		return ".."
	case axisSelf:
		return "."
	}
	return s.name
}

// focus is XPath's context (section 1): where names and "." are looked for.
// An expression that walks is evaluated with one around the host's Env; each
// predicate gets its own.
type focus struct {
	Env
	top            *focus // that of the whole expression; itself there
	place          Place  // nil where the host knows none
	from           Place  // from where ${name} is seen: the innermost place in the survey
	position, size int
	visits         int // still allowed; counted at the top
}

func newFocus(env Env) *focus {
	f := &focus{Env: env, place: env.Place(), position: 1, size: 1, visits: maxVisits}
	f.top, f.from = f, f.place
	return f
}

// Self returns the value of ".": inside a predicate, of the node judged.
func (f *focus) Self() Value {
	if f.top == f {
		return f.Env.Self()
	}
	return Node(f.place.Text())
}

// Column returns the value of a bare name: inside a predicate, that child of
// the node judged.
func (f *focus) Column(name string) Value {
	if f.top == f {
		return f.Env.Column(name)
	}
	return f.place.Column(name)
}

// Reference returns the value of ${name}. Inside a predicate over instances of
// a repeat it is that instance's, as JavaRosa reads absolute paths there.
func (f *focus) Reference(name string) Value {
	if f.from == f.top.place {
		if !f.spend(1) {
			return Nodes(nil)
		}
		value := f.Env.Reference(name)
		f.spend(value.count())
		return value
	}
	return valueOf(f.find(name))
}

// spend takes from the visits that are left and tells whether they suffice.
func (f *focus) spend(count int) bool {
	f.top.visits -= count
	return f.top.visits >= 0
}

// find returns the nodes of ${name}; each counts as a visit.
func (f *focus) find(name string) []Place {
	if !f.spend(1) {
		return nil
	}
	found := f.Find(name, f.from)
	if !f.spend(len(found)) {
		return nil
	}
	return found
}

// valueOf makes a node-set of the places' texts.
func valueOf(places []Place) Value {
	switch len(places) {
	case 0:
		return Nodes(nil)
	case 1:
		return Node(places[0].Text())
	}
	texts := make([]string, len(places))
	for i, place := range places {
		texts[i] = place.Text()
	}
	return Nodes(texts)
}

// walk computes a path's or union's value.
func (n *node) walk(env Env) Value { return valueOf(n.places(env.(*focus))) }

// names tells whether the operand can be asked for its nodes by places.
func (n *node) names() bool {
	switch n.op {
	case opReference, opSelf, opColumn, opRoot, opPath, opUnion:
		return true
	}
	return n.op == opCall && n.function.places != nil
}

// places returns the nodes that an operand names.
func (n *node) places(f *focus) []Place {
	switch n.op {
	case opReference:
		return f.find(n.text)
	case opSelf:
		return here(f.place)
	case opRoot:
		return here(root(f.top.place))
	case opColumn:
		if f.place == nil {
			return nil
		}
		return f.place.Children(n.text)
	case opUnion:
		return union(n.args[0].places(f), n.args[1].places(f), f)
	case opCall:
		return n.function.places(n, f)
	}
	at := n.args[0].places(f)
	steps := n.steps
	if n.args[0].op == opRoot && len(steps) > 0 {
		// The first step names the root element. Each program names that in its
		// own way (data, the form's id), so that any name is right.
		at = keep(at, steps[0].predicates, f)
		steps = steps[1:]
	}
	for _, s := range steps {
		at = s.from(at, f)
	}
	return at
}

func here(place Place) []Place {
	if place == nil {
		return nil
	}
	return []Place{place}
}

func root(place Place) Place {
	for place != nil {
		parent := place.Parent()
		if parent == nil {
			return place
		}
		place = parent
	}
	return nil
}

// from takes the step from each place. Predicates of a step to children count
// positions among the children of one parent, those of "." among all.
func (s step) from(at []Place, f *focus) []Place {
	switch s.axis {
	case axisSelf:
		return keep(at, s.predicates, f)
	case axisParent:
		var parents []Place
		for _, place := range at {
			// Places stand in document order: equal parents follow each other.
			if parent := place.Parent(); parent != nil && (len(parents) == 0 || parents[len(parents)-1] != parent) {
				parents = append(parents, parent)
			}
		}
		return keep(parents, s.predicates, f)
	}
	var found []Place
	for _, place := range at {
		if !f.spend(1) {
			return nil
		}
		children := place.Children(s.name)
		if !f.spend(len(children)) {
			return nil
		}
		children = keep(children, s.predicates, f)
		if len(at) == 1 {
			return children
		}
		found = append(found, children...)
	}
	return found
}

// keep returns the places that fulfil all predicates: one that is a number
// fits the place of that position, XPath 1.0 section 2.4.
func keep(at []Place, predicates []*node, f *focus) []Place {
	for _, predicate := range predicates {
		inner := &focus{Env: f.Env, top: f.top, from: f.from, size: len(at)}
		inSurvey := len(at) > 0 && root(at[0]) == root(f.top.place)
		var kept []Place
		for i, place := range at {
			if !f.spend(1) {
				return nil
			}
			inner.place, inner.position = place, i+1
			if inSurvey {
				inner.from = place
			}
			value := predicate.eval(inner)
			if value.kind == KindNumber && value.number == float64(i+1) || value.kind != KindNumber && value.Bool() {
				kept = append(kept, place)
			}
		}
		at = kept
	}
	return at
}

// union joins two node-sets without repetition: where both hold something, in
// the order of the document.
func union(left, right []Place, f *focus) []Place {
	if len(left) == 0 {
		return right
	}
	if len(right) == 0 {
		return left
	}
	wanted := make(map[Place]bool, len(left)+len(right))
	var roots []Place
	for _, places := range [][]Place{left, right} {
		for _, place := range places {
			wanted[place] = true
		}
		if top := root(places[0]); len(roots) == 0 || roots[0] != top {
			roots = append(roots, top)
		}
	}
	var joined []Place
	var collect func(place Place)
	collect = func(place Place) {
		if wanted[place] {
			joined = append(joined, place)
		}
		if len(joined) < len(wanted) && f.spend(1) {
			for _, child := range place.Children("*") {
				collect(child)
			}
		}
	}
	for _, top := range roots {
		collect(top)
	}
	return joined
}

func (n *node) printPath(out *strings.Builder) {
	start, steps := n.args[0], n.steps
	switch {
	case start.op == opRoot:
		out.WriteString("/" + steps[0].text())
		steps[0].printPredicates(out)
		steps = steps[1:]
	case start.op == opSelf && len(steps) == 1 && steps[0].axis == axisChild && len(steps[0].predicates) == 0:
		out.WriteString("./" + steps[0].text()) // without "./" it would be a bare name
		return
	case start.op == opSelf && steps[0].axis != axisSelf:
		if steps[0].text() == "*" {
			out.WriteString("./")
		}
		out.WriteString(steps[0].text())
		steps[0].printPredicates(out)
		steps = steps[1:]
	default:
		n.printOperand(out, 0, opPath.precedence()+min(1, len(start.steps))) // a path keeps its parentheses
		if steps[0].axis == axisSelf {
			steps[0].printPredicates(out)
			steps = steps[1:]
		}
	}
	for _, s := range steps {
		out.WriteString("/" + s.text())
		s.printPredicates(out)
	}
}

func (s step) printPredicates(out *strings.Builder) {
	for _, predicate := range s.predicates {
		out.WriteString("[")
		predicate.print(out)
		out.WriteString("]")
	}
}

func (n *node) appendPath(out []byte) (_ []byte, err error) {
	if out, err = n.args[0].appendJSON(append(out, `["path",`...)); err != nil {
		return nil, err
	}
	for _, s := range n.steps {
		out = append(out, ',')
		if len(s.predicates) == 0 {
			if out, err = appendString(out, s.text()); err != nil {
				return nil, err
			}
			continue
		}
		if out, err = appendString(append(out, '['), s.text()); err != nil {
			return nil, err
		}
		for _, predicate := range s.predicates {
			if out, err = predicate.appendJSON(append(out, ',')); err != nil {
				return nil, err
			}
		}
		out = append(out, ']')
	}
	return append(out, ']'), nil
}
