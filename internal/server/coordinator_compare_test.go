package server

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// TestCompare puts two waves of the same survey side by side, and two audiences.
func TestCompare(t *testing.T) {
	d := explored(t)
	ctx := context.Background()
	cem := d.sign(t, "cem")
	if got := cem.get("/manage/waves/town/compare"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "no other wave") {
		t.Errorf("alone: %d", got.Code)
	}
	d.answered(t, "later", "families", 2)
	d.answered(t, "staff", "schools", 2)
	page := cem.get("/manage/waves/later/compare?with=town").Body.String()
	for _, want := range []string{"The same questions in two waves", "Learning German (importance)", "without being linked", "wide.svg", "95% interval", "differ<", "Hedges"} {
		if !strings.Contains(page, want) {
			t.Errorf("two waves: the page lacks %q", want)
		}
	}
	audiences := cem.get("/manage/waves/staff/compare?with=town").Body.String()
	for _, want := range []string{"two audiences", "Families", "School", "figures.csv"} {
		if !strings.Contains(audiences, want) {
			t.Errorf("two audiences: the page lacks %q", want)
		}
	}
	if strings.Contains(audiences, "without being linked") || strings.Contains(page, "two audiences") {
		t.Error("the pages are mixed up")
	}
	for _, name := range []string{"wide.svg", "narrow.dark.svg", "chart.png", "slide.png", "figures.csv"} {
		if got := cem.get("/manage/waves/later/compare/" + name + "?with=town&lang=de"); got.Code != http.StatusOK || got.Body.Len() < 100 {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	table, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(cem.get("/manage/waves/later/compare/figures.csv?with=town").Body.Bytes(), []byte("\ufeff")))).ReadAll()
	if err != nil || len(table) < 5 || table[0][0] != "Question" || len(table[1]) != 15 {
		t.Errorf("the table: %v %v", err, table)
	}
	for _, address := range []string{"/manage/waves/town/compare?with=nothing", "/manage/waves/town/compare?with=town", "/manage/waves/town/compare/wide.svg?with=nothing"} {
		if got := cem.get(address).Code; got != http.StatusNotFound {
			t.Errorf("%s: %d", address, got)
		}
	}
	// Once both have weights, both are weighted.
	d.weigh(t)
	if strings.Contains(cem.get("/manage/waves/later/compare?with=town").Body.String(), "Both waves are weighted") {
		t.Error("only one wave has weights")
	}
	d.weighWave(t, "later")
	if page := cem.get("/manage/waves/later/compare?with=town").Body.String(); !strings.Contains(page, "Both waves are weighted") {
		t.Error("both waves have weights")
	}
	// Other waves than those one may read are not named.
	d.person(t, "lea", account.Grant{Role: account.Viewer, Area: own})
	if _, err := d.db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "mine", Area: own, K: 5, Purpose: "Ausgangslage"}, shipped(t, "families")); err != nil {
		t.Fatal(err)
	}
	if got := d.sign(t, "lea").get("/manage/waves/mine/compare?with=town"); got.Code != http.StatusNotFound {
		t.Errorf("a wave of the county, to somebody of the town: %d", got.Code)
	}
}

// TestAudiencesAreOneFamily: p of two audiences is adjusted for the differences to a
// third as well, as all pairs of audiences and items are one family.
func TestAudiencesAreOneFamily(t *testing.T) {
	d := explored(t)
	ctx := context.Background()
	d.answered(t, "staff", "schools", 2)
	d.answered(t, "work", "youth_services", 4)
	wave := func(slug string) *store.LiveWave {
		one, err := d.db.Wave(ctx, slug)
		if err != nil {
			t.Fatal(err)
		}
		return one
	}
	staff, town, work := wave("staff"), wave("town"), wave("work")
	compare := func(readable ...*store.LiveWave) *comparison {
		made, err := d.compareWaves(ctx, staff, town, readable)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	two, three := compare(town), compare(town, work)
	if two.groups != 2 || three.groups != 3 || len(two.items) != len(three.items) || three.tests <= two.tests {
		t.Fatalf("between %d and %d: %d and %d differences, %d and %d shown", two.groups, three.groups, two.tests, three.tests, len(two.items), len(three.items))
	}
	tested, otherwise := 0, 0
	for at := range two.items {
		for i, one := range two.items[at].differences {
			other := three.items[at].differences[i]
			if one.P == nil {
				continue
			}
			if *one.P != *other.P || one.Value.Value != other.Value.Value {
				t.Errorf("%s: the difference itself became another", two.items[at].element.Name)
			}
			tested++
			if *one.Adjusted != *other.Adjusted {
				otherwise++
			}
		}
	}
	if tested == 0 || otherwise == 0 {
		t.Errorf("of %d tests %d were adjusted otherwise", tested, otherwise)
	}
	page := d.sign(t, "cem").get("/manage/waves/staff/compare?with=town").Body.String()
	if want := fmt.Sprintf("all %d differences between 3 audiences", three.tests); !strings.Contains(page, want) {
		t.Errorf("the page does not say %q", want)
	}
}

// TestSameMeasureByYesAndNo: needs asked for by yes and no are the same item for two
// audiences where their choices are.
func TestSameMeasureByYesAndNo(t *testing.T) {
	schools, services := shipped(t, "schools"), shipped(t, "youth_services")
	twin := sameMeasure(services, schools.Element("need_counselling"))
	if twin == nil || twin.Name != "need_counselling" {
		t.Errorf("%+v", twin)
	}
	if twin := sameMeasure(shipped(t, "families"), schools.Element("need_counselling")); twin != nil {
		t.Errorf("families are asked %s", twin.Name)
	}
}
