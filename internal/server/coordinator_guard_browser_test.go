package server

import (
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// TestBrowserLeavingWaitsForWhatIsSaved follows a link right after typing, with
// a network that is slow: the link waits until the text has arrived.
func TestBrowserLeavingWaitsForWhatIsSaved(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path          string
		open          func(*testbrowser.Page)
		field         string
		key, language string
	}{
		"translations": {"/translate?to=ar&q=arrival", func(*testbrowser.Page) {}, ".tr-row textarea", "q/arrival/label", "ar"},
		"workshop": {"", func(p *testbrowser.Page) {
			p.Click(`a[data-open="arrival"]`)
			p.WaitFor(`[data-autosave] [name="text.hint"]`)
		}, `[data-autosave] [name="text.hint"]`, "q/arrival/hint", "de"},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, _ := translators(t)
			w := d.translated(t, "families")
			arrived, goOn := make(chan struct{}, 10), make(chan struct{})
			address := listenThrough(t, d.testServer, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, w.path) {
					arrived <- struct{}{}
					<-goOn
				}
				d.ServeHTTP(out, r)
			}))
			p := d.atDesk(t, address, "cem", w.path+test.path, testbrowser.Desktop, testbrowser.Language("de"))
			test.open(p)
			const typed = "قبل أن"
			p.Fill(test.field, typed)
			p.Click(`a[href^="/manage/translations"]`)
			<-arrived
			if at := p.URL(); !strings.Contains(at, w.path) {
				t.Errorf("while the text was on its way the link led to %s", at)
			}
			close(goOn)
			p.Wait(`!location.pathname.startsWith("` + w.path + `")`)
			if got := w.phrase(t, test.key, test.language).Text; got != typed {
				t.Errorf("stored is %q", got)
			}
		})
	}
}
