package main

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/store"
)

// TestSampleBesideAnother fills the database of the demonstration while another one
// that runs on it closes what is overdue by the real clock.
func TestSampleBesideAnother(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "demo.db")
	clock := &movingClock{now: now}
	open := func(now func() time.Time) *store.DB {
		db, err := store.Open(t.Context(), path, store.Options{Now: now, Places: places})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db, other := open(clock.Now), open(func() time.Time { return now })
	stop := make(chan struct{})
	var around sync.WaitGroup
	t.Cleanup(func() {
		close(stop)
		around.Wait()
		_, _ = other.Close(), db.Close()
	})
	around.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := other.CloseOverdue(t.Context()); err != nil && t.Context().Err() == nil {
				t.Error(err)
			}
		}
	})
	plan, err := newSamplePlan(200)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.seed(t.Context(), account.CommandLine, db, clock, now); err != nil {
		t.Fatal(err)
	}
	wave, err := db.Wave(t.Context(), "schools-2025")
	if err != nil {
		t.Fatal(err)
	}
	if closed, until := wave.Closed, "2025-12-04"; wave.Living() || wave.Until != until || closed == "" {
		t.Errorf("until %s, not %s; closed %q", wave.Until, until, closed)
	}
}
