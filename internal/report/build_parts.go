package report

import (
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/survey"
)

// mandate says why and how was asked.
func (b *building) mandate() []Block {
	m, words := b.Mandate, b.Words
	var lines []string
	if m.Purpose != "" {
		lines = append(lines, words.T("report.text.purpose", "purpose", escapeMarkdown(m.Purpose)))
	}
	if m.Order != "" {
		order := escapeMarkdown(m.Order)
		if more := strings.Join(nonEmpty(m.Day, escapeMarkdown(m.Reference)), ", "); more != "" {
			order += " (" + more + ")"
		}
		lines = append(lines, words.T("report.text.order", "order", order))
	}
	period := "report.text.since"
	if m.To != "" {
		period = "report.text.period"
	}
	how := words.T(period, "wave", escapeMarkdown(m.Wave), "from", m.From, "to", m.To) + " " + b.answered() + " " +
		words.T("report.text.languages", "languages", escapeMarkdown(m.Languages))
	lines = append(lines, how)
	if m.OpenLink {
		lines = append(lines, words.T("report.text.open_link"))
	} else {
		lines = append(lines, words.T("report.text.chance"))
	}
	return []Block{{Kind: Prose, Short: true, Text: strings.Join(lines, "\n\n"), Plain: b.plainMandate()}}
}

// answered says how many answered.
func (b *building) answered() string {
	if b.Mandate.N == nil {
		return b.Words.T("report.text.too_few", "k", b.Words.Number(float64(b.Mandate.K), 0))
	}
	return b.Words.N("report.text.answered", *b.Mandate.N)
}

func (b *building) plainMandate() string {
	text := b.Words.T("report.plain.asked", "wave", escapeMarkdown(b.Mandate.Wave))
	if b.Mandate.N != nil {
		text += " " + b.Words.T("report.plain.answered", "n", b.Words.Number(float64(roundTwo(*b.Mandate.N)), 0))
	}
	if b.Mandate.OpenLink {
		text += " " + b.Words.T("report.plain.open_link")
	}
	return text
}

// roundTwo rounds a count to its first digit below a hundred, to two digits above.
func roundTwo(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	if unit == 1 && n >= 20 {
		unit = 10
	}
	return (n + unit/2) / unit * unit
}

