package catalogue_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/testinput"
)

func readShipped(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(testinput.Root(t), "data", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func shippedAreas(t testing.TB) *catalogue.Areas {
	t.Helper()
	areas, found := catalogue.ReadAreas("areas.yaml", readShipped(t, "areas.yaml"))
	if len(found) > 0 {
		t.Fatal(places(t, found))
	}
	return areas
}

// places lists findings as "key@line:column" and checks their words.
func places(t testing.TB, found failure.Findings) []string {
	t.Helper()
	testinput.CheckFindings(t, found)
	var out []string
	for _, one := range found {
		out = append(out, fmt.Sprintf("%s@%d:%d", strings.TrimPrefix(one.Key, "catalogue."), one.Line, one.Column))
	}
	return out
}

func keys(areas []catalogue.Area) []string {
	var out []string
	for _, area := range areas {
		out = append(out, area.Key)
	}
	return out
}

func TestShippedAreas(t *testing.T) {
	areas := shippedAreas(t)
	if got := keys(areas.Roots()); !slices.Equal(got, []string{"bochum", "muelheim-an-der-ruhr", "kreis-recklinghausen"}) {
		t.Errorf("roots %v", got)
	}
	if got := len(areas.Descendants("kreis-recklinghausen")); got != 10 {
		t.Errorf("Kreis Recklinghausen has %d towns", got)
	}
	if got := len(areas.AtLevel(catalogue.Stadt)); got != 12 {
		t.Errorf("%d towns", got)
	}
	if got := keys(areas.Ancestors("herten")); !slices.Equal(got, []string{"kreis-recklinghausen"}) {
		t.Errorf("ancestors of herten %v", got)
	}
	for ags, want := range map[string]string{"05911000": "bochum", "05562032": "recklinghausen", "05562": "kreis-recklinghausen",
		"05562999": "kreis-recklinghausen", "05111000": "", "5911000": "", "": ""} {
		if got, _ := areas.ByAGS(ags); got.Key != want {
			t.Errorf("ByAGS(%q) = %q, want %q", ags, got.Key, want)
		}
	}
	for _, c := range []struct {
		outer, inner string
		want         bool
	}{
		{"kreis-recklinghausen", "marl", true}, {"marl", "marl", true}, {"marl", "kreis-recklinghausen", false},
		{"bochum", "marl", false}, {"", "", false}, {"nowhere", "nowhere", false},
	} {
		if got := areas.Contains(c.outer, c.inner); got != c.want {
			t.Errorf("Contains(%q, %q) = %t", c.outer, c.inner, got)
		}
	}
}

func TestShippedFieldsOfAction(t *testing.T) {
	fields, found := catalogue.ReadFields("fields_of_action.yaml", readShipped(t, "fields_of_action.yaml"))
	if len(found) > 0 {
		t.Fatal(places(t, found))
	}
	if got := len(fields.Clusters()); got != 4 {
		t.Errorf("%d clusters", got)
	}
	sum := 0
	for _, cluster := range fields.Clusters() {
		sum += len(fields.In(cluster.Key))
	}
	if sum != len(fields.All()) || sum != len(fields.Keys()) || sum < 28 {
		t.Errorf("%d fields in clusters, %d in all", sum, len(fields.All()))
	}
	if field, ok := fields.Get("language_support"); !ok || field.Label["de"] == "" || field.Label["en"] == "" || field.Cluster == "" {
		t.Errorf("language_support: %+v", field)
	}
}

func TestAreasThatContradictThemselves(t *testing.T) {
	cases := []struct {
		name, areas string
		want        []string
	}{
		{"duplicate key and AGS", "- {key: a, name: A, level: stadt, ags: \"05911000\"}\n- {key: a, name: B, level: stadt, ags: \"05911000\"}",
			[]string{"duplicate_key@4:4", "duplicate_ags@4:4"}},
		{"unknown parent", "- {key: a, parent: x, name: A, level: stadt}", []string{"unknown_parent@3:4"}},
		{"circle", "- {key: a, parent: b, name: A, level: stadt}\n- {key: b, parent: a, name: B, level: stadt}",
			[]string{"parent_not_larger@3:4", "parent_not_larger@4:4"}},
		{"within itself", "- {key: a, parent: a, name: A, level: stadt}", []string{"parent_not_larger@3:4"}},
		{"level upside down", "- {key: a, name: A, level: sozialraum}\n- {key: b, parent: a, name: B, level: stadt}", []string{"parent_not_larger@4:4"}},
		{"unknown level", "- {key: a, name: A, level: land}", []string{"unknown_level@3:4"}},
		{"AGS without its zero", "- {key: a, name: A, level: stadt, ags: 5911000}", []string{"bad_ags@3:4"}},
		{"town outside its Kreis", "- {key: a, name: A, level: kreis, ags: \"05562\"}\n- {key: b, parent: a, name: B, level: stadt, ags: \"05911000\"}", []string{"ags_outside_parent@4:4"}},
		{"key with umlaut", "- {key: mülheim, name: A, level: stadt}", []string{"bad_key@3:4"}},
		{"all at once", "- {key: a, nam: A, level: stadt}\n- {key: [b], key: c, name: \"\"}\n- text",
			[]string{"missing_entry@3:4", "unknown_entry@3:12", "missing_entry@4:4", "want_text@4:9", "duplicate_entry@4:14", "want_text@4:28", "want_mapping@5:3"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			areas, found := catalogue.ReadAreas("areas.yaml", []byte("version: \"1\"\nareas:\n"+c.areas+"\n"))
			if got := places(t, found); !slices.Equal(got, c.want) {
				t.Errorf("findings %v, want %v", got, c.want)
			}
			if areas != nil {
				t.Error("areas in spite of fatal findings")
			}
		})
	}
}

func TestFieldsThatContradictThemselves(t *testing.T) {
	const content = `version: "1"
clusters:
  - key: one
    label: {de: Eins, en: One}
    fields:
      - key: a
        label: {de: A}
      - key: Bad Key
        label: {de: B, en: B}
        colour: red
      - key: a
        label: {de: A, en: A}
        description: text
  - key: one
    label: {de: Eins, en: One}
`
	fields, found := catalogue.ReadFields("f.yaml", []byte(content))
	want := []string{"missing_language@7:17", "bad_field_key@8:9", "unknown_entry@10:9", "duplicate_key@11:9", "want_mapping@13:22", "missing_entry@14:5", "duplicate_key@14:5"}
	if got := places(t, found); !slices.Equal(got, want) {
		t.Errorf("findings %v, want %v", got, want)
	}
	if fields != nil {
		t.Error("fields in spite of fatal findings")
	}
}

func TestUnreadableCatalogues(t *testing.T) {
	cases := map[string]struct{ content, want string }{
		"nothing":       {"", "not_one_document@0:0"},
		"two documents": {"a: 1\n---\nb: 2\n", "not_one_document@0:0"},
		"list":          {"- a\n", "want_mapping@1:1"},
		"tab":           {"version: \"1\"\n\tareas: []\n", "not_yaml@2:1"},
		"open bracket":  {"areas: [\n", "not_yaml@1:8"},
		"too large":     {strings.Repeat("# comment\n", 200000), "too_large@0:0"},
		"too deep":      {"a: " + strings.Repeat("[", 100000), "too_large@0:0"},
		"too deep too":  {strings.Repeat("- ", 100000), "too_large@0:0"},
	}
	for name, c := range cases {
		for kind, read := range map[string]func(string, []byte) failure.Findings{
			"areas":  func(f string, b []byte) failure.Findings { _, found := catalogue.ReadAreas(f, b); return found },
			"fields": func(f string, b []byte) failure.Findings { _, found := catalogue.ReadFields(f, b); return found },
		} {
			found := read("x.yaml", []byte(c.content))
			if len(found) != 1 || places(t, found)[0] != c.want || found[0].File != "x.yaml" {
				t.Errorf("%s as %s: %v, want %s", name, kind, places(t, found), c.want)
			}
		}
	}
}

// TestForestsHoldTogether draws forests in any order and checks the relations
// between parents and children from both sides.
func TestForestsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []catalogue.Area
		for i := range rapid.IntRange(0, 30).Draw(t, "areas") {
			level := rapid.IntRange(0, 2).Draw(t, "level")
			area := catalogue.Area{Key: fmt.Sprintf("area-%d", i), Name: "A", Level: catalogue.Levels()[level]}
			var larger []string
			for _, other := range list {
				if slices.Index(catalogue.Levels(), other.Level) < level {
					larger = append(larger, other.Key)
				}
			}
			if len(larger) > 0 && rapid.Bool().Draw(t, "inside") {
				area.Parent = rapid.SampledFrom(larger).Draw(t, "parent")
			}
			list = append(list, area)
		}
		areas, found := catalogue.NewAreas(rapid.Permutation(list).Draw(t, "order"))
		if len(found) > 0 {
			t.Fatal(found)
		}
		if len(areas.All()) != len(list) {
			t.Fatalf("%d areas of %d", len(areas.All()), len(list))
		}
		for _, outer := range list {
			for _, inner := range list {
				below := slices.Contains(keys(areas.Descendants(outer.Key)), inner.Key)
				above := slices.Contains(keys(areas.Ancestors(inner.Key)), outer.Key)
				contains := areas.Contains(outer.Key, inner.Key)
				if below != above || contains != (below || inner.Key == outer.Key) {
					t.Errorf("%s, %s: below %t, above %t, contains %t", outer.Key, inner.Key, below, above, contains)
				}
			}
		}
	})
}

