package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"bedarfslotse/internal/failure"
)

// Job is one task under way, or what came of it.
type Job struct {
	ID string // random, the last part of its address
	Task

	office *Office
	remote bool // it runs in another instance; this is how it was when asked for
	cancel context.CancelFunc
	ended  chan struct{}

	mu          sync.Mutex
	state       State
	since       time.Time // when the state was reached
	step        Line
	done, total int
	verdict     []Line
	next        string
	nextWords   Line
	file        *file
	err         error
}

// Status is a job at one moment.
type Status struct {
	State State
	Step  Line // what it is at, Key "" when it did not say
	// Done of Total are through; Total 0 when nobody knows.
	Done, Total int
	// Verdict tells, of a job that is done, what came of it.
	Verdict []Line
	// Next is the address of the page to go on with, "" for none, and what the
	// link says.
	Next      string
	NextWords Line
	// File names the result, "" where there is none, and Size is its length in
	// bytes.
	File string
	Size int64
	Err  error     // of a failed one
	Ends time.Time // of an ended one: when its result is let go
}

// Status returns how far the job is.
func (j *Job) Status() Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := Status{State: j.state, Step: j.step, Done: j.done, Total: j.total, Verdict: j.verdict, Next: j.next, NextWords: j.nextWords, Err: j.err}
	if j.state.Final() {
		now.Ends = j.since.Add(j.office.options.Keep)
	}
	if j.state == Done && j.file != nil {
		now.File, now.Size = j.file.name, j.file.size
	}
	return now
}

// Cancel asks the job to stop; it has stopped when it says so. One that has
// ended stays what it is.
func (j *Job) Cancel() {
	if !j.remote {
		j.cancel()
		return
	}
	ctx, done := context.WithTimeout(context.Background(), shelfPatience)
	defer done()
	if err := j.office.options.Shelf.CancelJob(ctx, j.ID); err != nil {
		j.office.options.Logger.Warn("job not cancelled", slog.String("job", j.ID), slog.Any("error", err))
	}
}

// Wait waits until the job has ended, or the context has, and tells which.
func (j *Job) Wait(ctx context.Context) bool {
	if j.remote {
		return j.await(ctx)
	}
	select {
	case <-j.ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// Open returns the result of a job that is done, to be read by as many as like,
// and its MIME type; [failure.NotFound] where it has none. It can be read until
// it is let go.
func (j *Job) Open() (io.ReadSeeker, string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state != Done || j.file == nil {
		return nil, "", failure.New(failure.NotFound, "error.unknown_job")
	}
	if j.remote {
		content, err := j.open()
		return content, j.file.kind, err
	}
	return io.NewSectionReader(j.file, 0, j.file.size), j.file.kind, nil
}

func (j *Job) begin() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.state, j.since = Running, j.office.options.Now()
}

func (j *Job) end(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil && j.file != nil {
		err = j.file.seal()
	}
	j.state, j.since = Done, j.office.options.Now()
	switch {
	case errors.Is(err, context.Canceled):
		j.state = Cancelled
	case err != nil:
		j.state, j.err = Failed, err
	}
	if err != nil {
		j.drop()
	}
}

// over tells whether the job ended before a moment.
func (j *Job) over(due time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Final() && j.since.Before(due)
}

func (j *Job) discard() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.drop()
}

// drop lets go of the result; the lock is held.
func (j *Job) drop() {
	if j.file != nil {
		j.file.remove()
		j.file = nil
	}
}

// Report is how work says how far it is and what came of it.
type Report struct{ job *Job }

// Step says what is being done now, and begins to count anew.
func (r *Report) Step(line Line) {
	r.job.mu.Lock()
	defer r.job.mu.Unlock()
	r.job.step, r.job.done, r.job.total = line, 0, 0
}

// Progress says that so many of so many are through; total 0 is unknown.
func (r *Report) Progress(done, total int) {
	r.job.mu.Lock()
	defer r.job.mu.Unlock()
	r.job.done, r.job.total = done, total
}

// Tell adds sentences to the verdict.
func (r *Report) Tell(lines ...Line) {
	r.job.mu.Lock()
	defer r.job.mu.Unlock()
	r.job.verdict = append(r.job.verdict, lines...)
}

// Next says with which page to go on, and what the link to it says.
func (r *Report) Next(address string, words Line) {
	r.job.mu.Lock()
	defer r.job.mu.Unlock()
	r.job.next, r.job.nextWords = address, words
}

// File makes the result: what is written becomes a file of that name and MIME
// type when the job is done, and nothing when it is not. Work makes one at most.
func (r *Report) File(name, kind string) (io.Writer, error) {
	made, err := newFile(r.job.office.options.Folder, name, kind)
	if err != nil {
		return nil, err
	}
	r.job.mu.Lock()
	defer r.job.mu.Unlock()
	r.job.drop()
	r.job.file = made
	return made, nil
}
