package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// Shelf is where the instances of the program on one database tell each other of
// their jobs; [store.DB] is one.
type Shelf interface {
	PutJob(ctx context.Context, job store.JobRecord) (cancelled bool, err error)
	CancelJob(ctx context.Context, id string) error
	Job(ctx context.Context, owner, id string) (store.JobRecord, error)
	JobsOf(ctx context.Context, owner string) ([]store.JobRecord, error)
	PutJobFile(ctx context.Context, id string, content io.Reader) error
	JobFile(ctx context.Context, id string, into io.Writer) error
	SweepJobs(ctx context.Context, before time.Time) error
}

var _ Shelf = (*store.DB)(nil)

const (
	// silence is how long nothing need be heard of a job before the instance that
	// was at it counts as dead.
	silence = time.Minute
	// shelfPatience is how long the shelf may take for what is small.
	shelfPatience = 5 * time.Second
	// filePatience is how long it may take for a result.
	filePatience = 5 * time.Minute
)

// document is a job as other instances see it.
type document struct {
	Permission  account.Permission
	Subject     account.Subject
	Title       shelvedLine
	Back        string
	State       State
	Step        shelvedLine
	Done, Total int
	Verdict     []shelvedLine
	Next        string
	NextWords   shelvedLine
	File, Kind  string
	Size        int64
	Code        failure.Code // of a failed one
	Problem     shelvedLine
}

// shelvedLine is a Line whose parameters keep their types.
type shelvedLine struct {
	Key    string
	Params map[string]shelvedValue `json:",omitempty"`
	Count  int                     `json:",omitempty"`
	Plural bool                    `json:",omitempty"`
}

// shelvedValue holds the one of its fields that is not nil.
type shelvedValue struct {
	Number *int     `json:"n,omitempty"`
	Float  *float64 `json:"f,omitempty"`
	Label  *string  `json:"l,omitempty"`
	Text   *string  `json:"t,omitempty"`
}

func shelve(line Line) shelvedLine {
	shelved := shelvedLine{Key: line.Key, Count: line.Count, Plural: line.Plural, Params: map[string]shelvedValue{}}
	for name, value := range line.Params {
		switch one := value.(type) {
		case int:
			shelved.Params[name] = shelvedValue{Number: &one}
		case float64:
			shelved.Params[name] = shelvedValue{Float: &one}
		case failure.Label:
			text := string(one)
			shelved.Params[name] = shelvedValue{Label: &text}
		default:
			text := fmt.Sprint(one)
			shelved.Params[name] = shelvedValue{Text: &text}
		}
	}
	return shelved
}

func (l shelvedLine) line() Line {
	line := Line{Key: l.Key, Count: l.Count, Plural: l.Plural, Params: failure.Params{}}
	for name, value := range l.Params {
		switch {
		case value.Number != nil:
			line.Params[name] = *value.Number
		case value.Float != nil:
			line.Params[name] = *value.Float
		case value.Label != nil:
			line.Params[name] = failure.Label(*value.Label)
		case value.Text != nil:
			line.Params[name] = *value.Text
		}
	}
	return line
}

// record writes the job down.
func (j *Job) record() (store.JobRecord, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	d := document{Permission: j.Permission, Subject: j.Subject, Title: shelve(j.Title), Back: j.Back, State: j.state, Step: shelve(j.step),
		Done: j.done, Total: j.total, Next: j.next, NextWords: shelve(j.nextWords)}
	for _, one := range j.verdict {
		d.Verdict = append(d.Verdict, shelve(one))
	}
	if j.state == Done && j.file != nil {
		d.File, d.Kind, d.Size = j.file.name, j.file.kind, j.file.size
	}
	if j.err != nil {
		known := failure.As(j.err)
		d.Code, d.Problem = known.Code, shelve(Line{Key: known.Key, Params: known.Params})
	}
	text, err := json.Marshal(d)
	if err != nil {
		return store.JobRecord{}, fmt.Errorf("write down a job: %w", err)
	}
	return store.JobRecord{ID: j.ID, Owner: j.Owner, Final: j.state.Final(), Since: j.since, Document: string(text)}, nil
}

