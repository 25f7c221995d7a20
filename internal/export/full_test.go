package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

func TestFullWritesEveryAnswer(t *testing.T) {
	v := compiled(t, instrument)
	records := []export.Record{
		{Day: "2026-03-01", Language: "de", Area: "bochum", InstitutionType: "primary", Institution: "123456", Duration: 2,
			Answers: answered(t, v, url.Values{"age": {"17"}, "tongues": {"b", "a"}, "words": {"=1+1"}, "income": {"-1,5"}, "places": {"9"},
				"children[0].nick": {"Ali"}, "children[1].nick": {"Bea, \"B\""}, "children[1].hobbies[0].hobby": {"c", "a"}})},
		{Answers: answered(t, v, nil)},
	}
	var out bytes.Buffer
	rows, err := export.Full(context.Background(), &out, v, sequence(records), export.FullOptions{})
	if err != nil || rows != 2 {
		t.Fatal(rows, err)
	}
	want := "_day,_language,_area,_institution_type,_institution,_duration," +
		"age,arrival,tongues,born,income,school,agreed,status,after_status,important,adults,wishes,words,opinion_sum,age_copy,words_copy," +
		"children[0].nick,children[0].child_age,children[0].hobbies[0].hobby," +
		"children[1].nick,children[1].child_age,children[1].hobbies[0].hobby\r\n" +
		"2026-03-01,de,bochum,primary,123456,2," +
		"17,,a b,,-1.5,,,,,,,,'=1+1,NaN,34,'=1+1!," +
		"Ali,,,\"Bea, \"\"B\"\"\",,a c\r\n" +
		",,,,,,,,,,,,,,,,,,,NaN,NaN,!,,,,,,\r\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := csv.NewReader(&out).ReadAll(); err != nil {
		t.Errorf("encoding/csv does not read it: %v", err)
	}
}

func TestFullBeginsWithAMarkWhenAsked(t *testing.T) {
	var out bytes.Buffer
	v := compiled(t, instrument)
	if _, err := export.Full(context.Background(), &out, v, sequence(nil), export.FullOptions{Output: export.Output{BOM: true}}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "\ufeff_day,") {
		t.Errorf("begins with %q", out.String()[:8])
	}
}

// again reads an export back.
func again(t interface{ Fatal(...any) }, v *survey.Version, content []byte) []response.Imported {
	table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	im, found := response.NewImporter(v, table.Header().Cells, response.ImportOptions{Now: noon})
	if len(found) > 0 {
		t.Fatal(found)
	}
	var rows []response.Imported
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, im.Row(row))
	}
	if found := im.Findings(); len(found) > 0 {
		t.Fatal(found)
	}
	return rows
}

func TestFullThenImportIsTheIdentity(t *testing.T) {
	v := compiled(t, instrument)
	rapid.Check(t, func(t *rapid.T) {
		records := drawRecords(t, v)
		var out bytes.Buffer
		rows, err := export.Full(context.Background(), &out, v, sequence(records), export.FullOptions{Output: export.Output{BOM: rapid.Bool().Draw(t, "bom")}})
		if err != nil || rows != len(records) {
			t.Fatal(rows, err)
		}
		imported := again(t, v, out.Bytes())
		if len(imported) != len(records) {
			t.Fatalf("%d rows of %d came back:\n%s", len(imported), len(records), out.String())
		}
		for i, got := range imported {
			want := records[i]
			if got.Day != want.Day || got.Language != want.Language || got.Area != want.Area || got.Duration != want.Duration ||
				got.InstitutionType != want.InstitutionType || got.Institution != want.Institution {
				t.Errorf("%+v came back as %+v", want, got)
			}
			if a, b := document(want.Answers), document(got.Answers); a != b {
				t.Errorf("%s came back as %s from\n%s", a, b, out.String())
			}
		}
	})
}

