package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/tabular"
)

// tablePackage is datapackage.json as a reader of the standard sees it.
type tablePackage struct {
	Name      string          `json:"name"`
	Title     string          `json:"title"`
	Resources []tableResource `json:"resources"`
}

type tableResource struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Schema struct {
		Fields        []tableField `json:"fields"`
		MissingValues []string     `json:"missingValues"`
		PrimaryKey    string       `json:"primaryKey"`
		ForeignKeys   []struct {
			Fields    string `json:"fields"`
			Reference struct {
				Resource string `json:"resource"`
				Fields   string `json:"fields"`
			} `json:"reference"`
		} `json:"foreignKeys"`
	} `json:"schema"`
}

type tableField struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Type        string `json:"type"`
	Format      string `json:"format"`
	Constraints struct {
		Required bool     `json:"required"`
		Unique   bool     `json:"unique"`
		Minimum  *float64 `json:"minimum"`
		Maximum  *float64 `json:"maximum"`
		Pattern  string   `json:"pattern"`
		Enum     []string `json:"enum"`
	} `json:"constraints"`
	Categories []struct {
		Value string `json:"value"`
		Label string `json:"label"`
	} `json:"categories"`
}

// engine lets the schema's patterns look ahead, which Go's own cannot.
type engine struct{ *regexp2.Regexp }

func (e engine) MatchString(text string) bool {
	found, err := e.Regexp.MatchString(text)
	return err == nil && found
}

func (e engine) String() string { return e.Regexp.String() }

// profile compiles the standard's own JSON Schema.
func profile(t testing.TB) *jsonschema.Schema {
	t.Helper()
	content, err := os.ReadFile("testdata/tabular-data-package.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(func(pattern string) (jsonschema.Regexp, error) {
		compiled, err := regexp2.Compile(pattern, regexp2.ECMAScript)
		return engine{compiled}, err
	})
	if err := compiler.AddResource("profile.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("profile.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// readPackage checks a package against the standard's schema and each cell of
// its tables against the package's own, and returns the rows by the tables'
// names.
func readPackage(t testing.TB, content []byte) (tablePackage, map[string][]map[string]string) {
	t.Helper()
	files := unzipped(t, content)
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(files["datapackage.json"]))
	if err != nil {
		t.Fatal(err)
	}
	if err := profile(t).Validate(instance); err != nil {
		t.Errorf("datapackage.json: %v", err)
	}
	var described tablePackage
	if err := json.Unmarshal(files["datapackage.json"], &described); err != nil {
		t.Fatal(err)
	}
	tables := map[string][]map[string]string{}
	for _, resource := range described.Resources {
		all, err := csv.NewReader(bytes.NewReader(files[resource.Path])).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", resource.Path, err)
		}
		if len(all[0]) != len(resource.Schema.Fields) {
			t.Fatalf("%s: %d columns, %d fields", resource.Path, len(all[0]), len(resource.Schema.Fields))
		}
		tables[resource.Name] = nil
		for _, cells := range all[1:] {
			row := map[string]string{}
			for i, cell := range cells {
				field := resource.Schema.Fields[i]
				if all[0][i] != field.Name {
					t.Fatalf("%s: column %q, field %q", resource.Path, all[0][i], field.Name)
				}
				if slices.Contains(resource.Schema.MissingValues, cell) {
					cell = ""
				} else {
					row[field.Name] = cell
				}
				field.check(t, resource.Path, cell)
			}
			tables[resource.Name] = append(tables[resource.Name], row)
		}
	}
	described.checkKeys(t, tables)
	return described, tables
}

// check holds one cell to its field.
func (f tableField) check(t testing.TB, path, cell string) {
	t.Helper()
	wrong := func(rule string) { t.Errorf("%s, %s: %q is not %s", path, f.Name, cell, rule) }
	if cell == "" {
		if f.Constraints.Required {
			wrong("given, but required")
		}
		return
	}
	var err error
	switch f.Type {
	case "string":
	case "integer":
		_, err = strconv.ParseInt(cell, 10, 64)
	case "number":
		_, err = strconv.ParseFloat(cell, 64)
	case "date":
		_, err = time.Parse(time.DateOnly, cell)
	case "boolean":
		if cell != "true" && cell != "false" {
			wrong("true or false")
		}
	case "yearmonth":
		_, err = time.Parse("2006-01", cell)
	case "year":
		_, err = time.Parse("2006", cell)
	case "time", "datetime":
		layout := strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%H", "15", "%M", "04").Replace(f.Format)
		_, err = time.Parse(layout, cell)
	default:
		wrong("of a known type: " + f.Type)
	}
	if err != nil {
		wrong(f.Type)
	}
	if f.Constraints.Enum != nil && !slices.Contains(f.Constraints.Enum, cell) {
		wrong(fmt.Sprint("one of ", f.Constraints.Enum))
	}
	if f.Constraints.Pattern != "" {
		if matched, err := regexp2.MustCompile(f.Constraints.Pattern).MatchString(cell); err != nil || !matched {
			wrong(f.Constraints.Pattern)
		}
	}
	number, _ := strconv.ParseFloat(cell, 64)
	if f.Constraints.Minimum != nil && number < *f.Constraints.Minimum || f.Constraints.Maximum != nil && number > *f.Constraints.Maximum {
		wrong("in its range")
	}
}

