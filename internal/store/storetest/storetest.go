// Package storetest gives tests databases that are migrated already: migrating
// each for itself takes most of the time of most tests.
package storetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bedarfslotse/internal/store"
)

// migrated is the file of an empty database, made once in each process.
var migrated = sync.OnceValues(func() (content []byte, err error) { //nolint:gochecknoglobals // made once, never changed
	folder, err := os.MkdirTemp("", "bedarfslotse-migrated-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "empty.db")
	db, err := store.Open(context.Background(), path, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Prepare puts an empty, migrated database where a test is about to open one. What
// is there already stays, and databases of PostgreSQL are left alone.
func Prepare(t testing.TB, dsn string) {
	t.Helper()
	if strings.Contains(dsn, "://") {
		return
	}
	if _, err := os.Stat(dsn); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	content, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dsn, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
