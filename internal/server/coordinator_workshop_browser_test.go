package server

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
)

// bench is somebody at the workshop in a browser.
type bench struct {
	*testDesk
	t       *testing.T
	p       *testbrowser.Page
	address string
	name    string
}

func newBench(t *testing.T, name string, options ...testbrowser.Option) *bench {
	t.Helper()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Coordinator, Area: own})
	b := &bench{testDesk: d, t: t, p: testbrowser.New(t, options...), name: name}
	b.address = listen(t, d.testServer)
	b.p.Open(b.address + "/manage/surveys")
	b.p.Fill("#name", "anna")
	b.p.Fill("#password", deskPassword)
	b.p.Follow(func() { b.p.Click("main button") })
	return b
}

// seen looks for barriers in a state of a page.
func (b *bench) seen(state string) {
	b.t.Helper()
	look(b.t, b.p, "workshop "+b.name+" "+state)
	b.p.CheckBarriers()
	if wide := b.p.Sideways(); wide > 0 {
		b.t.Errorf("%s is %d px too wide: %s", state, wide, testbrowser.Eval[string](b.p, `[...document.querySelectorAll('main *')]
			.filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.tagName + ' ' + one.className + ' ' + (one.name ?? '')).join('; ').slice(0, 600)`))
	}
}

// only is the working copy that there is.
func (b *bench) only() (id string, s *survey.Survey) {
	b.t.Helper()
	all := must(b.db.Workings(context.Background()))(b.t)
	if len(all) != 1 {
		b.t.Fatalf("%d working copies", len(all))
	}
	return all[0].ID, must(b.db.Working(context.Background(), all[0].ID))(b.t).Survey
}

// set gives a control of the open form a value as a hand does.
func (b *bench) set(name, value string) {
	b.t.Helper()
	testbrowser.Eval[bool](b.p, fmt.Sprintf(`(() => {
		const control = document.querySelector('[data-autosave] [name=%q]');
		control.focus();
		control.value = %q;
		control.dispatchEvent(new Event('input', { bubbles: true }));
		control.dispatchEvent(new Event('change', { bubbles: true }));
		return true; })()`, name, value))
}

// saved waits until what act does to the open form is stored.
func (b *bench) saved(act func()) {
	b.t.Helper()
	const seen = `document.querySelector('[data-autosave]').elements.seen.value`
	before := testbrowser.Eval[string](b.p, seen)
	act()
	b.p.Wait(fmt.Sprintf(`%s !== %q`, seen, before))
}

func (b *bench) open(question string) {
	b.t.Helper()
	b.p.Click(fmt.Sprintf(`a[data-open=%q]`, question))
	b.opened(question)
}

// opened waits for the form of a question.
func (b *bench) opened(question string) {
	b.t.Helper()
	b.p.Wait(fmt.Sprintf(`document.querySelector('[data-autosave]')?.elements.node.value === %q`, question))
}

