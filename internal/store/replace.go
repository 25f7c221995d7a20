package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"

	"bedarfslotse/internal/failure"
)

// Replace puts the SQLite file fresh, which lies in the same folder, in the place
// of the database at path. What was there is kept as aside, in one file. It fails
// with Conflict while any program has the database open: in SQLite's WAL mode
// whoever has it open holds a shared lock, and leaving that mode needs them all
// gone. A database that is too damaged to be asked is kept aside as it is.
func Replace(ctx context.Context, fresh, path, aside string) error {
	release, err := seize(ctx, path)
	if err != nil {
		return err
	}
	err = swap(fresh, path, aside)
	return errors.Join(err, release())
}

// seize makes sure that nobody else has the database open until release.
func seize(ctx context.Context, path string) (release func() error, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	location := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	file, err := sql.Open("sqlite", location+"?_pragma=busy_timeout(1000)&_pragma=secure_delete(1)")
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	file.SetMaxOpenConns(1)
	for _, statement := range []string{`PRAGMA journal_mode=DELETE`, `BEGIN EXCLUSIVE`} {
		if _, err = file.ExecContext(ctx, statement); err != nil {
			break
		}
	}
	var lite *sqlite.Error
	switch {
	case err == nil:
		return file.Close, nil
	case errors.As(err, &lite) && lite.Code()&0xff == 5: // SQLITE_BUSY
		return nil, errors.Join(failure.New(failure.Conflict, "backup.in_use", "path", path), file.Close())
	case errors.As(err, &lite) && (lite.Code()&0xff == 11 || lite.Code()&0xff == 26): // SQLITE_CORRUPT, SQLITE_NOTADB
		return file.Close, nil
	}
	return nil, errors.Join(failure.Errorf(failure.Unavailable, "lock the database: %w", err), file.Close())
}

// swap keeps the file at path under another name and puts fresh in its place. A
// power cut leaves the old or the new one, never none.
func swap(fresh, path, aside string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} { // the latter two of a damaged one only
		err := keep(path+suffix, aside+suffix)
		if err == nil && suffix != "" {
			err = os.Remove(path + suffix)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failure.Errorf(failure.Unavailable, "keep the old database: %w", err)
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return failure.Errorf(failure.Unavailable, "put the database in its place: %w", err)
	}
	return SyncFolder(filepath.Dir(path))
}

// keep gives a file a second name. Where a file system knows no second names it
// takes the first away.
func keep(path, aside string) error {
	if err := os.Link(path, aside); err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(path, aside)
}

// SyncFolder brings the names in a folder to the disk.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// EndSessions signs everybody out: a database that comes back from a backup must
// not bring back sessions that were ended since.
func (db *DB) EndSessions(ctx context.Context) error {
	_, err := db.write.ExecContext(ctx, `DELETE FROM sessions`)
	return unavailable(err)
}
