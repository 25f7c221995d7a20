package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

type dbCommands struct {
	Copy dbCopyCommand `cmd:"" help:"Copy a whole database into an empty one, from SQLite to PostgreSQL or back."`
}

type dbCopyCommand struct {
	From     string `arg:"" placeholder:"FROM" help:"The database to read: a file, or a PostgreSQL address. It may be in use."`
	To       string `arg:"" placeholder:"TO" help:"The database to fill. It must be empty, or a file that does not exist."`
	MendText bool   `help:"Put a sign of replacement where a text holds what PostgreSQL does not take (NUL, bytes that are no UTF-8)."`
}

// Run copies everything or nothing.
func (c *dbCopyCommand) Run(ctx context.Context, p *program) (err error) {
	from, err := store.OpenAsIs(ctx, c.From, store.Options{Now: p.now})
	if err != nil {
		return err
	}
	defer p.close(from)
	schema, err := from.Schema(ctx)
	if err != nil {
		return err
	}
	_, missing := os.Stat(c.To)
	to, err := store.Open(ctx, c.To, store.Options{Now: p.now})
	if err != nil {
		return err
	}
	known, err := to.Schema(ctx)
	if err == nil && known != schema {
		err = failure.New(failure.Conflict, "backup.other_schema", "schema", schema, "known", known)
	}
	var copied []store.Copied
	if err == nil {
		copied, err = from.CopyTo(ctx, to, store.CopyOptions{MendText: c.MendText, Progress: p.tableProgress()})
	}
	p.close(to)
	if err != nil {
		if !store.IsPostgres(c.To) && errors.Is(missing, fs.ErrNotExist) {
			err = errors.Join(err, os.Remove(c.To))
		}
		return p.stopped(ctx, err)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	mended := int64(0)
	for _, one := range copied {
		fmt.Fprintf(table, "%s\t%d\t%s\n", one.Table, one.Rows, short(one.Hash))
		mended += one.Mended
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if mended > 0 {
		fmt.Fprintln(p.stderr, p.words.N("backup.mended", int(mended)))
	}
	fmt.Fprintln(p.stderr, p.words.N("backup.copied", len(copied)))
	return nil
}

// short is as much of a hash as people compare.
func short(hash string) string { return hash[:min(16, len(hash))] }

// stopped explains an error that came because somebody stopped the command.
func (p *program) stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return failure.New(failure.Conflict, "backup.stopped")
	}
	return err
}

// tableProgress tells on standard error how far a copy is: each table when it is
// done, and large ones at every hundred thousandth row.
func (p *program) tableProgress() func(table string, rows, of int64) {
	last, told := "", int64(0)
	return func(table string, rows, of int64) {
		if table != last {
			last, told = table, 0
		}
		if rows == of || rows-told >= 100_000 {
			told = rows
			fmt.Fprintln(p.stderr, p.words.T("backup.progress", "table", table, "rows", rows, "of", of))
		}
	}
}
