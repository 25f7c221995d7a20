package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bedarfslotse/internal/i18n"
)

// layout is what both writers share: the numbers of figures and tables, the
// contents, and the words around the blocks.
type layout struct {
	*i18n.Localizer
	document *Document
	Contents []entry
	numbers  map[*Block]numbers
}

// numbers of a block's picture and table among those of the report, 0 for none.
type numbers struct{ figure, table int }

// entry is a heading in the contents.
type entry struct {
	ID, Text string
	Level    int // 1 to 3; none is skipped on the way down
	block    *Block
}

// leastContents is how many headings make a list of contents worth its room.
const leastContents = 3

func newLayout(d *Document, words *i18n.Localizer) *layout {
	l := &layout{Localizer: words, document: d, numbers: map[*Block]numbers{}}
	level, figures, tables := 0, 0, 0
	for i := range d.Blocks {
		b := &d.Blocks[i]
		var own numbers
		switch {
		case b.Kind == Heading:
			level = min(max(b.Level, 1), level+1, 3)
			l.Contents = append(l.Contents, entry{ID: anchor(b), Text: l.printed(l.document.heading(b)), Level: level, block: b})
			continue
		case b.Kind == ChartBlock && b.Chart != nil && b.Chart.Drawn():
			figures++
			own.figure = figures
		}
		if l.grid(b) != nil {
			tables++
			own.table = tables
		}
		l.numbers[b] = own
	}
	return l
}

// entry is that of a heading.
func (l *layout) entry(b *Block) entry {
	for _, one := range l.Contents {
		if one.block == b {
			return one
		}
	}
	return entry{}
}

// anchor is the id of a block in the page.
func anchor(b *Block) string { return "b-" + b.ID }

// Title and the others are for the page.
func (l *layout) Title() string { return l.printed(l.document.Title) }

// Subtitle stands below the title.
func (l *layout) Subtitle() string { return l.printed(l.document.Subtitle) }

// Author answers for the report.
func (l *layout) Author() string { return clean(l.document.Meta.Author) }

// Short tells which version it is.
func (l *layout) Short() bool { return l.document.Short }

// HasContents tells whether a list of contents stands at the front.
func (l *layout) HasContents() bool { return !l.document.Short && len(l.Contents) >= leastContents }

// Sample tells that the answers are made up.
func (l *layout) Sample() bool { return l.document.Sample }

// Day says when the report was last changed.
func (l *layout) Day() string {
	return l.Say("report.as_of", "day", Day(l.Localizer, l.document.Meta.Day))
}

// Say is a phrase as it is printed.
func (l *layout) Say(key string, pairs ...any) string { return l.printed(l.T(key, pairs...)) }

// printed cleans and typesets a line.
func (l *layout) printed(text string) string {
	return typeset(strings.Join(strings.Fields(clean(text)), " "), l.Language())
}

// all typesets several lines.
func (l *layout) all(lines []string) []string {
	set := make([]string, len(lines))
	for i, line := range lines {
		set[i] = l.printed(line)
	}
	return set
}

// typeset sets the runs of a paragraph as one text would be: a quotation mark
// knows what stands before it in another run.
func (l *layout) typeset(runs []run) []run {
	const border = "\x00"
	texts := make([]string, len(runs))
	for i, one := range runs {
		texts[i] = one.text
	}
	set := strings.Split(typeset(strings.Join(texts, border), l.Language()), border)
	made := make([]run, len(runs))
	for i, one := range runs {
		made[i] = one
		if len(set) == len(runs) {
			made[i].text = set[i]
		}
	}
	return made
}

// Day writes a day as readers of the language do.
func Day(words *i18n.Localizer, iso string) string {
	day, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return words.T("respondent.date", "Day", words.Digits(day.Format("02")), "Month", words.Digits(day.Format("01")), "Year", words.Digits(day.Format("2006")))
}

// caption names a picture with its number.
func (l *layout) caption(b *Block, text string) string {
	return l.Say("report.figure", "number", strconv.Itoa(l.numbers[b].figure), "caption", text)
}

// tableCaption names a table with its number.
func (l *layout) tableCaption(b *Block, g *grid) string {
	return l.Say("report.table", "number", strconv.Itoa(l.numbers[b].table), "caption", g.caption)
}

// grid is any table as it is written.
type grid struct {
	caption string
	header  []string
	rows    [][]gridCell
	notes   []string
}

type gridCell struct {
	Text, More string
	Tone       Tone
}

// grid is the table of a block, nil where it has none: of charts in the full
// version alone.
func (l *layout) grid(b *Block) *grid {
	switch {
	case b.Kind == ChartBlock && b.Chart != nil:
		if l.document.Short || len(b.Chart.Table.Header) == 0 {
			return nil
		}
		g := l.plainGrid(&b.Chart.Table)
		g.notes = append(g.notes, b.Chart.Notes...)
		return g
	case b.Kind == TableBlock && b.Table != nil && len(b.Table.Header) > 0:
		return l.plainGrid(b.Table)
	case b.Kind == MatrixBlock && b.Matrix != nil:
		return l.matrixGrid(b.Matrix)
	case b.Kind == IndicatorList && len(b.Indicators) > 0:
		return l.indicatorGrid(b.Indicators)
	}
	return nil
}

func (l *layout) plainGrid(t *Table) *grid {
	g := &grid{caption: t.Caption, header: t.Header, notes: t.Notes}
	for _, row := range t.Rows {
		cells := make([]gridCell, len(t.Header))
		for i := range min(len(row), len(cells)) {
			cells[i].Text = l.printed(row[i])
		}
		g.rows = append(g.rows, cells)
	}
	g.narrow()
	return g
}

