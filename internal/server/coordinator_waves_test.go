package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
)

// waveRules says who may use the pages of waves.
func waveRules() map[string]rule {
	managers := []account.Role{account.Administrator, account.Coordinator}
	anywhere, reach := relations(), []string{whole, above, own}
	// prepared makes a wave of the town to act on.
	prepared := func(t *testing.T, v *visit) string {
		slug := "prepared-" + strings.ToLower(fieldwork.NewCode())
		must(v.db.PrepareWave(context.Background(), "anna", fieldwork.Wave{Slug: slug, Area: own, K: 5}, shipped(t, "families")))(t)
		return "/manage/waves/" + slug
	}
	get := func(page string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town" + page).Code }
	}
	post := func(page string, pairs ...string) func(*testing.T, *visit) int {
		return func(t *testing.T, v *visit) int { return v.post(prepared(t, v)+page, pairs...).Code }
	}
	return map[string]rule{
		"GET /manage/waves/new": {200, managers, anywhere, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/new").Code }},
		"POST /manage/waves": {303, managers, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/waves", "survey", "families", "area", own).Code
		}},
		"GET /manage/waves/:slug":             {200, managers, reach, get("")},
		"POST /manage/waves/:slug/state":      {303, managers, reach, post("/state", "to", "open")},
		"POST /manage/waves/:slug/until":      {303, managers, reach, post("/until", "until", "2026-12-01")},
		"GET /manage/waves/:slug/end":         {200, managers, reach, get("/end")},
		"POST /manage/waves/:slug/end":        {303, managers, reach, post("/end", "understood", "yes")},
		"GET /manage/waves/:slug/release":     {200, managers, reach, get("/release")},
		"POST /manage/waves/:slug/release":    {422, managers, reach, post("/release")}, // nothing is ticked
		"POST /manage/waves/:slug/repeat":     {303, managers, reach, post("/repeat")},
		"GET /manage/waves/:slug/settings":    {200, managers, reach, get("/settings")},
		"POST /manage/waves/:slug/settings":   {303, managers, reach, post("/settings", "revision", "0", "contact", "KI")},
		"GET /manage/waves/:slug/population":  {200, managers, reach, get("/population")},
		"POST /manage/waves/:slug/population": {303, managers, reach, post("/population")},
		"GET /manage/waves/:slug/codes":       {200, managers, reach, get("/codes")},
		"POST /manage/waves/:slug/codes":      {200, managers, reach, post("/codes", "for", "area:"+own, "kind", "group", "count", "2")},
		"GET /manage/waves/:slug/returns":     {200, managers, reach, get("/returns")},
		"GET /manage/waves/:slug/returns.csv": {200, managers, reach, get("/returns.csv")},
	}
}

