package analysis

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// The attacker of METHODS 5.9, third part: somebody who knows of everybody what
// the breakdowns say reads all tables by one and two variables, takes the tables
// of smaller groups from those of larger ones that hold them (recodes and bands
// of a variable beside it among them), averages all
// routes to one difference, and names the most frequent answer of what is left
// as that of everybody left. Whom the served groups alone tell more of is no
// target: a target belongs to a difference that is smaller than every group
// served around them. Beside stands what the exact table of the smallest of
// those groups would let one name in the same way.

// served is one group of the pages: its members, and by question the sum of its
// tables over all times that it was read.
type served struct {
	members []int // places in the wave, rising
	counts  map[string][]float64
	reads   map[string]int
}

// withWeights is what stands for the weighted table of a question.
func withWeights(question string) string { return question + ", weighted" }

// read reads tables; mass is the sum of the weights of the members who answered a
// question, which turns weighted shares into a table.
func (g *served) read(figures []Figure, mass func(question string) float64) {
	for _, f := range figures {
		if f.Weighted {
			g.readShares(f, mass(f.Question))
			continue
		}
		if f.Base == nil || f.Together != nil || slices.ContainsFunc(f.Cells, func(c Cell) bool { return c.Count == nil }) {
			continue
		}
		if g.counts[f.Question] == nil {
			g.counts[f.Question] = make([]float64, len(f.Cells))
		}
		for i, cell := range f.Cells {
			g.counts[f.Question][i] += float64(*cell.Count)
		}
		g.reads[f.Question]++
	}
}

func (g *served) readShares(f Figure, mass float64) {
	if f.Together != nil || len(f.Cells) == 0 || slices.ContainsFunc(f.Cells, func(c Cell) bool { return c.Share == nil }) {
		return
	}
	name := withWeights(f.Question)
	if g.counts[name] == nil {
		g.counts[name] = make([]float64, len(f.Cells))
	}
	for i, cell := range f.Cells {
		g.counts[name][i] += *cell.Share * mass
	}
	g.reads[name]++
}

// mean is a group's table of a question, nil where it has none.
func (g *served) mean(question string) []float64 {
	if g.reads[question] == 0 {
		return nil
	}
	table := slices.Clone(g.counts[question])
	for i := range table {
		table[i] /= float64(g.reads[question])
	}
	return table
}

// naming is the attack on one wave.
type naming struct {
	s       *simulation
	x       *Explorer
	people  []*person
	asked   []string // questions to name the answers to
	groups  map[string]*served
	reading int       // how often every page is read
	weights []float64 // of the people; nil where the wave has none
}

// page reads one page, with weights as well where there are any.
func (a *naming) page(q Query, read func(Group)) {
	q.Questions = a.asked
	for _, weighted := range []bool{false, true} {
		q.Weighted = weighted
		if weighted && a.weights == nil {
			continue
		}
		for _, group := range must(a.x.Query(q)).Groups {
			if group.Refused == NotRefused {
				read(group)
			}
		}
	}
}

// mass is the sum of the weights of a group's members who answered.
func (a *naming) mass(members []int) func(question string) float64 {
	return func(question string) (mass float64) {
		for _, p := range members {
			if a.answer(p, question) >= 0 {
				mass += a.weights[p]
			}
		}
		return mass
	}
}

// group finds a group by its members; the same people reached by another way are
// the same group.
func (a *naming) group(members []int) *served {
	name := fmt.Sprint(members)
	if a.groups[name] == nil {
		a.groups[name] = &served{members: members, counts: map[string][]float64{}, reads: map[string]int{}}
	}
	return a.groups[name]
}

func (a *naming) holding(conditions map[string][]string) (members []int) {
	for i, p := range a.people {
		is := true
		for variable, values := range conditions {
			is = is && a.s.within(a.x, p, variable, values)
		}
		if is {
			members = append(members, i)
		}
	}
	return members
}

// pair is a group by two variables, and the first of its conditions.
type within struct {
	outer *served
	inner []*served // that do not overlap
}

