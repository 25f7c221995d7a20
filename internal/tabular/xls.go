package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/text/encoding"

	"bedarfslotse/internal/failure"
)

// xls is what the sheets of an old Excel file share ([MS-XLS], and for Excel 5
// and 95 the format that it grew from).
type xls struct {
	book    *Workbook
	stream  []byte
	old     bool // Excel 5 or 95: text is bytes in a code page
	page    encoding.Encoding
	strings []string
	formats formats
	starts  []int          // where each sheet's records begin in the stream
	styles  []int          // number format of every style
	codes   map[int]string // the formats' codes
}

// Numbers of records, as [MS-XLS] section 2.3.2 lists them.
const (
	recordFormula       = 0x0006
	recordEnd           = 0x000A
	recordDateMode      = 0x0022
	recordPassword      = 0x002F
	recordContinue      = 0x003C
	recordCodePage      = 0x0042
	recordSheet         = 0x0085
	recordManyNumbers   = 0x00BD
	recordRichLabel     = 0x00D6
	recordStyle         = 0x00E0
	recordStrings       = 0x00FC
	recordSharedLabel   = 0x00FD
	recordNumber        = 0x0203
	recordLabel         = 0x0204
	recordTruth         = 0x0205
	recordFormulaText   = 0x0207
	recordCompactNumber = 0x027E
	recordFormat        = 0x041E
	recordBegin         = 0x0809
)

const (
	excel5        = 0x0500
	excel97       = 0x0600
	partWorkbook  = 0x0005
	kindWorksheet = 0
)

func openXLS(content []byte, options Options) (*Workbook, error) {
	x := &xls{book: &Workbook{file: options.File, notes: notes{file: options.File}}, codes: make(map[int]string)}
	if uint64(len(content)) > math.MaxUint32 { // places in the stream are numbers of 32 bits
		return nil, fatal(keyTooLarge, options.File, "", 0, 0, failure.Params{"limit": mebibytes(4 << 30)})
	}
	err := x.unpack(content)
	if err == nil {
		err = x.load()
	}
	switch {
	case errors.Is(err, errCut):
		return nil, fatal(keyTruncated, options.File, "", 0, 0, nil)
	case err != nil:
		return nil, x.book.explain(err, "")
	}
	return x.book, nil
}

// unpack finds the workbook's records in the file. A file that holds the
// workbook twice, for Excel 95 and for later ones, is read as the later ones do.
func (x *xls) unpack(content []byte) error {
	x.stream = content
	if bytes.HasPrefix(content, []byte(oleSignature)) {
		container, err := openCompound(content)
		if err != nil {
			return err
		}
		name := "Workbook"
		switch {
		case container.has("EncryptedPackage"):
			return fatal(keyEncrypted, x.book.file, "", 0, 0, nil)
		case container.has(name):
		case container.has("Book"):
			name = "Book"
		default:
			return fatal(keyNotSpreadsheet, x.book.file, "", 0, 0, nil)
		}
		if x.stream, err = container.stream(name); err != nil {
			return err
		}
	}
	return nil
}

// load reads everything but the sheets.
func (x *xls) load() error {
	records := &records{stream: x.stream}
	first, err := records.next()
	if err != nil {
		return err
	}
	if err := x.begin(first); err != nil {
		return err
	}
	for {
		one, err := records.next()
		if err != nil {
			return err
		}
		if one.kind == recordEnd {
			break
		}
		if err := x.global(records, one); err != nil {
			return fmt.Errorf("record %#04x at byte %d: %w", one.kind, one.at, err)
		}
	}
	for _, id := range x.styles {
		x.formats.styles = append(x.formats.styles, classify(id, x.codes[id]))
	}
	if len(x.book.sheets) == 0 {
		return fatal(keyNoSheets, x.book.file, "", 0, 0, nil)
	}
	return x.bindSheets()
}

