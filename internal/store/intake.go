package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

// maxBatch is how many responses one transaction takes at most, so that one
// respondent never waits for more than a few milliseconds of others' work.
const maxBatch = 256

// How long a respondent waits for a database that hangs, and how long a batch may
// keep the next one waiting.
const (
	answerPatience = 15 * time.Second
	commitPatience = 12 * time.Second // more than SQLite waits for another process
)

// intake is the one writer of responses. Whoever waits while a commit runs is
// taken along by the next one: batches form by themselves, without waiting.
type intake struct {
	db    *DB
	queue chan *ticket
	done  sync.WaitGroup
	tally *tally
	// merges are done beside the intake.
	merges *merger
	// failing tells that the last commit did not work.
	failing atomic.Bool

	mu     sync.RWMutex // guards closed against a send on the closed queue
	closed bool
}

// ticket is a response waiting to be written and the channel that hears of it.
type ticket struct {
	entry    *entry
	repeated bool
	err      error
	// twin is the ticket of the same batch that came first with the same id:
	// what becomes of that one decides about this.
	twin  *ticket
	ready chan struct{}
}

func newIntake(db *DB) *intake {
	in := &intake{db: db, queue: make(chan *ticket, 4*maxBatch), tally: newTally(), merges: newMerger(db)}
	in.done.Go(in.run)
	return in
}

// stop lets everything that was handed in be written, then ends the writer.
func (in *intake) stop() {
	in.mu.Lock()
	if !in.closed {
		in.closed = true
		close(in.queue)
	}
	in.mu.Unlock()
	in.done.Wait()
}

// put hands in a response and waits until it is durably stored. When ctx ends
// first the response may be stored all the same: the phone, unanswered, sends
// it again and is told then.
func (in *intake) put(ctx context.Context, one *entry) (repeated bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	t := &ticket{entry: one, ready: make(chan struct{})}
	in.mu.RLock()
	if in.closed {
		in.mu.RUnlock()
		return false, failure.New(failure.Unavailable, "error.unavailable")
	}
	select {
	case in.queue <- t:
		in.mu.RUnlock()
	case <-ctx.Done():
		in.mu.RUnlock()
		return false, failure.New(failure.Unavailable, "error.unavailable").Because(ctx.Err())
	}
	select {
	case <-t.ready:
		return t.repeated, t.err
	case <-ctx.Done():
		return false, failure.New(failure.Unavailable, "error.unavailable").Because(ctx.Err())
	}
}

func (in *intake) run() {
	defer in.merges.stop()
	batch := make([]*ticket, 0, maxBatch)
	for first := range in.queue {
		if len(batch) > 1 { // it is busy: who is about to hand in comes along, and commits are fewer
			runtime.Gosched()
		}
		batch = append(batch[:0], first)
		batch = in.drain(batch)
		in.counted(batch)
		for _, t := range batch {
			close(t.ready)
		}
		clear(batch)
		in.settle()
	}
}

// settle does what answers need not wait for: they are stored whether it works or
// not.
func (in *intake) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), commitPatience)
	defer cancel()
	_ = in.db.statements.settle(ctx)
}

// drain adds what is waiting already, without waiting for more.
func (in *intake) drain(batch []*ticket) []*ticket {
	for len(batch) < maxBatch {
		select {
		case t, ok := <-in.queue:
			if !ok {
				return batch
			}
			batch = append(batch, t)
		default:
			return batch
		}
	}
	return batch
}

// commit writes a batch, one transaction per wave in it. Requests that gave up
// waiting do not undo what others wait for, so the transaction has a time of
// its own.
func (in *intake) commit(batch []*ticket) {
	ctx, cancel := context.WithTimeout(context.Background(), commitPatience)
	defer cancel()
	slices.SortStableFunc(batch, func(a, b *ticket) int {
		return strings.Compare(a.entry.wave.ID, b.entry.wave.ID)
	})
	for start := 0; start < len(batch); {
		end := start + 1
		for end < len(batch) && batch[end].entry.wave.ID == batch[start].entry.wave.ID {
			end++
		}
		in.commitWave(ctx, batch[start:end])
		start = end
	}
}

func (in *intake) commitWave(ctx context.Context, batch []*ticket) {
	wave := batch[0].entry.wave
	var full bool
	err := in.db.inTx(ctx, func(tx *sql.Tx) error {
		for _, t := range batch {
			t.repeated, t.err, t.twin = false, nil, nil
		}
		var err error
		full, err = in.db.writeBatch(ctx, tx, wave, batch)
		return err
	})
	in.failing.Store(err != nil)
	if err != nil {
		err = unavailable(fmt.Errorf("store responses: %w", err))
		for _, t := range batch {
			// Repeated ones as well: what was read beside a standby that does not
			// answer may exist here only.
			t.repeated, t.err = false, err
		}
		return
	}
	for _, t := range batch {
		if t.twin != nil && t.twin.err != nil {
			t.repeated, t.err = false, t.twin.err
		}
	}
	if full {
		in.merges.tell(wave)
	}
}

