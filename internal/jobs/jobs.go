// Package jobs does what takes longer than a visitor should wait for a page:
// large exports and imports. A job goes on when its browser is gone, says how
// far it is, can be cancelled, and keeps what came of it for a while.
//
// Jobs live in the memory of one process; results are files that nobody but the
// process can open. When the program stops, what is under way is cancelled, so
// work changes the store in one transaction or not at all. Several instances on
// one database tell each other of their jobs by a [Shelf]: each shows, cancels and
// hands out what any of them does.
package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// State says how far a job is.
type State string

// The states; the last three are final.
const (
	Waiting   State = "waiting" // for others to be done
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final tells whether a job has ended.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Options of [New]; zero fields mean what their comment says.
type Options struct {
	Now      func() time.Time // the clock; [time.Now]
	Logger   *slog.Logger     // where to tell what went wrong; discards
	AtOnce   int              // how many jobs run at once; 2
	PerOwner int              // how many of one person wait or run at once; 4
	Keep     time.Duration    // how long a result is kept; 24 hours
	Folder   string           // where results lie; the system's folder for temporary files
	Shelf    Shelf            // what other instances see; nil where there are none
	Every    time.Duration    // how often the shelf is told of jobs under way; 2 seconds
}

// Office runs jobs. It is safe for concurrent use.
type Office struct {
	options Options
	slots   chan struct{}
	root    context.Context //nolint:containedctx // the life of all jobs, which outlive requests
	stop    context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	jobs   map[string]*Job
	closed bool
}

// New opens an office. Close has to be called in the end.
func New(options Options) *Office {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.AtOnce <= 0 {
		options.AtOnce = 2
	}
	if options.PerOwner <= 0 {
		options.PerOwner = 4
	}
	if options.Keep <= 0 {
		options.Keep = 24 * time.Hour
	}
	if options.Every <= 0 {
		options.Every = 2 * time.Second
	}
	root, stop := context.WithCancel(context.Background())
	return &Office{options: options, slots: make(chan struct{}, options.AtOnce), root: root, stop: stop, jobs: map[string]*Job{}}
}

// Task is what is to be done, and who may see it.
type Task struct {
	Owner string // the account that asked for it; nobody else sees it
	// Permission and Subject are what the owner must still be allowed when they
	// look at the job or fetch its result.
	Permission account.Permission
	Subject    account.Subject
	Title      Line // what the page is headed with
	// Back is the address of the page that it was asked for on.
	Back string
	// Work does it. Its error is told to the owner by [failure.As]; with the
	// error of its context, which it has to heed, the job counts as cancelled.
	Work func(ctx context.Context, report *Report) error
}

// Line is a sentence for the reader: a message key with its parameters. With
// Plural, Count chooses the form.
type Line struct {
	Key    string
	Params failure.Params
	Count  int
	Plural bool
}

// Say makes a line; pairs alternate name and value.
func Say(key string, pairs ...any) Line {
	return Line{Key: key, Params: failure.New("", key, pairs...).Params}
}

// Count makes a line whose form depends on a number.
func Count(key string, count int, pairs ...any) Line {
	line := Say(key, pairs...)
	line.Count, line.Plural = count, true
	return line
}

// Start begins a task as soon as there is room and returns its job. It fails
// with [failure.TooMany] when the owner has too much under way, and with
// [failure.Unavailable] when the program is about to stop.
func (o *Office) Start(task Task) (*Job, error) {
	o.Sweep()
	ctx, cancel := context.WithCancel(o.root)
	job := &Job{ID: rand.Text(), Task: task, office: o, cancel: cancel, ended: make(chan struct{}), state: Waiting, since: o.options.Now()}
	if err := o.enter(job); err != nil {
		cancel()
		return nil, err
	}
	if o.options.Shelf != nil {
		if err := o.tell(job); err != nil { // the page that follows may be another instance's
			cancel()
			o.mu.Lock()
			delete(o.jobs, job.ID)
			o.mu.Unlock()
			o.running.Done()
			return nil, err
		}
	}
	go func() {
		defer o.running.Done()
		o.run(ctx, job)
	}()
	return job, nil
}

// enter puts a job among those that Close waits for.
func (o *Office) enter(job *Job) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return failure.New(failure.Unavailable, "error.unavailable")
	}
	busy := 0
	for _, other := range o.jobs {
		if other.Owner == job.Owner && !other.Status().State.Final() {
			busy++
		}
	}
	if busy >= o.options.PerOwner {
		return failure.New(failure.TooMany, "error.too_many_jobs", "limit", o.options.PerOwner)
	}
	o.jobs[job.ID] = job
	o.running.Add(1)
	return nil
}

