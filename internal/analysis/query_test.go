package analysis

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/failure"
)

// closedWave is a simulated wave of n people, released.
func closedWave(t *testing.T, seed uint64, n, districts int) (*simulation, *Explorer) {
	t.Helper()
	s := simulate(t, NewSchema(compiled(t, citySurvey())), seed, 5, districts)
	for range n {
		s.arrive(s.draw(s.random.IntN(districts)))
	}
	s.publish(true)
	return s, must(s.release.Explore(s.columns, s.breakdown, Options{}))
}

// in tells whether a person meets a condition.
func (s *simulation) in(p *person, variable string, values []string) bool {
	one := NotKnown
	answers := p.answers[variable]
	switch {
	case variable == VariableArea:
		one = p.area
		if slices.Contains(values, "city") {
			return true
		}
		if one == "city" { // in the city, and in no district of it
			one = NotKnown
		}
	case variable == VariableInstitutionType:
		one = p.kind
	case variable == VariableLanguage:
		one = p.language
	case len(answers) > 1 || variable == "barriers" || variable == "speaks":
		return slices.ContainsFunc(answers, func(name string) bool { return slices.Contains(values, name) })
	case len(answers) == 1:
		one = answers[0]
	}
	return slices.Contains(values, one)
}

// check compares a figure with the answers of those in its group.
func (s *simulation) check(x *Explorer, f Figure, group []*person) {
	s.t.Helper()
	key := func(members []*person) (sum uint64) {
		for _, p := range members {
			sum += p.key
		}
		return sum
	}
	shown := func(members []*person) int {
		if f.Perturbed {
			return perturb.Shipped().Count(len(members), key(members))
		}
		return len(members)
	}
	q := s.schema.question(f.Question)
	unit := slices.IndexFunc(s.schema.units, func(of unit) bool { return slices.Contains(of, q) })
	var base []*person
	for _, p := range group {
		if s.inBase(p, unit) {
			base = append(base, p)
		}
	}
	if f.Base == nil {
		if whole := x.figure(q); len(base) >= s.k && whole.Base != nil {
			s.t.Errorf("%s hides a base of %d", f.Question, len(base))
		}
		return
	}
	if len(base) < s.k || *f.Base != shown(base) {
		s.t.Errorf("%s: base %d, want %d", f.Question, *f.Base, shown(base))
	}
	for i, cell := range f.Cells {
		if hidden := x.figure(q).Cells[i].Suppressed; hidden != cell.Suppressed || hidden != (cell.Count == nil) {
			s.t.Errorf("%s, %s: hidden in the whole wave %v, here %v", f.Question, cell.Name, hidden, cell.Suppressed)
		}
		var chose []*person
		for _, p := range base {
			if slices.Contains(p.answers[f.Question], cell.Name) {
				chose = append(chose, p)
			}
		}
		if cell.Count != nil && *cell.Count != shown(chose) {
			s.t.Errorf("%s, %s: %d, want %d (perturbed %v)", f.Question, cell.Name, *cell.Count, shown(chose), f.Perturbed)
		}
		if cell.Share != nil && (*cell.Share > 1 || *cell.Low > *cell.Share || *cell.High < *cell.Share) {
			s.t.Errorf("%s, %s: share %v in %v..%v", f.Question, cell.Name, *cell.Share, *cell.Low, *cell.High)
		}
	}
}

