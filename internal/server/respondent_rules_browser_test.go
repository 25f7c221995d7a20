package server

import (
	"encoding/json"
	"net/url"
	"strconv"
	"testing"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/testbrowser"
)

const judged = `
id: judged
language: de
title: Regeln
choices:
  town: [{name: bo, label: Bad  Bochum}, {name: he, label: Herne}]
questions:
  - type: group
    name: all
    label: Alles
    questions:
      - {type: integer, name: whole, label: A}
      - {type: decimal, name: number, label: B}
      - {type: range, name: half, label: C, parameters: "start=-10 end=50 step=0.5"}
      - {type: range, name: down, label: D, parameters: "start=20 end=-5 step=2"}
      - {type: date, name: day, label: E}
      - {type: date, name: month, label: F, appearance: month-year}
      - {type: date, name: year, label: G, appearance: year}
      - {type: time, name: at, label: H}
      - {type: dateTime, name: moment, label: I}
      - {type: select_one town, name: where, label: J, appearance: autocomplete}
      - {type: select_one town, name: fixed, label: K, read_only: true, calculation: "if(${whole} = 7, 'he', 'bo')"}
`

// TestBrowserPhoneJudgesAsTheServer types the same things into every control on
// the phone, as into a browser that knows none of the newer input types, and
// into the server: both refuse the same and understand the same.
func TestBrowserPhoneJudgesAsTheServer(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	version := fromYAML(t, judged)
	s.open(t, "judged", version)
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/judged?lang=de")
	p.Click(forward)
	p.WaitFor("#c-whole")
	barriers(t, p)
	typed := []string{"7", "-3", "+5", " 12 ", "12.5", "12,5", "١٢٫٥", "۱۲", "−4", "12.50", "12.55", "12.25", "1e1", "1E400", "-0", "0x10", "1_0", "1.2.3", "1,2,3",
		"NaN", "Infinity", "20.0", "50", "50.5", "-10", "-10.5", "19", "9007199254740993", "1e15", "2026-03-01", "٢٠٢٦-٠٣-٠١", "2026-02-30", "2024-02-29", "1899-12-31",
		"2026-03", "03/2026", "3.2026", "13/2026", "0/2026", "2026-3", "2026", "1899", "2201", "26", "8:05", "08:05", "8.05", "24:00", "23:59:59", "23:60", "14:30:00.000+01:00",
		"14:30Z", "2026-03-01T14:30", "2026-03-01 9:05", "2026-03-01T25:00", "2026-03-01T", "T09:00", "herne", "HERNE ", "bad bochum", "bo", "Bonn", "\u200f14:30", "x",
		"۱۲٫۵", "−٤", "۲۰۲۶-۰۳-۰۱", "٠٣/٢٠٢٦", "۰۳/۲۰۲۶", "٢٠٢٦", "۲۰۲۶", "٨:٠٥", "۱۴:۳۰", "٢٠٢٦-٠٣-٠١ ١٤:٣٠", "۲۰۲۶-۰۳-۰۱T۱۴:۳۰", "١٣/٢٠٢٦", "۲۴:۰۰"}
	list, err := json.Marshal(typed)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range version.Elements {
		if !e.Type.Asked() || e.ReadOnly {
			continue
		}
		said := testbrowser.Eval[[]bool](p, `(async typed => {
			const control = document.querySelector("#c-`+e.Name+`");
			control.type = "text";
			const said = [];
			for (const text of typed) {
				control.value = text;
				control.dispatchEvent(new Event("input", {bubbles: true}));
				control.dispatchEvent(new FocusEvent("focusout", {bubbles: true}));
				await new Promise(later => setTimeout(later)); // what is wrong is said after the tap that left
				said.push(document.querySelector("#p-`+e.Name+`") !== null);
			}
			return said;
		})(`+string(list)+`)`)
		for i, text := range typed {
			answers, _ := response.Read(version, url.Values{e.Name: {text}})
			if wrong := len(answers.Check(today())) > 0; wrong != said[i] {
				t.Errorf("%s = %s: wrong on the server %v, on the phone %v", e.Name, strconv.Quote(text), wrong, said[i])
			}
		}
	}
	answers, _ := response.Read(version, url.Values{"whole": {"7"}})
	answers.Check(today())
	p.Fill("#c-whole", "7")
	if shown := testbrowser.Eval[string](p, `document.querySelector("#c-fixed").value`); shown != answers.Top().Text(version.Element("fixed")) {
		t.Errorf("the phone computes %q", shown)
	}
}
