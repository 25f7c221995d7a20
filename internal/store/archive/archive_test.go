package archive_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/archive"
	"bedarfslotse/internal/store/storetest"
	"bedarfslotse/internal/testpostgres"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// filled is a database that holds some facts.
func filled(t testing.TB, dsn string) *store.DB {
	t.Helper()
	storetest.Prepare(t, dsn)
	db, err := store.Open(t.Context(), dsn, store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	for n := range 30 {
		must(t, db.SetFact(t.Context(), fmt.Sprint("fact ", n), fmt.Sprint("secret ", n)))
	}
	return db
}

func options(t testing.TB, recipients ...age.Recipient) archive.Options {
	return archive.Options{Scratch: t.TempDir(), Recipients: recipients, Now: time.Now}
}

func TestBackupComesBack(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	must(t, err)
	other, err := age.GenerateX25519Identity()
	must(t, err)
	sealed, err := age.NewScryptRecipient("four words of mine")
	must(t, err)
	sealed.SetWorkFactor(10)
	opened, err := age.NewScryptIdentity("four words of mine")
	must(t, err)
	forms := map[string]struct {
		recipients []age.Recipient
		identity   age.Identity
	}{
		"readable":   {},
		"key":        {[]age.Recipient{key.Recipient(), other.Recipient()}, key},
		"passphrase": {[]age.Recipient{sealed}, opened},
	}
	stranger, err := age.GenerateX25519Identity()
	must(t, err)
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := filled(t, dsn)
		for name, form := range forms {
			path := filepath.Join(t.TempDir(), "backup")
			made, err := archive.Backup(t.Context(), db, path, options(t, form.recipients...))
			must(t, err)
			content, err := os.ReadFile(path)
			if err != nil || int64(len(content)) != made.Size {
				t.Errorf("%s: %d bytes, told %d; %v", name, len(content), made.Size, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
			var identities []age.Identity
			if form.identity != nil {
				_, err := archive.Unpack(t.Context(), path, t.TempDir())
				_, wrong := archive.Unpack(t.Context(), path, t.TempDir(), stranger)
				if failure.CodeOf(err) != failure.Unauthorized || failure.CodeOf(wrong) != failure.Unauthorized {
					t.Errorf("%s: without a key %v, with another %v", name, err, wrong)
				}
				identities = append(identities, form.identity)
			}
			folder := t.TempDir()
			unpacked, err := archive.Unpack(t.Context(), path, folder, identities...)
			must(t, err)
			compared, same, err := unpacked.Compare(t.Context())
			if err != nil || !same || len(compared) < 60 {
				t.Errorf("%s: %d tables, same %t, %v", name, len(compared), same, err)
			}
			back, err := store.Open(t.Context(), unpacked.Path, store.Options{})
			must(t, err)
			value, err := back.Fact(t.Context(), "fact 7")
			if err != nil || value != "secret 7" {
				t.Errorf("%s: %q, %v", name, value, err)
			}
			must(t, errors.Join(back.Close(), unpacked.Close()))
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("%s: %v is left, %v", name, left, err)
			}
		}
	})
}

// TestDamageIsFound flips and cuts a backup anywhere: it is never taken for whole,
// unless the same comes out of it. Some bits of what Zstandard writes mean nothing.
func TestDamageIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "backup")
	_, err := archive.Backup(t.Context(), filled(t, filepath.Join(t.TempDir(), "x.db")), path, options(t))
	must(t, err)
	whole, err := os.ReadFile(path)
	must(t, err)
	folder := t.TempDir()
	unpacked, err := archive.Unpack(t.Context(), path, folder)
	must(t, err)
	packed, err := os.ReadFile(unpacked.Path)
	must(t, errors.Join(err, unpacked.Close()))
	try := func(how string, content []byte) {
		must(t, os.WriteFile(path, content, 0o600))
		unpacked, err := archive.Unpack(t.Context(), path, folder)
		if err == nil {
			found, err := os.ReadFile(unpacked.Path)
			must(t, err)
			_, same, comparing := unpacked.Compare(t.Context())
			if comparing == nil && same && (len(content) < len(whole) || !bytes.Equal(found, packed)) {
				t.Errorf("%s: taken for whole", how)
			}
			must(t, unpacked.Close())
		} else if failure.CodeOf(err) != failure.Invalid {
			t.Errorf("%s: %v", how, err)
		}
	}
	for range 60 {
		at := rand.IntN(len(whole))
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1 << rand.IntN(8)
		try(fmt.Sprint("flipped at ", at), flipped)
		try(fmt.Sprint("cut at ", at), whole[:at])
	}
	for _, at := range []int{0, 1, 4, len(whole) - 1} {
		try(fmt.Sprint("cut at ", at), whole[:at])
	}
}

