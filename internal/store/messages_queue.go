package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/notify"
)

var _ notify.Queue = (*DB)(nil)

// NextMessage hands out a message that is due, to one courier only. Before it
// does, messages that were under way when a program died become unclear: nobody
// knows whether they were sent, so a person decides. Those of waves that are over
// are canceled, those of paused waves wait.
func (db *DB) NextMessage(ctx context.Context) (message notify.Message, due bool, err error) {
	waiting := 0
	now := db.stamp()
	err = db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM messages WHERE state IN ($1, $2) AND due <= $3`,
		string(notify.Queued), string(notify.Sending), now).Scan(&waiting)
	if err != nil || waiting == 0 { // most times, and then nothing waits for this
		return message, false, unavailable(err)
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := db.sweepMessages(ctx, tx, now); err != nil {
			return err
		}
		message, due, err = db.takeMessage(ctx, tx, now)
		return err
	})
	return message, due, unavailable(err)
}

func (db *DB) sweepMessages(ctx context.Context, tx *sql.Tx, now string) error {
	_, err := tx.ExecContext(ctx, `UPDATE messages SET state = $1, due = '', changed = $2 WHERE state = $3 AND due <= $2`,
		string(notify.Unclear), now, string(notify.Sending))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE messages SET state = $1, due = '', changed = $2 WHERE state = $3 AND due <= $2 AND wave_id IN
		(SELECT id FROM waves WHERE state = 'closed' OR until <> '' AND until < $4)`,
		string(notify.Canceled), now, string(notify.Queued), db.Today())
	return err
}

// takeMessage marks a message as under way and reads it.
func (db *DB) takeMessage(ctx context.Context, tx *sql.Tx, now string) (m notify.Message, due bool, err error) {
	name, slug, area := "", "", ""
	err = tx.QueryRowContext(ctx, `SELECT m.wave_id, m.mailing, m.institution, w.slug, w.area FROM messages m JOIN waves w ON w.id = m.wave_id
		WHERE m.state = $1 AND m.due <= $2 AND w.state <> 'paused' ORDER BY m.due, m.wave_id, m.mailing, m.institution LIMIT 1`,
		string(notify.Queued), now).Scan(&m.Wave, &m.Mailing, &m.Institution, &slug, &area)
	if err == nil {
		// Another program may have taken it since: then this changes nothing.
		err = tx.QueryRowContext(ctx, `UPDATE messages SET state = $1, due = $2, changed = $3, attempts = attempts + 1
			WHERE wave_id = $4 AND mailing = $5 AND institution = $6 AND state = $7 RETURNING name, address, message_id, attempts`,
			string(notify.Sending), db.now().Add(mailLease).UTC().Format(stampForm), now, m.Wave, m.Mailing, m.Institution, string(notify.Queued)).
			Scan(&name, &m.To, &m.ID, &m.Attempts)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	mailing, err := scanMailing(tx.QueryRowContext(ctx, `SELECT number, purpose, subject, body, reply_to, given, origin, actor, made FROM mailings
		WHERE wave_id = $1 AND number = $2`, m.Wave, m.Mailing))
	if err != nil {
		return m, false, fmt.Errorf("read mailing: %w", err)
	}
	values := map[fieldwork.Placeholder]string{fieldwork.InstitutionName: name}
	maps.Copy(values, mailing.Given) // which are about all institutions
	if mailing.Text.Carries(fieldwork.CodeLink) {
		code, err := db.codeFor(ctx, tx, m.Key, slug, area)
		if err != nil {
			return m, false, err
		}
		values[fieldwork.CodeLink] = mailing.Origin + "/q/" + code
	}
	text := mailing.Text.Fill(values)
	m.Subject, m.Text, m.ReplyTo = text.Subject, text.Body, text.ReplyTo
	return m, true, nil
}

// codeFor makes a group code for the institution of a message. It is written
// nowhere but into the message; an attempt that fails leaves a code behind that
// nobody knows.
func (db *DB) codeFor(ctx context.Context, tx *sql.Tx, key notify.Key, slug, area string) (string, error) {
	carried := fieldwork.Carried{Area: area, Institution: key.Institution}
	err := tx.QueryRowContext(ctx, `SELECT area, type FROM institutions WHERE number = $1`, key.Institution).Scan(&carried.Area, &carried.InstitutionType)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	code, err := db.putCode(ctx, tx, key.Wave, carried, true)
	if err != nil {
		return "", err
	}
	return code, db.audit(ctx, tx, account.Entry{Actor: account.Clock, Action: account.CodesCreated, Subject: slug, Area: carried.Area,
		Effect: account.Effect("count", 1, "shared", true, "institution", key.Institution, "mailing", key.Mailing)})
}

// MessageDone writes down what became of a message that was handed out. One that
// was thought lost in the meantime is found again.
func (db *DB) MessageDone(ctx context.Context, key notify.Key, outcome notify.Outcome) error {
	due := ""
	if outcome.State == notify.Queued {
		due = db.now().Add(outcome.After).UTC().Format(stampForm)
	}
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		address := ""
		err := tx.QueryRowContext(ctx, `UPDATE messages SET state = $1, due = $2, reason = $3, changed = $4
			WHERE wave_id = $5 AND mailing = $6 AND institution = $7 AND state IN ($8, $9) RETURNING address`,
			string(outcome.State), due, outcome.Reason, db.stamp(), key.Wave, key.Mailing, key.Institution,
			string(notify.Sending), string(notify.Unclear)).Scan(&address)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil && outcome.Dead {
			err = db.putDead(ctx, tx, address, outcome.Reason)
		}
		return err
	}))
}

