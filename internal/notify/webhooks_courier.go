package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// HookQueue holds the messages that are to be sent; they survive the program.
type HookQueue interface {
	// Spread writes a message for each webhook that wants what happened since.
	Spread(ctx context.Context) error
	// Due returns messages whose time has come and lets nobody else have them for
	// a while.
	Due(ctx context.Context, limit int) ([]Delivery, error)
	// Settle writes down what became of an attempt, and when the next one is due.
	Settle(ctx context.Context, d Delivery, outcome HookOutcome) error
}

// HookCourier sends what is in a queue for as long as it runs.
type HookCourier struct {
	Queue  HookQueue
	Sender *HookSender
	Logger *slog.Logger
	Every  time.Duration // how often it looks
}

// atOnce is how many messages are under way at once: one receiver that is slow
// must not keep the others waiting.
const atOnce = 8

// Run sends until the context ends.
func (c *HookCourier) Run(ctx context.Context) {
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for {
		if err := c.Round(ctx); err != nil && ctx.Err() == nil {
			c.Logger.Error("send webhooks", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Round sends once what is due.
func (c *HookCourier) Round(ctx context.Context) error {
	if err := c.Queue.Spread(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		due, err := c.Queue.Due(ctx, atOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		var sending sync.WaitGroup
		failed := make(chan error, len(due))
		for _, one := range due {
			sending.Go(func() {
				outcome := c.Sender.Send(ctx, one)
				if ctx.Err() != nil {
					return // it is due again when its lease is over
				}
				failed <- c.Queue.Settle(ctx, one, outcome)
			})
		}
		sending.Wait()
		close(failed)
		for err := range failed {
			if err != nil {
				return err
			}
		}
	}
	return nil
}
