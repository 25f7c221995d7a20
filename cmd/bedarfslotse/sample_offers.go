package main

import (
	"context"
	"strings"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
)

// sampleSource marks everything that was made up.
const sampleSource = "Beispiel für die Vorführung, frei erfunden"

// sampleOffer describes an offer of the demonstration: what is left open is usual.
type sampleOffer struct {
	title, provider, fields, audiences, areas, cost string
	from, to, places, months                        int // months until the funding ends, 0 for permanent
}

// sampleOffers are made up; only the places are real. Providers are schools of the
// register or say that they are examples.
func sampleOffers(schools []string) []sampleOffer {
	return []sampleOffer{
		{"Sprachcafé für Eltern (Beispiel)", "Beispielverein Ankommen e.V.", "language_support parents_participation", "parents", "bochum", "free", 0, 99, 25, 8},
		{"Eltern-Sprachcafé (Beispiel)", "Beispielverein Ankommen", "language_support", "parents", "bochum", "free", 0, 99, 0, 8},
		{"Lernwerkstatt am Nachmittag (Beispiel)", schools[0], "language_support leisure_learning all_day_education", "children_6_to_13", "bochum", "up_to_10", 6, 13, 30, 0},
		{"Hausaufgabenhilfe (Beispiel)", "Beispiel-Jugendhaus Mitte gGmbH", "language_support leisure_learning", "children_6_to_13", "bochum", "free", 8, 14, 20, 14},
		{"Fußball ohne Grenzen (Beispiel)", "Beispielsportverein 1900 e.V.", "leisure_learning", "children_6_to_13 young_people", "bochum marl", "up_to_10", 8, 18, 40, 0},
		{"Lotsen in Ausbildung (Beispiel)", "Beispielwerk für Bildung gGmbH", "vocational_transition counselling", "young_people", "kreis-recklinghausen", "free", 15, 27, 60, 5},
		{"Bildungsberatung für Familien (Beispiel)", "Beispiel-Beratungsstelle Kreis", "counselling family_information", "parents", "kreis-recklinghausen", "free", 0, 99, 0, 0},
		{"Spielgruppe mit Vorlesen (Beispiel)", schools[1], "early_childhood family_languages", "children_under_6", "muelheim-an-der-ruhr", "free", 2, 5, 15, 10},
		{"Trauma-Sprechstunde (Beispiel)", "Beispielpraxis am Markt", "mental_health", "children_6_to_13 young_people", "muelheim-an-der-ruhr", "free", 6, 26, 8, 4},
		{"Dolmetschpool (Beispiel)", "Beispielverein Ankommen e.V.", "interpreters", "parents professionals", "bochum muelheim-an-der-ruhr", "free", 0, 99, 0, 18},
	}
}

// seedOffers fills what the concept starts from with examples that say so: offers,
// a measure, who works with whom, stakeholders and a paper.
func seedOffers(ctx context.Context, actor string, db *store.DB, now time.Time) error {
	schools, _, err := db.FindInstitutions(ctx, store.InstitutionFilter{Areas: []string{"bochum", "muelheim-an-der-ruhr"}, Type: "gesamtschule", Limit: 2})
	if err != nil {
		return err
	}
	names := []string{"Beispielschule Ost", "Beispielschule West"}
	for at, one := range schools {
		names[at] = one.Name
	}
	var offers []store.Kept[baseline.Offer]
	for _, one := range sampleOffers(names) {
		offers = append(offers, store.Kept[baseline.Offer]{Entry: one.offer(now)})
	}
	_, revision, err := db.Offers(ctx)
	if err != nil {
		return err
	}
	if err := db.AddOffers(ctx, account.Entry{Actor: actor, Subject: sampleSource}, revision, offers); err != nil {
		return err
	}
	return seedConcept(ctx, actor, db, now, names)
}

func (s *sampleOffer) offer(now time.Time) baseline.Offer {
	o := baseline.Offer{Title: s.title, Provider: s.provider, Fields: strings.Fields(s.fields), Audiences: strings.Fields(s.audiences), Areas: strings.Fields(s.areas),
		Ages: baseline.Ages{From: s.from, To: s.to}, Languages: []string{"de"}, Cost: s.cost, Start: now.AddDate(-1, 0, 0).Format(time.DateOnly),
		Funding: baseline.FundingPermanent, Status: baseline.OfferRunning, Contact: "beispiel@example.org", Source: sampleSource, Public: true}
	if s.places > 0 {
		o.Places = &s.places
	}
	if s.months > 0 {
		o.Funding, o.FundingEnd = baseline.FundingLimited, now.AddDate(0, s.months, 0).Format(time.DateOnly)
	}
	return o
}

func seedConcept(ctx context.Context, actor string, db *store.DB, now time.Time, schools []string) error {
	entry := account.Entry{Actor: actor}
	_, revision, err := db.Ties(ctx)
	if err != nil {
		return err
	}
	var ties []store.Kept[baseline.Tie]
	for _, pair := range [][3]string{
		{"Beispielverein Ankommen e.V.", schools[0], "weekly"}, {schools[0], "Beispielverein Ankommen", "monthly"},
		{"Beispiel-Jugendhaus Mitte gGmbH", schools[0], "weekly"}, {"Beispiel-Jugendhaus Mitte gGmbH", "Beispielsportverein 1900 e.V.", "several_a_year"},
		{"Beispiel-Beratungsstelle Kreis", "Beispielwerk für Bildung gGmbH", "monthly"},
	} {
		ties = append(ties, store.Kept[baseline.Tie]{Entry: baseline.Tie{From: pair[0], To: pair[1], Frequency: pair[2], Source: sampleSource}})
	}
	if err := db.AddTies(ctx, entry, revision, ties); err != nil {
		return err
	}
	entry.Area = "bochum"
	_, err = db.SaveMeasure(ctx, entry, 0, baseline.Measure{Title: "Mehr Plätze in der Lernwerkstatt (Beispiel)", Field: "language_support", Area: "bochum", Audience: "children_6_to_13",
		Reason: sampleSource, Responsible: "Kommunales Integrationszentrum (Beispiel)", Due: now.AddDate(0, 6, 0).Format(time.DateOnly), Status: baseline.MeasureNew,
		Steps: []baseline.Step{{Text: "Mit der Schule über Räume sprechen", Done: true}, {Text: "Mittel beantragen"}}, Question: "state_language_support"})
	if err != nil {
		return err
	}
	for _, one := range []baseline.Stakeholder{
		{Name: "Jugendhilfeausschuss (Beispiel)", Interest: 4, Influence: 5, Stance: "open", Contact: "Koordination"},
		{Name: "Schulleitungskonferenz (Beispiel)", Interest: 5, Influence: 3, Stance: "supports", Contact: "Koordination"},
	} {
		one.Area, one.Note = "bochum", sampleSource
		if _, err := db.SaveStakeholder(ctx, entry, 0, one); err != nil {
			return err
		}
	}
	_, err = db.SaveDocument(ctx, entry, 0, baseline.Document{Title: "Integrationskonzept (Beispiel)", Issuer: "Rat der Stadt (Beispiel)", Year: now.Year() - 6, Area: "bochum",
		Fields: []string{"language_support", "coordination"}, Note: sampleSource})
	if err != nil {
		return err
	}
	return seedQuestions(ctx, entry, db, now)
}
