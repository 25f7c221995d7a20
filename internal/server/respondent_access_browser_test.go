package server

import (
	"fmt"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// stop is where the focus has come to on its way by Tab.
type stop struct {
	Tag, Type, Name, Mode string
	Open                  bool   // nothing is answered there yet
	Button                string // forward, use (an order as it stands) or another
}

const stopped = `(() => {
	const at = document.activeElement;
	const same = at.name ? [...document.getElementsByName(at.name)] : [];
	const ticked = ["radio", "checkbox"].includes(at.type);
	return {
		Tag: at.localName, Type: at.type ?? "", Name: at.name ?? "", Mode: at.inputMode ?? "",
		Open: ticked ? !same.some((one) => one.checked) : at.type === "range" ? at.classList.contains("unset") : !at.value,
		Button: at.matches(".steps .button:not(.secondary)") ? "forward" : at.matches(".places > .button") ? "use" : "",
	};
})()`

// answer presses what answers the control that has the focus, where nothing is
// answered yet.
func (at stop) answer(p *testbrowser.Page) {
	switch {
	case at.Button == "use":
		p.Press(testbrowser.Enter)
	case !at.Open || at.Tag == "button" || at.Tag == "summary" || at.Tag == "a":
	case at.Type == "radio" || at.Type == "checkbox":
		p.Press(testbrowser.Space)
	case at.Type == "range":
		p.Press(testbrowser.ArrowRight)
	case at.Tag == "select":
		p.Press(testbrowser.ArrowDown)
	case at.Type == "time":
		p.Type("0830AM")
	case at.Type == "date":
		p.Type("01032026")
	case at.Type == "month":
		p.Type("March2026")
	case at.Type == "datetime-local":
		p.Type("01032026")
		p.Press(testbrowser.ArrowRight)
		p.Type("0830AM")
	case at.Mode == "numeric":
		p.Type("1980")
	case at.Name == "where":
		p.Type("Herne")
	default:
		p.Type("Text")
	}
}

// keyboardAlone answers a survey from its start to the receipt with Tab, Space,
// Enter, the arrows and letters, and returns the names of the headings that got
// the focus.
func keyboardAlone(t *testing.T, p *testbrowser.Page) []string {
	t.Helper()
	var headings []string
	for range 400 {
		p.Press(testbrowser.Tab)
		at := testbrowser.Eval[stop](p, stopped)
		if at.Tag == "body" {
			continue // through the browser's own controls, and around again
		}
		if at.Button != "forward" {
			at.answer(p)
			continue
		}
		p.Press(testbrowser.Enter)
		p.Wait(`document.activeElement.matches("h1, h2, [aria-invalid=true], [aria-invalid=true] *")`)
		focused := p.Focused()
		if focused.Role != "heading" {
			t.Fatalf("after sending the focus is on %v: %s", focused, p.Text(".page.shown .problem"))
		}
		headings = append(headings, focused.Name)
		if testbrowser.Eval[bool](p, `!!document.querySelector("[data-receipt]")`) {
			return headings
		}
	}
	t.Fatalf("no receipt after %q", headings)
	return nil
}

// TestBrowserKeyboardAlone answers two surveys to the receipt without a pointer.
func TestBrowserKeyboardAlone(t *testing.T) {
	t.Parallel()
	for slug, test := range map[string]struct {
		headings string
		answers  []string
	}{
		"families": {"Ihre Familie", []string{`"child_ages":["age_0_2"]`, `"imp_mental_health":"1"`, `"state_mental_health":"1"`,
			`"barriers":["cost"]`, `"most_helpful":"Text"`}},
		"types": {"Zahlen", []string{`"score":"0","stars":"1","picked":"0","percent":"50.5","ticked":"20","back":"9","opens":"08:30"`,
			`"born":"1980-01-01"`, `"where":"he","small":"bo","beside":"bo","agree":"bo"`, `"order":"a b c","one":"yes","two":"yes","note":"Text"`}},
	} {
		t.Run(slug, func(t *testing.T) {
			s := newTestServer(t)
			s.open(t, "types", fromYAML(t, everyType))
			p := testbrowser.New(t)
			p.Open(listen(t, s) + "/s/" + slug + "?lang=de")
			headings := keyboardAlone(t, p)
			if headings[0] != test.headings || headings[len(headings)-1] != "Danke!" {
				t.Errorf("the focus went over %q", headings)
			}
			one := s.memory.only(t).anonymous
			for _, answer := range test.answers {
				if !strings.Contains(one, answer) {
					t.Errorf("stored %s, without %s", one, answer)
				}
			}
		})
	}
}

// TestBrowserMistakesSpoken: the first mistake gets the focus, is linked to its
// control and is said, and so are the others when one comes to them.
func TestBrowserMistakesSpoken(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "must", fromYAML(t, `
id: must
language: de
title: Pflicht
choices:
  yes_no: [{name: "yes", label: Ja}, {name: "no", label: Nein}]
questions:
  - {type: note, name: hello, label: Willkommen}
  - {type: integer, name: years, label: Alter, required: true, hint: In ganzen Jahren}
  - {type: select_one yes_no, name: one, label: Eins, required: true}
  - {type: select_multiple yes_no, name: many, label: Viele, required: true}
  - {type: select_one yes_no, name: down, label: Klappliste, appearance: minimal, required: true}
  - {type: rank yes_no, name: order, label: Folge, required: true}
`))
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/must?lang=de")
	p.Click(forward)
	p.WaitFor("#c-years")
	p.Click(forward)
	p.WaitFor("#p-years")
	const sentence = "Bitte beantworten Sie diese Frage."
	focused := p.Focused()
	if focused.Role != "textbox" || focused.Name != "Alter (bitte beantworten)" || focused.States["invalid"] != "true" ||
		focused.Description != "In ganzen Jahren "+sentence {
		t.Errorf("the focus is on %v", focused)
	}
	said := testbrowser.Eval[string](p, `[...document.querySelectorAll("[role=status], [role=alert]")].map((one) => one.textContent).join("")`)
	if !strings.Contains(said, sentence) {
		t.Errorf("said: %q", said)
	}
	tree := p.Tree()
	for role, name := range map[string]string{"radiogroup": "Eins (bitte beantworten)", "group": "Viele (bitte beantworten)",
		"combobox": "Klappliste (bitte beantworten)"} {
		node, found := tree.Find(role, name)
		if !found || !strings.Contains(node.Description, sentence) {
			t.Errorf("%s %q is described as %q", role, name, node.Description)
		}
	}
	if node, found := tree.Find("group", "Folge (bitte beantworten)"); !found || !strings.Contains(node.Description, sentence) {
		t.Errorf("the order is described as %v: %s", node, p.HTML("[data-name=order]"))
	}
	p.Fill("#c-years", "١٢")
	p.WaitGone("#p-years")
	if focused := p.Focused(); focused.States["invalid"] != "" || focused.Description != "In ganzen Jahren" {
		t.Errorf("mended, the control is %v", focused)
	}
}