// RecordBounces marks the messages of a wave that reports say came back, by
// their Message-ID or else by the address, and returns the institutions'
// names. failure.NotFound when the reports are about none of the wave's
// messages. A report that something only takes longer changes nothing.
func (db *DB) RecordBounces(ctx context.Context, actor string, wave *LiveWave, bounces []notify.Bounce) (names []string, err error) {
	type row struct {
		mailing                        int
		institution, name, address, id string
	}
	known := 0
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT mailing, institution, name, address, message_id FROM messages
			WHERE wave_id = $1 AND state IN ($2, $3, $4) ORDER BY name`, wave.ID, string(notify.Sent), string(notify.Unclear), string(notify.Bounced))
		if err != nil {
			return err
		}
		all, err := collect(rows, func(rows *sql.Rows) (one row, err error) {
			return one, rows.Scan(&one.mailing, &one.institution, &one.name, &one.address, &one.id)
		})
		if err != nil {
			return err
		}
		ids := map[string]bool{}
		for _, one := range all {
			ids[one.id] = true
		}
		for _, bounce := range bounces {
			for _, one := range all {
				if ids[bounce.Message] && one.id != bounce.Message || !ids[bounce.Message] && notify.FoldAddress(one.address) != notify.FoldAddress(bounce.Address) {
					continue
				}
				if known++; !bounce.Final {
					continue
				}
				names = append(names, one.name)
				_, err := tx.ExecContext(ctx, `UPDATE messages SET state = $1, reason = $2, changed = $3
					WHERE wave_id = $4 AND mailing = $5 AND institution = $6`,
					string(notify.Bounced), bounce.Reason, db.stamp(), wave.ID, one.mailing, one.institution)
				if err == nil && bounce.Dead {
					err = db.putDead(ctx, tx, one.address, bounce.Reason)
				}
				if err != nil {
					return err
				}
			}
		}
		if len(names) == 0 {
			return nil
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.BounceRead, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("messages", len(names))})
	})
	if err == nil && known == 0 {
		err = failure.New(failure.NotFound, "error.unknown_bounce")
	}
	return names, unavailable(err)
}
