package expression

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// questions are those of the tests below.
func questions(name string) (Domain, bool) {
	switch name {
	case "kind":
		return Domain{Form: OneOf, Names: []string{"school", "daycare", "none"}}, true
	case "many":
		return Domain{Form: SomeOf, Names: []string{"a", "b", "c", "1"}}, true
	case "grade":
		return Domain{Form: OneOf, Names: []string{"1", "2", "03"}}, true
	case "gone":
		return Domain{Form: OneOf}, true
	case "age", "text", "born":
		return Domain{Form: AnyText}, true
	}
	return Domain{}, false
}

func decide(t testing.TB, column map[string]string, sources ...string) Outlook {
	t.Helper()
	budget := 1_000_000
	p := &Prospect{Domain: questions, Budget: &budget, Self: "age",
		Column: func(name string) (string, bool) { text, ok := column[name]; return text, ok }}
	var trees []*Tree
	for _, source := range sources {
		trees = append(trees, mustParse(t, source))
	}
	return p.Decide(trees...)
}

func TestDecide(t *testing.T) {
	for _, test := range []struct {
		want    Outlook
		sources []string
	}{
		{Never, []string{"false()"}},
		{Always, []string{"true()"}},
		{Always, []string{"1 = 1"}},
		{Never, []string{"${kind} = 'School'"}},
		{Open, []string{"${kind} = 'school'"}},
		{Always, []string{"${kind} != 'nowhere'"}},
		{Never, []string{"${kind} = 'school' and ${kind} = 'daycare'"}},
		{Never, []string{"${kind} = 'school'", "${kind} = 'daycare'"}},
		{Open, []string{"${kind} = 'school'", "${age} > 3"}},
		{Never, []string{"(${kind} = 'school' or ${kind} = 'none') and ${age} > 3", "${kind} = 'daycare'"}},
		{Never, []string{"${age} > 18 and ${age} < 12"}},
		{Never, []string{"${age} > 18 and ${age} <= 18"}},
		{Open, []string{"${age} >= 18 and ${age} <= 18"}},
		{Open, []string{"${age} > 18 and ${age} < 18.001"}},
		{Always, []string{"${age} = '' or ${age} != ''"}},
		{Open, []string{"${age} >= 0 or ${age} < 0"}}, // not when there is no answer
		{Always, []string{"${age} >= 0 or not(${age} >= 0)"}},
		{Never, []string{"selected(${many}, 'x')"}},
		{Open, []string{"selected(${many}, 'a b')"}}, // true where exactly these two were chosen, in this order
		{Open, []string{"selected(${many}, 'a') and selected(${many}, 'b')"}},
		{Never, []string{"${many} = 'a' and selected(${many}, 'b')"}},
		{Never, []string{"count-selected(${many}) > 4"}},
		{Open, []string{"count-selected(${many}) > 3"}},
		{Open, []string{"${many} = 'a b'"}},
		{Never, []string{"${gone} = 'x'"}},
		{Never, []string{"${gone}"}},
		{Always, []string{"${gone} = ''"}},
		{Open, []string{"${grade} = 3"}},
		{Never, []string{"${grade} = '3'"}},
		{Never, []string{"${grade} > 3"}},
		{Open, []string{"${born} > '2020-01-01' and ${born} < '2020-01-02'"}},
		{Never, []string{"${born} > '2020-01-02' and ${born} < '2020-01-01'"}},
		{Open, []string{"${unknown} = 'x' and ${unknown} = 'y'"}},
		{Never, []string{"${unknown} = 'x' and ${kind} = 'x'"}},
		{Open, []string{"${age} + 1 > 0"}},
		{Open, []string{"today() > '2020-01-01'"}},
		{Open, []string{"random() >= 0"}},
		{Open, []string{"once('x') = 'x'"}},
		{Open, []string{"position(..) = 0"}},
		{Never, []string{"position(..) = 0", "${kind} = 'x'"}},
		{Open, []string{"string-length(${text}) < 0"}},
		{Never, []string{"string-length(${kind}) > 7"}},
		{Never, []string{". < 0 and . > 10"}},
		{Open, []string{". >= 0 and . <= 120"}},
		{Never, []string{"region = 'north'"}},
		{Open, []string{"region = ${kind}"}},
		{Never, []string{"other = ${kind}"}},
		{Open, []string{"nocolumn = ${kind}"}},
		{Never, []string{"if(${kind} = 'school', ${kind} = 'none', false())"}},
	} {
		if got := decide(t, map[string]string{"region": "school", "other": "south"}, test.sources...); got != test.want {
			t.Errorf("%s: %d, want %d", strings.Join(test.sources, " & "), got, test.want)
		}
	}
	budget := 3
	p := &Prospect{Domain: questions, Budget: &budget}
	if got := p.Decide(mustParse(t, "${kind} = 'nowhere'")); got != Open || budget != 0 {
		t.Errorf("without a budget: %d, %d left", got, budget)
	}
}

