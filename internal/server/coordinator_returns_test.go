package server

import (
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// returnsOf reads the file of returns: counts by "table key".
func returnsOf(t *testing.T, v *visit, slug string) map[string]string {
	t.Helper()
	file := v.get("/manage/waves/" + slug + "/returns.csv")
	if file.Code != 200 {
		t.Fatalf("the file: %d", file.Code)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]string{}
	for _, row := range rows[1:] {
		counts[row[0]+" "+row[2]] = row[3]
	}
	return counts
}

// TestReturnsOfProfessionalsAndFamilies: of schools each answer counts at once;
// of families nothing below k is told, by page or file.
func TestReturnsOfProfessionalsAndFamilies(t *testing.T) {
	d := newTestDesk(t)
	ctx := context.Background()
	d.person(t, "carla", account.Grant{Role: account.Coordinator, Area: own})
	v := d.sign(t, "carla")
	must(0, d.db.PutInstitutions(ctx, "anna", []fieldwork.Institution{
		{Number: "1", Name: "Schule eins", Type: "gymnasium", TypeLabel: "Gymnasium", Area: own},
		{Number: "2", Name: "Schule zwei", Type: "gymnasium", TypeLabel: "Gymnasium", Area: inside}}))(t)
	for _, id := range []string{"schools", "families"} {
		wave := must(d.db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: id, Area: own, K: 5, Institutions: true}, shipped(t, id)))(t)
		for number, area := range map[string]string{"1": own, "2": inside} {
			code := must(d.db.CreateCodes(ctx, "anna", wave, fieldwork.Carried{Area: area, InstitutionType: "gymnasium", Institution: number}, true, 1))(t)[0]
			if number == "1" {
				d.respond(t, wave, code, "de", 0, 3)
			}
		}
	}
	schools := returnsOf(t, v, "schools")
	if schools["institution 1"] != "3" || schools["institution 2"] != "0" || schools["area "+own] != "3" || schools["day 2026-03-10"] != "3" {
		t.Errorf("of schools %v", schools)
	}
	if page := v.get("/manage/waves/schools/returns").Body.String(); !strings.Contains(page, "3 responses") || !strings.Contains(page, "Schule zwei") {
		t.Error("the page of schools does not list them")
	}
	for key, count := range returnsOf(t, v, "families") {
		if count != "" {
			t.Errorf("of three families the file tells %s: %s", key, count)
		}
	}
	page := v.get("/manage/waves/families/returns").Body.String()
	if !strings.Contains(page, "fewer than 5") || strings.Contains(page, ">3<") || strings.Contains(page, ">0<") {
		t.Error("the page of families tells how many they are")
	}
}

// TestReturnsSumUpStrata: an area's population is that of its strata; where one
// of them is not known, there is none.
func TestReturnsSumUpStrata(t *testing.T) {
	v := &returnsView{wave: &store.LiveWave{}, strata: []fieldwork.Stratum{
		{Area: "a", InstitutionType: "x", Population: 30, Target: 5}, {Area: "a", InstitutionType: "y", Population: 20}, {Area: "b", InstitutionType: "x"}}}
	got := []fieldwork.Stratum{v.stratum(fieldwork.Stratum{Area: "a"}), v.stratum(fieldwork.Stratum{InstitutionType: "x"}), v.stratum(fieldwork.Stratum{Area: "c"}), v.stratum(fieldwork.Stratum{})}
	want := []fieldwork.Stratum{{Area: "a", Population: 50}, {InstitutionType: "x"}, {Area: "c"}, {}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
