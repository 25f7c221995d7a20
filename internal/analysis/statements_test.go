package analysis

import (
	"math"
	"testing"

	"bedarfslotse/internal/analysis/internal/interval"
)

// opinion is a figure of a scale of five with these counts.
func opinion(question string, counts ...int) Figure {
	f := Figure{Question: question, Kind: Scale, Max: len(counts)}
	n, mean, variance := 0, 0.0, 0.0
	for i, count := range counts {
		n, mean = n+count, mean+float64((i+1)*count)
	}
	mean /= float64(n)
	for i, count := range counts {
		share := float64(count) / float64(n)
		variance += share * (float64(i+1) - mean) * (float64(i+1) - mean)
		f.Cells = append(f.Cells, Cell{Score: float64(i + 1), Count: &count, Share: &share})
	}
	sample := interval.Sample{Size: float64(n)}
	f.Base, f.Mean, f.spread = &n, &mean, &spread{variance: variance, sample: sample}
	if low, high, ok := interval.Mean(mean, variance, sample); ok {
		f.MeanLow, f.MeanHigh = &low, &high
	}
	return f
}

// TestStatements: each verdict, the first that applies.
func TestStatements(t *testing.T) {
	for name, c := range map[string]struct {
		groups [][]int
		want   Verdict
	}{
		"one group is too small":      {[][]int{{0, 0, 1, 8, 11}, {0, 0, 0, 4, 5}}, StatementOpen},
		"split within one":            {[][]int{{12, 1, 0, 1, 12}, {0, 0, 1, 8, 11}}, StatementSplit},
		"contested":                   {[][]int{{0, 0, 2, 12, 16}, {14, 12, 3, 1, 0}}, StatementContested},
		"shared agreement":            {[][]int{{0, 0, 1, 8, 21}, {0, 0, 2, 9, 20}}, SharedAgreement},
		"shared rejection":            {[][]int{{21, 8, 1, 0, 0}, {20, 9, 2, 0, 0}}, SharedRejection},
		"around the middle":           {[][]int{{0, 6, 18, 6, 0}, {0, 7, 17, 6, 0}}, StatementUnclear},
		"clear, but of little effect": {[][]int{{0, 0, 40, 400, 560}, {0, 0, 60, 500, 440}}, SharedAgreement},
		"everybody says the same":     {[][]int{{0, 0, 0, 0, 15}, {0, 0, 0, 0, 12}}, SharedAgreement},
	} {
		var groups []Group
		for _, counts := range c.groups {
			groups = append(groups, Group{Figures: []Figure{opinion("other", 5, 5, 5, 5, 5), opinion("q", counts...)}})
		}
		got := Statements(groups, []string{"q", "missing"})
		if got[0].Verdict != c.want || got[1].Verdict != StatementOpen {
			t.Errorf("%s: %s, want %s", name, got[0].Verdict, c.want)
		}
		if c.want != StatementSplit && (len(got[0].Contested) > 0) != (c.want == StatementContested) {
			t.Errorf("%s: contested %v", name, got[0].Contested)
		}
	}
}

// TestStatementsOfJointGroups: groups whose figure is exact only together count
// once; perturbed ones make the verdict approximate.
func TestStatementsOfJointGroups(t *testing.T) {
	joint := opinion("q", 0, 0, 1, 8, 21)
	joint.Together = []int{0, 2}
	alone := opinion("q", 0, 0, 2, 9, 20)
	alone.Perturbed = true
	got := Statements([]Group{{Figures: []Figure{joint}}, {Figures: []Figure{alone}}, {Figures: []Figure{joint}}, {}}, []string{"q"})[0]
	if len(got.Groups) != 2 || len(got.Groups[0].Places) != 2 || !got.Approximate || got.Verdict != SharedAgreement {
		t.Errorf("%+v", got)
	}
	if got.Groups[1].Consensus.Low != nil || math.Abs(got.Groups[0].Consensus.Value-got.Groups[1].Consensus.Value) > 0.2 {
		t.Errorf("consensus %+v", got.Groups)
	}
}
