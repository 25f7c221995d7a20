package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
)

// Results returns the whole wave's figures: of an open wave from the lagging
// snapshot, which this may move on, of a closed one from its release
// (METHODS 5.4). The last figures are kept: a page asks for them once for
// itself and once for each of its pictures.
func (db *DB) Results(ctx context.Context, wave *LiveWave) (analysis.Results, error) {
	figures, err := db.figures(ctx, wave)
	return figures.results, err
}

// Course returns how a wave's collecting goes, from the same snapshot or
// release; where taking part is part of the job, counted to the last response
// (DESIGN 6).
func (db *DB) Course(ctx context.Context, wave *LiveWave) (analysis.Course, error) {
	figures, err := db.figures(ctx, wave)
	return figures.course, err
}

// figures are what a wave shows at one moment.
type figures struct {
	results analysis.Results
	course  analysis.Course
}

func (db *DB) figures(ctx context.Context, wave *LiveWave) (figures, error) {
	f := db.live.follow(wave.ID)
	options, process := analysis.Options{Population: wave.Population}, catalogue.Audience(wave.Version.Audience).Professional()
	if wave.State == fieldwork.Closed {
		return f.kept(wave, 0, 0, func() (figures, error) {
			release, err := newestRelease(ctx, db.read, wave)
			if err == nil && release == nil {
				err = errors.New("a closed wave has no release")
			}
			if err != nil {
				return figures{}, unavailable(err)
			}
			closed := figures{release.Results(options), release.Course(process)}
			if process && !release.HasCourse() && wave.Deleted == "" {
				columns, err := db.Columns(ctx, wave)
				if err != nil {
					return figures{}, err
				}
				closed.course = columns.ProcessData()
			}
			return closed, nil
		})
	}
	if last := f.standing(wave); last != nil {
		return last.figures, nil
	}
	columns, generation, change, err := db.follow(ctx, wave)
	if err != nil {
		return figures{}, err
	}
	return f.kept(wave, generation, change, func() (figures, error) {
		snapshot, err := db.advance(ctx, wave, columns)
		if err != nil {
			return figures{}, err
		}
		return figures{snapshot.Results(options), snapshot.Course(columns, process)}, nil
	})
}

// keptFigures are figures and what they were made from. The same columns move
// a snapshot only once, so nothing else decides about them.
type keptFigures struct {
	wave       *LiveWave
	generation int64
	change     uint64
	figures    figures
	until      time.Time // how long they stand whatever comes
}

// While many answers come to a wave that has many, every picture of a page would be
// made from other figures than its tables, and each of them anew from all answers.
// So the figures of such a wave stand for a while.
const (
	manyAnswers  = 100_000
	standsForOne = 4 * time.Microsecond // by how much, for each answer
)

// standing returns the last figures as long as they stand, else nil.
func (f *followed) standing(wave *LiveWave) *keptFigures {
	f.results.Lock()
	defer f.results.Unlock()
	if f.last != nil && f.last.wave == wave && time.Now().Before(f.last.until) {
		return f.last
	}
	return nil
}

// kept returns the last figures if they were made from the same, else makes
// them.
func (f *followed) kept(wave *LiveWave, generation int64, change uint64, compute func() (figures, error)) (figures, error) {
	f.results.Lock()
	last := f.last
	f.results.Unlock()
	if last != nil && last.wave == wave && last.generation == generation && last.change == change {
		return last.figures, nil
	}
	made, err := compute()
	if err != nil {
		return made, err
	}
	next := &keptFigures{wave: wave, generation: generation, change: change, figures: made}
	if change >= manyAnswers {
		next.until = time.Now().Add(time.Duration(change) * standsForOne)
	}
	f.results.Lock()
	f.last = next
	f.results.Unlock()
	return made, nil
}

// advance returns the stored snapshot, moved on where enough has come. Most
// readers find it where it was and write nothing. The next one is made outside the
// transaction that stores it, where respondents would wait for it.
func (db *DB) advance(ctx context.Context, wave *LiveWave, columns *analysis.Columns) (*analysis.Snapshot, error) {
	for {
		data, err := readSnapshot(ctx, db.read, wave)
		if err != nil {
			return nil, unavailable(err)
		}
		stored, err := wave.snapshot(data)
		if err != nil {
			return nil, err
		}
		next, changed := stored.Advance(columns)
		if !changed {
			return next, nil
		}
		moved, err := db.moveSnapshot(ctx, wave, data, next)
		if err != nil || moved {
			return next, unavailable(err)
		}
	}
}

// moveSnapshot stores what follows from a snapshot, unless somebody else has moved
// it meanwhile: never back.
func (db *DB) moveSnapshot(ctx context.Context, wave *LiveWave, from []byte, next *analysis.Snapshot) (moved bool, err error) {
	data, err := next.MarshalBinary()
	if err != nil {
		return false, fmt.Errorf("write snapshot: %w", err)
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		stored, err := readSnapshot(ctx, tx, wave)
		if err != nil {
			return err
		}
		if moved = bytes.Equal(stored, from); !moved {
			return nil
		}
		open, err := affected(tx.ExecContext(ctx, `UPDATE waves SET snapshot = $2 WHERE id = $1 AND state <> 'closed'`, wave.ID, data))
		if err == nil && open == 0 {
			// Its release is exact; a table beside it that nobody was shown must not be.
			err = errors.New("the wave was closed meanwhile")
		}
		return err
	})
	return moved, err
}

func readSnapshot(ctx context.Context, q queryer, wave *LiveWave) (data []byte, err error) {
	if err := q.QueryRowContext(ctx, `SELECT snapshot FROM waves WHERE id = $1`, wave.ID).Scan(&data); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	return data, nil
}

// snapshot is what the stored bytes say, at first that nothing is shown.
func (w *LiveWave) snapshot(data []byte) (*analysis.Snapshot, error) {
	if len(data) == 0 {
		return analysis.NewSnapshot(w.Schema, w.K), nil
	}
	return analysis.ReadSnapshot(w.Schema, data)
}
