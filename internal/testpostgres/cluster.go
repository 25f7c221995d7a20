package testpostgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bedarfslotse/internal/testinput"

	"github.com/jackc/pgx/v5"
)

// Cluster is a server of a test's own, for tests that do it harm. Every commit is
// forced to the disk.
type Cluster struct {
	server *server
	t      testing.TB
}

// Own starts a server of the test's own; it ends with the test.
func Own(t testing.TB) *Cluster {
	t.Helper()
	running, err := start(true)
	return keep(t, running, err)
}

func keep(t testing.TB, running *server, err error) *Cluster {
	t.Helper()
	switch {
	case errors.Is(err, errMissing) && !testinput.Required("postgres"):
		t.Skipf("skipped: %v; install the package postgresql to run this test", err)
	case err != nil:
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(func() { _ = running.lifeline.Close() })
	return &Cluster{running, t}
}

// URL is the address of the database that is there from the start.
func (c *Cluster) URL() string { return c.server.url("postgres") }

// Host is the server's host and port.
func (c *Cluster) Host() string { return "127.0.0.1:" + strconv.Itoa(c.server.port) }

// Signal sends a signal to all processes of the server: SIGKILL is the end of its
// machine, SIGSTOP one that hangs, SIGCONT goes on.
func (c *Cluster) Signal(signal syscall.Signal) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.server.folder, "data", "postmaster.pid"))
	if err != nil {
		c.t.Fatal(err)
	}
	number, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(number)
	if err != nil {
		c.t.Fatal(err)
	}
	all := []int{postmaster} // first, so that it makes no more of them
	if err := syscall.Kill(postmaster, signal); err != nil {
		c.t.Fatal(err)
	}
	all = append(all, children(postmaster)...)
	for _, process := range all[1:] {
		_ = syscall.Kill(process, signal) // it may have ended since
	}
	if signal == syscall.SIGKILL {
		c.gone(all)
	}
}

// children lists the processes whose parent is a process.
func children(parent int) []int {
	var found []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended since
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		if one, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			found = append(found, one)
		}
	}
	return found
}

// gone waits until killed processes hold nothing any more.
func (c *Cluster) gone(all []int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for _, process := range all {
		for !ended(process) {
			select {
			case <-look.C:
			case <-ctx.Done():
				c.t.Fatalf("process %d outlives SIGKILL", process)
			}
		}
	}
}

// ended tells whether a process is there no more, or only waits to be counted.
func ended(process int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, "Z")
}

// Kill ends the server as a power cut would.
func (c *Cluster) Kill() {
	c.t.Helper()
	c.Signal(syscall.SIGKILL)
}

// Restart starts a killed server once more, at the same port, and waits until it
// lets somebody in.
func (c *Cluster) Restart() {
	c.t.Helper()
	if _, err := c.server.lifeline.Write([]byte("\n")); err != nil {
		c.t.Fatal(err)
	}
	if err := c.server.await(); err != nil {
		c.t.Fatal(err)
	}
}

// Exec runs one statement.
func (c *Cluster) Exec(statement string) {
	c.t.Helper()
	if err := c.server.execute(statement); err != nil {
		c.t.Fatalf("%s: %v", statement, err)
	}
}

// Version is that of the server.
func (c *Cluster) Version() string { return c.ask("SHOW server_version") }

// ask returns the one value that a query finds.
func (c *Cluster) ask(query string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := pgx.Connect(ctx, c.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	var found string
	if err := connection.QueryRow(ctx, query).Scan(&found); err != nil {
		c.t.Fatalf("%s: %v", query, err)
	}
	return found
}

// Standby makes a second server that follows c. From now on a commit of c returns
// when it is on the standby's disk as well.
func (c *Cluster) Standby() *Cluster {
	c.t.Helper()
	running, err := c.follow()
	standby := keep(c.t, running, err)
	c.Exec("ALTER SYSTEM SET synchronous_standby_names = '*'")
	c.Exec("SELECT pg_reload_conf()")
	c.until("SELECT COUNT(*)::TEXT FROM pg_stat_replication WHERE sync_state = 'sync'", "1")
	return standby
}

func (c *Cluster) follow() (*server, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := ownFolder(owner)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	copying := exec.CommandContext(ctx, filepath.Join(binaries, "pg_basebackup"), "--dbname", c.URL(),
		"--pgdata", filepath.Join(folder, "data"), "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	copying.Dir, copying.SysProcAttr = folder, owner
	if output, err := copying.CombinedOutput(); err != nil {
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, output)
	}
	return launch(binaries, folder, owner, true)
}

// Promote makes a standby the primary and returns when it takes what is written.
func (c *Cluster) Promote() {
	c.t.Helper()
	c.Exec("SELECT pg_promote(wait => false)")
	c.until("SELECT pg_is_in_recovery()::TEXT", "false")
}

// until waits until a query finds a value.
func (c *Cluster) until(query, want string) {
	c.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for got := c.ask(query); got != want; got = c.ask(query) {
		select {
		case <-look.C:
		case <-deadline.C:
			c.t.Fatalf("%s: still %s after %v", query, got, patience)
		}
	}
}
