package expression

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// dateFunction knows the functions on dates. A date is its text in ISO 8601,
// and its number the days since 1970-01-01 by the clock that wrote it.
func dateFunction(name string) function {
	switch name {
	case "date":
		return function{least: 1, most: 1, apply: toDate}
	case "date-time":
		return function{least: 1, most: 1, apply: toDateTime}
	case "decimal-date-time":
		return function{least: 1, most: 1, apply: toNumber}
	case "decimal-time":
		return function{least: 1, most: 1, apply: decimalTime}
	case "format-date", "format-date-time":
		return function{least: 2, most: 2, apply: formatDate, check: checkFormat}
	case "now":
		return function{apply: now}
	case "today":
		return function{apply: today}
	}
	return function{}
}

// dateOf returns the clock's date and time for days since 1970-01-01, false
// for what lies outside of the years 0 to 9999.
func dateOf(days float64) (time.Time, bool) {
	if !(days >= -719528 && days < 2932897) {
		return time.Time{}, false
	}
	milliseconds := int64(math.Floor(days*(secondsPerDay*1000) + 0.5))
	date := time.UnixMilli(milliseconds).UTC()
	return date, date.Year() <= 9999
}

// toDate returns the day of a date, date-time or number of days, "" for what is
// none; ODK.
func toDate(call *node, env Env) Value {
	date, ok := dateOf(math.Floor(call.args[0].asNumber(env)))
	if !ok {
		return String("")
	}
	return String(date.Format(dateLayout))
}

// toDateTime returns the date and time without an offset; ODK.
func toDateTime(call *node, env Env) Value {
	date, ok := dateOf(call.args[0].asNumber(env))
	if !ok {
		return String("")
	}
	return String(date.Format("2006-01-02T15:04:05.000"))
}

// decimalTime returns the fraction of the day of a time or date-time; ODK.
func decimalTime(call *node, env Env) Value {
	text := strings.Trim(call.textOf(0, env), whitespace)
	if day, clock, both := strings.Cut(text, "T"); both {
		if math.IsNaN(parseNumber(day)) || len(day) != len(dateLayout) {
			return Number(math.NaN())
		}
		text = clock
	}
	seconds, ok := clockSeconds(text)
	if !ok {
		return Number(math.NaN())
	}
	return Number(seconds / secondsPerDay)
}

// formatDate writes a date as the second argument says; ODK. The names of
// months and days are the specification's, in English: what is stored must not
// depend on the reader's language. What is no date gives "".
func formatDate(call *node, env Env) Value {
	date, ok := dateOf(call.args[0].asNumber(env))
	if !ok {
		return String("")
	}
	var out strings.Builder
	rest := call.textOf(1, env)
	for rest != "" && out.Len() < maxResult {
		before, after, found := strings.Cut(rest, "%")
		out.WriteString(before)
		if !found {
			break
		}
		directive, width := utf8.DecodeRuneInString(after)
		out.WriteString(formatted(date, directive))
		rest = after[width:]
	}
	return String(out.String())
}

// formatted writes what one letter after % stands for, "" for others.
func formatted(date time.Time, directive rune) string {
	switch directive {
	case 'Y':
		return date.Format("2006")
	case 'y':
		return date.Format("06")
	case 'm':
		return date.Format("01")
	case 'n':
		return date.Format("1")
	case 'b':
		return date.Format("Jan")
	case 'd':
		return date.Format("02")
	case 'e':
		return date.Format("2")
	case 'H':
		return date.Format("15")
	case 'h':
		return fmt.Sprint(date.Hour())
	case 'M':
		return date.Format("04")
	case 'S':
		return date.Format("05")
	case '3':
		return fmt.Sprintf("%03d", date.Nanosecond()/1e6)
	case 'a':
		return date.Format("Mon")
	case '%':
		return "%"
	}
	return ""
}

// checkFormat refuses a literal with a letter that stands for nothing.
func checkFormat(_ *parser, call *node, places []token) *Error {
	if call.args[1].op != opText {
		return nil
	}
	rest := call.args[1].text
	for {
		_, after, found := strings.Cut(rest, "%")
		if !found {
			return nil
		}
		directive, width := utf8.DecodeRuneInString(after)
		if formatted(time.Unix(0, 0), directive) == "" {
			return refuse(places[1].start, "expression.format_directive", "found", "%"+after[:width])
		}
		rest = after[width:]
	}
}
