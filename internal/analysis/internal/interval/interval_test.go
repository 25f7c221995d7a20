package interval

import (
	"math"
	"testing"

	"bedarfslotse/internal/testoracle"
)

// near compares with a relative error of at most 1e-9.
func near(a, b float64) bool { return testoracle.Near(a, b, 1e-9) }

// TestAgainstR compares with values that R computed: testdata/intervals.R.
func TestAgainstR(t *testing.T) {
	cases := testoracle.Read(t, "testdata/intervals.csv")
	if len(cases) < 100 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		v := c.Values
		sample := Sample{Size: v[2], Fraction: v[3], Freedom: v[4]}
		low, high := Wilson(v[0], sample)
		if c.Name == "mean" {
			low, high, _ = Mean(v[0], v[1], sample)
		}
		if !near(low, v[5]) || !near(high, v[6]) {
			t.Errorf("%v: %v..%v", c, low, high)
		}
	}
}

// TestWilsonPublished holds an example of Newcombe 1998 (Stat. Med. 17:857–872,
// table I, method 3): 81 of 263, 15 of 148, 0 of 20, 1 of 29.
func TestWilsonPublished(t *testing.T) {
	cases := []struct{ count, n, low, high float64 }{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
	}
	for _, c := range cases {
		low, high := Wilson(c.count/c.n, Sample{Size: c.n})
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%v of %v: %.4f..%.4f, want %v..%v", c.count, c.n, low, high, c.low, c.high)
		}
	}
}

func TestNoIntervalOfEqualAnswers(t *testing.T) {
	if _, _, ok := Mean(3, 0, Sample{Size: 20}); ok {
		t.Error("equal answers have an interval")
	}
	if _, _, ok := Mean(3, 1, Sample{Size: 1}); ok {
		t.Error("one answer has an interval")
	}
}

func TestClustered(t *testing.T) {
	cases := []struct {
		n, independent, clustered float64
		groups                    int
		want                      float64
	}{
		{100, 0.25, 0.005, 10, 50},   // half as much information
		{100, 0.25, 0.0001, 10, 100}, // never more than the base
		{100, 0.25, 0, 10, 10},
		{8, 0, 0, 10, 8},
	}
	for _, c := range cases {
		if got := Clustered(c.n, c.independent, c.clustered, c.groups); !near(got, c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
