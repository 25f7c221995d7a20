package store_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// worked is the processor time that this process has used: what other programs
// do on the machine does not count.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// most is how many bytes of the heap were in use at most at looks now and then.
type most struct{ bytes uint64 }

func (m *most) look() {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	m.bytes = max(m.bytes, now.HeapInuse)
}

// TestVolumeOutlets imports 100 000 responses × 40 questions, exports them as CSV
// from the store, which is to take at most 3 s of a processor and 100 MB, and
// undoes the import.
func TestVolumeOutlets(t *testing.T) {
	testinput.Volume(t)
	const responses = 100_000
	var text strings.Builder
	text.WriteString("id: wide\nversion: \"1\"\nlanguage: de\ntitle: T\nchoices:\n  l:\n")
	for i := range 12 {
		fmt.Fprintf(&text, "    - {name: c%d, label: C%d}\n", i, i)
	}
	text.WriteString("questions:\n")
	for i := range 40 {
		fmt.Fprintf(&text, "  - {type: select_%s l, name: q%d, label: Q, measures: {field: language_support, as: need}}\n", []string{"one", "multiple"}[i%2], i)
	}
	read, found := survey.ReadYAML("wide.yaml", []byte(text.String()))
	if found.Fatal() {
		t.Fatal(found)
	}
	version, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	ctx := context.Background()
	db := open(t, filepath.Join(t.TempDir(), "v.db"), newClock())
	wave, err := db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "wide", K: 5}, version)
	if err != nil {
		t.Fatal(err)
	}
	memory := &most{}
	step := func(what string, work func() error) time.Duration {
		t.Helper()
		runtime.GC()
		*memory = most{}
		began, before := time.Now(), worked(t)
		if err := work(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		used := worked(t) - before
		t.Logf("%s: %v of a processor, %v by the clock, %d MB of heap", what, used.Round(time.Millisecond), time.Since(began).Round(time.Millisecond), memory.bytes>>20)
		return used
	}
	step("importing", func() error {
		stored, err := db.Import(ctx, "anna", wave, store.File{Name: "a.csv"}, func(yield func(store.Imported, error) bool) {
			for n := range responses {
				answers := response.New(version)
				for i, e := range version.Elements {
					answers.Top().Set(e, fmt.Sprint("c", (n+i)%12))
				}
				answers.Settle(time.Now(), true)
				if n%1000 == 0 {
					memory.look()
				}
				if !yield(store.Imported{ExternalID: fmt.Sprint(n), Language: "de", Answers: answers}, nil) {
					return
				}
			}
		})
		if err == nil && stored != responses {
			err = fmt.Errorf("%d stored", stored)
		}
		return err
	})
	for _, full := range []bool{true, false} {
		used := step(fmt.Sprintf("exporting, in full %t", full), func() error {
			return db.ResponsesAtOnce(ctx, wave, func(records iter.Seq2[export.Record, error]) (err error) {
				var rows int
				output := export.Output{Progress: func(int, int) { memory.look() }}
				if full {
					rows, err = export.Full(ctx, io.Discard, version, records, export.FullOptions{Output: output})
				} else {
					var made export.MicrodataReport
					made, err = export.Microdata(ctx, io.Discard, version, nil, records, export.MicrodataOptions{Output: output, Identifying: []string{"language"}})
					rows = made.Rows
				}
				if err == nil && rows != responses {
					err = fmt.Errorf("%d rows", rows)
				}
				return err
			})
		})
		if memory.bytes == 0 || memory.bytes > 100<<20 {
			t.Errorf("%d MB are held", memory.bytes>>20)
		}
		if used > 6*time.Second { // twice as much as is to be had on a machine that does nothing else
			t.Errorf("it takes %v", used)
		}
	}
	step("undoing", func() error {
		gone, err := db.UndoImport(ctx, "anna", wave, 1)
		if err == nil && gone != responses {
			err = fmt.Errorf("%d are gone", gone)
		}
		return err
	})
	if got := returns(t, db, wave); got != 0 {
		t.Errorf("%d responses are left", got)
	}
}
