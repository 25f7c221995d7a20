package main

import (
	"fmt"
	"strings"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// rule is one expression of a question, or of a group around it, with its value.
type rule struct {
	Of       string `json:"of"` // the question or group
	Property string `json:"property"`
	Source   string `json:"expression"`
	Choice   string `json:"choice,omitempty"` // of a choice filter: the one judged
	evaluated
}

// explanation is what eval --question prints as JSON.
type explanation struct {
	Question string `json:"question"`
	Type     string `json:"type"`
	Shown    bool   `json:"shown"`
	Answer   string `json:"answer"`
	Rules    []rule `json:"rules"`
}

// maxChoices is how many choices of a filtered list are judged one by one.
const maxChoices = 100

// explainQuestion tells what the conditions around a question and its own
// expressions give, in the order in which they decide.
func (e *evaluation) explainQuestion(asJSON bool) error {
	q, told := e.element, explanation{Question: e.path, Type: string(e.element.Type), Shown: true}
	var around []*survey.Element
	for at := q; at != nil; at = at.Parent {
		around = append([]*survey.Element{at}, around...)
	}
	for _, at := range around {
		if at.Relevant == nil {
			continue
		}
		one := e.rule(at, "relevant", at.Relevant, nil)
		told.Rules = append(told.Rules, one)
		if !one.truth() {
			told.Shown = false
			break // what is inside is not judged in the survey either
		}
	}
	if told.Shown {
		told.Answer = e.at.Text(q)
		q.Expressions(func(property string, tree *expression.Tree) {
			switch property {
			case "relevant":
			case "choice_filter":
				for _, choice := range q.Choices.Choices[:min(len(q.Choices.Choices), maxChoices)] {
					told.Rules = append(told.Rules, e.rule(q, property, tree, choice))
				}
			default:
				told.Rules = append(told.Rules, e.rule(q, property, tree, nil))
			}
		})
	}
	if asJSON {
		told.Rules = append([]rule{}, told.Rules...)
		return printJSON(e.stdout, told)
	}
	e.printExplanation(told)
	return nil
}

// rule evaluates one expression where its element stands.
func (e *evaluation) rule(of *survey.Element, property string, tree *expression.Tree, choice *survey.Choice) rule {
	there := *e
	there.element = of
	if holder, ok := e.at.Holder(of); ok {
		there.at = holder
	}
	one := rule{Of: of.Name, Property: property, Source: strings.TrimSpace(tree.Source()), evaluated: there.evaluate(tree, choice, true)}
	if choice != nil {
		one.Choice = choice.Name
	}
	return one
}

// truth is the rule's value as a condition takes it.
func (r rule) truth() bool {
	switch value := r.Value.(type) {
	case bool:
		return value
	case []string:
		return strings.Join(value, "") != ""
	}
	if r.Type == "number" {
		return r.Text != "0" && r.Text != "NaN"
	}
	return r.Text != ""
}

func (e *evaluation) printExplanation(told explanation) {
	key := "command.eval.shown"
	if !told.Shown {
		key = "command.eval.not_shown"
	}
	path := told.Question
	if path == "" {
		path = e.element.Name
	}
	fmt.Fprintln(e.stdout, e.words.T(key, "name", path, "type", told.Type))
	if told.Answer != "" {
		fmt.Fprintln(e.stdout, e.words.T("command.eval.answer", "answer", told.Answer))
	}
	for _, one := range told.Rules {
		what := one.Property
		if one.Of != e.element.Name {
			what = one.Of + ": " + what
		}
		if one.Choice != "" {
			what += " (" + one.Choice + ")"
		}
		fmt.Fprintf(e.stdout, "\n%s: %s\n", what, one.Source)
		if len(one.Steps) == 0 { // a literal
			fmt.Fprintf(e.stdout, "  → %s\n", shownStep(step{Value: one.Value, Type: one.Type}))
		}
		e.printSteps(one.Steps, 1)
	}
	if len(told.Rules) == 0 {
		fmt.Fprintln(e.stdout, e.words.T("command.eval.no_rules"))
	}
	if told.Shown && e.element.ChoiceFilter != nil && len(e.element.Choices.Choices) > maxChoices {
		fmt.Fprintln(e.stdout, e.words.T("command.eval.more_choices", "count", len(e.element.Choices.Choices)-maxChoices))
	}
	if e.element.Node.Required == "yes" {
		fmt.Fprintln(e.stdout, e.words.T("command.eval.required"))
	}
}

// printSteps prints steps, each indented by how deep it lies.
func (e *evaluation) printSteps(steps []step, indent int) {
	for _, one := range steps {
		fmt.Fprint(e.stdout, strings.Repeat("  ", indent+one.Depth))
		if one.Item != "" {
			fmt.Fprintf(e.stdout, "[%s] ", one.Item)
		}
		fmt.Fprintf(e.stdout, "%s → %s", one.Expression, shownStep(one))
		if one.Note != "" {
			fmt.Fprintf(e.stdout, "  (%s)", one.Note)
		}
		fmt.Fprintln(e.stdout)
	}
}

// shownStep writes a step's value, and where a path has led to. Groups and
// instances have no texts that would tell more.
func shownStep(one step) string {
	texts, _ := one.Value.([]string)
	switch {
	case one.Type == "number": // NaN has no quotes
		return fmt.Sprint(one.Value)
	case len(one.Nodes) == 0:
		return shownValue(one.Value)
	case strings.Join(texts, "") == "":
		return strings.Join(one.Nodes, ", ")
	}
	return shownValue(one.Value) + "  " + strings.Join(one.Nodes, ", ")
}

// shownValue writes a value for a person: texts in quotes, nodes with commas.
func shownValue(value any) string {
	const most = 20
	switch value := value.(type) {
	case string:
		return "'" + value + "'"
	case []string:
		if len(value) == 0 {
			return "∅"
		}
		shown := make([]string, 0, len(value))
		for _, text := range value[:min(len(value), most)] {
			shown = append(shown, "'"+text+"'")
		}
		if len(value) > most {
			shown = append(shown, "…")
		}
		return strings.Join(shown, ", ")
	}
	return fmt.Sprint(value)
}
