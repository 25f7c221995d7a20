package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
)

// identityRules are the rows of the permission matrix about how somebody signs in.
func identityRules() map[string]rule {
	all, anywhere, administrators := account.Roles(), relations(), []account.Role{account.Administrator}
	post := func(path string, pairs ...string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.post(path, pairs...).Code }
	}
	return map[string]rule{
		// The test's service has no address: passkeys are refused with a sentence.
		"POST /manage/account/passkeys/begin":          {422, all, anywhere, post("/manage/account/passkeys/begin", "name", "phone")},
		"POST /manage/account/passkeys":                {422, all, anywhere, post("/manage/account/passkeys", "name", "phone")},
		"POST /manage/account/passkeys/:number/name":   {404, all, anywhere, post("/manage/account/passkeys/0/name", "name", "phone")},
		"POST /manage/account/passkeys/:number/remove": {404, all, anywhere, post("/manage/account/passkeys/0/remove")},
		"POST /manage/account/openid":                  {404, all, anywhere, post("/manage/account/openid")}, // there is no provider
		"POST /manage/account/openid/remove":           {404, all, anywhere, post("/manage/account/openid/remove")},
		"POST /manage/people/:name/reset": {200, administrators, []string{whole, above, own}, func(t *testing.T, v *visit) int {
			return v.post(anybody(t, v) + "/reset").Code
		}},
		"POST /manage/account/sessions/end": {303, all, anywhere, post("/manage/account/sessions/end")},
		"POST /manage/people/:name/sessions/end": {303, administrators, []string{whole, above, own}, func(t *testing.T, v *visit) int {
			return v.post(anybody(t, v) + "/sessions/end").Code
		}},
	}
}

// anybody makes an account of the town to act on.
func anybody(t *testing.T, v *visit) string {
	t.Helper()
	name := fmt.Sprintf("somebody%d", len(must(v.db.People(t.Context()))(t)))
	v.person(t, name, account.Grant{Role: account.Viewer, Area: own})
	return "/manage/people/" + name
}

// asScript sends a form as a page's script does.
func (v *visit) asScript(path string, body string) *httptest.ResponseRecorder {
	return v.do(http.MethodPost, path, body, "Cookie", v.cookie, "Content-Type", formType, "Sec-Fetch-Site", "same-origin",
		"Accept-Language", "en", "Accept", "application/json")
}

// TestPasskeysNeedAnAddress: where no browser would offer one, the account's page
// says why, and signing in does not mention them.
func TestPasskeysNeedAnAddress(t *testing.T) {
	for address, want := range map[string]string{
		"":                      "must know its address",
		"http://192.0.2.1:8080": "is a number (192.0.2.1)",
		"https://[2001:db8::1]": "is a number",
		"http://desk.example":   "desk.example is reached without encryption",
		"https://desk.example":  "",
		"http://localhost:8080": "",
	} {
		d := newTestDesk(t, func(c *Config, _ *DeskConfig) { c.BaseURL = address })
		d.person(t, "anna", account.Grant{Role: account.Administrator})
		signIn := (&visit{testDesk: d}).get("/manage/sign-in").Body.String()
		if offered := strings.Contains(signIn, "data-passkey"); offered != (want == "") {
			t.Errorf("%q: signing in by passkey is offered: %v", address, offered)
		}
		v := d.sign(t, "anna")
		page := v.get("/manage/account").Body.String()
		if !strings.Contains(page, want) || strings.Contains(page, "data-passkey") != (want == "") {
			t.Errorf("%q: the page does not say %q", address, want)
		}
		status := http.StatusOK
		if want != "" {
			status = http.StatusUnprocessableEntity
		}
		if got := v.asScript("/manage/account/passkeys/begin", "name=phone"); got.Code != status || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%q: %d %s", address, got.Code, got.Body)
		}
	}
}

