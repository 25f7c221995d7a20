package fieldwork_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

var update = flag.Bool("update", false, "write data/nrw/schools.csv anew")

const (
	socialIndexFile = "nrw/schulen_2024_25_sozialindex.csv"
	registerFile    = "nrw/schuldaten_2021.csv"

	areasFile       = "areas.yaml"
	schoolsFile     = "nrw/schools.csv"
	schoolTypesFile = "nrw/school_types.csv"
	otherTypesFile  = "institution_types.csv"
)

func shipped(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(testinput.Root(t), "data", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func newReader(t testing.TB) fieldwork.InstitutionReader {
	t.Helper()
	areas, found := catalogue.ReadAreas(areasFile, shipped(t, areasFile))
	if len(found) > 0 {
		t.Fatal(found)
	}
	types, err := fieldwork.ReadInstitutionTypes(fieldwork.NamedTable{File: schoolTypesFile, Content: shipped(t, schoolTypesFile)},
		fieldwork.NamedTable{File: otherTypesFile, Content: shipped(t, otherTypesFile)})
	if err != nil {
		t.Fatal(err)
	}
	return fieldwork.InstitutionReader{Areas: areas, Types: types}
}

func read(t testing.TB, reader fieldwork.InstitutionReader, content []byte) *fieldwork.InstitutionImport {
	t.Helper()
	result, err := reader.Read(bytes.NewReader(content), tabular.Options{File: "x.csv"})
	if err != nil {
		t.Fatal(err)
	}
	if sum := len(result.Institutions) + result.Outside + result.Merged + result.Refused; sum != result.Rows {
		t.Errorf("%d rows, but %d accounted for", result.Rows, sum)
	}
	return result
}

func places(t testing.TB, found failure.Findings) []string {
	t.Helper()
	testinput.CheckFindings(t, found)
	var out []string
	for _, one := range found {
		out = append(out, fmt.Sprintf("%s@%d:%d", one.Key, one.Line, one.Column))
	}
	return out
}

// scan splits a real file naively: none of its cells holds a separator or a
// line break inside quotation marks, which it checks by the number of pieces.
func scan(t testing.TB, name, separator string, above, pieces int) [][]string {
	t.Helper()
	var rows [][]string
	for i, line := range strings.Split(strings.TrimSuffix(string(testinput.Read(t, name)), "\n"), "\n") {
		cells := strings.Split(line, separator)
		for j := range cells {
			cells[j] = strings.Trim(cells[j], `"`)
		}
		if i < above {
			continue
		}
		if len(cells) != pieces {
			t.Fatalf("line %d has %d pieces", i+1, len(cells))
		}
		rows = append(rows, cells)
	}
	return rows
}

func TestRegisterIsReadWhole(t *testing.T) {
	rows := scan(t, registerFile, `";"`, 2, 23)
	result := read(t, newReader(t), testinput.Read(t, registerFile))
	if result.Source != fieldwork.SourceRegister || result.Rows != len(rows) || len(result.Institutions) != len(rows) || len(rows) != 5507 {
		t.Fatalf("%s: %d institutions of %d rows; the file has %d lines", result.Source, len(result.Institutions), result.Rows, len(rows))
	}
	if got, want := places(t, result.Findings), []string{"tabular.header_trailing_blank@2:24"}; !slices.Equal(got, want) {
		t.Errorf("findings %v, want %v", got, want)
	}
	byType, perArea := map[string]int{}, map[string]int{}
	for i, one := range result.Institutions {
		if one.Number != rows[i][0] || one.AGS != rows[i][17] || !strings.HasPrefix(one.Name, strings.TrimRight(strings.Fields(rows[i][2])[0], "-")) {
			t.Fatalf("row %d: %+v from %q", i, one, rows[i])
		}
		if one.Pupils != nil || one.SocialIndex != nil || one.Type == "" {
			t.Fatalf("row %d: %+v", i, one)
		}
		byType[one.Type]++
		perArea[one.Area]++
	}
	codes := map[string]int{}
	for _, cells := range rows {
		codes[cells[1]]++
	}
	for slug, want := range map[string]int{"grundschule": codes["02"], "schulaufsicht": codes["0A"], "gymnasium": codes["20"],
		"foerderschule-grund-hauptschule": codes["08"] + codes["83"], "freie-waldorfschule": codes["17"] + codes["18"] + codes["19"]} {
		if byType[slug] != want || want == 0 {
			t.Errorf("%d of type %s, want %d", byType[slug], slug, want)
		}
	}
	if perArea["bochum"] != 99 || perArea["muelheim-an-der-ruhr"] != 40 || perArea["recklinghausen"] != 36 {
		t.Errorf("per area %v", perArea)
	}
}

func TestSocialIndexFileIsReadWhole(t *testing.T) {
	content := testinput.Read(t, socialIndexFile)
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")[1:]
	result := read(t, newReader(t), content)
	if result.Source != fieldwork.SourceSocialIndex || len(result.Institutions) != len(lines) || len(lines) != 5407 {
		t.Fatalf("%s: %d institutions, the file has %d lines", result.Source, len(result.Institutions), len(lines))
	}
	if len(result.Findings) > 0 {
		t.Errorf("findings %v", places(t, result.Findings))
	}
	// The first columns and the last two hold no commas in any line, so they can
	// be counted without a CSV reader.
	tail := regexp.MustCompile(`,([0-9]+),([1-9]?)$`)
	without, pupils := 0, 0
	for i, line := range lines {
		one := result.Institutions[i]
		found := tail.FindStringSubmatch(line)
		if found == nil || !strings.HasPrefix(line, one.Period+",") || !strings.Contains(line, ","+one.AGS+",") || !strings.Contains(line, ","+one.Number+",") {
			t.Fatalf("line %d: %+v from %s", i+2, one, line)
		}
		if one.Pupils == nil || fmt.Sprint(*one.Pupils) != found[1] || *one.Pupils%5 != 0 {
			t.Fatalf("line %d: pupils of %+v from %s", i+2, one, line)
		}
		pupils += *one.Pupils
		if one.SocialIndex == nil {
			without++
		}
		if (one.SocialIndex == nil) != (found[2] == "") || one.SocialIndex != nil && fmt.Sprint(*one.SocialIndex) != found[2] {
			t.Fatalf("line %d: social index of %+v from %s", i+2, one, line)
		}
		if one.Type == "" || !strings.Contains(line, ","+one.TypeLabel+",") {
			t.Fatalf("line %d: type of %+v from %s", i+2, one, line)
		}
	}
	if blank := bytes.Count(content, []byte(",\n")); without != blank || without != 1265 {
		t.Errorf("%d schools without social index, %d lines end in a comma", without, blank)
	}
	t.Logf("%d schools, %d pupils, %d without social index", len(lines), pupils, without)
}

func TestOnlyOurAreas(t *testing.T) {
	reader := newReader(t)
	reader.OnlyOurAreas = true
	content := testinput.Read(t, socialIndexFile)
	result := read(t, reader, content)
	for area, want := range map[string]string{"bochum": ",05911000,", "muelheim-an-der-ruhr": ",05117000,", "marl": ",05562024,", "waltrop": ",05562036,"} {
		got := 0
		for _, one := range result.Institutions {
			if one.Area == area {
				got++
			}
		}
		if lines := strings.Count(string(content), want); got != lines || got == 0 {
			t.Errorf("%d schools in %s, %d lines with %s", got, area, lines, want)
		}
	}
	ours := len(regexp.MustCompile(`(?m)^[^,]*,[^,]*,(05911000|05117000|05562[0-9]{3}),`).FindAll(content, -1))
	if len(result.Institutions) != ours || result.Outside != 5407-ours || ours != 302 {
		t.Errorf("%d schools, %d outside; %d lines have our keys", len(result.Institutions), result.Outside, ours)
	}
}

// TestSchoolTypesFollowFromTheFiles derives the meaning of every code again by
// joining the two real files on the school number.
func TestSchoolTypesFollowFromTheFiles(t *testing.T) {
	label := map[string]string{}
	for _, one := range read(t, newReader(t), testinput.Read(t, socialIndexFile)).Institutions {
		label[one.Number] = one.TypeLabel
	}
	type joined struct {
		labels             map[string]bool
		matched, unmatched int
	}
	codes := map[string]*joined{}
	for _, cells := range scan(t, registerFile, `";"`, 2, 23) {
		code := codes[cells[1]]
		if code == nil {
			code = &joined{labels: map[string]bool{}}
			codes[cells[1]] = code
		}
		if known, ok := label[cells[0]]; ok {
			code.matched++
			code.labels[known] = true
		} else {
			code.unmatched++
		}
	}
	lines := strings.Split(strings.TrimSpace(string(shipped(t, schoolTypesFile))), "\n")[1:]
	if len(lines) != len(codes) {
		t.Errorf("%d lines for %d codes", len(lines), len(codes))
	}
	for _, line := range lines {
		cells := strings.Split(line, ",") // code,type,label,source_label,matched,unmatched,basis
		found := codes[cells[0]]
		if found == nil {
			t.Errorf("%s: the register has no such code", line)
			continue
		}
		if fmt.Sprint(found.matched) != cells[4] || fmt.Sprint(found.unmatched) != cells[5] {
			t.Errorf("%s: %d matched, %d unmatched", line, found.matched, found.unmatched)
		}
		if consistent := len(found.labels) == 1 && found.labels[cells[3]] && cells[6] == "joined"; !consistent && (len(found.labels) > 0 || cells[3] != "" || cells[6] != "names") {
			t.Errorf("%s: labels %v", line, found.labels)
		}
	}
}

func TestExtractIsFresh(t *testing.T) {
	reader := newReader(t)
	reader.OnlyOurAreas = true
	fresh := read(t, reader, testinput.Read(t, socialIndexFile))
	var out bytes.Buffer
	if err := fieldwork.WriteInstitutions(&out, fresh.Institutions, reader.Areas); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(testinput.Root(t), "data", filepath.FromSlash(schoolsFile)), out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(out.Bytes(), shipped(t, schoolsFile)) {
		t.Errorf("data/%s differs from a fresh extraction (%d bytes); see data/nrw/README.md", schoolsFile, out.Len())
	}
}

// TestShippedExtract needs no source file: every plain clone runs it.
func TestShippedExtract(t *testing.T) {
	content := shipped(t, schoolsFile)
	reader := newReader(t)
	result := read(t, reader, content)
	if result.Source != fieldwork.SourceExtract || len(result.Institutions) != bytes.Count(content, []byte("\n"))-1 || len(result.Institutions) != 302 {
		t.Errorf("%s with %d institutions", result.Source, len(result.Institutions))
	}
	if len(result.Findings) > 0 {
		t.Errorf("findings %v", places(t, result.Findings))
	}
	areas := map[string]int{}
	for _, one := range result.Institutions {
		areas[one.Area]++
		if one.Type == "" || one.Pupils == nil || one.Period != "2024/25" || one.Area == "" {
			t.Errorf("%+v", one)
		}
	}
	if len(areas) != 12 || areas["bochum"] != 97 || areas["muelheim-an-der-ruhr"] != 39 {
		t.Errorf("areas %v", areas)
	}
	if private := regexp.MustCompile(`@|https?:|\b0[0-9]{3,4}[ /-]`).Find(content); private != nil {
		t.Errorf("the extract holds %q", private)
	}
	var again bytes.Buffer
	if err := fieldwork.WriteInstitutions(&again, result.Institutions, reader.Areas); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), content) {
		t.Error("writing what was read gives another file")
	}
}

