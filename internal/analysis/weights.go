package analysis

import (
	"errors"
	"slices"
	"strings"

	"bedarfslotse/internal/analysis/internal/weighting"
)

// Stratum is a part of the population of known size: of an area and all that
// lies in it, of a type of institution, or of both; "" stands for all.
type Stratum struct {
	Area, InstitutionType string
	Population            int // N; 0 when not known
}

// Weights say how respondents are made to stand for the population (METHODS 3).
// They are made of the exact groups of all respondents and of the population
// alone, so they tell nothing that is not published anyway. Small strata are
// joined as the groups are: with their neighbours in the breakdown's order.
type Weights struct {
	Parts []WeightedPart
	// Effect is the design effect 1 + cv²(w) = n/n_eff, at least 1; High tells
	// that it costs so much precision that a warning is due.
	Effect float64
	High   bool
	// Raked tells that only margins of the population were known.
	Raked bool
	// Margins compare what the weights reach with what they should.
	Margins []WeightedMargin
	// Empty are the strata of the population that no respondent stands for.
	Empty []Stratum
}

// WeightedPart is a group of respondents who have the same weight.
type WeightedPart struct {
	// Areas and InstitutionTypes are those of its places, in the tree's order; ""
	// is what is not known.
	Areas, InstitutionTypes []string
	N                       int
	Weight                  float64 // of each respondent; their mean over all is 1
}

// WeightedMargin is what weights reach of one variable of the population; of area
// and type together where Variable is "".
type WeightedMargin struct {
	Variable string
	Rows     []WeightedRow
	// Unrepresented is the share of the population in strata without respondents,
	// 0–1.
	Unrepresented float64
}

// WeightedRow is a stratum, or several joined. Shares are 0–1, of the rows of the
// margin.
type WeightedRow struct {
	Strata                      []Stratum
	N, Population               int
	Target, Unweighted, Reached float64
}

// Weights returns the wave's weights. It fails with a failure of code Invalid
// when they cannot be made, whose key says why: the population is not known
// ([NoPopulation]), the wave has no exact groups ([NotDivided]), strata overlap
// ([StrataOverlap]), or the margins contradict each other ([MarginUnreached]).
func (x *Explorer) Weights() (Weights, error) {
	if x.remains != nil {
		return Weights{}, refuse(RowsDeleted)
	}
	w, err := x.weigher()
	if err != nil {
		return Weights{}, err
	}
	return w.told, nil
}

// weigher knows the weight of every place of the breakdown.
type weigher struct {
	told    Weights
	parts   []part    // of all respondents
	weights []float64 // by part
	largest float64   // of them
	of      map[carried]int
	placed  [][]uint16 // the part of every respondent, by segment and row
}

func (x *Explorer) weigh() (*weigher, error) {
	strata := x.breakdown.project(x.strata)
	switch {
	case len(strata) == 0:
		return nil, refuse(NoPopulation)
	case x.release.tables.All.Groups == nil:
		return nil, refuse(NotDivided)
	}
	w := &weigher{parts: x.release.tables.All.Groups.Parts, of: map[carried]int{}}
	for i, one := range w.parts {
		for _, cell := range one.Cells {
			w.of[cell] = i
		}
	}
	margins, err := x.breakdown.cover(w.parts, strata)
	if err != nil {
		return nil, err
	}
	if err := w.fit(margins); err != nil {
		return nil, err
	}
	w.weights = append(w.weights, 1) // of those in no part
	w.largest = slices.Max(w.weights)
	w.place(x.view, x.breakdown)
	return w, nil
}

// project keeps of strata what the breakdown divides by, and adds up those that
// are the same then. Where one is of unknown size, so is the sum.
func (b *Breakdown) project(strata []Stratum) []Stratum {
	sums, unknown := map[carried]int{}, map[carried]bool{}
	for _, one := range strata {
		cell := b.cell(one.Area, one.InstitutionType)
		sums[cell] += one.Population
		unknown[cell] = unknown[cell] || one.Population == 0
	}
	delete(sums, carried{}) // the sum of all says nothing about parts
	var kept []Stratum
	for _, one := range strata {
		cell := b.cell(one.Area, one.InstitutionType)
		if n := sums[cell]; n > 0 && !unknown[cell] {
			kept = append(kept, Stratum{cell.Area, cell.InstitutionType, n})
		}
		delete(sums, cell)
	}
	return kept
}

