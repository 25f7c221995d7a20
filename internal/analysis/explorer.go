package analysis

import (
	"slices"
	"sync"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/analysis/internal/raw"
)

// Condition keeps the respondents whose variable has a value: an area's key (all
// that lies in it included), the slug of an institution type, an institution's
// number, a language tag, or a choice's name; [NotKnown] and [NotAskedValue] are
// values as well.
type Condition struct{ Variable, Value string }

// Query asks for the figures of one or more groups of a wave. Filters and By
// together are at most two.
type Query struct {
	Filters []Condition
	// By are variables by whose categories the group is divided. Of areas it
	// takes the first level at which the respondents differ, so that filtering
	// one area and dividing by area goes down the tree. Of a question with
	// several choices the groups may have respondents in common.
	By []string
	// Questions are those to show; none for all.
	Questions []string
	// Weighted asks for weighted shares, means and medians (METHODS 3).
	Weighted bool
	// Tests asks for tests of the groups' differences.
	Tests bool
}

// Answer is what may be shown of a query.
type Answer struct {
	K      int
	Groups []Group
	// Joined are the categories that stand together, as they are too few for
	// themselves.
	Joined [][]string
	// Tests are those of the questions shown, where they were asked for; none
	// where the groups have respondents in common.
	Tests []Test
}

// Group is the figures of one group.
type Group struct {
	// Values are the categories by which the query divides, one list for each
	// variable; several stand joined.
	Values [][]string
	// N is the number of respondents; perturbed unless the group is exact.
	N         *int
	Perturbed bool
	// Refused says why the group shows nothing.
	Refused Refusal
	Figures []Figure
}

// Explorer answers queries about a release: exact figures from the release
// itself, the others from the rows, perturbed (METHODS 5.4–5.6). It is safe for
// concurrent use.
type Explorer struct {
	release   *Release
	breakdown Breakdown
	schema    *Schema
	view      *packed.View
	limit     raw.Limit
	k, n      int
	results   Results
	shower    shower
	perturb   *perturb.Table

	strata   []Stratum
	weigher  func() (*weigher, error) // makes the weights when they are first asked for
	families *families
	needs    *NeedsCache
	derived  []*question // calculated variables and flags
	counted  []counted   // what is known of each of them
	// population is N of the wave, nil when not known.
	population *int
	// remains are all that there is once the responses are deleted; else nil.
	remains *remains
}

// Explore makes a release ready for queries. The columns are those of the
// wave, the breakdown that of its releases. It fails with a failure that says
// [NothingReleased] when the release shows nothing, as fewer than k answered.
func (r *Release) Explore(columns *Columns, breakdown Breakdown, options Options) (*Explorer, error) {
	x, err := r.explorer(columns.memory.View(), breakdown, options)
	if err == nil && x.n < x.k {
		err = refuse(NothingReleased, "k", x.k)
	}
	if err != nil {
		return nil, err
	}
	return x, nil
}

func (r *Release) explorer(view *packed.View, breakdown Breakdown, options Options) (*Explorer, error) {
	x := &Explorer{release: r, breakdown: breakdown, schema: r.tables.schema, view: view, limit: r.tables.All.Limit,
		k: r.tables.K, results: r.Results(options), shower: r.tables.shower(options), perturb: perturb.Shipped(), strata: options.Strata,
		population: options.Population}
	x.weigher, x.families, x.needs = sync.OnceValues(x.weigh), &families{}, options.Needs
	if x.needs == nil {
		x.needs = &NeedsCache{}
	}
	x.n = raw.Respondents(view, x.limit)
	if r.tables.All.shown() == 0 {
		x.n = 0
	}
	return x, x.calculate(options.Calculated)
}

