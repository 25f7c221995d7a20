package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const evalSurvey = `id: s
language: de
title: T
choices:
  kind:
    - {name: school, label: Schule}
    - {name: daycare, label: Kita}
  town:
    - {name: here, label: Hier, values: {of: school}}
    - {name: there, label: Dort, values: {of: daycare}}
questions:
  - {type: select_one kind, name: kind, label: Wo?}
  - type: repeat
    name: child
    label: Kind
    relevant: "${kind} = 'school'"
    questions:
      - {type: integer, name: age, label: Alter, constraint: ". < 19", required: true}
      - {type: text, name: why, label: Warum, relevant: "${age} > 5"}
      - {type: text, name: more, label: Mehr, relevant: "${why} = 'x'"}
      - {type: select_one town, name: town, label: Ort, choice_filter: "of = ${kind}"}
  - {type: calculate, name: born, calculation: "format-date(today(), '%Y')"}
`

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvalPrintsValues(t *testing.T) {
	file := written(t, "s.yaml", evalSurvey)
	answers := written(t, "a.json", `{"kind": "school", "child": [{"age": 7}, {"age": 3}]}`)
	for _, test := range []struct {
		arguments []string
		want      string
	}{
		{[]string{"1 + 2 * 3"}, "7\n"},
		{[]string{"--now=2026-03-01", "today()"}, "2026-03-01\n"},
		{[]string{"--now=2026-03-01T10:00:00+01:00", "now()"}, "2026-03-01T10:00:00.000+01:00\n"},
		{[]string{"--answers", `{"a": 2, "b": ["x", "y"], "r": [{"n": 1}, {"n": 2}]}`, "count-selected(${b}) + ${a} + sum(${n})"}, "7\n"},
		{[]string{"--survey", file, "--answers", "@" + answers, "sum(${age})"}, "10\n"},
		{[]string{"--survey", file, "--answers", "@" + answers, "--question", "child[2]/age", ". + position(..)"}, "5\n"},
		{[]string{"--survey", file, "--answers", "@" + answers, "--question", "/child[2]/age", "current()/../why"}, "\n"},
		{[]string{"--survey", file, "--now=2026-03-01", "${born} - 1"}, "2025\n"},
		{[]string{"--answers", `{"age": 17}`, "--trace", "${age} > 17 and true()"},
			"false\n  ${age} > 17 and true() → false\n    ${age} > 17 → false\n      ${age} → '17'\n"},
		{[]string{"--survey", file, "--answers", `{"kind":"school","child":[{"age":3}]}`, "--question", "child[1]/more", "--trace", "${why} = 'x'"},
			"false\n  ${why} = 'x' → false\n    ${why} → ''  (not relevant, counts as unanswered)\n"},
		{[]string{"--survey", file, "--answers", "@" + answers, "--trace", "count(${child}[age > 5])"},
			"1\n  count(${child}[age > 5]) → 1\n    ${child}[age > 5] → /child[1]\n      [child[1]] age > 5 → true\n" +
				"        [child[1]] age → '7'\n      [child[2]] age > 5 → false\n        [child[2]] age → '3'\n"},
	} {
		if got := succeed(t, append([]string{"eval"}, test.arguments...)...); got != test.want {
			t.Errorf("eval %s\n%s\nwant\n%s", strings.Join(test.arguments, " "), got, test.want)
		}
	}
	if stdout, _, exit := command(t, `{"a": "x"}`, "eval", "--answers=@-", "${a}"); stdout != "x\n" || exit != 0 {
		t.Errorf("from the standard input: %q, %d", stdout, exit)
	}
}

