package testbrowser_test

import (
	"bufio"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"bedarfslotse/internal/testbrowser"
)

const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"

// serve answers with documents and scripts by path; "/headers" shows what the
// browser asked with.
func serve(t *testing.T, contents map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/worker.js" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		if strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript")
		} else {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
		}
		content, known := contents[r.URL.Path]
		switch {
		case r.URL.Path == "/headers":
			_, _ = fmt.Fprintf(w, sound, `<p id="language">`+r.Header.Get("Accept-Language")+`</p>`)
			return
		case r.URL.Path == "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
			return
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusUnprocessableEntity)
		case !known:
			w.WriteHeader(http.StatusNotFound)
		}
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes", Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		_, _ = w.Write([]byte(content))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// sound is a page without barriers.
const sound = `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Probe</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Probe</h1>%s</main></body></html>`

func document(body string) string { return fmt.Sprintf(sound, body) }

// spoiled runs the rest of a test on a page whose problems are expected, and
// returns them.
func spoiled(t *testing.T, contents map[string]string, visit func(p *testbrowser.Page, base string)) []string {
	t.Helper()
	page := testbrowser.New(t)
	visit(page, serve(t, contents))
	problems := page.Problems()
	page.Allow(".")
	return problems
}

func wantProblem(t *testing.T, problems []string, parts ...string) {
	t.Helper()
	for _, problem := range problems {
		found := true
		for _, part := range parts {
			found = found && strings.Contains(problem, part)
		}
		if found {
			return
		}
	}
	t.Errorf("no problem with %q among %q", parts, problems)
}

func TestBrowserAxeFindsABarrierAndOnlyThat(t *testing.T) {
	base := serve(t, map[string]string{
		"/sound":  document(`<p>Gut.</p>`),
		"/broken": document(`<input type="text" name="age">`),
	})
	for name, options := range map[string][]testbrowser.Option{
		"with script":    {testbrowser.Phone},
		"without script": {testbrowser.Phone, testbrowser.NoScript},
	} {
		t.Run(name, func(t *testing.T) {
			page := testbrowser.New(t, options...)
			page.Open(base + "/sound")
			if found := page.Axe(); len(found) != 0 {
				t.Errorf("a sound page has %d violations: %v", len(found), found)
			}
			page.Open(base + "/broken")
			found := page.Axe()
			if len(found) != 1 || found[0].Rule != "label" || found[0].Impact != "critical" {
				t.Fatalf("want one critical violation of label, got %v", found)
			}
			for _, part := range []string{"label (critical)", `<input type="text" name="age">`, "aria-label"} {
				if !strings.Contains(found[0].String(), part) {
					t.Errorf("%q is missing in:\n%s", part, found[0])
				}
			}
		})
	}
}

func TestBrowserRequestsToOtherOriginsAreProblems(t *testing.T) {
	elsewhere := serve(t, map[string]string{"/picture": ""})
	for name, c := range map[string]struct{ body, part string }{
		"another port":       {`<a href="` + elsewhere + `/picture">weg</a>`, elsewhere + "/picture"},
		"another host":       {`<a href="http://example.test/there">weg</a>`, "http://example.test/there"},
		"another host's TLS": {`<a href="https://example.test/there">weg</a>`, "https://example.test/there"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := spoiled(t, map[string]string{"/": document(c.body)}, func(p *testbrowser.Page, base string) {
				p.Open(base + "/")
				p.Click("a")
				// The trap refuses what leaves the machine, so no document comes, and
				// it may tell of the request before the page does.
				told := func() bool {
					return slices.ContainsFunc(p.Problems(), func(one string) bool { return strings.Contains(one, c.part) })
				}
				for deadline := time.Now().Add(20 * time.Second); !told() && time.Now().Before(deadline); {
					p.Wait("true")
				}
			})
			wantProblem(t, problems, "another origin", c.part)
		})
	}
}

