package response_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/response"
)

// TestCheck shows what is stored of fields and what is told as wrong. The
// question "water" is required, so most rows answer it.
func TestCheck(t *testing.T) {
	v := compiled(t, withoutCalculations(household))
	for _, c := range []struct{ name, fields, want, problems string }{
		{"required is asked for", "", `{}`, "water required"},
		{"required and given", "water=no", `{"water":"no"}`, ""},
		{"required by an expression", "age=20&water=yes", `{"age":"20","water":"yes"}`, "sources required"},
		{"not required by an expression", "age=12&water=yes", `{"age":"12","water":"yes"}`, ""},
		{"an answer in a group that is not relevant is dropped", "water=no&sources=tap", `{"water":"no"}`, ""},
		{"so is what rests on it", "water=no&sources=other&sources_other=x", `{"water":"no"}`, ""},
		{"a wrong value that is not relevant is no problem", "water=no&sources=nowhere", `{"water":"no"}`, ""},
		{"relevant by another answer", "water=yes&sources=other&sources_other=x", `{"water":"yes","sources":["other"],"sources_other":"x"}`, ""},
		{"constraint", "water=no&age=120", `{"age":"120","water":"no"}`, "age constraint"},
		{"constraint with today()", "water=no&since=2026-03-06", `{"water":"no","since":"2026-03-06"}`, "since constraint"},
		{"today is not later than today", "water=no&since=2026-03-05", `{"water":"no","since":"2026-03-05"}`, ""},
		{"choice filter lets through", "water=no&county=re&town=marl", `{"water":"no","county":"re","town":"marl"}`, ""},
		{"choice filter refuses", "water=no&county=bo&town=marl", `{"water":"no","county":"bo","town":"marl"}`, "town choice_not_offered"},
		{"choice filter without its source", "water=no&town=marl", `{"water":"no","town":"marl"}`, "town choice_not_offered"},
		{"a wrong type", "water=no&cost=cheap", `{"water":"no"}`, "cost not_a_number"},
		{"unknown among several ticks", "water=yes&sources=tap&sources=nowhere", `{"water":"yes"}`, "sources unknown_choice"},
		{"hidden", "water=no&origin=poster", `{"water":"no","origin":"poster"}`, ""},
		{"required in every instance", "water=no&age=40&children[0].child_age=3&children[1].nick=Bea", `{"age":"40","water":"no","children":[{"child_age":"3"},{"nick":"Bea"}]}`,
			"children[0].nick required"},
		{"constraint against an answer outside", "water=no&age=30&children[0].nick=A&children[0].child_age=31",
			`{"age":"30","water":"no","children":[{"nick":"A","child_age":"31"}]}`, "children[0].child_age constraint"},
		{"relevance in each instance", "water=no&children[0].nick=A&children[0].child_age=4&children[0].school=x&children[1].nick=B&children[1].child_age=7&children[1].school=y",
			`{"water":"no","children":[{"nick":"A","child_age":"4"},{"nick":"B","child_age":"7","school":"y"}]}`, "children[0].child_age constraint; children[1].child_age constraint"},
		{"a repeat that is not relevant", "water=no&age=12&children[0].nick=A&children[0].hobbies[0].hobby=x", `{"age":"12","water":"no"}`, ""},
		{"repeat_count cuts off", "water=no&rooms=1&room[0].area_m2=9&room[1].area_m2=8", `{"water":"no","rooms":"1","room":[{"area_m2":"9"}]}`, ""},
		{"repeat_count fills up", "water=no&rooms=2&room[0].area_m2=9", `{"water":"no","rooms":"2","room":[{"area_m2":"9"},{}]}`, ""},
		{"repeat_count of nothing", "water=no&room[0].area_m2=9", `{"water":"no"}`, ""},
		{"repeat_count below zero", "water=no&rooms=-3&room[0].area_m2=9", `{"water":"no","rooms":"-3"}`, ""},
	} {
		answers, unknown := response.Read(v, given(t, c.fields))
		problems := append(unknown, answers.Check(noon())...)
		if got := document(answers); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := listed(problems); got != c.problems {
			t.Errorf("%s: problems %q, want %q", c.name, got, c.problems)
		}
	}
}

// withoutCalculations removes the lines of computed questions.
func withoutCalculations(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "calculation:") }), "\n")
}

