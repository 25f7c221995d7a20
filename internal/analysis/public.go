package analysis

import "bedarfslotse/internal/analysis/internal/raw"

// Publishes tells whether the figures of a question may be published at all:
// free texts have none.
func (s *Schema) Publishes(name string) bool {
	q := s.question(name)
	return q != nil && q.kind != Answered
}

// Public returns what everybody may read of the whole wave: the figures of the
// named questions, in which every number, the bases and that of all respondents
// among them, is changed for itself by the key of those whom it counts
// (METHODS 5.6). What the exact table of the whole wave hides is hidden here; of
// a question that is wholly hidden not even the base is shown, and of orders the
// first places only. Numbers, dates and times are in the classes of the whole
// wave, without mean and median.
//
// Nothing is computed from an exact count, shares and intervals least of all:
// the share of the population that answered is that of the number shown, and no
// figure says that everybody answered. It fails like [Explorer.Query] for a
// question that there is not, and for one of free texts.
func (x *Explorer) Public(names []string) (Group, error) {
	if x.remains != nil {
		return x.remains.public(names)
	}
	questions := make([]*question, len(names))
	for i, name := range names {
		if !x.schema.Publishes(name) {
			return Group{}, refuse(UnknownVariable, "variable", name)
		}
		questions[i] = x.schema.question(name)
	}
	everybody := raw.NewGroups(x.view, x.limit, 1)
	n := x.change(raw.Sizes(x.view, everybody)[0])
	group := Group{N: shown(n), Perturbed: true, Figures: make([]Figure, len(questions))}
	veiled := *x
	veiled.shower = shower{guard: x.shower.guard, designs: x.shower.designs}
	if x.population != nil && n < *x.population {
		veiled.shower.population(n, *x.population)
	}
	parallel(len(questions), func(i int) { group.Figures[i] = veiled.public(questions[i], everybody) })
	return group, nil
}

func (x *Explorer) public(q *question, everybody raw.Groups) Figure {
	whole := x.figure(q)
	_, _, t := x.release.tables.find(q)
	if t == nil || whole.Base == nil || whole.Withheld == WholeTable {
		return x.shower.blank(q).withhold(q, whole.Withheld)
	}
	counted := countQuestion(x.view, q, everybody, x.classes(q, t), true)[0]
	if counted.Holders < x.k { // withdrawn since the release
		return x.shower.blank(q).withhold(q, TooFew)
	}
	whole.Everyone = false
	return x.perturbed(q, t, whole, &counted, nil, nil)
}
