package response_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// drawnSurvey draws a survey full of conditions, many of which can never hold.
func drawnSurvey(t *rapid.T) *survey.Survey {
	s := &survey.Survey{ID: "s", Language: "de", Choices: []*survey.ChoiceList{
		{Name: "l", Choices: []*survey.Choice{{Name: "a"}, {Name: "b"}, {Name: "1"}}},
		{Name: "m", Columns: []string{"of"}, Choices: []*survey.Choice{
			{Name: "x", Values: map[string]string{"of": "a"}}, {Name: "y", Values: map[string]string{"of": "zzz"}}, {Name: "z"}}},
	}}
	count := 0
	var names []string
	condition := func(depth int) string { return "" }
	condition = func(depth int) string {
		if depth > 0 && rapid.Bool().Draw(t, "junction") {
			junction := rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "operator")
			return "(" + condition(depth-1) + junction + condition(depth-1) + ")"
		}
		name := "${" + rapid.SampledFrom(names).Draw(t, "reference") + "}"
		literal := rapid.SampledFrom([]string{"'a'", "'b'", "'c'", "1", "2", "''", "'x'", "'y'", "'OK'", "'yes'"}).Draw(t, "literal")
		switch rapid.IntRange(0, 5).Draw(t, "form") {
		case 0:
			return "selected(" + name + ", " + literal + ")"
		case 1:
			return "not(" + name + " = " + literal + ")"
		case 2:
			return name + rapid.SampledFrom([]string{" > ", " <= "}).Draw(t, "relation") + literal
		case 3:
			return "count-selected(" + name + ") > 2"
		}
		return name + " = " + literal
	}
	var nodes func(depth, most int) []*survey.Node
	nodes = func(depth, most int) []*survey.Node {
		var made []*survey.Node
		for range rapid.IntRange(1, most).Draw(t, "nodes") {
			count++
			node := &survey.Node{Name: fmt.Sprintf("q%d", count)}
			node.Type = rapid.SampledFrom([]survey.Type{survey.SelectOne, survey.SelectOne, survey.SelectMultiple, survey.Integer,
				survey.TextType, survey.Acknowledge, survey.Calculate, survey.Group, survey.Repeat}).Draw(t, "type")
			if node.Type.Contains() && depth == 0 {
				node.Type = survey.SelectOne
			}
			if len(names) > 0 && rapid.IntRange(0, 2).Draw(t, "conditional") > 0 {
				node.Relevant = condition(2)
			}
			switch {
			case node.Type.Contains():
				node.Children = nodes(depth-1, 3)
			case node.Type.Selects():
				node.List = "l"
				if len(names) > 0 && rapid.Bool().Draw(t, "filtered") {
					node.List = "m"
					node.ChoiceFilter = rapid.SampledFrom([]string{"of = ", "name != "}).Draw(t, "filter") + "${" + rapid.SampledFrom(names).Draw(t, "by") + "}"
				}
				if rapid.IntRange(0, 5).Draw(t, "default") == 0 {
					node.Default = "y"
				}
			case node.Type == survey.Calculate:
				node.Calculation = rapid.SampledFrom([]string{"'a'", "1 + 1", "concat('a', '')"}).Draw(t, "calculation")
			case len(names) > 0 && rapid.Bool().Draw(t, "constrained"):
				node.Constraint = rapid.SampledFrom([]string{". < 0 and . > 3", ". = '' or . != ''", ". >= 0", "${" + node.Name + "} < 2 and . > 5"}).Draw(t, "constraint")
			}
			if !node.Type.Contains() {
				names = append(names, node.Name)
			}
			made = append(made, node)
		}
		return made
	}
	s.Nodes = nodes(2, 8)
	return s
}

// places returns every place that holds the element.
func holders(from response.Place, within *survey.Element) []response.Place {
	if within == nil {
		return []response.Place{from}
	}
	var found []response.Place
	for _, outer := range holders(from, within.Within) {
		found = append(found, outer.Instances(within)...)
	}
	return found
}

