package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"bedarfslotse/internal/testpostgres"
)

// startWatched is start with a listener for monitors; it returns the addresses of
// both.
func startWatched(t testing.TB, arguments ...string) (address, watched string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	listening, watching, done := make(chan string, 1), make(chan string, 1), make(chan int, 1)
	var out, err bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &err, env: func(string) string { return "" },
		listening: func(address string) { listening <- address }, watched: func(address string) { watching <- address }}
	go func() { done <- p.run(ctx, append(arguments, "--metrics-addr", "127.0.0.1:0")) }()
	t.Cleanup(func() {
		cancel()
		if exit := <-done; exit != 0 {
			t.Errorf("ended with %d\n%s%s", exit, out.String(), err.String())
		}
	})
	select {
	case address = <-listening: // the other was opened before
		return "http://" + address, "http://" + <-watching
	case exit := <-done:
		done <- exit
		t.Fatalf("did not serve\n%s%s", out.String(), err.String())
	}
	return "", ""
}

func fetchText(t testing.TB, address string) (int, string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func TestFigures(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := "--db=" + dsn
		succeed(t, "wave", "open", db, "--survey", "families", "--slug", "geheime-welle")
		age := childAges(t)[0]
		address, watched := startWatched(t, "serve", db, "--addr", "127.0.0.1:0", "--rate-limit", "5")
		for i, want := range []int{201, 200, 422, 201, 201, 429} {
			fields := family(fmt.Sprintf("figures-%08d", max(i, 1)))
			if fields.Set("child_ages", age); want == 422 {
				fields.Set("child_ages", "none")
			}
			if got, said := post(t, address+"/s/geheime-welle", fields); got != want {
				t.Fatalf("answer %d: %d %v, want %d", i, got, said, want)
			}
		}
		_, _ = fetchText(t, address+"/q/GEHEIM-CODE")
		status, text := fetchText(t, watched+"/metrics")
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
		for _, want := range []string{
			`bedarfslotse_responses_total{outcome="accepted"} 3`, `bedarfslotse_responses_total{outcome="repeated"} 1`,
			`bedarfslotse_responses_total{outcome="withdrawn"} 0`, `bedarfslotse_outbox_refusals_total 1`,
			`bedarfslotse_requests_total{class="2xx",method="POST",route="/s/:slug"} 4`,
			`bedarfslotse_requests_total{class="4xx",method="POST",route="/s/:slug"} 2`,
			`bedarfslotse_requests_total{class="4xx",method="GET",route="/q/:code"} 1`,
			`bedarfslotse_request_seconds_count{method="POST",route="/s/:slug"} 6`,
			`bedarfslotse_intake_batch_responses_sum 4`, `bedarfslotse_intake_waiting 0`, `bedarfslotse_database_up 1`,
			`bedarfslotse_mail_messages{state="waiting"} 0`, `bedarfslotse_webhook_messages{state="new"} 0`, `bedarfslotse_jobs{state="running"} 0`,
			`bedarfslotse_database_connections{pool="write",state="limit"}`, `bedarfslotse_columns_bytes`, `bedarfslotse_build_info{`, `go_goroutines`, `process_open_fds`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the figures lack %s", want)
			}
		}
		for _, secret := range []string{"geheim", "families", "figures-0"} {
			if strings.Contains(strings.ToLower(text), secret) {
				t.Errorf("the figures have %s", secret)
			}
		}
		if problems, err := promlint.New(strings.NewReader(text)).Lint(); err != nil || len(problems) > 0 {
			t.Errorf("%v %v", problems, err)
		}
		if status, _ := fetchText(t, watched+"/debug/pprof/heap"); status != http.StatusNotFound {
			t.Errorf("profiles without being asked for: %d", status)
		}
		if status, _ := fetchText(t, address+"/metrics"); status != http.StatusNotFound {
			t.Errorf("figures for the world: %d", status)
		}
	})
}

// TestProfiles: only when asked for, only beside the figures, only on this machine.
func TestProfiles(t *testing.T) {
	db := "--db=" + filepath.Join(t.TempDir(), "x.db")
	address, watched := startWatched(t, "serve", db, "--addr", "127.0.0.1:0", "--pprof")
	if status, text := fetchText(t, watched+"/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(text, "goroutine profile") {
		t.Errorf("%d %s", status, text)
	}
	for _, path := range []string{"/debug/pprof/", "/manage/debug/pprof/", "/debug/pprof/heap"} {
		if status, _ := fetchText(t, address+path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := fetchText(t, watched+"/debug/pprof/cmdline"); status != http.StatusNotFound {
		t.Errorf("the command line, which names files of secrets: %d", status)
	}
	for _, arguments := range [][]string{{"--pprof"}, {"--pprof", "--metrics-addr", "0.0.0.0:0"}} {
		if _, said, exit := command(t, "", append([]string{"serve", db, "--addr", "127.0.0.1:0"}, arguments...)...); exit != 1 || !strings.Contains(said, "--pprof") {
			t.Errorf("%v: exit %d, %s", arguments, exit, said)
		}
	}
}

// BenchmarkWatchedResponses compares, in one run on one machine, a server that is
// neither watched nor writes a line per request with one that does both.
func BenchmarkWatchedResponses(b *testing.B) {
	serve := func(more ...string) string {
		db := "--db=" + filepath.Join(b.TempDir(), "x.db")
		succeed(b, "wave", "open", db, "--survey", "families", "--slug", "families")
		return strings.TrimPrefix(start(b, append([]string{"serve", db, "--addr", "127.0.0.1:0", "--rate-limit", "0"}, more...)...), "http://")
	}
	servers := map[string]string{"bare": serve("--log-level", "error"), "watched": serve("--metrics-addr", "127.0.0.1:0", "--log-format", "json")}
	bodies := familyBodies(b)
	var ratios []float64
	for round := 0; b.Loop(); round++ {
		bare := send(b, servers["bare"], bodies, fmt.Sprintf("bare-%d", round), time.Second)
		watched := send(b, servers["watched"], bodies, fmt.Sprintf("watched-%d", round), time.Second)
		ratios = append(ratios, watched/bare)
	}
	b.ReportMetric(median(ratios), "watched:bare")
	b.ReportMetric(0, "ns/op")
}
