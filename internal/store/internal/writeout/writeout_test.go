package writeout

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestFollower: every part of a growing file is asked for once, again when the disk
// refused it, and what is hardly anything not at all.
func TestFollower(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grows")
	var asked [][2]int64
	var refused error
	f := &follower{path: path, out: func(_ *os.File, at, size int64) error {
		asked = append(asked, [2]int64{at, size})
		return refused
	}}
	defer f.close()
	f.look() // there is no file yet
	grow := func(size int64) {
		t.Helper()
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			err = errors.Join(file.Truncate(size), file.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		f.look()
	}
	grow(least - 1)
	grow(3 * least)
	f.look()
	refused = errors.New("busy")
	grow(5 * least)
	refused = nil
	grow(6 * least)
	want := [][2]int64{{0, 3 * least}, {3 * least, 2 * least}, {3 * least, 3 * least}}
	if len(asked) != len(want) {
		t.Fatalf("asked for %v, not %v", asked, want)
	}
	for i := range want {
		if asked[i] != want[i] {
			t.Errorf("asked for %v, not %v", asked, want)
		}
	}
}

// TestOut: the disk takes what it is asked to write, and following ends.
func TestOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	stop := Follow(path)
	defer stop()
	if err := os.WriteFile(path, make([]byte, 2*least), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(out(file, 0, 2*least), file.Close()); err != nil {
		t.Error(err)
	}
	stop()
}

func TestShrink(t *testing.T) {
	folder := t.TempDir()
	for name, size := range map[string]int64{"none": -1, "empty": 0, "small": 100, "even": 3 * piece, "large": 3*piece + 1} {
		path := filepath.Join(folder, name)
		if size >= 0 {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
		if err := Shrink(t.Context(), path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(path); err == nil && info.Size() > piece || err != nil && size >= 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	large := filepath.Join(folder, "large")
	if err := os.Truncate(large, 3*piece); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := Shrink(stopped, large); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(large); err != nil || info.Size() != 3*piece {
		t.Errorf("whoever stops waits: %v, %v", info, err)
	}
	if err := Shrink(t.Context(), filepath.Join(folder, "small", "not a folder")); err == nil {
		t.Error("a path that leads nowhere is no mistake")
	}
}
