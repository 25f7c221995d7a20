package server

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// chosen lets people choose among what they wrote, computes in notes, and draws
// by chance.
const chosen = `
id: chosen
language: de
title: Haushalt
choices:
  job: [{name: "to work", label: Arbeit}, {name: "to learn", label: Schule}]
questions:
  - type: repeat
    name: person
    label: Person
    questions:
      - {type: text, name: name, label: Vorname}
      - {type: integer, name: age, label: Alter}
      - {type: select_one job, name: does, label: Was}
      - {type: note, name: older, label: "Nächstes Jahr ${older}", calculation: "${age} + 1"}
  - {type: "select_one ${name}", name: cook, label: Wer kocht?, required: "yes"}
  - {type: "select_one ${name}", name: adult, label: Wer unterschreibt?, choice_filter: "${age} >= 18 and ${name} != ${cook}"}
  - {type: "select_one ${does}", name: most, label: Was vor allem?}
  - {type: text, name: more, label: "Mehr über ${cook}, Nummer ${number}", relevant: "selected(${most}, 'to work')"}
  - {type: calculate, name: number, calculation: "once(uuid())"}
  - {type: text, name: total, label: Summe, read_only: true, calculation: "concat('Summe ', sum(${age}))"}
  - {type: note, name: sum, label: Zusammen, calculation: "sum(${age})"}
`

var (
	choosable   = regexp.MustCompile(`<option value="([^"]+)"`)
	drawnNumber = regexp.MustCompile(`Nummer ([0-9a-f-]{36})`)
	carried     = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
)

// offeredBy lists what the list of a control offers in a document.
func offeredBy(document, control string) string {
	_, rest, _ := strings.Cut(document, `<select id="c-`+control+`"`)
	list, _, _ := strings.Cut(rest, "</select>")
	var names []string
	for _, match := range choosable.FindAllStringSubmatch(list, -1) {
		names = append(names, match[1])
	}
	return strings.Join(names, ",")
}

