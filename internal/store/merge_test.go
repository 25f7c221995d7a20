package store_test

import (
	"errors"
	"fmt"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestOnlyWhatFitsIsGathered: chunks of which all do not fit into one are read and
// merged as many at a time as do, the oldest first; and never over what was
// rewritten since they were read.
func TestOnlyWhatFitsIsGathered(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, db := t.Context(), open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		insert := func(last, level int) {
			t.Helper()
			must(t, store.Put(ctx, db, "chunks", [][]any{{fmt.Append(nil, last), last, level, wave.ID}}))
		}
		const apart = analysis.MaxChunkRows/3 - 1
		insert(1_000_000, 1)
		for n := 1; n < store.FanIn; n++ {
			insert(1_000_000+n*apart, 0)
		}
		gather := func() store.Gathered {
			t.Helper()
			g, err := store.Gather(ctx, db, wave, 0)
			must(t, err)
			return g
		}
		left := func() int {
			t.Helper()
			rows, err := store.Rows(ctx, db, "chunks")
			must(t, err)
			return len(rows)
		}
		if g := gather(); len(g.Data()) != 0 {
			t.Fatalf("%d of too few gathered", len(g.Data()))
		}
		insert(1_000_000+store.FanIn*apart, 0)
		g := gather()
		if len(g.Data()) != 3 || string(g.Data()[0]) != fmt.Sprint(1_000_000+apart) || string(g.Data()[2]) != fmt.Sprint(1_000_000+3*apart) {
			t.Fatalf("gathered %q", g.Data())
		}
		must(t, store.Tamper(db, `UPDATE waves SET generation = generation + 1`))
		if err := g.Replace(ctx, db, wave, []byte("merged")); !errors.Is(err, store.ErrRewritten) || left() != store.FanIn+1 {
			t.Errorf("%d chunks after others were rewritten, %v", left(), err)
		}
		g = gather()
		if err := g.Replace(ctx, db, wave, []byte("merged")); err != nil || left() != store.FanIn-1 {
			t.Errorf("%d chunks after merging, %v", left(), err)
		}
		if err := g.Replace(ctx, db, wave, []byte("merged")); !errors.Is(err, store.ErrRewritten) || left() != store.FanIn-1 {
			t.Errorf("%d chunks after another instance merged them, %v", left(), err)
		}
	})
}
