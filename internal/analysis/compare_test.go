package analysis

import (
	"math"
	"slices"
	"testing"

	"bedarfslotse/internal/analysis/internal/interval"
)

// TestDifferences compares two waves: means as scores by Welch's method, shares by
// Newcombe's, all in one family.
func TestDifferences(t *testing.T) {
	_, first := closedWave(t, 3, 500, 3)
	_, last := closedWave(t, 4, 900, 3)
	whole := func(x *Explorer, weighted bool) []Figure {
		return must(x.Query(Query{Weighted: weighted})).Groups[0].Figures
	}
	a, b := whole(first, false), whole(last, false)
	var contrasts []Contrast
	for i := range a {
		contrasts = append(contrasts, Contrast{a[i], b[i]})
	}
	raised := 0
	for i, differences := range Differences(contrasts) {
		f, g := a[i], b[i]
		for _, d := range differences {
			if d.P == nil || *d.Adjusted < *d.P || *d.Value.Low > d.Value.Value || *d.Value.High < d.Value.Value || d.Approximate {
				t.Fatalf("%s: %+v", f.Question, d)
			}
			if *d.Adjusted > *d.P {
				raised++
			}
			if f.Kind == Scale {
				group := func(f Figure) interval.Group {
					variance := 0.0
					for _, cell := range f.Cells {
						variance += *cell.Share * (cell.Score - *f.Mean) * (cell.Score - *f.Mean)
					}
					return interval.Group{Mean: *f.Mean, Variance: variance, Sample: interval.Sample{Size: float64(*f.Base)}}
				}
				want, _ := interval.Means(group(f), group(g))
				if math.Abs(d.Value.Value-25*want.Difference) > 1e-9 || math.Abs(*d.Value.Low-25*want.Low) > 1e-9 || math.Abs(*d.P-want.P) > 1e-9 || d.Effect == nil {
					t.Errorf("%s: %+v, want %+v", f.Question, d, want)
				}
				continue
			}
			at := slices.IndexFunc(f.Cells, func(cell Cell) bool { return cell.Name == d.Choice })
			low, high, _ := interval.Shares(*f.Cells[at].Share, interval.Sample{Size: float64(*f.Base)}, *g.Cells[at].Share, interval.Sample{Size: float64(*g.Base)})
			if *d.Value.Low != low || *d.Value.High != high {
				t.Errorf("%s, %s: %v..%v, want %v..%v", f.Question, d.Choice, *d.Value.Low, *d.Value.High, low, high)
			}
		}
	}
	if raised < 5 {
		t.Errorf("only %d p-values are adjusted", raised)
	}
	// Weighted figures, of which some are perturbed, are less certain.
	_, x := weighed(t, 500, 3, cityStrata(3))
	weighted := whole(x, true)
	at := slices.IndexFunc(weighted, func(f Figure) bool { return f.Question == "age" })
	if got := Differences([]Contrast{{weighted[at], weighted[at]}})[0]; len(got) == 0 || !got[0].Approximate || got[0].Value.Value != 0 || *got[0].P < 0.99 {
		t.Errorf("the same figure twice: %+v", got)
	}
	if got := Differences([]Contrast{{a[0], a[3]}, {Figure{}, a[0]}}); got[0] != nil || got[1] != nil {
		t.Errorf("what cannot be compared: %+v", got)
	}
}
