package survey_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/survey"
)

func TestParameters(t *testing.T) {
	for parameters, want := range map[string]string{
		"":                                    "1 2 3 4 5 6 7 8 9 10",
		"end=3":                               "1 2 3",
		"Start=0; eND=1 ,step=0.25":           "0 0.25 0.5 0.75 1",
		"start=3 end=-1 step=2":               "3 1 -1",
		"start=1 end=12 step=4":               "1 5 9",
		"start=1.5 end=2.5 step=-0.5":         "1.5 2 2.5",
		"start=-1 end=1 placeholder=0":        "-1 0 1",
		"end=4 step=1 tick_interval=2":        "1 2 3 4",
		"end=3 tick_labelset=words":           "unknown_list",
		"end=3 tick_labelset=yn":              "range_labels",
		"step=0":                              "range_zero",
		"tick_interval=0":                     "range_zero",
		"step=10":                             "range_empty",
		"start=5 end=5":                       "range_empty",
		"tick_interval=20":                    "range_empty",
		"start=-3 end=3 step=2 placeholder=0": "range_step",
		"step=2 tick_interval=3":              "range_step",
		"placeholder=11":                      "range_outside",
		"end=NaN":                             "parameter_number",
		"end=1e99":                            "parameter_number",
		"end=9999999999":                      "parameter_number",
		"step=0.0000001":                      "parameter_number",
		"end=0x10":                            "parameter_number",
		"stop=3":                              "parameter_unknown",
		"start 3":                             "parameters_malformed",
		"start==3":                            "parameters_malformed",
	} {
		version, findings := read(whole("  - {type: range, name: q, label: Q, parameters: \"" + parameters + "\"}\n"))
		got := ""
		if version == nil {
			_, got, _ = strings.Cut(places(findings)[0], " ")
		} else {
			r := version.Element("q").Range
			for at := range r.Len() {
				got += " " + r.At(at)
			}
			got = got[1:]
		}
		if got != want {
			t.Errorf("%q: %s, want %s", parameters, got, want)
		}
	}
}

func TestTriggerAndRandomize(t *testing.T) {
	version, findings := read(whole("  - {type: select_one yn, name: a, label: A, parameters: \"randomize=true seed=${b}\"}\n" +
		"  - {type: integer, name: b, label: B}\n  - {type: calculate, name: c, calculation: now(), trigger: \", ${a},, ${ b },${a}\"}\n"))
	if version == nil {
		t.Fatal(findings)
	}
	if a := version.Element("a"); !a.Randomize || !slices.Equal(a.Seed.References(), []string{"b"}) || !slices.Equal(version.Element("c").Triggers, []*survey.Element{a, version.Element("b")}) {
		t.Errorf("%+v", a)
	}
	for question, want := range map[string]string{
		"{type: rank yn, name: q, label: Q, parameters: randomize=perhaps}":                  "parameter_boolean",
		"{type: rank yn, name: q, label: Q, parameters: randomize=true seed=x}":              "parameter_number",
		"{type: rank yn, name: q, label: Q, parameters: seed=3}":                             "parameter_seed",
		"{type: rank yn, name: q, label: Q, parameters: value=id}":                           "parameter_unknown",
		"{type: text, name: q, label: Q, parameters: rows=few}":                              "parameter_number",
		"{type: range, name: q, label: Q, parameters: placeholder=2, appearance: picker}":    "parameter_appearance",
		"{type: rank yn, name: q, label: Q, parameters: order=any}":                          "parameter_unknown",
		"{type: text, name: q, label: Q, calculation: now(), trigger: q}":                    "bad_trigger",
		"{type: text, name: q, label: Q, calculation: now(), trigger: \"${q}, q\"}":          "bad_trigger",
		"{type: calculate, name: q, calculation: now(), trigger: \"${q}\"}":                  "trigger_unseen",
		"{type: text, name: q, label: Q, trigger: \"${q}\"}":                                 "trigger_without_calculation",
		"{type: calculate, name: q, calculation: now(), trigger: \"${nobody}\"}":             "unknown_reference",
		"{type: select_one yn, name: q, label: Q, parameters: \"randomize=true seed=${z}\"}": "unknown_reference",
	} {
		_, findings := read(whole("  - " + question + "\n"))
		if len(findings) != 1 || findings[0].Key != "survey."+want {
			t.Errorf("%s: %v, want %s", question, places(findings), want)
		}
	}
}

