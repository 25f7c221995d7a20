package agreement

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/testoracle"
)

func near(a, b float64) bool { return testoracle.Near(a, b, 1e-8) }

// lines puts numbers into lines of the given length.
func lines(values []float64, length int) [][]float64 {
	var all [][]float64
	for len(values) >= length && length > 0 {
		all, values = append(all, values[:length]), values[length:]
	}
	return all
}

func whole(values []float64) []int {
	counts := make([]int, len(values))
	for i, v := range values {
		counts[i] = int(v)
	}
	return counts
}

func table(values []float64, length int) [][]int {
	var all [][]int
	for _, line := range lines(values, length) {
		all = append(all, whole(line))
	}
	return all
}

// compute gives what testdata/agreement.R gives for a line, and what that gave.
func compute(name string, v []float64) (got, want []float64, ok bool) {
	switch name {
	case "cohen":
		size := int(v[0])
		var k Kappa
		k, ok = Cohen(table(v[1:1+size*size], size))
		return []float64{k.Value, k.Low, k.High}, v[1+size*size:], ok && k.Interval
	case "krippendorff":
		texts, categories := int(v[0]), int(v[1])
		var patterns []Pattern
		for _, line := range table(v[2:2+texts*categories], categories) {
			patterns = append(patterns, Pattern{line, 1})
		}
		alpha, ok := Krippendorff(patterns)
		return []float64{alpha}, v[2+texts*categories:], ok
	case "cronbach":
		respondents, items := int(v[0]), int(v[1])
		reversed := make([]bool, items)
		for i := range reversed {
			reversed[i] = v[2+i] == 1
		}
		s := NewItems(items)
		for _, answers := range lines(v[2+items:2+items+respondents*items], items) {
			s.Add(answers, 1)
		}
		alpha, ok := s.Cronbach(reversed)
		return []float64{alpha}, v[2+items+respondents*items:], ok
	case "consensus":
		steps := int(v[0])
		consensus, ok := Consensus(v[1 : 1+steps])
		return []float64{consensus}, v[1+steps:], ok
	}
	return nil, nil, false
}

// TestAgainstR compares with values that R computed: testdata/agreement.R.
func TestAgainstR(t *testing.T) {
	seen := map[string]int{}
	for _, c := range testoracle.Read(t, "testdata/agreement.csv") {
		seen[c.Name]++
		got, want, ok := compute(c.Name, c.Values)
		if !ok || len(got) != len(want) {
			t.Errorf("%s %v: %v, want %v", c.Name, c.Values, got, want)
			continue
		}
		for i := range want {
			// Intervals are cut off at the ends of the scale.
			if !near(got[i], min(max(want[i], -1), 1)) && c.Name == "cohen" || !near(got[i], want[i]) && c.Name != "cohen" {
				t.Errorf("%s %v: %v, want %v", c.Name, c.Values, got, want)
				break
			}
		}
	}
	for _, name := range []string{"cohen", "krippendorff", "cronbach", "consensus"} {
		if seen[name] < 20 {
			t.Errorf("%d cases of %s", seen[name], name)
		}
	}
}

// TestKrippendorffPublished holds the examples B and C of Krippendorff, Computing
// Krippendorff's Alpha-Reliability (2011): two observers with ten articles, and
// four observers, not all of whom saw all of twelve units.
func TestKrippendorffPublished(t *testing.T) {
	two := []Pattern{{[]int{2, 0}, 5}, {[]int{0, 2}, 1}, {[]int{1, 1}, 4}}
	if alpha, ok := Krippendorff(two); !ok || math.Abs(alpha-0.095) > 5e-4 {
		t.Errorf("two observers: %v %v", alpha, ok)
	}
	units := [][]int{
		{1, 1, 0, 1}, {2, 2, 3, 2}, {3, 3, 3, 3}, {3, 3, 3, 3}, {2, 2, 2, 2}, {1, 2, 3, 4},
		{4, 4, 4, 4}, {1, 1, 2, 1}, {2, 2, 2, 2}, {0, 5, 5, 5}, {0, 0, 1, 1}, {0, 0, 3, 0},
	}
	var patterns []Pattern
	for _, unit := range units {
		counts := make([]int, 5)
		for _, value := range unit {
			if value > 0 {
				counts[value-1]++
			}
		}
		patterns = append(patterns, Pattern{counts, 1})
	}
	if alpha, ok := Krippendorff(patterns); !ok || math.Abs(alpha-0.743) > 5e-4 {
		t.Errorf("four observers: %v %v", alpha, ok)
	}
}

// TestCohenPublished: κ of Cohen 1960, table 1 as counts of 200 persons.
func TestCohenPublished(t *testing.T) {
	k, ok := Cohen([][]int{{88, 14, 18}, {10, 40, 10}, {2, 6, 12}})
	if !ok || math.Abs(k.Value-0.492) > 5e-4 || k.Agreement != 0.7 {
		t.Errorf("%+v %v", k, ok)
	}
}

