package server

import (
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// TestBrowserQuestions walks from the concept's page to an answered question, in
// German, on the smallest phone without scripts and at a desk.
func TestBrowserQuestions(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]testbrowser.Option{
		"320": {testbrowser.Small, testbrowser.NoScript}, "1280": {testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := questioned(t)
			address := listen(t, d.testServer)
			p := d.atDesk(t, address, "cem", conceptPath, append(options, testbrowser.Language("de"))...)
			seen := func(state string) {
				t.Helper()
				look(t, p, "questions "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
				if problems := p.Problems(); len(problems) > 0 {
					t.Errorf("%s: %s", state, strings.Join(problems, "; "))
				}
			}
			p.Follow(func() { p.Click(`main a[href^="` + questionsPath + `"]`) })
			seen("overview")
			if got := p.Text(".question-list"); !strings.Contains(got, "Noch nichts geschrieben.") || !strings.Contains(got, "Beleg fehlt: ") {
				t.Errorf("the overview says %q", got)
			}
			p.Follow(func() { p.Click(`main a[href^="` + questionsPath + `/2"]`) })
			p.Fill("#i-text", "Es gibt **ein Konzept** von 2019.\n\n- Es nennt Beratung.\n- Es nennt keine Sprachförderung.")
			p.Follow(func() { p.Click("main .register-form button") })
			if got := p.Text(".desk-done"); got == "" || p.Text(".question-words li") != "Es nennt Beratung." {
				t.Errorf("after saving: %q", got)
			}
			seen("answered")
			for number := 1; number <= 6; number++ {
				if number > 1 {
					p.Follow(func() { p.Click(`main a[rel="next"]`) })
				} else {
					p.Open(address + questionsPath + "/1?area=stadt")
				}
				seen("question " + string(rune('0'+number)))
			}
			p.Follow(func() { p.Click(`main a[href^="` + notesPath + `/new"]`) })
			seen("note")
			p.Fill("#i-title", "Runder Tisch")
			p.Fill("#i-text", "Es fehlt eine Stelle, die alle kennt.")
			p.Fill("#i-source", "Protokoll")
			p.Follow(func() { p.Click("main .register-form button") })
			if got := p.Text("main table"); !strings.Contains(got, "Runder Tisch") {
				t.Errorf("the notes are %q", got)
			}
			seen("notes")
			p.Open(address + recordPath)
			seen("record")
			p.Follow(func() { p.Click(`main td a[href^="` + recordPath + `/of/stadt"]`) })
			seen("record form")
		})
	}
}
