package perturb

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// The table is the one of largest entropy among all that METHODS 5.6 allows. To
// make it again: go test ./internal/analysis/internal/perturb -run Stored -write

var write = flag.Bool("write", false, "write the perturbation table anew")

// allowed lists the changes that a count may take, rising.
func allowed(count int) []int {
	var changes []int
	for change := -Most; change <= Most; change++ {
		if result := count + change; result == 0 || result > Small {
			changes = append(changes, change)
		}
	}
	return changes
}

// orders lists pairs of places in changes of which the first must be at least
// as probable as the second: going away from the count nothing rises.
func orders(changes []int) [][2]int {
	var pairs [][2]int
	for i := range changes[1:] {
		switch {
		case changes[i] >= 0:
			pairs = append(pairs, [2]int{i, i + 1})
		case changes[i+1] <= 0:
			pairs = append(pairs, [2]int{i + 1, i})
		}
	}
	return pairs
}

// solve returns the probabilities of largest entropy. The problem is convex, so
// its solution is that of the problem in which just the orders that bind are
// equations; all sets of orders are tried.
func solve(count int) (changes []int, best []float64) {
	changes = allowed(count)
	pairs := orders(changes)
	entropy := math.Inf(-1)
	for bound := range 1 << len(pairs) {
		groups := make([]int, len(changes))
		for i := range groups {
			groups[i] = i
		}
		for at, pair := range pairs {
			if bound>>at&1 == 1 {
				from, to := groups[pair[1]], groups[pair[0]]
				for i := range groups {
					if groups[i] == from {
						groups[i] = to
					}
				}
			}
		}
		p, ok := largest(changes, groups)
		ok = ok && !slices.ContainsFunc(pairs, func(pair [2]int) bool { return p[pair[0]] < p[pair[1]]-1e-13 })
		if h := entropyOf(p); ok && h > entropy {
			entropy, best = h, p
		}
	}
	return changes, best
}

func entropyOf(p []float64) (h float64) {
	for _, one := range p {
		if one > 0 {
			h -= one * math.Log(one)
		}
	}
	return h
}

// largest maximises the entropy subject to mean and variance with equal
// probabilities within groups: log p = λ0 + λ1·m1 + λ2·m2 with the groups' mean
// and mean square, found by Newton's method on the dual.
func largest(changes, groups []int) ([]float64, bool) {
	m1, m2 := make([]float64, len(changes)), make([]float64, len(changes))
	for i, group := range groups {
		n := 0.0
		for j, change := range changes {
			if groups[j] == group {
				n++
				m1[i] += float64(change)
				m2[i] += float64(change * change)
			}
		}
		m1[i] /= n
		m2[i] /= n
	}
	var a, b float64
	p := make([]float64, len(changes))
	dual := func(a, b float64) float64 {
		z := 0.0
		for i := range p {
			z += math.Exp(a*m1[i] + b*(m2[i]-Variance))
		}
		return math.Log(z)
	}
	for range 500 {
		z := 0.0
		for i := range p {
			p[i] = math.Exp(a*m1[i] + b*(m2[i]-Variance))
			z += p[i]
		}
		var e1, e2, v11, v12, v22 float64
		for i := range p {
			p[i] /= z
			x, y := m1[i], m2[i]-Variance
			e1, e2 = e1+p[i]*x, e2+p[i]*y
			v11, v12, v22 = v11+p[i]*x*x, v12+p[i]*x*y, v22+p[i]*y*y
		}
		if math.Abs(e1)+math.Abs(e2) < 1e-15 {
			return p, true
		}
		v11, v12, v22 = v11-e1*e1, v12-e1*e2, v22-e2*e2
		det := v11*v22 - v12*v12
		if det < 1e-14 {
			break
		}
		da, db := (v22*e1-v12*e2)/det, (v11*e2-v12*e1)/det
		step, now := 1.0, dual(a, b)
		for step > 1e-6 && dual(a-step*da, b-step*db) > now {
			step /= 2
		}
		a, b = a-step*da, b-step*db
	}
	mean, square := 0.0, 0.0
	for i, change := range changes {
		mean += p[i] * float64(change)
		square += p[i] * float64(change*change)
	}
	return p, math.Abs(mean) < 1e-12 && math.Abs(square-Variance) < 1e-12
}

