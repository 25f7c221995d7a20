package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
)

// voices stands in for the browser's: it has those listed, and writes down in
// the document's element what is spoken; nothing comes to an end by itself.
func voices(list string) string {
	return `Object.defineProperty(window, "speechSynthesis", {value: Object.assign(new EventTarget(), {
		list: [` + list + `], getVoices() { return this.list; },
		speak(one) { document.documentElement.dataset.spoken = (document.documentElement.dataset.spoken ?? "") + one.voice.name + ": " + one.text + "\n"; },
		cancel() { document.documentElement.dataset.spoken = ""; },
	})});
	window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };`
}

const spokenSoFar = `document.documentElement.dataset.spoken ?? ""`

// listening waits until all that comes later is there.
const listening = `document.querySelector(".view") && performance.getEntriesByType("resource").some(one => one.name.endsWith("/aloud.js"))`

// TestBrowserAloud reads a question with a voice of the phone: label, hint and
// choices; again stops, and so does the next page.
func TestBrowserAloud(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang, voice, name, text string
		options                 []testbrowser.Option
	}{
		"German": {"de", `{name: "far", lang: "de-DE", localService: false}, {name: "near", lang: "de-AT", localService: true}`,
			"Vorlesen: Wie alt sind die Kinder?", "near: Wie alt sind die Kinder?\nnear: Mehrere Antworten sind möglich.\nnear: 0 bis 2 Jahre\n", []testbrowser.Option{testbrowser.Small}},
		"Arabic, dark": {"ar", `{name: "near", lang: "ar_EG", localService: true}`, "", "near: ما أعمار الأطفال؟\nnear: يمكن", []testbrowser.Option{testbrowser.Phone, testbrowser.Dark}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			p := testbrowser.New(t, test.options...)
			p.Before(voices(test.voice))
			p.Open(listen(t, s) + "/s/families?lang=" + test.lang)
			p.Click(forward)
			const button = "[data-name=child_ages] > .aloud"
			p.WaitFor(button)
			barriers(t, p)
			if small := testbrowser.Eval[bool](p, `[...document.querySelectorAll(".shown .aloud")].some(one => {
				const box = one.getBoundingClientRect(); return box.width < 44 || box.height < 44 || box.left < 0 || box.right > innerWidth; })`); small {
				t.Error("a button is too small, or off the screen")
			}
			testbrowser.Eval[bool](p, `document.querySelector("`+button+`").focus(), true`)
			if got := p.Focused(); got.Role != "button" || test.name != "" && got.Name != test.name {
				t.Errorf("the button is %v", got)
			}
			p.Press(testbrowser.Enter)
			if got := testbrowser.Eval[string](p, spokenSoFar); !strings.HasPrefix(got, test.text) || strings.Count(got, "\n") < 7 {
				t.Errorf("said %q", got)
			}
			if got := testbrowser.Eval[string](p, `document.querySelector("`+button+`").ariaPressed`); got != "true" {
				t.Errorf("pressed %s", got)
			}
			barriers(t, p)
			p.Press(testbrowser.Enter)
			if got := testbrowser.Eval[string](p, spokenSoFar); got != "" {
				t.Errorf("still speaks %q", got)
			}
			p.Click("[data-name=arrival] > .aloud")
			p.Click(button)
			if got := testbrowser.Eval[int](p, `document.querySelectorAll(".aloud[aria-pressed=true]").length`); got != 1 {
				t.Errorf("%d are being read", got)
			}
			p.Click("label:has([value=age_0_2])")
			p.Click(forward)
			p.WaitFor("[data-name=imp_early_childhood] .aloud")
			if got := testbrowser.Eval[string](p, spokenSoFar); got != "" {
				t.Errorf("speaks on the next page %q", got)
			}
			p.Click("[data-name=imp_early_childhood] .aloud")
			if got := testbrowser.Eval[string](p, spokenSoFar); strings.Count(got, "\n") != 7 {
				t.Errorf("of a row said %q", got)
			}
		})
	}
}

