package survey

import (
	"regexp"
	"strings"
)

var (
	numberMarker = regexp.MustCompile(`^(\d{1,9})([.)])([ \t]|$)`)
	lineMarker   = regexp.MustCompile(`^([-+*])([ \t]|$)|^(>)`)
)

// Markdown returns a text as a reader of Markdown should get it. A list or a
// quotation of one line is none: "5. Klasse" is a class and "> 3 Stunden" a
// duration, whose number or sign would be lost, or as a choice the whole.
func Markdown(text string) string {
	trimmed := strings.TrimSpace(text)
	if strings.ContainsAny(trimmed, "\r\n") {
		return text
	}
	trimmed = numberMarker.ReplaceAllString(trimmed, `$1\$2$3`)
	return lineMarker.ReplaceAllString(trimmed, `\$0`)
}
