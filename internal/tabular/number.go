package tabular

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	grouped = regexp.MustCompile(`^[+-]?[0-9]{1,3}([.,'])[0-9]{3}(?:[.,'][0-9]{3})*$`)
	plainly = regexp.MustCompile(`^[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?$`)
	spaced  = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?$`)
)

// Number reads a number as Germans and spreadsheets write it: 1.234,5 and
// 1,234.5 and 1 234,5 and 1e+06, with a percent sign or without. Of a whole
// number, one dot or comma before three digits groups them. unsure tells that it
// could just as well be another number: 1.234 where decimals are allowed, which
// is read with the sign as decimal sign. ok is false for what is no number.
func Number(text string, whole bool) (value float64, unsure, ok bool) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u202f', r == '\u2009':
			return ' '
		case r == '\u2212':
			return '-'
		case r == '’':
			return '\''
		}
		return r
	}, text)
	if spaced.MatchString(text) {
		text = strings.ReplaceAll(text, " ", "")
	}
	dot, comma := strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')
	switch {
	case dot >= 0 && comma >= 0: // the later one is the decimal sign
		group, sign := ".", ","
		if dot > comma {
			group, sign = sign, group
		}
		front, decimals, _ := strings.Cut(text, sign)
		if found := grouped.FindStringSubmatch(front); found == nil || found[1] != group || !onlyDigits.MatchString(decimals) {
			return 0, false, false
		}
		text = strings.ReplaceAll(front, group, "") + "." + decimals
	case grouped.MatchString(text):
		sign := grouped.FindStringSubmatch(text)[1]
		if strings.ContainsAny(strings.ReplaceAll(text, sign, ""), ".,'") {
			return 0, false, false // two signs that group
		}
		if unsure = !whole && sign != "'" && strings.Count(text, sign) == 1; unsure {
			text = strings.Replace(text, ",", ".", 1)
		} else {
			text = strings.ReplaceAll(text, sign, "")
		}
	default:
		if !plainly.MatchString(text) {
			return 0, false, false
		}
		text = strings.Replace(text, ",", ".", 1)
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(value, 0) || whole && value != math.Trunc(value) {
		return 0, false, false
	}
	return value, unsure, true
}
