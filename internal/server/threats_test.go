package server

import (
	"context"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
)

// Threats of docs/security.md that no other test is about.

// TestSessionBeginsAnew: a cookie that somebody put into the browser before is
// worth nothing after signing in, and each signing in makes another.
func TestSessionBeginsAnew(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	name := d.desk.sessions.Cookie.Name
	v := &visit{testDesk: d, cookie: name + "=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
	planted := v.cookie
	if got := v.post("/manage/sign-in", "name", "anna", "password", deskPassword); got.Code != http.StatusSeeOther || v.cookie == planted {
		t.Fatalf("signing in with a planted cookie: %d, cookie %s", got.Code, v.cookie)
	}
	first := v.cookie
	if got := v.post("/manage/sign-in", "name", "anna", "password", deskPassword); got.Code != http.StatusSeeOther || v.cookie == first {
		t.Errorf("signing in again: %d, the cookie is the same", got.Code)
	}
	for what, cookie := range map[string]string{"the planted one": planted, "the one before": first} {
		if got := (&visit{testDesk: d, cookie: cookie}).get("/manage/people"); got.Code == http.StatusOK {
			t.Errorf("%s opens the desk", what)
		}
	}
	if value, _, _ := strings.Cut(strings.TrimPrefix(v.cookie, name+"="), ";"); len(value) < 43 {
		t.Errorf("%q has fewer than 256 bits", value)
	}
}

// TestHeavyForgedRequests: a page of another origin cannot make a signed-in browser
// change anything, whatever the browser says of where it comes from: each request of
// the matrix of permissions is sent once more from elsewhere.
func TestHeavyForgedRequests(t *testing.T) {
	d, _ := everything(t)
	rules, tried := permissionMatrix(), 0
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		method, route, _ := strings.Cut(name, " ")
		if method == http.MethodGet || !strings.HasPrefix(route, "/manage") || route == "/manage/sign-in" {
			continue
		}
		d.now = d.now.Add(2 * time.Minute) // nobody signs in so often
		v := d.sign(t, "anna")
		v.name = "anna"
		rules[name].request(t, v)
		sent := v.sent
		if sent[0] != method {
			continue // a file, which goes another way
		}
		fresh := d.sign(t, "anna")
		for what, headers := range map[string][]string{
			"another site": {"Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.example"},
			"a sibling":    {"Sec-Fetch-Site", "same-site", "Origin", "https://other.example.com"},
			"an old one":   {"Origin", "https://elsewhere.example"}, // without Sec-Fetch-Site, without token
		} {
			got := d.do(method, sent[1], sent[2], append([]string{"Cookie", fresh.cookie, "Content-Type", formType}, headers...)...)
			switch got.Code {
			case http.StatusForbidden:
				tried++
			case http.StatusNotFound: // it took away what it is about
			default:
				t.Errorf("%s from %s: %d", name, what, got.Code)
			}
		}
	}
	if tried < 250 {
		t.Errorf("only %d requests were refused", tried)
	}
}

// TestRedirectsStayHere: no address leads a visitor to another server.
func TestRedirectsStayHere(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	for _, next := range []string{"//elsewhere.example", "https://elsewhere.example/", `/\elsewhere.example`, `\\elsewhere.example`, "/manage//elsewhere.example",
		"/manage/\r\nLocation: https://elsewhere.example", "javascript:alert(1)", "/manage@elsewhere.example", "\t//elsewhere.example", "/manage.elsewhere.example", "%2F%2Felsewhere.example"} {
		v := &visit{testDesk: d}
		got := v.post("/manage/sign-in", "name", "anna", "password", deskPassword, "next", next)
		to, err := url.Parse(got.Header().Get("Location"))
		if err != nil || got.Code != http.StatusSeeOther || to.Host != "" || to.Scheme != "" || !strings.HasPrefix(to.Path, "/manage/") {
			t.Errorf("%q leads to %q", next, got.Header().Get("Location"))
		}
	}
	for _, path := range []string{"//elsewhere.example/s/town", "/s/town//elsewhere.example", "/%5Celsewhere.example", "/s/%2F%2Felsewhere.example"} {
		request := d.do(http.MethodGet, "http://localhost"+path, "")
		if to := request.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "://") {
			t.Errorf("%q leads to %q", path, to)
		}
	}
}

