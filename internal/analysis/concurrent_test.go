package analysis

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"bedarfslotse/internal/analysis/internal/raw"
)

// TestReadersAndWriter reads while rows come and go. Every view must hold whole
// commits: each adds, and each withdrawal takes, as many "yes" as "no". The race
// detector sees whether readers and the writer touch the same memory.
func TestReadersAndWriter(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	columns := NewColumns(schema)
	asked := schema.questions[0].raw // children
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			snapshot := NewSnapshot(schema, 5)
			for {
				select {
				case <-done:
					return
				default:
				}
				table := raw.Frequencies(columns.memory.View(), asked, raw.All())
				if table.Cells[0] != table.Cells[1] {
					t.Errorf("half a commit: %+v", table.Cells)
					return
				}
				snapshot, _ = snapshot.Advance(columns)
			}
		})
	}
	random := rand.New(rand.NewPCG(5, 6))
	next, key := uint64(1), uint64(0)
	for range 300 {
		var rows []*Row
		for _, answer := range []string{"yes", "no"} {
			key++
			row := schema.NewRow()
			row.Key, row.Area = key, strconv.Itoa(random.IntN(400)) // codes outgrow a byte
			set(t, row, "children", answer)
			set(t, row, "members", strconv.Itoa(random.IntN(400)))
			if err := row.Set(row.Add(schema.version.Element("child")), schema.version.Element("age"), Given, "7"); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		var gone []uint64
		if key%12 == 0 {
			gone = []uint64{key - 10, key - 9} // an even key is a "no", the odd one a "yes"
		}
		if err := columns.Load(must(schema.Encode(nil, next, rows, gone))); err != nil {
			t.Fatal(err)
		}
		next += uint64(len(rows) + len(gone))
	}
	close(done)
	readers.Wait()
	if got := columns.memory.View().Rows; got != 500 {
		t.Errorf("%d rows are left, want 500", got)
	}
}
