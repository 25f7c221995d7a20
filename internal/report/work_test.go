package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
)

func begun(t testing.TB) *Work {
	t.Helper()
	w, err := Begin(Document{Title: "Lage", Language: "de", Blocks: []Block{
		{ID: "a", Kind: Heading, Text: "Eins"}, {ID: "b", Kind: Prose, Text: "Zwei"}, {ID: "c", Kind: ChartBlock, Chart: &Chart{Caption: "Drei"}, Facts: &Facts{Address: "/x"}},
	}}, []Step{{Name: "Leitung", Person: "vera"}, {Name: " Rat "}, {}})
	if err != nil {
		t.Fatal(err)
	}
	return &w
}

func wantCode(t testing.TB, what string, err error, code failure.Code) {
	t.Helper()
	if failure.CodeOf(err) != code {
		t.Errorf("%s: %v, want %v", what, err, code)
	}
}

func ids(w *Work) string {
	var all []string
	for _, b := range w.Blocks {
		all = append(all, b.ID)
	}
	return strings.Join(all, "")
}

func TestWorkBlocks(t *testing.T) {
	w := begun(t)
	if len(w.Steps) != 2 || w.Steps[1].Name != "Rat" {
		t.Errorf("%+v", w.Steps)
	}
	for _, step := range []struct {
		act  func() error
		want string
	}{
		{func() error { return w.Move("a", true) }, "abc"},
		{func() error { return w.Move("a", false) }, "bac"},
		{func() error { return w.Move("c", true) }, "bca"},
		{func() error { return w.Insert("b", Block{ID: "d", Kind: Prose, Text: "x"}) }, "bdca"},
		{func() error { return w.Insert("", Block{ID: "e", Kind: Prose, Text: "x"}) }, "bdcae"},
		{func() error { return w.Remove("b") }, "dcae"},
	} {
		if err := step.act(); err != nil || ids(w) != step.want {
			t.Errorf("%s, want %s: %v", ids(w), step.want, err)
		}
	}
	wantCode(t, "behind what is gone", w.Insert("b", Block{ID: "f", Kind: Prose}), failure.NotFound)
	wantCode(t, "moving what is gone", w.Move("b", true), failure.NotFound)
	wantCode(t, "too many", w.Insert("", make([]Block, MostBlocks)...), failure.Invalid)
	wantCode(t, "a heading without words", w.Write("a", 1, " \n", "", false), failure.Invalid)
	wantCode(t, "a long text", w.Write("d", 1, strings.Repeat("x", MaxText+1), "", false), failure.Invalid)
	wantCode(t, "long plain words", w.Write("d", 1, "x", strings.Repeat("x", MaxPlain+1), false), failure.Invalid)
	if err := w.Write("c", 1, "99 %", "Etwa die Hälfte.", true); err != nil {
		t.Fatal(err)
	}
	// Figures are never typed: of a chart only the plain words change.
	if b, _ := w.Block("c"); b.Text != "" || b.Plain != "Etwa die Hälfte." || !b.Short || b.Chart.Caption != "Drei" {
		t.Errorf("%+v", b)
	}
	wantCode(t, "freezing words", w.Refreeze("d", Block{Kind: Prose}), failure.Invalid)
	if err := w.Refreeze("c", Block{ID: "zz", Kind: ChartBlock, Chart: &Chart{Caption: "Neu"}, Facts: &Facts{Address: "/y"}}); err != nil {
		t.Fatal(err)
	}
	if b, _ := w.Block("c"); b.Chart.Caption != "Neu" || b.Plain != "Etwa die Hälfte." || !b.Short {
		t.Errorf("%+v", b)
	}
}

func TestWorkApproval(t *testing.T) {
	w := begun(t)
	wantCode(t, "a comment without a round", w.Say(Comment{ID: "1", Block: "a", Text: "x"}), failure.Conflict)
	for round := 1; round <= MostRounds; round++ {
		wantCode(t, "a round", w.OpenRound(), "")
		wantCode(t, "a round in a round", w.OpenRound(), failure.Conflict)
		wantCode(t, "a comment", w.Say(Comment{ID: fmt.Sprint(round), Block: "a", Text: " x\x00 "}), "")
		wantCode(t, "an empty comment", w.Say(Comment{Block: "a", Text: "\n"}), failure.Invalid)
		wantCode(t, "on nothing", w.Say(Comment{Block: "z", Text: "x"}), failure.NotFound)
		wantCode(t, "submitting within a round", w.Submit(), failure.Conflict)
		wantCode(t, "its end", w.CloseRound(), "")
	}
	wantCode(t, "a third round", w.OpenRound(), failure.Conflict)
	if w.Comments[0].Text != "x" || w.Comments[1].Round != 2 || w.Unresolved() != 2 {
		t.Errorf("%+v", w.Comments)
	}
	wantCode(t, "submitting with open comments", w.Submit(), failure.Conflict)
	for _, id := range []string{"1", "2"} {
		wantCode(t, "dealing with one", w.Resolve(id, "anna", true), "")
	}
	wantCode(t, "approving before submitting", w.Approve(0, true, Approval{Actor: "vera"}), failure.Conflict)
	wantCode(t, "submitting", w.Submit(), "")
	for name, err := range map[string]error{"rename": w.Rename("x", ""), "steps": w.SetSteps([]Step{{Name: "x"}}), "insert": w.Insert("", Block{}), "write": w.Write("a", 1, "x", "", false),
		"refreeze": w.Refreeze("c", Block{}), "move": w.Move("a", true), "remove": w.Remove("a"), "round": w.OpenRound(), "resolve": w.Resolve("1", "anna", false), "submit": w.Submit()} {
		wantCode(t, name+" under approval", err, failure.Conflict)
	}
	wantCode(t, "another's step", w.Approve(0, true, Approval{Actor: "anna"}), failure.Forbidden)
	wantCode(t, "a later step first", w.Approve(1, true, Approval{Actor: "anna"}), failure.Conflict)
	wantCode(t, "vera's", w.Approve(0, false, Approval{Actor: "vera"}), "")
	wantCode(t, "the council's by a reader", w.Approve(1, false, Approval{Actor: "vera"}), failure.Forbidden)
	wantCode(t, "the council's", w.Approve(1, true, Approval{Actor: "anna", Note: "Vorlage"}), "")
	if w.State != Approved || w.Next() != nil {
		t.Errorf("%s", w.State)
	}
	wantCode(t, "one more", w.Approve(2, true, Approval{Actor: "anna"}), failure.Conflict)
	wantCode(t, "withdrawing", w.Withdraw(), "")
	wantCode(t, "withdrawing again", w.Withdraw(), failure.Conflict)
	if w.State != Draft || len(w.Approvals) != 0 {
		t.Errorf("%+v", w)
	}
}