// elsewhere is a job of another instance as it was when it was asked for.
func (o *Office) elsewhere(record store.JobRecord) (*Job, error) {
	var d document
	if err := json.Unmarshal([]byte(record.Document), &d); err != nil {
		return nil, fmt.Errorf("read a job: %w", err)
	}
	j := &Job{ID: record.ID, office: o, remote: true, ended: make(chan struct{}), state: d.State, since: record.Since, step: d.Step.line(),
		Task: Task{Owner: record.Owner, Permission: d.Permission, Subject: d.Subject, Title: d.Title.line(), Back: d.Back},
		done: d.Done, total: d.Total, next: d.Next, nextWords: d.NextWords.line()}
	for _, one := range d.Verdict {
		j.verdict = append(j.verdict, one.line())
	}
	if d.File != "" {
		j.file = &file{name: d.File, kind: d.Kind, size: d.Size}
	}
	switch {
	case d.Code != "":
		problem := d.Problem.line()
		j.err = &failure.Error{Code: d.Code, Key: problem.Key, Params: problem.Params, Text: problem.Key}
	case !d.State.Final() && o.options.Now().Sub(record.Renewed) > silence:
		j.state, j.since, j.err = Failed, record.Renewed, failure.New(failure.Unavailable, "error.job_lost")
	}
	if j.state.Final() {
		close(j.ended)
	}
	return j, nil
}

// tell writes down how a job is, and cancels it where somebody asked for that at
// another instance.
func (o *Office) tell(job *Job) error {
	record, err := job.record()
	if err != nil {
		return err
	}
	ctx, done := context.WithTimeout(context.Background(), shelfPatience)
	defer done()
	cancelled, err := o.options.Shelf.PutJob(ctx, record)
	if cancelled && err == nil {
		job.cancel()
	}
	return err
}

// renew tells of a job until it has ended.
func (o *Office) renew(job *Job, ended <-chan struct{}) {
	tick := time.NewTicker(o.options.Every)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			if err := o.tell(job); err != nil {
				o.options.Logger.Warn("job not told", slog.String("job", job.ID), slog.Any("error", err))
			}
		}
	}
}

// hand leaves what came of a job on the shelf: the result first, so that whoever
// reads that it is done finds it.
func (o *Office) hand(job *Job) error {
	job.mu.Lock()
	var content io.Reader
	if job.state == Done && job.file != nil {
		content = io.NewSectionReader(job.file, 0, job.file.size)
	}
	job.mu.Unlock()
	if content != nil {
		ctx, done := context.WithTimeout(context.Background(), filePatience)
		defer done()
		if err := o.options.Shelf.PutJobFile(ctx, job.ID, content); err != nil {
			return err
		}
	}
	return o.tell(job)
}

// open copies the result of another instance's job here, where it can be read from
// anywhere. The copy has no name, and the system takes it when nobody reads it any
// more.
func (j *Job) open() (io.ReadSeeker, error) {
	copied, err := newFile(j.office.options.Folder, j.file.name, j.file.kind)
	if err != nil {
		return nil, err
	}
	ctx, done := context.WithTimeout(context.Background(), filePatience)
	defer done()
	if err = j.office.options.Shelf.JobFile(ctx, j.ID, copied); err == nil {
		err = copied.seal()
	}
	if err == nil && copied.size != j.file.size {
		err = failure.New(failure.NotFound, "error.unknown_job")
	}
	if err != nil {
		copied.remove()
		return nil, err
	}
	return io.NewSectionReader(copied, 0, copied.size), nil
}

// look asks the shelf about one job.
func (o *Office) look(owner, id string) (*Job, error) {
	ctx, done := context.WithTimeout(context.Background(), shelfPatience)
	defer done()
	record, err := o.options.Shelf.Job(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	return o.elsewhere(record)
}

// others returns somebody's jobs of other instances; what cannot be read now is
// left out.
func (o *Office) others(owner string, mine map[string]bool) []*Job {
	ctx, done := context.WithTimeout(context.Background(), shelfPatience)
	defer done()
	records, err := o.options.Shelf.JobsOf(ctx, owner)
	if err != nil {
		o.options.Logger.Warn("jobs of other instances", slog.Any("error", err))
	}
	var found []*Job
	for _, record := range records {
		if mine[record.ID] {
			continue
		}
		job, err := o.elsewhere(record)
		if err != nil {
			o.options.Logger.Warn("job of another instance", slog.Any("error", err))
			continue
		}
		found = append(found, job)
	}
	return found
}

// await looks at the shelf until another instance's job has ended, or the context
// has.
func (j *Job) await(ctx context.Context) bool {
	tick := time.NewTicker(j.office.options.Every / 4)
	defer tick.Stop()
	for {
		if now, err := j.office.look(j.Owner, j.ID); err == nil && now.state.Final() {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}