func TestEvalExplainsAQuestion(t *testing.T) {
	file := written(t, "s.yaml", evalSurvey)
	for _, test := range []struct{ question, answers, want string }{
		{"child[2]/why", `{"kind":"school","child":[{"age":7},{"age":3}]}`, `“child[2]/why” (text) is not shown.

child: relevant: ${kind} = 'school'
  ${kind} = 'school' → true
    ${kind} → 'school'

relevant: ${age} > 5
  ${age} > 5 → false
    ${age} → '3'
`},
		{"why", `{"kind":"daycare","child":[{"age":7}]}`, `“why” (text) is not shown.

child: relevant: ${kind} = 'school'
  ${kind} = 'school' → false
    ${kind} → 'daycare'
`},
		{"town", `{"kind":"school","child":[{"town":"here"}]}`, `“child[1]/town” (select_one) is shown.
Answer: here

child: relevant: ${kind} = 'school'
  ${kind} = 'school' → true
    ${kind} → 'school'

choice_filter (here): of = ${kind}
  of = ${kind} → true
    of → 'school'
    ${kind} → 'school'

choice_filter (there): of = ${kind}
  of = ${kind} → false
    of → 'daycare'
    ${kind} → 'school'
`},
		{"kind", `{}`, "“kind” (select_one) is shown.\nThe question has no conditions and no calculation.\n"},
		{"age", `{"kind":"school","child":[{"age":77}]}`, `“child[1]/age” (integer) is shown.
Answer: 77

child: relevant: ${kind} = 'school'
  ${kind} = 'school' → true
    ${kind} → 'school'

constraint: . < 19
  . < 19 → false
    . → '77'

required: an answer has to be given.
`},
	} {
		got := succeed(t, "eval", "--survey", file, "--answers", test.answers, "--question", test.question)
		if got != test.want {
			t.Errorf("%s with %s:\n%s", test.question, test.answers, got)
		}
	}
	var told explanation
	text := succeed(t, "eval", "--json", "--survey", file, "--answers", `{"kind":"school","child":[{"age":3}]}`, "--question", "why")
	if err := json.Unmarshal([]byte(text), &told); err != nil || told.Shown || len(told.Rules) != 2 ||
		told.Rules[1].Value != false || told.Rules[1].Type != "boolean" || told.Rules[1].Steps[1].Type != "nodes" {
		t.Errorf("%v %+v", err, told)
	}
}

func TestEvalNamesWhatIsWrong(t *testing.T) {
	file := written(t, "s.yaml", evalSurvey)
	var deep strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&deep, `{"a%d":[`, i)
	}
	for _, test := range []struct {
		arguments []string
		english   string
		german    string
	}{
		{nil, "Give an expression", "Geben Sie einen Ausdruck an"},
		{[]string{"1 +* 3"}, "    1 +* 3\n       ^\n", "Vor * fehlt ein Wert"},
		{[]string{"„ä“ = 'b' c"}, "    „ä“ = 'b' c\n              ^\n", "^"},
		{[]string{"--survey", file, "${kidn} = 1"}, "    ${kidn} = 1\n      ^\n", "die es nicht gibt"},
		{[]string{"--survey", file, "kind = 1"}, "    kind = 1\n    ^\n", "kind"},
		{[]string{"--survey", file, "--answers", `{"kind": "kita"}`, "1"}, "“kind”: The answer “kita” cannot be chosen here.", "„kind“"},
		{[]string{"--survey", file, "--answers", `{"kidn": "kita", "age": "x"}`, "1"}, "Perhaps “kind” is meant", "Schreiben Sie {\"child\": [{…}]}"},
		{[]string{"--answers", `{"a": }`, "1"}, "no valid JSON: fault at character 7", "Fehler beim Zeichen 7"},
		{[]string{"--answers", `{"a b": "x"}`, "1"}, "--answers: error: The name “a b” is not possible.", "--answers: Fehler: Der Name „a b“"},
		{[]string{"--answers", deep.String() + strings.Repeat(`]}`, 3000), "1"}, "takes a text or a number", "nimmt einen Text"},
		{[]string{"--answers", "@/nowhere/a.json", "1"}, "/nowhere/a.json", "/nowhere/a.json"},
		{[]string{"--now", "soon", "1"}, "“soon” is no time", "„soon“ ist kein Zeitpunkt"},
		{[]string{"--survey", file, "--question", "whyy"}, "Perhaps “why” is meant", "Vielleicht ist „why“ gemeint"},
		{[]string{"--survey", file, "--question", "child/kind"}, "“child” does not lead to", "„child“ führt nicht"},
		{[]string{"--survey", file, "--question", "child[x]/age"}, "“child[x]” does not lead to", "child[2]/age"},
		{[]string{"--survey", file, "--question", "child[2]/age", "--answers", `{"kind":"school","child":[{"age":1}]}`}, "There is no child[2]; the answers hold 1", "child[2] gibt es nicht"},
		{[]string{"--survey", filepath.Join(t.TempDir(), "none.yaml"), "1"}, "none.yaml", "none.yaml"},
	} {
		for language, want := range map[string]string{"en": test.english, "de": strings.ReplaceAll(test.german, "child[2]/age", "child[")} {
			var out, err bytes.Buffer
			p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &err,
				env: func(name string) string { return map[string]string{"BEDARFSLOTSE_LANGUAGE": language}[name] }}
			exit := p.run(context.Background(), append([]string{"eval"}, test.arguments...))
			if exit != 1 || !strings.Contains(err.String(), want) || out.Len() > 0 {
				t.Errorf("%s: eval %q: exit %d, want %q in\n%s%s", language, test.arguments, exit, want, err.String(), out.String())
			}
		}
	}
}
