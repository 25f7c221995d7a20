package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
)

// TestSampleIndicators: the demonstration shows the real figures of schools with
// their source, and says of everything else that it is made up.
func TestSampleIndicators(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "demo.db"), store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := seedIndicators(ctx, "anna", db, now); err != nil {
		t.Fatal(err)
	}
	known, err := areas(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	book, err := db.Indicators(ctx, known)
	if err != nil {
		t.Fatal(err)
	}
	pupils := book.In(book.Find("pupils"), "bochum", "2026-03-02").Latest
	if pupils == nil || pupils.Value != 49530 || pupils.Period != "2024/25" || book.Sources[pupils.Source].Licence != "dl-de/by-2-0 (www.govdata.de/dl-de/by-2-0)" {
		t.Errorf("pupils of Bochum: %+v", pupils)
	}
	states := map[baseline.State]int{}
	for at := range book.Series {
		one := &book.Series[at]
		for _, v := range one.Values {
			if from := book.Sources[v.Source].Line(); !strings.Contains(from, "IT.NRW; Ministerium für Schule und Bildung NRW") && !strings.Contains(from, "erfunden") {
				t.Errorf("%s comes from %q", one.Key, from)
			}
		}
		for _, target := range one.Targets {
			if !strings.Contains(target.Note, "erfunden") {
				t.Errorf("the target of %s does not say that it is made up", one.Key)
			}
			states[book.In(one, target.Area, "2026-03-02").Judgement.State]++
		}
	}
	if len(states) < 3 || slices.Contains([]int{states[baseline.OnCourse], states[baseline.Reversed]}, 0) {
		t.Errorf("states %v", states)
	}
}
