package analysis

import "bedarfslotse/internal/analysis/internal/agreement"

// Vote is what one coder said of one tag and one text.
type Vote int8

// The votes.
const (
	VoteNone Vote = iota // the coder has not coded the text
	VoteNo               // without the tag
	VoteYes              // with the tag
)

// Agreement says how far coders agree on one tag (METHODS 12).
type Agreement struct {
	// Coders is how many have coded at least one text that another has coded too,
	// Texts how many texts two or more have coded.
	Coders, Texts int
	// Computable is false without texts that two coders have coded, and where
	// all of them say the same of every text: the rest is then zero.
	Computable bool
	// Value is Cohen's κ of two coders, Krippendorff's α of more: 1 for agreement
	// throughout, 0 for as much as chance makes.
	Value float64
	// Low and High are the ends of the 95 % interval of κ, within [−1, 1], when
	// Interval is true.
	Low, High float64
	Interval  bool
}

// CoderAgreement computes κ or α from votes[text][coder]; rows have one vote of
// each coder, in the same order.
func CoderAgreement(votes [][]Vote) Agreement {
	var a Agreement
	takes := map[int]bool{} // coders with a text in common with another
	var shared [][]Vote
	for _, row := range votes {
		var seen []int
		for coder, vote := range row {
			if vote != VoteNone {
				seen = append(seen, coder)
			}
		}
		if len(seen) < 2 {
			continue
		}
		shared = append(shared, row)
		for _, coder := range seen {
			takes[coder] = true
		}
	}
	a.Coders, a.Texts = len(takes), len(shared)
	switch {
	case a.Coders == 2:
		kappa, ok := agreement.Cohen(pairTable(shared))
		a.Computable, a.Value, a.Low, a.High, a.Interval = ok, kappa.Value, kappa.Low, kappa.High, kappa.Interval
	case a.Coders > 2:
		patterns := make([]agreement.Pattern, len(shared))
		for i, row := range shared {
			counts := make([]int, 2)
			for _, vote := range row {
				if vote != VoteNone {
					counts[vote-VoteNo]++
				}
			}
			patterns[i] = agreement.Pattern{Coders: counts, Texts: 1}
		}
		a.Value, a.Computable = agreement.Krippendorff(patterns)
	}
	return a
}

// pairTable counts the votes of two coders, of whom every row has both.
func pairTable(rows [][]Vote) [][]int {
	table := [][]int{{0, 0}, {0, 0}}
	for _, row := range rows {
		var pair []Vote
		for _, vote := range row {
			if vote != VoteNone {
				pair = append(pair, vote-VoteNo)
			}
		}
		table[pair[0]][pair[1]]++
	}
	return table
}
