package response

import (
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/survey"
)

// Source is the program that wrote a table, as its columns tell.
type Source string

// The sources. What is none of them is read in the same way: by the names and
// labels of questions.
const (
	OwnExport   Source = "own"
	Kobo        Source = "kobo"
	ODK         Source = "odk"
	LimeSurvey  Source = "limesurvey"
	OtherSource Source = "other"
)

// sourceOf recognises a program by the columns that it adds to those of
// questions.
func sourceOf(version *survey.Version, header []string) Source {
	has := func(names ...string) bool {
		for _, name := range names {
			if version.Element(name) != nil || !slices.ContainsFunc(header, func(one string) bool {
				return strings.EqualFold(strings.TrimPrefix(cleanHeader(one), plainX(cleanHeader(one))), name)
			}) {
				return false
			}
		}
		return true
	}
	switch {
	case has("_uuid"), has("_submission_time"):
		return Kobo
	case has("KEY"), has("meta/instanceID"), has("meta-instanceID"):
		return ODK
	case has("lastpage", "startlanguage"), has("submitdate", "startlanguage"):
		return LimeSurvey
	case has(ProcessColumn(version, ColumnDay)), has(ProcessColumn(version, ColumnLanguage)):
		return OwnExport
	}
	return OtherSource
}

// limeColumns are what LimeSurvey calls the columns of ours.
func limeColumns() map[string]string {
	return map[string]string{"submitdate": ColumnDay, "startlanguage": ColumnLanguage}
}

// limeID is LimeSurvey's number of a response.
const limeID = "id"

// unknownDay is what LimeSurvey writes where a survey keeps no days.
const unknownDay = "1980-01-01"

// Source tells which program wrote the table.
func (im *Importer) Source() Source { return im.source }

// Meanings tells for every column what it is read as, in the words of
// [ImportOptions.Mapping]; "" for those that are not read. An importer whose
// mapping they are reads the same.
func (im *Importer) Meanings() []string { return slices.Clone(im.meanings) }

// ImportTarget is one thing that a column may be read as.
type ImportTarget struct {
	Name    string          // as a mapping writes it
	Element *survey.Element // nil for what is no question's
	Choice  *survey.Choice  // of a select_multiple whose choices have a column each
	Process string          // one of the Column constants, or "" for the row's id
}

// ImportID is what a mapping calls the column that names the rows.
const ImportID = "_id"

// ImportTargets lists what columns can be read as; questions in repeats as those
// of the first instance.
func ImportTargets(version *survey.Version) []ImportTarget {
	var targets []ImportTarget
	for _, name := range []string{ColumnDay, ColumnLanguage, ColumnArea, ColumnInstitutionType, ColumnInstitution, ColumnDuration} {
		targets = append(targets, ImportTarget{Name: ProcessColumn(version, name), Process: name})
	}
	targets = append(targets, ImportTarget{Name: ImportID})
	for _, e := range version.Elements {
		if !e.Type.Answered() {
			continue
		}
		zeros := make([]int, len(around(e)))
		targets = append(targets, ImportTarget{Name: columnName(e, zeros, nil), Element: e})
		if e.Type == survey.SelectMultiple {
			for _, choice := range e.Choices.Choices {
				targets = append(targets, ImportTarget{Name: columnName(e, zeros, choice), Element: e, Choice: choice})
			}
		}
	}
	return targets
}

// columnName is the header under which a question, or one of its choices, is
// found in any case.
func columnName(e *survey.Element, at []int, choice *survey.Choice) string {
	var name strings.Builder
	for i, repeat := range around(e) {
		name.WriteString(repeat.Name + "[" + strconv.Itoa(at[i]) + "].")
	}
	name.WriteString(e.Name)
	if choice != nil {
		name.WriteString("/" + choice.Name)
	}
	return name.String()
}
