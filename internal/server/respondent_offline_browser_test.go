package server

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/testbrowser"
)

const (
	ready = `navigator.serviceWorker.controller !== null && caches.open("pages").then(c => c.match(location.href)).then(kept => Boolean(kept))`
	saved = `document.querySelector(".kept")?.textContent === "Auf diesem Gerät gespeichert"`
)

// begun opens the families survey, ready for a phone without network, and
// answers its first page.
func begun(t *testing.T, p *testbrowser.Page, address string) {
	t.Helper()
	p.Allow("ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION|ERR_EMPTY|503")
	p.Open(address + "/s/families?lang=de")
	p.WaitFor(".aside")
	p.Wait(ready)
	p.Click(forward)
	p.Click("label:has([value=age_0_2])")
	p.Wait(saved)
}

// network lies between phone and server, and can be cut for all of a browser,
// its service workers too.
type network struct {
	address string
	cut     atomic.Bool
	posts   atomic.Int32
	// lost, when set, takes a POST to the server and loses the answer.
	lost atomic.Bool
}

func connect(t *testing.T, s *testServer) *network {
	t.Helper()
	n := &network{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			n.posts.Add(1)
			if n.lost.CompareAndSwap(true, false) {
				s.ServeHTTP(httptest.NewRecorder(), r)
				n.cut.Store(true)
			}
		}
		if n.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		s.ServeHTTP(w, r)
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(front.Close)
	n.address = front.URL
	return n
}

// toTheLastPage goes on from the first page.
func toTheLastPage(p *testbrowser.Page) {
	for range 4 {
		p.Click(forward)
	}
	p.Fill("#c-most_helpful", "Ruhe")
}

// arrived checks that exactly this response was stored, under the receipt that
// the phone shows.
func arrived(t *testing.T, s *testServer, p *testbrowser.Page) {
	t.Helper()
	one := s.memory.only(t)
	if !strings.Contains(one.anonymous, `"child_ages":["age_0_2"]`) || !strings.Contains(one.anonymous, "Ruhe") {
		t.Errorf("stored %s", one.anonymous)
	}
	if got := p.Text(".receipt code"); got != response.Receipt(one.submission.ID) {
		t.Errorf("receipt %q", got)
	}
}

// sendNow presses the button that sends what waits. It may be gone by the time
// that a finger is there: every few seconds the phone tries by itself.
func sendNow(p *testbrowser.Page) {
	testbrowser.Eval[bool](p, `document.querySelector(".card.unsent button")?.click(), true`)
}

const waiting = `document.querySelector("h1").textContent === "Noch nicht gesendet"`

func TestBrowserWithoutNetwork(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) (*testServer, *network, *testbrowser.Page) {
		s := newTestServer(t)
		n := connect(t, s)
		p := testbrowser.New(t, testbrowser.Phone)
		begun(t, p, n.address)
		return s, n, p
	}
	t.Run("from the start", func(t *testing.T) {
		s, n, p := open(t)
		n.cut.Store(true)
		p.Reload()
		p.WaitFor("[data-page].shown [name=child_ages]:checked") // where one was, with the answer
		barriers(t, p)
		toTheLastPage(p)
		p.Click(forward)
		p.Wait(waiting)
		barriers(t, p)
		receipt := p.Text(receiptShown)
		p.Reload()
		p.WaitFor(".card.entry.unsent")
		barriers(t, p)
		if kept := keptOn(p); kept != "outbox" {
			t.Errorf("while it waits there are %q on the phone", kept)
		}
		n.cut.Store(false)
		sendNow(p)
		p.WaitFor(".card.entry.sent")
		barriers(t, p)
		arrived(t, s, p)
		if again := p.Text(".entry.sent .receipt code"); again != receipt {
			t.Errorf("receipts %q and %q", receipt, again)
		}
		p.Click(".entry.sent button")
		p.WaitGone(".entry.sent")
		if kept := keptOn(p); kept != "" {
			t.Errorf("in the end there are %q on the phone", kept)
		}
	})
	t.Run("at sending", func(t *testing.T) {
		s, n, p := open(t)
		toTheLastPage(p)
		n.cut.Store(true)
		p.Click(forward)
		p.Wait(waiting)
		n.cut.Store(false)
		p.Wait("!(" + waiting + ")") // by itself
		barriers(t, p)
		arrived(t, s, p)
	})
	t.Run("while the answer is on its way", func(t *testing.T) {
		s, n, p := open(t)
		toTheLastPage(p)
		n.lost.Store(true) // stored, but nobody hears of it: the program died
		p.Click(forward)
		p.Wait(waiting)
		n.cut.Store(false) // it was started again
		p.Wait("!(" + waiting + ")")
		arrived(t, s, p)
		if n.posts.Load() < 2 {
			t.Errorf("sent %d times", n.posts.Load())
		}
	})
	t.Run("a page never seen", func(t *testing.T) {
		_, n, p := open(t)
		n.cut.Store(true)
		p.Open(n.address + "/s/schools?lang=de")
		if text := p.Text("main"); !strings.Contains(text, "noch nie offen") {
			t.Errorf("said: %s", text)
		}
		barriers(t, p)
	})
}

