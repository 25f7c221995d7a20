package testbrowser

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Choose puts files into the first file input that the CSS selector matches, as
// if somebody had chosen them in the system's dialogue: the page hears "input"
// and "change". The input need not be visible, since a page may open the dialogue
// by a button of its own; that dialogue itself cannot be shown here. Paths may be
// relative to the test's folder. A file that is not there is chosen all the
// same, and the page fails to read it.
func (p *Page) Choose(selector string, paths ...string) {
	p.t.Helper()
	absolute := make([]string, len(paths))
	for i, path := range paths {
		var err error
		if absolute[i], err = filepath.Abs(path); err != nil {
			p.fatal("choose "+path, err)
		}
	}
	run(p, "choose files for "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), absolute))
}

// Download does something that makes the page save a file, such as clicking a
// link to it, waits until the browser has written the file, and returns its path,
// in a folder of the test's, and the name that the page proposed for it.
func (p *Page) Download(act func()) (path, name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	folder, yes := p.t.TempDir(), true
	begun, ended := make(chan *browser.EventDownloadWillBegin, 1), make(chan *browser.EventDownloadProgress, 1)
	err := chromedp.ListenBrowser(ctx, func(event any) {
		switch e := event.(type) {
		case *browser.EventDownloadWillBegin:
			hand(begun, e)
		case *browser.EventDownloadProgress:
			if e.State != browser.DownloadProgressStateInProgress {
				hand(ended, e)
			}
		}
	})
	if err == nil {
		_, err = chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: folder, EventsEnabled: &yes,
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		})
	}
	if err != nil {
		p.fatal("prepare a download", err)
	}
	act()
	select {
	case progress := <-ended:
		if progress.State != browser.DownloadProgressStateCompleted {
			p.fatal("download", errors.New("the browser gave it up"))
		}
		return filepath.Join(folder, progress.GUID), (<-begun).SuggestedFilename
	case <-ctx.Done():
		p.fatal("wait for a file", ctx.Err())
	}
	return "", ""
}

// hand passes an event on, unless one waits already.
func hand[T any](channel chan T, event T) {
	select {
	case channel <- event:
	default:
	}
}
