package i18n

import (
	"math"
	"strconv"
	"strings"
)

// Number writes a value with so many decimals, rounded half away from zero, in
// the digits and separators that readers of the language meet in print.
func (l *Localizer) Number(value float64, decimals int) string {
	text := strconv.FormatFloat(RoundHalfAway(value, decimals), 'f', decimals, 64)
	text, negative := strings.CutPrefix(text, "-")
	sign := ""
	if negative && strings.Trim(text, "0.") != "" {
		sign = minus(l.tag)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	group, point := separators(l.tag)
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && len(whole) > 4 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString(point)
		b.WriteString(fraction)
	}
	return localDigits(l.tag, b.String())
}

// Percent writes a share of 0–1 in per cent with so many decimals.
func (l *Localizer) Percent(share float64, decimals int) string {
	number := l.Number(share*100, decimals)
	switch language, _, _ := strings.Cut(l.tag, "-"); language {
	case "tr":
		return "%" + number
	case "ar", "fa", "ps", "ckb":
		return number + "٪"
	case "en":
		return number + "%"
	default:
		return number + "\u00a0%"
	}
}

// RoundHalfAway rounds to so many decimals, halves away from zero (METHODS 1).
// A value a hair below the half through binary representation counts as half.
func RoundHalfAway(value float64, decimals int) float64 {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return value
	}
	power := math.Pow10(decimals)
	scaled := value * power
	return math.Round(scaled+math.Copysign(math.Abs(scaled)*4e-16, scaled)) / power
}

func separators(tag string) (group, point string) {
	switch language, _, _ := strings.Cut(tag, "-"); language {
	case "en", "ti":
		return ",", "."
	case "ar", "fa", "ps", "ckb":
		return "٬", "٫"
	case "de", "tr", "ro":
		return ".", ","
	default:
		return "\u00a0", ","
	}
}

// minus is the sign before a negative number. In Persian and Pashto it stands to
// the left of the digits, which a mark of direction sees to (CLDR, minusSign of
// the number system arabext); in Arabic and Sorani to the right, as text runs.
func minus(tag string) string {
	switch language, _, _ := strings.Cut(tag, "-"); language {
	case "fa", "ps":
		return "\u200e−"
	default:
		return "−"
	}
}

// Digits writes the digits in a text, such as a clock's, as the language does.
func (l *Localizer) Digits(text string) string { return localDigits(l.tag, text) }

// localDigits writes Arabic with Arabic-Indic and Persian, Pashto and Sorani
// with their own digits, as newspapers in these languages do.
func localDigits(tag, text string) string {
	var zero rune
	switch tag {
	case "ar", "ckb":
		zero = '٠'
	case "fa", "ps":
		zero = '۰'
	default:
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return zero + r - '0'
		}
		return r
	}, text)
}
