package server

import (
	"net/url"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
	"bedarfslotse/internal/testinput"
)

// everyType asks for everything that is not a plain choice, number or text.
const everyType = `
id: types
language: de
title: Alle Arten
choices:
  thing:
    - {name: a, label: Spielplatz}
    - {name: b, label: Bibliothek}
    - {name: c, label: Schwimmbad}
  often: [{name: "0", label: nie}, {name: "50", label: "manchmal, aber nicht jede Woche"}, {name: "100", label: immer}]
  ends: [{name: "0", label: gar nicht}, {name: "10", label: sehr}]
  yes_no: [{name: "yes", label: Ja}, {name: "no", label: Nein}]
  town: [{name: bo, label: Bochum}, {name: he, label: Herne}, {name: ma, label: Marl}]
questions:
  - type: group
    name: numbers
    label: Zahlen
    questions:
      - {type: range, name: score, label: Zufrieden, parameters: "start=0 end=10 tick_labelset=ends", guidance_hint: "0 heißt gar nicht, 10 heißt sehr."}
      - {type: range, name: stars, label: Sterne, appearance: rating, parameters: "end=5"}
      - {type: range, name: picked, label: Stunden, appearance: picker, parameters: "start=0 end=24 step=2"}
      - {type: range, name: percent, label: Anteil, parameters: "start=0 end=100 step=0.5"}
      - {type: range, name: ticked, label: Wie oft, parameters: "start=0 end=100 step=1 tick_interval=25 placeholder=0 tick_labelset=often"}
      - {type: range, name: back, label: Rückwärts, parameters: "start=10 end=-10 step=1"}
  - type: group
    name: times
    label: Zeiten
    questions:
      - {type: time, name: opens, label: Ab wann}
      - {type: dateTime, name: moment, label: Zeitpunkt}
      - {type: date, name: arrived, label: Angekommen, appearance: month-year}
      - {type: date, name: born, label: Geburtsjahr, appearance: year, constraint: ". <= today()"}
      - {type: date, name: today, label: Heute, default: today()}
  - type: group
    name: lists
    label: Auswahl
    questions:
      - {type: select_one town, name: where, label: Ort, appearance: autocomplete}
      - {type: select_one town, name: small, label: Klappliste, appearance: minimal}
      - {type: select_one town, name: beside, label: Nebeneinander, appearance: columns-2}
      - {type: select_one town, name: agree, label: Zustimmung, appearance: likert}
      - {type: select_multiple town, name: mixed, label: Gemischt, parameters: randomize=true seed=42}
      - {type: rank thing, name: order, label: Reihenfolge}
  - type: group
    name: table
    label: Tabelle
    questions:
      - {type: select_one yes_no, name: head, label: Haben Sie das?, appearance: label}
      - {type: select_one yes_no, name: one, label: Herd, appearance: list-nolabel}
      - {type: select_one yes_no, name: two, label: Bett, appearance: list-nolabel}
  - {type: text, name: note, label: "In ${where} um ${opens}"}
  - {type: calculate, name: stamped, calculation: "concat(${note}, '/', ${score})", trigger: "${note}"}
translations:
  ar:
    title: {text: كل الأنواع, state: draft}
    questions:
      score: {label: {text: هل أنتم راضون؟}, guidance_hint: {text: صفر يعني غير راض}}
`

const everyAnswer = `{"score":"7","stars":"4","picked":"6","percent":"12.5","back":"-3","opens":"08:30","moment":"2026-03-01T14:05",
"arrived":"2024-05-01","born":"1980-01-01","today":"2026-03-10","where":"he","small":"ma","beside":"bo","agree":"bo","mixed":["bo","ma"],
"order":"b a c","one":"yes","two":"no","note":"x","stamped":"x/7"}`

