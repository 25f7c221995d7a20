package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Audited is one line of the audit log.
type Audited struct {
	account.Entry
	Number int64  // from 1, without gaps
	At     string // RFC 3339
	Hash   string // of this line and, through it, of all before
}

// AuditHead names the cells of [Audited.Cells].
func AuditHead() []string {
	return []string{"number", "at", "actor", "action", "subject", "area", "effect", "hash"}
}

// Cells writes the line as a row of a table.
func (a Audited) Cells() []string {
	return []string{strconv.FormatInt(a.Number, 10), a.At, a.Actor, string(a.Action), a.Subject, a.Area, a.Effect, a.Hash}
}

// Audit writes a line into the audit log by itself: for what changes nothing
// else in the database.
func (db *DB) Audit(ctx context.Context, entry account.Entry) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error { return db.audit(ctx, tx, entry) }))
}

// audit writes a line within the transaction of what it tells: both happen or
// neither. Changing the head first makes lines of several processes wait for
// each other.
func (db *DB) audit(ctx context.Context, tx *sql.Tx, entry account.Entry) error {
	line := Audited{Entry: entry, At: db.stamp()}
	var before string
	err := tx.QueryRowContext(ctx, `UPDATE audit_head SET number = number + 1 RETURNING number, hash`).Scan(&line.Number, &before)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	line.Hash = line.hashAfter(before)
	if _, err := tx.ExecContext(ctx, `UPDATE audit_head SET hash = $1`, line.Hash); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (number, at, actor, action, subject, area, effect, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		line.Number, line.At, line.Actor, string(line.Action), line.Subject, line.Area, line.Effect, line.Hash)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, event := range told(entry.Action) {
		if err := db.announce(ctx, tx, event, entry.Area, map[string]any{"wave": entry.Subject, "area": entry.Area}); err != nil {
			return err
		}
	}
	return nil
}

// hashAfter is the SHA-256 of the hash before and of what the line says, in
// hexadecimal digits. JSON keeps two lines apart whose texts are cut elsewhere.
func (a Audited) hashAfter(before string) string {
	text, err := json.Marshal([]any{before, a.Number, a.At, a.Actor, string(a.Action), a.Subject, a.Area, a.Effect})
	if err != nil { // texts and numbers can always be written
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// AuditLog returns the newest lines before a number (0: from the newest on) that
// are about areas that readable lets through, at most limit.
func (db *DB) AuditLog(ctx context.Context, before int64, limit int, readable func(area string) bool) ([]Audited, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT number, at, actor, action, subject, area, effect, hash FROM audit
		WHERE $1 = 0 OR number < $1 ORDER BY number DESC`, before)
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }() // errors of reading come from Err
	var lines []Audited
	for len(lines) < limit && rows.Next() {
		line, err := scanAudited(rows)
		if err != nil {
			return nil, unavailable(err)
		}
		if readable(line.Area) {
			lines = append(lines, line)
		}
	}
	return lines, unavailable(rows.Err())
}

func scanAudited(rows *sql.Rows) (one Audited, err error) {
	return one, rows.Scan(&one.Number, &one.At, &one.Actor, &one.Action, &one.Subject, &one.Area, &one.Effect, &one.Hash)
}

// VerifyAudit reads the whole audit log, the oldest line first, hands each to
// visit, and checks that none was changed, taken away or put in by anything but
// this program. failure.Conflict names the first line at which that is not so.
func (db *DB) VerifyAudit(ctx context.Context, visit func(Audited) error) error {
	rows, err := db.read.QueryContext(ctx, `SELECT a.number, a.at, a.actor, a.action, a.subject, a.area, a.effect, a.hash, h.number, h.hash
		FROM audit_head h LEFT JOIN audit a ON a.number > 0 ORDER BY a.number`)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = rows.Close() }() // errors of reading come from Err
	var last Audited
	head := Audited{}
	for rows.Next() {
		var number sql.Null[int64]
		var texts [7]sql.Null[string]
		if err := rows.Scan(&number, &texts[0], &texts[1], &texts[2], &texts[3], &texts[4], &texts[5], &texts[6], &head.Number, &head.Hash); err != nil {
			return unavailable(err)
		}
		if !number.Valid { // nothing was ever written
			break
		}
		line := Audited{Number: number.V, At: texts[0].V, Hash: texts[6].V, Entry: account.Entry{Actor: texts[1].V,
			Action: account.Action(texts[2].V), Subject: texts[3].V, Area: texts[4].V, Effect: texts[5].V}}
		if line.Number != last.Number+1 || line.Hash != line.hashAfter(last.Hash) {
			return failure.New(failure.Conflict, "error.audit_broken", "number", last.Number+1)
		}
		if err := visit(line); err != nil {
			return err
		}
		last = line
	}
	if err := rows.Err(); err != nil {
		return unavailable(err)
	}
	if last.Number != head.Number || last.Hash != head.Hash {
		return failure.New(failure.Conflict, "error.audit_broken", "number", last.Number+1)
	}
	return nil
}
