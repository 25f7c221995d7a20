// Package report is the document that leaves the program: the concept's chapter
// on the state of things and its short version for the council, built from
// blocks, written as HTML and as DOCX.
//
// A block that shows figures is frozen: it carries the words, the table and the
// picture as they were on a day, and the address of the explorer that shows the
// same again. The room adds no figures of its own.
package report

import (
	"slices"
)

// Document is a report as it is written out.
type Document struct {
	Title string
	// Subtitle stands below the title: the area, the wave. "" for none.
	Subtitle string
	Language string // tag of the report's own words
	Meta     Meta
	// Short tells that this is the short version: blocks are written without
	// tables and notes, and the contents are left out.
	Short bool
	// Sample tells that the answers are made up; the report says so at its top.
	Sample bool
	// Origin is the address of the program, "https://…" without a slash at its
	// end; with it the addresses of figures become links. "" where not known.
	Origin string
	Blocks []Block
}

// Meta is what is known of the document beside its content.
type Meta struct {
	// Author is who answers for the report.
	Author string
	// Day is when the report was last changed, 2006-01-02. It is the only time in
	// the files, so that the same report gives the same bytes.
	Day     string
	Subject string
}

// Kind is what a block shows.
type Kind string

// The kinds of blocks.
const (
	Heading       Kind = "heading"
	Prose         Kind = "text" // Markdown
	ChartBlock    Kind = "chart"
	TableBlock    Kind = "table"
	MatrixBlock   Kind = "matrix"
	IndicatorList Kind = "indicator"
	QuoteBlock    Kind = "quote"
	MethodBox     Kind = "method"  // Markdown in a box
	SourceList    Kind = "sources" // lists what the blocks rest on
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Heading, Prose, ChartBlock, TableBlock, MatrixBlock, IndicatorList, QuoteBlock, MethodBox, SourceList}
}

// Figures tells whether blocks of the kind show figures, so that they are frozen
// and never typed.
func (k Kind) Figures() bool {
	return slices.Contains([]Kind{ChartBlock, TableBlock, MatrixBlock, IndicatorList}, k)
}

// Block is one piece of a report. Which fields it has follows from its kind.
type Block struct {
	ID   string `json:"id"` // unique in its report: letters and digits, a letter first
	Kind Kind   `json:"kind"`
	// Short marks what the short version has as well.
	Short bool `json:"short,omitempty"`
	// Level of a heading, 1 for chapters to 3.
	Level int `json:"level,omitempty"`
	// Text is a heading's one line, or Markdown.
	Text string `json:"text,omitempty"`
	// Plain is what the short version says instead of Text, or beside a figure:
	// Markdown in plain language. "" for the same.
	Plain string `json:"plain,omitempty"`

	Chart      *Chart      `json:"chart,omitempty"`
	Table      *Table      `json:"table,omitempty"`
	Matrix     *Matrix     `json:"matrix,omitempty"`
	Indicators []Indicator `json:"indicators,omitempty"`
	Quote      *Quote      `json:"quote,omitempty"`
	Sources    []string    `json:"sources,omitempty"` // beyond those of the other blocks, Markdown each
	// Facts are those of a block that was frozen.
	Facts *Facts `json:"facts,omitempty"`
}

// Chart is a picture, the sentence that says the same, and the table behind it.
type Chart struct {
	Caption string   `json:"caption"`
	Alt     string   `json:"alt"` // also the sentence beside the picture
	Notes   []string `json:"notes,omitempty"`
	// SVG and PNG are the same picture; both empty where there is nothing to draw.
	SVG []byte `json:"svg,omitempty"`
	PNG []byte `json:"png,omitempty"`
	// Width and Height are those of the picture in CSS pixels.
	Width  int   `json:"width,omitempty"`
	Height int   `json:"height,omitempty"`
	Table  Table `json:"table"`
}

// Drawn tells whether there is a picture.
func (c *Chart) Drawn() bool { return len(c.SVG) > 0 && len(c.PNG) > 0 && c.Width > 0 && c.Height > 0 }

// Table is plain texts in rows. The first cell of each row names it.
type Table struct {
	Caption string     `json:"caption"`
	Header  []string   `json:"header"`
	Rows    [][]string `json:"rows"`
	Notes   []string   `json:"notes,omitempty"`
}

