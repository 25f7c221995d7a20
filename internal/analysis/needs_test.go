package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testoracle"
)

// needsSurvey has pairs of importance and state, two of them of one field, and needs
// and availability by yes and no.
func needsSurvey(pairs int) *survey.Survey {
	s := &survey.Survey{ID: "needs", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("Needs"),
		Choices: []*survey.ChoiceList{scaleList("scale", 5), choices("yesno", "yes", "no", "dont_know")}}
	s.Choices[1].Choices[2].NonSubstantive = true
	add := func(name, list, field string, as survey.Aspect) {
		s.Nodes = append(s.Nodes, &survey.Node{Type: survey.SelectOne, Name: name, List: list, Label: text(name), Measures: &survey.Measure{Field: field, As: as}})
	}
	for i := range pairs {
		field := fmt.Sprint("field", max(i, 1)) // the first two are of the same field
		add(fmt.Sprint("imp", i), "scale", field, survey.Importance)
		add(fmt.Sprint("state", i), "scale", field, survey.State)
	}
	add("need", "yesno", "sport", survey.Need)
	add("offered", "yesno", "sport", survey.Offered)
	return s
}

// needsWave is a released wave in which people answer by their district and chance.
func needsWave(t test, n, districts, pairs int) (*simulation, *Explorer) {
	schema := NewSchema(compiled(t, needsSurvey(pairs)))
	s := simulate(t, schema, 4, 5, districts)
	for i := range n {
		p := s.draw(i % districts)
		for at := range pairs {
			p.answers[fmt.Sprint("imp", at)] = []string{fmt.Sprint("s", min(5, 3+s.random.IntN(3)))}
			p.answers[fmt.Sprint("state", at)] = []string{fmt.Sprint("s", 1+min(4, s.random.IntN(3)+at%4*s.random.IntN(2)))}
		}
		p.answers["need"], p.answers["offered"] = []string{[]string{"yes", "yes", "no"}[s.random.IntN(3)]}, []string{[]string{"yes", "no", "no"}[s.random.IntN(3)]}
		s.arrive(p)
	}
	s.publish(true)
	return s, must(s.release.Explore(s.columns, s.breakdown, Options{Strata: cityStrata(districts)}))
}

// TestNeedIndicesOfPairs: what five people said, by hand. Importance 5, 4, 4, 3, 2 and
// state 2, 4, 3, 4, 1: means 3.6 and 2.8, discrepancies 3, 0, 1, −1, 1.
// MWDS = mean of d·3.6 = 0.8·3.6 = 2.88 (Borich 1980); RDS = 20 − 60 = −40 (Narine &
// Harder 2021); PNI = 0.8/2.8 (Wongwanich 2005); gap = 25·0.8 = 20 of 100.
func TestNeedIndicesOfPairs(t *testing.T) {
	sums := pairSums{first: 18, second: 14, n: 5, above: 3, below: 1, signed: true}
	for index, want := range map[NeedIndex]float64{IndexMWDS: 2.88, IndexRDS: -40, IndexPNI: 0.8 / 2.8, IndexGap: 20} {
		if got := sums.index(index, 5); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", index, got, want)
		}
	}
}

// TestNeedsAgainstR: the indices and their bootstrap intervals are those of R within
// Monte-Carlo error (internal/resample/testdata/needs.R).
func TestNeedsAgainstR(t *testing.T) {
	schema := NewSchema(compiled(t, needsSurvey(1)))
	s := simulate(t, schema, 1, 5, 2)
	for importance, row := range [][]int{{0, 1, 0, 0, 0}, {1, 2, 1, 0, 0}, {1, 3, 4, 2, 0}, {2, 6, 7, 3, 1}, {3, 9, 8, 4, 2}} {
		for state, n := range row {
			for range n {
				p := s.draw(0)
				p.answers["imp0"], p.answers["state0"] = []string{fmt.Sprint("s", importance+1)}, []string{fmt.Sprint("s", state+1)}
				s.arrive(p)
			}
		}
	}
	s.publish(true)
	x := must(s.release.Explore(s.columns, Breakdown{}, Options{}))
	needs := must(x.Needs(context.Background(), NeedsQuery{}, nil))
	compared := 0
	for _, one := range testoracle.Read(t, "internal/resample/testdata/needs.csv") {
		got, known := needs.Items[0].Indices[NeedIndex(one.Name)]
		if !known {
			continue
		}
		compared++
		within := 0.3 * one.Values[3]
		if math.Abs(got.Value-one.Values[0]) > 1e-9 || got.Low == nil || math.Abs(*got.Low-one.Values[1]) > within || math.Abs(*got.High-one.Values[2]) > within {
			t.Errorf("%s: %v %v..%v, want %v", one.Name, got.Value, value(got.Low), value(got.High), one.Values)
		}
	}
	if compared != 4 {
		t.Errorf("%d indices", compared)
	}
}

