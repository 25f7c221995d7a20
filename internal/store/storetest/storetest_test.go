package storetest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/storetest"
)

// TestPrepare: each test has a database of its own, and one that is there stays.
func TestPrepare(t *testing.T) {
	ctx := context.Background()
	for _, name := range []string{"a.db", "b.db"} {
		path := filepath.Join(t.TempDir(), name)
		storetest.Prepare(t, path)
		before, err := os.Stat(path)
		if err != nil || before.Size() == 0 {
			t.Fatalf("%v, %v", before, err)
		}
		db, err := store.Open(ctx, path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		waves, err := db.Waves(ctx)
		if err != nil || len(waves) != 0 {
			t.Errorf("%d waves, %v", len(waves), err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "kept.db")
	if err := os.WriteFile(path, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	storetest.Prepare(t, path)
	if content, err := os.ReadFile(path); err != nil || string(content) != "kept" {
		t.Errorf("%q, %v", content, err)
	}
	storetest.Prepare(t, "postgres://nobody@127.0.0.1:1/none")
}
