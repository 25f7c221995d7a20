package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"

	"bedarfslotse/internal/analysis/internal/perturb"
)

// The attacker of METHODS 5.9, second part: hidden cells of the whole wave, for
// somebody who reads every page and knows the perturbation table. Everything
// published that a cell's count enters, alone or in a sum, becomes a line of a
// linear program; see [simulation.lines].

// bound is what is known of the sum of some cells of one question.
type bound struct {
	cells     []int
	low, high float64
}

// lines collects what every page says of the cells of a question: the base and
// the shown cells of the whole wave; the sizes of the groups that the question
// divides, the bases of all questions in them, which are no larger, and the
// counts that other questions' groups have of each cell, which add up to it.
func (s *simulation) lines(x *Explorer, q *question) []bound {
	whole := x.figure(q)
	all := make([]int, len(whole.Cells))
	place := map[string]int{}
	var lines []bound
	for i, cell := range whole.Cells {
		all[i], place[cell.Name] = i, i
		if cell.Count != nil {
			lines = append(lines, bound{[]int{i}, float64(*cell.Count), float64(*cell.Count)})
		}
	}
	base := float64(*whole.Base)
	if q.kind == Multiple { // everybody ticked so many at least and at most
		_, _, table := x.release.tables.find(q)
		lines = append(lines, bound{all, float64(table.Fewest) * base, float64(table.Most) * base})
		for i := range all {
			lines = append(lines, bound{[]int{i}, 0, base})
		}
	} else {
		lines = append(lines, bound{all, base, base})
	}
	if by, err := x.Query(Query{By: []string{q.element.Name}}); err == nil {
		for _, group := range by.Groups {
			var cells []int
			inside := true
			for _, name := range group.Values[0] {
				at, known := place[name]
				cells, inside = append(cells, at), inside && known
			}
			if !inside || group.N == nil {
				continue
			}
			lines = append(lines, about(cells, *group.N, group.Perturbed))
			for _, f := range group.Figures {
				if f.Base != nil {
					one := about(cells, *f.Base, f.Perturbed)
					one.high = math.Inf(1)
					lines = append(lines, one)
				}
			}
		}
	}
	lines = append(lines, s.calculatedLines(x, q, place)...)
	lines = append(lines, publicLines(x, q, all)...)
	for _, variable := range []string{VariableArea, VariableInstitutionType, VariableLanguage, "gender", "age", "children", "age3", "years3"} {
		by, err := x.Query(Query{By: []string{variable}, Questions: []string{q.element.Name}})
		if err != nil {
			continue
		}
		for i := range whole.Cells {
			sum := bound{cells: []int{i}}
			for _, group := range by.Groups {
				if len(group.Figures) == 0 || i >= len(group.Figures[0].Cells) || group.Figures[0].Cells[i].Count == nil {
					sum.high = math.Inf(1)
					continue
				}
				one := about(nil, *group.Figures[0].Cells[i].Count, group.Figures[0].Perturbed)
				sum.low, sum.high = sum.low+one.low, sum.high+one.high
			}
			lines = append(lines, sum)
		}
	}
	return lines
}

// publicLines are what the public results say: changed counts of the cells that are
// shown, and a changed base. They may count up to k−1 respondents besides those of
// an exact table that stayed the earlier one.
func publicLines(x *Explorer, q *question, all []int) (lines []bound) {
	f := must(x.Public([]string{q.element.Name})).Figures[0]
	unit, _, _ := x.release.tables.find(q)
	if unit.Limit != x.limit {
		defer func() {
			for i := range lines {
				lines[i].low, lines[i].high = max(lines[i].low-float64(x.k-1), 0), lines[i].high+float64(x.k-1)
			}
		}()
	}
	for i, cell := range f.Cells {
		if cell.Count != nil {
			lines = append(lines, about([]int{i}, *cell.Count, true))
		}
	}
	if f.Base != nil {
		one := about(all, *f.Base, true)
		if q.kind == Multiple {
			one.high = math.Inf(1)
		}
		lines = append(lines, one)
	}
	return lines
}