// plainAnswers is what a document without JavaScript sends.
func plainAnswers() url.Values {
	return url.Values{"score": {"7"}, "stars": {"4"}, "picked": {"6"}, "percent": {"١٢٫٥"}, "back": {"-3"}, "opens": {"8:30"},
		"moment": {"2026-03-01T14:05"}, "arrived": {"05/2024"}, "born": {"1980"}, "today": {"2026-03-10"}, "where": {" herne"},
		"small": {"ma"}, "beside": {"bo"}, "agree": {"bo"}, "mixed": {"ma", "bo"}, "order": {"2:a", "1:b", "3:c"}, "one": {"yes"},
		"two": {"no"}, "note": {"x"}, "submission_id": {goodID}}
}

func TestEveryTypePlain(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "types", fromYAML(t, everyType))
	document := s.get("/s/types?lang=de").Body.String()
	for _, want := range []string{`type="month"`, `type="time"`, `type="datetime-local"`, `value="2026-03-10"`, `list="d-where"`,
		`<details class="guidance">`, `<option value="1:a">1</option>`, `>0 <small>gar nicht</small>`, `<li><b>50</b> <span>manchmal, aber nicht jede Woche</span></li>`,
		`<i data-at="97.50"></i><i data-at="100.00">100</i>`, `<i data-at="75.00">75</i>`, `<i data-at="95.00"></i><i data-at="100.00">−10</i>`, `aria-describedby="r-ticked t-ticked"`, `id="r-percent">Eine Zahl von 0 bis 100<`, `choices scale rating`} {
		if !strings.Contains(document, want) {
			t.Errorf("the document has no %s", want)
		}
	}
	values := plainAnswers()
	values.Del("submission_id")
	review := s.post("types", values)
	for _, want := range []string{"1. Bibliothek; 2. Spielplatz; 3. Schwimmbad", "05.2024", "12,5", "01.03.2026 14:05", "In Herne um 8:30"} {
		if review.Code != 200 || !strings.Contains(review.Body.String(), want) {
			t.Errorf("the review (%d) has no %q", review.Code, want)
		}
	}
	if answer := s.send("types", plainAnswers()); answer.Code != 201 || !sameJSON(t, s.memory.only(t).anonymous, everyAnswer) {
		t.Errorf("%d %s: stored %s", answer.Code, answer.Body, s.memory.only(t).anonymous)
	}
	for control, wrong := range map[string]string{"score": "11", "percent": "12.3", "picked": "7", "back": "-11", "opens": "24:00",
		"moment": "2026-03-01", "arrived": "2024-13", "born": "1880", "where": "Bonn", "order": "a b"} {
		values := plainAnswers()
		values.Set(control, wrong)
		values.Set("submission_id", goodID+"0")
		if answer := s.post("types", values); answer.Code != 422 || !strings.Contains(answer.Body.String(), `id="p-`+control+`"`) {
			t.Errorf("%s=%s: status %d, or nothing said there", control, wrong, answer.Code)
		}
	}
}

// markedPlaces tells where the ticks of a slider stand, as parts of the way that
// the middle of its thumb goes, from where reading begins.
const markedPlaces = `(() => {
	const slider = document.querySelector("[data-name=ticked] .slider").getBoundingClientRect();
	const thumb = 16, rtl = document.dir === "rtl";
	return [...document.querySelectorAll("[data-name=ticked] .marks i")].map(one => {
		const at = one.getBoundingClientRect().x - (rtl ? slider.right - thumb / 2 : slider.left + thumb / 2);
		return Math.round(100 * at / (slider.width - thumb)) / 100;
	}).join(" ");
})()`

