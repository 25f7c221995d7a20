package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/analysis/internal/resample"
)

// Needs are the need indices of a wave's items, with intervals and ranks, and the
// gaps of its fields of action by group (METHODS 6, 9).
type Needs struct {
	K        int
	Weighted bool
	Items    []Need
	// Fields are the fields of action that the items are about, in the survey's
	// order; of one with items of both kinds there are two.
	Fields []NeedField
	// Groups are what [NeedsQuery.By] divides into, each the categories that stand
	// for it.
	Groups [][]string
}

// Need is one item's figures of the whole wave. What is nil is hidden or cannot be
// computed.
type Need struct {
	NeedItem
	// Base is the number of complete pairs; nil when nothing may be shown.
	Base *int
	// Importance and State are the means on 1..m, of yes and no the shares 0–1.
	Importance, State *Estimated
	// Indices are by [NeedIndex]; of yes and no there is the gap alone.
	Indices map[NeedIndex]Ranked
}

// Asks tells whether there are items of a kind: by yes and no, or pairs of scales.
func (n *Needs) Asks(yesNo bool) bool {
	return slices.ContainsFunc(n.Fields, func(field NeedField) bool { return field.YesNo == yesNo })
}

// NeedIndex names one of the need indices.
type NeedIndex string

// The need indices of METHODS 6.
const (
	// IndexGap is the difference of the 0–100 scores, or of the shares in per cent;
	// higher is more need.
	IndexGap NeedIndex = "gap"
	// IndexMWDS is the mean weighted discrepancy score (Borich 1980); higher is more
	// need, it has no unit.
	IndexMWDS NeedIndex = "mwds"
	// IndexRDS is the ranked discrepancy score (Narine & Harder 2021), −100..100: the
	// per cent whose state is above their importance − the per cent whose state is
	// below; lower is more need.
	IndexRDS NeedIndex = "rds"
	// IndexPNI is the modified priority needs index (Wongwanich 2005); higher is
	// more need.
	IndexPNI NeedIndex = "pni"
)

// NeedIndices lists all of them.
func NeedIndices() []NeedIndex { return []NeedIndex{IndexMWDS, IndexRDS, IndexPNI, IndexGap} }

// Falling tells that lower values mean more need.
func (i NeedIndex) Falling() bool { return i == IndexRDS }

// Ranked is an index with its place among the items of the same kind and scale: 1 is
// the most need. The true rank lies from RankLow to RankHigh with 95 % confidence
// for all items together (Mogstad, Romano, Shaikh & Wilhelm 2024); both are 0 where
// there is no interval.
type Ranked struct {
	Estimated
	Rank, RankLow, RankHigh int
}

// NeedField is one field of action: its items, and the figures of the whole wave and
// of each group.
type NeedField struct {
	Field string
	Items []int // places in Needs.Items
	YesNo bool
	Whole FieldGap
	// Groups are by the places in Needs.Groups.
	Groups []FieldGap
}

// FieldGap is need, provision and gap of a field in one group, the means over its
// items: 0–100 scores, of yes and no per cent. Base is nil where nothing may be
// shown.
type FieldGap struct {
	// Base is the number of complete pairs, of several items the smallest.
	Base                 *int
	Need, Provision, Gap float64
	// Low and High are the gap's 95 % interval; nil where there is none, as fewer
	// than ten independent answers stand behind it, or everybody answered.
	Low, High *float64
	// Everyone tells that all answered: there is no chance to speak of.
	Everyone bool
	// Together are the groups that the figure is of, when it is of several that are
	// exact only together.
	Together []int

	// Error is the standard error of the gap, 0 for none, and Freedom the degrees of
	// freedom of t, 0 for the normal distribution.
	Error, Freedom float64
}

// Exceeds is the one-sided p-value of the gap being at most so much: by the normal
// distribution, or that of t where institutions are the units. Nil where there is
// no interval.
func (f *FieldGap) Exceeds(gap float64) *float64 {
	if f.Low == nil || !(f.Error > 0) {
		return nil
	}
	p := interval.Above((f.Gap-gap)/f.Error, f.Freedom)
	return &p
}

// NeedsQuery asks for needs.
type NeedsQuery struct {
	// By is the variable that the fields' gaps are divided by: [VariableArea] or
	// [VariableInstitutionType]; "" for none.
	By string
	// Weighted asks for weighted figures (METHODS 3).
	Weighted bool
}

// Needs computes the needs of a release: figures from its exact tables, intervals
// from 2 000 bootstrap samples of its respondents, drawn within the exact groups of
// all respondents, the same for all items. What institutions cost is the wave's one
// design effect: samples of institutions would tell more than the figures shown.
// Progress is told how many samples of how many are drawn. It fails like
// [Explorer.Query], and when the context ends.
func (x *Explorer) Needs(ctx context.Context, q NeedsQuery, progress func(done, of int)) (*Needs, error) {
	if x.remains != nil {
		return x.remains.needs(q)
	}
	entry := x.needs.entry(x.needsKey(q))
	entry.mu.Lock()
	defer entry.mu.Unlock()
	if entry.made == nil {
		made, err := x.makeNeeds(ctx, q, progress)
		if err != nil {
			return nil, err
		}
		entry.made = made
	}
	return entry.made, nil
}

