package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/internal/writeout"
)

// Options of [Backup].
type Options struct {
	// Scratch is the folder in which the copy lies, readable, while it is packed.
	Scratch    string
	Force      bool // replaces a file that is there
	Recipients []age.Recipient
	Now        func() time.Time
	Progress   func(table string, rows, of int64) // may be nil
}

// Made is a finished backup.
type Made struct {
	Manifest
	Size int64 // of the file, in bytes
}

// Backup writes the database as it is at one moment to path. The database may be
// in use, and keeps its schema.
func Backup(ctx context.Context, db *store.DB, path string, options Options) (made Made, err error) {
	copied, remove, err := scratch(ctx, options.Scratch)
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	made.Made = options.Now().UTC()
	if err := db.Snapshot(ctx, copied, options.Progress); err != nil {
		return made, err
	}
	found, err := store.Inspect(ctx, copied)
	if err != nil {
		return made, err
	}
	made.Schema, made.Tables = found.Schema, found.Tables
	err = Create(path, options.Force, func(to io.Writer) error {
		counted := &counter{ctx: ctx, to: to}
		err := Write(counted, made.Manifest, copied, options.Recipients...)
		made.Size = counted.written
		return err
	})
	return made, err
}

// counter counts what is written, and stops when the context ends.
type counter struct {
	ctx     context.Context //nolint:containedctx // a writer takes none
	to      io.Writer
	written int64
}

func (c *counter) Write(content []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.to.Write(content)
	c.written += int64(n)
	if err != nil {
		err = failure.Errorf(failure.Unavailable, "%w", err)
	}
	return n, err
}

// stopping reads until the context ends.
type stopping struct {
	ctx  context.Context //nolint:containedctx // a reader takes none
	from io.Reader
}

func (s stopping) Read(into []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.from.Read(into)
}

const (
	scratchName = ".bedarfslotse-copy-"
	// abandoned is the age at which a scratch folder must be that of a process
	// that was killed.
	abandoned = 24 * time.Hour
)

// scratch makes a folder that only we can read, and names a file in it. It
// removes those that were left by processes that were killed: a copy that lies
// around keeps what was deleted since. remove takes its time unless ctx has ended.
func scratch(ctx context.Context, folder string) (path string, remove func() error, err error) {
	left, err := filepath.Glob(filepath.Join(globbed(folder), scratchName+"*"))
	if err != nil {
		return "", nil, fmt.Errorf("look for old copies: %w", err)
	}
	for _, one := range left {
		if info, err := os.Stat(one); err == nil && time.Since(info.ModTime()) > abandoned {
			if err := os.RemoveAll(one); err != nil {
				return "", nil, failure.Errorf(failure.Unavailable, "remove an old copy: %w", err)
			}
		}
	}
	made, err := os.MkdirTemp(folder, scratchName)
	if err != nil {
		return "", nil, failure.Errorf(failure.Unavailable, "make room for the copy: %w", err)
	}
	path = filepath.Join(made, databaseName)
	return path, func() error { return errors.Join(writeout.Shrink(ctx, path), os.RemoveAll(made)) }, nil
}

// globbed takes the meaning out of what is special in a pattern.
func globbed(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}

// Unpacked is a backup that was unpacked; Close removes it.
type Unpacked struct {
	Manifest
	Path   string // of the SQLite file
	remove func() error
}

// Unpack unpacks a backup into the folder scratch.
func Unpack(ctx context.Context, path, folder string, identities ...age.Identity) (*Unpacked, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, failure.Errorf(failure.NotFound, "open the backup: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	target, remove, err := scratch(ctx, folder)
	if err != nil {
		return nil, err
	}
	manifest, err := Read(stopping{ctx, file}, target, identities...)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	return &Unpacked{Manifest: manifest, Path: target, remove: remove}, nil
}

// Close removes what was unpacked and not taken away.
func (u *Unpacked) Close() error { return u.remove() }

// Compared is a table as the backup announces it and as it is.
type Compared struct {
	Want, Got store.Digest // the zero value where there is no such table
}

// Same tells whether both agree.
func (c Compared) Same() bool { return c.Want == c.Got }

// Compare checks the unpacked file and compares what it holds with what the
// backup says of itself. It fails as [store.Inspect] does.
func (u *Unpacked) Compare(ctx context.Context) (all []Compared, same bool, err error) {
	found, err := store.Inspect(ctx, u.Path)
	if err != nil {
		return nil, false, err
	}
	same = found.Schema == u.Schema
	got := map[string]store.Digest{}
	for _, one := range found.Tables {
		got[one.Table] = one
	}
	for _, want := range u.Tables {
		one := Compared{Want: want, Got: got[want.Table]}
		same = same && one.Same()
		all = append(all, one)
		delete(got, want.Table)
	}
	for _, more := range found.Tables {
		if _, ok := got[more.Table]; ok {
			all, same = append(all, Compared{Got: more}), false
		}
	}
	return all, same, nil
}
