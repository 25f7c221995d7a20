package expression

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// function is one function of the language. Its apply gets the call itself, so
// that if() and coalesce() evaluate no more arguments than they need.
type function struct {
	name        string
	least, most int  // how many arguments; most < 0 means any number
	selfDefault bool // without argument it takes "."
	volatile    bool // gives another value each time
	walks       bool // needs a focus
	apply       func(call *node, env Env) Value
	places      func(call *node, f *focus) []Place // of one that returns nodes, else nil
	// check judges arguments that must be known when the survey is read; places
	// are the tokens at which they begin, after them the function's name.
	check func(p *parser, call *node, places []token) *Error
}

// functionNamed returns a function that can be evaluated, nil when there is
// none of this name. Rules without a source named are those of XPath 1.0
// section 4; "ODK" is the ODK XForms Specification.
func functionNamed(name string) *function {
	made := coreFunction(name)
	for _, group := range [...]func(string) function{textFunction, numberFunction, dateFunction, nodeFunction} {
		if made.apply != nil {
			break
		}
		made = group(name)
	}
	if made.apply == nil {
		return nil
	}
	made.name = name
	return &made
}

// onEveryPhone are the functions that web/assets/expression.js knows itself.
const onEveryPhone = " boolean coalesce count-selected false if not number regex selected string string-length true "

// module names the script that knows the function on a phone; "" for
// expression.js, and for what walks, which [Tree.Modules] sees by itself.
func (f *function) module() string {
	switch {
	case f.walks || strings.Contains(onEveryPhone, " "+f.name+" "):
		return ""
	case f.name == "digest":
		return f.name
	}
	return "functions"
}

// coreFunction knows what nearly all conditions are made of.
func coreFunction(name string) function {
	switch name {
	case "boolean":
		return function{least: 1, most: 1, apply: toBoolean}
	case "boolean-from-string":
		return function{least: 1, most: 1, apply: booleanFromString}
	case "checklist":
		return function{least: 3, most: -1, apply: checklist}
	case "coalesce":
		return function{least: 2, most: -1, apply: coalesce}
	case "count-selected":
		return function{least: 1, most: 1, apply: countSelected}
	case "false":
		return function{apply: func(*node, Env) Value { return Bool(false) }}
	case "if":
		return function{least: 3, most: 3, apply: choose}
	case "not":
		return function{least: 1, most: 1, apply: not}
	case "once":
		return function{least: 1, most: 1, volatile: true, apply: once}
	case "regex":
		return function{least: 2, most: 2, apply: matches, check: checkPattern}
	case "selected":
		return function{least: 2, most: 2, apply: selected}
	case "selected-at":
		return function{least: 2, most: 2, apply: selectedAt}
	case "true":
		return function{apply: func(*node, Env) Value { return Bool(true) }}
	case "weighted-checklist":
		return function{least: 4, most: -1, apply: weightedChecklist}
	}
	return function{}
}

// checkPattern translates a literal pattern.
func checkPattern(p *parser, call *node, places []token) *Error {
	if call.args[1].op != opText {
		return nil
	}
	var err *Error
	if call.pattern, err = compilePattern(call.args[1].text); err != nil {
		_, quote := utf8.DecodeRuneInString(p.tree.source[places[1].start:])
		err.Offset += places[1].start + quote
	}
	return err
}

// textOf evaluates the i-th argument as a string.
func (n *node) textOf(i int, env Env) string { return n.args[i].eval(env).Text() }

// argument evaluates the only argument, or "." without one.
func (n *node) argument(env Env) Value {
	if len(n.args) == 0 {
		return env.Self()
	}
	return n.args[0].eval(env)
}

func toBoolean(call *node, env Env) Value { return Bool(call.args[0].truth(env)) }

func not(call *node, env Env) Value { return Bool(!call.args[0].truth(env)) }

func toNumber(call *node, env Env) Value { return Number(call.argument(env).Number()) }

func toText(call *node, env Env) Value { return String(call.argument(env).Text()) }

// textLength counts characters (code points), not bytes and not UTF-16 units.
func textLength(call *node, env Env) Value {
	return Number(float64(utf8.RuneCountInString(call.argument(env).Text())))
}

