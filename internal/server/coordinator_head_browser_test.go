package server

import (
	"fmt"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserDeskHead: one line at every width, without a script; on a narrow
// screen a menu that opens by key holds what a wide one shows.
func TestBrowserDeskHead(t *testing.T) {
	t.Parallel()
	d := newTestDesk(t)
	d.person(t, "anna.katharina", account.Grant{Role: account.Administrator})
	address := listen(t, d.testServer)
	for _, lang := range deskLanguages() {
		for _, width := range []int64{320, 390, 768, 1280} {
			name := fmt.Sprintf("%s %d", lang, width)
			t.Run(name, func(t *testing.T) {
				p := testbrowser.New(t, testbrowser.Screen(width, 700), testbrowser.Language(lang), testbrowser.NoScript)
				p.Open(address + "/manage/people")
				p.Fill("#name", "anna.katharina")
				p.Fill("#password", deskPassword)
				p.Follow(func() { p.Click("main button") })
				look(t, p, "head "+name)
				const height = `Math.round(document.querySelector(".desk-header").getBoundingClientRect().height)`
				if got := testbrowser.Eval[int](p, height); got > 64 {
					t.Errorf("the head is %d px tall", got)
				}
				const seen = `[...document.querySelectorAll(".desk-header :is(a, button, summary):not(.skip)")].filter(one => one.checkVisibility({contentVisibilityAuto: true}) && one.getClientRects().length).length`
				whole := testbrowser.Eval[int](p, `document.querySelectorAll(".desk-header :is(a, button):not(.skip)").length`)
				if width >= 1280 {
					if got := testbrowser.Eval[int](p, seen); got != whole {
						t.Errorf("%d of %d are shown", got, whole)
					}
					return
				}
				if got := testbrowser.Eval[int](p, seen); got != 2 {
					t.Errorf("%d things are shown beside each other, not the name and the menu", got)
				}
				p.TabTo("DisclosureTriangle", map[string]string{"de": "Menü", "en": "Menu"}[lang], 4)
				p.Press("Enter")
				if got := testbrowser.Eval[int](p, seen); got != whole+1 {
					t.Errorf("the menu shows %d of %d", got-1, whole)
				}
				look(t, p, "head "+name+" open")
				p.CheckBarriers()
				if small := p.SmallTargets(24); len(small) > 0 {
					t.Errorf("too small: %v", small)
				}
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%d px too wide", wide)
				}
				p.TabTo("link", map[string]string{"de": "Protokoll", "en": "Audit log"}[lang], 12)
				p.Follow(func() { p.Press("Enter") })
				if got := p.URL(); got != address+"/manage/audit" {
					t.Errorf("by key to %s", got)
				}
			})
		}
	}
}
