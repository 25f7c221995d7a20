package server

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// options uses what XLSForm offers beside the types.
const options = `
id: options
language: de
title: Was es gibt
style: pages
choices:
  town: [{name: bo, label: Bochum}, {name: he, label: Herne}]
questions:
  - {type: hidden, name: origin, default: flyer}
  - {type: acknowledge, name: read, label: Gelesen, default: OK}
  - {type: integer, name: most, label: Höchstens, default: "7", guidance_hint: Für Fachkräfte}
  - type: integer
    name: count
    label: Wie viele
    required: "${most} > 0"
    required_message: "Bei ${most} bitte ausfüllen"
    constraint: ". <= ${most}"
    constraint_message: "Nicht mehr als **${most}** in ${where}, also ${twice}"
  - {type: select_one town, name: where, label: Ort, appearance: minimal, default: he}
  - {type: select_one town, name: find, label: Suche, appearance: autocomplete, default: bo}
  - {type: select_multiple town, name: packed, label: Dicht, appearance: columns-pack, default: bo he}
  - {type: select_one town, name: beside, label: Neben, appearance: columns, parameters: randomize=true seed=3}
  - {type: select_one town, name: agree, label: Zustimmung, appearance: likert}
  - {type: calculate, name: twice, calculation: "${most} * 2"}
`

func TestOptionsPlain(t *testing.T) {
	s := newTestServer(t)
	text := options
	for columns := 1; columns <= 10; columns++ {
		n := strconv.Itoa(columns)
		text += "  - {type: select_one town, name: c" + n + ", label: C, appearance: columns-" + n + "}\n"
	}
	s.open(t, "options", fromYAML(t, text))
	document := s.get("/s/options?lang=de").Body.String()
	for _, want := range []string{`<input type="hidden" name="origin" value="flyer"`, `name="read" value="OK" checked`, `name="most" type="text" dir="auto" inputmode="numeric" class="number" value="7"`,
		`<details class="guidance">`, `Für Fachkräfte`, `<option value="he" selected`, `list="d-find" value="Bochum"`, `class="choices side"`, `class="choices likert"`,
		`name="packed" value="he" checked`, `class="choices side side-1"`, `class="choices side side-9"`, `class="choices side side-10"`, `"randomize":true,"seed":3`} {
		if !strings.Contains(document, want) {
			t.Errorf("the document has no %s", want)
		}
	}
	values := url.Values{"most": {"7"}, "where": {"he"}, "count": {"8"}}
	if answer := s.post("options", values); answer.Code != 422 || strings.Count(answer.Body.String(), "Nicht mehr als 7 in Herne, also 14") != 2 {
		t.Errorf("status %d, or the author's sentence is not whole", answer.Code)
	}
	values.Set("submission_id", goodID)
	if answer := s.send("options", values); answer.Code != 422 || !strings.Contains(answer.Body.String(), "Nicht mehr als 7 in Herne, also 14") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	values.Del("count")
	if answer := s.send("options", values); answer.Code != 422 || !strings.Contains(answer.Body.String(), "Bei 7 bitte ausfüllen") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestBrowserMessagesWithAnswers reads the author's sentences on the phone.
func TestBrowserMessagesWithAnswers(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "options", fromYAML(t, options))
	p := testbrowser.New(t, testbrowser.Small)
	p.Open(listen(t, s) + "/s/options?lang=de")
	p.Click(forward)
	p.WaitFor("#c-count")
	p.Click(forward)
	p.WaitFor("#p-count")
	if got := p.Text("#p-count"); got != "Bei 7 bitte ausfüllen" {
		t.Errorf("it says %q", got)
	}
	p.Fill("#c-count", "8")
	p.Click(forward)
	p.Wait(`document.querySelector("#p-count")?.textContent.startsWith("Nicht")`)
	if got := p.Text("#p-count"); got != "Nicht mehr als 7 in Herne, also 14" {
		t.Errorf("it says %q", got)
	}
	barriers(t, p)
}

// TestNumbersBeforeChoices: a choice that begins like a list keeps all of its
// words, on the page and beside another language.
func TestNumbersBeforeChoices(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "classes", fromYAML(t, `
id: classes
language: de
title: Klassen
choices:
  class: [{name: five, label: 5. Klasse}, {name: long, label: "> 3 Stunden"}, {name: none, label: "- keine"}]
questions:
  - {type: select_one class, name: which, label: 1. Welche Klasse?}
`))
	expect(t, 200, 200, s.get("/s/classes?lang=de").Body.String(), "<span>5. Klasse</span>", "<span>&gt; 3 Stunden</span>", "<span>- keine</span>", "1. Welche Klasse?")
}
