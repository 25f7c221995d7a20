package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"bedarfslotse/internal/store"
)

// asProgram makes the test's own binary behave as the program, so that it can
// be killed as the program would be.
const asProgram = "BEDARFSLOTSE_TEST_AS_PROGRAM"

// itself is the program with arguments, to be run in a process of its own.
func itself(arguments ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], arguments...)
	command.Env = append(os.Environ(), asProgram+"=1")
	return command
}

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	if path := os.Getenv(asLocker); path != "" {
		if err := lockDatabase(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if path := os.Getenv(reliabilityVariable); path != "" && code == 0 {
		if err := writeFindings(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// lost counts the receipts that no stored response has: those that cannot be
// withdrawn.
func lost(t *testing.T, path string, receipts map[string]bool) int {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(t.Context(), copied, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	missing := 0
	for receipt := range receipts {
		if err := db.Withdraw(t.Context(), receipt); err != nil {
			missing++
		}
	}
	return missing
}

// serveProcess starts the program as a process of its own, and returns the
// address that it listens at: a host and a port of 0 let the system choose one.
func serveProcess(t *testing.T, path, host string, more ...string) (*os.Process, string) {
	t.Helper()
	one := launch(t, exec.Command(os.Args[0], append([]string{"serve", "--db", path, "--addr", host, "--rate-limit", "0"}, more...)...), "http://")
	return one.Process, one.address
}
