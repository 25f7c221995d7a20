package expression

import (
	"math"
	"strings"
)

// booleanFromString is true for "true" and "1", as in JavaRosa; ODK.
func booleanFromString(call *node, env Env) Value {
	text := strings.Trim(call.textOf(0, env), whitespace)
	return Bool(text == "1" || strings.EqualFold(text, "true"))
}

// once keeps the answer that is there; only where there is none it evaluates
// its argument; ODK.
func once(call *node, env Env) Value {
	if before := env.Self().Text(); before != "" {
		return String(before)
	}
	return String(call.textOf(0, env))
}

// selectedAt returns an item of a space-separated list, counted from 0, "" when
// there is none; ODK.
func selectedAt(call *node, env Env) Value {
	list, at := call.textOf(0, env), call.args[1].asNumber(env)
	count := 0.0
	for item := range strings.FieldsFuncSeq(list, isListSpace) {
		if count == math.Trunc(at) {
			return String(item)
		}
		count++
	}
	return String("")
}

// between tells whether a count lies within checklist's bounds; -1 is none.
func between(count, least, most float64) bool {
	return (least == -1 || count >= least) && (most == -1 || count <= most)
}

// checklist tells whether at least and at most so many of its values are true;
// each node counts as one; ODK.
func checklist(call *node, env Env) Value {
	count := 0.0
	for _, arg := range call.args[2:] {
		value := arg.eval(env)
		if value.kind != KindNodes {
			value = Nodes([]string{map[bool]string{true: "1"}[value.Bool()]})
		}
		for i := range value.count() {
			if value.node(i) != "" {
				count++
			}
		}
	}
	return Bool(between(count, call.args[0].asNumber(env), call.args[1].asNumber(env)))
}

// weightedChecklist is checklist with pairs of value and weight; nodes pair
// with nodes, one by one; ODK.
func weightedChecklist(call *node, env Env) Value {
	sum := 0.0
	for at := 2; at+1 < len(call.args); at += 2 {
		value, weight := call.args[at].eval(env), call.args[at+1].eval(env)
		if value.kind != KindNodes || weight.kind != KindNodes {
			if value.Bool() {
				sum += weight.Number()
			}
			continue
		}
		for i := range min(value.count(), weight.count()) {
			if value.node(i) != "" {
				sum += parseNumber(weight.node(i))
			}
		}
	}
	return Bool(between(sum, call.args[0].asNumber(env), call.args[1].asNumber(env)))
}
