package expression

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTraceIsTheSameEvaluation: watching changes no value, in the whole corpus.
func TestTraceIsTheSameEvaluation(t *testing.T) {
	for _, c := range readCases(t).Cases {
		tree := mustParse(t, c.Expr)
		got, steps := tree.Trace(&c.Env, 10_000)
		if !got.is(c.Kind, c.Want) {
			t.Errorf("%s (%s): watched %s %q, want %s %v", c.Expr, c.Why, got.kindName(), got.Text(), c.Kind, c.Want)
		}
		if len(steps) > 0 && (steps[0].Depth != 0 || steps[0].Value.Text() != got.Text() || steps[0].Source != tree.String()) {
			t.Errorf("%s: the first step is %+v", c.Expr, steps[0])
		}
	}
}

func TestTraceIsTheSameForAnyExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, err := Parse(sources(4).Draw(t, "source"))
		if err != nil {
			t.Fatal(err)
		}
		env := anyEnv(t)
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		want := tree.Evaluate(env)
		got, steps := tree.Trace(env, limit)
		if got.Kind() != want.Kind() || got.Text() != want.Text() {
			t.Fatalf("%s: %q, watched %q", tree, want.Text(), got.Text())
		}
		if len(steps) > limit {
			t.Fatalf("%d steps, limit %d", len(steps), limit)
		}
		for i, step := range steps {
			if i > 0 && (step.Depth < 1 || step.Depth > steps[i-1].Depth+1) {
				t.Fatalf("%s: step %d has depth %d after %d", tree, i, step.Depth, steps[i-1].Depth)
			}
		}
	})
}

func TestTraceTellsEachStep(t *testing.T) {
	env := &row{names: []string{"age", "kind"}, texts: []string{"17", "school"}}
	for _, test := range []struct {
		source string
		want   []string
	}{
		{"${age} > 17 and ${kind} = 'school'", []string{
			"0 ${age} > 17 and ${kind} = 'school' -> false", "1 ${age} > 17 -> false", "2 ${age} -> 17"}},
		{"if(${kind} = 'school', ${age} + 1, 0)", []string{
			"0 if(${kind} = 'school', ${age} + 1, 0) -> 18", "1 ${kind} = 'school' -> true", "2 ${kind} -> school",
			"1 ${age} + 1 -> 18", "2 ${age} -> 17"}},
		{"not(selected(${kind}, 'x'))", []string{
			"0 not(selected(${kind}, 'x')) -> true", "1 selected(${kind}, 'x') -> false", "2 ${kind} -> school"}},
	} {
		_, steps := mustParse(t, test.source).Trace(env, 100)
		var got []string
		for _, step := range steps {
			got = append(got, fmt.Sprintf("%d %s -> %s", step.Depth, step.Source, step.Value.Text()))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%s", test.source, strings.Join(got, "\n"))
		}
	}
	_, steps := mustParse(t, "1 + ${age} + ${age}").Trace(env, 1)
	if len(steps) != 1 || !steps[0].Unfinished || steps[0].Value.Text() != "35" {
		t.Errorf("beyond the limit: %+v", steps)
	}
}
