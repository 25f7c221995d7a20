package server

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// The areas that grants in the matrix are for, seen from what a request is
// about, which is always the town.
const (
	whole   = ""       // everywhere
	above   = "kreis"  // the county around the town
	own     = "stadt"  // the town itself
	inside  = "raum"   // a part of the town
	foreign = "andere" // the town beside it
)

func relations() []string { return []string{whole, above, own, inside, foreign} }

// rule says what a route answers: the status for those roles in those areas, 403
// for everybody else.
type rule struct {
	status int
	roles  []account.Role
	areas  []string
	// request makes what the request needs and sends it.
	request func(t *testing.T, v *visit) int
}

// permissionMatrix is every route behind the sign-in with who may use it. A route that is
// missing fails the test.
func permissionMatrix() map[string]rule {
	all, anywhere := account.Roles(), relations()
	readers := []account.Role{account.Administrator, account.Coordinator, account.Viewer}
	administrators := []account.Role{account.Administrator}
	reach := []string{whole, above, own}
	get := func(path string) func(*testing.T, *visit) int {
		return func(_ *testing.T, v *visit) int { return v.get(path).Code }
	}
	rules := map[string]rule{
		"GET /manage":  {200, all, anywhere, get("/manage")},
		"GET /manage/": {200, all, anywhere, get("/manage/")},
		"POST /manage/sign-out": {303, all, anywhere, func(_ *testing.T, v *visit) int {
			defer func() { v.cookie = "" }()
			return v.post("/manage/sign-out").Code
		}},
		"GET /manage/waves/:slug/results":         {200, readers, reach, get("/manage/waves/town/results")},
		"GET /manage/account/data.json":           {200, all, anywhere, get("/manage/account/data.json")},
		"GET /manage/concept":                     {200, readers, anywhere, get("/manage/concept")},
		"GET /manage/waves/:slug/charts/:picture": {404, readers, reach, get("/manage/waves/town/charts/respondent.de.wide.svg")}, // nobody has answered: there is nothing to draw
		"GET /manage/people":                      {200, administrators, anywhere, get("/manage/people")},
		"POST /manage/people/invitations": {200, administrators, reach, func(_ *testing.T, v *visit) int {
			return v.post("/manage/people/invitations", "role", "viewer", "area", own).Code
		}},
		"POST /manage/people/invitations/:key/withdraw": {303, administrators, reach, func(t *testing.T, v *visit) int {
			secret := must(v.db.Invite(context.Background(), "anna", "", account.Grant{Role: account.Viewer, Area: own}))(t)
			one := must(v.db.Invitation(context.Background(), secret))(t)
			return v.post("/manage/people/invitations/" + hex.EncodeToString(one.Key) + "/withdraw").Code
		}},
		"GET /manage/people/:name": {200, administrators, reach, func(t *testing.T, v *visit) int { return v.get(anybody(t, v)).Code }},
		"POST /manage/people/:name/grants": {303, administrators, reach, func(t *testing.T, v *visit) int {
			return v.post(anybody(t, v)+"/grants", "role", "coder", "area", inside, "role", "", "area", whole).Code
		}},
		"POST /manage/people/:name/disabled": {303, administrators, reach, func(t *testing.T, v *visit) int {
			return v.post(anybody(t, v)+"/disabled", "disabled", "true").Code
		}},
		"GET /manage/account":           {200, all, anywhere, get("/manage/account")},
		"POST /manage/account/password": {422, all, anywhere, func(_ *testing.T, v *visit) int { return v.post("/manage/account/password").Code }},
		"POST /manage/account/sessions/:key/end": {404, all, anywhere, func(_ *testing.T, v *visit) int {
			return v.post("/manage/account/sessions/0/end").Code // there is none such
		}},
		"POST /manage/account/second": {200, all, anywhere, func(_ *testing.T, v *visit) int { return v.post("/manage/account/second").Code }},
		"POST /manage/account/second/confirm": {303, all, anywhere, func(t *testing.T, v *visit) int {
			return v.again(t).post("/manage/account/second/confirm").Code // nothing was begun
		}},
		"POST /manage/account/second/remove": {422, all, anywhere, func(_ *testing.T, v *visit) int {
			return v.post("/manage/account/second/remove").Code // the password is missing
		}},
		"POST /manage/people/:name/second/remove": {303, administrators, reach, func(t *testing.T, v *visit) int {
			return v.post(anybody(t, v) + "/second/remove").Code
		}},
		"GET /manage/audit":     {200, administrators, anywhere, get("/manage/audit")},
		"GET /manage/audit.csv": {200, administrators, []string{whole}, get("/manage/audit.csv")},
	}
	maps.Copy(rules, identityRules())
	maps.Copy(rules, waveRules())
	maps.Copy(rules, exploreRules())
	maps.Copy(rules, publishRules())
	maps.Copy(rules, variableRules())
	maps.Copy(rules, jobsRules())
	maps.Copy(rules, outletsRules())
	maps.Copy(rules, workshopRules())
	maps.Copy(rules, translateRules())
	maps.Copy(rules, codingRules())
	maps.Copy(rules, placesRules())
	maps.Copy(rules, apiRules())
	maps.Copy(rules, programRules())
	maps.Copy(rules, reachRules())
	maps.Copy(rules, indicatorRules())
	maps.Copy(rules, gapRules())
	maps.Copy(rules, conceptOfferRules())
	maps.Copy(rules, reportRules())
	maps.Copy(rules, questionsRules())
	return rules
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// newMatrixDesk is a desk with what the requests of the matrix are about.
func newMatrixDesk(t *testing.T) *testDesk {
	t.Helper()
	d := newTestDesk(t)
	d.wave(t, "town", own)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	return d
}

// TestPermissionMatrix asks for every route in every role for an area of every
// relation to what the request is about. Each pair has a desk of its own: requests
// leave things behind, and lists of them would grow.
func TestPermissionMatrix(t *testing.T) {
	for _, role := range account.Roles() {
		for _, area := range relations() {
			name := string(role) + "." + area // by which the requests of programs know their token
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := newMatrixDesk(t)
				d.person(t, name, account.Grant{Role: role, Area: area})
				v := d.sign(t, name)
				v.name = name
				for route, rule := range permissionMatrix() {
					want := http.StatusForbidden
					if slices.Contains(rule.roles, role) && slices.Contains(rule.areas, area) {
						want = rule.status
					}
					if v.cookie == "" { // signed out
						v = v.again(t)
					}
					if got := rule.request(t, v); got != want {
						t.Errorf("%s: %d, want %d", route, got, want)
					}
				}
			})
		}
	}
}