func contains(call *node, env Env) Value {
	return Bool(strings.Contains(call.textOf(0, env), call.textOf(1, env)))
}

func startsWith(call *node, env Env) Value {
	return Bool(strings.HasPrefix(call.textOf(0, env), call.textOf(1, env)))
}

// selected tells whether a space-separated list holds an item; ODK.
func selected(call *node, env Env) Value {
	return Bool(isListed(call.textOf(0, env), call.textOf(1, env)))
}

// countSelected tells how many items a space-separated list has; ODK.
func countSelected(call *node, env Env) Value {
	return Number(float64(countListed(call.textOf(0, env))))
}

// today is the local date as YYYY-MM-DD; ODK.
func today(_ *node, env Env) Value { return String(env.Now().Format(dateLayout)) }

// now is the local date and time with its offset from UTC; ODK.
func now(_ *node, env Env) Value { return String(env.Now().Format(dateTimeLayout)) }

// choose is if(): the branch taken keeps its type, the other is not evaluated.
func choose(call *node, env Env) Value {
	if call.args[0].truth(env) {
		return call.args[1].eval(env)
	}
	return call.args[2].eval(env)
}

// coalesce returns the first argument that is not empty, as a string; ODK,
// which knows two arguments, while more are welcome here.
func coalesce(call *node, env Env) Value {
	for i := range call.args {
		if text := call.textOf(i, env); text != "" {
			return String(text)
		}
	}
	return String("")
}

// concat joins all arguments and all nodes of each; ODK, where unlike in XPath
// one argument is enough.
func concat(call *node, env Env) Value {
	if len(call.args) == 1 {
		if only := call.args[0].eval(env); only.kind != KindNodes || only.single {
			return String(only.Text())
		}
	}
	return joinTexts(call.args, "", env)
}

// matches is regex(): true when the pattern fits the whole value, as Java's
// matches() does; ODK leaves the anchoring open.
func matches(call *node, env Env) Value {
	text := call.textOf(0, env)
	if call.pattern != nil {
		return Bool(call.pattern.matcher.MatchString(text))
	}
	source := call.textOf(1, env)
	known := call.cache.Load()
	if known == nil || known.source != source {
		known = &dynamicPattern{source: strings.Clone(source)} // not the whole response with it
		if len(source) <= maxComputed {
			if compiled, err := compilePattern(source); err == nil {
				known.matcher = compiled.matcher
			}
		}
		call.cache.Store(known)
	}
	return Bool(known.matcher != nil && known.matcher.MatchString(text))
}

// round rounds half towards positive infinity, XPath 1.0 section 4.4. Decimals
// shift the decimal point as it is written, so that 1.005 with two decimals is
// 1.01 although its binary value lies below.
func round(call *node, env Env) Value {
	value := call.args[0].asNumber(env)
	if len(call.args) == 1 {
		return Number(roundWhole(value))
	}
	decimals := math.Trunc(call.args[1].asNumber(env))
	if math.IsNaN(decimals) {
		return Number(decimals)
	}
	// No finite number has digits beyond 400 places on either side.
	shift := int(math.Max(-400, math.Min(400, decimals)))
	shifted := shiftPoint(value, shift)
	if math.IsInf(shifted, 0) || math.IsNaN(shifted) {
		return Number(value) // has no decimals there to lose
	}
	return Number(shiftPoint(roundWhole(shifted), -shift))
}

func roundWhole(value float64) float64 {
	floor := math.Floor(value)
	if value-floor >= 0.5 {
		return floor + 1
	}
	return floor
}

// shiftPoint multiplies by a power of ten in the decimal notation.
func shiftPoint(value float64, places int) float64 {
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return value
	}
	// A range error comes with the right infinity or zero.
	shifted, _ := strconv.ParseFloat(strconv.FormatFloat(value, 'f', -1, 64)+"e"+strconv.Itoa(places), 64)
	return shifted
}

// checkCount refuses a call with too few or too many arguments.
func (f *function) checkCount(name token, count int) *Error {
	switch {
	case count < f.least:
		return refuse(name.start, "expression.too_few_arguments", "name", f.name, "want", f.least, "got", count)
	case f.most >= 0 && count > f.most:
		return refuse(name.start, "expression.too_many_arguments", "name", f.name, "want", f.most, "got", count)
	}
	return nil
}
