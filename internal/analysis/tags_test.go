package analysis

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// openSurvey has free texts, of which one is sensitive, one stands in a repeat and
// one's variable has to give way to a question.
func openSurvey() *survey.Survey {
	node := func(kind survey.Type, name, list string) *survey.Node {
		return &survey.Node{Type: kind, Name: name, List: list, Label: text(name)}
	}
	reason, child := node(survey.TextType, "reason", ""), node(survey.Repeat, "child", "")
	reason.Sensitive, reason.Relevant = true, "${likes} = 'no'"
	child.Children = []*survey.Node{node(survey.TextType, "hobby", "")}
	return &survey.Survey{ID: "open", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("Open"),
		Choices: []*survey.ChoiceList{choices("yesno", "yes", "no")},
		Nodes:   []*survey.Node{node(survey.SelectOne, "likes", "yesno"), node(survey.TextType, "wish", ""), reason, child, node(survey.SelectOne, "tags_wish", "yesno")}}
}

// taggedOf are the tags a and b of a question.
func taggedOf(question string, given map[uint64][]string) Tagged {
	return Tagged{Question: question, Label: text(question), Tags: []survey.Choice{{Name: "a", Label: text("A")}, {Name: "b", Label: text("B")}},
		None: text("none"), Open: text("open"), Given: given}
}

// openWave is a release of 60: every second one likes it; the first 50 wrote a
// wish, all but two of those who do not like it a reason, and everybody has two
// children of whom every third one's second has a hobby.
func openWave(t *testing.T, all ...Tagged) (*Schema, *Explorer) {
	t.Helper()
	schema := NewSchema(compiled(t, openSurvey()))
	element := func(name string) *survey.Element { return schema.version.Element(name) }
	var rows []*Row
	for i := range 60 {
		row := schema.NewRow()
		row.Key, row.Language = keyOf(i), []string{"de", "ar"}[i/30]
		set(t, row, "likes", []string{"yes", "no"}[i%2])
		give := func(instance int, name string, given bool) {
			state := NoAnswer
			if given {
				state = Given
			}
			if err := row.Set(instance, element(name), state, slices.Repeat([]string{"x"}, map[bool]int{true: 1}[given])...); err != nil {
				t.Fatal(err)
			}
		}
		give(Main, "wish", i < 50)
		if i%2 == 1 {
			give(Main, "reason", i > 3)
		}
		for second := range 2 {
			give(row.Add(element("child")), "hobby", second == 1 && i%3 == 0)
		}
		rows = append(rows, row)
	}
	columns := NewColumns(schema)
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	release := Close(columns, NewSnapshot(schema, 5), nil, Breakdown{})
	return schema, must(release.Explore(columns, Breakdown{}, Options{Calculated: schema.WithTags(nil, all...)}))
}

// keyOf is the record key of a respondent.
func keyOf(i int) uint64 { return uint64(i+1) * 0x9e3779b97f4a7c15 }

// wishes are the tags of the wishes: of the first 30 those of even number a, every
// third b; then ten whom none fits, one way or another; the rest are open.
func wishes() map[uint64][]string {
	given := map[uint64][]string{}
	for i := range 40 {
		names := []string{}
		if i < 30 && i%2 == 0 {
			names = append(names, "a")
		}
		if i < 30 && i%3 == 0 {
			names = append(names, "b")
		}
		if i == 35 {
			names = append(names, "gone", TagOpen)
		}
		given[keyOf(i)] = names
	}
	return given
}

// perturbedCount is what is shown in place of so many respondents.
func perturbedCount(in func(i int) bool) int {
	count, key := 0, uint64(0)
	for i := range 60 {
		if in(i) {
			count, key = count+1, key+keyOf(i)
		}
	}
	return perturb.Shipped().Count(count, key)
}

