package disclosure

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// leastCut tries all cuts of a small graph and returns the smallest that is not
// empty.
func leastCut(a Arrivals) int {
	parts, least := len(a.Counts), 1<<30
	moments := 0
	if parts > 0 {
		moments = len(a.Counts[0])
	}
	for side := range 1 << (parts + moments) {
		edges := 0
		for p, row := range a.Counts {
			for m, count := range row {
				if side>>p&1 != side>>(parts+m)&1 {
					edges += count
				}
			}
		}
		if edges > 0 {
			least = min(least, edges)
		}
	}
	return least
}

func TestThinFindsTheCuts(t *testing.T) {
	thin, thick := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := Guard{K: rapid.IntRange(2, 6).Draw(t, "k")}
		parts, moments := rapid.IntRange(1, 5).Draw(t, "parts"), rapid.IntRange(1, 5).Draw(t, "moments")
		a := Arrivals{Counts: make([][]int, parts)}
		for i := range a.Counts {
			a.Counts[i] = rapid.SliceOfN(rapid.SampledFrom([]int{0, 0, 1, 2, 3, 8}), moments, moments).Draw(t, "counts")
		}
		side := g.Thin(a)
		if found, is := side != nil, leastCut(a) < g.K; found != is {
			t.Fatalf("k %d, %v: found %v, the least cut has %d edges", g.K, a.Counts, side, leastCut(a))
		}
		if side == nil {
			thick++
		} else {
			thin++
		}
	})
	if thin == 0 || thick == 0 {
		t.Errorf("%d thin and %d thick graphs: one of the two was never tried", thin, thick)
	}
}

func TestDivide(t *testing.T) {
	paths := [][]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 9}} // the last: no answer
	cases := []struct {
		counts []int
		want   string
	}{
		{[]int{5, 5, 5, 5, 5, 5}, "[[0] [1] [2] [3] [4] [5]]"},
		{[]int{4, 5, 5, 5, 5, 5}, "[[0 1] [2] [3] [4] [5]]"},
		{[]int{3, 1, 5, 5, 5, 5}, "[[0 1 2] [3] [4] [5]]"},    // two areas joined, then divided by type
		{[]int{9, 0, 9, 0, 2, 2}, "[[0 1] [2 3 4 5]]"},        // what is left joins the part before it
		{[]int{1, 1, 1, 1, 1, 1}, "[[0 1 2 3 4 5]]"},          // a node that cannot be divided stays whole
		{[]int{0, 20, 0, 0, 0, 0}, "[[0 1 2 3 4 5]]"},         // empty places make no parts
		{[]int{2, 2, 2, 2, 12, 12}, "[[0 1 2 3] [4] [5]]"},    // joined areas that types cannot divide
		{[]int{7, 3, 12, 12, 30, 1}, "[[0 1] [2] [3] [4 5]]"}, // and a single one
	}
	for _, c := range cases {
		parts := Divide(paths, func(cells []int) bool {
			n := 0
			for _, cell := range cells {
				n += c.counts[cell]
			}
			return n >= 5
		})
		if got := fmt.Sprint(parts); got != c.want {
			t.Errorf("%v: %s, want %s", c.counts, got, c.want)
		}
	}
	if parts := Divide(nil, nil); parts != nil {
		t.Errorf("nobody makes %v", parts)
	}
}

func TestNeighbours(t *testing.T) {
	for want, counts := range map[string][]int{
		"[[0 0] [1 1]]":       {5, 9},
		"[[0 1]]":             {4, 9},
		"[[0 0] [1 2]]":       {9, 9, 4},
		"[[0 0] [1 1] [2 2]]": {9, 0, 5}, // nobody is not few
		"[[0 2]]":             {4, 0, 5},
		"[[0 2] [3 3]]":       {9, 0, 4, 0},
		"[[0 0] [1 3] [4 4]]": {6, 2, 2, 2, 5},
	} {
		if got := fmt.Sprint(Guard{K: 5}.Neighbours(counts)); got != want {
			t.Errorf("%v: %s, want %s", counts, got, want)
		}
	}
}

// TestSettle by hand, with k = 5: parts that are safe alone and leave few over
// beside what was shown before.
func TestSettle(t *testing.T) {
	paths := [][]int{{0}, {1}, {2}}
	own := [][]int{{0}, {1}, {2}}
	cases := map[string]struct {
		history History
		want    string
	}{
		"nothing was shown": {History{New: [][]int{{9}, {9}, {9}}, Before: []int{0, 0, 0}}, "[[0] [1] [2]]"},
		// The table of the first 20 is all of the first area but one.
		"one more of an area": {History{New: [][]int{{20, 1}, {0, 9}, {0, 9}}, Before: []int{0, 0, 0}}, "[[0 1] [2]]"},
		"a class of its own":  {History{New: [][]int{{0, 20, 0}, {9, 0, 9}, {9, 0, 9}}, Before: []int{0, 0, 0}}, "[[0] [1] [2]]"},
		"a class of its own and a withdrawal": {History{New: [][]int{{0, 20, 0}, {9, 0, 9}, {9, 0, 9}}, Before: []int{0, 0, 0},
			Withdrawn: true}, "[[0 1] [2]]"},
		"a part changed by few": {History{New: [][]int{{2}, {9}, {9}}, Before: []int{9, 9, 9},
			Earlier: []Earlier{{[]int{0}, 9}, {[]int{1}, 9}, {[]int{2}, 9}}}, "[[0 1] [2]]"},
		"another is nearer, but not concerned": {History{New: [][]int{{3}, {10}, {0}}, Before: []int{20, 20, 10},
			Earlier: []Earlier{{[]int{0}, 20}, {[]int{1}, 20}, {[]int{2}, 10}}}, "[[0 1] [2]]"},
		"a part did not change": {History{New: [][]int{{0}, {9}, {9}}, Before: []int{9, 9, 9},
			Earlier: []Earlier{{[]int{0}, 9}, {[]int{1}, 9}, {[]int{2}, 9}}}, "[[0] [1] [2]]"},
		"somebody left a part": {History{New: [][]int{{0}, {9}, {9}}, Before: []int{8, 9, 9}, Withdrawn: true,
			Earlier: []Earlier{{[]int{0}, 9}, {[]int{1}, 9}, {[]int{2}, 9}}}, "[[0 1] [2]]"},
		"an unchanged part is divided": {History{New: [][]int{{0}, {0}, {9}}, Before: []int{9, 9, 9},
			Earlier: []Earlier{{[]int{0, 1}, 18}, {[]int{2}, 9}}}, "[[0 1] [2]]"},
		"a part that grew is divided": {History{New: [][]int{{5}, {5}, {9}}, Before: []int{9, 9, 9},
			Earlier: []Earlier{{[]int{0, 1}, 18}, {[]int{2}, 9}}}, "[[0] [1] [2]]"},
	}
	for name, c := range cases {
		parts := Guard{K: 5}.Settle(paths, slices.Clone(own), c.history)
		if got := fmt.Sprint(parts); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