func nonEmpty(texts ...string) (kept []string) {
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// bases lists on how many answers the figures of each question rest.
func (b *building) bases() []Block {
	words := b.Words
	table := &Table{Caption: words.T("report.bases"), Header: []string{words.T("report.bases.question"), words.T("report.bases.base"), words.T("report.bases.none")}}
	for _, e := range b.questions() {
		figure := b.figure(e.Name)
		number := func(n *int) string {
			if n == nil {
				return words.T("charts.hidden")
			}
			return words.Number(float64(*n), 0)
		}
		table.Rows = append(table.Rows, []string{b.Name(e), number(figure.Base), number(figure.NoAnswer)})
	}
	if len(table.Rows) == 0 {
		return nil
	}
	facts := b.Bases
	return []Block{{Kind: TableBlock, Table: table, Facts: &facts}}
}

// overview puts importance and state of all items beside each other.
func (b *building) overview() []Block {
	block, there := b.frozen[Ask{Question: b.firstPair(), As: pairsLayout}]
	if !there || !block.Chart.Drawn() {
		return nil
	}
	block.Short, block.Plain = true, b.Words.T("report.plain.pairs")
	return []Block{block}
}

// fields shows the questions of each field of action, in the catalogue's order.
func (b *building) fields() (blocks []Block) {
	if b.Fields == nil {
		return nil
	}
	for _, field := range b.Fields.All() {
		var own []Block
		for _, e := range b.questions() {
			if e.Measures != nil && e.Measures.Field == field.Key {
				own = append(own, b.shown(e)...)
			}
		}
		if len(own) > 0 {
			label := field.Label[b.Words.Language()]
			if label == "" {
				label = field.Key
			}
			blocks = append(append(blocks, Block{Kind: Heading, Level: 2, Text: label}), own...)
		}
	}
	return blocks
}

// others shows the questions that belong to no field.
func (b *building) others() (blocks []Block) {
	for _, e := range b.questions() {
		if !b.inField(e) {
			blocks = append(blocks, b.shown(e)...)
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	if b.firstPair() == "" { // a council reads at least one chart
		blocks[0].Short = true
	}
	return append([]Block{{Kind: Heading, Level: 2, Text: b.Words.T("report.others")}}, blocks...)
}

func (b *building) inField(e *survey.Element) bool {
	if b.Fields == nil || e.Measures == nil {
		return false
	}
	_, known := b.Fields.Get(e.Measures.Field)
	return known
}

// shown is the chart of a question where it is drawn.
func (b *building) shown(e *survey.Element) []Block {
	block, there := b.frozen[Ask{Question: e.Name}]
	if !there || !block.Chart.Drawn() {
		return nil
	}
	block.Plain = b.plain(e)
	return []Block{block}
}

// plain is what the short version says of a question.
func (b *building) plain(e *survey.Element) string {
	label := func(name string) string { return escapeMarkdown(b.Choice(e.Name, name)) }
	return PlainFigure(b.figure(e.Name), escapeMarkdown(b.Name(e)), label, b.Words)
}

// withheld names the questions whose figures are not shown, so that nobody takes
// them for forgotten.
func (b *building) withheld() []Block {
	var names []string
	for _, e := range b.questions() {
		if block := b.frozen[Ask{Question: e.Name}]; block.Chart == nil || !block.Chart.Drawn() {
			names = append(names, b.Name(e))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Block{{Kind: Prose, Text: b.Words.T("report.text.withheld") + "\n\n" + list(names)}}
}

// divided shows by area what is important and not yet good.
func (b *building) divided() (blocks []Block) {
	for _, e := range b.apart() {
		block, there := b.frozen[Ask{Question: e.Name, By: analysis.VariableArea}]
		if there && block.Chart.Drawn() && len(blocks) < mostDivided {
			blocks = append(blocks, block)
		}
	}
	if len(blocks) > 0 {
		blocks = append([]Block{{Kind: Prose, Text: b.Words.T("report.text.divided")}}, blocks...)
	}
	return blocks
}

// quotes are what people wrote, as it was released.
func (b *building) quotes() (blocks []Block) {
	for _, one := range b.Quotes[:min(len(b.Quotes), mostQuotes)] {
		quote := one
		blocks = append(blocks, Block{Kind: QuoteBlock, Quote: &quote})
	}
	if len(blocks) > 0 {
		blocks = append([]Block{{Kind: Prose, Text: b.Words.T("report.text.quotes")}}, blocks...)
	}
	return blocks
}

// todo names the items that are important and not yet good, and leaves to people
// what follows.
func (b *building) todo() []Block {
	apart := b.apart()
	names := make([]string, len(apart))
	for i, e := range apart {
		label, _ := e.Label.In(b.Words.Language(), b.Version.Language)
		names[i] = label
		if label == "" {
			names[i] = b.Name(e)
		}
	}
	text, plain := b.Words.T("report.text.apart_none"), b.Words.T("report.plain.apart_none")
	if b.firstPair() == "" {
		text, plain = b.Words.T("report.text.no_pairs"), b.plainResults()
	} else if len(names) > 0 {
		text = b.Words.T("report.text.apart") + "\n\n" + list(names) + "\n\n" + b.Words.T("report.text.apart_how")
		plain = b.Words.T("report.plain.apart") + "\n\n" + list(names[:min(len(names), mostPlain)])
		if len(names) > mostPlain {
			plain += "\n\n" + b.Words.T("report.plain.apart_more")
		}
	}
	return []Block{{Kind: Prose, Short: true, Text: text + "\n\n" + b.Words.T("report.text.todo"), Plain: plain + "\n\n" + b.Words.T("report.plain.todo")}}
}

// plainResults are the first sentences that plain language has for the results.
func (b *building) plainResults() string {
	var lines []string
	for _, e := range b.questions() {
		if line := b.plain(e); line != "" && len(lines) < mostPlain {
			lines = append(lines, "- "+line)
		}
	}
	return strings.Join(lines, "\n")
}

func (b *building) sources() []Block { return []Block{{Kind: SourceList, Short: true}} }

// method says how the figures came about.
func (b *building) method() []Block {
	k := b.Words.Number(float64(b.Mandate.K), 0)
	return []Block{{Kind: MethodBox, Short: true, Text: b.Words.T("report.text.method", "k", k), Plain: b.Words.T("report.plain.method", "k", k)}}
}
