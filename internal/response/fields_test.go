package response_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"bedarfslotse/internal/response"
)

// TestRead shows what becomes of fields: the answers as stored, and what is
// told of names and values. Calculations that say nothing here are left out of
// what is compared.
func TestRead(t *testing.T) {
	v := compiled(t, household)
	for _, c := range []struct{ name, fields, want, problems string }{
		{"nothing", "", `{}`, ""},
		{"plain", "age=7&size=2", `{"age":"7","size":"2"}`, ""},
		{"empty fields are no answer", "age=&remark=+%0a&size=", `{}`, ""},
		{"the document's own fields", "submission_id=x&version=1&lang=de&code=&:page=2&age=1", `{"age":"1"}`, ""},
		{"a name the survey does not have", "agee=1&age=1", `{"age":"1"}`, "agee unknown_question"},
		{"a group", "about=1", `{}`, "about unknown_question"},
		{"a note", "welcome=1", `{}`, "welcome unknown_question"},
		{"a repeat itself", "children=1", `{}`, "children unknown_question"},
		{"choices in the list's order, each once", "sources=other&sources=tap&sources=other", `{"sources":["tap","other"]}`, ""},
		{"several values for one", "age=1&age=2", `{}`, ""},
		{"a repeat", "children[0].nick=Ali&children[1].nick=Bea", `{"children":[{"nick":"Ali"},{"nick":"Bea"}]}`, ""},
		{"gaps are closed", "children[7].nick=Bea&children[2].nick=Ali", `{"children":[{"nick":"Ali"},{"nick":"Bea"}]}`, ""},
		{"empty instances go", "children[0].nick=&children[1].nick=Bea", `{"children":[{"nick":"Bea"}]}`, ""},
		{"a repeat in a repeat", "children[0].hobbies[1].hobby=Ball&children[0].hobbies[0].hobby=Lego",
			`{"children":[{"hobbies":[{"hobby":"Lego"},{"hobby":"Ball"}]}]}`, ""},
		{"the last possible instance", "children[199].nick=Z", `{"children":[{"nick":"Z"}]}`, ""},
		{"one too many", "children[200].nick=Z", `{}`, "children[200].nick too_many_instances"},
		{"far too many", "children[99999999999999999999].nick=Z", `{}`, "children[99999999999999999999].nick too_many_instances"},
		{"a negative number", "children[-1].nick=Z", `{}`, "children[-1].nick unknown_question"},
		{"numbers in disguise", "children[01].nick=Z&children[%2B1].nick=Z", `{}`, "children[+1].nick unknown_question; children[01].nick unknown_question"},
		{"no number", "children[].nick=Z", `{}`, "children[].nick unknown_question"},
		{"no name", "[0].nick=Z", `{}`, "[0].nick unknown_question"},
		{"nothing behind", "children[0].=Z", `{}`, "children[0]. unknown_question"},
		{"a question that does not repeat", "age[0].nick=Z", `{}`, "age[0].nick unknown_question"},
		{"a repeat in itself", "children[0].children[0].nick=Z", `{}`, "children[0].children[0].nick unknown_question"},
		{"the inner repeat alone", "hobbies[0].hobby=Z", `{}`, "hobbies[0].hobby unknown_question"},
		{"a repeated question without number", "nick=Z", `{}`, "nick unknown_question"},
		{"a question from outside", "children[0].age=1", `{}`, "children[0].age unknown_question"},
		{"too many brackets", "children[0]].nick=Z&children[[0].nick=Z", `{}`, "children[0]].nick unknown_question; children[[0].nick unknown_question"},
		{"broken names", "%ff%00=1", `{}`, "�� unknown_question"},
	} {
		answers, problems := response.Read(v, given(t, c.fields))
		if got := document(answers); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := listed(problems); got != c.problems {
			t.Errorf("%s: problems %q, want %q", c.name, got, c.problems)
		}
	}
}

// TestReadIsBounded sends what no honest respondent would.
func TestReadIsBounded(t *testing.T) {
	v := compiled(t, household)
	fields := url.Values{}
	for i := range 5000 {
		fields[fmt.Sprintf("x%d", i)] = []string{"1"}
	}
	if _, problems := response.Read(v, fields); len(problems) != 100 {
		t.Errorf("%d problems are told", len(problems))
	}
	fields = url.Values{}
	for child := range 200 {
		for hobby := range 30 {
			fields[fmt.Sprintf("children[%d].hobbies[%d].hobby", child, hobby)] = []string{"x"}
		}
	}
	answers, problems := response.Read(v, fields)
	if len(problems) == 0 || !strings.HasSuffix(problems[0].Key, "too_many_instances") {
		t.Errorf("6000 instances: %d problems", len(problems))
	}
	if got := strings.Count(document(answers), `"hobby"`); got == 0 || got > 2000 {
		t.Errorf("%d instances were made", got)
	}
	long := strings.Repeat("é", 300)
	if _, problems := response.Read(v, map[string][]string{long: {"1"}}); utf8.RuneCountInString(problems[0].Name) != 80 {
		t.Errorf("a long name is quoted as %q", problems[0].Name)
	}
}

