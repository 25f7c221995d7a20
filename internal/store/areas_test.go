package store_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

func TestAreasAreAddedAndRemoved(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		entry := account.Entry{Actor: "anna", Action: account.AreasImported, Area: "bochum", Effect: "+2"}
		fine := func([]catalogue.Area) error { return nil }
		two := []catalogue.Area{{Key: "bochum-mitte", Parent: "bochum", Name: "Mitte", Level: catalogue.Sozialraum},
			{Key: "herne", Name: "Herne", Level: catalogue.Stadt, AGS: "05916000"}}
		must(t, db.PutAreas(ctx, entry, 0, two, fine))
		added, revision, err := db.Areas(ctx)
		if err != nil || revision != 1 || !slices.Equal(added, []catalogue.Area{two[1], two[0]}) {
			t.Fatalf("stored %v at revision %d, %v", added, revision, err)
		}
		wantCode(t, db.PutAreas(ctx, entry, 0, two, fine), failure.Conflict)
		refuse := func(list []catalogue.Area) error {
			if len(list) != 2 || list[1].Name != "Zentrum" {
				t.Errorf("checked is %v", list)
			}
			return failure.New(failure.Invalid, "error.invalid")
		}
		two[0].Name = "Zentrum"
		wantCode(t, db.PutAreas(ctx, entry, 1, two[:1], refuse), failure.Invalid)
		must(t, db.PutAreas(ctx, entry, 1, two[:1], fine))
		must(t, db.PutInstitutions(ctx, account.CommandLine, []fieldwork.Institution{{Number: "1", Name: "Schule", Area: "bochum-mitte"}}))
		wantCode(t, db.RemoveArea(ctx, entry, 2, "bochum-mitte", fine), failure.Conflict)
		must(t, db.PutInstitutions(ctx, account.CommandLine, []fieldwork.Institution{{Number: "1", Name: "Schule", Area: "bochum"}}))
		id, err := db.SaveOffer(ctx, entry, 0, baseline.Offer{Title: "Kurs", Provider: "Verein", Areas: []string{"bochum", "bochum-mitte"}, Status: baseline.OfferRunning})
		must(t, err)
		wantCode(t, db.RemoveArea(ctx, entry, 2, "bochum-mitte", fine), failure.Conflict)
		must(t, db.RemoveOffer(ctx, entry, 1, id))
		must(t, db.RemoveArea(ctx, entry, 2, "bochum-mitte", fine))
		added, revision, err = db.Areas(ctx)
		lines, failed := db.AuditLog(ctx, 0, 10, func(string) bool { return true })
		if err != nil || failed != nil || revision != 3 || len(added) != 1 || len(lines) != 7 {
			t.Errorf("left %v at revision %d, %d audited; %v, %v", added, revision, len(lines), err, failed)
		}
	})
}

// TestAreaTablesAreComplete finds every table that names an area: one that is not
// listed would keep a key that no longer means anything.
func TestAreaTablesAreComplete(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := open(t, dsn, newClock())
		found, err := store.TablesWithArea(db)
		// What somebody did stays in the log whatever becomes of the area.
		found = slices.DeleteFunc(found, func(name string) bool { return name == "audit" || name == "events" })
		if listed := sorted(store.AreaTables()); err != nil || !slices.Equal(sorted(found), listed) {
			t.Errorf("tables with areas are %v, listed are %v; %v", sorted(found), listed, err)
		}
	})
}

// TestWipeIsComplete: what a demonstration is made of anew leaves nothing behind.
func TestWipeIsComplete(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		found, err := store.Tables(open(t, dsn, newClock()))
		found = slices.DeleteFunc(found, func(name string) bool {
			return name == "audit_head" || name == "revisions" || name == "goose_db_version"
		})
		if listed := sorted(store.Contents()); err != nil || !slices.Equal(sorted(found), listed) {
			t.Errorf("tables are %v, emptied are %v; %v", sorted(found), listed, err)
		}
	})
}

func TestUploadsWait(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		put := func(user string) string {
			t.Helper()
			c.advance(time.Second)
			id, err := db.PutUpload(ctx, store.Upload{User: user, Purpose: "institutions", File: "ä.csv", Data: []byte{0, 0xff, 'a'}, Settings: "{}"})
			must(t, err)
			return id
		}
		first := put("anna")
		got, err := db.Upload(ctx, "anna", "institutions", first)
		if err != nil || got.File != "ä.csv" || !bytes.Equal(got.Data, []byte{0, 0xff, 'a'}) || got.Settings != "{}" {
			t.Errorf("%+v, %v", got, err)
		}
		must(t, db.SetUploadSettings(ctx, "anna", first, `{"a":1}`))
		if got, err := db.Upload(ctx, "anna", "institutions", first); err != nil || got.Settings != `{"a":1}` {
			t.Errorf("%+v, %v", got, err)
		}
		for _, other := range [][2]string{{"bert", "institutions"}, {"anna", "areas"}} {
			_, err := db.Upload(ctx, other[0], other[1], first)
			wantCode(t, err, failure.Gone)
		}
		wantCode(t, db.SetUploadSettings(ctx, "bert", first, ""), failure.Gone)
		must(t, db.ForgetUpload(ctx, "bert", first))
		for range 4 {
			put("anna")
		}
		last := put("bert")
		if _, err := db.Upload(ctx, "anna", "institutions", first); err != nil {
			t.Errorf("five files of one person: %v", err)
		}
		second := put("anna")
		_, err = db.Upload(ctx, "anna", "institutions", first)
		wantCode(t, err, failure.Gone)
		for range 12 { // at one time: the one that came last stays
			id, err := db.PutUpload(ctx, store.Upload{User: "anna", Purpose: "institutions", Data: []byte("a")})
			if _, gone := db.Upload(ctx, "anna", "institutions", id); err != nil || gone != nil {
				t.Errorf("just uploaded: %v, %v", err, gone)
			}
		}
		must(t, db.ForgetUpload(ctx, "anna", second))
		_, err = db.Upload(ctx, "anna", "institutions", second)
		wantCode(t, err, failure.Gone)
		_, err = db.PutUpload(ctx, store.Upload{User: "anna", Data: make([]byte, store.MaxUploadSize+1)})
		wantCode(t, err, failure.TooLarge)
		c.advance(13 * time.Hour)
		_, err = db.Upload(ctx, "bert", "institutions", last)
		wantCode(t, err, failure.Gone)
		must(t, db.SweepUploads(ctx))
	})
}
