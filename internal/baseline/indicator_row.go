package baseline

import (
	"regexp"
	"slices"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// row reads the values of one row.
func (r *indicatorRun) row(row *indicatorRow) {
	if !r.describe(row) {
		return
	}
	for at := range r.columns {
		column := &r.columns[at]
		found, base, ok := r.figure(row, column)
		if !ok {
			continue
		}
		text, place := row.raw.Cell(column.at), column.at+1
		if column.at < 0 {
			text, place = row.raw.Cell(r.mapping.Columns[FieldNumerator][0]), r.mapping.Columns[FieldNumerator][0]+1
		}
		refuse := func(key string, params failure.Params) { r.find(failure.Fatal, key, row.Line, place, text, params) }
		indicator, area, ok := r.about(row, column, refuse)
		if !ok {
			continue
		}
		v := Value{Area: area.Key}
		if !r.when(row, column, &v, refuse) {
			continue
		}
		if base != nil {
			v.Numerator, v.Denominator = &base[0], &base[1]
		}
		if r.inUnit(row, column, found, indicator, &v, refuse) {
			r.keep(indicator.Key, v, row.Line, place, text)
		}
	}
}

var officialKey = regexp.MustCompile(`^[0-9]{4,12}$`)

// describe tells whether the row is about one of our areas and has figures; what
// else it is, it counts or tells.
func (r *indicatorRun) describe(row *indicatorRow) bool {
	field := row.Fields[FieldArea]
	filled, figures := r.filled(row)
	switch {
	case r.columns[0].area.Key != "": // columns are areas
		return true
	case field.Known:
		if key := r.unclear(row, field); key != "" {
			r.find(failure.Fatal, key, row.Line, field.Column, field.Pieces[0], nil)
			return false
		}
		return true
	case !filled || !figures && field.Column > 0: // a footnote, or a heading within the table
		r.find(failure.Hint, "indicators.note_row", row.Line, 0, shortText(row.raw), nil)
		return false
	case field.Column == 0:
		r.find(failure.Fatal, "indicators.no_area", row.Line, 0, shortText(row.raw), nil)
		return false
	case officialKey.MatchString(field.Text):
		r.result.Outside++
		return false
	}
	r.result.Outside++
	r.find(failure.Warning, "indicators.unknown_area", row.Line, field.Column, field.Text, nil)
	return false
}

// filled tells whether something stands where figures are, and whether figures do.
func (r *indicatorRun) filled(row *indicatorRow) (filled, figures bool) {
	places := slices.Concat(r.mapping.Columns[FieldNumerator], r.mapping.Columns[FieldDenominator])
	for _, column := range r.columns {
		places = append(places, column.at)
	}
	for _, at := range places {
		text := row.raw.Cell(at)
		filled = filled || !readCell(text, false, 0, false, false).missing
		figures = figures || numeric(text)
	}
	return filled, figures
}

// unclear tells whether a name could be that of a town or of its county.
func (r *indicatorRun) unclear(row *indicatorRow, field tabular.Field) (key string) {
	name := strings.Join(field.Pieces, " ")
	if name == "" || officialKey.MatchString(name) || r.mapping.Values[FieldArea][tabular.Loose(name)] != "" {
		return ""
	}
	if wrongLevel(name, row.area) {
		return "indicators.area_unclear"
	}
	parent, _ := r.Areas.Get(row.area.Parent)
	if parent.Level != catalogue.Kreis || tabular.Loose(bareName(parent)) != tabular.Loose(row.area.Name) || tabular.Loose(name) != tabular.Loose(row.area.Name) {
		return ""
	}
	if len(r.siblings[parent.Key]) > 1 { // other towns of the county stand beside it
		return ""
	}
	return "indicators.area_unclear"
}

// about finds the indicator and the area of a value.
func (r *indicatorRun) about(row *indicatorRow, column *valueColumn, refuse func(string, failure.Params)) (Indicator, catalogue.Area, bool) {
	key, area := column.indicator, column.area
	if key == "" {
		key = row.Text(FieldIndicator)
	}
	if area.Key == "" {
		area = row.area
	}
	indicator, known := r.byKey[key]
	switch {
	case !known:
		refuse("indicators.no_indicator", nil)
	case area.Key == "":
		refuse("indicators.no_area", nil)
	case r.May != nil && !r.May(area.Key):
		refuse("indicators.foreign_area", failure.Params{"area": area.Name})
	default:
		return indicator, area, true
	}
	return indicator, area, false
}

// when finds the period and reference day of a value.
func (r *indicatorRun) when(row *indicatorRow, column *valueColumn, v *Value, refuse func(string, failure.Params)) bool {
	period := column.period
	if period.Label == "" {
		text := row.Text(FieldPeriod)
		var ok bool
		if period, ok = ParsePeriod(text); !ok {
			refuse("indicators.bad_period", failure.Params{"period": text})
			return false
		}
	}
	day, ok := period.ReferenceDay(row.Text(FieldDay))
	if !ok {
		if text := row.Text(FieldDay); text == "" {
			refuse("indicators.no_day", failure.Params{"period": period.Label})
		} else {
			refuse("indicators.bad_day", failure.Params{"day": text, "period": period.Label})
		}
		return false
	}
	v.Period, v.Day = period.Label, day
	return true
}

// figure reads a value with its numerator and denominator; false when there is
// none, or a finding says what is wrong with it.
func (r *indicatorRun) figure(row *indicatorRow, column *valueColumn) (cell, *[2]int64, bool) {
	indicator := r.byKey[column.indicator]
	if indicator.Key == "" {
		indicator = r.byKey[row.Text(FieldIndicator)]
	}
	whole := indicator.Unit == Count && !slices.Contains(column.units, thousands)
	found := cell{missing: true}
	if column.at >= 0 {
		text := row.raw.Cell(column.at)
		if found = readCell(text, row.raw.Stored(column.at), column.sign, column.mixed, whole); found.trouble != "" {
			r.find(failure.Fatal, found.trouble, row.Line, column.at+1, text, nil)
			return found, nil, false
		}
	}
	base, ok := r.base(row)
	if !ok {
		return found, nil, false
	}
	if found.missing && base != nil && indicator.Unit.Factor() > 0 {
		return cell{value: tidy(indicator.Unit.Factor() * float64(base[0]) / float64(base[1])), unit: string(indicator.Unit)}, base, true
	}
	if found.missing {
		r.result.Missing++
		return found, nil, false
	}
	return found, base, true
}

// base reads numerator and denominator, nil when the row has neither.
func (r *indicatorRun) base(row *indicatorRow) (*[2]int64, bool) {
	var base [2]int64
	read := 0
	for at, key := range []string{FieldNumerator, FieldDenominator} {
		for _, column := range r.mapping.Columns[key] {
			text := row.raw.Cell(column)
			found := readCell(text, row.raw.Stored(column), 0, false, true)
			switch {
			case found.missing:
				continue
			case found.trouble == "" && (!Count.Holds(found.value) || found.unit != "" || at == 1 && found.value == 0):
				found.trouble = "indicators.bad_number"
			}
			if found.trouble != "" {
				r.find(failure.Fatal, found.trouble, row.Line, column+1, text, nil)
				return nil, false
			}
			base[at] = int64(found.value)
			read++
		}
	}
	if read != 2 {
		return nil, true
	}
	return &base, true
}

// inUnit brings the figure to the indicator's unit and checks it.
func (r *indicatorRun) inUnit(row *indicatorRow, column *valueColumn, found cell, indicator Indicator, v *Value, refuse func(string, failure.Params)) bool {
	given := found.unit
	stated := r.stated(row, column)
	for _, unit := range stated {
		if given != "" && unit != given && (factorOf(unit) != factorOf(given) || factorOf(unit) == 0) {
			refuse("indicators.units_contradict", nil)
			return false
		}
		given = unit
	}
	if given == "" && column.shares && indicator.Unit.Factor() >= 100 {
		refuse("indicators.unit_missing", nil)
		return false
	}
	if given == "" {
		given = string(indicator.Unit)
	}
	value, ok := convert(found.value, given, indicator.Unit)
	if !ok {
		refuse("indicators.wrong_unit", failure.Params{"unit": failure.Label("indicators.unit." + string(indicator.Unit))})
		return false
	}
	if v.Value = value; indicator.Unit.Factor() == 0 {
		v.Numerator, v.Denominator = nil, nil
	}
	if err := CheckValue(indicator.Unit, *v); err != nil {
		refuse("indicators.refused", failure.Params{"problem": failure.Label(failure.As(err).Key)})
		return false
	}
	return true
}

// stated are the units that stand beside a value: in a column or for all rows,
// else in the head of its column, else above the table.
func (r *indicatorRun) stated(row *indicatorRow, column *valueColumn) []string {
	if field, ok := row.Fields[FieldUnit]; ok {
		if field.Known {
			return []string{field.Text}
		}
		if units := unitsIn(field.Text); len(units) > 0 {
			return units
		}
		return []string{field.Text} // which nothing can be converted from
	}
	if len(column.units) > 0 {
		return column.units
	}
	return r.title
}

// shortText is what a row says, to recognise it.
func shortText(row tabular.Row) string {
	var filled []string
	for _, text := range row.Cells {
		if text = strings.TrimSpace(text); text != "" {
			filled = append(filled, text)
		}
	}
	text := strings.Join(filled, " | ")
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}
