package analysis

import (
	"context"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/failure"
)

// Remains are the figures that are kept of a closed wave when its responses are
// deleted at the end of retention, beside the released exact tables (DESIGN 6): as
// they are shown on that day, of all respondents and by area, institution type and
// language, without weights and with them, with the needs and what everybody may
// read. Nothing else can be asked for afterwards.
type Remains struct{ kept remains }

// remains is what is stored. Everything in it was fit to be shown.
type remains struct {
	Fingerprint string
	Answers     []keptAnswer
	Needs       []keptNeeds
	Public      Group
	Flags       Figure
}

// keptAnswer is the answer to a query without filters.
type keptAnswer struct {
	By       []string
	Weighted bool
	Answer   Answer
	// Behind are what the figures need to be compared with others, by group and
	// figure.
	Behind [][]behind
}

// keptNeeds are the needs that one query gave.
type keptNeeds struct {
	Query NeedsQuery
	Needs *Needs
}

// behind are the parts of a figure that are not shown themselves: the intervals
// and bases shown tell as much.
type behind struct {
	Spread  *keptSpread
	Masses  float64
	Samples []interval.Sample
	Noise   []float64
}

// keptSpread is a [spread].
type keptSpread struct {
	Variance, Noise float64
	Sample          interval.Sample
}

// divisions are the variables by which figures remain; none is the whole wave.
func divisions() [][]string {
	return [][]string{nil, {VariableArea}, {VariableInstitutionType}, {VariableLanguage}}
}

// Remains asks for all that is kept. It fails when the context ends.
func (x *Explorer) Remains(ctx context.Context) (*Remains, error) {
	made := &Remains{remains{Fingerprint: x.schema.Fingerprint(), Flags: x.Flags()}}
	for _, by := range divisions() {
		for _, weighted := range []bool{false, true} {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			answer, err := x.Query(Query{By: by, Weighted: weighted, Tests: by != nil})
			switch {
			case err == nil:
				made.kept.Answers = append(made.kept.Answers, keptAnswer{by, weighted, answer, hind(answer)})
			case !refused(err):
				return nil, err
			}
			if err := x.keepNeeds(ctx, made, by, weighted); err != nil {
				return nil, err
			}
		}
	}
	var names []string
	for _, q := range x.schema.questions {
		if x.schema.Publishes(q.element.Name) {
			names = append(names, q.element.Name)
		}
	}
	var err error
	made.kept.Public, err = x.Public(names)
	return made, err
}

// keepNeeds keeps the needs of a division, where the wave asks for needs and they
// can be divided so.
func (x *Explorer) keepNeeds(ctx context.Context, made *Remains, by []string, weighted bool) error {
	if len(x.schema.NeedItems()) == 0 || slices.Equal(by, []string{VariableLanguage}) {
		return nil
	}
	query := NeedsQuery{Weighted: weighted}
	if len(by) > 0 {
		query.By = by[0]
	}
	needs, err := x.Needs(ctx, query, nil)
	if err == nil {
		made.kept.Needs = append(made.kept.Needs, keptNeeds{query, needs})
	} else if !refused(err) {
		return err
	}
	return nil
}

// refused tells whether an error says that there is no such figure.
func refused(err error) bool {
	code := failure.CodeOf(err)
	return code == failure.Forbidden || code == failure.Invalid
}

// hind collects what stands behind the figures of an answer.
func hind(answer Answer) [][]behind {
	all := make([][]behind, len(answer.Groups))
	for i, group := range answer.Groups {
		all[i] = make([]behind, len(group.Figures))
		for at := range group.Figures {
			f, to := &group.Figures[at], &all[i][at]
			if to.Masses = f.masses; f.spread != nil {
				to.Spread = &keptSpread{f.spread.variance, f.spread.noise, f.spread.sample}
			}
			for _, cells := range [][]Cell{f.Cells, f.Apart} {
				for _, cell := range cells {
					to.Samples, to.Noise = append(to.Samples, cell.sample), append(to.Noise, cell.noise)
				}
			}
		}
	}
	return all
}

// restore gives the figures of an answer what stands behind them.
func (a *keptAnswer) restore() error {
	if len(a.Behind) != len(a.Answer.Groups) {
		return ErrDamaged
	}
	for i, group := range a.Answer.Groups {
		if len(a.Behind[i]) != len(group.Figures) {
			return ErrDamaged
		}
		for at := range group.Figures {
			f, from := &group.Figures[at], &a.Behind[i][at]
			if cells := len(f.Cells) + len(f.Apart); len(from.Samples) != cells || len(from.Noise) != cells {
				return ErrDamaged
			}
			if f.masses = from.Masses; from.Spread != nil {
				f.spread = &spread{from.Spread.Variance, from.Spread.Sample, from.Spread.Noise}
			}
			for cell := range f.Cells {
				f.Cells[cell].sample, f.Cells[cell].noise = from.Samples[cell], from.Noise[cell]
			}
			for cell := range f.Apart {
				f.Apart[cell].sample, f.Apart[cell].noise = from.Samples[len(f.Cells)+cell], from.Noise[len(f.Cells)+cell]
			}
		}
	}
	return nil
}

