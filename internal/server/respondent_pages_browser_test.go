package server

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

// walk leads one browser through everything that a respondent can come to see.
type walk struct {
	t       *testing.T
	s       *testServer
	p       *testbrowser.Page
	address string
	lang    string
	look    func(state string) // called at every page and state
}

// newWalk makes a server with one survey closed and one code used, and a
// browser that has seen nothing of it.
func newWalk(t *testing.T, lang string, options ...testbrowser.Option) *walk {
	t.Helper()
	s := newTestServer(t, func(c *Config) {
		c.RateLimit = 6 // what one walk sends; then it is too many
		c.Controller = Controller{Name: "Stadt Beispiel", Street: "Marktplatz 1", Town: "44777 Beispiel", Email: "amt@example.org",
			Phone: "+49 234 1", DataProtection: "dsb@example.org", Arbitration: "Ombudsstelle, Beispielweg 2, Düsseldorf"}
	})
	s.change("schools", func(wave *store.LiveWave) { wave.State = fieldwork.Closed })
	s.code("ABCDE-FGHJK", "families", fieldwork.Carried{Area: "de-nw-bochum", InstitutionType: "primary_school"})
	s.code("ABCDE-FGHJM", "families", carriedNothing).Used = true
	p := testbrowser.New(t, append(options, testbrowser.Language(lang))...)
	return &walk{t: t, s: s, p: p, address: listen(t, s), lang: lang, look: func(string) {}}
}

// open goes to a path in the reader's language and looks.
func (w *walk) open(state, path string, wanted int) {
	w.t.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	if status := w.p.Open(w.address + path + mark + "lang=" + url.QueryEscape(w.lang)); status != wanted {
		w.t.Errorf("%s: status %d, not %d", state, status, wanted)
	}
	w.look(state)
}

// addresses opens the pages that stand alone.
func (w *walk) addresses() {
	w.t.Helper()
	for _, one := range []struct {
		state, path string
		status      int
	}{
		{"home", "/", 200},
		{"start of a survey", "/s/families", 200},
		{"start by a code", "/q/ABCDE-FGHJK", 200},
		{"privacy", "/privacy", 200},
		{"privacy of a survey", "/privacy?wave=families", 200},
		{"imprint", "/imprint", 200},
		{"accessibility", "/accessibility", 200},
		{"withdraw", "/withdraw", 200},
		{"no network", "/offline", 200},
		{"no such page", "/nowhere", 404},
		{"no such code", "/q/ZZZZZ-ZZZZZ", 404},
		{"code used", "/q/ABCDE-FGHJM", 410},
		{"survey closed", "/s/schools", 410},
	} {
		w.open(one.state, one.path, one.status)
	}
}

// byScript answers the families survey page by page.
func (w *walk) byScript() {
	w.t.Helper()
	w.p.Open(w.address + "/s/families?lang=" + w.lang)
	w.p.Click(forward)
	w.p.WaitFor(".progress")
	w.look("page 1")
	w.p.Click(forward)
	w.p.WaitFor("#p-child_ages")
	w.look("page 1 with a mistake")
	w.p.Click("label:has([value=age_3_5])")
	w.p.Click("label:has([value=age_10_15])")
	for page := 2; ; page++ {
		before := w.p.Text(".progress")
		w.p.Click(forward)
		w.p.Wait(`!document.querySelector(".progress")?.textContent.includes(` + strconv.Quote(before) + `)`)
		if testbrowser.Eval[bool](w.p, `!!document.querySelector("[data-receipt]")`) {
			break
		}
		w.look("page " + strconv.Itoa(page))
	}
	w.look("thanks")
}

// plainly answers the same survey in one document, with a mistake first.
func (w *walk) plainly() {
	w.t.Helper()
	w.p.Open(w.address + "/s/families?lang=" + w.lang)
	for _, step := range []struct {
		state, act, button string
		status             int
	}{
		{"document with a mistake", "", "[data-plain] .button", 422},
		{"review", "label:has([value=age_10_15])", "[data-plain] .button", 200},
		{"thanks", "", "button[name=':confirm']", 201},
	} {
		if step.act != "" {
			w.p.Click(step.act)
		}
		if status := w.p.Follow(func() { w.p.Click(step.button) }); status != step.status {
			w.t.Errorf("%s: status %d", step.state, status)
		}
		w.look(step.state)
	}
}

