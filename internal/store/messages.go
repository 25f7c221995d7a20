package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/notify"
)

// Mailing is one text sent to many institutions.
type Mailing struct {
	Number  int // from 1 in its wave
	Purpose fieldwork.Purpose
	Text    fieldwork.MessageText
	// Given is what the placeholders stand for that are the same for all.
	Given  map[fieldwork.Placeholder]string
	Origin string // address of the service, for links with codes
	Actor  string
	Made   string // RFC 3339
	// Counts tells how many of its messages are in which state.
	Counts map[notify.State]int
}

// Total is how many messages the mailing has.
func (m Mailing) Total() int {
	total := 0
	for _, count := range m.Counts {
		total += count
	}
	return total
}

// Underway tells whether messages are still to be sent.
func (m Mailing) Underway() bool { return m.Counts[notify.Queued]+m.Counts[notify.Sending] > 0 }

// Recipient is an institution that is written to.
type Recipient struct {
	Number, Name string // of the institution
	Address      string
}

// SentMessage is one message of a mailing, as the desk shows it.
type SentMessage struct {
	Institution, Name, Address string
	State                      notify.State
	Attempts                   int
	Reason                     string
	Changed                    string // RFC 3339
}

// MessageText returns what a wave writes for a purpose; false when nothing was
// saved yet.
func (db *DB) MessageText(ctx context.Context, wave *LiveWave, purpose fieldwork.Purpose) (text fieldwork.MessageText, saved bool, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT subject, body, reply_to FROM message_texts WHERE wave_id = $1 AND purpose = $2`, wave.ID, string(purpose)).
		Scan(&text.Subject, &text.Body, &text.ReplyTo)
	if errors.Is(err, sql.ErrNoRows) {
		return text, false, nil
	}
	return text, err == nil, unavailable(err)
}

// SaveMessageText keeps what a wave writes for a purpose.
func (db *DB) SaveMessageText(ctx context.Context, actor string, wave *LiveWave, purpose fieldwork.Purpose, text fieldwork.MessageText) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO message_texts (wave_id, purpose, subject, body, reply_to) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (wave_id, purpose) DO UPDATE SET subject = excluded.subject, body = excluded.body, reply_to = excluded.reply_to`,
			wave.ID, string(purpose), text.Subject, text.Body, text.ReplyTo)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.MessageTextSaved, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("purpose", purpose)})
	}))
}

// QueueMailing puts a message for each recipient into the queue. The number is
// what [DB.Mailings] let expect, one more than the last: failure.Conflict when
// there is such a mailing already, so that nobody is written to twice because
// somebody pressed a button twice.
func (db *DB) QueueMailing(ctx context.Context, wave *LiveWave, mailing Mailing, recipients []Recipient) error {
	given, err := json.Marshal(mailing.Given)
	if err != nil {
		return fmt.Errorf("queue a mailing: %w", err)
	}
	now := db.stamp()
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		last := 0
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM mailings WHERE wave_id = $1`, wave.ID).Scan(&last); err != nil {
			return err
		}
		if mailing.Number != last+1 {
			return failure.New(failure.Conflict, "error.mailing_sent")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO mailings (wave_id, number, purpose, subject, body, reply_to, given, origin, actor, made)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, wave.ID, mailing.Number, string(mailing.Purpose), mailing.Text.Subject,
			mailing.Text.Body, mailing.Text.ReplyTo, string(given), mailing.Origin, mailing.Actor, now)
		if taken(err) { // by another process
			return failure.New(failure.Conflict, "error.mailing_sent")
		}
		if err != nil {
			return err
		}
		for _, one := range recipients {
			_, err := tx.ExecContext(ctx, `INSERT INTO messages (wave_id, mailing, institution, name, address, message_id, state, attempts, due, reason, changed)
				VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, '', $8)`, wave.ID, mailing.Number, one.Number, one.Name, one.Address,
				rand.Text()+"@"+messageHost(mailing.Origin), string(notify.Queued), now)
			if err != nil {
				return err
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: mailing.Actor, Action: account.MailingQueued, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("mailing", mailing.Number, "purpose", mailing.Purpose, "messages", len(recipients))})
	})
	return unavailable(err)
}

// messageHost is what stands behind the @ of a Message-ID: where the service is.
func messageHost(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	if host == "" || !notify.OneLine(host) || strings.ContainsAny(host, " <>@[]") {
		return "localhost"
	}
	return host
}

// Mailings returns the mailings of a wave, the newest first, with how far they
// are.
func (db *DB) Mailings(ctx context.Context, wave *LiveWave) ([]Mailing, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT number, purpose, subject, body, reply_to, given, origin, actor, made FROM mailings
		WHERE wave_id = $1 ORDER BY number DESC`, wave.ID)
	if err != nil {
		return nil, unavailable(err)
	}
	all, err := collect(rows, func(rows *sql.Rows) (Mailing, error) { return scanMailing(rows) })
	if err != nil || len(all) == 0 {
		return all, err
	}
	rows, err = db.read.QueryContext(ctx, `SELECT mailing, state, COUNT(*) FROM messages WHERE wave_id = $1 GROUP BY mailing, state`, wave.ID)
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }() // errors of reading come from Err
	for rows.Next() {
		var number, count int
		var state notify.State
		if err := rows.Scan(&number, &state, &count); err != nil {
			return nil, unavailable(err)
		}
		all[len(all)-number].Counts[state] = count // numbers have no gaps
	}
	return all, unavailable(rows.Err())
}