const extractHeader = "number,name,type,type_label,ags,area,pupils,social_index,school_year\n"

func TestUnreadableCellsAreFindings(t *testing.T) {
	cases := []struct {
		name, row string
		want      string // institutions as "number name type ags area pupils index"
		findings  []string
	}{
		{"good", "100001,A,gymnasium,Gymnasium,05911000,bochum,120,3,2024/25", "100001 A gymnasium 05911000 bochum 120 3", nil},
		{"leading zeros in the number", "000001,A,gymnasium,,05911000,,,,", "000001 A gymnasium 05911000 bochum - -", nil},
		{"no number", ",A,gymnasium,,05911000,,,,", "", []string{"tabular.required_blank@2:1"}},
		{"number with space", "10 00,A,gymnasium,,05911000,,,,", "", []string{"tabular.bad_official@2:1", "tabular.required_blank@2:1"}},
		{"no name", "100001, ,gymnasium,,05911000,,,,", "100001 100001 gymnasium 05911000 bochum - -", []string{"institution.no_name@2:1"}},
		{"unknown type keeps its label", "100001,A,lernhaus,Lernhaus,05911000,,,,", "100001 A  05911000 bochum - -", []string{"institution.unknown_type@2:3"}},
		{"lost zero", "100001,A,gymnasium,,5911000,,,,", "100001 A gymnasium 05911000 bochum - -", []string{"tabular.leading_zero@2:5"}},
		{"bad AGS", "100001,A,gymnasium,,5911,,,,", "100001 A gymnasium   - -", []string{"tabular.bad_digits@2:5"}},
		{"outside", "100001,A,gymnasium,,05111000,,,,", "100001 A gymnasium 05111000  - -", nil},
		{"area alone", "100001,A,gymnasium,,x,marl,,,", "100001 A gymnasium 05562024 marl - -", []string{"tabular.bad_digits@2:5"}},
		{"unknown area", "100001,A,gymnasium,,05911000,entenhausen,,,", "100001 A gymnasium 05911000 bochum - -", []string{"institution.unknown_area@2:6"}},
		{"wrong area", "100001,A,gymnasium,,05911000,marl,,,", "100001 A gymnasium 05911000 bochum - -", []string{"institution.area_contradicts@2:6"}},
		{"pupils and index", "100001,A,gymnasium,,05911000,,1.200,10,", "100001 A gymnasium 05911000 bochum 1200 -", []string{"tabular.bad_whole@2:8"}},
		{"index zero", "100001,A,gymnasium,,05911000,,0,0,", "100001 A gymnasium 05911000 bochum 0 -", []string{"tabular.bad_whole@2:8"}},
		{"short row", "100001,A,gymnasium,,05911000", "100001 A gymnasium 05911000 bochum - -", []string{"tabular.row_short@2:5"}},
		{"blank row", ",,,,,,,,", "", nil},
		{"twice", "100001,A,gymnasium,,05911000,,,,\n100001,B,gymnasium,,05911000,,,,", "100001 A gymnasium 05911000 bochum - -", []string{"institution.merged@3:1", "institution.merged_differs@3:2"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			result := read(t, newReader(t), []byte(extractHeader+c.row+"\n"))
			var got []string
			for _, one := range result.Institutions {
				got = append(got, fmt.Sprintf("%s %s %s %s %s %s %s", one.Number, one.Name, one.Type, one.AGS, one.Area, show(one.Pupils), show(one.SocialIndex)))
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if found := places(t, result.Findings); !slices.Equal(found, c.findings) {
				t.Errorf("findings %v, want %v", found, c.findings)
			}
		})
	}
}

func show(value *int) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprint(*value)
}

