package server

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/testbrowser"
)

const (
	staffButton = ".staff button"
	warning     = "dialog[role=alertdialog]"
	exitCode    = "#kiosk-code"
)

// tablet opens the kiosk in a language, with a clock that the test sets.
func tablet(t *testing.T, s *testServer, lang string) *testbrowser.Page {
	t.Helper()
	return tabletAt(t, listen(t, s), lang)
}

func tabletAt(t *testing.T, server, lang string) *testbrowser.Page {
	t.Helper()
	p := testbrowser.New(t, testbrowser.Language(lang))
	p.Clock()
	p.Open(server + "/s/families?lang=" + lang + "&kiosk=GROUP-1&idle=600") // longer than a busy machine takes
	atStart(p)
	return p
}

// atStart waits until the kiosk stands, at its first page.
func atStart(p *testbrowser.Page) {
	p.WaitFor(staffButton)
	p.Wait(`document.querySelector(".questions.waiting") && !document.querySelector("dialog[open]")`)
}

// answerChild goes to the first page and chooses an age.
func answerChild(p *testbrowser.Page) {
	p.Click(forward)
	p.WaitFor("[data-name=child_ages]")
	p.Click("label:has(input[name=child_ages][value=age_10_15])")
}

// toThanks answers what must be answered and sends.
func toThanks(p *testbrowser.Page) {
	answerChild(p)
	for range 20 {
		if testbrowser.Eval[bool](p, `document.querySelector(".steps .button:not(.secondary)")?.textContent === "Antworten absenden"`) {
			break
		}
		p.Click(forward)
	}
	p.Click(forward)
	p.WaitFor(".thanks")
	p.WaitFor(".thanks .closing")
}

// traces counts what a person left on the tablet.
func traces(p *testbrowser.Page) int {
	return testbrowser.Eval[int](p, `(async () => {
		const opened = await new Promise((done) => { const r = indexedDB.open("bedarfslotse", 1); r.onsuccess = () => done(r.result); });
		const count = (kind) => new Promise((done) => { const r = opened.transaction(kind).objectStore(kind).count(); r.onsuccess = () => done(r.result); });
		const own = [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key !== "bedarfslotse:kiosk" && !key.startsWith("bedarfslotse:outbox:"));
		const carried = (sessionStorage.getItem("bedarfslotse:kiosk") ?? "").includes("carry");
		const number = await count("drafts") + await count("receipts") + own.length + carried + document.querySelectorAll("input:checked").length;
		opened.close();
		return number;
	})()`)
}

// TestBrowserKioskIdle: who leaves in the middle is warned, and then leaves
// nothing; who is still there goes on.
func TestBrowserKioskIdle(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "ar"} {
		t.Run(lang, func(t *testing.T) {
			s := kioskServer(t)
			p := tablet(t, s, lang)
			if strings.Contains(p.URL(), "GROUP") || !strings.Contains(p.URL(), "kiosk=") {
				t.Errorf("the address is %s", p.URL())
			}
			barriers(t, p)
			before := testbrowser.Eval[int](p, `history.length`)
			p.Ahead(time.Hour) // nobody has come yet
			p.Wait(`new Promise((done) => setTimeout(done, 1100, true))`)
			if testbrowser.Eval[bool](p, `!!document.querySelector("dialog[open]")`) {
				t.Error("a tablet that nobody touched asks whether anybody is there")
			}
			answerChild(p)
			p.Ahead(590 * time.Second)
			p.WaitFor(warning + "[open]")
			barriers(t, p)
			if got := p.Focused(); got.Role != "button" || got.Name != p.Text(warning+" button") {
				t.Errorf("the focus is on %v", got)
			}
			if !testbrowser.Eval[bool](p, `/\d|[٠-٩]/.test(document.querySelector("dialog .countdown").textContent)`) {
				t.Errorf("the countdown says %q", p.Text("dialog .countdown"))
			}
			p.Press(testbrowser.Enter)
			p.WaitGone(warning + "[open]")
			if !testbrowser.Eval[bool](p, `document.querySelector("input[value=age_10_15]").checked`) {
				t.Error("who is still there has lost the answers")
			}
			p.Click(forward)
			p.WaitFor(".row[data-name=imp_language_support]")
			if now := testbrowser.Eval[int](p, `history.length`); now != before {
				t.Errorf("turning pages made %d entries for the back button", now-before)
			}
			p.Ahead(601 * time.Second)
			p.Wait(`!document.documentElement.dataset.ahead`) // another document
			atStart(p)
			if left := traces(p); left != 0 {
				t.Errorf("%d traces are left", left)
			}
			if now := testbrowser.Eval[int](p, `history.length`); now != before || strings.Contains(p.URL(), "GROUP") {
				t.Errorf("%d more entries, address %s", now-before, p.URL())
			}
			if open := testbrowser.Eval[int](p, `[...document.querySelectorAll("input:not([type=hidden]), textarea, select")].filter((one) => (one.autocomplete || one.form?.autocomplete) !== "off").length`); open != 0 {
				t.Errorf("%d controls may be filled in by the browser", open)
			}
		})
	}
}