// TestWrongAnswersOfDevices: what is no answer, comes without a question or too
// late signs nobody in and adds nothing.
func TestWrongAnswersOfDevices(t *testing.T) {
	d := newTestDesk(t, func(c *Config, _ *DeskConfig) { c.BaseURL = "https://desk.example" })
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	for what, test := range map[string]struct {
		ask    bool
		wait   time.Duration
		answer string
		want   string
	}{
		"nothing":            {true, 0, "", "answer does not fit"},
		"no JSON":            {true, 0, "x", "answer does not fit"},
		"no credential":      {true, 0, "{}", "answer does not fit"},
		"without a question": {false, 0, "{}", "took too long"},
		"too late":           {true, pendingLife + time.Second, "{}", "took too long"},
	} {
		v := &visit{testDesk: d}
		if test.ask {
			if got := v.post("/manage/sign-in/passkey/begin"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"userVerification":"required"`) {
				t.Fatalf("asking: %d %s", got.Code, got.Body)
			}
		}
		d.now = d.now.Add(test.wait)
		got := v.post("/manage/sign-in/passkey", "answer", test.answer)
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), test.want) {
			t.Errorf("%s: %d", what, got.Code)
		}
		if got := v.get("/manage/").Code; got != http.StatusSeeOther {
			t.Errorf("%s: signed in", what)
		}
		v = d.sign(t, "anna")
		if test.ask {
			if got := v.post("/manage/account/passkeys/begin", "name", "phone").Code; got != http.StatusOK {
				t.Fatalf("asking for a new one: %d", got)
			}
		}
		d.now = d.now.Add(test.wait)
		got = v.post("/manage/account/passkeys", "name", "phone", "answer", test.answer)
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), test.want) {
			t.Errorf("%s, adding: %d", what, got.Code)
		}
		for name, want := range map[string]int{"": 422, strings.Repeat("x", 61): 422} {
			if got := v.post("/manage/account/passkeys/begin", "name", name).Code; got != want {
				t.Errorf("the name %q: %d", name, got)
			}
		}
	}
}

// TestGraveThingsAreAskedForOnceMore: whoever signed in a while ago does so again
// before they change what they sign in with.
func TestGraveThingsAreAskedForOnceMore(t *testing.T) {
	d := newTestDesk(t, func(c *Config, _ *DeskConfig) { c.BaseURL = "https://desk.example" })
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := d.sign(t, "anna")
	d.now = d.now.Add(provenLife)
	for _, path := range []string{"/manage/account/second", "/manage/account/passkeys", "/manage/account/passkeys/0/remove",
		"/manage/account/sessions/0/end", "/manage/account/sessions/end"} {
		got := v.post(path, "name", "x")
		if where := got.Header().Get("Location"); got.Code != http.StatusSeeOther || where != "/manage/sign-in?again=anna&next=%2Fmanage%2Faccount" {
			t.Errorf("%s: %d %s", path, got.Code, where)
		}
	}
	if got := v.asScript("/manage/account/passkeys/begin", "name=x"); got.Code != http.StatusUnauthorized {
		t.Errorf("by script: %d", got.Code)
	}
	page := v.get("/manage/sign-in?again=anna&next=%2Fmanage%2Faccount").Body.String()
	if !strings.Contains(page, "Please sign in once more") || !strings.Contains(page, `value="anna"`) {
		t.Error("the page does not say why")
	}
	old := v.cookie
	if got := v.post("/manage/sign-in", "name", "anna", "password", deskPassword, "next", "/manage/account"); got.Header().Get("Location") != "/manage/account" {
		t.Fatalf("signing in once more: %d", got.Code)
	}
	if got := v.post("/manage/account/second").Code; got != http.StatusOK {
		t.Errorf("after that: %d", got)
	}
	if got := (&visit{testDesk: d, cookie: old}).get("/manage/").Code; got != http.StatusSeeOther {
		t.Errorf("the session before is good still: %d", got)
	}
}

// TestIdleSessionsEnd: who does nothing for an hour signs in anew; who does
// something stays, a working day at most.
func TestIdleSessionsEnd(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := d.sign(t, "anna")
	for range 3 {
		d.now = d.now.Add(idleLife - time.Minute)
		if got := v.get("/manage/").Code; got != http.StatusOK {
			t.Fatalf("at work: %d", got)
		}
	}
	d.now = d.now.Add(idleLife + time.Second)
	if got := v.get("/manage/").Code; got != http.StatusSeeOther {
		t.Errorf("after an hour: %d", got)
	}
	if got := v.get("/manage/").Code; got != http.StatusSeeOther {
		t.Errorf("an ended session lives again: %d", got)
	}
}

// TestTwoFactorsForAll: where they are required, a password alone opens the own
// account and nothing else.
func TestTwoFactorsForAll(t *testing.T) {
	d := newTestDesk(t, func(_ *Config, c *DeskConfig) { c.RequireSecond = true })
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := d.sign(t, "anna")
	for _, path := range []string{"/manage/", "/manage/people", "/manage/audit"} {
		if got := v.get(path); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/manage/account" {
			t.Errorf("%s: %d %s", path, got.Code, got.Header().Get("Location"))
		}
	}
	if got := v.post("/manage/people/anna/disabled").Code; got != http.StatusForbidden {
		t.Errorf("a form: %d", got)
	}
	if page := v.get("/manage/account"); page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "needs two factors") {
		t.Errorf("the account: %d", page.Code)
	}
	secret := strings.ReplaceAll(key(t, v.post("/manage/account/second").Body.String(), `<code class="desk-link">`, "<"), " ", "")
	if got := v.post("/manage/account/second/confirm", "code", code(t, secret, d.now)).Code; got != http.StatusOK {
		t.Fatalf("setting it up: %d", got)
	}
	if got := v.get("/manage/people").Code; got != http.StatusOK {
		t.Errorf("with two factors: %d", got)
	}
}