// TestRangeCounts: of any range exactly its own numbers are in it.
func TestRangeCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, step := rapid.Int64Range(-1000, 1000).Draw(t, "start"), rapid.Int64Range(1, 50).Draw(t, "step")
		r := survey.Range{Start: start, End: start + step*rapid.Int64Range(1, 30).Draw(t, "steps")*rapid.SampledFrom([]int64{-1, 1}).Draw(t, "way"),
			Step: step, Decimals: rapid.IntRange(0, 6).Draw(t, "decimals")}
		for at := range r.Len() {
			if !r.Has(r.At(at)) {
				t.Fatalf("%s is not in %+v", r.At(at), r)
			}
		}
		if r.Has(r.At(-1)) || r.Has(r.At(r.Len())) || r.Has(r.At(0)+"x") || r.Has("NaN") || r.Has("") {
			t.Fatalf("%+v has too much", r)
		}
		low, _ := strconv.ParseFloat(r.Low(), 64)
		high, _ := strconv.ParseFloat(r.High(), 64)
		if low >= high {
			t.Fatalf("from %v to %v", low, high)
		}
	})
}

func TestTypedChoices(t *testing.T) {
	list := func(labels ...string) *survey.Version {
		text := "id: t\nlanguage: de\ntitle: T\nchoices:\n  l:\n"
		for at, label := range labels {
			text += "    - {name: \"" + strconv.Itoa(at+1) + "\", label: \"" + label + "\"}\n"
		}
		version, findings := read(text + "questions:\n  - {type: select_one l, name: q, label: Q, appearance: autocomplete}\n")
		if version == nil {
			t.Fatal(findings)
		}
		return version
	}
	q := list("Bad  Ems", "Çankırı").Element("q")
	if !q.Typed() || q.ChoiceByLabel(" bad ems ") != 0 || q.ChoiceByLabel("ÇANKIRI") != -1 || q.ChoiceByLabel("çankırı") != 1 || q.ChoiceByLabel("") != -1 {
		t.Error("labels are not found")
	}
	for _, ambiguous := range [][]string{{"Ems", "ems"}, {"2", "3"}, {"a **b**", "c"}, {"${q}", "c"}} {
		if list(ambiguous...).Element("q").Typed() {
			t.Errorf("%q can be typed", ambiguous)
		}
	}
}

// TestTypesInYAML: what the types need is written and read back the same.
func TestTypesInYAML(t *testing.T) {
	s, findings := survey.ReadYAML("test.yaml", []byte(whole("  - {type: range, name: a, label: A, parameters: start=0 end=5, appearance: rating, guidance_hint: G}\n"+
		"  - {type: rank yn, name: b, label: B, parameters: randomize=true seed=3}\n  - {type: time, name: c, label: C}\n"+
		"  - {type: dateTime, name: d, label: D, default: now()}\n  - {type: calculate, name: e, calculation: now(), trigger: \"${a}\"}\n")))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	written, err := survey.WriteYAML(s)
	if err != nil {
		t.Fatal(err)
	}
	again, findings := survey.ReadYAML("test.yaml", written)
	if findings.Fatal() {
		t.Fatalf("%v in\n%s", findings, written)
	}
	before, _ := survey.Compile(s)
	after, _ := survey.Compile(again)
	if before.Hash != after.Hash || !strings.Contains(string(written), "trigger: ${a}") {
		t.Errorf("read back otherwise:\n%s", written)
	}
}
