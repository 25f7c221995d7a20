package server

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bedarfslotse/internal/survey"
)

// towns is a survey of which one list is too long to be shown whole: 30 towns
// in three counties, asked for twice, once in every entry of a repeat.
func towns(t *testing.T) *survey.Version {
	var list strings.Builder
	for i := range 30 {
		fmt.Fprintf(&list, "    - {name: t%d, label: \"Ort <%d>\", values: {in: c%d}}\n", i, i, i%3)
	}
	return fromYAML(t, `
id: towns
language: de
title: Orte
choices:
  county: [{name: c0, label: A}, {name: c1, label: B}, {name: c2, label: C}]
  town:
`+list.String()+`
questions:
  - {type: select_one county, name: county, label: Kreis}
  - {type: select_one town, name: town, label: Ort, choice_filter: "in = ${county} and name != 't4'"}
  - type: repeat
    name: children
    label: Kind
    questions:
      - {type: select_one county, name: where, label: Kreis}
      - {type: select_one town, name: born, label: Geburtsort, choice_filter: "in = ${where}"}
`)
}

// offeredIn lists the choices that a select in a page offers.
func offeredIn(page, control string) []string {
	_, after, _ := strings.Cut(page, `name="`+control+`"`)
	inside, _, _ := strings.Cut(after, "</select>")
	var names []string
	for _, found := range regexp.MustCompile(`value="(t\d+)"( selected)?`).FindAllStringSubmatch(inside, -1) {
		names = append(names, found[1]+found[2])
	}
	return names
}

// TestNarrowed answers the survey without JavaScript: a button brings the
// choices that fit.
func TestNarrowed(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "towns", towns(t))
	page := s.get("/s/towns?lang=de").Body.String()
	if got := offeredIn(page, "town"); len(got) > 0 {
		t.Errorf("before the county is known the document holds %v", got)
	}
	if count := strings.Count(page, "Ort \\u003c7\\u003e"); count != 1 {
		t.Errorf("the list travels %d times", count)
	}
	given := url.Values{"county": {"c1"}, "children[0].where": {"c2"}, "children[0].born": {"t5"}, "children[1].where": {"c0"}, ":edit": {"town"}}
	answer := s.post("towns", given)
	page = answer.Body.String()
	for control, want := range map[string]string{
		"town": "t1 t7 t10 t13 t16 t19 t22 t25 t28", "children[0].born": "t2 t5 selected t8 t11 t14 t17 t20 t23 t26 t29",
		"children[1].born": "t0 t3 t6 t9 t12 t15 t18 t21 t24 t27",
	} {
		if got := strings.Join(offeredIn(page, control), " "); got != want {
			t.Errorf("%d, %s offers %s", answer.Code, control, got)
		}
	}
	if !regexp.MustCompile(`<select id="c-town"[^>]* autofocus`).MatchString(page) {
		t.Error("the focus is not where the choices are")
	}
	given = url.Values{"county": {"c1"}, "town": {"t2"}}
	if answer = s.post("towns", given); answer.Code != 422 || !strings.Contains(strings.Join(offeredIn(answer.Body.String(), "town"), " "), "t2 selected") {
		t.Errorf("%d, a town of another county: %v", answer.Code, offeredIn(answer.Body.String(), "town"))
	}
	given.Set("town", "t7")
	if answer = s.post("towns", given); answer.Code != 200 || !strings.Contains(answer.Body.String(), "Ort &lt;7&gt;") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
