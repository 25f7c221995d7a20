package survey_test

import "testing"

func TestChoicesMayShareANameOnlyWhereTheSurveyAllowsIt(t *testing.T) {
	const text = `id: t
language: de
title: T
choices:
  l:
    - {name: a, label: A}
    - {name: x, label: Norden, values: {region: n}}
    - {name: x, label: Süden, values: {region: s}}
questions:
  - {type: text, name: r, label: R}
  - {type: select_one l, name: q, label: Q, choice_filter: "region = ${r}"}
translations:
  en:
    choices:
      l:
        x: {label: {text: North}}
        "x #2": {label: {text: South}}
`
	if version, findings := read(text); version != nil {
		t.Fatalf("accepted: %v", findings)
	}
	version, findings := read("allow_choice_duplicates: true\n" + text)
	if version == nil {
		t.Fatal(findings)
	}
	if at := version.Element("q").ChoiceIndex("x"); at != 1 {
		t.Errorf("x is counted at %d, want the first of that name", at)
	}
	if got := version.List("l").Choices[2].Label["en"].Text; got != "South" {
		t.Errorf("the second x is translated by %q", got)
	}
}
