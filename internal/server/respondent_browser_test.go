package server

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/testbrowser"
)

const (
	forward      = ".steps .button:not(.secondary)"
	receiptShown = "[data-receipt]"
)

// barriers checks a page's state by axe-core, and that nothing makes a narrow
// screen scroll sideways.
func barriers(t *testing.T, p *testbrowser.Page) {
	t.Helper()
	p.CheckBarriers()
	if wide := testbrowser.Eval[int](p, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		t.Errorf("the page is %d pixels wider than the screen", wide)
	}
}

// firstRequests are those that a first visit waits for. What keeps answers is
// loaded when the document stands.
func firstRequests(p *testbrowser.Page) []testbrowser.Request {
	return slices.DeleteFunc(p.Requests(), func(one testbrowser.Request) bool {
		return slices.ContainsFunc([]string{"/stay.js", "/answers.js", "/keep.js", "/cards.js", "/aside.js", "/resume.js", "/view.", "/aloud.js", "/words-", "/manifest.webmanifest"},
			func(later string) bool { return strings.Contains(one.URL, later) })
	})
}

// keptOn lists what lies on the phone: the kinds of its database, and the
// browser's other stores where they hold anything.
func keptOn(p *testbrowser.Page) string {
	return testbrowser.Eval[string](p, `new Promise((resolve, reject) => {
		const others = [localStorage.length && 'local', sessionStorage.length && 'session'].filter(one => one);
		const request = indexedDB.open('bedarfslotse');
		request.onerror = () => reject(request.error);
		request.onsuccess = async () => {
			const kinds = [];
			for (const kind of request.result.objectStoreNames) {
				const count = request.result.transaction(kind).objectStore(kind).count();
				if (await new Promise((done) => { count.onsuccess = () => done(count.result); })) kinds.push(kind);
			}
			request.result.close();
			resolve([...kinds, ...others].join(' '));
		};
	})`)
}

// TestBrowserJourney answers the families survey page by page, on a phone in Arabic
// and on a desktop in German, in light and in dark.
func TestBrowserJourney(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		heading string
		options []testbrowser.Option
	}{
		"phone, Arabic":       {"ar", "عائلتكم", []testbrowser.Option{testbrowser.Phone}},
		"phone, dark, Arabic": {"ar", "عائلتكم", []testbrowser.Option{testbrowser.Phone, testbrowser.Dark}},
		"small phone, German": {"de", "Ihre Familie", []testbrowser.Option{testbrowser.Small}},
		"desktop, German":     {"de", "Ihre Familie", []testbrowser.Option{testbrowser.Desktop}},
		"desktop, dark":       {"de", "Ihre Familie", []testbrowser.Option{testbrowser.Desktop, testbrowser.Dark}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			p := testbrowser.New(t, append(test.options, testbrowser.Language(test.lang))...)
			p.Open(listen(t, s) + "/s/families")
			p.WaitFor(forward)
			if first := firstRequests(p); len(first) > 5+1 { // redirect, document, style, two modules, icon
				t.Errorf("%d requests until the start: %v", len(first), first)
			}
			barriers(t, p)
			p.Click(forward)
			p.WaitFor(".progress")
			if got := p.Focused(); got.Role != "heading" || got.Name != test.heading {
				t.Errorf("the focus is on %v", got)
			}
			barriers(t, p)
			p.Click(forward) // the required question has no answer
			p.WaitFor("#p-child_ages")
			if got := p.Focused(); got.Role != "checkbox" || got.States["invalid"] != "true" {
				t.Errorf("after a mistake the focus is on %v", got)
			}
			barriers(t, p)
			p.Click("input[name=child_ages][value=age_3_5]")
			p.WaitGone("#p-child_ages")
			p.Click(forward)
			p.WaitFor(".row[data-name=imp_early_childhood]")
			if testbrowser.Eval[bool](p, `document.querySelector("[data-name=imp_first_school_placement]").checkVisibility({visibilityProperty: true})`) {
				t.Error("a question about school is shown to a family with a small child only")
			}
			barriers(t, p)
			p.Click("label:has(input[name=imp_language_support][value='5'])")
			p.Click(forward)
			p.WaitFor("[data-name=state_mental_health]")
			p.Click("label:has(input[name=state_mental_health][value='1'])")
			p.Click(forward)
			p.WaitFor("[data-name=where_to_get_help]")
			barriers(t, p)
			p.Click(forward)
			p.WaitFor("#c-most_helpful")
			p.Fill("#c-most_helpful", "وقت und Zeit")
			p.Click(forward)
			p.WaitFor(receiptShown)
			barriers(t, p)
			one := s.memory.only(t)
			if got := p.Text(receiptShown); got != response.Receipt(one.submission.ID) {
				t.Errorf("receipt %q", got)
			}
			want := `{"child_ages":["age_3_5"],"imp_language_support":"5","state_mental_health":"1","most_helpful":"وقت und Zeit"}`
			if !sameJSON(t, one.anonymous, want) || one.submission.Language != test.lang || one.submission.Duration != 1 {
				t.Errorf("stored %s in %s, duration %d", one.anonymous, one.submission.Language, one.submission.Duration)
			}
			if kept := keptOn(p); kept != "receipts" {
				t.Errorf("after sending there are %q on the phone", kept)
			}
			if cookies := p.Cookies(); len(cookies) > 0 {
				t.Errorf("cookies: %v", cookies)
			}
		})
	}
}

