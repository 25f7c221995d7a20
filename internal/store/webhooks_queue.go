package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/notify"
)

// HookQueue is the outbox of webhooks; [notify.HookCourier] empties it. Several
// instances on one database share it.
type HookQueue struct {
	db     *DB
	within account.Within
}

var _ notify.HookQueue = (*HookQueue)(nil)

// HookQueue returns the outbox; within tells whether an area lies in another.
func (db *DB) HookQueue(within account.Within) *HookQueue { return &HookQueue{db, within} }

// hookLease is how long an instance has for an attempt; then it is due for others.
const hookLease = 2 * time.Minute

// logLife is how long the log of what was sent is kept.
const logLife = 30 * 24 * time.Hour

// spreadAtOnce is how many events are written out in one transaction.
const spreadAtOnce = 100

// Spread writes a message of each event for each webhook that wants it.
func (q *HookQueue) Spread(ctx context.Context) error {
	var waiting int
	if err := q.db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM events WHERE NOT spread`).Scan(&waiting); err != nil || waiting == 0 {
		return unavailable(err)
	}
	webhooks, err := q.db.Webhooks(ctx)
	if err != nil {
		return err
	}
	return unavailable(q.db.inTx(ctx, func(tx *sql.Tx) error { return q.spread(ctx, tx, webhooks) }))
}

// happened is an event that is to be spread.
type happened struct{ id, event, area, created string }

func (q *HookQueue) spread(ctx context.Context, tx *sql.Tx, webhooks []Webhook) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, event, area, created FROM events WHERE NOT spread ORDER BY created, id LIMIT $1`, spreadAtOnce)
	if err != nil {
		return err
	}
	events, err := collect(rows, func(rows *sql.Rows) (one happened, err error) {
		return one, rows.Scan(&one.id, &one.event, &one.area, &one.created)
	})
	if err != nil {
		return err
	}
	for _, event := range events {
		for _, one := range webhooks {
			reaches := one.Area == "" || event.area != "" && q.within(one.Area, event.area)
			if !one.Enabled || !reaches || one.Created > event.created || !slices.Contains(one.Events, notify.Event(event.event)) {
				continue
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (webhook, event_id, state, attempts, due, status, problem, tried)
				VALUES ($1, $2, $3, 0, $4, 0, '', '') ON CONFLICT (webhook, event_id) DO NOTHING`, one.ID, event.id, deliveryPending, q.db.stamp())
			if err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE events SET spread = TRUE WHERE id = $1`, event.id); err != nil {
			return err
		}
	}
	return nil
}

// Due returns messages whose time has come and keeps others from them for the time
// of a lease.
func (q *HookQueue) Due(ctx context.Context, limit int) ([]notify.Delivery, error) {
	rows, err := q.db.read.QueryContext(ctx, `SELECT d.webhook, d.event_id, d.attempts, d.due, w.url, w.secret, e.body
		FROM deliveries d JOIN webhooks w ON w.id = d.webhook JOIN events e ON e.id = d.event_id
		WHERE d.state = $1 AND d.due <= $2 AND w.enabled ORDER BY d.due LIMIT $3`, deliveryPending, q.db.stamp(), limit)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list what is due: %w", err))
	}
	type claim struct {
		notify.Delivery
		due string
	}
	found, err := collect(rows, func(rows *sql.Rows) (one claim, err error) {
		var body string
		err = rows.Scan(&one.Webhook, &one.EventID, &one.Attempts, &one.due, &one.URL, &one.Secret, &body)
		one.Body = []byte(body)
		return one, err
	})
	if err != nil {
		return nil, err
	}
	var mine []notify.Delivery
	for _, one := range found {
		until := q.db.now().Add(hookLease).UTC().Format(stampForm)
		got, err := affected(q.db.write.ExecContext(ctx, `UPDATE deliveries SET due = $4 WHERE webhook = $1 AND event_id = $2 AND due = $3 AND state = $5`,
			one.Webhook, one.EventID, one.due, until, deliveryPending))
		if err != nil {
			return nil, unavailable(fmt.Errorf("claim a delivery: %w", err))
		}
		if got > 0 { // else another instance was quicker
			mine = append(mine, one.Delivery)
		}
	}
	return mine, nil
}

// Settle writes down what became of an attempt. A receiver that says it is gone
// for good is not asked again.
func (q *HookQueue) Settle(ctx context.Context, d notify.Delivery, outcome notify.HookOutcome) error {
	state, due := deliveryTaken, ""
	if pauses := notify.Pauses(); !outcome.Taken() {
		if state = deliveryFailed; d.Attempts < len(pauses) && outcome.Status != http.StatusGone {
			state, due = deliveryPending, q.db.now().Add(pauses[d.Attempts]).UTC().Format(stampForm)
		}
	}
	_, err := q.db.write.ExecContext(ctx, `UPDATE deliveries SET state = $3, attempts = $4, due = $5, status = $6, problem = $7, tried = $8
		WHERE webhook = $1 AND event_id = $2`, d.Webhook, d.EventID, state, d.Attempts+1, due, outcome.Status, outcome.Problem, q.db.stamp())
	return unavailable(err)
}

// SweepDeliveries deletes what was told long ago.
func (db *DB) SweepDeliveries(ctx context.Context) error {
	before := db.now().Add(-logLife).UTC().Format(stampForm)
	if _, err := db.write.ExecContext(ctx, `DELETE FROM deliveries WHERE event_id IN (SELECT id FROM events WHERE created < $1)`, before); err != nil {
		return unavailable(err)
	}
	_, err := db.write.ExecContext(ctx, `DELETE FROM events WHERE created < $1`, before)
	return unavailable(err)
}

// marks are the shares of a target, in percent, that are told of.
func marks() []int { return []int{100, 75, 50, 25} }

// TellMilestones tells of waves that have come to a quarter, half, three quarters
// or all of their target. It says no more than the page of returns does: of
// families and young people counts rise in steps of k, with the snapshot (DESIGN
// 6, METHODS 5.4). A share once told is never told again.
func (db *DB) TellMilestones(ctx context.Context, within account.Within) error {
	webhooks, err := db.Webhooks(ctx)
	if err != nil || !slices.ContainsFunc(webhooks, func(one Webhook) bool { return one.Enabled && slices.Contains(one.Events, notify.ReturnsMilestone) }) {
		return err
	}
	waves, err := db.OpenWaves(ctx)
	if err != nil {
		return err
	}
	for _, wave := range waves {
		strata, err := db.Strata(ctx, wave.ID)
		if err != nil {
			return err
		}
		target := 0
		for _, one := range strata {
			target += one.Target
		}
		if target == 0 {
			continue
		}
		course, err := db.Course(ctx, wave)
		if err != nil {
			return err
		}
		count := course.Of(analysis.Part{}, within)
		if count == nil {
			continue
		}
		at := slices.IndexFunc(marks(), func(mark int) bool { return 100*(*count) >= mark*target })
		if at < 0 {
			continue
		}
		if err := db.tellMilestone(ctx, wave, marks()[at]); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) tellMilestone(ctx context.Context, wave *LiveWave, reached int) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		grown, err := affected(tx.ExecContext(ctx, `INSERT INTO milestones (wave_id, reached) VALUES ($1, $2)
			ON CONFLICT (wave_id) DO UPDATE SET reached = excluded.reached WHERE milestones.reached < excluded.reached`, wave.ID, reached))
		if err != nil || grown == 0 {
			return err
		}
		return db.announce(ctx, tx, notify.ReturnsMilestone, wave.Area, map[string]any{"wave": wave.Slug, "area": wave.Area, "percent": reached})
	}))
}
