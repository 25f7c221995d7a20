// Package gap compares what is needed with what there is: who works on what where,
// and with whom.
package gap

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/graph/network"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"

	"bedarfslotse/internal/baseline"
)

// Network is who works on what, where and with whom (METHODS 10). Two bipartite
// graphs, actor × field and actor × area, come from the offers that run; one graph
// of actors from the ties that they named.
type Network struct {
	Actors []Actor // by name
	Ties   []Tie   // by the names of their ends
	// Components is how many parts without a tie between them there are among the
	// actors that have any tie.
	Components int
	// Overlaps are actors to talk with each other.
	Overlaps []ActorPair
	// Empty are the fields of action that nobody works on in an area.
	Empty []FieldIn
}

// Actor is a provider of offers or a partner.
type Actor struct {
	Key     string // see [baseline.ActorKey]
	Name    string // as it was written first
	Fields  []string
	Areas   []string
	Offers  int // that run
	Answers bool
	Degree  int // partners
	// Betweenness is the part of all shortest ways between two others on which the
	// actor lies, from 0 to 1: Brandes 2001, divided by (n−1)(n−2)/2 with n all
	// actors; 0 where n < 3.
	Betweenness float64
	// Component numbers the part that the actor is in, from 1, the largest first;
	// 0 for actors without a tie.
	Component int
	Standing  Standing
}

// Standing says how an actor stands in the graph of ties.
type Standing string

// The standings. Only who answered can be isolated.
const (
	Connected Standing = "connected"  // answered and has a tie
	Isolated  Standing = "isolated"   // answered, named nobody and is named by nobody
	NamedOnly Standing = "named_only" // did not answer, others named it
	NoAnswer  Standing = "no_answer"  // did not answer, and nobody named it
)

// Tie is between two actors, undirected.
type Tie struct {
	First, Last int    // places in Actors, First < Last
	Both        bool   // both named it
	Frequency   string // the more frequent of what was said, "" unknown
}

// ActorPair are two actors of whom much is alike: at least [LeastJaccard] of their
// fields of action, and at least [LeastCommon] in a common area.
type ActorPair struct {
	First, Last int // places in Actors
	Jaccard     float64
	Fields      []string // that both work on in a common area
	Areas       []string // where they do
}

// FieldIn is a field of action in an area.
type FieldIn struct{ Field, Area string }

// When two actors are to be checked (METHODS 10).
const (
	LeastJaccard = 0.6
	LeastCommon  = 2
)

// NetworkOf is the network of the offers that run on a day and of the ties.
// answered are the names of those who said with whom they work, also if nobody.
// fields and areas are those for which empty ones are looked for.
func NetworkOf(offers []baseline.Offer, ties []baseline.Tie, answered []string, day string, fields, areas []string, within baseline.Within) *Network {
	b := &networkBuilder{places: map[string]int{}, within: within}
	for at := range offers {
		if offers[at].Running(day) {
			b.offer(&offers[at])
		}
	}
	for _, name := range answered {
		if at := b.actor(name); at >= 0 {
			b.Actors[at].Answers = true
		}
	}
	named := b.name(ties)
	b.sort(named)
	b.measure()
	b.overlaps()
	b.empty(fields, areas)
	return &b.Network
}

type networkBuilder struct {
	Network
	places map[string]int // by key
	works  []map[string][]string
	within baseline.Within
}

// actor is the place of the actor of a name, −1 for none.
func (b *networkBuilder) actor(name string) int {
	key := baseline.ActorKey(name)
	if key == "" {
		return -1
	}
	at, known := b.places[key]
	if !known {
		at = len(b.Actors)
		b.places[key] = at
		b.Actors = append(b.Actors, Actor{Key: key, Name: name})
		b.works = append(b.works, map[string][]string{})
	}
	return at
}

func (b *networkBuilder) offer(o *baseline.Offer) {
	at := b.actor(o.Provider)
	if at < 0 {
		return
	}
	actor := &b.Actors[at]
	actor.Offers++
	actor.Fields, actor.Areas = joined(actor.Fields, o.Fields), joined(actor.Areas, o.Areas)
	for _, field := range o.Fields {
		b.works[at][field] = joined(b.works[at][field], o.Areas)
	}
}