// drawnAnswers draws answers that a respondent can give: of filtered lists only
// what is offered.
func drawnAnswers(t *rapid.T, v *survey.Version, now time.Time) *response.Answers {
	answers := response.New(v)
	for _, e := range v.Elements {
		for _, at := range holders(answers.Top(), e.Within) {
			switch e.Type {
			case survey.Repeat:
				for range rapid.IntRange(0, 2).Draw(t, "instances") {
					answers.Add(at, e)
				}
			case survey.SelectOne, survey.SelectMultiple:
				var names []string
				for _, choice := range e.Choices.Choices {
					if rapid.Bool().Draw(t, "chosen") {
						names = append(names, choice.Name)
					}
				}
				if e.Type == survey.SelectOne && len(names) > 1 {
					names = names[:1]
				}
				if len(names) == 0 && e.Node.Default != "" {
					names = []string{e.Node.Default}
				}
				at.Set(e, names...)
			case survey.Integer, survey.TextType:
				at.Set(e, rapid.SampledFrom([]string{"", "-1", "0", "1", "2", "4", "7"}).Draw(t, "value"))
			case survey.Acknowledge:
				at.Set(e, rapid.SampledFrom([]string{"", "OK"}).Draw(t, "value"))
			}
		}
	}
	for range len(v.Elements) {
		answers.Settle(now, false)
		changed := false
		for _, e := range v.Elements {
			if e.ChoiceFilter == nil {
				continue
			}
			for _, at := range holders(answers.Top(), e.Within) {
				kept := slices.DeleteFunc(slices.Clone(at.Values(e)), func(name string) bool {
					return name != e.Node.Default && !at.Offered(v, e, e.Choices.Choices[e.ChoiceIndex(name)], now)
				})
				if len(kept) < len(at.Values(e)) {
					at.Set(e, kept...)
					changed = true
				}
			}
		}
		if !changed {
			break
		}
	}
	answers.Settle(now, false)
	return answers
}

// TestReviewIsSound: what the report says is never shown or offered, or always
// the same, is so for any answers that can be given.
func TestReviewIsSound(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	claims := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		v, _ := survey.Compile(drawnSurvey(t))
		if v == nil {
			return // refers in a circle
		}
		report := survey.Review(v)
		for range 6 {
			answers := drawnAnswers(t, v, now)
			for _, name := range report.Unreachable {
				e := v.Element(name)
				claims["unreachable"]++
				for _, at := range holders(answers.Top(), e.Within) {
					if at.Relevant(e) {
						t.Fatalf("%s is said to be unreachable: %s\n%s", name, e.Node.Relevant, answers.AppendJSON(nil, response.Anonymous))
					}
				}
			}
			for _, one := range report.Findings {
				name, _ := one.Params["name"].(string)
				e := v.Element(name)
				if e == nil {
					continue
				}
				for _, at := range holders(answers.Top(), e.Within) {
					claims[one.Key]++
					switch one.Key {
					case "review.always", "review.never", "review.constraint_never":
						checkConstant(t, answers, at, e, one.Params["property"].(string), one.Key == "review.always", now)
					case "review.never_offered":
						for choice := range strings.SplitSeq(one.Params["choices"].(string), ", ") {
							if at.Offered(v, e, e.Choices.Choices[e.ChoiceIndex(choice)], now) {
								t.Fatalf("%s offers %s: %s", name, choice, e.Node.ChoiceFilter)
							}
						}
					case "review.offers_nothing":
						for _, choice := range e.Choices.Choices {
							if at.Offered(v, e, choice, now) {
								t.Fatalf("%s offers %s: %s", name, choice.Name, e.Node.ChoiceFilter)
							}
						}
					}
				}
			}
		}
	})
	for _, kind := range []string{"unreachable", "review.always", "review.constraint_never", "review.never_offered"} {
		if claims[kind] == 0 {
			t.Errorf("no claim of kind %s was put to the test", kind)
		}
	}
	t.Log(claims)
}

func checkConstant(t *rapid.T, answers *response.Answers, at response.Place, e *survey.Element, property string, want bool, now time.Time) {
	if property == "constraint" && at.Text(e) == "" {
		return // judges answers only
	}
	e.Expressions(func(name string, tree *expression.Tree) {
		if name != property {
			return
		}
		choices := []*survey.Choice{nil}
		if property == "choice_filter" {
			choices = e.Choices.Choices
		}
		for _, choice := range choices {
			if got := tree.Truth(answers.Env(at, e, choice, now)); got != want {
				t.Fatalf("%s of %s is said to be always %v: %s\n%s", property, e.Name, want, tree.Source(), answers.AppendJSON(nil, response.Anonymous))
			}
		}
	})
}
