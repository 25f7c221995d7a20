package expression

import (
	"math"
	"strings"
)

// nodeFunction knows the functions on nodes, repeats and lists.
func nodeFunction(name string) function {
	switch name {
	case "count":
		return function{least: 1, most: 1, apply: count, check: checkNodes}
	case "count-non-empty":
		return function{least: 1, most: 1, apply: countNonEmpty, check: checkNodes}
	case "current":
		return function{walks: true, apply: current, places: func(_ *node, f *focus) []Place { return here(f.top.place) }}
	case "indexed-repeat":
		return function{least: 3, most: -1, walks: true, apply: byPlaces, places: indexedRepeat, check: checkIndexed}
	case "instance":
		return function{least: 1, most: 1, walks: true, apply: byPlaces, places: instance, check: checkInstance}
	case "jr:choice-name":
		return function{least: 2, most: 2, apply: choiceName, check: checkChoiceName}
	case "jr:itext":
		return function{least: 1, most: 1, apply: func(call *node, env Env) Value { return String(env.Text(call.textOf(0, env))) }}
	case "last":
		return function{walks: true, apply: func(_ *node, env Env) Value { return Number(float64(env.(*focus).size)) }}
	case "local-name", "name":
		return function{most: 1, walks: true, apply: nameOf, check: checkNodes}
	case "position":
		return function{most: 1, walks: true, apply: position, check: checkNodes}
	case "pulldata":
		return function{least: 4, most: 4, walks: true, apply: pulldata, check: checkPulldata}
	case "randomize":
		return function{least: 1, most: 2, walks: true, apply: byPlaces, places: randomize, check: checkRandomize}
	}
	return function{}
}

// byPlaces computes the value of a function that returns nodes.
func byPlaces(call *node, env Env) Value { return valueOf(call.places(env.(*focus))) }

// checkNodes refuses a first argument that is no node-set.
func checkNodes(_ *parser, call *node, places []token) *Error {
	if len(call.args) > 0 && !call.args[0].names() {
		return refuse(places[0].start, "expression.nodes_needed", "name", call.function.name)
	}
	return nil
}

func count(call *node, env Env) Value { return Number(float64(call.args[0].eval(env).count())) }

// countNonEmpty counts the nodes with a text; ODK.
func countNonEmpty(call *node, env Env) Value {
	value, found := call.args[0].eval(env), 0
	for i := range value.count() {
		if value.node(i) != "" {
			found++
		}
	}
	return Number(float64(found))
}

// current is the node at which the expression stands, also from inside a
// predicate; XForms 1.1 section 7.10.2.
func current(_ *node, env Env) Value { return env.(*focus).Env.Self() }

// nameOf returns the name of a node, by default of the one at hand.
func nameOf(call *node, env Env) Value {
	f := env.(*focus)
	at := here(f.place)
	if len(call.args) == 1 {
		at = call.args[0].places(f)
	}
	if len(at) == 0 {
		return String("")
	}
	return String(at[0].Name())
}

// position is, inside a predicate, the place of the node judged; with an
// argument the place of that node among the instances of its repeat; ODK.
func position(call *node, env Env) Value {
	f := env.(*focus)
	if len(call.args) == 0 {
		return Number(float64(f.position))
	}
	at := call.args[0].places(f)
	if len(at) == 0 {
		return Number(math.NaN())
	}
	return Number(float64(at[0].Position()))
}

// above is the document around a list's root, where paths into it begin.
type above struct{ Place }

func (a above) Name() string  { return "" }
func (a above) Text() string  { return "" }
func (a above) Parent() Place { return nil }
func (a above) Position() int { return 1 }

func (a above) Column(string) Value { return Nodes(nil) }

func (a above) Children(name string) []Place {
	if name == "*" || name == a.Place.Name() {
		return []Place{a.Place}
	}
	return nil
}

func instance(call *node, f *focus) []Place {
	found := f.Env.Instance(call.args[0].text)
	if found == nil {
		return nil
	}
	return []Place{above{found}}
}

// checkInstance wants the list's name as it stands, so that the survey's check
// finds lists that do not exist and the phone gets those that do.
func checkInstance(p *parser, call *node, places []token) *Error {
	if call.args[0].op != opText {
		return refuse(places[0].start, "expression.literal_needed", "name", call.function.name)
	}
	p.instance(call.args[0].text)
	return nil
}

// pulldata returns a column of the first item whose key is the value; ODK. It
// is short for instance(list)/root/item[key = value]/column.
func pulldata(call *node, env Env) Value {
	f := env.(*focus)
	found := f.Env.Instance(call.args[0].text)
	wanted := call.textOf(3, env)
	if found == nil || wanted == "" {
		return String("")
	}
	key := call.args[2].text
	for _, item := range found.Children("item") {
		if !f.spend(1) {
			break
		}
		if item.Column(key).Text() == wanted {
			return String(item.Column(call.args[1].text).Text())
		}
	}
	return String("")
}

