package resample

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// Pairs holds what units answered to several pairs of questions on scales from 1
// to m, so that a sample draws all answers of a unit together.
type Pairs struct {
	// Max is m of each pair, at most 15.
	Max []int
	// Places holds, by place, the codes of its units one after the other, one for
	// each pair: 0 for an incomplete pair, else 1 + (first−1)·m + second−1.
	Places [][]uint8
	// Strata are the places that are drawn from together: of each, a sample has as
	// many units as there are. Every place is in one.
	Strata [][]int
}

// Sums are of the complete pairs of some units.
type Sums struct {
	First, Second int // of the scores
	N             int // pairs
	Above, Below  int // pairs whose first score is above, or below, the second
}

// The sums of a block of units lie side by side in one word.
const (
	scoreBits, countBits = 14, 12
	secondAt             = scoreBits
	countAt              = 2 * scoreBits
	aboveAt              = countAt + countBits
	belowAt              = aboveAt + countBits
)

// words are what each code of a pair adds, by pair, and how many units a block has
// at most.
func (p *Pairs) words() (words [][256]uint64, block int) {
	block = 1<<countBits - 1
	for _, m := range p.Max {
		var of [256]uint64
		for first := 1; first <= m; first++ {
			for second := 1; second <= m; second++ {
				word := uint64(first) | uint64(second)<<secondAt | 1<<countAt
				switch {
				case second < first:
					word |= 1 << aboveAt
				case second > first:
					word |= 1 << belowAt
				}
				of[1+(first-1)*m+second-1] = word
			}
		}
		words = append(words, of)
		block = min(block, (1<<scoreBits-1)/m)
	}
	return words, block
}

func (s *Sums) add(word uint64) {
	const scores, counts = 1<<scoreBits - 1, 1<<countBits - 1
	s.First += int(word & scores)
	s.Second += int(word >> secondAt & scores)
	s.N += int(word >> countAt & counts)
	s.Above += int(word >> aboveAt & counts)
	s.Below += int(word >> belowAt)
}

// worker draws samples into sums of its own.
type worker struct {
	pairs  *Pairs
	words  [][256]uint64
	block  int
	acc    []uint64
	sizes  []int // of places
	sums   [][]Sums
	counts [][]int // of strata, by place in them
	drawn  [][]int
}

func (p *Pairs) worker() *worker {
	w := &worker{pairs: p, acc: make([]uint64, len(p.Max)), sizes: make([]int, len(p.Places)), sums: make([][]Sums, len(p.Places))}
	w.words, w.block = p.words()
	for at, codes := range p.Places {
		w.sizes[at], w.sums[at] = len(codes)/max(len(p.Max), 1), make([]Sums, len(p.Max))
	}
	for _, places := range p.Strata {
		counts := make([]int, len(places))
		for i, at := range places {
			counts[i] = w.sizes[at]
		}
		w.counts, w.drawn = append(w.counts, counts), append(w.drawn, make([]int, len(places)))
	}
	return w
}

// All returns the sums of all units, by place and pair.
func (p *Pairs) All() [][]Sums {
	w := p.worker()
	for at, codes := range p.Places {
		for row := 0; row < len(codes); row += len(p.Max) {
			for i, code := range codes[row : row+len(p.Max)] {
				w.sums[at][i].add(w.words[i][code])
			}
		}
	}
	return w.sums
}

// Draw draws samples with replacement and visits the sums of each, by place and
// pair; a visitor must not keep them, and is called side by side, for every number
// of a sample once. The same seed gives the same samples. Progress is told how many
// are done. It fails when the context ends.
func (p *Pairs) Draw(ctx context.Context, draws int, seed [2]uint64, progress func(done int), visit func(draw int, sums [][]Sums)) error {
	var next, done atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), draws) {
		wait.Go(func() {
			w := p.worker()
			for ctx.Err() == nil {
				draw := int(next.Add(1)) - 1
				if draw >= draws {
					return
				}
				w.draw(rand.NewPCG(seed[0]+uint64(draw), seed[1]))
				visit(draw, w.sums)
				if n := done.Add(1); progress != nil && n%50 == 0 {
					progress(int(n))
				}
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}

// draw makes one sample: first how many of a stratum's units are from which place,
// then which.
func (w *worker) draw(source *rand.PCG) {
	random := rand.New(source) //nolint:gosec // statistics, not secrets
	for stratum, places := range w.pairs.Strata {
		multinomial(w.counts[stratum], w.drawn[stratum], random)
		for i, at := range places {
			clear(w.sums[at])
			for left := w.drawn[stratum][i]; left > 0; left -= w.block {
				w.units(source, at, min(left, w.block))
			}
		}
	}
}

// units adds so many units of a place, drawn with replacement.
func (w *worker) units(source *rand.PCG, place, n int) {
	codes, size, pairs := w.pairs.Places[place], uint64(w.sizes[place]), len(w.acc)
	acc, words := w.acc, w.words[:len(w.acc)]
	clear(acc)
	for range n {
		// The high half of the product is evenly spread but for one part in 2^64/size.
		row, _ := bits.Mul64(source.Uint64(), size)
		unit := codes[int(row)*pairs : int(row)*pairs+pairs]
		for i := range acc {
			acc[i] += words[i][unit[i]]
		}
	}
	for i, word := range acc {
		w.sums[place][i].add(word)
	}
}
