package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestWaveLife leads a wave from its preparation to its close; each step stands
// in the audit log.
func TestWaveLife(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		want := fieldwork.Wave{Slug: "w", Area: "de-nw-bochum", Areas: "a b", Breakdown: "institution_type area", K: 5, Access: fieldwork.BySingleCode, Languages: "de uk", PublicQuestions: "likes", PublicLicence: "CC0-1.0",
			Mandate: "Rat", MandateDay: "2026-01-15", MandateReference: "Drs. 7", Contact: "KI", Helpline: "115", Retention: "2027-01-01",
			Supervision: "2026-02-01", Council: "2026-02-02", Previous: "before", Kiosk: true}
		made, err := db.PrepareWave(ctx, "carla", want, tinySurvey(t))
		must(t, err)
		_, err = db.PrepareWave(ctx, "carla", want, tinySurvey(t))
		wantFailure(t, "the address again", err, failure.Conflict)
		read := func() *store.LiveWave {
			t.Helper()
			at.advance(time.Second)
			wave, err := db.Wave(ctx, "w")
			must(t, err)
			return wave
		}
		want = made.Wave
		if got := read(); got.Wave != want || got.State != fieldwork.Prepared {
			t.Errorf("read back %+v\nwant %+v", got.Wave, want)
		}
		_, err = db.Accept(ctx, read(), submission(t, made, id(1), yes()))
		wantFailure(t, "an answer to a prepared wave", err, failure.Gone)
		change := func(revision int, change func(*fieldwork.Wave)) error {
			return db.ChangeWave(ctx, "carla", "w", revision, nil, func(wave *fieldwork.Wave) error { change(wave); return nil })
		}
		must(t, change(0, func(w *fieldwork.Wave) { w.K, w.Until, w.State = 7, db.Today(), fieldwork.Closed }))
		wantFailure(t, "who was slower", change(0, func(w *fieldwork.Wave) { w.K = 9 }), failure.Conflict)
		must(t, change(1, func(*fieldwork.Wave) {})) // nothing: no line in the log, no new revision
		if got := read(); got.K != 7 || got.Revision != 1 || got.State != fieldwork.Prepared {
			t.Errorf("changed to %+v", got.Wave)
		}
		wantFailure(t, "closing what never opened", db.CloseWave(ctx, "carla", read()), failure.Conflict)
		wantFailure(t, "pausing what never opened", db.MoveWave(ctx, "carla", "w", fieldwork.Paused), failure.Conflict)
		must(t, db.MoveWave(ctx, "carla", "w", fieldwork.Open))
		wantFailure(t, "another k", change(2, func(w *fieldwork.Wave) { w.K = 3 }), failure.Conflict)
		wantFailure(t, "discarding what was opened", db.DiscardWave(ctx, "carla", "w"), failure.Conflict)
		wave := read()
		_, err = db.Accept(ctx, wave, submission(t, wave, id(2), yes()))
		wantFailure(t, "an answer without the code it needs", err, failure.Invalid)
		codes, err := db.CreateCodes(ctx, "carla", wave, fieldwork.Carried{Area: "de-nw-bochum"}, false, 2)
		must(t, err)
		must(t, db.MoveWave(ctx, "carla", "w", fieldwork.Paused))
		wave = read()
		late := submission(t, wave, id(3), yes())
		late.Code = codes[0]
		_, err = db.Accept(ctx, wave, late)
		must(t, err)
		counts, err := db.CodeCounts(ctx, wave.ID)
		if err != nil || len(counts) != 1 || counts[0].Made != 2 || counts[0].Unused != 1 {
			t.Errorf("codes %+v %v", counts, err)
		}
		waves, err := db.OpenWaves(ctx)
		if err != nil || len(waves) != 1 {
			t.Errorf("a paused wave is not among those that take answers: %v %v", waves, err)
		}
		must(t, db.MoveWave(ctx, "carla", "w", fieldwork.Open))
		must(t, db.CloseWave(ctx, "carla", read()))
		wantFailure(t, "opening what is closed", db.MoveWave(ctx, "carla", "w", fieldwork.Open), failure.Conflict)
		if got := read(); got.State != fieldwork.Closed || got.Release != 1 || got.K != 7 {
			t.Errorf("closed as %+v", got.Wave)
		}
		var actions []string
		for _, line := range lines(t, db) {
			actions = append(actions, strings.Fields(line)[1])
		}
		wantActions := []string{"wave.prepared", "wave.changed", "wave.opened", "codes.created", "wave.paused", "wave.resumed", "wave.closed"}
		if !slices.Equal(actions, wantActions) {
			t.Errorf("the log says %v", actions)
		}
		if line := lines(t, db)[1]; !strings.Contains(line, "k 5 → 7") || !strings.Contains(line, "until") {
			t.Errorf("the change is told as %s", line)
		}
	})
}

func TestAPausedWaveClosesByItself(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		_, err := db.OpenWave(ctx, "carla", fieldwork.Wave{Slug: "w", K: 5, Until: db.Today()}, tinySurvey(t))
		must(t, err)
		must(t, db.MoveWave(ctx, "carla", "w", fieldwork.Paused))
		at.advance(9 * 24 * time.Hour)
		if closed, err := db.CloseOverdue(ctx); err != nil || closed != 1 {
			t.Errorf("closed %d, %v", closed, err)
		}
		if last := lines(t, db)[2]; !strings.HasPrefix(last, account.Clock+" wave.closed") {
			t.Errorf("the log says %s", last)
		}
	})
}

func TestStrata(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave, err := db.PrepareWave(ctx, "carla", fieldwork.Wave{Slug: "w", K: 5}, tinySurvey(t))
		must(t, err)
		want := []fieldwork.Stratum{{Area: "a", Population: 30, Target: 10}, {Area: "a", InstitutionType: "gymnasium", Population: 12}, {Area: "b"}}
		for range 70 {
			want = append(want, fieldwork.Stratum{Area: "c", Institution: fieldwork.NewCode(), Population: 1})
		}
		slices.SortFunc(want[3:], func(a, b fieldwork.Stratum) int { return strings.Compare(a.Institution, b.Institution) })
		must(t, db.SetStrata(ctx, "carla", wave, want))
		got, err := db.Strata(ctx, wave.ID)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("read back %v %v", got, err)
		}
		read, err := db.Wave(ctx, "w")
		if err != nil || read.Population == nil || *read.Population != 112 || read.Revision != 1 {
			t.Errorf("the population is %+v %v", read.Wave, err)
		}
		must(t, db.SetStrata(ctx, "carla", wave, want[:1]))
		if got, err = db.Strata(ctx, wave.ID); err != nil || len(got) != 1 {
			t.Errorf("replaced by %v %v", got, err)
		}
		wantFailure(t, "twice the same", db.SetStrata(ctx, "carla", wave, []fieldwork.Stratum{want[0], want[0]}), failure.Invalid)
		must(t, db.DiscardWave(ctx, "carla", "w"))
		if got, err = db.Strata(ctx, wave.ID); err != nil || len(got) != 0 {
			t.Errorf("after discarding the wave %v %v", got, err)
		}
	})
}
