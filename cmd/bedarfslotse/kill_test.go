package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testinput"
)

// asProgram makes the test's own binary behave as the program, so that it can
// be killed as the program would be.
const asProgram = "BEDARFSLOTSE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestKilled kills the serving program under load, again and again: whatever a
// phone was told is stored must be there, once.
func TestKilled(t *testing.T) {
	kills := 5
	if testinput.Long() {
		kills = 50
	}
	path := filepath.Join(t.TempDir(), "x.db")
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	age := childAges(t)[0]
	acknowledged := map[string]bool{} // receipts
	for kill := range kills {
		process, address := serveProcess(t, path, "127.0.0.1:0")
		receipts := make(chan string)
		var phones sync.WaitGroup
		for phone := range 8 {
			phones.Go(func() {
				for n := 0; ; n++ {
					fields := family(fmt.Sprintf("kill-%04d-%04d-%06d", kill, phone, n))
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
					receipts <- response.Receipt(fields.Get("submission_id"))
				}
			})
		}
		go func() { phones.Wait(); close(receipts) }()
		until := len(acknowledged) + 20 + rand.IntN(100) // somewhere in the middle of the load
		for receipt := range receipts {
			if acknowledged[receipt] = true; len(acknowledged) == until {
				if err := process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	missing := lost(t, path, acknowledged)
	rows := strings.Count(succeed(t, "responses", "export", "--db", path, "--wave", "w", "--full"), "\n") - 1
	if missing > 0 || rows < len(acknowledged) || rows > len(acknowledged)+8*kills {
		t.Errorf("%d kills: %d acknowledged, %d of them missing, %d stored", kills, len(acknowledged), missing, rows)
	}
	t.Logf("%d kills: %d acknowledged, 0 missing, %d stored", kills, len(acknowledged), rows)
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
	command := exec.Command(os.Args[0], append([]string{"serve", "--db", path, "--addr", host, "--rate-limit", "0"}, more...)...)
	command.Env = append(os.Environ(), asProgram+"=1", "BEDARFSLOTSE_LANGUAGE=en")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // if a failing test left it alive
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	at := strings.Index(line, "http://")
	if err != nil || at < 0 {
		t.Fatalf("the program says %q, %v", line, err)
	}
	return command.Process, strings.TrimSpace(line[at:])
}