// checkKeys: own numbers are unique, and every reference leads to a row.
func (p tablePackage) checkKeys(t testing.TB, tables map[string][]map[string]string) {
	t.Helper()
	values := map[string]map[string]bool{}
	for _, resource := range p.Resources {
		known := map[string]bool{}
		for _, row := range tables[resource.Name] {
			key := row[resource.Schema.PrimaryKey]
			if resource.Schema.PrimaryKey != "" && (key == "" || known[key]) {
				t.Errorf("%s: row %q twice", resource.Name, key)
			}
			known[key] = true
		}
		values[resource.Name+"."+resource.Schema.PrimaryKey] = known
	}
	for _, resource := range p.Resources {
		for _, key := range resource.Schema.ForeignKeys {
			for _, row := range tables[resource.Name] {
				if !values[key.Reference.Resource+"."+key.Reference.Fields][row[key.Fields]] {
					t.Errorf("%s.%s: there is no %s.%s = %q", resource.Name, key.Fields, key.Reference.Resource, key.Reference.Fields, row[key.Fields])
				}
			}
		}
	}
}

// field returns a field of a table.
func (p tablePackage) field(t testing.TB, table, name string) tableField {
	t.Helper()
	for _, resource := range p.Resources {
		for _, field := range resource.Schema.Fields {
			if resource.Name == table && field.Name == name {
				return field
			}
		}
	}
	t.Fatalf("no field %s in %s", name, table)
	return tableField{}
}

// TestPackageKeepsEveryValue: valid by the standard and by itself, and every
// row comes back.
func TestPackageKeepsEveryValue(t *testing.T) {
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 120)
	content := written(t, v, records, export.Output{Format: export.DataPackage, Language: "ar"})
	described, tables := readPackage(t, content)
	want := expected(t, records)
	disarmed := wanted{}
	for table, rows := range want {
		for _, row := range rows {
			one := map[string]string{}
			for column, cell := range row {
				one[column] = tabular.Disarm(cell)
			}
			disarmed[table] = append(disarmed[table], one)
		}
	}
	for name, table := range map[string]string{"responses": "responses", "children": "children", "hobbies": "hobbies", "responses_2": "Responses"} {
		disarmed.same(t, table, tables[name])
	}
	if described.Title != "الاحتياجات والرغبات" || described.Name != "bilingual" {
		t.Errorf("title %q, name %q", described.Title, described.Name)
	}
	arrival, half, age := described.field(t, "responses", "arrival"), described.field(t, "responses", "half"), described.field(t, "responses", "age")
	if arrival.Title != "منذ متى أنت في Marl؟" || len(arrival.Categories) != 3 || arrival.Categories[0].Label != "أقل من سنة" {
		t.Errorf("arrival: %+v", arrival)
	}
	if half.Type != "number" || *half.Constraints.Minimum != 0 || *half.Constraints.Maximum != 10 || age.Type != "integer" || !age.Constraints.Required {
		t.Errorf("half: %+v, age: %+v", half, age)
	}
	files := unzipped(t, content)
	if readMe := string(files["README.md"]); !strings.Contains(readMe, "must not be handed on") || !strings.Contains(readMe, "`hobbies.csv`") {
		t.Errorf("README: %s", readMe)
	}
}

