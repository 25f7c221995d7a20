package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// identifying lists everything that may be chosen of the instrument.
var identifying = []string{"area", "institution_type", "language", "day", "duration",
	"age", "arrival", "tongues", "born", "income", "agreed", "age_copy", "children"}

// column names what an option is called in the file.
func column(option string) string {
	if slices.Contains(identifying[:5], option) {
		return "_" + option
	}
	return option
}

// file is a written export seen from outside.
type file struct {
	t       interface{ Errorf(string, ...any) }
	header  []string
	rows    [][]string
	options export.MicrodataOptions
	records []export.Record // in the order of the rows
	areas   *catalogue.Areas
	v       *survey.Version
}

func readFile(t interface {
	Errorf(string, ...any)
	Fatal(...any)
}, content []byte, v *survey.Version, areas *catalogue.Areas, records []export.Record, options export.MicrodataOptions, seed uint64) *file {
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	f := &file{t: t, header: all[0], rows: all[1:], options: options, areas: areas, v: v}
	// Whoever knows the seed knows which row is whose; that is how the test can
	// look behind the file.
	same := rand.New(rand.NewPCG(seed, seed))
	same.Perm(len(records))
	for _, at := range same.Perm(len(records)) {
		f.records = append(f.records, records[at])
	}
	return f
}

func (f *file) cell(row int, name string) string {
	return f.rows[row][slices.Index(f.header, name)]
}

// smallest returns the size of the smallest combination, by the file alone.
func (f *file) smallest() int {
	counts := map[string]int{}
	for row := range f.rows {
		key := ""
		for _, option := range f.options.Identifying {
			key += f.cell(row, column(option)) + "\x00"
		}
		counts[key]++
	}
	least := len(f.rows)
	for _, count := range counts {
		least = min(least, count)
	}
	return least
}

// smallestAsked refines the combinations by who was asked each question in the
// file, except where the file itself holds what that rests on.
func (f *file) smallestAsked() int {
	counts := map[string]int{}
	for row := range f.rows {
		key := ""
		for _, option := range f.options.Identifying {
			key += f.cell(row, column(option)) + "\x00"
		}
		for _, name := range f.header {
			if e := f.v.Element(name); e != nil && name != "after_status" && !slices.Contains(f.options.Identifying, name) {
				key += fmt.Sprint(f.records[row].Answers.Top().Relevant(e))
			}
		}
		counts[key]++
	}
	least := len(f.rows)
	for _, count := range counts {
		least = min(least, count)
	}
	return least
}

// strangers lists columns that must not be there.
func (f *file) strangers() []string {
	allowed := []string{"_row", "important", "adults", "wishes", "opinion_sum"}
	for _, option := range f.options.Identifying {
		allowed = append(allowed, column(option))
	}
	allowed = append(allowed, f.options.Sensitive...)
	if slices.Contains(f.options.Sensitive, "status") {
		allowed = append(allowed, "after_status")
	}
	if f.options.FreeText {
		allowed = append(allowed, "words", "words_copy")
	}
	return slices.DeleteFunc(slices.Clone(f.header), func(name string) bool { return slices.Contains(allowed, name) })
}

// truthful checks that every cell says something true of its response.
func (f *file) truthful() {
	for row, record := range f.records {
		for _, name := range f.header[1:] {
			got, value := f.cell(row, name), actual(f.v, &record, name)
			if got == "*" || got == value || got == tabular.Disarm(value) {
				continue
			}
			var ok bool
			switch name {
			case "_area":
				ok = f.areas.Contains(got, value)
			case "_day", "born":
				ok = value != "" && strings.HasPrefix(value, got) || inYears(got, value)
			case "age", "income", "age_copy", "children":
				ok = inBand(got, value)
			default:
				ok = slices.Contains(strings.Split(got, " + "), orBlank(value))
			}
			if !ok || !slices.Contains(f.options.Identifying, strings.TrimPrefix(name, "_")) {
				f.t.Errorf("%s shows %q for %q", name, got, value)
			}
		}
	}
}

func orBlank(value string) string {
	if value == "" {
		return "(blank)"
	}
	return value
}

