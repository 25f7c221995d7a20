package baseline_test

import (
	"strings"
	"testing"

	"bedarfslotse/internal/baseline"
)

func TestNoteCheck(t *testing.T) {
	area := func(key string) bool { return key == "stadt" }
	field := func(key string) bool { return key == "health" }
	for name, one := range map[string]struct {
		change func(*baseline.Note)
		input  string
	}{
		"complete":            {func(*baseline.Note) {}, ""},
		"about all areas":     {func(n *baseline.Note) { n.Area = "" }, ""},
		"without fields":      {func(n *baseline.Note) { n.Fields = nil }, ""},
		"all questions":       {func(n *baseline.Note) { n.Questions = []int{1, 2, 3, 4, 5, 6} }, ""},
		"longest":             {func(n *baseline.Note) { n.Text = strings.Repeat("ö", baseline.MaxWords) }, ""},
		"too long":            {func(n *baseline.Note) { n.Text = strings.Repeat("ö", baseline.MaxWords+1) }, "text"},
		"no kind":             {func(n *baseline.Note) { n.Kind = "" }, "kind"},
		"other kind":          {func(n *baseline.Note) { n.Kind = "gossip" }, "kind"},
		"no title":            {func(n *baseline.Note) { n.Title = " " }, "title"},
		"no day":              {func(n *baseline.Note) { n.Day = "" }, "day"},
		"no such day":         {func(n *baseline.Note) { n.Day = "2026-02-30" }, "day"},
		"day of another form": {func(n *baseline.Note) { n.Day = "1.2.2026" }, "day"},
		"unknown area":        {func(n *baseline.Note) { n.Area = "dorf" }, "area"},
		"unknown field":       {func(n *baseline.Note) { n.Fields = []string{"health", "sports"} }, "fields"},
		"no question":         {func(n *baseline.Note) { n.Questions = nil }, "questions"},
		"question 0":          {func(n *baseline.Note) { n.Questions = []int{0} }, "questions"},
		"question 7":          {func(n *baseline.Note) { n.Questions = []int{1, 7} }, "questions"},
		"no text":             {func(n *baseline.Note) { n.Text = "\n" }, "text"},
		"nobody":              {func(n *baseline.Note) { n.Source = "" }, "source"},
	} {
		t.Run(name, func(t *testing.T) {
			n := baseline.Note{Kind: baseline.WorkshopNote, Title: "Auftakt", Day: "2026-02-28", Area: "stadt", Fields: []string{"health"}, Questions: []int{4, 6}, Text: "Viele kennen sich nicht.", Source: "Protokoll"}
			one.change(&n)
			wantInput(t, n.Check(area, field), one.input)
		})
	}
}

func TestNoteSays(t *testing.T) {
	n := baseline.Note{Questions: []int{baseline.WhereWeStand, baseline.WhichExperience}}
	for number, want := range map[int]bool{0: false, 1: true, 2: false, 6: true, 7: false} {
		if n.Says(number) != want || baseline.IsGuidingQuestion(number) != (number >= 1 && number <= 6) {
			t.Errorf("question %d", number)
		}
	}
}

func TestConceptCheck(t *testing.T) {
	area := func(key string) bool { return key == "stadt" }
	for name, one := range map[string]struct {
		change func(*baseline.Concept)
		input  string
	}{
		"complete":      {func(*baseline.Concept) {}, ""},
		"only a client": {func(c *baseline.Concept) { *c = baseline.Concept{Area: "stadt", Client: "Rat"} }, ""},
		"no area":       {func(c *baseline.Concept) { c.Area = "" }, "area"},
		"unknown area":  {func(c *baseline.Concept) { c.Area = "dorf" }, "area"},
		"no client":     {func(c *baseline.Concept) { c.Client = "" }, "client"},
		"no such day":   {func(c *baseline.Concept) { c.Ordered = "gestern" }, "ordered"},
		"long":          {func(c *baseline.Concept) { c.Steering = strings.Repeat("x", baseline.MaxText+1) }, "steering"},
	} {
		t.Run(name, func(t *testing.T) {
			c := baseline.Concept{Area: "stadt", Client: "Rat", Ordered: "2026-01-31", Reference: "V/12", Lead: "Jugendamt", Steering: "Steuergruppe", Parent: "Leitbild", Neighbours: "Sozialplan"}
			one.change(&c)
			wantInput(t, c.Check(area), one.input)
		})
	}
	c := baseline.Concept{Client: "Rat", Parent: "Leitbild"}
	var said []string
	for _, part := range c.Parts() {
		said = append(said, part.Key+"="+part.Text)
	}
	if got := strings.Join(said, " "); got != "mandate=Rat lead= steering= parent=Leitbild neighbours=" {
		t.Errorf("parts %s", got)
	}
}

func TestOwnWordsCheck(t *testing.T) {
	area := func(key string) bool { return key == "stadt" }
	for name, one := range map[string]struct {
		words baseline.OwnWords
		input string
	}{
		"complete":     {baseline.OwnWords{Area: "stadt", Question: 6, Text: "Wir *wissen* das."}, ""},
		"taken back":   {baseline.OwnWords{Area: "stadt", Question: 1}, ""},
		"no area":      {baseline.OwnWords{Question: 1}, "area"},
		"unknown area": {baseline.OwnWords{Area: "dorf", Question: 1}, "area"},
		"question 0":   {baseline.OwnWords{Area: "stadt"}, "question"},
		"question 7":   {baseline.OwnWords{Area: "stadt", Question: 7}, "question"},
		"broken signs": {baseline.OwnWords{Area: "stadt", Question: 1, Text: "\xff"}, "text"},
		"too long":     {baseline.OwnWords{Area: "stadt", Question: 1, Text: strings.Repeat("x", baseline.MaxWords+1)}, "text"},
	} {
		t.Run(name, func(t *testing.T) { wantInput(t, one.words.Check(area), one.input) })
	}
	if baseline.OwnWordsID("stadt", 1) == baseline.OwnWordsID("stadt", 2) || baseline.OwnWordsID("stadt", 1) == baseline.OwnWordsID("kreis", 1) {
		t.Error("two answers have one id")
	}
}
