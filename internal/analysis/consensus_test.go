package analysis

import (
	"math"
	"testing"
)

// TestConsensus: the authors' published case, and an interval that a figure keeps.
func TestConsensus(t *testing.T) {
	figure := func(counts ...int) Figure {
		f := Figure{Question: "q", Kind: Scale, Max: len(counts)}
		n, sum := 0, 0
		for i, count := range counts {
			n, sum = n+count, sum+(i+1)*count
		}
		for i, count := range counts {
			share := float64(count) / float64(n)
			f.Cells = append(f.Cells, Cell{Score: float64(i + 1), Count: &count, Share: &share})
		}
		mean := float64(sum) / float64(n)
		f.Base, f.Mean, f.spread = &n, &mean, &spread{}
		f.spread.sample.Size = float64(n)
		return f
	}
	published := figure(30, 40, 210, 130, 530, 50, 10)
	got, ok := published.Consensus()
	if !ok || math.Abs(got.Value-0.7256876) > 1e-6 || got.Low == nil || *got.Low < 0.69 || *got.Low > 0.72 || *got.High < 0.73 || *got.High > 0.76 {
		t.Errorf("%+v", got)
	}
	if again, _ := published.Consensus(); *again.Low != *got.Low || *again.High != *got.High {
		t.Errorf("once %v..%v, once %v..%v", *got.Low, *got.High, *again.Low, *again.High)
	}
	ends := figure(20, 0, 0, 0, 20)
	if got, _ := ends.Consensus(); got.Value != 0 || *got.Low != 0 {
		t.Errorf("half at either end: %+v", got)
	}
	few := figure(0, 0, 3, 3, 3)
	if got, ok := few.Consensus(); !ok || got.Low != nil {
		t.Errorf("nine answers: %+v", got)
	}
	hidden := figure(10, 10, 10)
	hidden.Cells[1].Share = nil
	if _, ok := hidden.Consensus(); ok {
		t.Error("a hidden cell")
	}
	_, x := closedWave(t, 3, 200, 3)
	for _, f := range must(x.Query(Query{Questions: []string{"need"}, By: []string{VariableArea}})).Groups[0].Figures {
		if got, ok := f.Consensus(); !ok || got.Value <= 0 || got.Value >= 1 || (got.Low == nil) != f.Perturbed {
			t.Errorf("%s: %+v", f.Question, got)
		}
	}
}
