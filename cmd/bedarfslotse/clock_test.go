package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSteadiness: what cannot be undone waits for an hour after the clock jumped.
func TestSteadiness(t *testing.T) {
	began := time.Now()
	at := func(passed, wall time.Duration) (time.Time, time.Time) { return began.Add(wall), began.Add(passed) }
	var s steadiness
	for _, one := range []struct {
		passed, wall, by time.Duration
		steady           bool
	}{
		{0, 0, 0, true},
		{time.Minute, time.Minute, 0, true},
		{2 * time.Minute, 3 * time.Minute, 0, true}, // set right by a minute
		{3 * time.Minute, 365 * 24 * time.Hour, 365*24*time.Hour - 4*time.Minute, false},
		{62 * time.Minute, 365*24*time.Hour + 59*time.Minute, 0, false},
		{63 * time.Minute, 365*24*time.Hour + time.Hour, 0, true},
		{64 * time.Minute, 64 * time.Minute, -365*24*time.Hour + 3*time.Minute, false},
	} {
		if by := s.look(at(one.passed, one.wall)); by != one.by || s.steady() != one.steady {
			t.Errorf("after %v at %v: jumped by %v, steady %v; want %v, %v", one.passed, one.wall, by, s.steady(), one.by, one.steady)
		}
	}
}

// wristwatch is a clock that runs, and that somebody sets.
type wristwatch struct {
	mu  sync.Mutex
	off time.Duration
}

func (w *wristwatch) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.off)
}

func (w *wristwatch) set(off time.Duration) {
	w.mu.Lock()
	w.off = off
	w.mu.Unlock()
}

// serveBy serves with a clock and returns the address, what was said first and what
// is logged.
func serveBy(t *testing.T, watch *wristwatch, arguments ...string) (address, said string, log *lines) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	listening, done := make(chan string, 1), make(chan int, 1)
	var out bytes.Buffer
	log = &lines{}
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: log, env: func(string) string { return "" }, now: watch.now,
		every: 20 * time.Millisecond, listening: func(address string) { listening <- address }}
	go func() { done <- p.run(ctx, arguments) }()
	t.Cleanup(func() {
		cancel()
		if exit := <-done; exit != 0 {
			t.Errorf("ended with %d\n%s", exit, log)
		}
	})
	select {
	case address = <-listening:
	case exit := <-done:
		done <- exit
		t.Fatalf("did not serve: %d\n%s", exit, log)
	}
	return "http://" + address, out.String(), log
}

// TestHeavyFaultClock sets the clock back a day and forwards a year while answers
// come in and somebody is signed in.
func TestHeavyFaultClock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	day := func(days int) string { return time.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	watch := &wristwatch{off: -3 * 24 * time.Hour} // the wave began three days ago
	opening := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, env: func(string) string { return "" }, now: watch.now}
	if exit := opening.run(t.Context(), []string{"wave", "open", "--db", path, "--survey", "families", "--slug", "w", "--until", day(3)}); exit != 0 {
		t.Fatalf("open the wave: %d", exit)
	}
	watch.set(0)
	token := strings.TrimSpace(succeed(t, "token", "create", "--db", path, "--role", "viewer"))
	address, said, log := serveBy(t, watch, "serve", "--db", path, "--addr", "127.0.0.1:0", "--rate-limit", "100000")
	browser := firstAccount(t, address, said)
	desk := func(when string, want bool) {
		t.Helper()
		_, page := fetch(t, browser, address+"/manage/", nil)
		if in := !strings.Contains(page, `name="password"`); in != want {
			t.Errorf("%s: signed in %v, want %v", when, in, want)
		}
	}
	p := ring(t, "clock", 4, address)
	tried := 0
	for n := range times(2, 10) {
		p.more(20)
		watch.set(-24 * time.Hour)
		p.more(20)
		if n == 0 {
			desk("a day back", true)
			apiN(t, address, token, "w")
		}
		watch.set(0)
		p.more(20)
		tried += 2
	}
	p.finish()
	before := strings.Count(log.String(), "the clock jumped")
	watch.set(365 * 24 * time.Hour)
	eventually(t, "the jump", func() bool { return strings.Count(log.String(), "the clock jumped") > before })
	desk("a year forwards", false)
	late := family("clock-late-00000001")
	late.Set("child_ages", childAges(t)[0])
	if status, _ := post(t, address+"/s/w", late); status != http.StatusGone {
		t.Errorf("a year after the wave's end: %d, want 410", status)
	}
	apiN(t, address, token, "w")
	watch.set(0)
	tried += 2
	eventually(t, "the jump back", func() bool { return strings.Count(log.String(), "the clock jumped") > before+1 })
	if status, answer := post(t, address+"/s/w", late); status != http.StatusCreated {
		t.Errorf("the wave did not outlive the clock: %d %v", status, answer)
	}
	if list := succeed(t, "wave", "list", "--db", path); strings.Contains(list, "closed") {
		t.Errorf("the wave was closed by a wrong clock:\n%s", list)
	}
	p.settle(path, "clock set back a day, forwards a year", tried, "a running wave goes on; sessions end early at worst; no wave is closed by a wrong clock")
}

// firstAccount makes the first account and returns a browser that is signed in.
func firstAccount(t *testing.T, address, said string) *http.Client {
	t.Helper()
	at := strings.Index(said, "/manage/setup/")
	if at < 0 {
		t.Fatalf("no link in %q", said)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	link := address + strings.Fields(said[at:])[0]
	_, page := fetch(t, browser, link, nil)
	account := url.Values{"_csrf": {hiddenValue(t, page, "_csrf")}, "name": {"anna"}, "password": {"drei kluge Katzen"}}
	if status, page := fetch(t, browser, link, account); status != http.StatusOK || !strings.Contains(page, "anna") {
		t.Fatalf("the first account: %d", status)
	}
	return browser
}
