package analysis

import (
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis/internal/raw"
)

// TestGroupsAddUpToFrequencies: whatever the kind of question, in repeats as
// well, two groups together are what counting everybody gives, and keys add up.
func TestGroupsAddUpToFrequencies(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	rapid.Check(t, func(t *rapid.T) {
		columns := NewColumns(schema)
		n := rapid.IntRange(1, 40).Draw(t, "n")
		for change := 1; change <= n; change++ {
			if err := columns.Load(must(schema.Encode(nil, uint64(change), []*Row{drawRespondent(t, uint64(change)).row(schema)}, nil))); err != nil {
				t.Fatal(err)
			}
		}
		view := columns.memory.View()
		groups := raw.NewGroups(view, raw.All(), 2)
		for at := range groups.Of {
			for row := range groups.Of[at] {
				groups.Of[at][row] = uint16(rapid.IntRange(0, 1).Draw(t, "group"))
			}
		}
		for _, q := range schema.questions {
			want := raw.Frequencies(view, q.raw, raw.All())
			classes := make([]int, max(q.raw.Codes, len(view.Numbers(q.raw.Table, q.raw.Column))))
			parts := countQuestion(view, q, groups, classes, true)
			total := parts[0]
			total.Holders += parts[1].Holders
			for _, pair := range [][2]*raw.Tally{{&total.Base, &parts[1].Base}, {&total.NoAnswer, &parts[1].NoAnswer},
				{&total.NotAsked, &parts[1].NotAsked}, {&total.Apart, &parts[1].Apart}, {&total.Incomplete, &parts[1].Incomplete}} {
				pair[0].Add(*pair[1])
			}
			got := [5]int{total.Base.Rows, total.NoAnswer.Rows, total.NotAsked.Rows, total.Apart.Rows, total.Incomplete.Rows}
			if got != [5]int{want.Base.Rows, want.NoAnswer.Rows, want.NotAsked.Rows, want.Apart.Rows, want.Incomplete.Rows} || total.Holders != want.Base.Holders {
				t.Fatalf("%s: %v of %d, want %+v", q.element.Name, got, total.Holders, want)
			}
			for i, cell := range want.Cells {
				if q.listed() && total.Cells[i].Rows+parts[1].Cells[i].Rows != cell.Rows {
					t.Fatalf("%s, %d: %d, want %d", q.element.Name, i, total.Cells[i].Rows+parts[1].Cells[i].Rows, cell.Rows)
				}
			}
			if q.classed() && total.Cells[0].Rows+parts[1].Cells[0].Rows != want.Base.Rows {
				t.Fatalf("%s: the only class holds %d of %d", q.element.Name, total.Cells[0].Rows+parts[1].Cells[0].Rows, want.Base.Rows)
			}
			if q.kind == Single && q.raw.Table == 0 && q.raw.Substantive == nil && total.Base.Key == 0 && want.Base.Rows > 0 {
				t.Fatalf("%s: no keys", q.element.Name)
			}
		}
	})
}
