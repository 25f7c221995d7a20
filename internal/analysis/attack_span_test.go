package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"bedarfslotse/internal/testinput"
)

// The attacker of METHODS 5.9, first part: somebody adds and subtracts the exact
// tables of one question, those of the open wave's snapshots, of all releases
// and of all their groups, until few respondents are left over.

// attackWaves makes waves and calls attack for each, until that has read 300
// pages together, in the long form 10 000: a page is what one look at an open
// wave, one release, or one filter or division shows. Attack returns how many
// pages it read.
func attackWaves(attack func(wave uint64) (pages int)) {
	left := 300
	if testinput.Long() {
		left = 10_000
	}
	for wave := uint64(0); left > 0; wave++ {
		left -= attack(wave)
	}
}

// atoms are the respondents whom no table of a question tells apart: how many
// they are, and which tables count them.
type atom struct {
	size   int
	tables []int
}

func atomsOf(tables [][]*person) []atom {
	in := map[*person][]int{}
	for at, members := range tables {
		for _, p := range members {
			in[p] = append(in[p], at)
		}
	}
	found := map[string]*atom{}
	var order []string
	for _, members := range tables {
		for _, p := range members {
			if in[p] == nil {
				continue
			}
			name := fmt.Sprint(in[p])
			if found[name] == nil {
				found[name] = &atom{tables: in[p]}
				order = append(order, name)
			}
			found[name].size++
			in[p] = nil
		}
	}
	atoms := make([]atom, len(order))
	for i, name := range order {
		atoms[i] = *found[name]
	}
	return atoms
}

// The attacker reckons modulo a large prime: what vanishes there vanishes in
// rational numbers but for an accident of probability 10^−9, and an accident
// would make the test fail, not pass.
const prime = 1<<31 - 1

func inverse(a uint64) uint64 {
	result, exponent := uint64(1), uint64(prime-2)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result = result * a % prime
		}
		a = a * a % prime
	}
	return result
}

// reduce brings rows into reduced echelon form over the columns from first to
// last, and returns the pivots' columns.
func reduce(rows [][]uint64, first, last int) (pivots []int) {
	for column := first; column < last && len(pivots) < len(rows); column++ {
		at := len(pivots)
		pivot := -1
		for i := at; i < len(rows); i++ {
			if rows[i][column] != 0 {
				pivot = i
				break
			}
		}
		if pivot < 0 {
			continue
		}
		rows[at], rows[pivot] = rows[pivot], rows[at]
		scale := inverse(rows[at][column])
		for j := column; j < len(rows[at]); j++ {
			rows[at][j] = rows[at][j] * scale % prime
		}
		for i := range rows {
			if factor := rows[i][column]; i != at && factor != 0 {
				for j := column; j < len(rows[i]); j++ {
					if rows[at][j] != 0 {
						rows[i][j] = (rows[i][j] + (prime-factor)*rows[at][j]) % prime
					}
				}
			}
		}
		pivots = append(pivots, column)
	}
	return pivots
}

// leftover returns the smallest number of respondents, below k, that the
// attacker finds left over in a combination of tables; 0 for none.
func leftover(tables [][]*person, k int) int {
	atoms := atomsOf(tables)
	// Nobody of an atom of k or more may be left over: those columns come first.
	slices.SortStableFunc(atoms, func(a, b atom) int { return b.size - a.size })
	large := 0
	for large < len(atoms) && atoms[large].size >= k {
		large++
	}
	rows := make([][]uint64, len(tables))
	for i := range rows {
		rows[i] = make([]uint64, len(atoms))
	}
	for column, one := range atoms {
		for _, at := range one.tables {
			rows[at][column] = 1
		}
	}
	pivots := reduce(rows, 0, large)
	rest := rows[len(pivots):] // combinations in which no large atom is left
	pivots = reduce(rest, large, len(atoms))
	return smallest(rest[:len(pivots)], atoms, k)
}

// smallest looks for a combination of the rows with few respondents: each row,
// pairs of them with every factor that cancels something, and sums of up to four
// with factors 1 and −1.
func smallest(rows [][]uint64, atoms []atom, k int) int {
	best := k
	weigh := func(row func(j int) uint64) {
		weight := 0
		for j := range atoms {
			if row(j) != 0 {
				if weight += atoms[j].size; weight >= best {
					return
				}
			}
		}
		if weight > 0 {
			best = weight
		}
	}
	for i, a := range rows {
		weigh(func(j int) uint64 { return a[j] })
		for _, b := range rows[:i] {
			tried := map[uint64]bool{}
			for j := range atoms {
				if a[j] == 0 || b[j] == 0 {
					continue
				}
				factor := prime - a[j]*inverse(b[j])%prime
				if !tried[factor] {
					tried[factor] = true
					weigh(func(j int) uint64 { return (a[j] + factor*b[j]) % prime })
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(1, uint64(len(rows))))
	for range 50 * len(rows) {
		total := make([]uint64, len(atoms))
		for range 3 + random.IntN(2) {
			row, sign := rows[random.IntN(len(rows))], random.IntN(2) == 0
			for j := range total {
				if sign {
					total[j] = (total[j] + row[j]) % prime
				} else {
					total[j] = (total[j] + prime - row[j]) % prime
				}
			}
		}
		weigh(func(j int) uint64 { return total[j] })
	}
	if best == k {
		return 0
	}
	return best
}

// attackSpan attacks all opinions of a wave, and how many answered at all; it
// returns what it found, or "".
func (s *simulation) attackSpan() string {
	if n := leftover(s.published[-1], s.k); n > 0 {
		return fmt.Sprintf("of all: %d respondents are left over", n)
	}
	for unit, of := range s.schema.units {
		if !of.divisible() {
			continue
		}
		if n := leftover(s.published[unit], s.k); n > 0 {
			return fmt.Sprintf("%s: %d respondents are left over", of[0].element.Name, n)
		}
	}
	return ""
}

// sizes draws how many come: from 30 to 2 000, small waves more often.
func drawSize(random *rand.Rand) int { return int(30 * math.Pow(2000.0/30, random.Float64())) }

func TestHeavyNoCombinationLeavesFewOver(t *testing.T) {
	schema := NewSchema(compiled(t, citySurvey()))
	random, divided, waves := rand.New(rand.NewPCG(5, 9)), 0, 0
	attackWaves(func(wave uint64) int {
		s := simulate(t, schema, wave, 3+random.IntN(4), 3+random.IntN(8))
		s.run(drawSize(random), random.IntN(3))
		if found := s.attackSpan(); found != "" {
			t.Fatalf("wave %d: %s", wave, found)
		}
		for _, unit := range s.release.tables.Units {
			if unit.Groups != nil {
				divided++
			}
		}
		waves++
		return s.pages
	})
	t.Logf("%d waves", waves)
	if divided < waves {
		t.Errorf("only %d questions of %d waves were divided: that is no attack", divided, waves)
	}
}

func TestHeavyLooseGroupsLeaveFewOver(t *testing.T) {
	schema := NewSchema(compiled(t, citySurvey()))
	schema.weak.loose = true
	won := 0
	for page := range 20 {
		s := simulate(t, schema, uint64(page), 5, 6)
		s.run(100, 0)
		if s.attackSpan() != "" {
			won++
		}
	}
	if won < 20 {
		t.Errorf("without joining the attacker won %d of 20 times", won)
	}
}
