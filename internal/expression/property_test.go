package expression

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sources draws valid expressions of a given depth.
func sources(depth int) *rapid.Generator[string] {
	leaf := rapid.OneOf(
		rapid.SampledFrom([]string{
			"0", "1", "2.5", "'3'", "''", `"x y"`, "'2026-03-01'", "${a}", "${b}", "${none}", ".", "col", "div", "or",
			"true()", "false()", "today()", "(1 div 0)", "(0 div 0)",
		}),
		rapid.Map(rapid.StringMatching(`[a-z äß0-9.\-]{0,6}`), func(text string) string { return "'" + text + "'" }),
	)
	if depth == 0 {
		return leaf
	}
	inner := sources(depth - 1)
	return rapid.OneOf(leaf, rapid.Custom(func(t *rapid.T) string {
		left, right := inner.Draw(t, "left"), inner.Draw(t, "right")
		switch form := rapid.IntRange(0, 7).Draw(t, "form"); form {
		case 0:
			return "-" + left
		case 1:
			return "(" + left + ")"
		case 2:
			return "if(" + left + ", " + right + ", " + left + ")"
		case 3:
			name := rapid.SampledFrom([]string{"selected", "contains", "starts-with", "coalesce", "concat", "round"})
			return name.Draw(t, "function") + "(" + left + "," + right + ")"
		case 4:
			name := rapid.SampledFrom([]string{"not", "string", "number", "boolean", "string-length", "count-selected", "int", "round"})
			return name.Draw(t, "function") + "( " + left + " )"
		}
		operator := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod", "and", "or"})
		return left + " " + operator.Draw(t, "operator") + " " + right
	}))
}

func anyEnv(t *rapid.T) *row {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "0", "7", "a b", "2026-03-01"}), rapid.String())
	return &row{
		names: []string{"a", "b"},
		texts: []string{text.Draw(t, "a"), text.Draw(t, "b")},
		self:  text.Draw(t, "self"),
		now:   time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0),
	}
}

// TestPrintedFormMeansTheSame: what String writes parses to the same tree, and
// brackets around operands in the source change nothing that they should not.
func TestPrintedFormMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := sources(4).Draw(t, "source")
		tree, err := Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		checkPrinted(t, tree)
		env := anyEnv(t)
		again, err := Parse("((" + tree.String() + "))")
		if err != nil {
			t.Fatal(err)
		}
		if one, two := tree.Evaluate(env), again.Evaluate(env); one.Kind() != two.Kind() || one.Text() != two.Text() {
			t.Fatalf("%s is %q, printed %s is %q", source, one.Text(), tree, two.Text())
		}
		if tree.Truth(env) != tree.Evaluate(env).Bool() {
			t.Fatalf("%s: Truth and Evaluate differ", source)
		}
	})
}

// TestNegatedComparison: between single values, != is the opposite of =, and
// at most one of <, = by number, > holds.
func TestNegatedComparison(t *testing.T) {
	equal, notEqual := mustParse(t, "${a} = ${b}"), mustParse(t, "${a} != ${b}")
	less, greater := mustParse(t, "${a} < ${b}"), mustParse(t, "${b} > ${a}")
	rapid.Check(t, func(t *rapid.T) {
		env := anyEnv(t)
		if equal.Truth(env) == notEqual.Truth(env) {
			t.Fatalf("= and != agree on %q and %q", env.texts[0], env.texts[1])
		}
		if less.Truth(env) != greater.Truth(env) {
			t.Fatalf("%q < %q, but not the other way round", env.texts[0], env.texts[1])
		}
	})
}

// TestNumbersComeBack: a number's text parses to the same number.
func TestNumbersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64().Draw(t, "number")
		text := formatNumber(number)
		if strings.ContainsAny(text, "eE+") {
			t.Fatalf("%v is written with an exponent: %s", number, text)
		}
		if got := parseNumber(text); got != number {
			t.Fatalf("%v is written %s and read %v", number, text, got)
		}
	})
}

