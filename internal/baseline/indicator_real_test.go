package baseline_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

const (
	schoolsOfTheState = "nrw/schulen_2024_25_sozialindex.csv"
	schoolFigures     = "nrw/indicators.csv"
)

var update = flag.Bool("update", false, "write data/nrw/indicators.csv anew from the source")

func shippedData(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(testinput.Root(t), "data", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func shippedAreas(t testing.TB) *catalogue.Areas {
	t.Helper()
	areas, findings := catalogue.ReadAreas("areas.yaml", shippedData(t, "areas.yaml"))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return areas
}

// tally is what the source's schools of one town and type come to.
type tally struct{ pupils, indexed, weighted int64 }

// extract aggregates the source's schools without any of the program's own
// readers.
func extract(t testing.TB) []byte {
	t.Helper()
	areas := shippedAreas(t)
	slugs := map[string]string{}
	for _, row := range rows(t, shippedData(t, "nrw/school_types.csv"))[1:] {
		slugs[row[3]] = row[1]
	}
	sums := map[[2]string]*tally{} // by type and municipality key; "" is all types
	labels := map[string]string{}
	for _, row := range rows(t, testinput.Read(t, schoolsOfTheState))[1:] {
		area, ours := areas.ByAGS(row[2])
		if !ours || area.AGS != row[2] {
			continue
		}
		pupils, err := strconv.ParseInt(row[17], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		labels[slugs[row[1]]] = row[1]
		index, _ := strconv.ParseInt(row[18], 10, 64) // blank: none
		places := []string{row[2]}
		if area.Parent != "" {
			places = append(places, row[2][:5])
		}
		for _, place := range places {
			for _, slug := range []string{"", slugs[row[1]]} {
				key := [2]string{slug, place}
				if sums[key] == nil {
					sums[key] = &tally{}
				}
				sums[key].pupils += pupils
				if index > 0 {
					sums[key].indexed, sums[key].weighted = sums[key].indexed+pupils, sums[key].weighted+index*pupils
				}
			}
		}
	}
	var out bytes.Buffer
	fmt.Fprintln(&out, "indicator,label_de,label_en,unit,field,direction,source,ags,area,school_year,reference_day,value,numerator,denominator")
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	const source = "Amtliche Schuldaten und Schulsozialindex NRW"
	for _, measure := range []string{"pupils", "social_index"} {
		for _, key := range keys {
			sum, slug := sums[key], key[0]
			area, _ := areas.ByAGS(key[1])
			german, english := "Schülerinnen und Schüler", "Pupils"
			if measure == "social_index" {
				german, english = "Sozialindex der Schulen, nach Schülerzahl gewichtet", "Social index of schools, weighted by pupils"
			}
			name := measure
			if slug != "" {
				german, english, name = german+": "+labels[slug], english+": "+labels[slug], measure+"_"+strings.ReplaceAll(slug, "-", "_")
			}
			line := []string{name, german, english, "count", "school_development", "context", source, key[1], area.Key, "2024/25", "2024-10-15",
				strconv.FormatInt(sum.pupils, 10), "", ""}
			if measure == "social_index" {
				if sum.indexed == 0 {
					continue
				}
				line[3] = "index"
				line[11] = strconv.FormatFloat(math.Round(100*float64(sum.weighted)/float64(sum.indexed))/100, 'f', 2, 64)
				line[12], line[13] = strconv.FormatInt(sum.weighted, 10), strconv.FormatInt(sum.indexed, 10)
			}
			writer := csv.NewWriter(&out)
			if err := writer.Write(line); err != nil {
				t.Fatal(err)
			}
			writer.Flush()
		}
	}
	return out.Bytes()
}

func rows(t testing.TB, content []byte) [][]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFiguresAreFresh compares the shipped extract with the source.
func TestFiguresAreFresh(t *testing.T) {
	fresh := extract(t)
	if *update {
		if err := os.WriteFile(filepath.Join(testinput.Root(t), "data", filepath.FromSlash(schoolFigures)), fresh, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(fresh, shippedData(t, schoolFigures)) {
		t.Errorf("data/%s differs from a fresh extraction (%d bytes); see data/nrw/README.md", schoolFigures, len(fresh))
	}
}

// schoolIndicators imports the shipped extract as the desk would.
func schoolIndicators(t testing.TB) ([]baseline.Indicator, *baseline.IndicatorImport) {
	t.Helper()
	content := shippedData(t, schoolFigures)
	indicators, err := baseline.ReadIndicators(content, schoolFigures)
	if err != nil {
		t.Fatal(err)
	}
	reader := baseline.IndicatorReader{Areas: shippedAreas(t), Indicators: indicators}
	preview, err := tabular.Inspect(content, schoolFigures, tabular.Reading{}, reader.Targets(), 300)
	if err != nil {
		t.Fatal(err)
	}
	found, err := reader.Take(content, schoolFigures, preview.Reading, tabular.Guess(reader.Targets(), preview.Header, preview.Rows))
	if err != nil {
		t.Fatal(err)
	}
	return indicators, found
}

// TestShippedFigures needs no source: every line of the extract becomes a value,
// the county's are the sum of its towns', and the towns' social index comes to the
// county's.
func TestShippedFigures(t *testing.T) {
	indicators, found := schoolIndicators(t)
	content := shippedData(t, schoolFigures)
	if len(found.Values) != bytes.Count(content, []byte("\n"))-1 || len(found.Values) < 150 || found.Outside+found.Merged+found.Missing > 0 {
		t.Errorf("%d values, %d outside, %d merged, %d missing", len(found.Values), found.Outside, found.Merged, found.Missing)
	}
	for _, one := range found.Findings {
		t.Errorf("%+v", one)
	}
	areas := shippedAreas(t)
	for _, indicator := range indicators {
		var values []baseline.Value
		for _, one := range found.Values {
			if one.Indicator == indicator.Key {
				values = append(values, one.Value)
			}
		}
		complete := 0
		for _, one := range baseline.CheckTotals(areas, indicator.Unit, values) {
			t.Errorf("%s: %+v", indicator.Key, one)
		}
		var towns []string
		for _, area := range areas.Children("kreis-recklinghausen") {
			towns = append(towns, area.Key)
		}
		total, reason := baseline.Aggregate(indicator.Unit, "kreis-recklinghausen", towns, values)
		at := slices.IndexFunc(values, func(v baseline.Value) bool { return v.Area == "kreis-recklinghausen" })
		if reason == baseline.Aggregates {
			complete++
			if math.Abs(values[at].Value-total.Value) > 0.005+1e-9 || *values[at].Numerator != *total.Numerator {
				t.Errorf("%s: the county has %v, its towns %v", indicator.Key, values[at], total)
			}
		}
		if indicator.Key == "social_index" && complete != 1 {
			t.Error("the towns' social index does not come to the county's")
		}
	}
}
