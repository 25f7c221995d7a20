package server

import (
	"fmt"
	"strings"
	"testing"

	"bedarfslotse/internal/testbrowser"
)

// TestBrowserGap goes from results to the matrix, the evidence of a cell, a measure
// and the report, in German and without scripts, on the smallest phone and at a desk.
func TestBrowserGap(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{320, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			d := explored(t)
			d.release(t, "town")
			address, words := listen(t, d.testServer), d.config.Catalogue.Localizer("de")
			p := d.atDesk(t, address, "cem", "/manage/waves/town/results", testbrowser.Desktop, testbrowser.NoScript, testbrowser.Language("de"))
			p.Resize(width, 900)
			seen := func(what string) {
				t.Helper()
				look(t, p, fmt.Sprintf("gap %s %d", what, width))
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", what, wide)
				}
				if problems := p.Problems(); len(problems) > 0 {
					t.Errorf("%s: %s", what, strings.Join(problems, "; "))
				}
			}
			p.Open(address + conceptPath)
			d.sign(t, "cem").get(gapPath) // computed before the page is opened: how a job looks its own test shows
			p.Follow(func() { p.Click(`main a[href="` + needsPath + `"]`) })
			seen("needs")
			p.Follow(func() { p.Click(`main p a[href^="` + gapPath + `"]`) })
			seen("matrix")
			if !strings.Contains(p.Text("main"), words.T("gap.status.gap")) {
				t.Error("no cell is a gap")
			}
			p.Follow(func() { p.Click(`table a[href*="field=language_support"]`) })
			seen("evidence")
			p.Follow(func() { p.Click(`a[href^="` + measuresPath + `/new"]`) })
			p.Fill("#i-title", "Sprachcafé am Nachmittag")
			p.Fill("#i-responsible", "Kommunales Integrationszentrum")
			seen("measure")
			p.Follow(func() { p.Click("main form button") })
			seen("measure made")
			if !strings.Contains(p.Text("main"), "Sprachcafé am Nachmittag") {
				t.Error("the measure is not there")
			}
			p.Open(address + reportPages + "/new")
			p.Follow(func() { p.Click("main form button") })
			seen("report")
			p.Open(p.URL() + "/preview")
			seen("preview")
			text := p.Text("body")
			for _, want := range []string{words.T("gap.chart"), "Sprachcafé am Nachmittag", words.T("needs.index.mwds")} {
				if !strings.Contains(text, want) {
					t.Errorf("the report lacks %q", want)
				}
			}
		})
	}
}
