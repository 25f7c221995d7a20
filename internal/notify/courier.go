package notify

import (
	"context"
	"log/slog"
	"time"
)

// Queue keeps messages until they are sent. What it hands out it hands out to
// one courier only, also where several programs share it.
type Queue interface {
	// NextMessage hands out a message that is due; false when none is.
	NextMessage(ctx context.Context) (Message, bool, error)
	// MessageDone writes down what became of it.
	MessageDone(ctx context.Context, key Key, outcome Outcome) error
}

// Courier sends what a queue holds, one message after the other.
type Courier struct {
	Queue  Queue
	Mailer *Mailer
	Logger *slog.Logger
	// Every is how often to look whether something is due; 0 for five seconds.
	Every time.Duration
}

// Run sends until the context ends. A message under way is finished first, so
// that stopping the program leaves none of which nobody knows.
func (c *Courier) Run(ctx context.Context) {
	every := c.Every
	if every == 0 {
		every = 5 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for c.one(ctx) {
			if ctx.Err() != nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// one sends a message that is due and tells whether there was one.
func (c *Courier) one(ctx context.Context) bool {
	message, due, err := c.Queue.NextMessage(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Logger.Error("take a message from the queue", slog.Any("error", err))
		}
		return false
	}
	if !due {
		return false
	}
	whole := context.WithoutCancel(ctx)
	outcome := c.Mailer.Send(whole, message)
	if outcome.State != Sent {
		// The words of the server, which repeat addresses, stand at the desk.
		c.Logger.Warn("a message was not sent", slog.String("state", string(outcome.State)), slog.Int("attempt", message.Attempts))
	}
	// Sent and not written down would look as if nobody knew: try for a while.
	for attempt := range 5 {
		if err = c.Queue.MessageDone(whole, message.Key, outcome); err == nil {
			return true
		}
		time.Sleep(time.Duration(attempt) * 200 * time.Millisecond)
	}
	c.Logger.Error("write down what became of a message", slog.Any("error", err))
	return false
}
