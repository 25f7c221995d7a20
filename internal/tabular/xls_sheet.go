package tabular

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// xlsColumns is how many columns a sheet of the old format can have.
const xlsColumns = 256

// xlsCell says where a cell stands and where its record is. Cells are indexed
// before they are read, because some programs write them in the order in which
// they were made. Eight bytes for each keep the index below twice the stream.
type xlsCell struct {
	row, column uint16 // from 0
	at          uint32 // of its record in the stream
}

// xlsSheet reads the cells of one sheet.
type xlsSheet struct {
	rowMaker
	xls      *xls
	cells    []xlsCell
	formulas int // in the sheet
	valued   int // those of them that have a result
}

// walker reads the sheet in a part of the stream.
func (x *xls) walker(start, end int) walker {
	return func(sheet *Sheet, yield func(Row) bool) error {
		s := &xlsSheet{rowMaker: rowMaker{sheet: sheet}, xls: x}
		if err := s.index(start, end); err != nil {
			if errors.Is(err, errCut) {
				return fatal(keyTruncated, x.book.file, sheet.Name, 0, 0, nil)
			}
			return err
		}
		return s.run(yield)
	}
}

// index finds the cells between two places of the stream and puts them in
// order. Of two at one place the later one counts, as for Excel.
func (s *xlsSheet) index(start, end int) error {
	records := &records{stream: s.xls.stream[:end], at: start}
	first, err := records.next()
	if err != nil {
		return err
	}
	if first.kind != recordBegin {
		return fmt.Errorf("record %#04x where a sheet should begin", first.kind)
	}
	for depth := 1; depth > 0; { // charts lie within the sheet that shows them
		one, err := records.next()
		switch {
		case err != nil:
			return err
		case one.kind == recordBegin:
			depth++
		case one.kind == recordEnd:
			depth--
		case depth == 1:
			if err := s.add(one); err != nil {
				return fmt.Errorf("record %#04x at byte %d: %w", one.kind, one.at, err)
			}
		}
	}
	byPlace := func(a, b xlsCell) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column)) }
	if !slices.IsSortedFunc(s.cells, byPlace) {
		slices.SortStableFunc(s.cells, byPlace)
	}
	return nil
}

// add indexes the cells of a record that holds any.
func (s *xlsSheet) add(one record) error {
	var least int // bytes of the record
	switch one.kind {
	case recordNumber:
		least = 14
	case recordCompactNumber, recordSharedLabel:
		least = 10
	case recordLabel, recordRichLabel, recordTruth:
		least = 8
	case recordFormula:
		least = 20
	case recordManyNumbers:
		least = 12
	default:
		return nil // blank cells, widths, colours
	}
	if len(one.data) < least {
		return errShortRecord
	}
	cell := xlsCell{
		row: binary.LittleEndian.Uint16(one.data), column: binary.LittleEndian.Uint16(one.data[2:]),
		at: uint32(one.at), // openXLS refuses what is longer
	}
	count := 1
	switch one.kind {
	case recordManyNumbers:
		count = (len(one.data) - 6) / 6
	case recordFormula:
		s.formulas++
		if formulaKind(one.data[6:14]) != resultBlank {
			s.valued++
		}
	}
	if int(cell.column)+count > xlsColumns {
		return fmt.Errorf("more than %d columns", xlsColumns)
	}
	for range count {
		s.cells = append(s.cells, cell)
		cell.column++
	}
	return nil
}

// run reads the cells row by row.
func (s *xlsSheet) run(yield func(Row) bool) error {
	for i := 0; i < len(s.cells); {
		number := s.cells[i].row
		s.row = Row{Line: int(number) + 1}
		for ; i < len(s.cells) && s.cells[i].row == number; i++ {
			cell := s.cells[i]
			if i+1 < len(s.cells) && s.cells[i+1].row == number && s.cells[i+1].column == cell.column {
				continue // written over
			}
			text, err := s.display(cell)
			if err == nil {
				err = s.put(int(cell.column)+1, text)
			}
			if err != nil {
				return fmt.Errorf("in row %d: %w", s.row.Line, err)
			}
		}
		if len(s.row.Cells) > 0 && !yield(s.row) {
			return nil
		}
	}
	return nil
}

