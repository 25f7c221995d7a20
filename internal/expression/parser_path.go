package expression

// survey stands for the number of an instance: what is read is the survey.
const survey = -1

// name reads a bare name: a column of the choices at hand, inside a predicate
// a child of the node judged, or the first step of a path or its axis.
func (p *parser) name(place token) (*node, *Error) {
	next := p.peek()
	if next.kind == tokenPath && next.text == "::" || next.kind == tokenPath && next.text != "]" {
		p.at-- // the name begins a path from here
		return p.steps(&node{op: opSelf}, p.lookup, place)
	}
	switch {
	case p.lookup != survey:
		p.column(p.lookup, place.text)
	case p.predicates > 0:
		p.tree.references = appendOnce(p.tree.references, place.text)
	default:
		p.tree.columns = appendOnce(p.tree.columns, place.text)
	}
	return (&node{op: opColumn, text: place.text}).measure(place)
}

// column notes that a column of an instance is read.
func (p *parser) column(lookup int, name string) {
	known := &p.tree.instances[lookup]
	known.Columns = appendOnce(known.Columns, name)
}

// instance notes that an instance is read and returns its number.
func (p *parser) instance(name string) int {
	for i := range p.tree.instances {
		if p.tree.instances[i].Name == name {
			return i
		}
	}
	p.tree.instances = append(p.tree.instances, Lookup{Name: name})
	return len(p.tree.instances) - 1
}

// rooted reads a path that does not begin with an operand: /a, .. or a step of
// a predicate's node.
func (p *parser) rooted(place token) (*node, *Error) {
	p.at-- // the steps read it
	switch place.text {
	case "/":
		return p.steps(&node{op: opRoot}, survey, place)
	case "*":
		if p.predicates > 0 {
			return p.steps(&node{op: opSelf}, p.lookup, place)
		}
	case "..":
		return p.steps(&node{op: opSelf}, p.lookup, place)
	case "//", "@":
		return nil, p.unexpected(place)
	}
	return nil, refuse(place.start, "expression.operand_missing", "found", place.text)
}

// path reads the predicates and steps that follow an operand, if any.
func (p *parser) path(operand *node, place token) (*node, *Error) {
	next := p.peek()
	if next.kind != tokenPath || next.text == "]" {
		return operand.measure(place)
	}
	if next.text != "/" && next.text != "[" {
		return nil, p.unexpected(next)
	}
	if !operand.names() {
		return nil, refuse(next.start, "expression.not_nodes", "found", next.text)
	}
	lookup := p.lookup
	switch {
	case operand.op == opCall && operand.function.name == "instance":
		lookup = p.instance(operand.args[0].text)
	case operand.op == opCall && operand.function.name == "randomize":
		lookup = p.readBy(operand.args[0])
	case operand.op == opReference || operand.op == opCall:
		lookup = survey
	case operand.op == opPath || operand.op == opUnion:
		lookup = p.readBy(operand)
	}
	if _, err := operand.measure(place); err != nil {
		return nil, err
	}
	return p.steps(operand, lookup, place)
}

// readBy returns the instance that a path in parentheses leads into.
func (p *parser) readBy(operand *node) int {
	for len(operand.args) > 0 && operand.function == nil {
		operand = operand.args[0]
	}
	switch {
	case operand.function != nil && operand.function.name == "instance":
		return p.instance(operand.args[0].text)
	case operand.op == opSelf:
		return p.lookup
	}
	return survey
}

// steps reads a path from its first step or predicate on.
func (p *parser) steps(start *node, lookup int, place token) (*node, *Error) {
	p.tree.walks = true
	path := &node{op: opPath, args: []*node{start}}
	first := p.peek()
	separated := first.kind == tokenPath && first.text == "/"
	if first.kind == tokenPath && first.text == "[" {
		all := step{axis: axisSelf}
		for p.peek().kind == tokenPath && p.peek().text == "[" {
			if err := p.predicate(&all, lookup); err != nil {
				return nil, err
			}
		}
		path.steps = append(path.steps, all)
		separated = p.peek().kind == tokenPath && p.peek().text == "/"
		if !separated {
			return p.finish(path, place)
		}
	}
	for {
		if separated {
			p.take()
		}
		next, err := p.step(lookup)
		if err != nil {
			return nil, err
		}
		if next.axis != axisSelf || len(next.predicates) > 0 {
			path.steps = append(path.steps, next)
		}
		p.note(path, start, lookup)
		if separated = p.peek().kind == tokenPath && p.peek().text == "/"; !separated {
			return p.finish(path, place)
		}
	}
}

