// Package testpostgres gives tests a real PostgreSQL. The first test of a
// process that asks starts a server of its own in a temporary folder; every
// test gets a fresh, empty database on it. The server ends with the test
// process, however that ends.
//
// Without PostgreSQL on the machine such a test is skipped, unless CI=true or
// BEDARFSLOTSE_REQUIRE names postgres: then it fails.
package testpostgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/testinput"

	"github.com/jackc/pgx/v5"
)

// patience bounds every wait for the server.
const patience = 60 * time.Second

// Option chooses among the servers that a test can get a database on.
type Option func(*choice)

type choice struct{ durable bool }

// Durable asks for a server that forces every commit to the disk (fsync=on),
// for tests about what survives a crash. The ordinary server answers commits in
// the same order with synchronous_commit=on, but leaves the disk to the
// operating system, because most tests are not about power cuts.
func Durable(c *choice) { c.durable = true }

// The two servers are the only state that the tests of one process share.
//
//nolint:gochecknoglobals // one server per test process is the point of this package
var (
	fastServer    = sync.OnceValues(func() (*server, error) { return start(false) })
	durableServer = sync.OnceValues(func() (*server, error) { return start(true) })
)

// URL returns the address of a fresh, empty database on a real PostgreSQL, in
// the form postgres://postgres@127.0.0.1:PORT/NAME?sslmode=disable. The
// database sorts text by the German rules of ICU, as a municipality's server
// may, so that a query which relies on SQLite's order of bytes is found out.
// It is dropped when the test ends.
func URL(t testing.TB, options ...Option) string {
	t.Helper()
	var chosen choice
	for _, option := range options {
		option(&chosen)
	}
	launch := fastServer
	if chosen.durable {
		launch = durableServer
	}
	running, err := launch()
	switch {
	case errors.Is(err, errMissing) && !testinput.Required("postgres"):
		t.Skipf("skipped: %v; install the package postgresql to run this test", err)
	case err != nil:
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := databaseName(t)
	if err := running.execute("CREATE DATABASE " + pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatalf("create the test's database: %v", err)
	}
	t.Cleanup(func() {
		// FORCE ends connections that the test left open, which would
		// otherwise keep the database alive until the process ends.
		if err := running.execute("DROP DATABASE " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return running.url(name)
}

// Engines runs one test on both database engines, as the subtests "sqlite" and
// "postgres". The dsn is what the program's --db takes: the path of a file
// that does not exist yet, or a postgres:// address of an empty database.
func Engines(t *testing.T, run func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "test.db")) })
	t.Run("postgres", func(t *testing.T) { run(t, URL(t)) })
}

// databaseName tells in the server's log and in pg_stat_activity which test a
// database belongs to. PostgreSQL keeps 63 bytes of a name.
func databaseName(t testing.TB) string {
	readable := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, t.Name())
	return fmt.Sprintf("%.32s_%s", readable, strings.ToLower(rand.Text()))
}

// execute runs one statement on the maintenance database.
func (s *server) execute(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("%w\n%s", err, s.log())
	}
	_, err = connection.Exec(ctx, statement)
	return errors.Join(err, connection.Close(ctx))
}