// TestNeedsOfAWave: needs, provisions and gaps are those of the explorer's figures,
// with weights and without, of the whole wave and of every group.
func TestNeedsOfAWave(t *testing.T) {
	_, x := needsWave(t, 900, 3, 4)
	for _, weighted := range []bool{false, true} {
		needs := must(x.Needs(context.Background(), NeedsQuery{By: VariableArea, Weighted: weighted}, nil))
		if again := must(x.makeNeeds(context.Background(), NeedsQuery{By: VariableArea, Weighted: weighted}, nil)); *again.Items[0].Indices[IndexRDS].Low != *needs.Items[0].Indices[IndexRDS].Low {
			t.Error("the same question had two answers")
		}
		if len(needs.Fields) != 4 || len(needs.Fields[0].Items) != 2 || len(needs.Items) != 5 || !needs.Items[4].YesNo {
			t.Fatalf("%d fields, %d items", len(needs.Fields), len(needs.Items))
		}
		whole := must(x.Query(Query{Weighted: weighted}))
		byArea := must(x.Query(Query{By: []string{VariableArea}, Weighted: weighted}))
		compared := 0
		for _, field := range needs.Fields {
			if !needs.agree(t, field, &field.Whole, whole.Groups[0].Figures) {
				t.Errorf("%s: nothing of the whole wave", field.Field)
			}
			for row := range field.Groups {
				at := slices.IndexFunc(byArea.Groups, func(g Group) bool { return slices.Equal(g.Values[0], needs.Groups[row]) })
				if needs.agree(t, field, &field.Groups[row], byArea.Groups[at].Figures) {
					compared++
				}
			}
		}
		if compared < 8 {
			t.Errorf("%d groups compared", compared)
		}
		for _, need := range needs.Items {
			for index, ranked := range need.Indices {
				if ranked.Low == nil || *ranked.Low >= ranked.Value || *ranked.High <= ranked.Value {
					t.Errorf("%s %s: %v in %v..%v", need.Need, index, ranked.Value, value(ranked.Low), value(ranked.High))
				}
				if !need.YesNo && (ranked.Rank < ranked.RankLow || ranked.Rank > ranked.RankHigh || ranked.RankLow < 1) {
					t.Errorf("%s %s: rank %d in %d..%d", need.Need, index, ranked.Rank, ranked.RankLow, ranked.RankHigh)
				}
			}
		}
		if first, last := needs.Items[0], needs.Items[3]; first.Indices[IndexGap].Rank >= last.Indices[IndexGap].Rank ||
			first.Indices[IndexRDS].Rank >= last.Indices[IndexRDS].Rank {
			t.Errorf("the item with the worst state is not first: %+v, %+v", first.Indices, last.Indices)
		}
	}
}

// agree compares a field's figures with those of its questions.
func (n *Needs) agree(t *testing.T, field NeedField, gap *FieldGap, figures []Figure) bool {
	t.Helper()
	if gap.Base == nil {
		return false
	}
	mean := func(name string) float64 {
		f := figures[slices.IndexFunc(figures, func(f Figure) bool { return f.Question == name })]
		switch {
		case f.Perturbed:
			return math.NaN()
		case f.Kind == Scale:
			return (*f.Mean - 1) * 25
		default:
			return 100 * *f.Cells[0].Share
		}
	}
	need, provision := 0.0, 0.0
	for _, i := range field.Items {
		need += mean(n.Items[i].Need) / float64(len(field.Items))
		provision += mean(n.Items[i].Provision) / float64(len(field.Items))
	}
	if math.IsNaN(need) {
		return false // the explorer shows them changed, as they are exact only together
	}
	if math.Abs(gap.Need-need) > 1e-9 || math.Abs(gap.Provision-provision) > 1e-9 || math.Abs(gap.Gap-(need-provision)) > 1e-9 {
		t.Errorf("%s: %v − %v = %v, want %v − %v", field.Field, gap.Need, gap.Provision, gap.Gap, need, provision)
	}
	if gap.Low == nil || !(*gap.Low < gap.Gap && gap.Gap < *gap.High) {
		t.Errorf("%s: gap %v in %v..%v", field.Field, gap.Gap, value(gap.Low), value(gap.High))
	} else if p := *gap.Exceeds(*gap.Low); p < 0.005 || p > 0.06 {
		t.Errorf("%s: the gap exceeds its interval's low end with p = %v", field.Field, p)
	}
	return true
}

// TestNeedsOfFew: without enough answers, or when everybody answered, there is no
// interval; the context ends the drawing.
func TestNeedsOfFew(t *testing.T) {
	s, x := needsWave(t, 9, 2, 2)
	if x.NeedsReady(NeedsQuery{By: VariableArea}) {
		t.Error("ready before anybody asked")
	}
	needs := must(x.Needs(context.Background(), NeedsQuery{By: VariableArea}, nil))
	if again := must(x.Needs(context.Background(), NeedsQuery{By: VariableArea}, nil)); again != needs || !x.NeedsReady(NeedsQuery{By: VariableArea}) {
		t.Error("computed twice")
	}
	if gap := needs.Fields[0].Whole; gap.Base == nil || gap.Low != nil || gap.Exceeds(10) != nil {
		t.Errorf("nine people: %+v", gap)
	}
	_, large := needsWave(t, 300, 2, 2)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := large.Needs(ctx, NeedsQuery{}, nil); err == nil {
		t.Error("drew on")
	}
	population := 9
	all := must(s.release.Explore(s.columns, s.breakdown, Options{Population: &population}))
	if gap := must(all.Needs(context.Background(), NeedsQuery{}, nil)).Fields[0].Whole; !gap.Everyone || gap.Low != nil {
		t.Errorf("everybody: %+v", gap)
	}
	if _, err := large.Needs(ctx, NeedsQuery{By: VariableLanguage}, nil); err == nil {
		t.Error("divided by language")
	}
}

// BenchmarkNeeds is the matrix of METHODS 9: 32 fields, 15 areas, 20 000 responses.
func BenchmarkNeeds(b *testing.B) {
	_, x := needsWave(b, 20_000, 15, 31)
	for b.Loop() {
		if _, err := x.makeNeeds(context.Background(), NeedsQuery{By: VariableArea}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
