package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
)

// logbook is what the server wrote, everything down to debugging.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// clear forgets what was written.
func (l *logbook) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// lines are what was written, decoded.
func (l *logbook) lines(t *testing.T) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []map[string]any
	for decoder := json.NewDecoder(bytes.NewReader(l.text.Bytes())); decoder.More(); {
		line := map[string]any{}
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// hides fails the test where one of the secrets stands in the log.
func (l *logbook) hides(t *testing.T, secrets map[string]string) {
	t.Helper()
	for what, secret := range secrets {
		if len(secret) < 6 {
			t.Fatalf("no %s to look for: %q", what, secret)
		}
	}
	for what, around := range l.betrays(secrets) {
		t.Errorf("the log has %s: …%s…", what, around)
	}
}

// betrays returns which of the secrets stand in the log, as they are or as addresses
// write them, and what stands around them.
func (l *logbook) betrays(secrets map[string]string) map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, log := map[string]string{}, strings.ToLower(l.text.String())
	for what, secret := range secrets {
		for _, written := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if at := strings.Index(log, strings.ToLower(written)); at >= 0 {
				found[what] = log[max(0, at-300):min(len(log), at+200)]
			}
		}
	}
	return found
}

// unspeakable is what no log may hold, whoever sent it and wherever to.
func unspeakable() map[string]string {
	return map[string]string{
		"an address":           "203.0.113.7",
		"an address (IPv6)":    "2001:db8:77:beef::7",
		"a browser":            "Geheimbrowser/7.3",
		"an e-mail address":    "amina.geheim@example.org",
		"a free text":          "meineTochterHeisstZarifa",
		"a password":           "sieben Igel lesen Romane",
		"an access code":       "KZ7M-Q2XW-9RTB",
		"a receipt":            "ZZQX-7777-WWWW-KKKK",
		"a token":              "blt_geheimgeheimgeheim",
		"a session":            "sessionsessionsession77",
		"a submission id":      "submission-geheim-0001",
		"a name in an address": "frau-geheimnis",
	}
}

// attack sends every secret in every part of a request: the path, the query, the
// headers and the body.
func (s *testServer) attack(method, route, cookie string) *httptest.ResponseRecorder {
	all, values := unspeakable(), url.Values{}
	for what, secret := range all {
		values.Set(what, secret)
	}
	for _, name := range []string{"name", "password", "code", "receipt", "submission_id", "email", "text", "child_ages", "most_helpful", "to", "slug", "url", "address", "next", "state", "error", "error_description", "q"} {
		values.Add(name, all["a free text"]+" "+all["an e-mail address"])
	}
	values.Set("submission_id", all["a submission id"])
	parts := strings.Split(route, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") || part == "*" {
			parts[i] = all["a name in an address"]
		}
	}
	request := httptest.NewRequest(method, strings.Join(parts, "/")+"?"+values.Encode(), strings.NewReader(values.Encode()))
	request.RemoteAddr = all["an address"] + ":4711"
	for name, value := range map[string]string{"Content-Type": formType, "Sec-Fetch-Site": "same-origin", "User-Agent": all["a browser"],
		"X-Forwarded-For": all["an address (IPv6)"], "X-Request-Id": all["a submission id"], "Referer": "https://x/q/" + all["an access code"],
		"Cookie": cookie + "; other=" + all["a session"]} {
		request.Header.Set(name, value)
	}
	if cookie == "" {
		request.Header.Set("Authorization", "Bearer "+all["a token"])
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	return recorder
}

// TestHeavyLogsHoldNoSecrets sends secrets through every route, as nobody and as
// somebody who may do everything, with answers that are taken and refused, a
// database that works and one that does not; none stands in the log.
func TestHeavyLogsHoldNoSecrets(t *testing.T) {
	book, ctx := &logbook{}, context.Background()
	d := newTestDesk(t, func(c *Config, _ *DeskConfig) { c.Logger = book.logger() })
	wave, person := d.wave(t, "town", own), "klara-geheim"
	for _, name := range []string{"anna", person} {
		d.person(t, name, account.Grant{Role: account.Administrator})
	}
	secrets := unspeakable()
	secrets["whose account it is"], secrets["the password of an account"] = person, deskPassword
	coded := must(d.db.CreateCodes(ctx, "anna", wave, fieldwork.Carried{}, false, 2))(t)
	secrets["a code that is good"], secrets["another"] = coded[0], coded[1]
	d.answerSecretly(t, coded, secrets)

	v := d.sign(t, person)
	v.name = person
	_, secrets["a session that is good"], _ = strings.Cut(v.cookie, "=")
	for route, rule := range permissionMatrix() { // what works
		if route != "POST /manage/sign-out" {
			rule.request(t, v)
		}
	}
	v = v.again(t)
	_, secrets["a later session"], _ = strings.Cut(v.cookie, "=")
	everywhere := func() {
		for _, route := range d.echo.Routes() { // what does not
			d.attack(route.Method, route.Path, "")
			if route.Path != "/manage/sign-out" {
				d.attack(route.Method, route.Path, v.cookie)
			}
		}
		d.attack("GETGEHEIM", "/s/:slug", "")
		d.attack(http.MethodGet, "/nowhere/:code", "")
	}
	everywhere()
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	everywhere() // with a database that is gone
	book.hides(t, secrets)
	checkStatuses(t, book.lines(t))
}