func TestBrowserTheTrapCatchesWhatThePageDoesNotReport(t *testing.T) {
	problems := spoiled(t, map[string]string{
		"/":          document(`<p>Probe</p><script src="/page.js"></script>`),
		"/page.js":   `navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready).then(() => document.body.id = "ready")`,
		"/worker.js": `addEventListener("install", event => event.waitUntil(fetch("http://example.test/from-the-worker", {mode: "no-cors"}).catch(() => 0)))`,
	}, func(p *testbrowser.Page, base string) {
		p.Open(base + "/")
		p.WaitFor("#ready")
	})
	wantProblem(t, problems, "another origin", "http://example.test/from-the-worker")
}

func TestBrowserErrorsOnTheConsoleAreProblems(t *testing.T) {
	problems := spoiled(t, map[string]string{
		"/": document(`<p id="p">Probe</p><script src="/page.js"></script><script src="/absent.js"></script>`),
		"/page.js": `console.error("said", 42); console.log("harmless");
			setTimeout(() => { Promise.reject(new Error("rejected")); setTimeout(() => { document.body.id = "done"; throw new Error("thrown") }) })`,
	}, func(p *testbrowser.Page, base string) {
		p.Open(base + "/")
		p.WaitFor("#done")
	})
	wantProblem(t, problems, `console.error: "said" 42`)
	wantProblem(t, problems, "Error: thrown")
	wantProblem(t, problems, "Error: rejected")
	wantProblem(t, problems, "404", "/absent.js")
	if strings.Contains(strings.Join(problems, "\n"), "harmless") {
		t.Errorf("an ordinary message counts as a problem: %q", problems)
	}
}

func TestBrowserPolicyViolationsAreProblems(t *testing.T) {
	problems := spoiled(t, map[string]string{
		"/": document(`<p style="color:red">Probe</p><script>alert(1)</script>`),
	}, func(p *testbrowser.Page, base string) {
		p.Open(base + "/")
		p.WaitFor("p")
	})
	wantProblem(t, problems, "content security policy violated", "script-src")
	wantProblem(t, problems, "content security policy violated", "style-src")
}

func TestBrowserAPageOfMistakesIsNoProblem(t *testing.T) {
	page := testbrowser.New(t, testbrowser.NoScript)
	base := serve(t, map[string]string{
		"/": document(`<form method="post" action="/sent"><label>Alter <input name="age"></label><button>Senden</button></form>`), "/sent": document(`<p id="sent">Fehler</p>`),
	})
	if got := page.Open(base + "/"); got != http.StatusOK {
		t.Errorf("status %d", got)
	}
	page.Fill("input", "zwölf")
	if got := page.Follow(func() { page.Click("button") }); got != http.StatusUnprocessableEntity {
		t.Errorf("status %d, want 422", got)
	}
	if got := page.Text("#sent"); got != "Fehler" {
		t.Errorf("text %q", got)
	}
	posts := slices.DeleteFunc(page.Requests(), func(r testbrowser.Request) bool { return r.Method != http.MethodPost })
	if len(posts) != 1 || posts[0].Status != http.StatusUnprocessableEntity || posts[0].Bytes == 0 || posts[0].Kind != "Document" {
		t.Errorf("posts: %+v", posts)
	}
}

func TestBrowserDevices(t *testing.T) {
	base := serve(t, nil)
	for name, c := range map[string]struct {
		options []testbrowser.Option
		want    string
	}{
		"desktop": {nil, "1280×900@1 coarse:false dark:false de"},
		"phone":   {[]testbrowser.Option{testbrowser.Phone, testbrowser.Language("ar")}, "360×740@2 coarse:true dark:false ar"},
		"small":   {[]testbrowser.Option{testbrowser.Small, testbrowser.Dark}, "320×568@2 coarse:true dark:true de"},
	} {
		t.Run(name, func(t *testing.T) {
			page := testbrowser.New(t, c.options...)
			page.Open(base + "/headers")
			got := testbrowser.Eval[string](page, "`${innerWidth}×${innerHeight}@${devicePixelRatio} coarse:${matchMedia(\"(pointer: coarse)\").matches} "+
				"dark:${matchMedia(\"(prefers-color-scheme: dark)\").matches} ${navigator.language}`")
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if header := page.Text("#language"); !strings.HasSuffix(c.want, " "+header) {
				t.Errorf("Accept-Language: %q", header)
			}
		})
	}
}

