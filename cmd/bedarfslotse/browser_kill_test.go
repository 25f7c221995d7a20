package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedarfslotse/internal/testbrowser"
)

// mortal is the program serving a database, as a process that is killed and
// started again at the same port.
type mortal struct {
	t       *testing.T
	path    string // of the database
	address string
	mutex   sync.Mutex
	process *os.Process // nil while it is dead
}

func newMortal(t *testing.T) *mortal {
	t.Helper()
	m := &mortal{t: t, path: filepath.Join(t.TempDir(), "x.db")}
	succeed(t, "wave", "open", "--db", m.path, "--survey", "families", "--slug", "w")
	m.process, m.address = serveProcess(t, m.path, "127.0.0.1:0")
	return m
}

// kill ends the process by SIGKILL, and returns when it is gone.
func (m *mortal) kill() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.process == nil {
		return
	}
	if err := m.process.Kill(); err != nil {
		m.t.Errorf("kill: %v", err)
	}
	_, _ = m.process.Wait() // says how it ended, which is known
	m.process = nil
}

// revive starts the program again.
func (m *mortal) revive() {
	m.t.Helper()
	process, _ := serveProcess(m.t, m.path, strings.TrimPrefix(m.address, "http://"))
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.process = process
}

// behind serves what the program serves through a front, which calls hook for
// every response that a phone sends: forward hands it to the program and tells
// whether it was stored. Where hook tells false, the phone hears nothing; as it
// does while the program is dead.
func (m *mortal) behind(hook func(forward func() bool) bool) string {
	m.t.Helper()
	target, err := url.Parse(m.address)
	if err != nil {
		m.t.Fatal(err)
	}
	quiet := log.New(io.Discard, "", 0)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = quiet
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			proxy.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		heard := hook(func() (stored bool) {
			defer func() { _ = recover() }() // the program died meanwhile
			proxy.ServeHTTP(answer, r)
			return answer.Code == http.StatusCreated || answer.Code == http.StatusOK
		})
		if !heard {
			panic(http.ErrAbortHandler)
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	front.Config.ErrorLog = quiet
	m.t.Cleanup(front.Close)
	return front.URL
}

// stored checks that there are exactly the responses that phones were shown these
// receipts for, and returns them.
func (m *mortal) stored(receipts ...string) string {
	m.t.Helper()
	m.kill()
	told := map[string]bool{}
	for _, receipt := range receipts {
		told[receipt] = true
	}
	if missing := lost(m.t, m.path, told); missing > 0 {
		m.t.Errorf("%d of %v are not stored", missing, receipts)
	}
	list := succeed(m.t, "responses", "export", "--db", m.path, "--wave", "w", "--full")
	if rows := strings.Count(list, "\n") - 1; rows != len(receipts) || len(told) != len(receipts) {
		m.t.Errorf("%d receipts, %d different; stored:\n%s", len(receipts), len(told), list)
	}
	return list
}

const (
	onward  = ".steps .button:not(.secondary)"
	unsent  = `document.querySelector("h1").textContent === "Noch nicht gesendet"`
	arrived = `document.querySelector("main .done:not(.waits)") !== null`
	shown   = "[data-receipt]"
	again   = ".lead + button" // for another person
)

// respondent opens the survey on a phone that is ready for a network or a
// program that fails.
func respondent(t *testing.T, address string) *testbrowser.Page {
	t.Helper()
	p := testbrowser.New(t, testbrowser.Phone)
	p.Allow("ERR_FAILED|ERR_CONNECTION|ERR_EMPTY|ERR_INTERNET|ERR_ABORTED")
	p.Clock()
	p.Open(address + "/s/w?lang=de")
	p.WaitFor(".aside")
	p.Wait(`navigator.serviceWorker.controller !== null && caches.open("pages").then(c => c.match(location.href)).then(kept => Boolean(kept))`)
	return p
}

// answers answers the survey up to the last page.
func answers(p *testbrowser.Page, text string) {
	p.Click(onward)
	p.Click("label:has([value=age_0_2])")
	p.Ahead(5 * time.Minute)
	finish(p, text)
}

// finish goes on from the first page to the last.
func finish(p *testbrowser.Page, text string) {
	for range 4 {
		p.Click(onward)
	}
	p.Fill("#c-most_helpful", text)
}

// TestBrowserKilled kills the serving program at every stage of answering: what a
// phone says is sent is stored once, and everything else is still on the
// phone, which says so and sends it by itself when the program is back.
func TestBrowserKilled(t *testing.T) {
	t.Run("before the start", func(t *testing.T) {
		m := newMortal(t)
		p := respondent(t, m.address)
		m.kill()
		p.Reload()
		answers(p, "Ruhe")
		p.Click(onward)
		p.Wait(unsent)
		m.revive()
		p.Wait(arrived)
		if list := m.stored(p.Text(shown)); !strings.Contains(list, "Ruhe") {
			t.Errorf("stored:\n%s", list)
		}
	})
	t.Run("in the middle", func(t *testing.T) {
		m := newMortal(t)
		p := respondent(t, m.address)
		p.Click(onward)
		p.Click("label:has([value=age_0_2])")
		p.Wait(`document.querySelector(".kept").textContent === "Auf diesem Gerät gespeichert"`)
		m.kill()
		p.Reload()
		p.WaitFor("[data-page].shown [value=age_0_2]:checked")
		p.Ahead(5 * time.Minute)
		m.revive()
		finish(p, "Ruhe")
		p.Click(onward)
		p.Wait(arrived)
		if list := m.stored(p.Text(shown)); !strings.Contains(list, "Ruhe") {
			t.Errorf("stored:\n%s", list)
		}
	})
	t.Run("at submit, stored but not told", func(t *testing.T) {
		m := newMortal(t)
		var once sync.Once
		p := respondent(t, m.behind(func(forward func() bool) bool {
			heard := forward()
			once.Do(func() {
				if !heard {
					t.Error("the first attempt was not stored")
				}
				m.kill()
				heard = false
			})
			return heard
		}))
		answers(p, "Ruhe")
		p.Click(onward)
		p.Wait(unsent)
		receipt := p.Text(shown)
		m.revive()
		p.Wait(arrived)
		if now := p.Text(shown); now != receipt {
			t.Errorf("receipts %s and %s", receipt, now)
		}
		m.stored(receipt)
	})
}

// TestBrowserKilledAtAnyMoment kills the program while it takes a response,
// whatever comes first: the answer or the end.
func TestBrowserKilledAtAnyMoment(t *testing.T) {
	m := newMortal(t)
	deadly := make(chan bool, 1) // holds the next attempt that is to be the last
	p := respondent(t, m.behind(func(forward func() bool) bool {
		var death sync.WaitGroup
		defer death.Wait()
		select {
		case <-deadly:
			death.Go(m.kill)
		default:
		}
		return forward()
	}))
	var receipts []string
	for _, text := range []string{"Ruhe", "Zeit", "Platz", "Rat"} {
		answers(p, text)
		deadly <- true
		p.Click(onward)
		p.Wait(unsent + " || " + arrived)
		receipts = append(receipts, p.Text(shown))
		m.kill() // if the front has not yet
		m.revive()
		p.Wait(arrived)
		p.Click(again)
		p.WaitFor(".aside")
	}
	m.stored(receipts...)
}

// TestBrowserKilledWhileDelivering kills the program between two entries of an
// outbox, after it has stored one and before it says so.
func TestBrowserKilledWhileDelivering(t *testing.T) {
	m := newMortal(t)
	var told atomic.Int32
	p := respondent(t, m.behind(func(forward func() bool) bool {
		if !forward() {
			return false
		}
		if told.Add(1) == 2 {
			m.kill()
			return false
		}
		return true
	}))
	m.kill()
	var receipts []string
	for _, text := range []string{"Ruhe", "Zeit", "Platz"} {
		answers(p, text)
		p.Click(onward)
		p.Wait(unsent)
		receipts = append(receipts, p.Text(shown))
		p.Click(again)
		p.WaitFor(".card.entry.unsent")
	}
	const waiting = `[...document.querySelectorAll(".card.entry.unsent .receipt")].map(one => one.textContent)`
	if on := testbrowser.Eval[[]string](p, waiting); !same(on, receipts) {
		t.Errorf("the phone shows %v, not %v", on, receipts)
	}
	m.revive()
	p.Wait(waiting + `.length === 2`) // one is sent, one is stored without the phone's knowledge
	kept := testbrowser.Eval[[]string](p, waiting)
	if text := p.Text(".card.entry.unsent"); !strings.Contains(text, "auf diesem Gerät gespeichert") {
		t.Errorf("said: %s", text)
	}
	p.Reload() // while the program is dead
	p.WaitFor(".card.entry.unsent")
	if on := testbrowser.Eval[[]string](p, waiting); !same(on, kept) {
		t.Errorf("after opening the page again the phone shows %v, not %v", on, kept)
	}
	m.revive()
	p.WaitGone(".card.entry.unsent")
	m.stored(receipts...)
}

// same tells whether two lists hold the same, in whatever order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
