package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/survey"
)

// citySurvey has opinions of every kind, questions that identify somebody, a
// sensitive one, and an opinion that only some are asked for.
func citySurvey() *survey.Survey {
	s := &survey.Survey{ID: "city", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("City"),
		Choices: []*survey.ChoiceList{scaleList("scale", 5), choices("wish", "sport", "music", "quiet", "dont_know"),
			choices("barrier", "cost", "distance", "language", "none"), choices("yesno", "yes", "no"),
			choices("gender", "f", "m", "d", "none"), choices("age", "a1", "a2", "a3", "a4", "a5"), choices("status", "s1", "s2", "s3")}}
	add := func(kind survey.Type, name, list string, as survey.Aspect) *survey.Node {
		n := &survey.Node{Type: kind, Name: name, List: list, Label: text(name)}
		if as != "" {
			n.Measures = &survey.Measure{Field: "language_support", As: as}
		}
		s.Nodes = append(s.Nodes, n)
		return n
	}
	add(survey.SelectOne, "need", "scale", survey.Need)
	add(survey.SelectOne, "importance", "scale", survey.Importance)
	add(survey.SelectOne, "state", "scale", survey.State)
	add(survey.SelectOne, "wish", "wish", survey.Need)
	add(survey.SelectMultiple, "barriers", "barrier", survey.Barrier)
	add(survey.SelectOne, "more", "scale", survey.Consensus).Relevant = "${wish} = 'sport'"
	add(survey.SelectOne, "children", "yesno", "")
	add(survey.SelectOne, "gender", "gender", "")
	add(survey.SelectOne, "age", "age", "")
	add(survey.SelectMultiple, "speaks", "gender", "")
	add(survey.SelectOne, "status", "status", "").Sensitive = true
	add(survey.SelectOne, "school", "scale", survey.Need).Relevant = "${children} = 'yes'"
	return s
}

// person is one respondent of a simulated wave.
type person struct {
	key, change uint64
	area, kind  string
	language    string
	answers     map[string][]string // "-" for not asked, none for no answer
	gone        bool
}

// simulation is a wave that a test drives, and what was published of it.
type simulation struct {
	t         test
	random    *rand.Rand
	k         int
	schema    *Schema
	columns   *Columns
	breakdown Breakdown
	snapshot  *Snapshot
	release   *Release
	people    []*person
	variables []Variable // that the tests calculate
	next      uint64
	pages     int                 // shown so far
	published map[int][][]*person // by unit (−1 for all), the members of every table ever shown
}

// simulate begins a wave in a city of some districts.
func simulate(t test, schema *Schema, seed uint64, k, districts int) *simulation {
	s := &simulation{t: t, random: rand.New(rand.NewPCG(seed, 59)), k: k, schema: schema, columns: NewColumns(schema),
		snapshot: NewSnapshot(schema, k), next: 1, published: map[int][][]*person{}}
	s.breakdown = Breakdown{Order: []string{VariableArea, VariableInstitutionType}, InstitutionTypes: []string{"t0", "t1", "t2"},
		Areas: []catalogue.Area{{Key: "city"}}}
	for i := range districts {
		s.breakdown.Areas = append(s.breakdown.Areas, catalogue.Area{Key: fmt.Sprint("d", i), Parent: "city"})
	}
	return s
}

// draw makes somebody who lives in a district.
func (s *simulation) draw(district int) *person {
	r := s.random
	p := &person{key: r.Uint64(), area: fmt.Sprint("d", district), kind: fmt.Sprint("t", r.IntN(3)),
		language: []string{"de", "ar", "uk"}[int(math.Sqrt(r.Float64()*9))], answers: map[string][]string{}}
	if r.IntN(40) == 0 {
		p.area = "city"
	}
	if r.IntN(40) == 0 {
		p.kind = ""
	}
	for _, e := range s.schema.version.Elements {
		if e.Choices == nil {
			p.answers[e.Name] = drawPlain(r, e.Type)
			continue
		}
		list := e.Choices.Choices
		// Answers differ between districts, and the first ones are more frequent.
		choice := func() string {
			at := int(math.Abs(r.NormFloat64())*float64(len(list))/3 + float64(district%3)/2)
			return list[min(at, len(list)-1)].Name
		}
		switch {
		case e.Name == "more" && !slices.Equal(p.answers["wish"], []string{"sport"}), e.Name == "school" && !slices.Equal(p.answers["children"], []string{"yes"}):
			p.answers[e.Name] = []string{"-"}
		case r.IntN(25) == 0:
		case e.Type == survey.SelectMultiple:
			for _, one := range list {
				if r.IntN(3) == 0 {
					p.answers[e.Name] = append(p.answers[e.Name], one.Name)
				}
			}
		default:
			p.answers[e.Name] = []string{choice()}
		}
	}
	return p
}

// drawPlain draws a number or a date.
func drawPlain(r *rand.Rand, kind survey.Type) []string {
	years := int(r.ExpFloat64() * 8)
	switch {
	case r.IntN(25) == 0:
		return nil
	case kind == survey.Date:
		return []string{fmt.Sprintf("%04d-%02d-01", 2025-years, 1+r.IntN(12))}
	}
	return []string{fmt.Sprint(years)}
}

