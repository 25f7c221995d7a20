package survey

import (
	"slices"
	"strings"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/failure"
)

// conditions finds what is never shown, offered or accepted, and conditions
// that are the same whatever is answered. It goes through the survey in the
// order of dependence, so that what it knows of one question helps with the
// next.
func (r *reviewer) conditions() {
	for _, e := range r.version.Order() {
		r.relevance(e)
		r.choices(e)
	}
	for _, e := range r.version.Elements {
		r.unknownChoices(e)
		if r.unreachable[e.Index] {
			r.report.Unreachable = append(r.report.Unreachable, e.Name)
			continue
		}
		if e.Type.Asked() && !e.LabelsOnly() {
			r.constant(e, "constraint", e.Constraint, e.Name)
			r.constant(e, "required", e.Required, "")
		}
	}
}

// decide tells what conditions on the element are; self names the question
// whose answer "." is, and which has one.
func (r *reviewer) decide(e *Element, self string, column func(string) (string, bool), trees ...*expression.Tree) expression.Outlook {
	prospect := &expression.Prospect{Budget: &r.budget, Self: self, Column: column,
		Domain: func(name string) (expression.Domain, bool) {
			domain, known := r.domain(e, name)
			domain.Answered = self != "" && name == self
			return domain, known
		}}
	return prospect.Decide(trees...)
}

// domain tells what the answers to a question can be, seen from an element.
func (r *reviewer) domain(from *Element, name string) (expression.Domain, bool) {
	q := r.version.Element(name)
	if q == nil || !q.Type.Answered() || !visible(from, q) {
		return expression.Domain{}, false
	}
	switch {
	case r.unreachable[q.Index]:
		return expression.Domain{Form: expression.OneOf}, true
	case q.Calculation != nil:
	case q.Type == Acknowledge:
		return expression.Domain{Form: expression.OneOf, Names: []string{"OK"}}, true
	case q.Type == SelectOne:
		return expression.Domain{Form: expression.OneOf, Names: r.chosen(q)}, true
	case q.Type == SelectMultiple:
		return expression.Domain{Form: expression.SomeOf, Names: r.chosen(q)}, true
	}
	return expression.Domain{Form: expression.AnyText}, true
}

// chosen lists what can be chosen. A default is there without being chosen, and
// so may be a choice that no filter lets through.
func (r *reviewer) chosen(q *Element) []string {
	if names, filtered := r.offered[q]; filtered && q.Node.Default == "" {
		return names
	}
	if r.names[q.Choices] == nil {
		for _, choice := range q.Choices.Choices {
			r.names[q.Choices] = append(r.names[q.Choices], choice.Name)
		}
	}
	return r.names[q.Choices]
}

// visible tells whether ${q} is one answer, seen from the element: q stands in
// no repeat, or in one around the element.
func visible(from, q *Element) bool {
	for around := from.Within; ; around = around.Within {
		if around == q.Within {
			return true
		}
		if around == nil {
			return false
		}
	}
}

// relevance finds out whether the element can be shown at all.
func (r *reviewer) relevance(e *Element) {
	if e.Parent != nil && r.unreachable[e.Parent.Index] {
		r.unreachable[e.Index] = true // told at the group
		return
	}
	if e.Relevant == nil {
		return
	}
	at := e.Place("relevant")
	switch r.decide(e, "", nil, e.Relevant) {
	case expression.Never:
		r.unreachable[e.Index] = true
		r.find(failure.Warning, at, "review.unreachable", e.Node.Relevant, "name", e.Name, "group", e.Type.Contains(), "expression", clip(e.Node.Relevant))
		return
	case expression.Always:
		r.find(failure.Hint, at, "review.always", e.Node.Relevant, "name", e.Name, "property", "relevant", "expression", clip(e.Node.Relevant))
		return
	}
	trees := []*expression.Tree{e.Relevant}
	var groups []string
	for around := e.Parent; around != nil; around = around.Parent {
		if around.Relevant != nil && r.sameFrom(around, around.Relevant) {
			trees = append(trees, around.Relevant)
			groups = append(groups, around.Name)
		}
	}
	if len(groups) > 0 && r.decide(e, "", nil, trees...) == expression.Never {
		r.unreachable[e.Index] = true
		r.find(failure.Warning, at, "review.contradicts_group", e.Node.Relevant, "name", e.Name,
			"groups", strings.Join(groups, ", "), "expression", clip(e.Node.Relevant))
	}
}

