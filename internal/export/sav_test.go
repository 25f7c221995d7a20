package export_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/testinput"
)

// back turns a system file's rows into the cells they came from: codes by the
// attribute that says what the survey calls them, dichotomies and places by
// their names, long texts by putting their columns together again.
func (f *savFile) back(t testing.TB) []map[string]string {
	t.Helper()
	choices := []string{"a", "b", "c-d"}
	var rows []map[string]string
	for _, values := range f.rows {
		row := map[string]string{}
		for i, v := range f.variables {
			name := strings.TrimPrefix(v.name, "@")
			switch value := values[i].(type) {
			case string:
				base := strings.TrimSuffix(strings.TrimSuffix(name, "_2"), "_3") // long, long_2 and long_3 are one text
				if value != "" {
					row[base] += value
				}
			case float64:
				f.number(row, v, name, value, choices)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (f *savFile) number(row map[string]string, v *savVariable, name string, value float64, choices []string) {
	codes := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimPrefix(f.attributes[v.name], "codes("), "\n") {
		if code, choice, ok := strings.Cut(strings.Trim(line, "'"), " = "); ok {
			codes[code] = choice
		}
	}
	text := strconv.FormatFloat(value, 'f', -1, 64)
	for set, question := range map[string]string{"wishes_": "wishes", "hobby_": "hobby"} {
		if choice, ok := strings.CutPrefix(name, set); ok {
			if at := slices.IndexFunc(choices, func(c string) bool { return strings.ReplaceAll(c, "-", "_") == choice }); at >= 0 {
				choice = choices[at]
			}
			if value == 1 {
				row[question] = strings.TrimSpace(row[question] + " " + choice)
			}
			return
		}
	}
	if strings.HasPrefix(name, "order_") {
		row["order"] = strings.TrimSpace(row["order"] + " " + codes[text])
		return
	}
	at := time.Date(1582, 10, 14, 0, 0, 0, 0, time.UTC).Unix() + int64(value)
	switch {
	case v.format == 38:
		text = time.Unix(at, 0).UTC().Format(time.DateOnly)
	case v.format == 21:
		text = fmt.Sprintf("%02d:%02d", int(value)/3600, int(value)/60%60)
	case v.format == 22:
		text = time.Unix(at, 0).UTC().Format("2006-01-02T15:04")
	case len(codes) > 0:
		text = codes[text]
	}
	row[name] = text
}

// TestSAVKeepsEveryValue writes a file per table and reads each back, row by row.
func TestSAVKeepsEveryValue(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 120)
	files := unzipped(t, written(t, v, records, export.Output{Format: export.SAV, Language: "ar"}))
	want := expected(t, records)
	if names := slices.Sorted(maps.Keys(files)); !slices.Equal(names, []string{"children.sav", "hobbies.sav", "responses.sav", "responses_2.sav"}) {
		t.Fatal(names)
	}
	for name, table := range map[string]string{"responses": "responses", "children": "children", "hobbies": "hobbies", "responses_2": "Responses"} {
		f := readSAV(t, files[name+".sav"])
		if f.encoding != "UTF-8" || f.cases != len(want[table]) {
			t.Errorf("%s: %s, %d cases", name, f.encoding, f.cases)
		}
		want.same(t, table, f.back(t))
	}
}

// TestSAVDictionary: labels in German and Arabic, missing values, levels,
// formats and sets, and names that SPSS takes.
func TestSAVDictionary(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 60)
	for language, want := range map[string]struct{ title, question, choice, scale, multiple string }{
		"de": {"Bedürfnisse & Wünsche", "Seit wann sind Sie in Marl, …?", "unter 1 Jahr", "ja", "Äpfel"},
		"ar": {"الاحتياجات والرغبات", "منذ متى أنت في Marl؟", "أقل من سنة", "نعم", "تفاح"},
	} {
		f := readSAV(t, unzipped(t, written(t, v, records, export.Output{Format: export.SAV, Language: language}))["responses.sav"])
		arrival, state, many := f.variable(t, "arrival"), f.variable(t, "state"), f.variable(t, "many")
		if f.title != want.title || arrival.label != want.question || arrival.labels[1] != want.choice || state.labels[3] != want.scale {
			t.Errorf("%s: %q, %q, %v, %v", language, f.title, arrival.label, arrival.labels, state.labels)
		}
		if f.variable(t, "wishes_a").label != want.multiple {
			t.Errorf("%s: %q", language, f.variable(t, "wishes_a").label)
		}
		if !slices.Equal(arrival.missing, []float64{-1}) || !slices.Equal(state.missing, []float64{99}) || arrival.span || state.span {
			t.Errorf("missing: %v, %v", arrival.missing, state.missing)
		}
		if !many.span || len(many.missing) != 2 || many.missing[0] >= -1e300 || many.missing[1] != -1 || many.labels[1] != "fünf" || many.labels[-4] != "keine Angabe 4" {
			t.Errorf("a span of missing values: %v, %v", many.missing, many.labels)
		}
		if arrival.measure != 1 || state.measure != 2 || f.variable(t, "age").measure != 3 {
			t.Errorf("levels: %d, %d, %d", arrival.measure, state.measure, f.variable(t, "age").measure)
		}
		if half := f.variable(t, "half"); half.decimals != 1 || half.labels[0] != "gar nicht" || half.labels[10] != "sehr" {
			t.Errorf("the range: %d, %v", half.decimals, half.labels)
		}
		set := f.sets["$wishes"]
		var members []string
		for _, v := range f.variables {
			if slices.Contains(set.members, strings.ToLower(v.short)) {
				members = append(members, v.name)
			}
		}
		if set.kind != 'D' || !slices.Equal(members, []string{"wishes_a", "wishes_b", "wishes_c_d"}) || f.sets["$order"].kind != 'C' {
			t.Errorf("sets: %+v, %v", f.sets, members)
		}
		checkSAVNames(t, f)
	}
}

// checkSAVNames holds names to what SPSS takes.
func checkSAVNames(t *testing.T, f *savFile) {
	t.Helper()
	seen := map[string]bool{}
	for _, v := range f.variables {
		long, short := strings.ToLower(v.name), "short "+v.short
		if seen[long] || seen[short] || len(v.name) > 64 || len(v.short) > 8 || v.short == "" || strings.HasPrefix(v.name, "_") || strings.ToUpper(v.name) == "BY" {
			t.Errorf("name %q, short %q", v.name, v.short)
		}
		seen[long], seen[short] = true, true
	}
}

// TestSAVOfMicrodata: what was coarsened is coarsened in a system file, with
// labels put together from those of the parts.
func TestSAVOfMicrodata(t *testing.T) {
	v := bilingualSurvey(t)
	var records []export.Record
	for i := range 12 {
		values := url.Values{"age": {fmt.Sprint(10 + i)}, "arrival": {[]string{"under_1", "1_to_2", "1_to_2", "under_1"}[i%4]}, "wishes": {"a"}, "state": {"3"}}
		records = append(records, export.Record{Day: "2026-03-01", Area: "marl-nord", Language: "ar", Answers: answered(t, v, values)})
	}
	records[0].Area = "bochum"
	var out bytes.Buffer
	options := export.MicrodataOptions{K: 4, Identifying: []string{"age", "arrival", "area"}, Rand: rand.New(rand.NewPCG(1, 1)),
		Output: export.Output{Format: export.SAV, Language: "ar", Words: words(t)}}
	report, err := export.Microdata(context.Background(), &out, v, someAreas(t), sequence(records), options)
	if err != nil {
		t.Fatal(err)
	}
	f := readSAV(t, out.Bytes())
	if len(f.rows) != 12 || len(report.Identifying) != 3 {
		t.Fatalf("%d rows, %+v", len(f.rows), report)
	}
	sizes := map[string]int{}
	for _, row := range f.rows {
		key := ""
		for i, v := range f.variables {
			if strings.Contains(v.name, "age") || v.name == "arrival" || v.name == "@_area" {
				key += fmt.Sprint(row[i], v.labels, "|")
			}
		}
		sizes[key]++
	}
	for key, size := range sizes {
		if size < 4 {
			t.Errorf("%d rows are %s", size, key)
		}
	}
	if area := f.variable(t, "@_area"); len(area.labels) != 1 || area.labels[1] != "all together" {
		t.Errorf("area: %v", area.labels)
	}
	if arrival := f.variable(t, "arrival"); arrival.labels[1] == "" || arrival.measure == 3 {
		t.Errorf("arrival: %v", arrival.labels)
	}
}

// TestSAVWithoutResponses: an empty wave is a file without cases.
func TestSAVWithoutResponses(t *testing.T) {
	v := bilingualSurvey(t)
	for name, content := range unzipped(t, written(t, v, nil, export.Output{Format: export.SAV})) {
		if f := readSAV(t, content); len(f.rows) != 0 || f.cases != 0 || len(f.variables) == 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// pspp lets PSPP, a program of others, read files and say what it read.
func pspp(t *testing.T, folder, syntax string) string {
	t.Helper()
	program, err := exec.LookPath("pspp")
	if err != nil {
		if testinput.Required("pspp") {
			t.Fatal("PSPP is not installed")
		}
		t.Skip("skipped: PSPP is not installed (Debian's pspp)")
	}
	if err := os.WriteFile(filepath.Join(folder, "syntax.sps"), []byte(syntax), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "-o", "-", "-O", "format=csv", "syntax.sps")
	command.Dir = folder
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	said, err := command.CombinedOutput()
	if err != nil || strings.Contains(string(said), "warning:") || strings.Contains(string(said), "error:") {
		t.Fatalf("PSPP: %v\n%s", err, said)
	}
	return string(said)
}

// TestSAVInPSPP reads the files with PSPP: without a warning, with every row,
// and with labels of both languages intact.
func TestSAVInPSPP(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 80)
	want := expected(t, records)
	for _, language := range []string{"de", "ar"} {
		folder := t.TempDir()
		for name, content := range unzipped(t, written(t, v, records, export.Output{Format: export.SAV, Language: language})) {
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		said := pspp(t, folder, `GET FILE='responses.sav'.
DISPLAY DICTIONARY.
MRSETS /DISPLAY NAME=ALL.
FREQUENCIES VARIABLES=arrival.
SAVE TRANSLATE /OUTFILE='back.csv' /TYPE=CSV /CELLS=VALUES /FIELDNAMES /REPLACE.
GET FILE='hobbies.sav'.
DISPLAY DICTIONARY.
GET FILE='children.sav'.
DISPLAY DICTIONARY.
`)
		labels := map[string][]string{
			"de": {"Seit wann sind Sie in Marl, …?", "unter 1 Jahr", "1–2 Jahre", "Äpfel", "fünf"},
			"ar": {"منذ متى أنت في Marl؟", "أقل من سنة", "من سنة إلى سنتين", "تفاح", "كم عمرك؟", "$wishes"},
		}[language]
		for _, label := range labels {
			if !strings.Contains(said, label) {
				t.Errorf("%s: PSPP does not know %q:\n%s", language, label, said)
			}
		}
		content, err := os.ReadFile(filepath.Join(folder, "back.csv"))
		if err != nil {
			t.Fatal(err)
		}
		table := readTable(t, content)
		if len(table) != len(want["responses"]) {
			t.Fatalf("%d rows, want %d", len(table), len(want["responses"]))
		}
		for i, row := range table {
			one := want["responses"][i]
			if row["age"] != one["age"] || row["words"] != one["words"] || row["@_institution"] != one["_institution"] || row["long"] != cutTo(one["long"], 32767) {
				t.Errorf("row %d: %.200v, want %.200v", i+1, row, one)
			}
		}
	}
}

// cutTo keeps whole characters within so many bytes.
func cutTo(text string, limit int) string {
	for len(text) > limit {
		runes := []rune(text[:limit+1])
		text = string(runes[:len(runes)-1])
	}
	return text
}
