package store_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
	"bedarfslotse/internal/testpostgres"
)

func someOffer() baseline.Offer {
	return baseline.Offer{Title: "Lernwerkstatt", Provider: "Jugendhaus e.V.", Fields: []string{"language_support", "leisure_learning"},
		Audiences: []string{"young_people"}, Ages: baseline.Ages{From: 12, To: 99}, Areas: []string{"bochum", "marl"}, Places: number(15),
		Languages: []string{"de", "ar"}, Cost: "free", Start: "2025-01-01", End: "2027-12-31", Funding: "limited", FundingEnd: "2026-12-31",
		Status: baseline.OfferRunning, Contact: "info@example.org", Source: "Liste", Confirmed: "2026-01-05", Public: true}
}

func by(name, area string) account.Entry { return account.Entry{Actor: name, Area: area} }

// actions are those of the audit log, the newest first.
func actions(t *testing.T, db *store.DB) (all []account.Action) {
	t.Helper()
	lines, err := db.AuditLog(context.Background(), 0, 100, func(string) bool { return true })
	must(t, err)
	for _, line := range lines {
		all = append(all, line.Action)
	}
	return all
}

// TestOffersAreKept: an offer comes back as it was stored, nobody overwrites what
// they have not seen, and everything is audited.
func TestOffersAreKept(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		want := someOffer()
		id, err := db.SaveOffer(ctx, by("anna", "bochum"), 0, want)
		must(t, err)
		want.ID = id
		bare := baseline.Offer{Title: "Ferienspiele", Provider: "Stadt", Fields: []string{"leisure_learning"}, Areas: []string{"marl"}, Ages: baseline.EveryAge(), Status: baseline.OfferPlanned}
		_, err = db.SaveOffer(ctx, by("anna", "marl"), 0, bare)
		must(t, err)
		all, revision, err := db.Offers(ctx)
		if err != nil || revision != 2 || len(all) != 2 || all[0].Entry.Title != "Ferienspiele" || all[0].Entry.Places != nil || !reflect.DeepEqual(all[1], store.Kept[baseline.Offer]{Entry: want, Revision: 1}) {
			t.Fatalf("%+v at %d, %v", all, revision, err)
		}
		for day, count := range map[string]int{"2024-12-31": 0, "2025-01-01": 1, "2027-12-31": 1, "2028-01-01": 0} {
			if running, err := db.OffersOn(ctx, day); err != nil || len(running) != count || count == 1 && !reflect.DeepEqual(running[0], want) {
				t.Errorf("on %s: %+v, %v", day, running, err)
			}
		}
		want.Title = "Lernwerkstatt Nord"
		_, err = db.SaveOffer(ctx, by("anna", "bochum"), 1, want)
		must(t, err)
		_, err = db.SaveOffer(ctx, by("ben", "bochum"), 1, want)
		wantCode(t, err, failure.Conflict)
		wantCode(t, db.RemoveOffer(ctx, by("ben", "bochum"), 1, id), failure.Conflict)
		must(t, db.RemoveOffer(ctx, by("anna", "bochum"), 2, id))
		_, err = db.SaveOffer(ctx, by("ben", "bochum"), 2, want)
		wantCode(t, err, failure.NotFound)
		wantCode(t, db.RemoveOffer(ctx, by("ben", "bochum"), 2, id), failure.NotFound)
		if got := actions(t, db); !slices.Equal(got, []account.Action{account.OfferRemoved, account.OfferChanged, account.OfferAdded, account.OfferAdded}) {
			t.Errorf("audited %v", got)
		}
	})
}

// TestOffersAreImportedAndMerged: a list comes in as a whole or not at all, and of
// two offers one is made, to which everything leads.
func TestOffersAreImportedAndMerged(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		first, second := someOffer(), someOffer()
		second.Title = "Lern-Werkstatt"
		must(t, db.AddOffers(ctx, by("anna", ""), 0, []store.Kept[baseline.Offer]{{Entry: first}, {Entry: second}}))
		wantCode(t, db.AddOffers(ctx, by("ben", ""), 0, []store.Kept[baseline.Offer]{{Entry: first}}), failure.Conflict)
		all, revision, err := db.Offers(ctx)
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		gone := all[0]
		gone.Revision = 7
		wantCode(t, db.AddOffers(ctx, by("ben", ""), revision, []store.Kept[baseline.Offer]{{Entry: first}, gone}), failure.Conflict)
		measure, err := db.SaveMeasure(ctx, by("anna", "bochum"), 0, baseline.Measure{Title: "Mehr Plätze", Field: "language_support", Area: "bochum",
			Responsible: "Jugendamt", Status: baseline.MeasureContinue, Offer: all[0].Entry.ID, Steps: []baseline.Step{{Text: "Fragen", Done: true}}})
		must(t, err)
		merged := all[1].Entry.Merge(all[0].Entry)
		wantCode(t, db.MergeOffers(ctx, by("anna", ""), 1, merged, gone), failure.Conflict)
		must(t, db.MergeOffers(ctx, by("anna", ""), 1, merged, all[0]))
		if left, _, err := db.Offers(ctx); err != nil || len(left) != 1 || left[0].Entry.ID != merged.ID || left[0].Revision != 2 {
			t.Errorf("left %+v, %v", left, err)
		}
		if kept, err := db.Measure(ctx, measure); err != nil || kept.Entry.Offer != merged.ID || !kept.Entry.Steps[0].Done {
			t.Errorf("the measure is %+v, %v", kept, err)
		}
	})
}

