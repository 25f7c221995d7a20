package server

import (
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// listen serves over a real connection and returns the address.
func listen(t testing.TB, s *testServer) string {
	t.Helper()
	return listenThrough(t, s, s)
}

// listenThrough serves with another handler around the server.
func listenThrough(t testing.TB, s *testServer, around http.Handler) string {
	t.Helper()
	listener := anyPort(t)
	listenOn(t, listener, s, around)
	return "http://" + listener.Addr().String()
}

// anyPort is where a server will listen, for those that have to know before they
// are made.
func anyPort(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func listenOn(t testing.TB, listener net.Listener, s *testServer, around http.Handler) {
	t.Helper()
	server := s.HTTP()
	server.Handler = around
	go func() { _ = server.Serve(listener) }() // ends with the Close below
	t.Cleanup(func() { _ = server.Close() })
}

// TestRoutesDeclare fails on a route that was not registered with what a
// visitor must be allowed to do, and on one that lets everybody in though it
// lies behind the sign-in.
func TestRoutesDeclare(t *testing.T) {
	s := newTestServer(t)
	if len(s.echo.Routes()) == 0 {
		t.Fatal("there are no routes")
	}
	for _, route := range s.echo.Routes() {
		permission, declared := s.declared[route.Method+" "+route.Path]
		if !declared || permission == "" {
			t.Errorf("%s %s declares no permission", route.Method, route.Path)
		}
	}
}

func TestGuardedRoute(t *testing.T) {
	s := newTestServer(t)
	s.register([]route{{method: http.MethodGet, path: "/inside", permission: account.SeeDesk,
		handler: func(c echo.Context) error { return c.String(http.StatusOK, "in") }}})
	if answer := s.get("/inside"); answer.Code != http.StatusUnauthorized || strings.Contains(answer.Body.String(), ">in<") {
		t.Errorf("without sign-in: %d %s", answer.Code, answer.Body)
	}
}

func TestHeaders(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.BaseURL = "https://umfrage.example.org" })
	for _, target := range []string{"/", "/s/families?lang=de", "/s/none", "/nowhere", "/privacy", "/assets/x/style.css", "/s/families"} {
		header := s.get(target).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "script-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Strict-Transport-Security": "max-age", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if !strings.Contains(header.Get(name), want) {
				t.Errorf("%s: %s is %q", target, name, header.Get(name))
			}
		}
		if strings.Contains(header.Get("Content-Security-Policy"), "unsafe") || header.Get("Set-Cookie") != "" {
			t.Errorf("%s: policy %q, cookie %q", target, header.Get("Content-Security-Policy"), header.Get("Set-Cookie"))
		}
	}
}

// TestBrowsersInsist: browsers are told to insist on HTTPS where the service is reached
// by it, by our own TLS or a proxy's. Only a proxy that is trusted can say that
// somebody came in clear; what anybody else says about it changes nothing.
func TestBrowsersInsist(t *testing.T) {
	const proxy, stranger = "192.0.2.9:80", "203.0.113.7:80"
	servers := map[string]*testServer{}
	for _, base := range []string{"https://x.example.org", "http://x.example.org", ""} {
		servers[base] = newTestServer(t, func(c *Config) {
			c.BaseURL, c.TrustedProxies = base, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		})
	}
	for name, c := range map[string]struct {
		base, peer, proto string
		encrypted, insist bool
	}{
		"our own TLS":                               {"https://x.example.org", stranger, "", true, true},
		"our own TLS, a stranger says http":         {"https://x.example.org", stranger, "http", true, true},
		"our own TLS, the proxy says http":          {"https://x.example.org", proxy, "http", true, true},
		"the proxy says https":                      {"https://x.example.org", proxy, "https", false, true},
		"the proxy, as IPv6, says http":             {"https://x.example.org", "[::ffff:192.0.2.9]:80", "http", false, false},
		"the proxy says http":                       {"https://x.example.org", proxy, "http", false, false},
		"a proxy that says nothing":                 {"https://x.example.org", proxy, "", false, true},
		"a stranger says http":                      {"https://x.example.org", stranger, "http", false, true},
		"a service in clear, a stranger says https": {"http://x.example.org", stranger, "https", false, false},
		"a service in clear, the proxy says https":  {"http://x.example.org", proxy, "https", false, false},
		"a service of no address":                   {"", proxy, "https", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, "/privacy", nil)
			if request.RemoteAddr = c.peer; c.encrypted {
				request.TLS = &tls.ConnectionState{HandshakeComplete: true}
			}
			if c.proto != "" {
				request.Header.Set("X-Forwarded-Proto", c.proto)
			}
			recorder := httptest.NewRecorder()
			servers[c.base].ServeHTTP(recorder, request)
			want := ""
			if c.insist {
				want = "max-age=31536000"
			}
			if got := recorder.Header().Values("Strict-Transport-Security"); strings.Join(got, "|") != want {
				t.Errorf("it says %q, want %q", got, want)
			}
		})
	}
}

