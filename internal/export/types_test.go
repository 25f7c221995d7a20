package export_test

import (
	"bytes"
	"net/url"
	"testing"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/response"
)

// TestFullKeepsEveryType exports orders, ranges and times and reads them back.
func TestFullKeepsEveryType(t *testing.T) {
	v := compiled(t, `
id: types
language: de
title: T
choices:
  spaced: [{name: to be, label: Sein}, {name: not to be, label: Nichtsein}]
  l: [{name: a, label: Alpha}, {name: b, label: Beta}, {name: c, label: Gamma}]
questions:
  - {type: range, name: half, label: R, parameters: "start=-5 end=5 step=0.5"}
  - {type: rank l, name: order, label: O}
  - {type: time, name: at, label: T}
  - {type: dateTime, name: when, label: T}
  - {type: date, name: year, label: Y, appearance: year}
  - {type: date, name: month, label: M, appearance: month-year}
  - {type: select_one spaced, name: question, label: Q}
  - {type: note, name: twice, label: N, calculation: "${half} * 2"}
  - {type: repeat, name: r, label: R, questions: [{type: text, name: n, label: N}]}
  - {type: "select_one ${n}", name: who, label: W}
`)
	answers := answered(t, v, url.Values{"half": {"-2.5"}, "order": {"c a b"}, "at": {"06:05"}, "when": {"2026-03-01T23:59"},
		"year": {"1999"}, "month": {"2024-02"}, "question": {"to be"}, "r[0].n": {"=Ada Lovelace; \"A\""}, "who": {"=Ada Lovelace; \"A\""}})
	var out bytes.Buffer
	if _, err := export.Full(&out, v, sequence([]export.Record{{Day: "2026-03-01", Answers: answers}}), export.FullOptions{}); err != nil {
		t.Fatal(err)
	}
	back := again(t, v, out.Bytes())
	want := `{"half":"-2.5","order":"c a b","at":"06:05","when":"2026-03-01T23:59","year":"1999-01-01","month":"2024-02-01",` +
		`"question":"to be","twice":"-5","r":[{"n":"=Ada Lovelace; \"A\""}],"who":"=Ada Lovelace; \"A\""}`
	if got := string(back[0].Answers.AppendJSON(nil, response.Anonymous)); got != want || document(answers) != want {
		t.Errorf("%s came back as %s", document(answers), got)
	}
}
