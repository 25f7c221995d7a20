package testinput_test

import (
	"os"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/testinput"
)

func TestRootHoldsTheModule(t *testing.T) {
	if _, err := os.Stat(filepath.Join(testinput.Root(t), "go.mod")); err != nil {
		t.Fatal(err)
	}
}

func TestDirFollowsTheVariable(t *testing.T) {
	elsewhere := t.TempDir()
	t.Setenv(testinput.Variable, elsewhere)
	if got := testinput.Dir(t); got != elsewhere {
		t.Errorf("Dir() = %q, want %q", got, elsewhere)
	}
}

func TestDirCountsRelativePathsFromTheRoot(t *testing.T) {
	t.Setenv(testinput.Variable, "internal")
	if got, want := testinput.Dir(t), filepath.Join(testinput.Root(t), "internal"); got != want {
		t.Errorf("Dir() = %q, want %q", got, want)
	}
}

func TestReadReturnsTheBytes(t *testing.T) {
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "one.csv"), []byte("a,b"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(testinput.Variable, elsewhere)
	if got := string(testinput.Read(t, "one.csv")); got != "a,b" {
		t.Errorf("Read() = %q", got)
	}
}
