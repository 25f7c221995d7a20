package tabular

import (
	"iter"
	"slices"
	"strings"
	"unicode"

	"bedarfslotse/internal/failure"
)

// Mapping says which columns of a table fill which targets.
type Mapping struct {
	// Columns are the columns, from 0, that make up a target, by its key.
	Columns map[string][]int `json:"columns"`
	// Fixed is the value of a target for rows that have none, by its key.
	Fixed map[string]string `json:"fixed,omitempty"`
	// Values are what texts mean that are no choice of a target: the key of one;
	// by the target's key and [Loose] text.
	Values map[string]map[string]string `json:"values,omitempty"`
}

// Fills tells whether the mapping has anything for a target.
func (m Mapping) Fills(key string) bool { return len(m.Columns[key]) > 0 || m.Fixed[key] != "" }

// Field is what a row says of one target.
type Field struct {
	Text   string   // text, key of a choice, official number or address
	Pieces []string // the cells that it comes from, as they stand there
	Number float64  // of NumberValue
	Column int      // the first column it comes from, from 1; 0 for a fixed value
	Known  bool     // of a choice: Text is its key, and not a text of its own
}

// Record is one row, read through a mapping. A target whose cells are blank or
// unreadable has no field.
type Record struct {
	Line    int
	Fields  map[string]Field
	Refused bool // something required is missing; a finding says what
}

// Text returns the text of a target, "" when the row has none.
func (r Record) Text(key string) string { return r.Fields[key].Text }

// Unknown is a text that is by itself none of a target's choices.
type Unknown struct {
	Target string // key
	Text   string
	Means  string // key of the choice that the mapping makes of it, "" for none
	Count  int    // rows that have it
	Line   int    // the first of them
}

// Mapped is a table that is read through a mapping.
type Mapped struct {
	table   Table
	mapping Mapping
	targets []mappedTarget
	notes   notes
	unknown map[[2]string]*Unknown
}

type mappedTarget struct {
	Target
	columns []int
	index   map[string]string // of choices
	chosen  map[string]string // what texts of the table were found to mean
	fixed   *Field
}

// Open begins to read a table through the mapping. The error is
// [failure.Findings] when nothing fills a required target, or the mapping is not
// one for this table. file and sheet are only put into findings.
func (m Mapping) Open(table Table, targets []Target, file, sheet string) (*Mapped, error) {
	mapped := &Mapped{table: table, mapping: m, notes: notes{file: file, sheet: sheet}, unknown: map[[2]string]*Unknown{}}
	var findings failure.Findings
	find := func(key string, target Target) {
		findings = append(findings, failure.Finding{Severity: failure.Fatal, Key: key, File: file, Sheet: sheet,
			Line: table.Header().Line, Params: failure.Params{"target": failure.Label(target.Label)}})
	}
	for _, target := range targets {
		one := mappedTarget{Target: target, columns: m.Columns[target.Key], index: target.choices(), chosen: map[string]string{}}
		for _, column := range one.columns {
			if column < 0 || column >= len(table.Header().Cells) {
				find(keyColumnOutside, target)
			}
		}
		if text := m.Fixed[target.Key]; text != "" && target.Fixed {
			field, trouble := one.read([]string{text}, 0)
			if trouble != "" || target.chooses() && !field.Known {
				find(keyBadFixed, target)
				continue
			}
			one.fixed = &field
		}
		if target.Required && len(one.columns) == 0 && one.fixed == nil {
			find(keyTargetMissing, target)
		}
		if len(one.columns) > 0 || one.fixed != nil {
			mapped.targets = append(mapped.targets, one)
		}
	}
	if len(findings) > 0 {
		return nil, findings
	}
	return mapped, nil
}

// Rows yields the rows that hold anything. It may be ranged over once.
func (m *Mapped) Rows() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for row, err := range m.table.Rows() {
			if err != nil {
				yield(Record{}, err)
				return
			}
			if !row.Blank() && !yield(m.record(row), nil) {
				return
			}
		}
	}
}

// Findings returns what was odd in the rows read so far, in the order of the
// file.
func (m *Mapped) Findings() failure.Findings {
	found := append(m.notes.all(), m.table.Findings()...)
	found.Sort()
	return found
}

// Unknown returns the texts read so far that are no choices, the commonest
// first.
func (m *Mapped) Unknown() []Unknown {
	list := make([]Unknown, 0, len(m.unknown))
	for _, one := range m.unknown {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Unknown) int {
		if a.Target == b.Target && a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Target+"\x00"+a.Text, b.Target+"\x00"+b.Text)
	})
	return list
}

// Note tells that a row's field is not what its importer needs.
func (m *Mapped) Note(severity failure.Severity, key string, record Record, target string, params failure.Params) {
	field := record.Fields[target]
	cell := field.Text
	if len(field.Pieces) > 0 {
		cell = field.Pieces[0]
	}
	m.notes.add(severity, key, record.Line, field.Column, cell, params)
}

