package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/notify"
)

// Webhook is where a program wants to be told of what happens.
type Webhook struct {
	ID      string
	Area    string // whose events, with all below it; "" for all
	URL     string
	Events  []notify.Event
	Author  string
	Created string // RFC 3339
	Enabled bool
}

// host is how the audit log names it: the rest of an address may be a secret.
func (w Webhook) host() string {
	address, err := url.Parse(w.URL)
	if err != nil { // judged before
		return ""
	}
	return address.Host
}

// mostWebhooks is how many there are at most.
const mostWebhooks = 100

// AddWebhook stores a webhook and returns it with the secret that signs its
// messages, which is told this once. failure.Invalid for an address or events that
// cannot be used, failure.Conflict when there are too many.
func (db *DB) AddWebhook(ctx context.Context, actor string, w Webhook) (Webhook, string, error) {
	if err := notify.CheckURL(w.URL); err != nil {
		return w, "", err
	}
	names := make([]string, 0, len(w.Events))
	for _, one := range w.Events {
		if slices.Contains(notify.Events(), one) && !slices.Contains(names, string(one)) {
			names = append(names, string(one))
		}
	}
	if len(names) == 0 {
		return w, "", failure.New(failure.Invalid, "error.bad_webhook_events")
	}
	w.ID, w.Author, w.Created, w.Enabled = rand.Text(), actor, db.stamp(), true
	secret := notify.NewSecret()
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM webhooks`).Scan(&count); err != nil {
			return err
		}
		if count >= mostWebhooks {
			return failure.New(failure.Conflict, "error.too_many_webhooks", "limit", mostWebhooks)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO webhooks (id, area, url, events, secret, author, created, enabled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			w.ID, w.Area, w.URL, strings.Join(names, " "), secret, actor, w.Created, true)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WebhookAdded, Subject: w.host(), Area: w.Area, Effect: account.Effect("events", strings.Join(names, ","))})
	})
	if err != nil {
		return w, "", unavailable(fmt.Errorf("add webhook: %w", err))
	}
	w.Events = eventsOf(strings.Join(names, " "))
	return w, secret, nil
}

func eventsOf(text string) []notify.Event {
	var events []notify.Event
	for one := range strings.FieldsSeq(text) {
		events = append(events, notify.Event(one))
	}
	return events
}

// Webhooks lists all webhooks, the oldest first.
func (db *DB) Webhooks(ctx context.Context) ([]Webhook, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT id, area, url, events, author, created, enabled FROM webhooks ORDER BY created, id`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list webhooks: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one Webhook, err error) {
		var events string
		err = rows.Scan(&one.ID, &one.Area, &one.URL, &events, &one.Author, &one.Created, &one.Enabled)
		one.Events = eventsOf(events)
		return one, err
	})
}

// Webhook returns one; failure.NotFound.
func (db *DB) Webhook(ctx context.Context, id string) (Webhook, error) {
	all, err := db.Webhooks(ctx)
	if err != nil {
		return Webhook{}, err
	}
	at := slices.IndexFunc(all, func(one Webhook) bool { return one.ID == id })
	if at < 0 {
		return Webhook{}, failure.New(failure.NotFound, "error.unknown_webhook")
	}
	return all[at], nil
}

// EnableWebhook lets a webhook go on or pauses it; what happens meanwhile is not
// told later.
func (db *DB) EnableWebhook(ctx context.Context, actor string, w Webhook, enabled bool) error {
	return db.alterWebhook(ctx, account.Entry{Actor: actor, Action: account.WebhookChanged, Subject: w.host(), Area: w.Area,
		Effect: fmt.Sprintf("enabled=%t", enabled)}, `UPDATE webhooks SET enabled = $2 WHERE id = $1 AND enabled <> $2`, w.ID, enabled)
}

// RemoveWebhook deletes a webhook with its log.
func (db *DB) RemoveWebhook(ctx context.Context, actor string, w Webhook) error {
	entry := account.Entry{Actor: actor, Action: account.WebhookRemoved, Subject: w.host(), Area: w.Area}
	err := db.alterWebhook(ctx, entry, `DELETE FROM webhooks WHERE id = $1`, w.ID)
	if err == nil {
		_, err = db.write.ExecContext(ctx, `DELETE FROM deliveries WHERE webhook = $1`, w.ID)
	}
	return unavailable(err)
}

// alterWebhook runs a statement and, where it changed something, tells the audit
// log.
func (db *DB) alterWebhook(ctx context.Context, entry account.Entry, statement string, arguments ...any) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		changed, err := affected(tx.ExecContext(ctx, statement, arguments...))
		if err != nil || changed == 0 {
			return err
		}
		return db.audit(ctx, tx, entry)
	}))
}

// Delivered is one line of the log of a webhook.
type Delivered struct {
	EventID  string
	Event    notify.Event
	Body     string
	Happened string // RFC 3339
	State    string // pending, delivered, failed
	Attempts int
	Status   int    // of the last answer, 0 for none
	Problem  string // of the last attempt, see [notify.HookOutcome]
	Tried    string // when it was sent last, "" for never
}

// The states of a delivery.
const (
	deliveryPending = "pending"
	deliveryTaken   = "delivered"
	deliveryFailed  = "failed"
)

// mostDelivered is how many lines of a webhook's log are shown.
const mostDelivered = 500

// Deliveries lists what was sent to a webhook, the newest first.
func (db *DB) Deliveries(ctx context.Context, id string) ([]Delivered, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT e.id, e.event, e.body, e.created, d.state, d.attempts, d.status, d.problem, d.tried
		FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.webhook = $1 ORDER BY e.created DESC, e.id LIMIT $2`, id, mostDelivered)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list deliveries: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one Delivered, err error) {
		return one, rows.Scan(&one.EventID, &one.Event, &one.Body, &one.Happened, &one.State, &one.Attempts, &one.Status, &one.Problem, &one.Tried)
	})
}

// Resend sends a message again, under the same id; failure.NotFound.
func (db *DB) Resend(ctx context.Context, webhook, event string) error {
	again, err := affected(db.write.ExecContext(ctx, `UPDATE deliveries SET state = $3, attempts = 0, due = $4 WHERE webhook = $1 AND event_id = $2`,
		webhook, event, deliveryPending, db.stamp()))
	if err == nil && again == 0 {
		return failure.New(failure.NotFound, "error.unknown_delivery")
	}
	return unavailable(err)
}

// told are the events that a line of the audit log is.
func told(action account.Action) []notify.Event {
	return map[account.Action][]notify.Event{
		account.WaveOpened: {notify.WaveOpened}, account.WavePaused: {notify.WavePaused}, account.WaveResumed: {notify.WaveResumed},
		account.WaveClosed:        {notify.WaveClosed, notify.ReleasePublished},
		account.ResponsesImported: {notify.ImportFinished},
	}[action]
}

// announce writes that something happened to a wave, within the transaction in
// which it does: both or neither. Where nobody wants to know, nothing is written.
func (db *DB) announce(ctx context.Context, tx *sql.Tx, event notify.Event, area string, about map[string]any) error {
	body, err := json.Marshal(map[string]any{"type": event, "timestamp": db.now().UTC().Format(eventTime), "data": about})
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO events (id, event, area, body, created, spread)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), FALSE
		WHERE EXISTS (SELECT 1 FROM webhooks WHERE enabled)`, "msg_"+rand.Text(), string(event), area, string(body), db.stamp())
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return nil
}

// eventTime is RFC 3339 to the second.
const eventTime = "2006-01-02T15:04:05Z07:00"
