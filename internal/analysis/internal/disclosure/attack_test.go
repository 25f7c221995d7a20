package disclosure

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// The tests in this file attack tables as a reader would who knows the rules,
// the base and every number shown. Tables are small, so that the reader can try
// all of them.

// compositions calls visit with every way to divide total among the cells, each
// between its bounds, until visit returns false.
func compositions(low, high []int, total int, visit func([]int) bool) {
	cells := make([]int, len(low))
	var divide func(at, left int) bool
	divide = func(at, left int) bool {
		if at == len(cells) {
			return left != 0 || visit(cells)
		}
		for cells[at] = low[at]; cells[at] <= min(high[at], left); cells[at]++ {
			if !divide(at+1, left-cells[at]) {
				return false
			}
		}
		return true
	}
	divide(0, total)
}

// ranges are the smallest and largest value of each cell among the tables that
// agree with everything shown.
type ranges struct{ low, high []int }

func (r *ranges) add(cells []int) {
	if r.low == nil {
		r.low, r.high = append([]int(nil), cells...), append([]int(nil), cells...)
	}
	for i, cell := range cells {
		r.low[i], r.high[i] = min(r.low[i], cell), max(r.high[i], cell)
	}
}

// bounds are what a reader knows of each cell at once: shown cells exactly,
// hidden ones to be 1 or more, as zeros are shown; after a whole table was
// hidden, nothing.
func bounds(counts []int, cells Cells, base int) (low, high []int) {
	for i, count := range counts {
		switch {
		case cells.Whole:
			low, high = append(low, 0), append(high, base)
		case cells.Hidden[i]:
			low, high = append(low, 1), append(high, base)
		default:
			low, high = append(low, count), append(high, count)
		}
	}
	return low, high
}

func sum(counts []int) (total int) {
	for _, count := range counts {
		total += count
	}
	return total
}

// narrow returns a hidden cell whose range does not reach from below k to at
// least k, or "".
func (g Guard) narrow(counts []int, cells Cells, r ranges) string {
	for i := range counts {
		if cells.Hidden[i] && (r.low[i] >= g.K || r.high[i] < g.K) {
			return fmt.Sprintf("counts %v, hidden %v: cell %d lies in %d..%d", counts, cells.Hidden, i, r.low[i], r.high[i])
		}
	}
	return ""
}

// attackSingle tries one published table of a single-choice question.
func attackSingle(g Guard, counts []int) string {
	base := sum(counts)
	cells := g.Single(counts, nil)
	low, high := bounds(counts, cells, base)
	var r ranges
	compositions(low, high, base, func(table []int) bool { r.add(table); return true })
	return g.narrow(counts, cells, r)
}

func drawCounts(t *rapid.T) []int {
	return rapid.SliceOfN(rapid.IntRange(0, 12), 2, 5).Draw(t, "counts")
}

func TestSingleWithstands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Guard{K: rapid.IntRange(2, 6).Draw(t, "k")}
		counts := drawCounts(t)
		if sum(counts) < g.K {
			t.Skip("fewer than k: nothing is shown")
		}
		if leak := attackSingle(g, counts); leak != "" {
			t.Fatal(leak)
		}
	})
}

// TestSingleFallsWithoutSecondary shows that the attack above can succeed.
func TestSingleFallsWithoutSecondary(t *testing.T) {
	if attackSingle(Guard{K: 5, PrimaryOnly: true}, []int{3, 20, 9}) == "" {
		t.Error("hiding the small cell alone withstood the attack")
	}
	if attackSingle(Guard{K: 5, PrimaryOnly: true}, []int{2, 3, 9}) == "" {
		t.Error("two small cells of 5 together withstood the attack")
	}
}

func TestSingleHidesNoMoreThanNeeded(t *testing.T) {
	cases := []struct {
		counts []int
		hidden string
		whole  bool
	}{
		{[]int{0, 5, 20}, "[false false false]", false},
		{[]int{3, 8, 20}, "[true true false]", false},
		{[]int{3, 0, 20}, "[true false true]", false},
		{[]int{2, 3, 20}, "[true true true]", false}, // 5 in two cells: 6 are needed
		{[]int{2, 4, 20}, "[true true false]", false},
		{[]int{3, 2}, "[true true]", true},
		{[]int{1, 1, 1, 3, 30}, "[true true true true true]", false},
		{[]int{2, 2, 2, 2, 30}, "[true true true true false]", false},
	}
	for _, c := range cases {
		got := Guard{K: 5}.Single(c.counts, nil)
		if fmt.Sprint(got.Hidden) != c.hidden || got.Whole != c.whole {
			t.Errorf("%v: hidden %v whole %v, want %v %v", c.counts, got.Hidden, got.Whole, c.hidden, c.whole)
		}
	}
}