// TestBrowserWorkshop does the whole job with a script: a survey copied from the
// library, edited, a pair added, a condition picked, seen in Arabic at the width
// of a phone, tried out, saved to a file and imported again.
func TestBrowserWorkshop(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang   string
		device testbrowser.Option
	}{
		"de desktop": {"de", testbrowser.Desktop},
		"en phone":   {"en", testbrowser.Phone},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, name, test.device, testbrowser.Language(test.lang))
			p := b.p
			b.seen("library")
			const copying = `details:has([value="shipped:families"])`
			p.Click(copying + ` > summary`)
			p.Fill(copying+` [name="title"]`, "Umfrage der Stadt")
			b.seen("copying")
			p.Follow(func() { p.Click(copying + ` button`) })
			p.WaitFor("#outline")
			b.seen("editor")
			b.open("arrival")
			b.seen("question")
			b.saved(func() { p.Fill(`[data-autosave] [name="text.hint"]`, "Ungefähr genügt.") })
			if _, s := b.only(); s.Node("arrival").Hint["de"].Text != "Ungefähr genügt." || !s.Node("arrival").Hint["ar"].Stale("Ungefähr genügt.") {
				t.Errorf("the hint is %v", s.Node("arrival").Hint["de"])
			}
			if got := p.Text("#saved"); !strings.Contains(got, "anna") {
				t.Errorf("the state is told as %q", got)
			}
			testbrowser.Eval[bool](p, `(document.querySelector('#pair-field').value = 'interpreters', true)`)
			p.Click(`button[value="pair"]`)
			b.opened("imp_interpreters")
			b.saved(func() {
				b.set("relevant.question", "child_ages")
				b.set("relevant.operator", "selected")
				b.set("relevant.choice", "child_ages/age_0_2")
			})
			if rows := testbrowser.Eval[int](p, `document.querySelectorAll('[data-autosave] [name="relevant.operator"]').length`); rows != 2 {
				t.Errorf("there are %d rows to pick, not one more than is filled in", rows)
			}
			id, s := b.only()
			if got := s.Node("imp_interpreters"); got.Relevant != "selected(${child_ages}, 'age_0_2')" || got.List != "importance" {
				t.Errorf("the pair's first question: %+v", got)
			}
			b.seen("pair with a condition")
			testbrowser.Eval[bool](p, `(() => { const list = document.querySelector('#show'); list.value = 'ar'; list.dispatchEvent(new Event('change', { bubbles: true })); return true; })()`)
			p.Wait(`document.querySelector('#preview').contentDocument?.documentElement?.lang === 'ar' && document.querySelector('#preview').contentDocument.querySelector('.steps')`)
			if width := testbrowser.Eval[float64](p, `document.querySelector('#preview').clientWidth`); width > 360 || width < 300 {
				t.Errorf("the preview is %v wide", width)
			}
			p.Wait(`document.querySelector('#preview').contentDocument?.dir === 'rtl'`)
			b.seen("preview in Arabic")
			b.try(id)
			b.file(id)
		})
	}
}

// try answers the preview by itself and sees that nothing is kept anywhere.
func (b *bench) try(id string) {
	b.t.Helper()
	p := b.p
	p.Open(b.address + "/manage/surveys/" + id + "/preview?" + url.Values{"lang": {"ar"}, "speak": {"en"}}.Encode())
	p.WaitFor(".steps")
	if got := p.Text(".ribbon"); got != "Test: nothing is stored here." {
		b.t.Errorf("the ribbon says %q", got)
	}
	b.seen("trial")
	p.Click(".steps .button:first-child") // begin
	p.WaitFor(".page.shown")
	p.Click(`input[name="child_ages"][value="age_0_2"]`)
	for range 12 { // as many pages as there may be; the last click sends
		if testbrowser.Eval[bool](p, `document.querySelector('.steps .button:first-child').textContent === JSON.parse(document.getElementById('phone').textContent).words.send`) {
			break
		}
		before := testbrowser.Eval[string](p, `document.querySelector('.progress').textContent`)
		p.Click(".steps .button:first-child")
		p.Wait(fmt.Sprintf(`document.querySelector('.progress').textContent !== %q`, before))
	}
	p.Follow(func() { p.Click(".steps .button:first-child") })
	if got := p.Text("[data-record]"); !strings.Contains(got, `"age_0_2"`) {
		b.t.Errorf("the record is %s", got)
	}
	b.seen("trial done")
	kept := testbrowser.Eval[string](p, `(async () => JSON.stringify([(await indexedDB.databases()).length, localStorage.length, (await navigator.serviceWorker.getRegistrations()).length]))()`)
	if kept != "[0,0,0]" {
		b.t.Errorf("databases, entries, workers on this device: %s", kept)
	}
	if returns := must(b.db.ReturnsByWave(context.Background()))(b.t); len(returns) > 0 {
		b.t.Errorf("stored: %v", returns)
	}
}

// file saves the survey to a file and imports it.
func (b *bench) file(id string) {
	b.t.Helper()
	p := b.p
	_, before := b.only()
	p.Open(b.address + "/manage/surveys/" + id)
	p.Click("#tools .shop-drop > summary")
	path, name := p.Download(func() { p.Click(`#tools a[href$="as=zip"]`) })
	if name != before.ID+".zip" {
		b.t.Errorf("the file is called %s", name)
	}
	if err := b.db.DeleteWorking(context.Background(), "anna", id, 0); err != nil {
		b.t.Fatal(err)
	}
	p.Open(b.address + "/manage/surveys")
	p.Choose("#file", path)
	p.Follow(func() { p.Click(`form[action^="/manage/surveys/import"] button`) })
	p.WaitFor("#outline")
	if _, after := b.only(); writtenSurvey(b.t, after) != writtenSurvey(b.t, before) {
		b.t.Errorf("imported, it differs: %+v", survey.Differences(before, after))
	}
	id, _ = b.only()
	p.Open(b.address + "/manage/surveys/" + id + "/versions")
	b.seen("versions")
	p.Follow(func() { p.Click("main form.desk-form button") })
	b.seen("version fixed")
	p.Open(b.address + "/manage/surveys/" + id + "/delete")
	b.seen("deleting")
}

