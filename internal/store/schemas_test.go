package store_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/archive"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/testpostgres"
)

var update = flag.Bool("update", false, "write the fixtures of schemas that have none to testdata/schema")

// fixture is a database of one schema, good for both engines: rows, which are
// put into the tables that the migrations up to there make.
type fixture struct {
	Schema    int64                   `json:"schema"`
	Migration string                  `json:"migration"` // SHA-256 of the text of the last one
	Tables    map[string]fixtureTable `json:"tables"`
}

type fixtureTable struct {
	Columns []store.Column `json:"columns"`
	Rows    [][]any        `json:"rows"` // in the order of Columns; numbers as text, bytes in base64
}

func fixturePath(schema int64) string {
	return filepath.Join("testdata", "schema", fmt.Sprintf("%05d.json.gz", schema))
}

func readFixture(t testing.TB, schema int64) (f fixture) {
	t.Helper()
	packed, err := os.ReadFile(fixturePath(schema))
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("schema %d has no fixture: run “go test ./internal/store -run TestEverySchemaHasAFixture -update” and commit %s", schema, fixturePath(schema))
	}
	mustAll(t, err)
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	mustAll(t, err)
	content, err := io.ReadAll(unpacked)
	mustAll(t, err)
	mustAll(t, json.Unmarshal(content, &f))
	for name, table := range f.Tables {
		for _, row := range table.Rows {
			for i, one := range table.Columns {
				row[i] = fromJSON(t, one, row[i])
			}
		}
		if len(table.Rows) == 0 {
			t.Errorf("the fixture of schema %d has no row in %s", schema, name)
		}
	}
	return f
}

func mustAll(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fromJSON(t testing.TB, c store.Column, value any) (result any) {
	t.Helper()
	said, ok := value.(string)
	if !ok {
		return value // nil, truth
	}
	var err error
	switch c.Kind {
	case "whole":
		result, err = strconv.ParseInt(said, 10, 64)
	case "fraction":
		result, err = strconv.ParseFloat(said, 64)
	case "octets":
		result, err = base64.StdEncoding.DecodeString(said)
	default:
		result = said
	}
	mustAll(t, err)
	return result
}

func toJSON(value any) any {
	switch v := value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	}
	return value
}

// tablesOf lists the tables of a database but the list of migrations.
func tablesOf(t testing.TB, db *store.DB) []string {
	t.Helper()
	names, err := store.Tables(db)
	mustAll(t, err)
	return slices.DeleteFunc(sorted(names), func(name string) bool { return name == "goose_db_version" })
}

// model is a database of today that the store's own functions filled: what older
// schemas knew of it makes their fixtures.
func model(t *testing.T) *store.DB {
	t.Helper()
	ctx := t.Context()
	db := open(t, filepath.Join(t.TempDir(), "model.db"), newClock())
	must(t, db.AddUser(ctx, account.CommandLine, account.User{Name: "anna", Grants: []account.Grant{{Role: account.Coordinator}}}, "hash"))
	must(t, db.PutInstitutions(ctx, account.CommandLine, []fieldwork.Institution{{Number: "1", Name: "Märkische Schule", Type: "primary"}}))
	running := openWave(t, db, "running", "")
	fill(t, db, running, 0, 12)
	fields := yes()
	fields["offer"] = []string{"Sprachcafé"}
	sent := submission(t, running, id(12), fields)
	_, err := db.Accept(ctx, running, sent)
	must(t, err)
	over := openWave(t, db, "over", "")
	fill(t, db, over, 100, 8)
	must(t, db.CloseWave(ctx, account.CommandLine, over))
	return db
}

// made is the fixture of a schema: the model's rows as far as the schema has
// columns for them, and two rows of made-up values where that leaves a table empty.
func made(t *testing.T, of *store.DB, schema int64, text string) fixture {
	t.Helper()
	db, err := store.MakeAt(filepath.Join(t.TempDir(), "x.db"), schema)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	f := fixture{Schema: schema, Migration: fmt.Sprintf("%x", sha256.Sum256([]byte(text))), Tables: map[string]fixtureTable{}}
	today := tablesOf(t, of)
	for _, name := range tablesOf(t, db) {
		columns, err := store.Columns(t.Context(), db, name)
		must(t, err)
		table := fixtureTable{Columns: columns}
		if slices.Contains(today, name) && name != "revisions" {
			known, err := store.Columns(t.Context(), of, name)
			must(t, err)
			rows, err := store.Rows(t.Context(), of, name)
			must(t, err)
			for n, row := range rows {
				table.Rows = append(table.Rows, projected(known, columns, row, n))
			}
		}
		if len(table.Rows) == 0 {
			table.Rows, err = store.Rows(t.Context(), db, name) // those of migrations
			must(t, err)
		}
		if len(table.Rows) == 0 {
			table.Rows = [][]any{projected(nil, columns, nil, 0), projected(nil, columns, nil, 1)}
		}
		for _, row := range table.Rows {
			for i := range row {
				row[i] = toJSON(row[i])
			}
		}
		f.Tables[name] = table
	}
	return f
}