// TestFilesOfTheMachineStayThere: no address reaches a file outside of what is
// served.
func TestFilesOfTheMachineStayThere(t *testing.T) {
	d := newTestDesk(t)
	for _, folder := range []string{"/assets/x/", "/media/", "/vendor/x/", "/pictograms/", "/s/", "/results/", "/"} {
		for _, climb := range []string{"../../../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", `..\..\..\etc\passwd`, "....//....//etc/passwd",
			"%00/etc/passwd", "/etc/passwd"} {
			got := d.do(http.MethodGet, "http://localhost"+folder+climb, "")
			if got.Code == http.StatusOK && got.Body.Len() > 0 || strings.Contains(got.Body.String(), "root:") || got.Code >= 500 {
				t.Errorf("%s%s: %d", folder, climb, got.Code)
			}
		}
	}
}

// TestNobodyGivesThemselvesMore: fields that a form does not ask for change
// nothing, be they called as the program's own.
func TestNobodyGivesThemselvesMore(t *testing.T) {
	d := newTestDesk(t)
	ctx := context.Background()
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "lea", account.Grant{Role: account.Viewer, Area: own})
	secret := must(d.db.Invite(ctx, "anna", "", account.Grant{Role: account.Viewer, Area: own}))(t)
	v := &visit{testDesk: d}
	got := v.post("/manage/invitations/"+secret, "name", "neu", "password", "Ein langes Wort für Neu 27", "role", "administrator", "area", "", "grants", "administrator",
		"Grants[0].Role", "administrator", "disabled", "false")
	if got.Code != http.StatusSeeOther {
		t.Fatalf("accepting the invitation: %d %s", got.Code, got.Body)
	}
	user, _, err := d.db.User(ctx, "neu")
	if err != nil || len(user.Grants) != 1 || user.Grants[0] != (account.Grant{Role: account.Viewer, Area: own}) {
		t.Errorf("the invited may %+v, %v", user.Grants, err)
	}
	d.sign(t, "lea").post("/manage/account/password", "old", deskPassword, "password", "Noch ein langes Wort 38", "role", "administrator", "user", "anna", "name", "anna")
	if lea, _, err := d.db.User(ctx, "lea"); err != nil || lea.Grants[0].Role != account.Viewer {
		t.Errorf("lea is %+v, %v", lea, err)
	}
	if _, credentials, err := d.db.User(ctx, "anna"); err != nil || !d.desk.Hasher.Matches(deskPassword, credentials.Password) {
		t.Errorf("somebody else's password was changed: %v", err)
	}
}

// TestLinksNameTheService: where the address of the service is known, no header of a
// request gets into a link.
func TestLinksNameTheService(t *testing.T) {
	d := newTestDesk(t, func(c *Config, _ *DeskConfig) { c.BaseURL = "https://umfrage.example.org" })
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.wave(t, "town", own)
	v := d.sign(t, "anna")
	for _, path := range []string{"/manage/waves/town", "/manage/waves/town/reach", "/manage/people", "/s/town?lang=de", "/api/v1/openapi.json"} {
		got := v.do(http.MethodGet, "http://elsewhere.example"+path, "", "Cookie", v.cookie, "Sec-Fetch-Site", "same-origin", "X-Forwarded-Host", "elsewhere.example",
			"Forwarded", "host=elsewhere.example", "X-Forwarded-Proto", "gopher")
		if strings.Contains(got.Body.String(), "elsewhere.example") || strings.Contains(got.Body.String(), "gopher:") {
			t.Errorf("%s has a link elsewhere", path)
		}
	}
}

// TestUnknownNamesTakeAsLong: an unknown name and a wrong password cost one hash
// each, so that time does not tell which accounts exist. The times are compared with
// each other only, in turns, and a tenth would be told from a whole.
func TestUnknownNamesTakeAsLong(t *testing.T) {
	d := newTestDesk(t)
	d.hash = d.desk.Hasher.Hash(deskPassword) // at the true cost
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	took := map[string]time.Duration{}
	for range 3 {
		for _, name := range []string{"anna", "niemand"} {
			began := time.Now()
			got := d.do(http.MethodPost, "/manage/sign-in", url.Values{"name": {name}, "password": {"falsch"}}.Encode(), "Content-Type", formType, "Sec-Fetch-Site", "same-origin")
			if took[name] += time.Since(began); got.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%s: %d", name, got.Code)
			}
		}
	}
	if 10*took["niemand"] < took["anna"] {
		t.Errorf("an unknown name takes %v, a known one %v", took["niemand"], took["anna"])
	}
}

// TestSecurityNamesRealTests: every test that the document on security relies on is
// there.
func TestSecurityNamesRealTests(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = fs.WalkDir(os.DirFS("../.."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := fs.ReadFile(os.DirFS("../.."), path)
		for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(content, -1) {
			there[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(text, -1)
	for _, one := range named {
		if !there[string(one[1])] {
			t.Errorf("there is no %s", one[1])
		}
	}
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
}
