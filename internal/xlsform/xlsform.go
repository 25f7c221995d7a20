// Package xlsform reads surveys that are written as spreadsheets in the XLSForm
// convention into [survey.Survey].
//
// It tells everything that it finds in one pass, each finding with its sheet,
// row, column and the cell's text. What this service will not do (device
// identifiers, places, uploads) or does not do yet is left out of the survey
// with a warning at its row; nothing disappears without one. What would change
// who is asked or what counts as an answer is an error.
//
// Sources: the XLSForm reference (xlsform.org); the ODK XForms Specification.
package xlsform

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// Options are what the file does not say itself.
type Options struct {
	// Language is the BCP 47 tag of a survey that names no language at all;
	// "" is German.
	Language string
	// Known is what the survey may name, see [survey.Check].
	Known survey.Known
	// Files are what lies beside the form, see [survey.ReadBeside]: the tables of
	// select_one_from_file, pictures and sounds. nil is nothing.
	Files fs.FS
}

const (
	maxRows  = 20_000  // of the survey sheet; the largest published forms have a fifth of it
	maxLists = 200_000 // rows of the choices sheet
	maxWidth = 1_000   // columns of any sheet
	maxDepth = 64      // groups within groups
)

// Read reads an XLSForm: a workbook (.xlsx, .xlsm, .xls), a zip of CSV files as
// [ReadFolder] reads them, or one CSV whose first column names the sheet. The
// content decides which it is. The name is that of the file: it appears in the
// findings, and a survey whose settings lack a form_id is called after it.
//
// The findings include those of [survey.Compile] and [survey.Check], placed in
// the sheets, so that callers need neither to tell the author everything. The
// survey is usable when none of them is fatal; it is nil when the file could
// not be read as a survey at all. Read needs the file's content only; it opens
// nothing but the files in Options.Files that the form names.
func Read(name string, content []byte, options Options) (*survey.Survey, failure.Findings) {
	switch tabular.Detect(content) {
	case tabular.Text:
		if read, found, ok := readText(name, content, options); ok {
			return read, found
		}
	case tabular.Zip:
		if folder := bundle(content); folder != nil {
			return ReadFolder(name, folder, options)
		}
	}
	book, err := tabular.OpenWorkbook(bytes.NewReader(content), tabular.Options{File: name})
	if err != nil {
		return nil, unreadable(name, err)
	}
	var tables []table
	for _, sheet := range book.Sheets() {
		one := table{name: sheet.Name}
		if slices.Contains(sheetNames(), tab(sheet.Name)) {
			if one.rows, err = sheet.ReadAll(); err != nil {
				return nil, append(book.Findings(), unreadable(name, err)...)
			}
		}
		tables = append(tables, one)
	}
	read, found := readTables(name, tables, options)
	found = append(found, book.Findings()...)
	found.Sort()
	return read, found
}

func unreadable(name string, err error) failure.Findings {
	var found failure.Findings
	if errors.As(err, &found) {
		return found
	}
	return failure.Findings{{Severity: failure.Fatal, Key: keyUnreadable, File: name,
		Params: failure.Params{"detail": err.Error()}}}
}

// table is one sheet as it comes from the file; rows are nil for sheets that
// are not read.
type table struct {
	name string
	rows []tabular.Row
}

// sheetNames lists the sheets that are read.
func sheetNames() []string { return []string{"survey", "choices", "settings", "external_choices"} }

// tab folds the name on a sheet's tab. Unlike [term] it keeps underscores: one
// in front takes the sheet out of use.
func tab(name string) string { return strings.ToLower(cleanWord(name)) }

// reader turns tables into a survey.
type reader struct {
	recorder
	options   Options
	out       *survey.Survey
	languages *languages

	survey, choices, settings *sheet      // empty when the file lacks them, never nil
	external                  *sheet      // the choices of select_one_external
	excused                   bool        // why lists are missing has been told
	head                      tabular.Row // the settings
	sheets                    []string    // all of the file, as named on the tabs

	lists   map[string]*survey.ChoiceList
	outside map[string]bool // names of the lists from the sheet external_choices

	files  map[string]bool // lists that come from files beside the form
	tables map[string]bool // those of them that are only looked up
	// fileColumns are the further columns of those, for choice filters.
	fileColumns []string

	duplicates bool // the setting allow_choice_duplicates
	omitted    map[string]omission
	shrunk     map[*survey.Node]bool // groups and repeats that lost something
	said       map[string]bool       // what is told only once
	compared   int                   // names compared so far for suggestions
}

// readTables is [Read] without the file format.
func readTables(name string, tables []table, options Options) (*survey.Survey, failure.Findings) {
	options.Language = cmp.Or(options.Language, "de")
	r := &reader{recorder: recorder{file: name}, options: options, out: &survey.Survey{},
		lists: map[string]*survey.ChoiceList{}, outside: map[string]bool{}, files: map[string]bool{}, tables: map[string]bool{},
		omitted: map[string]omission{}, shrunk: map[*survey.Node]bool{}, said: map[string]bool{}}
	if !r.openSheets(tables) {
		return nil, r.all()
	}
	r.checkColumns()
	settings := r.readSettings()
	r.readLanguages(settings["default_language"].value, settings["default_language"].at)
	r.checkTwice()
	r.applySettings(settings, name)
	r.readChoices()
	r.readRows()
	r.settleReferences()
	r.nameFilterColumns()
	r.needChoices()
	r.compile()
	return r.out, r.all()
}