func TestQueryAgainstAnswers(t *testing.T) {
	s, x := closedWave(t, 3, 400, 5)
	exact, changed := 0, 0
	for _, q := range []Query{
		{By: []string{VariableArea}}, {By: []string{VariableInstitutionType}}, {By: []string{VariableArea, VariableInstitutionType}},
		{By: []string{"gender"}}, {By: []string{"age", VariableLanguage}}, {By: []string{"barriers"}}, {By: []string{"wish", "barriers"}},
		{Filters: []Condition{{VariableArea, "city"}}, By: []string{VariableArea}}, {By: []string{"more"}},
		{Filters: []Condition{{VariableArea, "d1"}}, By: []string{"gender"}}, {Filters: []Condition{{VariableLanguage, "ar"}}, By: []string{VariableArea}},
		{Filters: []Condition{{"barriers", "cost"}, {"children", "yes"}}}, {Filters: []Condition{{VariableArea, "d0"}}},
	} {
		answer, err := x.Query(q)
		if err != nil {
			t.Fatalf("%v: %v", q, err)
		}
		for _, group := range answer.Groups {
			var rows [][]string // of a joint figure, the values of all its groups
			members := func(values [][]string) (found []*person) {
				for _, p := range s.people {
					is := true
					for i, variable := range q.By {
						is = is && s.in(p, variable, values[i])
					}
					for _, filter := range q.Filters {
						wanted := []string{filter.Value}
						for _, joined := range answer.Joined {
							if slices.Contains(joined, filter.Value) {
								wanted = joined
							}
						}
						is = is && s.in(p, filter.Variable, wanted)
					}
					if is {
						found = append(found, p)
					}
				}
				return found
			}
			for _, f := range group.Figures {
				together := members(group.Values)
				if f.Together != nil {
					together = nil
					for _, at := range f.Together {
						together = append(together, members(answer.Groups[at].Values)...)
						rows = append(rows, answer.Groups[at].Values...)
					}
				}
				s.check(x, f, together)
				if f.Perturbed {
					changed++
				} else if f.Base != nil {
					exact++
				}
			}
			if n := len(members(group.Values)); group.Refused == NotRefused && (n < 5 || !group.Perturbed && *group.N != n) {
				t.Errorf("%v %v: %d people are shown as %d", q, group.Values, n, *group.N)
			}
			if group.Refused != NotRefused && len(group.Figures) > 0 {
				t.Errorf("%v %v is refused and shown %v", q, group.Values, rows)
			}
		}
	}
	if exact < 50 || changed < 200 {
		t.Errorf("%d exact and %d perturbed figures: too few to tell", exact, changed)
	}
}