// TestMatrixIsWhole: every route is in the matrix, nothing else is, and nobody gets
// anywhere without signing in.
func TestMatrixIsWhole(t *testing.T) {
	d, rules := newMatrixDesk(t), permissionMatrix()
	for declared, permission := range d.declared {
		if _, known := rules[declared]; !known && permission != Public && !strings.HasPrefix(declared, http.MethodHead) {
			t.Errorf("%s (%s) is not in the matrix", declared, permission)
		}
	}
	for route, rule := range rules {
		if _, declared := d.declared[route]; !declared {
			t.Errorf("%s is in the matrix, but there is no such route", route)
		}
		if got := rule.request(t, &visit{testDesk: d}); got != http.StatusSeeOther && got != http.StatusUnauthorized {
			t.Errorf("%s without signing in: %d", route, got)
		}
	}
}

// TestPublishedAggregates: of the county's figures those of a town read what is
// published as a whole, once the wave is closed, on the page, as pictures and by
// the interface; of another town's none, and nobody of another task any.
func TestPublishedAggregates(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	waves := map[string]*store.LiveWave{"county": d.wave(t, "county", above), "all": d.wave(t, "all", whole), "other": d.wave(t, "other", foreign)}
	d.desk.attempts = newLimiter(0, d.config.Now)
	// reads asks for everything there is of a wave's figures.
	reads := func(v *visit, token, slug string) []int {
		return []int{v.get("/manage/waves/" + slug + "/results").Code, v.get("/manage/waves/" + slug + "/charts/respondent.de.wide.svg").Code,
			v.get("/manage/waves/" + slug + "/explore").Code,
			d.testServer.get("/api/v1/waves/"+slug+"/results", "Authorization", "Bearer "+token).Code}
	}
	published, hidden := []int{200, 404, 200, 200}, []int{403, 403, 403, 403} // there is nothing to draw yet
	for _, closed := range []bool{false, true} {
		for _, role := range account.Roles() {
			for _, area := range []string{own, inside} {
				name := fmt.Sprintf("%s.%s.%v", role, area, closed)
				grant := account.Grant{Role: role, Area: area}
				d.person(t, name, grant)
				v := d.sign(t, name)
				token := must(d.db.CreateToken(context.Background(), "anna", store.Token{Name: name, Grant: grant}))(t)
				list := v.get("/manage/").Body.String()
				for slug := range waves {
					want := hidden
					if closed && slug != "other" && role.May(account.ReadResults) {
						want = published
					}
					if got := reads(v, token, slug); !slices.Equal(got, want) {
						t.Errorf("%s reads %s: %v, want %v", name, slug, got, want)
					}
					if listed := strings.Contains(list, "/s/"+slug+"<"); listed != slices.Equal(want, published) {
						t.Errorf("%s sees %s in the overview: %v", name, slug, listed)
					}
				}
			}
		}
		for _, wave := range waves {
			if err := d.db.CloseWave(context.Background(), account.CommandLine, wave); err != nil && !closed {
				t.Fatal(err)
			}
		}
		d.now = d.now.Add(2_000_000_000) // what was read of the waves is no longer fresh
	}
}

