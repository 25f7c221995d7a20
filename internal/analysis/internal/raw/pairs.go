package raw

import "bedarfslotse/internal/analysis/internal/packed"

// Pair is two questions of the main table whose answers have scores from 1 to Max,
// read as one answer.
type Pair struct {
	First, Second Question
	// FirstScores and SecondScores are the scores by choice, 0 of choices without.
	FirstScores, SecondScores []uint8
	Max                       int // at most 15
}

// Pairs returns the codes of all pairs by group, respondent by respondent.
func Pairs(v *packed.View, pairs []Pair, groups Groups) [][]uint8 {
	codes := make([][]uint8, groups.N)
	for group, count := range groups.Counts() {
		codes[group] = make([]uint8, 0, count*len(pairs))
	}
	lookups := make([][2][]uint8, len(pairs))
	for i, p := range pairs {
		lookups[i] = [2][]uint8{byCode(p.FirstScores), byCode(p.SecondScores)}
	}
	for at, s := range v.Segments {
		columns := make([][2]*packed.Column, len(pairs))
		for i, p := range pairs {
			columns[i] = [2]*packed.Column{&s.Tables[0].Columns[p.First.Column], &s.Tables[0].Columns[p.Second.Column]}
		}
		for row, group := range groups.Of[at] {
			if int(group) == groups.N {
				continue
			}
			to := codes[group]
			for i := range pairs {
				first, second := lookups[i][0][columns[i][0].At(row)], lookups[i][1][columns[i][1].At(row)]
				if first == 0 || second == 0 {
					to = append(to, 0)
				} else {
					to = append(to, 1+(first-1)*uint8(pairs[i].Max)+second-1)
				}
			}
			codes[group] = to
		}
	}
	return codes
}

// byCode are scores by code of a column.
func byCode(scores []uint8) []uint8 { return append(make([]uint8, packed.FirstCode), scores...) }
