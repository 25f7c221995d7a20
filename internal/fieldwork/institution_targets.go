package fieldwork

import (
	"slices"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/tabular"
)

// Keys of the things that a table can tell of institutions.
const (
	FieldNumber      = "number"
	FieldName        = "name"
	FieldType        = "type"
	FieldTypeLabel   = "type_label"
	FieldAGS         = "ags"
	FieldTown        = "town"
	FieldArea        = "area"
	FieldEmail       = "email"
	FieldPupils      = "pupils"
	FieldSocialIndex = "social_index"
	FieldPeriod      = "school_year"
	FieldClosed      = "closed" // of changes only: no table tells it
)

// The largest figures that an institution can have.
const (
	MaxPupils      = 20000 // the largest school of the state has about a quarter
	MaxSocialIndex = 9
)

const agsDigits = 8

// InstitutionTargets lists what a table of institutions may hold.
func InstitutionTargets(areas *catalogue.Areas, types *InstitutionTypes) []tabular.Target {
	label := func(key string) string { return "places.field." + key }
	return []tabular.Target{
		{Key: FieldNumber, Label: label(FieldNumber), Kind: tabular.OfficialValue, Required: true, Synonyms: []string{
			"Schulnummer", "Amtliche Nummer", "Einrichtungsnummer", "Dienststellennummer", "Schul-Nr.", "SchulNr", "Official number",
			"Nummer", "Nr.", "Kennung", "Kennziffer", "poi_id", "Institution ID", "ID"}},
		{Key: FieldName, Label: label(FieldName), Kind: tabular.TextValue, Pieces: 3, Synonyms: []string{
			"Amtliche Bezeichnung", "Schulbezeichnung", "Name der Schule", "Schulname", "Name der Einrichtung", "Einrichtung",
			"Bezeichnung", "Institution", "Name", "Titel"}},
		{Key: FieldType, Label: label(FieldType), Kind: tabular.ChoiceValue, Free: true, Fixed: true, Choices: types.choices(), Synonyms: []string{
			"Schulform", "Einrichtungsart", "Art der Einrichtung", "Schulart", "Typ", "Institution type", "Kategorie", "Art"}},
		{Key: FieldTypeLabel, Label: label(FieldTypeLabel), Kind: tabular.TextValue, Quiet: true},
		{Key: FieldAGS, Label: label(FieldAGS), Kind: tabular.OfficialValue, Digits: agsDigits, Synonyms: []string{
			"Amtlicher Gemeindeschlüssel", "Gemeindeschlüssel", "Gemeindekennziffer", "Municipality key"}},
		{Key: FieldTown, Label: label(FieldTown), Kind: tabular.AreaValue, Free: true, Fixed: true, Instead: FieldAGS, Choices: areaChoices(areas, towns(areas)), Synonyms: []string{
			"Ort", "Stadt", "Gemeinde", "Kommune", "plz_ort", "PLZ Ort", "PLZ/Ort", "City", "Municipality"}},
		{Key: FieldArea, Label: label(FieldArea), Kind: tabular.AreaValue, Free: true, Choices: areaChoices(areas, areas.All()), Synonyms: []string{
			"Sozialraum", "Stadtteil", "Ortsteil", "Stadtbezirk", "Planungsraum", "Gebiet", "District"}},
		{Key: FieldEmail, Label: label(FieldEmail), Kind: tabular.EmailValue, Synonyms: []string{
			"E-Mail", "Mail", "E-Mail-Adresse", "Offizielle E-Mail-Adresse", "Mailadresse", "Kontakt E-Mail"}},
		{Key: FieldPupils, Label: label(FieldPupils), Kind: tabular.NumberValue, Whole: true, Most: MaxPupils, Synonyms: []string{
			"Anzahl", "Schülerzahl", "Anzahl Schüler", "Schülerinnen und Schüler", "SuS", "Schüler", "Plätze", "Anzahl Kinder", "Kinder"}},
		{Key: FieldSocialIndex, Label: label(FieldSocialIndex), Kind: tabular.NumberValue, Whole: true, Least: 1, Most: MaxSocialIndex,
			Synonyms: []string{"Sozialindex", "Schulsozialindex", "Sozialindexstufe"}},
		{Key: FieldPeriod, Label: label(FieldPeriod), Kind: tabular.TextValue, Fixed: true, Synonyms: []string{"Schuljahr", "Jahr", "Stand"}},
	}
}

// towns are the areas that an address can name.
func towns(areas *catalogue.Areas) []catalogue.Area {
	return slices.DeleteFunc(areas.All(), func(one catalogue.Area) bool { return one.Level == catalogue.Sozialraum })
}

// areaChoices lists areas for the column mapper, under all that tables call them.
func areaChoices(areas *catalogue.Areas, list []catalogue.Area) []tabular.Choice {
	choices := make([]tabular.Choice, len(list))
	for at, one := range list {
		choices[at] = tabular.Choice{Key: one.Key, Label: one.Name}
		switch one.Level {
		case catalogue.Stadt:
			choices[at].Synonyms = []string{"Stadt " + one.Name, "Krfr. Stadt " + one.Name, "Kreisfreie Stadt " + one.Name}
		case catalogue.Sozialraum:
			parent, _ := areas.Get(one.Parent)
			choices[at].Synonyms = []string{parent.Name + " " + one.Name}
		}
		if one.AGS != "" {
			choices[at].Synonyms = append(choices[at].Synonyms, one.AGS, strings.TrimPrefix(one.AGS, "0"))
		}
	}
	return choices
}
