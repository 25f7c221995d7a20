package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"bedarfslotse/internal/analysis"
)

// mergeChunks merges chunks level by level wherever fanIn of them have
// gathered. Readers that follow by change number take from a merged chunk what
// they have not seen.
func (db *DB) mergeChunks(ctx context.Context, wave *LiveWave) error {
	return db.inTx(ctx, func(tx *sql.Tx) error {
		// Another instance's commit must not add a chunk between reading and
		// removing.
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		for level := 0; ; level++ {
			merged, err := mergeLevel(ctx, tx, wave, level)
			if err != nil || !merged {
				return err
			}
		}
	})
}

// mergeLevel merges the chunks of one level if there are enough of them.
func mergeLevel(ctx context.Context, tx *sql.Tx, wave *LiveWave, level int) (bool, error) {
	var count int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM chunks WHERE wave_id = $1 AND level = $2`,
		wave.ID, level).Scan(&count); err != nil {
		return false, fmt.Errorf("count chunks: %w", err)
	}
	if count < fanIn {
		return false, nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT last, data FROM chunks WHERE wave_id = $1 AND level = $2 ORDER BY last`,
		wave.ID, level)
	if err != nil {
		return false, fmt.Errorf("read chunks: %w", err)
	}
	chunks, err := collect(rows, scanChunk)
	if err != nil {
		return false, err
	}
	data := make([][]byte, len(chunks))
	for i, one := range chunks {
		data[i] = one.data
	}
	// Where all of them would be too large, half or a quarter is not; one alone
	// only moves up a level, since it is as large as chunks get.
	merged, err := analysis.Merge(wave.Schema, data, analysis.MergeOptions{})
	for errors.Is(err, analysis.ErrTooManyRows) && len(data) > 1 {
		data = data[:len(data)/2]
		merged, err = analysis.Merge(wave.Schema, data, analysis.MergeOptions{})
	}
	if err != nil {
		return false, fmt.Errorf("merge chunks: %w", err)
	}
	last := chunks[len(data)-1].last
	if _, err := tx.ExecContext(ctx, `DELETE FROM chunks WHERE wave_id = $1 AND level = $2 AND last <= $3`,
		wave.ID, level, last); err != nil {
		return false, fmt.Errorf("remove merged chunks: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO chunks (wave_id, last, level, data) VALUES ($1, $2, $3, $4)`,
		wave.ID, last, level+1, merged); err != nil {
		return false, fmt.Errorf("insert merged chunk: %w", err)
	}
	return true, nil
}

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
