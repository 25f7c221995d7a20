package fieldwork

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// InstitutionReader imports institutions from the registers of North
// Rhine-Westphalia and from this program's own format, as CSV or XLSX. It tells
// them by the names of their columns.
type InstitutionReader struct {
	Areas *catalogue.Areas
	Types *InstitutionTypes
	// OnlyOurAreas leaves out, and counts, institutions outside all areas.
	OnlyOurAreas bool
}

// InstitutionImport is what an import found. Every row is accounted for:
// Rows = len(Institutions) + Outside + Refused.
type InstitutionImport struct {
	Institutions []Institution // in the order of the file
	Source       string        // which kind of file it was, one of the Source constants
	Rows         int           // rows below the header that hold anything
	Outside      int           // rows left out because they lie outside all areas
	Refused      int           // rows that are no institution; a finding names each
	Findings     failure.Findings
}

// Read imports a file. A cell that cannot be read is a finding, and the
// institution goes without it; a row without a usable number is refused. The
// error is [failure.Findings] when the whole file is unusable.
func (r InstitutionReader) Read(in io.Reader, options tabular.Options) (*InstitutionImport, error) {
	table, err := tabular.OpenTable(in, options)
	if err != nil {
		return nil, err
	}
	columns := tabular.FindColumns(table.Header())
	layout, ok := findLayout(columns)
	if !ok {
		return nil, failure.Findings{{Severity: failure.Fatal, Key: "institution.unknown_layout", File: options.File,
			Line: table.Header().Line, Cell: strings.Join(table.Header().Cells, " | ")}}
	}
	run := &registerImport{InstitutionReader: r, layout: layout, columns: columns, file: options.File, lines: map[string]int{},
		result: &InstitutionImport{Source: layout.source, Findings: columns.Duplicates(options.File)}}
	for row, err := range table.Rows() {
		if err != nil {
			return nil, err
		}
		if !row.Blank() {
			run.add(row)
		}
	}
	result := run.result
	result.Findings = append(result.Findings, table.Findings()...)
	result.Findings.Sort()
	return result, nil
}

// layout is how one kind of file names its columns; the first alias found
// counts, and nothing is found by no alias.
type layout struct {
	source      string
	required    []string
	number      string
	name        []string // pieces in order
	typeCode    string
	typeLabel   string
	typeSlug    string
	ags         string
	area        string
	pupils      string
	socialIndex string
	period      string
}

func layouts() []layout {
	return []layout{{
		source:   SourceSocialIndex,
		required: []string{"Schulnummer", "Schulform", "Amtlicher Gemeindeschlüssel", "Amtliche Bezeichnung 1", "Anzahl", "Sozialindex"},
		number:   "Schulnummer", name: []string{"Amtliche Bezeichnung 1", "Amtliche Bezeichnung 2", "Amtliche Bezeichnung 3"},
		typeLabel: "Schulform", ags: "Amtlicher Gemeindeschlüssel", pupils: "Anzahl", socialIndex: "Sozialindex", period: "Schuljahr",
	}, {
		source:   SourceRegister,
		required: []string{"Schulnummer", "Schulform", "Schulbezeichnung_1", "Gemeindeschluessel"},
		number:   "Schulnummer", name: []string{"Schulbezeichnung_1", "Schulbezeichnung_2", "Schulbezeichnung_3"},
		typeCode: "Schulform", ags: "Gemeindeschluessel",
	}, {
		source:   SourceExtract,
		required: []string{"number", "name", "type", "ags"},
		number:   "number", name: []string{"name"}, typeSlug: "type", typeLabel: "type_label", ags: "ags", area: "area",
		pupils: "pupils", socialIndex: "social_index", period: "school_year",
	}}
}

func findLayout(columns tabular.Columns) (layout, bool) {
	all := layouts()
	at := slices.IndexFunc(all, func(l layout) bool { return columns.Has(l.required...) })
	if at < 0 {
		return layout{}, false
	}
	return all[at], true
}

// registerImport is one import under way.
type registerImport struct {
	InstitutionReader
	layout
	columns tabular.Columns
	file    string
	lines   map[string]int // where each number stands
	result  *InstitutionImport
	row     tabular.Row
}

