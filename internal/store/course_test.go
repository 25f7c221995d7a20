package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

// professional is the tiny survey for people who answer in the line of their work.
func professional(t testing.TB) *survey.Version {
	t.Helper()
	made := *tinySurvey(t).Survey
	made.ID, made.Audience = "tiny_schools", "schools"
	version, findings := survey.Compile(&made)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	return version
}

func course(t testing.TB, db *store.DB, wave *store.LiveWave) analysis.Course {
	t.Helper()
	got, err := db.Course(context.Background(), wave)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// counted is a count as text, "-" where it is not shown.
func counted(count *int) string {
	if count == nil {
		return "-"
	}
	return fmt.Sprint(*count)
}

func no(string, string) bool { return false }

// answerFrom stores answers by a group code of an area.
func answerFrom(t testing.TB, db *store.DB, wave *store.LiveWave, code, language string, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		one := submission(t, wave, id(i), yes())
		one.Code, one.Language, one.Duration = code, language, uint8(1+i%3)
		if _, err := db.Accept(context.Background(), wave, one); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCourseOfProfessionals: that they have answered is process data, counted
// from one and at once; their languages are not.
func TestCourseOfProfessionals(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		wave, err := db.OpenWave(ctx, "carla", fieldwork.Wave{Slug: "w", K: 5, Institutions: true}, professional(t))
		must(t, err)
		school := fieldwork.Carried{Area: "bochum", InstitutionType: "gymnasium", Institution: "169"}
		codes, err := db.CreateCodes(ctx, "carla", wave, school, true, 1)
		must(t, err)
		answerFrom(t, db, wave, codes[0], "de", 0, 1)
		got := course(t, db, wave)
		if !got.Process || counted(got.Of(analysis.Part{Institution: "169"}, no)) != "1" || counted(got.Of(analysis.Part{Institution: "other"}, no)) != "0" || got.Languages != nil {
			t.Errorf("after one answer %+v", got)
		}
		at.advance(24 * time.Hour)
		answerFrom(t, db, wave, codes[0], "de", 1, 2)
		got = course(t, db, wave)
		if len(got.Days) != 2 || got.Until("2026-03-02") != 1 || got.Until("2026-03-03") != 3 || got.Until("2026-03-01") != 0 {
			t.Errorf("by day %+v", got.Days)
		}
		must(t, db.CloseWave(ctx, "carla", wave))
		at.advance(time.Second)
		closed, err := db.Wave(ctx, "w")
		must(t, err)
		if got = course(t, db, closed); !got.Process || counted(got.Of(analysis.Part{InstitutionType: "gymnasium"}, no)) != "3" {
			t.Errorf("after the close, below k, %+v", got)
		}
	})
}

// TestCourseOfFamiliesRisesInSteps: whoever reads every page between any two
// answers sees no count move by fewer than k, nor one below k.
func TestCourseOfFamiliesRisesInSteps(t *testing.T) {
	db := open(t, t.TempDir()+"/course.db", newClock())
	ctx := context.Background()
	wave, err := db.OpenWave(ctx, "carla", fieldwork.Wave{Slug: "w", K: 5}, tinySurvey(t))
	must(t, err)
	var codes []string
	for _, area := range []string{"a", "b", "c"} {
		made, err := db.CreateCodes(ctx, "carla", wave, fieldwork.Carried{Area: area}, true, 1)
		must(t, err)
		codes = append(codes, made[0])
	}
	random := rand.New(rand.NewPCG(7, 7))
	before := map[string]int{}
	moved, languages := 0, 0
	for i := range 160 {
		who := min(random.IntN(3), random.IntN(3))
		answerFrom(t, db, wave, codes[who], []string{"de", "uk", "ti"}[who], i, 1)
		got := course(t, db, wave)
		if got.Process || got.Step != 5 {
			t.Fatalf("%+v", got)
		}
		for _, area := range []string{"a", "b", "c", ""} {
			count := got.Of(analysis.Part{Area: area}, no)
			now := 0
			if count != nil {
				now = *count
			}
			if now != 0 && now < 5 || now-before[area] != 0 && now-before[area] < 5 {
				t.Errorf("after %d answers area %q went from %d to %d", i+1, area, before[area], now)
			}
			if now != before[area] {
				moved++
			}
			before[area] = now
		}
		for _, one := range got.Languages {
			if one.Count != nil {
				languages++
				if *one.Count > 0 && *one.Count < 5 {
					t.Errorf("after %d answers %d spoke %s", i+1, *one.Count, one.Name)
				}
			}
		}
		for _, day := range got.Days {
			if day.Count%5 != 0 {
				t.Errorf("by day %+v", got.Days)
			}
		}
	}
	if moved < 20 || languages == 0 {
		t.Errorf("the counts moved %d times, languages were shown %d times: nothing was tried", moved, languages)
	}
}

