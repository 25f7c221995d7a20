package analysis

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"bedarfslotse/internal/analysis/internal/disclosure"
)

// acknowledged is the one answer to a question that asks for an
// acknowledgement, as XLSForm stores it.
const acknowledged = "OK"

// monthName writes a month counted from the year 0 as ISO 8601 does.
func monthName(month int) string { return fmt.Sprintf("%04d-%02d", month/12, month%12+1) }

// className names a class: "10..19" of whole numbers, "7" when it is a single
// one, "0.5..<1" of fractions, "60.." and "..9" without outer limit; of months
// "2026-01..2026-03", of whole years "2025..2026", of hours "08:00..09:59".
func (q *question) className(class disclosure.Class, whole bool) string {
	from, to := number(class.From), number(class.To)
	first, last := int(class.From), int(class.To)
	switch {
	case q.kind == Months && first%12 == 0 && last%12 == 11:
		from, to = fmt.Sprintf("%04d", first/12), fmt.Sprintf("%04d", last/12)
	case q.kind == Months:
		from, to = monthName(first), monthName(last)
	case q.kind == Hours:
		from, to = fmt.Sprintf("%02d:00", first), fmt.Sprintf("%02d:59", last)
	}
	switch {
	case class.Below && class.Above:
		return ".."
	case class.Below && whole:
		return ".." + to
	case class.Below:
		return "..<" + to
	case class.Above:
		return from + ".."
	case !whole:
		return from + "..<" + to
	case from == to:
		return from
	default:
		return from + ".." + to
	}
}

// number writes a class limit without an exponent.
func number(limit float64) string { return strconv.FormatFloat(limit, 'f', -1, 64) }

// ClassNamed is the inverse of a class's name: the class with its ends, open ones
// at −Inf or +Inf. Not ok for what is no name of a class of numbers or months.
func ClassNamed(kind Kind, name string) (Cell, bool) {
	from, to, ranged := strings.Cut(name, "..")
	if !ranged {
		to = from
	}
	low, okLow := classEnd(kind, from, false)
	high, okHigh := classEnd(kind, strings.TrimPrefix(to, "<"), true)
	if ranged && from == "" {
		low, okLow = math.Inf(-1), true
	}
	if ranged && to == "" {
		high, okHigh = math.Inf(1), true
	}
	return Cell{Name: name, From: low, To: high}, okLow && okHigh
}

// classEnd reads an end of a class; the last month of a year where that is meant.
func classEnd(kind Kind, text string, last bool) (float64, bool) {
	if kind != Months {
		value, err := strconv.ParseFloat(text, 64)
		return value, err == nil
	}
	year, month, monthly := strings.Cut(text, "-")
	y, err := strconv.Atoi(year)
	if err != nil {
		return 0, false
	}
	if !monthly {
		if last {
			return float64(12*y + 11), true
		}
		return float64(12 * y), true
	}
	m, err := strconv.Atoi(month)
	return float64(12*y + m - 1), err == nil && 1 <= m && m <= 12
}
