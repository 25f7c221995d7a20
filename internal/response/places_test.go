package response_test

import (
	"testing"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// TestPaths computes one calculation for each thing that walks, over a survey
// with nested repeats and a list.
func TestPaths(t *testing.T) {
	h := func(name, calculation string) *survey.Node {
		return &survey.Node{Name: name, Type: survey.Calculate, Calculation: calculation}
	}
	q := func(name string, kind survey.Type) *survey.Node {
		return &survey.Node{Name: name, Type: kind, Label: survey.Text{"de": {Text: name}}}
	}
	fruit := q("fruit", survey.SelectOne)
	fruit.List = "fruit"
	kid := &survey.Node{Name: "kid", Type: survey.Repeat, Children: []*survey.Node{q("kname", survey.TextType),
		h("kpos", "concat(position(../..), '.', position(..))")}}
	person := &survey.Node{Name: "person", Type: survey.Repeat, Children: []*survey.Node{
		q("name", survey.TextType), q("age", survey.Integer), kid,
		h("pos", "position(..)"), h("total", "count(${person})"),
		h("before", "indexed-repeat(${name}, ${person}, position(..) - 1)"),
		h("previous", "../../person[position() = position(current()/..) - 1]/name"),
		h("kids", "count(${kid})"), h("drawn", "once(random())"),
	}}
	s := &survey.Survey{ID: "h", Language: "de", Languages: []string{"de", "en"},
		Choices: []*survey.ChoiceList{{Name: "fruit", Columns: []string{"price"}, Choices: []*survey.Choice{
			{Name: "apple", Label: survey.Text{"de": {Text: "Apfel"}, "en": {Text: "Apple"}}, Values: map[string]string{"price": "2"}},
			{Name: "pear", Label: survey.Text{"de": {Text: "Birne"}}, Values: map[string]string{"price": "3"}},
		}}},
		Nodes: []*survey.Node{fruit, person,
			h("adults", "join(', ', ${person}[age >= 18]/name)"), h("adults2", "join(', ', ${person}[${age} >= 18]/name)"),
			h("first", "${person}[1]/name"), h("sum", "sum(/data/person/age)"), h("allkids", "join(' ', ${person}/kid/kname)"),
			h("price", "instance('fruit')/root/item[name = ${fruit}]/price"), h("price2", "pulldata('fruit', 'price', 'name', ${fruit})"),
			h("label", "jr:choice-name(${fruit}, '${fruit}')"),
			h("label2", "jr:itext(instance('fruit')/root/item[name = ${fruit}]/itextId)"),
			h("outer", "random()")}}
	version, findings := survey.Compile(s)
	if version == nil {
		t.Fatal(findings)
	}
	answers, problems := response.Read(version, map[string][]string{
		"fruit": {"apple"}, "person[0].name": {"Ada"}, "person[0].age": {"34"}, "person[0].kid[0].kname": {"Kim"},
		"person[0].kid[1].kname": {"Lou"}, "person[1].name": {"Ben"}, "person[1].age": {"17"}, "person[1].drawn": {"0.125"},
		"person[1].kid[0].kname": {"Mia"}, "outer": {"0.5"},
	})
	answers.Language = "en"
	if problems = append(problems, answers.Check(time.Unix(0, 0))...); len(problems) > 0 {
		t.Fatal(problems)
	}
	expect := func(at response.Place, want map[string]string) {
		t.Helper()
		for name, text := range want {
			if got := at.Text(version.Element(name)); got != text {
				t.Errorf("%s%s is %q, want %q", at.Prefix(), name, got, text)
			}
		}
	}
	expect(answers.Top(), map[string]string{"adults": "Ada", "adults2": "Ada", "first": "Ada", "sum": "51",
		"allkids": "Kim Lou Mia", "price": "2", "price2": "2", "label": "Apple", "label2": "Apple", "outer": "0.5"})
	persons := answers.Top().Instances(version.Element("person"))
	expect(persons[0], map[string]string{"pos": "1", "total": "2", "before": "", "previous": "", "kids": "2"})
	expect(persons[1], map[string]string{"pos": "2", "total": "2", "before": "Ada", "previous": "Ada", "kids": "1", "drawn": "0.125"})
	expect(persons[0].Instances(version.Element("kid"))[1], map[string]string{"kpos": "1.2"})
	if persons[0].Text(version.Element("drawn")) == "" {
		t.Error("nothing was drawn on the server")
	}
}