// projected is a row with other columns: values that are known, and made-up ones.
func projected(from, to []store.Column, row []any, n int) []any {
	result := make([]any, len(to))
	for i, one := range to {
		if at := slices.IndexFunc(from, func(c store.Column) bool { return c.Name == one.Name }); at >= 0 {
			result[i] = row[at]
			continue
		}
		switch one.Kind {
		case "text":
			result[i] = fmt.Sprintf("%s ä %d", one.Name, n)
			if one.Name == "role" {
				result[i] = string(account.Coordinator)
			}
		case "whole":
			result[i] = int64(n + 1)
		case "truth":
			result[i] = n%2 == 0
		case "fraction":
			result[i] = float64(n) + 0.25
		case "octets":
			result[i] = []byte{0, 0xff, byte(n)}
		}
		if one.Nullable && n%2 == 1 {
			result[i] = nil
		}
	}
	return result
}

// TestEverySchemaHasAFixture: a database of every schema that was ever released is
// kept, and what was released is not changed. With -update it makes those that are
// missing; one that is there stays as it was made then.
func TestEverySchemaHasAFixture(t *testing.T) {
	texts, err := store.MigrationTexts()
	must(t, err)
	var db *store.DB
	size := int64(0)
	for _, schema := range slices.Sorted(maps.Keys(texts)) {
		path := fixturePath(schema)
		if _, err := os.Stat(path); *update && errors.Is(err, fs.ErrNotExist) {
			if db == nil {
				db = model(t)
			}
			content, err := json.Marshal(made(t, db, schema, texts[schema]))
			must(t, err)
			var packed bytes.Buffer
			writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
			must(t, err)
			_, err = writer.Write(content)
			must(t, errors.Join(err, writer.Close(), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, packed.Bytes(), 0o644)))
		}
		f := readFixture(t, schema)
		if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(texts[schema]))); f.Schema != schema || f.Migration != sum {
			t.Errorf("migration %d is not what it was when its fixture was made. What was released stays; write another migration. "+
				"If it never was, delete %s and run this test with -update", schema, path)
		}
		info, err := os.Stat(path)
		must(t, err)
		size += info.Size()
	}
	if size > 300_000 {
		t.Errorf("the fixtures take %d bytes", size)
	}
}

// TestHeavyOlderSchemas brings a database of every schema to today's, on both
// engines, without losing a row. The short form takes some on PostgreSQL.
func TestHeavyOlderSchemas(t *testing.T) {
	texts, err := store.MigrationTexts()
	must(t, err)
	schemas := slices.Sorted(maps.Keys(texts))
	for i, schema := range schemas {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			f := readFixture(t, schema)
			t.Run("sqlite", func(t *testing.T) { migrates(t, filepath.Join(t.TempDir(), "x.db"), f) })
			if testinput.Long() || i%6 == 0 || i == len(schemas)-1 {
				t.Run("postgres", func(t *testing.T) { migrates(t, testpostgres.URL(t), f) })
			}
		})
	}
}

