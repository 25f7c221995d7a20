package fieldwork

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// InstitutionReader imports institutions from tables: the registers of North
// Rhine-Westphalia, this program's own format, and whatever somebody maps the
// columns of.
type InstitutionReader struct {
	Areas *catalogue.Areas
	Types *InstitutionTypes
	// OnlyOurAreas leaves out, and counts, institutions outside all areas.
	OnlyOurAreas bool
}

// InstitutionImport is what an import found. Every row is accounted for:
// Rows = len(Institutions) + Outside + Merged + Refused.
type InstitutionImport struct {
	Institutions []Institution // in the order of the file
	Lines        []int         // where each of them stands first
	Source       string        // which kind of file it was, one of the Source constants
	Rows         int           // rows below the header that hold anything
	Outside      int           // rows left out because they lie outside all areas
	Merged       int           // rows that went into an earlier one of the same number
	Refused      int           // rows that are no institution; a finding names each
	Findings     failure.Findings
	// Unknown are texts that are none of our types and areas.
	Unknown []tabular.Unknown
}

// Targets lists what a table of institutions may hold.
func (r InstitutionReader) Targets() []tabular.Target { return InstitutionTargets(r.Areas, r.Types) }

// Read imports a file whose columns are told by their names alone: nobody looks
// at a guess by what stands in them. A cell that cannot be read is a
// finding, and the institution goes without it; a row without a usable number is
// refused. The error is [failure.Findings] when the whole file is unusable.
func (r InstitutionReader) Read(in io.Reader, options tabular.Options) (*InstitutionImport, error) {
	content, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("read institutions: %w", err)
	}
	preview, err := tabular.Inspect(content, options.File, tabular.Reading{}, r.Targets(), 0)
	if err != nil {
		return nil, err
	}
	return r.Take(content, options.File, preview.Reading, tabular.Guess(r.Targets(), preview.Header, nil))
}

// Take imports a file through a mapping, with the failures of Read.
func (r InstitutionReader) Take(content []byte, file string, reading tabular.Reading, mapping tabular.Mapping) (*InstitutionImport, error) {
	table, err := tabular.OpenTable(bytes.NewReader(content), reading.Options(file))
	if err != nil {
		return nil, err
	}
	columns := tabular.FindColumns(table.Header())
	mapped, err := mapping.Open(table, r.Targets(), file, reading.Sheet)
	if err != nil {
		return nil, err
	}
	run := &registerImport{InstitutionReader: r, Mapped: mapped, placed: map[string]int{},
		result: &InstitutionImport{Source: sourceOf(columns)}}
	for record, err := range mapped.Rows() {
		if err != nil {
			return nil, err
		}
		run.add(record)
	}
	result := run.result
	result.Findings = append(columns.Duplicates(file), mapped.Findings()...)
	result.Findings.Sort()
	result.Unknown = mapped.Unknown()
	return result, nil
}

// sourceOf tells by the names of its columns which register a table is.
func sourceOf(columns tabular.Columns) string {
	switch {
	case columns.Has("Schulnummer", "Schulform", "Amtlicher Gemeindeschlüssel", "Amtliche Bezeichnung 1", "Anzahl", "Sozialindex"):
		return SourceSocialIndex
	case columns.Has("Schulnummer", "Schulform", "Schulbezeichnung_1", "Gemeindeschluessel"):
		return SourceRegister
	case columns.Has("number", "name", "type", "ags"):
		return SourceExtract
	}
	return SourceTable
}

// registerImport is one import under way.
type registerImport struct {
	InstitutionReader
	*tabular.Mapped
	placed map[string]int // index in the result by number
	result *InstitutionImport
}

// add reads one row, in which something stands.
func (r *registerImport) add(row tabular.Record) {
	r.result.Rows++
	if row.Refused {
		r.result.Refused++
		return
	}
	one := Institution{Number: row.Text(FieldNumber), AGS: row.Text(FieldAGS), Email: row.Text(FieldEmail),
		Period: row.Text(FieldPeriod), Source: r.result.Source, Pupils: whole(row, FieldPupils), SocialIndex: whole(row, FieldSocialIndex)}
	var elsewhere bool
	one.Area, elsewhere = r.readArea(row, one.AGS)
	if one.Area == "" && r.OnlyOurAreas && elsewhere {
		r.result.Outside++
		return
	}
	if one.AGS == "" {
		one.AGS = r.municipality(one.Area)
	}
	one.Type, one.TypeLabel = r.readType(row)
	one.Name = JoinName(row.Fields[FieldName].Pieces...)
	if at, twice := r.placed[one.Number]; twice {
		r.merge(at, one, row)
		return
	}
	if one.Name == "" {
		r.Note(failure.Warning, "institution.no_name", row, FieldNumber, failure.Params{"number": one.Number})
		one.Name = one.Number
	}
	r.placed[one.Number] = len(r.result.Institutions)
	r.result.Institutions = append(r.result.Institutions, one)
	r.result.Lines = append(r.result.Lines, row.Line)
}

