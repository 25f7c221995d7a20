package fieldwork

import (
	"bytes"
	"fmt"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// Institution is a school, day care centre or service that takes part in a
// survey as such.
type Institution struct {
	Number    string // official number: text with its leading zeros, unique
	Name      string
	Type      string // slug of the type, for example "grundschule"; "" when the source's type is unknown
	TypeLabel string // German label of the type, as the source has it when the type is unknown
	Area      string // key of the area; "" when it lies in none of ours
	AGS       string // official municipality key, 8 digits with the leading zero; "" when unknown
	// Pupils is how many pupils there are, rounded to multiples of five by the
	// source; nil when unknown.
	Pupils *int
	// SocialIndex is the social index of North Rhine-Westphalia's schools, from 1
	// (few burdens) to 9 (very many); nil when the school has none.
	SocialIndex *int
	Period      string // school year that the figures are of, for example "2024/25"; "" when not told
	Source      string // which register it was read from, one of the Source constants
	Email       string // address that letters to the institution go to; "" when unknown
	Closed      string // day from which the institution is no more; "" while it is
}

// The registers that institutions are read from.
const (
	SourceSocialIndex = "nrw_social_index" // schools with pupils and social index, one file per school year
	SourceRegister    = "nrw_register"     // school register with addresses
	SourceExtract     = "extract"          // this program's own clean format, see WriteInstitutions
	SourceTable       = "table"            // any other table, its columns named by a person
	SourceDesk        = "desk"             // typed in by hand
)

// InstitutionType is a kind of institution.
type InstitutionType struct {
	Slug  string // lower-case ASCII
	Label string // German
}

// InstitutionTypes are the kinds of institution that there are, and what tables
// call them: some registers use German labels, another one codes of two
// characters.
type InstitutionTypes struct {
	all      []InstitutionType
	bySlug   map[string]InstitutionType
	synonyms map[string][]string // by slug
}

// ReadInstitutionTypes reads tables of types: columns type and label, and where
// there are any code (as a register has it), source_label (the label that a
// register uses) and synonyms, separated by bars. A type may have several rows,
// each with another code. The error is [failure.Findings] when a table is at
// fault.
func ReadInstitutionTypes(tables ...NamedTable) (*InstitutionTypes, error) {
	types := &InstitutionTypes{bySlug: map[string]InstitutionType{}, synonyms: map[string][]string{}}
	codes := map[string]bool{}
	for _, one := range tables {
		if err := types.read(one, codes); err != nil {
			return nil, err
		}
	}
	return types, nil
}

// NamedTable is a CSV with the name that findings call it by.
type NamedTable struct {
	File    string
	Content []byte
}

func (t *InstitutionTypes) read(from NamedTable, codes map[string]bool) error {
	table, err := tabular.OpenCSV(bytes.NewReader(from.Content), tabular.Options{File: from.File})
	if err != nil {
		return err
	}
	columns := tabular.FindColumns(table.Header())
	if missing := columns.Missing(from.File, "type", "label"); len(missing) > 0 {
		return missing
	}
	var findings failure.Findings
	for row, err := range table.Rows() {
		if err != nil {
			return err
		}
		cell := func(name string) string { return strings.TrimSpace(row.Cell(columns.Index(name))) }
		code, one := cell("code"), InstitutionType{Slug: cell("type"), Label: cell("label")}
		known, seen := t.bySlug[one.Slug]
		if one.Slug == "" || one.Label == "" || codes[code] || columns.Has("code") == (code == "") || seen && known != one {
			findings = append(findings, failure.Finding{Severity: failure.Fatal, Key: "institution.bad_type", File: from.File,
				Line: row.Line, Cell: code, Params: failure.Params{"code": code}})
			continue
		}
		if !seen {
			t.all = append(t.all, one)
			t.bySlug[one.Slug] = one
			t.synonyms[one.Slug] = plurals(one.Label)
		}
		if code != "" {
			codes[code] = true
			// Spreadsheets take the zero away.
			t.synonyms[one.Slug] = append(t.synonyms[one.Slug], code, strings.TrimPrefix(code, "0"))
		}
		for _, synonym := range append(strings.Split(cell("synonyms"), "|"), cell("source_label")) {
			if synonym = strings.TrimSpace(synonym); synonym != "" {
				t.synonyms[one.Slug] = append(t.synonyms[one.Slug], append(plurals(synonym), synonym)...)
			}
		}
	}
	if findings = append(findings, table.Findings()...); len(findings) > 0 {
		return findings
	}
	return nil
}

// plurals guesses what a list calls many of one kind.
func plurals(label string) []string {
	forms := []string{label + "n", label + "en", label + "s"}
	if stem, latin := strings.CutSuffix(label, "um"); latin {
		forms = append(forms, stem+"en")
	}
	return forms
}

// All returns all types in the order of the table.
func (t *InstitutionTypes) All() []InstitutionType { return append([]InstitutionType(nil), t.all...) }

// Get returns the type with a slug.
func (t *InstitutionTypes) Get(slug string) (InstitutionType, bool) {
	one, ok := t.bySlug[slug]
	return one, ok
}

// choices lists the types for the column mapper.
func (t *InstitutionTypes) choices() []tabular.Choice {
	list := make([]tabular.Choice, len(t.all))
	for at, one := range t.all {
		list[at] = tabular.Choice{Key: one.Slug, Label: one.Label, Synonyms: t.synonyms[one.Slug]}
	}
	return list
}

// String names the institution for logs.
func (i Institution) String() string { return fmt.Sprintf("%s %s", i.Number, i.Name) }

// Equal tells whether everything known of two institutions is the same.
func (i Institution) Equal(other Institution) bool {
	same := func(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }
	if !same(i.Pupils, other.Pupils) || !same(i.SocialIndex, other.SocialIndex) {
		return false
	}
	i.Pupils, i.SocialIndex = other.Pupils, other.SocialIndex
	return i == other
}