func TestBrowserTwoWindows(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	first := testbrowser.New(t, testbrowser.Phone)
	address := listen(t, s)
	begun(t, first, address)
	second := first.Tab()
	second.Open(address + "/s/families?lang=de")
	second.WaitFor(".card.elsewhere")
	barriers(t, second)
	second.Click(".card.elsewhere button")
	second.WaitFor("[data-page].shown [name=child_ages]:checked")
	first.WaitFor(".card.elsewhere") // one window at a time
	if !testbrowser.Eval[bool](first, `document.querySelector("[data-survey]").inert`) {
		t.Error("both windows take answers")
	}
	toTheLastPage(second)
	second.Click(forward)
	second.WaitFor(receiptShown)
	arrived(t, s, second)
	first.Wait(`document.querySelector(".card.elsewhere p").textContent.includes("gesendet")`)
}

func TestBrowserImpatientFingers(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	p := testbrowser.New(t, testbrowser.Phone)
	begun(t, p, listen(t, s))
	toTheLastPage(p)
	testbrowser.Eval[bool](p, `(button => { button.click(); button.click(); button.click(); return true; })(document.querySelector("`+forward+`"))`)
	p.WaitFor(receiptShown)
	arrived(t, s, p)
	p.Back()
	if p.Text(receiptShown) == "" {
		t.Error("after going back the receipt is gone")
	}
	p.Reload()
	p.WaitFor(".card.entry.sent")
	arrived(t, s, p)
	p.Click(forward)
	if testbrowser.Eval[bool](p, `document.querySelector("[name=child_ages]:checked") !== null`) {
		t.Error("what was sent is there again")
	}
}

// TestBrowserOddPhones answers on phones whose clock is wrong or whose browser keeps
// nothing.
func TestBrowserOddPhones(t *testing.T) {
	t.Parallel()
	const full = `IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
		Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };`
	const private = `for (const name of ["indexedDB", "localStorage", "sessionStorage"]) {
			Object.defineProperty(globalThis, name, { get() { throw new DOMException("denied", "SecurityError"); } });
		}`
	const old = `{ const Real = Date; globalThis.Date = class extends Real {
			constructor(...given) { if (given.length) super(...given); else super(Date.now()); }
			static now() { return Real.now() - 16 * 365.25 * 864e5; }
		}; }`
	for name, test := range map[string]struct{ script, said, place string }{
		"storage full":  {full, "kein Platz", ".kept"},
		"private mode":  {private, "speichert nichts", ".card.warning"},
		"clock of 2010": {old, "gespeichert", ".kept"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			p := testbrowser.New(t, testbrowser.Phone)
			p.Allow("ERR_INTERNET_DISCONNECTED")
			p.Inject(test.script)
			p.Open(listen(t, s) + "/s/families?lang=de")
			p.WaitFor(".aside")
			p.Click(forward)
			p.Click("label:has([value=age_0_2])")
			p.Wait(`document.querySelector("` + test.place + `")?.textContent.includes("` + test.said + `")`)
			barriers(t, p)
			toTheLastPage(p)
			if name != "clock of 2010" {
				p.Offline(true) // nothing can be put aside: the answers stay where they are
				p.Click(forward)
				p.WaitFor(".failure:not(:empty)")
				if text := p.Text(".failure"); !strings.Contains(text, "nicht verloren") {
					t.Errorf("said: %s", text)
				}
				p.Offline(false)
			}
			p.Click(forward)
			p.WaitFor(receiptShown)
			arrived(t, s, p)
			if one := s.memory.only(t); one.submission.Duration != 1 {
				t.Errorf("duration %d", one.submission.Duration)
			}
		})
	}
}

