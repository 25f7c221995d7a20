package server

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// manyAnswered is an office in which a wave has very many answers.
type manyAnswered struct {
	Office
	make func() (*analysis.Explorer, error)
	made *analysis.Explorer
}

// Explorer makes one for each page, so that nothing is remembered from the last.
func (m *manyAnswered) Explorer(context.Context, *store.LiveWave) (made *analysis.Explorer, err error) {
	if m.made == nil {
		m.made, err = m.make()
	}
	return m.made, err
}

// millions fills columns for a wave with a million answers to all its questions.
func millions(b *testing.B, d *testDesk, wave *store.LiveWave) func() (*analysis.Explorer, error) {
	b.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	columns := analysis.NewColumns(wave.Schema)
	const portion = 50_000
	rows := make([]*analysis.Row, portion)
	for i := range rows {
		rows[i] = wave.Schema.NewRow()
	}
	for first := 0; first < 1_000_000; first += portion {
		for _, row := range rows {
			row.Reset()
			row.Key, row.Language = random.Uint64(), []string{"de", "ar", "uk"}[random.IntN(3)]
			row.Area, row.InstitutionType = []string{own, inside, foreign}[random.IntN(3)], []string{"grundschule", "gesamtschule", "gymnasium"}[random.IntN(3)]
			for _, e := range wave.Version.Elements {
				if e.Choices == nil || e.Within != nil || !e.Type.Selects() {
					continue
				}
				at := random.IntN(len(e.Choices.Choices))
				if err := row.Set(analysis.Main, e, analysis.Given, e.Choices.Choices[at].Name); err != nil {
					b.Fatal(err)
				}
			}
		}
		chunk, err := wave.Schema.Encode(nil, uint64(first+1), rows, nil)
		check(b, err)
		check(b, columns.Load(chunk))
	}
	areas, types, err := d.places(context.Background(), d.db)
	check(b, err)
	breakdown := analysis.Breakdown{Order: []string{analysis.VariableArea, analysis.VariableInstitutionType}, Areas: areas, InstitutionTypes: types}
	release := analysis.Close(columns, analysis.NewSnapshot(wave.Schema, 5), nil, breakdown)
	strata := []analysis.Stratum{{Area: own, Population: 900_000}, {Area: foreign, Population: 700_000}}
	return func() (*analysis.Explorer, error) {
		return release.Explore(columns, breakdown, analysis.Options{Strata: strata})
	}
}

// BenchmarkExplorePage asks for whole pages of the explorer over a million
// responses, of an explorer that is made for the page and remembers nothing: with
// the tests of all questions. With forty questions no page is to take more than
// 200 ms on an idle machine.
func BenchmarkExplorePage(b *testing.B) {
	d := newTestDesk(b)
	d.person(b, "anna", account.Grant{Role: account.Administrator})
	d.answered(b, "town", "schools", 0)
	wave, err := d.db.Wave(context.Background(), "town")
	check(b, err)
	office := &manyAnswered{Office: d.db, make: millions(b, d, wave)}
	d.desk.Office = office
	asked := 0
	for _, e := range wave.Version.Elements {
		if wave.Schema.Shows(e) {
			asked++
		}
	}
	v := d.sign(b, "anna")
	at := slices.IndexFunc(wave.Version.Elements, func(e *survey.Element) bool { return e.Scale > 0 })
	page := "/manage/waves/town/explore?question=" + wave.Version.Elements[at].Name
	for name, query := range map[string]string{
		"by area": "&by=area", "by area, weighted": "&by=area&weights=on", "by language": "&by=language",
		"by area and type": "&by=area&by=institution_type", "filtered": "&filter=language:ar&by=area",
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				office.made = nil
				if got := v.get(page + query); got.Code != http.StatusOK {
					b.Fatalf("%d %.2000s", got.Code, got.Body)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(asked), "questions")
		})
	}
}
