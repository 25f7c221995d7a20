package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// printedForm is a questionnaire to be filled in with a pen.
type printedForm struct {
	*voice
	Description fragment
	Blocks      []*paperBlock
	Institution string
	// Mark names the survey and its version, for whoever types the answers in.
	Mark string

	wave    *store.LiveWave
	reader  reader
	numbers map[*survey.Element]int // of what is asked, from 1
	stated  bool                    // the first part in an institution's name has been met
}

// paperBlock is a part of the questionnaire. Kind names the template
// "paper-block-" + Kind: group, note, question, matrix.
type paperBlock struct {
	*printedForm
	Kind   string
	Level  int // of a group's heading, 3 to 5
	Number string
	Label  fragment
	Hint   fragment
	Only   string // for whom it is, in words; "" for everybody

	Statement bool // begins what is given in an institution's name
	AsksName  bool // and asks for that name
	Entry     string
	More      bool // another sheet may be needed

	How     string // how to answer, in words
	Choices []printedChoice
	Round   bool // one of them only
	Orders  bool // they get numbers
	Many    bool // they stand in columns
	Lines   int  // to write on
	Cells   []string
	Rows    []*paperBlock // of a matrix
	Inside  []*paperBlock
}

// printedChoice is one answer to tick.
type printedChoice struct {
	Label fragment
	Apart bool
}

// How many entries a repeat has on paper, and how long a list may be to be
// printed; longer ones are written by hand.
const (
	paperEntries    = 3
	longestList     = 40
	longestRange    = 11
	paperTextLines  = 2
	paperBlockLines = 5
)

// questionnaire shows the survey as a form on paper, in one language after the
// other.
func (s *Server) questionnaire(c echo.Context) error {
	p, err := s.printing(c)
	if err != nil {
		return err
	}
	page := s.sheetPage(c, p, "questionnaire")
	page.Small = false
	tag := p.tongues[0]
	page.Form = s.printedForm(p.wave, tag)
	page.Form.Institution = p.institutions[0].Name
	return s.page(c, http.StatusOK, "paper", page)
}

func (s *Server) printedForm(wave *store.LiveWave, tag string) *printedForm {
	f := &printedForm{voice: s.voice(wave, tag), wave: wave, reader: newReader(tag, wave.Version.Language), numbers: map[*survey.Element]int{},
		Mark: wave.Version.ID + " · " + wave.Version.Survey.Version + " · " + tag + " · " + wave.Slug}
	f.Description = f.say(wave.Version.Description)
	for _, e := range wave.Version.Elements {
		if e.Type.Asked() && !e.LabelsOnly() {
			f.numbers[e] = len(f.numbers) + 1
		}
	}
	f.Blocks = f.inside(wave.Version.Top, 3)
	return f
}

// say reads a text in the form's language. What depends on an answer is left
// open: paper does not know it.
func (f *printedForm) say(text survey.Text) fragment {
	return f.reader.text(text, func(string) string { return unknown })
}

func (f *printedForm) inside(elements []*survey.Element, level int) []*paperBlock {
	var blocks []*paperBlock
	for at := 0; at < len(elements); at++ {
		e := elements[at]
		if found := survey.MatrixRows(elements[at:]); len(found) > 1 {
			blocks = append(blocks, f.matrix(found))
			at += len(found) - 1
			continue
		}
		switch {
		case e.Type == survey.Repeat:
			blocks = append(blocks, f.repeat(e, level))
		case e.Type == survey.Group:
			blocks = append(blocks, f.group(e, level))
		case e.Node.Type == survey.Note || e.LabelsOnly():
			blocks = append(blocks, f.block(e, "note"))
		case e.Type.Asked():
			blocks = append(blocks, f.question(e))
		}
	}
	return blocks
}

func (f *printedForm) block(e *survey.Element, kind string) *paperBlock {
	return &paperBlock{printedForm: f, Kind: kind, Label: f.say(e.Label), Hint: f.say(e.Hint), Only: f.only(e)}
}

func (f *printedForm) group(e *survey.Element, level int) *paperBlock {
	b := f.block(e, "group")
	b.Level = level
	if e.Attributed && !f.stated {
		f.stated, b.Statement = true, true
		b.AsksName = true
		for _, other := range f.wave.Version.Elements {
			b.AsksName = b.AsksName && !asksInstitution(other)
		}
	}
	if e.Matrix() {
		b.Inside = []*paperBlock{f.matrix(e.Children)}
	} else {
		b.Inside = f.inside(e.Children, min(5, level+1))
	}
	return b
}