// openSheets finds the sheets; without a usable survey sheet there is nothing
// to read, and the result is false.
func (r *reader) openSheets(tables []table) bool {
	found := map[string]*sheet{}
	var others []string
	for _, t := range tables {
		word := tab(t.name)
		kind := slices.Index(sheetNames(), word)
		switch {
		case kind >= 0 && found[word] != nil:
			r.warn(place{sheet: t.name}, keySheetTwice, "first", found[word].name)
		case kind >= 0:
			found[word] = newSheet(t.name, t.rows, kindOf(word))
		default:
			others = append(others, t.name)
		}
	}
	empty := func(word string) *sheet { return cmp.Or(found[word], &sheet{name: word}) }
	r.survey, r.choices, r.settings = empty("survey"), empty("choices"), empty("settings")
	r.external = empty("external_choices")
	r.otherSheets(others, found)
	r.sheets = names(tables)
	if found["survey"] == nil {
		r.fatal(place{}, keySheetMissing, "sheet", "survey", "sheets", strings.Join(r.sheets, ", "),
			"suggestion", nearest("survey", others))
		return false
	}
	return r.mandatory(r.survey, "type") && r.withinLimits()
}

func names(tables []table) []string {
	all := make([]string, 0, len(tables))
	for _, t := range tables {
		all = append(all, t.name)
	}
	return all
}

// otherSheets tells which sheets are not read. XLSForm's own convention for
// notes beside the survey, a name that begins with "_", is left in peace.
func (r *reader) otherSheets(others []string, found map[string]*sheet) {
	for _, name := range others {
		switch word := tab(name); {
		case strings.HasPrefix(strings.TrimSpace(name), "_"):
		case word == "entities" || word == "osm":
			r.warn(place{sheet: name}, keySheetDeclined, "sheet", name)
		default:
			var missing []string
			for _, known := range sheetNames() {
				if found[known] == nil && known != "external_choices" {
					missing = append(missing, known)
				}
			}
			r.warn(place{sheet: name}, keySheetIgnored, "sheet", name, "suggestion", nearest(name, missing))
		}
	}
}

func (r *reader) withinLimits() bool {
	for _, limit := range []struct {
		of   *sheet
		rows int
	}{{r.survey, maxRows}, {r.choices, maxLists}, {r.external, maxLists}} {
		if len(limit.of.rows) > limit.rows {
			r.fatal(place{sheet: limit.of.name}, keyTooManyRows, "rows", len(limit.of.rows), "limit", limit.rows)
			return false
		}
	}
	for _, s := range []*sheet{r.survey, r.choices, r.external, r.settings} {
		if len(s.columns) > maxWidth {
			r.fatal(place{sheet: s.name, line: s.line}, keyTooManyColumns, "columns", len(s.columns), "limit", maxWidth)
			return false
		}
	}
	return true
}

// needChoices tells once that the choices sheet is missing, instead of once for
// every question that selects.
func (r *reader) needChoices() {
	if slices.ContainsFunc(r.sheets, func(name string) bool { return tab(name) == "choices" }) {
		return
	}
	r.out.Walk(func(node *survey.Node) bool {
		if !node.Type.Selects() || node.FromAnswers() != "" || r.lists[node.List] != nil {
			return true
		}
		r.excused = true
		r.fatal(place{}, keySheetMissing, "sheet", "choices", "sheets", strings.Join(r.sheets, ", "),
			"suggestion", nearest("choices", r.sheets))
		return false
	})
}

// compile lets the survey be checked as a whole and places what comes back.
func (r *reader) compile() {
	_, found := survey.Compile(r.out)
	for _, one := range found {
		switch {
		case one.Key == "survey.unknown_list" && r.excused, one.Key == "survey.empty" && r.list.Fatal():
			// Only repeats what has been said at its cause.
		case one.Severity == failure.Warning && one.Params["question"] == nil && one.Params["list"] != nil && r.tables[one.Params["list"].(string)]:
			// Nobody reads or chooses the rows of a table.
		case one.Key == "survey.bad_id":
			r.located(r.settings, one)
		default:
			r.located(r.survey, one)
		}
	}
	r.check()
}

// check adds what an author should know beyond errors. It is told even when
// the survey has errors, so that all can be mended in one go.
func (r *reader) check() {
	whole := &survey.Version{Survey: r.out}
	r.out.Walk(func(node *survey.Node) bool {
		whole.Elements = append(whole.Elements, &survey.Element{Node: node, Type: node.Type})
		return true
	})
	for _, one := range survey.Check(whole, r.options.Known) {
		r.located(r.settings, one) // title and description say no sheet
	}
}

// located adds a finding of another package with the cell's text as it stands
// there, before quotes and spaces in it were put right; in is the sheet of one
// that does not say any.
func (r *reader) located(in *sheet, one failure.Finding) {
	for _, s := range []*sheet{r.survey, r.choices, r.external, r.settings} {
		if s.name == one.Sheet {
			in = s
		}
	}
	one.Sheet = in.name
	if text := in.text(one.Line, one.Column); cleanText(text) != "" {
		one.Cell = text
	}
	r.add(one)
}

// text returns the cell of a row number and a column counted from 1.
func (s *sheet) text(line, col int) string {
	at, found := slices.BinarySearchFunc(s.rows, line, func(row tabular.Row, line int) int { return cmp.Compare(row.Line, line) })
	if !found || col == 0 {
		return ""
	}
	return s.rows[at].Cell(col - 1)
}