// Query answers one query. Failures are of code Forbidden or Invalid and say
// the [Refusal] in their key, "error.query_" and the reason.
func (x *Explorer) Query(q Query) (Answer, error) {
	if x.remains != nil {
		return x.remains.query(q)
	}
	questions, err := x.asked(q.Questions)
	if err != nil {
		return Answer{}, err
	}
	if len(q.Filters)+len(q.By) > 2 {
		return Answer{}, refuse(TooManyConditions)
	}
	var weights *weigher
	if q.Weighted {
		if weights, err = x.weigher(); err != nil {
			return Answer{}, err
		}
	}
	answer := Answer{K: x.k}
	if len(q.Filters)+len(q.By) == 0 {
		answer.Groups = []Group{x.whole(questions, weights)}
		return answer, nil
	}
	ways, err := x.ways(q)
	if err != nil {
		return Answer{}, err
	}
	for _, way := range ways {
		if x.categories(way) > raw.MostGroups || weights != nil && x.categories(way)*len(weights.weights) > raw.MostGroups {
			return Answer{}, refuse(TooManyGroups)
		}
		groups, joined, assigned := x.divide(way)
		for _, one := range groups {
			if one.refused != NotRefused && len(q.By) == 0 {
				return Answer{}, refuse(one.refused, "k", x.k)
			}
		}
		for _, names := range joined {
			if !slices.ContainsFunc(answer.Joined, func(known []string) bool { return slices.Equal(known, names) }) {
				answer.Joined = append(answer.Joined, names)
			}
		}
		x.regroup(way, groups, &assigned)
		by := weights.weigh(assigned)
		answer.Groups = append(answer.Groups, x.figures(way, groups, questions, assigned, by)...)
		if q.Tests && len(ways) == 1 && len(groups) > 1 && way[len(way)-1].axis.only < 0 {
			answer.Tests = x.families.of(q, func() *family {
				return x.family(x.division(way, groups, assigned, by, len(q.By) == 1))
			}).of(questions)
		}
	}
	return answer, nil
}

// asked finds the questions to show.
func (x *Explorer) asked(names []string) ([]*question, error) {
	if len(names) == 0 {
		return append(slices.Clone(x.schema.questions), x.calculated()...), nil
	}
	var found []*question
	for _, name := range names {
		q := x.question(name)
		if q == nil {
			return nil, refuse(UnknownVariable, "variable", name)
		}
		found = append(found, q)
	}
	return found, nil
}

func (s *Schema) question(name string) *question {
	at := slices.IndexFunc(s.questions, func(q *question) bool { return q.element.Name == name })
	if at < 0 {
		return nil
	}
	return s.questions[at]
}

// whole is the figures of the whole wave, which are exact without weights.
func (x *Explorer) whole(questions []*question, weights *weigher) Group {
	var everybody raw.Groups
	if weights != nil {
		everybody = raw.NewGroups(x.view, x.limit, 1)
	}
	by := weights.weigh(everybody)
	group := Group{N: x.results.N, Figures: make([]Figure, len(questions))}
	parallel(len(questions), func(i int) {
		if by == nil {
			group.Figures[i] = x.figure(questions[i])
		} else {
			group.Figures[i] = x.weightedWhole(questions[i], everybody, by)
		}
	})
	return group
}

// figure is a question's figure of the whole wave.
func (x *Explorer) figure(q *question) Figure {
	if q.derived != nil {
		return x.counted[slices.Index(x.derived, q)].whole
	}
	return x.results.Figures[slices.Index(x.schema.questions, q)]
}

// way is a list of one or two conditions, filters first.
type way []step

type step struct {
	axis *axis
	// value is the category that a filter wants, −1 to divide by all.
	value int
}

