package interval

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

// near compares with a relative error of at most 1e-9.
func near(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b), 1e-3)
}

// TestAgainstR compares with values that R computed: testdata/intervals.R.
func TestAgainstR(t *testing.T) {
	data, err := os.ReadFile("testdata/intervals.csv")
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(records) < 100 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, record := range records[1:] {
		var v [7]float64
		for i, cell := range record[1:] {
			if v[i], err = strconv.ParseFloat(cell, 64); err != nil {
				t.Fatal(err)
			}
		}
		sample := Sample{Size: v[2], Fraction: v[3], Freedom: v[4]}
		low, high := Wilson(v[0], sample)
		if record[0] == "mean" {
			low, high, _ = Mean(v[0], v[1], sample)
		}
		if !near(low, v[5]) || !near(high, v[6]) {
			t.Errorf("%v: %v..%v", record, low, high)
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
