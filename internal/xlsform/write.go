package xlsform

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"bedarfslotse/internal/survey"
)

// Write writes a survey with all its languages as an XLSForm: the sheets
// survey, choices and settings, texts in columns such as "label::Arabic (ar)",
// what XLSForm lacks in columns that begin with "bl::", and for translations
// the columns state and source_hash in the form that [Read] explains.
//
// What [Read] makes of the file equals the survey, positions apart. Write makes
// sure of that by reading its own file, and returns [failure.Findings] that
// name the first thing that a spreadsheet cannot hold instead of losing it:
// white space at the end of a text, a filter column that is called like one of
// XLSForm's own, a text longer than a cell.
func Write(s *survey.Survey) ([]byte, error) {
	w := &writer{of: s, names: map[string]string{}}
	for _, tag := range s.Languages {
		w.names[tag] = languageHeader(tag)
	}
	file := excelize.NewFile()
	defer func() { _ = file.Close() }() // only removes temporary files, of which there are none
	for i, sheet := range []*grid{w.surveySheet(), w.choicesSheet(), w.settingsSheet()} {
		if i == 0 {
			if err := file.SetSheetName("Sheet1", sheet.name); err != nil {
				return nil, fmt.Errorf("write XLSForm: %w", err)
			}
		} else if _, err := file.NewSheet(sheet.name); err != nil {
			return nil, fmt.Errorf("write XLSForm: %w", err)
		}
		if err := sheet.write(file); err != nil {
			return nil, fmt.Errorf("write XLSForm, sheet %s: %w", sheet.name, err)
		}
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return nil, fmt.Errorf("write XLSForm: %w", err)
	}
	if found := lost(s, out.Bytes()); found != nil {
		return nil, found
	}
	return out.Bytes(), nil
}

type writer struct {
	of    *survey.Survey
	names map[string]string // languages as headers name them, by tag
}

// languageHeader names a language as XLSForm recommends, "Arabic (ar)"; a
// language whose name is not known here by its tag alone.
func languageHeader(tag string) string {
	if name := languageName(tag); name != "" {
		return name + " (" + tag + ")"
	}
	return tag
}

// header is a column of one language.
func (w *writer) header(column, tag string) string {
	name := w.names[tag]
	if name == "" { // a picture in a language in which the survey has no text
		name = languageHeader(tag)
	}
	return column + "::" + name
}

// inAll lists a column once per language, the source first.
func (w *writer) inAll(columns ...string) []string {
	var headers []string
	for _, column := range columns {
		for _, tag := range w.of.Languages {
			headers = append(headers, w.header(column, tag))
		}
	}
	return headers
}

// surveySheet writes the nodes, one row each, and one for the end of each
// group and repeat.
func (w *writer) surveySheet() *grid {
	order := slices.Concat([]string{"type", "name"}, w.inAll("label"))
	g := newGrid("survey", order, slices.Concat(w.inAll("hint", "guidance_hint"),
		[]string{"required"}, w.inAll("required_message"), []string{"relevant", "constraint"}, w.inAll("constraint_message"),
		[]string{
			"calculation", "default", "choice_filter", "repeat_count", "read_only", "appearance", "parameters",
			"bl::measures", "bl::sensitive", "bl::attributed", "bl::pictogram",
		},
		w.inAll("state", "source_hash")))
	w.nodes(g, w.of.Nodes)
	return g
}

func (w *writer) nodes(g *grid, nodes []*survey.Node) {
	for _, node := range nodes {
		row := w.nodeRow(node)
		g.rows = append(g.rows, row)
		if node.Type.Contains() {
			w.nodes(g, node.Children)
			g.rows = append(g.rows, map[string]string{"type": "end_" + string(node.Type)})
		}
	}
}

func (w *writer) nodeRow(node *survey.Node) map[string]string {
	kind := string(node.Type)
	switch {
	case node.Type.Contains():
		kind = "begin_" + kind
	case node.List != "":
		kind += " " + node.List
	}
	row := map[string]string{
		"type": kind, "name": node.Name, "required": node.Required, "relevant": node.Relevant,
		"constraint": node.Constraint, "calculation": node.Calculation, "default": node.Default,
		"choice_filter": node.ChoiceFilter, "repeat_count": node.RepeatCount, "read_only": yesCell(node.ReadOnly),
		"appearance": node.Appearance, "parameters": node.Parameters, "bl::sensitive": yesCell(node.Sensitive),
		"bl::attributed": yesCell(node.Attributed), "bl::pictogram": node.Pictogram,
	}
	if node.Measures != nil {
		row["bl::measures"] = node.Measures.Field + " as " + string(node.Measures.As)
	}
	w.texts(row, "", []columnText{
		{"label", node.Label}, {"hint", node.Hint}, {"guidance_hint", node.GuidanceHint},
		{"required_message", node.RequiredMessage}, {"constraint_message", node.ConstraintMessage},
	})
	w.media(row, node.Media)
	return row
}

