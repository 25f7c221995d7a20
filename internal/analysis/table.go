package analysis

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
)

// table is the exact table of one question as snapshots and releases keep it:
// all that its figure needs, and no single answer. Of numbers it holds classes
// of at least k respondents, not the numbers.
type table struct {
	Respondents int         `json:"respondents"`
	Base        raw.Count   `json:"base"`
	NoAnswer    raw.Count   `json:"no_answer"`
	NotAsked    raw.Count   `json:"not_asked"`
	Apart       raw.Count   `json:"apart"`
	Incomplete  raw.Count   `json:"incomplete"`
	Cells       []raw.Count `json:"cells,omitempty"` // by choice
	Fewest      int         `json:"fewest,omitempty"`
	Most        int         `json:"most,omitempty"`
	// Same tells that everybody in the base gave the same answer.
	Same     bool          `json:"same,omitempty"`
	Quantity *quantity     `json:"quantity,omitempty"`
	Moments  *moments      `json:"moments,omitempty"`
	Clusters *raw.Clusters `json:"clusters,omitempty"`
	// Places holds, of orders, the places of each choice; nothing of those that
	// are no substantive answer.
	Places []placed `json:"places,omitempty"`
	// Signs are those of a pair, kept with the first of its tables in a release; nil
	// where they are not known.
	Signs *signs `json:"signs,omitempty"`
	// Told tells that all places of an earlier table were shown.
	Told bool `json:"told,omitempty"`
	// Past is the table that was shown before this one, and PastBase its base.
	Past     disclosure.Past `json:"past,omitempty"`
	PastBase int             `json:"past_base,omitempty"`

	hidden *disclosure.Cells // of a recode, what its source hides; not stored
}

// placed is where one choice stands in orders.
type placed struct {
	Base     raw.Count     `json:"base"`  // orders that hold the choice
	Ranks    []raw.Count   `json:"ranks"` // by place
	Moments  *moments      `json:"moments,omitempty"`
	Clusters *raw.Clusters `json:"clusters,omitempty"`
}

// quantity is what may be kept of numbers.
type quantity struct {
	Classes   []disclosure.Class `json:"classes"`
	Whole     bool               `json:"whole"` // all numbers are whole
	Dominated bool               `json:"dominated,omitempty"`
	Median    *float64           `json:"median,omitempty"` // from a base of 2k on
}

// moments are mean and variance (with divisor n) of scores or numbers.
type moments struct {
	Mean     float64 `json:"mean"`
	Variance float64 `json:"variance"`
}

// tabulate counts one question and keeps what its figure needs. It returns nil
// when fewer than k respondents answered: then nothing is kept at all.
func tabulate(view *packed.View, q *question, limit raw.Limit, k int, before *table) *table {
	counted := raw.Frequencies(view, q.raw, limit)
	if counted.Base.Holders < k {
		return nil
	}
	t := &table{
		Respondents: counted.Respondents, Base: counted.Base, NoAnswer: counted.NoAnswer,
		NotAsked: counted.NotAsked, Apart: counted.Apart, Incomplete: counted.Incomplete,
		Cells: counted.Cells, Fewest: counted.Fewest, Most: counted.Most,
		Clusters: raw.Spread(view, q.raw, limit, counted),
	}
	switch q.kind {
	case Number, Months, Hours:
		t.quantities(q, counted.Values, k)
	case Order:
		t.orders(view, q, limit, counted)
	case Answered:
		t.Cells = nil
	default:
		t.choices(q)
	}
	if q.kind == Answered || t.Clusters != nil && (math.IsInf(t.Clusters.Mean, 0) || math.IsNaN(t.Clusters.Mean)) {
		t.Clusters = nil
	}
	if before != nil {
		t.Past, t.PastBase = before.told(q, disclosure.Guard{K: k}), before.Base.Holders
		t.Told = before.Told || before.wholly(q, disclosure.Guard{K: k})
	}
	return t
}

func (t *table) choices(q *question) {
	t.Same = true
	for i, cell := range t.Cells {
		if q.substantive(i) && cell.Rows != 0 && cell.Rows != t.Base.Rows {
			t.Same = false
		}
	}
	if q.raw.Scores == nil {
		return
	}
	values := make([]raw.Value, 0, len(t.Cells))
	for i, cell := range t.Cells {
		if q.substantive(i) {
			values = append(values, raw.Value{Value: q.raw.Scores[i], Count: cell})
		}
	}
	t.Moments = momentsOf(values)
}

func (t *table) orders(view *packed.View, q *question, limit raw.Limit, counted raw.Table) {
	t.Places = make([]placed, len(counted.Places))
	for i, one := range counted.Places {
		values := make([]raw.Value, 0, len(one.Cells))
		for place, cell := range one.Cells {
			values = append(values, raw.Value{Value: float64(place + 1), Count: cell})
			t.Same = t.Same || cell.Rows == t.Base.Rows
		}
		t.Places[i] = placed{Base: one.Base, Ranks: one.Cells, Moments: momentsOf(values)}
		if one.Base.Rows > 0 {
			t.Places[i].Clusters = raw.Spread(view, q.raw.Place(i), limit, one)
		}
	}
}

// quantities keeps classes of numbers, months or hours; mean and median of
// numbers only: of hours around midnight they would say nothing.
func (t *table) quantities(q *question, values []raw.Value, k int) {
	t.Same = len(values) == 1
	plain := make([]disclosure.Value, len(values))
	for i, v := range values {
		plain[i] = disclosure.Value{Value: v.Value, Rows: v.Count.Rows, Holders: v.Count.Holders}
	}
	t.Quantity = &quantity{Dominated: disclosure.Dominated(plain)}
	t.Quantity.Classes, t.Quantity.Whole = disclosure.Guard{K: k}.Classes(plain, q.raw.Table > 0, q.widths())
	if q.kind != Number {
		return
	}
	t.Moments = momentsOf(values)
	if t.Base.Holders >= 2*k {
		median := twoDigits(medianOf(values, t.Base.Rows))
		t.Quantity.Median = &median
	}
}