// display gives a cell's text as its author sees it.
func (s *xlsSheet) display(cell xlsCell) (string, error) {
	records := &records{stream: s.xls.stream, at: int(cell.at)}
	one, err := records.next() // was there when the sheet was indexed
	if err != nil {
		return "", err
	}
	fields := &fields{rest: one.data[4:]}
	column := int(cell.column) + 1
	var text string
	switch one.kind {
	case recordManyNumbers:
		fields.skip(6 * (int(cell.column) - int(binary.LittleEndian.Uint16(one.data[2:]))))
		style := fields.u16()
		text = s.number(compactNumber(fields.u32()), style, column)
	case recordCompactNumber:
		style := fields.u16()
		text = s.number(compactNumber(fields.u32()), style, column)
	case recordNumber:
		style := fields.u16()
		text = s.number(fields.float(), style, column)
	case recordSharedLabel:
		fields.skip(2)
		text = s.shared(fields.u32(), column)
	case recordLabel, recordRichLabel:
		fields.skip(2)
		fields.more = records
		text = s.label(fields)
	case recordTruth:
		fields.skip(2)
		value, isError := fields.u8(), fields.u8() != 0
		text = s.truthOrError(value, isError, column)
	case recordFormula:
		return s.formula(records, fields, column)
	}
	return text, fields.fault
}

// label reads text that stands in the cell or behind it.
func (s *xlsSheet) label(fields *fields) string {
	length := fields.u16()
	if s.xls.old {
		return s.xls.bytes(fields, length)
	}
	return fields.text(length)
}

func (s *xlsSheet) shared(index uint32, column int) string {
	if uint64(index) >= uint64(len(s.xls.strings)) {
		s.note(keyDamagedCell, column, "")
		return ""
	}
	return s.xls.strings[index]
}

func (s *xlsSheet) number(value float64, style, column int) string {
	if math.IsInf(value, 0) || math.IsNaN(value) {
		s.note(keyDamagedCell, column, "")
		return ""
	}
	s.stored(column)
	return s.xls.formats.show(value, style)
}

// compactNumber unpacks a number of 30 bits ([MS-XLS] section 2.5.217): an
// integer or the upper part of a double, perhaps times a hundred.
func compactNumber(packed uint32) float64 {
	value := math.Float64frombits(uint64(packed&^3) << 32)
	if packed&2 != 0 {
		value = float64(int32(packed) >> 2)
	}
	if packed&1 != 0 {
		value /= 100
	}
	return value
}

func (s *xlsSheet) truthOrError(value int, isError bool, column int) string {
	switch {
	case isError:
		text := errorText(value)
		s.note(keyCellError, column, text)
		return text
	case value != 0:
		return "TRUE"
	}
	return "FALSE"
}

// errorText names the errors of [MS-XLS] section 2.5.10 as Excel shows them.
func errorText(code int) string {
	switch code {
	case 0x00:
		return "#NULL!"
	case 0x07:
		return "#DIV/0!"
	case 0x0F:
		return "#VALUE!"
	case 0x17:
		return "#REF!"
	case 0x1D:
		return "#NAME?"
	case 0x24:
		return "#NUM!"
	case 0x2A:
		return "#N/A"
	}
	return fmt.Sprintf("#ERROR %d", code)
}

// The kinds of result that a formula has saved ([MS-XLS] section 2.5.133).
const (
	resultText   = 0
	resultTruth  = 1
	resultError  = 2
	resultBlank  = 3
	resultNumber = -1
)

func formulaKind(result []byte) int {
	if result[6] == 0xFF && result[7] == 0xFF {
		return int(result[0])
	}
	return resultNumber
}

// formula gives the result that was saved with a formula.
func (s *xlsSheet) formula(records *records, fields *fields, column int) (string, error) {
	style := fields.u16()
	result := fields.raw(8)
	switch formulaKind(result) {
	case resultText:
		return s.formulaText(records, column)
	case resultTruth, resultError:
		return s.truthOrError(int(result[2]), result[0] == resultError, column), nil
	case resultBlank:
		// Empty text as a result is common; but programs that cannot calculate
		// save it with every formula.
		if s.valued == 0 {
			s.note(keyFormulaUnknown, column, "")
		}
		return "", nil
	case resultNumber:
		return s.number(math.Float64frombits(binary.LittleEndian.Uint64(result)), style, column), nil
	}
	s.note(keyDamagedCell, column, "")
	return "", nil
}

// formulaText reads the record with a formula's text, which follows the
// formula, perhaps after one that describes a range of formulas.
func (s *xlsSheet) formulaText(records *records, column int) (string, error) {
	const sharedFormula, array, table = 0x04BC, 0x0221, 0x0236
	for {
		one, ok := records.peek()
		if !ok {
			break
		}
		records.at += 4 + len(one.data)
		switch one.kind {
		case sharedFormula, array, table, recordContinue:
			continue
		case recordFormulaText:
			fields := &fields{rest: one.data, more: records}
			return s.label(fields), fields.fault
		}
		break
	}
	s.note(keyFormulaUnknown, column, "")
	return "", nil
}
