package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
)

// gapRules are the pages about needs and gaps: whoever reads results may open them,
// and sees the waves of their own areas.
func gapRules() map[string]rule {
	anywhere := relations()
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(path).Code }
	}
	return map[string]rule{
		"GET " + gapPath:                        {200, readers, anywhere, get(gapPath)}, // there is no wave that asks for needs and is released
		"GET " + gapPath + "/cell":              {404, readers, anywhere, get(gapPath + "/cell?field=x&column=0&wave=nothing")},
		"GET " + gapPath + "/pictures/:picture": {404, readers, anywhere, get(gapPath + "/pictures/wide.svg?wave=nothing")},
		"GET " + needsPath:                      {200, readers, anywhere, get(needsPath)},
		"GET " + effectsPath:                    {200, readers, anywhere, get(effectsPath)},
		"GET " + needsPath + "/:chart/:picture": {404, readers, anywhere, get(needsPath + "/ranking/wide.svg?wave=nothing")},
	}
}

// TestGapPages: the matrix with its evidence and the ranking say the same as the
// figures behind them, whoever may not read a wave does not see it, and bad queries
// are told.
func TestGapPages(t *testing.T) {
	d := explored(t)
	cem := d.sign(t, "cem")
	if page := cem.get(gapPath + "?lang=en").Body.String(); !strings.Contains(page, "has been released yet") {
		t.Error("nobody says that nothing is released")
	}
	d.release(t, "town")
	if got := cem.get(gapPath + "?lang=en"); got.Code != http.StatusSeeOther {
		t.Fatalf("before anything is computed: %d", got.Code)
	}
	page := cem.get(gapPath + "?lang=en").Body.String()
	for _, words := range []string{"German as a second language", "gap from 10", "Benjamini–Hochberg", gapPath + "/cell?"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	cell := cem.get(gapPath + "/cell?lang=en&field=language_support&column=0").Body.String()
	for _, words := range []string{"What respondents say", "/manage/waves/town/explore?", "There is no indicator", "Make a measure for this gap", "none"} {
		if !strings.Contains(cell, words) {
			t.Errorf("the evidence does not say %q", words)
		}
	}
	if vera := d.sign(t, "vera").get(gapPath + "/cell?lang=en&field=language_support&column=0").Body.String(); strings.Contains(vera, "Make a measure") {
		t.Error("a viewer is offered to make measures")
	}
	needs := cem.get(needsPath + "?lang=en&index=rds").Body.String()
	for _, words := range []string{"RDS", "95% confidence", "concentrate here"} {
		if !strings.Contains(needs, words) {
			t.Errorf("the ranking does not say %q", words)
		}
	}
	for query, code := range map[string]int{"?gap=-1": 422, "?gap=x": 422, "?wave=other": 404, "?by=age": 422, "?weights=on": 422, "?items=yes_no": 422, "?gap=12,5&width=30": 303} {
		if got := cem.get(gapPath + query).Code; got != code && !(code == 303 && got == 200) {
			t.Errorf("%s: %d, want %d", query, got, code)
		}
	}
	for path, kind := range map[string]string{gapPath + "/pictures/wide.svg": "image/svg+xml", gapPath + "/pictures/figures.csv": "text/csv", needsPath + "/ground/chart.png": "image/png", needsPath + "/ranking/narrow.svg": "image/svg+xml"} {
		if got := cem.get(path); got.Code != http.StatusOK || !strings.HasPrefix(got.Header().Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, got.Code, got.Header().Get("Content-Type"))
		}
	}
	d.answered(t, "staff", "schools", 2)
	d.release(t, "staff")
	cem.get(gapPath + "?by=audience&wave=town&wave=staff") // computes it
	if both := cem.get(gapPath + "?lang=en&by=audience&wave=town&wave=staff").Body.String(); !strings.Contains(both, "/manage/waves/town/compare?lang=en&amp;with=staff") || !strings.Contains(both, "not asked") {
		t.Error("two audiences: no way to their comparison, or nothing was left unasked")
	}
	d.person(t, "olga", account.Grant{Role: account.Viewer, Area: foreign})
	if got := d.sign(t, "olga").get(gapPath + "?wave=town").Code; got != http.StatusNotFound {
		t.Errorf("somebody of another town: %d", got)
	}
}

// release releases a wave that is open.
func (d *testDesk) release(t *testing.T, slug string) {
	t.Helper()
	wave := must(d.db.Wave(context.Background(), slug))(t)
	if err := d.db.ReleaseWave(context.Background(), "anna", wave); err != nil {
		t.Fatal(err)
	}
}

// TestEffects: a measure's question is compared between the newest wave and the one
// before, its indicator with the target; what cannot be compared is told.
func TestEffects(t *testing.T) {
	d := explored(t)
	d.now = d.now.AddDate(0, 6, 0)
	d.answered(t, "later", "families", 2)
	d.release(t, "town")
	d.release(t, "later")
	for _, m := range []baseline.Measure{
		{Title: "Sprachcafé", Question: "imp_language_support"}, {Title: "Beratung", Question: "nothing", Indicator: "none_such"}, {Title: "Ohne"}} {
		m.Field, m.Area, m.Responsible, m.Status = "language_support", above, "KI", baseline.MeasureNew
		if _, err := d.db.SaveMeasure(context.Background(), account.Entry{Actor: "anna", Area: above}, 0, m); err != nil {
			t.Fatal(err)
		}
	}
	page := d.sign(t, "cem").get(effectsPath + "?lang=en").Body.String()
	for _, words := range []string{"Sprachcafé", "→", "No released wave asks the question “nothing”", "There is no indicator “none_such”"} {
		if !strings.Contains(strings.NewReplacer("\u2068", "", "\u2069", "").Replace(page), words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if strings.Contains(page, "Ohne") {
		t.Error("a measure without anything to see it by is listed")
	}
}
