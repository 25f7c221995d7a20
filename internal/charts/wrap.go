package charts

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Labels are broken into lines before the chart is drawn, with widths that err
// on the wide side: the page uses the reader's fonts and the static picture
// ours, and both must get the same lines.

const ellipsis = "…"

// runeWidth estimates a character's width in em for a sans-serif font.
func runeWidth(r rune) float64 {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case strings.ContainsRune(" .,:;'|!iljIt()[]-/", r), r == '\u00a0':
		return 0.33
	case r >= 0x1200 && r < 0x1400, r == '%', r == 'm', r == 'M', r == 'W', r == 'w', r == '@', r == ellipsisRune:
		return 0.9
	case r >= 0x2e80: // ideographs and the like
		return 1.05
	case unicode.In(r, unicode.Arabic):
		return 0.55
	case unicode.IsUpper(r):
		return 0.72
	default:
		return 0.58
	}
}

const ellipsisRune = '…'

// textWidth estimates a text's width in pixels at a font size in pixels.
func textWidth(text string, size float64) float64 {
	width := 0.0
	for _, r := range text {
		width += runeWidth(r)
	}
	return width * size
}

// wrap breaks a text at spaces into at most most lines of at most width pixels
// and ends it with an ellipsis where it does not fit. Words longer than a line
// are broken between letters.
func wrap(text string, width, size float64, most int) []string {
	var lines []string
	rest := pieces(text, width, size)
	for len(rest) > 0 && len(lines) < most {
		line := rest[0].text
		next := 1
		for next < len(rest) {
			joined := line + rest[next].glue + rest[next].text
			if textWidth(joined, size) > width {
				break
			}
			line, next = joined, next+1
		}
		lines = append(lines, line)
		rest = rest[next:]
	}
	if len(rest) > 0 && len(lines) > 0 {
		lines[len(lines)-1] = shorten(lines[len(lines)-1], width, size)
	}
	return lines
}

// piece is a part of a text that stays on one line, and what joins it to the
// piece before it.
type piece struct{ glue, text string }

// pieces splits a text at spaces, after hyphens and slashes inside words, and
// cuts what is longer than a line.
func pieces(text string, width, size float64) []piece {
	var all []piece
	for _, word := range breakable(text) {
		glue := " "
		for _, part := range parts(word) {
			for _, cut := range cutWord(part, width, size) {
				if cut != "" {
					all = append(all, piece{glue: glue, text: cut})
					glue = ""
				}
			}
		}
	}
	return all
}

// breakable splits a text at the spaces at which a line may end: "5 %" stays
// together by the space inside it.
func breakable(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' })
}

// parts splits a word behind hyphens, dashes and slashes, and at soft hyphens,
// which are left out.
func parts(word string) []string {
	var all []string
	start := 0
	for at, r := range word {
		end := at + utf8.RuneLen(r)
		switch r {
		case '-', '–', '/':
			all = append(all, word[start:end])
			start = end
		case '\u00ad':
			all = append(all, word[start:at])
			start = end
		}
	}
	return append(all, word[start:])
}

// cutWord cuts a word that is longer than a line, with a hyphen where the script
// knows one. A combining mark stays with its letter.
func cutWord(word string, width, size float64) []string {
	if textWidth(word, size) <= width {
		return []string{word}
	}
	var parts []string
	hyphen := ""
	if strings.ContainsFunc(word, func(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Cyrillic) }) {
		hyphen = "-"
	}
	room := width - textWidth(hyphen, size)
	// Parts of like length: one or two letters on a line of their own look lost.
	whole := textWidth(word, size)
	room = min(room, whole/math.Ceil(whole/room)+size)
	start, sum := 0, 0.0
	for at, r := range word {
		w := runeWidth(r) * size
		if sum+w > room && at > start && w > 0 {
			parts = append(parts, word[start:at]+hyphen)
			start, sum = at, 0
		}
		sum += w
	}
	return append(parts, word[start:])
}

// shorten ends a line with an ellipsis and makes room for it.
func shorten(line string, width, size float64) string {
	runes := []rune(strings.TrimRight(line, " ,;:-–"))
	for len(runes) > 1 && textWidth(string(runes)+ellipsis, size) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ,;:-–") + ellipsis
}

// directed wraps each line of a right-to-left text into an isolate: charts are
// drawn on a left-to-right ground, on which its full stops and brackets would
// fall to the wrong side.
func directed(lines []string, right bool) string {
	if right {
		lines = slices.Clone(lines)
		for i, line := range lines {
			lines[i] = rightIsolate + line + endIsolate
		}
	}
	return strings.Join(lines, "\n")
}

// The marks that keep a text of one direction apart from the text around it.
const (
	leftIsolate  = "\u2066"
	rightIsolate = "\u2067"
	endIsolate   = "\u2069"
)

// within returns a label as part of a sentence that runs right or not: kept
// apart when it runs the other way.
func (l label) within(right bool) string {
	switch {
	case l.right == right || l.text == "":
		return l.text
	case l.right:
		return rightIsolate + l.text + endIsolate
	default:
		return leftIsolate + l.text + endIsolate
	}
}

// inert keeps a text that ECharts takes as a template or as rich text from
// being either: a word joiner behind a brace breaks "{b}" and "{style|" alike
// and is not seen.
func inert(text string) string { return strings.ReplaceAll(text, "{", "{\u2060") }