// TestBrowserAloudNever: without a voice of the phone's own for the language
// there is no button, nor where nothing can speak; a voice that comes late counts.
func TestBrowserAloudNever(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"far away":       voices(`{name: "far", lang: "de-DE", localService: false}`),
		"other language": voices(`{name: "near", lang: "en-GB", localService: true}`),
		"nobody says":    voices(`{name: "vague", lang: "de-DE"}`),
		"nothing speaks": `Object.defineProperty(window, "speechSynthesis", {value: undefined})`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			p := testbrowser.New(t)
			p.Before(script + `
				addEventListener("late", () => { speechSynthesis.list.push({name: "near", lang: "de", localService: true}); speechSynthesis.dispatchEvent(new Event("voiceschanged")); });`)
			p.Open(listen(t, s) + "/s/families?lang=de")
			p.Click(forward)
			if name == "nothing speaks" {
				p.Wait(`document.querySelector(".view")`)
			} else {
				p.Wait(listening)
			}
			if testbrowser.Eval[bool](p, `document.querySelector(".aloud") !== null`) {
				t.Error("there is a button")
			}
			if name == "nothing speaks" {
				return
			}
			testbrowser.Eval[bool](p, `dispatchEvent(new Event("late"))`)
			p.WaitFor("[data-name=child_ages] > .aloud")
		})
	}
}

// TestBrowserSingle answers families one question at a time, by keyboard where
// it matters, in large type on the smallest screen.
func TestBrowserSingle(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "ar"} {
		t.Run(lang, func(t *testing.T) {
			s := newTestServer(t)
			options := []testbrowser.Option{testbrowser.Small}
			if lang == "ar" {
				options = append(options, testbrowser.Dark)
			}
			p := testbrowser.New(t, options...)
			address := listen(t, s) + "/s/families?lang=" + lang
			p.Open(address)
			p.Click(".view summary")
			p.WaitFor(".view ul")
			barriers(t, p)
			p.Click(".view li:nth-child(1) label")
			p.Click(".view li:nth-child(2) label")
			barriers(t, p)
			p.Press(testbrowser.Escape)
			p.WaitGone(".view ul")
			p.Reload()
			p.Wait(`document.querySelector(".single") !== null`)
			if size := testbrowser.Eval[string](p, `getComputedStyle(document.documentElement).fontSize`); size != "23.04px" {
				t.Errorf("large type is %s", size)
			}
			p.Click(forward)
			p.WaitFor("[data-name=respondent]")
			alone(t, p, "respondent")
			barriers(t, p)
			if got := p.Focused(); got.Role != "legend" && got.Name == "" && testbrowser.Eval[string](p, `document.activeElement.localName`) != "legend" {
				t.Errorf("the focus is on %v", got)
			}
			p.Click(forward)
			p.WaitFor("[data-name=child_ages]")
			p.Wait(`document.activeElement.closest("[data-name=child_ages]") !== null`)
			p.Click(forward) // is required
			p.WaitFor("#p-child_ages")
			alone(t, p, "child_ages")
			barriers(t, p)
			p.Click("label:has([value=age_0_2])")
			p.Click(".steps .secondary")
			p.WaitFor("[data-name=respondent]")
			p.Back()
			p.WaitFor("[data-name=child_ages]")
			for _, name := range []string{"arrival", "institutions", "imp_language_support", "imp_early_childhood"} {
				p.Click(forward)
				p.WaitFor("[data-name=" + name + "]")
				alone(t, p, name)
			}
			barriers(t, p)
			if got := testbrowser.Eval[int](p, `document.querySelector("progress").value`); got != 6 {
				t.Errorf("the sixth step counts as %d", got)
			}
			p.Click("label:has(input[name=imp_early_childhood][value='4'])")
			for range testbrowser.Eval[int](p, `document.querySelector("progress").max - document.querySelector("progress").value`) {
				before := p.Text(".progress p")
				p.Click(forward)
				p.Wait(fmt.Sprintf(`document.querySelector(".progress p").textContent !== %q`, before))
			}
			p.Click(forward)
			p.WaitFor(receiptShown)
			one := s.memory.only(t)
			if p.Text(receiptShown) != response.Receipt(one.submission.ID) || !sameJSON(t, one.anonymous, `{"child_ages":["age_0_2"],"imp_early_childhood":"4"}`) {
				t.Errorf("stored %s", one.anonymous)
			}
		})
	}
}

// alone checks that of all questions only one is shown.
func alone(t *testing.T, p *testbrowser.Page, name string) {
	t.Helper()
	if got := testbrowser.Eval[[]string](p, `[...document.querySelectorAll(".question")].filter(one => one.checkVisibility({visibilityProperty: true})).map(one => one.dataset.name)`); !slices.Equal(got, []string{name}) {
		t.Errorf("shown are %v, not only %s", got, name)
	}
}