func TestChoicesFromAnswersWithoutJavaScript(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "chosen", fromYAML(t, chosen))
	if document := s.get("/s/chosen?lang=de").Body.String(); offeredBy(document, "cook") != "" || !strings.Contains(document, `name=":edit" value="cook"`) {
		t.Errorf("the empty document offers %q, or no button to show more", offeredBy(document, "cook"))
	}
	values := url.Values{"person[1].name": {`<b>"Ada"`}, "person[1].age": {"36"}, "person[1].does": {"to work"}, "person[3].name": {"Kim"},
		"person[3].age": {"7"}, "person[4].name": {"Kim"}, "person[4].age": {"70"}}
	values.Set(":edit", "cook")
	document := s.post("chosen", values).Body.String()
	if got := offeredBy(document, "cook"); got != "&lt;b&gt;&#34;Ada&#34;,Kim" {
		t.Errorf("offered: %q", got)
	}
	if got := offeredBy(document, "most"); got != "to work" || !strings.Contains(document, `>Arbeit</option>`) {
		t.Errorf("offered: %q", got)
	}
	if !strings.Contains(document, `value="Summe 113" readonly`) {
		t.Error("a computed answer is not shown")
	}
	if strings.Contains(document, "<b>") || !strings.Contains(document, "Nächstes Jahr <span class=\"ref\" dir=\"auto\" data-ref=\"older\">37<") {
		t.Error("an answer became markup, or a note says nothing of what was computed")
	}
	if !regexp.MustCompile(`<select id="c-cook"[^>]* autofocus`).MatchString(document) {
		t.Error("the reader is not where the choices are")
	}
	values.Del(":edit")
	values.Set("cook", "Eve")
	if answer := s.post("chosen", values); answer.Code != 422 || !strings.Contains(answer.Body.String(), `id="p-cook"`) {
		t.Errorf("a name that nobody gave: status %d", answer.Code)
	}
	values.Set("cook", `<b>"Ada"`)
	values.Set("adult", `<b>"Ada"`)
	if answer := s.post("chosen", values); answer.Code != 422 || !strings.Contains(answer.Body.String(), `id="p-adult"`) {
		t.Errorf("a name that the filter holds back: status %d", answer.Code)
	}
	values.Set("adult", "Kim")
	values.Set("most", "to work")
	values.Set("more", "nichts")
	review := s.post("chosen", values)
	for _, want := range []string{"Mehr über &lt;b&gt;&#34;Ada&#34;, Nummer", "<dt dir=\"auto\">Zusammen</dt><dd dir=\"auto\">113</dd>", "Arbeit", "Nächstes Jahr 71"} {
		if review.Code != 200 || !strings.Contains(review.Body.String(), want) {
			t.Errorf("the review (%d) has no %q", review.Code, want)
		}
	}
	shown := drawnNumber.FindStringSubmatch(review.Body.String())
	if shown == nil {
		t.Fatalf("the review shows no number: %s", review.Body)
	}
	sent := url.Values{}
	for _, match := range carried.FindAllStringSubmatch(review.Body.String(), -1) {
		sent.Add(match[1], strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`).Replace(match[2]))
	}
	if answer := s.post("chosen", sent); answer.Code != 201 {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	want := `{"person":[{"name":"<b>\"Ada\"","age":"36","does":"to work","older":"37"},{"name":"Kim","age":"7","older":"8"},
		{"name":"Kim","age":"70","older":"71"}],"cook":"<b>\"Ada\"","adult":"Kim","most":"to work","more":"nichts","number":"` + shown[1] + `","total":"Summe 113","sum":"113"}`
	if got := s.memory.only(t).anonymous; !sameJSON(t, got, want) {
		t.Errorf("stored %s, want %s", got, want)
	}
}

// TestBrowserChoicesFromAnswers answers the same on the phone.
func TestBrowserChoicesFromAnswers(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "chosen", fromYAML(t, chosen))
	p := testbrowser.New(t, testbrowser.Small)
	p.Open(listen(t, s) + "/s/chosen?lang=de")
	offered := func(control string) string {
		return testbrowser.Eval[string](p, `[...document.querySelector("#c-`+control+`").options].map(one => one.value + "=" + one.textContent).slice(1).join()`)
	}
	set := func(control, value string) {
		testbrowser.Eval[bool](p, `(c => { c.value = `+strconv.Quote(value)+`; c.dispatchEvent(new Event("input", {bubbles: true})); return true })(document.getElementById("c-`+control+`"))`)
	}
	p.Click(forward)
	p.WaitFor(`[id="c-person[0].name"]`)
	set("person[0].name", "<b>Ada")
	set("person[0].age", "36")
	p.Click("label:has([value='to work'])")
	if got := p.Text("[data-name=older]"); !strings.Contains(got, "37") {
		t.Errorf("the note says %q", got)
	}
	p.Click("button.add")
	set("person[1].name", "Kim")
	set("person[1].age", "7")
	p.Click("button.add")
	set("person[2].name", "Kim")
	set("person[2].age", "70")
	p.Click(forward)
	p.WaitFor("#c-cook")
	barriers(t, p)
	if got := offered("cook") + " " + offered("adult") + " " + offered("most"); got != "<b>Ada=<b>Ada,Kim=Kim <b>Ada=<b>Ada,Kim=Kim to work=Arbeit" {
		t.Errorf("offered: %s", got)
	}
	set("cook", "<b>Ada")
	set("most", "to work")
	if got := offered("adult"); got != "Kim=Kim" {
		t.Errorf("offered, although the filter holds some back: %s", got)
	}
	if got := p.Text("label[for=c-more]"); !strings.Contains(got, "Mehr über <b>Ada") {
		t.Errorf("the text says %q", got)
	}
	number := drawnNumber.FindStringSubmatch(p.Text("label[for=c-more]"))
	testbrowser.Eval[bool](p, `(location.reload(), true)`) // the draft keeps what was chosen
	p.Wait(`document.querySelector("#c-cook")?.value === "<b>Ada"`)
	p.Click(".steps .secondary")
	p.WaitFor(`[id="c-person[0].name"]`)
	set("person[0].name", "Ada")
	p.Click(forward)
	p.WaitFor("#c-cook")
	if got := offered("cook"); got != "Ada=Ada,Kim=Kim" {
		t.Errorf("offered: %s", got)
	}
	p.Click(forward)
	p.WaitFor("#p-cook") // what was chosen is no longer there
	barriers(t, p)
	set("cook", "Ada")
	p.Click(forward)
	p.WaitFor(receiptShown)
	want := `{"person":[{"name":"Ada","age":"36","does":"to work","older":"37"},{"name":"Kim","age":"7","older":"8"},{"name":"Kim","age":"70","older":"71"}],
		"cook":"Ada","most":"to work","number":"` + number[1] + `","total":"Summe 113","sum":"113"}`
	if got := s.memory.only(t).anonymous; !sameJSON(t, got, want) {
		t.Errorf("stored %s, want %s", got, want)
	}
}
