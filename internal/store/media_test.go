package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

const pictured = `
id: pictured
language: de
title: Mit Bildern
choices:
  way: [{name: bus, label: Bus, media: {image: bus.png}}, {name: foot, label: zu Fuß, media: {image: twin.png}}]
questions:
  - {type: select_one way, name: how, label: Wie kommen Sie?, media: {image: {ar: ar.png}}}
`

func picture(t testing.TB, side int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withPictures reads the survey above beside its files, two of them alike.
func withPictures(t testing.TB, id string) *survey.Version {
	t.Helper()
	files := fstest.MapFS{id + "/survey.yaml": {Data: []byte(strings.Replace(pictured, "id: pictured", "id: "+id, 1))}}
	for name, side := range map[string]int{"bus.png": 8, "twin.png": 8, "ar.png": 9} {
		files[id+"/media/"+name] = &fstest.MapFile{Data: picture(t, side)}
	}
	s, findings, err := survey.ReadDir(files, id)
	if err != nil || len(findings) > 0 {
		t.Fatal(findings, err)
	}
	version, findings := survey.Compile(s)
	if version == nil {
		t.Fatal(findings)
	}
	return version
}

func wantMedia(t *testing.T, db *store.DB, want int) {
	t.Helper()
	if count, err := store.CountMedia(db); err != nil || count != want {
		t.Errorf("%d contents are stored, want %d (%v)", count, want, err)
	}
}

func TestMediaAreStoredOnceWithTheirSurvey(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		for _, id := range []string{"pictured", "other", "pictured"} {
			if err := db.PutSurvey(ctx, account.CommandLine, withPictures(t, id), true); err != nil {
				t.Fatal(err)
			}
		}
		wantMedia(t, db, 2) // of three names in two surveys
		read, err := db.Survey(ctx, "pictured")
		if err != nil {
			t.Fatal(err)
		}
		if read.Hash != withPictures(t, "pictured").Hash || len(read.Files) != 3 || read.Files["ar.png"].Width != 9 {
			t.Errorf("read back: %+v", read.Files)
		}
		// A wave opens with what the store itself gave out, without contents.
		if _, err := db.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: "w", K: 5}, read); err != nil {
			t.Fatal(err)
		}
		one, err := db.Media(ctx, read.Files["bus.png"].Hash)
		if err != nil || one.Type != "image/png" || !bytes.Equal(one.Data, picture(t, 8)) {
			t.Errorf("media: %v %v", one, err)
		}
		_, err = db.Media(ctx, strings.Repeat("0", 64))
		wantCode(t, err, failure.NotFound)
		if err := db.Wipe(ctx); err != nil {
			t.Fatal(err)
		}
		wantMedia(t, db, 0)
		// Now the contents are gone, and half a survey must not be stored.
		if err := db.PutSurvey(ctx, account.CommandLine, read, true); err == nil || !strings.Contains(err.Error(), "ar.png") {
			t.Errorf("a survey without its files: %v", err)
		}
		_, err = db.Survey(ctx, "pictured")
		wantCode(t, err, failure.NotFound)
	})
}

// TestDatabasesOfTheFirstSchemaGrow opens a database that the first program
// wrote: what was in it is there, and what came later works.
func TestDatabasesOfTheFirstSchemaGrow(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		v := withPictures(t, "pictured")
		document, err := json.Marshal(v.Survey)
		if err != nil {
			t.Fatal(err)
		}
		written := []string{
			`INSERT INTO surveys VALUES ('pictured', '` + v.Hash + `', '1', '` + strings.ReplaceAll(string(document), "'", "''") + `', FALSE, '2026-03-01')`,
			`INSERT INTO waves VALUES ('W', 'w', 'pictured', '` + v.Hash + `', 'open', '', '2026-03-01', '2026-06-30', '', 5, NULL, FALSE, FALSE,
				FALSE, 'why', '', '', 'mail', '', FALSE, 'salt', 3, 0, 0, NULL)`,
			`INSERT INTO users VALUES ('anna', 'hash', 'administrator', '2026-03-01T00:00:00Z')`,
			`INSERT INTO institutions VALUES ('1', 'Märkische Schule', 'primary', 'Grundschule', '', '', NULL, NULL, '', '')`,
		}
		for _, id := range []string{"a", "b", "c"} {
			written = append(written, `INSERT INTO responses VALUES ('W', '`+id+`', 'x', 1, 0, 0, '2026-03-02', 'de', 1, '', '', '', '{}')`)
		}
		if err := store.MakeFirst(dsn, written...); err != nil {
			t.Fatal(err)
		}
		db := open(t, dsn, newClock())
		if err := db.PutSurvey(ctx, account.CommandLine, withPictures(t, "pictured"), true); err != nil {
			t.Fatal(err)
		}
		wantMedia(t, db, 2)
		wave, err := db.Wave(ctx, "w")
		if err != nil || wave.Until != "2026-06-30" || wave.Contact != "mail" || wave.K != 5 {
			t.Fatalf("the wave is %+v %v", wave, err)
		}
		if _, total, err := db.FindInstitutions(ctx, store.InstitutionFilter{Text: "markische"}); err != nil || total != 1 {
			t.Errorf("%d institutions found by name, %v", total, err)
		}
		if got := returns(t, db, wave); got != 3 {
			t.Errorf("%d responses are left of 3", got)
		}
		if user, hash, err := db.User(ctx, "anna"); err != nil || hash.Password != "hash" || !slices.Equal(user.Grants, []account.Grant{everywhere}) {
			t.Errorf("the account is %+v %s %v", user, hash, err)
		}
	})
}
