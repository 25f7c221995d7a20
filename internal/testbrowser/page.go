package testbrowser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// ScreenshotVariable names the environment variable with a folder to which the
// last look of every failed page goes. Unset, none is taken.
const ScreenshotVariable = "BEDARFSLOTSE_SCREENSHOTS"

// Page is one tab in an incognito context of its own. Its methods end the test
// when a step fails or takes longer than half a minute. A page belongs to the
// goroutine of its test.
type Page struct {
	t        testing.TB
	ctx      context.Context //nolint:containedctx // chromedp keeps the tab in its context
	settings settings
	records  *records
}

// New opens an empty page and closes it when the test ends. At the end it fails
// the test for every request to another origin than that of the first address
// that [Page.Open] was given, for every error on the console and for every
// violation of the content security policy, unless [Page.Allow] named it.
func New(t testing.TB, options ...Option) *Page {
	t.Helper()
	running := shared(t)
	chosen := settings{language: "de"}
	Desktop(&chosen)
	for _, option := range options {
		option(&chosen)
	}
	p := &Page{t: t, settings: chosen, records: &records{}}
	trap := startTrap(t, p.records)
	ctx, cancel := chromedp.NewContext(running.ctx,
		chromedp.WithNewBrowserContext(func(params *target.CreateBrowserContextParams) {
			params.ProxyServer = trap // loopback is reached directly, everything else ends there
		}),
		chromedp.WithListener(p.records.event))
	p.ctx = ctx
	t.Cleanup(cancel)
	t.Cleanup(p.finish) // runs before cancel
	// The context of the first step must not have a deadline of its own, since
	// the page would end with it; so it is ended from outside.
	defer time.AfterFunc(patience, cancel).Stop()
	if err := chromedp.Do(ctx, p.prepare(running.userAgent)...); err != nil {
		t.Fatalf("testbrowser: open a page: %v", err)
	}
	return p
}

// Tab opens another empty tab beside the page, with the same storage: what one
// person has in two windows.
func (p *Page) Tab() *Page {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithListener(p.records.event))
	tab := &Page{t: p.t, ctx: ctx, settings: p.settings, records: p.records}
	p.t.Cleanup(cancel)
	defer time.AfterFunc(patience, cancel).Stop()
	agent := Eval[string](p, "navigator.userAgent")
	if err := chromedp.Do(ctx, tab.prepare(agent)...); err != nil {
		p.t.Fatalf("testbrowser: open a tab: %v", err)
	}
	return tab
}

// Inject lets a script run in every document from now on before any of its own,
// for a browser that denies or lacks something.
func (p *Page) Inject(script string) {
	p.t.Helper()
	run(p, "inject a script", step(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}

// prepare lists the steps that turn an empty tab into the wanted device.
func (p *Page) prepare(userAgent string) []chromedp.Action[chromedp.Void] {
	s := p.settings
	touchPoints := int64(1)
	if s.touch {
		touchPoints = 5
	}
	steps := []chromedp.Action[chromedp.Void]{
		step(audits.Enable, cdp.Empty{}),
		step(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: s.width, Height: s.height, DeviceScaleFactor: s.scale, Mobile: s.touch,
		}),
		step(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{
			Enabled: s.touch, MaxTouchPoints: touchPoints,
		}),
		step(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: userAgent, AcceptLanguage: s.language,
		}),
		step(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: s.features()}),
		step(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: max(1, s.slower)}),
		step(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: s.scriptless}),
		// Each page is its own reader's, who looks at no other.
		step(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
	}
	if s.bytesASecond > 0 {
		steps = append(steps, s.network(false))
	}
	return steps
}

// features are what the device tells style sheets of its reader's wishes.
func (s *settings) features() []*emulation.MediaFeature {
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}
	if s.dark {
		features[0].Value = "dark"
	}
	if s.reducedMotion {
		features = append(features, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	}
	if s.forcedColors {
		features = append(features, &emulation.MediaFeature{Name: "forced-colors", Value: "active"})
	}
	return features
}

// step makes an action of a protocol command whose result does not matter.
func step[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// finish reports what the page did wrong.
func (p *Page) finish() {
	for _, problem := range p.records.problems() {
		p.t.Errorf("testbrowser: %s", problem)
	}
	folder := os.Getenv(ScreenshotVariable)
	if folder == "" || !p.t.Failed() || p.ctx.Err() != nil {
		return
	}
	name := strings.NewReplacer("/", "_", " ", "_").Replace(p.t.Name()) + ".png"
	if err := p.screenshot(filepath.Join(folder, name)); err != nil {
		p.t.Logf("testbrowser: no picture of the failure: %v", err)
	}
}

// Context returns the page's chromedp context for a step that this package does
// not offer. Give each step a deadline.
func (p *Page) Context() context.Context { return p.ctx }

// run carries out one bounded step or ends the test.
func run[T any](p *Page, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	value, err := try(p, action)
	if err != nil {
		p.fatal(what, err)
	}
	return value
}

func try[T any](p *Page, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// fatal ends the test with all that helps to see why: the step, the address,
// and what the page itself complained about.
func (p *Page) fatal(what string, err error) {
	p.t.Helper()
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("still waiting after %v", patience)
	}
	p.t.Fatalf("testbrowser: %s on %s: %v", what, p.records.document(), err)
}