func momentsOf(values []raw.Value) *moments {
	scores, masses := make([]float64, len(values)), make([]float64, len(values))
	for i, v := range values {
		scores[i], masses[i] = v.Value, float64(v.Count.Rows)
	}
	return weightedMoments(scores, masses)
}

// weightedMoments are nil without weight.
func weightedMoments(values, masses []float64) *moments {
	n, sum := 0.0, 0.0
	for i, value := range values {
		n += masses[i]
		sum += value * masses[i]
	}
	if n == 0 {
		return nil
	}
	m := &moments{Mean: sum / n}
	for i, value := range values {
		m.Variance += (value - m.Mean) * (value - m.Mean) * masses[i] / n
	}
	if math.IsInf(m.Variance, 0) || math.IsNaN(m.Variance) {
		return nil // numbers too large to reckon with
	}
	return m
}

// medianOf is R's quantile of type 7 at one half: the middle value, or the mean
// of the two in the middle (Hyndman & Fan 1996).
func medianOf(values []raw.Value, n int) float64 {
	at := func(rank int) float64 {
		for _, v := range values {
			if rank -= v.Count.Rows; rank < 0 {
				return v.Value
			}
		}
		return 0
	}
	return at((n-1)/2)/2 + at(n/2)/2
}

// twoDigits rounds to two significant digits, half away from zero, as a median
// is somebody's value (METHODS 2).
func twoDigits(value float64) float64 {
	if value == 0 {
		return 0
	}
	digits := math.Floor(math.Log10(math.Abs(value))) - 1
	if digits < -300 {
		return 0
	}
	if digits >= 0 {
		unit := math.Pow(10, digits)
		return math.Round(value/unit) * unit
	}
	unit := math.Pow(10, -digits)
	return math.Round(value*unit) / unit
}

// substantive tells whether a choice counts towards the base.
func (q *question) substantive(choice int) bool {
	return q.raw.Substantive == nil || q.raw.Substantive[choice]
}

// categories are the indices of the substantive choices, which name the cells of
// a table, and their counts.
func (t *table) categories(q *question) (names []int, counts []raw.Count) {
	for i, cell := range t.Cells {
		if q.substantive(i) {
			names, counts = append(names, i), append(counts, cell)
		}
	}
	return names, counts
}

// told is what the next table of the same question has to reckon with.
func (t *table) told(q *question, guard disclosure.Guard) disclosure.Past {
	if q.role == roleOpinion || q.classed() || q.kind == Answered {
		return nil
	}
	names, counts := t.categories(q)
	cells := t.protect(q, guard)
	past := make(disclosure.Past, len(names))
	for i, name := range names {
		past[name] = disclosure.Told{Count: counts[i].Holders, Hidden: cells.Hidden[i] && !cells.Whole}
	}
	return past
}

// protect decides which categories are hidden.
func (t *table) protect(q *question, guard disclosure.Guard) disclosure.Cells {
	names, counts := t.categories(q)
	if q.bare {
		return disclosure.Cells{Hidden: make([]bool, len(counts))}
	}
	holders := make([]int, len(counts))
	for i, count := range counts {
		holders[i] = count.Holders
	}
	if q.kind == Order && q.role != roleOpinion {
		first, _ := guard.Order(t.disclosedOrders(q), t.past(names))
		return first
	}
	past := t.past(names)
	switch {
	case t.hidden != nil:
		return *t.hidden
	case t.Same && t.Base.Holders < 2*guard.K:
		return everything(len(counts))
	case q.role == roleOpinion:
		return disclosure.Cells{Hidden: make([]bool, len(counts))}
	case q.kind == Multiple:
		return guard.Multiple(disclosure.Ticks{Base: t.Base.Holders, Ticked: holders,
			Fewest: t.Fewest, Most: t.Most}, past, t.PastBase)
	default:
		return guard.Single(holders, past)
	}
}

// wholly tells whether all places of a table of orders that identify somebody
// may be shown.
func (t *table) wholly(q *question, guard disclosure.Guard) bool {
	if q.kind != Order || q.role == roleOpinion {
		return false
	}
	names, _ := t.categories(q)
	_, all := guard.Order(t.disclosedOrders(q), t.past(names))
	return all
}

func (t *table) disclosedOrders(q *question) disclosure.Orders {
	o := disclosure.Orders{Base: t.Base.Holders, Told: t.Told}
	for i, one := range t.Places {
		if !q.substantive(i) {
			continue
		}
		row := make([]int, len(one.Ranks))
		for place, count := range one.Ranks {
			row[place] = count.Holders
		}
		o.Places = append(o.Places, row)
	}
	return o
}

// past is the table shown before, by position instead of by category.
func (t *table) past(names []int) disclosure.Past {
	past := make(disclosure.Past, len(t.Past))
	for i, name := range names {
		if told, ok := t.Past[name]; ok {
			past[i] = told
		}
	}
	return past
}

// everything hides all cells.
func everything(cells int) disclosure.Cells {
	return disclosure.Cells{Hidden: slices.Repeat([]bool{true}, cells), Whole: true}
}

// parallel calls work for 0 to n−1 on as many processors as there are.
func parallel(n int, work func(int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}
