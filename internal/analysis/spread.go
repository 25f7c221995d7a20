package analysis

import (
	"math"

	"bedarfslotse/internal/analysis/internal/interval"
)

// shareSample is how much information a group of that effective size carries about
// the share of a choice, institutions left aside. Of groups the spread between institutions is not known: that of
// the whole wave stands in for it, as the ratio of effective size to base.
func (x *Explorer) shareSample(t *table, size float64, choice int) interval.Sample {
	if t.Clusters == nil || choice >= len(t.Clusters.Shares) || t.Base.Rows == 0 {
		return interval.Sample{Size: size, Fraction: x.shower.fraction}
	}
	p := float64(t.Cells[choice].Rows) / float64(t.Base.Rows)
	return x.narrow(t, size, x.shower.sample(t.Base.Rows, t.Clusters, p*(1-p), t.Clusters.Shares[choice]))
}

// meanSample is the same for the mean of a scale.
func (x *Explorer) meanSample(t *table, size float64) interval.Sample {
	if t.Clusters == nil || t.Moments == nil || t.Base.Rows < 2 {
		return interval.Sample{Size: size, Fraction: x.shower.fraction}
	}
	n := float64(t.Base.Rows)
	return x.narrow(t, size, x.shower.sample(t.Base.Rows, t.Clusters, t.Moments.Variance*n/(n-1), t.Clusters.Mean))
}

// narrow brings the sample of the whole wave down to a group of so many.
//
// Where the exact figures of the whole wave are not shown, its ratio of base to
// effective size is rounded up to halves and the degrees of freedom down to a
// power of two: computed from exact counts and published in full precision, they
// could be matched against what the counts might be. Rounded so, intervals are
// rather too wide.
func (x *Explorer) narrow(t *table, size float64, whole interval.Sample) interval.Sample {
	n := float64(t.Base.Rows)
	if !x.veiled {
		whole.Size *= size / n
		return whole
	}
	whole.Size = size / (math.Ceil(2*n/whole.Size) / 2)
	if whole.Freedom > 0 {
		whole.Freedom = math.Exp2(math.Floor(math.Log2(whole.Freedom)))
	}
	return whole
}