func TestBrowserScriptRunsOnlyWhereItMay(t *testing.T) {
	base := serve(t, map[string]string{
		"/":        document(`<p>ohne</p><noscript><p id="no">noscript</p></noscript><script src="/page.js"></script>`),
		"/page.js": `document.querySelector("p").textContent = "mit"`,
	})
	plain, scripted := testbrowser.New(t, testbrowser.NoScript), testbrowser.New(t)
	plain.Open(base + "/")
	scripted.Open(base + "/")
	if got := scripted.Text("p"); got != "mit" {
		t.Errorf("with script: %q", got)
	}
	if got := plain.Text("p"); got != "ohne" {
		t.Errorf("without script: %q", got)
	}
	plain.Axe() // allows scripts for a while
	if got := plain.Text("p"); got != "ohne" {
		t.Errorf("without script, after axe-core: %q", got)
	}
	if got := plain.Text("#no"); got != "noscript" {
		t.Errorf("noscript: %q", got)
	}
}

func TestBrowserCookiesBelongToOnePage(t *testing.T) {
	base := serve(t, map[string]string{"/": document(""), "/headers": ""})
	with, without := testbrowser.New(t), testbrowser.New(t)
	with.Open(base + "/")
	without.Open(base + "/headers")
	cookies := with.Cookies()
	if len(cookies) != 1 || cookies[0].Name != "seen" || !cookies[0].HTTPOnly || cookies[0].SameSite != "Strict" || !cookies[0].Expires.IsZero() {
		t.Errorf("cookies: %+v", cookies)
	}
	if cookies := without.Cookies(); len(cookies) != 0 {
		t.Errorf("another page's cookies: %+v", cookies)
	}
}

func TestBrowserOfflineReachesPageAndWorker(t *testing.T) {
	page := testbrowser.New(t)
	page.Allow("ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch")
	base := serve(t, map[string]string{
		"/":          document(`<script src="/page.js"></script>`),
		"/page.js":   `navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready)`,
		"/worker.js": `addEventListener("install", () => skipWaiting()); addEventListener("activate", event => event.waitUntil(clients.claim())); addEventListener("fetch", event => event.respondWith(fetch(event.request)))`,
		"/data":      "data",
	})
	page.Open(base + "/")
	page.Wait(`navigator.serviceWorker.controller`)
	const fetched = `fetch("/data?" + Math.random()).then(r => r.text(), e => "offline")`
	for _, c := range []struct {
		offline bool
		want    string
	}{{false, "data"}, {true, "offline"}, {false, "data"}} {
		page.Offline(c.offline)
		if got := testbrowser.Eval[string](page, fetched); got != c.want {
			t.Errorf("offline %v: fetch gave %q", c.offline, got)
		}
		if online := testbrowser.Eval[bool](page, `navigator.onLine`); online == c.offline {
			t.Errorf("offline %v: navigator.onLine is %v", c.offline, online)
		}
	}
}

func TestBrowserFilesComeAndGo(t *testing.T) {
	page := testbrowser.New(t)
	page.Open(serve(t, map[string]string{
		"/": document(`<label>Datei <input type="file" hidden></label><a download="gruss.txt" href="/text">Speichern</a><p id="said">?</p>` +
			`<script src="/show.js"></script>`),
		"/text": "Grüße",
		"/show.js": `document.querySelector("input").addEventListener("change", async ({ target }) => {
			const said = document.querySelector("#said");
			try { said.textContent = target.files[0].name + ": " + await target.files[0].text(); } catch { said.textContent = "unlesbar"; }
		});`,
	}) + "/")
	path, name := page.Download(func() { page.Click("a") })
	if content, err := os.ReadFile(path); err != nil || name != "gruss.txt" || string(content) != "Grüße" {
		t.Errorf("saved %s: %q, %v", name, content, err)
	}
	page.Choose("input", path)
	page.Wait(`document.querySelector("#said").textContent === "` + filepath.Base(path) + `: Grüße"`)
	page.Choose("input", filepath.Join(t.TempDir(), "nirgends"))
	page.Wait(`document.querySelector("#said").textContent === "unlesbar"`)
}