// TestDaysCount: the day number grows by one from each day to the next.
func TestDaysCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Int64Range(-719162, 2932895).Draw(t, "day")
		text := time.Unix(day*secondsPerDay, 0).UTC().Format(dateLayout)
		if got := parseNumber(text); got != float64(day) {
			t.Fatalf("%s is day %v, want %d", text, got, day)
		}
	})
}

type fataler interface{ Fatalf(string, ...any) }

// checkPrinted parses a tree's printed form and compares the trees.
func checkPrinted(t fataler, tree *Tree) {
	printed := tree.String()
	if len(printed) > MaxLength {
		return // the spaces around operators may make it too long
	}
	again, err := Parse(printed)
	if err != nil {
		t.Fatalf("%q is printed as %q, which does not parse: %v", tree.Source(), printed, err)
	}
	one, err := tree.MarshalJSON()
	if err != nil {
		t.Fatalf("%q: %v", tree.Source(), err)
	}
	two, err := again.MarshalJSON()
	if err != nil || !bytes.Equal(one, two) {
		t.Fatalf("%q is printed as %q: %s became %s, %v", tree.Source(), printed, one, two, err)
	}
}

func FuzzParse(f *testing.F) {
	cases := readCases(f)
	for _, c := range cases.Cases {
		f.Add(c.Expr, "2026-03-01")
	}
	for _, c := range cases.Errors {
		f.Add(c.Expr, "x")
	}
	f.Fuzz(func(t *testing.T, source, answer string) {
		tree, err := Parse(source)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) || refused.Offset < 0 || refused.Offset > len(source) {
				t.Fatalf("%q: %#v", source, err)
			}
			return
		}
		checkPrinted(t, tree)
		env := &row{names: []string{"a"}, texts: []string{answer}, self: answer}
		if tree.Truth(env) != tree.Evaluate(env).Bool() {
			t.Fatalf("%q: Truth and Evaluate differ", source)
		}
	})
}

// FuzzEvaluate evaluates over a survey with repeats and a list: no panic, and
// no work or text beyond the bounds.
func FuzzEvaluate(f *testing.F) {
	for _, c := range readCases(f).Cases {
		f.Add(c.Expr, "2026-03-01", 2)
	}
	for _, source := range []string{
		"pow(${a}, 1 div 0)", "substr(${a}, -1 div 0, 1 div 0)", "uuid(1 div 0)", "join(${a}, ${h}, ${q}, ${q})",
		"count(${h}[count(${h}[count(${h}[count(${h}) > 0]) > 0]) > 0])", "concat(${q}, ${q}, ${q}) = ${q}",
		"regex(${a}, concat('(', ${a}, ')*'))", "date(pow(10, 300))", "${q} = ${q}", "round(${a}, 1 div 0)",
	} {
		f.Add(source, strings.Repeat("ab ", 40), 200)
	}
	f.Fuzz(func(t *testing.T, source, answer string, size int) {
		tree, err := Parse(source)
		if err != nil || len(source) > 2000 || len(answer) > 1000 {
			return
		}
		answer = strings.ToValidUTF8(answer, "")
		data := &caseNode{name: "data", children: []*caseNode{{name: "a", text: answer}}}
		for range min(max(size, 0), 200) {
			instance := &caseNode{name: "h", parent: data}
			instance.children = []*caseNode{{name: "q", text: answer, parent: instance}}
			data.children = append(data.children, instance)
		}
		data.children[0].parent = data
		env := &caseEnv{Data: data, At: []int{0}, Draws: []float64{0.5}, Time: time.Unix(1e9, 0),
			Instances: map[string][]map[string]string{"fruit": {{"name": answer, "label": "x"}}}}
		started := time.Now()
		value := tree.Evaluate(env)
		if took := time.Since(started); took > 5*time.Second {
			t.Fatalf("%q took %v", source, took)
		}
		if len(value.Text()) > 2*maxResult+len(answer)+len(source) {
			t.Fatalf("%q gives %d bytes", source, len(value.Text()))
		}
	})
}