// TestBrowserGoesOnElsewhere takes a draft to another device, by code and by file.
func TestBrowserGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := listen(t, s)
	p := testbrowser.New(t, testbrowser.Phone)
	begun(t, p, address)
	p.Click(".kept + .aside summary")
	barriers(t, p)
	p.Click(".kept + .aside button")
	p.WaitFor(".receipt.words code")
	barriers(t, p)
	code := p.Text(".receipt.words code")
	for place, data := range s.memory.asides() {
		if strings.Contains(string(data), "age_0_2") || strings.Contains(place, "age") || len(data) < 2048 {
			t.Errorf("the server can read %s: %q", place, data)
		}
	}
	other := testbrowser.New(t, testbrowser.Phone)
	other.Allow("404")
	other.Open(address + "/s/families?lang=de")
	other.WaitFor(".aside.back")
	other.Click(".aside.back summary")
	for typed, said := range map[string]string{"eins zwei": "kein Code", "babab babab babab babab": "nichts gespeichert"} {
		other.Fill("#resume-code", typed)
		other.Click(".aside.back .question + button")
		other.Wait(`document.querySelector("#p-resume:not([hidden])")?.textContent.includes("` + said + `")`)
	}
	barriers(t, other)
	other.Fill("#resume-code", strings.ToUpper(code))
	other.Click(".aside.back .question + button")
	other.WaitFor("[data-page].shown [name=child_ages]:checked")
	other.Wait(`document.querySelector("[role=status]") !== null`)
	toTheLastPage(other)
	other.Click(forward)
	other.WaitFor(receiptShown)
	arrived(t, s, other)
	// The phone says so after it has shown the receipt.
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(30 * time.Second); len(s.memory.asides()) > 0; <-again.C {
		if time.Now().After(deadline) {
			t.Fatal("what was taken up still lies at the server")
		}
	}
}

// TestBrowserPartsWithoutNetwork: the scripts that only some surveys need lie
// on the phone too, and do there what they are for.
func TestBrowserPartsWithoutNetwork(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	wave := s.open(t, "nested", fromYAML(t, nestedRepeats))
	n := connect(t, s)
	p := testbrowser.New(t, testbrowser.Phone)
	p.Allow("ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION|ERR_EMPTY|503")
	p.Open(n.address + "/s/nested?lang=de")
	p.WaitFor(".aside")
	p.Wait(ready)
	for _, name := range append([]string{"respond", "expression", "answers", "stay"}, parts(wave.Version)...) {
		address, err := s.assets.link(name + ".js")
		if err != nil {
			t.Fatal(err)
		}
		p.Wait(`caches.open("files").then((files) => files.match("` + address + `")).then(Boolean)`)
	}
	n.cut.Store(true)
	p.Reload()
	p.Click(forward)
	p.Click("[data-name=people] > .add")
	p.WaitFor("[data-instance='people[1]']")
	p.Click(forward)
	p.Click("[data-name=order] .order li:nth-child(2) button")
	p.WaitFor("[data-name=order] .order.set")
}
