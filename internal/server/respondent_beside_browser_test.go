package server

import (
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// TestBrowserBeside answers in two languages at once, on a narrow screen and on
// a wide one.
func TestBrowserBeside(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang, with string
		device     testbrowser.Option
		wide       bool
	}{
		"Arabic with German, small":     {"ar", "de", testbrowser.Small, false},
		"Arabic with German, desktop":   {"ar", "de", testbrowser.Desktop, true},
		"German with Ukrainian, small":  {"de", "uk", testbrowser.Small, false},
		"German with Ukrainian, screen": {"de", "uk", testbrowser.Desktop, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang))
			p.Open(listen(t, s) + "/s/families?lang=" + test.lang)
			p.WaitFor(forward)
			p.Click(".languages summary")
			p.Click(".chooser summary")
			barriers(t, p)
			p.Follow(func() { p.Click(`.chooser a[href$="with=` + test.with + `"]`) })
			p.WaitFor(forward)
			barriers(t, p)
			p.Click(forward)
			p.WaitFor("[data-name=child_ages]")
			barriers(t, p)
			choice := "label:has(input[name=child_ages][value=age_3_5])"
			first, second := p.Text(choice+" .pair > :first-child"), p.Text(choice+" .also")
			if first == "" || second == "" || first == second {
				t.Errorf("the choice says %q and %q", first, second)
			}
			if got := testbrowser.Eval[string](p, `document.querySelector("`+choice+` .also").lang`); got != test.with {
				t.Errorf("the second text is marked as %q", got)
			}
			if _, found := p.Tree().Find("checkbox", first+" "+second); !found {
				t.Errorf("no checkbox is called %q", first+" "+second)
			}
			below := testbrowser.Eval[bool](p, `(([one, other]) => other.getBoundingClientRect().top >= one.getBoundingClientRect().bottom - 1)(document.querySelector("`+choice+` .pair").children)`)
			if below == test.wide {
				t.Errorf("on a screen of this width the second language stands below: %v", below)
			}
			p.Click(choice)
			p.Click(forward)
			p.WaitFor(".row[data-name=imp_early_childhood]")
			barriers(t, p)
			p.Click(".languages summary")
			p.Follow(func() { p.Click(`.chooser a[href$="lang=` + test.lang + `"]:not([lang])`) }) // one language again
			p.WaitFor(".row[data-name=imp_early_childhood]")
			if !testbrowser.Eval[bool](p, `document.querySelector("input[name=child_ages][value=age_3_5]").checked && !document.querySelector(".pair")`) {
				t.Error("the answer is gone, or the second language is not")
			}
		})
	}
}

// TestBrowserBesideReferences: an answer inside a text is said in that text's
// language.
func TestBrowserBesideReferences(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "two", twoLanguages(t))
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/two?lang=ar&with=de")
	p.WaitFor(forward)
	p.Click(forward)
	p.Click(forward)
	p.WaitFor("#p-one")
	if got := p.Text("#p-one"); got != "اختاروا · \u2068Bitte wählen\u2069" {
		t.Errorf("the problem says %q", got)
	}
	p.Click("label:has(input[value=b])")
	p.Wait(`document.querySelector(".note .ref").textContent !== "…"`)
	if got := p.Text("[data-name=said]"); !strings.Contains(got, "إذن كمثرى.") || !strings.Contains(got, "Also Birne.") {
		t.Errorf("the note says %q", got)
	}
	p.Fill("#c-only", "1")
	p.Press(testbrowser.Tab)
	p.WaitFor("#p-only")
	if got := p.Text("#p-only"); got != "أكثر من اثنين، كمثرى · \u2068Mehr als zwei, Birne\u2069" {
		t.Errorf("the problem says %q", got)
	}
	barriers(t, p)
}

// TestBrowserBesidePlain: without JavaScript the second language is a link, too.
func TestBrowserBesidePlain(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	p := testbrowser.New(t, testbrowser.Small, testbrowser.NoScript)
	p.Open(listen(t, s) + "/s/families?lang=ar&with=de")
	barriers(t, p)
	p.Click("label:has(input[name=child_ages][value=age_10_15])")
	if status := p.Follow(func() { p.Click("[data-plain] .button") }); status != 200 {
		t.Fatalf("status %d", status)
	}
	barriers(t, p)
	if status := p.Follow(func() { p.Click("button[name=':edit']") }); status != 200 || !testbrowser.Eval[bool](p, `!!document.querySelector(".also[lang=de]")`) {
		t.Errorf("status %d; back in the document there is no second language", status)
	}
}