func text(s string) string { return `<c t="inlineStr"><is><t>` + s + `</t></is></c>` }

// spreadsheet makes the smallest XLSX that holds the rows.
func spreadsheet(t testing.TB, rows string) []byte {
	t.Helper()
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, part := range map[string]string{
		"[Content_Types].xml":        `<Types/>`,
		"xl/workbook.xml":            `<workbook xmlns:r="` + kind + `"><sheets><sheet name="Daten" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="` + kind + `/worksheet" Target="sheet.xml"/></Relationships>`,
		"xl/sheet.xml":               `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	} {
		file, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(file, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRegisterFromASpreadsheet is what comes back when somebody opened the
// register in a spreadsheet: the zeros are gone and everything is a number.
func TestRegisterFromASpreadsheet(t *testing.T) {
	content := spreadsheet(t, `<row r="1">`+text(" schulnummer")+text("SCHULFORM")+text("Schulbezeichnung_1")+text("Schulbezeichnung_2")+text("Gemeindeschluessel")+`</row>`+
		`<row r="2"><c><v>100012</v></c><c><v>2</v></c>`+text("Städt. Gemeinschafts-")+text("grundschule")+`<c><v>5562024</v></c></row>`+
		`<row r="3"><c><v>100013</v></c>`+text("0A")+text("Schulamt")+`<c/><c><v>5911000</v></c></row>`)
	result := read(t, newReader(t), content)
	if len(result.Institutions) != 2 {
		t.Fatalf("%+v", result)
	}
	first, second := result.Institutions[0], result.Institutions[1]
	if first.Number != "100012" || first.Name != "Städt. Gemeinschaftsgrundschule" || first.Type != "grundschule" || first.Area != "marl" || second.Type != "schulaufsicht" {
		t.Errorf("%+v, %+v", first, second)
	}
	want := []string{"tabular.leading_zero@2:5", "tabular.leading_zero@3:5"}
	if got := places(t, result.Findings); !slices.Equal(got, want) {
		t.Errorf("findings %v, want %v", got, want)
	}
}

func TestOtherTablesAreRefused(t *testing.T) {
	for name, content := range map[string]string{"other columns": "a,b\n1,2\n", "empty": "", "not a table": "%PDF-1.7"} {
		_, err := newReader(t).Read(strings.NewReader(content), tabular.Options{File: "x"})
		var found failure.Findings
		if !errors.As(err, &found) || !found.Fatal() {
			t.Errorf("%s: %v", name, err)
		}
		testinput.CheckFindings(t, found)
	}
}

func TestJoinName(t *testing.T) {
	cases := []struct {
		pieces []string
		want   string
	}{
		{[]string{"Städt. Kath. Grundschule", "Kartause-Hain-Schule", "- Primarstufe -"}, "Städt. Kath. Grundschule Kartause-Hain-Schule - Primarstufe -"},
		{[]string{"Freie Waldorfschule Rudolf Steiner Schu-", "le u. Parzivalsch. m. Heliandzw.,Förder-", "schule,Staatl. genehm.priv. Ersatzschule"},
			"Freie Waldorfschule Rudolf Steiner Schule u. Parzivalsch. m. Heliandzw.,Förderschule,Staatl. genehm.priv. Ersatzschule"},
		{[]string{"Elsa-Brandström-Schule", "Städtische Evangelische Montessori-", "Grundschule  - Primarstufe -"}, "Elsa-Brandström-Schule Städtische Evangelische Montessori-Grundschule - Primarstufe -"},
		{[]string{"Ursulinenschule Köln", "Staatl. genehm. Realschule für Mädchen-", "u. Jungenklassen d. Erzbistums Köln"}, "Ursulinenschule Köln Staatl. genehm. Realschule für Mädchen- u. Jungenklassen d. Erzbistums Köln"},
		{[]string{"Eduard-Hoffmann-Realschule", "der Stadt Bad Salzuflen  -Sekundarst. I-", "im Schulzentrum Lohfeld"}, "Eduard-Hoffmann-Realschule der Stadt Bad Salzuflen -Sekundarst. I- im Schulzentrum Lohfeld"},
		{[]string{"Anna Schiller-Schule", "Mönchengladbach-Rheindahlen -Sek.I-", "Kath. Hauptschule d.St. Mönchengladbach"}, "Anna Schiller-Schule Mönchengladbach-Rheindahlen -Sek.I- Kath. Hauptschule d.St. Mönchengladbach"},
		{[]string{"Maria-Wächtler-Gymnasium - Sek. I u. II-", "Städt. Gymnasium für Jungen und Mädchen"}, "Maria-Wächtler-Gymnasium - Sek. I u. II- Städt. Gymnasium für Jungen und Mädchen"},
		{[]string{"Viktoria-Schule, Städt. Gemeinschafts-", "grundschule Grevenbroich-Frimmersdorf/", "Neurath  - Primarstufe -"}, "Viktoria-Schule, Städt. Gemeinschaftsgrundschule Grevenbroich-Frimmersdorf/Neurath - Primarstufe -"},
		{[]string{"Regenbogenschule -", "Gemeinschaftsgrundschule d. Stadt Halver", "Primarstufe"}, "Regenbogenschule - Gemeinschaftsgrundschule d. Stadt Halver Primarstufe"},
		{[]string{"", " Marl ", ""}, "Marl"},
		{[]string{"Schule-", "12"}, "Schule- 12"},
		{[]string{"-", "a"}, "- a"},
		{nil, ""},
	}
	for _, c := range cases {
		if got := fieldwork.JoinName(c.pieces...); got != c.want {
			t.Errorf("JoinName(%q)\n= %q, want\n  %q", c.pieces, got, c.want)
		}
	}
}

// TestJoiningLosesNoLetter holds for whatever the pieces are.
func TestJoiningLosesNoLetter(t *testing.T) {
	bare := strings.NewReplacer("-", "", " ", "")
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.StringOf(rapid.SampledFrom([]rune("aäSek ud.-/1(I"))), 0, 4).Draw(t, "pieces")
		if got, want := bare.Replace(fieldwork.JoinName(pieces...)), bare.Replace(strings.Join(pieces, "")); got != want {
			t.Errorf("letters %q, want %q", got, want)
		}
	})
}

func TestInstitutionTypesThatContradictThemselves(t *testing.T) {
	for _, rows := range []string{"02,a,A,A\n02,b,B,B", "02,a,A,A\n03,a,B,", ",a,A,A", "02,,A,A", "02,a,,"} {
		_, err := fieldwork.ReadInstitutionTypes(fieldwork.NamedTable{File: "x", Content: []byte("code,type,label,source_label\n" + rows + "\n")})
		var found failure.Findings
		if !errors.As(err, &found) {
			t.Errorf("%q was accepted (%v)", rows, err)
		}
		testinput.CheckFindings(t, found)
	}
	if _, err := fieldwork.ReadInstitutionTypes(fieldwork.NamedTable{File: "x", Content: []byte("code,type\n02,a\n")}); err == nil {
		t.Error("a table without labels was accepted")
	}
}
