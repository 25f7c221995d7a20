package baseline

import (
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/tabular"
)

// Keys of the things that a table can tell of indicators.
const (
	FieldIndicator   = "indicator"
	FieldArea        = "area"
	FieldPeriod      = "period"
	FieldDay         = "day"
	FieldValue       = "value"
	FieldUnit        = "unit"
	FieldNumerator   = "numerator"
	FieldDenominator = "denominator"
	FieldDecimal     = "decimal"
	FieldTitle       = "source_title"
	FieldPublisher   = "publisher"
	FieldLicence     = "licence"
)

// Signs that somebody can choose to stand before decimals.
const (
	DecimalComma = "comma"
	DecimalPoint = "point"
)

// Units that only tables have: they are converted.
const (
	fraction  = "fraction"  // 0.345 for 34.5 %
	thousands = "thousands" // 12 for 12 000
)

// IndicatorTargets lists what a table of figures may hold. Where no column is the
// value, the columns that are named after a period, an area or an indicator are
// (see [IndicatorReader]).
func IndicatorTargets(areas *catalogue.Areas, indicators []Indicator) []tabular.Target {
	label := func(key string) string { return "indicators.field." + key }
	return []tabular.Target{
		{Key: FieldIndicator, Label: label(FieldIndicator), Kind: tabular.ChoiceValue, Fixed: true, Choices: indicatorChoices(indicators),
			Synonyms: []string{"Indikator", "Kennzahl", "Merkmal", "Indicator"}},
		{Key: FieldArea, Label: label(FieldArea), Kind: tabular.AreaValue, Free: true, Fixed: true, Choices: indicatorAreas(areas), Synonyms: []string{
			"Amtlicher Gemeindeschlüssel", "Gemeindeschlüssel", "AGS", "Amtlicher Regionalschlüssel", "Regionalschlüssel", "ARS", "Kreisschlüssel",
			"Gemeinde", "Stadt", "Kommune", "Kreis", "Gebiet", "Gebietseinheit", "Raumeinheit", "Region", "Verwaltungsbezirk", "Sozialraum", "Stadtteil", "Name"}},
		{Key: FieldPeriod, Label: label(FieldPeriod), Kind: tabular.TextValue, Fixed: true, Synonyms: []string{
			"Zeitraum", "Jahr", "Schuljahr", "Berichtsjahr", "Kindergartenjahr", "Year", "school_year"}},
		{Key: FieldDay, Label: label(FieldDay), Kind: tabular.TextValue, Fixed: true, Synonyms: []string{
			"Stichtag", "Stand", "Datum", "Reference day", "reference_day"}},
		{Key: FieldValue, Label: label(FieldValue), Kind: tabular.TextValue, Synonyms: []string{"Wert", "Anzahl", "Quote", "Anteil"}},
		{Key: FieldUnit, Label: label(FieldUnit), Kind: tabular.ChoiceValue, Free: true, Fixed: true, Choices: unitChoices(), Synonyms: []string{"Einheit", "Maßeinheit"}},
		{Key: FieldNumerator, Label: label(FieldNumerator), Kind: tabular.TextValue, Synonyms: []string{"Zähler"}},
		{Key: FieldDenominator, Label: label(FieldDenominator), Kind: tabular.TextValue, Synonyms: []string{"Nenner", "Grundgesamtheit"}},
		{Key: FieldDecimal, Label: label(FieldDecimal), Kind: tabular.ChoiceValue, Fixed: true, Choices: []tabular.Choice{{Key: DecimalComma}, {Key: DecimalPoint}}},
		{Key: FieldTitle, Label: label(FieldTitle), Kind: tabular.TextValue, Fixed: true},
		{Key: FieldPublisher, Label: label(FieldPublisher), Kind: tabular.TextValue, Fixed: true, Synonyms: []string{"Herausgeber"}},
		{Key: FieldLicence, Label: label(FieldLicence), Kind: tabular.TextValue, Fixed: true, Synonyms: []string{"Lizenz"}},
	}
}

func indicatorChoices(indicators []Indicator) []tabular.Choice {
	choices := make([]tabular.Choice, len(indicators))
	for at, one := range indicators {
		choices[at] = tabular.Choice{Key: one.Key, Label: one.Name("de"), Synonyms: []string{one.Name("en")}}
	}
	return choices
}

func unitChoices() []tabular.Choice {
	choices := []tabular.Choice{{Key: fraction}, {Key: thousands}}
	for _, one := range Units() {
		choices = append(choices, tabular.Choice{Key: string(one)})
	}
	return choices
}

// indicatorAreas lists the areas under all that statistics call them. What only
// stands in brackets does not count in the column mapper; see
// [indicatorRun.unclear].
func indicatorAreas(areas *catalogue.Areas) []tabular.Choice {
	all := areas.All()
	choices := make([]tabular.Choice, len(all))
	for at, one := range all {
		choice := tabular.Choice{Key: one.Key, Label: one.Name}
		switch one.Level {
		case catalogue.Stadt:
			for _, word := range []string{"Stadt", "Krfr. Stadt", "Kreisfreie Stadt"} {
				choice.Synonyms = append(choice.Synonyms, word+" "+one.Name, one.Name+", "+word)
			}
			choice.Synonyms = append(choice.Synonyms, one.Name+", krfr. Stadt")
		case catalogue.Kreis:
			bare := bareName(one)
			choice.Synonyms = append(choice.Synonyms, "Kreis "+bare, "Landkreis "+bare, bare+", Kreis", bare+", Landkreis")
		case catalogue.Sozialraum:
			parent, _ := areas.Get(one.Parent)
			choice.Synonyms = append(choice.Synonyms, parent.Name+" "+one.Name)
		}
		for _, number := range areaNumbers(one) {
			choice.Synonyms = append(choice.Synonyms, number, strings.TrimPrefix(number, "0"))
		}
		choices[at] = choice
	}
	return choices
}

// areaNumbers are the official numbers of an area: the key of a municipality, of a
// town that is no part of a county the county's too, and the regional key with its
// twelve digits (county 5, association 4, municipality 3).
func areaNumbers(one catalogue.Area) []string {
	switch len(one.AGS) {
	case 5:
		return []string{one.AGS, one.AGS + "0000000", one.AGS + "000"}
	case 8:
		numbers := []string{one.AGS, one.AGS[:5] + "0" + one.AGS[5:] + one.AGS[5:]}
		if strings.HasSuffix(one.AGS, "000") {
			numbers = append(numbers, one.AGS[:5], one.AGS[:5]+"0000000")
		}
		return numbers
	}
	return nil
}

// bareName is a county's name without the word for county.
func bareName(county catalogue.Area) string {
	name := county.Name
	for _, word := range []string{"Kreis ", "Landkreis "} {
		name = strings.TrimPrefix(name, word)
	}
	return name
}
