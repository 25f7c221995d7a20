package charts

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// label is a text with the direction of the language it was written in.
type label struct {
	text  string
	right bool
}

// title returns the question's label in the first language that has one.
func (b *builder) title() string {
	if b.element == nil {
		return b.figure.Question
	}
	if found := b.translated(b.element.Label); found.text != "" {
		return found.text
	}
	return b.figure.Question
}

// translated returns the text in the first of the wanted languages that has
// it, else in any, the alphabetically first, so that a chart never lacks one.
func (b *builder) translated(text survey.Text) label {
	found, language := text.In(b.languages...)
	if found == "" {
		for tag, phrase := range text {
			if phrase.Text != "" && (language == "" || tag < language) {
				found, language = phrase.Text, tag
			}
		}
	}
	return label{text: plain(found), right: i18n.Direction(language) == "rtl"}
}

// cellLabel names one cell in the reader's words.
func (b *builder) cellLabel(cell analysis.Cell) label {
	switch {
	case b.classed():
		return label{text: b.class(cell), right: b.right}
	case b.ranged():
		return b.stepLabel(cell)
	}
	return b.choiceLabel(cell.Name)
}

// ranged tells whether the scale is a range of numbers.
func (b *builder) ranged() bool {
	return b.figure.Kind == analysis.Scale && b.element != nil && b.element.Range != nil
}

// stepLabel writes a number of a range, with the words that its author put
// beside it.
func (b *builder) stepLabel(cell analysis.Cell) label {
	number := b.plainNumber(cell.Score)
	words := b.translated(b.element.Range.Label(cell.Name))
	if words.text == "" {
		return label{text: number, right: b.right}
	}
	return label{text: number + " (" + words.text + ")", right: words.right}
}

func (b *builder) choiceLabel(name string) label {
	if b.element != nil && b.element.Choices != nil {
		for _, choice := range b.element.Choices.Choices {
			if choice.Name == name {
				if found := b.translated(choice.Label); found.text != "" {
					return found
				}
			}
		}
	}
	return label{text: plain(name)}
}

// plainNumber writes a value with the decimals it has, four at most.
func (b *builder) plainNumber(value float64) string {
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return ""
	}
	decimals := 0
	if _, fraction, found := strings.Cut(strconv.FormatFloat(value, 'f', -1, 64), "."); found {
		decimals = min(len(fraction), 4)
	}
	return b.words.Number(value, decimals)
}

var (
	markdownLink    = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	markdownStrong  = regexp.MustCompile(`(\*\*|__)(\S(?:.*?\S)?)(\*\*|__)`)
	markdownHeading = regexp.MustCompile(`^#{1,6}\s+`)
	htmlTag         = regexp.MustCompile(`</?(?i:span|b|i|u|em|strong|p|br|sub|sup|small|font)(?:\s[^<>]*)?/?>`)
	reference       = regexp.MustCompile(`\$\{[^}]*\}`)
	anyNumber       = regexp.MustCompile(`\p{Nd}{1,9}`)
)

// Plain turns an author's label into one line of text, as charts show it.
func Plain(text string) string { return plain(text) }

// plain turns an author's label into one line of text: without the marks that
// XLSForm allows, without control characters, and without the bidirectional
// embeddings and overrides by which a label could reorder what stands beside
// it. A reference to another answer becomes an ellipsis.
func plain(text string) string {
	text = reference.ReplaceAllString(text, "…")
	text = htmlTag.ReplaceAllString(text, " ")
	text = markdownHeading.ReplaceAllString(text, "")
	text = markdownLink.ReplaceAllString(text, "$1")
	text = markdownStrong.ReplaceAllString(text, "$2")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f':
			return ' '
		case r == unicode.ReplacementChar, unicode.IsControl(r), bidirectional(r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, ""))
	return strings.Trim(strings.Join(breakable(text), " "), "\u00a0\u202f")
}

// bidirectional tells embeddings, overrides and isolates. Left-to-right and
// right-to-left marks stay: they cannot reach beyond themselves.
func bidirectional(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// firstNumber finds the first number in a text, in whatever digits.
func firstNumber(text string) (int, bool) {
	number := 0
	found := anyNumber.FindString(text)
	for _, r := range found {
		number = number*10 + digit(r)
	}
	return number, found != ""
}

// digit returns the value of a decimal digit of any script: Unicode lays them
// out in runs of ten.
func digit(r rune) int {
	zero := r
	for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
		zero--
	}
	return int(r - zero)
}

// identifier makes a name safe inside an HTML id and an SVG reference. Names
// that lose a letter by it get a fingerprint, so that two of them stay apart.
func identifier(name string) string {
	id := strings.Map(func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_') {
			return r
		}
		return '_'
	}, name)
	if id != name {
		id += "-" + survey.SourceHash(name)
	}
	return "chart-" + id
}