func TestDocument(t *testing.T) {
	s := newTestServer(t)
	for accept, want := range map[string]string{"": "de", "ar-EG,ar;q=0.9": "ar", "pt,uk;q=0.5": "uk", "zz": "de", ";;": "de"} {
		answer := s.get("/s/families", "Accept-Language", accept)
		if answer.Code != 302 || answer.Header().Get("Location") != "/s/families?lang="+want || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d %v", accept, answer.Code, answer.Header())
		}
	}
	if answer := s.get("/s/families?lang=xx"); answer.Code != 302 {
		t.Errorf("unknown language: %d", answer.Code)
	}
	first := s.get("/s/families?lang=ar")
	expect(t, first.Code, 200, first.Body.String(), `<html lang="ar" dir="rtl">`, `name="version"`, `name="child_ages" value="age_0_2"`)
	header := first.Header()
	if !strings.HasPrefix(header.Get("Cache-Control"), "public") || header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("headers %v", header)
	}
	for _, announced := range header.Values("Link") { // a file that the document does not name would be loaded for nothing
		address, _, _ := strings.Cut(strings.TrimPrefix(announced, "<"), ">")
		if len(header.Values("Link")) != 3 || !strings.Contains(first.Body.String(), address) {
			t.Errorf("announced: %v", header.Values("Link"))
		}
	}
	if again := s.get("/s/families?lang=ar", "If-None-Match", header.Get("Etag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("unchanged: %d", again.Code)
	}
	s.change("families", func(w *store.LiveWave) { w.Sample = true })
	if again := s.get("/s/families?lang=ar", "If-None-Match", header.Get("Etag")); again.Code != 200 {
		t.Errorf("changed: %d", again.Code)
	}
	if head := s.do(http.MethodHead, "/s/families?lang=ar", ""); head.Code != 200 {
		t.Errorf("HEAD: %d", head.Code)
	}
	s.now = s.now.AddDate(0, 0, 25) // in the days of grace nobody new is asked
	over := s.get("/s/families?lang=de")
	expect(t, over.Code, 410, over.Body.String(), "Diese Umfrage ist beendet")
}

