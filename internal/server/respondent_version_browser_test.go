package server

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
)

// firstEdition and secondEdition are two versions of one survey: a choice and a
// question are gone, a question has come.
func firstEdition(t *testing.T) *survey.Version {
	t.Helper()
	return fromYAML(t, `
id: club
language: de
title: Jugendclub
choices:
  day: [{name: monday, label: Montag}, {name: tuesday, label: Dienstag}, {name: sunday, label: Sonntag}]
questions:
  - {type: select_multiple day, name: days, label: Wann kommst du?}
  - {type: text, name: wish, label: Was fehlt?}
  - {type: integer, name: way, label: Wie viele Minuten ist dein Weg?}
`)
}

func secondEdition(t *testing.T) *survey.Version {
	t.Helper()
	return fromYAML(t, `
id: club
language: de
title: Jugendclub
choices:
  day: [{name: monday, label: Montag}, {name: tuesday, label: Dienstag}]
questions:
  - {type: select_multiple day, name: days, label: An welchen Tagen kommst du?}
  - {type: text, name: wish, label: Was fehlt?}
  - {type: text, name: idea, label: Hast du eine Idee?}
`)
}

const older = ".card.older"

// beganFirst opens the first edition on a phone and answers some of it.
func beganFirst(t *testing.T) (*testServer, *network, *testbrowser.Page) {
	t.Helper()
	s := newTestServer(t)
	s.open(t, "club", firstEdition(t))
	n := connect(t, s)
	p := testbrowser.New(t, testbrowser.Small)
	p.Allow("ERR_FAILED|ERR_CONNECTION|ERR_EMPTY|422")
	p.Inject(`globalThis.confirm = () => document.documentElement.dataset.confirm !== "no";`)
	p.Open(n.address + "/s/club?lang=de")
	p.WaitFor(".aside")
	p.Wait(ready)
	p.Click(forward)
	p.Click("label:has([value=monday])")
	p.Click("label:has([value=sunday])")
	p.Fill("[name=wish]", "Ein Kicker")
	p.Fill("[name=way]", "25")
	p.Wait(savedWith("way", "25"))
	return s, n, p
}

// savedWith is an expression: whether a draft on the phone has that answer.
func savedWith(name, value string) string {
	return `new Promise(resolve => {
		const request = indexedDB.open("bedarfslotse");
		request.onsuccess = () => {
			const all = request.result.transaction("drafts").objectStore("drafts").getAll();
			all.onsuccess = () => {
				request.result.close();
				resolve(all.result.some(draft => draft.fields.some(([name, value]) => name === "` + name + `" && value === "` + value + `")));
			};
		};
	})`
}

// reopen loads an address until the document is of the edition that has that
// question: a slow phone shows the one it keeps, for the first time.
func reopen(p *testbrowser.Page, address, question string) {
	for p.Open(address); !testbrowser.Eval[bool](p, `document.querySelector("[name=`+question+`]") !== null`); {
		p.Reload()
	}
	p.WaitFor(".aside")
}

