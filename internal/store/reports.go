package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/report"
)

const reportColumns = `id, wave_id, area, title, subtitle, language, author, changed, steps, state, round, round_now, revision`

func scanReport(row interface{ Scan(...any) error }) (w report.Work, err error) {
	var steps string
	err = row.Scan(&w.ID, &w.WaveID, &w.Area, &w.Title, &w.Subtitle, &w.Language, &w.Author, &w.Changed, &steps, &w.State, &w.Round, &w.RoundNow, &w.Revision)
	if err == nil {
		err = json.Unmarshal([]byte(steps), &w.Steps)
	}
	return w, err
}

// Reports lists all reports without their blocks, comments and approvals, the one
// changed last first.
func (db *DB) Reports(ctx context.Context) ([]report.Work, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT `+reportColumns+` FROM reports ORDER BY changed DESC, id`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list reports: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (report.Work, error) { return scanReport(rows) })
}

// Report returns a report with everything; failure.NotFound.
func (db *DB) Report(ctx context.Context, id string) (work report.Work, err error) {
	err = db.inReading(ctx, func(tx *sql.Tx) error {
		work, err = readReport(ctx, tx, id)
		return err
	})
	return work, unavailable(err)
}

// ReportArea returns the area that a report is about; failure.NotFound.
func (db *DB) ReportArea(ctx context.Context, id string) (area string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT area FROM reports WHERE id = $1`, id).Scan(&area)
	if errors.Is(err, sql.ErrNoRows) {
		return "", failure.New(failure.NotFound, "error.unknown_report")
	}
	return area, unavailable(err)
}

// ReportPicture returns the picture of a block as SVG; failure.NotFound where
// there is none.
func (db *DB) ReportPicture(ctx context.Context, id, block string) (svg string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT svg FROM report_blocks WHERE report_id = $1 AND id = $2`, id, block).Scan(&svg)
	if errors.Is(err, sql.ErrNoRows) || err == nil && svg == "" {
		return "", failure.New(failure.NotFound, "error.unknown_block")
	}
	return svg, unavailable(err)
}

func readReport(ctx context.Context, tx *sql.Tx, id string) (report.Work, error) {
	work, err := scanReport(tx.QueryRowContext(ctx, `SELECT `+reportColumns+` FROM reports WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return work, failure.New(failure.NotFound, "error.unknown_report")
	}
	if err != nil {
		return work, fmt.Errorf("read report: %w", err)
	}
	rows, err := tx.QueryContext(ctx, `SELECT body, svg, png FROM report_blocks WHERE report_id = $1 ORDER BY position`, id)
	if err != nil {
		return work, fmt.Errorf("read blocks: %w", err)
	}
	if work.Blocks, err = collect(rows, scanBlock); err != nil {
		return work, err
	}
	rows, err = tx.QueryContext(ctx, `SELECT id, block, round, author, at, body, resolved FROM report_comments WHERE report_id = $1 ORDER BY number`, id)
	if err != nil {
		return work, fmt.Errorf("read comments: %w", err)
	}
	if work.Comments, err = collect(rows, func(rows *sql.Rows) (c report.Comment, err error) {
		return c, rows.Scan(&c.ID, &c.Block, &c.Round, &c.Author, &c.At, &c.Text, &c.Resolved)
	}); err != nil {
		return work, err
	}
	rows, err = tx.QueryContext(ctx, `SELECT actor, at, note FROM report_approvals WHERE report_id = $1 ORDER BY step`, id)
	if err != nil {
		return work, fmt.Errorf("read approvals: %w", err)
	}
	work.Approvals, err = collect(rows, func(rows *sql.Rows) (a report.Approval, err error) {
		return a, rows.Scan(&a.Actor, &a.At, &a.Note)
	})
	return work, err
}

func scanBlock(rows *sql.Rows) (b report.Block, err error) {
	var body, svg string
	var png []byte
	if err = rows.Scan(&body, &svg, &png); err != nil {
		return b, err
	}
	if err = json.Unmarshal([]byte(body), &b); err != nil {
		return b, fmt.Errorf("read block: %w", err)
	}
	if b.Chart != nil && svg != "" {
		b.Chart.SVG, b.Chart.PNG = []byte(svg), png
	}
	return b, nil
}

// AddReport stores a new report about a wave and returns its id.
func (db *DB) AddReport(ctx context.Context, actor string, wave *LiveWave, work report.Work) (id string, err error) {
	id = rand.Text()
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		before := work
		before.ID, before.WaveID, before.Area, before.Author, before.Blocks = id, wave.ID, wave.Area, actor, nil
		after := before
		after.Blocks = work.Blocks
		_, err := tx.ExecContext(ctx, `INSERT INTO reports (id, wave_id, area, title, subtitle, language, author, changed, steps, state, round, round_now, revision)
			VALUES ($1, $2, $3, '', '', $4, $5, '', '[]', '', 0, FALSE, 0)`, id, wave.ID, wave.Area, work.Language, actor)
		if err != nil {
			return fmt.Errorf("add report: %w", err)
		}
		if err := db.putReport(ctx, tx, before, after); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.ReportAdded, Subject: work.Title, Area: wave.Area, Effect: account.Effect("report", id, "wave", wave.Slug)})
	})
	return id, unavailable(err)
}

