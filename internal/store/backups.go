package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// BackupState says how the last backups went, for whoever watches the service.
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

// The facts under which it is noted.
const (
	ownBackups    = "backup"
	backupsByHand = "backup_by_hand"
)

// BackupState returns how the backups went that the service makes by itself.
func (db *DB) BackupState(ctx context.Context) (BackupState, error) {
	return db.backupState(ctx, ownBackups)
}

// BackupByHand returns what is known of the newest backup that somebody made.
func (db *DB) BackupByHand(ctx context.Context) (BackupState, error) {
	return db.backupState(ctx, backupsByHand)
}

func (db *DB) backupState(ctx context.Context, fact string) (state BackupState, err error) {
	value, err := db.Fact(ctx, fact)
	if err != nil || value == "" {
		return state, err
	}
	if err := json.Unmarshal([]byte(value), &state); err != nil {
		return state, fmt.Errorf("read how the last backups went: %w", err)
	}
	return state, nil
}

// NoteBackup tells how the service's own backups are now.
func (db *DB) NoteBackup(ctx context.Context, state BackupState) error {
	return db.noteBackup(ctx, ownBackups, state)
}

// NoteBackupByHand tells of one that somebody made: it may lie anywhere, so the
// service's own are due as before.
func (db *DB) NoteBackupByHand(ctx context.Context, state BackupState) error {
	return db.noteBackup(ctx, backupsByHand, state)
}

func (db *DB) noteBackup(ctx context.Context, fact string, state BackupState) error {
	value, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("note a backup: %w", err)
	}
	return db.SetFact(ctx, fact, string(value))
}
