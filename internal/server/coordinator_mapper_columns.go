package server

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/tabular"
)

type mapperMappingPage struct {
	*deskFrame
	File, Back, Base                       string
	Problem                                string
	Findings                               []findingGroup // that keep from going on
	Notes                                  []findingGroup
	Sheets, Headers, Separators, Encodings []option
	Targets                                []targetRow
	Unknown                                []unknownRow
	Head                                   []string
	Rows                                   [][]string
	Filled                                 int // rows of the preview
	Discard                                string
}

// targetRow is one target with the columns that may fill it.
type targetRow struct {
	Key, Label string
	Required   bool
	Pieces     [][]option // one list for each column that may be part of it
	Fixed      []option   // values for all rows, for targets with choices
	FixedText  bool       // a value for all rows may be typed
	FixedValue string
	Examples   string
}

// unknownRow is a text whose meaning a person has to say.
type unknownRow struct {
	Target, Label, Text string
	Count               int
	Means               []option
}

// mapperMapping shows how the file is read and which columns are meant.
func (s *Server) mapperMapping(c echo.Context, i mapper) error {
	file, err := s.mapperFile(c, i)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-mapper-mapping", s.mapperMappingPage(c, i, file))
}

func (s *Server) mapperMappingPage(c echo.Context, i mapper, file *mapperFile) *mapperMappingPage {
	page := &mapperMappingPage{deskFrame: s.deskFrame(c, "mapper."+i.purpose+".title"), File: file.File, Back: i.page, Base: i.page + "/import/" + file.ID}
	targets, err := i.list(c)
	if err != nil {
		page.Problem = page.T("error.unavailable")
		return page
	}
	preview, err := tabular.Inspect(file.Data, file.File, file.Reading, targets, mapperPreview)
	var findings failure.Findings
	if err != nil {
		if errors.As(err, &findings) {
			page.Findings = groupFindings(page.Localizer, findings)
		}
		page.Problem = page.T("mapper.unreadable")
		return page
	}
	page.offerReadings(preview)
	page.Head = preview.Header.Cells
	for _, row := range preview.Rows {
		cells := make([]string, len(page.Head))
		for at := range cells {
			cells[at] = shortCell(row.Cell(at))
		}
		page.Rows = append(page.Rows, cells)
	}
	user, _ := visitor(c)
	byKey := map[string]tabular.Target{}
	for _, target := range targets {
		if byKey[target.Key] = target; !target.Quiet {
			page.Targets = append(page.Targets, page.target(target, file.Mapping, preview, i.choices(page.Localizer, user, target)))
		}
	}
	unknown, notes, err := file.survey(targets)
	switch {
	case errors.As(err, &findings):
		page.Problem, page.Findings = page.T("mapper.incomplete"), groupFindings(page.Localizer, findings)
	case err != nil:
		page.Problem = page.T("mapper.unreadable")
	}
	page.Notes = groupFindings(page.Localizer, notes)
	for _, one := range unknown {
		if len(page.Unknown) == shownUnknown {
			break
		}
		row := unknownRow{Target: one.Target, Label: page.T(byKey[one.Target].Label), Text: one.Text, Count: one.Count,
			Means: append([]option{{Label: page.T("mapper." + i.purpose + ".as_written." + one.Target)}}, i.choices(page.Localizer, user, byKey[one.Target])...)}
		for at := range row.Means {
			row.Means[at].Chosen = row.Means[at].Value == one.Means
		}
		page.Unknown = append(page.Unknown, row)
	}
	return page
}

// shownUnknown is how many texts are asked about at once: the commonest ones.
const shownUnknown = 60

