package fieldwork_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// mapped guesses a mapping as the desk does, and takes the file through it.
func mapped(t testing.TB, reader fieldwork.InstitutionReader, content []byte, change func(*tabular.Mapping)) *fieldwork.InstitutionImport {
	t.Helper()
	preview, err := tabular.Inspect(content, "x.csv", tabular.Reading{}, reader.Targets(), 300)
	if err != nil {
		t.Fatal(err)
	}
	mapping := tabular.Guess(reader.Targets(), preview.Header, preview.Rows)
	if change != nil {
		change(&mapping)
	}
	result, err := reader.Take(content, "x.csv", preview.Reading, mapping)
	if err != nil {
		t.Fatal(err)
	}
	if sum := len(result.Institutions) + result.Outside + result.Merged + result.Refused; sum != result.Rows {
		t.Errorf("%d rows, but %d accounted for", result.Rows, sum)
	}
	testinput.CheckFindings(t, result.Findings)
	return result
}

// ids are the first cells of the rows of a list of Bochum, found by what a row
// begins with: no CSV reader is asked.
func ids(content []byte) (rows int, distinct map[string]bool) {
	distinct = map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^"([0-9]+)";"`).FindAllSubmatch(content, -1) {
		rows++
		distinct[string(found[1])] = true
	}
	return rows, distinct
}

func TestRealRegistersThroughTheMapper(t *testing.T) {
	reader := newReader(t)
	reader.OnlyOurAreas = true
	for name, ours := range map[string]*regexp.Regexp{
		socialIndexFile: regexp.MustCompile(`(?m)^[^,\n]*,[^,\n]*,(?:05911000|05117000|05562[0-9]{3}),`),
		registerFile:    regexp.MustCompile(`(?m)^"[0-9]{6}";.*;"(?:05911000|05117000|05562[0-9]{3})";`),
	} {
		content := testinput.Read(t, name)
		result := mapped(t, reader, content, nil)
		want := len(ours.FindAll(content, -1))
		if len(result.Institutions) != want || want < 300 || result.Merged+result.Refused != 0 {
			t.Errorf("%s: %d institutions (%d merged, %d refused), %d lines have our keys", name, len(result.Institutions), result.Merged, result.Refused, want)
		}
		emails, without := 0, 0
		for _, one := range result.Institutions {
			if strings.Contains(one.Email, "@") {
				emails++
			}
			if one.Type == "" || one.Area == "" || one.AGS == "" {
				without++
			}
		}
		if emails < 295 || without > 0 {
			t.Errorf("%s: %d with e-mail, %d without type or area", name, emails, without)
		}
		t.Logf("%s: %d of %d rows", name, len(result.Institutions), result.Rows)
	}
}

// TestRealListsOfATown are read with nothing said but that "Kitas der Kirche" and
// the like are day care: rows of one institution in several categories become
// one.
func TestRealListsOfATown(t *testing.T) {
	reader := newReader(t)
	reader.OnlyOurAreas = true
	for name, test := range map[string]struct{ rows, institutions int }{
		"bochum/bochum_daycare_centers.csv": {195, 193},
		"bochum/bochum_schools.csv":         {298, 236},
	} {
		content := testinput.Read(t, name)
		rows, distinct := ids(content)
		result := mapped(t, reader, content, nil)
		if rows != test.rows || len(distinct) != test.institutions || result.Rows != rows || len(result.Institutions) != len(distinct) || result.Merged != rows-len(distinct) {
			t.Errorf("%s: %d rows, %d institutions, %d merged; the file has %d rows of %d numbers", name, result.Rows, len(result.Institutions), result.Merged, rows, len(distinct))
		}
		for _, one := range result.Institutions {
			if !distinct[one.Number] || one.Area != "bochum" || one.AGS != "05911000" || one.Source != fieldwork.SourceTable || one.Name == one.Number {
				t.Errorf("%s: %+v", name, one)
			}
		}
		merged := 0
		for _, one := range result.Findings {
			if one.Key == "institution.merged" {
				merged++
			}
		}
		if merged != result.Merged {
			t.Errorf("%s: %d merged, %d told", name, result.Merged, merged)
		}
		t.Logf("%s: %d rows, %d institutions, %d unknown words", name, result.Rows, len(result.Institutions), len(result.Unknown))
	}
}

