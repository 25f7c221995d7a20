package server

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testbrowser"
)

// atDesk opens a page of the desk in a browser, signed in.
func (d *testDesk) atDesk(t *testing.T, address, name, path string, options ...testbrowser.Option) *testbrowser.Page {
	t.Helper()
	p := testbrowser.New(t, options...)
	p.Open(address + path)
	p.Fill("#name", name)
	p.Fill("#password", deskPassword)
	p.Follow(func() { p.Click("main button") })
	p.Open(address + path)
	return p
}

// TestBrowserTranslateByKeyboard: a translator starts at their page and
// translates ten texts into Arabic without a mouse.
func TestBrowserTranslateByKeyboard(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		t.Run(lang, func(t *testing.T) {
			d, _, _ := translators(t)
			w := d.translated(t, "schools")
			_, err := d.db.ChangeLanguages(context.Background(), "cem", w.id, "+ar", func(s *survey.Survey) error { s.AddLanguage("ar"); return nil })
			if err != nil {
				t.Fatal(err)
			}
			p := d.atDesk(t, listen(t, d.testServer), "ben", "/manage/translations", testbrowser.Desktop, testbrowser.Language(lang))
			tabs := p.TabTo("link", "العربية", 30)
			p.Follow(func() { p.Press(testbrowser.Enter) })
			field := func(name string) string {
				return fmt.Sprintf(map[string]string{"de": "Übersetzung von %s (Arabisch)", "en": "Translation of %s (Arabic)"}[lang], name)
			}
			p.TabTo("textbox", field("title"), 40)
			keys := p.HTML("#texts")
			for at := range 10 {
				key, _, _ := strings.Cut(keys[strings.Index(keys, `name="key-`+strconv.Itoa(at)+`" value="`)+len(`name="key-`+strconv.Itoa(at)+`" value="`):], `"`)
				text := fmt.Sprint("نص ", at)
				p.Type(text)
				if at%2 == 0 {
					p.Press(testbrowser.CtrlEnter)
				} else {
					p.Press(testbrowser.CtrlShiftEnter)
				}
				p.Wait(fmt.Sprintf(`document.getElementById('row-%d').querySelector('.tr-state').classList.contains('tr-%s')`, at, []string{"draft", "reviewed"}[at%2]))
				want := survey.Phrase{Text: text, State: []survey.TranslationState{survey.Draft, survey.Reviewed}[at%2], Source: survey.Fingerprint(w.phrase(t, key, "de").Text)}
				if got := w.phrase(t, key, "ar"); got != want {
					t.Errorf("%s is %+v, want %+v", key, got, want)
				}
			}
			p.Wait(`document.getElementById('status').textContent === document.getElementById('texts').dataset.saved`)
			if at := testbrowser.Eval[string](p, `document.activeElement.id`); at != "text-10" {
				t.Errorf("the focus is at %s", at)
			}
			// What follows by Tab: the box, the comment, the next text.
			p.Press(testbrowser.Tab, testbrowser.Space)
			p.Press(testbrowser.Tab, testbrowser.Tab)
			if at := testbrowser.Eval[string](p, `document.activeElement.id`); at != "text-11" {
				t.Errorf("Tab leads to %s", at)
			}
			p.Press(testbrowser.AltUp)
			if at := testbrowser.Eval[string](p, `document.activeElement.id`); at != "text-10" {
				t.Errorf("Alt and the arrow lead to %s", at)
			}
			look(t, p, "translate keyboard "+lang)
			p.CheckBarriers()
			if words := p.Text("#progress"); !strings.Contains(words, "10 ") || tabs > 20 {
				t.Errorf("the progress says %q, the way there took %d keys", words, tabs)
			}
		})
	}
}

// TestBrowserTranslateTogether: two people type at one text; both texts are
// kept, and the second chooses.
func TestBrowserTranslateTogether(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		for _, choice := range []string{keepTheirs, keepMine} {
			t.Run(lang+" "+choice, func(t *testing.T) {
				d, _, _ := translators(t)
				w := d.translated(t, "families")
				address := listen(t, d.testServer)
				const path = "/translate?to=ar&q=arrival"
				ben := d.atDesk(t, address, "ben", w.path+path, testbrowser.Desktop, testbrowser.Language(lang))
				cem := d.atDesk(t, address, "cem", w.path+path, testbrowser.Phone, testbrowser.Language(lang))
				row := testbrowser.Eval[string](ben, `document.querySelector('input[value="q/arrival/label"]').name.slice(4)`)
				type1, type2 := "متى؟", "منذ متى؟"
				ben.Fill("#text-"+row, type1)
				ben.Press(testbrowser.CtrlEnter)
				ben.Wait(`document.getElementById('status').textContent === document.getElementById('texts').dataset.saved`)
				cem.Fill("#text-"+row, type2)
				cem.Press(testbrowser.CtrlEnter)
				cem.WaitFor("#row-" + row + " .tr-theirs")
				if shown := cem.Text("#row-" + row + " .tr-theirs"); !strings.Contains(shown, type1) {
					t.Errorf("the other text is not shown but %q", shown)
				}
				if own := testbrowser.Eval[string](cem, `document.getElementById('text-`+row+`').value`); own != type2 {
					t.Errorf("the own text is now %q", own)
				}
				if got := w.phrase(t, "q/arrival/label", "ar").Text; got != type1 {
					t.Errorf("stored is %q before anybody chose", got)
				}
				cem.CheckBarriers()
				look(t, cem, "translate conflict "+lang+" "+choice)
				cem.Click(`#row-` + row + ` input[value="` + choice + `"]`)
				cem.WaitGone("#row-" + row + " .tr-theirs")
				want := map[string]string{keepTheirs: type1, keepMine: type2}[choice]
				if own := testbrowser.Eval[string](cem, `document.getElementById('text-`+row+`').value`); own != want {
					t.Errorf("the field holds %q after choosing", own)
				}
				if got := w.phrase(t, "q/arrival/label", "ar").Text; got != want {
					t.Errorf("stored is %q after choosing", got)
				}
			})
		}
	}
}