func TestNormalisation(t *testing.T) {
	v := compiled(t, household)
	for _, c := range []struct{ question, raw, want, problem string }{
		{"age", " 7 ", "7", ""},
		{"age", "٣٤", "34", ""},
		{"age", "۳۴", "34", ""},
		{"age", "\u200f٧\u200e", "7", ""},
		{"age", "−5", "-5", ""},
		{"age", "+5", "5", ""},
		{"age", "007", "7", ""},
		{"age", "-0", "0", ""},
		{"age", "7.5", "", "not_an_integer"},
		{"age", "1e3", "", "not_an_integer"},
		{"age", "0x10", "", "not_an_integer"},
		{"age", "1_000", "", "not_an_integer"},
		{"age", "seven", "", "not_an_integer"},
		{"age", "9007199254740992", "9007199254740992", ""},
		{"age", "9007199254740993", "", "number_too_large"},
		{"age", "99999999999999999999999", "", "number_too_large"},
		{"age", "-99999999999999999999999", "", "number_too_large"},
		{"cost", "1,5", "1.5", ""},
		{"cost", "1.5", "1.5", ""},
		{"cost", "١٫٥", "1.5", ""},
		{"cost", "-0", "0", ""},
		{"cost", "-0.0", "0", ""},
		{"cost", "1e3", "1000", ""},
		{"cost", ".5", "0.5", ""},
		{"cost", "1.234,5", "", "not_a_number"},
		{"cost", "1,234,567", "", "not_a_number"},
		{"cost", "NaN", "", "not_a_number"},
		{"cost", "Infinity", "", "not_a_number"},
		{"cost", "0x1p-2", "", "not_a_number"},
		{"cost", "1_0", "", "not_a_number"},
		{"cost", "1e999", "", "number_too_large"},
		{"cost", "-1e16", "", "number_too_large"},
		{"cost", "1e-300", "", "number_too_large"},
		{"since", "2026-03-01", "2026-03-01", ""},
		{"since", "٢٠٢٦-٠٣-٠١", "2026-03-01", ""},
		{"since", "2026-02-30", "", "not_a_date"},
		{"since", "01.03.2026", "", "not_a_date"},
		{"since", "1899-12-31", "", "not_a_date"},
		{"since", "2201-01-01", "", "not_a_date"},
		{"size", "2", "2", ""},
		{"size", "٢", "", "unknown_choice"},
		{"size", "4", "", "unknown_choice"},
		{"agreed", "on", "OK", ""},
		{"remark", "  a\r\nb\rc  ", "a\nb\nc", ""},
		{"remark", "e\u0301", "é", ""},
		{"remark", "مرحبا", "مرحبا", ""},
		{"remark", "a\x00b", "", "broken_characters"},
		{"remark", "\xff", "", "broken_characters"},
		{"remark", strings.Repeat("ü", response.MaxText), strings.Repeat("ü", response.MaxText), ""},
		{"remark", strings.Repeat("ü", response.MaxText+1), "", "text_too_long"},
	} {
		answers, unknown := response.Read(v, map[string][]string{c.question: {c.raw}})
		e := v.Element(c.question)
		if got := answers.Top().Text(e); got != c.want || len(unknown) > 0 {
			t.Errorf("%s %.40q: %.40q, want %.40q", c.question, c.raw, got, c.want)
		}
		if answers.Top().Fits(e) != (c.problem == "") {
			t.Errorf("%s %.40q: fits is %v", c.question, c.raw, c.problem != "")
		}
		problem := ""
		for _, one := range answers.Check(noon()) {
			if one.Name == c.question && c.want == "" {
				problem = strings.TrimPrefix(one.Key, "respondent.problem.")
			}
		}
		if problem != c.problem {
			t.Errorf("%s %.40q: problem %q, want %q", c.question, c.raw, problem, c.problem)
		}
	}
}

func TestPlacesLeadToTheAnswers(t *testing.T) {
	v := compiled(t, household)
	answers := response.New(v)
	children, hobbies := v.Element("children"), v.Element("hobbies")
	answers.Add(answers.Top(), children)
	second := answers.Add(answers.Top(), children)
	inner := answers.Add(second, hobbies)
	inner.Set(v.Element("hobby"), "Lego")
	if got := inner.Prefix(); got != "children[1].hobbies[0]." {
		t.Errorf("prefix %q", got)
	}
	places := answers.Top().Instances(children)
	if len(places) != 2 || places[1].Number() != 1 || len(places[0].Instances(hobbies)) != 0 {
		t.Errorf("instances %v", places)
	}
	if got := places[1].Instances(hobbies)[0].Values(v.Element("hobby")); len(got) != 1 || got[0] != "Lego" {
		t.Errorf("values %v", got)
	}
	for range response.MaxInstances {
		answers.Add(answers.Top(), children)
	}
	if got := len(answers.Top().Instances(children)); got != response.MaxInstances {
		t.Errorf("%d instances", got)
	}
}

// FuzzRead feeds arbitrary bodies: nothing crashes, what is accepted survives
// storing, and normalising again changes nothing.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"age=7", "children[0].nick=A&children[0].hobbies[3].hobby=b", "sources=tap&sources=other&water=yes",
		"remark=%ff", "since=2026-03-01&cost=1,5", "a[99999999999].b=1", "[0].x=1", "children[0].children[0].nick=1", "rooms=3&room[1].area_m2=2"} {
		f.Add(seed)
	}
	v := compiled(f, household)
	f.Fuzz(func(t *testing.T, body string) {
		fields, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		answers, _ := response.Read(v, fields)
		answers.Check(noon())
		stored := document(answers)
		if !utf8.ValidString(stored) {
			t.Fatalf("stored as %q", stored)
		}
		again, err := response.FromJSON(v, []byte(stored))
		if err != nil {
			t.Fatal(err)
		}
		again.Settle(noon(), true)
		if got := document(again); got != stored {
			t.Fatalf("%s came back as %s", stored, got)
		}
		response.ContentHash(fields)
	})
}
