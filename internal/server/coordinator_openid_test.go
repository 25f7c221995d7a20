package server

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"bedarfslotse/internal/account"
)

// providerDesk is a desk to which people sign in by a provider.
func providerDesk(t *testing.T, change ...func(*OpenIDConfig)) (*testDesk, *provider) {
	t.Helper()
	const base = "http://localhost:1"
	p := newProvider(t, "desk", base+openIDCallback)
	d := newTestDesk(t, func(c *Config, desk *DeskConfig) {
		c.BaseURL = base
		desk.OpenID = OpenIDConfig{Issuer: p.address, ClientID: "desk", ClientSecret: providerSecret, Label: "Amt",
			NameClaim: "preferred_username", GroupsClaim: "groups", Scopes: []string{"profile", "email"}}
		for _, one := range change {
			one(&desk.OpenID)
		}
	})
	d.now = time.Now()
	d.desk.attempts = newLimiter(0, d.config.Now)
	return d, p
}

// leave presses a button that leads to the provider.
func (v *visit) leave(t *testing.T, path string, pairs ...string) string {
	t.Helper()
	got := v.post(path, pairs...)
	if got.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, got.Code, got.Body)
	}
	return html.UnescapeString(key(t, got.Body.String(), `content="0; url=`, `"`))
}

// through goes to the provider, signs in there and comes back.
func (v *visit) through(t *testing.T, p *provider, name string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	return v.get(p.signIn(t, v.leave(t, "/manage/sign-in/openid", pairs...), name))
}

func wantPage(t *testing.T, what string, got *httptest.ResponseRecorder, status int, says string) {
	t.Helper()
	if got.Code != status || !strings.Contains(html.UnescapeString(got.Body.String()), says) {
		t.Errorf("%s: %d, not %d with %q", what, got.Code, status, says)
	}
}

