package baseline_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

func indicators() []baseline.Indicator {
	one := func(key, label string, unit baseline.Unit) baseline.Indicator {
		return baseline.Indicator{Key: key, Label: map[string]string{"de": label}, Unit: unit, Field: "health", Direction: baseline.Higher}
	}
	return []baseline.Indicator{one("pupils", "Schülerinnen und Schüler", baseline.Count), one("rate", "Betreuungsquote", baseline.Percent),
		one("births", "Geburten je 1.000 Einwohner", baseline.PerMille), one("places", "Plätze je 100 Kinder", baseline.PerHundred),
		one("index", "Sozialindex", baseline.Index)}
}

// taken imports a file as the column mapper does unasked, with values for all rows
// as "target=value".
func taken(t testing.TB, file string, content []byte, fixed ...string) (*baseline.IndicatorImport, error) {
	t.Helper()
	reader := baseline.IndicatorReader{Areas: someAreas(t), Indicators: indicators()}
	preview, err := tabular.Inspect(content, file, tabular.Reading{}, reader.Targets(), 300)
	if err != nil {
		return nil, err
	}
	mapping := tabular.Guess(reader.Targets(), preview.Header, preview.Rows)
	mapping.Fixed = map[string]string{}
	for _, one := range fixed {
		key, value, _ := strings.Cut(one, "=")
		mapping.Fixed[key] = value
	}
	return reader.Take(content, file, preview.Reading, mapping)
}

// told writes what an import found: "indicator area period=value", and findings
// that are no hints as "key@line:column".
func told(t testing.TB, found *baseline.IndicatorImport, err error) string {
	t.Helper()
	var findings failure.Findings
	var out []string
	if err != nil {
		if !errors.As(err, &findings) {
			t.Fatal(err)
		}
		out = append(out, "refused")
	} else {
		findings = found.Findings
		for _, one := range found.Values {
			text := fmt.Sprintf("%s %s %s=%v", one.Indicator, one.Area, one.Period, one.Value.Value)
			if one.Numerator != nil {
				text += fmt.Sprintf(" (%d/%d)", *one.Numerator, *one.Denominator)
			}
			out = append(out, text)
		}
	}
	testinput.CheckFindings(t, findings)
	for _, one := range findings {
		if one.Severity != failure.Hint && one.Key != "tabular.leading_zero" {
			name := one.Key[strings.IndexByte(one.Key, '.')+1:]
			out = append(out, fmt.Sprintf("%s@%d:%d", name, one.Line, one.Column))
		}
	}
	return strings.Join(out, "; ")
}