// TestProvidersAnswerOnce: a link is good once, for ninety days, and a later one
// takes its place.
func TestProvidersAnswerOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		id, err := db.SaveOffer(ctx, by("anna", "bochum"), 0, someOffer())
		must(t, err)
		ask := func() string {
			secret, err := db.AskProvider(ctx, by("anna", "bochum"), id)
			must(t, err)
			return secret
		}
		old, secret := ask(), ask()
		_, err = db.AskedOffer(ctx, old)
		wantCode(t, err, failure.Gone)
		if asked, err := db.OffersAsked(ctx); err != nil || asked[id] != "2026-03-02" {
			t.Errorf("asked %v, %v", asked, err)
		}
		confirm := func(o baseline.Offer) (baseline.Offer, error) {
			o.Confirmed, o.Places = "2026-03-02", nil
			return o, nil
		}
		refuse := failure.New(failure.Invalid, "offers.problem.day")
		wantCode(t, db.AnswerProvider(ctx, secret, "bochum", func(o baseline.Offer) (baseline.Offer, error) { return o, refuse }), failure.Invalid)
		must(t, db.AnswerProvider(ctx, secret, "bochum", confirm))
		wantCode(t, db.AnswerProvider(ctx, secret, "bochum", confirm), failure.Gone)
		if one, err := db.Offer(ctx, id); err != nil || one.Entry.Confirmed != "2026-03-02" || one.Entry.Places != nil || one.Revision != 2 {
			t.Errorf("%+v, %v", one, err)
		}
		late := ask()
		at.advance(91 * 24 * time.Hour)
		wantCode(t, db.AnswerProvider(ctx, late, "bochum", confirm), failure.Gone)
		lines, err := db.AuditLog(ctx, 0, 2, func(string) bool { return true })
		if err != nil || lines[1].Action != account.OfferConfirmed || lines[1].Actor != account.Linked {
			t.Errorf("audited %+v, %v", lines, err)
		}
	})
}

func youthServices(t *testing.T) *survey.Version {
	t.Helper()
	s, findings, err := survey.ReadDir(os.DirFS(filepath.Join(testinput.Root(t), "surveys")), "youth_services")
	if err != nil || findings.Fatal() {
		t.Fatal(findings, err)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	return version
}

// TestStatedOffersAreTakenOnce: what an institution said in the shipped survey is
// read, and each of its offers is decided on once, even by two people at a time.
func TestStatedOffersAreTakenOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave, err := db.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: "youth", K: 5, Area: "bochum"}, youthServices(t))
		must(t, err)
		one := submission(t, wave, id(1), map[string][]string{"work_area": {"youth_work"}, "institution_consent": {"OK"}, "institution_name": {"Jugendhaus"},
			"offers[0].offer_title": {"Lernwerkstatt"}, "offers[0].offer_fields": {"language_support", "counselling"}, "offers[0].offer_places": {"12"},
			"offers[1].offer_title": {"Fußball"}, "partners[0].partner_name": {"Schule"}, "partners[0].partner_frequency": {"weekly"}})
		one.Institution = "Jugendhaus"
		if _, err := db.Accept(ctx, wave, one); err != nil {
			t.Fatal(err)
		}
		statements, err := db.Statements(ctx)
		if err != nil || len(statements) != 1 || len(statements[0].Offers) != 2 || len(statements[0].Partners) != 1 || statements[0].Name != "Jugendhaus" ||
			statements[0].Area != "bochum" || statements[0].WaveID != wave.ID || *statements[0].Offers[0].Offer.Places != 12 {
			t.Fatalf("%+v, %v", statements, err)
		}
		decision := store.Decision{Wave: wave.ID, Statement: statements[0].ID, Stated: statements[0].Offers[0].Key}
		offer := statements[0].Offers[0].Offer
		offer.Areas = []string{"bochum"}
		taken, err := db.TakeOffer(ctx, by("anna", "bochum"), decision, 0, offer)
		must(t, err)
		_, err = db.TakeOffer(ctx, by("ben", "bochum"), decision, 0, offer)
		wantCode(t, err, failure.Conflict)
		wantCode(t, db.DeclineOffer(ctx, by("ben", "bochum"), decision, offer.Title), failure.Conflict)
		second := decision
		second.Stated = statements[0].Offers[1].Key
		must(t, db.DeclineOffer(ctx, by("ben", "bochum"), second, "Fußball"))
		decisions, err := db.OfferDecisions(ctx)
		if err != nil || len(decisions) != 2 {
			t.Fatalf("%+v, %v", decisions, err)
		}
		all, _, err := db.Offers(ctx)
		if err != nil || len(all) != 1 || all[0].Entry.ID != taken {
			t.Errorf("%+v, %v", all, err)
		}
		if got := actions(t, db)[:2]; !slices.Equal(got, []account.Action{account.OfferDeclined, account.OfferTaken}) {
			t.Errorf("audited %v", got)
		}
	})
}