// TestWaveFromMandateToTheNext leads one wave through its life.
func TestWaveFromMandateToTheNext(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "carla", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "carla")
	public := func(path string) int { return d.testServer.get(path).Code }
	fresh := func() { d.now = d.now.Add(1_000_000_000) } // what was read of the wave is no longer fresh
	want := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	made := v.post("/manage/waves", "survey", "families", "area", own, "until", "2026-03-12")
	want("preparing", made.Code, 303)
	const slug, path = "families-stadt-2026", "/manage/waves/families-stadt-2026"
	if got := made.Header().Get("Location"); got != path {
		t.Fatalf("prepared at %s", got)
	}
	page := v.get(path).Body.String()
	for _, text := range []string{"Prepared.", "No contact is named", "open for 3 days only", "Open the wave", "Kurdî"} {
		if !strings.Contains(page, text) {
			t.Errorf("the prepared wave's page lacks %q", text)
		}
	}
	want("the survey before opening", public("/s/"+slug+"?lang=de"), 404)
	want("its notice", public("/privacy?wave="+slug), 404)
	saved := v.post(path+"/settings", "revision", "0", "contact", "KI Stadt", "purpose", "Ausgangslage", "legal_basis", "Art. 6",
		"mandate", "Rat", "mandate_day", "2026-01-15", "mandate_reference", "Drs. 7/26", "helpline", "115", "retention", "2026-12-31",
		"supervision", "2026-02-01", "population", "120", "shown", "languages", "languages", "de", "languages", "uk", "shown", "kiosk", "kiosk", "yes",
		"shown", "areas", "areas", inside, "breakdown", "institution_type area")
	want("saving the settings", saved.Code, 303)
	fresh()
	page = v.get(path).Body.String()
	if strings.Contains(page, "No contact") || !strings.Contains(page, "open for 3 days only") || strings.Contains(page, "Kurdî") {
		t.Error("the check list does not follow the settings")
	}
	want("settings of somebody who was slower", v.post(path+"/settings", "revision", "0", "contact", "x").Code, 422)
	if wave := must(d.db.Wave(context.Background(), slug))(t); wave.Areas != inside || wave.Breakdown != "institution_type area" {
		t.Errorf("the areas are %q, divided by %q", wave.Areas, wave.Breakdown)
	}
	outside := v.post(path+"/settings", "revision", "1", "shown", "areas", "areas", "andere")
	if outside.Code != 422 || !strings.Contains(outside.Body.String(), "does not lie in the wave") {
		t.Errorf("an area outside: %d", outside.Code)
	}
	want("opening", v.post(path+"/state", "to", "open").Code, 303)
	fresh()
	want("the open survey", public("/s/"+slug+"?lang=uk"), 200)
	want("in a language not offered", public("/s/"+slug+"?lang=ar"), 302)
	if notice := d.testServer.get("/privacy?lang=de&wave=" + slug).Body.String(); !strings.Contains(notice, "Rat, 15.01.2026, Drs. 7/26") || !strings.Contains(notice, "115") {
		t.Error("the notice does not say who ordered the survey and who helps")
	}
	refused := v.post(path+"/settings", "revision", "2", "k", "3")
	want("another k once it is open", refused.Code, 422)
	if !strings.Contains(refused.Body.String(), "respondents were told so") {
		t.Error("the reason is not told")
	}
	want("pausing", v.post(path+"/state", "to", "paused").Code, 303)
	fresh()
	paused := d.testServer.get("/s/" + slug + "?lang=uk")
	if paused.Code != http.StatusGone || !strings.Contains(paused.Body.String(), "перерва") {
		t.Errorf("the paused survey: %d", paused.Code)
	}
	want("pausing twice", v.post(path+"/state", "to", "paused").Code, 422)
	want("extending", v.post(path+"/until", "until", "2026-04-30").Code, 303)
	want("an end in the past", v.post(path+"/until", "until", "2026-03-01").Code, 422)
	want("resuming", v.post(path+"/state", "to", "open").Code, 303)
	fresh()
	want("codes", v.post(path+"/codes", "for", "area:raum", "kind", "single", "count", "3").Code, 200)
	want("codes for elsewhere", v.post(path+"/codes", "for", "area:andere", "kind", "single", "count", "3").Code, 422)
	want("no codes", v.post(path+"/codes", "for", "area:raum", "kind", "single", "count", "0").Code, 422)
	want("strata", v.post(path+"/population", "area", "raum", "type", "", "institution", "", "population", "80", "target", "20",
		"area", own, "type", "", "institution", "", "population", "40", "target", "", "area", "", "population", "", "target", "").Code, 303)
	fresh()
	if wave := must(d.db.Wave(context.Background(), slug))(t); wave.Population == nil || *wave.Population != 120 {
		t.Errorf("the population is %v", wave.Population)
	}
	want("closing without having read", v.post(path+"/end").Code, 422)
	want("closing", v.post(path+"/end", "understood", "yes").Code, 303)
	fresh()
	want("the closed survey", public("/s/"+slug+"?lang=de"), 410)
	again := v.post(path + "/repeat")
	want("repeating", again.Code, 303)
	if got := again.Header().Get("Location"); got != path+"-2/settings" {
		t.Errorf("repeated at %s", got)
	}
	next := must(d.db.Wave(context.Background(), slug+"-2"))(t)
	strata := must(d.db.Strata(context.Background(), next.ID))(t)
	if next.State != fieldwork.Prepared || next.Purpose != "Ausgangslage" || next.Languages != "de uk" || next.Until != "" || len(strata) != 2 {
		t.Errorf("the next wave is %+v, %v", next.Wave, strata)
	}
	want("discarding the next", v.post(path+"-2/end", "understood", "yes").Code, 303)
	fresh()
	want("the discarded", v.get(path+"-2").Code, 404)
}
