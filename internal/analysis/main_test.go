package analysis

import (
	"fmt"

	"bedarfslotse/internal/survey"
)

// text is a label in the surveys made for tests.
func text(s string) survey.Text { return survey.Text{"en": {Text: s}} }

func choices(name string, names ...string) *survey.ChoiceList {
	list := &survey.ChoiceList{Name: name}
	for _, one := range names {
		list.Choices = append(list.Choices, &survey.Choice{Name: one, Label: text(one),
			NonSubstantive: one == "dont_know"})
	}
	return list
}

// scaleList is a list of scores 1..m and "don't know".
func scaleList(name string, m int) *survey.ChoiceList {
	list := choices(name)
	for score := 1; score <= m; score++ {
		list.Choices = append(list.Choices, &survey.Choice{Name: fmt.Sprintf("s%d", score),
			Label: text("score"), Score: &score})
	}
	list.Choices = append(list.Choices, choices("", "dont_know").Choices...)
	return list
}

func many(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return names
}

// everyKind is a survey with a question of every kind.
func everyKind() *survey.Survey {
	node := func(kind survey.Type, name, list string) *survey.Node {
		return &survey.Node{Type: kind, Name: name, List: list, Label: text(name)}
	}
	pair := func(name string, as survey.Aspect) *survey.Node {
		n := node(survey.SelectOne, name, "scale")
		n.Measures = &survey.Measure{Field: "language_support", As: as}
		return n
	}
	opinion := node(survey.SelectMultiple, "barriers", "barrier")
	opinion.Measures = &survey.Measure{Field: "language_support", As: survey.Barrier}
	filtered := node(survey.SelectOne, "school", "school")
	filtered.Relevant = "${children} = 'yes'"
	offers := node(survey.Repeat, "offers", "")
	offers.Attributed = true
	offers.Children = []*survey.Node{node(survey.TextType, "offer", "")}
	child := node(survey.Repeat, "child", "")
	child.Children = []*survey.Node{node(survey.Integer, "age", ""), node(survey.SelectMultiple, "languages", "big"),
		node(survey.SelectOne, "grade", "school")}
	return &survey.Survey{ID: "every_kind", Version: "1", Language: "en", Languages: []string{"en"},
		Title: text("Every kind"),
		Choices: []*survey.ChoiceList{choices("yesno", "yes", "no"), choices("school", "primary", "middle", "high", "dont_know"),
			choices("barrier", "cost", "distance", "time", "none", "dont_know"), choices("big", many("l", 90)...),
			choices("huge", many("v", 300)...), choices("wide", many("w", 20)...), scaleList("scale", 5)},
		Nodes: []*survey.Node{
			node(survey.Note, "hello", ""),
			node(survey.SelectOne, "children", "yesno"), filtered, pair("importance", survey.Importance),
			pair("state", survey.State), opinion, node(survey.SelectMultiple, "speaks", "big"),
			node(survey.SelectMultiple, "wishes", "wide"),
			node(survey.SelectOne, "village", "huge"), node(survey.Integer, "members", ""),
			node(survey.Decimal, "distance", ""), node(survey.Date, "arrived", ""), node(survey.TextType, "remarks", ""),
			node(survey.Acknowledge, "agreed", ""),
			{Type: survey.Calculate, Name: "computed", Calculation: "1 + 1"}, child, offers,
		}}
}

// test is a test of the testing package or of rapid.
type test interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

func compiled(t test, s *survey.Survey) *survey.Version {
	t.Helper()
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatalf("the test survey does not compile: %v", findings)
	}
	return version
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func set(t test, row *Row, name string, values ...string) {
	t.Helper()
	e := row.schema.version.Element(name)
	if e == nil {
		t.Fatalf("no question %s", name)
	}
	if err := row.Set(Main, e, Given, values...); err != nil {
		t.Fatal(err)
	}
}

func figureOf(t test, results Results, name string) Figure {
	t.Helper()
	for _, figure := range results.Figures {
		if figure.Question == name {
			return figure
		}
	}
	t.Fatalf("no figure of %s", name)
	return Figure{}
}

// value shows a pointer's number in test messages.
func value[T any](p *T) any {
	if p == nil {
		return "hidden"
	}
	return *p
}
