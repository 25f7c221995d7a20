package main

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/testpostgres"
)

// twoPrograms are two processes on one database of PostgreSQL with a wave "w".
func twoPrograms(t *testing.T) (db string, one, two *running) {
	t.Helper()
	db = newWave(t, testpostgres.URL(t))
	return db, serveWith(t, db, nil), serveWith(t, db, nil)
}

// TestHeavyInstancesFigures: what one instance takes is in the other's figures,
// and who takes it back at one is not in the other's.
func TestHeavyInstancesFigures(t *testing.T) {
	db, one, two := twoPrograms(t)
	token := strings.TrimSpace(succeed(t, "token", "create", "--db", db, "--role", "viewer"))
	age := childAges(t)[0]
	for n := range 20 {
		fields := family(fmt.Sprintf("instance-%016d", n))
		fields.Set("child_ages", age)
		if status, answer := post(t, one.address+"/s/w", fields); status != http.StatusCreated {
			t.Fatalf("%d %v", status, answer)
		}
		if status, _ := post(t, two.address+"/s/w", fields); status != http.StatusOK {
			t.Fatalf("the same at the other instance: %d", status)
		}
		if n == 10 { // so that the second knows the wave's columns and has to follow them
			apiN(t, two.address, token, "w")
		}
	}
	for name, address := range map[string]string{"the one that took them": one.address, "the other": two.address} {
		if n := apiN(t, address, token, "w"); n != 15 {
			t.Errorf("%s shows n = %v, want 15: all but the latest five", name, n)
		}
	}
	succeed(t, "wave", "close", "--db", db, "w")
	for _, address := range []string{one.address, two.address} {
		eventually(t, "the close", func() bool {
			status, _ := post(t, address+"/s/w", family("late-000000000000001"))
			return status == http.StatusGone
		})
		if n := apiN(t, address, token, "w"); n != 20 {
			t.Errorf("after the close: n = %v, want 20", n)
		}
	}
}

// TestHeavyInstancesDesk: the first account by either's link, signed in at one,
// at work at the other, signed out at both.
func TestHeavyInstancesDesk(t *testing.T) {
	db := newWave(t, testpostgres.URL(t))
	one, said := startSaying(t, "serve", "--db", db, "--addr", "127.0.0.1:0")
	two, alsoSaid := startSaying(t, "serve", "--db", db, "--addr", "127.0.0.1:0")
	link := func(said string) string {
		at := strings.Index(said, "/manage/setup/")
		if at < 0 {
			t.Fatalf("no link in %q", said)
		}
		return strings.Fields(said[at:])[0]
	}
	if link(said) != link(alsoSaid) {
		t.Fatalf("two links for one first account: %s, %s", link(said), link(alsoSaid))
	}
	jar, err := cookiejar.New(nil) // cookies go to both, whose hosts are the same
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	_, page := fetch(t, browser, one+link(said), nil)
	account := url.Values{"_csrf": {hiddenValue(t, page, "_csrf")}, "name": {"anna"}, "password": {"drei kluge Katzen"}}
	if status, _ := fetch(t, browser, two+link(said), account); status != http.StatusOK {
		t.Fatalf("the form of one sent to the other: %d", status)
	}
	for _, address := range []string{one, two} {
		if status, page := fetch(t, browser, address+"/manage/", nil); status != http.StatusOK || !strings.Contains(page, "anna") {
			t.Fatalf("the desk at %s: %d", address, status)
		}
	}
	passJobs(t, browser, one, two)
	_, page = fetch(t, browser, one+"/manage/", nil)
	session := jar.Cookies(&url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/manage/"})
	if status, _ := fetch(t, browser, one+"/manage/sign-out", url.Values{"_csrf": {hiddenValue(t, page, "_csrf")}}); status != http.StatusOK {
		t.Fatalf("sign out: %d", status)
	}
	jar.SetCookies(&url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/manage/"}, session) // a copy of the cookie
	if status, page := fetch(t, browser, two+"/manage/", nil); status != http.StatusOK || !strings.Contains(page, `name="password"`) {
		t.Errorf("the other after signing out: %d, want the page to sign in", status)
	}
}

// passJobs starts an export at one instance and fetches it at the other.
func passJobs(t *testing.T, browser *http.Client, one, two string) {
	t.Helper()
	for n := range 10 {
		fields := family(fmt.Sprintf("export-%018d", n))
		fields.Set("child_ages", childAges(t)[0])
		if status, answer := post(t, two+"/s/w", fields); status != http.StatusCreated {
			t.Fatalf("%d %v", status, answer)
		}
	}
	_, page := fetch(t, browser, one+"/manage/waves/w/export", nil)
	form := url.Values{"_csrf": {hiddenValue(t, page, "_csrf")}, "format": {"csv"}, "values": {"codes"}, "language": {"de"}, "purpose": {"for the council"}}
	status, page := fetch(t, browser, one+"/manage/waves/w/export", form)
	_, rest, found := strings.Cut(page, `/manage/jobs/`)
	if status != http.StatusOK || !found {
		t.Fatalf("the export: %d\n%.600s", status, page)
	}
	id := rest[:26]
	var content string
	eventually(t, "the result", func() bool {
		status, content = fetch(t, browser, one+"/manage/jobs/"+id+"/file", nil)
		return status == http.StatusOK
	})
	if status, there := fetch(t, browser, two+"/manage/jobs/"+id+"/file", nil); status != http.StatusOK || there != content || content == "" {
		t.Errorf("the result at the other instance: %d\n%.300s\nwant\n%.300s", status, there, content)
	}
	if status, page := fetch(t, browser, two+"/manage/jobs", nil); status != http.StatusOK || !strings.Contains(page, id) {
		t.Errorf("the list of jobs at the other instance: %d", status)
	}
}

// TestHeavyInstancesSQLite: the command line beside a service under load.
func TestHeavyInstancesSQLite(t *testing.T) {
	db := waveFile(t)
	program := serveWith(t, db, nil)
	p := ring(t, "beside", 8, program.address)
	p.more(20)
	for n := range 5 {
		began := time.Now()
		succeed(t, "codes", "create", "--db", db, "--wave", "w", "--count", "50")
		succeed(t, "wave", "open", "--db", db, "--survey", "schools", "--slug", fmt.Sprintf("beside-%d", n))
		succeed(t, "responses", "export", "--db", db, "--wave", "w", "--full")
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("commands took %v", took)
		}
	}
	p.more(20)
	if _, refused, cut := p.counts(); refused+cut > 0 {
		t.Errorf("%d refused, %d cut", refused, cut)
	}
	p.finish()
	if stored := storedMarks(t, db, "beside"); len(stored) != len(p.acknowledged) {
		t.Errorf("%d stored, %d acknowledged", len(stored), len(p.acknowledged))
	}
}