// TestBrowserTranslationFile: a file is fetched, translated elsewhere, looked at
// and taken.
func TestBrowserTranslationFile(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		t.Run(lang, func(t *testing.T) {
			d, _, _ := translators(t)
			w := d.translated(t, "schools")
			p := d.atDesk(t, listen(t, d.testServer), "cem", w.path+"/languages", testbrowser.Desktop, testbrowser.Language(lang))
			p.Fill("#tag", "so")
			p.Follow(func() { p.Click("main form button") })
			p.Click(".tr-help details:nth-of-type(2) summary")
			path, name := p.Download(func() { p.Click(`.tr-help a[href*="xliff"]`) })
			content, err := os.ReadFile(path)
			if err != nil || !strings.HasSuffix(name, "-so.xlf") {
				t.Fatal(name, err)
			}
			// As a tool does it: the target behind the source of the first unit.
			content = bytes.Replace(content, []byte("</source>"), []byte("</source><target>Dugsiyada</target>"), 1)
			translated := filepath.Join(t.TempDir(), "so.xlf")
			if err := os.WriteFile(translated, content, 0o600); err != nil {
				t.Fatal(err)
			}
			p.Choose("#file", translated)
			p.Follow(func() { p.Click(".tr-help form button") })
			if shown := p.Text("main"); !strings.Contains(shown, "Dugsiyada") {
				t.Errorf("the preview shows %s", shown)
			}
			p.CheckBarriers()
			look(t, p, "translate import "+lang)
			if got := w.phrase(t, "title", "so").Text; got != "" {
				t.Errorf("before taking it %q is stored", got)
			}
			p.Follow(func() { p.Click("#take") })
			if got := w.phrase(t, "title", "so").Text; got != "Dugsiyada" || !strings.Contains(p.Text(".desk-done"), "1") {
				t.Errorf("stored is %q", got)
			}
		})
	}
}

// TestBrowserTranslatePages looks for barriers on every page for translators, on
// a phone and at a desk, in both languages, and once without a script.
func TestBrowserTranslatePages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		options []testbrowser.Option
	}{
		"de, small":             {"de", []testbrowser.Option{testbrowser.Small}},
		"de, phone, no script":  {"de", []testbrowser.Option{testbrowser.Phone, testbrowser.NoScript}},
		"en, desktop":           {"en", []testbrowser.Option{testbrowser.Desktop}},
		"de, desktop, in dark":  {"de", []testbrowser.Option{testbrowser.Desktop, testbrowser.Dark}},
		"en, phone, and spaced": {"en", []testbrowser.Option{testbrowser.Phone}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			d.person(t, "anna", account.Grant{Role: account.Administrator})
			w := d.translated(t, "families")
			w.source(t, "q/arrival/label", "Seit wann sind Sie **hier**?")
			p := d.atDesk(t, listen(t, d.testServer), "anna", "/manage/translations", append(test.options, testbrowser.Language(test.lang))...)
			base := strings.TrimSuffix(p.URL(), "/manage/translations")
			seen := func(state string) {
				t.Helper()
				look(t, p, "translate "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			seen("list")
			p.Open(base + w.path + "/translate?to=ar")
			seen("texts")
			p.Open(base + w.path + "/translate?to=ar&from=en&state=stale")
			seen("stale")
			if strings.Contains(name, "no script") {
				p.Fill("#text-0", "متى؟ **هنا**")
				p.Click(".tr-check input")
				p.Click(".tr-comments summary")
				p.Fill("#comment-0", "Wann genau?")
				p.Follow(func() { p.Click("#save") })
				if got := w.phrase(t, "q/arrival/label", "ar"); got.Text != "متى؟ **هنا**" || got.State != survey.Reviewed {
					t.Errorf("stored is %+v", got)
				}
				p.Open(base + w.path + "/translate?to=ar&state=open")
				p.Click(".tr-comments summary")
				seen("comments")
				p.Follow(func() { p.Click(`button[name="settle"]`) })
				if comments, _ := d.db.Comments(context.Background(), w.id, "ar"); len(comments) != 1 || comments[0].Resolver != "anna" {
					t.Errorf("comments: %+v", comments)
				}
			}
			p.Open(base + w.path + "/languages")
			seen("languages")
			p.Open(base + w.path + "/languages/ar")
			seen("language")
		})
	}
}
