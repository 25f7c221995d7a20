package analysis

import (
	"math"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/survey"
)

// Options say what else is known about a wave.
type Options struct {
	// Population is N, how many people the wave is addressed to; nil when not
	// known. It narrows the intervals (METHODS 2).
	Population *int
}

// Results returns what an open wave shows.
func (s *Snapshot) Results(options Options) Results { return s.tables.results(options, true) }

// Results returns what a closed wave shows.
func (r *Release) Results(options Options) Results { return r.tables.results(options, false) }

func (t *tables) results(options Options, open bool) Results {
	results := Results{K: t.K, Open: open}
	shower := shower{guard: disclosure.Guard{K: t.K}}
	if len(t.All.Tables) > 0 && t.All.Tables[0] != nil {
		n := t.All.Tables[0].Respondents
		results.N = &n
		if options.Population != nil {
			results.PopulationExceeded = n > *options.Population
			shower.population(n, *options.Population)
		}
	}
	known := make(map[*question]*table, len(t.schema.questions))
	for i, unit := range t.Units {
		for at, one := range unit.Tables {
			known[t.schema.units[i][at]] = one
		}
	}
	for _, q := range t.schema.questions {
		results.Figures = append(results.Figures, shower.figure(q, known[q]))
	}
	return results
}

// shower turns exact tables into figures.
type shower struct {
	guard    disclosure.Guard
	fraction float64 // of the population that answered, 0 when not known
	everyone bool
}

// population takes f = n/N into account; with more responses than N the number
// given cannot be right and is not used (METHODS 2).
func (s *shower) population(n, of int) {
	switch {
	case n == of:
		s.everyone = true
	case n < of:
		s.fraction = float64(n) / float64(of)
	}
}

// figure applies disclosure control to one table; nil is a table that is not
// shown at all.
func (s *shower) figure(q *question, t *table) Figure {
	f := Figure{Question: q.element.Name, Kind: q.kind, Role: q.role,
		Repeated: q.raw.Table > 0, Paired: q.pair != nil, Max: q.element.Scale}
	if t == nil || t.Base.Holders < s.guard.K || s.sameAnswer(q, t) {
		return f.withhold(q, TooFew)
	}
	outside := s.outside(q, t)
	if outside.Base {
		return f.withhold(q, WholeTable)
	}
	f.Everyone = s.everyone
	f.Base = shown(t.Base.Rows)
	if !outside.NoAnswer {
		f.NoAnswer = shown(t.NoAnswer.Rows)
	}
	if !outside.NotAsked {
		f.NotAsked = shown(t.NotAsked.Rows)
	}
	switch q.kind {
	case Answered:
		f.Withheld = OnlyText
	case Number:
		s.numbers(&f, t)
	default:
		s.categories(&f, q, t)
		s.apart(&f, q, t, outside)
	}
	return f
}

// withhold names the choices and shows nothing of them.
func (f Figure) withhold(q *question, why Withheld) Figure {
	f.Withheld = why
	if q.kind == Number || q.kind == Months || q.kind == Answered {
		return f
	}
	for i := range q.raw.Codes {
		cell := q.cell(i)
		cell.Suppressed = true
		if q.substantive(i) {
			f.Cells = append(f.Cells, cell)
		} else {
			f.Apart = append(f.Apart, cell)
		}
	}
	return f
}

// sameAnswer tells whether everybody gave the same answer and they are fewer
// than 2k (METHODS 5.2). Where hidden cells may have another cause, the figure
// says only that all of them are hidden: see [table.protect].
func (s *shower) sameAnswer(q *question, t *table) bool {
	if !t.Same || t.Base.Holders >= 2*s.guard.K {
		return false
	}
	return q.role == roleOpinion || q.kind == Number || q.raw.Codes == 1
}

func (s *shower) outside(q *question, t *table) disclosure.OutsideCells {
	o := disclosure.Outside{NoAnswer: t.NoAnswer.Holders, NotAsked: t.NotAsked.Holders,
		Unnamed: t.Incomplete.Holders, Strict: q.role != roleOpinion, Guarded: q.guarded}
	switch q.kind {
	case Multiple:
		o.Apart = []int{t.Apart.Holders} // all who ticked nothing substantive
	case Single, Scale:
		for i, cell := range t.Cells {
			if !q.substantive(i) {
				o.Apart = append(o.Apart, cell.Holders)
			}
		}
	}
	return s.guard.Outside(o)
}

// sample is the effective size of a base for a share or mean whose variance
// would be independent if answers were, and is clustered with the clusters'
// spread.
func (s *shower) sample(t *table, independent, clustered float64) interval.Sample {
	n := float64(t.Base.Rows)
	sample := interval.Sample{Size: n, Fraction: s.fraction}
	if c := t.Clusters; c != nil && c.Groups >= 5 && c.Most > 1 {
		sample.Size = interval.Clustered(n, independent, clustered, c.Groups)
		sample.Freedom = float64(c.Groups - 1)
	}
	return sample
}

