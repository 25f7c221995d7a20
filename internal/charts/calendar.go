package charts

import (
	"fmt"
	"math"
	"strconv"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// classed tells whether the cells are classes along a line of numbers, months or
// hours.
func (b *builder) classed() bool {
	switch b.figure.Kind {
	case analysis.Number, analysis.Months, analysis.Hours:
		return true
	}
	return false
}

// class names a class: "10–19", "up to 9", "60 and more", "3", "March 2026",
// "2025–2026", "08:00–09:59", "from 2026 on".
func (b *builder) class(cell analysis.Cell) string {
	from, to := b.classEnds(cell)
	switch {
	case math.IsInf(cell.From, -1) && math.IsInf(cell.To, 1):
		return plain(cell.Name)
	case math.IsInf(cell.From, -1):
		return b.words.T("charts.class_to", "to", to)
	case math.IsInf(cell.To, 1) && b.figure.Kind != analysis.Number:
		return b.words.T("charts.class_since", "from", from)
	case math.IsInf(cell.To, 1):
		return b.words.T("charts.class_from", "from", from)
	case from == to:
		return from
	default:
		return b.words.T("charts.class", "from", from, "to", to)
	}
}

// classEnds writes what a class begins and ends with. Months that make up whole
// years are named by them.
func (b *builder) classEnds(cell analysis.Cell) (from, to string) {
	switch b.figure.Kind {
	case analysis.Months:
		name := b.monthName
		if b.wholeYears(cell) {
			name = yearName
		}
		return name(cell.From), name(cell.To)
	case analysis.Hours:
		return clock(cell.From, 0), clock(cell.To, 59)
	default:
		return b.plainNumber(cell.From), b.plainNumber(cell.To)
	}
}

func (b *builder) wholeYears(cell analysis.Cell) bool {
	begins := math.IsInf(cell.From, 0) || math.Mod(cell.From, 12) == 0
	ends := math.IsInf(cell.To, 0) || math.Mod(cell.To, 12) == 11
	return begins && ends || b.element != nil && b.element.Node != nil && b.element.Precision() == survey.Year
}

// edge names the place on the axis at which a class begins.
func (b *builder) edge(at float64) string {
	switch b.figure.Kind {
	case analysis.Months:
		if math.Mod(at, 12) == 0 && !b.monthly() {
			return yearName(at)
		}
		return b.monthYear("charts.month_short.", at)
	case analysis.Hours:
		return clock(at, 0)
	default:
		return b.plainNumber(at)
	}
}

// monthly tells whether some class begins or ends within a year.
func (b *builder) monthly() bool {
	for _, e := range b.entries {
		if !b.wholeYears(e.Cell) {
			return true
		}
	}
	return false
}

// monthName writes a month counted from the year 0: "March 2026".
func (b *builder) monthName(month float64) string { return b.monthYear("charts.month.", month) }

func (b *builder) monthYear(names string, month float64) string {
	if math.IsInf(month, 0) || math.IsNaN(month) {
		return ""
	}
	return b.words.T("charts.month_year", "month", b.words.T(names+strconv.Itoa(int(math.Mod(month, 12))+1)), "year", yearName(month))
}

func yearName(month float64) string {
	if math.IsInf(month, 0) || math.IsNaN(month) {
		return ""
	}
	return strconv.Itoa(int(month / 12))
}

// clock writes an hour of the day as 08:00.
func clock(hour float64, minute int) string {
	if math.IsInf(hour, 0) || math.IsNaN(hour) {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", int(hour), minute)
}

// ClassLabel is what readers call a class of numbers, months or hours.
func ClassLabel(kind analysis.Kind, class analysis.Cell, element *survey.Element, words *i18n.Localizer) string {
	return newBuilder(analysis.Figure{Kind: kind}, element, words, nil).class(class)
}
