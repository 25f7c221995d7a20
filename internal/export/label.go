package export

import (
	"cmp"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// labels gives the words of an export in its language.
type labels struct {
	chain []string
	words *i18n.Localizer // nil for formats without words of their own
	areas *catalogue.Areas
}

func newLabels(v *survey.Version, output Output) *labels {
	l := &labels{chain: append(i18n.Chain(output.Language), v.Language)}
	if output.Words != nil {
		l.words = output.Words.Localizer(output.Language)
	}
	return l
}

// word returns one of the file's own words. The marks that isolate words of
// another language have no place in a cell, which is isolated by itself.
func (l *labels) word(key string) string {
	if l.words == nil {
		return key
	}
	return strings.Trim(l.words.T(key), "\u2068\u2069")
}

// rightToLeft tells how the language runs.
func (l *labels) rightToLeft() bool { return i18n.Direction(l.chain[0]) == "rtl" }

// of returns a text of the survey without markup, and otherwise when it has none.
func (l *labels) of(text survey.Text, otherwise string) string {
	found, _ := text.In(l.chain...)
	return cmp.Or(plain(found), otherwise)
}

// placeholder is an answer that a survey's text shows in its middle.
var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

// plain takes Markdown and HTML off a text and brings it onto one line.
func plain(markup string) string {
	if !strings.ContainsAny(markup, "*_`[]<>#\\&$\n~|") {
		return strings.Join(strings.Fields(markup), " ")
	}
	source := []byte(survey.Markdown(placeholder.ReplaceAllString(markup, "…")))
	var out strings.Builder
	tree := goldmark.DefaultParser().Parse(text.NewReader(source))
	_ = ast.Walk(tree, func(node ast.Node, entering bool) (ast.WalkStatus, error) { // no visit fails
		switch n := node.(type) {
		case *ast.Text:
			if entering {
				out.Write(n.Segment.Value(source))
			}
			if n.SoftLineBreak() || n.HardLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.String:
			if entering {
				out.Write(n.Value)
			}
		case *ast.HTMLBlock, *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := 0; entering && i < n.Lines().Len(); i++ {
				line := n.Lines().At(i)
				out.WriteString(tags.ReplaceAllString(string(line.Value(source)), " "))
			}
		}
		if node.Type() == ast.TypeBlock {
			out.WriteByte(' ')
		}
		return ast.WalkContinue, nil
	})
	// The parser leaves escaped signs and character references as they are.
	unescaped := html.UnescapeString(escaped.ReplaceAllString(out.String(), "$1"))
	return strings.Join(strings.Fields(unescaped), " ")
}

var tags = regexp.MustCompile(`<[^>]*>`)

var escaped = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
