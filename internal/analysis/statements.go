package analysis

import (
	"slices"
)

// Verdict says how a statement stands between groups (METHODS 7).
type Verdict string

// The verdicts, in the order in which they are looked for.
const (
	StatementOpen      Verdict = "open"             // fewer than two groups with a base of ten
	StatementSplit     Verdict = "split"            // some group does not agree within itself
	StatementContested Verdict = "contested"        // some groups differ clearly
	SharedAgreement    Verdict = "shared_agreement" // all agree with it
	SharedRejection    Verdict = "shared_rejection" // all reject it
	StatementUnclear   Verdict = "unclear"          // none of these
)

// What the verdicts take.
const (
	fewestOfGroup = 10  // a group's base
	splitBelow    = 0.5 // consensus within a group
	sharedFrom    = 0.7
	clearEffect   = 0.5 // |g| of a contested statement
	significant   = 0.05
)

// Statement is how groups stand to one statement.
type Statement struct {
	Question string
	Verdict  Verdict
	// Groups are those with a base of ten and a mean; those that stand together
	// are one.
	Groups []StatementGroup
	// Contested are the pairs of them, by their places, that differ clearly.
	Contested [][2]int
	// Approximate tells that figures were perturbed.
	Approximate bool
}

// StatementGroup is one group's figure and how far it agrees.
type StatementGroup struct {
	// Places are the places of the groups among those given.
	Places    []int
	Figure    Figure
	Consensus Estimated
}

// Statements tells of each question, a scale of agreement, how the groups stand to
// it. All pairs of groups and all questions are one family of comparisons. Questions
// without figures are open.
func Statements(groups []Group, questions []string) []Statement {
	statements := make([]Statement, len(questions))
	var contrasts []Contrast
	type pair struct{ statement, first, last int }
	var pairs []pair
	for i, question := range questions {
		s := &statements[i]
		s.Question, s.Groups = question, compareGroups(groups, question)
		for a := range s.Groups {
			s.Approximate = s.Approximate || s.Groups[a].Figure.Perturbed
			for b := a + 1; b < len(s.Groups); b++ {
				contrasts = append(contrasts, Contrast{s.Groups[a].Figure, s.Groups[b].Figure})
				pairs = append(pairs, pair{i, a, b})
			}
		}
	}
	for at, differences := range Differences(contrasts) {
		for _, d := range differences {
			if d.Adjusted != nil && *d.Adjusted < significant && d.Effect != nil && max(d.Effect.Value, -d.Effect.Value) >= clearEffect {
				s := &statements[pairs[at].statement]
				s.Contested = append(s.Contested, [2]int{pairs[at].first, pairs[at].last})
			}
		}
	}
	for i := range statements {
		statements[i].Verdict = statements[i].verdict()
	}
	return statements
}

// compareGroups are the groups that one statement is judged by.
func compareGroups(groups []Group, question string) (found []StatementGroup) {
	for at, group := range groups {
		i := slices.IndexFunc(group.Figures, func(f Figure) bool { return f.Question == question })
		if i < 0 {
			continue
		}
		f := group.Figures[i]
		places := []int{at}
		if len(f.Together) > 0 {
			if places = f.Together; places[0] != at {
				continue
			}
		}
		consensus, ok := f.Consensus()
		if !ok || *f.Base < fewestOfGroup {
			continue
		}
		found = append(found, StatementGroup{Places: places, Figure: f, Consensus: consensus})
	}
	return found
}

func (s *Statement) verdict() Verdict {
	if len(s.Groups) < 2 {
		return StatementOpen
	}
	agreed, above, below := true, true, true
	for _, group := range s.Groups {
		if group.Consensus.Value < splitBelow {
			return StatementSplit
		}
		middle := float64(1+group.Figure.Max) / 2
		low, high := group.Figure.meanRange()
		agreed = agreed && group.Consensus.Value >= sharedFrom
		above, below = above && low > middle, below && high < middle
	}
	switch {
	case len(s.Contested) > 0:
		return StatementContested
	case agreed && above:
		return SharedAgreement
	case agreed && below:
		return SharedRejection
	}
	return StatementUnclear
}

// meanRange is the mean's interval, the mean itself where there is none: all are
// of the same opinion, or everybody answered.
func (f *Figure) meanRange() (low, high float64) {
	if f.MeanLow == nil || f.MeanHigh == nil {
		return *f.Mean, *f.Mean
	}
	return *f.MeanLow, *f.MeanHigh
}
