package disclosure

import "slices"

// Outside is everybody whom a question's base leaves out: those who chose a
// non-substantive answer, gave none, or were not asked. Readers know how many
// they are together, as they know the number of all respondents and the base.
type Outside struct {
	Apart    []int // by non-substantive choice, of single choice
	NoAnswer int
	NotAsked int
	// Unnamed are those that no published number counts: of pairs, those who
	// gave only one half; of multiple choice, those who ticked nothing
	// substantive.
	Unnamed int
	// Strict tells that the question identifies or is sensitive.
	Strict bool
	// Guarded tells that who was not asked follows from an answer to a question
	// that is no opinion.
	Guarded bool
}

// OutsideCells tells which of the numbers are hidden.
type OutsideCells struct {
	Apart              []bool
	NoAnswer, NotAsked bool
	// Base tells that the base itself must be hidden, as it would tell that
	// nearly all were asked.
	Base bool
}

// Outside decides about the numbers outside a question's base.
//
// A number "not asked" of 1 to k−1 is an answer to another question, the one
// that decided about relevance, so it is treated as a cell of that one: it and
// the next smallest numbers are hidden until it may be anything up to at least
// k; when they are too few for that, the base is hidden, and with it everything
// else of the question.
//
// Numbers of 1 to k−1 who gave no answer or a non-substantive one are hidden of
// identifying and sensitive questions, and others with them as above. If they
// are too few together, all these numbers are hidden, so that nobody learns
// which of them it was; how many have no substantive answer follows from the
// base, which is published (METHODS 1), and says nothing about any answer.
func (g Guard) Outside(o Outside) OutsideCells {
	counts := append(slices.Clone(o.Apart), o.NoAnswer, o.NotAsked)
	noAnswer, notAsked := len(o.Apart), len(o.Apart)+1
	hidden := make([]bool, len(counts))
	for i, count := range counts {
		hidden[i] = g.Small(count) && (o.Strict && i != notAsked || o.Guarded && i == notAsked)
	}
	out := OutsideCells{}
	if slices.Contains(hidden, true) && !g.PrimaryOnly {
		for !g.vague(counts, hidden, o.Unnamed) {
			if hideNext(hidden, counts, nil) {
				continue
			}
			out.Base = o.Guarded && g.Small(o.NotAsked)
			for i := range hidden {
				hidden[i] = true
			}
			break
		}
	}
	out.Apart, out.NoAnswer, out.NotAsked = hidden[:noAnswer], hidden[noAnswer], hidden[notAsked]
	return out
}

// vague tells whether each small hidden number could be k or more.
func (g Guard) vague(counts []int, hidden []bool, unnamed int) bool {
	sum, cells := unnamed, 0
	if unnamed > 0 {
		cells++
	}
	for i := range counts {
		if hidden[i] {
			cells++
			sum += counts[i] - 1
		}
	}
	return cells >= 2 && sum+1 >= g.K
}
