package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/testinput"
)

var formats = []export.Format{export.CSV, export.XLSX, export.SAV, export.DataPackage}

// noTraces fails when an export left temporary files in the folder.
func noTraces(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestExportsCanBeCalledOff: every format stops soon after its context ended,
// in each of its passes, and leaves nothing behind.
func TestExportsCanBeCalledOff(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 600)
	for _, format := range formats {
		for _, after := range []int{300, 900} {
			ctx, cancel := context.WithCancel(context.Background())
			passed := 0
			watched := func(yield func(export.Record, error) bool) {
				for _, one := range records {
					if passed++; passed == after {
						cancel()
					}
					if !yield(one, nil) {
						return
					}
				}
			}
			options := export.FullOptions{Output: export.Output{Format: format, Words: words(t)}}
			_, err := export.Full(ctx, io.Discard, v, watched, options)
			if !errors.Is(err, context.Canceled) || passed > after+256 {
				t.Errorf("%s, called off after %d: %v after %d", format, after, err, passed)
			}
			cancel()
		}
		ctx, cancel := context.WithCancel(context.Background())
		options := export.MicrodataOptions{K: 2, Output: export.Output{Format: format, Words: words(t), Progress: func(done, _ int) {
			if done > 600 { // while the rows are written
				cancel()
			}
		}}}
		if _, err := export.Microdata(ctx, io.Discard, v, nil, sequence(records), options); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, microdata: %v", format, err)
		}
		cancel()
	}
	noTraces(t, folder)
}

// TestExportsSayHowFarTheyAre: progress only rises, the total is never passed,
// and in the end all is done.
func TestExportsSayHowFarTheyAre(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 600)
	for _, format := range formats {
		for _, micro := range []bool{false, true} {
			last, total, times := 0, 0, 0
			output := export.Output{Format: format, Words: words(t), Progress: func(done, of int) {
				if done < last || of > 0 && done > of {
					t.Errorf("%s: %d of %d after %d", format, done, of, last)
				}
				last, total, times = done, of, times+1
			}}
			var err error
			if micro {
				_, err = export.Microdata(context.Background(), io.Discard, v, nil, sequence(records), export.MicrodataOptions{K: 2, Output: output})
			} else {
				_, err = export.Full(context.Background(), io.Discard, v, sequence(records), export.FullOptions{Output: output})
			}
			if err != nil || last != total || last < len(records) || times < 3 {
				t.Errorf("%s: %v; %d of %d in %d reports", format, err, last, total, times)
			}
		}
	}
}

// TestExportsFailAloud: errors of the records and of the writer come back from
// every format, and so does what grew while it was written.
func TestExportsFailAloud(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 50)
	broken := errors.New("broken")
	for _, format := range formats {
		options := export.FullOptions{Output: export.Output{Format: format, Words: words(t)}}
		if _, err := export.Full(context.Background(), failing{}, v, sequence(records), options); !errors.Is(err, errFull) {
			t.Errorf("%s, error of the writer: %v", format, err)
		}
		_, err := export.Full(context.Background(), io.Discard, v, func(yield func(export.Record, error) bool) {
			_ = yield(records[0], nil) && yield(export.Record{}, broken)
		}, options)
		if !errors.Is(err, broken) {
			t.Errorf("%s, error of the records: %v", format, err)
		}
		passes := 0
		_, err = export.Full(context.Background(), io.Discard, v, func(yield func(export.Record, error) bool) {
			passes++
			fields := url.Values{"age": {"1"}, "long": {strings.Repeat("🙂", 1+18_000*(passes-1))}}
			for child := range passes {
				fields[fmt.Sprintf("children[%d].nick", child)] = []string{"A"}
			}
			record := export.Record{Answers: answered(t, v, fields)}
			if yield(record, nil) && passes > 1 {
				yield(record, nil)
			}
		}, options)
		if failure.CodeOf(err) != failure.Conflict {
			t.Errorf("%s, more the second time: %v", format, err)
		}
	}
	noTraces(t, folder)
	for _, c := range []struct {
		output export.Output
		key    string
	}{
		{export.Output{Format: "ods"}, "error.export_format"},
		{export.Output{Language: "fr"}, "error.export_language"},
		{export.Output{Values: "both"}, "error.export_values"},
	} {
		_, err := export.Full(context.Background(), io.Discard, v, sequence(records), export.FullOptions{Output: c.output})
		_, micro := export.Microdata(context.Background(), io.Discard, v, nil, sequence(records), export.MicrodataOptions{Output: c.output})
		if failure.As(err).Key != c.key || failure.As(micro).Key != c.key || testinput.Messages(t, "*", "de")[c.key] == "" {
			t.Errorf("%+v: %v, %v", c.output, err, micro)
		}
	}
}

// TestFormatsOfMicrodataAgree: with the same randomness every format holds the
// cells of the CSV, so that what holds of one holds of all.
func TestFormatsOfMicrodataAgree(t *testing.T) {
	v := compiled(t, instrument)
	records := randomRecords(t, v, rand.New(rand.NewPCG(4, 4)), 200)
	for at := range len(identifying) - 4 {
		written := map[export.Format][]byte{}
		for _, format := range formats {
			var out bytes.Buffer
			options := export.MicrodataOptions{K: 5, Identifying: identifying[at : at+5], Rand: rand.New(rand.NewPCG(8, 8)), FreeText: true,
				Output: export.Output{Format: format, Words: words(t)}}
			if _, err := export.Microdata(context.Background(), &out, v, someAreas(t), sequence(records), options); err != nil {
				t.Fatal(err)
			}
			written[format] = out.Bytes()
		}
		want := wanted{"responses": readTable(t, written[export.CSV])}
		_, packaged := readPackage(t, written[export.DataPackage])
		want.same(t, "responses", packaged["responses"])
		excel := wanted{}
		for _, row := range want["responses"] {
			one := map[string]string{}
			for column, cell := range row {
				one[column] = strings.TrimSuffix(strings.TrimSuffix(cell, "0"), ".0")
			}
			excel["responses"] = append(excel["responses"], one)
		}
		rows := sheetRows(t, opened(t, written[export.XLSX]), "Antworten")
		for i, row := range rows {
			for column, cell := range row {
				if serial, err := strconv.ParseFloat(cell, 64); err == nil && (column == "_day" || column == "born") && serial > 3000 {
					cell = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(serial*24) * time.Hour).Format(time.DateOnly)
				}
				rows[i][column] = strings.TrimSuffix(strings.TrimSuffix(cell, "0"), ".0")
			}
		}
		excel.same(t, "responses", rows)
		f := readSAV(t, written[export.SAV])
		if len(f.rows) != len(records) {
			t.Fatalf("%d rows", len(f.rows))
		}
		for i, row := range f.back(t) {
			for _, option := range identifying[at : at+5] {
				if option == "tongues" { // columns of its choices, or one for all that were put together
					continue
				}
				name := column(option)
				got, cell := row[strings.TrimPrefix(name, "@")], want["responses"][i][name]
				if f.variable(t, savNameOf(name)).format == 5 && got != cell && got+"0" != cell && got+".00" != cell {
					t.Fatalf("row %d, %s: %q in SPSS, %q in the CSV", i+1, name, got, cell)
				}
			}
		}
	}
}

// savNameOf is what a column is called in a system file.
func savNameOf(name string) string {
	if strings.HasPrefix(name, "_") {
		return "@" + name
	}
	return name
}