func scanMailing(row scanner) (one Mailing, err error) {
	var given string
	err = row.Scan(&one.Number, &one.Purpose, &one.Text.Subject, &one.Text.Body, &one.Text.ReplyTo, &given, &one.Origin, &one.Actor, &one.Made)
	if err == nil {
		err = json.Unmarshal([]byte(given), &one.Given)
	}
	one.Counts = map[notify.State]int{}
	return one, err
}

// Messages returns the messages of a mailing by the institutions' names.
func (db *DB) Messages(ctx context.Context, wave *LiveWave, mailing int) ([]SentMessage, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT institution, name, address, state, attempts, reason, changed FROM messages
		WHERE wave_id = $1 AND mailing = $2 ORDER BY name, institution`, wave.ID, mailing)
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(rows *sql.Rows) (one SentMessage, err error) {
		return one, rows.Scan(&one.Institution, &one.Name, &one.Address, &one.State, &one.Attempts, &one.Reason, &one.Changed)
	})
}

// CancelMailing takes what is still waiting out of the queue and tells how many
// messages that were.
func (db *DB) CancelMailing(ctx context.Context, actor string, wave *LiveWave, mailing int) (count int, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		count, err = changed(tx.ExecContext(ctx, `UPDATE messages SET state = $1, due = '', changed = $2 WHERE wave_id = $3 AND mailing = $4 AND state = $5`,
			string(notify.Canceled), db.stamp(), wave.ID, mailing, string(notify.Queued)))
		if err != nil || count == 0 {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.MailingCanceled, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("mailing", mailing, "messages", count)})
	})
	return count, unavailable(err)
}

// changed is how many rows a statement changed.
func changed(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	count, err := result.RowsAffected()
	return int(count), err
}

// ResendMessages puts messages that did not arrive, or may not have, into the
// queue again, to the addresses given now, and tells how many. What was sent is
// not sent again, whatever is asked for, and nothing to an address at which
// there is nobody.
func (db *DB) ResendMessages(ctx context.Context, actor string, wave *LiveWave, mailing int, recipients []Recipient) (count int, err error) {
	now := db.stamp()
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		for _, to := range recipients {
			one, err := changed(tx.ExecContext(ctx, `UPDATE messages SET state = $1, due = $2, changed = $2, attempts = 0, reason = '', address = $3
				WHERE wave_id = $4 AND mailing = $5 AND institution = $6 AND state IN ($7, $8, $9, $10)
				AND NOT EXISTS (SELECT 1 FROM dead_addresses WHERE address = $11)`,
				string(notify.Queued), now, to.Address, wave.ID, mailing, to.Number,
				string(notify.Failed), string(notify.Bounced), string(notify.Unclear), string(notify.Canceled), notify.FoldAddress(to.Address)))
			if err != nil {
				return err
			}
			count += one
		}
		if count == 0 {
			return nil
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.MessagesResent, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("mailing", mailing, "messages", count)})
	})
	return count, unavailable(err)
}

// DeadAddresses returns the addresses at which there is nobody, in small
// letters, with the reason.
func (db *DB) DeadAddresses(ctx context.Context) (map[string]string, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT address, reason FROM dead_addresses`)
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }() // errors of reading come from Err
	dead := map[string]string{}
	for rows.Next() {
		var address, reason string
		if err := rows.Scan(&address, &reason); err != nil {
			return nil, unavailable(err)
		}
		dead[address] = reason
	}
	return dead, unavailable(rows.Err())
}

func (db *DB) putDead(ctx context.Context, tx *sql.Tx, address, reason string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO dead_addresses (address, reason, day) VALUES ($1, $2, $3)
		ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, day = excluded.day`, notify.FoldAddress(address), reason, db.Today())
	return err
}

// mailLease is how long a message may be under way before it is thought lost, since
// the program that was sending it may have died. It is longer than any sending.
const mailLease = 5 * time.Minute

// Written returns the institutions that a message of that purpose went to, or is
// on its way to, or may have reached: whom not to write to once more.
func (db *DB) Written(ctx context.Context, wave *LiveWave, purpose fieldwork.Purpose) (map[string]bool, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT m.institution FROM messages m JOIN mailings g ON g.wave_id = m.wave_id AND g.number = m.mailing
		WHERE m.wave_id = $1 AND g.purpose = $2 AND m.state IN ($3, $4, $5, $6)`, wave.ID, string(purpose),
		string(notify.Queued), string(notify.Sending), string(notify.Sent), string(notify.Unclear))
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }() // errors of reading come from Err
	written := map[string]bool{}
	for rows.Next() {
		var number string
		if err := rows.Scan(&number); err != nil {
			return nil, unavailable(err)
		}
		written[number] = true
	}
	return written, unavailable(rows.Err())
}
