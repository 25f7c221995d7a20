package baseline_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/baseline"
)

// people are as many children of 6 to 13 as there are in the small country.
func people() map[string]baseline.TargetGroup {
	return map[string]baseline.TargetGroup{"children_6_to_13": {Ages: baseline.Ages{From: 6, To: 13},
		People: map[string]int{"": 1000, "kreis": 1000, "stadt": 800, "nord": 300, "sued": 500, "dorf": 200, "weiler": 19}}}
}

func cell(area string) baseline.CellOf {
	return baseline.CellOf{Field: "leisure_learning", Area: area, Audience: "children_6_to_13"}
}

func TestCoverage(t *testing.T) {
	// Worked out by hand: 20 places for all of the town are 20·300/800 = 7.5 for its
	// north, which has 300 children: 2.5 per 100.
	for name, test := range map[string]struct {
		change  func(*baseline.Offer)
		area    string
		want    float64
		offers  int
		atLeast bool
	}{
		"the town":              {nil, "stadt", 2.5, 1, false},
		"everywhere":            {nil, "", 2, 1, false},
		"the county":            {nil, "kreis", 2, 1, false},
		"a part of it":          {nil, "nord", 2.5, 1, false},
		"elsewhere":             {nil, "dorf", 0, 0, false},
		"two parts":             {func(o *baseline.Offer) { o.Areas = []string{"nord", "sued"} }, "stadt", 2.5, 1, false},
		"a part of two":         {func(o *baseline.Offer) { o.Areas = []string{"nord", "dorf"} }, "nord", 4, 1, false}, // 20·300/500 = 12 of 300
		"a part of two, around": {func(o *baseline.Offer) { o.Areas = []string{"nord", "dorf"} }, "stadt", 1.5, 1, false},
		"named twice":           {func(o *baseline.Offer) { o.Areas = []string{"nord", "stadt", "nord"} }, "stadt", 2.5, 1, false},
		"places unknown":        {func(o *baseline.Offer) { o.Places = nil }, "stadt", 0, 1, true},
		"people unknown":        {func(o *baseline.Offer) { o.Areas = []string{"nord", "irgendwo"} }, "nord", 0, 1, true},
		"all inside":            {func(o *baseline.Offer) { o.Areas = []string{"nord"} }, "nord", 20.0 / 3, 1, false},
		"ages touch":            {func(o *baseline.Offer) { o.Ages = baseline.Ages{From: 13, To: 18} }, "stadt", 2.5, 1, false},
		"too old":               {func(o *baseline.Offer) { o.Ages = baseline.Ages{From: 14, To: 18} }, "stadt", 0, 0, false},
		"not running":           {func(o *baseline.Offer) { o.Status = baseline.OfferPlanned }, "stadt", 0, 0, false},
		"another field":         {func(o *baseline.Offer) { o.Fields = []string{"health"} }, "stadt", 0, 0, false},
		"another audience":      {func(o *baseline.Offer) { o.Audiences = []string{"parents"} }, "stadt", 0, 0, false},
		"for everybody":         {func(o *baseline.Offer) { o.Audiences = nil }, "stadt", 2.5, 1, false},
	} {
		got := baseline.Provide([]baseline.Offer{offer("a", test.change)}, []baseline.CellOf{cell(test.area)}, today, people(), within)[0]
		if got.Coverage == nil || math.Abs(*got.Coverage-test.want) > 1e-12 || len(got.Offers) != test.offers || got.AtLeast != test.atLeast || got.None != "" {
			t.Errorf("%s: %+v, want coverage %v of %d offers", name, got, test.want, test.offers)
		}
	}
}

func TestNoCoverage(t *testing.T) {
	for _, test := range []struct {
		cell baseline.CellOf
		want baseline.NoCoverage
	}{
		{cell("weiler"), baseline.TooFewPeople}, {cell("irgendwo"), baseline.PeopleUnknown},
		{baseline.CellOf{Field: "leisure_learning", Area: "stadt", Audience: "parents"}, baseline.PeopleUnknown},
	} {
		got := baseline.Provide(nil, []baseline.CellOf{test.cell}, today, people(), within)[0]
		if got.Coverage != nil || got.None != test.want || got.Offers != nil {
			t.Errorf("%v: %+v", test.cell, got)
		}
	}
}

// TestCoverageAddsUp: whatever areas offers are for, the parts of an area have
// together as many places as the area, and no offer counts twice.
func TestCoverageAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		areas := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"nord", "sued", "stadt", "dorf", "kreis"}), 1, 4, rapid.ID[string])
		var offers []baseline.Offer
		all := 0.0
		for at := range rapid.IntRange(1, 6).Draw(t, "offers") {
			count := rapid.IntRange(1, 100).Draw(t, "places")
			all += float64(count)
			offers = append(offers, offer(fmt.Sprint(at), func(o *baseline.Offer) { o.Areas, o.Places = areas.Draw(t, "areas"), &count }))
		}
		var cells []baseline.CellOf
		for _, area := range []string{"", "kreis", "stadt", "dorf", "nord", "sued"} {
			cells = append(cells, cell(area))
		}
		var got []float64
		for _, one := range baseline.Provide(offers, cells, today, people(), within) {
			got = append(got, one.Places)
		}
		for what, pair := range map[string][2]float64{"all": {got[0], all}, "county": {got[1], all},
			"its towns": {got[2] + got[3], all}, "the town's parts": {got[4] + got[5], got[2]}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 {
				t.Errorf("%s: %v, want %v; %v", what, pair[0], pair[1], got)
			}
		}
	})
}

