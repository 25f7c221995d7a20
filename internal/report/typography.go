package report

import (
	"regexp"
	"strings"
	"unicode"
)

// noBreak is a space at which no line ends.
const noBreak = "\u00a0"

var (
	// A number and its unit belong together.
	unit = regexp.MustCompile(`(\d)[ \x{202f}\x{2009}](%|‰|€|EUR\b|Euro\b|km\b|m²|Mio\.|Mrd\.|Uhr\b|Prozent\b)`)
	// A sign and its number as well: "§ 5", "Nr. 3", "n = 84", "≈ 12".
	sign         = regexp.MustCompile(`(§|Nr\.|Abs\.|Art\.|S\.|≈) (\d)`)
	equals       = regexp.MustCompile(`\b([nN]) = (\d)`)
	abbreviated  = regexp.MustCompile(`\b(z|d|u|i|o) ?\. ?(B|h|a|d|R|Ä)\.`)
	thousand     = regexp.MustCompile(`(\d) (\d{3})\b`)
	dash         = regexp.MustCompile(` (-|--) `)
	missingSpace = regexp.MustCompile(`(\d)%`)
)

// typeset writes a text as it is printed in the language: quotation marks, dashes,
// and spaces at which no line ends. It changes no words and no figures.
func typeset(text, language string) string {
	german := strings.HasPrefix(language, "de")
	text = dash.ReplaceAllString(text, noBreak+"– ")
	text = unit.ReplaceAllString(text, "$1"+noBreak+"$2")
	text = sign.ReplaceAllString(text, "$1"+noBreak+"$2")
	text = equals.ReplaceAllString(text, "$1"+noBreak+"="+noBreak+"$2")
	if german {
		text = missingSpace.ReplaceAllString(text, "$1"+noBreak+"%")
		text = abbreviated.ReplaceAllString(text, "$1."+noBreak+"$2.")
		text = thousand.ReplaceAllString(text, "$1"+noBreak+"$2")
		return quotes(text, "„", "“")
	}
	return quotes(text, "“", "”")
}

// quotes replaces straight quotation marks: one that stands before a letter and
// behind none opens.
func quotes(text, open, closing string) string {
	if !strings.Contains(text, `"`) {
		return text
	}
	var out strings.Builder
	before := ' '
	for _, r := range text {
		if r != '"' {
			out.WriteRune(r)
			before = r
			continue
		}
		if unicode.IsSpace(before) || strings.ContainsRune("([{–—-/„“", before) {
			out.WriteString(open)
			before = '('
		} else {
			out.WriteString(closing)
			before = ')'
		}
	}
	return out.String()
}