// TestFormatsToCome refuses what a newer program packed, unless it is damaged:
// then a flipped bit may have made it look so.
func TestFormatsToCome(t *testing.T) {
	var packed bytes.Buffer
	squeezed, err := zstd.NewWriter(&packed)
	must(t, err)
	entries := tar.NewWriter(squeezed)
	content := []byte(`{"format": 2}`)
	must(t, entries.WriteHeader(&tar.Header{Name: "manifest.json", Mode: 0o600, Size: int64(len(content))}))
	_, err = entries.Write(content)
	must(t, errors.Join(err, entries.Close(), squeezed.Close()))
	whole := packed.Bytes()
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-1] ^= 1 // in the check sum
	for name, c := range map[string]struct {
		content []byte
		want    failure.Code
	}{"whole": {whole, failure.Conflict}, "damaged": {damaged, failure.Invalid}, "cut": {whole[:len(whole)-2], failure.Invalid}} {
		path := filepath.Join(t.TempDir(), "backup")
		must(t, os.WriteFile(path, c.content, 0o600))
		if _, err := archive.Unpack(t.Context(), path, t.TempDir()); failure.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestCompareFinds what a file holds other than its table of contents says.
func TestCompareFinds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "backup")
	_, err := archive.Backup(t.Context(), filled(t, filepath.Join(t.TempDir(), "x.db")), path, options(t))
	must(t, err)
	unpacked, err := archive.Unpack(t.Context(), path, t.TempDir())
	must(t, err)
	db, err := store.Open(t.Context(), unpacked.Path, store.Options{})
	must(t, err)
	must(t, errors.Join(db.SetFact(t.Context(), "fact 7", "another"), db.Close()))
	compared, same, err := unpacked.Compare(t.Context())
	differing := ""
	for _, one := range compared {
		if !one.Same() {
			differing += one.Want.Table
		}
	}
	if err != nil || same || differing != "facts" {
		t.Errorf("same %t, %q differs, %v", same, differing, err)
	}
	must(t, unpacked.Close())
}

func TestCreate(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	say := func(text string) func(io.Writer) error {
		return func(to io.Writer) error { _, err := io.WriteString(to, text); return err }
	}
	holds := func(want string) {
		t.Helper()
		content, err := os.ReadFile(path)
		files, listing := os.ReadDir(folder)
		if err != nil || listing != nil || string(content) != want || len(files) != 1 {
			t.Errorf("%q among %v, want %q alone; %v, %v", content, files, want, err, listing)
		}
	}
	must(t, archive.Create(path, false, say("first")))
	if err := archive.Create(path, false, say("second")); failure.CodeOf(err) != failure.Conflict {
		t.Error(err)
	}
	holds("first")
	// One that appears while it is written stays as well.
	other := filepath.Join(folder, "other")
	err := archive.Create(other, false, func(io.Writer) error { return os.WriteFile(other, []byte("quicker"), 0o600) })
	if content, reading := os.ReadFile(other); failure.CodeOf(err) != failure.Conflict || string(content) != "quicker" {
		t.Errorf("%q, %v, %v", content, err, reading)
	}
	must(t, os.Remove(other))
	if err := archive.Create(path, true, func(to io.Writer) error {
		_ = say("half")(to)
		return io.ErrShortWrite
	}); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
	holds("first")
	must(t, archive.Create(path, true, say("third")))
	holds("third")
}

// TestBackupStopped leaves nothing behind, and what killed ones left goes.
func TestBackupStopped(t *testing.T) {
	db := filled(t, filepath.Join(t.TempDir(), "x.db"))
	folder, o := t.TempDir(), options(t)
	left := filepath.Join(o.Scratch, ".bedarfslotse-copy-1")
	must(t, os.Mkdir(left, 0o700))
	must(t, os.WriteFile(filepath.Join(left, "bedarfslotse.db"), nil, 0o600))
	long := time.Now().Add(-48 * time.Hour)
	must(t, os.Chtimes(left, long, long))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := archive.Backup(ctx, db, filepath.Join(folder, "backup"), o); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, one := range []string{folder, o.Scratch} {
		if files, err := os.ReadDir(one); err != nil || len(files) > 0 {
			t.Errorf("%v is left, %v", files, err)
		}
	}
}
