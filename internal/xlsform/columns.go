package xlsform

import (
	"strings"

	"bedarfslotse/internal/tabular"
)

// column is one column of a sheet and what its header means.
type column struct {
	at       int    // counted from 0
	header   string // as written, without space around it
	key      string // what it holds, by this service's word; "" when unknown
	language string // the language that the header names, as written; "" for none
}

// sheet is a sheet whose header has been read.
type sheet struct {
	name    string
	line    int // row number of the header
	columns []column
	by      map[string][]*column // by meaning, in the order of the sheet
	rows    []tabular.Row
}

// The sheets that this package reads, by what their columns mean.
type sheetKind int

const (
	surveySheet sheetKind = iota
	choicesSheet
	settingsSheet
)

func kindOf(tab string) sheetKind {
	switch tab {
	case "choices", "external_choices":
		return choicesSheet
	case "settings":
		return settingsSheet
	default:
		return surveySheet
	}
}

// newSheet takes the first row that holds anything for the header.
func newSheet(name string, rows []tabular.Row, kind sheetKind) *sheet {
	s := &sheet{name: name, by: map[string][]*column{}}
	for i, row := range rows {
		if row.Blank() {
			continue
		}
		s.line, s.rows = row.Line, rows[i+1:]
		for at, cell := range row.Cells {
			if header := cleanWord(cell); header != "" {
				s.columns = append(s.columns, meaning(at, header, kind))
			}
		}
		break
	}
	for i := range s.columns {
		c := &s.columns[i]
		s.by[c.key] = append(s.by[c.key], c)
	}
	return s
}

// find returns the first column with that meaning, nil when there is none.
func (s *sheet) find(key string) *column {
	if columns := s.by[key]; len(columns) > 0 {
		return columns[0]
	}
	return nil
}

// place is where a column's cell stands in a row.
func (s *sheet) place(row tabular.Row, c *column) place {
	if c == nil {
		return place{sheet: s.name, line: row.Line}
	}
	return place{sheet: s.name, line: row.Line, col: c.at + 1, cell: row.Cell(c.at)}
}

// header is where a column's header stands.
func (s *sheet) header(c *column) place {
	return place{sheet: s.name, line: s.line, col: c.at + 1, cell: c.header}
}

// at is where the first cell with that meaning stands in a row.
func (s *sheet) at(row tabular.Row, key string) place { return s.place(row, s.find(key)) }

// cell returns the text of the first column with that meaning, as written.
func (s *sheet) cell(row tabular.Row, key string) string {
	if c := s.find(key); c != nil {
		return row.Cell(c.at)
	}
	return ""
}

// meaning reads a header: "label", "label::English (en)", "label:English",
// "media::image::ar", "bind::jr:constraintMsg", "bl::measures".
func meaning(at int, header string, kind sheetKind) column {
	c := column{at: at, header: header}
	if key := alias(term(header), kind); key != "" {
		if kind == choicesSheet && (key == "state" || key == "source_hash") {
			return c // how far a translation is always names a language: this is a column to filter by
		}
		c.key = key
		return c
	}
	separator := ":"
	if strings.Contains(header, "::") {
		separator = "::"
	}
	parts := strings.Split(header, separator)
	for i := range parts {
		parts[i] = cleanWord(parts[i])
	}
	if len(parts) == 1 {
		return c
	}
	switch prefix := term(parts[0]); prefix {
	case "bl": // columns of this project
		parts = parts[1:]
		parts[0] = "bl_" + parts[0]
	case "bind", "media", "control", "body":
		parts = parts[1:]
	}
	key := alias(term(parts[0]), kind)
	switch {
	case len(parts) == 1:
		c.key = key
	case len(parts) == 2 && parts[1] != "" && translatable(key):
		c.key, c.language = key, parts[1]
	}
	return c
}

func alias(word string, kind sheetKind) string {
	switch kind {
	case choicesSheet:
		return choicesAlias(word)
	case settingsSheet:
		return settingsAlias(word)
	default:
		return surveyAlias(word)
	}
}

