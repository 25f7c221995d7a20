package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// How SQLite's log of changes is kept short, in pages of 4 KiB.
const (
	logPause = 200 * time.Millisecond // between a commit and what is brought over
	logDue   = 1000                   // pages left in the log that need not be brought over yet
	logLong  = 8000                   // pages from which on the log begins anew
	// logAtWorst is where a commit brings the log over itself, should the keeper not.
	logAtWorst = 64000
)

// logKeeper brings what SQLite's log of changes holds into the database, beside the
// commits. Left to SQLite, it is done by the commit that finds the log long; and
// when a backup has read for a while, keeping all of the log in its place, that
// commit takes seconds, and everybody waits behind it.
type logKeeper struct {
	writer *sql.DB // has one connection, the writer's
	own    *sql.DB
	file   *os.File // the database's
	told   chan struct{}
	cease  context.CancelFunc
	done   sync.WaitGroup
	// one checkpoint at a time: SQLite turns a second one away.
	one sync.Mutex
}

func keepLog(location string, file *os.File, writer *sql.DB) (*logKeeper, error) {
	own, err := sql.Open("sqlite", location)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	own.SetMaxOpenConns(1)
	ctx, cease := context.WithCancel(context.Background())
	keeper := &logKeeper{writer: writer, own: own, file: file, told: make(chan struct{}, 1), cease: cease}
	keeper.done.Go(func() { keeper.run(ctx) })
	return keeper, nil
}

// tell says that something was written.
func (k *logKeeper) tell() {
	if k == nil { // of PostgreSQL, or before the schema is today's
		return
	}
	select {
	case k.told <- struct{}{}:
	default:
	}
}

func (k *logKeeper) stop() error {
	if k == nil {
		return nil
	}
	k.cease()
	k.done.Wait()
	return k.own.Close()
}

func (k *logKeeper) run(ctx context.Context) {
	for {
		select {
		case <-k.told:
		case <-ctx.Done():
			return
		}
		for more := true; more; {
			select {
			case <-time.After(logPause):
			case <-ctx.Done():
				return
			}
			// An error is the same as somebody in the way: the next commit tells again.
			more, _ = k.bring(ctx)
		}
	}
}

// bring brings over what no reader holds in place, and tells whether there is more.
func (k *logKeeper) bring(ctx context.Context) (more bool, err error) {
	k.one.Lock()
	defer k.one.Unlock()
	log, err := checkpoint(ctx, k.own, "PASSIVE")
	if err != nil || log.pages-log.brought >= logDue {
		return err == nil, err
	}
	if log.pages < logLong {
		return false, nil
	}
	// A log of which all is brought over begins anew with the next change; while
	// changes come this moment is only between two of them. So that they wait for
	// little, the disk writes before what it has got, which SQLite leaves to this
	// moment, and what came meanwhile is brought over.
	if err := k.file.Sync(); err != nil {
		return false, err
	}
	if _, err = checkpoint(ctx, k.own, "PASSIVE"); err != nil {
		return false, err
	}
	_, err = checkpoint(ctx, k.writer, "PASSIVE")
	return false, err
}

// empty cuts the log off. It fails when somebody reads.
func (k *logKeeper) empty(ctx context.Context) (err error) {
	k.one.Lock()
	defer k.one.Unlock()
	one, err := k.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, one.Close()) }()
	wait := func(ctx context.Context, long time.Duration) error {
		_, err := one.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout(%d)`, long.Milliseconds()))
		return err
	}
	if err := wait(ctx, 0); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wait(context.WithoutCancel(ctx), busyTimeout)) }()
	log, err := checkpoint(ctx, one, "TRUNCATE")
	if err == nil && log.busy {
		err = errors.New("somebody reads")
	}
	return err
}

// logState is what SQLite tells of its log, in pages.
type logState struct {
	busy           bool
	pages, brought int
}

func checkpoint(ctx context.Context, on queryer, how string) (log logState, err error) {
	err = on.QueryRowContext(ctx, `PRAGMA wal_checkpoint(`+how+`)`).Scan(&log.busy, &log.pages, &log.brought)
	return log, err
}
