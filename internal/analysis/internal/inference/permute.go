package inference

import (
	"math"
	"math/rand/v2"
)

// Draws is how many random tables a permutation test looks at.
const Draws = 9_999

// permute is the p-value (b+1)/(Draws+1), b being the number of random tables
// with these margins whose statistic is not below the table's own (Phipson &
// Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39). Statistics that differ by
// rounding alone are equal. Its Monte-Carlo error has the standard deviation
// √(p(1−p)/Draws), at most 0.005. A draw takes time in proportion to the cells.
func (c counts) permute(source rand.Source, statistic func(cells []int) float64) float64 {
	own := statistic(c.cells)
	own -= 1e-13 * math.Abs(own)
	d := newDealer(c, source)
	reached := 1
	for range Draws {
		d.deal()
		if statistic(d.cells) >= own {
			reached++
		}
	}
	return float64(reached) / (Draws + 1)
}

// dealer deals random tables with the margins of a given one: each answer's rows
// go to the groups as if the rows of all groups had been shuffled.
type dealer struct {
	counts
	cells  []int
	left   []int // rows that the groups still take
	random *rand.Rand
	log    factorials
}

func newDealer(c counts, source rand.Source) *dealer {
	return &dealer{
		counts: c, cells: make([]int, len(c.cells)), left: make([]int, len(c.groups)),
		random: rand.New(source), //nolint:gosec // a statistic, which is to be the same again, no secret
		log:    newFactorials(),
	}
}

// few is the number of rows up to which dealing one by one is quicker.
const few = 6

func (d *dealer) deal() {
	copy(d.left, d.groups)
	total := d.n
	for i, rows := range d.answers {
		line := d.cells[i*len(d.groups) : (i+1)*len(d.groups)]
		switch {
		case i == len(d.answers)-1:
			copy(line, d.left)
		case rows <= few:
			d.dealSingly(line, rows, total)
		default:
			d.dealAtOnce(line, rows, total)
		}
		total -= rows
	}
}

func (d *dealer) dealSingly(line []int, rows, total int) {
	clear(line)
	for ; rows > 0; rows-- {
		place := d.random.IntN(total)
		j := 0
		for place >= d.left[j] {
			place -= d.left[j]
			j++
		}
		line[j]++
		d.left[j]--
		total--
	}
}

func (d *dealer) dealAtOnce(line []int, rows, total int) {
	for j := range line {
		take := d.left[j]
		x := d.hypergeometric(rows, take, total)
		line[j] = x
		d.left[j] -= x
		rows -= x
		total -= take
	}
}

// hypergeometric draws how many of the rows, drawn from total, are among the
// marked.
func (d *dealer) hypergeometric(rows, marked, total int) int {
	least, most := max(0, rows+marked-total), min(rows, marked)
	if least == most {
		return least
	}
	share := float64(marked) / float64(total)
	variance := float64(rows) * share * (1 - share) * float64(total-rows) / float64(total-1)
	if variance > 100 {
		return d.byRatio(rows, marked, total, variance)
	}
	return d.byInversion(rows, marked, total)
}

// byInversion takes probabilities off a uniform number, from the most probable
// count outwards, until nothing is left.
func (d *dealer) byInversion(rows, marked, total int) int {
	least, most := max(0, rows+marked-total), min(rows, marked)
	mode := min(max((rows+1)*(marked+1)/(total+2), least), most)
	others := total - marked - rows // how many more unmarked there are than needed without marked ones
	up, down := mode, mode
	above := math.Exp(d.log.hypergeometric(mode, rows, marked, total))
	below := above
	u := d.random.Float64() - above
	for u >= 0 && (up < most || down > least) {
		if up < most {
			above *= float64(rows-up) * float64(marked-up) / (float64(up+1) * float64(others+up+1))
			up++
			if u -= above; u < 0 {
				return up
			}
		}
		if down > least {
			below *= float64(down) * float64(others+down) / (float64(rows-down+1) * float64(marked-down+1))
			down--
			if u -= below; u < 0 {
				return down
			}
		}
	}
	return mode
}

// byRatio draws by the ratio of uniforms (Stadlober 1990, J. Comput. Appl. Math.
// 31:181–189), whose time does not grow with the variance.
func (d *dealer) byRatio(rows, marked, total int, variance float64) int {
	least, most := max(0, rows+marked-total), min(rows, marked)
	mode := (rows + 1) * (marked + 1) / (total + 2)
	highest := d.log.varying(mode, rows, marked, total)
	middle := float64(rows)*float64(marked)/float64(total) + 0.5
	// The width of the table mountain hat.
	width := 2*math.Sqrt(2/math.E)*math.Sqrt(variance+0.5) + 3 - 2*math.Sqrt(3/math.E)
	for {
		u, v := d.random.Float64(), d.random.Float64()
		if u == 0 {
			continue
		}
		at := math.Floor(middle + width*(v-0.5)/u)
		if at < float64(least) || at > float64(most) {
			continue
		}
		x := int(at)
		height := d.log.varying(x, rows, marked, total) - highest
		// The first two comparisons decide most often, without a logarithm:
		// u(4−u)−3 is above 2·ln u, and u−1/u below it, on (0, 1).
		switch {
		case u*(4-u)-3 <= height:
			return x
		case u*(u-height) >= 1:
		case 2*math.Log(u) <= height:
			return x
		}
	}
}

// lnRoot2Pi is ln √(2π).
const lnRoot2Pi = 0.918938533204672741780329736406

// factorials are logarithms of small factorials.
type factorials []float64

func newFactorials() factorials {
	f := make(factorials, 1024)
	for i := 1; i < len(f); i++ {
		f[i] = f[i-1] + math.Log(float64(i))
	}
	return f
}

// of is ln n!, by Stirling's series for large n.
func (f factorials) of(n int) float64 {
	if n < len(f) {
		return f[n]
	}
	x := float64(n)
	return (x+0.5)*math.Log(x) - x + lnRoot2Pi + (1-1/(30*x*x))/(12*x)
}

// hypergeometric is the logarithm of the probability that x of the rows drawn
// from total are among the marked, for x that can be.
func (f factorials) hypergeometric(x, rows, marked, total int) float64 {
	return f.of(rows) + f.of(total-rows) + f.of(marked) + f.of(total-marked) - f.of(total) +
		f.varying(x, rows, marked, total)
}

// varying is the part of it that depends on x.
func (f factorials) varying(x, rows, marked, total int) float64 {
	return -f.of(x) - f.of(rows-x) - f.of(marked-x) - f.of(total-rows-marked+x)
}
