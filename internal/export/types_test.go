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
  l: [{name: a, label: Alpha}, {name: b, label: Beta}, {name: c, label: Gamma}]
questions:
  - {type: range, name: half, label: R, parameters: "start=-5 end=5 step=0.5"}
  - {type: rank l, name: order, label: O}
  - {type: time, name: at, label: T}
  - {type: dateTime, name: when, label: T}
  - {type: date, name: year, label: Y, appearance: year}
  - {type: date, name: month, label: M, appearance: month-year}
`)
	answers := answered(t, v, url.Values{"half": {"-2.5"}, "order": {"c a b"}, "at": {"06:05"}, "when": {"2026-03-01T23:59"},
		"year": {"1999"}, "month": {"2024-02"}})
	var out bytes.Buffer
	if _, err := export.Full(&out, v, sequence([]export.Record{{Day: "2026-03-01", Answers: answers}}), export.FullOptions{}); err != nil {
		t.Fatal(err)
	}
	back := again(t, v, out.Bytes())
	want := `{"half":"-2.5","order":"c a b","at":"06:05","when":"2026-03-01T23:59","year":"1999-01-01","month":"2024-02-01"}`
	if got := string(back[0].Answers.AppendJSON(nil, response.Anonymous)); got != want || document(answers) != want {
		t.Errorf("%s came back as %s", document(answers), got)
	}
}
