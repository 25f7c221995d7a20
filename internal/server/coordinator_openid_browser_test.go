package server

import (
	"net"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/testbrowser"
)

// TestBrowserProvider accepts an invitation and signs in by the provider in a real
// browser, past the page's own policy, without a script, and looks for barriers.
func TestBrowserProvider(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang   string
		device testbrowser.Option
	}{
		"de, small":   {"de", testbrowser.Small},
		"en, desktop": {"en", testbrowser.Desktop},
	} {
		t.Run(name, func(t *testing.T) {
			listener := anyPort(t)
			_, port, err := net.SplitHostPort(listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			address := "http://localhost:" + port
			there := newProvider(t, "desk", address+openIDCallback)
			d := newTestDesk(t, func(c *Config, desk *DeskConfig) {
				c.BaseURL = address
				desk.OpenID = OpenIDConfig{Issuer: there.address, ClientID: "desk", ClientSecret: providerSecret, Label: "Stadt Herne",
					NameClaim: "preferred_username", GroupsClaim: "groups", Scopes: []string{"profile"}}
			})
			d.now = time.Now()
			listenOn(t, listener, d.testServer, d.testServer)
			d.person(t, "admin", account.Grant{Role: account.Administrator})
			secret := must(d.db.Invite(t.Context(), "admin", "", account.Grant{Role: account.Coordinator, Area: own}))(t)

			p := testbrowser.New(t, test.device, testbrowser.Language(test.lang), testbrowser.NoScript)
			p.Allow(there.address) // the one other place that this way leads to
			seen := func(state string) {
				t.Helper()
				look(t, p, "openid "+name+" "+state)
				p.CheckBarriers()
				if wide := p.Sideways(); wide > 0 {
					t.Errorf("%s is %d px too wide", state, wide)
				}
			}
			atProvider := func() {
				t.Helper()
				p.WaitFor("#username")
				if got := p.URL(); !strings.HasPrefix(got, there.address) {
					t.Fatalf("led to %s", got)
				}
				p.Fill("#username", "Ben Ümit")
				p.Fill("#password", providerPassword)
				p.Click("button")
				p.WaitFor(".desk-menu")
			}
			p.Open(address + "/manage/invitations/" + secret)
			seen("invitation")
			p.Click("form[action^='/manage/sign-in/openid'] button")
			atProvider()
			if got := p.URL(); got != address+"/manage/" {
				t.Fatalf("back at %s", got)
			}
			p.Open(address + "/manage/account")
			seen("account")
			if text := p.Text("main"); !strings.Contains(text, "Stadt Herne") {
				t.Error("the account does not name the provider")
			}
			if test.lang == "de" {
				p.Click(".desk-menu > summary")
			}
			p.Follow(func() { p.Click(".desk-account button") })
			seen("sign-in")
			p.Click("form[action^='/manage/sign-in/openid'] button")
			atProvider()
			if got := p.URL(); got != address+"/manage/" {
				t.Errorf("back at %s", got)
			}
			d.desk.openID = newOpenID(OpenIDConfig{Issuer: "http://localhost:1", Label: "Stadt Herne"}, "", d.config.Now)
			p.Open(address + "/manage/sign-in")
			p.Allow("status of 503")
			p.Follow(func() { p.Click("form[action^='/manage/sign-in/openid'] button") })
			p.WaitFor(".desk-problem")
			seen("away")
		})
	}
}
