package gap_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/testoracle"
)

const day = "2026-11-29"

func within(outer, inner string) bool {
	parents := map[string]string{"nord": "stadt", "sued": "stadt"}
	return outer == inner || parents[inner] == outer
}

func offer(provider string, areas []string, fields ...string) baseline.Offer {
	return baseline.Offer{Provider: provider, Areas: areas, Fields: fields, Status: baseline.OfferRunning, Ages: baseline.EveryAge()}
}

// TestNetworkAgainstIgraph compares with what R's igraph computed.
func TestNetworkAgainstIgraph(t *testing.T) {
	for _, c := range testoracle.Read(t, "testdata/network.csv") {
		n, edges := int(c.Values[0]), int(c.Values[1])
		values := c.Values[2:]
		name := func(number float64) string { return fmt.Sprintf("actor %03.0f", number) }
		var ties []baseline.Tie
		for at := range edges {
			ties = append(ties, baseline.Tie{From: name(values[2*at]), To: name(values[2*at+1])})
		}
		var answered []string
		for at := range n {
			answered = append(answered, name(float64(at+1)))
		}
		values = values[2*edges:]
		network := gap.NetworkOf(nil, ties, answered, day, nil, nil, within)
		sizes := map[int]int{}
		for _, actor := range network.Actors {
			sizes[actor.Component]++
		}
		if len(network.Actors) != n || len(network.Ties) != edges || len(values) != 3*n {
			t.Fatalf("%s: %d actors, %d ties", c.Name, len(network.Actors), len(network.Ties))
		}
		for at, actor := range network.Actors {
			size := sizes[actor.Component]
			if actor.Component == 0 {
				size = 1
			}
			if actor.Degree != int(values[at]) || !testoracle.Near(actor.Betweenness, values[n+at], 1e-9) || size != int(values[2*n+at]) {
				t.Errorf("%s, actor %d: degree %d, betweenness %v, part of %d; igraph has %v, %v, %v", c.Name, at+1,
					actor.Degree, actor.Betweenness, size, values[at], values[n+at], values[2*n+at])
			}
			if want := map[bool]gap.Standing{true: gap.Connected, false: gap.Isolated}[values[at] > 0]; actor.Standing != want {
				t.Errorf("%s, actor %d is %s", c.Name, at+1, actor.Standing)
			}
		}
	}
}

func TestWhoNamesWhom(t *testing.T) {
	ties := []baseline.Tie{
		{From: "AWO Ruhr e.V.", To: "Jugendhaus Nord", Frequency: "monthly"},
		{From: "jugendhaus nord", To: "AWO Ruhr", Frequency: "weekly"},
		{From: "AWO Ruhr", To: "Stadtbücherei"},
		{From: "AWO Ruhr", To: "AWO Ruhr gGmbH", Frequency: "weekly"}, // itself
		{From: "", To: "AWO Ruhr"},
	}
	offers := []baseline.Offer{offer("Sportverein 1900", []string{"nord"}, "leisure_learning"), offer("Awo Ruhr", []string{"stadt"}, "counselling", "health")}
	offers = append(offers, baseline.Offer{Provider: "Long gone", Areas: []string{"nord"}, Fields: []string{"health"}, Status: baseline.OfferEnded})
	network := gap.NetworkOf(offers, ties, []string{"Moschee Süd"}, day, []string{"health", "leisure_learning"}, []string{"nord", "sued", "dorf"}, within)
	standing := map[string]gap.Standing{}
	for _, actor := range network.Actors {
		standing[actor.Key] = actor.Standing
	}
	want := map[string]gap.Standing{"awo ruhr": gap.Connected, "jugendhaus nord": gap.Connected, "stadtbuecherei": gap.NamedOnly,
		"sportverein 1900": gap.NoAnswer, "moschee sued": gap.Isolated}
	if !reflect.DeepEqual(standing, want) {
		t.Errorf("standings %v, want %v", standing, want)
	}
	if first := network.Actors[0]; first.Name != "Awo Ruhr" || first.Offers != 1 || !slices.Equal(first.Fields, []string{"counselling", "health"}) {
		t.Errorf("the first is %+v", first)
	}
	if want := []gap.Tie{{0, 1, true, "weekly"}, {0, 4, false, ""}}; !reflect.DeepEqual(network.Ties, want) || network.Components != 1 {
		t.Errorf("ties %+v in %d parts, want %+v", network.Ties, network.Components, want)
	}
	if want := []gap.FieldIn{{"leisure_learning", "sued"}, {"health", "dorf"}, {"leisure_learning", "dorf"}}; !slices.Equal(network.Empty, want) {
		t.Errorf("empty %v, want %v", network.Empty, want)
	}
}

func TestActorsToCheck(t *testing.T) {
	for name, test := range map[string]struct {
		offers []baseline.Offer
		want   []gap.ActorPair
	}{
		"alike": {[]baseline.Offer{offer("a", []string{"nord"}, "x", "y", "z"), offer("b", []string{"stadt"}, "x", "y", "w")}, nil}, // 2 of 4
		"more alike": {[]baseline.Offer{offer("a", []string{"nord"}, "x", "y", "z"), offer("b", []string{"stadt"}, "x", "y")},
			[]gap.ActorPair{{0, 1, 2.0 / 3, []string{"x", "y"}, []string{"nord"}}}},
		"one field": {[]baseline.Offer{offer("a", []string{"nord"}, "x"), offer("b", []string{"nord"}, "x")}, nil},
		"elsewhere": {[]baseline.Offer{offer("a", []string{"nord"}, "x", "y"), offer("b", []string{"sued"}, "x", "y")}, nil},
		"each field in another area": {[]baseline.Offer{offer("a", []string{"nord"}, "x"), offer("a", []string{"sued"}, "y"),
			offer("b", []string{"nord"}, "x"), offer("b", []string{"sued"}, "y")}, nil},
		"by the town's and its part's": {[]baseline.Offer{offer("a", []string{"nord"}, "x"), offer("a", []string{"stadt"}, "y"),
			offer("b", []string{"stadt"}, "x"), offer("b", []string{"nord"}, "y")},
			[]gap.ActorPair{{0, 1, 1, []string{"x", "y"}, []string{"nord"}}}},
	} {
		got := gap.NetworkOf(test.offers, nil, nil, day, nil, nil, within)
		if !reflect.DeepEqual(got.Overlaps, test.want) {
			t.Errorf("%s: %+v, want %+v", name, got.Overlaps, test.want)
		}
	}
}

// TestNetworkIsTheSame: the order of ties and offers changes nothing but the
// spelling of names.
func TestNetworkIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})
		var ties []baseline.Tie
		for range rapid.IntRange(0, 14).Draw(t, "ties") {
			ties = append(ties, baseline.Tie{From: name.Draw(t, "from"), To: name.Draw(t, "to"), Frequency: rapid.SampledFrom(append(baseline.Frequencies(), "")).Draw(t, "how often")})
		}
		turned := slices.Clone(ties)
		slices.Reverse(turned)
		there, back := gap.NetworkOf(nil, ties, nil, day, nil, nil, within), gap.NetworkOf(nil, turned, nil, day, nil, nil, within)
		if !reflect.DeepEqual(there, back) {
			t.Errorf("%+v and %+v", there, back)
		}
		degrees := 0
		for _, actor := range there.Actors {
			degrees += actor.Degree
			if actor.Betweenness < 0 || actor.Betweenness > 1 {
				t.Errorf("betweenness %v", actor.Betweenness)
			}
		}
		if degrees != 2*len(there.Ties) {
			t.Errorf("%d ends of %d ties", degrees, len(there.Ties))
		}
	})
}