// besides is what is computed from the cells of a question with hidden ones, and
// shown beside them; "" for nothing. Weighted shares and tests would be lines as
// well, if there were any.
func besides(x *Explorer, q *question) string {
	for _, by := range [][]string{nil, {VariableArea}, {VariableInstitutionType}, {VariableLanguage}} {
		answer, err := x.Query(Query{By: by, Questions: []string{q.element.Name}, Weighted: true, Tests: by != nil})
		if err != nil {
			continue
		}
		if len(answer.Tests) > 0 && q.kind != Multiple {
			return fmt.Sprintf("%s by %v is tested", q.element.Name, by)
		}
		for _, group := range answer.Groups {
			for _, f := range group.Figures {
				if f.Mean != nil || slices.ContainsFunc(f.Cells, func(c Cell) bool { return c.Share != nil || c.Suppressed && c.Count != nil }) {
					return fmt.Sprintf("%s by %v has weighted figures", q.element.Name, by)
				}
			}
		}
	}
	return ""
}

// calculatedLines collect what the recodes of a question say of its cells: the
// figures of the whole wave, and the sizes of the groups that they divide into.
func (s *simulation) calculatedLines(x *Explorer, q *question, place map[string]int) (lines []bound) {
	of := func(variable string, categories []string) (cells []int, inside bool) {
		for name, at := range place {
			if slices.Contains(categories, x.category(variable, name)) {
				cells = append(cells, at)
			}
		}
		slices.Sort(cells)
		return cells, !slices.Contains(categories, NotKnown) && !slices.Contains(categories, NotAskedValue)
	}
	for _, v := range s.variables {
		if v.Source != q.element.Name {
			continue
		}
		for _, cell := range x.figure(x.question(v.Name)).Cells {
			if cells, _ := of(v.Name, []string{cell.Name}); cell.Count != nil {
				lines = append(lines, about(cells, *cell.Count, false))
			}
		}
		by, err := x.Query(Query{By: []string{v.Name}})
		if err != nil {
			continue
		}
		for _, group := range by.Groups {
			if cells, inside := of(v.Name, group.Values[0]); inside && group.N != nil {
				lines = append(lines, about(cells, *group.N, group.Perturbed))
			}
		}
	}
	return lines
}

// about is what a number says of the count behind it.
func about(cells []int, shown int, perturbed bool) bound {
	if !perturbed {
		return bound{cells, float64(shown), float64(shown)}
	}
	low := float64(max(shown-perturb.Most, 0))
	if shown > 0 {
		low = max(low, 1)
	}
	return bound{cells, low, float64(shown + perturb.Most)}
}

// extreme is the largest value of sign times a cell's count that agrees with the
// lines. Of cells it is known that hidden ones are 1 or more unless all are
// hidden. It is a linear program in the form of [lp.Simplex]: a slack for every
// limit, so that its rows are independent.
func extreme(lines []bound, least []float64, cell int, sign float64) (float64, error) {
	var columns []int // the cells that some line is about
	for _, line := range lines {
		for _, at := range line.cells {
			if !slices.Contains(columns, at) {
				columns = append(columns, at)
			}
		}
	}
	n := len(columns)
	type row struct {
		cells []int
		slack float64
		right float64
	}
	var rows []row
	for _, line := range lines {
		shift := 0.0
		for _, at := range line.cells {
			shift += least[at]
		}
		rows = append(rows, row{line.cells, -1, line.low - shift})
		if !math.IsInf(line.high, 1) {
			rows = append(rows, row{line.cells, 1, line.high - shift})
		}
	}
	a, b, c := mat.NewDense(len(rows), n+len(rows), nil), make([]float64, len(rows)), make([]float64, n+len(rows))
	for i, one := range rows {
		flip := 1.0
		if one.right < 0 {
			flip = -1
		}
		for _, at := range one.cells {
			a.Set(i, slices.Index(columns, at), flip)
		}
		a.Set(i, n+i, flip*one.slack)
		b[i] = flip * one.right
	}
	c[slices.Index(columns, cell)] = -sign
	best, _, err := lp.Simplex(c, a, b, 1e-9, nil)
	return -best + sign*least[cell], err
}

// tightest keeps one line for each set of cells, and only lines that say
// something of cells that are hidden; those that are shown it takes out.
func tightest(lines []bound, hidden []bool) []bound {
	fixed := map[int]float64{}
	for _, line := range lines {
		if len(line.cells) == 1 && line.low == line.high {
			fixed[line.cells[0]] = line.low
		}
	}
	var kept []bound
	for _, line := range lines {
		one := bound{low: line.low, high: line.high}
		for _, at := range line.cells {
			if count, known := fixed[at]; known {
				one.low, one.high = one.low-count, one.high-count
			} else {
				one.cells = append(one.cells, at)
			}
		}
		if len(one.cells) == 0 || !slices.ContainsFunc(one.cells, func(at int) bool { return hidden[at] }) {
			continue
		}
		at := slices.IndexFunc(kept, func(other bound) bool { return slices.Equal(other.cells, one.cells) })
		if at < 0 {
			kept = append(kept, one)
			continue
		}
		kept[at].low, kept[at].high = max(kept[at].low, one.low), min(kept[at].high, one.high)
	}
	return kept
}

