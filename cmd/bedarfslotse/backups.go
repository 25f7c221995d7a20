package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/archive"
)

// backups are those that the service makes by itself.
type backups struct {
	Dir       string        `placeholder:"DIR" help:"Folder for backups that the service makes by itself; it must exist."`
	Every     time.Duration `default:"24h" placeholder:"DURATION" help:"How often it makes one: 24h, 1h, 1m. What was stored since the last one is lost with the machine."`
	Keep      int           `default:"14" placeholder:"N" help:"How many of them are kept."`
	Recipient []string      `placeholder:"age1…" help:"Encrypt them for this key of age; may be given several times."`

	recipients []age.Recipient
}

// leastBackupPause bounds how often a whole database is written.
const leastBackupPause = time.Second

// prepare checks what was asked for before the service starts.
func (b *backups) prepare() (err error) {
	if b.Dir == "" {
		return nil
	}
	if b.Every < leastBackupPause || b.Keep < 1 {
		return failure.New(failure.Invalid, "backup.bad_schedule", "every", b.Every.String(), "keep", b.Keep)
	}
	// A folder that is made here could hide a disk that is not mounted.
	if info, err := os.Stat(b.Dir); err != nil || !info.IsDir() {
		return failure.New(failure.Invalid, "backup.no_folder", "path", b.Dir)
	}
	b.recipients, err = recipients(b.Recipient, "")
	return err
}

// keepBackups makes backups when they are due until the context ends. alone runs
// work unless another instance of the service is at it.
func (p *program) keepBackups(ctx context.Context, db *store.DB, address string, b *backups, alone func(context.Context, func() error) error) {
	if b.Dir == "" {
		if err := noMoreBackups(ctx, db); err != nil && ctx.Err() == nil {
			p.logger().Error("note that there are no backups", slog.Any("error", err))
		}
		return
	}
	tick := time.NewTicker(min(b.Every, time.Minute) / 2)
	defer tick.Stop()
	for {
		if err := alone(ctx, func() error { return p.backUpIfDue(ctx, db, address, b) }); err != nil && ctx.Err() == nil {
			p.logger().Error("back up", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// noMoreBackups takes back that the service makes any, so that nobody misses them.
func noMoreBackups(ctx context.Context, db *store.DB) error {
	state, err := db.BackupState(ctx)
	if err != nil || state.Every == 0 {
		return err
	}
	state.Every = 0
	return db.NoteBackup(ctx, state)
}

// mostBackupPause is how long it waits at most after a backup failed.
const mostBackupPause = time.Hour

// due tells whether a backup is to be made. A clock that was put back makes none
// wait.
func (b *backups) due(state store.BackupState, now time.Time) bool {
	within := func(since time.Time, pause time.Duration) bool {
		age := now.Sub(since)
		return age >= 0 && age < pause
	}
	return !within(state.Made, b.Every) && !within(state.Failed, min(b.Every, mostBackupPause))
}

// backUpIfDue makes a backup when the last one of any instance is old enough, and
// notes how it went.
func (p *program) backUpIfDue(ctx context.Context, db *store.DB, address string, b *backups) error {
	state, err := db.BackupState(ctx)
	if err != nil {
		p.logger().Error("back up", slog.Any("error", err)) // better one too many
		state = store.BackupState{}
	}
	now := p.now()
	if !b.due(state, now) {
		if state.Every == b.Every {
			return nil
		}
		state.Every = b.Every
		return db.NoteBackup(ctx, state)
	}
	name := backupPrefix + now.UTC().Format(backupStamp) + ".tar.zst"
	if len(b.recipients) > 0 {
		name += ".age"
	}
	began := time.Now()
	made, err := archive.Backup(ctx, db, filepath.Join(b.Dir, name), archive.Options{Scratch: scratchFor(address), Recipients: b.recipients, Now: p.now})
	if err == nil {
		state = goodBackup(name, made, time.Since(began))
		err = b.retain()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		state.Failed, state.Reason = now, err.Error()
	}
	state.Every = b.Every
	return errors.Join(err, db.NoteBackup(ctx, state))
}

// goodBackup is what is noted of a backup that succeeded.
func goodBackup(name string, made archive.Made, took time.Duration) store.BackupState {
	return store.BackupState{Made: made.Made, File: name, Size: made.Size, Took: took}
}

// The names of the service's own backups sort by time.
const (
	backupPrefix = "bedarfslotse-"
	backupStamp  = "20060102T150405.000Z"
)

// retain removes all but the newest of the service's own backups, and what a
// killed process left half written. Other files stay.
func (b *backups) retain() error {
	entries, err := os.ReadDir(b.Dir)
	if err != nil {
		return failure.Errorf(failure.Unavailable, "list the backups: %w", err)
	}
	own := regexp.MustCompile(`^` + backupPrefix + `\d{8}T\d{6}\.\d{3}Z\.tar\.zst(\.age)?$`)
	var problems error
	remove := func(name string) {
		if err := os.Remove(filepath.Join(b.Dir, name)); err != nil {
			problems = errors.Join(problems, failure.Errorf(failure.Unavailable, "remove an old backup: %w", err))
		}
	}
	var names []string
	for _, one := range entries {
		whole, _, part := strings.Cut(strings.TrimPrefix(one.Name(), "."), archive.PartEnding)
		switch {
		case !own.MatchString(whole) || !one.Type().IsRegular():
		case !part:
			names = append(names, one.Name())
		default: // this process is writing none now
			if info, err := one.Info(); err == nil && time.Since(info.ModTime()) > time.Hour {
				remove(one.Name())
			}
		}
	}
	slices.SortFunc(names, func(a, c string) int { return cmp.Compare(c, a) })
	for _, name := range names[min(b.Keep, len(names)):] {
		remove(name)
	}
	return problems
}

// backupLease is for how long one instance backs up for all: longer than a backup
// takes.
const backupLease = time.Hour

// byLease runs work where no other instance of the service is at it.
func byLease(db *store.DB) func(context.Context, func() error) error {
	return func(ctx context.Context, work func() error) error {
		mine, err := db.Lease(ctx, "backup", backupLease)
		if err != nil || !mine {
			return err
		}
		return work()
	}
}