// sameFrom tells whether a condition of a group means the same answers as it
// would from inside: from outside of a repeat, a question in it is many.
func (r *reviewer) sameFrom(group *Element, tree *expression.Tree) bool {
	return !slices.ContainsFunc(tree.References(), func(name string) bool {
		q := r.version.Element(name)
		return q == nil || !visible(group, q)
	})
}

// constant tells of a constraint or required condition that is always the same.
func (r *reviewer) constant(e *Element, property string, tree *expression.Tree, self string) {
	if tree == nil {
		return
	}
	key, severity := "", failure.Hint
	switch r.decide(e, self, nil, tree) {
	case expression.Open:
		return
	case expression.Always:
		key = "review.always"
	case expression.Never:
		key = "review.never"
		if property == "constraint" { // no answer is ever accepted
			key, severity = "review.constraint_never", failure.Warning
		}
	}
	r.find(severity, e.Place(property), key, tree.Source(), "name", e.Name, "property", property, "expression", clip(tree.Source()))
}

// choices finds out which choices pass the filter for some answers.
func (r *reviewer) choices(e *Element) {
	if e.ChoiceFilter == nil || e.Choices == nil || r.unreachable[e.Index] {
		return
	}
	columns := e.ChoiceFilter.Columns()
	known := map[string]expression.Outlook{} // by what stands in the columns
	var offered, never []string
	open := false
	for _, choice := range e.Choices.Choices {
		column := func(name string) (string, bool) {
			switch name {
			case "name":
				return choice.Name, true
			case "label": // differs from language to language
				return "", false
			}
			return choice.Values[name], true
		}
		var row strings.Builder
		for _, name := range columns {
			text, _ := column(name)
			row.WriteString(text + "\x00")
		}
		outlook, decided := known[row.String()]
		if !decided {
			outlook = r.decide(e, "", column, e.ChoiceFilter)
			known[row.String()] = outlook
		}
		open = open || outlook != expression.Always
		if outlook != expression.Never {
			offered = append(offered, choice.Name)
		} else {
			never = append(never, choice.Name)
		}
	}
	r.offered[e] = offered
	if e.Choices.AllowDuplicates { // offered under the same name after all
		passes := make(map[string]bool, len(offered))
		for _, name := range offered {
			passes[name] = true
		}
		never = slices.DeleteFunc(never, func(name string) bool { return passes[name] })
	}
	at, source := e.Place("choice_filter"), e.Node.ChoiceFilter
	switch {
	case !open:
		r.find(failure.Hint, at, "review.always", source, "name", e.Name, "property", "choice_filter", "expression", clip(source))
	case len(offered) == 0:
		r.find(failure.Warning, at, "review.offers_nothing", source, "name", e.Name, "expression", clip(source))
	case len(never) > 0:
		const named = 10
		r.find(failure.Warning, at, "review.never_offered", source, "name", e.Name, "list", e.List, "count", len(never),
			"choices", strings.Join(never[:min(len(never), named)], ", "), "more", max(0, len(never)-named), "expression", clip(source))
	}
}

// unknownChoices tells of comparisons with a choice that the question's list
// does not have, by far the most frequent reason why something is never shown.
func (r *reviewer) unknownChoices(e *Element) {
	e.Expressions(func(property string, tree *expression.Tree) {
		for _, one := range tree.Comparisons() {
			q := e
			if one.Question != "" {
				q = r.version.Element(one.Question)
			}
			if q == nil || q.Choices == nil || q.Type == Rank || q.Calculation != nil ||
				one.Question == "" && property != "constraint" || strings.Contains(one.Text, " ") || r.holds(q, one) {
				continue
			}
			suggestion := ""
			if r.counts["review.no_such_choice"] < maxSuggestions {
				names := r.chosen(q)
				suggestion = nearest(one.Text, slices.Clone(names[:min(len(names), maxCompared)]))
			}
			r.find(failure.Warning, e.Place(property), "review.no_such_choice", tree.Source(), "name", e.Name, "property", property,
				"question", q.Name, "choice", clip(one.Text), "list", q.List, "suggestion", suggestion)
		}
	})
}

// holds tells whether a question's list has the choice of a comparison; true
// also when there is no time left to find out.
func (r *reviewer) holds(q *Element, one expression.Comparison) bool {
	if q.ChoiceIndex(one.Text) >= 0 {
		return true
	}
	r.budget -= len(q.Choices.Choices)
	return r.budget < 0 || slices.ContainsFunc(q.Choices.Choices, func(c *Choice) bool { return one.Equals(c.Name) })
}

// maxCompared is how many names a wrong one is compared with.
const maxCompared = 1000