// TestDecisionsHold: what is said to be never or always so is, for answers drawn
// at random from everything that can be answered.
func TestDecisionsHold(t *testing.T) {
	decided := 0
	names := []string{"kind", "many", "grade", "gone", "age", "text", "born"}
	literals := []string{"'school'", "'none'", "'a'", "'1'", "1", "2", "3", "03", "''", "'a b'", "-1", "2.5", "'x'", "'2026-03-01'", "'?'", "col"}
	rapid.Check(t, func(t *rapid.T) {
		var condition func(depth int) string
		condition = func(depth int) string {
			name := "${" + rapid.SampledFrom(names).Draw(t, "name") + "}"
			if rapid.IntRange(0, 9).Draw(t, "self") == 0 {
				name = "."
			}
			literal := rapid.SampledFrom(literals).Draw(t, "literal")
			form := rapid.IntRange(0, 9).Draw(t, "form")
			if depth == 0 {
				form = min(form, 5)
			}
			switch form {
			case 0, 1:
				operator := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(t, "operator")
				if rapid.Bool().Draw(t, "mirrored") {
					return literal + " " + operator + " " + name
				}
				return name + " " + operator + " " + literal
			case 2:
				return "selected(" + name + ", " + literal + ")"
			case 3:
				return "count-selected(" + name + ") > 1"
			case 4:
				return "boolean(" + name + ")"
			case 5:
				return "string-length(" + name + ") = 3"
			case 6:
				return "not(" + condition(depth-1) + ")"
			}
			return "(" + condition(depth-1) + rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "junction") + condition(depth-1) + ")"
		}
		source := condition(4)
		column := rapid.SampledFrom([]string{"school", "1", "", "zzz"}).Draw(t, "column")
		budget := 1_000_000
		p := &Prospect{Domain: questions, Budget: &budget, Self: "text",
			Column: func(string) (string, bool) { return column, true }}
		tree, err := Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		outlook := p.Decide(tree)
		if outlook == Open {
			return
		}
		decided++
		for range 30 {
			env := &filtering{row: row{names: names}, column: column}
			for _, name := range names {
				env.texts = append(env.texts, answer(t, name))
			}
			env.self = env.texts[slices.Index(names, "text")]
			if tree.Truth(env) != (outlook == Always) {
				t.Fatalf("%s is said to be %d, but %v: %v", source, outlook, names, fmt.Sprintf("%q", env.texts))
			}
		}
	})
	if decided < 5 {
		t.Errorf("only %d conditions were decided", decided)
	}
}

type filtering struct {
	row
	column string
}

func (f *filtering) Column(string) Value { return Node(f.column) }

// answer draws an answer to one of the questions.
func answer(t *rapid.T, name string) string {
	domain, _ := questions(name)
	switch {
	case domain.Form == AnyText:
		return rapid.OneOf(rapid.SampledFrom([]string{"", "0", "1", "2", "2.5", "3", "03", "-1", "99", "x", "a b", "abc", "2026-03-01"}),
			rapid.StringMatching(`[0-9]{1,2}(\.[0-9])?`), rapid.String()).Draw(t, name)
	case len(domain.Names) == 0:
		return ""
	case domain.Form == OneOf:
		return rapid.SampledFrom(append([]string{""}, domain.Names...)).Draw(t, name)
	}
	chosen := rapid.SliceOfDistinct(rapid.SampledFrom(domain.Names), func(name string) string { return name }).Draw(t, name)
	return strings.Join(chosen, " ")
}