func (m *Mapped) record(row Row) Record {
	record := Record{Line: row.Line, Fields: make(map[string]Field, len(m.targets))}
	for i := range m.targets {
		target := &m.targets[i]
		field, ok := m.field(target, row)
		switch {
		case ok:
			record.Fields[target.Key] = field
		case target.fixed != nil:
			record.Fields[target.Key] = *target.fixed
		case target.Required:
			record.Refused = true
			m.notes.add(failure.Fatal, keyRequiredBlank, row.Line, target.columns[0]+1, row.Cell(target.columns[0]),
				failure.Params{"target": failure.Label(target.Label)})
		}
	}
	return record
}

// field reads a target's cells; false when they are blank or of no use.
func (m *Mapped) field(target *mappedTarget, row Row) (Field, bool) {
	pieces := make([]string, 0, len(target.columns))
	column := 0
	for _, at := range target.columns {
		if text := clean(row.Cell(at)); text != "" {
			if pieces = append(pieces, text); column == 0 {
				column = at + 1
			}
		}
	}
	if len(pieces) == 0 {
		return Field{}, false
	}
	if target.chooses() {
		text := strings.Join(pieces, " ")
		if key := m.mapping.Values[target.Key][Loose(text)]; key != "" && target.index[Loose(key)] == key {
			m.count(target.Key, text, key, row.Line)
			return Field{Text: key, Pieces: pieces, Column: column, Known: true}, true
		}
	}
	field, trouble := target.read(pieces, column)
	if trouble != "" {
		params := failure.Params{"least": int(target.Least), "most": int(target.Most), "digits": target.Digits, "limit": MaxText, "read": field.Text}
		severity := failure.Warning
		if target.Required && !warns(trouble) {
			severity = failure.Fatal
		}
		m.notes.add(severity, trouble, row.Line, column, pieces[0], params)
	}
	if target.chooses() && !field.Known {
		m.count(target.Key, field.Text, "", row.Line)
		if !target.Free {
			m.notes.add(failure.Warning, keyUnknownChoice, row.Line, column, field.Text, failure.Params{"target": failure.Label(target.Label)})
			return Field{}, false
		}
	}
	return field, trouble == "" || warns(trouble)
}

// warns tells whether a field is good in spite of the trouble.
func warns(trouble string) bool {
	return trouble == keyLeadingZero || trouble == keyUnsureNumber || trouble == keyTextLong
}

func (m *Mapped) count(target, text, means string, line int) {
	known := m.unknown[[2]string{target, text}]
	if known == nil {
		if len(m.unknown) >= maxNotes {
			return
		}
		known = &Unknown{Target: target, Text: text, Means: means, Line: line}
		m.unknown[[2]string{target, text}] = known
	}
	known.Count++
}

// read makes a field of the pieces; trouble is the key of what is wrong.
func (t *mappedTarget) read(pieces []string, column int) (field Field, trouble string) {
	field = Field{Text: strings.Join(pieces, " "), Pieces: pieces, Column: column}
	switch t.Kind {
	case NumberValue:
		value, unsure, ok := Number(field.Text, t.Whole)
		bounded := t.Least != 0 || t.Most != 0
		switch {
		case !ok, bounded && (value < t.Least || value > t.Most):
			if t.Whole {
				return field, keyBadWhole
			}
			return field, keyBadNumber
		case unsure:
			trouble = keyUnsureNumber
		}
		field.Number, field.Text = value, plain(value)
	case OfficialValue:
		number, restored, ok := t.official(field.Text)
		switch {
		case !ok && t.Digits > 0:
			return field, keyBadDigits
		case !ok:
			return field, keyBadOfficial
		case restored:
			trouble = keyLeadingZero
		}
		field.Text = number
	case EmailValue:
		if !ValidEmail(field.Text) {
			return field, keyBadEmail
		}
	case ChoiceValue, AreaValue:
		if key := t.choose(field.Text); key != "" {
			field.Text, field.Known = key, true
		}
	}
	if short := shortened(field.Text, MaxText); short != field.Text {
		field.Text, trouble = short, keyTextLong
	}
	return field, trouble
}

// clean trims a cell and makes its white space and invisible signs plain.
func clean(cell string) string {
	for _, r := range cell {
		if r != ' ' && (unicode.IsSpace(r) || unicode.IsControl(r) || r == '\ufeff' || r == '\u00ad' || r == '\u200b') {
			cell = strings.Map(func(r rune) rune {
				switch {
				case unicode.IsSpace(r):
					return ' '
				case unicode.IsControl(r), r == '\ufeff', r == '\u00ad', r == '\u200b':
					return -1
				}
				return r
			}, cell)
			break
		}
	}
	if cell = strings.TrimSpace(cell); strings.Contains(cell, "  ") {
		cell = strings.Join(strings.Fields(cell), " ")
	}
	return cell
}

// shortened cuts a text after so many characters.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	count := 0
	for at := range text {
		if count == most {
			return text[:at]
		}
		count++
	}
	return text
}
