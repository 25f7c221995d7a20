package xlsform_test

import (
	"testing"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testform"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/xlsform"
)

// TestVolumeLarge holds the form to what benchmarks say of it.
func TestVolumeLarge(t *testing.T) {
	testinput.Volume(t)
	read, found := xlsform.Read("large.xlsx", testform.Large(t), xlsform.Options{})
	if found.Fatal() {
		t.Fatal(found)
	}
	version, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	again, _ := xlsform.Read("large.xlsx", testform.Large(t), xlsform.Options{})
	if same, found := survey.Compile(again); found.Fatal() || same.Hash != version.Hash {
		t.Error("the form is another one each time")
	}
	asked, conditions, choices := 0, 0, 0
	for _, e := range version.Elements {
		if e.Type.Asked() {
			asked++
			if e.Relevant != nil {
				conditions++
			}
		}
	}
	for _, list := range version.Choices {
		choices += len(list.Choices)
	}
	if asked != testform.Questions || choices != testform.Choices || len(version.Languages) != 5 || conditions < asked*45/100 {
		t.Errorf("%d questions, %d of them with a condition, %d choices, languages %v", asked, conditions, choices, version.Languages)
	}
	if got := depth(version, version.Element("s9_c4"), map[*survey.Element]int{}); got != testform.Depth {
		t.Errorf("calculations are %d deep", got)
	}
}

// depth counts the calculations on the longest way back from one.
func depth(version *survey.Version, e *survey.Element, known map[*survey.Element]int) int {
	if e.Calculation == nil {
		return 0
	}
	if known[e] == 0 {
		for _, name := range e.Calculation.References() {
			known[e] = max(known[e], depth(version, version.Element(name), known))
		}
		known[e]++
	}
	return known[e]
}
