package xlsform

import (
	"slices"
	"strings"

	"bedarfslotse/internal/survey"
)

// mandatory checks that a sheet has a column, and says which header was most
// likely meant.
func (r *reader) mandatory(s *sheet, key string) bool {
	if s.find(key) != nil {
		return true
	}
	var unknown, all []string
	for _, c := range s.columns {
		all = append(all, c.header)
		if c.key == "" {
			unknown = append(unknown, c.header)
		}
	}
	r.fatal(place{sheet: s.name, line: s.line}, keyColumnMissing, "column", key,
		"headers", strings.Join(all, ", "), "suggestion", nearest(key, unknown))
	return false
}

// checkColumns tells about columns that are missing, without a header, unknown
// or of no use here.
func (r *reader) checkColumns() {
	r.mandatory(r.survey, "name")
	for _, s := range []*sheet{r.choices, r.external} {
		if len(s.rows) > 0 {
			r.mandatory(s, "list_name")
			r.mandatory(s, "name")
		}
	}
	if len(r.survey.rows) == 0 {
		r.fatal(place{sheet: r.survey.name, line: r.survey.line}, keyHeaderOnly)
	}
	for _, s := range []*sheet{r.survey, r.choices, r.external} {
		r.unnamedColumns(s)
		for i := range s.columns {
			c := &s.columns[i]
			at := s.header(c)
			name, declined := strings.CutPrefix(c.key, "declined ")
			switch {
			case c.key == "" && s == r.survey:
				r.warn(at, keyColumnUnknown, "column", c.header, "suggestion", nearest(term(c.header), surveyTerms()))
			case c.key == "" && !columnName.MatchString(c.header):
				r.warn(at, keyFilterColumnName, "column", c.header)
			case declined && s.holds(c.at):
				r.warn(at, keyColumnDeclined, "column", name)
			case c.key == "video" && s.holds(c.at):
				r.warn(at, keyColumnDeclined, "column", c.key)
			}
		}
	}
}

// holds tells whether any cell below the header of a column holds something.
func (s *sheet) holds(at int) bool {
	for _, row := range s.rows {
		if cleanText(row.Cell(at)) != "" {
			return true
		}
	}
	return false
}

// unnamedColumns tells about columns that hold something but have no header,
// each at its first cell.
func (r *reader) unnamedColumns(s *sheet) {
	named := map[int]bool{}
	for _, c := range s.columns {
		named[c.at] = true
	}
	for _, row := range s.rows {
		for at, cell := range row.Cells {
			if !named[at] && cleanText(cell) != "" {
				named[at] = true
				r.warn(place{sheet: s.name, line: row.Line, col: at + 1, cell: cell}, keyColumnUnnamed)
			}
		}
	}
}

// checkTwice tells about columns that say the same thing twice. The languages
// must be known by then, since "label::English" and "label::en" are one.
func (r *reader) checkTwice() {
	type meaning struct{ key, language string }
	for _, s := range []*sheet{r.survey, r.choices, r.external, r.settings} {
		seen := map[meaning]*column{}
		for i := range s.columns {
			c := &s.columns[i]
			what := meaning{key: c.key}
			if c.key == "" {
				what.key = "unknown " + c.header
			}
			if translatable(c.key) && !(mediaKind(c.key) && c.language == "") {
				what.language = r.languages.tag(c)
			}
			if first := seen[what]; first != nil {
				r.fatal(s.header(c), keyColumnTwice, "column", c.header, "first", first.header)
				continue
			}
			seen[what] = c
		}
	}
}

// mediaKind tells whether a column names pictures or sound.
func mediaKind(key string) bool { return slices.Contains(survey.MediaKinds(), key) }

// surveyTerms lists what a mistyped header of the survey sheet is compared with.
func surveyTerms() []string {
	return []string{"type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant",
		"constraint", "constraint_message", "calculation", "choice_filter", "repeat_count", "default", "read_only",
		"appearance", "parameters", "image", "big-image", "audio"}
}
