// Package testinput finds the real data files that some tests read. They are
// not part of the repository, so a plain clone runs without them.
package testinput

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// RequireVariable names the environment variable that lists, separated by
// commas, what must not be missing: postgres, chromium, data.
const RequireVariable = "BEDARFSLOTSE_REQUIRE"

// Required tells whether a test must fail rather than be skipped when this
// thing is missing: always in CI (CI=true), elsewhere when [RequireVariable]
// lists it.
func Required(name string) bool {
	return os.Getenv("CI") == "true" || slices.Contains(strings.Split(os.Getenv(RequireVariable), ","), name)
}

// Long tells whether the long forms of the long tests are wanted: `make
// test-all` sets BEDARFSLOTSE_LONG.
func Long() bool { return os.Getenv("BEDARFSLOTSE_LONG") != "" }

// Variable names the environment variable that overrides where the data lies.
const Variable = "BEDARFSLOTSE_TEST_DATA"

// Dir returns the directory of the real data: $BEDARFSLOTSE_TEST_DATA, or
// ../shared/data beside the repository's root. A relative value counts from
// the repository's root, because a test runs in its package's folder. When the
// data is absent the test is skipped and says so, or fails where [Required].
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Variable)
	if dir == "" {
		dir = filepath.Join("..", "shared", "data")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(Root(t), dir)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		if Required("data") {
			t.Fatalf("the real data is not at %s; set %s", dir, Variable)
		}
		t.Skipf("skipped: the real data is not at %s; set %s to run this test", dir, Variable)
	}
	return dir
}

// Root returns the repository's root: the nearest folder above the test's
// package that holds a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("find the repository's root: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("find the repository's root: no go.mod above the test's folder")
		}
		dir = parent
	}
}

// Read returns the bytes of one file of the real data, addressed by its path
// below [Dir], for example "nrw/schuldaten_2021.csv".
func Read(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(Dir(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatalf("read real data: %v", err)
	}
	return content
}

// VolumeVariable names the environment variable that calls for the tests about
// quantity, TestVolume…: they take a while and want no race detector.
const VolumeVariable = "BEDARFSLOTSE_VOLUME"

// Volume skips a test about quantity unless [VolumeVariable] is 1.
func Volume(t testing.TB) {
	t.Helper()
	if os.Getenv(VolumeVariable) != "1" {
		t.Skip("set " + VolumeVariable + "=1 to run it")
	}
}