// TestBrowserWorkshopWithoutScript does the same with plain forms.
func TestBrowserWorkshopWithoutScript(t *testing.T) {
	t.Parallel()
	b := newBench(t, "plain", testbrowser.Small, testbrowser.Language("de"), testbrowser.NoScript)
	p := b.p
	const copying = `details:has([value="shipped:families"])`
	p.Click(copying + ` > summary`)
	p.Follow(func() { p.Click(copying + ` button`) })
	b.seen("editor")
	p.Follow(func() { p.Click(`a[data-open="arrival"]`) })
	b.seen("question")
	p.Fill(`[data-autosave] [name="text.label"]`, "Seit wann sind Sie in Deutschland?")
	p.Follow(func() { p.Click(`[data-autosave] .shop-buttons [value="save"]`) })
	if got := p.Text("#told"); got != "Gespeichert." {
		t.Errorf("told: %q", got)
	}
	p.Follow(func() { p.Click(`button[value="down:arrival"]`) })
	id, s := b.only()
	if got := s.Node("about_you").Children; got[2].Name != "institutions" || got[3].Label["de"].Text != "Seit wann sind Sie in Deutschland?" {
		t.Errorf("the group holds %s, %s", got[2].Name, got[3].Name)
	}
	p.Follow(func() { p.Click(`button[value="pair"]`) })
	if got := p.Text("#told"); !strings.HasPrefix(got, "Zwei Fragen") {
		t.Errorf("told: %q", got)
	}
	p.Follow(func() { p.Click("#undo") })
	if _, s = b.only(); s.Node("arrival") == nil || len(s.Nodes) != 6 && s.Nodes == nil {
		t.Error("undone too much")
	}
	p.Open(b.address + "/manage/surveys/" + id + "/preview?lang=de")
	p.Click(`input[name="child_ages"][value="age_3_5"]`)
	p.Follow(func() { p.Click(".actions[data-plain] button") })
	if got := p.Text("[data-record]"); !strings.Contains(got, `"age_3_5"`) {
		t.Errorf("the record is %s", got)
	}
	b.seen("trial done")
}

// TestBrowserWorkshopByKeyboard copies, opens, edits, moves and undoes with keys
// alone.
func TestBrowserWorkshopByKeyboard(t *testing.T) {
	t.Parallel()
	b := newBench(t, "keyboard", testbrowser.Desktop, testbrowser.Language("en"))
	p := b.p
	p.TabTo("DisclosureTriangle", "Copy : What do your children need? (families)", 60)
	p.Press(testbrowser.Enter)
	p.TabTo("button", "Make the copy and edit it", 6)
	p.Follow(func() { p.Press(testbrowser.Enter) })
	p.WaitFor("#outline")
	p.TabTo("link", "Wie lange lebt Ihre Familie in Deutschland?", 60)
	p.Press(testbrowser.AltUp)
	p.Wait(`document.querySelector('#q-arrival').nextElementSibling?.id === 'q-child_ages'`)
	if got := p.Focused().Name; got != "Wie lange lebt Ihre Familie in Deutschland?" {
		t.Errorf("after moving the focus is on %q", got)
	}
	p.Press(testbrowser.Enter)
	b.opened("arrival")
	p.TabTo("textbox", "Help below it", 20)
	b.saved(func() { p.Type("Roughly.") })
	p.TabTo("button", "Delete", 80)
	p.Press(testbrowser.Enter)
	p.WaitGone("#q-arrival")
	if _, s := b.only(); s.Node("arrival") != nil {
		t.Error("it is still there")
	}
	p.Press(testbrowser.Tab)
	for p.Focused().Name != "Undo" {
		p.Press(testbrowser.ShiftTab)
	}
	p.Press(testbrowser.Enter)
	p.WaitFor("#q-arrival")
	if _, s := b.only(); !strings.Contains(s.Node("arrival").Hint["de"].Text, "Roughly.") || s.Node("about_you").Children[1].Name != "arrival" {
		t.Errorf("undone: %v", s.Node("arrival").Hint["de"])
	}
}
