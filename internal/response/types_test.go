package response_test

import (
	"strings"
	"testing"

	"bedarfslotse/internal/response"
)

const moreTypes = `
id: more
language: de
title: T
choices:
  l: [{name: a, label: Alpha, values: {for: x}}, {name: b, label: Beta, values: {for: x}}, {name: c, label: Gamma, values: {for: y}}]
questions:
  - {type: text, name: side, label: S, default: x}
  - {type: range, name: half, label: R, parameters: "start=0 end=10 step=0.5"}
  - {type: time, name: at, label: T}
  - {type: dateTime, name: when, label: T}
  - {type: date, name: year, label: Y, appearance: year}
  - {type: date, name: month, label: M, appearance: month-year}
  - {type: rank l, name: order, label: O}
  - {type: rank l, name: some, label: O, choice_filter: "for = ${side}"}
  - {type: select_one l, name: typed, label: O, appearance: autocomplete}
  - {type: select_one l, name: head, label: H, appearance: label, required: true}
  - {type: text, name: copied, label: C, calculation: "${side}", read_only: true, trigger: "${half}, ${at}"}
  - {type: date, name: day, label: D, default: today()}
  - {type: text, name: id, label: I, default: uuid()}
  - type: repeat
    name: r
    label: R
    questions:
      - {type: text, name: again, label: A, default: "concat(${side}, '!')"}
`

func TestMoreTypes(t *testing.T) {
	moreTypes := strings.Replace(moreTypes, "uuid()", "''", 1)
	v := compiled(t, moreTypes)
	for _, c := range []struct{ fields, want, problems string }{
		{"", `{}`, ""},
		{"half=٢٫٥", `{"half":"2.5"}`, ""},
		{"half=10.0", `{"half":"10"}`, ""},
		{"half=-0", `{"half":"0"}`, ""},
		{"half=2.25", `{}`, "half not_in_range"},
		{"half=10.5", `{}`, "half not_in_range"},
		{"half=NaN", `{}`, "half not_a_number"},
		{"half=1e400", `{}`, "half number_too_large"},
		{"at=8:05", `{"at":"08:05"}`, ""},
		{"at=٢٣:٥٩", `{"at":"23:59"}`, ""},
		{"at=8.05", `{"at":"08:05"}`, ""},
		{"at=14:30:15.250%2B01:00", `{"at":"14:30"}`, ""},
		{"at=24:00", `{}`, "at not_a_time"},
		{"at=12:60", `{}`, "at not_a_time"},
		{"at=12", `{}`, "at not_a_time"},
		{"when=2026-03-01T09:00", `{"when":"2026-03-01T09:00"}`, ""},
		{"when=2026-03-01+9:00", `{"when":"2026-03-01T09:00"}`, ""},
		{"when=2026-03-01T09:00:00.000Z", `{"when":"2026-03-01T09:00"}`, ""},
		{"when=2026-02-30T09:00", `{}`, "when not_a_date_time"},
		{"when=2026-03-01", `{}`, "when not_a_date_time"},
		{"year=2026", `{"year":"2026-01-01"}`, ""},
		{"year=2026-05-17", `{"year":"2026-01-01"}`, ""},
		{"half=۲٫۵", `{"half":"2.5"}`, ""},
		{"at=۸:۰۵", `{"at":"08:05"}`, ""},
		{"when=٢٠٢٦-٠٣-٠١+٠٩:٠٠", `{"when":"2026-03-01T09:00"}`, ""},
		{"when=۲۰۲۶-۰۳-۰۱T۰۹:۰۰", `{"when":"2026-03-01T09:00"}`, ""},
		{"year=٢٠٢٦", `{"year":"2026-01-01"}`, ""},
		{"year=۲۰۲۶", `{"year":"2026-01-01"}`, ""},
		{"month=٥/٢٠٢٦", `{"month":"2026-05-01"}`, ""},
		{"month=۲۰۲۶-۰۵", `{"month":"2026-05-01"}`, ""},
		{"order=٢:a&order=٣:b&order=١:c", `{"order":"c a b"}`, ""},
		{"order=۲:a&order=۳:b&order=۱:c", `{"order":"c a b"}`, ""},
		{"year=26", `{}`, "year not_a_year"},
		{"year=1899", `{}`, "year not_a_year"},
		{"month=2026-05", `{"month":"2026-05-01"}`, ""},
		{"month=5/2026", `{"month":"2026-05-01"}`, ""},
		{"month=05.2026", `{"month":"2026-05-01"}`, ""},
		{"month=2026-05-17", `{"month":"2026-05-01"}`, ""},
		{"month=2026-13", `{}`, "month not_a_month"},
		{"order=c+a+b", `{"order":"c a b"}`, ""},
		{"order=2:a&order=3:b&order=1:c", `{"order":"c a b"}`, ""},
		{"order=&order=&order=", `{}`, ""},
		{"order=c+a", `{}`, "order not_an_order"},
		{"order=a+a+b+c", `{}`, "order not_an_order"},
		{"order=1:a&order=1:b&order=3:c", `{}`, "order not_an_order"},
		{"order=1:a&order=2:a&order=3:c", `{}`, "order not_an_order"},
		{"order=0:a&order=99999999999999999999:b&order=3:c", `{}`, "order not_an_order"},
		{"side=x&some=b+a", `{"side":"x","some":"b a"}`, ""},
		{"side=x&some=2:a&some=1:b&some=", `{"side":"x","some":"b a"}`, ""},
		{"side=x&some=b", `{"side":"x","some":"b"}`, "some not_an_order"},
		{"side=x&some=b+c", `{"side":"x","some":"b c"}`, "some choice_not_offered"},
		{"typed=BETA", `{"typed":"b"}`, ""},
		{"typed=b", `{"typed":"b"}`, ""},
		{"typed=Bet", `{}`, "typed unknown_choice"},
		{"side=x&half=1", `{"side":"x","half":"1","copied":"x"}`, ""}, // without JavaScript
		{"side=x&at=8:05", `{"side":"x","at":"08:05","copied":"x"}`, ""},
		{"side=x", `{"side":"x"}`, ""},
		{"side=y&half=1&copied=x", `{"side":"y","half":"1","copied":"x"}`, ""},
	} {
		answers, unknown := response.Read(v, given(t, c.fields))
		problems := append(unknown, answers.Check(noon())...)
		if got := document(answers); got != c.want {
			t.Errorf("%s: %s, want %s", c.fields, got, c.want)
		}
		if got := listed(problems); got != c.problems {
			t.Errorf("%s: problems %q, want %q", c.fields, got, c.problems)
		}
		again, err := response.FromJSON(v, []byte(document(answers)))
		if err != nil || document(again) != document(answers) {
			t.Errorf("%s: read back as %s, %v", c.fields, document(again), err)
		}
	}
}

func TestDefaults(t *testing.T) {
	v := compiled(t, strings.Replace(moreTypes, "uuid()", "now()", 1))
	defaults := response.Defaults(v, noon())
	for control, want := range map[string]string{"side": "x", "day": "2026-03-05", "r[0].again": "x!", "half": ""} {
		if got := strings.Join(defaults[control], " "); got != want {
			t.Errorf("%s: %q, want %q", control, got, want)
		}
	}
	if !response.DefaultsChange(v) || response.DefaultsChange(compiled(t, household)) {
		t.Error("which defaults change is not seen")
	}
}
