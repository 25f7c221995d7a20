package baseline

import (
	"bytes"

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