// drawRecords draws records with hostile texts in all of their cells.
func drawRecords(t *rapid.T, v *survey.Version) []export.Record {
	anything := rapid.StringN(0, 20, 60).Filter(func(s string) bool { return !strings.Contains(s, "\x00") })
	text := rapid.OneOf(anything, rapid.StringOfN(rapid.RuneFrom([]rune("=+-@'\";,\t\n 1a|")), 0, 8, -1))
	word := rapid.StringMatching(`[a-z0-9-]{0,6}`)
	records := make([]export.Record, rapid.IntRange(0, 6).Draw(t, "records"))
	for i := range records {
		fields := url.Values{
			"words": {text.Draw(t, "words")}, "school": {text.Draw(t, "school")},
			"age": {rapid.SampledFrom([]string{"", "0", "-3", "99"}).Draw(t, "age")}, "income": {rapid.SampledFrom([]string{"", "0.5", "-12.25"}).Draw(t, "income")},
			"arrival": {rapid.SampledFrom([]string{"", "under_1", "silent"}).Draw(t, "arrival")}, "born": {rapid.SampledFrom([]string{"", "2001-02-03"}).Draw(t, "born")},
			"tongues": rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID).Draw(t, "tongues"),
			"agreed":  {rapid.SampledFrom([]string{"", "OK"}).Draw(t, "agreed")}, "adults": {rapid.SampledFrom([]string{"", "2"}).Draw(t, "adults")},
		}
		for child := range rapid.IntRange(0, 3).Draw(t, "children") {
			prefix := "children[" + string(rune('0'+child)) + "]."
			fields[prefix+"nick"] = []string{text.Draw(t, "nick")}
			for hobby := range rapid.IntRange(0, 2).Draw(t, "hobbies") {
				fields[prefix+"hobbies["+string(rune('0'+hobby))+"].hobby"] =
					rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID).Draw(t, "hobby")
			}
		}
		answers, problems := response.Read(v, fields)
		if problems = append(problems, answers.Check(noon)...); len(problems) > 0 {
			t.Fatal(problems)
		}
		records[i] = export.Record{Day: "2026-03-01", Language: "de", Area: word.Draw(t, "area"), Duration: rapid.Uint8Range(0, 6).Draw(t, "duration"),
			InstitutionType: word.Draw(t, "type"), Institution: word.Draw(t, "institution"), Answers: answers}
	}
	return records
}

func TestFullReportsWhatGoesWrong(t *testing.T) {
	v := compiled(t, instrument)
	broken := errors.New("broken")
	_, err := export.Full(context.Background(), &bytes.Buffer{}, v, func(yield func(export.Record, error) bool) { yield(export.Record{}, broken) }, export.FullOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("error of the records: %v", err)
	}
	records := randomRecords(t, v, rand.New(rand.NewPCG(1, 1)), 2000)
	if _, err := export.Full(context.Background(), failing{}, v, sequence(records), export.FullOptions{}); !errors.Is(err, errFull) {
		t.Errorf("error of the writer: %v", err)
	}
	passes := 0
	_, err = export.Full(context.Background(), &bytes.Buffer{}, v, func(yield func(export.Record, error) bool) {
		if passes++; passes > 1 {
			yield(export.Record{Answers: answered(t, v, url.Values{"children[0].nick": {"Ali"}})}, nil)
		}
	}, export.FullOptions{})
	if failure.CodeOf(err) != failure.Conflict {
		t.Errorf("a longer repeat the second time: %v", err)
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestProcessColumnsKeepOutOfTheWay(t *testing.T) {
	head, _, _ := strings.Cut(instrument, "questions:")
	v := compiled(t, head+"questions:\n  - {type: integer, name: _day, label: Welcher Tag}\n")
	var out bytes.Buffer
	records := []export.Record{{Day: "2026-03-01", Answers: answered(t, v, url.Values{"_day": {"7"}})}}
	if _, err := export.Full(context.Background(), &out, v, sequence(records), export.FullOptions{}); err != nil {
		t.Fatal(err)
	}
	if header, _, _ := strings.Cut(out.String(), "\r\n"); !slices.Contains(strings.Split(header, ","), "__day") {
		t.Errorf("header %s", header)
	}
	if got := again(t, v, out.Bytes())[0]; got.Day != "2026-03-01" || document(got.Answers) != `{"_day":"7"}` {
		t.Errorf("came back as %q with %s", got.Day, document(got.Answers))
	}
}