var (
	officialNumber = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z./-]{0,19}$`)
	eightDigits    = regexp.MustCompile(`^[0-9]{8}$`)
	sevenDigits    = regexp.MustCompile(`^[0-9]{7}$`)
)

const (
	maxPupils      = 20000 // the largest school of the state has about a quarter
	maxSocialIndex = 9
)

// add reads one row, in which something stands.
func (r *registerImport) add(row tabular.Row) {
	r.row = row
	r.result.Rows++
	number := r.cell(r.number)
	if !officialNumber.MatchString(number) {
		r.find(failure.Fatal, "institution.bad_number", r.number, nil)
		r.result.Refused++
		return
	}
	if first, twice := r.lines[number]; twice {
		r.find(failure.Fatal, "institution.duplicate_number", r.number, failure.Params{"number": number, "first": first})
		r.result.Refused++
		return
	}
	r.lines[number] = row.Line
	one := Institution{Number: number, Period: r.cell(r.period), Source: r.source}
	one.AGS = r.readAGS()
	one.Area = r.readArea(one.AGS)
	if one.Area == "" && r.OnlyOurAreas && one.AGS != "" {
		r.result.Outside++
		return
	}
	one.Name = r.readName(number)
	one.Type, one.TypeLabel = r.readType()
	one.Pupils = r.readInt(r.pupils, 0, maxPupils, "institution.bad_pupils")
	one.SocialIndex = r.readInt(r.socialIndex, 1, maxSocialIndex, "institution.bad_social_index")
	r.result.Institutions = append(r.result.Institutions, one)
}

// cell returns the trimmed text of a column; "" for a column without a name.
func (r *registerImport) cell(column string) string {
	if column == "" {
		return ""
	}
	return strings.TrimSpace(r.row.Cell(r.columns.Index(column)))
}

func (r *registerImport) find(severity failure.Severity, key, column string, params failure.Params) {
	r.result.Findings = append(r.result.Findings, failure.Finding{Severity: severity, Key: key, Params: params, File: r.file,
		Line: r.row.Line, Column: r.columns.Index(column) + 1, Cell: r.cell(column)})
}

func (r *registerImport) readName(number string) string {
	pieces := make([]string, 0, len(r.name))
	for _, column := range r.name {
		pieces = append(pieces, r.cell(column))
	}
	name := JoinName(pieces...)
	if name == "" {
		r.find(failure.Warning, "institution.no_name", r.name[0], failure.Params{"number": number})
		return number
	}
	return name
}

// readAGS gives back the leading zero that spreadsheets take away: all keys of
// the state begin with 05.
func (r *registerImport) readAGS() string {
	ags := r.cell(r.ags)
	switch {
	case eightDigits.MatchString(ags):
		return ags
	case sevenDigits.MatchString(ags):
		r.find(failure.Warning, "institution.leading_zero", r.ags, failure.Params{"restored": "0" + ags})
		return "0" + ags
	}
	r.find(failure.Warning, "institution.bad_ags", r.ags, nil)
	return ""
}

// readArea finds the area by the municipality key; a file that names the area
// itself must agree.
func (r *registerImport) readArea(ags string) string {
	found, _ := r.Areas.ByAGS(ags)
	named := r.cell(r.area)
	if named == "" || named == found.Key {
		return found.Key
	}
	if _, known := r.Areas.Get(named); !known {
		r.find(failure.Warning, "institution.unknown_area", r.area, failure.Params{"area": named})
		return found.Key
	}
	if found.Key != "" && !r.Areas.Contains(found.Key, named) {
		r.find(failure.Warning, "institution.area_contradicts", r.area, failure.Params{"area": named, "ags": ags, "expected": found.Key})
		return found.Key
	}
	return named // a planning area within the town, or an institution without a key
}

func (r *registerImport) readType() (slug, label string) {
	var one InstitutionType
	var ok bool
	column := r.typeLabel
	switch {
	case r.typeSlug != "":
		column = r.typeSlug
		one, ok = r.Types.Get(r.cell(column))
	case r.typeCode != "":
		column = r.typeCode
		code := r.cell(column)
		if one, ok = r.Types.ByCode(code); !ok && len(code) == 1 {
			if one, ok = r.Types.ByCode("0" + code); ok {
				r.find(failure.Warning, "institution.leading_zero", column, failure.Params{"restored": "0" + code})
			}
		}
	default:
		one, ok = r.Types.ByLabel(r.cell(column))
	}
	if ok {
		return one.Slug, one.Label
	}
	text := r.cell(column)
	r.find(failure.Warning, "institution.unknown_type", column, failure.Params{"type": text})
	if label := r.cell(r.typeLabel); label != "" {
		text = label
	}
	return "", text
}

// readInt reads a number that may be missing.
func (r *registerImport) readInt(column string, least, most int, key string) *int {
	text := r.cell(column)
	if text == "" {
		return nil
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		r.find(failure.Warning, key, column, failure.Params{"least": least, "most": most})
		return nil
	}
	return &value
}