// published is a table that is published again and again while answers come in.
type published struct {
	counts []int
	cells  Cells
}

func publish(g Guard, tables [][]int) []published {
	var all []published
	var past Past
	for _, counts := range tables {
		cells := g.Single(counts, past)
		all = append(all, published{counts, cells})
		past = make(Past)
		for i, count := range counts {
			past[i] = Told{Count: count, Hidden: cells.Hidden[i] && !cells.Whole}
		}
	}
	return all
}

// attackGrowth looks for histories of tables that agree with everything shown
// at each time and never shrink. For each small hidden cell it needs one in
// which that cell holds at least k.
func attackGrowth(g Guard, all []published) string {
	for at, one := range all {
		for i, count := range one.counts {
			if one.cells.Hidden[i] && g.Small(count) && !possible(g, all, at, i) {
				return fmt.Sprintf("at time %d cell %d is known to be below %d: %v", at, i, g.K, all)
			}
		}
	}
	return ""
}

// possible tells whether cell i may have been at least k at the given time.
func possible(g Guard, all []published, time, i int) bool {
	var extend func(at int, before []int) bool
	extend = func(at int, before []int) bool {
		if at == len(all) {
			return true
		}
		base := sum(all[at].counts)
		low, high := bounds(all[at].counts, all[at].cells, base)
		for c := range low {
			if before != nil {
				low[c] = max(low[c], before[c])
			}
		}
		if at == time {
			low[i] = max(low[i], g.K)
		}
		found := false
		compositions(low, high, base, func(table []int) bool {
			found = extend(at+1, append([]int(nil), table...))
			return !found
		})
		return found
	}
	return extend(0, nil)
}

func drawGrowth(t *rapid.T, k int) [][]int {
	cells := rapid.IntRange(2, 4).Draw(t, "cells")
	counts := make([]int, cells)
	var tables [][]int
	for range rapid.IntRange(2, 4).Draw(t, "times") {
		next := append([]int(nil), counts...)
		for i := range next {
			next[i] += rapid.IntRange(0, 4).Draw(t, "more")
		}
		if sum(next)-sum(counts) >= k { // a snapshot moves by k or not at all
			counts = next
			tables = append(tables, counts)
		}
	}
	return tables
}

func TestGrowingTablesWithstand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Guard{K: rapid.IntRange(2, 4).Draw(t, "k")}
		if leak := attackGrowth(g, publish(g, drawGrowth(t, g.K))); leak != "" {
			t.Fatal(leak)
		}
	})
}

// TestGrowingTablesFallWithoutPast shows a table whose hidden cell is known from
// what was shown before, and that the attack above finds it.
func TestGrowingTablesFallWithoutPast(t *testing.T) {
	g := Guard{K: 5}
	tables := [][]int{{0, 20, 30}, {4, 20, 31}}
	var forgetful []published
	for _, counts := range tables {
		forgetful = append(forgetful, published{counts, g.Single(counts, nil)})
	}
	if attackGrowth(g, forgetful) == "" {
		t.Error("hiding without regard to what was shown before withstood the attack")
	}
	if leak := attackGrowth(g, publish(g, tables)); leak != "" {
		t.Error(leak)
	}
}

// attackMultiple tries all numbers of ticks that a hidden choice may have, for a
// reader who knows the base, the shown choices, the fewest and most ticks per
// respondent, and that a choice without need to be hidden may be hidden too.
func attackMultiple(g Guard, t Ticks) string {
	cells := g.Multiple(t, nil, 0)
	for i, ticked := range t.Ticked {
		if !cells.Hidden[i] {
			continue
		}
		lower, upper := 0, 0
		for o, other := range t.Ticked {
			if o != i && cells.Hidden[o] {
				upper += t.Base
			} else if o != i {
				lower, upper = lower+other, upper+other
			}
		}
		least := max(0, t.Fewest*t.Base-upper)
		most := min(t.Base, t.Most*t.Base-lower)
		if g.Small(ticked) && most < g.K || g.Small(t.Base-ticked) && t.Base-least < g.K {
			return fmt.Sprintf("%+v, hidden %v: choice %d lies in %d..%d", t, cells.Hidden, i, least, most)
		}
	}
	return ""
}

// ticksOf makes the counts of respondents who ticked these choices.
func ticksOf(choices int, ticked [][]int) Ticks {
	t := Ticks{Base: len(ticked), Ticked: make([]int, choices), Fewest: choices}
	for _, one := range ticked {
		for _, choice := range one {
			t.Ticked[choice]++
		}
		t.Fewest, t.Most = min(t.Fewest, len(one)), max(t.Most, len(one))
	}
	return t
}

