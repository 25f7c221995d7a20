package export

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// A data package is a zip of datapackage.json, a CSV per table, a script for R
// and a README. The descriptor keeps to version 1 of the standard, which all
// readers know, and adds what version 2 has for labels: categories and labels of
// missing values in fields.
//
// Source: Frictionless Data, "Data Package" and "Table Schema"
// (https://specs.frictionlessdata.io, https://datapackage.org).

// descriptor is datapackage.json.
type descriptor struct {
	Profile     string     `json:"profile"`
	Name        string     `json:"name"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"` // Markdown
	Homepage    string     `json:"homepage,omitempty"`
	Version     string     `json:"version,omitempty"`
	Created     string     `json:"created,omitempty"`
	Licenses    []licence  `json:"licenses,omitempty"`
	Sources     []origin   `json:"sources,omitempty"`
	Languages   []string   `json:"languages"`
	Resources   []resource `json:"resources"`
}

type resource struct {
	Profile   string  `json:"profile"`
	Name      string  `json:"name"`
	Title     string  `json:"title,omitempty"`
	Path      string  `json:"path"`
	Format    string  `json:"format"`
	MediaType string  `json:"mediatype"`
	Encoding  string  `json:"encoding"`
	Dialect   dialect `json:"dialect"`
	Schema    schema  `json:"schema"`
}

type dialect struct {
	Delimiter      string `json:"delimiter"`
	LineTerminator string `json:"lineTerminator"`
	QuoteChar      string `json:"quoteChar"`
	DoubleQuote    bool   `json:"doubleQuote"`
	Header         bool   `json:"header"`
}

type schema struct {
	Fields        []field      `json:"fields"`
	MissingValues []string     `json:"missingValues"`
	PrimaryKey    string       `json:"primaryKey,omitempty"`
	ForeignKeys   []foreignKey `json:"foreignKeys,omitempty"`
}

type field struct {
	Name       string          `json:"name"`
	Title      string          `json:"title,omitempty"`
	Type       string          `json:"type"`
	Format     string          `json:"format,omitempty"`
	Rules      *constraints    `json:"constraints,omitempty"`
	Categories []fieldCategory `json:"categories,omitempty"`
	Ordered    bool            `json:"categoriesOrdered,omitempty"`
	// NonSubstantive lists the values that are no answer to the question, such
	// as "don't know". They are data, not missing values of the schema.
	NonSubstantive []string `json:"nonSubstantive,omitempty"`
}

type constraints struct {
	Required bool     `json:"required,omitempty"`
	Unique   bool     `json:"unique,omitempty"`
	Minimum  any      `json:"minimum,omitempty"`
	Maximum  any      `json:"maximum,omitempty"`
	Pattern  string   `json:"pattern,omitempty"`
	Enum     []string `json:"enum,omitempty"`
}

type fieldCategory struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

type foreignKey struct {
	Fields    string    `json:"fields"`
	Reference keyTarget `json:"reference"`
}

type keyTarget struct {
	Resource string `json:"resource"`
	Fields   string `json:"fields"`
}

// openPackage writes what describes the tables, and waits for their rows.
func openPackage(w io.Writer, d *document) (sink, error) {
	return openArchive(w, d, "."+string(CSV),
		func(out io.Writer, t *table) (tableWriter, error) {
			csv := csvFile{newCSV(out, false)}
			csv.header(t)
			return csvTable{csv}, nil
		},
		func(z *zip.Writer) error {
			content, err := json.MarshalIndent(d.descriptor(), "", "  ")
			if err != nil {
				return err
			}
			return entry(z, "datapackage.json", content)
		},
		func(z *zip.Writer) error { return entry(z, "README.md", []byte(d.readMe())) },
		func(z *zip.Writer) error { return entry(z, scriptName, []byte(d.rScript())) },
	)
}

func entry(z *zip.Writer, name string, content []byte) error {
	out, err := z.Create(name)
	if err == nil {
		_, err = out.Write(content)
	}
	return err
}

// csvTable is a CSV in a zip.
type csvTable struct{ csvFile }

func (c csvTable) row(cells []string) error { return c.cells(cells) }

func (c csvTable) end() error { return c.flush() }

func (d *document) descriptor() descriptor {
	all := descriptor{Profile: "tabular-data-package", Name: packageName(d.version.ID),
		Title: d.labels.of(d.version.Title, d.version.ID), Version: d.version.Version, Languages: []string{d.output.Language}}
	if !d.output.Now.IsZero() {
		all.Created = d.output.Now.UTC().Format(time.RFC3339)
	}
	for _, t := range d.tables {
		all.Resources = append(all.Resources, d.resource(t))
	}
	return all
}

// packageName is an id in the signs that a package's name may have.
func packageName(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-._", r) {
			return r
		}
		return '_'
	}, strings.ToLower(id))
}

// title is what a table is called.
func (d *document) title(t *table) string {
	if t.repeat != nil {
		return d.labels.of(t.repeat.Label, t.repeat.Name)
	}
	return d.labels.word("export.sheet.responses")
}

