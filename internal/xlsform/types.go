package xlsform

import (
	"strings"

	"bedarfslotse/internal/survey"
)

// action says what is to be done with a row, by its type.
type action int

const (
	unknownType action = iota
	ask                // a question this service has
	begin
	end
	decline // what this service will not do; reason says why
	beside  // a table beside the form, for instance() and pulldata()
)

// rowType is the cell of the type column, understood.
type rowType struct {
	action  action
	typ     survey.Type
	list    string // the list of a select; for other types what follows the type
	orOther bool
	// external says that the list stands in the sheet external_choices.
	external bool
	file     bool   // the list is a file beside the form
	reason   string // key of the finding, when declined
	word     string // the type as XLSForm's documentation calls it
}

// parseType reads a cell such as "select one from list or_other". The longest
// known beginning counts, so that "select one from file" is not taken for a
// "select one from" a list of that name.
func parseType(cell string) rowType {
	words := strings.Fields(cleanWord(cell))
	for n := len(words); n > 0; n-- {
		kind, ok := typeAlias(term(strings.Join(words[:n], " ")))
		if !ok {
			continue
		}
		rest := words[n:]
		if kind.action == ask && kind.typ.Selects() {
			kind.list, kind.orOther = listOf(rest)
			if match := reference.FindStringSubmatch(kind.list); match != nil && match[0] == kind.list {
				kind.list = "${" + match[1] + "}" // the choices are answers
			}
			return kind
		}
		kind.list = strings.Join(rest, " ")
		// A file name may follow the types of tables; anything else
		// behind a type is a misunderstanding that must not pass.
		if len(rest) > 0 && kind.action != beside && kind.action != decline {
			return rowType{}
		}
		return kind
	}
	return rowType{}
}

// listOf splits what follows a select into the list's name and the wish for a
// further choice "other".
func listOf(words []string) (list string, orOther bool) {
	joined := strings.Join(words, " ")
	for _, ending := range []string{"or_other", "or specify other", "or other"} {
		if rest, found := strings.CutSuffix(joined, ending); found && (rest == "" || strings.HasSuffix(rest, " ")) {
			return strings.TrimSpace(rest), true
		}
	}
	return joined, false
}

// typeAlias is the table of the types, folded by [term].
func typeAlias(word string) (rowType, bool) {
	question := func(t survey.Type) (rowType, bool) {
		return rowType{action: ask, typ: t, word: string(t)}, true
	}
	switch word {
	case "select_one", "select_one_from", "select1", "add_select_one_prompt_using", "select_one_using":
		return question(survey.SelectOne)
	case "select_one_external":
		return rowType{action: ask, typ: survey.SelectOne, word: word, external: true}, true
	case "select_multiple", "select_multiple_from", "select_all_that_apply", "select_all_that_apply_from",
		"add_select_multiple_prompt_using", "select_multiple_using":
		return question(survey.SelectMultiple)
	case "select_one_from_file", "select_one_from_csv":
		return rowType{action: ask, typ: survey.SelectOne, file: true, word: word}, true
	case "select_multiple_from_file", "select_multiple_from_csv":
		return rowType{action: ask, typ: survey.SelectMultiple, file: true, word: word}, true
	case "integer", "int", "q_int", "add_integer_prompt":
		return question(survey.Integer)
	case "decimal", "q_decimal", "add_decimal_prompt":
		return question(survey.Decimal)
	case "text", "string", "q_string", "add_text_prompt":
		return question(survey.TextType)
	case "date", "q_date", "add_date_prompt":
		return question(survey.Date)
	case "time", "q_time", "add_time_prompt":
		return question(survey.Time)
	case "datetime", "date_time", "q_date_time", "add_date_time_prompt":
		return question(survey.DateTime)
	case "range", "q_range", "add_range_prompt":
		return question(survey.TypeRange)
	case "rank", "odk:rank", "q_rank", "add_rank_prompt":
		return question(survey.Rank)
	case "note", "add_note_prompt":
		return question(survey.Note)
	case "acknowledge", "acknowledgement", "acknowledgment", "trigger", "q_acknowledge", "add_acknowledge_prompt":
		return question(survey.Acknowledge)
	case "calculate", "calculation", "q_calculate", "add_calculate_prompt":
		return question(survey.Calculate)
	case "hidden":
		return question(survey.Hidden)
	case "begin_group":
		return rowType{action: begin, typ: survey.Group, word: "begin_group"}, true
	case "end_group":
		return rowType{action: end, typ: survey.Group, word: "end_group"}, true
	case "begin_repeat", "begin_lgroup", "begin_looped_group":
		return rowType{action: begin, typ: survey.Repeat, word: "begin_repeat"}, true
	case "end_repeat", "end_lgroup", "end_looped_group":
		return rowType{action: end, typ: survey.Repeat, word: "end_repeat"}, true
	case "csv_external":
		return rowType{action: beside, word: word}, true
	}
	reason := declineReason(word)
	return rowType{action: decline, reason: reason, word: word}, reason != ""
}

// declineReason returns the key of the sentence that says why this service
// does not have that type, "" when the type is unknown.
func declineReason(word string) string {
	switch word {
	case "start", "end", "today", "start_time", "end_time", "get_start_time", "get_end_time", "get_today":
		return keyDeclinedTime
	case "deviceid", "device_id", "get_device_id", "imei", "phonenumber", "phone_number", "get_phone_number",
		"username", "email", "simserial", "sim_id", "get_sim_id", "subscriberid", "subscriber_id",
		"get_subscriber_id", "uri:deviceid", "uri:username", "uri:email", "uri:phonenumber":
		return keyDeclinedDevice
	case "audit", "background_audio":
		return keyDeclinedTrace
	case "geopoint", "geotrace", "geoshape", "start_geopoint", "background_geopoint", "gps", "location",
		"q_geopoint", "add_location_prompt", "q_location", "osm":
		return keyDeclinedPlace
	case "image", "photo", "audio", "video", "file", "q_image", "q_audio", "q_video", "q_picture",
		"add_image_prompt", "add_photo_prompt", "add_audio_prompt", "add_video_prompt", "add_file_prompt":
		return keyDeclinedUpload
	case "xml_external", "barcode", "q_barcode", "add_barcode_prompt", "entity", "entities", "encryption":
		return keyDeclinedScope
	}
	return ""
}

// typeNames lists what a mistyped type is compared with.
func typeNames() []string {
	names := []string{"begin_group", "end_group", "begin_repeat", "end_repeat", "geopoint", "image", "barcode"}
	for _, t := range survey.Types() {
		if !t.Contains() {
			names = append(names, string(t))
		}
	}
	return names
}
