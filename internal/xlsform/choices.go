package xlsform

import (
	"slices"
	"strconv"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// readChoices reads the sheets with choices. Lists stand in the order in which
// their names first appear.
func (r *reader) readChoices() {
	r.readLists(r.choices)
	if r.usesExternal() {
		r.readLists(r.external)
	} else if len(r.external.rows) > 0 {
		r.warn(place{sheet: r.external.name}, keySheetLater, "sheet", r.external.name)
	}
	if !r.duplicates {
		return
	}
	for _, list := range r.out.Choices {
		names := map[string]bool{}
		for _, choice := range list.Choices {
			list.AllowDuplicates = list.AllowDuplicates || names[choice.Name]
			names[choice.Name] = true
		}
		if list.AllowDuplicates {
			r.warn(place{sheet: r.sheetOf(list).name, line: list.Position.Line}, keyDuplicatesSetting, "list", list.Name)
		}
	}
}

// usesExternal tells whether any row asks for a list of the sheet external_choices.
func (r *reader) usesExternal() bool {
	return slices.ContainsFunc(r.survey.rows, func(row tabular.Row) bool {
		return parseType(r.survey.cell(row, "type")).external
	})
}

// sheetOf is the sheet that a list stands in.
func (r *reader) sheetOf(list *survey.ChoiceList) *sheet {
	if r.outside[list.Name] {
		return r.external
	}
	return r.choices
}

func (r *reader) readLists(s *sheet) {
	if s.find("list_name") == nil || s.find("name") == nil {
		r.excused = len(s.rows) > 0 // told by checkColumns
		return
	}
	for _, row := range s.rows {
		if row.Blank() {
			continue
		}
		at := s.at(row, "list_name")
		name := cleanWord(at.cell)
		if name == "" {
			r.warn(place{sheet: s.name, line: row.Line, cell: cleanText(s.cell(row, "name"))}, keyChoiceNoList)
			continue
		}
		list := r.lists[name]
		if list == nil {
			list = &survey.ChoiceList{Name: name, Position: survey.Position{Sheet: s.name, Line: at.line, Column: at.col}}
			r.lists[name] = list
			r.outside[name] = s == r.external
			r.out.Choices = append(r.out.Choices, list)
		}
		list.Choices = append(list.Choices, r.choice(s, row))
	}
}

func (r *reader) choice(s *sheet, row tabular.Row) *survey.Choice {
	at := s.at(row, "name")
	choice := &survey.Choice{
		Name:      cleanChoice(at.cell),
		Label:     r.texts(s, row, "label"),
		Media:     r.mediaOf(s, row),
		Pictogram: cleanWord(s.cell(row, "bl::pictogram")),
		Position:  survey.Position{Sheet: s.name, Line: at.line, Column: at.col},
	}
	if cell := cleanWord(s.cell(row, "bl::substantive")); cell != "" {
		choice.NonSubstantive = !r.yes(s.at(row, "bl::substantive"))
	}
	if cell := cleanWord(s.cell(row, "bl::score")); cell != "" {
		score, err := strconv.Atoi(cell)
		if err != nil {
			r.fatal(s.at(row, "bl::score"), keyBadScore, "choice", choice.Name)
		} else {
			choice.Score = &score
		}
	}
	for _, c := range s.by[""] {
		value := cleanText(row.Cell(c.at))
		if value == "" {
			continue
		}
		if choice.Values == nil {
			choice.Values = map[string]string{}
		}
		choice.Values[c.header] = value
	}
	return choice
}

// yes reads a cell that must say yes or no.
func (r *reader) yes(at place) bool {
	value, ok := yes(at.cell)
	if !ok {
		r.fatal(at, keyBadYesNo)
	}
	return value
}

// nameFilterColumns tells each list which columns choice filters may use:
// those in which one of its choices has a value, and those that a filter on
// the list names although all its cells are empty. In XLSForm a filter may
// name every column of the sheet.
func (r *reader) nameFilterColumns() {
	var header []string
	for _, c := range slices.Concat(r.choices.by[""], r.external.by[""]) {
		header = append(header, c.header)
	}
	if header = append(header, r.fileColumns...); len(header) == 0 {
		return
	}
	used := map[string]map[string]bool{}
	use := func(list, column string) {
		if used[list] == nil {
			used[list] = map[string]bool{}
		}
		used[list][column] = true
	}
	for _, list := range r.out.Choices {
		for _, choice := range list.Choices {
			for column := range choice.Values {
				use(list.Name, column)
			}
		}
	}
	r.out.Walk(func(node *survey.Node) bool {
		for _, word := range filterWord.FindAllString(notAColumn.ReplaceAllString(node.ChoiceFilter, " "), -1) {
			if slices.Contains(header, word) {
				use(node.List, word)
			}
		}
		return true
	})
	for _, list := range r.out.Choices {
		for column := range used[list.Name] {
			list.Columns = append(list.Columns, column)
		}
		slices.Sort(list.Columns)
	}
}