func TestBrowserWaitsForPromises(t *testing.T) {
	page := testbrowser.New(t)
	page.Open(serve(t, map[string]string{"/": document(`<p id="looks"></p>`)}) + "/")
	page.Wait(`Promise.resolve((document.querySelector("#looks").textContent += "x").length === 3)`)
	if looks := page.Text("#looks"); looks != "xxx" {
		t.Errorf("looked %d times", len(looks))
	}
}

func TestBrowserWaitsForWhatIsSeen(t *testing.T) {
	for _, device := range []testbrowser.Option{testbrowser.Phone, testbrowser.Desktop} {
		base := serve(t, map[string]string{
			"/": document(`<button id="late">Probe</button><script src="/page.js"></script>`),
			"/page.js": `const late = document.querySelector("#late"); late.style.visibility = "hidden"; late.onclick = () => { document.title = "pressed"; };
				setTimeout(() => { late.style.visibility = ""; }, 200)`,
		})
		p := testbrowser.New(t, device)
		p.Open(base + "/")
		p.WaitFor("#late")
		if testbrowser.Eval[string](p, `document.querySelector("#late").style.visibility`) != "" {
			t.Error("what has a place but cannot be seen was taken for visible")
		}
		p.Reload()
		p.Click("#late")
		if title := p.Title(); title != "pressed" {
			t.Errorf("the click went elsewhere: %q", title)
		}
	}
}

func TestBrowserKeyboard(t *testing.T) {
	base := serve(t, map[string]string{"/": document(`<form method="post" action="/sent">
		<label>Name <input name="name" required></label>
		<fieldset><legend>Farbe</legend>
		<label><input type="radio" name="colour" value="r"> Rot</label>
		<label><input type="radio" name="colour" value="b"> Blau</label></fieldset>
		<label><input type="checkbox" name="yes"> Ja</label>
		<button>Senden</button></form>`), "/sent": document("<p>Fehler</p>")})
	for name, options := range map[string][]testbrowser.Option{"with script": nil, "without script": {testbrowser.NoScript}} {
		t.Run(name, func(t *testing.T) {
			page := testbrowser.New(t, options...)
			page.Open(base + "/")
			if pressed := page.TabTo("textbox", "Name", 3); pressed != 1 {
				t.Errorf("the first box took %d times Tab", pressed)
			}
			page.Type("Ali ")
			page.Type("عَلي")
			page.TabTo("radio", "Rot", 1)
			page.Press(testbrowser.Space, testbrowser.ArrowDown)
			page.TabTo("checkbox", "Ja", 1)
			page.Press(testbrowser.Space)
			tree := page.Tree()
			for _, c := range []struct{ role, name, value, checked string }{
				{"textbox", "Name", "Ali عَلي", ""}, {"radio", "Rot", "", ""},
				{"radio", "Blau", "", "true"}, {"checkbox", "Ja", "", "true"},
			} {
				node, found := tree.Find(c.role, c.name)
				if !found || c.value != "" && node.Value != c.value || node.States["checked"] != c.checked {
					t.Errorf("%v is %v in\n%s", c, node, tree)
				}
			}
			if node, _ := tree.Find("textbox", "Name"); node.States["required"] != "true" {
				t.Errorf("required is missing: %v", node)
			}
			page.Press(testbrowser.Tab, testbrowser.ShiftTab)
			if focused := page.Focused(); focused.Name != "Ja" {
				t.Errorf("focus on %v", focused)
			}
			page.TabTo("button", "Senden", 1)
			if got := page.Follow(func() { page.Press(testbrowser.Enter) }); got != http.StatusUnprocessableEntity {
				t.Errorf("status %d", got)
			}
		})
	}
}

