package tabular

// Message keys of the findings. The sentences stand in the message catalogue
// under "finding."+key and "finding."+key+".cure".
const (
	keyBadDigits        = "tabular.bad_digits"
	keyBadEmail         = "tabular.bad_email"
	keyBadFixed         = "tabular.bad_fixed"
	keyBadNumber        = "tabular.bad_number"
	keyBadOfficial      = "tabular.bad_official"
	keyBadWhole         = "tabular.bad_whole"
	keyColumnOutside    = "tabular.column_outside"
	keyLeadingZero      = "tabular.leading_zero"
	keyRequiredBlank    = "tabular.required_blank"
	keyTargetMissing    = "tabular.target_missing"
	keyTextLong         = "tabular.text_long"
	keyUnknownChoice    = "tabular.unknown_choice"
	keyUnsureNumber     = "tabular.unsure_number"
	keyCellError        = "tabular.cell_error"
	keyCodePage         = "tabular.code_page"
	keyColumnDuplicate  = "tabular.column_duplicate"
	keyColumnMissing    = "tabular.column_missing"
	keyDamagedCell      = "tabular.damaged_cell"
	keyEmpty            = "tabular.empty"
	keyEncodingFallback = "tabular.encoding_fallback"
	keyEncodingMixed    = "tabular.encoding_mixed"
	keyEncrypted        = "tabular.encrypted"
	keyFormulaUnknown   = "tabular.formula_without_value"
	keyHeaderTrailing   = "tabular.header_trailing_blank"
	keyMore             = "tabular.more"
	keyNoHeader         = "tabular.no_header"
	keyNotSpreadsheet   = "tabular.not_spreadsheet"
	keyNotText          = "tabular.not_text"
	keyNul              = "tabular.nul"
	keyOldExcel         = "tabular.old_excel"
	keyOtherSpreadsheet = "tabular.other_spreadsheet"
	keyQuoteOpen        = "tabular.quote_open"
	keyQuoteStray       = "tabular.quote_stray"
	keyReplacementSign  = "tabular.replacement_sign"
	keyRowLong          = "tabular.row_long"
	keyRowShort         = "tabular.row_short"
	keySheetMissing     = "tabular.sheet_missing"
	keyTooLarge         = "tabular.too_large"
	keyTooManyCells     = "tabular.too_many_cells"
	keyTooManyColumns   = "tabular.too_many_columns"
	keyTruncated        = "tabular.truncated"
	keyUnpackedTooLarge = "tabular.unpacked_too_large"
	keyWebPage          = "tabular.web_page"
	keyWorkbookDamaged  = "tabular.workbook_damaged"
	keyNoSheets         = "tabular.workbook_without_sheets"
)

// keys lists all of the above, so that a test can hold the catalogue to them.
func keys() []string {
	return []string{keyBadDigits, keyBadEmail, keyBadFixed, keyBadNumber, keyBadOfficial, keyBadWhole, keyColumnOutside, keyLeadingZero,
		keyRequiredBlank, keyTargetMissing, keyTextLong, keyUnknownChoice, keyUnsureNumber, keyCellError, keyCodePage, keyColumnDuplicate, keyColumnMissing, keyDamagedCell, keyEmpty, keyEncodingFallback,
		keyEncodingMixed, keyEncrypted, keyFormulaUnknown, keyHeaderTrailing, keyMore, keyNoHeader, keyNotSpreadsheet,
		keyNotText, keyNul, keyOldExcel, keyOtherSpreadsheet, keyQuoteOpen, keyQuoteStray, keyReplacementSign, keyRowLong,
		keyRowShort, keySheetMissing, keyTooLarge, keyTooManyCells, keyTooManyColumns, keyTruncated, keyUnpackedTooLarge,
		keyWebPage, keyWorkbookDamaged, keyNoSheets}
}