// TestSignInByProvider: nobody gets an account by being known at the provider; by
// an invitation, by linking or by a group they do.
func TestSignInByProvider(t *testing.T) {
	d, p := providerDesk(t)
	d.person(t, "admin", account.Grant{Role: account.Administrator})
	d.person(t, "anna", account.Grant{Role: account.Administrator}) // of the same name as somebody there
	v := &visit{testDesk: d}
	address := v.leave(t, "/manage/sign-in/openid")
	asked := must(url.Parse(address))(t).Query()
	if asked.Get("code_challenge_method") != "S256" || len(asked.Get("code_challenge")) < 43 || len(asked.Get("state")) < 26 || len(asked.Get("nonce")) < 26 || asked.Get("response_type") != "code" {
		t.Errorf("the provider is asked by %s", address)
	}
	wantPage(t, "unknown here", v.through(t, p, "anna"), 422, "There is no account for you here yet")
	if got := v.get("/manage/").Code; got != http.StatusSeeOther {
		t.Error("signed in as the one of the same name")
	}

	secret := must(d.db.Invite(t.Context(), "admin", "", account.Grant{Role: account.Viewer, Area: own}))(t)
	if page := v.get("/manage/invitations/" + secret).Body.String(); !strings.Contains(page, "Sign in with Amt") {
		t.Error("the invitation does not offer the provider")
	}
	before := v.cookie
	if got := v.through(t, p, "anna", "invitation", secret); got.Code != http.StatusSeeOther {
		t.Fatalf("by invitation: %d %s", got.Code, got.Body)
	}
	if v.cookie == before || (&visit{testDesk: d, cookie: before}).get("/manage/").Code != http.StatusSeeOther {
		t.Error("the session from before signing in is good")
	}
	if page := v.get("/manage/account").Body.String(); !strings.Contains(page, "Your tasks: Reading results: Stadt") || !strings.Contains(page, "anna-2") || strings.Contains(page, `name="current"`) {
		t.Error("the account is another, or has a password")
	}
	again := &visit{testDesk: d}
	wantPage(t, "the invitation again", again.through(t, p, "Ben Ümit", "invitation", secret), http.StatusGone, "no longer good")
	if got := again.through(t, p, "anna", "next", "/manage/account"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/manage/account" {
		t.Errorf("the next time: %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := (&visit{testDesk: d}).post("/manage/sign-in", "name", "anna-2", "password", ""); got.Code != 422 {
		t.Errorf("an empty password: %d", got.Code)
	}

	admin := d.sign(t, "admin")
	if got := admin.get(p.signIn(t, admin.leave(t, "/manage/account/openid"), "Ben Ümit")); got.Header().Get("Location") != "/manage/account" {
		t.Errorf("linking: %d %s", got.Code, got.Body)
	}
	wantPage(t, "linking somebody else's", admin.get(p.signIn(t, admin.leave(t, "/manage/account/openid"), "anna")), http.StatusConflict, "linked with another account already")
	ben := &visit{testDesk: d}
	if got := ben.through(t, p, "Ben Ümit"); got.Code != http.StatusSeeOther || !strings.Contains(ben.get("/manage/account").Body.String(), "Signed in as admin") {
		t.Errorf("by the linked account: %d", got.Code)
	}
	if got := admin.post("/manage/account/openid/remove"); got.Code != http.StatusSeeOther {
		t.Errorf("unlinking: %d", got.Code)
	}
	if got := ben.get("/manage/").Code; got != http.StatusSeeOther {
		t.Errorf("a session elsewhere after unlinking: %d", got)
	}
	wantPage(t, "after unlinking", ben.through(t, p, "Ben Ümit"), 422, "There is no account")
	wantPage(t, "unlinking the only way in", v.again2(t, p, "anna").post("/manage/account/openid/remove"), http.StatusConflict, "could not sign in any more")

	if err := d.db.SetDisabled(t.Context(), "admin", "anna-2", true); err != nil {
		t.Fatal(err)
	}
	wantPage(t, "disabled", v.through(t, p, "anna"), http.StatusForbidden, "Your account is disabled")
	log := must(d.db.AuditLog(t.Context(), 0, 1, func(string) bool { return true }))(t)
	if log[0].Actor != "anna-2" || log[0].Effect != "by=openid why=error.account_disabled" {
		t.Errorf("the log says %+v", log[0])
	}
}

// again2 is somebody in a new session by the provider.
func (v *visit) again2(t *testing.T, p *provider, name string) *visit {
	t.Helper()
	anew := &visit{testDesk: v.testDesk}
	if got := anew.through(t, p, name); got.Code != http.StatusSeeOther {
		t.Fatalf("%s: %d", name, got.Code)
	}
	return anew
}

// TestGroupsOfTheProvider: rights that follow from groups come and go with them;
// those that a person gave stay.
func TestGroupsOfTheProvider(t *testing.T) {
	for name, inToken := range map[string]bool{"in the token": true, "in the user info": false} {
		t.Run(name, func(t *testing.T) {
			d, p := providerDesk(t, func(c *OpenIDConfig) {
				c.Mappings = []account.Mapping{{Group: "CN=KI,OU=Amt 51", Grant: account.Grant{Role: account.Coordinator, Area: own}},
					{Group: "readers", Grant: account.Grant{Role: account.Viewer}}}
			})
			p.inToken = inToken
			v := &visit{testDesk: d}
			wantPage(t, "in no group", v.through(t, p, "Ben Ümit"), 422, "There is no account")
			p.groups["id-ben"] = []string{"CN=KI,OU=Amt 51", "readers", "others"}
			if got := v.through(t, p, "Ben Ümit"); got.Code != http.StatusSeeOther {
				t.Fatalf("in a group: %d %s", got.Code, got.Body)
			}
			grants := func() []account.Grant { return must2(d.db.User(t.Context(), "Ben.Ümit"))(t).Grants }
			if got := grants(); !slices.Equal(got, []account.Grant{{Role: account.Viewer}, {Role: account.Coordinator, Area: own}}) {
				t.Errorf("rights %v", got)
			}
			if user := must2(d.db.User(t.Context(), "Ben.Ümit"))(t); user.Email != "ben@example.org" {
				t.Errorf("the checked address is %q", user.Email)
			}
			p.groups["id-ben"] = []string{"readers"}
			v.again2(t, p, "Ben Ümit")
			if got := grants(); !slices.Equal(got, []account.Grant{{Role: account.Viewer}}) {
				t.Errorf("rights after leaving a group %v", got)
			}
			p.groups["id-ben"] = nil
			wantPage(t, "in no group any more", v.through(t, p, "Ben Ümit"), http.StatusForbidden, "no task yet")
			if got := grants(); len(got) != 0 {
				t.Errorf("rights after leaving all groups %v", got)
			}
			if err := d.db.SetGrants(t.Context(), "x", "Ben.Ümit", []account.Grant{{Role: account.Coder, Area: own}}); err != nil {
				t.Fatal(err)
			}
			v.again2(t, p, "Ben Ümit")
			if got := grants(); !slices.Equal(got, []account.Grant{{Role: account.Coder, Area: own}}) {
				t.Errorf("rights that a person gave %v", got)
			}
		})
	}
}

// forged changes what an ID token says and signs it with the provider's own key.
func forged(change func(claims map[string]any)) func(*testing.T, *testDesk, *provider) {
	return func(_ *testing.T, _ *testDesk, p *provider) {
		p.forge = func(t *testing.T, claims map[string]any) string {
			change(claims)
			return sign(t, jose.RS256, p.signing.key, claims)
		}
	}
}

// TestForgedAnswersOfProviders: an answer for somebody else, for another service,
// from another time or by another key signs nobody in.
func TestForgedAnswersOfProviders(t *testing.T) {
	mapped := func(c *OpenIDConfig) {
		c.Mappings = []account.Mapping{{Group: "readers", Grant: account.Grant{Role: account.Viewer}}}
	}
	for name, test := range map[string]struct {
		twist func(t *testing.T, d *testDesk, p *provider)
		back  func(address string) string
		says  string
	}{
		"another nonce":    {twist: func(_ *testing.T, _ *testDesk, p *provider) { p.nonce = "other" }, says: "does not fit"},
		"as it was":        {twist: forged(func(map[string]any) {})}, // the forging itself is sound
		"another audience": {twist: forged(func(c map[string]any) { c["aud"], c["azp"] = "somebody else", "desk" }), says: "does not fit"},
		"for another":      {twist: forged(func(c map[string]any) { c["aud"], c["azp"] = []string{"desk", "else"}, "else" }), says: "does not fit"},
		"for any of two":   {twist: forged(func(c map[string]any) { c["aud"] = []string{"desk", "else"}; delete(c, "azp") }), says: "does not fit"},
		"another issuer":   {twist: forged(func(c map[string]any) { c["iss"] = "https://evil.example" }), says: "does not fit"},
		"without an end":   {twist: forged(func(c map[string]any) { delete(c, "exp") }), says: "does not fit"},
		"without a nonce":  {twist: forged(func(c map[string]any) { delete(c, "nonce") }), says: "does not fit"},
		"not signed": {twist: func(_ *testing.T, _ *testDesk, p *provider) {
			p.forge = func(t *testing.T, claims map[string]any) string {
				encode := base64.RawURLEncoding.EncodeToString
				return encode([]byte(`{"alg":"none"}`)) + "." + encode(must(json.Marshal(claims))(t)) + "."
			}
		}, says: "does not fit"},
		"signed with the secret": {twist: func(_ *testing.T, _ *testDesk, p *provider) {
			p.forge = func(t *testing.T, claims map[string]any) string {
				return sign(t, jose.HS256, append([]byte(providerSecret), make([]byte, 32)...), claims)
			}
		}, says: "does not fit"},
		"no token": {twist: func(_ *testing.T, _ *testDesk, p *provider) {
			p.forge = func(*testing.T, map[string]any) string { return "" }
		}, says: "does not fit"},
		"about somebody else in the user info": {twist: forged(func(c map[string]any) { c["sub"] = "id-anna" }), says: "does not fit"},
		"expired":                              {twist: func(_ *testing.T, _ *testDesk, p *provider) { p.lifetime = -time.Minute }, says: "does not fit"},
		"a key of nobody's": {twist: func(t *testing.T, _ *testDesk, p *provider) {
			p.signing = newProviderKey(t, "first") // the same name, another key
		}, says: "does not fit"},
		"another secret":   {twist: func(_ *testing.T, d *testDesk, _ *provider) { d.desk.openID.ClientSecret = "guessed" }, says: "does not fit"},
		"another state":    {back: func(a string) string { return strings.Replace(a, "state=", "state=x", 1) }, says: "did not begin here"},
		"no state":         {back: func(a string) string { return strings.Replace(a, "state=", "s=", 1) }, says: "did not begin here"},
		"another code":     {back: func(a string) string { return strings.Replace(a, "code=", "code=x", 1) }, says: "does not fit"},
		"another provider": {back: func(a string) string { return a + "&iss=https%3A%2F%2Fevil.example" }, says: "does not fit"},
		"refused": {back: func(a string) string {
			return strings.Replace(a, "code=", "error=access_denied&error_description=Call+0900&x=", 1)
		}, says: "did not sign you in"},
		"too late": {twist: func(_ *testing.T, d *testDesk, _ *provider) { d.now = d.now.Add(pendingLife + time.Second) }, says: "took too long"},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := providerDesk(t, mapped)
			p.groups["id-ben"] = []string{"readers"}
			v := &visit{testDesk: d}
			back := p.signIn(t, v.leave(t, "/manage/sign-in/openid"), "Ben Ümit")
			if test.twist != nil {
				test.twist(t, d, p)
			}
			if test.back != nil {
				back = test.back(back)
			}
			got := v.get(back)
			if test.says == "" {
				if got.Code != http.StatusSeeOther {
					t.Errorf("%d %s", got.Code, got.Body)
				}
				return
			}
			wantPage(t, name, got, 422, test.says)
			if strings.Contains(got.Body.String(), "0900") {
				t.Error("the page says what a stranger wrote into the address")
			}
			if got := v.get("/manage/").Code; got != http.StatusSeeOther {
				t.Error("signed in")
			}
			if people := must(d.db.People(t.Context()))(t); len(people) != 0 {
				t.Errorf("there is an account: %+v", people)
			}
		})
	}
}

