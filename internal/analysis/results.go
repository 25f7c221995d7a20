package analysis

import (
	"cmp"
	"math"
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/survey"
)

// Options say what else is known about a wave.
type Options struct {
	// Population is N, how many people the wave is addressed to; nil when not
	// known. It narrows the intervals (METHODS 2).
	Population *int
	// Strata are the parts of the population that respondents can be weighted by;
	// they are used by queries alone.
	Strata []Stratum
	// Calculated are the wave's calculated variables; nil has none.
	Calculated *Calculated
	// Needs remembers need indices beyond one explorer; nil makes one for it alone.
	Needs *NeedsCache
}

// Results returns what an open wave shows.
func (s *Snapshot) Results(options Options) Results { return s.tables.results(options, true) }

// Results returns what a closed wave shows.
func (r *Release) Results(options Options) Results { return r.tables.results(options, false) }

func (t *tables) results(options Options, open bool) Results {
	results := Results{K: t.K, Open: open}
	shower := t.shower(options)
	if len(t.All.Tables) > 0 && t.All.Tables[0] != nil {
		n := t.All.Tables[0].Respondents
		results.N = &n
		results.PopulationExceeded = options.Population != nil && n > *options.Population
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

// shower knows what is known of the wave.
func (t *tables) shower(options Options) shower {
	s := shower{guard: disclosure.Guard{K: t.K}, designs: t.designs()}
	if n := t.All.shown(); n > 0 && options.Population != nil {
		s.population(n, *options.Population)
	}
	return s
}

// shower turns exact tables into figures.
type shower struct {
	guard    disclosure.Guard
	fraction float64 // of the population that answered, 0 when not known
	everyone bool
	designs  []design // by table
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
	f := s.blank(q)
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
	if !s.quiet(q, t, outside) && !outside.NoAnswer {
		f.Asked = shown(t.Base.Rows + t.Apart.Rows + t.Incomplete.Rows + t.NoAnswer.Rows)
	}
	switch q.kind {
	case Answered:
		f.Withheld = OnlyText
	case Number, Months, Hours:
		s.numbers(&f, q, t)
	default:
		s.categories(&f, q, t)
		s.places(&f, q, t)
		s.apart(&f, q, t, outside)
	}
	return f
}

// blank is a figure without numbers.
func (s *shower) blank(q *question) Figure {
	f := Figure{Question: q.element.Name, Kind: q.kind, Role: q.role,
		Repeated: q.raw.Table > 0, Paired: q.pair != nil, Max: q.element.Scale}
	if q.kind == Order {
		f.Max = q.raw.Places()
	}
	return f
}

// withhold names the choices and shows nothing of them.
func (f Figure) withhold(q *question, why Withheld) Figure {
	f.Withheld = why
	if q.classed() || q.kind == Answered {
		return f
	}
	for i := range q.raw.Codes {
		cell := q.cell(i)
		cell.Suppressed = true
		if q.substantive(i) {
			f.Cells = append(f.Cells, cell)
		} else if q.kind != Order {
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
	return q.role == roleOpinion || q.classed() || q.raw.Codes == 1
}

func (s *shower) outside(q *question, t *table) disclosure.OutsideCells {
	o := disclosure.Outside{NoAnswer: t.NoAnswer.Holders, NotAsked: t.NotAsked.Holders,
		Unnamed: t.Incomplete.Holders, Strict: q.role != roleOpinion, Guarded: q.guarded}
	switch q.kind {
	case Multiple, Order:
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

func (s *shower) categories(f *Figure, q *question, t *table) {
	names, counts := t.categories(q)
	cells, d := t.protect(q, s.guard), s.design(q)
	for i, name := range names {
		cell := q.cell(name)
		cell.Suppressed = cells.Hidden[i]
		if !cell.Suppressed {
			s.share(&cell, counts[i].Rows, t.Base.Rows, d)
		}
		f.Cells = append(f.Cells, cell)
	}
	switch {
	case cells.Whole:
		f.Withheld = WholeTable
	case cells.Any():
		f.Withheld = SmallCells
	default:
		s.scale(f, q, t)
	}
}

// share fills in a cell that may be shown.
func (s *shower) share(cell *Cell, count, of int, d design) {
	cell.Count = shown(count)
	p := float64(count) / float64(of)
	cell.Share = &p
	if s.everyone {
		return
	}
	sample := d.sample(float64(of), s.fraction)
	low, high := interval.Wilson(p, sample)
	cell.Low, cell.High, cell.sample = &low, &high, sample
}

// apart shows the non-substantive choices. Their shares are of all who chose
// anything, and those shown would give that number away.
func (s *shower) apart(f *Figure, q *question, t *table, outside disclosure.OutsideCells) {
	if q.kind == Order {
		return // what is no substantive answer has no place in an order
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
	quiet := s.quiet(q, t, outside) || slices.Contains(hidden, true)
	for i, choice := range cells {
		cell := q.cell(choice)
		cell.Suppressed = hidden[i]
		switch {
		case hidden[i]:
		case quiet:
			cell.Count = shown(t.Cells[choice].Rows)
		default:
			s.share(&cell, t.Cells[choice].Rows, chose, independent())
		}
		f.Apart = append(f.Apart, cell)
	}
}

// quiet tells whether the number of all who chose anything stays untold, as it
// would give away a number outside the base that is hidden.
func (s *shower) quiet(q *question, t *table, outside disclosure.OutsideCells) bool {
	return outside.NoAnswer || outside.NotAsked || slices.Contains(outside.Apart, true) ||
		q.role != roleOpinion && s.guard.Small(t.Apart.Holders+t.Incomplete.Holders)
}

// scale adds mean and median of a scale without hidden cells.
func (s *shower) scale(f *Figure, q *question, t *table) {
	if q.kind != Scale || t.Moments == nil {
		return
	}
	d := s.design(q)
	f.Mean, f.MeanLow, f.MeanHigh = s.mean(t.Base.Rows, t.Moments, d)
	f.spread = &spread{variance: t.Moments.Variance, sample: d.sample(float64(t.Base.Rows), s.fraction)}
	rising := slices.SortedFunc(slices.Values(f.Cells), func(a, b Cell) int { return cmp.Compare(a.Score, b.Score) })
	lowest, highest := rising[0].Score, rising[len(rising)-1].Score
	if f.MeanLow != nil {
		*f.MeanLow, *f.MeanHigh = max(*f.MeanLow, lowest), min(*f.MeanHigh, highest)
	}
	below := 0
	for _, cell := range rising {
		if below += *cell.Count; 2*below >= t.Base.Rows {
			f.Median = &cell.Score
			return
		}
	}
}

// mean returns a mean and its interval.
func (s *shower) mean(rows int, m *moments, d design) (mean, low, high *float64) {
	value := m.Mean
	mean = &value
	if s.everyone {
		return mean, nil, nil
	}
	if from, to, ok := interval.Mean(m.Mean, m.Variance, d.sample(float64(rows), s.fraction)); ok {
		return mean, &from, &to
	}
	return mean, nil, nil
}

// places adds where each choice stands, where all places may be shown. A choice
// that fewer than k had to place has no mean.
func (s *shower) places(f *Figure, q *question, t *table) {
	if q.kind != Order || f.Withheld != Nothing {
		return
	}
	if q.role != roleOpinion && !t.wholly(q, s.guard) {
		f.Withheld = OnlyFirst
		return
	}
	at, d := 0, s.design(q)
	for i, one := range t.Places {
		if !q.substantive(i) {
			continue
		}
		cell := &f.Cells[at]
		at++
		f.Partial = f.Partial || one.Base != t.Base
		if one.Base.Holders < s.guard.K {
			continue
		}
		p := &Placing{Base: one.Base.Rows, Mean: one.Moments.Mean}
		for _, count := range one.Ranks {
			p.Ranks = append(p.Ranks, count.Rows)
		}
		if _, p.Low, p.High = s.mean(one.Base.Rows, one.Moments, d); p.Low != nil {
			*p.Low, *p.High = max(*p.Low, 1), min(*p.High, float64(f.Max))
		}
		cell.Placing = p
	}
}

// numbers shows the classes of numbers, months or hours, and mean and median of
// numbers.
func (s *shower) numbers(f *Figure, q *question, t *table) {
	d := s.design(q)
	for _, class := range t.Quantity.Classes {
		cell := Cell{Name: q.className(class, t.Quantity.Whole), From: class.From, To: class.To}
		if class.Below {
			cell.From = math.Inf(-1)
		}
		if class.Above {
			cell.To = math.Inf(1)
		}
		s.share(&cell, class.Rows, t.Base.Rows, d)
		f.Cells = append(f.Cells, cell)
	}
	if t.Moments != nil && !t.Quantity.Dominated {
		f.Mean, f.MeanLow, f.MeanHigh = s.mean(t.Base.Rows, t.Moments, d)
	}
	f.Median = t.Quantity.Median
}

func shown(count int) *int { return &count }

// cell names a category: a choice, or a number of a range.
func (q *question) cell(category int) Cell {
	switch {
	case q.element.Range != nil:
		return Cell{Name: q.element.Range.At(category), Score: q.raw.Scores[category]}
	case q.element.Type == survey.Acknowledge:
		return Cell{Name: acknowledged}
	}
	cell := Cell{Name: q.element.Choices.Choices[category].Name}
	if q.raw.Scores != nil && q.substantive(category) {
		cell.Score = q.raw.Scores[category]
	}
	return cell
}
