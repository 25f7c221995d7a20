package store_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestNotesAreKept: a note comes back as it was stored, and nobody overwrites what
// they have not seen.
func TestNotesAreKept(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		want := baseline.Note{Kind: baseline.ClassNote, Title: "Gespräch in der 8c", Day: "2026-02-01", Area: "bochum", Fields: []string{"health", "counselling"}, Questions: []int{3, 6},
			Text: "Zwei Zeilen\nüber den Weg zur Schule", Source: "Frau B."}
		id, err := db.SaveNote(ctx, by("anna", "bochum"), 0, want)
		must(t, err)
		want.ID = id
		newer := baseline.Note{Kind: baseline.WorkshopNote, Title: "Auftakt", Day: "2026-02-02", Questions: []int{1}, Text: "x", Source: "Protokoll"}
		_, err = db.SaveNote(ctx, by("anna", ""), 0, newer)
		must(t, err)
		all, err := db.Notes(ctx)
		if err != nil || len(all) != 2 || all[0].Entry.Title != "Auftakt" || !reflect.DeepEqual(all[1], store.Kept[baseline.Note]{Entry: want, Revision: 1}) {
			t.Fatalf("%+v, %v", all, err)
		}
		want.Questions = []int{2}
		_, err = db.SaveNote(ctx, by("anna", "bochum"), 1, want)
		must(t, err)
		_, err = db.SaveNote(ctx, by("ben", "bochum"), 1, want)
		wantCode(t, err, failure.Conflict)
		if one, err := db.Note(ctx, id); err != nil || !reflect.DeepEqual(one, store.Kept[baseline.Note]{Entry: want, Revision: 2}) {
			t.Errorf("%+v, %v", one, err)
		}
		wantCode(t, db.RemoveNote(ctx, by("ben", "bochum"), 1, id), failure.Conflict)
		must(t, db.RemoveNote(ctx, by("anna", "bochum"), 2, id))
		_, err = db.Note(ctx, id)
		wantCode(t, err, failure.NotFound)
		if got := actions(t, db); !slices.Equal(got, []account.Action{account.NoteRemoved, account.NoteChanged, account.NoteAdded, account.NoteAdded}) {
			t.Errorf("audited %v", got)
		}
	})
}

// TestOneConceptForEachArea: an area has one record, and whoever adds a second one
// at the same time is told.
func TestOneConceptForEachArea(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		want := baseline.Concept{Area: "bochum", Client: "Rat", Ordered: "2026-01-31", Reference: "V/12", Lead: "Jugendamt", Steering: "Steuergruppe", Parent: "Leitbild", Neighbours: "Sozialplan\nBildungsbericht"}
		area, err := db.SaveConcept(ctx, by("anna", "bochum"), 0, want)
		if err != nil || area != "bochum" {
			t.Fatal(area, err)
		}
		_, err = db.SaveConcept(ctx, by("ben", "bochum"), 0, baseline.Concept{Area: "bochum", Client: "Kreistag"})
		wantCode(t, err, failure.Conflict)
		_, err = db.SaveConcept(ctx, by("ben", "marl"), 0, baseline.Concept{Area: "marl", Client: "Kreistag"})
		must(t, err)
		all, err := db.Concepts(ctx)
		if err != nil || len(all) != 2 || !reflect.DeepEqual(all[0], store.Kept[baseline.Concept]{Entry: want, Revision: 1}) {
			t.Fatalf("%+v, %v", all, err)
		}
		want.Lead = ""
		_, err = db.SaveConcept(ctx, by("anna", "bochum"), 1, want)
		must(t, err)
		_, err = db.SaveConcept(ctx, by("ben", "bochum"), 1, want)
		wantCode(t, err, failure.Conflict)
		if one, err := db.Concept(ctx, "bochum"); err != nil || !reflect.DeepEqual(one, store.Kept[baseline.Concept]{Entry: want, Revision: 2}) {
			t.Errorf("%+v, %v", one, err)
		}
		must(t, db.RemoveConcept(ctx, by("anna", "bochum"), 2, "bochum"))
		_, err = db.Concept(ctx, "bochum")
		wantCode(t, err, failure.NotFound)
		if got := actions(t, db); !slices.Equal(got, []account.Action{account.ConceptRemoved, account.ConceptChanged, account.ConceptAdded, account.ConceptAdded}) {
			t.Errorf("audited %v", got)
		}
	})
}

// TestOwnWordsAreKept: there is one answer to a question for an area, with who
// wrote it and when.
func TestOwnWordsAreKept(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		first := baseline.OwnWords{Area: "bochum", Question: 4, Text: "Wir *kennen* uns.", Author: "somebody", Day: "1999-01-01"}
		must(t, db.SaveOwnWords(ctx, by("anna", "bochum"), 0, first))
		wantCode(t, db.SaveOwnWords(ctx, by("ben", "bochum"), 0, first), failure.Conflict)
		must(t, db.SaveOwnWords(ctx, by("anna", "bochum"), 0, baseline.OwnWords{Area: "bochum", Question: 2, Text: "Viele."}))
		must(t, db.SaveOwnWords(ctx, by("anna", "marl"), 0, baseline.OwnWords{Area: "marl", Question: 4, Text: "Anders."}))
		first.Text = "Anders gesagt"
		must(t, db.SaveOwnWords(ctx, by("ben", "bochum"), 1, first))
		wantCode(t, db.SaveOwnWords(ctx, by("anna", "bochum"), 1, first), failure.Conflict)
		wantCode(t, db.SaveOwnWords(ctx, by("anna", "bochum"), 1, baseline.OwnWords{Area: "bochum", Question: 5}), failure.NotFound)
		all, err := db.OwnWords(ctx, "bochum")
		first.ID, first.Author, first.Day = "bochum/4", "ben", at.Now().Format("2006-01-02")
		if err != nil || len(all) != 2 || all[0].Entry.Question != 2 || !reflect.DeepEqual(all[1], store.Kept[baseline.OwnWords]{Entry: first, Revision: 2}) {
			t.Fatalf("%+v, %v", all, err)
		}
		if got := actions(t, db); !slices.Equal(got, []account.Action{account.OwnWordsChanged, account.OwnWordsAdded, account.OwnWordsAdded, account.OwnWordsAdded}) {
			t.Errorf("audited %v", got)
		}
	})
}
