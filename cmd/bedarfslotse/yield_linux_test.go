package main

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestBackupsYield looks at the priority of a backup that waits for its
// passphrase.
func TestBackupsYield(t *testing.T) {
	folder := t.TempDir()
	passphrase := filepath.Join(folder, "passphrase")
	if err := syscall.Mkfifo(passphrase, 0o600); err != nil {
		t.Fatal(err)
	}
	command := itself("backup", "--db", waveFile(t), "--passphrase-file", passphrase, filepath.Join(folder, "backup"))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		left, err := syscall.Getpriority(syscall.PRIO_PROCESS, command.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		if left <= 10 { // 20 less the niceness
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("niceness %d", 20-left)
		}
	}
}