// TestImportedFigures: what stands in tables is read right or refused at its
// place.
func TestImportedFigures(t *testing.T) {
	const year = "period=2024"
	for name, c := range map[string]struct {
		table string
		fixed []string
		want  string
	}{
		"long": {"Indikator;AGS;Jahr;Stichtag;Wert\npupils;05911000;2024;15.10.2024;1.234\nrate;5911000;2024;2024-12-31;34,5\n", nil,
			"pupils bochum 2024=1234; rate bochum 2024=34.5"},
		"wide by period": {"AGS;Gemeinde;2022;2023\n05911000;Bochum;34,5;35\n05562024;Marl;.;1,25\n", []string{"indicator=rate", "day=31.12."},
			"rate bochum 2022=34.5; rate bochum 2023=35; rate marl 2023=1.25"},
		"wide by indicator": {"AGS;Schuljahr;Schülerinnen und Schüler;Sozialindex\n05911000;2024/25;37.405;5,5\n", []string{"day=15.10."},
			"pupils bochum 2024/25=37405; index bochum 2024/25=5.5"},
		"wide by area": {"Jahr;Bochum;Marl\n2023;10,5;11\n2024;10;12\n", []string{"indicator=rate", "day=31.12."},
			"rate bochum 2023=10.5; rate marl 2023=11; rate bochum 2024=10; rate marl 2024=12"},
		"a comma decides": {"AGS;Wert\n05911000;1.234\n05562024;34,5\n", []string{"indicator=index", year, "day=31.12."},
			"index bochum 2024=1234; index marl 2024=34.5"},
		"a point decides": {"AGS;Wert\n05911000;1.234\n05562024;34.5\n", []string{"indicator=index", year, "day=31.12."},
			"index bochum 2024=1.234; index marl 2024=34.5"},
		"another column decides": {"AGS;2023;2024\n05911000;1.234;34,5\n", []string{"indicator=index", "day=31.12."},
			"index bochum 2023=1234; index bochum 2024=34.5"},
		"nothing decides": {"AGS;Wert\n05911000;1.234\n05562024;34\n", []string{"indicator=index", year, "day=31.12."},
			"index marl 2024=34; unsure_number@2:2"},
		"a person decides": {"AGS;Wert\n05911000;1.234\n", []string{"indicator=index", year, "day=31.12.", "decimal=comma"}, "index bochum 2024=1234"},
		"a person decides otherwise": {"AGS;Wert\n05911000;1.234\n", []string{"indicator=index", year, "day=31.12.", "decimal=point"},
			"index bochum 2024=1.234"},
		"they contradict each other": {"AGS;Jahr;Wert\n05911000;2021;1.234\n05911000;2022;1,5\n05911000;2023;2.5\n", []string{"indicator=index", "day=31.12."},
			"index bochum 2022=1.5; index bochum 2023=2.5; unsure_number@2:3"},
		"counts have no decimals": {"AGS;Jahr;Wert\n05911000;2021;1.234\n05911000;2022;1.234.567\n05911000;2023;12,5\n05911000;2024;12,0\n", []string{"indicator=pupils", "day=31.12."},
			"pupils bochum 2021=1234; pupils bochum 2022=1.234567e+06; pupils bochum 2024=12; refused@4:3"},
		"counts with a point": {"AGS;Jahr;Wert\n05911000;2021;1.234\n05911000;2022;12.5\n", []string{"indicator=pupils", "day=31.12."},
			"refused@2:3; refused@3:3"},
		"per mille in the head": {"AGS;2023 (‰);2024 (%)\n05911000;85;8,6\n", []string{"indicator=rate", "day=31.12."},
			"rate bochum 2023=8.5; rate bochum 2024=8.6"},
		"per mille kept": {"AGS;Wert je 1.000\n05911000;8,5\n", []string{"indicator=births", year, "day=31.12."}, "refused; no_values@1:0"},
		"per mille of the indicator": {"AGS;Wert\n05911000;8,5 ‰\n05562024;0,9 %\n", []string{"indicator=births", year, "day=31.12."},
			"births bochum 2024=8.5; births marl 2024=9"},
		"a unit for all rows": {"AGS;Wert\n05911000;85\n", []string{"indicator=rate", year, "day=31.12.", "unit=per_mille"}, "rate bochum 2024=8.5"},
		"a column of units": {"AGS;Einheit;Wert\n05911000;‰;85\n05562024;Prozent;9\n05562032;Stück;7\n", []string{"indicator=rate", year, "day=31.12."},
			"rate bochum 2024=8.5; rate marl 2024=9; wrong_unit@4:3"},
		"a unit in the title": {"Quote in ‰\n\nAGS;Wert\n05911000;85\n", []string{"indicator=rate", year, "day=31.12."}, "rate bochum 2024=8.5"},
		"units contradict":    {"AGS;2023 (‰)\n05911000;85 %\n", []string{"indicator=rate", "day=31.12."}, "units_contradict@2:2"},
		"percent of a count":  {"AGS;Wert\n05911000;85 %\n", []string{"indicator=pupils", year, "day=31.12."}, "wrong_unit@2:2"},
		"a row of units":      {"AGS;2023;2024\n;‰;%\n05911000;85;8,6\n", []string{"indicator=rate", "day=31.12."}, "rate bochum 2023=8.5; rate bochum 2024=8.6"},
		"thousands":           {"AGS;2023 in 1.000\n05911000;85,5\n", []string{"indicator=pupils", "day=31.12."}, "refused; no_values@1:0"},
		"thousands for all":   {"AGS;2023\n05911000;85,5\n", []string{"indicator=pupils", "day=31.12.", "unit=thousands"}, "pupils bochum 2023=85500"},
		"shares of one or of a hundred": {"AGS;2023\n05911000;0,345\n05562024;0,5\n", []string{"indicator=rate", "day=31.12."},
			"unit_missing@2:2; unit_missing@3:2"},
		"shares of one": {"AGS;2023\n05911000;0,345\n05562024;0,5\n", []string{"indicator=rate", "day=31.12.", "unit=fraction"},
			"rate bochum 2023=34.5; rate marl 2023=50"},
		"small percentages": {"AGS;2023\n05911000;0,345\n05562024;0,5\n", []string{"indicator=rate", "day=31.12.", "unit=percent"},
			"rate bochum 2023=0.345; rate marl 2023=0.5"},
		"more than a whole":   {"AGS;2023\n05911000;345\n", []string{"indicator=rate", "day=31.12."}, "refused@2:2"},
		"more than a hundred": {"AGS;2023\n05911000;104,5 %\n", []string{"indicator=places", "day=31.12."}, "places bochum 2023=104.5"},
		"missing":             {"AGS;2015;2016;2017;2018;2019;2020;2021\n05911000;.;-;x;/;...;–;\n", []string{"indicator=rate", "day=31.12."}, ""},
		"footnotes": {"AGS;Gemeinde;2021;2022;2023\n05911000;Bochum;34,5 1);34,6*;34,7²\n\n1) vorläufig\n* geschätzt;;;;\nQuelle: Stadt\n", []string{"indicator=rate", "day=31.12."},
			"rate bochum 2021=34.5; rate bochum 2022=34.6; rate bochum 2023=34.7; row_short@4:1; row_short@6:1"},
		"a mark that may be a digit": {"AGS;2021\n05911000;34,51)\n", []string{"indicator=rate", "day=31.12."}, "bad_number@2:2"},
		"in brackets":                {"AGS;2021\n05911000;(34,5)\n", []string{"indicator=rate", "day=31.12."}, "bad_number@2:2"},
		"less than":                  {"AGS;2021\n05911000;<5\n", []string{"indicator=pupils", "day=31.12."}, "bad_number@2:2"},
		"numbers of areas": {"AGS;2021\n5911000;1\n5562;2\n055620024024;3\n05562032;4\n5111000;5\n5;6\n", []string{"indicator=pupils", "day=31.12."},
			"pupils bochum 2021=1; pupils kreis-recklinghausen 2021=2; pupils marl 2021=3; pupils recklinghausen 2021=4; unknown_area@7:1"},
		"names of areas": {"Gebiet;2021\nBochum, krfr. Stadt;1\nRecklinghausen, Kreis;2\nKreisfreie Stadt Bochum;1\nMarl, Stadt;3\nStadt Recklinghausen;5\nDüsseldorf;4\n", []string{"indicator=pupils", "day=31.12."},
			"pupils bochum 2021=1; pupils kreis-recklinghausen 2021=2; pupils marl 2021=3; pupils recklinghausen 2021=5; unknown_area@7:1"},
		"town or county":            {"Gebiet;2021\nBochum;1\nRecklinghausen;2\n", []string{"indicator=pupils", "day=31.12."}, "pupils bochum 2021=1; area_unclear@3:1"},
		"a county in brackets":      {"Gebiet;2021\nBochum;1\nMarl;1\nRecklinghausen (Kreis);2\n", []string{"indicator=pupils", "day=31.12."}, "pupils bochum 2021=1; pupils marl 2021=1; area_unclear@4:1"},
		"a town among towns":        {"Gebiet;2021\nMarl;1\nRecklinghausen;2\n", []string{"indicator=pupils", "day=31.12."}, "pupils marl 2021=1; pupils recklinghausen 2021=2"},
		"figures without an area":   {"Gebiet;2021\nMarl;1\n;2\n", []string{"indicator=pupils", "day=31.12."}, "pupils marl 2021=1; no_area@3:0"},
		"the same twice":            {"AGS;2021\n05911000;1\n5911000;1\n", []string{"indicator=pupils", "day=31.12."}, "pupils bochum 2021=1"},
		"twice and differently":     {"AGS;2021\n05911000;1\n5911000;2\n05562024;3\n", []string{"indicator=pupils", "day=31.12."}, "pupils marl 2021=3; twice@3:2"},
		"two columns of one period": {"AGS;2021;2021\n05911000;1;2\n", []string{"indicator=pupils", "day=31.12."}, "twice@2:3"},
		"other columns":             {"AGS;2021;Bemerkung;Fläche\n05911000;1;gut;146\n", []string{"indicator=pupils", "day=31.12."}, "column_left@1:4; pupils bochum 2021=1"},
		"no indicator":              {"AGS;2021\n05911000;1\n", []string{"day=31.12."}, "refused; target_missing@1:0"},
		"no area":                   {"Text;2021\na;1\n", []string{"indicator=pupils", "day=31.12."}, "refused; target_missing@1:0"},
		"no period":                 {"AGS;Wert\n05911000;1\n", []string{"indicator=pupils", "day=31.12."}, "refused; target_missing@1:0"},
		"no day":                    {"AGS;2021\n05911000;1\n", []string{"indicator=pupils"}, "no_day@2:2"},
		"a day of another year":     {"AGS;2021;2022\n05911000;1;2\n", []string{"indicator=pupils", "day=31.12.2022"}, "pupils bochum 2022=2; bad_day@2:2"},
		"an odd period":             {"AGS;Jahr;Wert\n05911000;24;1\n", []string{"indicator=pupils", "day=31.12."}, "bad_period@2:3"},
		"an unknown indicator":      {"Indikator;AGS;Jahr;Wert\nbirds;05911000;2024;1\n", []string{"day=31.12."}, "unknown_choice@2:1; no_indicator@2:4"},
		"quotients": {"AGS;Zähler;Nenner\n05911000;69;200\n05562024;.;200\n05562032;1;0\n", []string{"indicator=rate", year, "day=31.12."},
			"rate bochum 2024=34.5 (69/200); bad_number@4:3"},
		"quotients that agree":      {"AGS;Wert;Zähler;Nenner\n05911000;34,5;69;200\n", []string{"indicator=rate", year, "day=31.12."}, "rate bochum 2024=34.5 (69/200)"},
		"quotients that contradict": {"AGS;Wert;Zähler;Nenner\n05911000;35,5;69;200\n", []string{"indicator=rate", year, "day=31.12."}, "refused@2:2"},
		"a head with a line break":  {"\"AGS\n(8-stellig)\";\"Schuljahr\n2023/24\"\n05911000;1.234,5\n", []string{"indicator=index", "day=15.10."}, "index bochum 2023/24=1234.5"},
	} {
		found, err := taken(t, "x.csv", []byte(c.table), c.fixed...)
		got := strings.Split(told(t, found, err), "; ")
		want := strings.Split(c.want, "; ")
		if slices.Sort(got); true {
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
}

// TestNastyFiles: files as offices send them, in testdata.
func TestNastyFiles(t *testing.T) {
	latin := func(text string) []byte {
		content, err := charmap.Windows1252.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(content)
	}
	titled, err := os.ReadFile(filepath.Join("testdata", "titled.csv"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := taken(t, "titled.csv", latin(string(titled)), "indicator=rate", "day=31.12.")
	want := "rate bochum 2022=34.5; rate bochum 2023=34.6; rate kreis-recklinghausen 2022=28; rate marl 2022=12.34; rate marl 2023=12.5"
	got := told(t, found, err)
	kept := slices.DeleteFunc(strings.Split(got, "; "), func(one string) bool { return strings.Contains(one, "row_") || strings.Contains(one, "encoding") })
	slices.Sort(kept)
	if strings.Join(kept, "; ") != want {
		t.Errorf("titled.csv: %s", got)
	}
	if found != nil && (found.Missing != 1 || found.Outside != 1 || found.Source.Day != "2023-12-31" || len(found.Source.SHA256) != 64) {
		t.Errorf("titled.csv: %d missing, %d outside, %+v", found.Missing, found.Outside, found.Source)
	}
}

// TestFiguresOfWorkbooks: what a workbook stores as a number has a point before
// its decimals whatever the texts beside it look like, and what it shows in per
// cent is per cent. B2 is 1.234 as a number, B3 the text 2.345,5, C2 is 0.345
// shown as 34.5 %, C3 the text 12,5, and A2 the number 5911000.
func TestFiguresOfWorkbooks(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "figures.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := taken(t, "figures.xlsx", content, "period=2024", "day=31.12.")
	want := "index bochum 2024=1.234; rate bochum 2024=34.5; index marl 2024=2345.5; rate marl 2024=12.5"
	if got := told(t, found, err); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
