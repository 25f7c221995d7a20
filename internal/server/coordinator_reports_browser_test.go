package server

import (
	"fmt"
	"strings"
	"testing"

	"bedarfslotse/internal/report"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserReport: a coordinator begins a report, takes a chart over from the
// explorer, asks for comments and has it approved, without a script, on a phone and
// at a desk; then the report's own page is read.
func TestBrowserReport(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{320, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			d, _ := everything(t)
			address, words := listen(t, d.testServer), d.config.Catalogue.Localizer("de")
			anna := d.atDesk(t, address, "anna", reportPages, testbrowser.Desktop, testbrowser.NoScript, testbrowser.Language("de"))
			anna.Resize(width, 900)
			seen := func(p *testbrowser.Page, what string) {
				t.Helper()
				look(t, p, fmt.Sprintf("report %s %d", what, width))
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", what, wide)
				}
			}
			done := func(p *testbrowser.Page, word string) {
				t.Helper()
				if got := p.Text(".desk-done"); got != words.T("report.done."+word) {
					t.Errorf("%s: %q", word, got)
				}
			}
			seen(anna, "list empty")
			anna.Follow(func() { anna.Click(`a[href="/manage/concept/reports/new"]`) })
			seen(anna, "new")
			anna.Fill("#person-1", "vera")
			anna.Follow(func() { anna.Click("main form button") })
			seen(anna, "begun")
			path := testbrowser.Eval[string](anna, "location.pathname")

			anna.Open(address + "/manage/waves/town/explore?question=imp_language_support&by=area")
			anna.Follow(func() { anna.Click(`a[href^="/manage/concept/reports/add"]`) })
			seen(anna, "add")
			anna.Follow(func() { anna.Click("main form button") })
			done(anna, "added")
			seen(anna, "added")

			work := d.reported(t, path)
			chart := work.Blocks[len(work.Blocks)-1]
			anna.Follow(func() { anna.Click(fmt.Sprintf(`#b-%s a[href$="/refresh"]`, chart.ID)) })
			seen(anna, "refresh")
			anna.Open(address + path + "/blocks/" + chart.ID)
			anna.Fill("#plain", "Etwa die Hälfte sagt bzw. meint das.")
			anna.Click("#short")
			seen(anna, "block")
			anna.Follow(func() { anna.Click(`button[value="save"]`) })
			done(anna, "saved")
			if !strings.Contains(anna.Text("main"), words.T("report.warnings", "count", 1)) {
				t.Error("nobody is warned of the abbreviation")
			}

			anna.Follow(func() { anna.Click(`button[value="open_round"]`) })
			done(anna, "round_opened")
			vera := d.atDesk(t, address, "vera", path, testbrowser.Desktop, testbrowser.NoScript, testbrowser.Language("de"))
			vera.Resize(width, 900)
			vera.Click(".rp-say summary")
			vera.Fill(".rp-say textarea", "Bitte einfacher. 🙂 "+strings.Repeat("lang", 60))
			vera.Follow(func() { vera.Click(".rp-say button") })
			done(vera, "commented")
			seen(vera, "commented")

			anna.Open(address + path)
			anna.Follow(func() { anna.Click(`.rp-comment button`) })
			done(anna, "resolved")
			anna.Follow(func() { anna.Click(`button[value="close_round"]`) })
			anna.Follow(func() { anna.Click(`button[value="submit"]`) })
			done(anna, "submitted")
			anna.Follow(func() { anna.Click(`form[action*="/approve"] button`) })
			vera.Open(address + path)
			vera.Fill("#note", "gelesen")
			vera.Follow(func() { vera.Click(`form[action*="/approve"] button`) })
			done(vera, "approved")
			anna.Open(address + path)
			anna.Follow(func() { anna.Click(`form[action*="/approve"] button`) })
			seen(anna, "approved")
			if work = d.reported(t, path); work.State != report.Approved {
				t.Errorf("the report is %s", work.State)
			}
			for _, version := range []string{"full", "short"} {
				anna.Open(address + path + "/preview?version=" + version)
				seen(anna, "preview "+version)
				if got := testbrowser.Eval[string](anna, `getComputedStyle(document.querySelector('h2')).borderBlockEndStyle`); version == "short" && got != "solid" {
					t.Errorf("the page's style did not get through its policy: %q", got)
				}
			}
		})
	}
}