// TestBrowserKioskSent: after sending, the next person finds an empty survey,
// and the back button nothing of the one before.
func TestBrowserKioskSent(t *testing.T) {
	t.Parallel()
	s := kioskServer(t)
	p := tablet(t, s, "de")
	toThanks(p)
	barriers(t, p)
	if one := s.memory.only(t); one.submission.Code != "GROUP-1" || !strings.Contains(one.anonymous, "age_10_15") {
		t.Errorf("stored %s with the code %q", one.anonymous, one.submission.Code)
	}
	p.Follow(func() { p.Click(".thanks .button") })
	atStart(p)
	if left := traces(p); left != 0 {
		t.Errorf("%d traces are left", left)
	}
	p.Back()
	if page := testbrowser.Eval[string](p, `document.body.textContent + location`); strings.Contains(page, "Vielen Dank") || strings.Contains(page, "families") {
		t.Errorf("the back button shows %q", page)
	}
}

// TestBrowserKioskThanksPass: the thanks go by themselves, too.
func TestBrowserKioskThanksPass(t *testing.T) {
	t.Parallel()
	s := kioskServer(t)
	p := tablet(t, s, "de")
	toThanks(p)
	p.Ahead(21 * time.Second)
	p.WaitGone(".thanks")
	atStart(p)
	if left := traces(p); left != 0 {
		t.Errorf("%d traces are left", left)
	}
}

// TestBrowserKioskLanguage: another language takes the answers along, but not to
// the next person, who gets the first language again. Reloading stays in.
func TestBrowserKioskLanguage(t *testing.T) {
	t.Parallel()
	s := kioskServer(t)
	p := tablet(t, s, "de")
	answerChild(p)
	p.Click(".languages summary")
	p.Follow(func() { p.Click(`.chooser a[lang=ar]:not([href*=with])`) })
	p.Wait(`document.documentElement.lang === "ar" && document.querySelector("input[value=age_10_15]")?.checked`)
	p.WaitFor(staffButton)
	p.WaitFor("[data-name=child_ages]")
	if p.Ahead(601 * time.Second); strings.Contains(p.URL(), "GROUP") {
		t.Errorf("the address is %s", p.URL())
	}
	p.Wait(`document.documentElement.lang === "de"`)
	atStart(p)
	if left := traces(p); left != 0 {
		t.Errorf("%d traces are left", left)
	}
	answerChild(p)
	p.Reload()
	atStart(p)
	if left := traces(p); left != 0 {
		t.Errorf("%d traces are left after reloading", left)
	}
}

// TestBrowserKioskLinks: nothing leads away; notices open on top.
func TestBrowserKioskLinks(t *testing.T) {
	t.Parallel()
	s := kioskServer(t)
	p := tablet(t, s, "de")
	there := p.URL()
	p.Click(".promise a")
	p.WaitFor("dialog[open] h1")
	barriers(t, p)
	if got := p.Text("dialog[open] h1"); got != p.Text(".foot a") || testbrowser.Eval[int](p, `document.querySelectorAll("dialog[open] a[href]").length`) != 0 {
		t.Errorf("the dialog shows %q, with links", got)
	}
	p.Press(testbrowser.Escape)
	p.WaitGone("dialog[open]")
	if p.URL() != there {
		t.Errorf("the address is %s", p.URL())
	}
}

