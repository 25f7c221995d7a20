package xlsform

// Message keys of the findings. The sentences stand in the message catalogue
// under "finding."+key and "finding."+key+".cure".
const (
	keyFileKind             = "xlsform.file_kind"
	keyGuidanceOnly         = "xlsform.guidance_only"
	keyMediaReference       = "xlsform.media_reference"
	keyNameMeta             = "xlsform.name_meta"
	keyAppearanceUnknown    = "xlsform.appearance_unknown"
	keyBigImageAlone        = "xlsform.big_image_alone"
	keyBundleTooLarge       = "xlsform.bundle_too_large"
	keyBadID                = "xlsform.bad_id"
	keyBadMeasure           = "xlsform.bad_measure"
	keyBadScore             = "xlsform.bad_score"
	keyBadState             = "xlsform.bad_state"
	keyBadYesNo             = "xlsform.bad_yes_no"
	keyBeginWithoutEnd      = "xlsform.begin_without_end"
	keyCalculationDeclined  = "xlsform.calculation_of_declined"
	keyCannotWrite          = "xlsform.cannot_write"
	keyChoiceFileMissing    = "xlsform.choice_file_missing"
	keyChoiceFileUnreadable = "xlsform.choice_file_unreadable"
	keyChoiceNoList         = "xlsform.choice_without_list"
	keyColumnDeclined       = "xlsform.column_declined"
	keyColumnMissing        = "xlsform.column_missing"
	keyColumnTwice          = "xlsform.column_twice"
	keyColumnUnknown        = "xlsform.column_unknown"
	keyColumnUnnamed        = "xlsform.column_unnamed"
	keyControlCharacter     = "xlsform.control_character"
	keyDeclinedDevice       = "xlsform.declined_device"
	keyDeclinedPlace        = "xlsform.declined_place"
	keyDeclinedScope        = "xlsform.declined_scope"
	keyDeclinedTime         = "xlsform.declined_time"
	keyDeclinedTrace        = "xlsform.declined_trace"
	keyDeclinedUpload       = "xlsform.declined_upload"
	keyDefaultDeclined      = "xlsform.default_of_declined"
	keyDefaultLanguage      = "xlsform.default_language_absent"
	keyDuplicatesSetting    = "xlsform.choice_duplicates_setting"
	keyEndMismatch          = "xlsform.end_mismatch"
	keyEndName              = "xlsform.end_name"
	keyEndWithoutBegin      = "xlsform.end_without_begin"
	keyFilterColumnName     = "xlsform.filter_column_name"
	keyGroupEmptied         = "xlsform.group_emptied"
	keyHeaderOnly           = "xlsform.header_only"
	keyIDDerived            = "xlsform.id_derived"
	keyLanguageAssumed      = "xlsform.language_assumed"
	keyLanguageCode         = "xlsform.language_code"
	keyLanguageUnknown      = "xlsform.language_unknown"
	keyMore                 = "xlsform.more"
	keyNoteName             = "xlsform.note_name"
	keyOrOther              = "xlsform.or_other"
	keyOrOtherAnswers       = "xlsform.or_other_answers"
	keyChoicesDeclined      = "xlsform.choices_of_declined"
	keyOrOtherFilter        = "xlsform.or_other_filter"
	keyReadOnly             = "xlsform.read_only_expression"
	keyRefersDeclined       = "xlsform.refers_declined"
	keyRowDisabled          = "xlsform.row_disabled"
	keyRowWithoutType       = "xlsform.row_without_type"
	keyRowSkipped           = "xlsform.row_skipped"
	keySelectWithoutList    = "xlsform.select_without_list"
	keySettingDeclined      = "xlsform.setting_declined"
	keySettingIgnored       = "xlsform.setting_ignored"
	keySettingUnknown       = "xlsform.setting_unknown"
	keySettingsRows         = "xlsform.settings_rows"
	keySheetDeclined        = "xlsform.sheet_declined"
	keySheetIgnored         = "xlsform.sheet_ignored"
	keySheetLater           = "xlsform.sheet_later"
	keySheetMissing         = "xlsform.sheet_missing"
	keySheetTwice           = "xlsform.sheet_twice"
	keyTextDeclined         = "xlsform.text_of_declined"
	keyTextReference        = "xlsform.text_reference"
	keyTitleMissing         = "xlsform.title_missing"
	keyTooDeep              = "xlsform.too_deep"
	keyTooManyColumns       = "xlsform.too_many_columns"
	keyTooManyRows          = "xlsform.too_many_rows"
	keyTypeUnknown          = "xlsform.type_unknown"
	keyUnreadable           = "xlsform.unreadable"
	keyWrongPlace           = "xlsform.wrong_place"
)

// keys lists all of the above, so that a test can hold the catalogue to them.
func keys() []string {
	return []string{keyBundleTooLarge, keyBigImageAlone, keyFileKind, keyGuidanceOnly, keyMediaReference, keyNameMeta,
		keyAppearanceUnknown, keyBadID, keyBadMeasure, keyBadScore, keyBadState, keyBadYesNo,
		keyBeginWithoutEnd, keyCalculationDeclined, keyCannotWrite, keyChoiceFileMissing, keyChoiceFileUnreadable, keyChoiceNoList, keyColumnDeclined, keyColumnMissing,
		keyColumnTwice, keyColumnUnknown, keyColumnUnnamed, keyControlCharacter, keyDeclinedDevice,
		keyDeclinedPlace, keyDeclinedScope, keyDeclinedTime, keyDeclinedTrace, keyDeclinedUpload,
		keyDefaultDeclined, keyDefaultLanguage, keyDuplicatesSetting, keyEndMismatch, keyEndName,
		keyEndWithoutBegin, keyFilterColumnName, keyGroupEmptied, keyHeaderOnly, keyIDDerived,
		keyLanguageAssumed, keyLanguageCode, keyLanguageUnknown, keyMore, keyNoteName,
		keyOrOther, keyOrOtherAnswers, keyChoicesDeclined, keyOrOtherFilter, keyReadOnly, keyRefersDeclined, keyRowDisabled, keyRowWithoutType,
		keyRowSkipped, keySelectWithoutList, keySettingDeclined, keySettingIgnored, keySettingUnknown,
		keySettingsRows, keySheetDeclined, keySheetIgnored, keySheetLater, keySheetMissing, keySheetTwice, keyTextDeclined,
		keyTextReference, keyTitleMissing, keyTooDeep, keyTooManyColumns, keyTooManyRows, keyTypeUnknown, keyUnreadable,
		keyWrongPlace}
}
