package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/archive"
	"bedarfslotse/internal/store/storetest"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/testpostgres"
)

// refused runs a command that must not succeed and returns its sentence.
func refused(t *testing.T, arguments ...string) string {
	t.Helper()
	stdout, stderr, exit := command(t, "", arguments...)
	if exit != 1 {
		t.Fatalf("bedarfslotse %s: exit %d\n%s%s", strings.Join(arguments, " "), exit, stdout, stderr)
	}
	return stderr
}

// keyFile makes a key of age and returns the file with its secret half, and the
// public one.
func keyFile(t *testing.T) (path, public string) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(path, []byte("# a key\n"+key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, key.Recipient().String()
}

// stored counts the responses in a database.
func stored(t *testing.T, dsn string) int {
	t.Helper()
	return strings.Count(succeed(t, "responses", "export", "--db", dsn, "--wave", "w", "--full"), "\n") - 1
}

// answerFamilies answers the survey n times.
func answerFamilies(t *testing.T, address, prefix string, n int) {
	t.Helper()
	age := childAges(t)[0]
	for i := range n {
		fields := family(fmt.Sprintf("%s-%012d", prefix, i))
		fields.Set("child_ages", age)
		if status, answer := post(t, address+"/s/w", fields); status != http.StatusCreated {
			t.Fatalf("%d: %v", status, answer)
		}
	}
}

// withdrawn withdraws the first n of those answers.
func withdrawn(t *testing.T, dsn, prefix string, n int) {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for i := range n {
		if err := db.Withdraw(t.Context(), response.Receipt(fmt.Sprintf("%s-%012d", prefix, i))); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHeavyBackupOfTheRunningService backs a service up while it serves, and restores
// to a new file, to PostgreSQL, and in the place of the old database.
func TestHeavyBackupOfTheRunningService(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		storetest.Prepare(t, dsn)
		db, file := "--db="+dsn, filepath.Join(t.TempDir(), "b.tar.zst.age")
		identity, recipient := keyFile(t)
		succeed(t, "wave", "open", db, "--survey", "families", "--slug", "w")
		t.Run("serving", func(t *testing.T) {
			address := start(t, "serve", db, "--addr", "127.0.0.1:0", "--rate-limit", "0")
			answerFamilies(t, address, "before", 12)
			if said := succeed(t, "backup", db, "--recipient", recipient, file); !strings.Contains(said, file) {
				t.Error(said)
			}
			answerFamilies(t, address, "after", 3)
			said := refused(t, "restore", db, "--identity", identity, file)
			if !strings.Contains(said, "in use") && !strings.Contains(said, "createdb") {
				t.Error(said)
			}
			answerFamilies(t, address, "later", 1)
		})
		if said := refused(t, "backup", db, "--recipient", recipient, file); !strings.Contains(said, "--force") {
			t.Error(said)
		}
		if said := refused(t, "verify", file); !strings.Contains(said, "--identity") {
			t.Error(said)
		}
		said := succeed(t, "verify", "--identity", identity, file)
		if !strings.Contains(said, "responses  ") || !strings.Contains(said, "12") || !strings.Contains(said, "whole") {
			t.Error(said)
		}
		for _, empty := range []string{filepath.Join(t.TempDir(), "new", "x.db"), testpostgres.URL(t)} {
			succeed(t, "restore", "--db", empty, "--identity", identity, file)
			if n := stored(t, empty); n != 12 {
				t.Errorf("%d restored", n)
			}
		}
		if n := stored(t, dsn); n != 16 {
			t.Errorf("%d in the database", n)
		}
		if !store.IsPostgres(dsn) {
			withdrawn(t, dsn, "before", 2)
			said := succeed(t, "restore", db, "--identity", identity, file)
			aside := strings.TrimSuffix(strings.Fields(strings.SplitAfter(said, "kept as ")[1])[0], ".")
			if stored(t, dsn) != 10 || stored(t, aside) != 14 || !strings.Contains(said, "2 answers that were withdrawn") {
				t.Errorf("%d, kept %d: %s", stored(t, dsn), stored(t, aside), said)
			}
		}
	})
}

// TestBackupKeysAreChecked: what is wrong with a key is said before anything else.
func TestBackupKeysAreChecked(t *testing.T) {
	folder := t.TempDir()
	db, file, words := filepath.Join(folder, "x.db"), filepath.Join(folder, "b"), filepath.Join(folder, "words")
	storetest.Prepare(t, db)
	if err := os.WriteFile(words, []byte("vier Wörter von mir\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, []byte("\nx"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, recipient := keyFile(t)
	for want, arguments := range map[string][]string{
		"age-keygen":     {"--recipient", "age1nobody", file},
		"not both":       {"--recipient", recipient, "--passphrase-file", words, file},
		"first line":     {"--passphrase-file", empty, file},
		"no such file":   {"--passphrase-file", filepath.Join(folder, "none"), file},
		"no such folder": {filepath.Join(folder, "none", "b")},
	} {
		want = strings.Replace(want, "no such folder", "no such file", 1)
		if said := refused(t, append([]string{"backup", "--db", db}, arguments...)...); !strings.Contains(said, want) {
			t.Errorf("%v: %s", arguments, said)
		}
	}
	if said := refused(t, "backup", "--db", filepath.Join(folder, "none.db"), file); !strings.Contains(said, "no database") {
		t.Error(said)
	}
	succeed(t, "backup", "--db", db, "--passphrase-file", words, file)
	if said := refused(t, "verify", file, "--identity", words); !strings.Contains(said, "AGE-SECRET-KEY") {
		t.Error(said)
	}
	succeed(t, "verify", file, "--passphrase-file", words)
	if said := refused(t, "verify", words); !strings.Contains(said, "no backup") {
		t.Error(said)
	}
}

func TestDBCopy(t *testing.T) {
	folder := t.TempDir()
	from, back, postgres := filepath.Join(folder, "a.db"), filepath.Join(folder, "b.db"), testpostgres.URL(t)
	storetest.Prepare(t, from)
	succeed(t, "wave", "open", "--db", from, "--survey", "families", "--slug", "w")
	t.Run("serving", func(t *testing.T) {
		answerFamilies(t, start(t, "serve", "--db", from, "--addr", "127.0.0.1:0", "--rate-limit", "0"), "copied", 9)
	})
	stdout, stderr, exit := command(t, "", "db", "copy", from, postgres)
	if exit != 0 || !strings.Contains(stderr, "responses: 9 of 9 rows") || !strings.Contains(stdout, "responses") {
		t.Fatalf("%d\n%s\n%s", exit, stdout, stderr)
	}
	if said := succeed(t, "db", "copy", postgres, back); said != stdout {
		t.Errorf("there\n%s\nand back\n%s", stdout, said)
	}
	if n := stored(t, back); n != 9 {
		t.Errorf("%d responses", n)
	}
	if said := refused(t, "db", "copy", from, back); !strings.Contains(said, "not empty") {
		t.Error(said)
	}
	none := filepath.Join(folder, "none.db")
	if said := refused(t, "db", "copy", none, filepath.Join(folder, "c.db")); !strings.Contains(said, "no database") {
		t.Error(said)
	}
	if said := refused(t, "db", "copy", testpostgres.URL(t), none); !strings.Contains(said, "no tables") {
		t.Error(said)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a copy that was refused left a file")
	}
}

// scheduled is a program with a clock of its own, and its backups.
func scheduled(t *testing.T, keep int) (p *program, db *store.DB, b *backups, path string, now *time.Time) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.db")
	storetest.Prepare(t, path)
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	now = &start
	p = &program{stderr: t.Output(), env: func(string) string { return "" }, now: func() time.Time { return *now }}
	db, err := store.Open(t.Context(), path, store.Options{Now: p.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b = &backups{Dir: t.TempDir(), Every: time.Hour, Keep: keep}
	if err := b.prepare(); err != nil {
		t.Fatal(err)
	}
	return p, db, b, path, now
}

func listed(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range entries {
		names = append(names, one.Name())
	}
	return names
}

// TestScheduledBackups: one when it is due, the newest are kept, other files stay.
func TestScheduledBackups(t *testing.T) {
	p, db, b, path, now := scheduled(t, 2)
	half := filepath.Join(b.Dir, ".bedarfslotse-20260101T000000.000Z.tar.zst.part123")
	for _, name := range []string{"bedarfslotse-by-hand.tar.zst", "bedarfslotse-20260101T000000.000Z.tar.zst.txt", filepath.Base(half)} {
		if err := os.WriteFile(filepath.Join(b.Dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(half, long, long); err != nil {
		t.Fatal(err)
	}
	for range 9 { // every 20 minutes, for three hours
		if err := p.backUpIfDue(t.Context(), db, path, b); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(20 * time.Minute)
	}
	want := "bedarfslotse-20260101T000000.000Z.tar.zst.txt bedarfslotse-20260302T110000.000Z.tar.zst bedarfslotse-20260302T120000.000Z.tar.zst bedarfslotse-by-hand.tar.zst"
	if got := strings.Join(listed(t, b.Dir), " "); got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
	state, err := db.BackupState(t.Context())
	if err != nil || !state.Made.Equal(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)) || state.Every != time.Hour || state.Size == 0 ||
		state.Overdue(*now) || !state.Overdue(now.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", state, err)
	}
	succeed(t, "verify", filepath.Join(b.Dir, state.File))

	// One by hand lies elsewhere: the next is due all the same.
	succeed(t, "backup", "--db", path, filepath.Join(t.TempDir(), "by-hand"))
	if hand, err := db.BackupByHand(t.Context()); err != nil || hand.File != "by-hand" || hand.Made.IsZero() {
		t.Errorf("%+v, %v", hand, err)
	}
	if again, err := db.BackupState(t.Context()); err != nil || again != state || !b.due(again, *now) {
		t.Errorf("%+v, %v", again, err)
	}
	if b.due(state, now.Add(-time.Minute)) || !b.due(state, now.Add(-3*time.Hour)) {
		t.Error("due before its time, or not after the clock was put back")
	}
	// A service that makes none any more misses none.
	p.keepBackups(t.Context(), db, path, &backups{}, byLease(db))
	if state, err := db.BackupState(t.Context()); err != nil || state.Every != 0 || state.Overdue(now.Add(1000*time.Hour)) {
		t.Errorf("%+v, %v", state, err)
	}
}

// TestScheduledBackupFails: it is noted, tried again later, and forgotten when it
// succeeds.
func TestScheduledBackupFails(t *testing.T) {
	p, db, b, path, now := scheduled(t, 2)
	there := b.Dir
	b.Dir = filepath.Join(there, "unmounted")
	if err := p.backUpIfDue(t.Context(), db, path, b); err == nil {
		t.Fatal("no error")
	}
	state, err := db.BackupState(t.Context())
	if err != nil || !state.Failed.Equal(*now) || !strings.Contains(state.Reason, "unmounted") || !state.Made.IsZero() || !state.Overdue(*now) {
		t.Errorf("%+v, %v", state, err)
	}
	b.Dir = there
	*now = now.Add(30 * time.Minute)
	if err := p.backUpIfDue(t.Context(), db, path, b); err != nil || len(listed(t, there)) > 0 {
		t.Errorf("tried again at once: %v, %v", listed(t, there), err)
	}
	*now = now.Add(30 * time.Minute)
	if err := p.backUpIfDue(t.Context(), db, path, b); err != nil || len(listed(t, there)) != 1 {
		t.Errorf("%v, %v", listed(t, there), err)
	}
	if state, err := db.BackupState(t.Context()); err != nil || !state.Failed.IsZero() || !state.Made.Equal(*now) {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestScheduleIsChecked(t *testing.T) {
	folder := t.TempDir()
	for want, arguments := range map[string][]string{
		"no folder":          {"--backup-dir", filepath.Join(folder, "none")},
		"--backup-every 24h": {"--backup-dir", folder, "--backup-every", "1ms"},
		"--backup-keep 14":   {"--backup-dir", folder, "--backup-keep", "0"},
		"age-keygen":         {"--backup-dir", folder, "--backup-recipient", "age1x"},
	} {
		path := filepath.Join(folder, "x.db")
		storetest.Prepare(t, path)
		if said := refused(t, append([]string{"serve", "--db", path, "--addr", "127.0.0.1:0"}, arguments...)...); !strings.Contains(said, want) {
			t.Errorf("%v: %s", arguments, said)
		}
	}
}

// TestHeavyLostMachine kills a service that is backed up every second, under load,
// and goes on with the newest backup alone: what was acknowledged before that
// backup began is there.
func TestHeavyLostMachine(t *testing.T) {
	path, folder := filepath.Join(t.TempDir(), "x.db"), t.TempDir()
	storetest.Prepare(t, path)
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	backupsWanted := 4
	if testinput.Long() {
		backupsWanted = 30
	}
	process, address := serveProcess(t, path, "127.0.0.1:0", "--backup-dir", folder, "--backup-every", "1s", "--backup-keep", "3")
	type acknowledgement struct {
		id string
		at time.Time
	}
	told := make(chan acknowledgement, 1024)
	age := childAges(t)[0]
	var phones sync.WaitGroup
	for phone := range 4 {
		phones.Go(func() {
			for n := 0; ; n++ {
				fields := family(fmt.Sprintf("lost-%04d-%09d", phone, n))
				fields.Set("child_ages", age)
				answer, err := http.PostForm(address+"/s/w", fields)
				if err != nil {
					return // killed
				}
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusCreated {
					t.Errorf("status %d", answer.StatusCode)
					return
				}
				told <- acknowledgement{fields.Get("submission_id"), time.Now()}
			}
		})
	}
	go func() { phones.Wait(); close(told) }()
	var all []acknowledgement
	seen := map[string]bool{}
	for one := range told {
		all = append(all, one)
		for _, name := range listed(t, folder) {
			if !strings.HasPrefix(name, ".") {
				seen[name] = true
			}
		}
		if len(seen) == backupsWanted {
			if err := process.Kill(); err != nil {
				t.Fatal(err)
			}
			seen[""] = true
		}
	}
	killed := all[len(all)-1].at
	kept := make([]string, 0, 3)
	for _, name := range listed(t, folder) {
		if !strings.HasPrefix(name, ".") {
			kept = append(kept, name)
		}
	}
	if len(kept) == 0 || len(kept) > 3+1 { // one more if it was killed before it could remove the oldest
		t.Fatalf("there are %v", listed(t, folder))
	}
	newest := filepath.Join(folder, kept[len(kept)-1])
	unpacked, err := archive.Unpack(context.Background(), newest, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unpacked.Close() }()
	restored := filepath.Join(t.TempDir(), "new.db")
	succeed(t, "restore", "--db", restored, newest)
	again := start(t, "serve", "--db", restored, "--addr", "127.0.0.1:0", "--rate-limit", "0")
	lost, early := 0, 0
	for _, one := range all {
		fields := family(one.id)
		fields.Set("child_ages", age)
		status, _ := post(t, again+"/s/w", fields) // a phone that sends again stores once
		if status == http.StatusCreated {
			if lost++; one.at.Before(unpacked.Made) {
				early++
			}
		}
	}
	if early > 0 || lost == 0 || lost == len(all) {
		t.Errorf("%d acknowledged, %d lost, %d of them acknowledged before the backup began", len(all), lost, early)
	}
	t.Logf("%d acknowledged in %v, the newest backup began %v before the kill, %d lost", len(all),
		killed.Sub(all[0].at).Round(time.Millisecond), killed.Sub(unpacked.Made).Round(time.Millisecond), lost)
}
