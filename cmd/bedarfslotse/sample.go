package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// samplePlan says which waves the demonstration has and how many made-up
// answers each gets.
type samplePlan struct {
	responses int
	waves     []sampleWave
}

// sampleWave is one wave of the demonstration.
type sampleWave struct {
	slug    string
	version *survey.Version
	share   float64       // of all sample answers
	ago     time.Duration // how long before today it opened
	lasted  time.Duration // 0 while open
	// languages in which answers come, with their weights.
	languages []weighted
	// carriers tells whose codes the answers come by: "schools", "areas", "".
	carriers string
	// released tells that figures of groups are released while it is open.
	released bool
}

type weighted struct {
	name   string
	weight float64
}

const day = 24 * time.Hour

func newSamplePlan(responses int) (*samplePlan, error) {
	arrived := []weighted{{"ar", 36}, {"uk", 26}, {"tr", 12}, {"en", 12}, {"de", 14}}
	german := []weighted{{"de", 97}, {"en", 3}}
	plan := &samplePlan{responses: responses, waves: []sampleWave{
		{slug: "families", share: 0.34, ago: 24 * day, languages: arrived, carriers: "areas", released: true},
		{slug: "young-people", share: 0.2, ago: 24 * day, languages: arrived, carriers: "areas", released: true},
		{slug: "schools", share: 0.16, ago: 20 * day, languages: german, carriers: "schools"},
		{slug: "youth-services", share: 0.06, ago: 20 * day, languages: german, carriers: "areas"},
		{slug: "shared-understanding", share: 0.1, ago: 20 * day, languages: german, carriers: "areas"},
		{slug: "schools-2025", share: 0.14, ago: 400 * day, lasted: 40 * day, languages: german, carriers: "schools"},
	}}
	ids := map[string]string{"young-people": "young_people", "youth-services": "youth_services",
		"shared-understanding": "shared_understanding", "schools-2025": "schools"}
	for i := range plan.waves {
		wave := &plan.waves[i]
		id := ids[wave.slug]
		if id == "" {
			id = wave.slug
		}
		s, findings, err := survey.ReadDir(library{}.fsys(), id)
		if err != nil {
			return nil, err
		}
		if wave.version, err = compiled(s, findings, id); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// mark identifies what the database was made of, the number of answers first.
func (plan *samplePlan) mark(now time.Time) string {
	mark := fmt.Sprint(plan.responses, " ", now.Format("2006-01"), " public released indicators reported offers questions")
	for _, wave := range plan.waves {
		mark += " " + wave.version.Hash[:12]
	}
	return mark
}

// seed fills an empty database. Time runs through the waves' days, so that
// answers lie in the past as real ones would.
func (plan *samplePlan) seed(ctx context.Context, actor string, db *store.DB, clock *movingClock, now time.Time) error {
	if err := seedPeople(ctx, actor, db); err != nil {
		return err
	}
	if err := seedOffers(ctx, actor, db, now); err != nil {
		return err
	}
	for i := range plan.waves {
		wave := &plan.waves[i]
		clock.set(now.Add(-wave.ago))
		if err := wave.seed(ctx, actor, db, clock, now, int(float64(plan.responses)*wave.share+0.5)); err != nil {
			return fmt.Errorf("wave %s: %w", wave.slug, err)
		}
	}
	clock.set(now)
	if err := seedIndicators(ctx, actor, db, now); err != nil {
		return fmt.Errorf("indicators: %w", err)
	}
	return db.Audit(ctx, account.Entry{Actor: actor, Action: account.SampleMade, Effect: account.Effect("responses", plan.responses)})
}

// movingClock is the store's clock while sample answers are made.
type movingClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *movingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *movingClock) set(now time.Time) {
	c.mu.Lock()
	c.now = now
	c.mu.Unlock()
}

func (w *sampleWave) seed(ctx context.Context, actor string, db *store.DB, clock *movingClock, now time.Time, responses int) error {
	until := now.Add(60 * day)
	wave, err := db.OpenWave(ctx, actor, fieldwork.Wave{
		Slug: w.slug, Opened: db.Today(), Until: until.Format(time.DateOnly), K: fieldwork.DefaultK, Sample: true, Institutions: w.carriers == "schools",
		Purpose:    "Vorführung: Diese Befragung und alle Antworten sind erfunden.",
		LegalBasis: "Art. 6 Abs. 1 Buchst. e DSGVO (Beispiel)",
		Mandate:    "Ratsbeschluss (Beispiel)",
		Contact:    "Kommunales Integrationszentrum (Beispiel)",
		Retention:  lastKept(until),
	}, w.version)
	if err != nil {
		return err
	}
	if wave, err = w.divide(ctx, actor, db, wave); err != nil {
		return err
	}
	codes, err := w.codes(ctx, actor, db, wave)
	if err != nil {
		return err
	}
	end := now
	if w.lasted > 0 {
		end = clock.Now().Add(w.lasted)
	}
	// Fixed seeds: the same demonstration on every machine.
	s := &sampler{random: newRandom(uint64(len(w.slug))), version: wave.Version}
	start := clock.Now()
	const steps = 20 // days on which answers come
	for step := range steps {
		clock.set(start.Add(end.Sub(start) * time.Duration(step) / steps))
		from, to := responses*step/steps, responses*(step+1)/steps
		if err := w.answer(ctx, db, wave, s, codes, to-from); err != nil {
			return err
		}
	}
	clock.set(end)
	if w.released {
		return db.ReleaseWave(ctx, actor, wave)
	}
	if w.lasted == 0 {
		return nil
	}
	if err := w.end(ctx, actor, db, end); err != nil {
		return err
	}
	return w.publish(ctx, actor, db)
}

// lastKept is the last day on which answers to a wave of the demonstration are kept.
func lastKept(until time.Time) string { return until.Add(180 * day).Format(time.DateOnly) }

// end closes a wave of the past. It learns its last day only now: another
// demonstration on the same database closes what is overdue, and would do so while
// answers are still coming.
func (w *sampleWave) end(ctx context.Context, actor string, db *store.DB, until time.Time) error {
	wave, err := db.Wave(ctx, w.slug)
	if err != nil {
		return err
	}
	err = db.ChangeWave(ctx, actor, w.slug, wave.Revision, nil, func(wave *fieldwork.Wave) error {
		wave.Until, wave.Retention = until.Format(time.DateOnly), lastKept(until)
		return nil
	})
	if err != nil {
		return err
	}
	if wave, err = db.Wave(ctx, w.slug); err != nil {
		return err
	}
	if err = db.CloseWave(ctx, actor, wave); failure.CodeOf(err) == failure.Conflict {
		return nil // the other was quicker
	}
	return err
}

// divide states how many pupils go to school in each town, as a wave of families
// and young people can be weighted by them.
func (w *sampleWave) divide(ctx context.Context, actor string, db *store.DB, wave *store.LiveWave) (*store.LiveWave, error) {
	if !w.released {
		return wave, nil
	}
	institutions, err := db.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	if err := db.SetStrata(ctx, actor, wave, fieldwork.ProposeStrata(institutions, "area", true)); err != nil {
		return nil, err
	}
	return db.Wave(ctx, w.slug)
}

// publish lets everybody read what the closed wave asked for opinions.
func (w *sampleWave) publish(ctx context.Context, actor string, db *store.DB) error {
	wave, err := db.Wave(ctx, w.slug)
	if err != nil {
		return err
	}
	var questions []string
	for _, e := range wave.Version.Elements {
		if e.Node != nil && e.Measures != nil && wave.Schema.Publishes(e.Name) {
			questions = append(questions, e.Name)
		}
	}
	return db.PublishResults(ctx, actor, wave, questions, fieldwork.Licences()[0].ID)
}

// sideBySide is how many made-up answers are stored at the same time: some commits
// full, and no more than are stored before one of them gives up waiting.
const sideBySide = 1000

// answer makes up answers and stores them side by side, as phones would.
func (w *sampleWave) answer(ctx context.Context, db *store.DB, wave *store.LiveWave, s *sampler, codes []string, count int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for range count {
		submission := s.submission(pick(s.random, w.languages), codes)
		group.Go(func() error {
			_, err := db.Accept(ctx, wave, submission)
			return err
		})
	}
	return group.Wait()
}

// codes makes group codes for some schools or for the areas.
func (w *sampleWave) codes(ctx context.Context, actor string, db *store.DB, wave *store.LiveWave) ([]string, error) {
	var carried []fieldwork.Carried
	switch w.carriers {
	case "schools":
		institutions, err := db.Institutions(ctx)
		if err != nil {
			return nil, err
		}
		for i, one := range institutions {
			if i%6 == 0 { // about fifty of the three hundred take part
				carried = append(carried, fieldwork.Carried{Area: one.Area, InstitutionType: one.Type, Institution: one.Number})
			}
		}
	case "areas":
		known, err := areas(ctx, db)
		if err != nil {
			return nil, err
		}
		for _, area := range known.AtLevel("stadt") {
			carried = append(carried, fieldwork.Carried{Area: area.Key})
		}
	}
	var codes []string
	for _, one := range carried {
		made, err := db.CreateCodes(ctx, actor, wave, one, true, 1)
		if err != nil {
			return nil, err
		}
		codes = append(codes, made...)
	}
	return codes, nil
}

func newRandom(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(2026, seed)) //nolint:gosec // sample answers are no secret
}

func pick(random *rand.Rand, from []weighted) string {
	total := 0.0
	for _, one := range from {
		total += one.weight
	}
	at := random.Float64() * total
	for _, one := range from {
		if at -= one.weight; at < 0 {
			return one.name
		}
	}
	return from[len(from)-1].name
}

// submission makes up one respondent.
func (s *sampler) submission(language string, codes []string) store.Submission {
	one := store.Submission{ID: s.id(), Language: language, Duration: uint8(1 + s.random.IntN(4))}
	if len(codes) > 0 {
		one.Code = codes[min(s.random.IntN(len(codes)), s.random.IntN(len(codes)))] // some answer more than others
	}
	one.Fields, one.Answers = s.answers()
	return one
}

func (s *sampler) id() string { return fmt.Sprintf("sample-%016x", s.random.Uint64()) }
