package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// offices are two instances on one database.
func offices(t *testing.T, dsn string) (one, two *jobs.Office, c *clock) {
	t.Helper()
	c = &clock{now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	made := make([]*jobs.Office, 2)
	for i := range made {
		db, err := store.Open(t.Context(), dsn, store.Options{Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		made[i] = jobs.New(jobs.Options{Now: c.Now, Folder: t.TempDir(), Shelf: db, Every: 20 * time.Millisecond})
		t.Cleanup(made[i].Close)
	}
	return made[0], made[1], c
}

// ended waits at the other instance until a job is over there as well.
func ended(t *testing.T, office *jobs.Office, id string) *jobs.Job {
	t.Helper()
	job, err := office.Find("ada", id)
	if err != nil {
		t.Fatal(err)
	}
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	if !job.Wait(ctx) {
		t.Fatal("the other instance hears nothing of its end")
	}
	if job, err = office.Find("ada", id); err != nil {
		t.Fatal(err)
	}
	return job
}

// TestAnotherInstance: whatever instance a browser is led to shows what any of
// them does, hands out its result and cancels it.
func TestAnotherInstance(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		one, two, c := offices(t, dsn)
		content := bytes.Repeat([]byte("0123456789abcdef"), 100_000) // some pieces
		job, err := one.Start(jobs.Task{Owner: "ada", Title: jobs.Say("title", "wave", "w", "kind", failure.Label("label")), Back: "/back",
			Permission: account.ReadResults, Subject: account.Subject{Area: "hamm"},
			Work: func(_ context.Context, report *jobs.Report) error {
				report.Tell(jobs.Count("told", 7, "number", 7))
				file, err := report.File("all.csv", "text/csv")
				if err == nil {
					_, err = file.Write(content)
				}
				return err
			}})
		if err != nil {
			t.Fatal(err)
		}
		there := ended(t, two, job.ID)
		status := there.Status()
		if there.Permission != account.ReadResults || there.Subject.Area != "hamm" || there.Back != "/back" || there.Title.Params["wave"] != "w" ||
			there.Title.Params["kind"] != failure.Label("label") || status.State != jobs.Done || status.Verdict[0].Params["number"] != 7 || status.File != "all.csv" {
			t.Errorf("seen elsewhere: %+v %+v", there.Task, status)
		}
		file, kind, err := there.Open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(file); err != nil || kind != "text/csv" || !bytes.Equal(got, content) {
			t.Errorf("result elsewhere: %d bytes of %s, %v", len(got), kind, err)
		}
		if _, err := two.Find("bob", job.ID); failure.CodeOf(err) != failure.NotFound {
			t.Errorf("somebody else's: %v", err)
		}
		if all := two.Of("ada"); len(all) != 1 || all[0].ID != job.ID {
			t.Errorf("list elsewhere: %d", len(all))
		}
		if all := one.Of("ada"); len(all) != 1 {
			t.Errorf("list here: %d", len(all))
		}
		c.advance(25 * time.Hour)
		if err := two.SweepShelf(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := two.Find("ada", job.ID); failure.CodeOf(err) != failure.NotFound {
			t.Errorf("a day later: %v", err)
		}
	})
}

func TestCancelledByAnotherInstance(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		one, two, _ := offices(t, dsn)
		job := start(t, one, "ada", func(ctx context.Context, _ *jobs.Report) error { <-ctx.Done(); return ctx.Err() })
		there, err := two.Find("ada", job.ID)
		if err != nil {
			t.Fatal(err)
		}
		there.Cancel()
		if state := ended(t, two, job.ID).Status().State; state != jobs.Cancelled {
			t.Errorf("elsewhere: %s", state)
		}
	})
}

// silent forgets to tell anything but the beginning, as an instance that died.
type silent struct {
	jobs.Shelf
	told bool
}

func (s *silent) PutJob(ctx context.Context, record store.JobRecord) (bool, error) {
	if s.told {
		return false, errors.New("dead")
	}
	s.told = true
	return s.Shelf.PutJob(ctx, record)
}

// TestLostInstance: what a dead instance was at is told to have failed.
func TestLostInstance(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		_, two, c := offices(t, dsn)
		db, err := store.Open(t.Context(), dsn, store.Options{Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		dying := jobs.New(jobs.Options{Now: c.Now, Folder: t.TempDir(), Shelf: &silent{Shelf: db}})
		t.Cleanup(dying.Close)
		job := start(t, dying, "ada", func(ctx context.Context, _ *jobs.Report) error { <-ctx.Done(); return ctx.Err() })
		if there, err := two.Find("ada", job.ID); err != nil || there.Status().State.Final() {
			t.Fatalf("at once: %v", err)
		}
		c.advance(2 * time.Minute)
		there, err := two.Find("ada", job.ID)
		if err != nil {
			t.Fatal(err)
		}
		if status := there.Status(); status.State != jobs.Failed || !strings.Contains(status.Err.Error(), "job_lost") {
			t.Errorf("two minutes later: %s, %v", status.State, status.Err)
		}
	})
}