// TestProviderAnswersOnce: neither a code nor a way back is good twice, nor in
// another browser.
func TestProviderAnswersOnce(t *testing.T) {
	d, p := providerDesk(t, func(c *OpenIDConfig) {
		c.Mappings = []account.Mapping{{Group: "readers", Grant: account.Grant{Role: account.Viewer}}}
	})
	p.groups["id-ben"], p.groups["id-anna"] = []string{"readers"}, []string{"readers"}
	v, other := &visit{testDesk: d}, &visit{testDesk: d}
	back := p.signIn(t, v.leave(t, "/manage/sign-in/openid"), "Ben Ümit")
	wantPage(t, "in a browser that went nowhere", (&visit{testDesk: d}).get(back), 422, "did not begin here")
	theirs := p.signIn(t, other.leave(t, "/manage/sign-in/openid"), "anna")
	wantPage(t, "somebody else's way back", other.get(back), 422, "did not begin here")
	if got := v.get(back); got.Code != http.StatusSeeOther {
		t.Fatalf("the first time: %d", got.Code)
	}
	wantPage(t, "the second time", (&visit{testDesk: d, cookie: v.cookie}).get(back), 422, "did not begin here")
	// The code of one in the way back of another: PKCE and the provider refuse.
	used := must(url.Parse(back))(t).Query().Get("code")
	fresh := must(url.Parse(p.signIn(t, other.leave(t, "/manage/sign-in/openid"), "anna")))(t)
	for _, code := range []string{used, must(url.Parse(theirs))(t).Query().Get("code")} {
		address := other.leave(t, "/manage/sign-in/openid")
		query := fresh.Query()
		query.Set("state", must(url.Parse(address))(t).Query().Get("state"))
		query.Set("code", code)
		wantPage(t, "another's code", other.get(fresh.Path+"?"+query.Encode()), 422, "does not fit")
	}
}

