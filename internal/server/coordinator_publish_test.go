package server

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/survey"
)

// publishRules is who may make results public.
func publishRules() map[string]rule {
	managers, reach := []account.Role{account.Administrator, account.Coordinator}, []string{whole, above, own}
	return map[string]rule{
		"GET /manage/waves/:slug/public": {200, managers, reach, func(_ *testing.T, v *visit) int { return v.get("/manage/waves/town/public").Code }},
		"POST /manage/waves/:slug/public": {422, managers, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/waves/town/public", "question", "imp_language_support").Code // nothing is ticked
		}},
	}
}

// publishedWave is the wave of [explored], released, with some questions public.
func publishedWave(t *testing.T, questions ...string) *testDesk {
	t.Helper()
	d := explored(t)
	ctx := context.Background()
	if err := d.db.CloseWave(ctx, "anna", must(d.db.Wave(ctx, "town"))(t)); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Second)
	if err := d.db.PublishResults(ctx, "anna", must(d.db.Wave(ctx, "town"))(t), questions, "dl-de/by-2-0"); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Second)
	return d
}

// TestPublish leads from a wave of which nothing is public over what the page
// refuses to its public results and back.
func TestPublish(t *testing.T) {
	d := explored(t)
	cem := d.sign(t, "cem")
	const path = "/manage/waves/town/public"
	early := cem.get(path).Body.String()
	if strings.Contains(early, `name="question"`) || !strings.Contains(early, "/manage/waves/town/release") {
		t.Error("before a release questions can be chosen, or nothing leads to it")
	}
	choose := func(more ...string) (int, string) {
		t.Helper()
		d.now = d.now.Add(time.Second)
		got := cem.post(path, append([]string{"question", "imp_language_support", "question", "child_ages", "licence", "CC0-1.0"}, more...)...)
		d.now = d.now.Add(time.Second)
		return got.Code, got.Body.String()
	}
	if code, body := choose("understood", "yes"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "no figures of this wave yet that stand") {
		t.Errorf("before a release: %d", code)
	}
	if got := cem.post("/manage/waves/town/release", "understood", "yes").Code; got != http.StatusSeeOther {
		t.Fatalf("releasing: %d", got)
	}
	d.now = d.now.Add(time.Second)
	page := cem.get(path).Body.String()
	for _, want := range []string{`value="imp_language_support"`, `value="dl-de/by-2-0"`, "Everybody can read the figures", "nothing of it will be shown"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, `value="`+freeTextOf(t, d)+`"`) || strings.Contains(page, " checked") {
		t.Error("free texts can be chosen, or something is chosen already")
	}
	if code, body := choose(); code != http.StatusUnprocessableEntity || strings.Count(body, " checked") != 2 || !strings.Contains(body, `value="CC0-1.0" selected`) {
		t.Errorf("without a tick: %d, or what was chosen is forgotten", code)
	}
	if code, body := choose("understood", "yes", "question", freeTextOf(t, d)); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Free texts are never published") {
		t.Errorf("a free text: %d", code)
	}
	if got := cem.post(path, "question", "child_ages", "understood", "yes", "licence", "mine").Code; got != http.StatusUnprocessableEntity {
		t.Errorf("a strange licence: %d", got)
	}
	if code, _ := choose("understood", "yes"); code != http.StatusSeeOther {
		t.Fatalf("publishing: %d", code)
	}
	page = cem.get(path).Body.String()
	if strings.Count(page, " checked") != 2 || !strings.Contains(page, "/results/town</code>") {
		t.Error("the page does not show what is public")
	}
	if got := d.get("/results/town?lang=de").Code; got != http.StatusOK {
		t.Errorf("the public page: %d", got)
	}
	if body := cem.get("/manage/waves/town/results").Body.String(); !strings.Contains(body, `href="/manage/waves/town/public"`) {
		t.Error("nothing leads from the results to what is public of them")
	}
	if body := d.sign(t, "vera").get("/manage/waves/town/results").Body.String(); strings.Contains(body, "/manage/waves/town/public") {
		t.Error("somebody who only reads is led to publishing")
	}
	if got := cem.post(path, "none", "yes").Code; got != http.StatusSeeOther {
		t.Errorf("taking back: %d", got)
	}
	d.now = d.now.Add(time.Second)
	if got := d.get("/results/town?lang=de").Code; got != http.StatusNotFound {
		t.Errorf("what was taken back: %d", got)
	}
	log := d.sign(t, "anna").get("/manage/audit").Body.String()
	for _, want := range []string{"results made public", "results no longer public", "child_ages imp_language_support"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}

// freeTextOf is a free text of the wave.
func freeTextOf(t *testing.T, d *testDesk) string {
	t.Helper()
	for _, e := range must(d.db.Wave(context.Background(), "town"))(t).Version.Elements {
		if e.Type == survey.TextType {
			return e.Name
		}
	}
	t.Fatal("the survey has no free text")
	return ""
}
