package testdata_test

import (
	"os"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/testdata"
)

func TestRootHoldsTheModule(t *testing.T) {
	if _, err := os.Stat(filepath.Join(testdata.Root(t), "go.mod")); err != nil {
		t.Fatal(err)
	}
}

func TestDirFollowsTheVariable(t *testing.T) {
	elsewhere := t.TempDir()
	t.Setenv(testdata.Variable, elsewhere)
	if got := testdata.Dir(t); got != elsewhere {
		t.Errorf("Dir() = %q, want %q", got, elsewhere)
	}
}

func TestDirCountsRelativePathsFromTheRoot(t *testing.T) {
	t.Setenv(testdata.Variable, "internal")
	if got, want := testdata.Dir(t), filepath.Join(testdata.Root(t), "internal"); got != want {
		t.Errorf("Dir() = %q, want %q", got, want)
	}
}

func TestReadReturnsTheBytes(t *testing.T) {
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "one.csv"), []byte("a,b"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(testdata.Variable, elsewhere)
	if got := string(testdata.Read(t, "one.csv")); got != "a,b" {
		t.Errorf("Read() = %q", got)
	}
}
