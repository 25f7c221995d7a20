package gap

import (
	"fmt"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/baseline"
)

// figure is a field's figure whose interval reaches so far on either side.
func figure(need, provision, half float64, together ...int) analysis.FieldGap {
	gap, base := need-provision, 100
	low, high := gap-half, gap+half
	return analysis.FieldGap{Base: &base, Need: need, Provision: provision, Gap: gap, Low: &low, High: &high, Error: half / 1.96, Together: together}
}

func places(coverage float64, offers ...string) baseline.Provision {
	return baseline.Provision{Offers: offers, Coverage: &coverage, Places: coverage}
}

// TestMatrixStatus: each status, at its limits, in the order of METHODS 9.
func TestMatrixStatus(t *testing.T) {
	few, base := analysis.FieldGap{}, 9
	without := analysis.FieldGap{Base: &base, Need: 80, Provision: 20, Gap: 60}
	everyone := without
	everyone.Everyone = true
	low := figure(70, 59, 0.5)
	*low.Low = 10 // l = 10 < u
	overlapping := places(0)
	overlapping.Overlaps = []baseline.Overlap{{First: "a", Last: "b"}}
	for name, one := range map[string]struct {
		figure    analysis.FieldGap
		provision baseline.Provision
		status    Status
		reason    Reason
		lack      Lack
	}{
		"hidden":            {few, places(9, "a"), Unclear, TooFewAnswers, ""},
		"no interval":       {without, places(9, "a"), Unclear, NoInterval, ""},
		"all answered":      {everyone, baseline.Provision{}, Gap, "", NoOffer},
		"40 wide":           {figure(80, 40, 20), baseline.Provision{}, Gap, "", NoOffer},
		"wider":             {figure(80, 40, 20.1), baseline.Provision{}, Unclear, WideInterval, ""},
		"around":            {figure(70, 59, 2), baseline.Provision{}, Unclear, AroundLimit, ""},
		"at the limit":      {low, baseline.Provision{}, Unclear, AroundLimit, ""},
		"no offer":          {figure(80, 40, 5), places(0), Gap, "", NoOffer},
		"few places":        {figure(80, 40, 5), places(1, "a"), Gap, "", TooFewPlaces},
		"places unknown":    {figure(80, 40, 5), baseline.Provision{Offers: []string{"a"}, None: baseline.PeopleUnknown}, Gap, "", PlacesUnknown},
		"not reached":       {figure(80, 40, 5), places(4, "a"), NotReached, "", ""},
		"need of 50":        {figure(50, 20, 5), places(4, "a"), NotReached, "", ""},
		"low need":          {figure(49.9, 20, 5), places(4, "a"), LowNeed, "", ""},
		"covered":           {figure(60, 58, 5), places(4, "a"), Covered, "", ""},
		"covered up to 10":  {figure(60, 55, 5), places(4, "a"), Covered, "", ""},
		"overlap":           {figure(60, 58, 5), overlapping, Overlap, "", ""},
		"gap and overlap":   {figure(80, 40, 5), overlapping, Gap, "", NoOffer},
		"more than enough":  {figure(40, 80, 5), overlapping, Overlap, "", ""},
		"far below, hidden": {analysis.FieldGap{}, overlapping, Unclear, TooFewAnswers, ""},
	} {
		column := func(area string, f analysis.FieldGap, p baseline.Provision) Column {
			return Column{Values: []string{area}, Figures: map[string]analysis.FieldGap{"language": f}, Provision: map[string]baseline.Provision{"language": p}}
		}
		// The median of the areas with offers is 4 or less.
		m := Build(Defaults(), []string{"language"}, []Column{column("x", one.figure, one.provision), column("y", figure(50, 50, 1), places(4, "z")), column("z", figure(50, 50, 1), places(4, "z"))})
		if got := m.Cells[0][0]; got.Status != one.status || got.Reason != one.reason || got.Lack != one.lack {
			t.Errorf("%s: %s %s %s, want %s %s %s", name, got.Status, got.Reason, got.Lack, one.status, one.reason, one.lack)
		}
	}
}

