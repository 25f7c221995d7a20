package baseline

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/tabular"
)

// cell is what one field of a table says.
type cell struct {
	value   float64
	unit    string // that a sign in the cell tells, "" for none
	missing bool
	trouble string // key of what is wrong, "" for nothing
}

var (
	// footnote is a mark behind a figure, apart from its digits.
	footnote = regexp.MustCompile(`\s*(?:\*+|[¹²³⁴⁵⁶⁷⁸⁹⁰]+\)?|\s\d{1,2}\)|\s\(\d{1,2}\)|\s[a-z]\)|\s[pr])$`)
	// missingWords stand where German official statistics have no figure.
	missingWords = regexp.MustCompile(`(?i)^(?:|\.|-|–|—|−|x|/|\.{2,3}|…|•|k\.? ?a\.?|n\.? ?v\.?|n\.? ?a\.?|n/a|keine angabe|unbekannt|#nv)$`)
)

// readCell reads a figure. sign is the one before the decimals where that is known,
// stored tells that a workbook holds a number there, whole that only whole ones
// are meant.
func readCell(text string, stored bool, sign byte, mixed, whole bool) cell {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\u00a0", " "))
	for mark := footnote.FindString(text); mark != "" && !missingWords.MatchString(text); mark = footnote.FindString(text) {
		text = strings.TrimSuffix(text, mark)
	}
	if missingWords.MatchString(text) {
		return cell{missing: true}
	}
	found := cell{}
	for ending, unit := range map[string]string{"%": string(Percent), "‰": string(PerMille), "€": string(Euro)} {
		if bare, cut := strings.CutSuffix(text, ending); cut {
			text, found.unit = strings.TrimSpace(bare), unit
		}
	}
	if stored {
		sign, mixed = '.', false
	}
	if sign != 0 {
		value, ok := tabular.NumberBy(text, sign)
		if found.value = value; !ok {
			found.trouble = "indicators.bad_number"
		}
		return found
	}
	value, unsure, ok := tabular.Number(text, whole && !mixed)
	switch {
	case !ok:
		found.trouble = "indicators.bad_number"
	case unsure:
		found.trouble = "indicators.unsure_number"
	}
	found.value = value
	return found
}

// numeric tells whether a text holds a figure, right or wrong.
func numeric(text string) bool {
	found := readCell(text, false, 0, false, false)
	return !found.missing && found.trouble != "indicators.bad_number"
}

var (
	perMilleWords = regexp.MustCompile(`(?i)‰|promille|per mille|(?:je|pro|auf|per) (?:1[., ]?000|tausend|thousand)(?:[^.,0-9]|$)`)
	percentWords  = regexp.MustCompile(`(?i)%|prozent|per ?cent|\bv\. ?h\.`)
	hundredWords  = regexp.MustCompile(`(?i)(?:je|pro|auf|per) (?:100|hundert|hundred)(?:[^.,0-9]|$)`)
	thousandWords = regexp.MustCompile(`(?i)\bin (?:1[., ]?000|tausend|tsd\.?|thousand)(?:[^.,0-9]|$)`)
	largeWords    = regexp.MustCompile(`(?i)\b(?:mio|mrd|million|milliard)`)
	countWords    = regexp.MustCompile(`(?i)\b(?:anzahl|absolut|abs\.|count|number)`)
	unitWords     = regexp.MustCompile(`(?i)[([]?\s*(?:\bin\s+)?(?:‰|%|promille|per mille|prozent|per ?cent)\s*[)\]]?$`)
)

// unitsIn finds the units that a text names: in the head of a column, a title or
// a column of units.
func unitsIn(text string) (found []string) {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "\u00a0", " ")), " ")
	for _, one := range []struct {
		words *regexp.Regexp
		unit  string
	}{{perMilleWords, string(PerMille)}, {percentWords, string(Percent)}, {hundredWords, string(PerHundred)},
		{thousandWords, thousands}, {largeWords, "large"}, {countWords, string(Count)}} {
		if one.words.MatchString(text) {
			found = append(found, one.unit)
		}
	}
	if len(found) > 1 { // "Anzahl je 1.000" is no number of things
		found = slices.DeleteFunc(found, func(unit string) bool { return unit == string(Count) })
	}
	return found
}

// withoutUnit is the name of a column without the unit behind it.
func withoutUnit(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.TrimSpace(unitWords.ReplaceAllString(text, ""))
}

// factorOf is what 1 is in a unit of parts; 0 for other units.
func factorOf(unit string) float64 {
	switch unit {
	case fraction:
		return 1
	case string(Percent), string(PerHundred):
		return 100
	case string(PerMille):
		return 1000
	}
	return 0
}

// convert brings a figure from the unit of a table to that of the indicator; ok is
// false where it cannot.
func convert(value float64, from string, to Unit) (converted float64, ok bool) {
	switch {
	case from == string(to):
		return value, true
	case from == thousands && to == Count:
		return tidy(value * 1000), true
	case factorOf(from) > 0 && factorOf(string(to)) > 0:
		return tidy(value / factorOf(from) * factorOf(string(to))), true
	}
	return 0, false
}

// tidy takes away what computing with binary fractions adds: 0.1+0.2 is 0.3.
func tidy(value float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 13, 64), 64)
	if err != nil { // what was just written can be read
		return value
	}
	return rounded
}
