package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

// gate lets so many requests of a first visit through and holds back all that
// come after them, until it is opened. Icons pass uncounted.
type gate struct {
	next   http.Handler
	opened chan struct{}

	mu      sync.Mutex
	left    int
	through []string // method, path and status of what was answered
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !aside(r.URL.Path) {
		g.mu.Lock()
		g.left--
		late := g.left < 0
		g.mu.Unlock()
		if late {
			select {
			case <-g.opened:
			case <-r.Context().Done():
				return
			}
		}
	}
	seen := &statusSeen{ResponseWriter: w, status: http.StatusOK}
	g.next.ServeHTTP(seen, r)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.through = append(g.through, fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, seen.status))
}

// forget returns what was answered so far and starts anew.
func (g *gate) forget() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.through
	g.through = nil
	return was
}

type statusSeen struct {
	http.ResponseWriter
	status int
}

func (w *statusSeen) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// TestBrowserFirstVisit answers the first page with four requests and no more:
// the server holds back what comes after them. A second visit asks for none of
// them again.
func TestBrowserFirstVisit(t *testing.T) {
	s := newTestServer(t)
	languages := []string{"de", "ar", "ti"} // TestWeight weighs all of them
	if testinput.Long() {
		languages = s.memory.waves["families"].Version.Languages
	}
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			g := &gate{next: s, opened: make(chan struct{}), left: 4}
			origin := listenThrough(t, s, g)
			address := origin + "/s/families?lang=" + lang
			p := testbrowser.New(t, testbrowser.Phone)
			open := sync.OnceFunc(func() { close(g.opened) })
			t.Cleanup(open)
			p.Open(address)
			p.Click(forward)
			p.Click("label:has(input[name=child_ages][value=age_3_5])")
			p.Click(forward)
			p.WaitFor("[data-name=imp_early_childhood]")
			visit := g.forget()
			weight, requests := 0, 0
			for _, request := range p.Requests() {
				if parsed, err := url.Parse(request.URL); err == nil && request.Bytes > 0 && !aside(parsed.Path) {
					weight += request.Bytes
					requests++
				}
			}
			t.Logf("%d requests, %d bytes with their heads: %v", requests, weight, visit)
			if requests == 0 || requests > 4 || weight > 30<<10 { // heads are a kilobyte each, and not compressed
				t.Errorf("%d requests, %d bytes: %v", requests, weight, p.Requests())
			}
			open()
			p.Open(origin + "/imprint?lang=" + lang)
			g.forget()
			p.Open(address)
			p.WaitFor(forward)
			for _, again := range g.forget() {
				if slices.Contains(visit, again) {
					t.Errorf("the second visit asks again: %s", again)
				}
			}
			p.Reload()
			p.WaitFor(forward)
			for _, again := range g.forget() {
				if slices.Contains(visit, again) {
					t.Errorf("loading again brings again: %s", again)
				}
			}
		})
	}
}

// slowNetwork is what two bars in a shelter give.
func slowNetwork(s *testServer, t *testing.T, lang string, others ...testbrowser.Option) *testbrowser.Page {
	t.Helper()
	p := testbrowser.New(t, append(others, testbrowser.Phone, testbrowser.Slower(4), testbrowser.Network(400, 400*time.Millisecond))...)
	p.Open(listen(t, s) + "/s/families?lang=" + lang)
	p.WaitFor(forward)
	return p
}

// waterfall tells for each file when it was asked for and when it was there, in
// milliseconds since the visit began.
const waterfall = `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
	.map((one) => one.name.split("/").pop() + " " + Math.round(one.startTime) + "–" + Math.round(one.responseEnd)).join(", ")`

// watchEvents begins to note how long it took from each tap to the picture that
// shows what came of it.
const watchEvents = `(() => {
	globalThis.slow = new Map();
	new PerformanceObserver((list) => {
		for (const { interactionId, duration } of list.getEntries()) {
			if (interactionId) slow.set(interactionId, Math.max(duration, slow.get(interactionId) ?? 0));
		}
	}).observe({ type: "event", durationThreshold: 16 });
	return true;
})()`