// repeat prints room for a few entries.
func (f *printedForm) repeat(e *survey.Element, level int) *paperBlock {
	b := f.block(e, "group")
	b.Level = level
	for number := 1; number <= paperEntries; number++ {
		entry := &paperBlock{printedForm: f, Kind: "group", Level: min(5, level+1), Entry: f.T("paper.form.entry", "Number", f.Number(float64(number), 0)),
			Inside: f.inside(e.Children, min(5, level+2))}
		b.Inside = append(b.Inside, entry)
	}
	b.More = true
	return b
}

// matrix prints questions with the same answers as a table, or one below the
// other where the answers are too many to stand side by side.
func (f *printedForm) matrix(elements []*survey.Element) *paperBlock {
	table := &paperBlock{printedForm: f, Kind: "matrix"}
	for _, e := range elements {
		switch {
		case e.LabelsOnly():
			table.Label = f.say(e.Label)
			continue
		case e.Node.Type == survey.Note:
			table.Hint = f.say(e.Label)
			continue
		}
		row := f.question(e)
		table.Rows = append(table.Rows, row)
		table.Choices, table.How, table.Round = row.Choices, row.How, row.Round
	}
	if len(table.Choices) > widest || len(table.Choices) == 0 {
		table.Kind, table.Level, table.Inside = "group", 4, table.Rows
	}
	return table
}

func (f *printedForm) question(e *survey.Element) *paperBlock {
	b := f.block(e, "question")
	b.Number = f.Number(float64(f.numbers[e]), 0)
	switch {
	case e.ChoicesFrom != nil:
		b.Lines = 1
		b.How = f.T("respondent.from_answers", "Question", f.say(e.ChoicesFrom.Label).Plain())
	case e.Type.Selects():
		f.choices(b, e)
	case e.Type == survey.TypeRange:
		f.scale(b, e)
	case e.Type == survey.Acknowledge:
		b.Choices = []printedChoice{{Label: fragment{Lead: "✓"}}}
	case e.Type == survey.Integer || e.Type == survey.Decimal:
		b.How, b.Lines = f.T("paper.form.number"), 1
	case e.Type == survey.Date:
		b.How = f.T("paper.form." + string(e.Precision()))
		b.Cells = dateCells(e.Precision())
	case e.Type == survey.Time:
		b.How, b.Cells = f.T("paper.form.time"), []string{"00", ":", "00"}
	case e.Type == survey.DateTime:
		b.How = f.T("paper.form.day") + " · " + f.T("paper.form.time")
		b.Cells = append(dateCells(survey.Day), " ", "00", ":", "00")
	default:
		b.Lines = paperTextLines
		if e.Looks("multiline") || e.Looks("w4") {
			b.Lines = paperBlockLines
		}
	}
	return b
}

// dateCells are the boxes of a date, as groups of digits, and what stands
// between them.
func dateCells(precision survey.Precision) []string {
	switch precision {
	case survey.Year:
		return []string{"0000"}
	case survey.Month:
		return []string{"00", ".", "0000"}
	}
	return []string{"00", ".", "00", ".", "0000"}
}

func (f *printedForm) choices(b *paperBlock, e *survey.Element) {
	switch {
	case len(e.Choices.Choices) > longestList:
		b.Lines = 1
		return
	case e.Type == survey.Rank:
		b.How, b.Orders = f.T("respondent.rank.hint"), true
	case e.Type == survey.SelectOne:
		b.How, b.Round = f.T("paper.form.one"), true
	default:
		b.How = f.T("paper.form.several")
	}
	for _, one := range e.Choices.Choices {
		label := f.say(one.Label)
		if label.Empty() {
			label = named(one)
		}
		b.Choices = append(b.Choices, printedChoice{Label: label, Apart: one.NonSubstantive})
	}
	b.Many = len(b.Choices) > 6
}

// scale prints the numbers of a range as boxes where they are few.
func (f *printedForm) scale(b *paperBlock, e *survey.Element) {
	if e.Range.Len() > longestRange {
		b.Lines = 1
		b.How = f.T("respondent.range_hint", "Low", f.Digits(e.Range.Low()), "High", f.Digits(e.Range.High()))
		return
	}
	b.How, b.Round = f.T("paper.form.one"), true
	for place := range e.Range.Len() {
		number := e.Range.At(place)
		shown := f.Digits(number)
		if label := f.say(e.Range.Label(number)); !label.Empty() {
			shown += " – " + label.First()
		}
		b.Choices = append(b.Choices, printedChoice{Label: plainFragment(shown)})
	}
}

// Rule are the lines to write on.
func (b *paperBlock) Rule() []struct{} { return make([]struct{}, b.Lines) }

// Numerals tells the style sheet in which digits pages are counted.
func (f *printedForm) Numerals() string {
	switch f.Localizer.Number(1, 0) {
	case "١":
		return "arabic"
	case "۱":
		return "persian"
	}
	return "latin"
}

// Dir is the direction of the form.
func (f *printedForm) Dir() string { return i18n.Direction(f.Language()) }