func actual(v *survey.Version, record *export.Record, name string) string {
	switch name {
	case "_area":
		return record.Area
	case "_institution_type":
		return record.InstitutionType
	case "_language":
		return record.Language
	case "_day":
		return record.Day
	case "_duration":
		if record.Duration == 0 {
			return ""
		}
		return strconv.Itoa(int(record.Duration))
	}
	e := v.Element(name)
	if e.Type == survey.Repeat {
		return strconv.Itoa(len(record.Answers.Top().Instances(e)))
	}
	if text := record.Answers.Top().Text(e); e.Type != survey.Calculate || text != "NaN" {
		return text
	}
	return ""
}

func inYears(years, value string) bool {
	years, withBlank := strings.CutSuffix(years, " + (blank)")
	if value == "" {
		return withBlank
	}
	first, last, several := strings.Cut(years, "..")
	if !several {
		last = first
	}
	return len(first) == 4 && first <= value[:4] && value[:4] <= last
}

func inBand(band, value string) bool {
	parts := strings.Split(band, " + ")
	if value == "" {
		return slices.Contains(parts, "(blank)")
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return false
	}
	low, high, _ := strings.Cut(parts[0], "..")
	if lowest, err := strconv.ParseFloat(low, 64); err == nil && number < lowest {
		return false
	}
	if below, open := strings.CutPrefix(high, "<"); open {
		limit, err := strconv.ParseFloat(below, 64)
		return err == nil && number < limit
	}
	highest, err := strconv.ParseFloat(high, 64)
	return high == "" || err == nil && number <= highest
}

func TestNobodyCanBeRecognisedInMicrodata(t *testing.T) {
	v, areas := compiled(t, instrument), someAreas(t)
	pool := randomRecords(t, v, rand.New(rand.NewPCG(7, 7)), 400)
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 8).Draw(t, "k")
		seed := rapid.Uint64().Draw(t, "seed")
		from := rapid.IntRange(0, 200).Draw(t, "from")
		records := pool[from : from+rapid.IntRange(k, 200).Draw(t, "n")]
		options := export.MicrodataOptions{
			K: k, Identifying: rapid.Permutation(identifying).Draw(t, "identifying")[:rapid.IntRange(0, 5).Draw(t, "many")],
			FreeText: rapid.Bool().Draw(t, "text"), Rand: rand.New(rand.NewPCG(seed, seed)),
		}
		if rapid.Bool().Draw(t, "sensitive") {
			options.Sensitive = []string{"status"}
		}
		var out bytes.Buffer
		report, err := export.Microdata(context.Background(), &out, v, areas, sequence(records), options)
		if err != nil {
			t.Fatal(err)
		}
		f := readFile(t, out.Bytes(), v, areas, records, options, seed)
		if len(f.rows) != len(records) || report.Rows != len(records) || len(report.Identifying) != len(options.Identifying) {
			t.Errorf("%d rows, report %+v", len(f.rows), report)
		}
		if got := f.smallest(); got < k {
			t.Errorf("a combination has %d rows, k is %d:\n%s", got, k, out.String())
		}
		if got := f.smallestAsked(); got < k {
			t.Errorf("blanks make out %d rows, k is %d", got, k)
		}
		if got := f.strangers(); len(got) > 0 {
			t.Errorf("must not be in the file: %v", got)
		}
		f.truthful()
		numbers := map[string]bool{}
		for row := range f.rows {
			numbers[f.cell(row, "_row")] = true
		}
		if len(numbers) != len(records) {
			t.Errorf("%d row numbers for %d rows", len(numbers), len(records))
		}
	})
}

// TestTheTestNoticesMissingProtection runs the same checks against builds with
// one protection switched off.
func TestTheTestNoticesMissingProtection(t *testing.T) {
	v, areas := compiled(t, instrument), someAreas(t)
	const seed, k = 3, 5
	records := randomRecords(t, v, rand.New(rand.NewPCG(seed, 1)), 150)
	for _, off := range []struct{ coarsening, guarding bool }{{true, false}, {false, true}} {
		options := export.MicrodataOptions{K: k, Identifying: []string{"area", "arrival"}, Rand: rand.New(rand.NewPCG(seed, seed))}
		if off.guarding {
			options.Identifying, records = nil, nil
			for _, age := range []string{"30", "40", "50", "60", "70", "9"} {
				records = append(records, export.Record{Answers: answered(t, v, url.Values{"age": {age}, "adults": {"1"}})})
			}
		}
		var out bytes.Buffer
		if _, err := export.MicrodataWithout(context.Background(), &out, v, areas, sequence(records), options, off.coarsening, off.guarding); err != nil {
			t.Fatal(err)
		}
		f := readFile(t, out.Bytes(), v, areas, records, options, seed)
		if off.coarsening && f.smallest() >= k {
			t.Error("without coarsening every combination has k rows all the same")
		}
		if off.guarding && f.smallestAsked() >= k {
			t.Error("without guarding the blanks make out nobody all the same")
		}
	}
}

