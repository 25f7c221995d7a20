package analysis

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/testinput"
)

// The attacker of METHODS 5.9, fourth part: somebody who knows all answers to a
// question but those of a few respondents of one exact group, and in which
// institution everybody works. Its exact table tells how often these few gave
// each answer, not who gave which. The attacker tries all ways to share the
// answers out among them and keeps those under which every exact page would look
// as it does: weighted and unweighted figures, intervals and tests included, as
// they rest on weights and institutions.

// arranged is a wave that was released, made again with other answers.
type arranged struct {
	s       *simulation
	options Options
}

// pages are all exact numbers that are shown of the question, by the whole wave
// and the groups of its tree, with all tests that rest on exact figures alone.
func (a *arranged) pages(question string) string {
	x, err := a.s.release.Explore(a.s.columns, a.s.breakdown, a.options)
	if err != nil {
		a.s.t.Fatal(err)
	}
	var out strings.Builder
	read := func(q Query) {
		q.Questions = []string{question}
		answer, err := x.Query(q)
		if err != nil {
			fmt.Fprintln(&out, err)
			return
		}
		for _, group := range answer.Groups {
			for _, f := range group.Figures {
				if !f.Perturbed {
					shown, err := json.Marshal(f)
					if err != nil {
						a.s.t.Fatal(err)
					}
					out.Write(append(shown, '\n'))
				}
			}
		}
		for _, test := range answer.Tests {
			if !test.Approximate {
				fmt.Fprintln(&out, test.Question, test.Choice, test.Method, test.P, test.Effect)
			}
		}
	}
	for _, weighted := range []bool{false, true} {
		read(Query{Weighted: weighted})
		for _, by := range [][]string{{VariableArea}, {VariableInstitutionType}, {VariableArea, VariableInstitutionType}} {
			read(Query{By: by, Weighted: weighted, Tests: true})
		}
	}
	return out.String()
}

// arrange makes the wave in which everybody is as they are, but answers to the
// question are those given.
func (a *arranged) arrange(question string, answers map[*person][]string) *arranged {
	s := a.s
	again := simulate(s.t, s.schema, 0, s.k, len(s.breakdown.Areas)-1)
	again.breakdown = s.breakdown
	var people []*person
	for _, p := range s.people {
		other := *p
		if given, moved := answers[p]; moved {
			other.answers = map[string][]string{}
			for name, values := range p.answers {
				other.answers[name] = values
			}
			other.answers[question] = given
		}
		people = append(people, &other)
	}
	again.arrive(people...)
	again.publish(true)
	return &arranged{again, a.options}
}

// arrangements are the different orders of some answers.
func arrangements(answers [][]string) (all [][][]string) {
	if len(answers) == 1 {
		return [][][]string{answers}
	}
	tried := map[string]bool{}
	for i, first := range answers {
		if name := fmt.Sprint(first); !tried[name] {
			tried[name] = true
			for _, rest := range arrangements(slices.Delete(slices.Clone(answers), i, i+1)) {
				all = append(all, append([][]string{first}, rest...))
			}
		}
	}
	return all
}

// few picks people of one exact group of the question, of different institutions
// where there are.
func (a *arranged) few(name string) (few []*person) {
	q := a.s.schema.question(name)
	stored, _, _ := a.s.release.tables.find(q)
	at := slices.IndexFunc(a.s.schema.units, func(of unit) bool { return slices.Contains(of, q) })
	if stored.Groups == nil {
		return nil
	}
	one := stored.Groups.Parts[a.s.random.IntN(len(stored.Groups.Parts))]
	members := a.s.members(at, stored.Limit.Online, func(p *person) bool { return slices.Contains(one.Cells, a.s.breakdown.cell(p.area, p.kind)) })
	a.s.random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	for _, fresh := range []bool{true, false} {
		for _, p := range members {
			known := slices.ContainsFunc(few, func(other *person) bool { return other.institution == p.institution })
			if len(few) < a.s.k && !slices.Contains(few, p) && (!fresh || !known) {
				few = append(few, p)
			}
		}
	}
	return few
}

// arrange attacks one question of a wave; it counts whose answers it tried, named,
// and would have named by the table alone.
func (o *outcome) arrange(t *testing.T, schema *Schema, wave uint64, random *rand.Rand, question string) {
	s := simulate(t, schema, wave, 4, 3)
	for range 40 + random.IntN(100) {
		p := s.draw(s.random.IntN(3))
		p.institution = fmt.Sprint(p.area, p.kind, "i", s.random.IntN(3))
		s.arrive(p)
	}
	s.publish(true)
	a := &arranged{s, Options{Strata: cityStrata(3)}}
	few := a.few(question)
	if len(few) < s.k {
		return
	}
	answers, counts := make([][]string, len(few)), map[string]int{}
	for i, p := range few {
		answers[i] = p.answers[question]
		counts[fmt.Sprint(answers[i])]++
	}
	shown := a.pages(question)
	chosen := make([]map[string]int, len(few)) // how often each answer, by person
	for i := range chosen {
		chosen[i] = map[string]int{}
	}
	for _, order := range arrangements(answers) {
		given := map[*person][]string{}
		for i, p := range few {
			given[p] = order[i]
		}
		if a.arrange(question, given).pages(question) != shown {
			continue
		}
		for i := range few {
			chosen[i][fmt.Sprint(order[i])]++
		}
	}
	for i := range few {
		o.tried++
		if best(chosen[i]) == fmt.Sprint(answers[i]) {
			o.named++
		}
		if best(counts) == fmt.Sprint(answers[i]) {
			o.allowed++
		}
	}
}

// best is the most frequent, of several the first by name.
func best(counts map[string]int) (name string) {
	for one, n := range counts {
		if name == "" || n > counts[name] || n == counts[name] && one < name {
			name = one
		}
	}
	return name
}

func TestHeavyNobodyIsNamedByArrangement(t *testing.T) {
	schema, random, o := NewSchema(compiled(t, citySurvey())), rand.New(rand.NewPCG(9, 9)), &outcome{}
	waves := uint64(16) // in as many the attacker of the next test wins
	if testinput.Long() {
		waves = 96
	}
	for wave := range waves {
		o.arrange(t, schema, wave, random, []string{"need", "wish"}[wave%2])
	}
	t.Log(o)
	if o.tried < 50 || o.won() {
		t.Error("the attacker won")
	}
}

func TestHeavyPreciseIntervalsTellWhoIsWho(t *testing.T) {
	schema, random, o := NewSchema(compiled(t, citySurvey())), rand.New(rand.NewPCG(9, 9)), &outcome{}
	for wave := range uint64(16) {
		question := []string{"need", "wish"}[wave%2]
		schema.weak.precise = schema.question(question)
		o.arrange(t, schema, wave, random, question)
	}
	t.Log(o)
	if o.tried < 30 || rate(o.named, o.tried) < rate(o.allowed, o.tried)+0.1 {
		t.Error("with intervals of full precision the attacker did not win")
	}
}
