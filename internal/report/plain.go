package report

import (
	"regexp"
	"strings"
	"unicode"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// longestSentence is how many words a sentence of plain language has at most.
const longestSentence = 15

// PlainRule is a rule of plain language.
type PlainRule string

// The rules of the short version.
const (
	LongSentence PlainRule = "long_sentence"
	Abbreviation PlainRule = "abbreviation"
	ExactNumber  PlainRule = "exact_number" // with a third digit that counts, or a percentage
)

// PlainRules lists every rule.
func PlainRules() []PlainRule { return []PlainRule{LongSentence, Abbreviation, ExactNumber} }

// Unplain is a place where a text breaks a rule of plain language.
type Unplain struct {
	Rule PlainRule
	Text string // the words that do
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?:;…][“”"’)\]]*\s+`)
	shortened   = regexp.MustCompile(`\p{L}\.[\s\x{a0}]?\p{L}\.|\b(?:bzw|ca|usw|ggf|inkl|evtl|etc|vgl|sog|Abs|Nr|Art|Std|Min|Mio|Mrd|approx|incl|No)\.|\b[nN][\s\x{a0}]?=|\b\p{Lu}{2,}\b`)
	exact       = regexp.MustCompile(`\d+[.,]\d+|\d+[\s\x{a0}]?(?:%|Prozent|percent)|\b\d{2}\d*[1-9]\d*\b`)
	yearOrDay   = regexp.MustCompile(`\d{1,2}\.\d{1,2}\.\d{4}|\b(?:19|20)\d\d\b|\d{4}-\d\d-\d\d`)
)

// Plainness lists where a text, Markdown, breaks the rules of plain language:
// sentences of more than fifteen words, abbreviations, numbers that are not
// rounded. Days and years are what they are.
func Plainness(markdown string) []Unplain {
	var found []Unplain
	for _, one := range read(markdown) {
		text := textOf([]passage{one})
		for _, sentence := range sentences(text) {
			if len(strings.Fields(sentence)) > longestSentence {
				found = append(found, Unplain{LongSentence, sentence})
			}
		}
		for _, part := range shortened.FindAllString(text, -1) {
			found = append(found, Unplain{Abbreviation, part})
		}
		for _, part := range exact.FindAllString(yearOrDay.ReplaceAllString(text, ""), -1) {
			found = append(found, Unplain{ExactNumber, part})
		}
	}
	return found
}

// sentences cuts a text where a sentence ends. An ordinal such as "3. Klasse" ends
// none.
func sentences(text string) []string {
	var all []string
	from := 0
	for _, end := range sentenceEnd.FindAllStringIndex(text, -1) {
		if end[0] > 0 && unicode.IsDigit(rune(text[end[0]-1])) && text[end[0]] == '.' {
			continue
		}
		all = append(all, strings.TrimSpace(text[from:end[1]]))
		from = end[1]
	}
	if rest := strings.TrimSpace(text[from:]); rest != "" {
		all = append(all, rest)
	}
	return all
}

// About writes a share of 0–1 as people say it: "about 7 of 10".
func About(share float64, words *i18n.Localizer) string {
	tenths := int(i18n.RoundHalfAway(share*10, 0))
	switch {
	case share < 0.03:
		return words.T("report.about.none")
	case tenths == 0:
		return words.T("report.about.few")
	case share > 0.97:
		return words.T("report.about.all")
	case tenths == 10:
		return words.T("report.about.most")
	}
	return words.T("report.about", "tenths", words.Number(float64(tenths), 0))
}

// plainBase is the least base for which a sentence speaks of tenths.
const plainBase = 10

// PlainFigure says in one plain sentence what a figure of the whole wave shows: of
// a scale how many chose one of its two highest steps, of choices which one most
// did. label names a choice. It is "" where that cannot be said, as something is
// hidden or too few answered.
func PlainFigure(figure *analysis.Figure, title string, label func(name string) string, words *i18n.Localizer) string {
	if figure == nil || figure.Base == nil || *figure.Base < plainBase || figure.Repeated {
		return ""
	}
	for _, cell := range figure.Cells {
		if cell.Suppressed || cell.Share == nil {
			return ""
		}
	}
	switch figure.Kind {
	case analysis.Scale:
		last := len(figure.Cells) - 1
		if last < 3 {
			return ""
		}
		share := *figure.Cells[last].Share + *figure.Cells[last-1].Share
		return words.T("report.plain.scale", "title", title, "about", About(share, words),
			"next", label(figure.Cells[last-1].Name), "top", label(figure.Cells[last].Name))
	case analysis.Single, analysis.Multiple:
		top := -1
		for i, cell := range figure.Cells {
			if top < 0 || *cell.Share > *figure.Cells[top].Share {
				top = i
			}
		}
		if top < 0 || *figure.Cells[top].Share == 0 {
			return ""
		}
		return words.T("report.plain.top", "title", title, "about", About(*figure.Cells[top].Share, words), "top", label(figure.Cells[top].Name))
	}
	return ""
}