// TestConsensusPublished holds the values that METHODS 7 names.
func TestConsensusPublished(t *testing.T) {
	for _, c := range []struct {
		counts []float64
		want   float64
	}{
		{[]float64{30, 40, 210, 130, 530, 50, 10}, 0.7256876},
		{[]float64{0, 0, 9, 0}, 1},
		{[]float64{5, 0, 0, 5}, 0},
	} {
		if got, ok := Consensus(c.counts); !ok || math.Abs(got-c.want) > 5e-8 {
			t.Errorf("%v: %v %v", c.counts, got, ok)
		}
	}
	if got, ok := Consensus([]float64{1, 1, 1, 1, 1}); !ok || math.Abs(got-0.43) > 0.005 {
		t.Errorf("even spread: %v %v", got, ok)
	}
}

// TestPerfectAgreement has a value, but no interval.
func TestPerfectAgreement(t *testing.T) {
	if k, ok := Cohen([][]int{{7, 0}, {0, 3}}); !ok || k.Value != 1 || k.Interval {
		t.Errorf("%+v %v", k, ok)
	}
}

// TestGatheredRows: equal rows together are equal rows one by one.
func TestGatheredRows(t *testing.T) {
	one, many := NewItems(3), NewItems(3)
	for _, answers := range [][]float64{{1, 2, 1}, {4, 5, 3}, {3, 3, 5}} {
		many.Add(answers, 3)
		for range 3 {
			one.Add(answers, 1)
		}
	}
	a, ok := one.Cronbach(nil)
	if b, same := many.Cronbach(nil); !ok || !same || a != b || many.Rows() != 9 {
		t.Errorf("%v %v", a, b)
	}
}

func TestNotComputable(t *testing.T) {
	for _, table := range [][][]int{nil, {{}}, {{0, 0}, {0, 0}}, {{5, 0}, {0, 0}}, {{5}}, {{1, 2}}, {{1, 2}, {3}}, {{-1, 2}, {3, 4}}, {{math.MaxInt, 2}, {3, 4}}} {
		if k, ok := Cohen(table); ok {
			t.Errorf("κ of %v: %+v", table, k)
		}
	}
	for _, patterns := range [][]Pattern{nil, {{[]int{1, 0}, 5}}, {{[]int{2, 0}, 5}, {[]int{1, 0}, 5}}, {{[]int{-1, 3}, 1}}, {{[]int{1, 1}, -1}}, {{nil, 3}}} {
		if alpha, ok := Krippendorff(patterns); ok {
			t.Errorf("α of %v: %v", patterns, alpha)
		}
	}
	for _, rows := range [][][]float64{nil, {{1, 2}, {2, 1}}, {{1, 2, 3}}, {{1, 2, 3}, {1, 2, 3}}, {{1, 2, 3}, {3, 2, 1}}, {{1, 2, 3}, {1, 2}}, {{1, 2, 3}, {1, 2, 3, 4}}, {{1, 2, 3}, {1, 2, math.NaN()}}, {{1, 2, 3}, {1, 2, math.Inf(1)}}} {
		s := NewItems(3)
		if rows != nil && len(rows[0]) == 2 {
			s = NewItems(2)
		}
		for _, answers := range rows {
			s.Add(answers, 1)
		}
		if alpha, ok := s.Cronbach(nil); ok {
			t.Errorf("α of %v: %v", rows, alpha)
		}
	}
	for _, counts := range [][]float64{nil, {4}, {0, 0, 0}, {-1, 3}, {math.NaN(), 3}, {1, math.Inf(1)}} {
		if consensus, ok := Consensus(counts); ok {
			t.Errorf("consensus of %v: %v", counts, consensus)
		}
	}
}

// TestResultsAreNumbers: what has a result is a number in its range.
func TestResultsAreNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 4).Draw(t, "size")
		count := rapid.OneOf(rapid.SampledFrom([]int{0, 0, 1}), rapid.IntRange(0, 30))
		counts := make([][]int, size)
		weights := make([]float64, size)
		items := NewItems(size)
		var patterns []Pattern
		for i := range counts {
			answers := make([]float64, size)
			for j := range size {
				x := count.Draw(t, "count")
				counts[i] = append(counts[i], x)
				answers[j] = float64(x)
				weights[j] = float64(x) * 0.3
			}
			items.Add(answers, 1)
			patterns = append(patterns, Pattern{counts[i], count.Draw(t, "texts")})
		}
		within := func(name string, v, low float64, ok bool) {
			if ok && !(v >= low-1e-9 && v <= 1+1e-9) {
				t.Fatalf("%s of %v: %v", name, counts, v)
			}
		}
		k, ok := Cohen(counts)
		within("κ", k.Value, -1, ok)
		within("its lower end", k.Low, -1, ok)
		within("its upper end", k.High, k.Low, ok)
		alpha, ok := Krippendorff(patterns)
		within("Krippendorff's α", alpha, -1, ok)
		alpha, ok = items.Cronbach(nil)
		within("Cronbach's α", alpha, -math.MaxFloat64, ok)
		consensus, ok := Consensus(weights)
		within("consensus", consensus, 0, ok)
	})
}