// receipts withdraws what was answered, after a slip of the pen, and goes on
// until it is too much.
func (w *walk) receipts() {
	w.t.Helper()
	receipt := response.Receipt(w.s.memory.only(w.t).submission.ID)
	for _, one := range []struct {
		state, receipt string
		status         int
	}{
		{"withdraw with a wrong code", "XXXX", 422},
		{"withdrawn", receipt, 200},
	} {
		w.withdraw(one.state, one.receipt, one.status)
	}
	for range 6 {
		w.p.Open(w.address + "/withdraw?lang=" + w.lang)
		w.p.Fill("#receipt", "XXXX")
		if w.p.Follow(func() { w.p.Click("main .button") }) == 429 {
			w.look("too many")
			return
		}
	}
	w.t.Error("it is never too many")
}

func (w *walk) withdraw(state, receipt string, wanted int) {
	w.t.Helper()
	w.p.Open(w.address + "/withdraw?lang=" + w.lang)
	w.p.Fill("#receipt", receipt)
	if status := w.p.Follow(func() { w.p.Click("main .button") }); status != wanted {
		w.t.Errorf("%s: status %d, not %d", state, status, wanted)
	}
	w.look(state)
}

// trusted checks that a page keeps nothing and asks nobody else: no cookie, no
// request to another origin, no error and no violation of the policy.
func (w *walk) trusted(state string) {
	w.t.Helper()
	for _, cookie := range w.p.Cookies() {
		w.t.Errorf("%s sets the cookie %s", state, cookie.Name)
	}
	if problems := w.p.Problems(); len(problems) > 0 {
		w.t.Errorf("%s: %s", state, strings.Join(problems, "; "))
	}
}

// fits checks what a page owes everybody on the narrowest screen, which is also
// 400 % zoom on a desk: nothing sideways, nothing cut off though the text is
// spaced, targets for fingers, nothing that moves.
func (w *walk) fits(state string) {
	w.t.Helper()
	complain := func(what string, found []string) {
		w.t.Helper()
		if len(found) > 0 {
			w.t.Errorf("%s: %s: %s", state, what, strings.Join(found, "\n\t"))
		}
	}
	if wide := w.p.Sideways(); wide > 0 {
		w.t.Errorf("%s is %d pixels wider than the screen", state, wide)
	}
	complain("too small for a finger", w.p.SmallTargets(44))
	complain("moves though less motion is asked for", w.p.Moving())
	w.p.SpaceText(true)
	complain("cut off with spaced text", w.p.Clipped(".unseen, .first, .skip"))
	if wide := w.p.Sideways(); wide > 0 {
		w.t.Errorf("%s with spaced text is %d pixels wider than the screen", state, wide)
	}
	w.p.SpaceText(false)
}

// TestBrowserPages opens every page and state that a respondent can see, with
// and without JavaScript, and looks at each for what breaks trust and for
// barriers; the long form in every language.
func TestBrowserPages(t *testing.T) {
	t.Parallel()
	languages := []string{"de", "ar"}
	if testinput.Long() {
		languages = i18n.Respondents()
	}
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			w := newWalk(t, lang, testbrowser.Small, testbrowser.ReducedMotion)
			w.look = func(state string) {
				w.trusted(state)
				w.fits(state)
				w.p.CheckBarriers()
			}
			w.addresses()
			w.byScript()
			w.receipts()
		})
	}
	for _, lang := range languages {
		t.Run(lang+" without JavaScript", func(t *testing.T) {
			w := newWalk(t, lang, testbrowser.Small, testbrowser.ReducedMotion, testbrowser.NoScript)
			w.look = func(state string) {
				w.trusted(state)
				w.fits(state)
			}
			w.addresses()
			w.plainly()
			w.receipts()
		})
	}
}

// TestBrowserLanguages looks for barriers on the first page and on one inside,
// in every language that respondents are served in.
func TestBrowserLanguages(t *testing.T) {
	t.Parallel()
	languages := []string{"uk"} // German and Arabic: TestBrowserPages
	if testinput.Long() {
		languages = i18n.Respondents()
	}
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			w := newWalk(t, lang, testbrowser.Small, testbrowser.ReducedMotion)
			w.look = func(state string) {
				w.trusted(state)
				w.fits(state)
				w.p.CheckBarriers()
			}
			w.open("start", "/s/families", 200)
			if got := testbrowser.Eval[string](w.p, `document.documentElement.lang`); got != lang {
				t.Errorf("the page is in %s", got)
			}
			w.p.Click(forward)
			w.p.WaitFor(".progress")
			w.p.Click("label:has([value=age_3_5])")
			w.p.Click(forward)
			w.p.WaitFor(".row[data-name=imp_early_childhood]")
			w.look("page 2")
		})
	}
}
