package analysis

import (
	"slices"
	"testing"

	"bedarfslotse/internal/survey"
)

// TestOrdersRangesAndTimes: an order counts by what comes first, a range as a
// number, a time by its hour and a moment by its month.
func TestOrdersRangesAndTimes(t *testing.T) {
	node := func(kind survey.Type, name, list string) *survey.Node {
		return &survey.Node{Type: kind, Name: name, List: list, Label: text(name)}
	}
	head := node(survey.SelectOne, "head", "wish")
	head.Appearance = "label"
	schema := NewSchema(compiled(t, &survey.Survey{ID: "types", Version: "1", Language: "en", Languages: []string{"en"},
		Title: text("types"), Choices: []*survey.ChoiceList{choices("wish", "pool", "park")},
		Nodes: []*survey.Node{node(survey.Rank, "order", "wish"), node(survey.TypeRange, "score", ""),
			node(survey.Time, "hour", ""), node(survey.DateTime, "moment", ""), head}}))
	columns := NewColumns(schema)
	var rows []*Row
	for i := range 40 {
		row := schema.NewRow()
		row.Key = uint64(i)
		order, hour := "pool park", "08:15"
		if i%4 == 0 {
			order, hour = "park pool", "17:59"
		}
		for name, value := range map[string]string{"order": order, "score": "7", "hour": hour, "moment": "2026-03-01T23:59"} {
			if err := row.Set(Main, schema.version.Element(name), Given, value); err != nil {
				t.Fatal(err)
			}
		}
		if err := schema.NewRow().Set(Main, schema.version.Element("hour"), Given, "25:00"); err == nil {
			t.Error("25 o'clock is an hour")
		}
		rows = append(rows, row)
	}
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	var kinds []Kind
	for _, figure := range Close(columns, NewSnapshot(schema, 5)).Results(Options{}).Figures {
		kinds = append(kinds, figure.Kind)
		for _, cell := range figure.Cells {
			if cell.Count != nil && *cell.Count > 0 {
				shown[figure.Question] += cell.Name + " "
			}
		}
		if figure.Question == "order" && *figure.Cells[0].Count != 30 {
			t.Errorf("first places: %d", *figure.Cells[0].Count)
		}
	}
	if !slices.Equal(kinds, []Kind{Single, Number, Number, Months}) {
		t.Errorf("kinds %v", kinds)
	}
	if shown["order"] != "pool park " || shown["moment"] != "2026-03 " || shown["hour"] == "" {
		t.Errorf("shown %v", shown)
	}
}

// TestChoicesFromAnswersAreTexts: nobody charts what respondents wrote, and
// names of choices that hold spaces are told apart.
func TestChoicesFromAnswersAreTexts(t *testing.T) {
	schema := func(names ...string) *Schema {
		repeat := &survey.Node{Type: survey.Repeat, Name: "r", Label: text("R"), Children: []*survey.Node{{Type: survey.TextType, Name: "n", Label: text("N")}}}
		return NewSchema(compiled(t, &survey.Survey{ID: "from", Version: "1", Language: "en", Languages: []string{"en"},
			Title: text("from"), Choices: []*survey.ChoiceList{choices("spaced", names...)},
			Nodes: []*survey.Node{repeat, {Type: survey.SelectOne, Name: "who", List: "${n}", Label: text("W")},
				{Type: survey.SelectOne, Name: "one", List: "spaced", Label: text("O")},
				{Type: survey.Note, Name: "sum", Calculation: "count(${r})", Label: text("S")}}}))
	}
	s := schema("a b", "c")
	kinds := map[string]Kind{}
	for _, q := range s.questions {
		kinds[q.element.Name] = q.kind
	}
	if len(kinds) != 3 || kinds["who"] != Answered || kinds["one"] != Single || kinds["n"] != Answered || !s.Has(s.version.Element("sum")) {
		t.Errorf("kinds: %v", kinds)
	}
	if s.Fingerprint() == schema("a", "b c").Fingerprint() {
		t.Error("other choices have the same fingerprint: answers would be read as others")
	}
	row := s.NewRow()
	for name, value := range map[string]string{"who": "Ada Lovelace", "one": "a b", "sum": "2"} {
		if err := row.Set(Main, s.version.Element(name), Given, value); err != nil {
			t.Error(err)
		}
	}
}
