// Package testbrowser opens pages in a real, headless Chromium and watches what
// they do: every request, every message on the console, every violation of the
// content security policy. A request to another origin than the tested one, an
// error on the console or a violation fails the test by itself; what the page
// looks like, how it can be used by keyboard and whether axe-core finds
// barriers, the test asks.
//
// One browser runs per test process; every page gets an incognito context of
// its own. Without Chromium on the machine such a test is skipped, unless
// CI=true or BEDARFSLOTSE_REQUIRE names chromium: then it fails.
package testbrowser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"bedarfslotse/internal/testinput"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// patience bounds every single step of a test. It is long because two busy
// cores under the race detector are slow, and short enough to name the step
// that hangs before the whole test run times out.
const patience = 30 * time.Second

var errMissing = errors.New("no chromium found in PATH")

// chromium is the browser that the tests of one process share.
//
//nolint:gochecknoglobals // one browser per test process is the point of this package
var chromium = sync.OnceValues(launch)

// process is one running browser.
type process struct {
	ctx       context.Context //nolint:containedctx // chromedp keeps the browser in its context
	userAgent string
	// lifeline lets the janitor notice the end of this process: the kernel
	// closes it then. It is kept so that the garbage collector does not.
	lifeline io.Closer
}

// clean waits until its standard input is closed, which is when the test
// process ends in whatever way, ends the browser's process group, and removes
// the browser's folder once nobody is left to write into it: the processes
// that the browser has started live on for some moments and make the files of
// its profile again. Where nobody reaps orphans, a group is never empty, so
// that the wait is bounded.
const clean = `
read -r _
for _ in $(seq 100); do kill -s KILL -- "-$1" 2>/dev/null || break; sleep 0.05; done
rm -rf "$2"
`

func launch() (*process, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "bedarfslotse-chromium-")
	if err != nil {
		return nil, err
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), slices.Concat(
		chromedp.DefaultExecAllocatorOptions[:], flags(path, folder))...)
	ctx, cancel := chromedp.NewContext(allocator)
	defer time.AfterFunc(patience, cancel).Stop()
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("start %s: %w", path, err), os.RemoveAll(folder))
	}
	janitor := exec.Command("/bin/sh", "-c", clean, "sh",
		strconv.Itoa(chromedp.FromContext(ctx).Browser.Process().Pid), folder)
	ownGroup(janitor)
	lifeline, err := janitor.StdinPipe()
	if err == nil {
		err = janitor.Start()
	}
	if err != nil {
		cancel()
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &process{ctx: ctx, userAgent: version.UserAgent, lifeline: lifeline}, nil
}

// ownGroup starts a command in a process group of its own: a signal to that of
// the test, such as Ctrl-C, ends neither the janitor nor the browser before it.
func ownGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// flags keep the browser from talking to anybody but the tested server: it
// resolves no name, so that even a test that goes wrong sends nothing out.
func flags(path, folder string) []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(folder),
		chromedp.Env("TMPDIR=" + folder), // what it leaves there, it leaves in its folder
		chromedp.ModifyCmdFunc(ownGroup),
		chromedp.NoSandbox, // root, as in CI, cannot have one
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		// The first two are chromedp's own. A page out of the back-forward cache
		// fires no load event for chromedp to wait for.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,"+
			"AutofillServerCommunication,OptimizationHints,MediaRouter,BackForwardCache"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("lang", "en-GB"),
	}
}

// find prefers the browser without a window around its pages, which has the
// same engine and takes two thirds of the time.
func find() (string, error) {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errMissing
}

// shared returns the process's browser, or ends the test.
func shared(t testing.TB) *process {
	t.Helper()
	running, err := chromium()
	switch {
	case errors.Is(err, errMissing) && !testinput.Required("chromium"):
		t.Skipf("skipped: %v; install the package chromium to run this test", err)
	case err != nil:
		t.Fatalf("start the browser: %v", err)
	}
	return running
}