// Tone says how a cell of a matrix is coloured; the word in it says the same.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Good    Tone = "good"
	Mild    Tone = "mild"
	Warning Tone = "warning"
	Urgent  Tone = "urgent"
	Unclear Tone = "unclear"
)

// Tones lists every tone.
func Tones() []Tone { return []Tone{Neutral, Good, Mild, Warning, Urgent, Unclear} }

// Matrix is a table whose cells have a tone: fields of action by areas or
// audiences.
type Matrix struct {
	Caption string      `json:"caption"`
	Corner  string      `json:"corner"` // names the first column
	Columns []string    `json:"columns"`
	Rows    []MatrixRow `json:"rows"`
	Notes   []string    `json:"notes,omitempty"` // the thresholds, among others
}

// MatrixRow is one field of action.
type MatrixRow struct {
	Label string `json:"label"`
	Cells []Cell `json:"cells"`
}

// Cell is one cell of a matrix. A hidden figure leaves Figure empty.
type Cell struct {
	Word   string `json:"word"`
	Figure string `json:"figure,omitempty"` // beside the word, such as "35 (20 bis 50)"
	Tone   Tone   `json:"tone,omitempty"`
}

// Indicator is one line of an Ist–Soll table; all as readers write it.
type Indicator struct {
	Label  string `json:"label"`
	Actual string `json:"actual"` // Ist with its reference day
	Target string `json:"target"` // Soll with its day, "" for none
	Status string `json:"status"`
	Tone   Tone   `json:"tone,omitempty"`
	Source string `json:"source"`
}

// Quote is what somebody wrote, as it was released.
type Quote struct {
	// Released is the id under which the store releases it, and Question whose
	// answer it is: by them it is looked up again.
	Released string `json:"released"`
	Question string `json:"question"`
	Text     string `json:"text"` // in the report's language
	// Translated tells that Text is a person's translation. Original and Language
	// are what was written, "" where the language may not be known.
	Translated bool   `json:"translated,omitempty"`
	Original   string `json:"original,omitempty"`
	Language   string `json:"language,omitempty"`
}

// Facts say what frozen figures are of.
type Facts struct {
	Frozen    string `json:"frozen"`         // day on which the block was frozen
	Wave      string `json:"wave,omitempty"` // slug
	WaveTitle string `json:"wave_title,omitempty"`
	// Release is the number of the wave's release, and Day its day; 0 and the day
	// of freezing for the snapshot of a wave that is still answered.
	Release int    `json:"release,omitempty"`
	Day     string `json:"day,omitempty"`
	Filter  string `json:"filter,omitempty"` // in words, "" for the whole wave
	Base    string `json:"base,omitempty"`   // in words: "n = 84"
	Source  string `json:"source,omitempty"`
	Licence string `json:"licence,omitempty"`
	// Address is the path of the page that shows the same figures, with its query.
	Address string `json:"address,omitempty"`
}

// ShortVersion is the same report with the blocks marked for it alone, in plain
// language where they have it.
func (d Document) ShortVersion() Document {
	short := d
	short.Short, short.Blocks = true, nil
	for _, block := range d.Blocks {
		if block.Short {
			short.Blocks = append(short.Blocks, block)
		}
	}
	return short
}

// heading is what a heading says.
func (d *Document) heading(b *Block) string {
	if d.Short && b.Plain != "" {
		return b.Plain
	}
	return b.Text
}

// markdown is what a block says in Markdown: in the short version its plain words.
func (d *Document) markdown(b *Block) string {
	if d.Short && b.Plain != "" {
		return b.Plain
	}
	if b.Kind == Prose || b.Kind == MethodBox {
		return b.Text
	}
	return ""
}

// addresses lists the addresses of all figures, each once, in the order of the
// report.
func (d *Document) addresses() []*Facts {
	var all []*Facts
	for i := range d.Blocks {
		facts := d.Blocks[i].Facts
		if facts != nil && facts.Address != "" && !slices.ContainsFunc(all, func(one *Facts) bool { return one.Address == facts.Address }) {
			all = append(all, facts)
		}
	}
	return all
}