// MarshalBinary makes the bytes that the store keeps: CBOR (RFC 8949), as classes
// may end at infinity, which JSON cannot say.
func (r *Remains) MarshalBinary() ([]byte, error) { return cbor.Marshal(&r.kept) }

// ReadRemains reads what [Remains.MarshalBinary] wrote. It fails with
// [ErrOtherSchema] or [ErrDamaged].
func ReadRemains(schema *Schema, data []byte) (*Remains, error) {
	read := &Remains{}
	if err := cbor.Unmarshal(data, &read.kept); err != nil {
		return nil, fmt.Errorf("read remains: %w: %w", ErrDamaged, err)
	}
	if read.kept.Fingerprint != schema.Fingerprint() {
		return nil, fmt.Errorf("read remains: %w", ErrOtherSchema)
	}
	for at := range read.kept.Answers {
		if err := read.kept.Answers[at].restore(); err != nil {
			return nil, fmt.Errorf("read remains: %w", err)
		}
	}
	items := schema.NeedItems()
	for _, one := range read.kept.Needs {
		if one.Needs == nil || len(one.Needs.Items) != len(items) {
			return nil, fmt.Errorf("read remains: %w", ErrDamaged)
		}
		for at := range items {
			one.Needs.Items[at].NeedItem = items[at]
		}
	}
	return read, nil
}

// ExploreRemains makes what is left of a wave ready for queries; nothing is left
// (nil) when fewer than k had answered. It fails as [Release.Explore] does.
func (r *Release) ExploreRemains(left *Remains, breakdown Breakdown, options Options) (*Explorer, error) {
	if left == nil || r.tables.All.shown() == 0 {
		return nil, refuse(NothingReleased, "k", r.tables.K)
	}
	return &Explorer{release: r, breakdown: breakdown, schema: r.tables.schema, k: r.tables.K, results: r.Results(options),
		shower: r.tables.shower(options), population: options.Population, remains: &left.kept}, nil
}

// query answers from what is left.
func (r *remains) query(q Query) (Answer, error) {
	at := slices.IndexFunc(r.Answers, func(one keptAnswer) bool { return slices.Equal(one.By, q.By) && one.Weighted == q.Weighted })
	if at < 0 && q.Weighted && !slices.ContainsFunc(r.Answers, func(one keptAnswer) bool { return one.Weighted }) {
		return Answer{}, refuse(NoPopulation)
	}
	if at < 0 || len(q.Filters) > 0 {
		return Answer{}, refuse(RowsDeleted)
	}
	answer := r.Answers[at].Answer
	wanted := func(name string) bool { return len(q.Questions) == 0 || slices.Contains(q.Questions, name) }
	answer.Groups = slices.Clone(answer.Groups)
	for i := range answer.Groups {
		group := &answer.Groups[i]
		if len(q.Questions) == 0 || group.Refused != NotRefused && len(group.Figures) == 0 {
			continue
		}
		figures := group.Figures
		group.Figures = nil
		for _, name := range q.Questions {
			f := slices.IndexFunc(figures, func(f Figure) bool { return f.Question == name })
			if f < 0 {
				return Answer{}, refuse(UnknownVariable, "variable", name)
			}
			group.Figures = append(group.Figures, figures[f])
		}
	}
	if answer.Tests = slices.Clone(answer.Tests); !q.Tests {
		answer.Tests = nil
	}
	answer.Tests = slices.DeleteFunc(answer.Tests, func(one Test) bool { return !wanted(one.Question) })
	return answer, nil
}

// needs returns those that were kept.
func (r *remains) needs(q NeedsQuery) (*Needs, error) {
	at := slices.IndexFunc(r.Needs, func(one keptNeeds) bool { return one.Query == q })
	if at < 0 {
		return nil, refuse(RowsDeleted)
	}
	return r.Needs[at].Needs, nil
}

// public returns what everybody may read.
func (r *remains) public(names []string) (Group, error) {
	group := r.Public
	group.Figures = make([]Figure, len(names))
	for i, name := range names {
		at := slices.IndexFunc(r.Public.Figures, func(f Figure) bool { return f.Question == name })
		if at < 0 {
			return Group{}, refuse(UnknownVariable, "variable", name)
		}
		group.Figures[i] = r.Public.Figures[at]
	}
	return group, nil
}
