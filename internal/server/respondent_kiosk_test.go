package server

import (
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// kioskServer has a wave for shared tablets, with a group's code GROUP-1, a
// single person's ONE-1, and the code OTHER-1 of another wave.
func kioskServer(t testing.TB) *testServer {
	t.Helper()
	s := newTestServer(t, func(c *Config) { c.AreaName = func(string) string { return "Bochum" } })
	s.change("families", func(wave *store.LiveWave) { wave.Kiosk = true })
	s.code("GROUP-1", "families", fieldwork.Carried{Area: "bochum"}).Shared = true
	s.code("ONE-1", "families", fieldwork.Carried{})
	s.code("OTHER-1", "schools", fieldwork.Carried{}).Shared = true
	return s
}

// TestKioskDocument: the document for a tablet carries the code as one from
// /q/CODE does, is kept by nobody, and shows the code nowhere.
func TestKioskDocument(t *testing.T) {
	s := kioskServer(t)
	answer := s.get("/s/families?kiosk=group+1&lang=ar&idle=45")
	page := answer.Body.String()
	if answer.Code != http.StatusOK || answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("Etag") != "" {
		t.Fatalf("%d %v", answer.Code, answer.Header())
	}
	for _, want := range []string{`"kiosk":{"idle":45}`, `name="code" value="group 1"`, "Bochum", "/kiosk.css", `<noscript>`, `autocomplete="off"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	for _, not := range []string{`href="/"`, `href="/?`, "/withdraw", "kiosk=group", "code=group"} {
		if strings.Contains(page, not) {
			t.Errorf("the document has %s", not)
		}
	}
	if plain := s.get("/s/families?lang=ar").Body.String(); strings.Contains(plain, "kiosk") {
		t.Error("the ordinary document knows of the kiosk")
	}
	for asked, want := range map[string]string{"": "60", "5": "20", "9999": "600", "x": "60", "-3": "20"} {
		if page := s.get("/s/families?lang=de&kiosk=GROUP-1&idle=" + asked).Body.String(); !strings.Contains(page, `"kiosk":{"idle":`+want+`}`) {
			t.Errorf("idle=%s is not %s", asked, want)
		}
	}
}

// TestKioskRefuses: only waves opened for it, and only with a group's code of
// theirs.
func TestKioskRefuses(t *testing.T) {
	s := kioskServer(t)
	s.code("GROUP-2", "schools", fieldwork.Carried{}).Shared = true
	for target, want := range map[string]struct {
		code int
		says string
	}{
		"/s/schools?lang=de&kiosk=GROUP-2":  {http.StatusForbidden, "nicht für ein gemeinsames Tablet geöffnet"},
		"/s/schools?lang=de&kiosk=":         {http.StatusForbidden, "nicht für ein gemeinsames Tablet geöffnet"},
		"/s/families?lang=de&kiosk=NOBODY":  {http.StatusNotFound, "Diesen Zugangscode kennen wir nicht"},
		"/s/families?lang=de&kiosk=OTHER-1": {http.StatusNotFound, "Diesen Zugangscode kennen wir nicht"},
		"/s/families?lang=de&kiosk=ONE-1":   {http.StatusUnprocessableEntity, "gilt nur für eine Person"},
		"/s/families?lang=en&kiosk=ONE-1":   {http.StatusUnprocessableEntity, "for one person only"},
		"/s/families?lang=de&kiosk":         {http.StatusOK, "Gemeinsames Tablet starten"},
		"/s/families?lang=de&kiosk=GROUP-1": {http.StatusOK, "data-survey"},
	} {
		answer := s.get(target)
		if answer.Code != want.code || !strings.Contains(answer.Body.String(), want.says) || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, says %q: %v", target, answer.Code, want.says, strings.Contains(answer.Body.String(), want.says))
		}
	}
	if got := s.get("/s/families?kiosk=GROUP-1&idle=30", "Accept-Language", "tr").Header().Get("Location"); got != "/s/families?idle=30&kiosk=GROUP-1&lang=tr" {
		t.Errorf("without a language it leads to %q", got)
	}
	s.change("families", func(wave *store.LiveWave) { wave.State = fieldwork.Closed })
	if got := s.get("/s/families?lang=de&kiosk=GROUP-1").Code; got != http.StatusGone {
		t.Errorf("of a closed wave: %d", got)
	}
}