func TestErrors(t *testing.T) {
	log := &strings.Builder{}
	s := newTestServer(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	s.register([]route{{method: http.MethodGet, path: "/panic", permission: Public, handler: func(echo.Context) error { panic("secret") }}})
	for name, test := range map[string]struct {
		target, accept, lang string
		status               int
		says                 string
	}{
		"page":             {"/nowhere", "text/html", "en", 404, "This page does not exist"},
		"JSON":             {"/nowhere", "application/json", "uk", 404, `"code":"not_found"`},
		"unknown survey":   {"/s/none", "text/html", "tr", 404, "Bu anket yok"},
		"panic":            {"/panic", "text/html", "de", 500, "Bei uns ist etwas schiefgegangen"},
		"right to left":    {"/nowhere", "text/html", "ar", 404, `dir="rtl"`},
		"unknown language": {"/nowhere", "text/html", "fi", 404, "Diese Seite gibt es nicht"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := s.get(test.target, "Accept", test.accept, "Accept-Language", test.lang)
			expect(t, answer.Code, test.status, answer.Body.String(), test.says)
			if strings.Contains(answer.Body.String(), "secret") {
				t.Error("the cause is shown")
			}
		})
	}
	if strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "TestErrors") || !strings.Contains(log.String(), "id=") {
		t.Errorf("the log lacks where it came from, or tells what was thrown: %s", log)
	}
	if answer := s.do(http.MethodDelete, "/s/families", ""); answer.Code != 405 {
		t.Errorf("wrong method: %d", answer.Code)
	}
	for _, code := range []failure.Code{failure.Invalid, failure.Unauthorized, failure.Forbidden, failure.NotFound, failure.Conflict,
		failure.Gone, failure.TooLarge, failure.TooMany, failure.Unavailable, failure.Internal} {
		for _, lang := range respondentLanguages(t) {
			if key := "error." + string(code); s.config.Catalogue.Localizer(lang).T(key) == key {
				t.Errorf("no words for %s in %s", key, lang)
			}
		}
	}
}

func TestHome(t *testing.T) {
	s := newTestServer(t)
	answer := s.get("/?lang=en")
	expect(t, answer.Code, 200, answer.Body.String(), "For families", "For schools", `href="/s/families?lang=en"`, "open until 31/03/2026", "العربية", "20 questions")
	answer = s.get("/", "Accept-Language", "fr-BE,fr;q=0.9")
	expect(t, answer.Code, 200, answer.Body.String(), `<html lang="fr"`, "Pour les familles", "ouverte jusqu’au 31/03/2026", "20 questions")
	for slug := range s.memory.waves {
		s.change(slug, func(w *store.LiveWave) { w.State = fieldwork.Closed })
	}
	answer = s.get("/?lang=de")
	expect(t, answer.Code, 200, answer.Body.String(), "Zurzeit ist keine Umfrage offen")
}

// TestTextsOfOtherLanguages: what comes from another language of the chain says
// so, and what is in the page's own does not.
func TestTextsOfOtherLanguages(t *testing.T) {
	s := newTestServer(t)
	for slug := range s.memory.waves {
		s.change(slug, func(w *store.LiveWave) { w.Purpose = "Damit Angebote entstehen, wo sie fehlen." })
	}
	answer := s.get("/?lang=ckb")
	expect(t, answer.Code, 200, answer.Body.String(), `<html lang="ckb" dir="rtl">`, `href="/s/schools" lang="en" dir="ltr">`, `href="/s/families?lang=ckb">`)
	answer = s.get("/?lang=de-simple")
	expect(t, answer.Code, 200, answer.Body.String(), `<html lang="de-simple" dir="ltr">`, `href="/s/schools" lang="de" dir="ltr">`)
	answer = s.get("/privacy?wave=families&lang=ar")
	expect(t, answer.Code, 200, answer.Body.String(), `<span>ماذا يحتاج أطفالكم؟</span>`, `<dd dir="auto" lang="de">Damit Angebote`)
	answer = s.get("/privacy?wave=families&lang=de")
	expect(t, answer.Code, 200, answer.Body.String(), `<span>Was brauchen Ihre Kinder?</span>`, `<dd dir="auto">Damit Angebote`)
}

func TestNotices(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Controller = Controller{Name: "Stadt Beispiel", Email: "amt@example.org"} })
	for _, lang := range respondentLanguages(t) {
		for _, path := range []string{"/privacy", "/imprint", "/accessibility", "/privacy?wave=families"} {
			answer := s.get(strings.Replace(path+"?lang="+lang, "families?", "families&", 1))
			expect(t, answer.Code, 200, answer.Body.String(), "Stadt Beispiel", `lang="`+lang+`"`)
			if strings.Contains(answer.Body.String(), "respondent.") {
				t.Errorf("%s %s shows a message key", path, lang)
			}
		}
	}
	expect(t, 200, 200, s.get("/privacy?wave=families&lang=de").Body.String(), "Bedarfe kennen", "31.12.2027", "weniger als 5 Personen")
	if answer := s.get("/privacy?wave=none"); answer.Code != 404 {
		t.Errorf("unknown wave: %d", answer.Code)
	}
}

