package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"bedarfslotse/internal/analysis"
)

type chunk struct {
	last uint64
	data []byte
}

func scanChunk(rows *sql.Rows) (one chunk, err error) {
	err = rows.Scan(&one.last, &one.data)
	return one, err
}

// followed are the columns of one wave in memory and how far they have
// followed the store.
type followed struct {
	mu         sync.Mutex
	columns    *analysis.Columns
	generation int64
	change     uint64

	results  sync.Mutex // guards what follows
	last     *keptFigures
	explorer *keptExplorer
	public   *keptPublic
	needs    analysis.NeedsCache // of all releases; guards itself
}

// Columns returns the wave's columns, brought up to what is stored now. They
// stay in memory and follow by change number.
func (db *DB) Columns(ctx context.Context, wave *LiveWave) (*analysis.Columns, error) {
	columns, _, _, err := db.follow(ctx, wave)
	return columns, err
}

// follow is Columns, and says how far the columns have followed.
func (db *DB) follow(ctx context.Context, wave *LiveWave) (*analysis.Columns, int64, uint64, error) {
	f := db.live.follow(wave.ID)
	f.mu.Lock()
	defer f.mu.Unlock()
	// In one transaction, so that the chunks are those of the generation.
	err := db.inReading(ctx, func(tx *sql.Tx) error {
		var generation int64
		var change uint64
		err := tx.QueryRowContext(ctx, `SELECT generation, change FROM waves WHERE id = $1`, wave.ID).Scan(&generation, &change)
		if err != nil {
			return unavailable(fmt.Errorf("follow wave: %w", err))
		}
		if f.columns == nil || f.generation != generation {
			f.columns, f.generation, f.change = analysis.NewColumns(wave.Schema), generation, 0
		} else if f.change == change {
			return nil
		}
		if err := db.apply(ctx, tx, wave, f); err != nil {
			f.columns = nil
			return err
		}
		// Repeated submissions take numbers without leaving a chunk.
		f.change = max(f.change, change)
		return nil
	})
	return f.columns, f.generation, f.change, err
}

// apply reads the chunks after the last one seen, all in one step for those
// who read the columns meanwhile: an imported file appears as a whole.
func (db *DB) apply(ctx context.Context, tx *sql.Tx, wave *LiveWave, f *followed) error {
	rows, err := tx.QueryContext(ctx, `SELECT last, data FROM chunks WHERE wave_id = $1 AND (last > $2 OR $2 = 0) ORDER BY last`,
		wave.ID, f.change)
	if err != nil {
		return unavailable(fmt.Errorf("read chunks: %w", err))
	}
	chunks, err := collect(rows, scanChunk)
	if err != nil {
		return err
	}
	fresh := f.change == 0 // nobody reads these columns yet
	decoded := make([]analysis.Chunk, 0, len(chunks))
	for _, one := range chunks {
		if fresh {
			err = f.columns.Load(one.data)
		} else {
			var part analysis.Chunk
			part, err = analysis.Decode(wave.Schema, one.data)
			decoded = append(decoded, part)
		}
		if err != nil {
			return fmt.Errorf("load chunk %d of wave %s: %w", one.last, wave.Slug, err)
		}
	}
	if err := f.columns.Apply(decoded...); err != nil {
		return fmt.Errorf("apply chunks of wave %s: %w", wave.Slug, err)
	}
	return nil
}

// follow returns the place where a wave's columns are kept.
func (l *liveWaves) follow(waveID string) *followed {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.columns == nil {
		l.columns = map[string]*followed{}
	}
	if l.columns[waveID] == nil {
		l.columns[waveID] = &followed{}
	}
	return l.columns[waveID]
}

// forget lets go of the columns. Whoever is at it just now is not waited for:
// the next one comes along.
func (f *followed) forget() {
	if f.mu.TryLock() {
		f.columns = nil
		f.mu.Unlock()
	}
}
