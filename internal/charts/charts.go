// Package charts draws figures: the options for the chart in the page, the
// sentence and the table that say the same, and the static picture.
//
// It receives figures that have passed disclosure control and adds nothing to
// them. A hidden value has no place in the options, the order of the bars, the
// ends of the axes or the words. Numbers are rounded here and nowhere before
// (METHODS 1).
package charts

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// Chart is one question's figures in every form that a page or document needs.
type Chart struct {
	ID    string // the question's name, made safe for an HTML id
	Title string // the question's label as plain text
	// Direction is "rtl" or "ltr": that of the chart's words.
	Direction string
	Language  string // of the chart's words, as a lang attribute takes it
	// Options are Apache ECharts options without functions. They are safe
	// inside <script type="application/json">: <, > and & are escaped. Nil when
	// there is nothing to draw; then Summary says why.
	Options json.RawMessage
	Summary string   // one to three plain sentences: what it shows, how sure that is
	Table   Table    // the same figures, and more exactly
	Notes   []string // what a reader must know beside the chart, as whole sentences
	// Width and Height are the size in CSS pixels for which labels were
	// wrapped; 0 when there is nothing to draw.
	Width, Height int
	// Data is the same for machines, a line per figure: the download as CSV.
	Data Data

	scene *scene // of charts by group, which are drawn without ECharts
}

// Drawn tells whether there is a picture at all.
func (c *Chart) Drawn() bool { return len(c.Options) > 0 || c.scene != nil }

// Fingerprint is a hash of everything that the chart's pictures show, the theme
// left aside: equal charts give equal pictures.
func (c *Chart) Fingerprint() [sha256.Size]byte {
	text := fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%d×%d\x00%s\x00", c.ID, c.Language, c.Title, c.Summary, c.Width, c.Height, c.Options)
	if c.scene != nil {
		text = c.scene.appendTo(text)
	}
	return sha256.Sum256(text)
}

// Table is the accessible twin of a chart. All texts are plain: the template
// escapes them.
type Table struct {
	Caption string
	Header  []string // the first names the rows
	Rows    []Row
}

// Row is one line of a [Table].
type Row struct {
	Label string
	Cells []string // one less than the table's header has; "" where a figure does not exist
	// Hidden tells that the figures are withheld; the cells say so in words.
	Hidden bool
	Kind   RowKind
}

// RowKind says what a row counts.
type RowKind string

// The kinds of rows, in the order in which they appear.
const (
	ChoiceRow  RowKind = "choice"  // a choice or class: part of the base
	MeanRow    RowKind = "mean"    // the mean
	BaseRow    RowKind = "base"    // the base n
	ApartRow   RowKind = "apart"   // "don't know" and the like, outside the base
	MissingRow RowKind = "missing" // no answer, not asked
)

// Default sizes in CSS pixels. Narrow suits a phone held upright.
const (
	DefaultWidth = 720
	Narrow       = 340
	narrowest    = 280
	widest       = 1600
)

type settings struct {
	width     int
	languages []string
	chance    bool
	perturbed bool
	public    bool
	choice    string
}

// Option changes how [Build] works.
type Option func(*settings)

// Width sets the chart's width in CSS pixels, kept within 280..1600.
func Width(pixels int) Option {
	return func(s *settings) { s.width = min(max(pixels, narrowest), widest) }
}

// Languages gives the languages in which labels are looked for after the
// words' own; the survey's languages, its source first, are the right ones.
func Languages(tags ...string) Option {
	return func(s *settings) { s.languages = append(s.languages, tags...) }
}

// WithoutChanceNote leaves out the note that intervals speak of chance alone.
// A page that shows many charts prints it once, beside its first interval.
func WithoutChanceNote() Option { return func(s *settings) { s.chance = false } }

// Perturbed marks the figures as perturbed (METHODS 5.6): they carry ≈.
func Perturbed() Option { return func(s *settings) { s.perturbed = true } }

// Public is for a page that everybody reads, in any language of respondents: its
// figures are perturbed, months are written in figures, as elsewhere on pages for
// respondents, and what holds for all figures the page says once, not in the
// notes of each.
func Public() Option {
	return func(s *settings) { s.perturbed, s.public, s.chance = true, true, false }
}

