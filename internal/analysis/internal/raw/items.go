package raw

import (
	"math"

	"bedarfslotse/internal/analysis/internal/packed"
)

// Complete visits the respondents within the limit who are in the base of every
// one of several scales outside repeats, with the score that they gave each. The
// scores are used again for the next one.
func Complete(v *packed.View, items []Question, limit Limit, visit func(scores []float64)) {
	of := make([][]float64, len(items)) // by code, NaN outside the base
	halves := make([]Question, len(items))
	for i, q := range items {
		of[i] = make([]float64, packed.FirstCode+q.Codes)
		for code := range of[i] {
			of[i][code] = math.NaN()
			if q.stateOf(code) == inBase {
				of[i][code] = q.Scores[code-packed.FirstCode]
			}
		}
		halves[i] = Question{Form: Choice, Substantive: q.PairSubstantive}
	}
	scores := make([]float64, len(items))
	for _, s := range v.Segments {
		columns := s.Tables[0].Columns
	rows:
		for row := range Members(s, limit) {
			for i, q := range items {
				scores[i] = of[i][columns[q.Column].At(row)]
				if math.IsNaN(scores[i]) || q.Pair >= 0 && halves[i].stateOf(int(columns[q.Pair].At(row))) != inBase {
					continue rows
				}
			}
			visit(scores)
		}
	}
}
