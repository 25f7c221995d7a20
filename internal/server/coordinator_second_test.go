package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"bedarfslotse/internal/account"
)

// code is what an authenticator app shows.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	return must(totp.GenerateCode(secret, at))(t)
}

// TestSecondFactor sets one up, signs in with it and with a spare code, and
// takes it away.
func TestSecondFactor(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	d.person(t, "ben", account.Grant{Role: account.Viewer})
	code := func(secret string) string { return code(t, secret, d.now) }
	ben := d.sign(t, "ben")
	page := ben.post("/manage/account/second").Body.String()
	if !strings.Contains(page, `<svg class="qr"`) {
		t.Error("there is no picture to scan")
	}
	secret := strings.ReplaceAll(key(t, page, `<code class="desk-link">`, "<"), " ", "")
	if got := ben.post("/manage/account/second/confirm", "code", "000000"); got.Code != 422 || !strings.Contains(got.Body.String(), "The code is wrong") {
		t.Errorf("a wrong code: %d", got.Code)
	}
	if _, credentials, err := d.db.User(t.Context(), "ben"); err != nil || credentials.Second != "" {
		t.Errorf("set before a code came back: %+v %v", credentials, err)
	}
	page = ben.post("/manage/account/second/confirm", "code", code(secret)).Body.String()
	spare := key(t, page, "<li><code>", "<")
	if strings.Count(page, "<li><code>") != 8 {
		t.Error("there are not eight spare codes")
	}

	v := &visit{testDesk: d}
	password := func() {
		t.Helper()
		got := v.post("/manage/sign-in", "name", "ben", "password", deskPassword, "next", "/manage/account")
		if where := got.Header().Get("Location"); got.Code != http.StatusSeeOther || where != "/manage/sign-in/code?next=%2Fmanage%2Faccount" {
			t.Fatalf("after the password: %d %s", got.Code, where)
		}
		if got := v.get("/manage/"); got.Code != http.StatusSeeOther {
			t.Errorf("the desk without the code: %d", got.Code)
		}
		if got := v.get("/manage/sign-in/code"); got.Code != http.StatusOK {
			t.Errorf("the page for the code: %d", got.Code)
		}
	}
	enter := func(code string) int {
		return v.post("/manage/sign-in/code", "code", code, "next", "/manage/account").Code
	}
	password()
	if got := enter(code(secret)); got != 422 {
		t.Errorf("the code that set it up again: %d", got)
	}
	d.now = d.now.Add(time.Minute)
	once := code(secret)
	if got := enter(once); got != http.StatusSeeOther {
		t.Errorf("the next code: %d", got)
	}
	if got := v.get("/manage/account"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "Signing in takes a code") {
		t.Errorf("signed in: %d", got.Code)
	}
	v = &visit{testDesk: d}
	password()
	if got := enter(once); got != 422 {
		t.Errorf("the same code a second time: %d", got)
	}
	if got := enter(strings.ToLower(spare)); got != http.StatusSeeOther {
		t.Errorf("a spare code: %d", got)
	}
	v = &visit{testDesk: d}
	password()
	if got := enter(spare); got != 422 {
		t.Errorf("the spare code a second time: %d", got)
	}
	d.now = d.now.Add(pendingLife + time.Second)
	if got := v.post("/manage/sign-in/code", "code", code(secret)); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/manage/sign-in" {
		t.Errorf("a code too late: %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := (&visit{testDesk: d}).get("/manage/sign-in/code").Code; got != http.StatusSeeOther {
		t.Errorf("the page for the code without a password: %d", got)
	}
	if got := ben.post("/manage/account/second/remove", "current", "falsch").Code; got != 422 {
		t.Errorf("removing it with a wrong password: %d", got)
	}
	if got := d.sign(t, "anna").post("/manage/people/ben/second/remove").Code; got != http.StatusSeeOther {
		t.Errorf("an administrator removes it: %d", got)
	}
	d.sign(t, "ben")
}

// TestSecondFactorWhenTheClockJumps: a code that was taken in is never taken in again,
// however the program's clock jumps, and neither is one that comes before it. The
// phone has a clock of its own, and the code that is right by both is taken.
func TestSecondFactorWhenTheClockJumps(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "ben", account.Grant{Role: account.Administrator})
	secret := account.NewSecond()
	if err := d.db.SetSecond(t.Context(), "ben", "ben", secret, [][]byte{account.SpareHash("spare")}, ""); err != nil {
		t.Fatal(err)
	}
	noon := d.now
	const in, out = "/manage/", ""
	enter := func(code string) string {
		t.Helper()
		v := &visit{testDesk: d}
		if got := v.post("/manage/sign-in", "name", "ben", "password", deskPassword); !strings.HasPrefix(got.Header().Get("Location"), "/manage/sign-in/code") {
			t.Fatalf("the password at %v: %d %s", d.now, got.Code, got.Header().Get("Location"))
		}
		got := v.post("/manage/sign-in/code", "code", code)
		if where := got.Header().Get("Location"); where != "" || got.Code == http.StatusUnprocessableEntity {
			return where
		}
		return got.Body.String()
	}
	for _, c := range []struct {
		what           string
		program, phone time.Duration // after noon
		want           string
	}{
		{"the first code", 0, 0, in},
		{"the same code", 0, 0, out},
		{"the same code, the clock half a minute back", -30 * time.Second, 0, out},
		{"the same code, the clock half a minute on", 30 * time.Second, 0, out},
		{"the same code, the clock a minute on", time.Minute, 0, out},
		{"the code before it, never used, the clock half a minute back", -30 * time.Second, -30 * time.Second, out},
		{"an old code that was never used, the clock an hour back", -time.Hour, -time.Hour, out},
		{"a code of the phone, the clock an hour back", -time.Hour, 2 * time.Minute, out},
		{"the right code, the clock is right again", 2 * time.Minute, 2 * time.Minute, in},
		{"the same code, the clock half a minute back again", 90 * time.Second, 2 * time.Minute, out},
		{"the first code, the clock back at noon", 0, 0, out},
		{"the next code, the phone half a minute ahead of the clock", 3 * time.Minute, 3*time.Minute + 30*time.Second, in},
		{"the code that the clock has now, which comes before that", 3 * time.Minute, 3 * time.Minute, out},
		{"the right code, the clock two hours on, and the phone", 2 * time.Hour, 2 * time.Hour, in},
		{"the right code, both back", 10 * time.Minute, 10 * time.Minute, out},
	} {
		d.now = noon.Add(c.program)
		if got := enter(code(t, secret, noon.Add(c.phone))); got != c.want {
			t.Errorf("%s: leads to %q, want %q", c.what, got, c.want)
		}
		clear(d.desk.nearby.tries) // so that nobody waits, which is not what this is about
	}
	if got := enter("spare"); got != in {
		t.Errorf("a spare code leads to %q", got)
	}
}

// TestCodesAreGuessedSlowly: wrong codes wait as wrong passwords do.
func TestCodesAreGuessedSlowly(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "ben", account.Grant{Role: account.Administrator})
	if err := d.db.SetSecond(t.Context(), "ben", "ben", account.NewSecond(), nil, ""); err != nil {
		t.Fatal(err)
	}
	v := &visit{testDesk: d}
	v.post("/manage/sign-in", "name", "ben", "password", deskPassword)
	for range 4 {
		if got := v.post("/manage/sign-in/code", "code", "000000").Code; got != 422 {
			t.Fatalf("a wrong code: %d", got)
		}
	}
	if got := v.post("/manage/sign-in/code", "code", "000000").Code; got != http.StatusTooManyRequests {
		t.Errorf("the fifth: %d", got)
	}
}
