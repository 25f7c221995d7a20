package server

import (
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// plainFragment is a text without markup.
func plainFragment(text string) fragment {
	return fragment{Lead: template.HTML(html.EscapeString(text))} //nolint:gosec // escaped
}

// only says in words for whom an element is, "" for everybody. Where the
// condition cannot be said in a sentence, it says that not everybody is meant.
func (f *printedForm) only(e *survey.Element) string {
	if e.Relevant == nil {
		return ""
	}
	condition, ok := e.Relevant.Condition()
	said := ""
	if ok {
		said, ok = f.condition(condition)
	}
	if !ok {
		return f.T("paper.condition.some")
	}
	return f.T("paper.only_if", "Condition", said)
}

// condition says a condition, false when it is about something that is not asked
// on paper.
func (f *printedForm) condition(c expression.Condition) (string, bool) {
	if len(c.Parts) == 0 {
		return f.statement(c)
	}
	parts := make([]string, len(c.Parts))
	for at, part := range c.Parts {
		said, ok := f.condition(part)
		if !ok {
			return "", false
		}
		if len(part.Parts) > 0 {
			said = "(" + said + ")"
		}
		parts[at] = said
	}
	join := "paper.condition.or"
	if c.All {
		join = "paper.condition.and"
	}
	return strings.Join(parts, " "+f.T(join)+" "), true
}

// statement says what is asked of the answer to one question.
func (f *printedForm) statement(c expression.Condition) (string, bool) {
	e := f.wave.Version.Element(c.Question)
	number, asked := f.numbers[e]
	if e == nil || !asked {
		return "", false
	}
	say := func(key string, more ...any) string {
		return f.T("paper.condition."+key, append([]any{"Number", f.Number(float64(number), 0)}, more...)...)
	}
	switch c.Relation {
	case expression.SaysAnswered, expression.SaysUnanswered:
		return say(string(c.Relation)), true
	case expression.SaysChosen, expression.SaysNotChosen:
		if e.Type == survey.Acknowledge {
			return say(map[expression.Relation]string{expression.SaysChosen: "answered", expression.SaysNotChosen: "unanswered"}[c.Relation]), true
		}
		if e.Choices == nil {
			return f.compared(c, say)
		}
		labels, ok := f.labels(e, func(choice *survey.Choice) bool { return slices.Contains(c.Values, choice.Name) })
		return say(string(c.Relation), "Answers", labels), ok
	}
	if e.Choices == nil {
		return f.compared(c, say)
	}
	// Choices named by numbers: those that fulfil the comparison are named.
	limit, err := strconv.ParseFloat(c.Values[0], 64)
	labels, ok := f.labels(e, func(choice *survey.Choice) bool {
		value, bad := strconv.ParseFloat(choice.Name, 64)
		return bad == nil && fulfils(value, c.Relation, limit)
	})
	return say("chosen", "Answers", labels), ok && err == nil
}

// compared says a comparison with a number.
func (f *printedForm) compared(c expression.Condition, say func(string, ...any) string) (string, bool) {
	sign := string(c.Relation)
	switch c.Relation {
	case expression.SaysChosen:
		sign = "="
	case expression.SaysNotChosen:
		sign = "≠"
	}
	values := make([]string, len(c.Values))
	for at, value := range c.Values {
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return "", false
		}
		values[at] = sign + " " + f.Digits(value)
	}
	return say("compared", "Value", strings.Join(values, " / ")), true
}

// labels names the choices that are meant.
func (f *printedForm) labels(e *survey.Element, meant func(*survey.Choice) bool) (string, bool) {
	var labels []string
	for _, choice := range e.Choices.Choices {
		if meant(choice) {
			label := f.say(choice.Label)
			if label.Empty() {
				label = named(choice)
			}
			labels = append(labels, f.Isolate(label.First()))
		}
	}
	return strings.Join(labels, " / "), len(labels) > 0
}

func fulfils(value float64, relation expression.Relation, limit float64) bool {
	switch relation {
	case expression.SaysLess:
		return value < limit
	case expression.SaysLessEqual:
		return value <= limit
	case expression.SaysGreater:
		return value > limit
	case expression.SaysGreaterEqual:
		return value >= limit
	}
	return false
}