// attackHidden returns a cell of 1 to k−1 that is known to be that small, or to
// be just so many; "" for none. Cells are those of which the true count is small.
func (s *simulation) attackHidden(x *Explorer) (found string, attacked int) {
	for _, q := range s.schema.questions {
		whole := x.figure(q)
		if q.role == roleOpinion || q.kind != Single && q.kind != Scale && q.kind != Multiple || whole.Base == nil {
			continue
		}
		_, _, table := x.release.tables.find(q)
		if slices.ContainsFunc(whole.Cells, func(c Cell) bool { return c.Suppressed }) {
			if found := besides(x, q); found != "" {
				return found, attacked
			}
		}
		lines, hidden := s.lines(x, q), make([]bool, len(whole.Cells))
		least := make([]float64, len(whole.Cells))
		for i, cell := range whole.Cells {
			hidden[i] = cell.Suppressed
			if cell.Suppressed && whole.Withheld == SmallCells {
				least[i] = 1
			}
		}
		for i, cell := range whole.Cells {
			ticked := table.Cells[table.choice(q, i)].Holders
			small := x.shower.guard.Small(ticked)
			others := q.kind == Multiple && x.shower.guard.Small(*whole.Base-ticked)
			if cell.Count != nil {
				if small || others {
					return fmt.Sprintf("%s, %s: shown as %d", q.element.Name, cell.Name, *cell.Count), attacked
				}
				continue
			}
			attacked++
			kept := tightest(lines, hidden)
			high, err := extreme(kept, least, i, 1)
			if err != nil {
				return fmt.Sprintf("%s, %s: %v", q.element.Name, cell.Name, err), attacked
			}
			low, err := extreme(kept, least, i, -1)
			if err != nil {
				return fmt.Sprintf("%s, %s: %v", q.element.Name, cell.Name, err), attacked
			}
			low = -low
			if others { // those who did not tick it are the cell
				low, high = float64(*whole.Base)-high, float64(*whole.Base)-low
			}
			if q.kind == Multiple && !small && !others {
				continue // hidden to protect another
			}
			if low >= float64(s.k)-1e-6 || high < float64(s.k)-1e-6 {
				return fmt.Sprintf("%s, %s lies in %v..%v", q.element.Name, cell.Name, low, high), attacked
			}
		}
	}
	return "", attacked
}

func TestHeavyHiddenCellsStayHidden(t *testing.T) {
	schema := NewSchema(compiled(t, metroSurvey()))
	random, attacked, waves := rand.New(rand.NewPCG(6, 9)), 0, 0
	attackWaves(func(wave uint64) int {
		waves++
		s := simulate(t, schema, wave, 3+random.IntN(4), 3+random.IntN(5))
		s.run(drawSize(random)/2+15, random.IntN(2))
		s.variables = metroVariables()
		x, err := s.release.Explore(s.columns, s.breakdown, Options{Calculated: schema.Calculate(s.variables), Strata: cityStrata(len(s.breakdown.Areas) - 1)})
		if err != nil {
			return 1
		}
		found, n := s.attackHidden(x)
		if found != "" {
			t.Fatalf("wave %d: %s", wave, found)
		}
		attacked += n
		return 25 // by eight variables, the four questions themselves, three recodes of them, public results, and weights and tests by three
	})
	if attacked < waves {
		t.Errorf("only %d hidden cells were attacked in %d waves", attacked, waves)
	}
}

func TestHeavyBareCellsAreRead(t *testing.T) {
	schema := NewSchema(compiled(t, citySurvey()))
	for _, q := range schema.questions {
		q.bare = true
	}
	won := 0
	for page := range 20 {
		s := simulate(t, schema, uint64(page), 5, 4)
		s.run(60, 0)
		if found, _ := s.attackHidden(must(s.release.Explore(s.columns, s.breakdown, Options{}))); found != "" {
			won++
		}
	}
	if won < 15 { // few waves have no small cell
		t.Errorf("without hidden cells the attacker won %d of 20 times", won)
	}
}
