package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/archive"
)

type restoreCommand struct {
	database
	keys
	File string `arg:"" placeholder:"FILE" help:"The backup."`
}

// Run checks a backup and puts it in the database's place.
func (c *restoreCommand) Run(ctx context.Context, p *program) (err error) {
	folder := scratchFor(c.DB)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return failure.Errorf(failure.Unavailable, "make the folder of the database: %w", err)
	}
	unpacked, err := p.unpack(ctx, c.keys, c.File, folder, p.stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unpacked.Close()) }()
	if err := endSessions(ctx, unpacked.Path); err != nil {
		return err
	}
	if store.IsPostgres(c.DB) {
		err = c.intoPostgres(ctx, p, unpacked)
	} else {
		err = c.intoFile(ctx, p, unpacked)
	}
	if err != nil {
		return p.stopped(ctx, err)
	}
	fmt.Fprintln(p.stdout, p.words.T("backup.restored", "made", unpacked.Made.In(p.now().Location()).Format(time.DateTime)))
	return nil
}

// endSessions signs everybody out of the database in a file.
func endSessions(ctx context.Context, path string) error {
	db, err := store.OpenAsIs(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.EndSessions(ctx), db.Close())
}

func (c *restoreCommand) intoFile(ctx context.Context, p *program, unpacked *archive.Unpacked) error {
	aside := c.DB + ".before-restore-" + p.now().Format("2006-01-02T150405")
	_, missing := os.Stat(c.DB)
	if !errors.Is(missing, fs.ErrNotExist) {
		p.withdrawAgain(ctx, unpacked.Path, c.DB)
	}
	if err := store.Replace(ctx, unpacked.Path, c.DB, aside); err != nil {
		return err
	}
	if !errors.Is(missing, fs.ErrNotExist) {
		fmt.Fprintln(p.stdout, p.words.T("backup.kept", "path", aside))
	}
	return nil
}

// withdrawAgain takes out of a restored database what was withdrawn in the old one
// since. The old one may be what is broken: then it is said that this could not be
// done, and the restore goes on.
func (p *program) withdrawAgain(ctx context.Context, restored, old string) {
	again, err := func() (int, error) {
		from, err := store.OpenAsIs(ctx, old, store.Options{})
		if err != nil {
			return 0, err
		}
		defer p.close(from)
		to, err := store.Open(ctx, restored, store.Options{Now: p.now})
		if err != nil {
			return 0, err
		}
		defer p.close(to)
		return to.WithdrawAgain(ctx, from)
	}()
	switch {
	case err != nil:
		fmt.Fprintln(p.stderr, p.words.T("backup.not_withdrawn"))
		p.logger().Warn("withdraw again", slog.Any("error", err))
	case again > 0:
		fmt.Fprintln(p.stdout, p.words.N("backup.withdrawn", again))
	}
}

// intoPostgres copies into an empty database: nothing that is there is replaced.
func (c *restoreCommand) intoPostgres(ctx context.Context, p *program, unpacked *archive.Unpacked) error {
	from, err := store.Open(ctx, unpacked.Path, store.Options{Now: p.now}) // at today's schema from here on
	if err != nil {
		return err
	}
	defer p.close(from)
	to, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(to)
	_, err = from.CopyTo(ctx, to, store.CopyOptions{Progress: p.tableProgress()})
	if known := failure.As(err); err != nil && known.Key == "backup.not_empty" {
		return failure.New(failure.Conflict, "backup.postgres_not_empty", "table", known.Params["table"])
	}
	return err
}

type verifyCommand struct {
	keys
	File string `arg:"" placeholder:"FILE" help:"The backup."`
}

// Run restores a backup to a scratch place, compares it with its table of
// contents and opens it as the service would.
func (c *verifyCommand) Run(ctx context.Context, p *program) (err error) {
	p.goLast()
	unpacked, err := p.unpack(ctx, c.keys, c.File, os.TempDir(), p.stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unpacked.Close()) }()
	db, err := store.Open(ctx, unpacked.Path, store.Options{Now: p.now})
	if err != nil {
		return p.stopped(ctx, err)
	}
	p.close(db)
	fmt.Fprintln(p.stdout, p.words.T("backup.verified", "file", filepath.Base(c.File), "schema", unpacked.Schema,
		"made", unpacked.Made.In(p.now().Location()).Format(time.DateTime)))
	return nil
}

// printCompared prints the tables that hold anything, and those that differ.
func (p *program) printCompared(to io.Writer, compared []archive.Compared) error {
	table := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	head := []string{p.words.T("backup.column.table"), p.words.T("backup.column.rows"), p.words.T("backup.column.hash"), p.words.T("backup.column.found")}
	fmt.Fprintln(table, strings.Join(head, "\t"))
	for _, one := range compared {
		switch {
		case !one.Same():
			name := one.Want.Table
			if name == "" {
				name = one.Got.Table
			}
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", name, one.Want.Rows, short(one.Want.Hash),
				p.words.T("backup.differing", "rows", one.Got.Rows, "hash", short(one.Got.Hash)))
		case one.Want.Rows > 0:
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", one.Want.Table, one.Want.Rows, short(one.Want.Hash), p.words.T("backup.same"))
		}
	}
	return table.Flush()
}
