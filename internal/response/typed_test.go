package response_test

import (
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/response"
)

func TestTyped(t *testing.T) {
	version := compiled(t, `
id: sheet
version: "1"
language: de
title: T
choices:
  few: [{name: a, label: A}, {name: b, label: B}, {name: "9", label: C}]
  many: [{name: c1, label: A}, {name: c2, label: B}, {name: c3, label: B}, {name: c4, label: B}, {name: c5, label: B}, {name: c6, label: B},
    {name: c7, label: B}, {name: c8, label: B}, {name: c9, label: B}, {name: c10, label: B}, {name: c11, label: B}]
questions:
  - {type: select_one few, name: one, label: T}
  - {type: select_multiple few, name: several, label: T}
  - {type: select_multiple many, name: several_many, label: T}
  - {type: rank few, name: order, label: T}
  - {type: acknowledge, name: agreed, label: T}
  - {type: integer, name: age, label: T}
  - {type: text, name: words, label: T}
`)
	for _, test := range []struct{ name, typed, want string }{
		{"one", "2", "b"}, {"one", " ٢ ", "b"}, {"one", "b", "b"}, {"one", "3", "9"}, {"one", "9", "!"}, {"one", "0", "!"}, {"one", "quark", "!"}, {"one", "", ""},
		{"several", "13", "a 9"}, {"several", "1 3", "a 9"}, {"several", "1, 3", "a 9"}, {"several", "1.3", "a 9"}, {"several", "4", "!"}, {"several", "a b", "a b"},
		{"several_many", "11", "c11"}, {"several_many", "1 1 11", "c1 c1 c11"}, {"several_many", "12", "!"},
		{"order", "312", "9 a b"}, {"order", "3 1", "9 a"}, {"agreed", "1", "OK"}, {"agreed", "x", "OK"}, {"agreed", "0", ""}, {"agreed", "vielleicht", "!"},
		{"age", "17", "17"}, {"words", " Bus – ٢ mal", "Bus – ٢ mal"},
	} {
		e := version.Element(test.name)
		values, ok := response.Typed(e, test.typed)
		got := strings.Join(values, " ")
		if !ok {
			got = "!"
		}
		if got != test.want {
			t.Errorf("%s typed as %q: %q, not %q", test.name, test.typed, got, test.want)
			continue
		}
		if again, ok := response.Typed(e, response.Retyped(e, values)); got != "!" && got != "" && (!ok || !slices.Equal(again, values)) {
			t.Errorf("%s typed as %q is typed again as %q: %v", test.name, test.typed, response.Retyped(e, values), again)
		}
	}
}