// tableOf is a table as it is written: a CSV of that name.
func tableOf(name, title string) resource {
	return resource{Profile: "tabular-data-resource", Name: name, Title: title, Path: name + "." + string(CSV), Format: string(CSV),
		MediaType: "text/csv", Encoding: "utf-8",
		Dialect: dialect{Delimiter: ",", LineTerminator: "\r\n", QuoteChar: `"`, DoubleQuote: true, Header: true}}
}

func (d *document) resource(t *table) resource {
	r := tableOf(t.file, d.title(t))
	r.Schema.MissingValues = []string{"", "NaN"}
	for _, v := range t.variables {
		r.Schema.Fields = append(r.Schema.Fields, newField(v))
		switch v.reference {
		case ownKey:
			r.Schema.PrimaryKey = v.name
		case responseKey:
			r.Schema.ForeignKeys = append(r.Schema.ForeignKeys, d.key(v, nil))
		case parentKey:
			r.Schema.ForeignKeys = append(r.Schema.ForeignKeys, d.key(v, t.repeat.Within))
		}
	}
	return r
}

// key refers to the rows of the table of a repeat, or of the responses.
func (d *document) key(v *variable, repeat *survey.Element) foreignKey {
	key := foreignKey{Fields: v.name}
	for _, t := range d.tables {
		for _, one := range t.variables {
			if t.repeat == repeat && one.reference == ownKey {
				key.Reference = keyTarget{Resource: t.file, Fields: one.name}
			}
		}
	}
	return key
}

// newField describes a column; its values are those of the CSV, in which what
// looks like a formula is disarmed.
func newField(v *variable) field {
	f := field{Name: v.name, Title: v.label, Type: "string", Ordered: v.scale}
	rules := constraints{Required: v.reference != noReference || !v.blanks && v.alwaysRequired(), Unique: v.reference == ownKey}
	switch v.kind {
	case numberKind:
		f.Type = "integer"
		if v.fractions > 0 {
			f.Type = "number"
		}
		if v.element != nil && v.element.Range != nil {
			low, high := v.element.Range.At(0), v.element.Range.At(v.element.Range.Len()-1)
			if v.element.Range.Start > v.element.Range.End {
				low, high = high, low
			}
			rules.Minimum, rules.Maximum = json.Number(low), json.Number(high)
		}
	case choiceKind:
		for _, one := range v.categories {
			rules.Enum = append(rules.Enum, tabular.Disarm(one.value))
		}
	case choicesKind, orderKind:
		rules.Pattern = v.pattern()
	case dateKind:
		f.Type = "date"
	case monthKind:
		f.Type = "yearmonth"
	case yearKind:
		f.Type = "year"
	case timeKind:
		f.Type, f.Format = "time", "%H:%M"
	case dateTimeKind:
		f.Type, f.Format = "datetime", "%Y-%m-%dT%H:%M"
	}
	for _, one := range v.categories {
		f.Categories = append(f.Categories, fieldCategory{tabular.Disarm(one.value), one.label})
		if one.missing {
			f.NonSubstantive = append(f.NonSubstantive, tabular.Disarm(one.value))
		}
	}
	if rules.Required || rules.Unique || rules.Minimum != nil || rules.Pattern != "" || rules.Enum != nil {
		f.Rules = &rules
	}
	return f
}

// alwaysRequired tells whether every respondent has to answer. Imported answers
// need not keep to it, so the data have the last word.
func (v *variable) alwaysRequired() bool {
	if v.element == nil || v.element.Node.Required != "yes" {
		return false
	}
	for around := v.element; around != nil; around = around.Parent {
		if around.Relevant != nil {
			return false
		}
	}
	return true
}

// pattern matches names of categories with spaces between them.
func (v *variable) pattern() string {
	names := make([]string, len(v.categories))
	for i, one := range v.categories {
		names[i] = regexp.QuoteMeta(one.value)
	}
	slices.SortStableFunc(names, func(a, b string) int { return len(b) - len(a) })
	one := "(" + strings.Join(names, "|") + ")"
	return "^'?" + one + "( " + one + ")*$"
}

// readMe explains the package in its language.
func (d *document) readMe() string {
	l := d.labels
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n%s\n\n", d.labels.of(d.version.Title, d.version.ID), l.word("export.readme.about"))
	if d.full {
		fmt.Fprintf(&out, "**%s**\n\n", l.word("export.readme.full"))
	} else {
		fmt.Fprintf(&out, "%s\n\n", l.word("export.readme.microdata"))
	}
	fmt.Fprintf(&out, "- `datapackage.json`: %s\n- `%s`: %s\n", l.word("export.readme.descriptor"), scriptName, l.word("export.readme.script"))
	for _, t := range d.tables {
		fmt.Fprintf(&out, "- `%s.csv`: %s\n", t.file, d.title(t))
	}
	fmt.Fprintf(&out, "\n%s\n\n%s\n", l.word("export.readme.keys"), l.word("export.readme.formulas"))
	return out.String()
}
