package xlsform

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// omission remembers a row that is not in the survey, so that whatever refers
// to it can be told the reason instead of "no such question".
type omission struct {
	line  int
	word  string // the type, as the reason names it
	fatal bool   // an error stands at its row already
}

// readRows reads the survey sheet.
func (r *reader) readRows() {
	n := &nesting{reader: r}
	for _, row := range r.survey.rows {
		if !row.Blank() {
			r.row(n, row)
		}
	}
	n.finish()
	r.out.Nodes = n.top
}

func (r *reader) row(n *nesting, row tabular.Row) {
	s := r.survey
	at := s.at(row, "type")
	kind := parseType(at.cell)
	name := cleanWord(s.cell(row, "name"))
	omit := func(fatal bool) {
		n.lose()
		if name != "" {
			r.omitted[name] = omission{line: row.Line, word: cleanWord(at.cell), fatal: fatal}
		}
	}
	disabled, _ := yes(s.cell(row, "disabled"))
	switch {
	case disabled:
		r.warn(s.at(row, "disabled"), keyRowDisabled, "name", name)
		omit(false)
	case cleanWord(at.cell) == "":
		omit(r.withoutType(row, name))
	case kind.action == unknownType:
		r.fatal(at, keyTypeUnknown, "type", cleanWord(at.cell), "name", name, "suggestion", suggestType(at.cell))
		omit(true)
	case kind.action == decline:
		r.warn(at, kind.reason, "type", kind.word, "name", name)
		omit(false)
	case !r.sound(row, kind, name):
		omit(true)
	case strings.HasSuffix(kind.word, "_from_file") && strings.ToLower(path.Ext(kind.list)) != ".csv":
		r.warn(at, keyDeclinedScope, "type", cleanWord(at.cell), "name", name)
		omit(false)
	case kind.action == beside:
		if !r.choiceFile(row, name+".csv", name, name) {
			omit(false)
		}
	case kind.orOther && strings.HasPrefix(kind.list, "${"):
		r.fatal(at, keyOrOtherAnswers, "name", name)
		omit(true)
	case kind.file && kind.list != "" && !r.choiceFile(row, kind.list, kind.list, name):
		omit(false)
	case kind.typ.Selects() && kind.list == "":
		r.fatal(at, keySelectWithoutList, "type", kind.word, "name", name)
		omit(true)
	case kind.action == end:
		n.end(row, kind, name)
	case kind.action == begin:
		n.begin(row, kind, r.node(row, kind, name))
	default:
		n.add(r.node(row, kind, name))
		if kind.orOther {
			n.add(r.other(row, kind, name))
		}
	}
}

// sound checks what concerns a row whether or not this service has its type.
func (r *reader) sound(row tabular.Row, kind rowType, name string) bool {
	at := r.survey.at(row, "type")
	switch {
	case strings.HasSuffix(kind.word, "_from_file") && !slices.Contains([]string{".csv", ".xml", ".geojson"}, strings.ToLower(path.Ext(kind.list))):
		r.fatal(at, keyFileKind, "type", kind.word)
	case name == "meta" && kind.action == begin:
		r.fatal(r.survey.at(row, "name"), keyNameMeta)
	case r.bigImageAlone(row):
	case kind.external && len(r.external.rows) == 0:
		if r.once("external_choices") {
			r.fatal(place{}, keySheetMissing, "sheet", "external_choices", "sheets", strings.Join(r.sheets, ", "),
				"suggestion", nearest("external_choices", r.sheets))
		}
	default:
		return true
	}
	return false
}

// bigImageAlone tells about a large picture without the small one that it
// enlarges.
func (r *reader) bigImageAlone(row tabular.Row) bool {
	for _, c := range r.survey.by["big-image"] {
		if cleanText(row.Cell(c.at)) != "" && !slices.ContainsFunc(r.survey.by[survey.Image], func(small *column) bool { return cleanWord(row.Cell(small.at)) != "" }) {
			r.fatal(r.survey.place(row, c), keyBigImageAlone)
			return true
		}
	}
	return false
}

// withoutType judges a row whose type is empty: one with a name or a label was
// meant to be a question; anything else is an author's note.
func (r *reader) withoutType(row tabular.Row, name string) (fatal bool) {
	at := r.survey.at(row, "type")
	if name != "" || len(r.texts(r.survey, row, "label")) > 0 {
		r.fatal(at, keyRowWithoutType, "name", name)
		return true
	}
	for i, cell := range row.Cells {
		if cleanText(cell) != "" {
			at = place{sheet: r.survey.name, line: row.Line, col: i + 1, cell: cell}
			break
		}
	}
	r.warn(at, keyRowSkipped)
	return false
}

// suggestType finds the type that a mistyped cell most likely means. Only its
// first words count, since what follows is a list's name.
func suggestType(cell string) string {
	words := strings.Fields(cleanWord(cell))
	if len(words) == 0 {
		return ""
	}
	if two := term(strings.Join(words[:min(2, len(words))], " ")); len(words) > 1 {
		if found := nearest(two, []string{"begin_group", "end_group", "begin_repeat", "end_repeat", "select_one",
			"select_multiple"}); found != "" {
			return found
		}
	}
	return nearest(term(words[0]), typeNames())
}

