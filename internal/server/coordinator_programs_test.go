package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
)

// programRules says who may see the pages about tokens and webhooks.
func programRules() map[string]rule {
	all, anywhere := account.Roles(), relations()
	coordinators, reach := []account.Role{account.Administrator, account.Coordinator}, []string{whole, above, own}
	return map[string]rule{
		"GET /manage/account/tokens": {200, all, anywhere, func(_ *testing.T, v *visit) int { return v.get("/manage/account/tokens").Code }},
		"POST /manage/account/tokens": {422, all, anywhere, func(t *testing.T, v *visit) int {
			return v.again(t).post("/manage/account/tokens", "name", "x", "expires", "2031-01-01").Code // for nothing
		}},
		"POST /manage/account/tokens/:id/revoke": {404, all, anywhere, func(_ *testing.T, v *visit) int {
			return v.post("/manage/account/tokens/0/revoke").Code // there is none such
		}},
		"GET /manage/webhooks": {200, coordinators, anywhere, func(_ *testing.T, v *visit) int { return v.get("/manage/webhooks").Code }},
		"POST /manage/webhooks": {422, coordinators, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/webhooks", "area", own, "url", "ftp://example.org", "event", "wave.opened").Code
		}},
		"GET /manage/webhooks/:id": {200, coordinators, reach, func(t *testing.T, v *visit) int {
			return v.get("/manage/webhooks/" + v.webhook(t).ID).Code
		}},
		"POST /manage/webhooks/:id/enabled": {303, coordinators, reach, func(t *testing.T, v *visit) int {
			return v.post("/manage/webhooks/"+v.webhook(t).ID+"/enabled", "enabled", "false").Code
		}},
		"POST /manage/webhooks/:id/remove": {303, coordinators, reach, func(t *testing.T, v *visit) int {
			return v.post("/manage/webhooks/" + v.webhook(t).ID + "/remove").Code
		}},
		"POST /manage/webhooks/:id/deliveries/:event/resend": {303, coordinators, reach, func(t *testing.T, v *visit) int {
			hook, event := v.delivery(t)
			return v.post("/manage/webhooks/" + hook + "/deliveries/" + event + "/resend").Code
		}},
	}
}