// TestRegistersOfTheConcept: measures, stakeholders, documents and ties come back
// as they were stored.
func TestRegistersOfTheConcept(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		measure := baseline.Measure{Title: "Mehr Plätze", Field: "health", Area: "bochum", Audience: "parents", Reason: "Lücke", Responsible: "Jugendamt",
			Steps: []baseline.Step{{Text: "Fragen", Done: true}, {Text: "Planen"}}, Due: "2026-12-01", Status: baseline.MeasurePermanent, Indicator: "places", Question: "need_health"}
		person := baseline.Stakeholder{Name: "Schulamt", Area: "bochum", Interest: 4, Influence: 5, Stance: "open", Contact: "Anna", Note: "fragt nach Zahlen"}
		paper := baseline.Document{Title: "Integrationskonzept", Issuer: "Rat", Year: 2019, Area: "bochum", Fields: []string{"health"}, Link: "https://example.org/a.pdf", Note: "wird erneuert"}
		tie := baseline.Tie{From: "Jugendhaus", To: "Schule", Frequency: "weekly", Kind: "school", Area: "bochum", Source: "Liste"}
		var err error
		measure.ID, err = db.SaveMeasure(ctx, by("anna", "bochum"), 0, measure)
		must(t, err)
		person.ID, err = db.SaveStakeholder(ctx, by("anna", "bochum"), 0, person)
		must(t, err)
		paper.ID, err = db.SaveDocument(ctx, by("anna", "bochum"), 0, paper)
		must(t, err)
		tie.ID, err = db.SaveTie(ctx, by("anna", "bochum"), 0, tie)
		must(t, err)
		measures, err := db.Measures(ctx)
		must(t, err)
		people, err := db.Stakeholders(ctx)
		must(t, err)
		papers, err := db.Documents(ctx)
		must(t, err)
		ties, revision, err := db.Ties(ctx)
		must(t, err)
		if len(measures) != 1 || len(people) != 1 || len(papers) != 1 || len(ties) != 1 || revision != 1 ||
			!reflect.DeepEqual(measures[0].Entry, measure) || people[0].Entry != person || !reflect.DeepEqual(papers[0].Entry, paper) || ties[0].Entry != tie {
			t.Errorf("%+v %+v %+v %+v", measures, people, papers, ties)
		}
		must(t, db.AddTies(ctx, by("anna", ""), revision, []store.Kept[baseline.Tie]{{Entry: baseline.Tie{From: "a", To: "b"}}, ties[0]}))
		wantCode(t, db.AddTies(ctx, by("anna", ""), revision, nil), failure.Conflict)
		must(t, db.RemoveMeasure(ctx, by("anna", "bochum"), 1, measure.ID))
		must(t, db.RemoveStakeholder(ctx, by("anna", "bochum"), 1, person.ID))
		must(t, db.RemoveDocument(ctx, by("anna", "bochum"), 1, paper.ID))
		must(t, db.RemoveTie(ctx, by("anna", "bochum"), 2, tie.ID))
		lines, err := db.AuditLog(ctx, 0, 100, func(string) bool { return true })
		must(t, err)
		for _, line := range lines {
			if line.Subject == person.Name {
				t.Error("the audit log names a stakeholder")
			}
		}
		if got := len(lines); got != 9 {
			t.Errorf("%d lines audited", got)
		}
	})
}

// TestDirectoryIsClosed until somebody opens it.
func TestDirectoryIsClosed(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		if d, err := db.Directory(ctx); err != nil || d.Open {
			t.Errorf("%+v, %v", d, err)
		}
		for _, want := range []store.Directory{{Open: true, Languages: []string{"de", "ar"}}, {Open: true, Waves: true}, {}} {
			must(t, db.SetDirectory(ctx, "anna", want))
			must(t, db.SetDirectory(ctx, "anna", want)) // again: nothing to tell
			if d, err := db.Directory(ctx); err != nil || d.Open != want.Open || d.Waves != want.Waves || !slices.Equal(d.Languages, want.Languages) {
				t.Errorf("%+v, %v", d, err)
			}
		}
		if got := len(actions(t, db)); got != 3 {
			t.Errorf("%d lines audited", got)
		}
	})
}