// covered are strata that do not overlap, and which of them each part's places
// lie in.
type covered struct {
	variable string
	strata   []Stratum
	of       [][]int // by part
}

// cover finds the strata of every part: one list of them, or two where some are
// of areas alone, some of types alone, and they meet.
func (b *Breakdown) cover(parts []part, strata []Stratum) ([]covered, error) {
	areas, types := covered{variable: VariableArea}, covered{variable: VariableInstitutionType}
	for _, one := range strata {
		to := &areas
		if one.Area == "" {
			to = &types
		}
		to.strata = append(to.strata, one)
	}
	meet := false
	for _, c := range []*covered{&areas, &types} {
		c.of = make([][]int, len(parts))
	}
	for i, one := range parts {
		for _, cell := range one.Cells {
			first, err := areas.place(b, i, cell)
			if err != nil {
				return nil, err
			}
			second, err := types.place(b, i, cell)
			if err != nil {
				return nil, err
			}
			if first >= 0 && second >= 0 {
				meet = true
				if s := areas.strata[first]; s.InstitutionType != "" {
					return nil, refuse(StrataOverlap, "stratum", s.Area+" "+s.InstitutionType, "other", types.strata[second].InstitutionType)
				}
			}
		}
	}
	switch {
	case meet:
		return []covered{areas, types}, nil
	case len(areas.strata) == 0:
		return []covered{types}, nil
	}
	for i := range parts { // strata side by side
		for _, at := range types.of[i] {
			areas.of[i] = append(areas.of[i], len(areas.strata)+at)
		}
	}
	areas.strata = append(areas.strata, types.strata...)
	if len(types.strata) > 0 || slices.ContainsFunc(areas.strata, func(s Stratum) bool { return s.InstitutionType != "" }) {
		areas.variable = ""
	}
	return []covered{areas}, nil
}

// place notes in which stratum a place of a part lies, −1 for none.
func (c *covered) place(b *Breakdown, part int, cell carried) (int, error) {
	chain, found := b.chain(cell.Area), -1
	for at, s := range c.strata {
		if s.Area != "" && !slices.Contains(chain, s.Area) || s.InstitutionType != "" && s.InstitutionType != cell.InstitutionType {
			continue
		}
		if found >= 0 {
			return 0, refuse(StrataOverlap, "stratum", c.strata[found].name(), "other", s.name())
		}
		found = at
		if !slices.Contains(c.of[part], at) {
			c.of[part] = append(c.of[part], at)
		}
	}
	return found, nil
}

func (s Stratum) name() string { return strings.TrimSpace(s.Area + " " + s.InstitutionType) }

// blocks joins the strata that lie in one part: for each the smallest that it is
// joined with.
func (c *covered) blocks() []int {
	to := make([]int, len(c.strata))
	for i := range to {
		to[i] = i
	}
	for _, strata := range c.of {
		for _, s := range strata {
			low, high := min(to[s], to[strata[0]]), max(to[s], to[strata[0]])
			for i := range to {
				if to[i] == high {
					to[i] = low
				}
			}
		}
	}
	return to
}

