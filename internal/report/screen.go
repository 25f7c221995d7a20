package report

import (
	"html/template"
	"strings"

	"bedarfslotse/internal/i18n"
)

// Markup is Markdown as a report's page has it: everything in it is inert.
func Markup(markdown string, words *i18n.Localizer) template.HTML {
	h := &htmlWriter{layout: newLayout(&Document{Language: words.Language()}, words)}
	return h.passages(markdown)
}

// FactsLine is the line below figures, without links.
func FactsLine(f *Facts, words *i18n.Localizer) string {
	l := newLayout(&Document{Language: words.Language()}, words)
	var texts []string
	for _, one := range l.facts(&Block{Facts: f}) {
		texts = append(texts, one.Text)
	}
	return strings.Join(texts, " · ")
}

// Pages estimates how many pages of A4 a short version fills.
func (d *Document) Pages() float64 {
	const height, line, letters = 24.5, 0.5, 88.0 // of a page and a line in cm; letters on a line
	total := 3.5                                  // the title
	for i := range d.Blocks {
		b := &d.Blocks[i]
		switch {
		case b.Kind == Heading:
			total += 1.4
		case b.Chart != nil && b.Chart.Drawn():
			const width = 13.0
			total += width*float64(b.Chart.Height)/float64(b.Chart.Width) + 1.8
		case b.Kind == SourceList:
			total += 2
		case b.Quote != nil:
			total += 1.2 + line*float64(len([]rune(b.Quote.Text)))/letters
		}
		if g := rowsOf(b); g > 0 {
			total += 1 + 0.6*float64(g)
		}
		for _, one := range read(d.markdown(b)) {
			total += 0.2 + line*float64(1+len([]rune(textOf([]passage{one})))/int(letters))
		}
	}
	return total / height
}

// rowsOf counts the rows of the tables that the short version has.
func rowsOf(b *Block) int {
	switch {
	case b.Table != nil:
		return len(b.Table.Rows) + 1
	case b.Matrix != nil:
		return 2 * (len(b.Matrix.Rows) + 1)
	}
	return len(b.Indicators)
}
