package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestBench: whoever is told to be stored is, and the report counts all who came.
func TestBench(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	address := start(t, "serve", "--db", path, "--addr", "127.0.0.1:0", "--rate-limit", "0")
	said := succeed(t, "bench", "--url", address+"/s/w", "--survey", "families", "--rate", "100", "--for", "1s", "--pages", "--format", "json")
	var report benchReport
	if err := json.Unmarshal([]byte(said), &report); err != nil {
		t.Fatal(err, said)
	}
	if report.Came < 50 || report.Came > 200 || report.Stored != report.Came || report.Statuses["201"] != report.Came || report.Millis["p50"] <= 0 ||
		report.Millis["max"] < report.Millis["p99"] {
		t.Errorf("%+v", report)
	}
	if n := stored(t, path); n != report.Stored {
		t.Errorf("%d are stored, %d were told so", n, report.Stored)
	}
	counted := 0
	for _, one := range report.Buckets {
		counted += one.Count
	}
	if counted != report.Stored {
		t.Errorf("%d in the histogram of %d", counted, report.Stored)
	}
	if said := succeed(t, "bench", "--url", address+"/s/w", "--survey", "../../surveys/families", "--rate", "20", "--for", "500ms"); !strings.Contains(said, "p99.9") {
		t.Error(said)
	}
}

// TestBenchIsLimited: where the limit on one address turns the made-up respondents
// away, the way around it is named.
func TestBenchIsLimited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	succeed(t, "wave", "open", "--db", path, "--survey", "families", "--slug", "w")
	address := start(t, "serve", "--db", path, "--addr", "127.0.0.1:0", "--rate-limit", "1")
	said, _, exit := command(t, "", "bench", "--url", address+"/s/w", "--survey", "families", "--rate", "50", "--for", "1s")
	if exit == 0 || !strings.Contains(said, "--rate-limit 0") {
		t.Error(exit, said)
	}
}

// TestBenchCountsWaiting: the time of whoever comes while the service stands still
// begins when they come, and those who are refused or turned away are told.
func TestBenchCountsWaiting(t *testing.T) {
	goOn, calls := make(chan struct{}), atomic.Int64{}
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := calls.Add(1)
		if n == 8 { // all who may be under way are
			time.AfterFunc(400*time.Millisecond, func() { close(goOn) })
		}
		<-goOn
		if n%2 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}))
	defer slow.Close()
	stdout, stderr, exit := command(t, "", "bench", "--url", slow.URL+"/s/w", "--survey", "families", "--rate", "100", "--for", "1s", "--most", "8", "--format", "json")
	var report benchReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err, stdout, stderr)
	}
	if exit != 1 || report.Turned == 0 || report.Statuses["503"] < 4 || report.Stored < 4 || report.Millis["max"] < 400 ||
		report.Stored+report.Turned+report.Statuses["503"] != report.Came {
		t.Errorf("exit %d, %+v", exit, report)
	}
}

// TestBenchNeedsAnAddress: nobody fills somebody else's wave by mistake.
func TestBenchNeedsAnAddress(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
	_ = free.Close()
	for want, arguments := range map[string][]string{
		"none of a wave": {"--url", "http://127.0.0.1:" + port + "/results/w", "--survey", "families"},
		"--yes":          {"--url", "https://umfrage.example.org/s/w", "--survey", "families"},
		"refused":        {"--url", "http://127.0.0.1:" + port + "/s/w", "--survey", "families", "--rate", "20", "--for", "200ms"},
	} {
		stdout, stderr, exit := command(t, "", append([]string{"bench"}, arguments...)...)
		if said := stdout + stderr; exit != 1 || !strings.Contains(said, want) {
			t.Errorf("%v: exit %d, %s", arguments, exit, said)
		}
	}
}
