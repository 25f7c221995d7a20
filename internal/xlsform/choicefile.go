package xlsform

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// choiceFile reads the list of a select_one_from_file or csv-external: a CSV
// beside the form, with the columns name and label, or those that the parameters
// value and label name, and further ones for choice filters and instance(). A
// table for csv-external needs neither: it is looked up by whatever columns it has.
// Without the file the row of that name is left out; then the result is false.
func (r *reader) choiceFile(row tabular.Row, file, called, name string) bool {
	at := r.survey.at(row, "type")
	value, label := "name", "label"
	for _, word := range strings.FieldsFunc(cleanWord(r.survey.cell(row, "parameters")), func(c rune) bool { return strings.ContainsRune(" ,;", c) }) {
		switch key, column, _ := strings.Cut(word, "="); strings.ToLower(key) {
		case "value":
			value = column
		case "label":
			label = column
		}
	}
	if r.lists[called] != nil {
		return true
	}
	content, err := survey.ReadBeside(r.options.Files, r.file, file, tabular.DefaultMaxBytes)
	if err != nil {
		r.warn(at, keyChoiceFileMissing, "file", file, "name", name)
		return false
	}
	rows, err := tableRows(file, content)
	if err != nil || len(rows) > maxLists {
		r.warn(at, keyChoiceFileUnreadable, "file", file, "name", name)
		return false
	}
	s := newSheet(file, rows, choicesSheet)
	table := called != file
	if table {
		s.literal()
	} else {
		s.rename(value, "name")
		s.rename(label, "label")
	}
	r.knownLanguages(s)
	if s.find("name") == nil && !table || len(s.rows) == 0 {
		r.warn(at, keyChoiceFileUnreadable, "file", file, "name", name)
		return false
	}
	list := &survey.ChoiceList{Name: called, Position: survey.Position{Sheet: at.sheet, Line: at.line, Column: at.col}}
	seen := map[string]bool{}
	for _, row := range s.rows {
		if row.Blank() {
			continue
		}
		choice := r.choice(s, row)
		choice.Position = survey.Position{Sheet: r.choices.name} // its row is one of another file
		if table {                                               // it is looked up, and nobody chooses from it
			choice.Name = cmp.Or(choice.Name, strconv.Itoa(len(list.Choices)+1))
			list.AllowDuplicates = list.AllowDuplicates || seen[choice.Name]
			seen[choice.Name] = true
		}
		list.Choices = append(list.Choices, choice)
	}
	for _, c := range s.by[""] {
		r.fileColumns = append(r.fileColumns, c.header)
	}
	r.lists[called] = list
	r.files[called] = true
	r.tables[called] = table
	r.out.Choices = append(r.out.Choices, list)
	return true
}

// literal takes the headers of a table as they stand: only name and label have
// a meaning, and no other word stands for them.
func (s *sheet) literal() {
	s.by = map[string][]*column{}
	for i := range s.columns {
		c := &s.columns[i]
		if c.language == "" && c.header != "name" && c.header != "label" {
			c.key = ""
		}
		s.by[c.key] = append(s.by[c.key], c)
	}
}

// tableRows reads a delimited text, its header first.
func tableRows(name string, content []byte) ([]tabular.Row, error) {
	table, err := tabular.OpenCSV(bytes.NewReader(content), tabular.Options{File: name})
	if err != nil {
		return nil, err
	}
	rows := []tabular.Row{table.Header()}
	for row, err := range table.Rows() {
		if err != nil {
			return nil, err
		}
		if rows = append(rows, row); len(rows) > maxLists {
			break
		}
	}
	return rows, nil
}

// rename lets a column that is called otherwise stand for name or label.
func (s *sheet) rename(header, key string) {
	if header == key {
		return
	}
	s.by[key] = nil
	for i := range s.columns {
		if c := &s.columns[i]; c.header == header {
			s.by[c.key] = slices.DeleteFunc(slices.Clone(s.by[c.key]), func(other *column) bool { return other == c })
			c.key = key
			s.by[key] = []*column{c}
		}
	}
}

// knownLanguages takes the columns out whose language the form does not have.
func (r *reader) knownLanguages(s *sheet) {
	for key, columns := range s.by {
		s.by[key] = slices.DeleteFunc(slices.Clone(columns), func(c *column) bool {
			if c.language == "" || r.languages.tags[c.language] != "" {
				return false
			}
			tag, _ := languageTag(c.language)
			if slices.Contains(r.out.Languages, tag) {
				r.languages.tags[c.language] = tag
				return false
			}
			return true
		})
	}
}