// NeedsReady tells whether [Explorer.Needs] would answer at once.
func (x *Explorer) NeedsReady(q NeedsQuery) bool {
	if x.remains != nil {
		return true
	}
	entry := x.needs.entry(x.needsKey(q))
	if !entry.mu.TryLock() {
		return false // somebody computes them
	}
	defer entry.mu.Unlock()
	return entry.made != nil
}

// NeedsCache remembers the needs of one wave's releases. The zero value is ready.
type NeedsCache struct {
	mu      sync.Mutex
	entries map[string]*needsEntry
}

// needsEntry is locked while it is made.
type needsEntry struct {
	mu   sync.Mutex
	made *Needs
}

// mostNeeds is how many a cache remembers: few are asked for of one release.
const mostNeeds = 16

func (c *NeedsCache) entry(key string) *needsEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == nil {
		if c.entries == nil || len(c.entries) >= mostNeeds {
			c.entries = map[string]*needsEntry{}
		}
		c.entries[key] = &needsEntry{}
	}
	return c.entries[key]
}

// needsKey is everything that needs depend on.
func (x *Explorer) needsKey(q NeedsQuery) string {
	population := 0
	if x.population != nil {
		population = *x.population
	}
	return fmt.Sprint(q, x.limit, x.n, x.view.Removed, x.release.tables.Fingerprint, x.strata, population)
}

func (x *Explorer) makeNeeds(ctx context.Context, q NeedsQuery, progress func(done, of int)) (*Needs, error) {
	c := &needing{x: x, out: &Needs{K: x.k, Weighted: q.Weighted}}
	if q.Weighted {
		w, err := x.weigher()
		if err != nil {
			return nil, err
		}
		c.weights = w
	}
	if q.By != "" {
		ways, err := x.ways(Query{By: []string{q.By}})
		if err != nil {
			return nil, err
		}
		if len(ways) != 1 || !ways[0][0].axis.placed {
			return nil, refuse(UnknownVariable, "variable", q.By)
		}
		c.way = ways[0]
		c.groups, _, _ = x.divide(c.way)
		for _, one := range c.groups {
			c.out.Groups = append(c.out.Groups, c.way.values(one)[0])
		}
	}
	c.gather()
	c.estimate()
	if err := c.resample(ctx, progress); err != nil {
		return nil, err
	}
	return c.out, nil
}

// needing is one computation of needs.
type needing struct {
	x       *Explorer
	weights *weigher // nil without
	way     way
	groups  []selected
	out     *Needs
	items   []NeedItem
	atlas   *atlas
	pairs   *resample.Pairs
	weight  []float64 // by place
	cells   []*fieldCell
}

// fieldCell is one field in one group, and which sets of places its items rest on.
type fieldCell struct {
	field *NeedField
	gap   *FieldGap
	row   int        // of the group, −1 for the whole wave
	sets  []placeSet // by item of the field
	// center and drawn are the gap of the rows at hand, and of the samples of them.
	center float64
	drawn  []float64
}

// placeSet is the places that one item's figure is of.
type placeSet struct {
	item   int
	places []int
}

// gather reads the answers by place of the breakdown.
func (c *needing) gather() {
	x := c.x
	c.items = x.schema.NeedItems()
	c.atlas = newAtlas(x.view, x.limit, x.breakdown, x.release)
	assigned := c.atlas.groups
	places := len(c.atlas.cells)
	if places == 0 {
		assigned, places = raw.NewGroups(x.view, x.limit, 1), 1
	}
	pairs := make([]raw.Pair, len(c.items))
	c.pairs = &resample.Pairs{Max: make([]int, len(c.items))}
	for i := range c.items {
		pairs[i], c.pairs.Max[i] = c.items[i].pair(), c.items[i].Max
	}
	c.pairs.Places = raw.Pairs(x.view, pairs, assigned)
	c.pairs.Strata, c.weight = c.strata(places)
}

// strata are the places of each exact group of all respondents, and the weights by
// place.
func (c *needing) strata(places int) (strata [][]int, weights []float64) {
	weights = slices.Repeat([]float64{1}, places)
	of := map[carried]int{}
	if groups := c.x.release.tables.All.Groups; groups != nil {
		for i, one := range groups.Parts {
			strata = append(strata, nil)
			for _, cell := range one.Cells {
				of[cell] = i
			}
		}
	}
	strata = append(strata, nil) // of places that are in none
	for place := range places {
		at := len(strata) - 1
		if place < len(c.atlas.cells) {
			if in, known := of[c.atlas.cells[place]]; known {
				at = in
			}
		}
		strata[at] = append(strata[at], place)
		if c.weights != nil {
			weights[place] = c.weights.weights[min(at, len(c.weights.weights)-1)]
		}
	}
	return strata, weights
}

// units is how many independent answers stand behind a base, without the finite
// population: by the design effect of institutions and that of the weights.
func (c *needing) units(base int) float64 {
	n := float64(base) / c.x.shower.design(c.items[0].first).effect
	if c.weights != nil {
		n /= c.weights.told.Effect
	}
	return n
}

// factor is how much wider an interval is than independent answers of a large
// population would make it, and the degrees of freedom that its quantile has.
func (c *needing) factor() (factor, freedom float64) {
	d := c.x.shower.design(c.items[0].first)
	factor = math.Sqrt(d.effect * (1 - c.x.shower.fraction))
	if d.freedom > 0 {
		factor *= interval.Quantile(d.freedom) / interval.Quantile(0)
	}
	return factor, d.freedom
}