// translatable tells whether a column may come once per language.
func translatable(key string) bool {
	switch key {
	case "label", "hint", "guidance_hint", "constraint_message", "required_message",
		"image", "audio", "video", "big-image", "state", "source_hash", "form_title", "description":
		return true
	}
	return false
}

// surveyAlias is the table of the survey sheet's headers: whatever XLSForm has
// called a column over the years, folded by [term], and what it is called here.
// Sources: XLSForm reference table; the header aliases of the reference
// converter's documentation.
func surveyAlias(word string) string {
	switch word {
	case "type", "command":
		return "type"
	case "name", "value", "tag":
		return "name"
	case "label", "caption":
		return "label"
	case "hint":
		return "hint"
	case "guidance_hint", "guidance":
		return "guidance_hint"
	case "required", "mandatory":
		return "required"
	case "required_message", "requiredmsg", "required_msg", "jr:requiredmsg":
		return "required_message"
	case "relevant", "relevance":
		return "relevant"
	case "constraint":
		return "constraint"
	case "constraint_message", "constraining_message", "constraintmsg", "constraint_msg", "jr:constraintmsg":
		return "constraint_message"
	case "calculation", "calculate":
		return "calculation"
	case "choice_filter":
		return "choice_filter"
	case "repeat_count", "count", "jr:count":
		return "repeat_count"
	case "default", "read_only", "appearance", "parameters", "trigger", "image", "audio", "video", "disabled":
		return word
	case "readonly":
		return "read_only"
	case "big_image":
		return "big-image"
	case "bl_measures", "bl_sensitive", "bl_attributed", "bl_pictogram":
		return strings.Replace(word, "bl_", "bl::", 1)
	case "state", "source_hash":
		return word
	}
	return declinedAlias(word)
}

// declinedAlias knows columns that this service has no use for but whose
// meaning is clear, so that the author gets a reason instead of "unknown".
func declinedAlias(word string) string {
	switch word {
	case "save_to", "autoplay", "intent", "rows", "accuracythreshold", "no_app_error_string", "noapperrorstring",
		"jr:preload", "jr:preloadparams", "jr:noapperrorstring", "sms_field", "sms_option", "sms_separator", "query":
		return "declined " + word
	}
	return ""
}

// choicesAlias is the table of the choices sheet's headers. What is not in it
// is a column for choice filters.
func choicesAlias(word string) string {
	switch word {
	case "list_name", "listname", "list":
		return "list_name"
	case "name", "value":
		return "name"
	case "label", "caption":
		return "label"
	case "image", "audio", "video":
		return word
	case "big_image":
		return "big-image"
	case "bl_substantive", "bl_score", "bl_pictogram":
		return strings.Replace(word, "bl_", "bl::", 1)
	case "state", "source_hash":
		return word
	}
	return ""
}

// settingsAlias is the table of the settings sheet's headers. Those that this
// service leaves aside carry the prefix "ignored", those that it refuses to
// honour the prefix "declined".
func settingsAlias(word string) string {
	switch word {
	case "form_title", "title", "set_form_title":
		return "form_title"
	case "form_id", "id_string", "set_form_id", "formid":
		return "form_id"
	case "version", "form_version":
		return "version"
	case "default_language", "style", "allow_choice_duplicates":
		return word
	case "bl_audience", "bl_description":
		return strings.TrimPrefix(word, "bl_")
	case "state", "source_hash":
		return word
	case "public_key", "submission_url", "auto_send", "auto_delete", "client_editable",
		"sms_keyword", "sms_separator", "sms_allow_media", "sms_date_format", "sms_datetime_format", "sms_response":
		return "declined " + word
	case "instance_name", "name", "instance_xmlns", "instance_id", "omit_instanceid", "namespaces", "prefix",
		"delimiter", "clean_text_values", "use_repeat_template", "add_none_option":
		return "ignored " + word
	}
	return ""
}
