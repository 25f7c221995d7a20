package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
)

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t *testing.T, options jobs.Options) (*jobs.Office, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	options.Now, options.Folder = c.Now, t.TempDir()
	office := jobs.New(options)
	t.Cleanup(office.Close)
	t.Cleanup(func() {
		if left, err := os.ReadDir(options.Folder); err != nil || len(left) > 0 {
			t.Errorf("left in the folder: %v, %v", left, err)
		}
	})
	return office, c
}

func start(t *testing.T, office *jobs.Office, owner string, work func(context.Context, *jobs.Report) error) *jobs.Job {
	t.Helper()
	job, err := office.Start(jobs.Task{Owner: owner, Title: jobs.Say("x"), Work: work})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// wait fails the test where a job does not end.
func wait(t *testing.T, job *jobs.Job) jobs.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if !job.Wait(ctx) {
		t.Fatalf("the job goes on: %+v", job.Status())
	}
	return job.Status()
}

// TestResult: a job says how far it is, and its file is there when it is done,
// for its owner and for a day.
func TestResult(t *testing.T) {
	office, clock := open(t, jobs.Options{})
	told, goOn := make(chan bool), make(chan bool)
	job := start(t, office, "anna", func(_ context.Context, report *jobs.Report) error {
		out, err := report.File("a.csv", "text/csv")
		if err != nil {
			return err
		}
		fmt.Fprint(out, "half")
		report.Step(jobs.Say("step"))
		report.Progress(1, 2)
		close(told)
		<-goOn
		fmt.Fprint(out, " whole")
		report.Tell(jobs.Count("rows", 2, "of", 3))
		report.Next("/on", jobs.Say("on"))
		return nil
	})
	<-told
	if now := job.Status(); now.State != jobs.Running || now.Step.Key != "step" || now.Done != 1 || now.Total != 2 || now.File != "" {
		t.Errorf("half way: %+v", now)
	}
	if _, _, err := job.Open(); failure.CodeOf(err) != failure.NotFound {
		t.Errorf("half a file can be had: %v", err)
	}
	close(goOn)
	now := wait(t, job)
	if now.State != jobs.Done || now.File != "a.csv" || now.Size != 10 || now.Next != "/on" || now.NextWords.Key != "on" ||
		len(now.Verdict) != 1 || now.Verdict[0].Count != 2 || !now.Verdict[0].Plural || now.Verdict[0].Params["of"] != 3 {
		t.Errorf("in the end: %+v", now)
	}
	for range 2 {
		content, kind, err := job.Open()
		if err != nil || kind != "text/csv" {
			t.Fatal(kind, err)
		}
		if text, err := io.ReadAll(content); err != nil || string(text) != "half whole" {
			t.Errorf("the file holds %q, %v", text, err)
		}
	}
	if found, err := office.Find("anna", job.ID); err != nil || found != job || len(office.Of("anna")) != 1 {
		t.Errorf("its owner does not find it: %v", err)
	}
	if _, err := office.Find("cem", job.ID); failure.CodeOf(err) != failure.NotFound || len(office.Of("cem")) != 0 {
		t.Errorf("somebody else finds it: %v", err)
	}
	clock.advance(24 * time.Hour)
	if _, err := office.Find("anna", job.ID); err != nil {
		t.Errorf("after a day: %v", err)
	}
	clock.advance(time.Second)
	if _, err := office.Find("anna", job.ID); failure.CodeOf(err) != failure.NotFound {
		t.Errorf("after more than a day: %v", err)
	}
	if _, _, err := job.Open(); err == nil {
		t.Error("the file can still be had")
	}
}

// TestCancel: a cancelled job stops, waiting or at work, leaves nothing, and its
// goroutine ends.
func TestCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	office, _ := open(t, jobs.Options{AtOnce: 1})
	began := make(chan bool)
	long := func(ctx context.Context, report *jobs.Report) error {
		if _, err := report.File("a.csv", "text/csv"); err != nil {
			return err
		}
		close(began)
		<-ctx.Done()
		return fmt.Errorf("row 7: %w", errors.New("the connection was closed")) // as drivers do
	}
	first := start(t, office, "anna", long)
	<-began
	second := start(t, office, "anna", func(context.Context, *jobs.Report) error {
		t.Error("the second one began")
		return nil
	})
	if now := second.Status(); now.State != jobs.Waiting {
		t.Errorf("two at once: %+v", now)
	}
	for _, job := range []*jobs.Job{second, first} {
		job.Cancel()
		if now := wait(t, job); now.State != jobs.Cancelled || now.File != "" || now.Err != nil {
			t.Errorf("cancelled: %+v", now)
		}
	}
	office.Close()
	for range 1000 { // the last one has said that it ended and is about to
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

// TestFailing: an error is kept for its owner and told to the log, and a panic
// is no more than that.
func TestFailing(t *testing.T) {
	var log bytes.Buffer
	office, _ := open(t, jobs.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	known := wait(t, start(t, office, "anna", func(context.Context, *jobs.Report) error {
		return fmt.Errorf("export: %w", failure.New(failure.Forbidden, "error.export_too_few", "k", 5))
	}))
	if known.State != jobs.Failed || failure.As(known.Err).Key != "error.export_too_few" || log.Len() > 0 {
		t.Errorf("a known failure: %+v, %s", known, &log)
	}
	thrown := wait(t, start(t, office, "anna", func(context.Context, *jobs.Report) error { panic("oh") }))
	if thrown.State != jobs.Failed || failure.CodeOf(thrown.Err) != failure.Internal {
		t.Errorf("a panic: %+v", thrown)
	}
	office.Close() // the log is written by then
	if !strings.Contains(log.String(), "panic: string") || !strings.Contains(log.String(), "jobs_test.go") {
		t.Errorf("the log says %s", &log)
	}
}

// TestBounds: one person does not take all the room, and nothing begins when
// the program stops, which waits for what is under way.
func TestBounds(t *testing.T) {
	office, _ := open(t, jobs.Options{PerOwner: 2})
	began, stopped := make(chan bool, 2), make(chan bool, 2)
	long := func(ctx context.Context, _ *jobs.Report) error {
		began <- true
		<-ctx.Done()
		stopped <- true
		return ctx.Err()
	}
	first := start(t, office, "anna", long)
	start(t, office, "anna", long)
	if _, err := office.Start(jobs.Task{Owner: "anna", Work: long}); failure.CodeOf(err) != failure.TooMany {
		t.Errorf("a third one: %v", err)
	}
	<-began
	<-began
	first.Cancel()
	wait(t, first)
	third := start(t, office, "anna", func(context.Context, *jobs.Report) error { return nil })
	if now := wait(t, third); now.State != jobs.Done {
		t.Errorf("after the first has ended: %+v", now)
	}
	if newest := office.Of("anna"); len(newest) != 3 {
		t.Errorf("there are %d jobs", len(newest))
	}
	office.Close()
	if len(stopped) != 2 {
		t.Error("closing did not wait")
	}
	if _, err := office.Start(jobs.Task{Owner: "cem", Work: long}); failure.CodeOf(err) != failure.Unavailable {
		t.Errorf("after closing: %v", err)
	}
	if _, err := office.Find("anna", third.ID); failure.CodeOf(err) != failure.NotFound {
		t.Errorf("found after closing: %v", err)
	}
}