func (s *shower) categories(f *Figure, q *question, t *table) {
	names, counts := t.categories(q)
	cells := t.protect(q, s.guard)
	for i, name := range names {
		cell := q.cell(name)
		cell.Suppressed = cells.Hidden[i]
		if !cell.Suppressed {
			s.share(&cell, t, counts[i].Rows, t.Base.Rows, name, q.kind != Months)
		}
		f.Cells = append(f.Cells, cell)
	}
	switch {
	case cells.Whole:
		f.Withheld = WholeTable
		if q.kind == Months {
			f.Cells = nil // the months themselves would tell that they occur
		}
	case cells.Any():
		f.Withheld = SmallCells
	default:
		s.scale(f, q, t)
	}
}

// share fills in a cell that may be shown.
func (s *shower) share(cell *Cell, t *table, count, of, choice int, clustered bool) {
	cell.Count = shown(count)
	p := float64(count) / float64(of)
	cell.Share = &p
	if s.everyone {
		return
	}
	sample := interval.Sample{Size: float64(of), Fraction: s.fraction}
	if clustered && t.Clusters != nil && choice < len(t.Clusters.Shares) {
		sample = s.sample(t, p*(1-p), t.Clusters.Shares[choice])
	}
	low, high := interval.Wilson(p, sample)
	cell.Low, cell.High = &low, &high
}

// apart shows the non-substantive choices. Their shares are of all who chose
// anything, and those shown would give that number away.
func (s *shower) apart(f *Figure, q *question, t *table, outside disclosure.OutsideCells) {
	if q.kind == Months {
		return
	}
	hidden, at := make([]bool, 0, len(outside.Apart)), 0
	var cells []int
	for i, count := range t.Cells {
		if q.substantive(i) {
			continue
		}
		hide := s.guard.Small(count.Holders) && q.role != roleOpinion
		if q.kind == Multiple {
			hide = hide || outside.Apart[0]
		} else {
			hide = outside.Apart[at]
			at++
		}
		cells, hidden = append(cells, i), append(hidden, hide)
	}
	chose := t.Base.Rows + t.Apart.Rows + t.Incomplete.Rows
	quiet := outside.NoAnswer || outside.NotAsked ||
		q.role != roleOpinion && s.guard.Small(t.Apart.Holders+t.Incomplete.Holders)
	for _, hide := range hidden {
		quiet = quiet || hide
	}
	for i, choice := range cells {
		cell := q.cell(choice)
		cell.Suppressed = hidden[i]
		switch {
		case hidden[i]:
		case quiet:
			cell.Count = shown(t.Cells[choice].Rows)
		default:
			s.share(&cell, t, t.Cells[choice].Rows, chose, choice, false)
		}
		f.Apart = append(f.Apart, cell)
	}
}

// scale adds mean and median of a scale without hidden cells.
func (s *shower) scale(f *Figure, q *question, t *table) {
	if q.kind != Scale || t.Moments == nil {
		return
	}
	s.mean(f, t)
	if f.MeanLow != nil {
		*f.MeanLow, *f.MeanHigh = max(*f.MeanLow, 1), min(*f.MeanHigh, float64(q.element.Scale))
	}
	byScore := make([]int, q.element.Scale+1)
	for i, cell := range t.Cells {
		if q.substantive(i) {
			byScore[int(q.raw.Scores[i])] = cell.Rows
		}
	}
	below := 0
	for score, rows := range byScore {
		if below += rows; 2*below >= t.Base.Rows {
			median := float64(score)
			f.Median = &median
			return
		}
	}
}

// mean adds the mean and its interval.
func (s *shower) mean(f *Figure, t *table) {
	mean := t.Moments.Mean
	f.Mean = &mean
	if s.everyone {
		return
	}
	n := float64(t.Base.Rows)
	clustered := 0.0
	if t.Clusters != nil {
		clustered = t.Clusters.Mean
	}
	sample := s.sample(t, t.Moments.Variance*n/(n-1), clustered)
	if low, high, ok := interval.Mean(mean, t.Moments.Variance, sample); ok {
		f.MeanLow, f.MeanHigh = &low, &high
	}
}

// numbers shows classes, mean and median of a number.
func (s *shower) numbers(f *Figure, t *table) {
	for _, class := range t.Quantity.Classes {
		cell := Cell{Name: className(class, t.Quantity.Whole), From: class.From, To: class.To}
		if class.Below {
			cell.From = math.Inf(-1)
		}
		if class.Above {
			cell.To = math.Inf(1)
		}
		s.share(&cell, t, class.Rows, t.Base.Rows, 0, false)
		f.Cells = append(f.Cells, cell)
	}
	if t.Moments != nil && !t.Quantity.Dominated {
		s.mean(f, t)
	}
	f.Median = t.Quantity.Median
}

func shown(count int) *int { return &count }

// cell names a category: a choice, or a month.
func (q *question) cell(category int) Cell {
	switch {
	case q.kind == Months:
		return Cell{Name: monthName(category)}
	case q.element.Type == survey.Acknowledge:
		return Cell{Name: acknowledged}
	}
	cell := Cell{Name: q.element.Choices.Choices[category].Name}
	if q.raw.Scores != nil && q.substantive(category) {
		cell.Score = int(q.raw.Scores[category])
	}
	return cell
}
