package testbrowser

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// Request is one request that a page made.
type Request struct {
	Method string
	URL    string
	Kind   string // Document, Stylesheet, Script, Image, Fetch, …
	Status int    // 0 while there is no response
	Bytes  int    // what came over the wire, head and compressed body; 0 from a cache
	// FromServiceWorker and FromCache tell that the network was not needed.
	FromServiceWorker, FromCache bool
	Failure                      string // such as net::ERR_INTERNET_DISCONNECTED

	id network.RequestID
}

// records keeps what one page did. The browser's events arrive on a goroutine
// of chromedp's, the trap's requests on others.
type records struct {
	mutex      sync.Mutex
	origin     string // scheme and host that requests may go to
	requests   []*Request
	console    []message
	violations []string
	strays     []string // requests that ended in the trap
	allowed    []*regexp.Regexp
	location   string // of the main document
}

// message is one error that the page or the browser wrote to the console.
type message struct{ text, url string }

// event takes one event of the page. It runs on the goroutine that reads the
// browser's messages, so it only writes down.
func (r *records) event(event any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		r.requested(e)
	case *network.EventResponseReceived:
		if request := r.byID(e.RequestID); request != nil {
			request.Status = int(e.Response.Status)
			request.FromServiceWorker = e.Response.FromServiceWorker
			request.FromCache = e.Response.FromDiskCache || e.Response.FromPrefetchCache
		}
	case *network.EventRequestServedFromCache:
		if request := r.byID(e.RequestID); request != nil {
			request.FromCache = true
		}
	case *network.EventLoadingFinished:
		if request := r.byID(e.RequestID); request != nil {
			request.Bytes = int(e.EncodedDataLength)
		}
	case *network.EventLoadingFailed:
		if request := r.byID(e.RequestID); request != nil {
			request.Failure = e.ErrorText + string(e.BlockedReason)
		}
	case *runtime.EventExceptionThrown:
		r.console = append(r.console, message{exceptionText(e.ExceptionDetails), e.ExceptionDetails.URL})
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			r.console = append(r.console, message{"console." + string(e.Type) + ": " + argumentsText(e.Args), ""})
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			r.console = append(r.console, message{e.Entry.Text, e.Entry.URL})
		}
	case *audits.EventIssueAdded:
		if details := e.Issue.Details.ContentSecurityPolicyIssueDetails; details != nil {
			r.violations = append(r.violations, violationText(details))
		}
	}
}

// requested notes a new request. A redirect comes as a second event of the same
// id, which carries the answer to the first.
func (r *records) requested(e *network.EventRequestWillBeSent) {
	if previous := r.byID(e.RequestID); previous != nil && e.RedirectResponse != nil {
		previous.Status = int(e.RedirectResponse.Status)
		previous.Bytes = int(e.RedirectResponse.EncodedDataLength)
	}
	if e.Type == network.ResourceTypeDocument {
		r.location = e.Request.URL
	}
	r.requests = append(r.requests, &Request{
		Method: e.Request.Method, URL: e.Request.URL + e.Request.URLFragment, Kind: string(e.Type), id: e.RequestID,
	})
}

// byID returns the newest request of an id, since redirects share one.
func (r *records) byID(id network.RequestID) *Request {
	for _, request := range slices.Backward(r.requests) {
		if request.id == id {
			return request
		}
	}
	return nil
}

// problems lists everything that must not happen on a page of ours.
func (r *records) problems() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var found []string
	for _, request := range r.requests {
		if !r.sameOrigin(request.URL) {
			found = append(found, fmt.Sprintf("request to another origin: %s %s", request.Method, request.URL))
		}
	}
	for _, stray := range r.strays {
		found = append(found, "request to another origin: "+stray)
	}
	for _, violation := range r.violations {
		found = append(found, "content security policy violated: "+violation)
	}
	for _, message := range r.console {
		if !r.tested(message) {
			found = append(found, "error on the console: "+strings.TrimSpace(message.text+" "+message.url))
		}
	}
	return slices.DeleteFunc(found, func(problem string) bool {
		return slices.ContainsFunc(r.allowed, func(pattern *regexp.Regexp) bool { return pattern.MatchString(problem) })
	})
}

// tested tells whether a message only repeats that a document came with a
// status of 400 or more. Such a document is a page like any other, for example
// a list of mistakes with status 422, and its status is the test's to judge.
func (r *records) tested(m message) bool {
	return strings.HasPrefix(m.text, "Failed to load resource: the server responded with a status of") &&
		slices.ContainsFunc(r.requests, func(request *Request) bool {
			return request.Kind == string(network.ResourceTypeDocument) && request.URL == m.url && request.Status >= 400
		})
}

// sameOrigin tells whether an address stays on the tested server or never
// leaves the browser (data:, blob:, about:).
func (r *records) sameOrigin(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch parsed.Scheme {
	case "http", "https":
		return originOf(parsed) == r.origin
	case "ws", "wss":
		parsed.Scheme = "http" + strings.TrimPrefix(parsed.Scheme, "ws")
		return originOf(parsed) == r.origin
	case "ftp", "file":
		return false
	}
	return true
}

func originOf(address *url.URL) string { return address.Scheme + "://" + address.Host }

func (r *records) document() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.location == "" {
		return "an empty page"
	}
	return r.location
}

func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception != nil && details.Exception.Description != "" {
		return details.Text + " " + details.Exception.Description
	}
	return details.Text
}

func argumentsText(arguments []*runtime.RemoteObject) string {
	words := make([]string, 0, len(arguments))
	for _, argument := range arguments {
		if argument.Description != "" {
			words = append(words, argument.Description)
		} else {
			words = append(words, string(argument.Value))
		}
	}
	return strings.Join(words, " ")
}

func violationText(details *audits.ContentSecurityPolicyIssueDetails) string {
	text := details.ViolatedDirective + " blocked " + details.BlockedURL
	if details.BlockedURL == "" {
		text = details.ViolatedDirective + " (" + string(details.ContentSecurityPolicyViolationType) + ")"
	}
	if at := details.SourceCodeLocation; at != nil {
		text += fmt.Sprintf(" at %s:%d:%d", at.URL, at.LineNumber+1, at.ColumnNumber+1)
	}
	return text
}