// fit makes the weights.
func (w *weigher) fit(lists []covered) error {
	cells, counts := make([]weighting.Cell, len(w.parts)), make([]int, len(w.parts))
	for i, one := range w.parts {
		cells[i].Count, counts[i] = one.Holders, one.Holders
	}
	var margins []weighting.Margin
	for _, c := range lists {
		margins = append(margins, w.margin(&c, cells))
	}
	weights, err := weigh(cells, margins)
	var failed *weighting.MarginError
	switch {
	case errors.As(err, &failed):
		return refuse(MarginUnreached, "margin", failed.Margin)
	case errors.Is(err, weighting.ErrNobody):
		return refuse(NoPopulation)
	case err != nil:
		return err
	}
	if w.weights, err = weighting.Trim(weights, counts); err != nil {
		return err
	}
	if w.told.Effect, err = weighting.DesignEffect(w.weights, counts); err != nil {
		return err
	}
	w.told.High, w.told.Raked = w.told.Effect > weighting.HighEffect, len(lists) > 1
	reached, err := weighting.Reach(cells, margins, w.weights)
	if err != nil {
		return err
	}
	for at, shares := range reached {
		for i, share := range shares {
			row := &w.told.Margins[at].Rows[i]
			row.N, row.Target, row.Unweighted, row.Reached = share.Count, share.Target, share.Unweighted, share.Reached
			row.Population = int(margins[at].Population[i])
		}
	}
	for i, one := range w.parts {
		told := WeightedPart{N: one.Holders, Weight: w.weights[i]}
		for _, cell := range one.Cells {
			told.Areas, told.InstitutionTypes = include(told.Areas, cell.Area), include(told.InstitutionTypes, cell.InstitutionType)
		}
		w.told.Parts = append(w.told.Parts, told)
	}
	return nil
}

// weigh makes cell weights of one margin, and raked ones of several. Who is in no
// category of a margin keeps their size.
func weigh(cells []weighting.Cell, margins []weighting.Margin) ([]float64, error) {
	if len(margins) > 1 {
		return weighting.Rake(cells, margins)
	}
	strata := make([]weighting.Stratum, len(margins[0].Population)+1) // the last of unknown population
	of := make([]int, len(cells))
	for i, n := range margins[0].Population {
		strata[i].Population = n
	}
	for i, cell := range cells {
		if of[i] = cell.Categories[0]; of[i] == weighting.Missing {
			of[i] = len(strata) - 1
		}
		strata[of[i]].Count += cell.Count
	}
	for i := range strata {
		strata[i].Neighbour = -1 // joined as the parts are
	}
	plan, err := weighting.Cells(strata, 1)
	if err != nil {
		return nil, err
	}
	weights := make([]float64, len(cells))
	for i := range cells {
		weights[i] = plan.Weights[of[i]]
	}
	return weights, nil
}

// include adds a value to a list that lacks it.
func include(list []string, value string) []string {
	if slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}

// margin makes the margin of a list of strata, tells the parts which of its
// categories they are in, and notes the strata without respondents.
func (w *weigher) margin(c *covered, cells []weighting.Cell) weighting.Margin {
	told := WeightedMargin{Variable: c.variable}
	margin := weighting.Margin{Name: c.variable}
	to := c.blocks()
	place := make([]int, len(to))
	known, empty := 0, 0
	for i, s := range c.strata {
		known += s.Population
		if !slices.ContainsFunc(c.of, func(list []int) bool { return slices.Contains(list, i) }) {
			w.told.Empty = append(w.told.Empty, s)
			empty += s.Population
			place[i] = -1
			continue
		}
		if to[i] == i {
			place[i] = len(margin.Population)
			margin.Population = append(margin.Population, 0)
			told.Rows = append(told.Rows, WeightedRow{})
		}
		at := place[to[i]]
		margin.Population[at] += float64(s.Population)
		told.Rows[at].Strata = append(told.Rows[at].Strata, s)
	}
	told.Unrepresented = float64(empty) / float64(known)
	for i := range w.parts {
		category := weighting.Missing
		if len(c.of[i]) > 0 {
			category = place[to[c.of[i][0]]]
		}
		cells[i].Categories = append(cells[i].Categories, category)
	}
	w.told.Margins = append(w.told.Margins, told)
	return margin
}

// leaf is the weight of a part of one question's groups: the mean over all
// respondents of the parts of the whole wave that it has places in common with.
func (w *weigher) leaf(one *part) float64 {
	var seen []int
	n, sum := 0, 0.0
	for _, cell := range one.Cells {
		at, known := w.of[cell]
		if !known || slices.Contains(seen, at) {
			continue
		}
		seen = append(seen, at)
		n += w.parts[at].Holders
		sum += w.weights[at] * float64(w.parts[at].Holders)
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}