// controls are the roles that a screen reader's user works with.
const controls = "button link textbox radio checkbox combobox slider listbox Date DateTime InputTime"

// spoken lists the controls and their groups of the page that is shown, as a
// screen reader's user meets them.
func spoken(p *testbrowser.Page) string {
	var lines strings.Builder
	inside, own := false, 0 // own: depth of a control that the browser builds from parts of its own
	for _, node := range p.Tree() {
		if own > 0 && node.Depth > own {
			continue
		}
		own = 0
		if strings.Contains(" Date DateTime InputTime ", " "+node.Role+" ") {
			own = node.Depth
		}
		if node.Role == "main" {
			inside = true
		}
		if node.Role == "contentinfo" {
			inside = false
		}
		group := node.Role == "radiogroup" || node.Role == "group"
		if !inside || node.Name == "" && group || !group && !strings.Contains(" "+controls+" ", " "+node.Role+" ") {
			continue
		}
		fmt.Fprintf(&lines, "%s %s", node.Role, node.Name)
		if node.Description != "" {
			fmt.Fprintf(&lines, " (%s)", node.Description)
		}
		lines.WriteString("\n")
	}
	return lines.String()
}

// TestBrowserSpoken compares names, roles and descriptions of all controls.
func TestBrowserSpoken(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "types", fromYAML(t, everyType))
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/types?lang=de")
	p.Click(forward)
	var pages []string
	for _, first := range []string{"#c-score", "#c-opens", "#c-where", ".row[data-name=one]", "#c-note"} {
		p.WaitFor(first)
		pages = append(pages, spoken(p))
		if first == "#c-score" {
			if got := testbrowser.Eval[string](p, `[...document.querySelectorAll(".slider")].map((one) => one.getAttribute("aria-valuetext")).join()`); got != "keine Antwort,keine Antwort,keine Antwort" {
				t.Errorf("sliders that nobody has moved say %s", got)
			}
		}
		p.Click(forward)
	}
	if got := strings.Join(pages, "\n"); got != spokenTypes {
		t.Errorf("a screen reader says\n%s", got)
	}
}

