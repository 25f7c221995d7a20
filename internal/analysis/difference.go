package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"bedarfslotse/internal/analysis/internal/inference"
	"bedarfslotse/internal/analysis/internal/raw"
)

// Test says whether the groups of an answer differ in one question by more than
// chance alone usually makes (METHODS 4). It is computed from the figures shown.
type Test struct {
	Question string
	// Choice is the choice that is tested as yes or no, of questions with several;
	// else "".
	Choice string
	// Method names the test: "pearson", "fisher", "mann_whitney",
	// "kruskal_wallis", "jonckheere_terpstra", and of exact weighted figures
	// "rao_scott" or "lumley_scott".
	Method string
	// Permuted tells that P rests on random tables with the same margins.
	Permuted bool
	// P is the two-sided p-value, Adjusted the same within the family of all
	// questions of the wave by the same groups (Benjamini & Hochberg 1995).
	P, Adjusted float64
	// Measure names the size of the effect: "cramers_v", "cliffs_delta",
	// "epsilon_squared" or "kendalls_tau".
	Measure string
	Effect  float64
	// Approximate tells that figures were perturbed, or that the spread between
	// institutions was taken from the whole wave.
	Approximate bool
	// Groups are how many groups were compared: those that are not shown are left
	// out.
	Groups int
}

// family is all tests of one division of a wave.
type family struct {
	tests []Test
}

// mostFamilies is how many divisions an explorer remembers.
const mostFamilies = 64

// families are those that were asked for last: a page and its pictures ask for
// the same.
type families struct {
	mu   sync.Mutex
	made map[string]func() *family
}

// of returns the family of a query, which is made when it is first asked for.
func (f *families) of(q Query, test func() *family) *family {
	key := fmt.Sprintf("%q %q %v", q.Filters, q.By, q.Weighted)
	f.mu.Lock()
	if f.made == nil || len(f.made) >= mostFamilies {
		f.made = map[string]func() *family{}
	}
	once, known := f.made[key]
	if !known {
		once = sync.OnceValue(test)
		f.made[key] = once
	}
	f.mu.Unlock()
	return once()
}

// of are the tests of some questions.
func (f *family) of(questions []*question) (tests []Test) {
	for _, one := range f.tests {
		if slices.ContainsFunc(questions, func(q *question) bool { return q.element.Name == one.Question }) {
			tests = append(tests, one)
		}
	}
	return tests
}

// division is the groups of a query whose differences are tested.
type division struct {
	way      way
	groups   []selected
	assigned raw.Groups
	by       *weighing
	ordered  bool // the groups have an order of their own
}

// division prepares the tests of a query's groups; single tells that one variable
// makes them.
func (x *Explorer) division(w way, groups []selected, assigned raw.Groups, by *weighing, single bool) *division {
	return &division{way: w, groups: groups, assigned: assigned, by: by, ordered: single && w[len(w)-1].axis.scores != nil}
}

// family tests all questions, whether they are shown or not, so that looking
// through them changes no p. Groups that have respondents in common are not
// tested.
func (x *Explorer) family(d *division) *family {
	questions := append(slices.Clone(x.schema.questions), x.calculated()...)
	made := make([][]Test, len(questions))
	parallel(len(questions), func(i int) {
		figures := x.shown(d.way, d.groups, questions[i], d.assigned, d.by)
		made[i] = x.tests(d, questions[i], figures)
	})
	f := &family{tests: slices.Concat(made...)}
	p := make([]float64, len(f.tests))
	for i, one := range f.tests {
		p[i] = one.P
	}
	if adjusted, ok := inference.Adjust(p); ok {
		for i := range f.tests {
			f.tests[i].Adjusted = adjusted[i]
		}
	}
	return f
}

// compared are the groups of one question that can be compared.
type compared struct {
	x     *Explorer
	d     *division
	q     *question
	whole *table
	design
	figures []Figure
	columns []int // the groups, or the first of those that stand together
}

// tests are those of one question: one, or of a question with several choices
// one for each.
func (x *Explorer) tests(d *division, q *question, figures []Figure) (tests []Test) {
	_, _, whole := x.find(q)
	if whole == nil || q.kind == Answered || q.kind == Score {
		return nil
	}
	c := &compared{x: x, d: d, q: q, whole: whole, design: x.shower.design(q), figures: figures}
	for at, f := range figures {
		if d.groups[at].refused != NotRefused || f.Base == nil || len(f.Together) > 0 && f.Together[0] != at {
			continue
		}
		if !d.ordered || d.score(at) > 0 {
			c.columns = append(c.columns, at)
		}
	}
	if d.ordered {
		slices.SortStableFunc(c.columns, func(a, b int) int { return cmp.Compare(d.score(a), d.score(b)) })
	}
	if len(c.columns) < 2 {
		return nil
	}
	rows := c.rows()
	if q.kind == Multiple {
		for _, row := range rows {
			tests = c.append(tests, []int{row}, row)
		}
		return tests
	}
	return c.append(nil, rows, -1)
}

// score is the place of a group on the scale that groups are made by, 0 for none.
func (d *division) score(at int) float64 {
	step := d.way[len(d.way)-1]
	score := 0.0
	for _, category := range d.groups[at].blocks[len(d.way)-1] {
		if category >= len(step.axis.scores) || step.axis.scores[category] == 0 {
			return 0
		}
		score = max(score, step.axis.scores[category])
	}
	return score
}

// rows are the cells of the question, rising where they are scores.
func (c *compared) rows() []int {
	cells := c.figures[c.columns[0]].Cells
	rows := make([]int, len(cells))
	for i := range rows {
		rows[i] = i
	}
	if c.q.kind == Scale {
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(cells[a].Score, cells[b].Score) })
	}
	return rows
}

// append adds the test of some cells; ticked is the one of a choice that is
// tested against everybody else, else −1.
func (c *compared) append(tests []Test, rows []int, ticked int) []Test {
	approximate := false
	for _, at := range c.columns {
		f := &c.figures[at]
		approximate = approximate || f.Perturbed
		for _, row := range rows {
			if f.Cells[row].Suppressed {
				return tests // a table with hidden cells has no test
			}
		}
	}
	t := Test{Question: c.q.element.Name, Groups: len(c.columns), Approximate: approximate}
	if ticked >= 0 {
		t.Choice = c.figures[c.columns[0]].Cells[ticked].Name
	}
	var result inference.Result
	var ok bool
	switch clustered := c.freedom > 0 || c.q.raw.Table > 0; {
	case approximate || clustered || c.d.by == nil:
		t.Approximate = approximate || clustered
		result, ok = c.plain(rows, ticked)
	default:
		result, ok = c.weighted(c.weighed(rows, ticked))
	}
	if !ok {
		return tests
	}
	t.Method, t.Permuted, t.P, t.Effect = string(result.Test), result.Permuted, result.P, result.Effect
	t.Measure = c.measure()
	return append(tests, t)
}

// ranked tells whether answers have an order.
func (c *compared) ranked() bool {
	return c.q.kind == Scale || c.q.kind == Number || c.q.kind == Months
}

// measure names the effect.
func (c *compared) measure() string {
	switch {
	case !c.ranked():
		return "cramers_v"
	case c.d.ordered:
		return "kendalls_tau"
	case len(c.columns) == 2:
		return "cliffs_delta"
	default:
		return "epsilon_squared"
	}
}
