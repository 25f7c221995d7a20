package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/testbrowser"
)

const ownWords = "/manage/concept/questions/1"

// TestTypedIsHeld: a form that comes after its session had ended is shown again
// with all that it holds; everything else is refused and not shown.
func TestTypedIsHeld(t *testing.T) {
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "anna")
	form := url.Values{"area": {own}, "revision": {"0"}, "text": {"Zwei Wörter & \"mehr\"\r\n<b>darunter</b>"}, "_csrf": {"token"}}
	d.now = d.now.Add(idleLife + 1)
	post := func(path, body string, headers ...string) *httptest.ResponseRecorder {
		return v.do(http.MethodPost, path, body, append([]string{"Cookie", v.cookie, "Accept-Language", "en"}, headers...)...)
	}
	for name, got := range map[string]*httptest.ResponseRecorder{
		"a browser that tells":     post(ownWords+"?lang=en", form.Encode(), "Content-Type", formType, "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "navigate"),
		"a browser that does not":  post(ownWords+"?lang=en", form.Encode(), "Content-Type", formType),
		"nobody, with a character": post(ownWords+"?lang=en", form.Encode(), "Content-Type", formType+"; charset=utf-8", "Cookie", ""),
	} {
		body := got.Body.String()
		if got.Code != http.StatusUnauthorized || !strings.Contains(body, "Not saved yet") || got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %v", name, got.Code, got.Header())
		}
		for _, want := range []string{`action="` + ownWords + `?lang=en"`, `name="revision" value="0"`, `name="_csrf" value="token"`,
			"name=\"text\" value=\"Zwei Wörter &amp; &#34;mehr&#34;\r\n&lt;b&gt;darunter&lt;/b&gt;\"", "&lt;b&gt;darunter&lt;/b&gt;</textarea>"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page lacks %s", name, want)
			}
		}
	}
	secret := url.Values{"name": {"ben"}, "password": {"ein langes Geheimnis"}}
	for name, got := range map[string]*httptest.ResponseRecorder{
		"an old browser": post(ownWords, form.Encode(), "Content-Type", formType, "Origin", "https://elsewhere.example"),
		"another site":   post(ownWords, form.Encode(), "Content-Type", formType, "Sec-Fetch-Site", "cross-site"),
		"a script":       post(ownWords, form.Encode(), "Content-Type", formType, "Sec-Fetch-Mode", "cors"),
		"one that reads": post(ownWords, form.Encode(), "Content-Type", formType, "Accept", "application/json"),
		"the interface":  post("/api/v1/waves", form.Encode(), "Content-Type", formType),
		"a password":     post("/manage/account/password", secret.Encode(), "Content-Type", formType),
		"another kind":   post(ownWords, form.Encode(), "Content-Type", "text/plain"),
		"nothing":        post(ownWords, "", "Content-Type", formType),
		"no form":        post(ownWords, "%zz=%", "Content-Type", formType),
		"too much":       post(ownWords, "text="+strings.Repeat("a b ", bodyLimit/4), "Content-Type", formType),
		"files":          v.upload(t, "/manage/surveys/import", "a.yaml", []byte("x")),
	} {
		body := got.Body.String()
		if got.Code != http.StatusUnauthorized || strings.Contains(body, "Not saved yet") || strings.Contains(body, "Geheimnis") {
			t.Errorf("%s: %d %.300s", name, got.Code, body)
		}
	}
}

// TestBrowserTypedIsHeld: somebody writes for longer than a session lasts, signs
// in beside it, and saves.
func TestBrowserTypedIsHeld(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lang    string
		options []testbrowser.Option
	}{
		"de desktop":              {"de", []testbrowser.Option{testbrowser.Desktop}},
		"en phone without script": {"en", []testbrowser.Option{testbrowser.Small, testbrowser.NoScript}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDesk(t)
			d.person(t, "anna", account.Grant{Role: account.Coordinator, Area: own})
			p := d.atDesk(t, listen(t, d.testServer), "anna", ownWords, append(test.options, testbrowser.Language(test.lang))...)
			p.Allow("status of 401")
			const words = "Was wir in einer Stunde geschrieben haben."
			p.Fill("#i-text", words)
			d.now = d.now.Add(idleLife + 1)
			if got := p.Follow(func() { p.Click("form:has(#i-text) button") }); got != http.StatusUnauthorized {
				t.Errorf("status %d", got)
			}
			look(t, p, "typed "+name)
			p.CheckBarriers()
			if wide := p.Sideways(); wide > 0 {
				t.Errorf("%d px too wide", wide)
			}
			if got := testbrowser.Eval[string](p, `document.querySelector("main textarea").value`); got != words {
				t.Errorf("the page shows %q", got)
			}
			signIn := testbrowser.Eval[string](p, `document.querySelector('main a[target="_blank"]').href`)
			beside := p.Tab()
			beside.Open(signIn)
			beside.Fill("#name", "anna")
			beside.Fill("#password", deskPassword)
			beside.Follow(func() { beside.Click("main button") })
			if got := p.Follow(func() { p.Click("main form button") }); got != http.StatusOK {
				t.Errorf("saving again: status %d", got)
			}
			if got := p.Text(".question-words"); got != words {
				t.Errorf("the page says %q", got)
			}
		})
	}
}
