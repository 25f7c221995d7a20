package expression

import "math"

// numberFunction knows the functions that return numbers. Those of analysis
// (exp, log, pow, sin …) may differ from the phone's in the last of 16 digits,
// since IEEE 754 leaves that open: conditions on them should round.
func numberFunction(name string) function {
	if simple := simpleFunction(name); simple != nil {
		return function{least: 1, most: 1, apply: func(call *node, env Env) Value {
			return Number(simple(call.args[0].asNumber(env)))
		}}
	}
	switch name {
	case "atan2":
		return function{least: 2, most: 2, apply: ofTwo(math.Atan2)}
	case "max":
		return function{least: 1, most: -1, apply: ofAll(math.Inf(-1), math.Max, true)}
	case "min":
		return function{least: 1, most: -1, apply: ofAll(math.Inf(1), math.Min, true)}
	case "number":
		return function{most: 1, selfDefault: true, apply: toNumber}
	case "pi":
		return function{apply: func(*node, Env) Value { return Number(math.Pi) }}
	case "pow":
		return function{least: 2, most: 2, apply: ofTwo(power)}
	case "random":
		return function{volatile: true, apply: func(_ *node, env Env) Value { return Number(env.Random()) }}
	case "round":
		return function{least: 1, most: 2, apply: round}
	case "sum":
		return function{least: 1, most: -1, apply: ofAll(0, func(a, b float64) float64 { return a + b }, false)}
	}
	return function{}
}

// simpleFunction returns a function from one number to another.
func simpleFunction(name string) func(float64) float64 {
	switch name {
	case "abs":
		return math.Abs
	case "acos":
		return math.Acos
	case "asin":
		return math.Asin
	case "atan":
		return math.Atan
	case "ceiling":
		return math.Ceil
	case "cos":
		return math.Cos
	case "exp":
		return math.Exp
	case "exp10":
		return func(exponent float64) float64 { return power(10, exponent) }
	case "floor":
		return math.Floor
	case "int": // cuts the fraction off, so that -1.5 becomes -1; ODK
		return math.Trunc
	case "log":
		return math.Log
	case "log10":
		return math.Log10
	case "sin":
		return math.Sin
	case "sqrt":
		return math.Sqrt
	case "tan":
		return math.Tan
	}
	return nil
}

// power is pow(); a base of 1 or -1 to a power that is no finite number has no
// value in JavaScript and Java.
func power(base, exponent float64) float64 {
	if math.Abs(base) == 1 && math.IsInf(exponent, 0) || base == 1 && math.IsNaN(exponent) {
		return math.NaN()
	}
	return math.Pow(base, exponent)
}

func ofTwo(compute func(a, b float64) float64) func(*node, Env) Value {
	return func(call *node, env Env) Value {
		return Number(compute(call.args[0].asNumber(env), call.args[1].asNumber(env)))
	}
}

// ofAll folds the numbers of all arguments, each node of a node-set by itself.
// What is no number, such as a question without an answer, makes the result
// NaN, as XPath says for sum(); where a value is wanted, no node does so too.
func ofAll(start float64, step func(a, b float64) float64, wanted bool) func(*node, Env) Value {
	return func(call *node, env Env) Value {
		result, count := start, 0
		step := func(a, b float64) float64 { // math.Max prefers the infinities to NaN
			if math.IsNaN(a) || math.IsNaN(b) {
				return math.NaN()
			}
			return step(a, b)
		}
		for _, arg := range call.args {
			value := arg.eval(env)
			if value.kind != KindNodes {
				result, count = step(result, value.Number()), count+1
				continue
			}
			for i := range value.count() {
				result, count = step(result, parseNumber(value.node(i))), count+1
			}
		}
		if wanted && count == 0 {
			return Number(math.NaN())
		}
		return Number(result)
	}
}