// TestTags: the counts of the whole wave and of groups are those of the tags that
// were given, each perturbed by the keys of whom it counts.
func TestTags(t *testing.T) {
	given := wishes()
	schema, x := openWave(t, taggedOf("wish", given))
	const name = "tags_wish_2"
	if got := schema.TagsVariable("wish"); got != name {
		t.Fatalf("the variable is called %s", got)
	}
	has := func(tag string) func(i int) bool {
		return func(i int) bool {
			names, coded := given[keyOf(i)]
			switch tag {
			case TagNone:
				return coded && !slices.Contains(names, "a") && !slices.Contains(names, "b")
			case TagOpen:
				return !coded && i < 50
			}
			return slices.Contains(names, tag)
		}
	}
	for what, c := range map[string]struct {
		query Query
		in    func(i int) bool
	}{
		"whole wave": {Query{}, func(int) bool { return true }},
		"a language": {Query{Filters: []Condition{{VariableLanguage, "de"}}}, func(i int) bool { return i < 30 }},
		"an answer":  {Query{Filters: []Condition{{"likes", "yes"}}}, func(i int) bool { return i%2 == 0 }},
	} {
		c.query.Questions = []string{name}
		group := must(x.Query(c.query)).Groups[0]
		f := group.Figures[0]
		both := func(tag func(int) bool) int { return perturbedCount(func(i int) bool { return c.in(i) && tag(i) }) }
		if !f.Perturbed || f.Kind != Multiple || f.Role != survey.Opinion || *f.Base != both(func(i int) bool { return i < 40 }) || *f.NoAnswer != both(func(i int) bool { return i >= 50 }) {
			t.Errorf("%s: %+v", what, f)
		}
		var names []string
		for _, cell := range append(slices.Clone(f.Cells), f.Apart...) {
			names = append(names, cell.Name)
			if cell.Suppressed || *cell.Count != both(has(cell.Name)) {
				t.Errorf("%s: %s: %v, want %d", what, cell.Name, cell.Count, both(has(cell.Name)))
			}
		}
		if strings.Join(names, " ") != "a b _none _open" {
			t.Errorf("%s: the choices are %v", what, names)
		}
	}
	// As a condition, a tag leads to those who have it.
	group := must(x.Query(Query{Filters: []Condition{{name, "b"}}, Questions: []string{"likes"}})).Groups[0]
	if want := perturbedCount(has("b")); *group.N != want || !group.Perturbed {
		t.Errorf("with b: %d, want %d", *group.N, want)
	}
	divided := must(x.Query(Query{By: []string{name}, Questions: []string{"likes"}}))
	found := map[string]int{}
	for _, one := range divided.Groups {
		found[strings.Join(one.Values[0], " ")] = *one.N
	}
	want := map[string]int{"a": perturbedCount(has("a")), "b": perturbedCount(has("b")), TagNone: perturbedCount(has(TagNone)), TagOpen: perturbedCount(has(TagOpen))}
	if !maps.Equal(found, want) {
		t.Errorf("by tag: %v, want %v", found, want)
	}
	if answer := must(x.Query(Query{})); !slices.ContainsFunc(answer.Groups[0].Figures, func(f Figure) bool { return f.Question == name }) {
		t.Error("a query for all leaves the tags out")
	}
}

