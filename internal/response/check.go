package response

import (
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// Check computes what the survey computes, drops what is not relevant and
// returns everything that is wrong with the rest, in the order of the survey.
// now is the respondent's time: what today() and now() give.
func (a *Answers) Check(now time.Time) []Problem {
	a.Settle(now, false)
	scope := a.scope(now)
	var problems []Problem
	for _, e := range a.Version.Elements {
		a.root.each(e, func(in *instance) {
			if problem := in.judge(scope, e); problem != nil {
				problem.Name, problem.Element = in.prefix()+e.Name, e
				problems = append(problems, *problem)
			}
		})
	}
	return problems
}

// Settle computes relevance and calculations in dependency order. Answers that
// are not relevant are dropped; with keep they stand and count as relevant,
// since an import's answers were given to a form that asked for them, and
// computed values stand as the phone computed them on its day.
func (a *Answers) Settle(now time.Time, keep bool) {
	scope := a.scope(now)
	for _, e := range a.Version.Order() {
		a.root.each(e, func(in *instance) { in.settle(a, scope, e, keep) })
	}
}

// scope makes what expressions see, for one cell after the other.
func (a *Answers) scope(now time.Time) *scope {
	return &scope{version: a.Version, language: a.Language, now: now}
}

func (in *instance) settle(a *Answers, scope *scope, e *survey.Element, keep bool) {
	c := in.cell(e)
	scope.in, scope.self, scope.element = in, c, e
	c.irrelevant = in.around(e) || e.Relevant != nil && !e.Relevant.Truth(scope)
	if c.irrelevant {
		if keep && (c.values != nil || len(c.instances) > 0) {
			in.revive(e)
			return
		}
		c.values, c.text, c.problem, c.instances = nil, "", nil, nil
		return
	}
	switch {
	case e.Type == survey.Calculate && e.Calculation == nil:
		in.set(e, []string{e.Node.Default})
	case e.Calculation != nil && (e.Type == survey.Calculate || e.ReadOnly):
		// What was drawn on the phone stays as it was drawn, and what waits for a
		// trigger as it was computed when that changed (both have passed the
		// check of their type): computed anew it would be another value. Without
		// JavaScript it is computed here.
		if (keep || len(e.Triggers) > 0 || e.Calculation.Volatile()) && c.values != nil {
			return
		}
		if len(e.Triggers) > 0 && !in.triggered(e) {
			return
		}
		in.set(e, []string{e.Calculation.Evaluate(scope).Text()})
		// What does not fit, such as the sum of unanswered questions, is no
		// value: nobody could mend it.
		c.problem = nil
	case e.RepeatCount != nil && !keep:
		a.count(in, e, e.RepeatCount.Evaluate(scope).Number())
	}
}

// triggered tells whether any of the questions is answered that a calculation
// waits for.
func (in *instance) triggered(e *survey.Element) bool {
	return slices.ContainsFunc(e.Triggers, func(on *survey.Element) bool {
		host := in.host(on)
		return host != nil && host.cell(on).text != ""
	})
}

// around tells whether the nearest container is not relevant.
func (in *instance) around(e *survey.Element) bool {
	switch {
	case e.Parent == nil || e.Parent == in.repeat:
		return false // an instance exists only where its repeat is relevant
	default:
		return in.cell(e.Parent).irrelevant
	}
}

// revive makes an element and everything around it relevant.
func (in *instance) revive(e *survey.Element) {
	for at := e; at != nil && at != in.repeat; at = at.Parent {
		in.cell(at).irrelevant = false
	}
}

// count brings a repeat to the number of instances that repeat_count asks for.
func (a *Answers) count(in *instance, repeat *survey.Element, number float64) {
	if !(number >= 0) { // NaN: what it counts is not answered yet
		number = 0
	}
	c := in.cell(repeat)
	want := int(min(number, MaxInstances))
	for len(c.instances) < want && a.Add(Place{in}, repeat).in != nil {
	}
	c.instances = c.instances[:min(want, len(c.instances))]
}

// judge returns what is wrong with one relevant element's answer.
func (in *instance) judge(scope *scope, e *survey.Element) *Problem {
	c := in.cell(e)
	switch {
	case c.irrelevant || !e.Type.Asked() || e.LabelsOnly():
		return nil // a note that is required would hold everybody up for good
	case c.problem != nil:
		problem := *c.problem
		return &problem
	case c.values == nil && e.Node.Required == "":
		return nil
	}
	scope.in, scope.self, scope.element = in, c, e
	if c.values == nil {
		if e.Node.Required == "yes" || e.Required != nil && e.Required.Truth(scope) {
			return &Problem{Key: "respondent.problem.required", Message: e.RequiredMessage}
		}
		return nil
	}
	switch {
	case e.ChoicesFrom != nil:
		if !slices.Contains(scope.answersOf(e), c.text) {
			return &Problem{Key: "respondent.problem.choice_not_offered", Params: map[string]any{"choice": clip(c.text)}}
		}
	case e.ChoiceFilter != nil:
		if problem := scope.filtered(e, c); problem != nil {
			return problem
		}
	}
	if e.Constraint != nil && !e.Constraint.Truth(scope) {
		return &Problem{Key: "respondent.problem.constraint", Message: e.ConstraintMessage}
	}
	return nil
}

// filtered tells what is wrong with an answer when only the choices count that
// the filter lets through.
func (s *scope) filtered(e *survey.Element, c *cell) *Problem {
	defer func() { s.choice = nil }()
	names := c.values
	if e.Type == survey.Rank {
		names = strings.Fields(c.text)
		offered := 0
		for _, choice := range e.Choices.Choices {
			if s.offers(e, choice) {
				offered++
			}
		}
		if len(names) < offered {
			return &Problem{Key: rankProblem, Params: map[string]any{"choices": offered}}
		}
	}
	for _, name := range names {
		// A list may hold a name twice, for different filters.
		if !slices.ContainsFunc(e.Choices.Choices, func(c *survey.Choice) bool { return c.Name == name && s.offers(e, c) }) {
			return &Problem{Key: "respondent.problem.choice_not_offered", Params: map[string]any{"choice": name}}
		}
	}
	return nil
}

// Offered tells whether a choice passes the element's choice filter here.
func (p Place) Offered(version *survey.Version, e *survey.Element, choice *survey.Choice, now time.Time) bool {
	if e.ChoiceFilter == nil {
		return true
	}
	scope := &scope{version: version, language: version.Language, now: now, in: p.in, self: p.in.cell(e), element: e}
	return scope.offers(e, choice)
}

// scope is what an expression sees from one cell.
type scope struct {
	version  *survey.Version
	language string
	now      time.Time
	in       *instance
	self     *cell
	element  *survey.Element
	choice   *survey.Choice // in a choice filter
	holder   *instance      // in one among a repeat's answers: where the answer stands
	label    string
}

func (s *scope) offers(e *survey.Element, choice *survey.Choice) bool {
	s.choice = choice
	s.label, _ = choice.Label.In(s.version.Language)
	return e.ChoiceFilter.Truth(s)
}

// Reference returns the value of ${name} as seen from the cell: its own
// instance's inside a repeat, all instances' from outside.
func (s *scope) Reference(name string) expression.Value {
	e := s.version.Element(name)
	if e == nil {
		return expression.Node("")
	}
	if s.holder != nil && !e.Type.Contains() {
		if host := s.holder.host(e); host != nil {
			return expression.Node(host.cell(e).relevantText())
		}
	}
	if e.Type == survey.Repeat { // its instances, which have no text of their own
		return expression.Nodes(make([]string, len(s.Find(name, s.Place()))))
	}
	if host := s.in.host(e); host != nil {
		return expression.Node(host.cell(e).relevantText())
	}
	from := s.in.host(outermost(e, s.in))
	var texts []string
	from.each(e, func(in *instance) {
		if c := in.cell(e); !c.irrelevant { // what is not relevant has no node
			texts = append(texts, c.text)
		}
	})
	return expression.Nodes(texts)
}

// outermost returns the repeat around e whose instances the instance sees as
// siblings: the one that lies directly in a place that holds both.
func outermost(e *survey.Element, in *instance) *survey.Element {
	repeat := e.Within
	for in.host(repeat) == nil {
		repeat = repeat.Within
	}
	return repeat
}

// Self returns the cell's own value.
func (s *scope) Self() expression.Value { return expression.Node(s.self.text) }

// Column returns a column of the choice that a choice filter looks at.
func (s *scope) Column(name string) expression.Value {
	switch {
	case s.choice == nil:
		return expression.Node("")
	case name == "name":
		return expression.Node(s.choice.Name)
	case name == "label":
		return expression.Node(s.label)
	}
	return expression.Node(s.choice.Values[strings.TrimSpace(name)])
}

// Now returns the respondent's time.
func (s *scope) Now() time.Time { return s.now }
