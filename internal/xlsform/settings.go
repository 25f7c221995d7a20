package xlsform

import (
	"path"
	"regexp"
	"strings"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// setting is one cell of the settings sheet.
type setting struct {
	value string
	at    place
}

// readSettings reads the one row of the settings sheet. Settings that may come
// in several languages are read by applySettings.
func (r *reader) readSettings() map[string]setting {
	values := map[string]setting{}
	r.head = r.settingsRow()
	for i := range r.settings.columns {
		c := &r.settings.columns[i]
		at := r.settings.place(r.head, c)
		value := cleanText(at.cell)
		if value == "" {
			continue
		}
		name, declined := strings.CutPrefix(c.key, "declined ")
		name, ignored := strings.CutPrefix(name, "ignored ")
		switch {
		case c.key == "":
			r.warn(at, keySettingUnknown, "setting", c.header, "suggestion", nearest(term(c.header), settingNames()))
		case declined:
			r.warn(at, keySettingDeclined, "setting", name)
		case ignored:
			r.warn(at, keySettingIgnored, "setting", name)
		case c.language == "":
			values[name] = setting{value: value, at: at}
		}
	}
	r.duplicates, _ = yes(values["allow_choice_duplicates"].value)
	return values
}

// settingsRow returns the first row that holds anything, an empty one when
// there is none, and tells about any further rows.
func (r *reader) settingsRow() tabular.Row {
	var first tabular.Row
	for _, row := range r.settings.rows {
		switch {
		case row.Blank():
		case first.Line == 0:
			first = row
		default:
			r.warn(place{sheet: r.settings.name, line: row.Line}, keySettingsRows, "first", first.Line)
		}
	}
	return first
}

func settingNames() []string {
	return []string{"form_title", "form_id", "version", "default_language", "style"}
}

// plainID is what may stand in addresses and file names as it is.
var plainID = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$`)

// applySettings fills the survey's head; file names a survey that does not.
func (r *reader) applySettings(values map[string]setting, file string) {
	s, l := r.out, r.languages
	s.Language, s.Languages = l.source, l.all
	s.ID, s.Version = cleanWord(values["form_id"].value), cleanWord(values["version"].value)
	s.Style, s.Audience = cleanWord(values["style"].value), cleanWord(values["audience"].value)
	head := place{sheet: r.settings.name, line: r.settings.line}
	// Both separators end a folder here: a file uploaded from elsewhere keeps its own.
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	base = strings.TrimSuffix(base, path.Ext(base))
	switch {
	case s.ID == "":
		if s.ID = slug(base); s.ID == "" {
			s.ID = "survey"
		}
		r.warn(head, keyIDDerived, "id", s.ID)
	case !plainID.MatchString(s.ID):
		given := s.ID
		if s.ID = slug(given); s.ID == "" {
			s.ID = "survey"
		}
		r.warn(values["form_id"].at, keyBadID, "given", given, "id", s.ID)
	}
	s.Title = r.texts(r.settings, r.head, "form_title")
	s.Description = r.texts(r.settings, r.head, "description")
	if len(s.Title) == 0 {
		s.Title = survey.Text{l.source: {Text: s.ID}}
		r.warn(head, keyTitleMissing, "title", s.ID)
	}
}
