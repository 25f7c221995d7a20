package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"bedarfslotse/internal/failure"
)

// Shared tells whether other instances of the program may serve from the same
// database.
func (db *DB) Shared() bool { return db.postgres }

const (
	setupFact   = "setup"     // secret of the page that makes the first account
	confirmFact = "confirmed" // when somebody last waited until all before was safe
)

// SetupToken returns the secret that opens the page for the first account, the
// same in all instances; "" when there is an account.
func (db *DB) SetupToken(ctx context.Context) (string, error) {
	if has, err := db.HasUsers(ctx); err != nil || has {
		return "", errors.Join(err, db.forgetSetup(ctx, has))
	}
	_, err := db.write.ExecContext(ctx, `INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, setupFact, rand.Text())
	if err != nil {
		return "", unavailable(err)
	}
	return db.Fact(ctx, setupFact)
}

func (db *DB) forgetSetup(ctx context.Context, over bool) error {
	if !over {
		return nil
	}
	if token, err := db.Fact(ctx, setupFact); err != nil || token == "" { // most times
		return err
	}
	_, err := db.write.ExecContext(ctx, `DELETE FROM facts WHERE name = $1`, setupFact)
	return unavailable(err)
}

// confirm returns when everything that can be read now is as safe as a commit
// makes it. With a synchronous standby PostgreSQL shows a transaction whose
// client gave up waiting for the standby; a later commit waits for it as well.
func (db *DB) confirm(ctx context.Context) error {
	if !db.postgres {
		return nil
	}
	return db.SetFact(ctx, confirmFact, db.stamp())
}

// JobRecord is what other instances know of a job.
type JobRecord struct {
	ID, Owner      string
	Final          bool
	Since, Renewed time.Time
	Document       string
}

// PutJob writes how far a job is, and tells whether somebody asked that it be
// cancelled.
func (db *DB) PutJob(ctx context.Context, job JobRecord) (cancelled bool, err error) {
	err = db.write.QueryRowContext(ctx, `
		INSERT INTO jobs (id, owner, final, cancelled, since, renewed, document) VALUES ($1, $2, $3, FALSE, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET final = excluded.final, since = excluded.since, renewed = excluded.renewed, document = excluded.document
		RETURNING cancelled`,
		job.ID, job.Owner, job.Final, job.Since.UTC().Format(stampForm), db.stamp(), job.Document).Scan(&cancelled)
	return cancelled, unavailable(err)
}

// CancelJob asks whichever instance is at a job to stop.
func (db *DB) CancelJob(ctx context.Context, id string) error {
	_, err := db.write.ExecContext(ctx, `UPDATE jobs SET cancelled = TRUE WHERE id = $1 AND NOT final`, id)
	return unavailable(err)
}

// Job returns a job of somebody; failure.NotFound.
func (db *DB) Job(ctx context.Context, owner, id string) (JobRecord, error) {
	found, err := db.jobs(ctx, `SELECT id, owner, final, since, renewed, document FROM jobs WHERE owner = $1 AND id = $2`, owner, id)
	if err == nil && len(found) == 0 {
		err = failure.New(failure.NotFound, "error.unknown_job")
	}
	if err != nil {
		return JobRecord{}, err
	}
	return found[0], nil
}

// JobsOf returns all jobs of somebody, the newest first.
func (db *DB) JobsOf(ctx context.Context, owner string) ([]JobRecord, error) {
	return db.jobs(ctx, `SELECT id, owner, final, since, renewed, document FROM jobs WHERE owner = $1 ORDER BY since DESC, id`, owner)
}

func (db *DB) jobs(ctx context.Context, query string, arguments ...any) ([]JobRecord, error) {
	rows, err := db.read.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list jobs: %w", err))
	}
	all, err := collect(rows, func(rows *sql.Rows) (one JobRecord, err error) {
		var since, renewed string
		if err = rows.Scan(&one.ID, &one.Owner, &one.Final, &since, &renewed, &one.Document); err != nil {
			return one, err
		}
		one.Since, err = time.Parse(stampForm, since)
		if err == nil {
			one.Renewed, err = time.Parse(stampForm, renewed)
		}
		return one, err
	})
	return all, unavailable(err)
}

// partSize is how many bytes of a job's result lie in one row.
const partSize = 512 << 10

// PutJobFile keeps the result of a job.
func (db *DB) PutJobFile(ctx context.Context, id string, content io.Reader) error {
	part := make([]byte, partSize)
	for number, last := 0, false; !last; number++ {
		n, err := io.ReadFull(content, part)
		last = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		if n == 0 {
			continue
		}
		if _, err := db.write.ExecContext(ctx, `INSERT INTO job_parts (job, number, data) VALUES ($1, $2, $3)`, id, number, part[:n]); err != nil {
			return unavailable(fmt.Errorf("keep the result of a job: %w", err))
		}
	}
	return nil
}

// JobFile writes the result of a job.
func (db *DB) JobFile(ctx context.Context, id string, into io.Writer) error {
	for number := 0; ; number++ {
		var part []byte
		err := db.read.QueryRowContext(ctx, `SELECT data FROM job_parts WHERE job = $1 AND number = $2`, id, number).Scan(&part)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return unavailable(fmt.Errorf("read the result of a job: %w", err))
		}
		if _, err := into.Write(part); err != nil {
			return err
		}
	}
}

// SweepJobs forgets jobs that ended before a moment, and those of which nobody has
// heard since, with their results.
func (db *DB) SweepJobs(ctx context.Context, before time.Time) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`DELETE FROM job_parts WHERE job IN (SELECT id FROM jobs WHERE renewed < $1)`,
			`DELETE FROM jobs WHERE renewed < $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, before.UTC().Format(stampForm)); err != nil {
				return err
			}
		}
		return nil
	}))
}
