package response

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// AcknowledgeValue is what an acknowledged question holds, as in XLSForm.
const AcknowledgeValue = "OK"

// normalise brings raw values into the one form in which they are compared,
// stored and counted. The key names the message when they are not of the type.
func normalise(e *survey.Element, raw []string) (values []string, key string, params failure.Params) {
	raw, key = clean(raw)
	if key != "" || len(raw) == 0 {
		return nil, key, nil
	}
	if e.Type == survey.Rank {
		return rank(e, raw)
	}
	if len(raw) > 1 && e.Type != survey.SelectMultiple {
		return nil, "respondent.problem.several_values", nil
	}
	switch e.Type {
	case survey.SelectOne, survey.SelectMultiple:
		return choices(e, raw)
	case survey.Integer:
		return integer(raw[0])
	case survey.Decimal:
		return decimal(raw[0])
	case survey.TypeRange:
		return inRange(e.Range, raw[0])
	case survey.Date:
		return date(e.Precision(), raw[0])
	case survey.Time:
		return clock(raw[0])
	case survey.DateTime:
		return dateTime(raw[0])
	case survey.Acknowledge:
		return []string{AcknowledgeValue}, "", nil
	case survey.TextType, survey.Hidden, survey.Calculate:
		if utf8.RuneCountInString(raw[0]) > MaxText {
			return nil, "respondent.problem.text_too_long", failure.Params{"limit": MaxText}
		}
		return raw, "", nil
	}
	return nil, "respondent.problem.unknown_question", failure.Params{"name": e.Name}
}

// clean drops empty values and brings the others into Unicode's composed form
// with plain line ends.
func clean(raw []string) ([]string, string) {
	kept := make([]string, 0, len(raw))
	for _, value := range raw {
		if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
			return nil, "respondent.problem.broken_characters"
		}
		if strings.IndexByte(value, '\r') >= 0 {
			value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\r", "\n")
		}
		if value = norm.NFC.String(strings.TrimSpace(value)); value != "" {
			kept = append(kept, value)
		}
	}
	return kept, ""
}

func choices(e *survey.Element, raw []string) ([]string, string, failure.Params) {
	for i, name := range raw {
		if e.ChoiceIndex(name) >= 0 {
			continue
		}
		at := e.ChoiceByLabel(name)
		if at < 0 {
			return nil, "respondent.problem.unknown_choice", failure.Params{"choice": clip(name)}
		}
		raw[i] = e.Choices.Choices[at].Name
	}
	if len(raw) > 1 {
		// The list's order, each once: the same set is the same content.
		slices.SortFunc(raw, func(a, b string) int { return e.ChoiceIndex(a) - e.ChoiceIndex(b) })
		raw = slices.Compact(raw)
	}
	return raw, "", nil
}

// maxInteger is the largest magnitude below which every whole number has a
// float64 of its own.
const maxInteger = 1 << 53

func integer(text string) ([]string, string, failure.Params) {
	number, err := strconv.ParseInt(Digits(text), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, "respondent.problem.number_too_large", nil
	case err != nil:
		return nil, "respondent.problem.not_an_integer", nil
	case number > maxInteger || number < -maxInteger:
		return nil, "respondent.problem.number_too_large", nil
	}
	return []string{strconv.FormatInt(number, 10)}, "", nil
}

func decimal(text string) ([]string, string, failure.Params) {
	text = Digits(text)
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	number, err := strconv.ParseFloat(text, 64)
	switch {
	case strings.ContainsAny(text, "xXpP_iInN") || err != nil && !errors.Is(err, strconv.ErrRange):
		return nil, "respondent.problem.not_a_number", nil
	case math.Abs(number) > 1e15 || number != 0 && math.Abs(number) < 1e-15:
		return nil, "respondent.problem.number_too_large", nil
	case number == 0:
		return []string{"0"}, "", nil // also for -0
	}
	return []string{strconv.FormatFloat(number, 'f', -1, 64)}, "", nil
}

// Digits turns Arabic-Indic and Persian digits, signs and decimal separators
// into ASCII ones, and drops the marks of direction that keyboards put around
// them.
func Digits(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return strings.Map(asciiDigit, text)
		}
	}
	return text
}

func asciiDigit(r rune) rune {
	switch {
	case r >= '٠' && r <= '٩':
		return '0' + r - '٠'
	case r >= '۰' && r <= '۹':
		return '0' + r - '۰'
	}
	switch r {
	case '٫':
		return '.'
	case '−', '‒', '–':
		return '-'
	case '\u200e', '\u200f', '\u061c', '\u202a', '\u202b', '\u202c', '\u2066', '\u2067', '\u2068', '\u2069', '\u00a0':
		return -1
	}
	return r
}
