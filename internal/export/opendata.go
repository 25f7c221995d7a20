package export

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// OpenData are the figures of a wave that everybody may read, with what is said
// of them.
type OpenData struct {
	Wave    fieldwork.Wave
	Version *survey.Version
	// Results are changed as METHODS 5.6 has it: [analysis.Explorer.Public].
	Results analysis.Group
	Day     string // of the figures, as 2026-12-31
	// Languages are those of the labels.
	Languages []string
	Source    string          // who publishes the data, "" when not known
	Address   string          // where the page of the results stands, "" when not known
	Words     *i18n.Catalogue // of the README, in German and English
}

// licence and source are what a descriptor says of a whole package.
type licence struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Path  string `json:"path"`
}

type origin struct {
	Title string `json:"title"`
	Path  string `json:"path,omitempty"`
}

// openDataFile is the one table of the package.
const openDataFile = "figures"

// Write writes a Frictionless data package: a CSV with a row per question and
// category, datapackage.json, and a README in German and English. The same
// figures give the same bytes.
func (d *OpenData) Write(w io.Writer) error {
	z := zip.NewWriter(w)
	content, err := json.MarshalIndent(d.descriptor(), "", "  ")
	if err != nil {
		return fmt.Errorf("describe open data: %w", err)
	}
	if err := entry(z, "datapackage.json", content); err != nil {
		return err
	}
	if err := entry(z, "README.md", []byte(d.readMe())); err != nil {
		return err
	}
	out, err := z.Create(openDataFile + "." + string(CSV))
	if err != nil {
		return err
	}
	table := newCSV(out, false)
	write := func(cells []string) {
		for _, cell := range cells {
			table.cell(cell)
		}
		table.end()
	}
	var names []string
	for _, f := range d.fields() {
		names = append(names, f.Name)
	}
	write(names)
	for _, figure := range d.Results.Figures {
		for _, row := range d.rows(figure) {
			write(row)
		}
	}
	if err := table.flush(); err != nil {
		return err
	}
	return z.Close()
}

// What a row of the table counts.
const (
	answerRow  = "answer"          // a choice or class inside the base
	apartRow   = "non_substantive" // "don't know" and the like
	missingRow = "no_answer"
	unaskedRow = "not_asked"
)

// fields are the columns of the table.
func (d *OpenData) fields() []field {
	zero, one := json.Number("0"), json.Number("1")
	share := &constraints{Minimum: zero, Maximum: one}
	fields := []field{{Name: "question", Type: "string", Rules: &constraints{Required: true}}}
	for _, tag := range d.Languages {
		fields = append(fields, field{Name: "question_" + tag, Type: "string"})
	}
	fields = append(fields, field{Name: "counts", Type: "string", Rules: &constraints{Required: true, Enum: []string{answerRow, apartRow, missingRow, unaskedRow}}},
		field{Name: "category", Type: "string"})
	for _, tag := range d.Languages {
		fields = append(fields, field{Name: "category_" + tag, Type: "string"})
	}
	return append(fields,
		field{Name: "count", Type: "integer", Rules: &constraints{Minimum: zero}},
		field{Name: "share", Type: "number", Rules: share}, field{Name: "low", Type: "number", Rules: share},
		field{Name: "high", Type: "number", Rules: share},
		field{Name: "base", Type: "integer", Rules: &constraints{Minimum: zero}},
		field{Name: "hidden", Type: "boolean", Rules: &constraints{Required: true}})
}

// rows are the lines of one question.
func (d *OpenData) rows(f analysis.Figure) [][]string {
	element := d.Version.Element(f.Question)
	question := []string{f.Question}
	for _, tag := range d.Languages {
		question = append(question, d.label(element.Label, tag, f.Question))
	}
	var rows [][]string
	add := func(counts string, cell analysis.Cell, label func(tag string) string, base *int) {
		row := append(slices.Clone(question), counts, cell.Name)
		for _, tag := range d.Languages {
			row = append(row, label(tag))
		}
		hidden := cell.Suppressed || cell.Count == nil
		if hidden {
			cell = analysis.Cell{}
		}
		rows = append(rows, append(row, wholeText(cell.Count), partText(cell.Share), partText(cell.Low), partText(cell.High),
			wholeText(base), strconv.FormatBool(hidden)))
	}
	for _, cell := range f.Cells {
		add(answerRow, cell, func(tag string) string { return d.category(element, f.Kind, cell.Name, tag) }, f.Base)
	}
	for _, cell := range f.Apart {
		add(apartRow, cell, func(tag string) string { return d.category(element, f.Kind, cell.Name, tag) }, nil)
	}
	for _, one := range []struct {
		counts, words string
		count         *int
	}{{missingRow, "charts.table_no_answer", f.NoAnswer}, {unaskedRow, "charts.table_not_asked", f.NotAsked}} {
		if one.count != nil {
			add(one.counts, analysis.Cell{Count: one.count}, func(tag string) string { return d.Words.Localizer(tag).T(one.words) }, nil)
		}
	}
	return rows
}

