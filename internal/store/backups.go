package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// BackupState says how the last backups went, for whoever watches the service.
// It is the fact "backup".
type BackupState struct {
	Made   time.Time     `json:"made,omitzero"` // of the newest good one, zero for none
	File   string        `json:"file,omitempty"`
	Size   int64         `json:"size,omitempty"` // bytes
	Took   time.Duration `json:"took,omitempty"`
	Every  time.Duration `json:"every,omitempty"`  // how often the service makes one, 0 when it does not
	Failed time.Time     `json:"failed,omitzero"`  // when one failed since Made, zero when none did
	Reason string        `json:"reason,omitempty"` // English, for the log
}

// Overdue tells whether a backup that the service was told to make is missing:
// the last one is older than two of its turns.
func (s BackupState) Overdue(now time.Time) bool {
	return s.Every > 0 && now.Sub(s.Made) > 2*s.Every
}

const backupFact = "backup"

// BackupState returns how the last backups went.
func (db *DB) BackupState(ctx context.Context) (state BackupState, err error) {
	value, err := db.Fact(ctx, backupFact)
	if err != nil || value == "" {
		return state, err
	}
	if err := json.Unmarshal([]byte(value), &state); err != nil {
		return state, fmt.Errorf("read how the last backups went: %w", err)
	}
	return state, nil
}

// NoteBackup tells how a backup went: one with Made takes the place of what was
// known, one with Failed is added to it. Every of 0 leaves the one that was told.
func (db *DB) NoteBackup(ctx context.Context, news BackupState) error {
	state, err := db.BackupState(ctx)
	if err != nil {
		state = BackupState{} // of another program, whoever that was
	}
	if news.Every == 0 {
		news.Every = state.Every
	}
	if news.Made.IsZero() {
		state.Every = news.Every
		if !news.Failed.IsZero() {
			state.Failed, state.Reason = news.Failed, news.Reason
		}
		news = state
	}
	value, err := json.Marshal(news)
	if err != nil {
		return fmt.Errorf("note a backup: %w", err)
	}
	return db.SetFact(ctx, backupFact, string(value))
}