// TestChangesAgainstTheRegister: of a second reading nothing is new; what the file
// leaves blank, and the part of a town, stay; what it lacks is told, not closed.
func TestChangesAgainstTheRegister(t *testing.T) {
	reader := newReader(t)
	reader.OnlyOurAreas = true
	content := testinput.Read(t, socialIndexFile)
	first := mapped(t, reader, content, nil)
	all := func(string) bool { return true }
	fresh := first.Against(nil, reader.Areas, all)
	if len(fresh.New) != 302 || len(fresh.Changed)+fresh.Same+len(fresh.Absent) != 0 {
		t.Fatalf("against nothing: %d new, %d changed", len(fresh.New), len(fresh.Changed))
	}
	register := slices.Clone(fresh.New)
	again := first.Against(register, reader.Areas, all)
	if again.Same != 302 || len(again.New)+len(again.Changed)+len(again.Absent)+len(again.Refused) != 0 {
		t.Errorf("again: %d same, %d new, %d changed", again.Same, len(again.New), len(again.Changed))
	}
	zero := 0
	register[0].Name, register[1].Pupils, register[2].Closed = "Anders", &zero, "2025-01-01"
	register = append(register, fieldwork.Institution{Number: "9", Name: "Weg", Type: register[0].Type, TypeLabel: register[0].TypeLabel, Area: register[0].Area},
		fieldwork.Institution{Number: "10", Name: "Kita", TypeLabel: "Kita", Area: register[0].Area})
	changed := first.Against(register, reader.Areas, func(area string) bool { return area == "bochum" })
	var fields []string
	for _, one := range changed.Changed {
		for _, field := range one.Fields {
			fields = append(fields, one.New.Number+" "+field.Field)
		}
	}
	var want []string
	for at, field := range []string{"name", "pupils", "closed"} {
		if register[at].Area == "bochum" {
			want = append(want, register[at].Number+" "+field)
		}
	}
	if slices.Sort(fields); !slices.Equal(fields, slices.Sorted(slices.Values(want))) {
		t.Errorf("changed %v, want %v", fields, want)
	}
	elsewhere := bytes.Count(content, []byte(",05117000,")) + len(regexp.MustCompile(`,05562[0-9]{3},`).FindAll(content, -1))
	if len(changed.Refused) != elsewhere || changed.Same+len(changed.Changed)+elsewhere != 302 {
		t.Errorf("%d refused, %d lines lie elsewhere; %d same", len(changed.Refused), elsewhere, changed.Same)
	}
	absent := first.Against(register, reader.Areas, all).Absent
	if len(absent) != 1 || absent[0].Number != "9" {
		t.Errorf("absent %v: a day care centre could not be in a list of schools", absent)
	}
	stored := first.Against(register, reader.Areas, all).Stored(map[string]bool{"9": true}, "2026-03-01")
	if last := stored[len(stored)-1]; last.Number != "9" || last.Closed != "2026-03-01" || len(stored) != 4 {
		t.Errorf("stored %v", stored)
	}
}

func TestWhatAFileLeavesOpenStays(t *testing.T) {
	reader := newReader(t)
	if findings := reader.Areas.Add([]catalogue.Area{
		{Key: "bochum-mitte", Parent: "bochum", Name: "Mitte", Level: catalogue.Sozialraum},
		{Key: "marl-mitte", Parent: "marl", Name: "Mitte", Level: catalogue.Sozialraum},
	}); len(findings) > 0 {
		t.Fatal(findings)
	}
	pupils := 120
	register := []fieldwork.Institution{{Number: "007", Name: "Schule", Type: "grundschule", TypeLabel: "Grundschule", Area: "bochum-mitte", Email: "a@b.example", Pupils: &pupils}}
	for name, test := range map[string]struct{ content, want string }{
		"blank cells":          {"Schulnummer;Name;Schulform;Anzahl;E-Mail\n007;;;;\n", ""},
		"the town alone":       {"Schulnummer;Name;Ort\n007;Schule;44787 Bochum\n", "ags:  → 05911000"},
		"a type without name":  {"Schulnummer;Schulform\n007;Lernhaus\n", ""},
		"another part":         {"Schulnummer;Ort;Stadtteil\n007;Marl;Mitte\n", "area: bochum-mitte → marl-mitte, ags:  → 05562024"},
		"everything":           {"Schulnummer;Name;Schulform;Anzahl;E-Mail\n007;Neu;Gymnasium;1.300;n@b.example\n", "name: Schule → Neu, type: Grundschule → Gymnasium, email: a@b.example → n@b.example, pupils: 120 → 1300"},
		"a number as it was":   {"Schulnummer;Anzahl\n007;120,0\n", ""},
		"zeros make a number":  {"Schulnummer;Name\n7;Andere\n", "new 7"},
		"a town none of ours":  {"Schulnummer;Ort\n007;Dortmund\n", ""},
		"parts of two towns":   {"Schulnummer;Stadtteil\n007;Mitte\n", ""},
		"filled by the second": {"Schulnummer;Name;E-Mail\n007;;\n007;Schule;n@b.example\n", "email: a@b.example → n@b.example"},
	} {
		changes := mapped(t, reader, []byte(test.content), nil).Against(register, reader.Areas, func(string) bool { return true })
		var got []string
		for _, one := range changes.Changed {
			for _, field := range one.Fields {
				got = append(got, fmt.Sprintf("%s: %s → %s", field.Field, field.Old, field.New))
			}
		}
		for _, one := range changes.New {
			got = append(got, "new "+one.Number)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

// BenchmarkImport takes the whole register of the state through the mapper and
// compares it with one that is just so.
func BenchmarkImport(b *testing.B) {
	reader := newReader(b)
	content := testinput.Read(b, registerFile)
	register := mapped(b, reader, content, nil).Against(nil, reader.Areas, func(string) bool { return true }).New
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if changes := mapped(b, reader, content, nil).Against(register, reader.Areas, func(string) bool { return true }); changes.Same != len(register) {
			b.Fatal(changes.Same)
		}
	}
}