func TestMicrodataRefuses(t *testing.T) {
	v := compiled(t, instrument)
	four := randomRecords(t, v, rand.New(rand.NewPCG(1, 2)), 4)
	for _, c := range []struct {
		name    string
		options export.MicrodataOptions
		code    failure.Code
		key     string
	}{
		{"fewer than k rows", export.MicrodataOptions{}, failure.Forbidden, "error.export_too_few"},
		{"six variables", export.MicrodataOptions{K: 2, Identifying: identifying[:6]}, failure.Invalid, "error.export_too_many_identifying"},
		{"an unknown variable", export.MicrodataOptions{K: 2, Identifying: []string{"shoe_size"}}, failure.Invalid, "error.export_not_identifying"},
		{"an opinion", export.MicrodataOptions{K: 2, Identifying: []string{"important"}}, failure.Invalid, "error.export_not_identifying"},
		{"free text", export.MicrodataOptions{K: 2, Identifying: []string{"school"}, FreeText: true}, failure.Invalid, "error.export_not_identifying"},
		{"a sensitive question as a variable", export.MicrodataOptions{K: 2, Identifying: []string{"status"}}, failure.Invalid, "error.export_not_identifying"},
		{"the institution", export.MicrodataOptions{K: 2, Identifying: []string{"institution"}}, failure.Invalid, "error.export_not_identifying"},
		{"a question inside a repeat", export.MicrodataOptions{K: 2, Identifying: []string{"child_age"}}, failure.Invalid, "error.export_not_identifying"},
		{"what is not sensitive", export.MicrodataOptions{K: 2, Sensitive: []string{"age"}}, failure.Invalid, "error.export_not_sensitive"},
		{"an attributed question", export.MicrodataOptions{K: 2, Identifying: []string{"places"}}, failure.Invalid, "error.export_not_identifying"},
	} {
		var out bytes.Buffer
		_, err := export.Microdata(context.Background(), &out, v, someAreas(t), sequence(four), c.options)
		if failed := failure.As(err); err == nil || failed.Code != c.code || failed.Key != c.key {
			t.Errorf("%s: %v", c.name, err)
		} else {
			for _, language := range []string{"de", "en"} {
				if testinput.Messages(t, "import", language)[failed.Key] == "" {
					t.Errorf("%s: no sentence for %s in %s", c.name, failed.Key, language)
				}
			}
		}
		if out.Len() > 0 {
			t.Errorf("%s: %d bytes written", c.name, out.Len())
		}
	}
}