// begin checks the version.
func (x *xls) begin(first record) error {
	version := excel5 - 1 // what comes before has other numbers for the record
	if first.kind == recordBegin && len(first.data) >= 4 {
		version = int(binary.LittleEndian.Uint16(first.data))
	}
	switch {
	case first.kind != recordBegin && first.kind&0xF0FF != 0x0009, version > excel97:
		return fmt.Errorf("it begins with record %#04x, version %#04x", first.kind, version)
	case version < excel5, binary.LittleEndian.Uint16(first.data[2:]) != partWorkbook:
		return fatal(keyOldExcel, x.book.file, "", 0, 0, nil) // Excel 4 kept its sheets in files of their own
	}
	x.old = version < excel97
	x.page, _ = codePage(1252)
	return nil
}

// global reads one record that concerns the whole workbook.
func (x *xls) global(records *records, one record) error {
	fields := &fields{rest: one.data}
	switch one.kind {
	case recordPassword:
		return fatal(keyEncrypted, x.book.file, "", 0, 0, nil)
	case recordDateMode:
		x.formats.from1904 = fields.u16() == 1
	case recordCodePage:
		number := fields.u16()
		page, known := codePage(number)
		if x.page = page; !known && x.old {
			x.book.notes.warn(keyCodePage, 0, 0, "", failure.Params{"page": number})
		}
	case recordFormat:
		id := fields.u16()
		if x.old {
			x.codes[id] = x.bytes(fields, fields.u8())
		} else {
			x.codes[id] = fields.text(fields.u16())
		}
	case recordStyle:
		fields.skip(2) // the font
		if id := fields.u16(); len(x.styles) <= 0xFFFF {
			x.styles = append(x.styles, id)
		}
	case recordSheet:
		return x.sheet(fields)
	case recordStrings:
		fields.more = records
		return x.loadStrings(fields)
	}
	return fields.fault
}

// bytes reads text of the old kind.
func (x *xls) bytes(fields *fields, length int) string {
	text, err := x.page.NewDecoder().Bytes(fields.raw(length))
	if err != nil && fields.fault == nil {
		fields.fault = err
	}
	return string(text)
}

// sheet reads the name of a sheet and where it begins.
func (x *xls) sheet(fields *fields) error {
	start, hidden, kind := fields.u32(), fields.u8()&3 != 0, fields.u8()
	length := fields.u8()
	var name string
	if x.old {
		name = x.bytes(fields, length)
	} else {
		name = fields.text(length)
	}
	switch {
	case fields.fault != nil:
		return fields.fault
	case kind != kindWorksheet:
		return nil // charts, macros and modules hold no table
	case len(x.book.sheets) == maxEntries:
		return fmt.Errorf("more than %d sheets", maxEntries)
	}
	x.book.sheets = append(x.book.sheets, &Sheet{Name: name, Hidden: hidden, book: x.book})
	x.starts = append(x.starts, int(start))
	return nil
}

// bindSheets gives every sheet its part of the stream, which ends at the latest
// where the next one begins: sheets within one another would be read as often
// as there are sheets.
func (x *xls) bindSheets() error {
	sorted := slices.Sorted(slices.Values(x.starts))
	for i, start := range x.starts {
		at, _ := slices.BinarySearch(sorted, start)
		end := len(x.stream)
		if at+1 < len(sorted) {
			end = sorted[at+1]
		}
		switch {
		case start == end && at+1 < len(sorted):
			return errSharedPart
		case start >= len(x.stream):
			return errCut
		}
		x.book.sheets[i].walk = x.walker(start, min(end, len(x.stream)))
	}
	return nil
}

// loadStrings reads the texts that cells refer to by number.
func (x *xls) loadStrings(fields *fields) error {
	fields.skip(4) // how often they are used
	// Some programs announce more texts than they write. The cells that want one
	// of those are told when they are read.
	for count := fields.u32(); count > 0 && fields.advance(); count-- {
		if len(x.strings) == maxSharedStrings {
			return fatal(keyTooManyCells, x.book.file, "", 0, 0, nil)
		}
		text := fields.text(fields.u16())
		if fields.fault != nil {
			return fields.fault
		}
		x.strings = append(x.strings, text)
	}
	return nil
}