// offerReadings lists the ways in which the kind of file can be read.
func (p *mapperMappingPage) offerReadings(preview *tabular.Preview) {
	for _, name := range preview.Sheets {
		p.Sheets = append(p.Sheets, option{name, name, name == preview.Reading.Sheet})
	}
	if preview.Sheets == nil {
		for _, one := range []string{";", ",", "tab", "|"} {
			p.Separators = append(p.Separators, option{one, p.T("mapper.separator." + separatorKey(one)), separatorOf(one) == preview.Reading.Separator})
		}
		for _, one := range tabular.Encodings() {
			name := "mapper.encoding.auto"
			if one != tabular.AnyEncoding {
				name = "mapper.encoding." + string(one)
			}
			p.Encodings = append(p.Encodings, option{string(one), p.T(name), one == preview.Reading.Encoding})
		}
	}
	for _, row := range preview.Top {
		text := shortCell(strings.Join(row.Cells, " | "))
		p.Headers = append(p.Headers, option{strconv.Itoa(row.Line), p.T("mapper.header_line", "line", row.Line, "text", text), row.Line == preview.Reading.HeaderLine})
	}
}

func separatorKey(sign string) string {
	return map[string]string{";": "semicolon", ",": "comma", "tab": "tab", "|": "bar"}[sign]
}

// target shows which columns fill a target, with what stands in them.
func (p *mapperMappingPage) target(target tabular.Target, mapping tabular.Mapping, preview *tabular.Preview, choices []option) targetRow {
	row := targetRow{Key: target.Key, Label: p.T(target.Label), Required: target.Required}
	columns := mapping.Columns[target.Key]
	for piece := range max(1, target.Pieces) {
		chosen := -1
		if piece < len(columns) {
			chosen = columns[piece]
		}
		none := "mapper.no_column"
		if piece > 0 {
			none = "mapper.no_more"
		}
		list := []option{{"", p.T(none), chosen < 0}}
		for at, name := range preview.Header.Cells {
			if name = strings.TrimSpace(name); name == "" {
				name = p.T("mapper.column", "number", at+1)
			}
			list = append(list, option{strconv.Itoa(at), shortCell(name), at == chosen})
		}
		row.Pieces = append(row.Pieces, list)
	}
	if target.Fixed {
		row.FixedValue = mapping.Fixed[target.Key]
		if row.FixedText = len(choices) == 0; !row.FixedText {
			row.Fixed = append(row.Fixed, option{"", p.T("mapper.no_fixed"), row.FixedValue == ""})
			for _, one := range choices {
				one.Chosen = one.Value == row.FixedValue
				row.Fixed = append(row.Fixed, one)
			}
		}
	}
	var examples []string
	for _, one := range preview.Rows[:min(3, len(preview.Rows))] {
		var cells []string
		for _, at := range columns {
			if text := strings.TrimSpace(one.Cell(at)); text != "" {
				cells = append(cells, text)
			}
		}
		if text := strings.Join(cells, " "); text != "" && !slices.Contains(examples, shortCell(text)) {
			examples = append(examples, shortCell(text))
		}
	}
	row.Examples = strings.Join(examples, " · ")
	return row
}

// shortCell keeps what is only to be recognised short.
func shortCell(text string) string {
	const longest = 60
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest]) + "…"
}

// findingGroup is findings of one kind.
type findingGroup struct {
	Cure  string
	Lines []string // of several, where each is, with what is wrong if that differs
	More  int      // lines that are not listed
}

// shownFindings is how many findings of a kind are listed one by one.
const shownFindings = 20

// groupFindings puts findings of a kind together, in the order of the first of
// each.
func groupFindings(words *i18n.Localizer, findings failure.Findings) []findingGroup {
	var groups []findingGroup
	at := map[string]int{}
	for _, one := range findings {
		index, known := at[one.Key]
		if !known {
			index = len(groups)
			at[one.Key] = index
			groups = append(groups, findingGroup{Cure: say(words, "finding."+one.Key+".cure", one.Params)})
		}
		group := &groups[index]
		if len(group.Lines) == shownFindings {
			group.More++
			continue
		}
		text := say(words, "finding."+one.Key, one.Params)
		if one.Cell != "" && !strings.Contains(text, one.Cell) {
			text = words.T("mapper.finding_cell", "text", text, "cell", words.Isolate(one.Cell))
		}
		switch {
		case one.Line > 0 && one.Column > 0:
			text = words.T("mapper.finding_place", "line", one.Line, "column", one.Column, "text", text)
		case one.Line > 0:
			text = words.T("mapper.finding_line", "line", one.Line, "text", text)
		}
		group.Lines = append(group.Lines, text)
	}
	return groups
}