// migrates opens a database of the fixture as a newer program does.
func migrates(t *testing.T, dsn string, f fixture) {
	ctx := t.Context()
	old, err := store.MakeAt(dsn, f.Schema)
	must(t, err)
	if names, listed := tablesOf(t, old), slices.Sorted(maps.Keys(f.Tables)); !slices.Equal(names, listed) {
		t.Errorf("schema %d has the tables %v, its fixture %v: migrations come in the order of their numbers. "+
			"If it was never released, delete %s and run TestEverySchemaHasAFixture with -update", f.Schema, names, listed, fixturePath(f.Schema))
	}
	for name, table := range f.Tables {
		must(t, store.Tamper(old, `DELETE FROM `+name))
		must(t, store.Put(ctx, old, name, table.Rows))
	}
	must(t, old.Close())

	db := open(t, dsn, newClock())
	today := tablesOf(t, db)
	for name, table := range f.Tables {
		if !slices.Contains(today, name) {
			t.Errorf("the table %s is gone with its %d rows", name, len(table.Rows))
			continue
		}
		if f.Schema < 4 && name == "sessions" {
			continue // nobody could be told whose they are: see the migration
		}
		columns, err := store.Columns(ctx, db, name)
		must(t, err)
		rows, err := store.Rows(ctx, db, name)
		must(t, err)
		if len(rows) < len(table.Rows) || (len(rows) > len(table.Rows) && name != "revisions") {
			t.Errorf("%s: %d rows, before %d", name, len(rows), len(table.Rows))
		}
		common := slices.DeleteFunc(slices.Clone(columns), func(c store.Column) bool {
			return !slices.ContainsFunc(table.Columns, func(before store.Column) bool { return before.Name == c.Name && before.Kind == c.Kind })
		})
		now := map[string]int{}
		for _, row := range rows {
			now[fmt.Sprintf("%q", projected(columns, common, row, 0))]++
		}
		for _, row := range table.Rows {
			said := fmt.Sprintf("%q", projected(table.Columns, common, row, 0))
			if now[said]--; now[said] < 0 {
				t.Errorf("%s: there is no row any more like %.300s", name, said)
			}
		}
	}
	readsAsBefore(t, db)
}

// readsAsBefore reads the model's content by the store's own functions, and goes on
// with it.
func readsAsBefore(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := context.Background()
	for slug, want := range map[string]int{"running": 13, "over": 8} {
		wave, err := db.Wave(ctx, slug)
		must(t, err)
		if n := returns(t, db, wave); n != want {
			t.Errorf("%s has %d responses", slug, n)
		}
		must(t, db.ResponsesAtOnce(ctx, wave, func(all iter.Seq2[export.Record, error]) error {
			n := 0
			for one, err := range all {
				if n++; err != nil || one.Day != "2026-03-02" || one.Answers.Top().Text(wave.Version.Element("age")) != "30" {
					t.Errorf("%s: %+v, %v", slug, one, err)
				}
			}
			if n != want {
				t.Errorf("%s: %d read", slug, n)
			}
			return nil
		}))
		if slug == "over" {
			_, err := db.Accept(ctx, wave, submission(t, wave, id(300), yes()))
			wantCode(t, err, failure.Gone)
			continue
		}
		again, err := db.Accept(ctx, wave, submission(t, wave, id(3), map[string][]string{"likes": {"no"}, "age": {"30"}}))
		if err != nil || !again.Repeated {
			t.Errorf("sent again: %+v, %v", again, err)
		}
		fill(t, db, wave, 200, 1)
	}
	user, _, err := db.User(ctx, "anna")
	if err != nil || len(user.Grants) != 1 || user.Grants[0].Role != account.Coordinator {
		t.Errorf("%+v, %v", user, err)
	}
	if found, n, err := db.FindInstitutions(ctx, store.InstitutionFilter{Text: "märkische"}); err != nil || n != 1 {
		t.Errorf("%v, %d, %v", found, n, err)
	}
	if err := db.VerifyAudit(ctx, func(store.Audited) error { return nil }); err != nil {
		t.Error(err)
	}
	must(t, db.CloseWave(ctx, account.CommandLine, waveOf(t, db, "running")))
}

func waveOf(t *testing.T, db *store.DB, slug string) *store.LiveWave {
	t.Helper()
	wave, err := db.Wave(context.Background(), slug)
	must(t, err)
	return wave
}

// TestOlderBackup: a backup of an older schema comes back as it was, and is
// brought to today's when it is opened.
func TestOlderBackup(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, f := t.Context(), readFixture(t, 8)
		old, err := store.MakeAt(dsn, f.Schema)
		must(t, err)
		for name, table := range f.Tables {
			must(t, store.Tamper(old, `DELETE FROM `+name))
			must(t, store.Put(ctx, old, name, table.Rows))
		}
		path := filepath.Join(t.TempDir(), "backup")
		made, err := archive.Backup(ctx, old, path, archive.Options{Scratch: t.TempDir(), Now: newClock().Now})
		must(t, errors.Join(err, old.Close()))
		unpacked, err := archive.Unpack(ctx, path, t.TempDir())
		must(t, err)
		_, same, err := unpacked.Compare(ctx)
		if err != nil || !same || made.Schema != 8 || unpacked.Schema != 8 || len(made.Tables) != len(f.Tables) {
			t.Errorf("same %t, schema %d of %d tables, %v", same, made.Schema, len(made.Tables), err)
		}
		readsAsBefore(t, open(t, unpacked.Path, newClock()))
	})
}