// TestNobodyGrantsMoreThanTheyHave: an administrator of a town gives rights in
// the town and nowhere else, to nobody who has rights elsewhere.
func TestNobodyGrantsMoreThanTheyHave(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "tom", account.Grant{Role: account.Administrator, Area: own})
	d.person(t, "vera", account.Grant{Role: account.Viewer, Area: own})
	d.person(t, "both", account.Grant{Role: account.Viewer, Area: own}, account.Grant{Role: account.Viewer, Area: foreign})
	v := d.sign(t, "tom")
	for what, got := range map[string]int{
		"everywhere":         v.post("/manage/people/vera/grants", "role", "administrator", "area", "").Code,
		"the county":         v.post("/manage/people/vera/grants", "role", "viewer", "area", above).Code,
		"the town beside":    v.post("/manage/people/vera/grants", "role", "viewer", "area", own, "role", "viewer", "area", foreign).Code,
		"by invitation":      v.post("/manage/people/invitations", "role", "administrator", "area", "").Code,
		"somebody elsewhere": v.post("/manage/people/both/grants", "role", "viewer", "area", own).Code,
		"who may everything": v.post("/manage/people/anna/disabled", "disabled", "true").Code,
	} {
		if got != http.StatusForbidden {
			t.Errorf("%s: %d", what, got)
		}
	}
	if got := v.post("/manage/people/vera/grants", "role", "king", "area", own).Code; got != http.StatusUnprocessableEntity {
		t.Errorf("a role that there is not: %d", got)
	}
	if got := v.post("/manage/people/vera/grants", "role", "viewer", "area", "atlantis").Code; got != http.StatusUnprocessableEntity {
		t.Errorf("an area that there is not: %d", got)
	}
	if got := v.post("/manage/people/nobody/grants", "role", "viewer", "area", own).Code; got != http.StatusNotFound {
		t.Errorf("nobody's rights: %d", got)
	}
	user := must2(d.db.User(context.Background(), "vera"))(t)
	if !slices.Equal(user.Grants, []account.Grant{{Role: account.Viewer, Area: own}}) {
		t.Errorf("vera has now %v", user.Grants)
	}
	if body := v.get("/manage/people").Body.String(); strings.Contains(body, "both") || strings.Contains(body, "anna") || !strings.Contains(body, "vera") {
		t.Error("the list shows others than the town's")
	}
}

func must2[T, U any](value T, _ U, err error) func(*testing.T) T { return must(value, err) }

