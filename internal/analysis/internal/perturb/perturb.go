// Package perturb changes counts at random by the cell-key method (Fraser &
// Wooton 2005; Höhne & Höninger 2018, as in the German census of 2022; METHODS
// 5.6). The same set of respondents always gives the same figure, by whatever
// way it was reached.
package perturb

import (
	_ "embed" // the table below
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// What the table was made for.
const (
	// Variance is V, the variance of every change.
	Variance = 2.25
	// Most is D, the largest change upwards and downwards.
	Most = 4
	// Small is js: no count from 1 to Small is ever a result.
	Small = 2
	// rows is how many counts have a row of their own, 0 among them; the last
	// row is also that of all larger counts.
	rows = Most + Small + 2
)

// table holds, for every count and change, its probability and the cumulated
// one. It is made by the solver in this package's test.
//
//go:embed table.csv
var table string

// Table says by how much a count is changed. It is immutable.
type Table struct{ rows [rows][]step }

// step is a change and the end of the keys that lead to it.
type step struct {
	end    uint64 // the largest of them
	change int
}

// Shipped returns the table that the program carries.
func Shipped() *Table {
	t, err := read(table)
	if err != nil {
		panic(err) // a test reads it
	}
	return t
}

// entry is one line of the stored table.
type entry struct {
	count, change          int
	probability, cumulated float64
}

func entries(text string) ([]entry, error) {
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("perturbation table: %w", err)
	}
	var all []entry
	for _, record := range records[1:] {
		var e entry
		if _, err := fmt.Sscan(record[0]+" "+record[1], &e.count, &e.change); err != nil {
			return nil, fmt.Errorf("perturbation table: %w", err)
		}
		for at, to := range map[int]*float64{2: &e.probability, 3: &e.cumulated} {
			if *to, err = strconv.ParseFloat(record[at], 64); err != nil {
				return nil, fmt.Errorf("perturbation table: %w", err)
			}
		}
		all = append(all, e)
	}
	return all, nil
}

func read(text string) (*Table, error) {
	all, err := entries(text)
	if err != nil {
		return nil, err
	}
	t := &Table{}
	for _, e := range all {
		if e.count < 0 || e.count >= rows {
			return nil, fmt.Errorf("perturbation table: no row for a count of %d", e.count)
		}
		end := uint64(math.MaxUint64)
		if e.cumulated < 1 {
			end = uint64(math.Ldexp(e.cumulated, 64)) - 1
		}
		t.rows[e.count] = append(t.rows[e.count], step{end, e.change})
	}
	for count, row := range t.rows {
		if len(row) == 0 || row[len(row)-1].end != math.MaxUint64 {
			return nil, fmt.Errorf("perturbation table: the row of %d is incomplete", count)
		}
	}
	return t, nil
}

// Count returns what is shown in place of a count; key is the sum of its
// members' record keys modulo 2^64. A row has at most 2·[Most]+1 steps.
func (t *Table) Count(count int, key uint64) int {
	row := t.rows[min(count, rows-1)]
	at := 0
	for row[at].end < key {
		at++
	}
	return count + row[at].change
}

// MassFactor is by how much the standard deviation of a weighted count is larger
// than that of a count, in units of the mean weight: two draws, the second in units
// of the largest weight.
func MassFactor(largest float64) float64 { return math.Hypot(1, largest) }

// Mass returns what is shown in place of the sum of the weights, with mean 1 over
// the wave, of so many members: the changed count times their mean weight and, on
// top, a second draw from the same key. Changed count and mean weight alone would
// tell how many members of which weights there are: the mean weight of three is a
// number that only three can have. The second draw has the deviation of a change of
// as many people of the largest weight that there is, so that nobody stands out by
// a weight of their own any more than by being counted.
func (t *Table) Mass(count int, sum, largest float64, key uint64) float64 {
	changed := float64(t.Count(count, key))
	if count == 0 || changed == 0 || !(sum > 0) {
		return 0
	}
	shown := changed * sum / float64(count)
	// The draw is from the part of the normal distribution, symmetrical as the
	// mean must stay, that leaves the result positive.
	deviation := math.Sqrt(Variance) * largest
	most := math.Erf(shown / deviation / math.Sqrt2)
	u := (float64(mix(key)>>11) + 0.5) / (1 << 53)
	return shown + deviation*math.Sqrt2*math.Erfinv((2*u-1)*most)
}

// mix makes another number of a key, which looks independent of it (the finaliser
// of SplitMix64; Steele, Lea & Flood 2014).
func mix(key uint64) uint64 {
	key += 0x9e3779b97f4a7c15
	key = (key ^ key>>30) * 0xbf58476d1ce4e5b9
	key = (key ^ key>>27) * 0x94d049bb133111eb
	return key ^ key>>31
}

// ShareError is the standard deviation that changing counts adds to a share of
// a base of n.
func ShareError(n int) float64 { return math.Sqrt(Variance) / float64(n) }

// MeanError is the standard deviation that changing the counts of a
// distribution adds to its mean, with the values that the counts stand for.
func MeanError(n int, mean float64, values []float64) float64 {
	sum := 0.0
	for _, x := range values {
		sum += (x - mean) * (x - mean)
	}
	return math.Sqrt(Variance*sum) / float64(n)
}

// Widened is the half-width of a 95 % interval whose estimate is also uncertain
// by a perturbation of standard deviation e (METHODS 5.6).
func Widened(half, e float64) float64 { return math.Hypot(half, 1.96*e) }
