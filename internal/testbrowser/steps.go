package testbrowser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Open goes to an absolute address, waits until the document and all it needs
// has loaded, and returns its status. The first address sets the origin that
// the page has to stay on.
func (p *Page) Open(address string) int {
	p.t.Helper()
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		p.t.Fatalf("testbrowser: %q is no absolute address: %v", address, err)
	}
	p.records.mutex.Lock()
	if p.records.origin == "" {
		p.records.origin = originOf(parsed)
	}
	p.records.mutex.Unlock()
	return status(run(p, "open "+address, chromedp.NavigateResponse(address)))
}

// Follow does something that leads to a new document, such as clicking a link
// or sending what was filled in, waits until that document has loaded, and
// returns its status.
func (p *Page) Follow(act func()) int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.Func(func(context.Context, *chromedp.Target) error {
		act()
		return nil
	}))
	if err != nil {
		p.fatal("wait for the next document", err)
	}
	return status(response)
}

// status is 200 for a document without a response of its own (data:, or out of
// the browser's history).
func status(response *network.Response) int {
	if response == nil {
		return 200
	}
	return int(response.Status)
}

// Back goes back in the history, as the browser's button does.
func (p *Page) Back() {
	p.t.Helper()
	run(p, "go back", chromedp.NavigateBack())
}

// Reload loads the document again.
func (p *Page) Reload() {
	p.t.Helper()
	run(p, "reload", chromedp.Reload())
}

// URL returns the address of the document, with its fragment.
func (p *Page) URL() string {
	p.t.Helper()
	return run(p, "read the address", chromedp.Location())
}

// Title returns the document's title.
func (p *Page) Title() string {
	p.t.Helper()
	return run(p, "read the title", chromedp.Title())
}

// Text returns the visible text of the first element that the CSS selector
// matches; it waits until there is one.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return strings.TrimSpace(run(p, "read the text of "+selector, chromedp.Text(chromedp.CSS(selector))))
}

// HTML returns the markup of the first element that the CSS selector matches.
func (p *Page) HTML(selector string) string {
	p.t.Helper()
	return run(p, "read the markup of "+selector, chromedp.OuterHTML(chromedp.CSS(selector)))
}

// visible is what a person would see. chromedp's own notion counts in what has a
// place but "visibility: hidden", such as the next page of a survey, laid out
// ahead.
const visible = `checkVisibility({visibilityProperty: true})`

// WaitFor waits until the first match of the CSS selector is visible.
func (p *Page) WaitFor(selector string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.querySelector(%q)?.%s`, selector, visible))
}

// WaitGone waits until no match of the CSS selector is visible any more.
func (p *Page) WaitGone(selector string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`![...document.querySelectorAll(%q)].some(e => e.%s)`, selector, visible))
}

// Click waits until the first match of the CSS selector is visible and clicks
// in its middle; on a page with touch it taps. What covers the element gets the
// click, as with a finger.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.WaitFor(selector)
	time.Sleep(p.settings.looked)
	click := chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
	if p.settings.touch {
		click = chromedp.QueryAfter(chromedp.CSS(selector), p.tap, chromedp.NodeVisible)
	}
	run(p, "click "+selector, click)
}

// tap brings an element onto the screen and touches its middle.
func (p *Page) tap(ctx context.Context, t *chromedp.Target, nodes []*chromedp.Node) (chromedp.Void, error) {
	var none chromedp.Void
	id := nodes[0].NodeID
	if _, err := cdp.Call(ctx, t, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{NodeID: id}); err != nil {
		return none, err
	}
	boxes, err := cdp.Call(ctx, t, dom.GetContentQuads, dom.GetContentQuadsParams{NodeID: id})
	if err != nil {
		return none, err
	}
	if len(boxes.Quads) == 0 || len(boxes.Quads[0]) != 8 {
		return none, errors.New("the element covers no place on the screen")
	}
	box := boxes.Quads[0] // four corners, x and y each
	finger := &input.TouchPoint{
		X: (box[0] + box[2] + box[4] + box[6]) / 4,
		Y: (box[1] + box[3] + box[5] + box[7]) / 4,
	}
	if _, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{
		Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{finger},
	}); err != nil {
		return none, err
	}
	time.Sleep(p.settings.held)
	_, err = cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{
		Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{},
	})
	return none, err
}

// Fill replaces what stands in a text box, and tells the page as typing does.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.WaitFor(selector)
	run(p, "focus "+selector, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible))
	Eval[bool](p, `document.activeElement.select?.(), true`)
	if text == "" {
		p.Press(Delete)
		return
	}
	p.insert(text)
}

// insert hands text over as an input method does, which works for every script.
func (p *Page) insert(text string) {
	p.t.Helper()
	run(p, "type", step(input.InsertText, input.InsertTextParams{Text: text}))
}

// Screenshot writes the whole page, not only what the screen shows, as a PNG.
func (p *Page) Screenshot(path string) {
	p.t.Helper()
	if err := p.screenshot(path); err != nil {
		p.fatal("take a screenshot", err)
	}
}

func (p *Page) screenshot(path string) error {
	picture, err := try(p, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, picture, 0o600)
}

// Before runs a script in the world of every following document, before any of
// its own: to stand in for what a headless browser has not, such as voices.
func (p *Page) Before(script string) {
	p.t.Helper()
	run(p, "prepare documents", step(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}