// TestBrowserEveryType answers by keyboard and pointer what TestEveryTypePlain
// posts.
func TestBrowserEveryType(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		long    bool // looked at in the long form only
		options []testbrowser.Option
	}{
		"small phone, German": {"de", true, []testbrowser.Option{testbrowser.Small}},
		"small phone, Arabic": {"ar", false, []testbrowser.Option{testbrowser.Small}},
		"desktop, German":     {"de", false, []testbrowser.Option{testbrowser.Desktop}},
		"desktop, Arabic":     {"ar", true, []testbrowser.Option{testbrowser.Desktop}},
	} {
		if test.long && !testinput.Long() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			s.open(t, "types", fromYAML(t, everyType))
			p := testbrowser.New(t, append(test.options, testbrowser.Language(test.lang))...)
			p.Open(listen(t, s) + "/s/types")
			set := func(control, value string) {
				testbrowser.Eval[bool](p, `(c => { c.value = "`+value+`"; c.dispatchEvent(new Event("input", {bubbles: true})); return true })(document.querySelector("`+control+`"))`)
			}
			p.Click(forward)
			p.WaitFor("#c-score")
			barriers(t, p)
			if got := testbrowser.Eval[string](p, markedPlaces); got != map[string]string{"de": "0 0.25 0.5 0.75 1", "ar": "0 -0.25 -0.5 -0.75 -1"}[test.lang] {
				t.Errorf("the ticks stand at %s of the slider", got)
			}
			if got := testbrowser.Eval[string](p, `document.querySelector("[data-name=ticked] .slider").value`); got != "0" {
				t.Errorf("the slider stands at %s, not at its placeholder", got)
			}
			p.Click("label:has([name=score][value='7'])")
			p.Click("label:has([name=stars][value='4'])")
			set("#c-picked", "6")
			set("[data-name=percent] .slider", "12.5")
			set("#c-back", "-11")
			p.Click(forward)
			p.WaitFor("#p-back")
			barriers(t, p)
			set("#c-back", "-3")
			p.Click(forward)
			p.WaitFor("#c-opens")
			barriers(t, p)
			set("#c-opens", "08:30")
			set("#c-moment", "2026-03-01T14:05")
			set("#c-arrived", "2024-05")
			set("#c-born", "1980")
			set("#c-today", "2026-03-10")
			p.Click(forward)
			p.WaitFor("#c-where")
			set("#c-where", "Bonn")
			p.Click(forward)
			p.WaitFor("#p-where")
			set("#c-where", "herne ")
			set("#c-small", "ma")
			p.Click("label:has([name=beside][value=bo])")
			p.Click("label:has([name=agree][value=bo])")
			p.Click("label:has([name=mixed][value=ma])")
			p.Click("label:has([name=mixed][value=bo])")
			if got := testbrowser.Eval[string](p, `[...document.querySelectorAll("[name=mixed]")].map(one => one.value).join()`); got == "bo,he,ma" {
				t.Errorf("the order is the document's: %s", got)
			}
			p.Click("[data-choice=a] button:last-child")
			barriers(t, p)
			testbrowser.Eval[bool](p, `(location.reload(), true)`) // the draft keeps all of it
			p.Wait(`document.querySelector(".order.set li")?.dataset.choice === "b"`)
			p.Click(forward)
			p.WaitFor(".row[data-name=one]")
			barriers(t, p)
			p.Click("label:has([name=one][value=yes])")
			p.Click("label:has([name=two][value=no])")
			p.Click(forward)
			p.WaitFor("#c-note")
			if got := p.Text("label[for=c-note]"); !strings.Contains(got, "Herne") || !strings.Contains(got, "08:30") {
				t.Errorf("the text says %q", got)
			}
			p.Fill("#c-note", "x")
			p.Click(forward)
			p.WaitFor(receiptShown)
			if one := s.memory.only(t); !sameJSON(t, one.anonymous, everyAnswer) {
				t.Errorf("stored %s", one.anonymous)
			}
		})
	}
}

// TestBrowserEveryTypeNoScript looks at the same document without JavaScript.
func TestBrowserEveryTypeNoScript(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "ar"} {
		s := newTestServer(t)
		s.open(t, "types", fromYAML(t, everyType))
		p := testbrowser.New(t, testbrowser.Small, testbrowser.NoScript, testbrowser.Language(lang))
		p.Open(listen(t, s) + "/s/types")
		barriers(t, p)
		p.Fill("#c-percent", "12.3")
		if status := p.Follow(func() { p.Click("[data-plain] .button") }); status != 422 {
			t.Fatalf("status %d", status)
		}
		barriers(t, p)
		p.Fill("#c-percent", "12.5")
		if status := p.Follow(func() { p.Click("[data-plain] .button") }); status != 200 {
			t.Fatalf("status %d", status)
		}
		barriers(t, p)
	}
}