// merge puts a further row of a number into the first: it fills what is blank
// there, and what it says otherwise is told.
func (r *registerImport) merge(at int, one Institution, row tabular.Record) {
	r.result.Merged++
	first := &r.result.Institutions[at]
	if one.Name == "" {
		one.Name = first.Name
	}
	params := failure.Params{"number": one.Number, "first": r.result.Lines[at]}
	r.Note(failure.Hint, "institution.merged", row, FieldNumber, params)
	for _, change := range one.over(*first, r.Areas).Since(*first) {
		if change.Old == "" {
			continue
		}
		r.Note(failure.Warning, "institution.merged_differs", row, change.Field, failure.Params{"number": one.Number,
			"first": r.result.Lines[at], "field": failure.Label("places.field." + change.Field), "kept": change.Old, "dropped": change.New})
	}
	*first = first.over(one, r.Areas)
}

func whole(row tabular.Record, key string) *int {
	field, ok := row.Fields[key]
	if !ok {
		return nil
	}
	value := int(field.Number)
	return &value
}

// municipality returns the municipality key of the town that an area is or lies
// in, "" when it has none.
func (r *registerImport) municipality(key string) string {
	area, _ := r.Areas.Get(key)
	for _, one := range append([]catalogue.Area{area}, r.Areas.Ancestors(key)...) {
		if len(one.AGS) == agsDigits {
			return one.AGS
		}
	}
	return ""
}

// readArea finds the area by the municipality key or the town; an area that the
// row names itself must lie there. elsewhere tells that the row says where it
// lies, whether that is one of ours or not.
func (r *registerImport) readArea(row tabular.Record, ags string) (key string, elsewhere bool) {
	found, _ := r.Areas.ByAGS(ags)
	town, named := row.Fields[FieldTown], row.Fields[FieldArea]
	elsewhere = ags != "" || town.Text != ""
	if found.Key == "" && ags == "" && town.Known {
		found, _ = r.Areas.Get(town.Text)
	}
	area := named.Text
	switch {
	case area == "" || area == found.Key:
		return found.Key, elsewhere
	case !named.Known: // a name that several towns have is plain within one of them
		if area = r.inside(found.Key, named.Text); area == "" {
			if !elsewhere || found.Key != "" {
				r.Note(failure.Warning, "institution.unknown_area", row, FieldArea, failure.Params{"area": named.Text})
			}
			return found.Key, elsewhere
		}
	}
	if found.Key != "" && !r.Areas.Contains(found.Key, area) {
		r.Note(failure.Warning, "institution.area_contradicts", row, FieldArea, failure.Params{"area": area, "ags": ags, "expected": found.Key})
		return found.Key, elsewhere
	}
	if found.Key == "" && elsewhere { // the place is none of ours, whatever its part is called
		return "", true
	}
	return area, elsewhere // a planning area within the town, or an institution without a town
}

// inside finds the part of a town that has a name, "" when none or several have.
func (r *registerImport) inside(town, name string) string {
	found := ""
	for _, one := range r.Areas.Descendants(town) {
		if tabular.Loose(one.Name) != tabular.Loose(name) {
			continue
		}
		if found != "" {
			return ""
		}
		found = one.Key
	}
	return found
}

func (r *registerImport) readType(row tabular.Record) (slug, label string) {
	field, ok := row.Fields[FieldType]
	written := row.Text(FieldTypeLabel)
	if known, found := r.Types.Get(field.Text); ok && field.Known && found {
		return known.Slug, known.Label
	}
	if !ok {
		return "", written
	}
	r.Note(failure.Warning, "institution.unknown_type", row, FieldType, failure.Params{"type": field.Text})
	if written != "" {
		return "", written
	}
	return "", strings.TrimSpace(field.Text)
}
