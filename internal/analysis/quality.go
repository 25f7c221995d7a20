package analysis

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// VariableQuality is the variable of the flags of METHODS 12. A survey that has a
// question of this name has no such variable.
const VariableQuality = "quality"

// Its categories. Each respondent is in one of them, so that "quality:none"
// leaves those about whom nothing stands out.
const (
	QualityNone     = "none"
	QualitySpeeder  = "speeder"
	QualityStraight = "straight_liner"
	QualityBoth     = "both"
)

// Flags lists the categories of [VariableQuality] in their order.
func Flags() []string {
	return []string{QualityNone, QualitySpeeder, QualityStraight, QualityBoth}
}

const (
	// straightRows is the fewest rows of a matrix, asked and answered, in which the
	// same answer throughout stands out.
	straightRows = 5
	// speedClasses is by how many doubling classes below the median somebody is
	// that quick.
	speedClasses = 2
)

// quality makes the variable of the flags: who answered at least two doubling
// classes quicker than the median of those who answered in the same language,
// which fewer than k answers have none of; and who gave the same answer in all
// rows of a matrix that they were asked, five or more. It identifies, and it is
// perturbed everywhere.
func (s *Schema) quality() *question {
	list := &survey.ChoiceList{Name: VariableQuality}
	for _, name := range Flags() {
		list.Choices = append(list.Choices, &survey.Choice{Name: name})
	}
	node := &survey.Node{Type: survey.SelectOne, Name: VariableQuality, List: VariableQuality}
	return &question{element: survey.NewVariable(node, list), kind: Single, role: survey.Identifying,
		raw: raw.Question{Form: raw.Choice, Codes: len(list.Choices), Pair: -1}, derived: &derived{flags: true}}
}

// flagged computes the flags.
func (x *Explorer) flagged(field packed.Field) packed.Extra {
	quick := x.quick()
	var matrices [][]int // the columns of each
	for _, rows := range x.schema.version.Matrices() {
		var columns []int
		for _, e := range rows {
			if at := x.schema.places[e.Index]; at.found && at.table == 0 && e.Type == survey.SelectOne {
				columns = append(columns, at.column)
			}
		}
		if len(columns) >= straightRows {
			matrices = append(matrices, columns)
		}
	}
	return packed.Extra{Field: field, Fill: func(s *packed.Segment, to []uint64) {
		columns := s.Tables[0].Columns
		straight := make([]bool, s.Rows)
		for _, matrix := range matrices {
			straightLines(columns, matrix, straight)
		}
		duration, language := &columns[packed.DurationColumn], &columns[packed.LanguageColumn]
		for row := range to {
			to[row] = packed.FirstCode
			if class := duration.At(row); class > 0 && class <= quick[language.At(row)] {
				to[row]++
			}
			if straight[row] {
				to[row] += 2
			}
		}
	}}
}

// straightLines marks who gave the same answer in all rows of a matrix.
func straightLines(columns []packed.Column, matrix []int, straight []bool) {
	const several = ^uint32(0) // answers, or a row without one
	answer, rows := make([]uint32, len(straight)), make([]uint8, len(straight))
	for _, at := range matrix {
		column := &columns[at]
		for row := range straight {
			code := uint32(column.At(row))
			switch {
			case code == packed.NotAsked || answer[row] == several:
			case code == packed.NoAnswer || answer[row] != 0 && answer[row] != code:
				answer[row] = several
			default:
				answer[row] = code
				rows[row] += min(1, ^rows[row]) // stays at 255
			}
		}
	}
	for row := range straight {
		straight[row] = straight[row] || answer[row] != several && rows[row] >= straightRows
	}
}

// quick is the highest class of time, by code of language, in which somebody is a
// speeder; 0 for none.
func (x *Explorer) quick() []uint64 {
	counts := make([][]int, len(x.view.Names(packed.LanguageColumn)))
	for code := range counts {
		counts[code] = make([]int, 256)
	}
	for _, s := range x.view.Segments {
		duration, language := &s.Tables[0].Columns[packed.DurationColumn], &s.Tables[0].Columns[packed.LanguageColumn]
		for row := range raw.Members(s, x.limit) {
			counts[language.At(row)][duration.At(row)]++
		}
	}
	quick := make([]uint64, len(counts))
	for code, classes := range counts {
		known := 0
		for _, count := range classes[1:] {
			known += count
		}
		if known < x.k {
			continue
		}
		below := 0
		for class, count := range classes[1:] {
			if below += count; 2*below >= known {
				quick[code] = uint64(max(class+1-speedClasses, 0))
				break
			}
		}
	}
	return quick
}

// Flags are how many respondents stand out, of the whole wave; perturbed.
func (x *Explorer) Flags() Figure {
	if x.remains != nil {
		return x.remains.Flags
	}
	at := slices.IndexFunc(x.derived, func(q *question) bool { return q.derived.flags })
	return x.figure(x.derived[at])
}
