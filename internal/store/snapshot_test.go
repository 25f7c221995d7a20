package store_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestSnapshot: the file is the database at one moment, whichever engine it is
// of, and a database itself.
func TestSnapshot(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		fill(t, db, wave, 0, 30)
		want, err := store.Digests(ctx, db, sorted(store.Everything()))
		must(t, err)
		path := filepath.Join(t.TempDir(), "a copy?.db")
		must(t, db.Snapshot(ctx, path, nil))
		fill(t, db, wave, 30, 1)
		found, err := store.Inspect(ctx, path)
		if err != nil || !slices.Equal(found.Tables, want) {
			t.Errorf("%v, want %v; %v", found, want, err)
		}
		if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
			t.Errorf("beside the copy lie %v, %v", files, err)
		}
		copied := open(t, path, newClock())
		there, err := copied.Wave(ctx, "w")
		must(t, err)
		if n := returns(t, copied, there); n != 30 {
			t.Errorf("%d responses", n)
		}
	})
}

// TestSnapshotOfOlderSchema: a backup before an upgrade changes nothing.
func TestSnapshotOfOlderSchema(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		must(t, store.MakeFirst(dsn, `INSERT INTO facts (name, value) VALUES ('a', 'b')`))
		db, err := store.OpenAsIs(t.Context(), dsn, store.Options{})
		must(t, err)
		path := filepath.Join(t.TempDir(), "copy.db")
		must(t, db.Snapshot(t.Context(), path, nil))
		found, err := store.Inspect(t.Context(), path)
		at := slices.IndexFunc(found.Tables, func(d store.Digest) bool { return d.Table == "facts" })
		if err != nil || found.Schema != 1 || at < 0 || found.Tables[at].Rows != 1 {
			t.Errorf("%+v, %v", found, err)
		}
		if schema, err := db.Schema(t.Context()); err != nil || schema != 1 {
			t.Errorf("schema %d, %v", schema, err)
		}
		must(t, db.Close())
		if value, err := open(t, path, newClock()).Fact(t.Context(), "a"); err != nil || value != "b" {
			t.Errorf("%q, %v", value, err)
		}
	})
}

// TestSnapshotHoldsNothingDeleted: even what the live file still holds in free
// pages is not in a copy.
func TestSnapshotHoldsNothingDeleted(t *testing.T) {
	folder := t.TempDir()
	path, copied := filepath.Join(folder, "live.db"), filepath.Join(folder, "copy.db")
	db := open(t, path, newClock())
	secret := []byte("the-secret-of-one-family")
	for _, statement := range []string{
		`PRAGMA secure_delete = 0`,
		`INSERT INTO facts (name, value) VALUES ('x', '` + string(secret) + `')`,
		`DELETE FROM facts`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
	} {
		must(t, store.Tamper(db, statement))
	}
	live, err := os.ReadFile(path)
	must(t, err)
	must(t, db.Snapshot(t.Context(), copied, nil))
	packed, err := os.ReadFile(copied)
	must(t, err)
	if !bytes.Contains(live, secret) || bytes.Contains(packed, secret) {
		t.Errorf("in the live file %t (this test wants it there), in the copy %t", bytes.Contains(live, secret), bytes.Contains(packed, secret))
	}
}

// TestSnapshotCancelled: whoever stops a copy is told so.
func TestSnapshotCancelled(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := open(t, dsn, newClock())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Snapshot(ctx, filepath.Join(t.TempDir(), "copy.db"), nil); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// fileWith makes a database file that holds one fact.
func fileWith(t *testing.T, path, value string) {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	must(t, err)
	must(t, db.SetFact(t.Context(), "which", value))
	must(t, db.Close())
}

func TestReplace(t *testing.T) {
	folder := t.TempDir()
	path, fresh, aside := filepath.Join(folder, "live.db"), filepath.Join(folder, "fresh.db"), filepath.Join(folder, "aside.db")
	which := func(path string) string {
		t.Helper()
		db, err := store.OpenAsIs(t.Context(), path, store.Options{})
		must(t, err)
		value, err := db.Fact(t.Context(), "which")
		must(t, errors.Join(err, db.Close()))
		return value
	}
	fileWith(t, fresh, "first")
	must(t, store.Replace(t.Context(), fresh, path, aside)) // nothing to be replaced
	if _, err := os.Stat(aside); !errors.Is(err, fs.ErrNotExist) || which(path) != "first" {
		t.Errorf("%v, %s", err, which(path))
	}
	fileWith(t, fresh, "second")
	user := open(t, path, newClock()) // a service that does nothing just now
	wantCode(t, store.Replace(t.Context(), fresh, path, aside), failure.Conflict)
	must(t, user.SetFact(t.Context(), "which", "changed"))
	wantCode(t, store.Replace(t.Context(), fresh, path, aside), failure.Conflict)
	if which(path) != "changed" {
		t.Error("a database in use was replaced")
	}
	must(t, user.Close())
	must(t, store.Replace(t.Context(), fresh, path, aside))
	if which(path) != "second" || which(aside) != "changed" {
		t.Errorf("%s, kept %s", which(path), which(aside))
	}
	must(t, os.WriteFile(path, bytes.Repeat([]byte("no database"), 1000), 0o600))
	fileWith(t, fresh, "third")
	must(t, store.Replace(t.Context(), fresh, path, aside+"2"))
	if content, err := os.ReadFile(aside + "2"); which(path) != "third" || !bytes.HasPrefix(content, []byte("no database")) {
		t.Errorf("%s, %v", which(path), err)
	}
}

func TestInspectRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	fileWith(t, path, "x")
	content, err := os.ReadFile(path)
	must(t, err)
	for at := range 40 { // pages in the middle
		content[20000+at*4096] ^= 0xff
	}
	must(t, os.WriteFile(path, content, 0o600))
	_, err = store.Inspect(t.Context(), path)
	wantCode(t, err, failure.Invalid)
	newer := filepath.Join(t.TempDir(), "newer.db")
	must(t, store.PretendNewer(open(t, newer, newClock())))
	_, err = store.Inspect(t.Context(), newer)
	if wantCode(t, err, failure.Conflict); failure.As(err).Key != "error.newer_schema" {
		t.Error(err)
	}
}
