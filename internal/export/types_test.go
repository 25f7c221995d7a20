package export_test

import (
	"bytes"
	"context"
	"maps"
	"math/rand/v2"
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
	if _, err := export.Full(context.Background(), &out, v, sequence([]export.Record{{Day: "2026-03-01", Answers: answers}}), export.FullOptions{}); err != nil {
		t.Fatal(err)
	}
	back := again(t, v, out.Bytes())
	want := `{"half":"-2.5","order":"c a b","at":"06:05","when":"2026-03-01T23:59","year":"1999-01-01","month":"2024-02-01",` +
		`"question":"to be","twice":"-5","r":[{"n":"=Ada Lovelace; \"A\""}],"who":"=Ada Lovelace; \"A\""}`
	if got := string(back[0].Answers.AppendJSON(nil, response.Anonymous)); got != want || document(answers) != want {
		t.Errorf("%s came back as %s", document(answers), got)
	}
}

// TestMicrodataOfEveryType goes from orders to first places, from times to hours
// and from years to spans of years, until every combination has k rows.
func TestMicrodataOfEveryType(t *testing.T) {
	v := compiled(t, `
id: types
language: de
title: T
choices:
  l: [{name: a, label: Alpha}, {name: b, label: Beta}, {name: c, label: Gamma}]
questions:
  - {type: rank l, name: order, label: O}
  - {type: rank l, name: wish, label: W, measures: {field: health, as: need}}
  - {type: time, name: at, label: T}
  - {type: date, name: year, label: Y, appearance: year}
  - {type: date, name: month, label: M, appearance: month-year}
  - {type: range, name: marks, label: R, parameters: "start=0 end=100 step=5"}
`)
	var records []export.Record
	add := func(n int, values url.Values) {
		for range n {
			records = append(records, export.Record{Day: "2026-03-01", Answers: answered(t, v, values)})
		}
	}
	add(3, url.Values{"order": {"a b c"}, "at": {"06:05"}, "year": {"1999"}, "month": {"2024-02"}, "marks": {"5"}, "wish": {"c a b"}})
	add(3, url.Values{"order": {"a c b"}, "at": {"06:50"}, "year": {"1999"}, "month": {"2024-02"}, "marks": {"10"}, "wish": {"a b c"}})
	add(3, url.Values{"order": {"b a c"}, "at": {"07:00"}, "year": {"2001"}, "month": {"2024-03"}, "marks": {"80"}})
	add(3, url.Values{"order": {"c a b"}, "at": {"09:00"}, "year": {"2003"}, "month": {"2025-03"}, "marks": {"80"}})
	for name, want := range map[string]map[string]int{
		"order": {"a": 6, "b + c": 6},
		"at":    {"06": 6, "07..09": 6},
		"year":  {"1999": 6, "2001..2003": 6},
		"month": {"*": 12}, // two years, one of them too small
		"marks": {"..19": 6, "80": 6},
	} {
		var out bytes.Buffer
		options := export.MicrodataOptions{K: 5, Identifying: []string{name}, Rand: rand.New(rand.NewPCG(1, 1))}
		if _, err := export.Microdata(context.Background(), &out, v, nil, sequence(records), options); err != nil {
			t.Fatal(err)
		}
		file := readFile(t, out.Bytes(), v, nil, records, options, 1)
		got := map[string]int{}
		for row := range file.rows {
			got[file.cell(row, name)]++
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		wishes := map[string]int{}
		for row := range file.rows {
			wishes[file.cell(row, "wish")]++
		}
		if !maps.Equal(wishes, map[string]int{"c a b": 3, "a b c": 3, "": 6}) {
			t.Errorf("the opinion's orders: %v", wishes)
		}
	}
}