func TestAudiences(t *testing.T) {
	professional := 0
	for _, audience := range catalogue.Audiences() {
		if !audience.Valid() {
			t.Errorf("%s is not valid", audience)
		}
		if audience.Professional() {
			professional++
		}
	}
	if professional != 4 || catalogue.Families.Professional() || catalogue.Audience("pupils").Valid() || catalogue.Audience("").Professional() {
		t.Errorf("%d professional audiences", professional)
	}
}

func FuzzReadCatalogue(f *testing.F) {
	f.Add([]byte("version: \"1\"\nareas:\n  - {key: a, name: A, level: stadt}\n"))
	f.Add([]byte("version: 1\nclusters: [{key: a, label: {de: A, en: A}, fields: [{key: b, label: &x {de: B, en: B}, description: *x}]}]"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if areas, found := catalogue.ReadAreas("x", content); (areas == nil) != found.Fatal() {
			t.Errorf("areas %v with findings %v", areas, found)
		}
		if fields, found := catalogue.ReadFields("x", content); (fields == nil) != found.Fatal() {
			t.Errorf("fields %v with findings %v", fields, found)
		}
	})
}

// TestAreasOfOnesOwn: they are added to the shipped ones, which stay whatever is
// added; one that contradicts them costs no other.
func TestAreasOfOnesOwn(t *testing.T) {
	areas := shippedAreas(t)
	shipped := len(areas.All())
	middle := catalogue.Area{Key: "bochum-mitte", Parent: "bochum", Name: "Mitte", Level: catalogue.Sozialraum}
	if found := areas.Add([]catalogue.Area{middle}); len(found) > 0 || len(areas.All()) != shipped+1 || !areas.Contains("bochum", "bochum-mitte") {
		t.Fatalf("%v, %d areas", found, len(areas.All()))
	}
	if areas.Shipped("bochum-mitte") || !areas.Shipped("bochum") {
		t.Error("shipped and added are mixed up")
	}
	twice := catalogue.Area{Key: "unser-bochum", Name: "Bochum", Level: catalogue.Stadt, AGS: "05911000"}
	lost := catalogue.Area{Key: "nirgends-mitte", Parent: "nirgends", Name: "Mitte", Level: catalogue.Sozialraum}
	found := areas.Add([]catalogue.Area{lost, twice, middle})
	if len(found) < 2 || len(areas.All()) != shipped+1 || areas.Common([]string{"bochum-mitte", "bochum"}) != "bochum" {
		t.Errorf("%v, %d areas", found, len(areas.All()))
	}
	if got := areas.Common([]string{"marl", "herten"}) + areas.Common([]string{"marl", "bochum"}) + areas.Common([]string{"", "marl"}) + areas.Common(nil); got != "kreis-recklinghausen" {
		t.Errorf("in common %q", got)
	}
	bochum, _ := areas.Get("bochum")
	for name, want := range map[string]string{"Mitte": "bochum-mitte-2", "Süd-Ost / Langendreer (Alt)": "bochum-sued-ost-langendreer", "城": "bochum", "": "bochum"} {
		if got := areas.NewKey(bochum, name); got != want && got != want+"-2" {
			t.Errorf("key of %q is %s, want %s", name, got, want)
		}
	}
	if found := areas.Add(nil); len(found) > 0 || len(areas.All()) != shipped {
		t.Errorf("%d areas left", len(areas.All()))
	}
}
