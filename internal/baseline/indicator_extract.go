package baseline

import (
	"bytes"
	"cmp"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// ReadIndicators reads what indicators a table is about, from the columns
// indicator, label_de, label_en, unit, field, direction and source; several rows
// about one are read once. They are public. The error is [failure.Findings] when
// a column is missing, or names the line of an indicator that contradicts itself.
func ReadIndicators(content []byte, file string) ([]Indicator, error) {
	table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{File: file})
	if err != nil {
		return nil, err
	}
	columns := tabular.FindColumns(table.Header())
	if missing := columns.Missing(file, "indicator", "label_de", "label_en", "unit", "field", "direction", "source"); len(missing) > 0 {
		return nil, missing
	}
	var list []Indicator
	seen := map[string]bool{}
	for row, err := range table.Rows() {
		if err != nil {
			return nil, err
		}
		text := func(name string) string { return row.Cell(columns.Index(name)) }
		if seen[text("indicator")] || row.Blank() {
			continue
		}
		one := Indicator{Key: text("indicator"), Label: map[string]string{"de": text("label_de"), "en": text("label_en")},
			Unit: Unit(text("unit")), Field: text("field"), Direction: Direction(text("direction")), Source: text("source"), Public: true}
		if err := one.Check(); err != nil {
			return nil, failure.Findings{{Severity: failure.Fatal, Key: "indicators.refused", File: file, Line: row.Line, Column: 1, Cell: one.Key,
				Params: failure.Params{"problem": failure.Label(failure.As(err).Key)}}}
		}
		seen[one.Key] = true
		list = append(list, one)
	}
	return list, nil
}

// Suggestions reads the catalogue of indicators (see [catalogue.ReadSuggestions]).
func Suggestions(file string, content []byte, fields *catalogue.Fields) ([]catalogue.Suggestion, failure.Findings) {
	units, directions := make([]string, len(Units())), make([]string, len(Directions()))
	for at, one := range Units() {
		units[at] = string(one)
	}
	for at, one := range Directions() {
		directions[at] = string(one)
	}
	return catalogue.ReadSuggestions(file, content, fields, units, directions)
}

// Suggested makes an indicator of a suggestion, its notes in a language.
func Suggested(one catalogue.Suggestion, language string) Indicator {
	in := func(texts map[string]string) string { return cmp.Or(texts[language], texts["de"]) }
	made := Indicator{Key: one.Key, Label: one.Label, Unit: Unit(one.Unit), Field: one.Field, Direction: Direction(one.Direction),
		Source: in(one.Source), Note: in(one.Caveat), Public: one.Public}
	if one.AgeTo >= 0 {
		made.Age = &Ages{From: one.AgeFrom, To: one.AgeTo}
	}
	return made
}