func TestComputedValuesCannotBeSent(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "water=no&age=20&double_age=7&next_age=7&first_child=x"))
	answers.Check(noon())
	if got, want := document(answers), `{"age":"20","water":"no","double_age":"40","next_age":"21"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestReferences follows calculations and relevance across repeats.
func TestReferences(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "water=no&age=50"+
		"&children[0].nick=Ali&children[0].child_age=8&children[0].hobbies[0].hobby=Lego&children[0].hobbies[1].hobby=Ball"+
		"&children[1].nick=Bea&children[1].child_age=19&children[1].hobbies[0].hobby=Rad"))
	if problems := answers.Check(noon()); len(problems) > 0 {
		t.Fatal(listed(problems))
	}
	want := `"hobbies":[{"hobby":"Lego","whose":"Ali: Lego"},{"hobby":"Ball","whose":"Ali: Ball"}]},` +
		`{"nick":"Bea","child_age":"19","school":`
	if got := document(answers); !strings.Contains(got, want[:strings.Index(want, `,{"nick"`)]) || !strings.Contains(got, `"whose":"Bea: Rad"`) {
		t.Errorf("references inside repeats: %s", got)
	}
	top := answers.Top()
	if got := top.Text(v.Element("first_child")); got != "Ali" {
		t.Errorf("from outside the first instance counts: %q", got)
	}
	// Any of the children makes the note relevant.
	if !top.Relevant(v.Element("grown_up")) {
		t.Error("a comparison with all instances is true when one fulfils it")
	}
}

// TestWhatIsNotRelevantHasNoNode: an answer that is not relevant is absent from
// outside as well, so that no comparison holds for it, not even "!=".
func TestWhatIsNotRelevantHasNoNode(t *testing.T) {
	v := compiled(t, `
id: nodes
language: de
title: T
questions:
  - type: repeat
    name: people
    label: P
    questions:
      - {type: integer, name: age, label: A}
      - {type: text, name: job, label: J, relevant: "${age} > 15"}
  - {type: text, name: unusual, label: U, relevant: "${job} != 'baker'"}
`)
	for fields, want := range map[string]bool{
		"people[0].age=9":                                      false,
		"people[0].age=9&people[0].job=cook":                   false,
		"people[0].age=30&people[0].job=baker":                 false,
		"people[0].age=30&people[0].job=cook":                  true,
		"people[0].age=30":                                     true, // asked, not answered: an empty node differs from baker
		"people[0].age=9&people[1].age=30&people[1].job=baker": false,
	} {
		answers, _ := response.Read(v, given(t, fields))
		answers.Check(noon())
		if got := answers.Top().Relevant(v.Element("unusual")); got != want {
			t.Errorf("%s: relevant %v", fields, got)
		}
	}
}

func TestMessagesOfTheAuthor(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "water=yes&age=200"))
	problems := answers.Check(noon())
	if len(problems) != 2 || problems[0].Message["de"].Text != "Bitte prüfen" || problems[1].Message["de"].Text != "Für Erwachsene nötig" {
		t.Errorf("%+v", problems)
	}
	if problems[0].Element != v.Element("age") {
		t.Errorf("element %v", problems[0].Element)
	}
}

// TestComputedValuesThatDoNotFit: nobody could mend them, so they are no value
// and no problem.
func TestComputedValuesThatDoNotFit(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "water=no"))
	if problems := answers.Check(noon()); len(problems) > 0 {
		t.Errorf("a read-only sum of nothing: %s", listed(problems))
	}
	if got := answers.Top().Values(v.Element("next_age")); got != nil {
		t.Errorf("next_age is %q", got)
	}
}

func TestOffered(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "county=re"))
	town := v.Element("town")
	var offered []string
	for _, choice := range town.Choices.Choices {
		if answers.Top().Offered(v, town, choice, noon()) {
			offered = append(offered, choice.Name)
		}
	}
	if got := strings.Join(offered, " "); got != "marl herten" {
		t.Errorf("offered %s", got)
	}
	county := v.Element("county")
	if !answers.Top().Offered(v, county, county.Choices.Choices[0], noon()) {
		t.Error("without a filter everything is offered")
	}
}

// TestSettleKeeps: what an import or the store gives stands, and counts as
// relevant with all that is around it.
func TestSettleKeeps(t *testing.T) {
	v := compiled(t, household)
	read := func() *response.Answers {
		answers, _ := response.Read(v, given(t, "age=12&water=no&sources=other&sources_other=x&children[0].nick=A&double_age=25&rooms=0&room[0].area_m2=9"))
		return answers
	}
	kept := read()
	kept.Settle(noon(), true)
	want := `{"age":"12","water":"no","sources":["other"],"sources_other":"x","double_age":"25","next_age":"13",` +
		`"children":[{"nick":"A"}],"first_child":"A","rooms":"0","room":[{"area_m2":"9"}]}`
	if got := document(kept); got != want {
		t.Errorf("kept %s\nwant %s", got, want)
	}
	if top := kept.Top(); !top.Relevant(v.Element("details")) || !top.Relevant(v.Element("sources")) || !top.Relevant(v.Element("children")) {
		t.Error("what is given counts as relevant")
	}
	dropped := read()
	dropped.Settle(noon(), false)
	if got, want := document(dropped), `{"age":"12","water":"no","double_age":"24","next_age":"13","rooms":"0"}`; got != want {
		t.Errorf("settled %s\nwant %s", got, want)
	}
	if dropped.Top().Relevant(v.Element("sources")) {
		t.Error("what stands in a group that is not relevant is not relevant")
	}
}

func TestSettlingTwiceChangesNothing(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "age=30&water=yes&sources=tap&children[0].nick=A&rooms=3"))
	answers.Settle(noon(), false)
	before := document(answers)
	answers.Settle(noon(), false)
	answers.Settle(noon(), true)
	if got := document(answers); got != before {
		t.Errorf("%s became %s", before, got)
	}
}

// TestTheDayIsTheRespondents: today() is what the caller says it is.
func TestTheDayIsTheRespondents(t *testing.T) {
	v := compiled(t, household)
	answers, _ := response.Read(v, given(t, "water=no&since=2026-03-06"))
	if problems := answers.Check(noon().Add(24 * time.Hour)); len(problems) > 0 {
		t.Error(listed(problems))
	}
}
