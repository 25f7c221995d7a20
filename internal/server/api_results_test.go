package server

import (
	"encoding/json"
	"strings"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/store"
)

// TestAPIOfEveryKind writes orders, ranges, months and hours as the interface
// does, and of what is hidden nothing but null.
func TestAPIOfEveryKind(t *testing.T) {
	wave := &store.LiveWave{Version: fromYAML(t, `
id: kinds
language: de
title: T
choices:
  thing: [{name: a, label: Spielplatz}, {name: b, label: Bad}]
  ends: [{name: "0", label: nie}, {name: "5", label: immer}]
questions:
  - {type: rank thing, name: order, label: O}
  - {type: range, name: often, label: R, parameters: "start=0 end=5 tick_labelset=ends"}
  - {type: date, name: since, label: S, appearance: year}
`)}
	number := func(n int) *int { return &n }
	share := 0.75
	for _, c := range []struct {
		figure analysis.Figure
		want   string
	}{
		{analysis.Figure{Question: "order", Kind: analysis.Order, Base: number(20), Cells: []analysis.Cell{
			{Name: "a", Count: number(15), Share: &share, Placing: &analysis.Placing{Base: 20, Mean: 1.25, Low: &share, Ranks: []int{15, 5}}}, {Name: "b", Suppressed: true}}},
			`[{"name":"a","label":"Spielplatz","count":15,"share":0.75,"low":null,"high":null,"suppressed":false,"order":{"base":20,"mean":1.25,"low":0.75,"high":null,"places":[15,5]}},` +
				`{"name":"b","label":"Bad","count":null,"share":null,"low":null,"high":null,"suppressed":true,"order":null}]`},
		{analysis.Figure{Question: "often", Kind: analysis.Scale, Base: number(20), Cells: []analysis.Cell{{Name: "0", Count: number(15)}, {Name: "1", Count: number(5), Score: 1}}},
			`[{"name":"0","label":"0 (nie)","count":15,"share":null,"low":null,"high":null,"suppressed":false},{"name":"1","label":"1","count":5,"share":null,"low":null,"high":null,"suppressed":false}]`},
		{analysis.Figure{Question: "since", Kind: analysis.Months, Base: number(20), Cells: []analysis.Cell{{Name: "2019..2020", Count: number(15), From: 24228, To: 24251}}},
			`[{"name":"2019..2020","label":"2019..2020","count":15,"share":null,"low":null,"high":null,"suppressed":false}]`},
	} {
		got, err := json.Marshal(apiQuestionOf(wave, c.figure, []string{"de"}))
		if err != nil || !strings.Contains(string(got), `"choices":`+c.want) {
			t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
		}
	}
}
