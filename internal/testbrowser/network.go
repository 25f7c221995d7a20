package testbrowser

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// startTrap runs a proxy that writes down and refuses whatever is sent to it,
// and returns its address. The browser reaches loopback without it, so only
// requests to the rest of the world end there: those too that never show up
// among the page's own, from a service worker or a preconnect.
func startTrap(t testing.TB, into *records) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		ReadHeaderTimeout: patience,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			into.mutex.Lock()
			into.strays = append(into.strays, r.Method+" "+r.RequestURI)
			into.mutex.Unlock()
			w.WriteHeader(http.StatusForbidden)
		}),
	}
	go func() { _ = server.Serve(listener) }() // ends with the Close below
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

// Allow lets problems pass whose text matches the pattern, a regular expression,
// for a test that provokes them: for example `ERR_INTERNET_DISCONNECTED`.
func (p *Page) Allow(pattern string) {
	p.records.mutex.Lock()
	defer p.records.mutex.Unlock()
	p.records.allowed = append(p.records.allowed, regexp.MustCompile(pattern))
}

// Problems returns what would fail the test if it ended now.
func (p *Page) Problems() []string { return p.records.problems() }

// Requests returns the requests so far, oldest first, redirects included.
// Those that a service worker makes by itself are not among them.
func (p *Page) Requests() []Request {
	p.records.mutex.Lock()
	defer p.records.mutex.Unlock()
	copies := make([]Request, 0, len(p.records.requests))
	for _, request := range p.records.requests {
		copies = append(copies, *request)
	}
	return copies
}

// ForgetRequests starts the list of requests anew, for a test that counts those
// of one step. Requests to other origins stay remembered as problems.
func (p *Page) ForgetRequests() {
	p.records.mutex.Lock()
	defer p.records.mutex.Unlock()
	p.records.requests = slices.DeleteFunc(p.records.requests, func(request *Request) bool {
		return p.records.sameOrigin(request.URL)
	})
}

// Cookie is one cookie that the browser keeps.
type Cookie struct {
	Name, Value, Domain, Path string
	SameSite                  string // Strict, Lax, None or "" when not set
	HTTPOnly, Secure          bool
	Expires                   time.Time // zero: with the browser's session
}

// Cookies returns all cookies of this page's context, of whatever path and
// origin.
func (p *Page) Cookies() []Cookie {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	result, err := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
	if err != nil {
		p.fatal("read the cookies", err)
	}
	cookies := make([]Cookie, 0, len(result.Cookies))
	for _, c := range result.Cookies {
		cookie := Cookie{
			Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, SameSite: string(c.SameSite),
			HTTPOnly: c.HTTPOnly, Secure: c.Secure,
		}
		if !c.Session {
			cookie.Expires = time.Unix(int64(c.Expires), 0).UTC()
		}
		cookies = append(cookies, cookie)
	}
	return cookies
}

// Offline takes the page and its service workers off the network, or puts them
// back. navigator.onLine and its events follow.
func (p *Page) Offline(offline bool) {
	p.t.Helper()
	run(p, "change the network", p.settings.network(offline))
	run(p, "change the network's state", step(network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: offline, DownloadThroughput: -1, UploadThroughput: -1,
	}))
}

// network gives the page and its service workers the network of the settings,
// or none.
func (s settings) network(offline bool) chromedp.Action[chromedp.Void] {
	workers := true
	conditions := network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	if s.bytesASecond > 0 {
		conditions.DownloadThroughput, conditions.UploadThroughput = s.bytesASecond, s.bytesASecond
		conditions.Latency = float64(s.latency.Milliseconds())
	}
	return step(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		EmulateOfflineServiceWorker: &workers, MatchedNetworkConditions: []*network.Conditions{&conditions},
	})
}
