package server

import (
	"strings"
	"testing"
)

// TestParts: a survey brings along the scripts for what it asks, and no others.
func TestParts(t *testing.T) {
	const one = "{type: select_one fruit, name: one, label: L}"
	for name, test := range map[string]struct {
		questions []string
		want      string
	}{
		"choices and texts": {[]string{one, `{type: text, name: t, label: L, relevant: "selected(${one}, 'a')", constraint: "string-length(.) < 9"}`}, ""},
		"rank":              {[]string{`{type: rank fruit, name: r, label: L}`}, "rank"},
		"numbers to choose": {[]string{`{type: range, name: r, label: L, parameters: "start=0 end=10"}`}, ""},
		"a long range":      {[]string{`{type: range, name: r, label: L, parameters: "start=0 end=100"}`}, "slider typed"},
		"a number":          {[]string{`{type: integer, name: n, label: L}`}, "typed"},
		"a choice to type":  {[]string{`{type: select_one fruit, name: c, label: L, appearance: autocomplete}`}, "typed"},
		"a filter":          {[]string{one, `{type: select_multiple fruit, name: f, label: L, choice_filter: "name = ${one}"}`}, "filter"},
		"an order":          {[]string{`{type: select_one fruit, name: c, label: L, parameters: randomize=true}`}, "shuffle"},
		"an answer in a message": {[]string{one, `{type: text, name: t, label: L, constraint: ". != ${one}", constraint_message: "Nicht ${one}"}`},
			"quotes"},
		"an answer in a choice": {[]string{`{type: text, name: who, label: L}`, `{type: select_one named, name: c, label: L}`}, "quotes"},
		"a repeat":              {[]string{`{type: repeat, name: r, label: L, questions: [{type: text, name: t, label: L}]}`}, "repeats"},
		"choices from answers": {[]string{`{type: repeat, name: r, label: L, questions: [{type: text, name: t, label: L}]}`, "{type: 'select_one ${t}', name: c, label: L}"},
			"gather quotes repeats"},
		"a path": {[]string{`{type: repeat, name: r, label: L, questions: [{type: text, name: t, label: L, relevant: "position(..) > 1"}]}`},
			"paths places repeats"},
		"a rare function": {[]string{`{type: text, name: t, label: L, constraint: "contains(., 'a')"}`}, "functions"},
		"a digest":        {[]string{`{type: text, name: t, label: L, constraint: "digest(., 'MD5') != ''"}`}, "digest"},
	} {
		t.Run(name, func(t *testing.T) {
			source := "id: parts\nlanguage: de\ntitle: T\nchoices:\n  fruit: [{name: a, label: A}, {name: b, label: B}]\n" +
				"  named: [{name: n, label: \"${who}\"}]\nquestions:\n  - " + strings.Join(test.questions, "\n  - ") + "\n"
			if got := strings.Join(parts(fromYAML(t, source)), " "); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	s := newTestServer(t)
	s.open(t, "towns", towns(t))
	answer := s.get("/s/towns?lang=de")
	address, err := s.assets.link("narrow.js")
	if link := `<link rel="modulepreload" href="` + address + `">`; err != nil || !strings.Contains(answer.Body.String(), link) {
		t.Errorf("%v, no %s", err, link)
	}
	if announced := strings.Join(answer.Header().Values("Link"), " "); !strings.Contains(announced, "<"+address+">; rel=modulepreload") {
		t.Errorf("announced: %s", announced)
	}
}
