package tabular

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// sheetReader turns the XML of one sheet into rows.
type sheetReader struct {
	*partReader
	rowMaker
	xlsx *xlsx
}

// rawCell is a cell as the XML has it.
type rawCell struct {
	column   int // from 1
	style    int
	kind     string
	value    string
	hasValue bool
	formula  bool
}

// walker reads the sheet in a part.
func (x *xlsx) walker(part string) walker {
	return func(sheet *Sheet, yield func(Row) bool) error {
		opened, err := x.parts.walk(part)
		if err != nil {
			return err
		}
		reader := &sheetReader{partReader: opened, rowMaker: rowMaker{sheet: sheet}, xlsx: x}
		err = reader.run(yield)
		switch {
		case errors.Is(err, errStopped):
			return opened.raw.Close()
		case err != nil:
			return errors.Join(err, opened.raw.Close())
		}
		return opened.finish()
	}
}

// errStopped says that the caller wants no more rows.
var errStopped = errors.New("no more rows wanted")

func (r *sheetReader) run(yield func(Row) bool) error {
	inData := false
	for {
		token, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after row %d: %w", r.row.Line, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inData = inData || token.Name.Local == "sheetData"
			if !inData || token.Name.Local != "row" {
				continue
			}
			if err := r.readRow(token); err != nil {
				return fmt.Errorf("in row %d: %w", r.row.Line, err)
			}
			if len(r.row.Cells) > 0 && !yield(r.row) {
				return errStopped
			}
		case xml.EndElement:
			if token.Name.Local == "sheetData" {
				inData = false
			}
		}
	}
}

func (r *sheetReader) readRow(start xml.StartElement) error {
	line := r.row.Line + 1 // a row without a number follows its predecessor
	if number := attribute(start, "r"); number != "" {
		var err error
		if line, err = strconv.Atoi(number); err != nil || line <= r.row.Line || line > MaxRows {
			return fmt.Errorf("row number %q after row %d", shorten(number), r.row.Line)
		}
	}
	r.row = Row{Line: line}
	column := 0
	for outer := r.depth; r.depth >= outer; {
		token, err := r.next()
		if err != nil {
			return err
		}
		cell, ok := token.(xml.StartElement)
		if !ok || cell.Name.Local != "c" {
			continue
		}
		raw, err := r.readCell(cell, column+1)
		if err != nil {
			return err
		}
		column = raw.column
		if err := r.put(raw.column, r.display(raw)); err != nil {
			return err
		}
	}
	return nil
}

// readCell reads one cell element; next is its column when it names none.
func (r *sheetReader) readCell(start xml.StartElement, next int) (rawCell, error) {
	cell := rawCell{column: next, kind: attribute(start, "t")}
	cell.style, _ = strconv.Atoi(attribute(start, "s")) // 0 is the plain style
	if reference := attribute(start, "r"); reference != "" {
		if cell.column = columnOf(reference); cell.column == 0 {
			return cell, fmt.Errorf("cell reference %q", shorten(reference))
		}
	}
	if cell.column > MaxColumns {
		return cell, fmt.Errorf("more than %d columns", MaxColumns)
	}
	for outer := r.depth; r.depth >= outer; {
		token, err := r.next()
		if err != nil {
			return cell, err
		}
		child, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch child.Name.Local {
		case "f":
			cell.formula = true
			_, err = r.text()
		case "v":
			cell.hasValue = true
			cell.value, err = r.text()
		case "is":
			cell.hasValue = true
			cell.value, err = richText(r.partReader)
		}
		if err != nil {
			return cell, err
		}
	}
	return cell, nil
}

// display gives a cell's text as its author sees it.
func (r *sheetReader) display(raw rawCell) string {
	note := func(key string) { r.note(key, raw.column, raw.value) }
	if !raw.hasValue {
		if raw.formula {
			note(keyFormulaUnknown)
		}
		return ""
	}
	switch raw.kind {
	case "s":
		index, err := strconv.Atoi(raw.value)
		if err != nil || index < 0 || index >= len(r.xlsx.strings) {
			note(keyDamagedCell)
			return ""
		}
		return r.xlsx.strings[index]
	case "str":
		return unescape(raw.value)
	case "inlineStr", "d":
		return raw.value
	case "b":
		if truth(raw.value) {
			return "TRUE"
		}
		return "FALSE"
	case "e":
		note(keyCellError)
		return raw.value
	}
	if raw.value == "" {
		return ""
	}
	text, ok := r.xlsx.formats.number(raw.value, raw.style)
	if ok {
		r.stored(raw.column)
	} else {
		note(keyDamagedCell)
	}
	return text
}

// columnOf returns the column of a reference like "AB12" from 1, 0 when the
// reference is none.
func columnOf(reference string) int {
	column, at := 0, 0
	for ; at < len(reference) && at < 4; at++ {
		letter := reference[at] &^ 0x20 // upper case
		if letter < 'A' || letter > 'Z' {
			break
		}
		column = column*26 + int(letter-'A') + 1
	}
	if _, err := strconv.ParseUint(reference[at:], 10, 32); err != nil {
		return 0
	}
	return column
}
