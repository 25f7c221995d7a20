package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"bedarfslotse/internal/analysis"
)

// merger merges small chunks beside the intake: of a wave with a million answers
// it takes a tenth of a second now and then, which nobody should wait for.
type merger struct {
	db   *DB
	due  chan *LiveWave
	done sync.WaitGroup
}

func newMerger(db *DB) *merger {
	m := &merger{db: db, due: make(chan *LiveWave, 16)}
	m.done.Go(func() {
		for wave := range m.due {
			ctx, cancel := context.WithTimeout(context.Background(), commitPatience)
			_ = m.db.mergeChunks(ctx, wave) // what is not merged today is read as it is
			cancel()
		}
	})
	return m
}

// tell says that enough has gathered. Where too many wait already the next full
// chunk says so again.
func (m *merger) tell(wave *LiveWave) {
	select {
	case m.due <- wave:
	default:
	}
}

func (m *merger) stop() {
	close(m.due)
	m.done.Wait()
}

// mergeChunks merges chunks level by level wherever fanIn of them have
// gathered. Readers that follow by change number take from a merged chunk what
// they have not seen.
func (db *DB) mergeChunks(ctx context.Context, wave *LiveWave) error {
	for level := 0; ; level++ {
		gathered, err := db.gathered(ctx, wave, level)
		if err != nil || len(gathered.data) == 0 {
			return err
		}
		merged, err := analysis.Merge(wave.Schema, gathered.data, analysis.MergeOptions{})
		if err != nil {
			return fmt.Errorf("merge chunks: %w", err)
		}
		err = db.inTx(ctx, func(tx *sql.Tx) error { return gathered.replace(ctx, tx, wave, merged) })
		if err != nil {
			return err
		}
	}
}

// gathered are the oldest chunks of one level.
type gathered struct {
	level      int
	generation int64
	last       uint64 // the highest change number in them
	data       [][]byte
}

// gathered returns as many of a level's chunks as make one of the next, none where
// fewer than fanIn have gathered. One that is as large as chunks get comes alone:
// it only moves up.
func (db *DB) gathered(ctx context.Context, wave *LiveWave, level int) (g gathered, err error) {
	g.level = level
	err = db.inReading(ctx, func(tx *sql.Tx) error {
		ends, err := chunkEnds(ctx, tx, wave, level)
		if err != nil || len(ends) < fanIn {
			return err
		}
		var before uint64 // the last change number before the first of them
		if err := tx.QueryRowContext(ctx, `
			SELECT generation, (SELECT COALESCE(MAX(last), 0) FROM chunks WHERE wave_id = $1 AND last < $2) FROM waves WHERE id = $1`,
			wave.ID, ends[0]).Scan(&g.generation, &before); err != nil {
			return fmt.Errorf("follow wave: %w", err)
		}
		n := 1
		for n < len(ends) && ends[n]-before <= analysis.MaxChunkRows { // no more rows than change numbers
			n++
		}
		g.last = ends[n-1]
		rows, err := tx.QueryContext(ctx, `SELECT last, data FROM chunks WHERE wave_id = $1 AND level = $2 AND last <= $3 ORDER BY last`,
			wave.ID, level, g.last)
		if err != nil {
			return fmt.Errorf("read chunks: %w", err)
		}
		chunks, err := collect(rows, scanChunk)
		for _, one := range chunks {
			g.data = append(g.data, one.data)
		}
		return err
	})
	return g, err
}

// chunkEnds returns the highest change number of each chunk of a level.
func chunkEnds(ctx context.Context, tx *sql.Tx, wave *LiveWave, level int) ([]uint64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT last FROM chunks WHERE wave_id = $1 AND level = $2 ORDER BY last`, wave.ID, level)
	if err != nil {
		return nil, fmt.Errorf("count chunks: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (last uint64, err error) {
		err = rows.Scan(&last)
		return last, err
	})
}

// errRewritten says that chunks are not what they were when they were read.
var errRewritten = errors.New("the chunks were rewritten meanwhile")

// replace puts the merged chunk in the place of those gathered, unless an answer was
// withdrawn, the wave was closed or another instance did the same since.
func (g gathered) replace(ctx context.Context, tx *sql.Tx, wave *LiveWave, merged []byte) error {
	if err := lockWave(ctx, tx, wave.ID); err != nil {
		return err
	}
	var generation int64
	if err := tx.QueryRowContext(ctx, `SELECT generation FROM waves WHERE id = $1`, wave.ID).Scan(&generation); err != nil {
		return fmt.Errorf("follow wave: %w", err)
	}
	removed, err := affected(tx.ExecContext(ctx, `DELETE FROM chunks WHERE wave_id = $1 AND level = $2 AND last <= $3`, wave.ID, g.level, g.last))
	if err != nil {
		return fmt.Errorf("remove merged chunks: %w", err)
	}
	if generation != g.generation || removed != int64(len(g.data)) {
		return errRewritten
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO chunks (wave_id, last, level, data) VALUES ($1, $2, $3, $4)`,
		wave.ID, g.last, g.level+1, merged); err != nil {
		return fmt.Errorf("insert merged chunk: %w", err)
	}
	return nil
}