// TestBrowserSpeed prints how soon a survey can be answered on a phone with a
// quarter of this machine's speed at 400 kbit/s and 400 ms, and how long its
// steps take. What it prints depends on what else the machine does, so it only
// looks at what comes out of the steps.
func TestBrowserSpeed(t *testing.T) {
	s := newTestServer(t)
	for _, lang := range []string{"ar", "ti"} {
		if !slices.Contains(s.memory.waves["families"].Version.Languages, lang) {
			continue
		}
		t.Run(lang, func(t *testing.T) {
			var until []float64
			for visit := range 3 {
				t.Run(fmt.Sprint(visit), func(t *testing.T) { // a page left open would slow the next one down
					p := slowNetwork(s, t, lang)
					until = append(until, testbrowser.Eval[float64](p, `performance.now()`))
					t.Logf("%.0f ms: %s", until[len(until)-1], testbrowser.Eval[string](p, waterfall))
				})
			}
			slices.Sort(until)
			t.Logf("%.0f ms until the survey can be answered, in the middle of %.0f", until[1], until)
			p := slowNetwork(s, t, lang, testbrowser.Unhurried)
			testbrowser.Eval[bool](p, watchEvents)
			p.Click(forward)
			p.Click("label:has(input[name=child_ages][value=age_3_5])")
			p.Click("label:has(input[name=child_ages][value=age_10_15])")
			for _, shows := range []string{"imp_language_support", "state_mental_health"} {
				p.Click(forward)
				p.WaitFor("[data-name=" + shows + "]")
				p.Click("[data-name=" + shows + "] label.choice")
			}
			if checked := testbrowser.Eval[int](p, `document.querySelectorAll("[data-page] input:checked").length`); checked != 4 {
				t.Errorf("%d choices are marked, not 4", checked)
			}
			taken := testbrowser.Eval[[]float64](p, `new Promise((done) => setTimeout(() => done([...slow.values()].sort((a, b) => a - b)), 500))`)
			t.Logf("taps that took 16 ms and more until the picture showed it: %s ms", strings.Trim(fmt.Sprint(taken), "[]"))
		})
	}
}

// TestBrowserNextPageWaits looks for the page that is laid out before anybody
// asks for it: it is there, out of reach, and nothing moves because of it.
func TestBrowserNextPageWaits(t *testing.T) {
	p := testbrowser.New(t, testbrowser.Phone)
	s := newTestServer(t)
	p.Open(listen(t, s) + "/s/families?lang=ar")
	p.WaitFor(forward)
	for range 3 {
		p.Wait(`document.querySelector("[data-page].ready:not(.shown)")`)
		if reached := testbrowser.Eval[bool](p, `[...document.querySelectorAll(".ready:not(.shown) :is(input, select, textarea, h2)")].some((one) => {
			one.focus();
			return document.activeElement === one;
		})`); reached {
			t.Error("what comes next can be reached")
		}
		if moved := testbrowser.Eval[string](p, `(() => {
			const extent = () => [document.querySelector(".steps .button").getBoundingClientRect().top + scrollY, document.body.scrollHeight, document.body.scrollWidth].join();
			const waits = [...document.querySelectorAll(".ready")];
			const there = extent();
			for (const one of waits) one.classList.remove("ready");
			const alone = extent();
			for (const one of waits) one.classList.add("ready");
			return there === alone ? "" : there + ", without it " + alone;
		})()`); moved != "" {
			t.Errorf("the page that waits moves others: %s", moved)
		}
		p.Click(forward)
		if testbrowser.Eval[bool](p, `Boolean(document.querySelector("[value=age_3_5]").checkVisibility({visibilityProperty: true}))`) {
			p.Click("label:has(input[name=child_ages][value=age_3_5])")
		}
	}
}
