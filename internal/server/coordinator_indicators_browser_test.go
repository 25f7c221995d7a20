package server

import (
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/testbrowser"
)

// indicated is a desk with two indicators of the county's towns over three years,
// with targets in every state.
func (d *testDesk) indicated(t testing.TB) {
	t.Helper()
	d.measured(t)
	for _, key := range []string{"language_support_need", "placement_waiting_days", "care_places_per_100", "population_0_to_5"} {
		for _, one := range d.desk.Indicators {
			if one.Key == key {
				if err := d.db.SaveIndicator(t.Context(), "anna", baseline.Suggested(one, "de")); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for at, year := range []string{"2022", "2023", "2024"} {
		d.figure(t, "rate", foreign, year, float64(50+at*5), int64(100+at*10), 200)
		d.figure(t, "language_support_need", own, year, float64(40-at*3))
		d.figure(t, "language_support_need", foreign, year, float64(30+at*2))
		d.figure(t, "placement_waiting_days", own, year, float64(60+at*5))
		d.figure(t, "care_places_per_100", own, year, float64(88+at*6))
		d.figure(t, "population_0_to_5", own, year, float64(12000+at*150))
	}
	d.figure(t, "population_0_to_5", above, "2024", 11000) // fewer than its town
	for key, ends := range map[string][2]string{"rate": {"30", "50"}, "language_support_need": {"40", "25"}, "placement_waiting_days": {"60", "30"}, "care_places_per_100": {"88", "95"}} {
		v := d.sign(t, "anna")
		if got := v.post(indicatorPages+"/of/"+key+"/targets", "area", own, "baseline", ends[0], "baseline_day", "2022-12-31", "goal", ends[1], "due", "2028-12-31",
			"note", "Beispiel: Beschluss des Jugendhilfeausschusses").Code; got != 303 {
			t.Fatalf("target of %s: %d", key, got)
		}
	}
}

// TestBrowserIndicators walks from the catalogue to the sheet for the committee in
// German, on a phone without scripts and at a desk by keys.
func TestBrowserIndicators(t *testing.T) {
	t.Parallel()
	for name, option := range map[string][]testbrowser.Option{
		"320": {testbrowser.Small, testbrowser.NoScript}, "1280": {testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			d.person(t, "anna", account.Grant{Role: account.Administrator})
			p := testbrowser.New(t, append(option, testbrowser.Language("de"))...)
			address := listen(t, d.testServer)
			seen := func(state string) {
				t.Helper()
				look(t, p, "indicators "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			p.Open(address + indicatorPages)
			p.Fill("#name", "anna")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			p.Open(address + "/manage/concept")
			p.Follow(func() { p.Click(`main a[href^="` + indicatorPages + `"]`) })
			p.Follow(func() { p.Click(`main a[href^="` + indicatorPages + `/catalogue"]`) })
			p.Click(`input[value="school_entry_vaccination"]`)
			seen("catalogue")
			p.Follow(func() { p.Click("main form button") })
			if got := p.Text(".desk-done"); got != "Ein Eintrag ist neu." {
				t.Errorf("it says %q", got)
			}
			d.indicated(t)
			p.Open(address + indicatorPages + "?area=stadt")
			seen("list")
			p.Follow(func() { p.Click(`main a[href*="/of/language_support_need"]`) })
			seen("one")
			if got := p.Text("main h1"); !strings.HasPrefix(got, "Kinder mit Förderbedarf in Deutsch") {
				t.Errorf("the page is %q", got)
			}
			p.Open(address + indicatorPages + "/of/population_0_to_5?area=kreis")
			if got := p.Text("main .desk-problem"); !strings.Contains(got, "Kreis, 2024: Der Wert 11.000 und die Teilgebiete zusammen (12.300) passen nicht zueinander.") {
				t.Errorf("the totals: %q", got)
			}
			seen("totals")
			p.Open(address + indicatorPages + "/of/rate/edit")
			seen("form")
			p.Open(address + progressPage + "?area=stadt")
			seen("sheet")
			if got := p.Text(".ind-counts"); !strings.Contains(got, "Ziel erreicht: 1") || !strings.Contains(got, "Auf Kurs: 1") || !strings.Contains(got, "Rückläufig: 1") || !strings.Contains(got, "Im Rückstand: 1") {
				t.Errorf("the counts: %q", got)
			}
			p.Print(true)
			look(t, p, "indicators "+name+" paper")
			for what, want := range map[string]string{".desk-header": "none", ".desk-filter": "none", ".ind-bar": "block"} {
				if got := testbrowser.Eval[string](p, `getComputedStyle(document.querySelector('`+what+`')).display`); (got == "none") != (want == "none") {
					t.Errorf("on paper %s is %s", what, got)
				}
			}
			p.Print(false)
			p.Open(address + indicatorPages + "/import")
			seen("import")
		})
	}
}