// TestBrowserAnotherVersion changes the survey under a draft.
func TestBrowserAnotherVersion(t *testing.T) {
	t.Parallel()
	t.Run("the draft is taken over", func(t *testing.T) {
		s, n, p := beganFirst(t)
		s.open(t, "club", secondEdition(t))
		reopen(p, n.address+"/s/club?lang=de", "idea")
		for range 2 { // and is still there when the page was closed without a word
			p.WaitFor(older)
			if text := p.Text(older); !strings.Contains(text, "Die Umfrage wurde seitdem geändert.") {
				t.Errorf("said: %s", text)
			}
			barriers(t, p)
			p.Open(n.address + "/withdraw?lang=de")
			reopen(p, n.address+"/s/club?lang=de", "idea")
		}
		path, name := p.Download(func() { p.Click(older + " button:nth-of-type(2)") })
		if content, err := os.ReadFile(path); err != nil || name != "club.json" || !json.Valid(content) ||
			!strings.Contains(string(content), `["days","sunday"]`) || !strings.Contains(string(content), `["way","25"]`) {
			t.Errorf("%v; downloaded %s: %s", err, name, content)
		}
		p.Click(older + " button:nth-of-type(1)")
		p.WaitGone(older)
		p.Click(forward)
		p.WaitFor("[value=monday]:checked")
		p.Fill("[name=idea]", "Ein Garten")
		p.Wait(savedWith("idea", "Ein Garten"))
		if !testbrowser.Eval[bool](p, savedWith("way", "25")) {
			t.Error("what no longer fits was thrown away before anything was sent")
		}
		p.Click(forward)
		p.WaitFor(receiptShown)
		if one := s.memory.only(t); !sameJSON(t, one.anonymous, `{"days":["monday"],"wish":"Ein Kicker","idea":"Ein Garten"}`) {
			t.Errorf("stored %s", one.anonymous)
		}
		if kept := keptOn(p); kept != "receipts" {
			t.Errorf("after sending there are %q on the phone", kept)
		}
	})
	t.Run("in a new wave", func(t *testing.T) { // as coordinators change a survey: a wave never changes its own
		s, n, p := beganFirst(t)
		s.open(t, "club-next", secondEdition(t))
		reopen(p, n.address+"/s/club-next?lang=de", "idea")
		p.WaitFor(older)
		p.Click(forward)
		p.Fill("[name=idea]", "Lieber neu")
		p.Wait(savedWith("idea", "Lieber neu"))
		reopen(p, n.address+"/s/club-next?lang=de", "idea")
		p.WaitFor(".steps ~ " + older) // below what was begun anew
		barriers(t, p)
		testbrowser.Eval[string](p, `document.documentElement.dataset.confirm = "no"`)
		p.Click(older + " button:nth-of-type(1)") // would replace what is typed here
		p.Click(older + " button:nth-of-type(3)")
		if !testbrowser.Eval[bool](p, savedWith("idea", "Lieber neu")) || !testbrowser.Eval[bool](p, savedWith("way", "25")) {
			t.Error("one of the drafts was destroyed against the person's wish")
		}
		testbrowser.Eval[string](p, `document.documentElement.dataset.confirm = "yes"`)
		p.Click(older + " button:nth-of-type(1)")
		p.WaitGone(older)
		p.Click(forward)
		p.WaitFor("[value=monday]:checked")
		n.cut.Store(true)
		p.Click(forward)
		p.Wait(waiting)
		p.Reload()
		p.WaitFor(".card.unsent")
		p.WaitFor(".aside")
		if testbrowser.Eval[bool](p, `document.querySelector("`+older+`") !== null`) {
			t.Error("what is on its way already is offered again")
		}
		n.cut.Store(false)
		sendNow(p)
		p.WaitFor(".card.sent")
		if one := s.memory.only(t); !sameJSON(t, one.anonymous, `{"days":["monday"],"wish":"Ein Kicker"}`) {
			t.Errorf("stored %s", one.anonymous)
		}
		if kept := keptOn(p); kept != "receipts" {
			t.Errorf("after sending there are %q on the phone", kept)
		}
	})
	t.Run("while the page is open", func(t *testing.T) {
		s, n, p := beganFirst(t)
		s.open(t, "club", secondEdition(t))
		p.Click(forward)
		p.WaitFor(".failure:not(:empty)")
		if text := p.Text(".failure"); !strings.Contains(text, "noch einmal") {
			t.Errorf("said: %s", text)
		}
		barriers(t, p)
		reopen(p, n.address+"/s/club?lang=de", "idea")
		p.WaitFor(older)
		if !testbrowser.Eval[bool](p, savedWith("way", "25")) || len(s.memory.stored) > 0 {
			t.Errorf("the draft is gone, or %d are stored", len(s.memory.stored))
		}
	})
	t.Run("in the outbox", func(t *testing.T) {
		s, n, p := beganFirst(t)
		n.cut.Store(true)
		p.Click(forward)
		p.Wait(waiting)
		s.open(t, "club", secondEdition(t))
		n.cut.Store(false)
		p.WaitFor(".card.refused") // by itself
		barriers(t, p)
		reopen(p, n.address+"/s/club?lang=de", "idea")
		p.WaitFor(".card.refused")
		barriers(t, p)
		if kept := keptOn(p); kept != "outbox" {
			t.Errorf("of what was refused there are %q on the phone", kept)
		}
		p.Click(".card.refused button") // take over what fits
		p.WaitGone(".card.refused")
		p.Click(forward)
		p.WaitFor("[value=monday]:checked")
		p.Click(forward)
		p.WaitFor(receiptShown)
		if one := s.memory.only(t); !sameJSON(t, one.anonymous, `{"days":["monday"],"wish":"Ein Kicker"}`) {
			t.Errorf("stored %s", one.anonymous)
		}
		if kept := keptOn(p); kept != "receipts" {
			t.Errorf("after sending there are %q on the phone", kept)
		}
	})
}

// asideOnCall lets a test put the page aside, as another program before it does.
const asideOnCall = `addEventListener("aside", () => {
	Object.defineProperty(document, "hidden", { value: true });
	document.dispatchEvent(new Event("visibilitychange"));
})`

// TestBrowserGoesWhileItIsWritten puts the page aside, and loads it anew, while
// its last draft is on the way into the phone's database: the browser gives such
// a transaction up.
func TestBrowserGoesWhileItIsWritten(t *testing.T) {
	t.Parallel()
	_, n, p := beganFirst(t)
	p.Inject(`{ const put = IDBObjectStore.prototype.put; // the phone's database is slow
		IDBObjectStore.prototype.put = function (value, key) {
			const request = put.call(this, value, key);
			if (JSON.stringify(value).includes("Bücher")) {
				document.documentElement.dataset.writes = "yes";
				(function wait(store) { store.get("").onsuccess = () => wait(store); })(this);
			}
			return request;
		}; }`)
	p.Inject(asideOnCall)
	p.Open(n.address + "/s/club?lang=de")
	p.WaitFor("[name=wish]")
	p.Fill("[name=wish]", "Bücher")
	p.Wait(`document.documentElement.dataset.writes === "yes"`)
	aside := `(dispatchEvent(new Event("aside")), Object.values(localStorage).join(""))`
	if kept := testbrowser.Eval[string](p, aside); !strings.Contains(kept, "Bücher") {
		t.Errorf("while another program is before the page, the quick place holds %q", kept)
	}
	p.Reload()
	p.Wait(`document.querySelector("[name=wish]").value === "Bücher"`)
}

