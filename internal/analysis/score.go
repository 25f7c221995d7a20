package analysis

import (
	"math"
	"slices"

	"bedarfslotse/internal/analysis/internal/agreement"
	"bedarfslotse/internal/analysis/internal/raw"
)

// score is the figure of an index, made of its items' figures of the same group.
//
// A mean over those who answered all items would be a new number about a set of
// respondents that no table has: where the set differs from an item's base by 1
// to k−1, or from that of another index, subtracting them tells what those few
// answered. So the mean is the mean of the items' shown means (METHODS 5.2),
// reversed ones turned to low + high − x̄, and the base the smallest of the items'
// bases. Nothing of it is not computable from what is shown.
//
// The interval goes from the mean of the items' lower ends to that of their upper
// ones. The standard error of a mean of means is at most the mean of the standard
// errors (Minkowski), whatever the items have to do with each other, so it is
// never too narrow; of items that have nothing in common it is √items times as
// wide as need be. Its exact width would follow from the items' covariances,
// which are no published figures.
//
// Where an item shows no mean there is no index, and where one shows its figure
// together with other groups, there is none but where all do with the same ones.
func (x *Explorer) score(q *question, figure func(item *question) Figure, whole bool) Figure {
	d, f := q.derived, x.shower.blank(q)
	f.Max, f.Min, f.Items = int(d.high), d.low, len(d.items)
	var mean, low, high float64
	interval := true
	for i, item := range d.items {
		one := figure(item)
		switch {
		case one.Base == nil || one.Mean == nil:
			f.Withheld = TooFew
			if one.Base != nil && one.Withheld != Nothing {
				f.Withheld = one.Withheld
			}
		case i > 0 && !slices.Equal(one.Together, f.Together):
			f.Withheld = TooFew
		}
		if f.Withheld != Nothing {
			return Figure{Question: f.Question, Kind: f.Kind, Role: f.Role, Max: f.Max, Min: f.Min, Items: f.Items, Withheld: f.Withheld}
		}
		f.Together, f.Perturbed, f.Everyone = one.Together, f.Perturbed || one.Perturbed, f.Everyone || one.Everyone
		if f.Base == nil || *one.Base < *f.Base {
			f.Base = one.Base
		}
		mean += d.turned(i, *one.Mean)
		if interval = interval && one.MeanLow != nil && one.MeanHigh != nil; interval {
			from, to := d.turned(i, *one.MeanLow), d.turned(i, *one.MeanHigh)
			low, high = low+min(from, to), high+max(from, to)
		}
	}
	n := float64(len(d.items))
	mean, low, high = mean/n, low/n, high/n
	f.Mean = &mean
	if interval {
		f.MeanLow, f.MeanHigh = &low, &high
	}
	if whole && !f.Perturbed {
		f.Consistency = &Consistency{x.alpha(q)}
	}
	return f
}

// turned is a value of item i as the index counts it.
func (d *derived) turned(i int, value float64) float64 {
	if d.reversed[i] {
		return d.low + d.high - value
	}
	return value
}

// alphaCases times k is the number of complete cases below which there is no α.
const alphaCases = 10

// alpha is Cronbach's α on complete cases (METHODS 12), rounded to two decimals;
// nil where it is not computable: for want of variation, or because it may not be
// computed.
//
// Unlike the index itself, α says something that no other exact figure does: how
// answers to the items go together. It is therefore computed for the whole wave
// only, where every item shows all its cells, where those who answered all items
// are as many as answered each of them or at least k fewer (METHODS 5.2), and
// where they are at least 10 k. With only a few people the items' tables and α to
// two decimals would admit hardly more than one way in which the answers can
// belong together; with 10 k, what one pair of people could have answered the
// other way round moves α by less than two of its last digits, and to tell which
// of them did one would have to know the answers of all the others.
func (x *Explorer) alpha(q *question) *float64 {
	limit := raw.All()
	var items []raw.Question
	for _, item := range q.derived.items {
		if f := x.figure(item); f.Withheld != Nothing {
			return nil
		}
		unit, _, _ := x.release.tables.find(item)
		limit.Online, limit.Import = min(limit.Online, unit.Limit.Online), min(limit.Import, unit.Limit.Import)
		items = append(items, item.raw)
	}
	gathered := agreement.NewItems(len(items))
	raw.Complete(x.view, items, limit, func(scores []float64) { gathered.Add(scores, 1) })
	for _, item := range q.derived.items {
		unit, _, _ := x.release.tables.find(item)
		if fewer := unit.shown() - gathered.Rows(); fewer < 0 || x.shower.guard.Small(fewer) {
			return nil
		}
	}
	if gathered.Rows() < alphaCases*x.k {
		return nil
	}
	alpha, ok := gathered.Cronbach(q.derived.reversed)
	if !ok {
		return nil
	}
	alpha = math.Round(100*alpha) / 100
	return &alpha
}

// scores are the figures of an index in groups.
func (x *Explorer) scores(w way, groups []selected, q *question, assigned raw.Groups) []Figure {
	items := make([][]Figure, len(q.derived.items))
	for i, item := range q.derived.items {
		items[i] = x.shown(w, groups, item, assigned)
	}
	figures := make([]Figure, len(groups))
	for at := range groups {
		figures[at] = x.score(q, func(item *question) Figure { return items[slices.Index(q.derived.items, item)][at] }, false)
	}
	return figures
}

// calculated are the calculated variables without the flags.
func (x *Explorer) calculated() []*question {
	return slices.DeleteFunc(slices.Clone(x.derived), func(q *question) bool { return q.derived.flags })
}
