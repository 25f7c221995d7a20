package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestEverythingIsCopied: a table that is not listed would be lost by a copy.
func TestEverythingIsCopied(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		found, err := store.Tables(open(t, dsn, newClock()))
		found = slices.DeleteFunc(found, func(name string) bool { return name == "goose_db_version" })
		if listed := sorted(store.Everything()); err != nil || !slices.Equal(sorted(found), listed) {
			t.Errorf("tables are %v, copied are %v; %v", sorted(found), listed, err)
		}
	})
}

// randomRows draws rows that the table takes. bad tells whether PostgreSQL would
// not take one of the texts.
func randomRows(t *rapid.T, columns []store.Column) (rows [][]any, bad bool) {
	odd := rapid.SampledFrom([]string{"", "a\x00b", "\x00", "\xff", "\xc3(", "\ufffd", "\ufeff", "e\u0301", "\U0010ffff", "'", `\`, "\u202e", strings.Repeat("ä", 3000)})
	for i := range rapid.IntRange(0, 4).Draw(t, "rows") {
		row := make([]any, len(columns))
		for j, one := range columns {
			if one.Nullable && rapid.Bool().Draw(t, "null") {
				continue
			}
			switch one.Kind {
			case "text":
				value := rapid.OneOf(odd, rapid.String()).Draw(t, one.Name)
				if one.Unique {
					value = fmt.Sprint(i, value)
				}
				bad = bad || strings.Contains(value, "\x00") || !utf8.ValidString(value)
				row[j] = value
			case "whole":
				if row[j] = rapid.Int64().Draw(t, one.Name); one.Unique {
					row[j] = int64(i)
				}
			case "truth":
				row[j] = rapid.Bool().Draw(t, one.Name)
			case "fraction":
				row[j] = rapid.Float64().Draw(t, one.Name)
			case "octets":
				value := rapid.SliceOf(rapid.Byte()).Draw(t, one.Name)
				if one.Unique {
					value = append([]byte{byte(i)}, value...)
				}
				row[j] = value
			}
		}
		rows = append(rows, row)
	}
	return rows, bad
}

// TestHeavyCopyKeepsEveryValue copies random rows from SQLite to SQLite, to PostgreSQL
// and back.
func TestHeavyCopyKeepsEveryValue(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	first := open(t, filepath.Join(folder, "first.db"), newClock())
	second := open(t, filepath.Join(folder, "second.db"), newClock())
	back := open(t, filepath.Join(folder, "back.db"), newClock())
	postgres := open(t, testpostgres.URL(t), newClock())
	columns := map[string][]store.Column{}
	for _, name := range store.Everything() {
		found, err := store.Columns(ctx, first, name)
		must(t, err)
		columns[name] = found
	}
	// Larger ones take their turn with the rest of the tables.
	pick := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(columns))), 1, 4, rapid.ID[string])
	rapid.Check(t, func(r *rapid.T) {
		ok := func(err error) {
			if err != nil {
				r.Fatal(err)
			}
		}
		names, anyBad := pick.Draw(r, "tables"), false
		for _, db := range []*store.DB{first, second, back, postgres} {
			for _, name := range names {
				ok(store.Tamper(db, `DELETE FROM `+name))
			}
		}
		for _, name := range names {
			rows, bad := randomRows(r, columns[name])
			if anyBad = anyBad || bad; name == "audit_head" || name == "revisions" {
				rows = nil
			}
			ok(store.Put(ctx, first, name, rows))
		}
		want, err := store.Digests(ctx, first, names)
		ok(err)
		same := func(copied []store.Copied, err error, db *store.DB) {
			ok(err)
			if got, err := store.Digests(ctx, db, names); err != nil || !slices.Equal(got, want) {
				r.Fatalf("%v, want %v; %v", got, want, err)
			}
			for i, one := range copied {
				if one.Digest != want[i] {
					r.Fatalf("told %v, want %v", one, want[i])
				}
			}
		}
		copied, err := store.CopyTables(ctx, first, second, names, store.CopyOptions{})
		same(copied, err, second)
		copied, err = store.CopyTables(ctx, first, postgres, names, store.CopyOptions{})
		if failure.CodeOf(err) == failure.Invalid && anyBad {
			if got, err := store.Digests(ctx, postgres, names); err != nil || slices.ContainsFunc(got, func(d store.Digest) bool { return d.Rows > 0 }) {
				r.Fatalf("a copy that ended early left %v, %v", got, err)
			}
			copied, err = store.CopyTables(ctx, first, postgres, names, store.CopyOptions{MendText: true})
			if want, _ = store.Digests(ctx, postgres, names); !slices.ContainsFunc(copied, func(c store.Copied) bool { return c.Mended > 0 }) {
				r.Fatalf("nothing mended: %v", copied)
			}
		}
		same(copied, err, postgres)
		copied, err = store.CopyTables(ctx, postgres, back, names, store.CopyOptions{})
		same(copied, err, back)
	})
}

// TestCopyWholeDatabase copies what the store's own functions made, and reads it
// by them on the other side.
func TestCopyWholeDatabase(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		from := open(t, dsn, newClock())
		wave := openWave(t, from, "w", "")
		fill(t, from, wave, 0, 70)
		for name, address := range map[string]string{"SQLite": filepath.Join(t.TempDir(), "to.db"), "PostgreSQL": testpostgres.URL(t)} {
			to := open(t, address, newClock())
			told := map[string]int64{}
			copied, err := from.CopyTo(ctx, to, store.CopyOptions{Progress: func(table string, rows, of int64) {
				if told[table] = rows; rows > of {
					t.Errorf("%s: %d rows of %d", table, rows, of)
				}
			}})
			must(t, err)
			if told["responses"] != 70 || len(copied) != len(store.Everything()) {
				t.Errorf("%s: %d tables, told %v", name, len(copied), told)
			}
			there, err := to.Wave(ctx, "w")
			must(t, err)
			if n := returns(t, to, there); n != 70 {
				t.Errorf("%s has %d responses", name, n)
			}
			fill(t, to, there, 70, 1) // and goes on
			_, err = from.CopyTo(ctx, to, store.CopyOptions{})
			wantCode(t, err, failure.Conflict)
		}
	})
}

// TestCopyTellsNoOrder: the rows of the copy lie in the order of their random
// keys, not in that in which they came.
func TestCopyTellsNoOrder(t *testing.T) {
	ctx := context.Background()
	from := open(t, filepath.Join(t.TempDir(), "from.db"), newClock())
	fill(t, from, openWave(t, from, "w", ""), 0, 50)
	to := open(t, filepath.Join(t.TempDir(), "to.db"), newClock())
	_, err := from.CopyTo(ctx, to, store.CopyOptions{})
	must(t, err)
	lying, err := store.Strings(to, `SELECT hex(id) FROM responses ORDER BY rowid`)
	if must(t, err); len(lying) != 50 || !slices.IsSorted(lying) {
		t.Errorf("%d rows: %v", len(lying), lying)
	}
}

// TestCopyCancelled: whoever stops a copy has an empty database still.
func TestCopyCancelled(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		from := open(t, filepath.Join(t.TempDir(), "from.db"), newClock())
		fill(t, from, openWave(t, from, "w", ""), 0, 400)
		to := open(t, dsn, newClock())
		_, err := from.CopyTo(ctx, to, store.CopyOptions{Progress: func(table string, rows, _ int64) {
			if table == "responses" && rows > 0 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if waves, err := to.Waves(t.Context()); err != nil || len(waves) != 0 {
			t.Errorf("%d waves, %v", len(waves), err)
		}
		_, err = from.CopyTo(t.Context(), to, store.CopyOptions{})
		must(t, err)
	})
}

// TestCopyIsOneMoment: what is written while a copy reads is in it whole or not
// at all.
func TestCopyIsOneMoment(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		from := open(t, dsn, newClock())
		wave := openWave(t, from, "w", "")
		fill(t, from, wave, 0, 20)
		to := open(t, filepath.Join(t.TempDir(), "to.db"), newClock())
		began := false
		_, err := from.CopyTo(t.Context(), to, store.CopyOptions{Progress: func(string, int64, int64) {
			if !began {
				began = true
				fill(t, from, wave, 20, 20)
			}
		}})
		must(t, err)
		there, err := to.Wave(t.Context(), "w")
		must(t, err)
		if n := returns(t, to, there); n != 20 || returns(t, from, wave) != 40 {
			t.Errorf("%d responses copied of %d", n, returns(t, from, wave))
		}
	})
}

func TestOpenAsIs(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		must(t, store.MakeFirst(dsn))
		old, err := store.OpenAsIs(t.Context(), dsn, store.Options{})
		must(t, err)
		if schema, err := old.Schema(t.Context()); err != nil || schema != 1 {
			t.Errorf("schema %d, %v", schema, err)
		}
		to := open(t, filepath.Join(t.TempDir(), "to.db"), newClock())
		_, err = old.CopyTo(t.Context(), to, store.CopyOptions{})
		if wantCode(t, err, failure.Conflict); failure.As(err).Key != "backup.other_schema" {
			t.Error(err)
		}
		must(t, store.PretendNewer(old))
		must(t, old.Close())
		_, err = store.OpenAsIs(t.Context(), dsn, store.Options{})
		if wantCode(t, err, failure.Conflict); failure.As(err).Key != "error.newer_schema" {
			t.Error(err)
		}
	})
	_, err := store.OpenAsIs(t.Context(), filepath.Join(t.TempDir(), "none.db"), store.Options{})
	wantCode(t, err, failure.NotFound)
	_, err = store.OpenAsIs(t.Context(), testpostgres.URL(t), store.Options{})
	wantCode(t, err, failure.Invalid)
}
