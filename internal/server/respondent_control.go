package server

import (
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// longest is how many choices are shown all at once; of more, a phone's own
// list is the better way to find one.
const longest = 20

// shape gives a question's control its form.
func (f *form) shape(b *block, e *survey.Element, values []string) {
	switch e.Type {
	case survey.SelectOne:
		b.Choices = f.choices(b.Control, e, values)
		if !illustratedChoices(b.Choices) { // a list that opens could not show them
			b.Typed = e.Typed()
			b.Dropdown = !b.Typed && (looks(e, "minimal") || looks(e, "autocomplete") || looks(e, "search") || len(e.Choices.Choices) > longest)
		}
		b.Fixed = e.ReadOnly && !b.Typed
		if at := e.ChoiceIndex(b.Value); b.Typed && at >= 0 {
			b.Value = b.Choices[at].Plain()
		}
	case survey.SelectMultiple:
		b.Choices = f.choices(b.Control, e, values)
	case survey.Rank:
		f.places(b, e, values)
	case survey.TypeRange:
		f.rangeOf(b, e)
	case survey.Integer:
		b.Mode = "numeric"
	case survey.Decimal:
		b.Mode = "decimal"
	case survey.TextType:
		if looks(e, "numbers") {
			b.Mode = "numeric"
		}
	case survey.Date:
		f.date(b, e)
	case survey.Time:
		b.Input = "time"
	case survey.DateTime:
		b.Input = "datetime-local"
	default:
	}
}

func illustratedChoices(choices []choice) bool {
	return slices.ContainsFunc(choices, func(one choice) bool { return one.Picture != nil || one.Sound != nil })
}

// date asks for a day, a month or a year.
func (f *form) date(b *block, e *survey.Element) {
	cut := func(digits int) string {
		if _, err := time.Parse(time.DateOnly, response.Digits(b.Value)); err != nil {
			return b.Value
		}
		return response.Digits(b.Value)[:digits]
	}
	switch e.Precision() {
	case survey.Year:
		b.Mode, b.Value = "numeric", cut(len("2026"))
	case survey.Month:
		b.Input, b.Value = "month", cut(len("2026-03"))
	default:
		b.Input = "date"
	}
}

// rangeOf shows the numbers of a range side by side where they are few, in a
// list that opens where its author wants that, else as a number to type, to
// which a phone adds a slider.
func (f *form) rangeOf(b *block, e *survey.Element) {
	const side, list = 11, 200 // how many numbers stand side by side, and in a list
	number := e.Range.Len()
	b.Dropdown = looks(e, "picker") && number <= list
	if e.ReadOnly || number > side && !b.Dropdown {
		b.Range, b.Mode = e.Range, "decimal"
		if e.Range.Whole() && e.Range.Low()[0] != '-' { // keyboards for whole numbers have no minus
			b.Mode = "numeric"
		}
		return
	}
	b.Layout = "scale"
	switch {
	case looks(e, "rating"):
		b.Layout = "scale rating"
	case looks(e, "vertical"):
		b.Layout = ""
	}
	for at := range number {
		value := e.Range.At(at)
		b.Choices = append(b.Choices, choice{Name: value, Label: fragment{Lead: template.HTML(html.EscapeString(f.Decimal(value)))}, //nolint:gosec // escaped
			Checked: value == b.Value})
	}
}

// Decimal writes a number as the page's language does.
func (f *frame) Decimal(number string) string {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	_, decimals, _ := strings.Cut(number, ".")
	return f.Number(value, len(decimals))
}

// places asks for the place of each choice.
func (f *form) places(b *block, e *survey.Element, values []string) {
	b.Choices = f.choices(b.Control, e, nil)
	words := strings.Fields(strings.Join(values, " "))
	for place, word := range words {
		name := word
		if e.ChoiceIndex(word) < 0 {
			digits, rest, _ := strings.Cut(word, ":")
			given, err := strconv.Atoi(digits)
			if err != nil {
				continue
			}
			place, name = given-1, rest
		}
		if at := e.ChoiceIndex(name); at >= 0 {
			b.Choices[at].Place = place + 1
		}
	}
	for place := range b.Choices {
		b.Places = append(b.Places, place+1)
	}
}

// layoutOf names how choices stand where there is room.
func layoutOf(e *survey.Element) string {
	for _, word := range strings.Fields(e.Appearance) {
		switch word {
		case "likert":
			return "likert"
		case "horizontal", "horizontal-compact", "compact", "columns", "columns-pack", "list":
			return "side"
		}
		if columns, ok := strings.CutPrefix(word, "columns-"); ok && len(columns) == 1 && columns >= "1" && columns <= "9" {
			return "side side-" + columns
		}
	}
	return ""
}