// TestSameGroupSameFigure: by whatever way a group is reached.
func TestSameGroupSameFigure(t *testing.T) {
	_, x := closedWave(t, 4, 500, 4)
	by := must(x.Query(Query{By: []string{"gender", VariableLanguage}, Questions: []string{"age"}}))
	found := 0
	for _, group := range by.Groups {
		if len(group.Values[0]) > 1 || len(group.Values[1]) > 1 || group.Refused != NotRefused {
			continue
		}
		gender, language := group.Values[0][0], group.Values[1][0]
		for _, q := range []Query{
			{Filters: []Condition{{"gender", gender}, {VariableLanguage, language}}},
			{Filters: []Condition{{VariableLanguage, language}, {"gender", gender}}},
			{Filters: []Condition{{VariableLanguage, language}}, By: []string{"gender"}},
		} {
			q.Questions = []string{"age"}
			answer, err := x.Query(q)
			if err != nil {
				t.Fatal(err)
			}
			if len(answer.Joined) > 0 {
				continue // another group
			}
			for _, other := range answer.Groups {
				if len(q.By) == 1 && !slices.Equal(other.Values[0], []string{gender}) {
					continue
				}
				found++
				if line(other.Figures[0]) != line(group.Figures[0]) || *other.N != *group.N {
					t.Errorf("%s, %s: %s and %s", gender, language, line(other.Figures[0]), line(group.Figures[0]))
				}
			}
		}
	}
	if found < 6 {
		t.Errorf("only %d groups were compared", found)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	s := simulate(t, NewSchema(compiled(t, citySurvey())), 1, 5, 3)
	add := func(n int, area, gender, children string) {
		for range n {
			p := s.draw(0)
			p.area, p.kind, p.language = area, "t0", "de"
			p.answers["gender"], p.answers["children"], p.answers["status"] = []string{gender}, []string{children}, nil
			p.answers["barriers"] = []string{"cost"}
			s.arrive(p)
		}
	}
	add(20, "d0", "f", "yes")
	add(20, "d0", "m", "yes")
	add(20, "d1", "m", "no")
	add(3, "d2", "f", "no")
	s.publish(true)
	x := must(s.release.Explore(s.columns, s.breakdown, Options{}))
	cases := map[string]struct {
		query Query
		want  Refusal
		code  failure.Code
	}{
		"three conditions":   {Query{Filters: []Condition{{"gender", "f"}, {"children", "yes"}}, By: []string{"age"}}, TooManyConditions, failure.Invalid},
		"no such variable":   {Query{By: []string{"colour"}}, UnknownVariable, failure.Invalid},
		"no institutions":    {Query{By: []string{VariableInstitution}}, UnknownVariable, failure.Invalid},
		"no such value":      {Query{Filters: []Condition{{"gender", "x"}}}, UnknownValue, failure.Invalid},
		"no such question":   {Query{Questions: []string{"x"}}, UnknownVariable, failure.Invalid},
		"nobody":             {Query{Filters: []Condition{{"gender", "d"}}}, TooFewLeft, failure.Forbidden},
		"nobody is there":    {Query{Filters: []Condition{{VariableArea, "d1"}, {"gender", "d"}}}, TooFewLeft, failure.Forbidden},
		"all but three":      {Query{Filters: []Condition{{"children", "yes"}, {"gender", "f"}}}, LeftOut, failure.Forbidden},
		"all ticked":         {Query{Filters: []Condition{{"gender", "f"}, {"barriers", "cost"}}}, NotRefused, ""},
		"a question without": {Query{By: []string{"status"}}, HiddenVariable, failure.Forbidden},
		"nobody ticked":      {Query{Filters: []Condition{{"barriers", "none"}}}, TooFewLeft, failure.Forbidden},
	}
	for name, c := range cases {
		_, err := x.Query(c.query)
		failed := failure.As(err)
		if c.want == NotRefused && err == nil {
			continue
		}
		if failed == nil || failed.Key != "error.query_"+string(c.want) || failed.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Three women live outside the first district, in one of three people.
	answer, err := x.Query(Query{Filters: []Condition{{"gender", "f"}}, By: []string{VariableArea}})
	if err != nil || fmt.Sprint(answer.Joined) != "[[d0 d1 d2]]" || len(answer.Groups) != 1 {
		t.Errorf("joined %v, %v", answer.Joined, err)
	}
	areas := must(x.Query(Query{By: []string{VariableArea}}))
	if len(areas.Groups) != 2 || fmt.Sprint(areas.Groups[1].Values) != "[[d1 d2]]" || fmt.Sprint(areas.Joined) != "[[d1 d2]]" {
		t.Errorf("areas %v", areas.Joined)
	}
	empty := simulate(t, s.schema, 1, 5, 3)
	empty.publish(true)
	if _, err := empty.release.Explore(empty.columns, empty.breakdown, Options{}); failure.As(err).Key != "error.query_nothing_released" {
		t.Errorf("nobody answered: %v", err)
	}
}

// TestJoinedForGood: what was joined once stays so when more answer.
func TestJoinedForGood(t *testing.T) {
	s := simulate(t, NewSchema(compiled(t, citySurvey())), 2, 5, 3)
	come := func(n int, area string) {
		for range n {
			p := s.draw(0)
			p.area = area
			s.arrive(p)
		}
	}
	come(20, "d0")
	come(3, "d1")
	come(20, "d2")
	s.publish(false)
	come(20, "d1")
	come(20, "d2")
	s.publish(true)
	answer := must(must(s.release.Explore(s.columns, s.breakdown, Options{})).Query(Query{By: []string{VariableArea}, Questions: []string{"need"}}))
	if fmt.Sprint(answer.Joined) != "[[d1 d2]]" || len(answer.Groups) != 2 {
		t.Errorf("joined %v in %d groups", answer.Joined, len(answer.Groups))
	}
}

// TestPerturbedIntervals compares with the formula of METHODS 5.6.
func TestPerturbedIntervals(t *testing.T) {
	_, x := closedWave(t, 5, 300, 3)
	answer := must(x.Query(Query{Filters: []Condition{{VariableLanguage, "uk"}}, Questions: []string{"need"}}))
	f := answer.Groups[0].Figures[0]
	n, sum := 0, 0.0
	for _, cell := range f.Cells {
		n += *cell.Count
		sum += float64(*cell.Count) * cell.Score
	}
	mean, square, spread := sum/float64(n), 0.0, 0.0
	for _, cell := range f.Cells {
		square += float64(*cell.Count) * (cell.Score - mean) * (cell.Score - mean) / float64(n)
		spread += (cell.Score - mean) * (cell.Score - mean)
	}
	if !f.Perturbed || math.Abs(*f.Mean-mean) > 1e-12 {
		t.Fatalf("mean %v, want %v", value(f.Mean), mean)
	}
	// R: qt(0.975, n − 1); here by the interval of the exact table, which R checks.
	low, _, _ := (&shower{}).mean(n, &moments{Mean: mean, Variance: square}, independent())
	_, exactLow, _ := (&shower{}).mean(n, &moments{Mean: mean, Variance: square}, independent())
	half := math.Hypot(mean-*exactLow, 1.96*1.5*math.Sqrt(spread)/float64(n))
	if *low != mean || math.Abs(*f.MeanLow-max(mean-half, 1)) > 1e-12 {
		t.Errorf("the mean's interval begins at %v, want %v", *f.MeanLow, mean-half)
	}
	cell := f.Cells[1]
	p := float64(*cell.Count) / float64(n)
	z := 1.959963984540054
	middle, width := (p+z*z/(2*float64(n)))/(1+z*z/float64(n)), z*math.Sqrt(p*(1-p)/float64(n)+z*z/(4*float64(n)*float64(n)))/(1+z*z/float64(n))
	want := max(p-math.Hypot(p-(middle-width), 1.96*1.5/float64(n)), 0)
	if math.Abs(*cell.Share-p) > 1e-12 || math.Abs(*cell.Low-want) > 1e-9 {
		t.Errorf("share %v from %v, want %v from %v", *cell.Share, *cell.Low, p, want)
	}
}

// TestOldReleasesAreRead: those of format 2 have no groups, and show the same.
func TestOldReleasesAreRead(t *testing.T) {
	s, x := closedWave(t, 6, 100, 3)
	old := s.release.tables
	old.Format, old.Joined = oldFormat, nil
	old.Units = slices.Clone(old.Units)
	for i := range old.Units {
		unit := &old.Units[i]
		unit.Groups, unit.Shown, unit.Left, unit.Came, unit.Sizes, unit.Since = nil, nil, nil, nil, nil, 0
	}
	old.All.Groups, old.All.Shown, old.All.Left, old.All.Came, old.All.Sizes, old.All.Since = nil, nil, nil, nil, nil, 0
	read, err := ReadRelease(s.schema, must((&Release{old}).MarshalBinary()))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := read.Results(Options{}), x.results; line(got.Figures[0]) != line(want.Figures[0]) {
		t.Errorf("%s, want %s", line(got.Figures[0]), line(want.Figures[0]))
	}
	answer := must(must(read.Explore(s.columns, s.breakdown, Options{})).Query(Query{By: []string{VariableArea}, Questions: []string{"need"}}))
	for _, group := range answer.Groups {
		if f := group.Figures[0]; f.Base != nil && !f.Perturbed {
			t.Error("an old release has exact groups")
		}
	}
	// A snapshot of the old format is followed by a release without groups, as
	// nobody noted what was shown before.
	snapshot := must(ReadSnapshot(s.schema, must((&Snapshot{old}).MarshalBinary())))
	if made := Close(s.columns, snapshot, nil, s.breakdown); made.tables.Units[0].Groups != nil {
		t.Error("groups beside tables that nobody noted")
	}
}