// TestTagsOfFew: below k coded texts, or of the group, nothing is shown; a tag of
// few leads nowhere.
func TestTagsOfFew(t *testing.T) {
	given := wishes()
	few := map[uint64][]string{}
	for i := range 4 {
		few[keyOf(i)] = []string{"a"}
	}
	_, x := openWave(t, taggedOf("wish", few))
	if f := must(x.Query(Query{Questions: []string{"tags_wish_2"}})).Groups[0].Figures[0]; f.Base != nil || f.Withheld != TooFew {
		t.Errorf("of four: %+v", f)
	}
	if _, err := x.Query(Query{By: []string{"tags_wish_2"}}); failure.CodeOf(err) != failure.Forbidden {
		t.Errorf("by tags of four: %v", err)
	}
	for key, names := range given {
		given[key] = slices.DeleteFunc(names, func(name string) bool { return name == "b" })
	}
	for i := range 4 {
		given[keyOf(i)] = append(given[keyOf(i)], "b")
	}
	_, x = openWave(t, taggedOf("wish", given))
	if _, err := x.Query(Query{Filters: []Condition{{"tags_wish_2", "b"}}}); failure.As(err).Key != "error.query_"+string(TooFewLeft) {
		t.Errorf("a tag of four: %v", err)
	}
	// Of 30 who answered in Arabic ten are coded, five of those who like it.
	answer := must(x.Query(Query{Filters: []Condition{{VariableLanguage, "ar"}}, By: []string{"likes"}, Questions: []string{"tags_wish_2"}}))
	shown := 0
	for _, group := range answer.Groups {
		if group.Refused != NotRefused {
			continue
		}
		shown++
		if f := group.Figures[0]; f.Base == nil || !f.Perturbed {
			t.Errorf("%v: %+v", group.Values, f)
		}
	}
	if shown != 2 {
		t.Errorf("%d groups of those who wrote in Arabic", shown)
	}
}

// TestTagsOfSensitiveAndRepeated: a sensitive question's tags hide what few have;
// those of a repeat are of the respondent.
func TestTagsOfSensitiveAndRepeated(t *testing.T) {
	reasons, hobbies := map[uint64][]string{}, map[uint64][]string{}
	for i := range 60 {
		if i%2 == 1 && i > 3 {
			reasons[keyOf(i)] = []string{"a"}
			if i < 10 {
				reasons[keyOf(i)] = []string{"b"}
			}
		}
		if i%6 == 0 {
			hobbies[keyOf(i)] = []string{"a", "b"}
		}
	}
	_, x := openWave(t, taggedOf("reason", reasons), taggedOf("hobby", hobbies), taggedOf("likes", nil), Tagged{Question: "wish"})
	f := must(x.Query(Query{Questions: []string{"tags_reason"}})).Groups[0].Figures[0]
	if f.Role != survey.Sensitive || !f.Perturbed || !f.Cells[1].Suppressed || f.Cells[1].Count != nil {
		t.Errorf("a sensitive one: %+v", f)
	}
	f = must(x.Query(Query{Questions: []string{"tags_hobby"}})).Groups[0].Figures[0]
	if *f.Base != perturbedCount(func(i int) bool { return i%6 == 0 }) || *f.Apart[0].Count != perturbedCount(func(i int) bool { return i%6 == 3 }) ||
		*f.NoAnswer != perturbedCount(func(i int) bool { return i%3 != 0 }) || f.Repeated {
		t.Errorf("in a repeat: %+v", f)
	}
	for _, name := range []string{"tags_likes", "tags_wish_2"} {
		if _, err := x.Query(Query{Questions: []string{name}}); failure.CodeOf(err) != failure.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTagsVariableIsKept: no calculated variable takes the name of one of tags.
func TestTagsVariableIsKept(t *testing.T) {
	schema := NewSchema(compiled(t, openSurvey()))
	variable := func(name string) Variable {
		return Variable{Name: name, Label: map[string]string{"en": name}, Definition: Definition{Kind: Recode, Source: "likes",
			Categories: []Merged{{Name: "y", Label: map[string]string{"en": "y"}, Choices: []string{"yes"}}}}}
	}
	for name, free := range map[string]bool{"tags_wish_2": false, "tags_reason": false, "tags_hobby": false, "tags_likes": true, "tags_wish_3": true} {
		if err := schema.CheckVariable(variable(name), nil); (err == nil) != free {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := schema.WithTags(schema.Calculate([]Variable{variable("half")}), taggedOf("wish", wishes()))
	if c.Element("half") == nil || c.Element("tags_wish_2") == nil || !c.Divides("tags_wish_2") || fmt.Sprint(len(c.Variables())) != "1" {
		t.Errorf("%+v", c)
	}
}