// node reads everything a row says about a question, group or repeat.
func (r *reader) node(row tabular.Row, kind rowType, name string) *survey.Node {
	s := r.survey
	node := &survey.Node{
		Type: kind.typ, Name: name, List: kind.list,
		Label: r.texts(s, row, "label"), Hint: r.texts(s, row, "hint"), GuidanceHint: r.texts(s, row, "guidance_hint"),
		RequiredMessage:   r.texts(s, row, "required_message"),
		ConstraintMessage: r.texts(s, row, "constraint_message"),
		Media:             r.mediaOf(s, row),
		Required:          survey.NormalRequired(cleanExpression(s.cell(row, "required"))),
		Relevant:          cleanExpression(s.cell(row, "relevant")),
		Constraint:        cleanExpression(s.cell(row, "constraint")),
		Calculation:       cleanExpression(s.cell(row, "calculation")),
		Default:           defaultValue(s.cell(row, "default")),
		Trigger:           cleanExpression(s.cell(row, "trigger")),
		ChoiceFilter:      cleanExpression(s.cell(row, "choice_filter")),
		RepeatCount:       cleanExpression(s.cell(row, "repeat_count")),
		Appearance:        r.appearance(row),
		Parameters:        cleanWord(s.cell(row, "parameters")),
		Pictogram:         cleanWord(s.cell(row, "bl::pictogram")),
		Sensitive:         r.yes(s.at(row, "bl::sensitive")),
		Attributed:        r.yes(s.at(row, "bl::attributed")),
		Measures:          r.measure(row),
		Places:            r.places(row),
	}
	if read, ok := yes(s.cell(row, "read_only")); ok {
		node.ReadOnly = read
	} else {
		r.warn(s.at(row, "read_only"), keyReadOnly, "name", name)
	}
	at := s.at(row, "name")
	node.Position = survey.Position{Sheet: r.survey.name, Line: row.Line, Column: at.col}
	if name == "" && kind.typ == survey.Note { // nobody refers to a note, so it may do without
		node.Name = fmt.Sprintf("note_row_%d", row.Line)
		r.warn(at, keyNoteName, "name", node.Name)
	}
	if node.Type.Asked() && len(node.Label)+len(node.Hint)+len(node.Media) == 0 && len(node.GuidanceHint) > 0 {
		r.fatal(r.survey.at(row, "guidance_hint"), keyGuidanceOnly, "name", name)
	}
	r.misplaced(row, kind, node)
	return node
}

// places remembers where each property stands, by its YAML name. Of a text in
// several languages the source counts.
func (r *reader) places(row tabular.Row) map[string]survey.Position {
	places := map[string]survey.Position{}
	for i := range r.survey.columns {
		c := &r.survey.columns[i]
		if c.key == "" || cleanText(row.Cell(c.at)) == "" {
			continue
		}
		key := strings.TrimPrefix(c.key, "bl::")
		_, known := places[key]
		if !known || translatable(c.key) && r.languages.tag(c) == r.languages.source {
			places[key] = survey.Position{Sheet: r.survey.name, Line: row.Line, Column: c.at + 1}
		}
	}
	return places
}

// misplaced drops what has no meaning for a type, and says so.
func (r *reader) misplaced(row tabular.Row, kind rowType, node *survey.Node) {
	answered := node.Type.Answered()
	for _, one := range []struct {
		column string
		value  *string
		fits   bool
	}{
		{"repeat_count", &node.RepeatCount, node.Type == survey.Repeat},
		{"choice_filter", &node.ChoiceFilter, node.Type.Selects()},
		{"required", &node.Required, answered},
		{"constraint", &node.Constraint, answered},
		{"calculation", &node.Calculation, answered || node.Type == survey.Note},
		{"default", &node.Default, answered},
	} {
		if *one.value != "" && !one.fits {
			*one.value = ""
			r.warn(r.survey.at(row, one.column), keyWrongPlace, "column", one.column, "type", kind.word, "name", node.Name)
		}
	}
}

// defaultValue reads a default: an expression when it looks like one, else a
// value to be taken as it is.
func defaultValue(cell string) string {
	value := cleanText(cell)
	if survey.DynamicDefault(value) {
		return cleanExpression(cell)
	}
	return value
}

// measure reads "field as aspect".
func (r *reader) measure(row tabular.Row) *survey.Measure {
	at := r.survey.at(row, "bl::measures")
	words := strings.Fields(cleanWord(at.cell))
	switch {
	case len(words) == 0:
		return nil
	case len(words) == 3 && words[1] == "as" && slices.Contains(survey.Aspects(), survey.Aspect(words[2])):
		return &survey.Measure{Field: words[0], As: survey.Aspect(words[2])}
	}
	aspects := make([]string, 0, len(survey.Aspects()))
	for _, aspect := range survey.Aspects() {
		aspects = append(aspects, string(aspect))
	}
	r.fatal(at, keyBadMeasure, "aspects", strings.Join(aspects, ", "))
	return nil
}

// appearance reads the appearance and tells once about each word in it that
// this service does not know. It is kept in any case: it does no harm.
func (r *reader) appearance(row tabular.Row) string {
	at := r.survey.at(row, "appearance")
	text := cleanWord(at.cell)
	for _, word := range strings.Fields(text) {
		if !knownAppearance(word) && r.once("appearance "+word) {
			r.warn(at, keyAppearanceUnknown, "appearance", word)
		}
	}
	return text
}

func knownAppearance(word string) bool {
	switch word {
	case "field-list", "table-list", "label", "list", "list-nolabel", "horizontal", "horizontal-compact", "compact",
		"minimal", "autocomplete", "quick", "likert", "columns", "columns-pack", "no-buttons", "image-map", "multiline", "numbers",
		"thousands-sep", "counter", "picker", "rating", "vertical", "no-ticks", "search", "month-year", "year", "no-calendar", "url", "hidden-answer", "summary":
		return true
	}
	if width, ok := strings.CutPrefix(word, "columns-"); ok {
		return width != "" && strings.Trim(width, "0123456789") == ""
	}
	// Grid widths of Enketo: w1, w2, …
	width, ok := strings.CutPrefix(word, "w")
	return ok && width != "" && strings.Trim(width, "0123456789") == ""
}
