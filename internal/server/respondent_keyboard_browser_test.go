package server

import (
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

const nestedRepeats = `
id: nested
language: de
title: Haushalt
choices:
  fruit: [{name: a, label: Apfel}, {name: b, label: Birne}, {name: c, label: Citrone}, {name: d, label: Dattel}, {name: e, label: Erdbeere},
    {name: none, label: Weiß nicht, substantive: false}]
questions:
  - type: repeat
    name: people
    label: Person
    questions:
      - {type: text, name: nick, label: Name}
      - type: repeat
        name: jobs
        label: Arbeit
        questions:
          - {type: text, name: job, label: Was, default: "concat('wie ', ${nick})"}
          - {type: rank fruit, name: liked, label: Obst}
  - {type: select_one fruit, name: best, label: Am liebsten, parameters: randomize=true}
  - {type: rank fruit, name: order, label: Reihenfolge, parameters: randomize=true}
`

// TestBrowserNestedByKeyboard adds and removes entries in entries, and moves
// what is ranked, without a pointer.
func TestBrowserNestedByKeyboard(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.open(t, "nested", fromYAML(t, nestedRepeats))
	p := testbrowser.New(t)
	p.Open(listen(t, s) + "/s/nested?lang=de")
	focused := func() string {
		return testbrowser.Eval[string](p, `document.activeElement.name.replace(/^:.*/, "$& ") + (document.activeElement.name[0] === ":" ? document.activeElement.value : "")`)
	}
	to := func(role, name string) {
		t.Helper()
		p.TabTo(role, name, 60)
	}
	to("button", "Los geht’s")
	p.Press(testbrowser.Enter)
	p.WaitFor("[id='c-people[0].nick']")
	to("textbox", "Name")
	p.Type("Ada")
	to("textbox", "Was")
	p.Type("Bau")
	to("button", "„Dattel“ nach oben")
	p.Press(testbrowser.Enter, testbrowser.Enter)
	if got := p.Focused(); got.Name != "„Dattel“ nach oben" {
		t.Errorf("after moving the focus is on %v", got)
	}
	to("button", "Noch einen Eintrag hinzufügen") // of the jobs
	p.Press(testbrowser.Enter)
	p.WaitFor("[id='c-people[0].jobs[1].job']")
	if got := focused(); got != "people[0].jobs[1].job" {
		t.Errorf("after adding the focus is on %s", got)
	}
	if got := testbrowser.Eval[string](p, `document.activeElement.value`); got != "wie Ada" {
		t.Errorf("the default is %q", got)
	}
	barriers(t, p)
	to("button", "Diesen Eintrag entfernen") // the second job
	p.Press(testbrowser.Enter)
	p.WaitGone("[id='c-people[0].jobs[1].job']")
	if got := focused(); got != ":add people[0].jobs" { // its button to add
		t.Errorf("after removing the focus is on %s", got)
	}
	p.Press(testbrowser.Tab)
	p.Press(testbrowser.Enter) // one more person
	p.WaitFor("[id='c-people[1].nick']")
	if got := focused(); got != "people[1].nick" {
		t.Errorf("after adding a person the focus is on %s", got)
	}
	p.Type("Ben")
	to("textbox", "Was")
	p.Type("Amt")
	for range 2 { // entries around entries go as well
		to("button", "Noch einen Eintrag hinzufügen")
	}
	p.Press(testbrowser.Enter)
	p.WaitFor("[id='c-people[2].nick']")
	for range 2 {
		to("button", "Diesen Eintrag entfernen")
	}
	p.Press(testbrowser.Enter)
	p.WaitGone("[id='c-people[2].nick']")
	if got := focused(); got != ":add people" {
		t.Errorf("after removing a person the focus is on %s", got)
	}
	to("button", "Weiter")
	p.Press(testbrowser.Enter)
	p.WaitFor("[name=best]")
	choices := `[...document.querySelectorAll("[name=best]")].map(one => one.value).join("")`
	order := testbrowser.Eval[string](p, choices)
	rows := testbrowser.Eval[string](p, `[...document.querySelectorAll("[data-name=order] li")].map(one => one.dataset.choice).join("")`)
	if !strings.HasSuffix(order, "none") || !strings.HasSuffix(rows, "none") {
		t.Errorf("%s and %s do not end with what is no answer", order, rows)
	}
	p.Reload()
	p.WaitFor("[name=best]")
	if again := testbrowser.Eval[string](p, choices); again != order {
		t.Errorf("the order was %s and is %s", order, again)
	}
	to("button", "Die Reihenfolge stimmt so")
	p.Press(testbrowser.Space)
	to("button", "Antworten absenden")
	p.Press(testbrowser.Enter)
	p.WaitFor(receiptShown)
	want := `{"people":[{"nick":"Ada","jobs":[{"job":"Bau","liked":"a d b c e none"}]},{"nick":"Ben","jobs":[{"job":"Amt"}]}],"order":"` +
		strings.Join(strings.Split(strings.TrimSuffix(rows, "none"), ""), " ") + ` none"}`
	if one := s.memory.only(t); !sameJSON(t, one.anonymous, want) {
		t.Errorf("stored %s, want %s", one.anonymous, want)
	}
}
