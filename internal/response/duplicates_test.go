package response_test

import (
	"testing"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// Of choices that share a name, it is enough that the filter offers one.
func TestChoicesThatShareANameAreOfferedTogether(t *testing.T) {
	s, findings := survey.ReadYAML("s.yaml", []byte(`id: s
language: de
title: T
allow_choice_duplicates: true
choices:
  l:
    - {name: x, label: Nord, values: {region: n}}
    - {name: x, label: Süd, values: {region: s}}
questions:
  - {type: text, name: r, label: R}
  - {type: select_one l, name: q, label: Q, choice_filter: "region = ${r}"}
`))
	version, more := survey.Compile(s)
	if version == nil {
		t.Fatal(findings, more)
	}
	for region, problems := range map[string]int{"n": 0, "s": 0, "w": 1} {
		answers, wrong := response.Read(version, map[string][]string{"r": {region}, "q": {"x"}})
		wrong = append(wrong, answers.Check(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))...)
		if len(wrong) != problems {
			t.Errorf("region %s: %v", region, wrong)
		}
	}
}