func checkPulldata(p *parser, call *node, places []token) *Error {
	for i := range 3 {
		if call.args[i].op != opText {
			return refuse(places[i].start, "expression.literal_needed", "name", call.function.name)
		}
	}
	lookup := p.instance(call.args[0].text)
	p.column(lookup, call.args[1].text)
	p.column(lookup, call.args[2].text)
	return nil
}

// choiceName returns the label of a choice, or of several that were chosen,
// joined by commas; ODK. The second argument names the question.
func choiceName(call *node, env Env) Value {
	var labels []string
	for choice := range strings.FieldsFuncSeq(call.textOf(0, env), isListSpace) {
		if label := env.Label(call.text, choice); label != "" {
			labels = append(labels, label)
		}
	}
	return String(strings.Join(labels, ", "))
}

// checkChoiceName reads the question's name out of the second argument: a text
// that holds ${name} or a path that ends in it. Without the quotes, as many
// write it, it means the same.
func checkChoiceName(p *parser, call *node, places []token) *Error {
	name := ""
	switch second := call.args[1]; {
	case second.op == opReference:
		name = second.text
	case second.op == opText:
		text := strings.Trim(second.text, whitespace)
		if inner, ok := strings.CutPrefix(text, "${"); ok {
			text = strings.TrimSuffix(inner, "}")
		}
		name = strings.Trim(text[strings.LastIndex(text, "/")+1:], whitespace)
	}
	if name == "" || takeName(name) != name {
		return refuse(places[1].start, "expression.question_needed", "name", call.function.name)
	}
	call.text = name
	p.tree.references = appendOnce(p.tree.references, name)
	p.tree.questions = appendOnce(p.tree.questions, name)
	return nil
}

// indexedRepeat returns a question's answer in given instances of the repeats
// around it; ODK. Repeats that are not given are those around the expression.
func indexedRepeat(call *node, f *focus) []Place {
	outermost := call.args[1].text
	from := f.from
	for at := from; at != nil; at = at.Parent() {
		if at.Name() == outermost {
			from = at.Parent()
			break
		}
	}
	found := f.Find(call.args[0].text, from)
	for i := 1; i+1 < len(call.args); i += 2 {
		name, wanted := call.args[i].text, call.args[i+1].asNumber(f)
		var kept []Place
		for _, place := range found {
			if !f.spend(1) {
				return nil
			}
			for at := place; at != nil; at = at.Parent() {
				if at.Name() == name {
					if float64(at.Position()) == wanted {
						kept = append(kept, place)
					}
					break
				}
			}
		}
		found = kept
	}
	return found
}

// checkIndexed wants references to a question and to repeats.
func checkIndexed(_ *parser, call *node, places []token) *Error {
	if len(call.args)%2 == 0 {
		return refuse(places[len(places)-1].start, "expression.too_few_arguments", "name", call.function.name,
			"want", len(call.args)+1, "got", len(call.args))
	}
	for i, arg := range call.args {
		if (i == 0 || i%2 == 1) && arg.op != opReference {
			return refuse(places[i].start, "expression.question_needed", "name", call.function.name)
		}
	}
	return nil
}

// randomize returns nodes in random order; ODK. With a seed the order is always
// the same, see [Shuffled].
func randomize(call *node, f *focus) []Place {
	places := call.args[0].places(f)
	var order []int
	if len(call.args) == 2 {
		order = Shuffled(len(places), call.args[1].asNumber(f))
	} else {
		order = shuffle(len(places), f.Random)
	}
	out := make([]Place, len(places))
	for to, from := range order {
		out[to] = places[from]
	}
	return out
}

func checkRandomize(p *parser, call *node, places []token) *Error {
	if len(call.args) == 1 {
		p.tree.volatile = true
	}
	return checkNodes(p, call, places)
}

// Shuffled returns the numbers from 0 to below count in the order that ODK's
// randomize() gives for a seed: Fisher and Yates' shuffle with Park and Miller's
// generator ("Random number generators: good ones are hard to find", 1988). A
// seed that is no finite number counts as 0, its fraction as nothing.
func Shuffled(count int, seed float64) []int {
	const modulus, factor = 2147483647, 16807
	if math.IsNaN(seed) || math.IsInf(seed, 0) {
		seed = 0
	}
	state := math.Mod(math.Trunc(seed), modulus)
	if state <= 0 {
		state += modulus - 1
	}
	return shuffle(count, func() float64 {
		state = math.Mod(state*factor, modulus)
		return (state - 1) / (modulus - 1)
	})
}

func shuffle(count int, random func() float64) []int {
	order := make([]int, count)
	for i := range order { // the shuffle's inside-out form, as ODK's programs have it
		j := int(random() * float64(i+1))
		order[i] = order[j]
		order[j] = i
	}
	return order
}