// TestProviderChangesItsKeys: a new key is fetched when it is first seen.
func TestProviderChangesItsKeys(t *testing.T) {
	d, p := providerDesk(t, func(c *OpenIDConfig) {
		c.Mappings = []account.Mapping{{Group: "readers", Grant: account.Grant{Role: account.Viewer}}}
	})
	p.groups["id-ben"] = []string{"readers"}
	v := &visit{testDesk: d}
	if p.keyReads != 0 {
		t.Error("the provider was asked before anybody signed in")
	}
	v.again2(t, p, "Ben Ümit")
	v.again2(t, p, "Ben Ümit")
	if p.keyReads != 1 {
		t.Errorf("the keys were read %d times", p.keyReads)
	}
	second := newProviderKey(t, "second")
	p.signing, p.shown = second, append(p.shown, second)
	v.again2(t, p, "Ben Ümit")
	p.shown = p.shown[1:]
	v.again2(t, p, "Ben Ümit")
}

// TestProviderIsAway: the desk starts and works without it, and says so in the
// reader's language.
func TestProviderIsAway(t *testing.T) {
	d, p := providerDesk(t, func(c *OpenIDConfig) { c.Issuer = "http://127.0.0.1:1" })
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := &visit{testDesk: d}
	wantPage(t, "away", v.post("/manage/sign-in/openid"), http.StatusServiceUnavailable, "Amt does not answer")
	got := v.do(http.MethodPost, "/manage/sign-in/openid?lang=de", "", "Content-Type", formType, "Sec-Fetch-Site", "same-origin")
	wantPage(t, "away, in German", got, http.StatusServiceUnavailable, "Amt antwortet gerade nicht")
	anna := d.sign(t, "anna")
	wantPage(t, "linking", anna.post("/manage/account/openid"), http.StatusServiceUnavailable, "Amt does not answer")
	d.desk.openID.Issuer = p.address // it is back: no restart is needed
	wantPage(t, "back", v.through(t, p, "anna"), 422, "There is no account")
}