// TestBrowserKioskStaff: only who knows the code gets out.
func TestBrowserKioskStaff(t *testing.T) {
	t.Parallel()
	s := kioskServer(t)
	p := tablet(t, s, "de")
	answerChild(p)
	p.Click(staffButton)
	p.WaitFor("dialog[open] " + exitCode)
	if got := p.Focused(); got.Role != "textbox" || got.Name != "Gruppencode der Einrichtung" {
		t.Errorf("the focus is on %v", got)
	}
	p.Type("GROUP-2")
	p.Press(testbrowser.Enter)
	p.WaitFor("dialog .problem:not([hidden])")
	barriers(t, p)
	if got := p.Focused(); got.Role != "textbox" || got.States["invalid"] != "true" {
		t.Errorf("after a wrong code the focus is on %v", got)
	}
	p.Press(testbrowser.Escape)
	p.WaitGone("dialog[open]")
	if !testbrowser.Eval[bool](p, `document.querySelector("input[value=age_10_15]").checked`) {
		t.Error("looking in took the answers away")
	}
	const hasty = `new Promise((resolve) => { // the browser tells that a dialog was closed when it gets round to it
		const [button, code] = [document.querySelector("` + staffButton + `"), document.querySelector("` + exitCode + `")];
		button.click();
		code.closest("dialog").close();
		button.click();
		code.value = "typed";
		setTimeout(() => { code.closest("dialog").close(); resolve(code.value); }, 100);
	})`
	if got := testbrowser.Eval[string](p, hasty); got != "typed" {
		t.Errorf("who opens it again at once types %q", got)
	}
	p.WaitGone("dialog[open]")
	p.Click(staffButton)
	p.Type("gr0u p1")
	p.Follow(func() { p.Press(testbrowser.Enter) })
	p.Wait(`location.pathname === "/"`)
	if kept := testbrowser.Eval[int](p, `sessionStorage.length`); kept != 0 {
		t.Errorf("%d things are kept of the kiosk", kept)
	}
}

// TestBrowserKioskGate: who opens the address without a code is asked for it.
func TestBrowserKioskGate(t *testing.T) {
	t.Parallel()
	s := kioskServer(t)
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/families?kiosk")
	barriers(t, p)
	p.Fill(exitCode, "group-1")
	p.Follow(func() { p.Press(testbrowser.Enter) })
	atStart(p)
	if strings.Contains(strings.ToUpper(p.URL()), "GROUP") {
		t.Errorf("the address is %s", p.URL())
	}
}

// TestBrowserKioskOffline: without network the tablet goes on, and tells staff
// how many responses wait; they are sent when the network is back.
func TestBrowserKioskOffline(t *testing.T) {
	t.Parallel()
	s := kioskServer(t)
	serve := func(address string) (string, *http.Server) {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		server := s.HTTP()
		go func() { _ = server.Serve(listener) }() // ends with Close
		t.Cleanup(func() { _ = server.Close() })
		return listener.Addr().String(), server
	}
	address, server := serve("127.0.0.1:0")
	p := tabletAt(t, "http://"+address, "de")
	p.Wait(`navigator.serviceWorker.controller`)
	p.Wait(`caches.open("pages").then((cache) => cache.keys()).then((all) => all.some(({url}) => url.endsWith("?lang=de&kiosk=GROUP-1&idle=600")))`) // not only in another language
	p.Wait(`caches.open("files").then((cache) => cache.keys()).then((all) => ["kiosk.js", "stay.js", "words-de.json", "respond.js", "kiosk.css"].every((name) => all.some(({url}) => url.endsWith(name))))`)
	p.Allow("ERR_CONNECTION")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	for number := 1; number <= 2; number++ {
		toThanks(p)
		p.Follow(func() { p.Click(".thanks .button") })
		atStart(p)
		p.Wait(`!document.querySelector(".staff p").hidden`)
		if got, want := p.Text(".staff p"), "Noch nicht gesendet: "+string(rune('0'+number)); got != want {
			t.Errorf("staff reads %q, not %q", got, want)
		}
		if left := traces(p); left != 0 {
			t.Errorf("%d traces are left", left)
		}
		if testbrowser.Eval[bool](p, `[...document.querySelectorAll(".entry")].some((one) => one.checkVisibility({visibilityProperty: true}))`) {
			t.Error("somebody else's answers can be opened")
		}
	}
	barriers(t, p)
	serve(address)
	testbrowser.Eval[bool](p, `dispatchEvent(new Event("online"))`)
	p.Wait(`document.querySelector(".staff p").hidden`)
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if len(s.memory.stored) != 2 {
		t.Errorf("%d responses arrived", len(s.memory.stored))
	}
}