// ways makes the conditions of a query; several where it divides by a question
// with several choices.
func (x *Explorer) ways(q Query) ([]way, error) {
	ways := []way{nil}
	within := func(string) bool { return true }
	from := 0
	for _, filter := range q.Filters {
		one, err := x.filter(filter)
		if err != nil {
			return nil, err
		}
		if filter.Variable == VariableArea {
			block := one.axis.blocks[one.axis.block(one.value)]
			from = max(len(x.breakdown.chain(filter.Value)), from)
			within = func(name string) bool {
				return slices.Contains(block, one.axis.value(x.breakdown.above(name, one.axis.categories)))
			}
		}
		ways[0] = append(ways[0], one)
	}
	for _, variable := range q.By {
		axes, err := x.axes(variable, func() int { return x.depth(from, within) })
		if err != nil {
			return nil, err
		}
		var longer []way
		for _, before := range ways {
			for _, a := range axes {
				longer = append(longer, append(slices.Clone(before), step{a, a.only}))
			}
		}
		ways = longer
	}
	return ways, nil
}

// filter makes the condition of a filter.
func (x *Explorer) filter(filter Condition) (step, error) {
	axes, err := x.axes(filter.Variable, func() int { return max(len(x.breakdown.chain(filter.Value))-1, 0) })
	if err != nil {
		return step{}, err
	}
	for _, a := range axes {
		value := a.value(filter.Value)
		if value >= 0 && (a.only < 0 || value == a.only) {
			return step{a, value}, nil
		}
	}
	if x.known(filter) {
		return step{}, refuse(TooFewLeft, "k", x.k)
	}
	return step{}, refuse(UnknownValue, "variable", filter.Variable, "value", filter.Value)
}

// known tells whether there is such a value, though nobody has it: to say that it
// is unknown would tell more than that they are fewer than k.
func (x *Explorer) known(filter Condition) bool {
	switch filter.Variable {
	case VariableArea:
		return filter.Value == NotKnown || slices.Contains(x.breakdown.areaOrder(), filter.Value)
	case VariableInstitutionType:
		return filter.Value == NotKnown || slices.Contains(x.breakdown.InstitutionTypes, filter.Value)
	case VariableInstitution, VariableLanguage:
		return true
	}
	q := x.question(filter.Variable)
	if q.classed() {
		return false
	}
	for choice := range q.raw.Codes { // a choice whose figures are hidden
		if q.cell(choice).Name == filter.Value {
			return true
		}
	}
	return false
}

// axes makes the axis of a variable, or one for each choice of a question with
// several.
func (x *Explorer) axes(variable string, depth func() int) ([]*axis, error) {
	var axes []*axis
	together := x.release.tables.Joined[variable]
	q := x.question(variable)
	if q != nil && q.derived != nil {
		return x.derivedAxes(q)
	}
	switch {
	case variable == VariableArea:
		axes = []*axis{x.areas(depth())}
	case q != nil && q.raw.Table == 0 && (q.kind == Single || q.kind == Scale):
		inside, outside, all := hidden(x.figure(q))
		if all {
			return nil, refuse(HiddenVariable, "variable", variable)
		}
		together = append(slices.Clone(together), inside, outside)
		axes = []*axis{x.single(q)}
	case q != nil && q.raw.Table == 0 && q.kind == Multiple:
		inside, outside, all := hidden(x.figure(q))
		if all {
			return nil, refuse(HiddenVariable, "variable", variable)
		}
		for choice := range q.raw.Codes {
			if name := q.cell(choice).Name; !slices.Contains(inside, name) && !slices.Contains(outside, name) {
				axes = append(axes, x.ticked(q, choice))
			}
		}
	case q == nil:
		if a := x.process(variable); a != nil {
			axes = []*axis{a}
		}
		if variable == VariableLanguage {
			together = append(slices.Clone(together), x.hiddenLanguages())
		}
	}
	if len(axes) == 0 {
		return nil, refuse(UnknownVariable, "variable", variable)
	}
	for _, a := range axes {
		a.join(x.counts(a.lookup), together)
	}
	return axes, nil
}

// hiddenLanguages are those whose numbers the course of the wave hides.
func (x *Explorer) hiddenLanguages() (hidden []string) {
	course := x.release.tables.course()
	for _, language := range course.Languages {
		if language.Count == nil {
			hidden = append(hidden, language.Name)
		}
	}
	return hidden
}