// TestProviderProvesWhoItIsStill: what is grave takes signing in once more at the
// provider too, and two factors only where it says so.
func TestProviderProvesWhoItIsStill(t *testing.T) {
	d, p := providerDesk(t, func(c *OpenIDConfig) {
		c.Mappings = []account.Mapping{{Group: "admins", Grant: account.Grant{Role: account.Administrator}}}
	})
	d.desk.RequireSecond = true
	p.groups["id-ben"] = []string{"admins"}
	p.signedIn = d.now.Add(-time.Hour) // to the provider, this morning
	v := (&visit{testDesk: d}).again2(t, p, "Ben Ümit")
	if got := v.get("/manage/people"); got.Header().Get("Location") != "/manage/account" {
		t.Errorf("by one factor: %d", got.Code)
	}
	got := v.post("/manage/account/passkeys", "name", "x")
	if got.Header().Get("Location") != againPath("Ben.Ümit") {
		t.Fatalf("a grave thing: %d %s", got.Code, got.Header().Get("Location"))
	}
	if page := v.get(againPath("Ben.Ümit")).Body.String(); !strings.Contains(page, `name="again"`) {
		t.Error("the page does not offer to sign in at the provider once more")
	}
	address := v.leave(t, "/manage/sign-in/openid", "again", "yes")
	if !strings.Contains(address, "prompt=login") || !strings.Contains(address, "max_age=0") {
		t.Errorf("the provider is not asked to ask: %s", address)
	}
	wantPage(t, "it did not ask", v.get(p.signIn(t, address, "Ben Ümit")), 422, "did not ask you to sign in once more")
	p.signedIn, p.amr = time.Time{}, []string{"pwd", "otp", "mfa"}
	if got := v.through(t, p, "Ben Ümit", "again", "yes"); got.Code != http.StatusSeeOther {
		t.Fatalf("it asked: %d %s", got.Code, got.Body)
	}
	if got := v.post("/manage/account/passkeys", "name", "x").Code; got != http.StatusUnprocessableEntity { // no answer of a device
		t.Errorf("a grave thing after that: %d", got)
	}
	if got := v.get("/manage/people").Code; got != http.StatusOK {
		t.Errorf("by two factors: %d", got)
	}
}
