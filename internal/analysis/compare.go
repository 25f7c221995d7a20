package analysis

import (
	"math"
	"slices"

	"bedarfslotse/internal/analysis/internal/inference"
	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/analysis/internal/perturb"
)

// Contrast is two figures of what is taken for the same question, of different
// respondents: of two waves, or of two audiences (METHODS 7, 11).
type Contrast struct{ First, Last Figure }

// Difference is how two figures differ: first − last.
type Difference struct {
	// Choice is the choice whose share differs, or "" of means.
	Choice string
	// First and Last are the shares, 0–1, or the means as 0–100 scores:
	// 100·(x−1)/(m−1).
	First, Last Estimated
	Value       Estimated
	// P is two-sided, of no difference, and Adjusted the same within the family of
	// all differences (Benjamini & Hochberg 1995); nil where there is no test, as
	// everybody answered or all answers are equal.
	P, Adjusted *float64
	// Effect is Hedges' g of means with its interval; nil of shares and where
	// answers do not vary.
	Effect *Estimated
	// Approximate tells that one of the figures is perturbed.
	Approximate bool
}

// Estimated is a number with its 95 % interval, where it has one.
type Estimated struct {
	Value     float64
	Low, High *float64
}

func estimated(value, low, high float64, ok bool) Estimated {
	e := Estimated{Value: value}
	if ok {
		e.Low, e.High = &low, &high
	}
	return e
}

// Differences compares the figures of each contrast: of scales with the same m the
// means, of other questions the share of each choice that both have. What is
// hidden in one of them is left out. All together are one family.
func Differences(contrasts []Contrast) [][]Difference {
	found := make([][]Difference, len(contrasts))
	var tested []*Difference
	for i, c := range contrasts {
		found[i] = c.differences()
		for at := range found[i] {
			if found[i][at].P != nil {
				tested = append(tested, &found[i][at])
			}
		}
	}
	p := make([]float64, len(tested))
	for i, one := range tested {
		p[i] = *one.P
	}
	if adjusted, ok := inference.Adjust(p); ok {
		for i, one := range tested {
			one.Adjusted = &adjusted[i]
		}
	}
	return found
}

func (c *Contrast) differences() (found []Difference) {
	a, b := &c.First, &c.Last
	if a.Base == nil || b.Base == nil || a.Kind != b.Kind {
		return nil
	}
	if a.Kind == Scale {
		if d, ok := c.means(); ok {
			found = append(found, d)
		}
		return found
	}
	if a.Kind != Single && a.Kind != Multiple {
		return nil
	}
	for i := range a.Cells {
		at := slices.IndexFunc(b.Cells, func(cell Cell) bool { return cell.Name == a.Cells[i].Name })
		if at < 0 || a.Cells[i].Share == nil || b.Cells[at].Share == nil {
			continue
		}
		found = append(found, c.shares(&a.Cells[i], &b.Cells[at]))
	}
	return found
}

// shares is the difference of two shares with Newcombe's interval.
func (c *Contrast) shares(a, b *Cell) Difference {
	d := Difference{Choice: a.Name, Approximate: c.First.Perturbed || c.Last.Perturbed,
		First: Estimated{*a.Share, a.Low, a.High}, Last: Estimated{*b.Share, b.Low, b.High}}
	value := *a.Share - *b.Share
	low, high, ok := 0.0, 0.0, false
	if !c.First.Everyone && !c.Last.Everyone {
		low, high, ok = interval.Shares(*a.Share, a.sample, *b.Share, b.sample)
	}
	noise := math.Hypot(a.noise, b.noise)
	if ok && noise > 0 {
		low, high = max(value-perturb.Widened(value-low, noise), -1), min(value+perturb.Widened(high-value, noise), 1)
	}
	d.Value = estimated(value, low, high, ok)
	if !ok {
		return d
	}
	table := [][]float64{make([]float64, 2), make([]float64, 2)}
	for column, cell := range []*Cell{a, b} {
		table[0][column] = *cell.Share * cell.sample.Size
		table[1][column] = (1 - *cell.Share) * cell.sample.Size
	}
	variance := func(cell *Cell) float64 { return cell.noise * cell.sample.Size * cell.noise * cell.sample.Size }
	if result, ok := inference.Independence(unperturbed(table, []float64{variance(a), variance(b)}), nil); ok {
		d.P = &result.P
	}
	return d
}

// means is the difference of two means of scales, as 0–100 scores, with Welch's
// interval.
func (c *Contrast) means() (d Difference, ok bool) {
	a, b := &c.First, &c.Last
	if a.Mean == nil || b.Mean == nil || a.Max != b.Max || a.Max < 2 {
		return d, false
	}
	unit := 100 / float64(a.Max-1)
	score := func(f *Figure) Estimated {
		e := Estimated{Value: (*f.Mean - 1) * unit}
		if f.MeanLow != nil && f.MeanHigh != nil {
			e = estimated(e.Value, (*f.MeanLow-1)*unit, (*f.MeanHigh-1)*unit, true)
		}
		return e
	}
	d = Difference{First: score(a), Last: score(b), Approximate: a.Perturbed || b.Perturbed}
	value := (*a.Mean - *b.Mean) * unit
	d.Value = Estimated{Value: value}
	if a.Everyone || b.Everyone || a.spread == nil || b.spread == nil {
		return d, true
	}
	noise := math.Hypot(a.spread.noise, b.spread.noise)
	first, last := a.spread.group(*a.Mean), b.spread.group(*b.Mean)
	welch, ok := interval.Means(first, last)
	if !ok {
		return d, true
	}
	low, high := welch.Low*unit, welch.High*unit
	if noise > 0 {
		low, high = value-perturb.Widened(value-low, noise*unit), value+perturb.Widened(high-value, noise*unit)
	}
	d.Value, d.P = estimated(value, low, high, true), &welch.P
	if g, ok := interval.Effect(first, last); ok {
		e := estimated(g.G, g.Low, g.High, true)
		d.Effect = &e
	}
	return d, true
}

// spread is what comparing a mean takes.
type spread struct {
	variance float64 // with divisor n
	sample   interval.Sample
	noise    float64 // the standard deviation that perturbation adds
}

// group has the variance that chance and perturbation give together.
func (s *spread) group(mean float64) interval.Group {
	g := interval.Group{Mean: mean, Variance: s.variance, Sample: s.sample}
	g.Variance += s.noise * s.noise * s.sample.Size
	return g
}
