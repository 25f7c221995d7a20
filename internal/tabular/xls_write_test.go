package tabular_test

import (
	"encoding/binary"
	"math"
	"unicode/utf16"
)

// This file writes old Excel files, sound and broken ones, as small as they can
// be. It shares no code with the reader.

// little writes whole numbers and bytes one after the other, the lowest byte
// first.
func little(values ...any) []byte {
	var out []byte
	for _, value := range values {
		switch value := value.(type) {
		case string:
			out = append(out, value...)
		case []byte:
			out = append(out, value...)
		default:
			var err error
			if out, err = binary.Append(out, binary.LittleEndian, value); err != nil {
				panic(err)
			}
		}
	}
	return out
}

// rec is a record with its fields.
func rec(kind uint16, values ...any) []byte {
	data := little(values...)
	return little(kind, uint16(len(data)), data)
}

// wide is text in UTF-16.
func wide(text string) []byte {
	return little(utf16.Encode([]rune(text)))
}

// text8 is a text of Excel 97: its length, its kind, two bytes a character.
func text8(text string) []byte {
	units := utf16.Encode([]rune(text))
	return little(uint16(len(units)), uint8(1), units)
}

func bof(version, kind uint16) []byte { return rec(0x0809, version, kind, uint64(0), uint32(0)) }

func eof() []byte { return rec(0x000A) }

func boundSheet(start int, hidden uint8, name string) []byte {
	return rec(0x0085, uint32(start), hidden, uint8(0), uint8(len(name)), uint8(0), name)
}

func label(row, column uint16, text string) []byte {
	return rec(0x0204, row, column, uint16(0), text8(text))
}

func number(row, column, style uint16, value float64) []byte {
	return rec(0x0203, row, column, style, math.Float64bits(value))
}

func shared(row, column uint16, index uint32) []byte {
	return rec(0x00FD, row, column, uint16(0), index)
}

// biff8 is the stream of a workbook with one sheet: further records of the
// workbook, and those of the sheet.
func biff8(global []byte, sheet ...[]byte) []byte {
	head := bof(0x0600, 0x0005)
	tail := eof()
	start := len(head) + len(global) + len(boundSheet(0, 0, "survey")) + len(tail)
	out := little(head, global, boundSheet(start, 0, "survey"), tail, bof(0x0600, 0x0010))
	for _, one := range sheet {
		out = append(out, one...)
	}
	return append(out, eof()...)
}

// headerTables is how many sectors of the allocation table the header lists.
const headerTables = 109

// Sector numbers with a meaning.
const (
	tableSector = 0xFFFFFFFD
	endOfChain  = 0xFFFFFFFE
	freeSector  = 0xFFFFFFFF
)

// streamOf is a stream of a container.
type streamOf struct {
	name    string
	content []byte
}

// container packs streams into a compound file with sectors of 512 bytes:
// header, allocation table, directory, mini stream with its table, and then the
// streams. Streams below 4096 bytes go into the mini stream.
func container(streams ...streamOf) []byte {
	var sectors []byte
	var table []uint32
	add := func(content []byte) (first uint32) {
		first = uint32(len(table))
		for at := 0; at < len(content); at += 512 {
			part := make([]byte, 512)
			copy(part, content[at:])
			sectors = append(sectors, part...)
			table = append(table, uint32(len(table))+1)
		}
		if len(content) == 0 {
			return endOfChain
		}
		table[len(table)-1] = endOfChain
		return first
	}
	var mini []byte
	var miniTable []uint32
	var entries []byte
	for i, one := range streams {
		first := uint32(len(miniTable))
		if len(one.content) >= 4096 {
			first = add(one.content)
		} else {
			for at := 0; at < len(one.content); at += 64 {
				part := make([]byte, 64)
				copy(part, one.content[at:])
				mini = append(mini, part...)
				miniTable = append(miniTable, uint32(len(miniTable))+1)
			}
			if len(one.content) > 0 {
				miniTable[len(miniTable)-1] = endOfChain
			}
		}
		next := uint32(freeSector)
		if i+1 < len(streams) {
			next = uint32(i + 2) // a tree that leans to the right
		}
		entries = append(entries, directoryEntry(one.name, 2, next, freeSector, first, len(one.content))...)
	}
	miniFirst, miniTableFirst := add(mini), add(little(miniTable))
	root := directoryEntry("Root Entry", 5, freeSector, 1, miniFirst, len(mini))
	directory := add(append(root, entries...))
	// The table holds its own sectors, too.
	own := 1
	for ; own*128 < len(table)+own; own++ {
	}
	tableFirst := len(table)
	for range own {
		table = append(table, tableSector)
	}
	for len(table) < own*128 {
		table = append(table, freeSector)
	}
	header := little("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", make([]byte, 16), uint16(0x3E), uint16(3), uint16(0xFFFE), uint16(9), uint16(6),
		make([]byte, 6), uint32(0), uint32(own), directory, uint32(0), uint32(4096), miniTableFirst, uint32(1), uint32(endOfChain), uint32(0))
	for i := range headerTables {
		if i < own {
			header = little(header, uint32(tableFirst+i))
		} else {
			header = little(header, uint32(freeSector))
		}
	}
	content := little(header, sectors, table)
	if own > headerTables {
		return moreTables(content)
	}
	return content
}

func directoryEntry(name string, kind uint8, right, child, start uint32, size int) []byte {
	field := make([]byte, 64)
	copy(field, wide(name))
	return little(field, uint16(2*len(name)+2), kind, uint8(1), uint32(freeSector), right, child, make([]byte, 36), start, uint64(size))
}

// oldWorkbook is a whole file with one sheet.
func oldWorkbook(global []byte, sheet ...[]byte) []byte {
	return container(streamOf{"Workbook", biff8(global, sheet...)})
}

// moreTables moves the numbers of the allocation table beyond the header's
// into sectors of their own, behind the end of the file, as large files have it.
func moreTables(content []byte) []byte {
	count := binary.LittleEndian.Uint32(content[44:])
	first := binary.LittleEndian.Uint32(content[76:])
	rest := make([]uint32, 0, 128)
	for i := uint32(headerTables); i < count; i++ {
		rest = append(rest, first+i)
	}
	for len(rest) < 127 {
		rest = append(rest, freeSector)
	}
	binary.LittleEndian.PutUint32(content[68:], uint32(len(content)/512-1))
	binary.LittleEndian.PutUint32(content[72:], 1)
	return little(content, rest, uint32(endOfChain))
}
