package testbrowser

import (
	"strconv"
	"time"

	"github.com/chromedp/cdproto/page"
)

// Clock lets the test set the clock of the documents opened from now on, by
// [Page.Ahead]. Only what they read from Date.now() is changed; timers run as
// they do.
func (p *Page) Clock() {
	p.t.Helper()
	const script = `{ const now = Date.now; Date.now = () => now() + Number(document.documentElement?.dataset.ahead ?? 0); }`
	run(p, "take over the clock", step(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}

// Ahead puts the document's clock so much further ahead. The next document's is
// right again.
func (p *Page) Ahead(by time.Duration) {
	p.t.Helper()
	Eval[int](p, `document.documentElement.dataset.ahead = Number(document.documentElement.dataset.ahead ?? 0) + `+
		strconv.FormatInt(by.Milliseconds(), 10))
}