// TestBrowserNoDraftComesBack types on, and puts the page aside, while the answers
// are on their way: once they are sent, no draft of them is left.
func TestBrowserNoDraftComesBack(t *testing.T) {
	t.Parallel()
	s, n, p := beganFirst(t)
	p.Inject(`{ const ask = fetch; // the network is slow
		globalThis.fetch = async (...given) => {
			if (given[1]?.method === "POST") await new Promise((resolve) => {
				addEventListener("arrive", resolve, { once: true });
				document.documentElement.dataset.sends = "yes";
			});
			return ask(...given);
		}; }`)
	p.Inject(asideOnCall)
	p.Open(n.address + "/s/club?lang=de")
	p.WaitFor("[name=wish]")
	p.Fill("[name=wish]", "Bücher")
	p.Click(forward) // before that is written
	p.Wait(`document.documentElement.dataset.sends === "yes"`)
	p.Fill("[name=wish]", "Bücher und mehr")
	testbrowser.Eval[bool](p, `dispatchEvent(new Event("aside"))`)
	time.Sleep(time.Second) // longer than it takes until what is typed is written
	testbrowser.Eval[bool](p, `dispatchEvent(new Event("arrive"))`)
	p.WaitFor(receiptShown)
	if kept := keptOn(p); kept != "receipts" {
		t.Errorf("after sending there are %q on the phone", kept)
	}
	if one := s.memory.only(t); !strings.Contains(one.anonymous, `"wish":"Bücher"`) {
		t.Errorf("stored %s", one.anonymous)
	}
}

// TestBrowserQuickerThanItsDraft answers before the script stands that knows of
// the draft: neither of the two drafts may go.
func TestBrowserQuickerThanItsDraft(t *testing.T) {
	t.Parallel()
	_, n, p := beganFirst(t)
	p.Inject(`{ const ask = indexedDB.open.bind(indexedDB); // the phone's database is slow
		indexedDB.open = (...given) => {
			const request = ask(...given);
			const later = new Proxy({}, { set(_, name, work) {
				request[name] = (event) => { if (name !== "onsuccess") work(event); else
					(function wait() { document.documentElement?.dataset.quick ? work(event) : setTimeout(wait, 5); })(); };
				return true;
			}, get: (_, name) => request[name] });
			return later;
		}; }`)
	p.Open(n.address + "/s/club?lang=de")
	p.Click(forward)
	p.Fill("[name=wish]", "Bücher")
	testbrowser.Eval[string](p, `document.documentElement.dataset.quick = "yes"`)
	p.WaitFor(older)
	p.Wait(savedWith("wish", "Bücher"))
	barriers(t, p)
	p.Reload()
	testbrowser.Eval[string](p, `document.documentElement.dataset.quick = "yes"`)
	p.WaitFor(older)
	if text := p.Text(older); !strings.Contains(text, "schon einmal angefangen") || strings.Contains(text, "geändert") {
		t.Errorf("said: %s", text)
	}
	if got := testbrowser.Eval[string](p, `document.querySelector("[name=wish]").value`); got != "Bücher" {
		t.Errorf("the later draft says %q", got)
	}
	p.Click(older + " button:nth-of-type(1)")
	p.WaitGone(older)
	p.Wait(`document.querySelector("[name=wish]").value === "Ein Kicker" && document.querySelector("[value=sunday]").checked`)
}

// TestBrowserQuickerThanTheScript answers in the document before any script
// stands, on a phone that has a draft: neither may go.
func TestBrowserQuickerThanTheScript(t *testing.T) {
	t.Parallel()
	_, n, p := beganFirst(t)
	p.Inject(`document.addEventListener("readystatechange", () => {
		const wish = document.querySelector("[name=wish]");
		if (document.readyState === "interactive" && wish) wish.value = "Bücher";
	})`)
	p.Open(n.address + "/s/club?lang=de")
	p.WaitFor(older)
	p.Wait(savedWith("wish", "Bücher"))
	if got := testbrowser.Eval[string](p, `document.querySelector("[name=wish]").value`); got != "Bücher" {
		t.Errorf("what was written first says %q", got)
	}
	p.Click(older + " button:nth-of-type(1)")
	p.Wait(`document.querySelector("[name=wish]").value === "Ein Kicker"`)
}
