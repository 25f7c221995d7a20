package main

import (
	"context"
	"fmt"
	"time"

	"bedarfslotse/data"
	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// suggestedIndicators returns the shipped catalogue of indicators.
func suggestedIndicators(fields *catalogue.Fields) ([]catalogue.Suggestion, error) {
	content, err := data.Files.ReadFile(data.Indicators)
	if err != nil {
		return nil, fmt.Errorf("read indicators: %w", err)
	}
	list, findings := baseline.Suggestions(data.Indicators, content, fields)
	if findings.Fatal() {
		return nil, findings
	}
	return list, nil
}

// seedIndicators gives the demonstration the real figures of schools, and a few
// indicators with made-up figures and targets that say that they are.
func seedIndicators(ctx context.Context, actor string, db *store.DB, now time.Time) error {
	known, err := areas(ctx, db)
	if err != nil {
		return err
	}
	if err := seedSchoolFigures(ctx, actor, db, known); err != nil {
		return err
	}
	fields, err := fieldsOfAction()
	if err != nil {
		return err
	}
	suggestions, err := suggestedIndicators(fields)
	if err != nil {
		return err
	}
	for _, one := range sampleIndicators() {
		for _, suggestion := range suggestions {
			if suggestion.Key == one.key {
				if err := db.SaveIndicator(ctx, actor, baseline.Suggested(suggestion, "de")); err != nil {
					return err
				}
			}
		}
		if err := one.seed(ctx, actor, db, now); err != nil {
			return fmt.Errorf("%s: %w", one.key, err)
		}
	}
	return nil
}

// seedSchoolFigures loads pupils and social index by town and school type, with
// the line that their licence asks for.
func seedSchoolFigures(ctx context.Context, actor string, db *store.DB, known *catalogue.Areas) error {
	content, err := data.Files.ReadFile(data.SchoolFigures)
	if err != nil {
		return err
	}
	indicators, err := baseline.ReadIndicators(content, data.SchoolFigures)
	if err != nil {
		return err
	}
	for _, one := range indicators {
		if err := db.SaveIndicator(ctx, actor, one); err != nil {
			return err
		}
	}
	reader := baseline.IndicatorReader{Areas: known, Indicators: indicators}
	preview, err := tabular.Inspect(content, data.SchoolFigures, tabular.Reading{}, reader.Targets(), 0)
	if err != nil {
		return err
	}
	read, err := reader.Take(content, data.SchoolFigures, preview.Reading, tabular.Guess(reader.Targets(), preview.Header, preview.Rows))
	if err != nil {
		return err
	}
	source := read.Source
	source.Title = "Amtliche Schuldaten und Schulsozialindex, Schuljahr 2024/25; Daten bearbeitet"
	source.Publisher, source.Licence = "IT.NRW; Ministerium für Schule und Bildung NRW", "dl-de/by-2-0 (www.govdata.de/dl-de/by-2-0)"
	figures := make([]store.Figure, len(read.Values))
	for at, one := range read.Values {
		figures[at] = store.Figure{Indicator: one.Indicator, Value: one.Value}
	}
	entry := account.Entry{Actor: actor, Action: account.FiguresImported, Subject: data.SchoolFigures, Effect: account.Effect("count", len(figures))}
	return db.PutFigures(ctx, entry, store.AnyIndicators, source, figures)
}

// sampleIndicator is an indicator of the catalogue with made-up figures.
type sampleIndicator struct {
	key    string
	values map[string][]float64 // by area, of the last full years
	goals  map[string]float64   // by area
}

func sampleIndicators() []sampleIndicator {
	return []sampleIndicator{
		{"language_support_need", map[string][]float64{"bochum": {31.2, 29.8, 27.5}, "muelheim-an-der-ruhr": {28.4, 29.1, 30.2}, "recklinghausen": {33, 32.1, 31.7}, "marl": {34.5, 33, 29.4}},
			map[string]float64{"bochum": 22, "muelheim-an-der-ruhr": 24}},
		{"placement_waiting_days", map[string][]float64{"bochum": {48, 41, 36}, "muelheim-an-der-ruhr": {39, 35, 27}, "recklinghausen": {52, 55, 44}},
			map[string]float64{"bochum": 20, "muelheim-an-der-ruhr": 28}},
		{"care_places_per_100", map[string][]float64{"bochum": {91.5, 92.3, 92.6}, "muelheim-an-der-ruhr": {93, 94.2, 95.1}, "marl": {88, 89.5, 91.2}},
			map[string]float64{"bochum": 98, "muelheim-an-der-ruhr": 98}},
		{"school_social_work_ratio", map[string][]float64{"bochum": {640, 655, 672}, "muelheim-an-der-ruhr": {590, 575, 560}},
			map[string]float64{"bochum": 500}},
	}
}

// seed stores the figures and targets of an indicator.
func (i sampleIndicator) seed(ctx context.Context, actor string, db *store.DB, now time.Time) error {
	years, last := 0, func(year int) string { return fmt.Sprintf("%d-12-31", year) }
	var figures []store.Figure
	first := now.Year()
	for area, values := range i.values {
		years = len(values)
		first = now.Year() - years
		for at, value := range values {
			figures = append(figures, store.Figure{Indicator: i.key, Value: baseline.Value{Area: area, Period: fmt.Sprint(first + at), Day: last(first + at), Value: value}})
		}
	}
	entry := account.Entry{Actor: actor, Action: account.FiguresImported, Subject: i.key, Effect: account.Effect("count", len(figures), "sample", true)}
	source := baseline.Source{Title: "Beispielwerte für die Vorführung, erfunden", Day: last(first + years - 1)}
	if err := db.PutFigures(ctx, entry, store.AnyIndicators, source, figures); err != nil {
		return err
	}
	for area, goal := range i.goals {
		target := baseline.Target{Area: area, Baseline: i.values[area][0], BaselineDay: last(first), Goal: goal, Due: last(now.Year() + 3), Note: "Beispielziel für die Vorführung, erfunden"}
		if err := db.SetTarget(ctx, actor, i.key, target); err != nil {
			return err
		}
	}
	return nil
}