func TestChanges(t *testing.T) {
	before := &Table{Header: []string{"Antwort", "Anzahl", "Anteil", "Intervall", "n", "Intervall"}, Rows: [][]string{
		{"ja", "10", "50 %", "1", "2", "3"}, {"nein", "10", "50 %", "1", "2", "3"}, {"weg", "1", "", "", "", ""}}}
	after := &Table{Header: []string{"Antwort", "Anteil", "Anzahl", "Intervall", "n", "Intervall", "Median"}, Rows: [][]string{
		{"nein", "50 %", "10", "1", "2", "3", ""}, {"ja", "40 %", "10", "1", "2", "4", ""}, {"neu", "5 %", "1", "", "", "", "7"}}}
	want := []Change{{"ja", "Anteil", "50 %", "40 %"}, {"ja", "Intervall", "3", "4"}, {"weg", "Anzahl", "1", ""},
		{"neu", "Anzahl", "", "1"}, {"neu", "Anteil", "", "5 %"}, {"neu", "Median", "", "7"}}
	if got := Changes(before, after); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := Changes(before, before); len(got) != 0 {
		t.Errorf("the same differs: %+v", got)
	}
}

// TestChangesAreFound: tables are the same exactly when there is no change.
func TestChangesAreFound(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.SampledFrom([]string{"", "a", "b", "c"})
		table := func(name string) *Table {
			made := &Table{Header: []string{"x", "y", "z"}}
			for i := range rapid.IntRange(0, 4).Draw(r, name) {
				made.Rows = append(made.Rows, []string{fmt.Sprint(i), text.Draw(r, "cell"), text.Draw(r, "cell")})
			}
			return made
		}
		one, other := table("first"), table("second")
		cells := func(t *Table) map[string]bool {
			all := map[string]bool{}
			for _, row := range t.Rows {
				for i, cell := range row[1:] {
					if cell != "" {
						all[row[0]+t.Header[i+1]+cell] = true
					}
				}
			}
			return all
		}
		first, second := cells(one), cells(other)
		same := len(first) == len(second)
		for key := range first {
			same = same && second[key]
		}
		if found := len(Changes(one, other)) == 0; found != same {
			r.Errorf("%+v and %+v: the same %v, found %v", one, other, same, found)
		}
	})
}

func TestPlainness(t *testing.T) {
	for text, want := range map[string]string{
		"Etwa 7 von 10 Familien brauchen Hilfe. Das ist viel.":                                                    "",
		"Am 3.12.2026 fragen wir 400 Personen in der 3. Klasse.":                                                  "",
		"Dies ist ein Satz, der so lange weitergeht, dass ihn niemand mehr gern liest, weil er viel zu lang ist.": "long_sentence",
		"Wir fragen z. B. Eltern, ca. 30 Personen.":                                                               "abbreviation abbreviation",
		"Das KI lädt ein.":                 "abbreviation",
		"Es sind 43,8 % und 512 Personen.": "exact_number exact_number",
		"Es sind 40 Prozent.":              "exact_number",
		"- kurz\n- **auch** kurz":          "",
	} {
		var got []string
		for _, one := range Plainness(text) {
			got = append(got, string(one.Rule))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTypeset(t *testing.T) {
	for _, c := range []struct{ language, from, want string }{
		{"de", `Er sagte "ja" - sie ("nein") 5 % und 12%`, "Er sagte „ja“\u00a0– sie („nein“) 5\u00a0% und 12\u00a0%"},
		{"de", "z.B. n = 84, § 5, ≈ 12, 10 Euro, d. h. 1 000", "z.\u00a0B. n\u00a0=\u00a084, §\u00a05, ≈\u00a012, 10\u00a0Euro, d.\u00a0h. 1\u00a0000"},
		{"de", "2026-03-10 und 3-5 Jahre", "2026-03-10 und 3-5 Jahre"},
		{"en", `He said "yes" 5%`, "He said “yes” 5%"},
	} {
		if got := typeset(c.from, c.language); got != c.want {
			t.Errorf("%q: %q, want %q", c.from, got, c.want)
		}
	}
}