func TestOverlaps(t *testing.T) {
	base := offer("a", func(o *baseline.Offer) { o.Start, o.End = "2026-01-01", "2026-12-31" })
	for name, test := range map[string]struct {
		change func(*baseline.Offer)
		areas  string // of the overlap, "-" for none
	}{
		"the same":          {nil, "stadt"},
		"one provider":      {func(o *baseline.Offer) { o.Provider = "PROVIDER A e.V." }, "-"},
		"another field":     {func(o *baseline.Offer) { o.Fields = []string{"health"} }, "-"},
		"another audience":  {func(o *baseline.Offer) { o.Audiences = []string{"parents"} }, "-"},
		"open to everybody": {func(o *baseline.Offer) { o.Audiences = nil }, "stadt"},
		"other ages":        {func(o *baseline.Offer) { o.Ages = baseline.Ages{From: 14, To: 20} }, "-"},
		"a part of it":      {func(o *baseline.Offer) { o.Areas = []string{"nord", "dorf"} }, "nord"},
		"around it":         {func(o *baseline.Offer) { o.Areas = []string{"kreis"} }, "stadt"},
		"elsewhere":         {func(o *baseline.Offer) { o.Areas = []string{"dorf"} }, "-"},
		"afterwards":        {func(o *baseline.Offer) { o.Start = "2027-01-01" }, "-"},
		"planned":           {func(o *baseline.Offer) { o.Status, o.Start = baseline.OfferPlanned, "2026-12-31" }, "stadt"},
		"ended":             {func(o *baseline.Offer) { o.Status = baseline.OfferEnded }, "-"},
		"over":              {func(o *baseline.Offer) { o.End = "2026-11-28" }, "-"},
	} {
		got := "-"
		found := baseline.Overlaps([]baseline.Offer{base, offer("b", test.change)}, today, within)
		if len(found) == 1 {
			got = strings.Join(found[0].Areas, " ")
		}
		if got != test.areas || len(found) > 1 {
			t.Errorf("%s: %+v, want %s", name, found, test.areas)
		}
	}
	offers := []baseline.Offer{base, offer("b", func(o *baseline.Offer) { o.Areas, o.Fields = []string{"nord"}, []string{"health", "leisure_learning"} })}
	cells := []baseline.CellOf{cell("nord"), cell("sued"), cell("stadt"), cell(""), {Field: "health", Area: "nord", Audience: "children_6_to_13"}, {Field: "leisure_learning", Audience: "parents"}}
	var counts []int
	for _, one := range baseline.Provide(offers, cells, today, people(), within) {
		counts = append(counts, len(one.Overlaps))
	}
	if !slices.Equal(counts, []int{1, 0, 1, 1, 0, 0}) {
		t.Errorf("overlaps by cell: %v", counts)
	}
}

// TestOverlapsAreMutual: whichever of two comes first, they overlap or not.
func TestOverlapsAreMutual(t *testing.T) {
	day := rapid.SampledFrom([]string{"", "2026-01-01", "2026-11-29", "2027-03-01"})
	random := rapid.Custom(func(t *rapid.T) baseline.Offer {
		return offer(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "id"), func(o *baseline.Offer) {
			o.Areas = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"nord", "sued", "stadt", "dorf"}), 1, 3, rapid.ID[string]).Draw(t, "areas")
			o.Audiences = rapid.SliceOfNDistinct(rapid.SampledFrom(baseline.Audiences()), 0, 2, rapid.ID[string]).Draw(t, "audiences")
			o.Start, o.End = day.Draw(t, "start"), day.Draw(t, "end")
			o.Ages.From = rapid.IntRange(0, 13).Draw(t, "from")
		})
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := random.Draw(t, "first"), random.Draw(t, "last")
		there, back := baseline.Overlaps([]baseline.Offer{a, b}, today, within), baseline.Overlaps([]baseline.Offer{b, a}, today, within)
		if len(there) != len(back) {
			t.Fatalf("%+v and %+v", there, back)
		}
		for at := range there {
			sort := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
			if !slices.Equal(sort(there[at].Areas), sort(back[at].Areas)) || !slices.Equal(sort(there[at].Audiences), sort(back[at].Audiences)) || there[at].Ages != back[at].Ages {
				t.Errorf("%+v and %+v", there[at], back[at])
			}
		}
	})
}