// TestInvitedToSignedOut leads one person from the invitation to being signed
// out elsewhere, and reads it all in the log.
func TestInvitedToSignedOut(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	anna := d.sign(t, "anna")
	page := anna.post("/manage/people/invitations", "role", "coordinator", "area", own, "email", "cem@example.org").Body.String()
	secret := key(t, page, "/manage/invitations/", "<")
	if strings.Contains(anna.get("/manage/people").Body.String(), secret) {
		t.Error("the link is shown a second time")
	}
	cem := &visit{testDesk: d}
	path := "/manage/invitations/" + secret
	if body := cem.get(path).Body.String(); !strings.Contains(body, "Coordination: Stadt") {
		t.Error("the page does not say what one is invited to")
	}
	for password, want := range map[string]string{"kurz": "10 characters", "passwort1234": "too easy to guess"} {
		if got := cem.post(path, "name", "cem", "password", password); got.Code != 422 || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: %d", password, got.Code)
		}
	}
	if got := cem.post(path, "name", "anna", "password", deskPassword); got.Code != 422 || !strings.Contains(got.Body.String(), "already") {
		t.Errorf("a taken name: %d", got.Code)
	}
	if got := cem.post(path, "name", "cem", "password", deskPassword); got.Code != http.StatusSeeOther {
		t.Fatalf("accepting: %d %s", got.Code, got.Body)
	}
	if got := (&visit{testDesk: d}).get(path).Code; got != http.StatusGone {
		t.Errorf("the link again: %d", got)
	}
	elsewhere := d.sign(t, "cem")
	sessions := cem.get("/manage/account").Body.String()
	if got := cem.post("/manage/account/sessions/" + key(t, sessions, "/manage/account/sessions/", "/end") + "/end").Code; got != http.StatusSeeOther {
		t.Errorf("ending the other session: %d", got)
	}
	if got := elsewhere.get("/manage/").Code; got != http.StatusSeeOther {
		t.Errorf("the ended session: %d", got)
	}
	elsewhere = d.sign(t, "cem")
	const next = "fünf Igel backen Brot"
	for form, want := range map[[2]string]int{{"falsch", next}: 422, {deskPassword, "kurz"}: 422, {deskPassword, next}: 200} {
		if want == 200 {
			continue
		}
		if got := cem.post("/manage/account/password", "current", form[0], "password", form[1]).Code; got != want {
			t.Errorf("password by %v: %d", form, got)
		}
	}
	if got := cem.post("/manage/account/password", "current", deskPassword, "password", next).Code; got != http.StatusOK {
		t.Errorf("a new password: %d", got)
	}
	if here, there := cem.get("/manage/").Code, elsewhere.get("/manage/").Code; here != 200 || there != http.StatusSeeOther {
		t.Errorf("after the new password: here %d, elsewhere %d", here, there)
	}
	if got := anna.post("/manage/people/cem/disabled", "disabled", "true").Code; got != http.StatusSeeOther {
		t.Errorf("disabling: %d", got)
	}
	if got := cem.get("/manage/").Code; got != http.StatusSeeOther {
		t.Errorf("a disabled account: %d", got)
	}
	log := anna.get("/manage/audit").Body.String()
	for _, action := range []string{"invited", "account made", "session ended", "password changed", "account disabled", "signed in"} {
		if !strings.Contains(log, "<td>"+action+"</td>") {
			t.Errorf("the log does not say %q", action)
		}
	}
	if err := d.db.Audit(context.Background(), account.Entry{Actor: account.Clock, Action: account.WaveClosed}); err != nil {
		t.Fatal(err)
	}
	log = anna.get("/manage/audit").Body.String()
	if !strings.Contains(log, "<td>by itself</td>") || !strings.Contains(log, "<td>command line</td>") {
		t.Error("the log does not say who it was that is no account")
	}
	file := anna.get("/manage/audit.csv")
	if lines := strings.Count(file.Body.String(), "\r\n"); file.Code != 200 || lines < 9 {
		t.Errorf("the file: %d, %d lines", file.Code, lines)
	}
	if got := anna.post("/manage/people/anna/disabled", "disabled", "true"); got.Code != 422 || !strings.Contains(got.Body.String(), "last account") {
		t.Errorf("disabling the last administrator: %d", got.Code)
	}
}

// TestGuessingWaits: wrong passwords make the next guess wait, and the right one
// is let in after the wait.
func TestGuessingWaits(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	v := &visit{testDesk: d}
	try := func(password string) int { return v.post("/manage/sign-in", "name", "anna", "password", password).Code }
	for range 4 {
		if got := try("falsch"); got != 422 {
			t.Fatalf("a wrong password: %d", got)
		}
	}
	if got := try(deskPassword); got != http.StatusTooManyRequests {
		t.Errorf("the right password too soon: %d", got)
	}
	d.now = d.now.Add(1_100_000_000)
	if got := try("falsch"); got != 422 {
		t.Errorf("a guess after the wait: %d", got)
	}
	d.now = d.now.Add(1_100_000_000)
	if got := try(deskPassword); got != http.StatusTooManyRequests {
		t.Errorf("the second wait is no longer than the first: %d", got)
	}
	d.now = d.now.Add(2_000_000_000)
	if got := try(deskPassword); got != http.StatusSeeOther {
		t.Errorf("the right password after the wait: %d", got)
	}
	wait := newPatience(0, 10_000_000_000, d.config.Now)
	for range 100 {
		wait.wrong("x")
	}
	d.now = d.now.Add(10_000_000_000)
	if err := wait.check("x"); err != nil {
		t.Errorf("after the longest wait: %v", err)
	}
	for at := range crowded + 10 {
		wait.wrong(fmt.Sprint(at))
	}
	if len(wait.tries) > crowded {
		t.Errorf("%d names are remembered", len(wait.tries))
	}
	if failure.CodeOf(wait.check(fmt.Sprint(crowded+9))) != failure.TooMany {
		t.Error("the newest is forgotten")
	}
}

func TestDeviceOf(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                          "Firefox, Windows",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1":     "Safari, iPhone",
		"curl/8.0": "", "": "",
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("User-Agent", agent)
		if got := deviceOf(request); got != want {
			t.Errorf("%s is %q", agent, got)
		}
	}
}