// writeBatch writes the batch of one wave inside tx and reports whether enough
// small chunks have gathered to be merged.
func (db *DB) writeBatch(ctx context.Context, tx *sql.Tx, wave *LiveWave, batch []*ticket) (full bool, err error) {
	today := db.now()
	// The change numbers come first: this locks the wave's row, so that on
	// PostgreSQL other instances' batches wait here and numbers commit in order.
	now := &LiveWave{Wave: fieldwork.Wave{}}
	var last uint64
	err = db.statements.query(ctx, tx, `
		UPDATE waves SET change = change + $2 WHERE id = $1 RETURNING change, state, opened, until`,
		func(row scanner) error { return row.Scan(&last, &now.State, &now.Opened, &now.Until) }, wave.ID, len(batch))
	if err != nil {
		return false, fmt.Errorf("take change numbers: %w", err)
	}
	fresh, err := db.sift(ctx, tx, wave, batch)
	if err != nil {
		return false, err
	}
	fresh = slices.DeleteFunc(fresh, func(t *ticket) bool {
		// An import is not bound to the wave's days, but to its not being closed.
		if !now.Living() || !now.Accepting(today) && t.entry.importing == 0 {
			t.err = failure.New(failure.Gone, "error.wave_closed")
		}
		return t.err != nil
	})
	if fresh, err = redeem(ctx, tx, wave, fresh); err != nil || len(fresh) == 0 {
		return false, err
	}
	first := last - uint64(len(batch)) + 1
	for _, t := range fresh {
		if t.entry.day == "" {
			t.entry.day = today.Format(time.DateOnly)
		}
		if err := t.entry.complete(); err != nil {
			return false, err
		}
	}
	if err := db.insertResponses(ctx, tx, fresh, first); err != nil {
		return false, err
	}
	if err := insertStatements(ctx, tx, wave, fresh); err != nil {
		return false, err
	}
	return db.insertChunk(ctx, tx, wave, fresh, first)
}

// sift answers the tickets whose id is stored already and returns the others;
// of two new ones with the same id the first goes in.
func (db *DB) sift(ctx context.Context, tx *sql.Tx, wave *LiveWave, batch []*ticket) ([]*ticket, error) {
	ids := make([]receiptHash, len(batch))
	for i, t := range batch {
		ids[i] = t.entry.id
	}
	found, err := stored(db.statements.asker(ctx, tx), wave.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("look for repeated submissions: %w", err)
	}
	fresh := make([]*ticket, 0, len(batch))
	for _, t := range batch {
		known, ok := found[t.entry.id]
		switch {
		case !ok:
			fresh = append(fresh, t)
			found[t.entry.id] = storedResponse{content: t.entry.content, by: t}
		case known.withdrawn || known.content == t.entry.content:
			t.repeated, t.twin = true, known.by
		default:
			t.err = conflict()
		}
	}
	return fresh, nil
}

// storedResponse is what decides about a repeated submission id.
type storedResponse struct {
	content   receiptHash
	withdrawn bool
	by        *ticket // that is about to store it, nil when it is stored
}

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// storedQuery looks up which of so many ids are known.
func storedQuery(ids int) string {
	list := placeholders(2, ids)
	return `
		SELECT id, content, FALSE FROM responses WHERE wave_id = $1 AND id IN (` + list + `)
		UNION ALL
		SELECT id, id, TRUE FROM tombstones WHERE wave_id = $1 AND id IN (` + list + `)`
}

// stored returns what lies under the ids.
func stored(ask asker, waveID string, ids []receiptHash) (map[receiptHash]storedResponse, error) {
	found := make(map[receiptHash]storedResponse, len(ids))
	for _, n := range portions(len(ids), rowsPerInsert) {
		arguments := make([]any, 1, n+1)
		arguments[0] = waveID
		for i := range n {
			arguments = append(arguments, ids[i][:])
		}
		ids = ids[n:]
		err := ask(storedQuery(n), func(row scanner) error {
			var id, content []byte
			var one storedResponse
			if err := row.Scan(&id, &content, &one.withdrawn); err != nil {
				return err
			}
			copy(one.content[:], content)
			found[receiptHash(id)] = one
			return nil
		}, arguments...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// placeholders returns "$first,$first+1,…", count of them.
func placeholders(first, count int) string {
	var b strings.Builder
	for i := range count {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

// redeem marks single-use codes as used and gives each response what its code
// carries over; tickets with a code that is not good get their error.
func redeem(ctx context.Context, tx *sql.Tx, wave *LiveWave, fresh []*ticket) ([]*ticket, error) {
	good := fresh[:0]
	for _, t := range fresh {
		t.entry.carried = t.entry.carriedByWave()
		t.entry.speaker = t.entry.carried.Institution
		if t.entry.code != nil {
			carried := &t.entry.carried
			err := tx.QueryRowContext(ctx, `
				UPDATE codes SET used = NOT shared WHERE wave_id = $1 AND hash = $2 AND (shared OR NOT used)
				RETURNING area, institution_type, institution`, wave.ID, t.entry.code).
				Scan(&carried.Area, &carried.InstitutionType, &carried.Institution)
			if errors.Is(err, sql.ErrNoRows) {
				t.err = failure.New(failure.Invalid, "respondent.problem.bad_code")
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("redeem code: %w", err)
			}
			t.entry.speaker = carried.Institution
			if !wave.Institutions {
				carried.Institution = ""
			}
		} else if wave.NeedsCode() && t.entry.importing == 0 {
			t.err = failure.New(failure.Invalid, "respondent.problem.bad_code")
			continue
		}
		good = append(good, t)
	}
	return good, nil
}

// carriedByWave is what a response over an open link is known to belong to;
// an import brings its own.
func (one *entry) carriedByWave() fieldwork.Carried {
	if one.importing > 0 {
		return one.carried
	}
	return fieldwork.Carried{Area: one.wave.Area}
}
