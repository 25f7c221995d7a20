package tabular

import (
	"iter"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	grouped = regexp.MustCompile(`^[+-]?[0-9]{1,3}([.,'])[0-9]{3}(?:[.,'][0-9]{3})*$`)
	plainly = regexp.MustCompile(`^[+-]?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?$`)
	// ungrouped has a zero in front, which no number with groups has.
	ungrouped = regexp.MustCompile(`^[+-]?0`)
	spaced    = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?$`)
)

// Number reads a number as Germans and spreadsheets write it: 1.234,5 and
// 1,234.5 and 1 234,5 and 1e+06, with a percent sign or without. Of a whole
// number, one dot or comma before three digits groups them. unsure tells that it
// could just as well be another number: 1.234 where decimals are allowed, which
// is read with the sign as decimal sign. ok is false for what is no number.
func Number(text string, whole bool) (value float64, unsure, ok bool) {
	text = numeral(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	sign := decimalSign(text)
	if sign == 0 && strings.ContainsAny(text, ".,") {
		sign, unsure = text[strings.IndexAny(text, ".,")], !whole
		if whole {
			sign = otherSign(sign)
		}
	}
	value, ok = numberBy(text, sign)
	if !ok || whole && value != math.Trunc(value) {
		return 0, false, false
	}
	return value, unsure, true
}

// NumberBy reads a number whose decimal sign is known, '.' or ','; the other of
// the two may only group digits. ok is false for what is no number so, or can be
// read in another way alone.
func NumberBy(text string, sign byte) (value float64, ok bool) {
	text = numeral(text)
	if tells := decimalSign(text); tells != 0 && tells != sign {
		return 0, false
	}
	return numberBy(text, sign)
}

// DecimalSign finds the sign before the decimals of numbers that were written in
// one manner: '.' or ',' when some of them can be read in no other way, such as
// 1.234,5 and 0,5 and 12.75, and 0 when none of them tells. mixed tells that they
// contradict each other.
func DecimalSign(texts iter.Seq[string]) (sign byte, mixed bool) {
	for text := range texts {
		switch tells := decimalSign(numeral(text)); {
		case tells == 0:
		case sign != 0 && sign != tells:
			return 0, true
		default:
			sign = tells
		}
	}
	return sign, false
}

func otherSign(sign byte) byte {
	if sign == '.' {
		return ','
	}
	return '.'
}

// numeral makes the signs of a number plain.
func numeral(text string) string {
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
	return strings.TrimSpace(text)
}

// decimalSign tells which sign stands before the decimals of a number; 0 when it
// has none, or one sign before three digits, which may just as well group them.
func decimalSign(text string) byte {
	if spaced.MatchString(text) {
		if at := strings.IndexAny(text, ".,"); at >= 0 {
			return text[at]
		}
		return 0
	}
	dot, comma := strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')
	switch {
	case dot >= 0 && comma > dot:
		return ','
	case comma >= 0 && dot > comma:
		return '.'
	case dot < 0 && comma < 0:
		return 0
	}
	sign := text[max(dot, comma)]
	switch strings.Count(text, string(sign)) {
	case 1:
		if strings.Contains(text, "'") || !grouped.MatchString(text) || ungrouped.MatchString(text) {
			return sign
		}
		return 0
	default:
		return otherSign(sign) // it groups
	}
}

// numberBy reads a number by its decimal sign; 0 when it has neither sign.
func numberBy(text string, sign byte) (value float64, ok bool) {
	front, decimals := text, ""
	if sign != 0 {
		var found bool
		if front, decimals, found = strings.Cut(text, string(sign)); found {
			decimals = "." + decimals
		}
	}
	switch {
	case spaced.MatchString(front):
		front = strings.ReplaceAll(front, " ", "")
	case grouped.MatchString(front):
		group := grouped.FindStringSubmatch(front)[1]
		if ungrouped.MatchString(front) || strings.ContainsAny(strings.ReplaceAll(front, group, ""), ".,'") {
			return 0, false
		}
		front = strings.ReplaceAll(front, group, "")
	}
	if text = front + decimals; !plainly.MatchString(text) {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil && !math.IsInf(value, 0)
}