// TestBrowserPlainJourney goes the same way without JavaScript.
func TestBrowserPlainJourney(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	p := testbrowser.New(t, testbrowser.Phone, testbrowser.NoScript, testbrowser.Language("ar"))
	p.Open(listen(t, s) + "/s/families")
	barriers(t, p)
	p.Click("label:has(input[name=imp_early_childhood][value='4'])")
	if status := p.Follow(func() { p.Click("[data-plain] .button") }); status != 422 {
		t.Fatalf("status %d", status)
	}
	barriers(t, p)
	if got := testbrowser.Eval[string](p, `document.activeElement.className`); got != "summary" {
		t.Errorf("the focus is on %q, not on the summary", got)
	}
	p.Click(".summary a")
	if got := p.Focused(); got.Role != "checkbox" {
		t.Errorf("the link leads to %v", got)
	}
	p.Click("label:has(input[name=child_ages][value=age_10_15])")
	if status := p.Follow(func() { p.Click("[data-plain] .button") }); status != 200 {
		t.Fatalf("status %d", status)
	}
	barriers(t, p)
	if status := p.Follow(func() { p.Click("button[name=':confirm']") }); status != 201 {
		t.Fatalf("status %d", status)
	}
	barriers(t, p)
	if one := s.memory.only(t); p.Text(receiptShown) != response.Receipt(one.submission.ID) || !sameJSON(t, one.anonymous, `{"child_ages":["age_10_15"]}`) {
		t.Errorf("stored %s", one.anonymous)
	}
	if cookies := p.Cookies(); len(cookies) > 0 {
		t.Errorf("cookies: %v", cookies)
	}
}

// TestBrowserLanguageKeepsAnswers changes the language in the middle.
func TestBrowserLanguageKeepsAnswers(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	p := testbrowser.New(t, testbrowser.Phone)
	p.Open(listen(t, s) + "/s/families?lang=de")
	p.Click(forward)
	p.Click("label:has([value=age_0_2])")
	p.Click(forward)
	p.WaitFor("[data-name=imp_early_childhood]")
	p.Click("label:has(input[name=imp_early_childhood][value='2'])")
	p.Click(".languages summary")
	barriers(t, p)
	p.Follow(func() { p.Click(".languages a[lang=uk]") })
	p.WaitFor("[data-name=imp_early_childhood]")
	if !testbrowser.Eval[bool](p, `document.querySelector("input[name=imp_early_childhood][value='2']").checked`) {
		t.Error("the answer is gone")
	}
	p.Back()
	p.Wait(`document.documentElement.lang === "de"`)
}

