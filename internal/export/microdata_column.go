package export

import (
	"strconv"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// column holds one variable of all rows as codes of its distinct values.
type column struct {
	name    string
	process string          // one of the response.Column names; else
	element *survey.Element // a question, or a repeat, whose instances are counted
	guarded bool            // see [microdata.guard]

	codes  []uint32
	blanks bool     // some row has no value
	values []string // by code
	index  map[string]uint32
	shown  []string // by code: what is written
}

// The first two codes; the others are given as values come.
const (
	notAsked uint32 = iota
	noAnswer
)

func (c *column) prepare() {
	c.index = map[string]uint32{"": noAnswer}
	c.values = []string{"", ""}
	c.shown = c.values
}

func (c *column) add(record *Record) {
	code := notAsked
	if c.element == nil || record.Answers.Top().Relevant(c.element) {
		text := c.text(record)
		var known bool
		if code, known = c.index[text]; !known {
			code = uint32(len(c.values))
			c.values = append(c.values, text)
			c.shown = c.values
			c.index[text] = code
		}
	}
	c.blanks = c.blanks || code <= noAnswer
	c.codes = append(c.codes, code)
}

func (c *column) text(record *Record) string {
	switch {
	case c.element == nil:
		return c.processText(record)
	case c.element.Type == survey.Repeat:
		return strconv.Itoa(len(record.Answers.Top().Instances(c.element)))
	}
	text := record.Answers.Top().Text(c.element)
	if text == "NaN" && c.element.Type == survey.Calculate {
		return "" // computed from what was not answered
	}
	switch c.element.Precision() { // the rest of the stored day was never asked for
	case survey.Year:
		return cut(len("2026"))(text)
	case survey.Month:
		return cut(len("2026-03"))(text)
	default:
		return text
	}
}

func (c *column) processText(record *Record) string {
	switch c.process {
	case response.ColumnArea:
		return record.Area
	case response.ColumnInstitutionType:
		return record.InstitutionType
	case response.ColumnLanguage:
		return record.Language
	case response.ColumnDay:
		return record.Day
	case response.ColumnDuration:
		return durationText(record.Duration)
	}
	panic("export: no such process column: " + c.process)
}
