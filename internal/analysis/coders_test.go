package analysis

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// votes repeats rows of votes.
func repeated(counts map[[2]Vote]int) [][]Vote {
	var all [][]Vote
	for pair, count := range counts {
		for range count {
			all = append(all, []Vote{pair[0], pair[1]})
		}
	}
	return all
}

// TestCoderAgreementOfTwo: 20 and 15 alike, 5 and 10 not: p_o = 0.7, p_e = 0.5, so
// that κ is 0.4. The texts that one of them has not coded say nothing.
func TestCoderAgreementOfTwo(t *testing.T) {
	got := CoderAgreement(repeated(map[[2]Vote]int{{VoteYes, VoteYes}: 20, {VoteYes, VoteNo}: 5, {VoteNo, VoteYes}: 10, {VoteNo, VoteNo}: 15, {VoteYes, VoteNone}: 7, {VoteNone, VoteNo}: 3}))
	if !got.Computable || got.Coders != 2 || got.Texts != 50 || math.Abs(got.Value-0.4) > 1e-12 || !got.Interval || got.Low >= 0.4 || got.High <= 0.4 {
		t.Errorf("%+v", got)
	}
}

// TestCoderAgreementOfThree: α by hand. Three coders, texts (1,1,1), (0,0,0), (1,0,–):
// observed disagreement 2 of 8 values, expected 2·4·4/7, α = 1 − 7·2/32.
func TestCoderAgreementOfThree(t *testing.T) {
	got := CoderAgreement([][]Vote{{VoteYes, VoteYes, VoteYes}, {VoteNo, VoteNo, VoteNo}, {VoteYes, VoteNo, VoteNone}, {VoteYes, VoteNone, VoteNone}})
	if !got.Computable || got.Coders != 3 || got.Texts != 3 || math.Abs(got.Value-0.5625) > 1e-12 || got.Interval {
		t.Errorf("%+v", got)
	}
}

func TestCoderAgreementNotComputable(t *testing.T) {
	for what, votes := range map[string][][]Vote{
		"no texts": nil, "one coder": {{VoteYes}, {VoteNo}}, "nothing in common": {{VoteYes, VoteNone}, {VoteNone, VoteYes}},
		"no variation": {{VoteYes, VoteYes}, {VoteYes, VoteYes}}, "three without variation": {{VoteNo, VoteNo, VoteNo}, {VoteNo, VoteNo, VoteNone}},
	} {
		if got := CoderAgreement(votes); got.Computable || got.Value != 0 || got.Interval {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

// TestCoderAgreementProperties: it does not matter who is named first, nor in
// which order texts come; agreement is 1 where all say the same.
func TestCoderAgreementProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coders := rapid.IntRange(1, 4).Draw(t, "coders")
		vote := rapid.SampledFrom([]Vote{VoteNone, VoteNo, VoteYes})
		votes := rapid.SliceOfN(rapid.SliceOfN(vote, coders, coders), 0, 12).Draw(t, "votes")
		got := CoderAgreement(votes)
		turned := make([][]Vote, len(votes))
		for i, row := range votes {
			mirrored := make([]Vote, len(row))
			for j, one := range row {
				mirrored[len(row)-1-j] = one
			}
			turned[len(votes)-1-i] = mirrored
		}
		back := CoderAgreement(turned)
		if got.Computable != back.Computable || got.Coders != back.Coders || got.Texts != back.Texts || math.Abs(got.Value-back.Value) > 1e-9 {
			t.Fatalf("%+v, turned round %+v", got, back)
		}
		if got.Value > 1+1e-9 || got.Value < -1-1e-9 || math.IsNaN(got.Value) {
			t.Fatalf("%+v", got)
		}
	})
}