func TestBrowserScreenshotShowsTheWholePage(t *testing.T) {
	page := testbrowser.New(t, testbrowser.Phone)
	page.Open(serve(t, map[string]string{"/": document(strings.Repeat("<p>Zeile</p>", 100))}) + "/")
	path := filepath.Join(t.TempDir(), "new", "page.png")
	page.Screenshot(path)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	picture, err := png.DecodeConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if picture.Width != 720 || picture.Height < 4000 {
		t.Errorf("the picture is %d×%d", picture.Width, picture.Height)
	}
}

func TestBrowserJourneyWithPointer(t *testing.T) {
	base := serve(t, map[string]string{
		"/":        document(`<p id="hint">Hinweis</p><input id="box" aria-label="Text" value="alt"><button>Zu</button><a href="/next">Weiter</a><script src="/page.js"></script>`),
		"/page.js": `document.querySelector("button").addEventListener("click", event => { document.title = event.pointerType; requestAnimationFrame(() => document.querySelector("#hint").hidden = true) })`,
		"/next":    document(`<p id="next">Weiter</p>`),
	})
	for name, c := range map[string]struct {
		option testbrowser.Option
		kind   string
	}{"phone": {testbrowser.Phone, "touch"}, "desktop": {testbrowser.Desktop, "mouse"}} {
		t.Run(name, func(t *testing.T) {
			page := testbrowser.New(t, c.option)
			page.Open(base + "/")
			page.Fill("#box", "سلام")
			if got := testbrowser.Eval[string](page, `document.querySelector("#box").value`); got != "سلام" {
				t.Errorf("the box holds %q", got)
			}
			page.Fill("#box", "")
			if got := testbrowser.Eval[string](page, `document.querySelector("#box").value`); got != "" {
				t.Errorf("the emptied box holds %q", got)
			}
			page.Click("button")
			page.WaitGone("#hint")
			if got := page.Title(); got != c.kind {
				t.Errorf("clicked with %q, want %q", got, c.kind)
			}
			page.ForgetRequests()
			if got := page.Follow(func() { page.Click("a") }); got != http.StatusOK {
				t.Errorf("status %d", got)
			}
			if got := page.URL(); got != base+"/next" {
				t.Errorf("at %s", got)
			}
			if requests := page.Requests(); requests[0].URL != base+"/next" {
				t.Errorf("requests: %+v", requests)
			}
			page.Back()
			page.Reload()
			page.WaitFor("#hint")
		})
	}
}

// TestHelperProcess does nothing by itself: TestBrowserNothingOutlivesAKilledTest runs
// it in a process of its own, which holds a browser until it is killed.
func TestHelperProcess(t *testing.T) {
	if os.Getenv("BEDARFSLOTSE_HELPER") != "chromium" {
		return
	}
	page := testbrowser.New(t)
	fmt.Printf("\nready %d\n", chromedp.FromContext(page.Context()).Browser.Process().Pid)
	<-t.Context().Done() // never: the parent kills this process
}

func TestBrowserNothingOutlivesAKilledTest(t *testing.T) {
	testbrowser.New(t) // skips where there is no browser
	// Chromium's socket is in the folder, and the path of a socket must be short.
	folder, err := os.MkdirTemp("", "killed-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	command := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$", "-test.timeout=2m")
	command.Env = append(os.Environ(), "BEDARFSLOTSE_HELPER=chromium", "TMPDIR="+folder)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var id int
	var said strings.Builder
	for lines := bufio.NewScanner(output); id == 0 && lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		_, _ = fmt.Sscanf(lines.Text(), "ready %d", &id)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // reports the kill
	if id == 0 {
		t.Fatalf("the helper did not start a browser:\n%s", &said)
	}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	var running []byte
	var kept []os.DirEntry
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-again.C {
		// A process that nobody has reaped yet has an empty command line.
		running, _ = os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", id))
		if kept, err = os.ReadDir(folder); err != nil {
			t.Fatal(err)
		}
		if len(running) == 0 && len(kept) == 0 {
			return
		}
	}
	t.Errorf("the test process was outlived by the browser %d (%q) or by %v", id, running, kept)
}