func joined(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// named is what was said of a pair of actors.
type named struct {
	first, last bool // who said it, by the order of their keys
	frequency   string
}

// name gathers the ties by the keys of their ends. Who names itself says nothing.
func (b *networkBuilder) name(ties []baseline.Tie) map[[2]string]named {
	found := map[[2]string]named{}
	for _, tie := range ties {
		from, to := b.actor(tie.From), b.actor(tie.To)
		if from < 0 || to < 0 || from == to {
			continue
		}
		b.Actors[from].Answers = true
		pair := [2]string{b.Actors[from].Key, b.Actors[to].Key}
		backward := pair[0] > pair[1]
		if backward {
			pair[0], pair[1] = pair[1], pair[0]
		}
		one := found[pair]
		one.first, one.last = one.first || !backward, one.last || backward
		one.frequency = moreOften(one.frequency, tie.Frequency)
		found[pair] = one
	}
	return found
}

// moreOften is the more frequent of two frequencies.
func moreOften(a, b string) string {
	x, y := slices.Index(baseline.Frequencies(), a), slices.Index(baseline.Frequencies(), b)
	if x < 0 || y >= 0 && y < x {
		return b
	}
	return a
}

// sort puts actors and ties into order.
func (b *networkBuilder) sort(found map[[2]string]named) {
	order := make([]int, len(b.Actors))
	for at := range order {
		order[at] = at
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Compare(b.Actors[x].Key, b.Actors[y].Key) })
	actors, works := b.Actors, b.works
	b.Actors, b.works = make([]Actor, len(order)), make([]map[string][]string, len(order))
	for to, from := range order {
		b.Actors[to], b.works[to] = actors[from], works[from]
		b.places[actors[from].Key] = to
	}
	for pair, said := range found {
		b.Ties = append(b.Ties, Tie{First: b.places[pair[0]], Last: b.places[pair[1]], Both: said.first && said.last, Frequency: said.frequency})
	}
	slices.SortFunc(b.Ties, func(x, y Tie) int { return cmp.Or(cmp.Compare(x.First, y.First), cmp.Compare(x.Last, y.Last)) })
}

// measure computes degree, betweenness, components and standing.
func (b *networkBuilder) measure() {
	graph := simple.NewUndirectedGraph()
	for at := range b.Actors {
		graph.AddNode(simple.Node(at))
	}
	for _, tie := range b.Ties {
		graph.SetEdge(simple.Edge{F: simple.Node(tie.First), T: simple.Node(tie.Last)})
		b.Actors[tie.First].Degree++
		b.Actors[tie.Last].Degree++
	}
	n := float64(len(b.Actors))
	for at, value := range network.Betweenness(graph) {
		if n > 2 {
			// Each pair is counted in both directions. Sums over paths come in no
			// order: the last digits are noise.
			b.Actors[at].Betweenness = math.Round(value/((n-1)*(n-2))*1e12) / 1e12
		}
	}
	b.components(graph)
	for at := range b.Actors {
		actor := &b.Actors[at]
		switch {
		case actor.Answers && actor.Degree > 0:
			actor.Standing = Connected
		case actor.Answers:
			actor.Standing = Isolated
		case actor.Degree > 0:
			actor.Standing = NamedOnly
		default:
			actor.Standing = NoAnswer
		}
	}
}

// components numbers the parts, the largest first.
func (b *networkBuilder) components(graph *simple.UndirectedGraph) {
	var parts [][]int
	for _, nodes := range topo.ConnectedComponents(graph) {
		if len(nodes) < 2 {
			continue
		}
		var members []int
		for _, node := range nodes {
			members = append(members, int(node.ID()))
		}
		slices.Sort(members)
		parts = append(parts, members)
	}
	slices.SortFunc(parts, func(x, y []int) int { return cmp.Or(cmp.Compare(len(y), len(x)), cmp.Compare(x[0], y[0])) })
	for number, members := range parts {
		for _, at := range members {
			b.Actors[at].Component = number + 1
		}
	}
	b.Components = len(parts)
}

// overlaps finds pairs of actors to check.
func (b *networkBuilder) overlaps() {
	for x := range b.Actors {
		for y := x + 1; y < len(b.Actors); y++ {
			if alike := jaccard(b.Actors[x].Fields, b.Actors[y].Fields); alike >= LeastJaccard {
				b.compare(ActorPair{First: x, Last: y, Jaccard: alike})
			}
		}
	}
}

func jaccard(a, b []string) float64 {
	both := 0
	for _, one := range a {
		if slices.Contains(b, one) {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// compare looks for areas that both reach with at least two of the same fields. Who
// is there for a town is there for its parts.
func (b *networkBuilder) compare(pair ActorPair) {
	reach := func(at int, field, area string) bool {
		return slices.ContainsFunc(b.works[at][field], func(own string) bool { return b.within(own, area) })
	}
	for _, area := range joined(slices.Clone(b.Actors[pair.First].Areas), b.Actors[pair.Last].Areas) {
		var fields []string
		for _, field := range b.Actors[pair.First].Fields {
			if reach(pair.First, field, area) && reach(pair.Last, field, area) {
				fields = append(fields, field)
			}
		}
		if len(fields) >= LeastCommon {
			pair.Areas, pair.Fields = append(pair.Areas, area), joined(pair.Fields, fields)
		}
	}
	if len(pair.Areas) > 0 {
		b.Overlaps = append(b.Overlaps, pair)
	}
}

// empty finds the fields that nobody works on in an area, nor in any part of it or
// around it.
func (b *networkBuilder) empty(fields, areas []string) {
	served := map[string][]string{}
	for at := range b.works {
		for field, own := range b.works[at] {
			served[field] = joined(served[field], own)
		}
	}
	for _, area := range areas {
		for _, field := range fields {
			if !slices.ContainsFunc(served[field], func(own string) bool { return b.within(own, area) || b.within(area, own) }) {
				b.Empty = append(b.Empty, FieldIn{field, area})
			}
		}
	}
}
