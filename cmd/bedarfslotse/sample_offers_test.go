package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedarfslotse/data"
	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/store"
)

// TestSampleOffers: what the demonstration makes up is valid, says that it is made
// up, and shows duplicates, overlaps and what ends soon.
func TestSampleOffers(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "demo.db"), store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := seedOffers(ctx, account.CommandLine, db, now); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		content, err := data.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	areas, findings := catalogue.ReadAreas("areas.yaml", read("areas.yaml"))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	fields, findings := catalogue.ReadFields("fields_of_action.yaml", read("fields_of_action.yaml"))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	area := func(key string) bool { _, known := areas.Get(key); return known }
	field := func(key string) bool { _, known := fields.Get(key); return known }
	all, _, err := db.Offers(ctx)
	if err != nil || len(all) < 10 {
		t.Fatalf("%d offers, %v", len(all), err)
	}
	var offers []baseline.Offer
	for _, one := range all {
		if err := one.Entry.Check(area, field); err != nil {
			t.Errorf("%s: %v", one.Entry.Title, err)
		}
		if !strings.Contains(one.Entry.Title, "Beispiel") || one.Entry.Source != sampleSource {
			t.Errorf("%s does not say that it is made up", one.Entry.Title)
		}
		offers = append(offers, one.Entry)
	}
	measures, err := db.Measures(ctx)
	if err != nil || len(measures) != 1 || measures[0].Entry.Check(area, field) != nil {
		t.Errorf("measures %+v, %v", measures, err)
	}
	notes, err := db.Notes(ctx)
	if err != nil || len(notes) != 3 {
		t.Errorf("notes %+v, %v", notes, err)
	}
	for _, one := range notes {
		if one.Entry.Check(area, field) != nil || !strings.Contains(one.Entry.Title, "Beispiel") || one.Entry.Source != sampleSource {
			t.Errorf("the note %+v: %v", one.Entry, one.Entry.Check(area, field))
		}
	}
	records, err := db.Concepts(ctx)
	if err != nil || len(records) != 1 || records[0].Entry.Check(area) != nil || !strings.Contains(records[0].Entry.Client, "Beispiel") {
		t.Errorf("records %+v, %v", records, err)
	}
	day := now.Format(time.DateOnly)
	if len(baseline.Duplicates(offers, areas.Contains)) == 0 || len(baseline.Overlaps(offers, day, areas.Contains)) == 0 {
		t.Error("there is nothing to check")
	}
}
