package testpostgres_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"bedarfslotse/internal/testpostgres"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close(context.Background()) })
	return connection
}

func setting(t *testing.T, connection *pgx.Conn, name string) string {
	t.Helper()
	var value string
	if err := connection.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestURLGivesEachTestItsOwnEmptyDatabase(t *testing.T) {
	one, two := connect(t, testpostgres.URL(t)), connect(t, testpostgres.URL(t))
	for _, connection := range []*pgx.Conn{one, two} {
		// The second CREATE would fail if both addresses led to one database.
		if _, err := connection.Exec(t.Context(), "CREATE TABLE answers (id TEXT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServerIsSetUpAsDescribed(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []testpostgres.Option
		fsync   string
	}{
		{"ordinary", nil, "off"},
		{"durable", []testpostgres.Option{testpostgres.Durable}, "on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			connection := connect(t, testpostgres.URL(t, c.options...))
			for name, want := range map[string]string{
				"fsync": c.fsync, "synchronous_commit": "on", "listen_addresses": "127.0.0.1", "TimeZone": "UTC",
			} {
				if got := setting(t, connection, name); got != want {
					t.Errorf("%s = %s, want %s", name, got, want)
				}
			}
			var german bool // by bytes, z comes before ä
			if err := connection.QueryRow(t.Context(), "SELECT 'ä' < 'z'").Scan(&german); err != nil {
				t.Fatal(err)
			}
			if !german {
				t.Error("text is not sorted by German rules")
			}
		})
	}
}

func TestDatabaseIsGoneAfterTheTest(t *testing.T) {
	var dropped string
	t.Run("inner", func(t *testing.T) {
		dropped = testpostgres.URL(t)
		connect(t, dropped) // still open when the inner test ends
	})
	if dropped == "" {
		t.SkipNow() // the inner test said why
	}
	connection, err := pgx.Connect(t.Context(), dropped)
	if err == nil {
		_ = connection.Close(t.Context())
		t.Fatal("the database outlived its test")
	}
	if !strings.Contains(err.Error(), "does not exist") {
		t.Fatalf("unexpected error: %v", err)
	}
}

func TestEnginesRunsBoth(t *testing.T) {
	versions := map[string]string{}
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		if strings.HasPrefix(dsn, "postgres://") {
			versions["postgres"] = setting(t, connect(t, dsn), "server_version")
			return
		}
		database, err := sql.Open("sqlite", "file:"+dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = database.Close() }()
		var version string
		if err := database.QueryRow("SELECT sqlite_version()").Scan(&version); err != nil {
			t.Fatal(err)
		}
		if _, err := database.Exec("CREATE TABLE answers (id TEXT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		versions["sqlite"] = version
	})
	if versions["sqlite"] == "" {
		t.Errorf("engines seen: %v", versions)
	}
	t.Logf("engines: %v", versions)
}

// TestHelperProcess does nothing by itself: TestNothingOutlivesAKilledTest runs
// it in a process of its own, which holds a server until it is killed.
func TestHelperProcess(t *testing.T) {
	if os.Getenv("BEDARFSLOTSE_HELPER") != "postgres" {
		return
	}
	connection := connect(t, testpostgres.URL(t))
	fmt.Printf("\nready %s %s\n", setting(t, connection, "port"), setting(t, connection, "data_directory"))
	<-t.Context().Done() // never: the parent kills this process
}

func TestNothingOutlivesAKilledTest(t *testing.T) {
	testpostgres.URL(t) // skips where there is no PostgreSQL
	command := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$", "-test.timeout=2m")
	command.Env = append(os.Environ(), "BEDARFSLOTSE_HELPER=postgres")
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var port, data string
	for lines := bufio.NewScanner(output); data == "" && lines.Scan(); {
		_, _ = fmt.Sscanf(lines.Text(), "ready %s %s", &port, &data)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // reports the kill
	if data == "" {
		t.Fatalf("the helper did not start a server: %s", &problems)
	}
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-pause.C {
		connection, dialled := net.Dial("tcp", "127.0.0.1:"+port)
		if dialled == nil {
			_ = connection.Close()
		}
		_, kept := os.Stat(filepath.Dir(data))
		if dialled != nil && os.IsNotExist(kept) {
			return
		}
	}
	t.Errorf("the server on port %s or its folder %s outlived the test process", port, filepath.Dir(data))
}
