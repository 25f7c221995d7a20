package analysis

import (
	"fmt"
	"sync"
	"testing"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/survey"
)

// opinionVolume is a million responses to forty opinions, from fifteen areas and
// eight types of institution.
var opinionVolume = sync.OnceValue(func() *volume {
	s := volumeSurvey()
	for i, n := range s.Nodes {
		if i >= 31 { // numbers, dates and texts become choices, as groups are of choices
			n.Type, n.List = survey.SelectOne, "some"
		}
		n.Measures = &survey.Measure{Field: "language_support", As: survey.Need}
	}
	return makeVolume(s)
})

func volumeBreakdown() Breakdown {
	b := Breakdown{Order: []string{VariableArea, VariableInstitutionType}}
	for i := range 15 {
		b.Areas = append(b.Areas, catalogue.Area{Key: fmt.Sprint("area", i)})
	}
	for i := range 8 {
		b.InstitutionTypes = append(b.InstitutionTypes, fmt.Sprint("type", i))
	}
	return b
}

// BenchmarkExactGroups is what a release of a million responses needs beyond
// the tables of the whole wave: the exact groups of forty questions. Of the wave
// a snapshot was shown before, so that the groups have to be checked against it.
func BenchmarkExactGroups(b *testing.B) {
	v := opinionVolume()
	columns := v.load(b, v.large)
	snapshot, _ := NewSnapshot(v.schema, 5).Advance(columns)
	for name, shown := range map[string]*Snapshot{"first": NewSnapshot(v.schema, 5), "after a snapshot": snapshot} {
		b.Run(name, func(b *testing.B) {
			view := columns.memory.View()
			release := Close(columns, shown, nil, Breakdown{})
			for b.Loop() {
				atlas := newAtlas(view, release.tables.All.Limit, volumeBreakdown(), nil)
				parallel(len(v.schema.units), func(i int) {
					g := atlas.divide(release.tables.Units[i], v.schema.units[i], shown.tables.Units[i], nil, disclosure.Guard{K: 5}, false)
					if g == nil || len(g.Parts) != 120 {
						panic("not divided")
					}
				})
			}
		})
	}
	b.Run("whole release", func(b *testing.B) {
		for b.Loop() {
			Close(columns, snapshot, nil, volumeBreakdown())
		}
	})
}

// BenchmarkQuery is one question under two conditions, none of which is a
// breakdown variable.
func BenchmarkQuery(b *testing.B) {
	v := opinionVolume()
	columns := v.load(b, v.large)
	release := Close(columns, NewSnapshot(v.schema, 5), nil, volumeBreakdown())
	x := must(release.Explore(columns, volumeBreakdown(), Options{}))
	scale, list := v.schema.questions[0].element.Name, v.schema.questions[15].element.Name
	for name, q := range map[string]Query{
		"two filters":             {Filters: []Condition{{VariableLanguage, "ar"}, {list, "f2"}}, Questions: []string{scale}},
		"a filter and a division": {Filters: []Condition{{VariableLanguage, "ar"}}, By: []string{list}, Questions: []string{scale}},
		"two divisions":           {By: []string{VariableArea, list}, Questions: []string{scale}},
		"exact by area":           {By: []string{VariableArea}, Questions: []string{scale}},
		"all questions by type":   {By: []string{VariableInstitutionType}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if answer, err := x.Query(q); err != nil || len(answer.Groups) == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCalculated is what calculated variables cost: when an explorer is made
// ready, and as a question and a condition.
func BenchmarkCalculated(b *testing.B) {
	v := opinionVolume()
	columns := v.load(b, v.large)
	release := Close(columns, NewSnapshot(v.schema, 5), nil, volumeBreakdown())
	var variables []Variable
	for i := 14; i < 24; i++ {
		variables = append(variables, recoded(fmt.Sprint("v", i), v.schema.questions[i].element.Name, []string{"f0", "f1"}, []string{"f2", "f3"}))
	}
	for n, name := range map[int]string{0: "ready without", 10: "ready with ten"} {
		options := Options{Calculated: v.schema.Calculate(variables[:n])}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(release.Explore(columns, volumeBreakdown(), options))
			}
		})
	}
	x := must(release.Explore(columns, volumeBreakdown(), Options{Calculated: v.schema.Calculate(variables)}))
	for name, q := range map[string]Query{
		"under two conditions": {Filters: []Condition{{"v15", "c1"}}, By: []string{"v16"}, Questions: []string{"v14"}},
		"stored beside it":     {Filters: []Condition{{"q15", "f1"}}, By: []string{"q16"}, Questions: []string{"q14"}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if answer, err := x.Query(q); err != nil || len(answer.Groups) == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}