func TestMultipleWithstands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Guard{K: rapid.IntRange(2, 5).Draw(t, "k")}
		choices, most := rapid.IntRange(2, 5).Draw(t, "choices"), rapid.IntRange(1, 3).Draw(t, "most")
		ticked := make([][]int, rapid.IntRange(g.K, 25).Draw(t, "base"))
		for i := range ticked {
			ticked[i] = rapid.SliceOfNDistinct(rapid.IntRange(0, choices-1), 1, min(most, choices), rapid.ID[int]).Draw(t, "ticks")
		}
		if leak := attackMultiple(g, ticksOf(choices, ticked)); leak != "" {
			t.Fatal(leak)
		}
	})
}

func TestMultipleFallsWithoutSecondary(t *testing.T) {
	// Everybody ticked one thing: the choices add up to the base.
	ticks := Ticks{Base: 40, Ticked: []int{3, 17, 20}, Fewest: 1, Most: 1}
	if attackMultiple(Guard{K: 5, PrimaryOnly: true}, ticks) == "" {
		t.Error("hiding the small choice alone withstood the attack")
	}
	if leak := attackMultiple(Guard{K: 5}, ticks); leak != "" {
		t.Error(leak)
	}
	// Where several may be ticked, one hidden choice is enough.
	several := Guard{K: 5}.Multiple(Ticks{Base: 40, Ticked: []int{3, 17, 30}, Fewest: 1, Most: 3}, nil, 0)
	if fmt.Sprint(several.Hidden) != "[true false false]" {
		t.Errorf("hidden %v, want only the small choice", several.Hidden)
	}
}

// attackOutside tries all ways to divide those outside the base. It returns a
// hidden number "not asked" that is known to be small.
func attackOutside(g Guard, o Outside) string {
	cells := g.Outside(o)
	if cells.Base || !cells.NotAsked || !g.Small(o.NotAsked) || !o.Guarded {
		return ""
	}
	counts := append(append([]int(nil), o.Apart...), o.NoAnswer, o.NotAsked, o.Unnamed)
	hidden := append(append([]bool(nil), cells.Apart...), cells.NoAnswer, cells.NotAsked)
	total := sum(counts)
	var low, high []int
	for i, count := range counts {
		switch {
		case i == len(hidden):
			low, high = append(low, 0), append(high, total)
		case hidden[i]:
			low, high = append(low, 1), append(high, total)
		default:
			low, high = append(low, count), append(high, count)
		}
	}
	var r ranges
	compositions(low, high, total, func(table []int) bool { r.add(table); return true })
	if at := len(hidden) - 1; r.high[at] < g.K {
		return fmt.Sprintf("%+v: not asked lies in %d..%d", o, r.low[at], r.high[at])
	}
	return ""
}

func TestOutsideWithstands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.IntRange(0, 9)
		o := Outside{Apart: rapid.SliceOfN(few, 0, 2).Draw(t, "apart"), NoAnswer: few.Draw(t, "no answer"),
			NotAsked: few.Draw(t, "not asked"), Unnamed: few.Draw(t, "unnamed"),
			Strict: rapid.Bool().Draw(t, "strict"), Guarded: rapid.Bool().Draw(t, "guarded")}
		g := Guard{K: rapid.IntRange(2, 6).Draw(t, "k")}
		if leak := attackOutside(g, o); leak != "" {
			t.Fatal(leak)
		}
		cells := g.Outside(o)
		for i, count := range append(append([]int(nil), o.Apart...), o.NoAnswer) {
			hidden := append(append([]bool(nil), cells.Apart...), cells.NoAnswer)[i]
			if o.Strict && g.Small(count) && !hidden {
				t.Fatalf("%+v: a count of %d is shown", o, count)
			}
		}
	})
}

func TestOutsideFallsWithoutSecondary(t *testing.T) {
	o := Outside{NoAnswer: 4, NotAsked: 3, Guarded: true}
	if attackOutside(Guard{K: 5, PrimaryOnly: true}, o) == "" {
		t.Error("hiding “not asked” alone withstood the attack")
	}
	if got := (Guard{K: 5}).Outside(Outside{NotAsked: 3, Guarded: true}); !got.Base {
		t.Error("three not asked and nobody else outside the base: the base gives them away")
	}
	if got := (Guard{K: 5}).Outside(Outside{NotAsked: 3, NoAnswer: 2}); got.NotAsked || got.NoAnswer || got.Base {
		t.Errorf("an opinion that depends on opinions hides %+v", got)
	}
}