const spokenTypes = `radiogroup Zufrieden
radio 0 gar nicht
radio 1
radio 2
radio 3
radio 4
radio 5
radio 6
radio 7
radio 8
radio 9
radio 10 sehr
radiogroup Sterne
radio 1
radio 2
radio 3
radio 4
radio 5
combobox Stunden
textbox Anteil (Eine Zahl von 0 bis 100)
slider Anteil
textbox Wie oft (Eine Zahl von 0 bis 100 0 nie 50 manchmal, aber nicht jede Woche 100 immer)
slider Wie oft
textbox Rückwärts (Eine Zahl von −10 bis 10)
slider Rückwärts
button Weiter
button Zurück

InputTime Ab wann
DateTime Zeitpunkt
DateTime Angekommen
textbox Geburtsjahr
Date Heute
button Weiter
button Zurück

combobox Ort
combobox Klappliste
radiogroup Nebeneinander
radio Bochum
radio Herne
radio Marl
radiogroup Zustimmung
radio Bochum
radio Herne
radio Marl
group Gemischt
checkbox Marl
checkbox Herne
checkbox Bochum
group Reihenfolge
button „Spielplatz“ nach oben
button „Spielplatz“ nach unten
button „Bibliothek“ nach oben
button „Bibliothek“ nach unten
button „Schwimmbad“ nach oben
button „Schwimmbad“ nach unten
button Die Reihenfolge stimmt so
button Weiter
button Zurück

radiogroup Herd
radio Ja
radio Nein
radiogroup Bett
radio Ja
radio Nein
button Weiter
button Zurück

textbox In … um …
button Antworten absenden
button Zurück
`

