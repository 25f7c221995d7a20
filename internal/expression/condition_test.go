package expression_test

import (
	"fmt"
	"strings"
	"testing"

	"bedarfslotse/internal/expression"
)

// said writes a condition shortly.
func said(c expression.Condition) string {
	if len(c.Parts) == 0 {
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Question, c.Relation, strings.Join(c.Values, "|")))
	}
	join := " or "
	if c.All {
		join = " and "
	}
	var parts []string
	for _, one := range c.Parts {
		parts = append(parts, "("+said(one)+")")
	}
	return strings.Join(parts, join)
}

func TestCondition(t *testing.T) {
	for source, want := range map[string]string{
		"${a} = 'x'":                           "a chosen x",
		"'x' = ${a}":                           "a chosen x",
		"${a} != 'x'":                          "a not_chosen x",
		"not(${a} = 'x')":                      "a not_chosen x",
		"${a} = ''":                            "a unanswered",
		"${a} != ''":                           "a answered",
		"not(${a} != '')":                      "a unanswered",
		"${a}":                                 "a answered",
		"not(${a})":                            "a unanswered",
		"${a} > 5":                             "a > 5",
		"5 > ${a}":                             "a < 5",
		"3 <= ${a}":                            "a ≥ 3",
		"not(${a} >= 3)":                       "a < 3",
		"not(${a} > 3)":                        "a ≤ 3",
		"${a} = 3":                             "a chosen 3",
		"selected(${a}, 'x')":                  "a chosen x",
		"not(selected(${a}, ' x '))":           "a not_chosen x",
		"${a} = 'x' or ${a} = 'y'":             "a chosen x|y",
		"${a} = 'x' and ${a} = 'y'":            "(a chosen x) and (a chosen y)",
		"${a} != 'x' and ${a} != 'y'":          "a not_chosen x|y",
		"not(${a} = 'x' or ${a} = 'y')":        "a not_chosen x|y",
		"not(${a} = 'x' and ${b} > 2)":         "(a not_chosen x) or (b ≤ 2)",
		"${a} = 'x' and (${b} = 1 or ${c})":    "(a chosen x) and ((b chosen 1) or (c answered))",
		"${a} = 'x' and (${b} = 'y' and ${c})": "(a chosen x) and (b chosen y) and (c answered)",
	} {
		tree, err := expression.Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := tree.Condition()
		if !ok || said(got) != want {
			t.Errorf("%s: %q, %v; want %q", source, said(got), ok, want)
		}
	}
	for _, source := range []string{"${a} + 1 > 3", "today() > '2026-01-01'", "${a} = ${b}", "count-selected(${a}) > 2", "/data/a = 'x'",
		"${a} < 'b'", "selected(${a}, ${b})", "selected(${a}, '')", "true()", "${a} = 'x' and random() > 0.5", "'a' = 'a'"} {
		tree, err := expression.Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tree.Condition(); ok {
			t.Errorf("%s: %q", source, said(got))
		}
	}
}