// TestCourseTellsHowPeopleAnswered looks at durations and last questions of a
// whole wave.
func TestCourseTellsHowPeopleAnswered(t *testing.T) {
	db := open(t, t.TempDir()+"/course.db", newClock())
	wave := openWave(t, db, "w", "")
	for i := range 30 {
		fields := yes()
		if i < 12 {
			delete(fields, "age")
		}
		one := submission(t, wave, id(i), fields)
		one.Duration = uint8(1 + i%2)
		if _, err := db.Accept(context.Background(), wave, one); err != nil {
			t.Fatal(err)
		}
	}
	must(t, db.CloseWave(context.Background(), "carla", wave))
	closed, err := db.Wave(context.Background(), "w")
	must(t, err)
	got := course(t, db, closed)
	text := ""
	for _, cells := range [][]analysis.Tallied{got.Durations, got.Last, got.Languages} {
		for _, one := range cells {
			text += one.Name + "=" + counted(one.Count) + " "
		}
	}
	if text != "1=15 2=15 age=18 likes=12 de=30 " || *got.N != 30 {
		t.Errorf("%s of %d", text, *got.N)
	}
	results, err := db.Results(context.Background(), closed)
	must(t, err)
	for _, figure := range results.Figures {
		if figure.Question == "age" && (counted(figure.NoAnswer) != "12" || counted(figure.Asked) != "30") {
			t.Errorf("age: %s of %s left it empty", counted(figure.NoAnswer), counted(figure.Asked))
		}
	}
}

// BenchmarkCourse measures what the page of returns asks of a wave with 100 000
// responses of 500 institutions, after each further answer.
func BenchmarkCourse(b *testing.B) {
	for name, version := range map[string]*survey.Version{"families": tinySurvey(b), "schools": professional(b)} {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			db := open(b, b.TempDir()+"/course.db", newClock())
			wave, err := db.OpenWave(ctx, "carla", fieldwork.Wave{Slug: "w", K: 5, Institutions: true}, version)
			if err != nil {
				b.Fatal(err)
			}
			importMany(b, db, wave, 100_000)
			course(b, db, wave)
			fresh := 0
			for b.Loop() {
				b.StopTimer()
				answerFrom(b, db, wave, "", "de", fresh, 1)
				fresh++
				b.StartTimer()
				if _, err := db.Returns(ctx, wave); err != nil {
					b.Fatal(err)
				}
				if _, err := db.CodeCounts(ctx, wave.ID); err != nil {
					b.Fatal(err)
				}
				course(b, db, wave)
			}
		})
	}
}

func importMany(b *testing.B, db *store.DB, wave *store.LiveWave, n int) {
	b.Helper()
	rows := make([]store.Imported, n)
	for i := range rows {
		rows[i] = store.Imported{ExternalID: fmt.Sprint(i), Day: fmt.Sprintf("2026-03-%02d", 1+i%28), Language: []string{"de", "uk", "ar"}[i%3],
			Duration: uint8(1 + i%6), Answers: submission(b, wave, id(i), yes()).Answers,
			Carried: fieldwork.Carried{Area: fmt.Sprint("area-", i%20), InstitutionType: fmt.Sprint("type-", i%7), Institution: fmt.Sprint(i % 500)}}
	}
	if _, err := db.Import(context.Background(), "carla", wave, store.File{Name: "many.csv"}, rows); err != nil {
		b.Fatal(err)
	}
}
