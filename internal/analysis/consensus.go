package analysis

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"bedarfslotse/internal/analysis/internal/agreement"
	"bedarfslotse/internal/analysis/internal/resample"
)

// Consensus is how far those who answered a scale agree: 1 when all say the same,
// 0 when half stand at either end (Tastle & Wierman 2007), with the 95 % percentile
// interval of 2 000 bootstrap samples. It is computed from the shares shown, the
// samples are of the effective size, and the same figure always has the same
// interval. There is none without a mean, no interval below ten independent
// answers, of perturbed figures and when everybody answered.
func (f *Figure) Consensus() (consensus Estimated, ok bool) {
	if f.Kind != Scale || f.Mean == nil || f.Max < 2 {
		return consensus, false
	}
	shares := make([]float64, f.Max)
	for _, cell := range f.Cells {
		at := int(cell.Score) - 1
		if cell.Share == nil || at < 0 || at >= f.Max {
			return consensus, false
		}
		shares[at] += *cell.Share
	}
	value, ok := agreement.Consensus(shares)
	if !ok {
		return consensus, false
	}
	consensus.Value = value
	if f.spread == nil || f.Perturbed || f.spread.sample.Size < resample.Fewest {
		return consensus, true
	}
	counts, h := make([]int, len(shares)), fnv.New64a()
	_, _ = h.Write([]byte(f.Question))
	seed := uint64(0)
	for i, share := range shares {
		counts[i] = int(math.Round(share * f.spread.sample.Size))
		seed = seed*1_000_003 + uint64(counts[i])
	}
	samples := make([]float64, 0, resample.Draws)
	drawn := make([]float64, len(counts))
	resample.Multinomial([][]int{counts}, resample.Draws, rand.NewPCG(h.Sum64(), seed), func(sample [][]int) {
		for i, count := range sample[0] {
			drawn[i] = float64(count)
		}
		one, _ := agreement.Consensus(drawn)
		samples = append(samples, one)
	})
	low, high, ok := resample.Interval(value, samples, f.spread.sample.Fraction)
	return estimated(value, max(low, 0), min(high, 1), ok), true
}
