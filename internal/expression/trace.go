package expression

import "strconv"

// Step is one operation of an evaluation that [Tree.Trace] watched.
type Step struct {
	Depth      int    // 0 for the whole expression
	Source     string // the operation as [Tree.String] writes it
	Reference  string // the question that a plain ${name} names, else ""
	Item       string // inside a predicate: the node judged, such as child[2]; else ""
	Value      Value
	Found      []string // of a path: where its nodes are, such as /child[2]/age; nil for others
	Unfinished bool     // its parts are not listed: there are too many steps
}

// maxFound is how many nodes of a path a step names.
const maxFound = 20

// Trace evaluates the expression as [Tree.Evaluate] does and tells each step, an
// operation before its parts; literals are no steps, and what was not needed,
// such as the rest of an "and" that is false already, is not there. After limit
// steps none is added.
//
// It is the same evaluation: the tree is copied with a watching function
// around every operation, so that evaluating without a trace costs nothing.
func (t *Tree) Trace(env Env, limit int) (Value, []Step) {
	w := &watch{limit: limit}
	watched := &Tree{root: w.around(t.root), walks: t.walks}
	value := watched.Evaluate(env)
	return value, w.steps
}

type watch struct {
	steps []Step
	depth int
	limit int
}

// around returns a call of a function that does what the operation does and
// notes it. What others look at without evaluating it stays as it is.
func (w *watch) around(n *node) *node {
	if n.op == opNumber || n.op == opText || n.op == opRoot {
		return n
	}
	inner := w.copied(n)
	source := (&Tree{root: n}).String()
	note := func(env Env) int {
		w.depth++
		if len(w.steps) >= w.limit {
			if len(w.steps) > 0 {
				w.steps[len(w.steps)-1].Unfinished = true
			}
			return -1
		}
		step := Step{Depth: w.depth - 1, Source: source}
		if n.op == opReference {
			step.Reference = n.text
		}
		if f, walking := env.(*focus); walking && f.top != f && f.place != nil {
			step.Item = placeName(f.place, f.size > 1)
		}
		w.steps = append(w.steps, step)
		return len(w.steps) - 1
	}
	watching := &function{name: "watch", apply: func(_ *node, env Env) Value {
		at := note(env)
		if n.op == opPath || n.op == opUnion { // what walk does, with the nodes at hand
			places := inner.places(env.(*focus))
			return w.done(at, valueOf(places), places)
		}
		return w.done(at, inner.eval(env), nil)
	}}
	if n.names() {
		watching.places = func(_ *node, f *focus) []Place {
			at := note(f)
			places := inner.places(f)
			w.done(at, valueOf(places), places)
			return places
		}
	}
	return &node{op: opCall, function: watching, args: []*node{inner}, text: n.text}
}

func (w *watch) done(at int, value Value, places []Place) Value {
	w.depth--
	if at < 0 {
		return value
	}
	w.steps[at].Value = value
	for _, place := range places {
		if len(w.steps[at].Found) == maxFound {
			w.steps[at].Found = append(w.steps[at].Found, "…")
			break
		}
		w.steps[at].Found = append(w.steps[at].Found, pathOf(place))
	}
	return value
}

// copied returns the operation with watched operands. The names that
// indexed-repeat() reads as they stand, and where a path starts from "." or a
// name, are not evaluated.
func (w *watch) copied(n *node) *node {
	made := &node{op: n.op, height: n.height, number: n.number, text: n.text, function: n.function, pattern: n.pattern}
	for i, arg := range n.args {
		plain := n.op == opPath && (arg.op == opSelf || arg.op == opReference) ||
			n.op == opCall && n.function.name == "indexed-repeat" && (i == 0 || i%2 == 1)
		if plain {
			made.args = append(made.args, arg)
		} else {
			made.args = append(made.args, w.around(arg))
		}
	}
	for _, s := range n.steps {
		watched := step{axis: s.axis, name: s.name}
		for _, predicate := range s.predicates {
			watched.predicates = append(watched.predicates, w.around(predicate))
		}
		made.steps = append(made.steps, watched)
	}
	return made
}

// placeName writes a node, with its number where it is one of several.
func placeName(place Place, several bool) string {
	if several || place.Position() > 1 {
		return place.Name() + "[" + strconv.Itoa(place.Position()) + "]"
	}
	return place.Name()
}

// pathOf writes where a node is, from below the root on.
func pathOf(place Place) string {
	path := ""
	for at := place; ; {
		parent := at.Parent()
		if parent == nil {
			return path
		}
		path = "/" + placeName(at, len(parent.Children(at.Name())) > 1) + path
		at = parent
	}
}
