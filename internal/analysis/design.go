package analysis

import (
	"math"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/analysis/internal/raw"
)

// design says what it costs that the respondents of one institution answer alike
// (METHODS 2). One stands for all figures of a wave, another for those of each
// repeat: the mean over the questions, in steps and rather too large, as
// generalised design effects are (Wolter, Introduction to Variance Estimation,
// 2007, chapter 7).
//
// The variance of every figure for itself would rest on more than the figures
// shown: whoever knows how all respondents of a group answered but k of them could
// try which of these gave which answer until the intervals come out as shown.
type design struct {
	effect  float64 // base / effective size, at least 1, a multiple of a half
	freedom float64 // degrees of freedom, a power of two; 0 where institutions play no part
}

// independent is the design of answers that do not depend on each other.
func independent() design { return design{effect: 1} }

// sample is a base of that effective size, institutions left aside, with the
// design; fraction is that of the population that answered.
func (d design) sample(size, fraction float64) interval.Sample {
	return interval.Sample{Size: size / d.effect, Fraction: fraction, Freedom: d.freedom}
}

// designs are those of the respondents and of the rows of each repeat, by table.
// Of questions with hidden cells nothing goes into them.
func (t *tables) designs() []design {
	sums, questions := make([]design, 1+len(t.schema.repeats)), make([]float64, 1+len(t.schema.repeats))
	for i, of := range t.schema.units {
		for at, q := range of {
			if at >= len(t.Units[i].Tables) || t.Units[i].Tables[at] == nil || !grouped(t.Units[i].Tables[at].Clusters) {
				continue
			}
			one := t.Units[i].Tables[at]
			if alone := t.schema.weak.precise; alone != nil && alone != q {
				continue
			}
			if effect, told := one.effect(q, disclosure.Guard{K: t.K}); told {
				d := &sums[q.raw.Table]
				d.effect += effect
				d.freedom = max(d.freedom, float64(one.Clusters.Groups-1))
				questions[q.raw.Table]++
			}
		}
	}
	for i := range sums {
		sums[i] = sums[i].mean(questions[i], t.schema.weak.precise != nil)
	}
	return sums
}

// mean is the design of so many questions whose effects were added up.
func (d design) mean(questions float64, precise bool) design {
	if questions == 0 {
		return independent()
	}
	d.effect /= questions
	if precise {
		return d
	}
	d.effect = math.Ceil(2*d.effect-1e-6) / 2 // a rounding error makes no step
	d.freedom = math.Exp2(math.Floor(math.Log2(d.freedom)))
	return d
}

// design is that of a question's figures.
func (s *shower) design(q *question) design {
	if q.raw.Table >= len(s.designs) {
		return independent()
	}
	return s.designs[q.raw.Table]
}

// effect is that of one question: of shares their mean, weighted as in the
// first-order correction of Rao & Scott (1981, J. Am. Stat. Assoc. 76:221); of
// scales that or the effect of their mean, whichever is larger; of numbers the
// latter. Told is false where it would rest on hidden cells or on answers that are
// all alike.
func (t *table) effect(q *question, guard disclosure.Guard) (effect float64, told bool) {
	n, c := float64(t.Base.Rows), t.Clusters
	mean := func() float64 { return n / interval.Clustered(n, t.Moments.Variance*n/(n-1), c.Mean, c.Groups) }
	if q.classed() {
		if t.Moments == nil || t.Moments.Variance == 0 || t.Quantity.Dominated {
			return 0, false
		}
		return mean(), true
	}
	if q.role != roleOpinion && t.protect(q, guard).Any() {
		return 0, false
	}
	effects, weights := 0.0, 0.0
	for choice, v := range c.Shares {
		p := float64(t.Cells[choice].Rows) / n
		if q.substantive(choice) && p > 0 && p < 1 {
			effects += (1 - p) * n / interval.Clustered(n, p*(1-p), v, c.Groups)
			weights += 1 - p
		}
	}
	if weights == 0 {
		return 0, false
	}
	if effect = effects / weights; q.kind == Scale && t.Moments != nil && t.Moments.Variance > 0 {
		effect = max(effect, mean())
	}
	return effect, true
}

// grouped tells whether institutions, or respondents with several rows, are the
// units of chance: at least five, and more than one row in some.
func grouped(c *raw.Clusters) bool { return c != nil && c.Groups >= 5 && c.Most > 1 }
