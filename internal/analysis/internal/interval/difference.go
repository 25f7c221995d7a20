package interval

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// usable says whether a sample can carry an interval: with nobody in it, or
// with everybody there is, it cannot. No real sample is so small that its
// reciprocal overflows.
func (s Sample) usable() bool {
	return s.Size > 1e-9 && s.Fraction >= 0 && s.Fraction < 1 && !math.IsInf(s.Size, 1)
}

func isShare(p float64) bool { return p >= 0 && p <= 1 }

// Shares returns the interval of the difference p − q of two shares of
// different respondents, from Wilson's intervals of each: method 10 of Newcombe
// 1998, Stat. Med. 17:873–890, without continuity correction. The ends lie in
// [−1, 1]. There is none (ok is false) when p or q is no share or one of the
// samples is empty or complete.
func Shares(p float64, a Sample, q float64, b Sample) (low, high float64, ok bool) {
	if !isShare(p) || !isShare(q) || !a.usable() || !b.usable() {
		return 0, 0, false
	}
	first, second := around(p, a), around(q, b)
	low = p - q - math.Hypot(first.down, second.up)
	high = p - q + math.Hypot(first.up, second.down)
	return max(low, -1), min(high, 1), true
}

// distances are how far the ends of a Wilson interval lie from the share.
type distances struct{ down, up float64 }

func around(p float64, s Sample) distances {
	low, high := Wilson(p, s)
	return distances{down: p - low, up: high - p}
}

// Pairs holds what the same respondents said to two questions, as counts or as
// weighted shares: of scale only the proportions matter.
type Pairs struct{ Both, First, Second, Neither float64 }

// PairedShares returns the difference between the shares of the same
// respondents who agreed with the first and with the second question, (first −
// second)/all, and its interval: method 10 of Newcombe 1998, Stat. Med.
// 17:2635–2650, whose correlation φ is taken with |ad − bc| lowered by n/2, not
// below 0, when ad > bc, and is 0 when a margin is empty. The sample's effective
// size stands in for n. The ends lie in [−1, 1]. There is none (ok is false)
// without respondents, with a negative cell or when all answered.
func PairedShares(t Pairs, s Sample) (difference, low, high float64, ok bool) {
	all := t.Both + t.First + t.Second + t.Neither
	least := min(t.Both, t.First, t.Second, t.Neither)
	if !(least >= 0) || !(all > 0) || math.IsInf(all, 1) || !s.usable() {
		return 0, 0, 0, false
	}
	n := s.effective()
	a, b, c, d := t.Both/all, t.First/all, t.Second/all, t.Neither/all
	first, second := around(min(a+b, 1), s), around(min(a+c, 1), s)
	phi := correlation(a*n, b*n, c*n, d*n)
	difference = b - c
	low = difference - distance(first.down, second.up, phi)
	high = difference + distance(first.up, second.down, phi)
	return difference, max(low, -1), min(high, 1), true
}

// distance is √(x² − 2φxy + y²), at least 0 in spite of rounding.
func distance(x, y, phi float64) float64 {
	return math.Sqrt(max(x*x-2*phi*x*y+y*y, 0))
}

// correlation is Newcombe's φ of a 2×2 of counts.
func correlation(a, b, c, d float64) float64 {
	margins := (a + b) * (c + d) * (a + c) * (b + d)
	if margins <= 0 {
		return 0
	}
	above := a*d - b*c
	if above > 0 {
		above = max(above-(a+b+c+d)/2, 0)
	}
	return above / math.Sqrt(margins)
}

// Group is a mean with what its uncertainty takes: Variance has divisor n (with
// weights Σw(x−x̄)²/Σw).
type Group struct {
	Mean, Variance float64
	Sample         Sample
}

// unbiased is the variance with divisor n_eff − 1.
func (g Group) unbiased() float64 {
	return g.Variance * g.Sample.Size / (g.Sample.Size - 1)
}

// freedom is n_eff − 1, or the degrees of freedom of the clusters.
func (g Group) freedom() float64 {
	if g.Sample.Freedom > 0 {
		return g.Sample.Freedom
	}
	return g.Sample.Size - 1
}

func (g Group) usable() bool {
	return g.Sample.usable() && g.Sample.Size > 1 && g.Variance >= 0 &&
		!math.IsInf(g.Variance, 1) && !math.IsNaN(g.Mean) && !math.IsInf(g.Mean, 0)
}