// Build makes the chart of one question's figure. The element gives the labels
// and must be the question that the figure names; a nil element shows names
// instead of labels.
func Build(figure analysis.Figure, element *survey.Element, words *i18n.Localizer, options ...Option) Chart {
	b := newBuilder(figure, element, words, options)
	b.arrange()
	chart := Chart{
		ID:        identifier(figure.Question),
		Title:     b.title(),
		Direction: words.Direction(),
		Language:  words.Language(),
		Summary:   b.summary(),
		Notes:     b.notes(),
	}
	chart.Table = b.table(chart.Title)
	chart.Data = b.data()
	drawing := b.draw()
	if drawing == nil {
		return chart
	}
	chart.Width, chart.Height = b.width, drawing.height
	chart.Options = drawing.encode(chart.Summary)
	return chart
}

// builder carries what all parts of one chart need.
type builder struct {
	settings
	figure  analysis.Figure
	element *survey.Element
	words   *i18n.Localizer
	right   bool // the words run from right to left
	entries []entry
}

// entry is a cell with its words, in the order in which it is shown.
type entry struct {
	analysis.Cell
	label label
}

func (e entry) shown() bool { return !e.Suppressed && e.Count != nil && e.Share != nil }

func newBuilder(figure analysis.Figure, element *survey.Element, words *i18n.Localizer, options []Option) *builder {
	b := &builder{
		settings: settings{width: DefaultWidth, languages: []string{words.Language()}, chance: true},
		figure:   figure, element: element, words: words,
		right: words.Direction() == "rtl",
	}
	for _, option := range options {
		option(&b.settings)
	}
	b.languages = append(b.languages, i18n.Chain(words.Language())...)
	for _, cell := range figure.Cells {
		b.entries = append(b.entries, entry{Cell: cell, label: b.cellLabel(cell)})
	}
	return b
}

// arrange puts the entries in the order in which they are shown.
func (b *builder) arrange() {
	switch {
	case b.places():
		sortByPlace(b.entries)
	case b.sorted():
		sortEntries(b.entries)
	}
}

// sorted tells whether the entries may be put in the order of their counts:
// choices without an order of their own.
func (b *builder) sorted() bool {
	switch b.figure.Kind {
	case analysis.Single, analysis.Multiple:
		return !ascending(b.entries)
	default:
		return b.figure.Kind == analysis.Order
	}
}

// sortEntries puts the most frequent first and hidden ones last. Hidden ones
// and ties stay in the list's order, so that the order tells nothing that the
// counts do not.
func sortEntries(entries []entry) {
	slices.SortStableFunc(entries, func(a, b entry) int {
		switch {
		case a.shown() && b.shown():
			return cmp.Compare(*b.Count, *a.Count)
		case a.shown():
			return -1
		case b.shown():
			return 1
		default:
			return 0
		}
	})
}

// ascending tells whether the labels carry numbers that rise along the list,
// such as age bands ("under 3", "3 to 5", "6 to 9"). Sorting those by count
// would tear them apart.
func ascending(entries []entry) bool {
	if len(entries) < 3 {
		return false
	}
	last := -1
	for _, e := range entries {
		number, found := firstNumber(e.label.text)
		if !found || number < last {
			return false
		}
		last = number
	}
	first, _ := firstNumber(entries[0].label.text)
	return last > first
}

// hidden counts the cells of the question that are not shown.
func (b *builder) hidden() int {
	count := 0
	for _, e := range b.entries {
		if !e.shown() {
			count++
		}
	}
	return count
}

// visible returns the entries that have figures.
func (b *builder) visible() []entry {
	var shown []entry
	for _, e := range b.entries {
		if e.shown() {
			shown = append(shown, e)
		}
	}
	return shown
}

// draw lays the chart out; nil when there is nothing to draw.
func (b *builder) draw() *drawing {
	if b.figure.Base == nil || len(b.visible()) == 0 {
		return nil
	}
	switch {
	case b.figure.Kind == analysis.Scale:
		if b.hidden() == 0 {
			return b.stacked()
		}
		return b.bars() // a stack with holes would show parts beside each other that are not
	case b.classed():
		return b.histogram()
	case b.places():
		return b.order()
	case b.figure.Kind == analysis.Answered:
		return nil
	default:
		return b.bars()
	}
}