func (w *writer) choicesSheet() *grid {
	g := newGrid("choices", slices.Concat([]string{"list_name", "name"}, w.inAll("label")),
		slices.Concat([]string{"bl::score", "bl::substantive", "bl::pictogram"}, w.inAll("state", "source_hash")))
	for _, list := range w.of.Choices {
		for _, column := range list.Columns {
			g.need(column)
		}
		for _, choice := range list.Choices {
			row := map[string]string{"list_name": list.Name, "name": choice.Name, "bl::pictogram": choice.Pictogram}
			for column, value := range choice.Values {
				row[column] = value
			}
			if choice.Score != nil {
				row["bl::score"] = strconv.Itoa(*choice.Score)
			}
			if choice.NonSubstantive {
				row["bl::substantive"] = "no"
			}
			w.texts(row, "", []columnText{{"label", choice.Label}})
			w.media(row, choice.Media)
			g.rows = append(g.rows, row)
		}
	}
	return g
}

func (w *writer) settingsSheet() *grid {
	s := w.of
	g := newGrid("settings", slices.Concat(w.inAll("form_title"), []string{"form_id", "version", "default_language"}),
		slices.Concat([]string{"style", "allow_choice_duplicates", "bl::audience"}, w.inAll("bl::description", "state", "source_hash")))
	row := map[string]string{
		"allow_choice_duplicates": yesCell(slices.ContainsFunc(s.Choices,
			func(l *survey.ChoiceList) bool { return l.AllowDuplicates })),
		"form_id": s.ID, "version": s.Version, "default_language": w.names[s.Language],
		"style": s.Style, "bl::audience": s.Audience,
	}
	w.texts(row, "bl::", []columnText{{"form_title", s.Title}, {"description", s.Description}})
	g.rows = append(g.rows, row)
	return g
}

func yesCell(value bool) string {
	if value {
		return "yes"
	}
	return ""
}

type columnText struct {
	column string
	text   survey.Text
}

// texts writes the texts of a row, and how far their translations are. The
// first text's column is XLSForm's; the prefix is that of the others.
func (w *writer) texts(row map[string]string, prefix string, texts []columnText) {
	states, hashes := map[string][]pair{}, map[string][]pair{}
	for i, one := range texts {
		column := one.column
		if i > 0 {
			column = prefix + column
		}
		for tag, phrase := range one.text {
			row[w.header(column, tag)] = phrase.Text
			if tag != w.of.Language {
				states[tag] = append(states[tag], pair{one.column, string(phrase.State)})
				hashes[tag] = append(hashes[tag], pair{one.column, phrase.Source})
			}
		}
	}
	for _, tag := range w.of.Languages {
		row[w.header("state", tag)] = oneWord(states[tag])
		row[w.header("source_hash", tag)] = joined(hashes[tag], texts[0].column)
	}
}

// pair is what one text of a row says.
type pair struct{ column, value string }

// oneWord writes one word when all texts of the row say the same.
func oneWord(pairs []pair) string {
	if len(pairs) > 0 && !slices.ContainsFunc(pairs, func(p pair) bool { return p.value != pairs[0].value }) {
		return pairs[0].value
	}
	return joined(pairs, "")
}

// joined writes "label=reviewed hint=draft". What only the text of the column
// bare says needs no name.
func joined(pairs []pair, bare string) string {
	var words []string
	for _, p := range pairs {
		if p.value != "" {
			words = append(words, p.column+"="+p.value)
		}
	}
	if only, ok := strings.CutPrefix(strings.Join(words, " "), bare+"="); ok && bare != "" && len(words) == 1 {
		return only
	}
	return strings.Join(words, " ")
}

func (w *writer) media(row map[string]string, media survey.Media) {
	for kind, files := range media {
		for tag, file := range files {
			if tag == "" {
				row["media::"+kind] = file
			} else {
				row[w.header("media::"+kind, tag)] = file
			}
		}
	}
}
