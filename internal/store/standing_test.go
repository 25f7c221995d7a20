package store

import "testing"

// TestFiguresStandWhileManyCome: of many answers the figures stay for a while though
// others came, so that a page and its pictures show the same; of few they never do.
func TestFiguresStandWhileManyCome(t *testing.T) {
	wave, other := &LiveWave{}, &LiveWave{}
	for _, c := range []struct {
		change uint64
		stands bool
	}{{manyAnswers - 1, false}, {manyAnswers, true}} {
		f, made := &followed{}, 0
		compute := func() (figures, error) { made++; return figures{}, nil }
		for _, change := range []uint64{c.change, c.change} { // the second time they are kept
			if _, err := f.kept(wave, 1, change, compute); err != nil || made != 1 {
				t.Fatalf("made %d times, %v", made, err)
			}
		}
		if got := f.standing(wave) != nil; got != c.stands {
			t.Errorf("at change %d figures stand: %v", c.change, got)
		}
		if f.standing(other) != nil {
			t.Error("figures stand for a wave that was changed")
		}
	}
}