// TestLeaksAreSeen: the tests that look for secrets in the log would see one. A route
// that tells its log what was sent, as a careless line of code would, is caught with
// every secret, whichever part of the request and of the line it stands in.
func TestLeaksAreSeen(t *testing.T) {
	secrets := unspeakable()
	sent := map[string]func(*http.Request) string{
		"the address": func(r *http.Request) string { return r.RemoteAddr + " " + r.URL.String() },
		"the path":    func(r *http.Request) string { return r.URL.EscapedPath() },
		"the headers": func(r *http.Request) string { return fmt.Sprint(r.Header) },
		"the body": func(r *http.Request) string {
			if err := r.ParseForm(); err != nil {
				return err.Error()
			}
			return fmt.Sprint(r.PostForm)
		},
	}
	careless := map[string]func(*slog.Logger, string) error{
		"a message": func(l *slog.Logger, said string) error { l.Debug(said); return nil },
		"a value": func(l *slog.Logger, said string) error {
			l.Info("x", slog.Any("y", map[string]string{said: ""}))
			return nil
		},
		"a logger of it": func(l *slog.Logger, said string) error { l.With("x", said).Warn("y"); return nil },
		"an error":       func(_ *slog.Logger, said string) error { return fmt.Errorf("x: %w", errors.New(said)) },
	}
	book := &logbook{}
	s := newTestServer(t, func(c *Config) { c.Logger = book.logger() })
	for where, line := range careless {
		seen := map[string]bool{}
		for part, said := range sent {
			path := strings.ReplaceAll("/leak/"+where+"/"+part+"/:x", " ", "-")
			s.register([]route{{method: http.MethodPost, path: path, permission: Public, handler: func(c echo.Context) error {
				return line(s.config.Logger, said(c.Request()))
			}}})
			book.clear()
			s.attack(http.MethodPost, path, "")
			s.attack(http.MethodPost, path, "session="+secrets["a session"])
			found := book.betrays(secrets)
			if len(found) == 0 {
				t.Errorf("%s in %s is not seen", part, where)
			}
			for what := range found {
				seen[what] = true
			}
		}
		for what := range secrets {
			if !seen[what] {
				t.Errorf("%s in %s is not seen, whatever it is part of", what, where)
			}
		}
	}
	book.clear()
	s.attack(http.MethodPost, "/s/:slug", "")
	if found := book.betrays(secrets); len(found) > 0 || len(book.lines(t)) == 0 {
		t.Errorf("in %d lines of a route that tells nothing it sees %v", len(book.lines(t)), found)
	}
}

// answerSecretly sends answers that are stored, repeated, contradicting, refused
// and withdrawn.
func (d *testDesk) answerSecretly(t *testing.T, coded []string, secrets map[string]string) {
	t.Helper()
	for i, fields := range []url.Values{
		{"submission_id": {"geheimantwort-000001"}, "child_ages": {"age_6_9"}, "most_helpful": {unspeakable()["a free text"]}, "code": {coded[0]}},
		{"submission_id": {"geheimantwort-000001"}, "child_ages": {"age_6_9"}, "most_helpful": {unspeakable()["a free text"]}, "code": {coded[0]}},
		{"submission_id": {"geheimantwort-000001"}, "child_ages": {"age_3_5"}},
		{"submission_id": {"geheimantwort-000002"}, "child_ages": {unspeakable()["a free text"]}, "code": {coded[1]}},
		{"submission_id": {"geheimantwort-000003"}, "child_ages": {"age_6_9"}},
	} {
		want := []int{http.StatusCreated, http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusCreated}[i]
		if got := d.testServer.send("town", fields); got.Code != want {
			t.Errorf("answer %d: %d %s, want %d", i, got.Code, got.Body, want)
		}
		d.post("town", fields) // without a script
	}
	receipt := response.Receipt("geheimantwort-000001")
	if got := d.do(http.MethodPost, "/withdraw", "receipt="+url.QueryEscape(receipt), "Content-Type", formType); got.Code >= http.StatusBadRequest {
		t.Errorf("withdrawing: %d", got.Code)
	}
	for _, code := range coded {
		d.get("/q/" + code)
	}
	secrets["a submission id that is good"], secrets["a receipt that is good"] = "geheimantwort-000001", receipt
}