var linked = regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`)

// TestWeight holds the first visit to 26 KB and four requests until the survey
// can be answered, in every language that the survey speaks. Icons and what is
// sent last come later; TestBrowserFirstVisit shows that nothing else is needed.
func TestWeight(t *testing.T) {
	s := newTestServer(t)
	s.open(t, "young-people", shipped(t, "young_people"))
	for _, slug := range []string{"families", "young-people"} {
		for _, lang := range s.memory.waves[slug].Version.Languages {
			document := s.get("/s/"+slug+"?lang="+lang, "Accept-Encoding", "gzip")
			weight, requests := document.Body.Len(), 1
			own := weight
			for _, address := range needed(unpack(t, document)) {
				asset := s.get(address, "Accept-Encoding", "gzip")
				if asset.Code != 200 || !strings.Contains(asset.Header().Get("Cache-Control"), "immutable") {
					t.Errorf("%s: %d %v", address, asset.Code, asset.Header())
				}
				weight += asset.Body.Len()
				requests++
			}
			t.Logf("%s in %s: %d bytes in %d requests, the document %d", slug, lang, weight, requests, own)
			if weight > 26<<10 || requests > 4 {
				t.Errorf("%s in %s: %d bytes in %d requests", slug, lang, weight, requests)
			}
		}
	}
}

// needed lists the files that a document links, without icons and what
// installs it.
func needed(document string) []string {
	var files []string
	for _, found := range linked.FindAllStringSubmatch(document, -1) {
		if address := found[1]; !slices.Contains(files, address) && !aside(address) {
			files = append(files, address)
		}
	}
	return files
}

// aside tells whether nobody waits for a file: an icon, or what a browser
// installs the page by.
func aside(address string) bool {
	return slices.Contains([]string{".svg", ".png", ".ico", ".webmanifest"}, path.Ext(address))
}

func unpack(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	if answer.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	reader, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestAssets(t *testing.T) {
	s := newTestServer(t)
	link, err := s.assets.link("respond.js")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.get(link).Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("type of a module: %q", got)
	}
	if got := s.get("/assets/old/respond.js").Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("an older version may be kept: %q", got)
	}
	if got := s.get(link, "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("gzip refused, got %q", got)
	}
	for _, target := range []string{"/assets/x/none.js", "/assets/x/..%2fsurvey.html"} {
		if got := s.get(target).Code; got != 404 {
			t.Errorf("%s: %d", target, got)
		}
	}
}

// TestPhone looks at what the document tells the script.
func TestPhone(t *testing.T) {
	s := newTestServer(t)
	page := s.get("/s/families?lang=ar").Body.String()
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="phone">`)
	block, _, found := strings.Cut(rest, "</script>")
	var told struct {
		Lang, Digits string
		Items        []struct {
			Name, Type string
			Relevant   any
			Required   bool
		}
		Words map[string]string
	}
	if err := json.Unmarshal([]byte(block), &told); !found || err != nil {
		t.Fatalf("%v in %.200s", err, block)
	}
	if told.Lang != "ar" || told.Digits != "٠١٢٣٤٥٦٧٨٩" || told.Words["page_of"] != "الصفحة {Page} من {Pages}" {
		t.Errorf("%+v", told)
	}
	at := slices.IndexFunc(told.Items, func(i struct {
		Name, Type string
		Relevant   any
		Required   bool
	}) bool {
		return i.Name == "imp_early_childhood"
	})
	if at < 0 || told.Items[at].Relevant == nil {
		t.Error("a condition is missing")
	}
}
