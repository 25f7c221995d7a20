package server

import (
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserDeskPeople looks for barriers on every page about accounts, on a
// phone and at a desk, in both languages.
func TestBrowserDeskPeople(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang   string
		device testbrowser.Option
	}{
		"de, small":   {"de", testbrowser.Small},
		"en, desktop": {"en", testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			d.person(t, "anna", account.Grant{Role: account.Administrator})
			d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: "stadt"}, account.Grant{Role: account.Viewer, Area: "kreis"})
			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang))
			address := listen(t, d.testServer)
			seen := func(state string) {
				t.Helper()
				look(t, p, "desk "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			p.Open(address + "/manage/people")
			seen("sign-in")
			p.Fill("#name", "anna")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			seen("people")
			p.Fill("#email", "dora@example.org")
			p.Follow(func() { p.Click("main form button") })
			link := p.Text(".desk-link")
			seen("invited")
			p.Open(address + "/manage/people/cem")
			seen("person")
			p.Open(address + "/manage/account")
			seen("account")
			p.Fill("#current", deskPassword)
			p.Fill("#password", "passwort1234")
			p.Allow("status of 422")
			p.Follow(func() { p.Click("main section:last-child button") })
			p.WaitFor("#problem")
			seen("account with a mistake")
			p.Open(address + "/manage/account")
			p.Follow(func() { p.Click("form[action^='/manage/account/second'] button") })
			seen("second factor")
			secret := strings.ReplaceAll(p.Text(".desk-link"), " ", "")
			p.Fill("#code", "000000")
			p.Follow(func() { p.Click("main form button") })
			seen("second factor with a mistake")
			p.Fill("#code", must(totp.GenerateCode(secret, d.now))(t))
			p.Follow(func() { p.Click("main form button") })
			seen("spare codes")
			p.Follow(func() { p.Click("main a.button") })
			seen("account with a second factor")
			p.Open(address + "/manage/people/anna")
			seen("person with a second factor")
			p.Follow(func() { p.Click("form[action*='/reset'] button") })
			seen("link to a new password")
			reset := p.Text(".desk-link")
			p.Open(address + "/manage/audit")
			seen("audit")
			p.Open(reset)
			seen("new password")
			p.Open(link)
			seen("invitation")
			p.Fill("#name", "dora")
			p.Fill("#password", "fünf Igel backen Brot")
			p.Follow(func() { p.Click("main button") })
			seen("overview of the new account")
			if test.lang == "de" { // on a phone the menu holds it
				p.Click(".desk-menu > summary")
				seen("menu")
			}
			p.Follow(func() { p.Click(".desk-account button") })
			p.Fill("#name", "anna")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			p.WaitFor("#code")
			seen("code")
		})
	}
}