// label is a text in a language or those that it falls back to.
func (d *OpenData) label(text survey.Text, tag, otherwise string) string {
	found, _ := text.In(append(i18n.Chain(tag), d.Version.Languages...)...)
	if found = charts.Plain(found); found == "" {
		return otherwise
	}
	return found
}

// category is what a language calls a choice or a step of a range; classes are
// called alike in all.
func (d *OpenData) category(element *survey.Element, kind analysis.Kind, name, tag string) string {
	switch {
	case element.Choices != nil && element.ChoiceIndex(name) >= 0:
		return d.label(element.Choices.Choices[element.ChoiceIndex(name)].Label, tag, name)
	case element.Range != nil && kind == analysis.Scale:
		if words := d.label(element.Range.Label(name), tag, ""); words != "" {
			return name + " (" + words + ")"
		}
	}
	return name
}

func wholeText(count *int) string {
	if count == nil {
		return ""
	}
	return strconv.Itoa(*count)
}

func partText(part *float64) string {
	if part == nil {
		return ""
	}
	return strconv.FormatFloat(*part, 'g', -1, 64)
}

func (d *OpenData) descriptor() descriptor {
	all := descriptor{Profile: "tabular-data-package", Name: packageName(d.Wave.Slug), Title: d.title("de"), Version: d.Day,
		Created: d.Day + "T00:00:00Z", Languages: d.Languages, Homepage: d.Address, Description: d.readMe()}
	if one, known := fieldwork.LicenceOf(d.Wave.PublicLicence); known {
		all.Licenses = []licence{{strings.ReplaceAll(one.ID, "/", "-"), one.Name, one.Address}}
	}
	if d.Source != "" {
		all.Sources = []origin{{d.Source, d.Address}}
	}
	table := tableOf(openDataFile, all.Title)
	table.Schema.Fields = d.fields()
	table.Schema.MissingValues = []string{""}
	all.Resources = []resource{table}
	return all
}

func (d *OpenData) title(tag string) string { return d.label(d.Version.Title, tag, d.Version.ID) }

// readMe says in German and English where the figures come from and what they
// mean.
func (d *OpenData) readMe() string {
	var out strings.Builder
	for at, tag := range []string{"de", "en"} {
		words := d.Words.Localizer(tag)
		if at > 0 {
			out.WriteString("\n---\n\n")
		}
		fmt.Fprintf(&out, "# %s\n\n", words.T("results.title", "title", d.title(tag)))
		line := func(key, value string) {
			if value != "" {
				fmt.Fprintf(&out, "- %s: %s\n", words.T("export.open."+key), value)
			}
		}
		if d.Wave.Sample {
			fmt.Fprintf(&out, "%s\n\n", words.T("respondent.sample"))
		}
		line("source", d.Source)
		line("page", d.Address)
		line("period", strings.TrimSuffix(d.Wave.Opened+" – "+d.Wave.Closed, " – "))
		line("day", d.Day)
		line("purpose", strings.Join(strings.Fields(d.Wave.Purpose), " "))
		if d.Results.N != nil {
			line("n", strconv.Itoa(*d.Results.N))
		}
		if one, known := fieldwork.LicenceOf(d.Wave.PublicLicence); known {
			line("licence", one.Name+", "+one.Address)
		}
		for _, key := range []string{"method", "chance", "table", "hidden", "formulas"} {
			fmt.Fprintf(&out, "\n%s\n", words.T("export.open."+key))
		}
	}
	return out.String()
}