// ChangeReport lets change alter a report that its author saw in the revision
// seen, negative for whatever it is now, and writes the action into the audit log.
// failure.Conflict when somebody changed it meanwhile, failure.NotFound, and what
// change says.
func (db *DB) ChangeReport(ctx context.Context, actor, id string, seen int, action account.Action, change func(*report.Work) error) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		// First of all, so that changes wait for each other.
		done, err := affected(tx.ExecContext(ctx, `UPDATE reports SET revision = revision + 1 WHERE id = $1 AND ($2 < 0 OR revision = $2)`, id, seen))
		if err != nil {
			return fmt.Errorf("change report: %w", err)
		}
		before, err := readReport(ctx, tx, id)
		if err != nil {
			return err
		}
		if done == 0 {
			return failure.New(failure.Conflict, "error.changed_meanwhile")
		}
		after := before
		after.Blocks, after.Comments, after.Approvals = slices.Clone(before.Blocks), slices.Clone(before.Comments), slices.Clone(before.Approvals)
		if err := change(&after); err != nil {
			return err
		}
		if err := db.putReport(ctx, tx, before, after); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: action, Subject: after.Title, Area: after.Area, Effect: account.Effect("report", id)})
	}))
}

// RemoveReport deletes a report with everything in it, of a revision.
// failure.Conflict, failure.NotFound.
func (db *DB) RemoveReport(ctx context.Context, actor, id string, seen int) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		work, err := scanReport(tx.QueryRowContext(ctx, `SELECT `+reportColumns+` FROM reports WHERE id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return failure.New(failure.NotFound, "error.unknown_report")
		}
		if err != nil {
			return fmt.Errorf("read report: %w", err)
		}
		if work.State != report.Draft {
			return failure.New(failure.Conflict, "error.report_under_approval")
		}
		done, err := affected(tx.ExecContext(ctx, `DELETE FROM reports WHERE id = $1 AND revision = $2`, id, seen))
		if err != nil {
			return fmt.Errorf("remove report: %w", err)
		}
		if done == 0 {
			return failure.New(failure.Conflict, "error.changed_meanwhile")
		}
		for _, statement := range []string{`DELETE FROM report_blocks WHERE report_id = $1`, `DELETE FROM report_comments WHERE report_id = $1`,
			`DELETE FROM report_approvals WHERE report_id = $1`} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return fmt.Errorf("remove report: %w", err)
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.ReportRemoved, Subject: work.Title, Area: work.Area, Effect: account.Effect("report", id)})
	}))
}

// putReport stores what is different between two states of a report.
func (db *DB) putReport(ctx context.Context, tx *sql.Tx, before, after report.Work) error {
	steps, err := json.Marshal(after.Steps)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE reports SET title = $2, subtitle = $3, changed = $4, steps = $5, state = $6, round = $7, round_now = $8 WHERE id = $1`,
		after.ID, after.Title, after.Subtitle, db.stamp(), string(steps), string(after.State), after.Round, after.RoundNow)
	if err != nil {
		return fmt.Errorf("store report: %w", err)
	}
	if err := putBlocks(ctx, tx, before, after); err != nil {
		return err
	}
	for i, one := range after.Comments {
		if i < len(before.Comments) && before.Comments[i] == one {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO report_comments (report_id, id, number, block, round, author, at, body, resolved) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (report_id, id) DO UPDATE SET resolved = excluded.resolved`, after.ID, one.ID, i, one.Block, one.Round, one.Author, one.At, one.Text, one.Resolved)
		if err != nil {
			return fmt.Errorf("store comment: %w", err)
		}
	}
	if slices.Equal(before.Approvals, after.Approvals) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM report_approvals WHERE report_id = $1`, after.ID); err != nil {
		return fmt.Errorf("store approvals: %w", err)
	}
	for step, one := range after.Approvals {
		_, err := tx.ExecContext(ctx, `INSERT INTO report_approvals (report_id, step, actor, at, note) VALUES ($1, $2, $3, $4, $5)`, after.ID, step, one.Actor, one.At, one.Note)
		if err != nil {
			return fmt.Errorf("store approval: %w", err)
		}
	}
	return nil
}

// storedBlock is a block as its row holds it.
type storedBlock struct {
	position int
	body     string
	svg      string
	png      []byte
}

func storedBlocks(blocks []report.Block) (map[string]storedBlock, error) {
	rows := make(map[string]storedBlock, len(blocks))
	for i, b := range blocks {
		row := storedBlock{position: i, png: []byte{}}
		if b.Chart != nil {
			chart := *b.Chart
			row.svg, row.png = string(chart.SVG), append(row.png, chart.PNG...)
			chart.SVG, chart.PNG = nil, nil
			b.Chart = &chart
		}
		body, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		row.body = string(body)
		rows[b.ID] = row
	}
	return rows, nil
}

func putBlocks(ctx context.Context, tx *sql.Tx, before, after report.Work) error {
	old, err := storedBlocks(before.Blocks)
	if err != nil {
		return err
	}
	anew, err := storedBlocks(after.Blocks)
	if err != nil {
		return err
	}
	for id := range old {
		if _, stays := anew[id]; stays {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM report_blocks WHERE report_id = $1 AND id = $2`, after.ID, id); err != nil {
			return fmt.Errorf("remove block: %w", err)
		}
	}
	for id, row := range anew {
		was, known := old[id]
		switch {
		case known && was.body == row.body && was.svg == row.svg && bytes.Equal(was.png, row.png) && was.position == row.position:
			continue
		case known && was.svg == row.svg && bytes.Equal(was.png, row.png): // pictures are large
			_, err = tx.ExecContext(ctx, `UPDATE report_blocks SET position = $3, body = $4 WHERE report_id = $1 AND id = $2`, after.ID, id, row.position, row.body)
		default:
			_, err = tx.ExecContext(ctx, `INSERT INTO report_blocks (report_id, id, position, body, svg, png) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (report_id, id) DO UPDATE SET position = excluded.position, body = excluded.body, svg = excluded.svg, png = excluded.png`,
				after.ID, id, row.position, row.body, row.svg, row.png)
		}
		if err != nil {
			return fmt.Errorf("store block: %w", err)
		}
	}
	return nil
}
