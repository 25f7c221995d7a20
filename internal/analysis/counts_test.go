package analysis

import (
	"maps"
	"testing"
)

// TestCountsInListAndMap: both ways of counting give the same.
func TestCountsInListAndMap(t *testing.T) {
	list, sparse := newCounts(mostDense), newCounts(mostDense+1)
	if list.dense == nil || sparse.sparse == nil {
		t.Fatal("one of the ways is never taken")
	}
	want := map[int]int{0: 1, 7: 2, mostDense - 1: 1}
	for _, counted := range []*counts{list, sparse} {
		for _, code := range []int{mostDense - 1, 7, 0, 7} {
			counted.add(code)
		}
		last := -1
		for code := range counted.all() {
			if code <= last {
				t.Errorf("%d comes after %d", code, last)
			}
			last = code
		}
		if got := maps.Collect(counted.all()); !maps.Equal(got, want) {
			t.Errorf("counted %v", got)
		}
	}
}
