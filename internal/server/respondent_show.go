package server

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// show writes an answer for reading.
func (f *form) show(e *survey.Element, values []string) string {
	for e.ChoicesFrom != nil {
		e = e.ChoicesFrom
	}
	texts := make([]string, 0, len(values))
	for _, value := range values {
		switch {
		case strings.TrimSpace(value) == "":
			continue
		case e.Type == survey.Rank:
			value = f.showOrder(e, value)
		case e.Type.Selects() && e.ChoiceIndex(value) >= 0:
			value = f.label(e.Choices.Choices[e.ChoiceIndex(value)])
		case e.Type.Selects() && e.ChoiceByLabel(value) >= 0: // as it was typed
			value = f.label(e.Choices.Choices[e.ChoiceByLabel(value)])
		case e.Type == survey.Acknowledge:
			value = f.T("respondent.yes")
		case e.Type == survey.Date:
			value = f.showDate(e.Precision(), value)
		case e.Type == survey.TypeRange:
			number := response.Digits(value)
			value = f.Decimal(number)
			if words := f.plain(e.Range.Label(number)); words != "" {
				value += " (" + words + ")"
			}
		case e.Type == survey.Time:
			value = f.Digits(value)
		case e.Type == survey.DateTime:
			day, hour, _ := strings.Cut(value, "T")
			value = strings.TrimSpace(f.Date(day) + " " + f.Digits(hour))
		}
		texts = append(texts, value)
	}
	return strings.Join(texts, f.T("respondent.list_separator"))
}

// label is what a choice is called: its name where it has no label.
func (f *form) label(one *survey.Choice) string {
	return cmp.Or(f.plain(one.Label), one.Name)
}

// showOrder writes an order as "1. this, 2. that".
func (f *form) showOrder(e *survey.Element, value string) string {
	names := strings.Fields(value)
	for at, name := range names {
		if choice := e.ChoiceIndex(name); choice >= 0 {
			name = f.label(e.Choices.Choices[choice])
		}
		names[at] = f.Digits(strconv.Itoa(at+1)) + ". " + name
	}
	return strings.Join(names, f.T("respondent.list_separator"))
}

// showDate writes as much of a day as was asked for.
func (f *frame) showDate(precision survey.Precision, iso string) string {
	day, err := time.Parse(time.DateOnly, response.Digits(iso))
	switch {
	case err != nil || precision == survey.Day:
		return f.Date(iso)
	case precision == survey.Year:
		return f.Digits(day.Format("2006"))
	default:
		return f.T("respondent.month", "Month", f.Digits(day.Format("01")), "Year", f.Digits(day.Format("2006")))
	}
}

// Date writes a day as the reader's newspapers do; what is no date stays.
func (f *frame) Date(iso string) string {
	day, err := time.Parse(time.DateOnly, response.Digits(iso))
	if err != nil {
		return iso
	}
	return f.T("respondent.date", "Day", f.Digits(day.Format("02")), "Month", f.Digits(day.Format("01")),
		"Year", f.Digits(day.Format("2006")))
}