// TestOwnTokens: a token is shown once, does what its owner may and its scopes
// name, and ends with either, with its owner's account, its time, or at a click.
func TestOwnTokens(t *testing.T) {
	d := newTestDesk(t)
	d.wave(t, "town", own)
	d.wave(t, "other", foreign)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	cem := d.sign(t, "cem")
	const path = "/manage/account/tokens"
	if page := cem.get(path).Body.String(); !strings.Contains(page, "You have no tokens.") || !strings.Contains(page, `value="waves:write"`) {
		t.Error("the page does not offer a token")
	}
	day := d.now.AddDate(0, 1, 0).Format("2006-01-02")
	for what, form := range map[string][]string{
		"no name": {"scope", "results:read", "expires", day}, "no scope": {"name", "x", "expires", day}, "no end": {"name", "x", "scope", "results:read"},
		"too long": {"name", "x", "scope", "results:read", "expires", d.now.AddDate(2, 0, 0).Format("2006-01-02")},
		"the past": {"name", "x", "scope", "results:read", "expires", "2020-01-01"}, "an unknown scope": {"name", "x", "scope", "all", "expires", day},
	} {
		if got := cem.post(path, form...); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d", what, got.Code)
		}
	}
	made := cem.post(path, "name", "Statistik", "scope", "results:read", "scope", "waves:read", "expires", day).Body.String()
	token := key(t, made, `<code class="desk-secret">`, "<")
	if strings.Contains(cem.get(path).Body.String(), token) {
		t.Error("the token is shown a second time")
	}
	if got := cem.post(path, "name", "Statistik", "scope", "results:read", "expires", day).Code; got != http.StatusUnprocessableEntity {
		t.Errorf("another of the same name: %d", got)
	}
	ask := func(path string) int { return d.testServer.get(apiPath+path, "Authorization", "Bearer "+token).Code }
	for path, want := range map[string]int{"/waves/town": 200, "/waves/town/results": 200, "/waves/town/returns": 403, "/waves/other": 403, "/surveys": 403} {
		if got := ask(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if page := cem.get(path).Body.String(); !strings.Contains(page, "last used") || strings.Contains(page, "never used") {
		t.Error("the page does not say that it was used")
	}
	anna := d.sign(t, "anna")
	grants := func(role string) {
		if got := anna.post("/manage/people/cem/grants", "role", role, "area", own).Code; got != http.StatusSeeOther {
			t.Fatalf("changing rights: %d", got)
		}
	}
	if grants("viewer"); ask("/waves/town") != 403 || ask("/waves/town/results") != 200 {
		t.Error("a right that was taken away is still the token's")
	}
	grants("coordinator")
	disable := func(text string) { anna.post("/manage/people/cem/disabled", "disabled", text) }
	if disable("true"); ask("/waves/town") != 401 {
		t.Error("the account is disabled, its token is not")
	}
	disable("false")
	d.now = d.now.AddDate(0, 0, 40)
	if got := ask("/waves/town"); got != 401 {
		t.Errorf("after its last day: %d", got)
	}
	d.now = d.now.AddDate(0, 0, -40)
	tokens := must(d.db.Tokens(context.Background(), "cem"))(t)
	if got := d.sign(t, "anna").post(path + "/" + tokens[0].ID + "/revoke").Code; got != http.StatusNotFound {
		t.Errorf("somebody else's token: %d", got)
	}
	if got := d.sign(t, "cem").post(path + "/" + tokens[0].ID + "/revoke").Code; got != http.StatusSeeOther {
		t.Errorf("withdrawing: %d", got)
	}
	if got := ask("/waves/town"); got != 401 {
		t.Errorf("a token that was withdrawn: %d", got)
	}
}

// TestWebhookPages leads through setting up a webhook, its log and its end.
func TestWebhookPages(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "cem", account.Grant{Role: account.Coordinator, Area: own})
	cem := d.sign(t, "cem")
	if got := cem.post("/manage/webhooks", "area", own, "url", "https://user:pass@hooks.example.org", "event", "wave.opened"); got.Code != 422 || !strings.Contains(got.Body.String(), "cannot be used") {
		t.Errorf("a password in the address: %d", got.Code)
	}
	if got := cem.post("/manage/webhooks", "area", own, "url", "https://hooks.example.org").Code; got != 422 {
		t.Errorf("no event: %d", got)
	}
	page := cem.post("/manage/webhooks", "area", own, "url", "https://hooks.example.org/x", "event", "wave.opened", "event", "wave.closed").Body.String()
	secret := key(t, page, `<code class="desk-secret">whsec_`, "<")
	hook := key(t, page, `<a href="/manage/webhooks/`, `"`)
	if strings.Contains(cem.get("/manage/webhooks").Body.String(), secret) || !strings.Contains(page, "a wave was opened; a wave was closed") {
		t.Error("the secret is shown twice, or the events are not")
	}
	d.wave(t, "town", own)
	d.wave(t, "other", foreign)
	if err := d.db.HookQueue(d.desk.Areas.Contains).Spread(context.Background()); err != nil {
		t.Fatal(err)
	}
	log := cem.get("/manage/webhooks/" + hook).Body.String()
	if !strings.Contains(log, "&#34;wave&#34;:&#34;town&#34;") || strings.Contains(log, "other") || !strings.Contains(log, "waits") {
		t.Errorf("the log says %s", log)
	}
	sent := must(d.db.Deliveries(context.Background(), hook))(t)
	if got := cem.post("/manage/webhooks/" + hook + "/deliveries/" + sent[0].EventID + "/resend").Code; got != 303 {
		t.Errorf("sending again: %d", got)
	}
	if got := cem.post("/manage/webhooks/" + hook + "/deliveries/msg_0/resend").Code; got != 404 {
		t.Errorf("sending what there is not: %d", got)
	}
	cem.post("/manage/webhooks/"+hook+"/enabled", "enabled", "false")
	if page := cem.get("/manage/webhooks").Body.String(); !strings.Contains(page, "paused") {
		t.Error("the page does not say that it is paused")
	}
	if cem.post("/manage/webhooks/" + hook + "/remove"); cem.get("/manage/webhooks/"+hook).Code != 404 {
		t.Error("it is still there")
	}
}
