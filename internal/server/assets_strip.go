package server

import (
	"path"
	"regexp"
	"strings"
)

// stripped returns an own script or style sheet without its comments, blank
// lines and indentation: a sixth of what a phone would have to load is there for
// people who read the source. Everything else stays as it is, line by line, so
// that what a browser reports can be found again. Other files come back
// unchanged.
func stripped(name string, content []byte) []byte {
	switch path.Ext(name) {
	case ".js":
		return []byte(stripScript(string(content)))
	case ".css":
		return []byte(stripStyle(string(content)))
	}
	return content
}

// remark finds a comment behind code. It holds neither quotes nor slashes, so it
// cannot be the inside of a string, of a template or of a regular expression,
// which would end on the same line: see [stripScript].
var remark = regexp.MustCompile("[ \t]+//[ \t][^'\"`/]*$")

// stripScript strips lines that are nothing but a comment, and comments behind
// code where that is certain without understanding the language. It rests on our
// scripts having no template that goes over several lines; TestStripAssets
// holds them to that.
func stripScript(source string) string {
	var out strings.Builder
	inside := false // of a comment over several lines
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if inside || strings.HasPrefix(line, "/*") {
			_, rest, over := strings.Cut(line, "*/")
			inside = !over
			line = strings.TrimSpace(rest)
		}
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		out.WriteString(remark.ReplaceAllString(line, ""))
		out.WriteByte('\n')
	}
	return out.String()
}

// styleToken finds a string or a comment, whichever begins first.
var styleToken = regexp.MustCompile(`(?s)"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|/\*.*?\*/`)

// stripStyle strips comments, blank lines and indentation. A comment separates
// no more than the white space beside it does in our style sheets; a space takes
// its place.
func stripStyle(source string) string {
	bare := styleToken.ReplaceAllStringFunc(source, func(token string) string {
		if strings.HasPrefix(token, "/*") {
			return " "
		}
		return token
	})
	var out strings.Builder
	for line := range strings.Lines(bare) {
		if line = strings.TrimSpace(line); line != "" {
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return out.String()
}