// arrive stores people who came together.
func (s *simulation) arrive(people ...*person) {
	var rows []*Row
	for _, p := range people {
		p.change = s.next + uint64(len(rows))
		row := s.schema.NewRow()
		row.Key, row.Area, row.InstitutionType, row.Language = p.key, p.area, p.kind, p.language
		for _, e := range s.schema.version.Elements {
			values, state := p.answers[e.Name], Given
			if len(values) == 1 && values[0] == "-" {
				values, state = nil, NotAsked
			}
			if err := row.Set(Main, e, state, values...); err != nil {
				s.t.Fatal(err)
			}
		}
		rows = append(rows, row)
	}
	s.load(rows, nil)
	s.people = append(s.people, people...)
}

func (s *simulation) load(rows []*Row, removals []uint64) {
	if err := s.columns.Load(must(s.schema.Encode(nil, s.next, rows, removals))); err != nil {
		s.t.Fatal(err)
	}
	s.next += uint64(len(rows) + len(removals))
}

// withdraw takes n people out at once.
func (s *simulation) withdraw(n int) {
	var keys []uint64
	for range n {
		if p := s.people[s.random.IntN(len(s.people))]; !p.gone {
			p.gone = true
			keys = append(keys, p.key)
		}
	}
	if len(keys) > 0 {
		s.load(nil, keys)
	}
}

// inBase tells whether a person counts towards a unit's base.
func (s *simulation) inBase(p *person, unit int) bool {
	if unit < 0 {
		return true
	}
	for _, q := range s.schema.units[unit] {
		if !slices.ContainsFunc(p.answers[q.element.Name], func(name string) bool { return name != "-" && name != "dont_know" }) {
			return false
		}
	}
	return true
}

// members are those present in a unit's base within its limit whom pick takes.
func (s *simulation) members(unit int, limit uint32, pick func(*person) bool) (found []*person) {
	for _, p := range s.people {
		if !p.gone && p.change <= uint64(limit) && s.inBase(p, unit) && pick(p) {
			found = append(found, p)
		}
	}
	return found
}

func everybody(*person) bool { return true }

// note remembers the whole-wave tables that are new.
func (s *simulation) note(before, now *tables) {
	for i := -1; i < len(s.schema.units); i++ {
		old, one := before.All, now.All
		if i >= 0 {
			old, one = before.Units[i], now.Units[i]
		}
		if one.shown() > 0 && (old.Limit != one.Limit || old.Removed != one.Removed || old.shown() != one.shown()) {
			s.published[i] = append(s.published[i], s.members(i, one.Limit.Online, everybody))
			if got := len(s.published[i][len(s.published[i])-1]); got != one.shown() {
				s.t.Fatalf("unit %d shows %d, has %d", i, one.shown(), got)
			}
		}
	}
}

// look is somebody looking at the page of the open wave.
func (s *simulation) look() {
	s.pages++
	next, _ := s.snapshot.Advance(s.columns)
	next = must(ReadSnapshot(s.schema, must(next.MarshalBinary())))
	s.note(&s.snapshot.tables, &next.tables)
	s.snapshot = next
}

// publish makes a release, the last one when closing.
func (s *simulation) publish(closing bool) {
	s.pages++
	made := Publish(s.columns, s.snapshot, s.release, s.breakdown)
	if closing {
		made = Close(s.columns, s.snapshot, s.release, s.breakdown)
	}
	s.release = must(ReadRelease(s.schema, must(made.MarshalBinary())))
	s.note(&s.snapshot.tables, &s.release.tables)
	s.snapshot = must(ReadSnapshot(s.schema, must(s.release.Snapshot().MarshalBinary())))
	for i := -1; i < len(s.schema.units); i++ {
		unit := s.release.tables.All
		if i >= 0 {
			unit = s.release.tables.Units[i]
		}
		if unit.Groups == nil {
			continue
		}
		for _, one := range unit.Groups.Parts {
			members := s.members(i, unit.Limit.Online, func(p *person) bool { return slices.Contains(one.Cells, s.breakdown.cell(p.area, p.kind)) })
			if len(members) != one.Holders {
				s.t.Fatalf("unit %d: a part of %d has %d members", i, one.Holders, len(members))
			}
			s.published[i] = append(s.published[i], members)
		}
	}
}

// run lets n people come, some of them a district at a time, with people
// looking, withdrawing and releasing in between, and closes the wave.
func (s *simulation) run(n int, releases int) {
	districts := len(s.breakdown.Areas) - 1
	early := map[int]bool{}
	for range releases {
		early[n/3+s.random.IntN(n*2/3)] = true
	}
	class := 0
	for came := 0; came < n; {
		batch := 1 + s.random.IntN(2*s.k)
		if class--; class < -3 {
			class = s.random.IntN(3)
		}
		home := s.random.IntN(districts)
		for range batch {
			district := home
			if class <= 0 {
				district = int(float64(districts) * math.Pow(s.random.Float64(), 1.3))
			}
			s.arrive(s.draw(district))
			came++
			if early[came] {
				if s.random.IntN(2) == 0 {
					s.withdraw(1 + s.random.IntN(s.k))
				}
				s.publish(false)
			}
		}
		if s.random.IntN(1+n/60) == 0 {
			s.look()
		}
		if s.random.IntN(40) == 0 {
			s.withdraw(s.k + s.random.IntN(3))
		}
	}
	if s.random.IntN(3) == 0 {
		s.withdraw(1 + s.random.IntN(s.k))
	}
	s.publish(true)
}
