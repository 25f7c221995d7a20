// Package agreement says how far coders, items and respondents agree (METHODS 7
// and 12). What cannot be computed, for want of answers or of variation, has no
// result: functions then return false, and never NaN.
package agreement

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// most bounds counts, so that products of two sums stay exact.
const most = 1 << 30

// Kappa is Cohen's κ of two coders.
type Kappa struct {
	// Value is 1 for agreement throughout, 0 for as much as chance makes, and
	// down to −1 for less.
	Value float64
	// Agreement is the share of texts on which both agree, in [0, 1].
	Agreement float64
	// Low and High are the ends of the 95 % interval, within [−1, 1], when
	// Interval is true. There is none when both agree on every text, since the
	// large-sample error is then 0, which says nothing.
	Low, High float64
	Interval  bool
}

// Cohen returns κ (Cohen 1960, Educ. Psychol. Meas. 20:37–46) with the
// large-sample interval of Fleiss, Cohen & Everitt (1969, Psychol. Bull.
// 72:323–327). Table[a][b] counts the texts that the first coder put into a and
// the second into b; for one tag it is a 2×2. Not computable (ok is false)
// without texts, when the table is not square, or when both coders put all texts
// into the same one category.
func Cohen(table [][]int) (k Kappa, ok bool) {
	rows, columns := make([]float64, len(table)), make([]float64, len(table))
	n, same := 0.0, 0.0
	for i, line := range table {
		if len(line) != len(table) {
			return k, false
		}
		for j, x := range line {
			if x < 0 || x > most {
				return k, false
			}
			rows[i] += float64(x)
			columns[j] += float64(x)
			n += float64(x)
		}
		same += float64(line[i])
	}
	chance := 0.0 // times n²
	for i := range rows {
		chance += rows[i] * columns[i]
	}
	if n == 0 || chance == n*n {
		return k, false
	}
	k.Agreement = same / n
	expected := chance / n / n
	k.Value = (k.Agreement - expected) / (1 - expected)
	if same == n {
		return k, true
	}
	variance := 0.0
	for i, line := range table {
		for j, x := range line {
			p := float64(x) / n
			if i == j {
				term := 1 - (rows[i]+columns[i])/n*(1-k.Value)
				variance += p * term * term
			} else {
				term := (columns[i] + rows[j]) / n * (1 - k.Value)
				variance += p * term * term
			}
		}
	}
	shift := k.Value - expected*(1-k.Value)
	variance = max(variance-shift*shift, 0) / ((1 - expected) * (1 - expected) * n)
	// Rounding alone is no error of sampling.
	if variance > 1e-20 {
		half := distuv.UnitNormal.Quantile(0.975) * math.Sqrt(variance)
		k.Low, k.High, k.Interval = max(k.Value-half, -1), min(k.Value+half, 1), true
	}
	return k, true
}

// Pattern is how often a text was put into each category, one coder each, and
// the number of texts of which this holds. Coders who did not see a text are not
// counted.
type Pattern struct {
	Coders []int // by category
	Texts  int
}

// Krippendorff returns α for nominal categories and any number of coders, some of
// whom may not have coded some texts (Krippendorff, Content Analysis, 2004,
// chapter 11): 1 for agreement throughout, 0 for as much as chance makes, less
// for less. Texts with one coder say nothing and are left out. Not computable (ok
// is false) when no text has two coders or all put all texts into one category.
func Krippendorff(patterns []Pattern) (alpha float64, ok bool) {
	var totals []float64 // of values that can be paired, by category
	n, disagreement := 0.0, 0.0
	for _, p := range patterns {
		coders, squares := 0.0, 0.0
		for _, x := range p.Coders {
			if x < 0 || x > most {
				return 0, false
			}
			coders += float64(x)
			squares += float64(x) * float64(x)
		}
		if p.Texts < 0 || p.Texts > most {
			return 0, false
		}
		if coders < 2 || p.Texts == 0 {
			continue
		}
		if len(p.Coders) > len(totals) {
			totals = append(totals, make([]float64, len(p.Coders)-len(totals))...)
		}
		texts := float64(p.Texts)
		for category, x := range p.Coders {
			totals[category] += texts * float64(x)
		}
		n += texts * coders
		disagreement += texts * (coders*coders - squares) / (coders - 1)
	}
	expected := n * n
	for _, x := range totals {
		expected -= x * x
	}
	if n == 0 || expected <= 0 {
		return 0, false
	}
	return 1 - (n-1)*disagreement/expected, true
}