// run waits for room, works, and writes down what came of it.
func (o *Office) run(ctx context.Context, job *Job) {
	defer close(job.ended)
	defer job.cancel()
	defer o.follow(job)()
	var err error
	select {
	case o.slots <- struct{}{}:
		job.begin()
		err = o.work(ctx, job)
		<-o.slots
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil && ctx.Err() != nil {
		err = context.Canceled // whatever it met first on its way out
	}
	job.end(err)
	switch code := failure.CodeOf(err); {
	case errors.Is(err, context.Canceled), err == nil:
	case code == failure.Internal, code == failure.Unavailable:
		o.options.Logger.Error("job failed", slog.String("job", job.ID), slog.String("task", job.Title.Key), slog.Any("error", err))
	}
}

// follow tells other instances of a job from now on; what it returns tells them
// the end.
func (o *Office) follow(job *Job) func() {
	if o.options.Shelf == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() { o.renew(job, ended) })
	return func() {
		close(ended)
		telling.Wait()
		if err := o.hand(job); err != nil {
			o.options.Logger.Error("end of a job not told", slog.String("job", job.ID), slog.Any("error", err))
		}
	}
}

// work does the task; what panics in it is its failure, not the program's.
func (o *Office) work(ctx context.Context, job *Job) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = failure.Panicked(thrown)
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	return job.Work(ctx, &Report{job: job})
}

// Find returns somebody's job; [failure.NotFound] where there is none, none any
// more, or none of theirs.
func (o *Office) Find(owner, id string) (*Job, error) {
	o.Sweep()
	o.mu.Lock()
	job := o.jobs[id]
	o.mu.Unlock()
	switch {
	case job != nil && job.Owner == owner:
		return job, nil
	case job == nil && o.options.Shelf != nil:
		return o.look(owner, id)
	}
	return nil, failure.New(failure.NotFound, "error.unknown_job")
}

// Of returns somebody's jobs, the newest first.
func (o *Office) Of(owner string) []*Job {
	o.Sweep()
	var found []*Job
	mine := map[string]bool{}
	o.mu.Lock()
	for _, job := range o.jobs {
		if job.Owner == owner {
			found, mine[job.ID] = append(found, job), true
		}
	}
	o.mu.Unlock()
	if o.options.Shelf != nil {
		found = append(found, o.others(owner, mine)...)
	}
	slices.SortFunc(found, func(a, b *Job) int { return b.since.Compare(a.since) })
	return found
}

// Sweep lets go of results that have been kept long enough. Whoever has old
// ones looked after by the clock calls it now and then.
func (o *Office) Sweep() {
	due := o.options.Now().Add(-o.options.Keep)
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, job := range o.jobs {
		if job.over(due) {
			delete(o.jobs, id)
			job.discard()
		}
	}
}

// SweepShelf lets go of what the instances left on the shelf long enough ago.
func (o *Office) SweepShelf(ctx context.Context) error {
	if o.options.Shelf == nil {
		return nil
	}
	return o.options.Shelf.SweepJobs(ctx, o.options.Now().Add(-o.options.Keep))
}

// Close cancels what is under way, waits for it and lets go of all results.
// Nothing can be started any more.
func (o *Office) Close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.stop()
	o.running.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, job := range o.jobs {
		delete(o.jobs, id)
		job.discard()
	}
}