// TestBrowserRepeats adds and removes entries and looks at what a condition and a
// reference inside an entry do.
func TestBrowserRepeats(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "repeats", fromYAML(t, `
id: repeats
language: de
title: Kinder
choices:
  age: [{name: small, label: Klein}, {name: big, label: Groß}]
  thing:
    - {name: doll, label: Puppe, values: {for: small}}
    - {name: book, label: Buch, values: {for: big}}
questions:
  - type: repeat
    name: children
    label: Kind
    questions:
      - {type: text, name: nick, label: Spitzname, required: true}
      - {type: select_one age, name: size, label: "Wie groß ist ${nick}?"}
      - {type: select_one thing, name: wish, label: "Wunsch", choice_filter: "for = ${size}", relevant: "${size} != ''"}
  - {type: calculate, name: total, calculation: "count-selected(${nick})"}
  - type: group
    name: end
    label: Ende
    questions:
      - {type: integer, name: years, label: "Alter von ${nick}", constraint: ". < 99", constraint_message: Zu alt}
      - {type: date, name: born, label: Geboren, constraint: ". <= today()", default: "today()"}
`))
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/repeats?lang=de")
	p.Click(forward)
	p.Fill("[id='c-children[0].nick']", "Ada")
	p.Click(".add")
	p.Fill("[id='c-children[1].nick']", "Ben")
	p.Click(".add")
	p.Fill("[id='c-children[2].nick']", "Cem")
	p.Click("label:has(input[name='children[2].size'][value=big])")
	p.WaitFor("label:has(input[name='children[2].wish'][value=book])")
	if testbrowser.Eval[bool](p, `document.querySelector("input[name='children[2].wish'][value=doll]").checkVisibility({visibilityProperty: true})`) {
		t.Error("a choice that does not fit is offered")
	}
	p.Click("label:has(input[name='children[2].wish'][value=book])")
	barriers(t, p)
	p.Click("[data-instance='children[1]'] .remove")
	if got := p.Text("[id='l-children[1].size']"); !strings.Contains(got, "Cem") {
		t.Errorf("the third entry did not move up, or the text does not name it: %q", got)
	}
	p.Click(forward)
	p.Fill("#c-years", "١٢٠")
	p.Click(forward)
	p.WaitFor("#p-years")
	p.Fill("#c-years", "١٢")
	p.WaitGone("#p-years")
	p.Fill("#c-born", "2026-03-02")
	testbrowser.Eval[bool](p, `(document.querySelector("#c-born").value = "2026-03-02", document.querySelector("#c-born").dispatchEvent(new Event("input", {bubbles: true})))`)
	p.Click(forward)
	p.WaitFor(receiptShown)
	if one := s.memory.only(t); !sameJSON(t, one.anonymous,
		`{"children":[{"nick":"Ada"},{"nick":"Cem","size":"big","wish":"book"}],"total":"1","years":"12","born":"2026-03-02"}`) {
		t.Errorf("stored %s", one.anonymous)
	}
}

// TestBrowserServerRefuses shows what the server finds wrong where it belongs.
func TestBrowserServerRefuses(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	code := s.code("ABCDE-FGHJK", "families", carriedNothing)
	p := testbrowser.New(t, testbrowser.Phone)
	p.Allow("422|410")
	p.Open(listen(t, s) + "/q/ABCDE-FGHJK?lang=de")
	barriers(t, p)
	p.Click(forward)
	p.Click("label:has([value=age_0_2])")
	code.Used = true
	for range 5 {
		p.Click(forward)
	}
	p.WaitFor(".failure:not(:empty)")
	if text := p.Text(".failure"); !strings.Contains(text, "schon benutzt") {
		t.Errorf("said: %s", text)
	}
	code.Used = false
	s.memory.mu.Lock()
	s.now = s.now.AddDate(1, 0, 0)
	s.memory.mu.Unlock()
	p.Click(forward)
	p.Wait(`document.querySelector(".failure").textContent.includes("beendet")`)
}

// TestBrowserFingersAndKeys: a tap after a mistake counts, Enter in a text does
// not send, and the language menu fits the smallest screen.
func TestBrowserFingersAndKeys(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	address := listen(t, s)
	p := testbrowser.New(t, testbrowser.Small, testbrowser.Language("ar"))
	p.Open(address + "/s/families")
	p.WaitFor(forward)
	p.Click(".languages summary")
	p.WaitFor(".languages [open] ul")
	if out := testbrowser.Eval[bool](p, `(() => {
		const menu = document.querySelector(".languages ul").getBoundingClientRect();
		return menu.left < 0 || menu.right > innerWidth;
	})()`); out {
		t.Error("the language menu leaves the screen")
	}
	p.Click(".languages summary")
	p.Click(forward)
	p.WaitFor(".progress")
	p.Click(forward)
	p.WaitFor("#p-child_ages")
	p.Click("label:has(input[name=child_ages][value=age_10_15])")
	p.WaitGone("#p-child_ages")
	if !testbrowser.Eval[bool](p, `document.querySelector("input[name=child_ages][value=age_10_15]").checked`) {
		t.Error("the first tap after the message was lost")
	}
	for range 4 {
		before := p.Text(".progress")
		p.Click(forward)
		p.Wait(`document.querySelector(".progress").textContent !== ` + strconv.Quote(before))
	}
	p.Click("#c-most_helpful")
	p.Type("Zeit")
	p.Press(testbrowser.Enter)
	p.Click(".steps .button.secondary") // answered only after the key was
	p.Wait(`!document.querySelector("#c-most_helpful").checkVisibility({visibilityProperty: true})`)
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if len(s.memory.stored) != 0 {
		t.Error("Enter sent the answers")
	}
}
