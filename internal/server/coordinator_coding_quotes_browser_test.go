package server

import (
	"testing"

	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserQuoteByTwoPeople: one person proposes a quote by keyboard, on the way
// through the texts, and another releases it, without a script.
func TestBrowserQuoteByTwoPeople(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		t.Run(lang, func(t *testing.T) {
			d, wave := coders(t, browsedTexts()...)
			address, words := listen(t, d.testServer), d.config.Catalogue.Localizer(lang)
			seen := func(p *testbrowser.Page, state string) {
				t.Helper()
				look(t, p, "quote "+state+" "+lang)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			arabic := (&visit{testDesk: d}).textAt(t, wave, "نريد")
			ben := d.atDesk(t, address, "ben", arabic, testbrowser.Desktop, testbrowser.Language(lang))
			ben.TabTo("link", words.T("coding.quote.propose"), 60)
			ben.Follow(func() { ben.Press(testbrowser.Enter) })
			if got := testbrowser.Eval[string](ben, `getComputedStyle(document.getElementById('body')).direction + getComputedStyle(document.getElementById('translation')).direction`); got != "rtlltr" {
				t.Errorf("quote and translation run %s", got)
			}
			seen(ben, "proposal")
			ben.Fill("#translation", "Wir wollen Deutschkurse für die Mütter, rufen Sie Frau Schulz an […]")
			ben.TabTo("button", words.T("coding.quote.propose_button"), 60)
			ben.Follow(func() { ben.Press(testbrowser.Enter) })
			if got := ben.Text("#problem"); got != words.T("error.quote_suspect", "words", words.Isolate("Schulz")) {
				t.Errorf("a name in the translation: %q", got)
			}
			if got := testbrowser.Eval[string](ben, `[...document.querySelectorAll('[aria-invalid]')].map((one) => one.id).join(' ')`); got != "translation" {
				t.Errorf("what is wrong is marked at %q", got)
			}
			seen(ben, "refused")
			ben.Fill("#translation", "Wir wollen Deutschkurse für die Mütter, rufen Sie mich an […]")
			ben.TabTo("button", words.T("coding.quote.propose_button"), 60)
			ben.Follow(func() { ben.Press(testbrowser.Enter) })
			if got := ben.Text(".desk-done"); got != words.T("coding.quote.done.proposed") {
				t.Errorf("after proposing: %q", got)
			}
			cem := d.atDesk(t, address, "cem", "/manage/waves/town/texts/quotes", testbrowser.Phone, testbrowser.NoScript, testbrowser.Language(lang))
			if got := testbrowser.Eval[string](cem, `getComputedStyle(document.querySelector('blockquote')).direction`); got != "rtl" {
				t.Errorf("the quote runs %s", got)
			}
			seen(cem, "list")
			cem.Follow(func() { cem.Click(`.cd-quotes a`) })
			seen(cem, "to judge")
			cem.Follow(func() { cem.Click(`button[value="release"]`) })
			if got := cem.Text(".desk-done"); got != words.T("coding.quote.done.released") {
				t.Errorf("after releasing: %q", got)
			}
			seen(cem, "released")
			all := d.quotes(t, wave)
			if len(all) != 1 || all[0].State != coding.QuoteReleased || all[0].Author != "ben" || all[0].Judge != "cem" || all[0].Body != "نريد دروس اللغة الألمانية للأمهات، اتصلوا بي […]" {
				t.Errorf("%+v", all)
			}
		})
	}
}