// made is the table as it is written.
func made() []entry {
	all := []entry{{0, 0, 1, 1}}
	for count := 1; count < rows; count++ {
		changes, p := solve(count)
		sum := 0.0
		for i, change := range changes {
			sum += p[i]
			cumulated := sum
			if i == len(changes)-1 {
				cumulated = 1
			}
			all = append(all, entry{count, change, p[i], cumulated})
		}
	}
	return all
}

func TestStoredTableIsTheSolution(t *testing.T) {
	solution := made()
	if *write {
		var out strings.Builder
		out.WriteString("count,change,probability,cumulated\n")
		for _, e := range solution {
			fmt.Fprintf(&out, "%d,%d,%.15g,%.15g\n", e.count, e.change, e.probability, e.cumulated)
		}
		if err := os.WriteFile("table.csv", []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	stored, err := entries(table)
	if err != nil || len(stored) != len(solution) {
		t.Fatalf("%d entries, want %d: %v", len(stored), len(solution), err)
	}
	for i, want := range solution {
		got := stored[i]
		if got.count != want.count || got.change != want.change ||
			math.Abs(got.probability-want.probability) > 1e-12 || math.Abs(got.cumulated-want.cumulated) > 1e-12 {
			t.Errorf("%+v is stored, the solution is %+v", got, want)
		}
	}
}

// byCount returns the stored entries of each count.
func byCount(t *testing.T) map[int][]entry {
	t.Helper()
	stored, err := entries(table)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int][]entry{}
	for _, e := range stored {
		found[e.count] = append(found[e.count], e)
	}
	if len(found) != rows {
		t.Fatalf("%d rows", len(found))
	}
	return found
}

func moment(row []entry, of func(change float64) float64) (sum float64) {
	for _, e := range row {
		sum += e.probability * of(float64(e.change))
	}
	return sum
}

func TestEveryRowSumsToOne(t *testing.T) {
	for count, row := range byCount(t) {
		sum := 0.0
		for i, e := range row {
			if e.probability < 0 || i > 0 && e.change <= row[i-1].change {
				t.Errorf("row %d: %+v", count, e)
			}
			if sum += e.probability; math.Abs(sum-e.cumulated) > 1e-12 {
				t.Errorf("row %d: cumulated %v, want %v", count, e.cumulated, sum)
			}
		}
		if row[len(row)-1].cumulated != 1 {
			t.Errorf("row %d ends at %v", count, row[len(row)-1].cumulated)
		}
	}
}

func TestMeanOfChangesIsZero(t *testing.T) {
	for count, row := range byCount(t) {
		if mean := moment(row, func(x float64) float64 { return x }); math.Abs(mean) > 1e-12 {
			t.Errorf("row %d: %v", count, mean)
		}
	}
}

func TestVarianceOfChanges(t *testing.T) {
	for count, row := range byCount(t) {
		want := Variance
		if count == 0 {
			want = 0
		}
		if got := moment(row, func(x float64) float64 { return x * x }); math.Abs(got-want) > 1e-12 {
			t.Errorf("row %d: %v", count, got)
		}
	}
}

func TestNoChangeIsTooLarge(t *testing.T) {
	for count, row := range byCount(t) {
		for _, e := range row {
			if max(e.change, -e.change) > Most {
				t.Errorf("row %d changes by %d", count, e.change)
			}
		}
	}
}

func TestNoResultIsSmallOrNegative(t *testing.T) {
	for count, row := range byCount(t) {
		for _, e := range row {
			if result := count + e.change; result < 0 || result > 0 && result <= Small {
				t.Errorf("%d becomes %d", count, result)
			}
		}
	}
}

func TestZeroStaysZero(t *testing.T) {
	for _, key := range []uint64{0, 1 << 63, math.MaxUint64} {
		if got := Shipped().Count(0, key); got != 0 {
			t.Errorf("0 becomes %d", got)
		}
	}
}

func TestNothingRisesAwayFromTheCount(t *testing.T) {
	for count, row := range byCount(t) {
		byDistance := func(sign int) []entry {
			side := slices.DeleteFunc(slices.Clone(row), func(e entry) bool { return sign*e.change < 0 })
			return slices.SortedFunc(slices.Values(side), func(a, b entry) int { return cmp.Compare(sign*a.change, sign*b.change) })
		}
		for _, sign := range []int{-1, 1} {
			side := byDistance(sign)
			for i := 1; i < len(side); i++ {
				if side[i].probability > side[i-1].probability+1e-12 {
					t.Errorf("row %d: %+v after %+v", count, side[i], side[i-1])
				}
			}
		}
	}
}

// TestNoAllowedTableHasMoreEntropy goes from the stored row in every direction
// that keeps sum, mean and variance: the entropy must not rise.
func TestNoAllowedTableHasMoreEntropy(t *testing.T) {
	for count := 1; count < rows; count++ {
		changes, p := solve(count)
		pairs := orders(changes)
		for i := range changes {
			for j := i + 1; j < len(changes); j++ {
				for k := j + 1; k < len(changes); k++ {
					for l := k + 1; l < len(changes); l++ {
						// Weights by Lagrange: orthogonal to 1, x and x².
						at := []int{i, j, k, l}
						q := slices.Clone(p)
						for _, eps := range []float64{1e-4, -1e-4} {
							copy(q, p)
							for _, a := range at {
								w := 1.0
								for _, b := range at {
									if a != b {
										w /= float64(changes[a] - changes[b])
									}
								}
								q[a] += eps * w
							}
							fits := slices.Min(q) >= 0 && !slices.ContainsFunc(pairs, func(pair [2]int) bool { return q[pair[0]] < q[pair[1]] })
							if fits && entropyOf(q) > entropyOf(p)+1e-12 {
								t.Errorf("row %d: more entropy at %v", count, q)
							}
						}
					}
				}
			}
		}
	}
}

// TestKeysMeetTheProbabilities draws keys evenly.
func TestKeysMeetTheProbabilities(t *testing.T) {
	shipped := Shipped()
	const keys = 1 << 20
	for count, row := range byCount(t) {
		found := map[int]int{}
		for i := range uint64(keys) {
			found[shipped.Count(count, i<<44|1<<43)-count]++
		}
		for _, e := range row {
			if got := float64(found[e.change]) / keys; math.Abs(got-e.probability) > 2.0/keys {
				t.Errorf("row %d, change %d: %v, want %v", count, e.change, got, e.probability)
			}
		}
	}
	if low, high := shipped.Count(1000, 0), shipped.Count(1000, math.MaxUint64); low != 1000-Most || high != 1000+Most {
		t.Errorf("1000 becomes %d to %d", low, high)
	}
}

func TestDamagedTablesAreRefused(t *testing.T) {
	for _, text := range []string{"count,change,probability,cumulated\n9,0,1,1\n", "count,change,probability,cumulated\n0,0,1,0.5\n",
		"count,change,probability,cumulated\nx,0,1,1\n", "count,change,probability,cumulated\n0,0,1,y\n", "a,b\n1\n"} {
		if _, err := read(text); err == nil {
			t.Errorf("read %q", text)
		}
	}
}

func TestErrors(t *testing.T) {
	if got := ShareError(100); got != 0.015 {
		t.Errorf("a share of 100 is uncertain by %v", got)
	}
	if got := MeanError(100, 2, []float64{1, 2, 3}); math.Abs(got-1.5*math.Sqrt2/100) > 1e-15 {
		t.Errorf("a mean of 100 is uncertain by %v", got)
	}
	if got := Widened(3, 4/1.96); math.Abs(got-5) > 1e-12 {
		t.Errorf("widened to %v", got)
	}
}
