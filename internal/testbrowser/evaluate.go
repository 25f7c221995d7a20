package testbrowser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Eval evaluates a JavaScript expression and decodes its value, or that of the
// promise it gives. It runs in a world of its own: it sees the document, but
// none of the page's variables, and the page sees none of its. Neither the
// content security policy nor [NoScript] holds it back; with NoScript, though,
// the browser runs no timers, so that a promise which waits for one never ends.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return run(p, "evaluate "+shorten(expression), evaluate[T](expression))
}

// Wait waits until a JavaScript expression, or the promise it gives, evaluated as
// by [Eval], is true. It looks again every few milliseconds and survives a change
// of document.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	run(p, "wait for "+shorten(expression), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		again := time.NewTicker(15 * time.Millisecond)
		defer again.Stop()
		for {
			done, err := evaluate[bool]("Promise.resolve("+expression+").then(Boolean)")(ctx, t)
			if done || err != nil && !errors.Is(err, errVanished) {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-again.C:
			}
		}
	}))
}

// errVanished says that the document was replaced during the evaluation.
var errVanished = errors.New("the document was replaced")

func evaluate[T any](expression string) chromedp.Action[T] {
	return func(ctx context.Context, t *chromedp.Target) (T, error) {
		var value T
		world, err := isolatedWorld(ctx, t)
		if err != nil {
			return value, err
		}
		yes := true
		result, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{
			Expression: expression, ContextID: world, ReturnByValue: &yes, AwaitPromise: &yes,
		})
		switch {
		case err != nil && ctx.Err() == nil:
			return value, fmt.Errorf("%w: %w", errVanished, err)
		case err != nil:
			return value, err
		case result.ExceptionDetails != nil:
			return value, errors.New(exceptionText(result.ExceptionDetails))
		case len(result.Result.Value) == 0:
			return value, fmt.Errorf("the value is %s, which cannot be handed over", result.Result.Type)
		}
		return value, json.Unmarshal(result.Result.Value, &value)
	}
}

// isolatedWorld returns the harness's world of the main frame's document. The
// browser makes one per document and name, and returns the same one again.
func isolatedWorld(ctx context.Context, t *chromedp.Target) (runtime.ExecutionContextID, error) {
	frames, err := cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return 0, err
	}
	world, err := cdp.Call(ctx, t, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
		FrameID: frames.FrameTree.Frame.ID, WorldName: "testbrowser",
	})
	return world.ExecutionContextID, err
}

func shorten(expression string) string {
	const limit = 100
	if len(expression) <= limit {
		return expression
	}
	return expression[:limit] + "…"
}