// read reads all pages. It returns, for every group by one variable, the groups
// by two that lie in it, found by dividing in the other order.
func (a *naming) read(variables []string) []within {
	whole := a.group(a.holding(nil))
	var found []within
	for range a.reading {
		a.page(Query{}, func(group Group) { whole.read(group.Figures, a.mass(whole.members)) })
	}
	for _, first := range variables {
		outer := func(group Group) *served {
			return a.group(a.holding(map[string][]string{first: group.Values[0]}))
		}
		for _, second := range variables {
			if first == second {
				continue
			}
			inner := map[string][]*served{}
			for range a.reading {
				a.page(Query{By: []string{second, first}}, func(group Group) {
					of := a.group(a.holding(map[string][]string{second: group.Values[0], first: group.Values[1]}))
					of.read(group.Figures, a.mass(of.members))
					if in := fmt.Sprint(group.Values[1]); !slices.Contains(inner[in], of) {
						inner[in] = append(inner[in], of)
					}
				})
			}
			for _, group := range must(a.x.Query(Query{By: []string{first}, Questions: a.asked})).Groups {
				if group.Refused == NotRefused {
					found = append(found, within{outer(group), inner[fmt.Sprint(group.Values[0])]})
				}
			}
		}
		for range a.reading {
			a.page(Query{By: []string{first}}, func(group Group) {
				of := outer(group)
				of.read(group.Figures, a.mass(of.members))
			})
		}
	}
	return found
}

// leftOf is who is left of a group without others that lie in it.
func leftOf(one within) (members []int) {
	gone := map[int]bool{}
	for _, inner := range one.inner {
		for _, p := range inner.members {
			gone[p] = true
		}
	}
	for _, p := range one.outer.members {
		if !gone[p] {
			members = append(members, p)
		}
	}
	return members
}