// Welch is the difference of two means of different respondents, the first less
// the second.
type Welch struct {
	Difference, Low, High float64
	Freedom               float64 // Satterthwaite's
	P                     float64 // two-sided, of no difference
}

// Means compares two means by Welch's interval and test (Welch 1947, Biometrika
// 34:28–35; degrees of freedom of Satterthwaite 1946, Biometrics Bulletin
// 2:110–114) with the standard errors that [Mean] uses. There is no result (ok
// is false) when a group has at most one respondent, all there are, or when
// neither group's answers vary.
func Means(a, b Group) (w Welch, ok bool) {
	if !a.usable() || !b.usable() {
		return Welch{}, false
	}
	v, u := a.unbiased()/a.Sample.effective(), b.unbiased()/b.Sample.effective()
	if v+u <= 0 {
		return Welch{}, false
	}
	x, y := v/(v+u), u/(v+u)
	w.Difference = a.Mean - b.Mean
	w.Freedom = 1 / (x*x/a.freedom() + y*y/b.freedom())
	deviation := math.Sqrt(v + u)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: w.Freedom}
	half := t.Quantile(level) * deviation
	w.Low, w.High = w.Difference-half, w.Difference+half
	w.P = min(2*t.CDF(-math.Abs(w.Difference)/deviation), 1)
	return w, true
}

// Hedges is the standardised difference g of two means, the first less the
// second, with its interval.
type Hedges struct{ G, Low, High float64 }

// Effect returns Hedges' g = J·(x̄₁−x̄₂)/s_p, with s_p the pooled deviation and J
// the exact correction Γ(m/2)/(√(m/2)·Γ((m−1)/2)), m = n₁+n₂−2 with effective
// sizes, and the interval g ± 1.96·√(1/n₁ + 1/n₂ + g²/(2(n₁+n₂))) (Hedges 1981,
// J. Educ. Stat. 6:107–128; Hedges & Olkin 1985; R metafor's escalc with SMD).
// There is none (ok is false) when s_p is 0 or a group has at most one
// respondent.
func Effect(a, b Group) (h Hedges, ok bool) {
	if !a.usable() || !b.usable() {
		return Hedges{}, false
	}
	n, k := a.Sample.Size, b.Sample.Size
	freedom := n + k - 2
	pooled := ((n-1)*a.unbiased() + (k-1)*b.unbiased()) / freedom
	// J is positive from one degree of freedom on.
	if !(pooled > 0) || freedom <= 1 {
		return Hedges{}, false
	}
	upper, _ := math.Lgamma(freedom / 2)
	lower, _ := math.Lgamma((freedom - 1) / 2)
	h.G = math.Exp(upper-lower) / math.Sqrt(freedom/2) * (a.Mean - b.Mean) / math.Sqrt(pooled)
	half := distuv.UnitNormal.Quantile(level) * math.Sqrt(1/n+1/k+h.G*h.G/(2*(n+k)))
	h.Low, h.High = h.G-half, h.G+half
	return h, true
}

// Kish is the effective size (Σw)²/Σw² of a base of the given sum of weights
// and sum of their squares (Kish, Survey Sampling, 1965, section 11.7): from 1
// to the number of respondents with a weight, 0 for an empty base.
func Kish(sum, squares float64) float64 {
	if !(sum > 0) || !(squares > 0) || math.IsInf(sum, 1) || math.IsInf(squares, 1) {
		return 0
	}
	return sum / squares * sum
}

// Widen is the half-width of an interval around a perturbed figure: half is what
// chance alone makes it, deviation the standard deviation that perturbation adds
// to the figure in the same unit, √V/n for a share (METHODS 5.6).
func Widen(half, deviation float64) float64 {
	return math.Hypot(half, distuv.UnitNormal.Quantile(level)*deviation)
}

// PairedError is the standard error of the difference between the shares of the
// same respondents who agreed with one question only, √((b + c − (b − c)²)/n*), with
// b and c as shares of all (Wald; Fleiss, Levin & Paik 2003, chapter 13).
func PairedError(b, c float64, s Sample) float64 {
	return math.Sqrt(max(b+c-(b-c)*(b-c), 0) / s.effective())
}
