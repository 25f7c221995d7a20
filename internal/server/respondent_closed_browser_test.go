package server

import (
	"os"
	"strings"
	"testing"

	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// TestBrowserClosedSurvey closes a survey while answers are on a phone: they are
// shown where the survey was, and can be saved and deleted one by one.
func TestBrowserClosedSurvey(t *testing.T) {
	t.Parallel()
	closed := func(wave *store.LiveWave) { wave.State = fieldwork.Closed }
	t.Run("begun", func(t *testing.T) {
		s, n, p := beganFirst(t)
		p.Allow("status of 410")
		s.change("club", closed)
		for p.Open(n.address + "/s/club?lang=de"); !strings.Contains(p.Text("h1"), "Vorbei"); { // a slow phone shows the one it keeps
			p.Reload()
		}
		p.WaitFor(older)
		barriers(t, p)
		look(t, p, "closed with a draft")
		path, name := p.Download(func() { p.Click(older + " button:nth-of-type(1)") })
		if content, err := os.ReadFile(path); err != nil || name != "club.json" || !strings.Contains(string(content), "Ein Kicker") {
			t.Errorf("%v; downloaded %s: %s", err, name, content)
		}
		p.Click(older + " button:nth-of-type(2)")
		p.WaitGone(older)
		p.Reload()
		if p.Wait(`document.readyState === "complete"`); p.HTML("main") == "" || strings.Contains(p.HTML("main"), "older") {
			t.Error("what was deleted is there again")
		}
	})
	t.Run("waiting", func(t *testing.T) {
		s, n, p := beganFirst(t)
		p.Allow("status of 410")
		n.cut.Store(true)
		p.Click(forward)
		p.Wait(waiting)
		s.change("club", closed)
		n.cut.Store(false)
		for p.Open(n.address + "/s/club?lang=de"); !strings.Contains(p.Text("h1"), "Vorbei"); {
			p.Reload()
		}
		p.WaitFor(".entry.refused")
		if text := p.Text(".entry.refused"); !strings.Contains(text, "Jugendclub") {
			t.Errorf("said: %s", text)
		}
		barriers(t, p)
		look(t, p, "closed with a response")
		path, _ := p.Download(func() { p.Click(".entry button:nth-of-type(2)") })
		if content, err := os.ReadFile(path); err != nil || !strings.Contains(string(content), "Ein Kicker") {
			t.Errorf("%v; downloaded %s", err, content)
		}
		p.Click(".entry button:nth-of-type(3)")
		p.WaitGone(".entry")
		if len(s.memory.stored) != 0 {
			t.Error("a closed wave took a response")
		}
	})
}