// attack names answers, by the tables without weights, by those with, and by both
// together.
func (a *naming) attack(variables []string) (by [3]outcome) {
	differences := map[string][]within{}
	for _, one := range a.read(variables) {
		if members := leftOf(one); len(members) > 0 && len(one.inner) > 0 {
			name := fmt.Sprint(members)
			differences[name] = append(differences[name], one)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(differences)) {
		members := leftOf(differences[name][0])
		for _, question := range a.asked {
			plain, heavy := a.average(differences[name], question), a.average(differences[name], withWeights(question))
			for i, guess := range []int{mode(plain), mode(heavy), mode(plus(plain, heavy))} {
				a.try(&by[i], members, question, guess)
			}
		}
	}
	return by
}

// try names the guessed answer as that of all members; what the smallest served
// groups' exact tables would have named stands beside it.
func (a *naming) try(o *outcome, members []int, question string, guess int) {
	for _, p := range members {
		smallest := a.smallest(p, question)
		if guess < 0 || smallest == nil || len(smallest.members) <= len(members) {
			continue
		}
		answer := a.answer(p, question)
		o.tried++
		if answer == guess {
			o.named++
		}
		if answer == mode(a.exact(smallest, question)) {
			o.allowed++
		}
	}
}

// plus adds tables; without one of them there is none.
func plus(a, b []float64) []float64 {
	if a == nil || b == nil {
		return nil
	}
	sum := slices.Clone(a)
	for i := range sum {
		sum[i] += b[i]
	}
	return sum
}

// average is the mean over all routes to one difference.
func (a *naming) average(routes []within, question string) (table []float64) {
	n := 0.0
	for _, route := range routes {
		left := route.outer.mean(question)
		for _, inner := range route.inner {
			if less := inner.mean(question); left != nil && less != nil {
				for i := range left {
					left[i] -= less[i]
				}
			} else {
				left = nil
			}
		}
		if left == nil {
			continue
		}
		if table == nil {
			table = make([]float64, len(left))
		}
		for i := range left {
			table[i] += left[i]
		}
		n++
	}
	for i := range table {
		table[i] /= n
	}
	return table
}

// mode is the place of the largest, −1 of nothing.
func mode(table []float64) int {
	best := -1
	for i, count := range table {
		if best < 0 || count > table[best] {
			best = i
		}
	}
	return best
}

func (a *naming) smallest(p int, question string) *served {
	var best *served
	for _, group := range a.groups {
		if group.reads[question] > 0 && slices.Contains(group.members, p) &&
			(best == nil || len(group.members) < len(best.members) || len(group.members) == len(best.members) && group.members[0] < best.members[0]) {
			best = group
		}
	}
	return best
}

// answer is the place of a person's answer among the cells, −1 for none.
func (a *naming) answer(p int, question string) int {
	answers := a.people[p].answers[question]
	return slices.IndexFunc(a.x.figure(a.s.schema.question(question)).Cells, func(cell Cell) bool { return slices.Contains(answers, cell.Name) })
}

func (a *naming) exact(group *served, question string) []float64 {
	table := make([]float64, len(a.x.figure(a.s.schema.question(question)).Cells))
	for _, p := range group.members {
		if at := a.answer(p, question); at >= 0 {
			table[at]++
		}
	}
	return table
}

// outcome adds up what attacks named.
type outcome struct{ tried, named, allowed int }

// name attacks one wave, by the breakdowns and by some calculated variables.
func (o *outcomes) name(t *testing.T, schema *Schema, wave uint64, random *rand.Rand, reading int, calculated ...string) (pages int) {
	s := simulate(t, schema, wave, 3+random.IntN(3), 3+random.IntN(4))
	n := drawSize(random)/3 + 20
	for range n {
		s.arrive(s.draw(s.random.IntN(len(s.breakdown.Areas) - 1)))
	}
	s.publish(true)
	s.variables = metroVariables()
	x, err := s.release.Explore(s.columns, s.breakdown, Options{Calculated: schema.Calculate(s.variables), Strata: cityStrata(len(s.breakdown.Areas) - 1)})
	if err != nil {
		return 1
	}
	variables := []string{VariableArea, VariableInstitutionType, VariableLanguage}
	for _, name := range append([]string{"gender", "age", "children"}, calculated...) {
		if _, err := x.Query(Query{By: []string{name}}); err == nil {
			variables = append(variables, name)
		}
	}
	a := &naming{s: s, x: x, people: s.people, asked: []string{"need", "wish", "status"}, groups: map[string]*served{}, reading: reading}
	if w, err := x.weigher(); err == nil {
		for _, p := range s.people {
			at, known := w.of[s.breakdown.cell(p.area, p.kind)]
			if !known {
				at = len(w.weights) - 1
			}
			a.weights = append(a.weights, w.weights[at])
		}
	}
	for i, one := range a.attack(variables) {
		o[i].tried, o[i].named, o[i].allowed = o[i].tried+one.tried, o[i].named+one.named, o[i].allowed+one.allowed
	}
	return 2 * (1 + len(variables)*len(variables))
}

// outcomes are those without weights, with, and by both.
type outcomes [3]outcome

func rate(part, of int) float64 { return float64(part) / float64(max(of, 1)) }

// won tells whether more was named than allowed, and one point.
func (o *outcome) won() bool { return rate(o.named, o.tried) > rate(o.allowed, o.tried)+0.01 }

func (o outcome) String() string {
	return fmt.Sprintf("%d answers were tried: %.1f %% named, %.1f %% by the smallest groups' exact tables",
		o.tried, 100*rate(o.named, o.tried), 100*rate(o.allowed, o.tried))
}

func TestHeavyNobodyIsNamedFromPerturbedFigures(t *testing.T) {
	schema, random, all := NewSchema(compiled(t, metroSurvey())), rand.New(rand.NewPCG(7, 9)), outcomes{}
	attackWaves(func(wave uint64) int { return all.name(t, schema, wave, random, 1, "age3", "years3", "need3") })
	for i, by := range []string{"without weights", "with weights", "by both"} {
		t.Logf("%s: %v", by, all[i])
		if all[i].tried < 100 || all[i].won() {
			t.Errorf("%s: the attacker won", by)
		}
	}
}

func TestHeavyFreshKeysAreAveragedAway(t *testing.T) {
	schema, random, all := NewSchema(compiled(t, metroSurvey())), rand.New(rand.NewPCG(7, 9)), outcomes{}
	var drawing sync.Mutex // figures are made side by side
	keys := rand.New(rand.NewPCG(3, 1))
	schema.weak.fresh = func() uint64 {
		drawing.Lock()
		defer drawing.Unlock()
		return keys.Uint64()
	}
	for wave := range uint64(2) {
		all.name(t, schema, wave, random, 60)
	}
	if t.Log(all); all[0].tried < 10 || !all[0].won() {
		t.Error("with fresh keys the attacker did not win")
	}
}