// TestBrowserSingleRepeats: an entry is a step of its own, also one that is added
// or taken away; a mistake found at the end leads to its step.
func TestBrowserSingleRepeats(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "repeats", fromYAML(t, `
id: repeats
language: de
title: Kinder
questions:
  - type: repeat
    name: children
    label: Kind
    questions:
      - {type: text, name: nick, label: Spitzname, required: true}
      - {type: integer, name: years, label: Alter}
  - {type: note, name: nearly, label: Gleich fertig}
  - {type: text, name: more, label: Noch etwas?}
`))
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/repeats?lang=de")
	p.Click(".view summary")
	p.Click(".view li:nth-child(2) label")
	p.Click(".view summary")
	p.Click(forward)
	p.Fill("[id='c-children[0].nick']", "Ada")
	p.Click(".add")
	p.WaitFor("[id='c-children[1].nick']")
	p.WaitGone("[id='c-children[0].nick']")
	if got := p.Text(".progress p"); got != "Seite 2 von 4" {
		t.Errorf("progress %q", got)
	}
	p.Fill("[id='c-children[1].nick']", "Ben")
	p.Click("[data-instance='children[1]'] .remove")
	p.WaitFor("[id='c-children[0].nick']")
	p.Click(forward)
	p.WaitFor("[data-name=nearly]")
	p.WaitGone(".repeat")
	p.Click(forward)
	p.Fill("#c-more", "Nein")
	if got := p.Text(".progress p"); got != "Seite 3 von 3" {
		t.Errorf("progress %q", got)
	}
	barriers(t, p)
	testbrowser.Eval[bool](p, `(document.querySelector("[id='c-children[0].years']").value = "x", document.querySelector("[id='c-children[0].years']").dispatchEvent(new Event("input", {bubbles: true})))`)
	p.Click(forward)
	p.WaitFor("[id='p-children[0].years']")
	p.Fill("[id='c-children[0].years']", "7")
	p.Click(".view summary") // and all of the page again
	p.Click(".view li:nth-child(2) label")
	p.Click(".view summary")
	p.WaitFor(".add")
	p.Click(forward)
	p.WaitFor("#c-more")
	p.Click(forward)
	p.WaitFor(receiptShown)
	if one := s.memory.only(t); !sameJSON(t, one.anonymous, `{"children":[{"nick":"Ada","years":"7"}],"more":"Nein"}`) {
		t.Errorf("stored %s", one.anonymous)
	}
}

// bothGermans is a survey in German, plain German and English.
func bothGermans(t *testing.T) *survey.Version {
	t.Helper()
	read, findings := survey.ReadYAML("test.yaml", []byte(`
id: both
language: de
title: Zwei Sprachen
choices:
  way: [{name: a, label: Auto}, {name: b, label: Bus}]
questions:
  - {type: select_one way, name: way, label: Womit fahren Sie?}
  - {type: text, name: why, label: Warum?}
`))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	read.Languages = []string{"de", "de-simple", "en"}
	read.Nodes[0].Label["de-simple"] = survey.Phrase{Text: "Wie fahren Sie?"}
	return compiled(t, read)
}

// TestPlainer: plain German is offered on the German pages only where there is
// some, and the way back on its own.
func TestPlainer(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "both", bothGermans(t))
	expect(t, 200, 200, s.get("/s/both?lang=de").Body.String(), `class="plainer"><a class="button secondary" href="/s/both?lang=de-simple" lang="de-simple" hreflang="de-simple">Leichte Sprache</a>`)
	expect(t, 200, 200, s.get("/s/both?lang=de-simple").Body.String(), `href="/s/both?lang=de" lang="de" hreflang="de">Deutsch</a></p>`)
	for _, target := range []string{"/s/both?lang=en", "/s/schools?lang=de"} {
		if strings.Contains(s.get(target).Body.String(), "plainer") {
			t.Errorf("%s offers plain German", target)
		}
	}
}

// TestBrowserPlainer goes to plain German and back in the middle of a survey.
func TestBrowserPlainer(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "both", bothGermans(t))
	p := testbrowser.New(t, testbrowser.Small)
	p.Open(listen(t, s) + "/s/both?lang=de")
	barriers(t, p)
	p.Click(forward)
	p.Click("label:has([value=b])")
	p.Fill("#c-why", "Weil")
	p.Follow(func() { p.Click(".plainer a") })
	p.WaitFor("[data-name=way]")
	barriers(t, p)
	if got := p.Text("#l-way"); got != "Wie fahren Sie?" {
		t.Errorf("asked %q", got)
	}
	p.Follow(func() { p.Click(".plainer a") })
	p.WaitFor("[data-name=way]")
	p.Click(forward)
	p.WaitFor(receiptShown)
	if one := s.memory.only(t); !sameJSON(t, one.anonymous, `{"way":"b","why":"Weil"}`) {
		t.Errorf("stored %s", one.anonymous)
	}
}
