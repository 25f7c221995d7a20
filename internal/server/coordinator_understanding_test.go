package server

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testbrowser"
)

// stated is a desk with a wave of statements that the schools of two towns have
// answered: of the first both think the same, of the second the opposite, and the
// third splits one of them.
func stated(t *testing.T) *testDesk {
	t.Helper()
	d := newTestDesk(t)
	d.person(t, "anna", account.Grant{Role: account.Administrator})
	ctx := context.Background()
	wave, err := d.db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "statements", Area: above, K: 5, Purpose: "Ausgangslage"}, shipped(t, "shared_understanding"))
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string][3][]int{own: {{4, 4, 4, 3}, {4, 4, 3, 3}, {0, 4, 0, 4}}, foreign: {{4, 4, 3, 4}, {0, 0, 1, 1}, {3, 3, 4, 3}}}
	if _, err := d.db.Import(ctx, "anna", wave, store.File{Name: "a.csv"}, func(yield func(store.Imported, error) bool) {
		for area, given := range answers {
			for i := range 20 {
				one := response.New(wave.Version)
				for at, choices := range given {
					element := wave.Version.Element(statementsOf(wave)[at])
					one.Top().Set(element, element.Choices.Choices[choices[i%4]].Name)
				}
				one.Settle(d.now, true)
				if !yield(store.Imported{ExternalID: fmt.Sprint(area, i), Language: "de", Answers: one, Carried: fieldwork.Carried{Area: area, InstitutionType: "grundschule"}}, nil) {
					return
				}
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestUnderstanding sorts statements by how groups stand to them.
func TestUnderstanding(t *testing.T) {
	d := stated(t)
	anna := d.sign(t, "anna")
	ctx := context.Background()
	wave := must(d.db.Wave(ctx, "statements"))(t)
	names := statementsOf(wave)
	if got := anna.get("/manage/waves/statements/explore?question=" + names[0]).Body.String(); !strings.Contains(got, "How far do they agree?") ||
		!strings.Contains(got, "All: 0.") || !strings.Contains(got, "/manage/waves/statements/understanding") {
		t.Error("the explorer says nothing of the consensus, or does not lead on")
	}
	if got := anna.get("/manage/waves/statements/understanding").Code; got != http.StatusForbidden {
		t.Errorf("before the release: %d", got)
	}
	if err := d.db.ReleaseWave(ctx, "anna", wave); err != nil {
		t.Fatal(err)
	}
	page := anna.get("/manage/waves/statements/understanding?by=area").Body.String()
	at := func(words string) int { return strings.Index(page, words) }
	titles := make([]int, 3)
	for i, name := range names[:3] {
		titles[i] = at("question=" + name + "\"")
	}
	contested, split, shared, open := at("Contested between groups"), at("Split within groups"), at("Shared agreement<"), at(">Open<")
	if !(0 < contested && contested < titles[1] && titles[1] < split && split < titles[2] && titles[2] < shared && shared < titles[0] && titles[0] < open) {
		t.Errorf("contested %d, split %d, shared %d, open %d; statements %v", contested, split, shared, open, titles)
	}
	if !strings.Contains(page, "Stadt and Andere Stadt differ clearly") && !strings.Contains(page, "Andere Stadt and Stadt differ clearly") {
		t.Error("nobody is said to differ")
	}
	for address, want := range map[string]int{"?by=nothing": 422, "?by=language": 200, "?by=institution_type&lang=de": 200} {
		if got := anna.get("/manage/waves/statements/understanding" + address).Code; got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
}

// TestBrowserUnderstanding looks at the statements on a phone and at a desk.
func TestBrowserUnderstanding(t *testing.T) {
	t.Parallel()
	d := stated(t)
	if err := d.db.ReleaseWave(context.Background(), "anna", must(d.db.Wave(context.Background(), "statements"))(t)); err != nil {
		t.Fatal(err)
	}
	address := listen(t, d.testServer)
	for name, size := range map[string]testbrowser.Option{"small": testbrowser.Small, "desktop": testbrowser.Desktop} {
		p := testbrowser.New(t, size, testbrowser.Language("de"))
		signInto(p, address, "anna")
		p.Open(address + "/manage/waves/statements/understanding?by=area&lang=de")
		look(t, p, "understanding "+name)
		p.CheckBarriers()
		if wide := p.Sideways(); wide > 0 {
			t.Errorf("the page is %d px too wide", wide)
		}
	}
}
