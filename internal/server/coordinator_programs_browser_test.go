package server

import (
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserPrograms looks for barriers on the pages about tokens and webhooks,
// on a phone and at a desk, in both languages.
func TestBrowserPrograms(t *testing.T) {
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
			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang))
			address := listen(t, d.testServer)
			seen := func(state string) {
				t.Helper()
				look(t, p, "programs "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			p.Open(address + "/manage/account/tokens")
			p.Fill("#name", "anna")
			p.Fill("#password", deskPassword)
			p.Follow(func() { p.Click("main button") })
			seen("tokens")
			p.Fill("#name", "Statistik")
			p.Allow("status of 422")
			p.Follow(func() { p.Click("main form button") })
			p.WaitFor("#problem")
			seen("tokens with a mistake")
			p.Click("input[value='results:read']")
			p.Follow(func() { p.Click("main form button") })
			if token := p.Text(".desk-secret"); !strings.HasPrefix(token, "bl_") {
				t.Errorf("the token is %q", token)
			}
			seen("token made")
			p.Open(address + "/manage/webhooks")
			seen("webhooks")
			p.Fill("#url", "https://dashboard.bildung.example.org/hooks/bedarfslotse?key=0123456789abcdef0123456789abcdef")
			p.Follow(func() { p.Click("main form button") })
			seen("webhook made")
			hook, _ := d.delivery(t)
			p.Open(address + "/manage/webhooks/" + hook)
			seen("log")
			p.Click(".desk-remove summary")
			seen("removing")
			p.Follow(func() { p.Click(".desk-remove button") })
			seen("no webhooks")
		})
	}
}
