package main

import (
	"context"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
)

// seedQuestions fills what answers the guiding questions with examples that say so:
// notes, the concept's record and one answer in own words.
func seedQuestions(ctx context.Context, entry account.Entry, db *store.DB, now time.Time) error {
	day := func(months int) string { return now.AddDate(0, -months, 0).Format(time.DateOnly) }
	for _, one := range []baseline.Note{
		{Kind: baseline.WorkshopNote, Title: "Auftakt mit Trägern (Beispiel)", Day: day(3), Fields: []string{"coordination"}, Questions: []int{baseline.WhichNetworks, baseline.WhichExperience},
			Text: "Die Träger kennen die Angebote der anderen kaum. Alle wünschen sich eine Stelle, die den Überblick behält."},
		{Kind: baseline.ClassNote, Title: "Gespräch in einer Willkommensklasse (Beispiel)", Day: day(2), Fields: []string{"leisure_learning", "language_support"},
			Questions: []int{baseline.NewlyArrived, baseline.WhichExperience}, Text: "Die Jugendlichen möchten nachmittags mit anderen Deutsch sprechen. Viele wissen nicht, wo sie Sport machen können."},
		{Kind: baseline.GoodPractice, Title: "Lotsen an Grundschulen (Beispiel)", Day: day(1), Fields: []string{"family_information"}, Questions: []int{baseline.WhichMeasures, baseline.WhichExperience},
			Text: "Eine Nachbarstadt bildet Eltern zu Lotsen aus, die neue Familien im ersten Jahr begleiten."},
	} {
		one.Area, one.Source = entry.Area, sampleSource
		if _, err := db.SaveNote(ctx, entry, 0, one); err != nil {
			return err
		}
	}
	_, err := db.SaveConcept(ctx, entry, 0, baseline.Concept{Area: entry.Area, Client: "Rat der Stadt (Beispiel)", Ordered: day(9), Reference: sampleSource,
		Lead: "Kommunales Integrationszentrum (Beispiel)", Steering: "Jugendamt, Schulverwaltung, Schulaufsicht und zwei Träger (Beispiel)", Neighbours: "Sozialplanung (Beispiel)\nBildungsbericht (Beispiel)"})
	if err != nil {
		return err
	}
	return db.SaveOwnWords(ctx, entry, 0, baseline.OwnWords{Area: entry.Area, Question: baseline.WhichConcepts,
		Text: "*" + sampleSource + ".* Es gibt ein Integrationskonzept. Es ist älter als fünf Jahre und nennt **keine Ziele**, die man messen kann."})
}
