package analysis

import (
	"database/sql" //nolint:depguard // what the columns are measured against
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" //nolint:depguard // as above

	"bedarfslotse/internal/analysis/internal/packed"
)

// intoSQL writes what the columns hold into a table with an integer a question,
// a set of bits for several choices.
func intoSQL(b *testing.B, v *volume, view *packed.View) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "answers.db")+"?_pragma=synchronous(off)&_pragma=cache_size(-400000)&_pragma=mmap_size(1000000000)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	columns := []int{packed.LanguageColumn, packed.AreaColumn, packed.InstitutionTypeColumn}
	names := []string{"language", "area", "kind"}
	for _, q := range v.schema.questions {
		columns, names = append(columns, q.raw.Column), append(names, q.element.Name)
	}
	exec := func(text string, arguments ...any) {
		if _, err := db.Exec(text, arguments...); err != nil {
			b.Fatal(err)
		}
	}
	exec("CREATE TABLE answers (weight REAL, " + strings.Join(names, " INTEGER, ") + " INTEGER)")
	exec("BEGIN")
	const portion = 500
	insert := "INSERT INTO answers VALUES " + strings.TrimSuffix(strings.Repeat("(?"+strings.Repeat(",?", len(columns))+"),", portion), ",")
	arguments := make([]any, 0, portion*(len(columns)+1))
	for _, s := range view.Segments {
		for row := range s.Rows {
			arguments = append(arguments, 0.5+float64(s.Tables[0].Columns[packed.AreaColumn].At(row))/8)
			for _, column := range columns {
				arguments = append(arguments, int64(s.Tables[0].Columns[column].At(row)))
			}
			if len(arguments) == cap(arguments) {
				exec(insert, arguments...)
				arguments = arguments[:0]
			}
		}
	}
	if len(arguments) > 0 {
		b.Fatalf("%d rows are no multiple of %d", view.Rows, portion)
	}
	exec("COMMIT")
	return db
}

// answerOf reads all rows of a query.
func answerOf(b *testing.B, db *sql.DB, text string) {
	b.Helper()
	rows, err := db.Query(text)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // all of them are read
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBesideSQL counts the same tables by the columns and by GROUP BY, and
// tells how many times as long SQL takes. Under conditions the tables are two: that
// of all their categories, which decides about what may be shown, and the one that
// is shown.
func BenchmarkBesideSQL(b *testing.B) {
	v := opinionVolume()
	columns := v.load(b, v.large)
	release := Close(columns, NewSnapshot(v.schema, 5), nil, volumeBreakdown())
	var strata []Stratum
	for i := range 15 {
		strata = append(strata, Stratum{Area: fmt.Sprint("area", i), Population: 100_000 * (i + 5)})
	}
	x := must(release.Explore(columns, volumeBreakdown(), Options{Strata: strata}))
	view := columns.memory.View()
	db := intoSQL(b, v, view)
	var marginal []string
	for _, q := range v.schema.questions {
		if q.kind == Multiple {
			bits := make([]string, q.raw.Codes)
			for i := range bits {
				bits[i] = fmt.Sprintf("SUM(%s >> %d & 1)", q.element.Name, i+1)
			}
			marginal = append(marginal, "SELECT "+strings.Join(bits, ", ")+" FROM answers")
			continue
		}
		marginal = append(marginal, fmt.Sprintf("SELECT %s, COUNT(*) FROM answers GROUP BY 1", q.element.Name))
	}
	scale, list := v.schema.questions[0].element.Name, v.schema.questions[15].element.Name
	arabic := 0
	for code, name := range view.Names(packed.LanguageColumn) {
		if name == "ar" {
			arabic = code
		}
	}
	second := packed.FirstCode + 2 // f2
	categories := fmt.Sprintf("SELECT language, %s, COUNT(*) FROM answers GROUP BY 1, 2", list)
	run := func(q Query) func() {
		return func() {
			if answer, err := x.Query(q); err != nil || len(answer.Groups) == 0 {
				b.Fatal(err)
			}
		}
	}
	for _, one := range []struct {
		name string
		ours func()
		sql  []string
	}{
		{"marginals", func() { marginals(v.schema, view) }, marginal},
		{"three-way weighted with a filter", run(Query{Filters: []Condition{{VariableLanguage, "ar"}}, By: []string{list}, Questions: []string{scale}, Weighted: true}),
			[]string{categories, fmt.Sprintf("SELECT %s, %s, area, COUNT(*), SUM(weight) FROM answers WHERE language = %d GROUP BY 1, 2, 3", scale, list, arabic)}},
		{"perturbed under two conditions", run(Query{Filters: []Condition{{VariableLanguage, "ar"}, {list, "f2"}}, Questions: []string{scale}}),
			[]string{categories, fmt.Sprintf("SELECT %s, COUNT(*) FROM answers WHERE language = %d AND %s = %d GROUP BY 1", scale, arabic, list, second)}},
		{"exact by area", run(Query{By: []string{VariableArea}, Questions: []string{scale}}),
			[]string{fmt.Sprintf("SELECT area, %s, COUNT(*) FROM answers GROUP BY 1, 2", scale)}},
	} {
		b.Run(one.name, func(b *testing.B) {
			for b.Loop() {
				one.ours()
			}
			ours := b.Elapsed() / time.Duration(b.N)
			start := time.Now()
			for _, text := range one.sql {
				answerOf(b, db, text)
			}
			bySQL := time.Since(start)
			b.ReportMetric(bySQL.Seconds()*1000, "ms-by-SQL")
			b.ReportMetric(float64(bySQL)/float64(ours), "times-as-long")
		})
	}
}