// TestMatrixFamily: among many tests chance makes some seem clear, which do not hold
// for all; a figure that several columns share is one test.
func TestMatrixFamily(t *testing.T) {
	barely := figure(70, 55, 4.9) // l > 10, p = 0.023 alone
	column := func(i int, f analysis.FieldGap) Column {
		return Column{Values: []string{fmt.Sprint(i)}, Figures: map[string]analysis.FieldGap{"x": f}}
	}
	alone := Build(Defaults(), []string{"x"}, []Column{column(0, barely)})
	if alone.Cells[0][0].Status != Gap {
		t.Errorf("alone: %+v", alone.Cells[0][0])
	}
	columns := []Column{column(0, barely)}
	for i := range 5 {
		columns = append(columns, column(1+i, figure(60, 60, 4)))
	}
	if got := Build(Defaults(), []string{"x"}, columns).Cells[0][0]; got.Status != Unclear || got.Reason != NotSignificant {
		t.Errorf("among six: %+v", got)
	}
	columns = columns[:1]
	for i := range 5 {
		columns = append(columns, column(1+i, figure(60, 60, 4, 1, 2, 3, 4, 5)))
	}
	if got := Build(Defaults(), []string{"x"}, columns).Cells[0][0]; got.Status != Gap {
		t.Errorf("beside one joint figure: %+v", got)
	}
}

// TestMatrixNotAsked: a field that an audience was not asked about is none that too
// few answered.
func TestMatrixNotAsked(t *testing.T) {
	m := Build(Defaults(), []string{"x", "y"}, []Column{{Wave: "a", Figures: map[string]analysis.FieldGap{"x": figure(80, 40, 5)}},
		{Wave: "b", Figures: map[string]analysis.FieldGap{"x": {}, "y": figure(80, 40, 5)}}})
	if m.Cells[1][0].Reason != NotAsked || m.Cells[0][1].Reason != TooFewAnswers || m.Cells[0][0].Status != Gap {
		t.Errorf("%+v", m.Cells)
	}
}

// TestProvideJoined: areas that stand together have their places together, per all of
// their people, and each offer once.
func TestProvideJoined(t *testing.T) {
	seats := func(n int) *int { return &n }
	offers := []baseline.Offer{
		{ID: "a", Title: "A", Provider: "P", Fields: []string{"language"}, Areas: []string{"d1"}, Places: seats(10), Status: baseline.OfferRunning},
		{ID: "b", Title: "B", Provider: "Q", Fields: []string{"language"}, Areas: []string{"d2"}, Places: seats(20), Status: baseline.OfferRunning},
	}
	groups := map[string]baseline.TargetGroup{"": {Ages: baseline.EveryAge(), People: map[string]int{"d1": 100, "d2": 200, "city": 300}}}
	columns := []Column{{}, {Values: []string{"d1", "d2"}}, {Values: []string{"d1"}}, {Values: []string{"d3"}}}
	within := func(outer, inner string) bool { return outer == inner || outer == "city" }
	Provide(columns, []string{"language"}, offers, "2026-03-01", map[string]string{"": "city"}, groups, within)
	for i, want := range []string{"[a b] 10", "[a b] 10", "[a] 10", "[] people_unknown"} {
		p := columns[i].Provision["language"]
		got := fmt.Sprint(p.Offers, " ", p.None)
		if p.Coverage != nil {
			got = fmt.Sprint(p.Offers, " ", *p.Coverage)
		}
		if got != want {
			t.Errorf("column %d: %s, want %s", i, got, want)
		}
	}
}

// BenchmarkMatrix is what is computed anew on every page: 32 fields by 16 columns with
// 300 offers.
func BenchmarkMatrix(b *testing.B) {
	var fields []string
	for i := range 32 {
		fields = append(fields, fmt.Sprint("f", i))
	}
	var offers []baseline.Offer
	for i := range 300 {
		n := i % 40
		offers = append(offers, baseline.Offer{ID: fmt.Sprint(i), Provider: fmt.Sprint("p", i%60), Fields: []string{fields[i%32]}, Areas: []string{fmt.Sprint("d", i%15)}, Places: &n, Status: baseline.OfferRunning})
	}
	groups := map[string]baseline.TargetGroup{"": {Ages: baseline.EveryAge(), People: map[string]int{"d1": 100, "d2": 200, "city": 300}}}
	within := func(outer, inner string) bool { return outer == inner || outer == "city" }
	for b.Loop() {
		columns := []Column{{}}
		for i := range 15 {
			columns = append(columns, Column{Values: []string{fmt.Sprint("d", i)}})
		}
		for i := range columns {
			columns[i].Figures = map[string]analysis.FieldGap{}
			for _, field := range fields {
				columns[i].Figures[field] = figure(70, 50, 5)
			}
		}
		Provide(columns, fields, offers, "2026-03-01", map[string]string{"": "city"}, groups, within)
		Build(Defaults(), fields, columns)
	}
}