// TestPackageOfMicrodata: coarsened columns are valid by their own schema, for
// all of the instrument's kinds.
func TestPackageOfMicrodata(t *testing.T) {
	v := compiled(t, instrument)
	records := randomRecords(t, v, rand.New(rand.NewPCG(9, 9)), 300)
	for at := range len(identifying) - 4 {
		var out bytes.Buffer
		options := export.MicrodataOptions{K: 5, Identifying: identifying[at : at+5], FreeText: true, Sensitive: []string{"status"},
			Output: export.Output{Format: export.DataPackage, Words: words(t)}}
		if _, err := export.Microdata(context.Background(), &out, v, someAreas(t), sequence(records), options); err != nil {
			t.Fatal(err)
		}
		described, tables := readPackage(t, out.Bytes())
		if len(described.Resources) != 1 || len(tables["responses"]) != 300 {
			t.Errorf("%v: %d tables, %d rows", options.Identifying, len(described.Resources), len(tables["responses"]))
		}
		sizes := map[string]int{}
		for _, row := range tables["responses"] {
			key := ""
			for _, name := range options.Identifying {
				key += row[column(name)] + "\x00"
			}
			sizes[key]++
		}
		if least := slices.Min(slices.Collect(maps.Values(sizes))); least < 5 {
			t.Errorf("%v: a combination has %d rows", options.Identifying, least)
		}
	}
}

// TestPackageIsNotValidByChance: what the checks above rest on notices mistakes.
func TestPackageIsNotValidByChance(t *testing.T) {
	valid := `{"profile":"tabular-data-package","name":"x","resources":[{"profile":"tabular-data-resource","name":"r","path":"r.csv","schema":{"fields":[{"name":"a","type":"integer"}]}}]}`
	for text, ok := range map[string]bool{
		valid: true,
		strings.Replace(valid, `"integer"`, `"whole"`, 1):       false,
		strings.Replace(valid, `"name":"r"`, `"name":"R r"`, 1): false,
		strings.Replace(valid, `"path":"r.csv",`, "", 1):        false,
	} {
		instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := profile(t).Validate(instance); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestScriptInR runs the script in R and lets R say what it read.
func TestScriptInR(t *testing.T) {
	program, err := exec.LookPath("Rscript")
	if err != nil {
		t.Skip("skipped, also in CI: R is not installed (Debian's r-base-core)")
	}
	v := bilingualSurvey(t)
	records := bilingualRecords(t, v, 60)
	folder := t.TempDir()
	for name, content := range unzipped(t, written(t, v, records, export.Output{Format: export.DataPackage, Language: "ar"})) {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), program, "--vanilla", "-e", `
options(warn = 2)
source("load.R", encoding = "UTF-8")
cat(nrow(responses), nrow(children), nrow(hobbies), nrow(responses_2), sum(responses[["age"]]), "\n")
cat(levels(responses[["arrival"]]), sep = "\n")
cat(attr(responses[["arrival"]], "label"), "\n")
cat(class(responses[["born"]]), class(responses[["state"]]), sum(responses[["wishes/c-d"]], na.rm = TRUE), sum(is.na(responses[["wishes/a"]])), "\n")
write.csv(data.frame(words = responses[["words"]], arrival = as.character(responses[["arrival"]])), "back.csv", row.names = FALSE, na = "", fileEncoding = "UTF-8")
`)
	command.Dir = folder
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("R: %v\n%s", err, said)
	}
	want := expected(t, records)
	ages, hyphens, unticked := 0, 0, 0
	labels := map[string]string{"under_1": "أقل من سنة", "1_to_2": "من سنة إلى سنتين", "silent": "أفضّل عدم الإجابة"}
	content, err := os.ReadFile(filepath.Join(folder, "back.csv"))
	if err != nil {
		t.Fatal(err)
	}
	back := readTable(t, content)
	for i, row := range want["responses"] {
		age, err := strconv.Atoi(row["age"])
		if err != nil {
			t.Fatal(err)
		}
		ages += age
		if strings.Contains(row["wishes"], "c-d") {
			hyphens++
		}
		if row["wishes"] == "" {
			unticked++
		}
		if back[i]["words"] != row["words"] || back[i]["arrival"] != labels[row["arrival"]] {
			t.Errorf("row %d: %q and %q, want %q and %q", i+1, back[i]["words"], back[i]["arrival"], row["words"], labels[row["arrival"]])
		}
	}
	for _, line := range []string{
		fmt.Sprintf("60 %d %d %d %d ", len(want["children"]), len(want["hobbies"]), len(want["Responses"]), ages),
		"أقل من سنة\nمن سنة إلى سنتين\nأفضّل عدم الإجابة\nمنذ متى أنت في Marl؟ ",
		fmt.Sprintf("Date ordered factor %d %d ", hyphens, unticked),
	} {
		if !strings.Contains(string(said), line) {
			t.Errorf("R did not say %q:\n%s", line, said)
		}
	}
}
