package fieldwork

import (
	"fmt"
	"io"
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

// InstitutionTypes translates the types of the official registers: one has
// German labels, the other codes of two characters.
type InstitutionTypes struct {
	byCode, byLabel, bySlug map[string]InstitutionType
	all                     []InstitutionType
}

// ReadInstitutionTypes reads the table of types: columns code, type, label and
// source_label (the label that the registers use for it, blank where no
// register does). Several codes may have one type. The error is
// [failure.Findings] when the table is at fault.
func ReadInstitutionTypes(in io.Reader, file string) (*InstitutionTypes, error) {
	table, err := tabular.OpenCSV(in, tabular.Options{File: file})
	if err != nil {
		return nil, err
	}
	columns := tabular.FindColumns(table.Header())
	if missing := columns.Missing(file, "code", "type", "label", "source_label"); len(missing) > 0 {
		return nil, missing
	}
	types := &InstitutionTypes{byCode: map[string]InstitutionType{}, byLabel: map[string]InstitutionType{}, bySlug: map[string]InstitutionType{}}
	var findings failure.Findings
	for row, err := range table.Rows() {
		if err != nil {
			return nil, err
		}
		cell := func(name string) string { return strings.TrimSpace(row.Cell(columns.Index(name))) }
		code, one := cell("code"), InstitutionType{Slug: cell("type"), Label: cell("label")}
		known, seen := types.bySlug[one.Slug]
		_, twice := types.byCode[code]
		if code == "" || one.Slug == "" || one.Label == "" || twice || seen && known != one {
			findings = append(findings, failure.Finding{Severity: failure.Fatal, Key: "institution.bad_type", File: file,
				Line: row.Line, Cell: code, Params: failure.Params{"code": code}})
			continue
		}
		if !seen {
			types.all = append(types.all, one)
		}
		types.byCode[code], types.bySlug[one.Slug] = one, one
		if label := cell("source_label"); label != "" {
			types.byLabel[strings.ToLower(label)] = one
		}
	}
	if findings = append(findings, table.Findings()...); len(findings) > 0 {
		return nil, findings
	}
	return types, nil
}

// All returns all types in the order of the table.
func (t *InstitutionTypes) All() []InstitutionType { return append([]InstitutionType(nil), t.all...) }

// Get returns the type with a slug.
func (t *InstitutionTypes) Get(slug string) (InstitutionType, bool) {
	one, ok := t.bySlug[slug]
	return one, ok
}

// ByCode returns the type of a register's code such as "02" or "0A".
func (t *InstitutionTypes) ByCode(code string) (InstitutionType, bool) {
	one, ok := t.byCode[strings.ToUpper(code)]
	return one, ok
}

// ByLabel returns the type of a register's label such as "Grundschule".
func (t *InstitutionTypes) ByLabel(label string) (InstitutionType, bool) {
	one, ok := t.byLabel[strings.ToLower(label)]
	return one, ok
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