// narrow takes out the columns in which no row has anything.
func (g *grid) narrow() {
	for i := len(g.header) - 1; i > 0; i-- {
		if slices.ContainsFunc(g.rows, func(row []gridCell) bool { return row[i] != gridCell{} }) {
			continue
		}
		g.header = slices.Delete(slices.Clone(g.header), i, i+1)
		for at := range g.rows {
			g.rows[at] = slices.Delete(g.rows[at], i, i+1)
		}
	}
}

func (l *layout) matrixGrid(m *Matrix) *grid {
	g := &grid{caption: m.Caption, header: append([]string{m.Corner}, m.Columns...), notes: m.Notes}
	for _, row := range m.Rows {
		cells := make([]gridCell, len(g.header))
		cells[0].Text = l.printed(row.Label)
		for i := range min(len(row.Cells), len(m.Columns)) {
			one := row.Cells[i]
			cells[i+1] = gridCell{Text: l.printed(one.Word), More: l.printed(one.Figure), Tone: one.Tone.known()}
		}
		g.rows = append(g.rows, cells)
	}
	return g
}

func (l *layout) indicatorGrid(all []Indicator) *grid {
	g := &grid{caption: l.T("report.indicators")}
	for _, name := range []string{"label", "actual", "target", "status", "source"} {
		g.header = append(g.header, l.T("report.indicator."+name))
	}
	for _, one := range all {
		g.rows = append(g.rows, []gridCell{{Text: l.printed(one.Label)}, {Text: l.printed(one.Actual)}, {Text: l.printed(one.Target)},
			{Text: l.printed(one.Status), Tone: one.Tone.known()}, {Text: l.printed(one.Source)}})
	}
	return g
}

// known is a tone that there is.
func (t Tone) known() Tone {
	if slices.Contains(Tones(), t) {
		return t
	}
	return Neutral
}

// fact is a piece of the line below figures.
type fact struct{ Text, Link string }

// facts are the line below figures: what they are of, and where the same is seen.
func (l *layout) facts(b *Block) []fact {
	f := b.Facts
	if f == nil {
		return nil
	}
	var line []fact
	add := func(text string) {
		if text != "" {
			line = append(line, fact{Text: l.printed(text)})
		}
	}
	if f.WaveTitle != "" {
		add(l.T("report.fact.wave", "wave", f.WaveTitle))
	}
	add(f.Base)
	if f.Filter != "" {
		add(l.T("report.fact.filter", "filter", f.Filter))
	}
	switch {
	case f.Wave == "" || l.document.Short:
	case f.Release == 0:
		add(l.T("report.fact.snapshot"))
	case f.Day != "":
		add(l.T("report.fact.release", "number", l.Number(float64(f.Release), 0), "day", Day(l.Localizer, f.Day)))
	}
	add(l.T("report.fact.frozen", "day", Day(l.Localizer, f.Frozen)))
	if f.Source != "" {
		add(l.T("report.fact.source", "source", f.Source))
	}
	if f.Licence != "" {
		add(l.T("report.fact.licence", "licence", f.Licence))
	}
	if f.Address != "" && !l.document.Short {
		line = append(line, fact{Text: l.T("report.fact.address", "address", clean(f.Address)), Link: l.absolute(f.Address)})
	}
	return line
}

// absolute is an address of the program as a link, "" where it is not known
// under which address the world sees it.
func (l *layout) absolute(path string) string {
	if l.document.Origin == "" || !strings.HasPrefix(path, "/") {
		return ""
	}
	return webAddress(l.document.Origin + path)
}

// sources lists what the report rests on: the waves, what the block adds, and in
// the short version the addresses of its figures.
func (l *layout) sources(b *Block) []string {
	var lines, known []string
	for i := range l.document.Blocks {
		f := l.document.Blocks[i].Facts
		if f == nil || f.Wave == "" {
			continue
		}
		key := f.Wave + " " + f.Day
		if slices.Contains(known, key) {
			continue
		}
		known = append(known, key)
		phrase := "report.source.wave"
		if f.Release == 0 {
			phrase = "report.source.snapshot"
		}
		text := l.T(phrase, "wave", f.WaveTitle, "day", Day(l.Localizer, f.Day))
		if f.Licence != "" {
			text += " " + l.T("report.fact.licence", "licence", f.Licence) + "."
		}
		lines = append(lines, l.printed(text))
	}
	for _, one := range b.Sources {
		if text := textOf(read(one)); text != "" {
			lines = append(lines, l.printed(text))
		}
	}
	if l.document.Short {
		for _, f := range l.document.addresses() {
			lines = append(lines, l.T("report.fact.address", "address", clean(l.document.Origin+f.Address)))
		}
	}
	return lines
}

// textOf is what passages say, on one line.
func textOf(passages []passage) string {
	var words []string
	for _, one := range passages {
		for _, piece := range one.runs {
			words = append(words, piece.text)
			if piece.breaks {
				words = append(words, " ")
			}
		}
		words = append(words, " ")
	}
	return strings.Join(strings.Fields(strings.Join(words, "")), " ")
}

// quoted is a quote between the marks of the report's language.
func (l *layout) quoted(q *Quote) string {
	return l.T("report.quoted", "text", strings.Join(strings.Fields(clean(q.Text)), " "))
}

// translated says from which language a quote was translated.
func (l *layout) translated(q *Quote) string {
	return l.Say("report.translated", "language", i18n.NativeName(q.Language))
}