// note records what a path's last step reads. The first step of an absolute
// path names the root, the first two into an instance are root and item.
func (p *parser) note(path, start *node, lookup int) {
	if len(path.steps) == 0 {
		return
	}
	last := path.steps[len(path.steps)-1]
	switch {
	case last.axis != axisChild || last.name == "*", start.op == opRoot && len(path.steps) == 1:
	case lookup == survey:
		p.tree.references = appendOnce(p.tree.references, last.name)
	case start.op == opCall && start.function.name == "instance" && len(path.steps) <= 2:
	default:
		p.column(lookup, last.name)
	}
}

func (p *parser) finish(path *node, place token) (*node, *Error) {
	if next := p.peek(); next.kind == tokenPath && next.text != "]" {
		return nil, p.unexpected(next)
	}
	start := path.args[0]
	if len(path.steps) == 0 { // "./." is "."
		return start.measure(place)
	}
	if start.op == opRoot && path.steps[0].axis != axisChild {
		return nil, refuse(place.start, "expression.step_missing", "found", "/")
	}
	return path.measure(place)
}

// step reads one step with its predicates.
func (p *parser) step(lookup int) (step, *Error) {
	made := step{}
	place := p.take()
	switch {
	case place.kind == tokenSelf:
		made.axis = axisSelf
	case place.kind == tokenPath && place.text == "..":
		made.axis = axisParent
	case place.kind == tokenPath && place.text == "*":
		made.name = "*"
	case place.kind == tokenPath && place.text == "@":
		return made, p.unexpected(place)
	case place.kind == tokenName:
		if next := p.peek(); next.kind == tokenPath && next.text == "::" {
			p.take()
			switch place.text {
			case "child":
			case "parent":
				made.axis = axisParent
			case "self":
				made.axis = axisSelf
			default:
				return made, refuse(place.start, "expression.path_axis", "found", shorten(place.text)+"::")
			}
			if err := p.tested(&made); err != nil {
				return made, err
			}
		} else if err := p.nodeTest(&made, place); err != nil {
			return made, err
		}
	case place.kind == tokenEnd:
		return made, refuse(place.start, "expression.unexpected_end")
	default:
		return made, refuse(place.start, "expression.step_missing", "found", place.shown())
	}
	for p.peek().kind == tokenPath && p.peek().text == "[" {
		if err := p.predicate(&made, lookup); err != nil {
			return made, err
		}
	}
	return made, nil
}

// tested reads what stands behind an axis: a name, * or node(). Up and on the
// spot there is one node, so that only node() makes sense there.
func (p *parser) tested(made *step) *Error {
	place := p.take()
	axis := made.axis
	switch {
	case place.kind == tokenPath && place.text == "*":
		made.name = "*"
	case place.kind != tokenName:
		return refuse(place.start, "expression.step_missing", "found", place.shown())
	default:
		if err := p.nodeTest(made, place); err != nil {
			return err
		}
	}
	if axis != axisChild {
		if made.name != "*" {
			return refuse(place.start, "expression.path_axis", "found", shorten(place.text))
		}
		made.name = ""
	}
	return nil
}

// nodeTest reads a name, or node() for any.
func (p *parser) nodeTest(made *step, place token) *Error {
	made.name = place.text
	if p.peek().kind != tokenOpen {
		return nil
	}
	if place.text != "node" || p.tokens[p.at+1].kind != tokenClose {
		return refuse(place.start, "expression.path_node_test", "found", shorten(place.text)+"()")
	}
	p.at += 2
	made.name = "*"
	return nil
}

// predicate reads a condition in square brackets.
func (p *parser) predicate(to *step, lookup int) *Error {
	opening := p.take()
	outer := p.lookup
	p.lookup = lookup
	p.predicates++
	inner, err := p.expression(loosest)
	p.lookup = outer
	p.predicates--
	if err != nil {
		return err
	}
	switch closing := p.take(); {
	case closing.kind == tokenEnd:
		return refuse(opening.start, "expression.unclosed_bracket")
	case closing.kind != tokenPath || closing.text != "]":
		return p.unexpected(closing)
	}
	to.predicates = append(to.predicates, inner)
	return nil
}

// unexpectedPath explains a sign of paths where none can stand.
func unexpectedPath(found token) *Error {
	switch found.text {
	case "//":
		return refuse(found.start, "expression.path_descendants")
	case "@":
		return refuse(found.start, "expression.path_attribute")
	case "]":
		return refuse(found.start, "expression.unopened_bracket")
	}
	return refuse(found.start, "expression.step_missing", "found", found.text)
}