// checkStatuses: the log tells of every kind of answer, so what it hides it hides
// there.
func checkStatuses(t *testing.T, lines []map[string]any) {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range lines {
		if line["msg"] != "request" {
			continue
		}
		seen[fmt.Sprintf("%.0fxx", line["status"].(float64)/100-0.5)] = true
		if route, _ := line["route"].(string); route != "" && !strings.HasPrefix(route, "/") {
			t.Errorf("the route is %q", route)
		}
	}
	for _, class := range []string{"2xx", "3xx", "4xx", "5xx"} {
		if !seen[class] {
			t.Errorf("no request ended with %s: %v", class, seen)
		}
	}
}

// TestPanicsTellNothing: what is thrown may be what somebody wrote.
func TestPanicsTellNothing(t *testing.T) {
	book, secret := &logbook{}, unspeakable()["a free text"]
	s := newTestServer(t, func(c *Config) { c.Logger = book.logger() })
	throwing := func(thrown func() any) echo.HandlerFunc {
		return func(echo.Context) error { panic(thrown()) }
	}
	s.register([]route{
		{method: http.MethodPost, path: "/throw/text/:x", permission: Public, handler: throwing(func() any { return secret })},
		{method: http.MethodPost, path: "/throw/error/:x", permission: Public, handler: throwing(func() any { return errors.New(secret) })},
		{method: http.MethodPost, path: "/throw/map/:x", permission: Public, handler: throwing(func() any { return map[string]string{secret: secret} })},
		{method: http.MethodPost, path: "/throw/index/:x", permission: Public, handler: func(echo.Context) error { var none []int; _ = none[len(secret)]; return nil }},
	})
	for _, path := range []string{"/throw/text/:x", "/throw/error/:x", "/throw/map/:x", "/throw/index/:x"} {
		if got := s.attack(http.MethodPost, path, ""); got.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	book.hides(t, unspeakable())
	told := 0
	for _, line := range book.lines(t) {
		if text, _ := line["error"].(string); strings.HasPrefix(text, "panic: ") && strings.Contains(text, "observe_test.go") {
			told++
		}
	}
	if told != 4 {
		t.Errorf("%d of 4 panics are told with where they came from", told)
	}
}

// TestRequestID: a trusted proxy names requests, nobody else, and only as proxies do.
func TestRequestID(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	for name, c := range map[string]struct {
		from, id string
		taken    bool
	}{
		"proxy":             {"192.0.2.9:80", "f3b2a1c0-9D8e_77", true},
		"proxy as IPv6":     {"[::ffff:192.0.2.9]:80", "f3b2a1c09d8e", true},
		"stranger":          {"203.0.113.7:80", "f3b2a1c09d8e", false},
		"short":             {"192.0.2.9:80", "f3b2", false},
		"long":              {"192.0.2.9:80", strings.Repeat("a", 65), false},
		"a line of its own": {"192.0.2.9:80", "f3b2a1c09d8e\nlevel=ERROR", false},
		"an address":        {"192.0.2.9:80", "amina@example.org", false},
		"none":              {"192.0.2.9:80", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, "/privacy", nil)
			request.RemoteAddr = c.from
			request.Header["X-Request-Id"] = []string{c.id}
			recorder := httptest.NewRecorder()
			s.ServeHTTP(recorder, request)
			if got := recorder.Header().Get("X-Request-Id"); (got == c.id) != c.taken || !wellFormed(got) {
				t.Errorf("the request is called %q", got)
			}
		})
	}
}

// TestRequestLine: what the log and the figures say of a request.
func TestRequestLine(t *testing.T) {
	book := &logbook{}
	var told []Request
	s := newTestServer(t, func(c *Config) {
		c.Logger, c.Watch = book.logger(), func(r Request) { told = append(told, r) }
	})
	got := s.get("/s/families?lang=de")
	s.do("PROPFIND", "/s/families", "")
	s.get("/nowhere/at/all")
	want := []Request{{Method: "GET", Route: "/s/:slug", Status: 200, Bytes: int64(got.Body.Len())},
		{Method: "OTHER", Route: "/s/:slug", Status: 405}, {Method: "GET", Status: 404}}
	lines := book.lines(t)
	if len(told) != len(want) || len(lines) != len(want) {
		t.Fatalf("told of %v, wrote %v", told, lines)
	}
	for i, one := range told {
		if i > 0 {
			one.Bytes = 0 // a page
		}
		if one.Took = 0; one != want[i] {
			t.Errorf("told %+v, want %+v", one, want[i])
		}
		if line := lines[i]; line["route"] != want[i].Route || line["method"] != want[i].Method || line["level"] != "INFO" {
			t.Errorf("wrote %v", line)
		}
	}
	if id := lines[0]["id"]; id != got.Header().Get("X-Request-Id") {
		t.Errorf("the line says %v, the answer %s", id, got.Header().Get("X-Request-Id"))
	}
}