// TestBrowserForcedColors: with the reader's few colours, what is chosen, where
// the focus is, how far one is and where a button ends can still be seen.
func TestBrowserForcedColors(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "types", fromYAML(t, everyType))
	p := testbrowser.New(t, testbrowser.Phone, testbrowser.ForcedColors)
	p.Open(listen(t, s) + "/s/families?lang=de")
	p.Click(forward)
	p.WaitFor(".progress")
	p.Click("label:has([value=age_3_5])")
	p.CheckBarriers()
	for what, visible := range map[string]string{
		"forced colours are on": `matchMedia("(forced-colors: active)").matches`,
		"what is chosen has another border": `getComputedStyle(document.querySelector(".choice:has(:checked)")).borderTopWidth !==
			getComputedStyle(document.querySelector(".choice:not(:has(:checked))")).borderTopWidth`,
		"the box itself is drawn": `getComputedStyle(document.querySelector("[value=age_3_5]")).appearance !== "none"`,
		"the focus has an outline": `getComputedStyle(document.querySelector(".choice:has(:focus-visible)") ?? document.activeElement).outlineStyle === "solid" ||
			!document.querySelector(":focus-visible")`,
		"progress has an edge": `getComputedStyle(document.querySelector("progress")).borderTopWidth === "1px"`,
		"a button has an edge": `getComputedStyle(document.querySelector(".steps .button")).borderTopWidth === "2px"`,
	} {
		if !testbrowser.Eval[bool](p, visible) {
			t.Errorf("not so: %s", what)
		}
	}
	p.Press(testbrowser.Tab)
	if !testbrowser.Eval[bool](p, `(() => {
		const at = document.activeElement, ring = getComputedStyle(at.closest(".choice") ?? at);
		return ring.outlineStyle === "solid" && parseFloat(ring.outlineWidth) >= 2;
	})()`) {
		t.Errorf("the focus cannot be seen on %v", p.Focused())
	}
}

// TestBrowserPrivacyScreen: on a telephone the four sentences, what a survey is
// for, whom to ask, and the way to the full text are on one screen; paper holds
// all of it, and JavaScript is not needed.
func TestBrowserPrivacyScreen(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "ar"} {
		s := newTestServer(t)
		p := testbrowser.New(t, testbrowser.Phone, testbrowser.NoScript, testbrowser.Language(lang))
		p.Open(listen(t, s) + "/privacy?wave=families&lang=" + lang)
		const lowest = 740 * 5 / 4 // a push of the thumb further at most
		if bottom := testbrowser.Eval[int](p, `Math.round(document.querySelector(".full > summary").getBoundingClientRect().bottom)`); bottom > lowest {
			t.Errorf("%s: the way to the full text ends at %d pixels", lang, bottom)
		}
		if sentences := testbrowser.Eval[int](p, `document.querySelectorAll("main .promise li").length`); sentences != 4 {
			t.Errorf("%s: %d sentences", lang, sentences)
		}
		if text := p.Text("main"); !strings.Contains(text, "Bedarfe kennen") || !strings.Contains(text, "bildung@example.org") {
			t.Errorf("%s: the screen says %s", lang, text)
		}
		shown := `document.querySelector(".full h2").checkVisibility({contentVisibilityAuto: true}) && document.querySelector(".full h2").getBoundingClientRect().height > 0`
		if testbrowser.Eval[bool](p, shown) {
			t.Errorf("%s: the full text is open", lang)
		}
		p.Print(true)
		p.Wait(shown) // what was skipped is there with the next picture
		p.Print(false)
		p.Click(".full > summary")
		p.Wait(shown)
		barriers(t, p)
	}
}

// TestBrowserOrientation: upright and lying, the survey can be answered, and a
// turn of the telephone keeps page and answers.
func TestBrowserOrientation(t *testing.T) {
	t.Parallel()
	for _, screen := range []testbrowser.Option{testbrowser.Phone, testbrowser.Screen(740, 360)} {
		s := newTestServer(t)
		p := testbrowser.New(t, testbrowser.Phone, screen)
		p.Open(listen(t, s) + "/s/families?lang=de")
		p.Click(forward)
		p.Click("label:has([value=age_3_5])")
		p.Resize(740, 360)
		p.Wait(`matchMedia("(orientation: landscape)").matches && document.querySelector("[value=age_3_5]").checked`)
		p.Click(forward)
		p.WaitFor(".row[data-name=imp_early_childhood]")
		if wide := p.Sideways(); wide > 0 {
			t.Errorf("lying, the page is %d pixels wider than the screen", wide)
		}
		p.Resize(360, 740)
		p.Wait(`matchMedia("(orientation: portrait)").matches && document.querySelector(".row[data-name=imp_early_childhood]").checkVisibility({visibilityProperty: true})`)
	}
}