// TestCoarseningByHand follows single ladders on data made for them.
func TestCoarseningByHand(t *testing.T) {
	v, areas := compiled(t, instrument), someAreas(t)
	ages := func(of ...string) (records []export.Record) {
		for _, age := range of {
			records = append(records, export.Record{Answers: answered(t, v, url.Values{"age": {age}})})
		}
		return records
	}
	arrivals := func(of ...string) (records []export.Record) {
		for _, arrival := range of {
			records = append(records, export.Record{Answers: answered(t, v, url.Values{"arrival": {arrival}})})
		}
		return records
	}
	with := func(set func(*export.Record, string), of ...string) (records []export.Record) {
		for _, value := range of {
			one := export.Record{Answers: answered(t, v, nil)}
			set(&one, value)
			records = append(records, one)
		}
		return records
	}
	area := func(r *export.Record, value string) { r.Area = value }
	day := func(r *export.Record, value string) { r.Day = value }
	for _, c := range []struct {
		name, option string
		records      []export.Record
		want         string // distinct cells, sorted
		joined       []string
	}{
		{"numbers stay when they can", "age", ages("7", "7", "9", "9"), "7|9", nil},
		{"numbers become open bands", "age", ages("1", "2", "5", "6", "8", "90"), "..2|3..6|7..", []string{"..2", "3..6", "7.."}},
		{"blank numbers join the last band", "age", ages("1", "1", "5", "5", ""), "1|2.. + (blank)", nil},
		{"choices join their neighbours", "arrival", arrivals("under_1", "years_1_2", "years_3_5", "years_3_5", "over_5", "over_5"),
			"over_5|under_1 + years_1_2|years_3_5", []string{"under_1 + years_1_2"}},
		{"two categories become one", "arrival", arrivals("under_1", "years_1_2", "years_1_2"), "*", []string{"*"}},
		{"areas go up where they must", "area", with(area, "marl-nord", "marl-sued", "herten", "herten", "bochum", "bochum"),
			"bochum|herten|marl", []string{"marl"}},
		{"an area and what is above it", "area", with(area, "marl-nord", "kreis", "herten", "bochum", "bochum"), "bochum|kreis", []string{"kreis"}},
		{"a lonely town ends in everything", "area", with(area, "marl", "marl", "bochum"), "*", []string{"*"}},
		{"days become months", "day", with(day, "2026-03-01", "2026-03-09", "2026-04-01", "2026-04-02"), "2026-03|2026-04", []string{"2026-03", "2026-04"}},
		{"years are joined", "day", with(day, "2021-03-01", "2022-04-09", "2022-05-09", "2025-04-01", "2025-01-02", "2027-01-02"), "2021..2022|2025..2027", nil},
		{"months become years", "day", with(day, "2026-03-01", "2026-04-09", "2025-04-01", "2025-01-02"), "2025|2026", []string{"2025", "2026"}},
	} {
		var out bytes.Buffer
		report, err := export.Microdata(context.Background(), &out, v, areas, sequence(c.records), export.MicrodataOptions{K: 2, Identifying: []string{c.option}})
		if err != nil {
			t.Fatal(err)
		}
		f := readFile(t, out.Bytes(), v, areas, c.records, export.MicrodataOptions{}, 0)
		var cells []string
		for row := range f.rows {
			cells = append(cells, f.cell(row, column(c.option)))
		}
		slices.Sort(cells)
		if got := strings.Join(slices.Compact(cells), "|"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := report.Identifying[0].Joined; c.joined != nil && !slices.Equal(got, c.joined) || c.want == "7|9" && got != nil {
			t.Errorf("%s: joined %q, want %q", c.name, got, c.joined)
		}
	}
}

func TestReportSaysWhatWasLeftOut(t *testing.T) {
	v := compiled(t, instrument)
	records := randomRecords(t, v, rand.New(rand.NewPCG(1, 2)), 100)
	report, err := export.Microdata(context.Background(), &bytes.Buffer{}, v, someAreas(t), sequence(records), export.MicrodataOptions{Identifying: []string{"arrival", "area"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range report.LeftOut {
		got = append(got, one.Name+" "+strings.TrimPrefix(one.Reason, "export.left_out."))
		for _, language := range []string{"de", "en"} {
			if testinput.Messages(t, "import", language)[one.Reason] == "" {
				t.Errorf("no words for %s in %s", one.Reason, language)
			}
		}
	}
	want := []string{"age identifying", "tongues identifying", "born identifying", "income identifying", "school free_text",
		"agreed identifying", "status sensitive", "after_status asked", "words free_text", "age_copy identifying",
		"words_copy free_text", "nick repeat", "child_age repeat", "hobby repeat", "places attributed",
		"adults asked"} // of the young, too few were not asked
	if !slices.Equal(got, want) {
		t.Errorf("left out %q, want %q", got, want)
	}
	if len(report.Identifying) != 2 || report.Identifying[0].Name != "_area" || report.Identifying[1].Name != "arrival" {
		t.Errorf("identifying %+v", report.Identifying)
	}
}

func TestRowsComeInRandomOrder(t *testing.T) {
	v := compiled(t, instrument)
	records := make([]export.Record, 60)
	for i := range records {
		records[i] = export.Record{Answers: answered(t, v, url.Values{"words": {fmt.Sprint(i)}})}
	}
	write := func(random *rand.Rand) string {
		var out bytes.Buffer
		if _, err := export.Microdata(context.Background(), &out, v, nil, sequence(records), export.MicrodataOptions{FreeText: true, Rand: random}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if first, second := write(nil), write(nil); first == second {
		t.Error("two exports have the same order")
	}
	first, second := write(rand.New(rand.NewPCG(1, 1))), write(rand.New(rand.NewPCG(1, 1)))
	if first != second {
		t.Error("the same randomness gives another order")
	}
	rows := strings.Split(first, "\r\n")
	if slices.IsSorted(rows[1 : len(rows)-1]) {
		t.Error("row numbers follow the order")
	}
}
