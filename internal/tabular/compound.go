package tabular

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// oleSignature begins every compound file.
const oleSignature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// The numbers of [MS-CFB] sections 2.1 to 2.6.
const (
	headerBytes    = 512
	entryBytes     = 128
	headerTables   = 109        // sectors of the allocation table that the header lists
	lastSector     = 0xFFFFFFFA // no sector has this number or a higher one
	noEntry        = 0xFFFFFFFF // where an entry of the directory has no neighbour
	miniSector     = 64         // bytes
	miniBelow      = 4096       // smaller streams lie in the mini stream
	kindStream     = 2
	kindRoot       = 5
	maxNeighbours  = 1 << 16 // entries of the root folder that are looked at
	offsetShift    = 30
	offsetTables   = 76
	offsetFolder   = 48
	offsetMini     = 60
	offsetMore     = 68
	offsetMoreSize = 72
)

var (
	errCut  = errors.New("the file ends early")
	errLoop = errors.New("its sectors run in a circle")
)

// compound is the container of the old Office formats: a file system within a
// file ([MS-CFB]). It lies in memory as a whole, and nothing in it is believed
// before it is compared with the size of the file: no chain is longer than the
// file has sectors, and nothing is allocated that the file does not back.
type compound struct {
	content []byte
	sector  int           // bytes
	table   []uint32      // for each sector the one that follows in its chain
	mini    folderEntry   // the stream that holds the small ones
	streams []folderEntry // of the root folder
}

// folderEntry is a stream.
type folderEntry struct {
	name  string
	start uint32
	size  uint64
}

// openCompound reads the tables and the root folder. The streams of folders
// within are of no interest: those are embedded objects.
func openCompound(content []byte) (*compound, error) {
	if len(content) < headerBytes {
		return nil, errCut
	}
	shift := binary.LittleEndian.Uint16(content[offsetShift:])
	if shift != 9 && shift != 12 {
		return nil, fmt.Errorf("sectors of 2^%d bytes", shift)
	}
	c := &compound{content: content, sector: 1 << shift}
	if err := c.readTable(); err != nil {
		return nil, err
	}
	return c, c.readFolder()
}

func (c *compound) word(offset int) uint32 { return binary.LittleEndian.Uint32(c.content[offset:]) }

// sectors is how many sectors the file has, the last one perhaps in part.
func (c *compound) sectors() int { return (len(c.content) - 1) / c.sector }

// at returns a sector's bytes. The last one of a file may be short.
func (c *compound) at(number uint32) ([]byte, error) {
	if number >= lastSector {
		return nil, fmt.Errorf("sector %#x where a real one should be", number)
	}
	from := (int64(number) + 1) * int64(c.sector)
	if from >= int64(len(c.content)) {
		return nil, errCut
	}
	return c.content[from:min(from+int64(c.sector), int64(len(c.content)))], nil
}

// readTable joins the sectors of the allocation table. Their numbers stand in
// the header, and for files beyond seven megabytes in a chain of more sectors.
func (c *compound) readTable() error {
	numbers := c.content[offsetTables : offsetTables+4*headerTables]
	more, count := c.word(offsetMore), c.word(offsetMoreSize)
	for visited := 0; ; visited++ {
		for ; len(numbers) >= 4; numbers = numbers[4:] {
			number := binary.LittleEndian.Uint32(numbers)
			if number >= lastSector {
				continue // an unused place
			}
			if len(c.table) >= c.sectors() {
				return nil // all that the file can need
			}
			part, err := c.at(number)
			if err != nil {
				return err
			}
			c.table = appendWords(c.table, part)
		}
		if more >= lastSector || count == 0 {
			return nil
		}
		if visited > c.sectors() {
			return errLoop
		}
		list, err := c.at(more)
		if err != nil {
			return err
		}
		if len(list) < c.sector {
			return errCut
		}
		numbers, more = list[:c.sector-4], binary.LittleEndian.Uint32(list[c.sector-4:])
	}
}

func appendWords(words []uint32, from []byte) []uint32 {
	for ; len(from) >= 4; from = from[4:] {
		words = append(words, binary.LittleEndian.Uint32(from))
	}
	return words
}

// chain joins the sectors of a stream of that many bytes; a negative size takes
// the whole chain.
func (c *compound) chain(start uint32, size int64) ([]byte, error) {
	if size > int64(len(c.content)) {
		return nil, errCut
	}
	out, seen := make([]byte, 0, max(size, 0)), make([]bool, c.sectors())
	for number := start; size < 0 || int64(len(out)) < size; {
		if number >= lastSector && size < 0 {
			break
		}
		part, err := c.at(number)
		if err != nil {
			return nil, err
		}
		if seen[number] {
			return nil, errLoop
		}
		seen[number] = true
		if size >= 0 {
			part = part[:min(int64(len(part)), size-int64(len(out)))]
		}
		out = append(out, part...)
		if int64(len(out)) == size {
			break
		}
		if len(part) < c.sector || int64(number) >= int64(len(c.table)) {
			return nil, errCut
		}
		number = c.table[number]
	}
	return out, nil
}

// readFolder reads the root folder.
func (c *compound) readFolder() error {
	folder, err := c.chain(c.word(offsetFolder), -1)
	if err != nil {
		return err
	}
	if len(folder) < entryBytes || folder[66] != kindRoot {
		return errors.New("it has no root folder")
	}
	c.mini = c.entry(folder)
	c.walkFolder(folder)
	return nil
}

// entry reads an entry of the directory. Files with small sectors have sizes
// of 32 bits; the upper half may hold anything.
func (c *compound) entry(raw []byte) folderEntry {
	size := binary.LittleEndian.Uint64(raw[120:])
	if c.sector == 512 {
		size &= 0xFFFFFFFF
	}
	return folderEntry{name: entryName(raw), start: binary.LittleEndian.Uint32(raw[116:]), size: size}
}

// walkFolder collects the streams of the root folder, whose entries form a
// tree. A broken tree costs no more than the entries behind the break.
func (c *compound) walkFolder(folder []byte) {
	seen := make(map[uint32]bool)
	next := []uint32{binary.LittleEndian.Uint32(folder[76:])} // the root's child
	for len(next) > 0 && len(seen) < maxNeighbours {
		number := next[len(next)-1]
		next = next[:len(next)-1]
		if number == noEntry || int64(number) >= int64(len(folder)/entryBytes) || seen[number] {
			continue
		}
		seen[number] = true
		entry := folder[int(number)*entryBytes:][:entryBytes]
		next = append(next, binary.LittleEndian.Uint32(entry[68:]), binary.LittleEndian.Uint32(entry[72:]))
		if entry[66] == kindStream {
			c.streams = append(c.streams, c.entry(entry))
		}
	}
}

func entryName(entry []byte) string {
	length := min(int(binary.LittleEndian.Uint16(entry[64:])), 64)
	units := make([]uint16, 0, 32)
	for at := 0; at+1 < length; at += 2 {
		if unit := binary.LittleEndian.Uint16(entry[at:]); unit != 0 {
			units = append(units, unit)
		}
	}
	return string(utf16.Decode(units))
}

// has tells whether the root folder has a stream of that name; case does not
// count.
func (c *compound) has(name string) bool { return c.find(name) != nil }

func (c *compound) find(name string) *folderEntry {
	for i := range c.streams {
		if strings.EqualFold(c.streams[i].name, name) {
			return &c.streams[i]
		}
	}
	return nil
}

// stream returns the bytes of a stream of the root folder, and nil when there
// is none of that name.
func (c *compound) stream(name string) ([]byte, error) {
	entry := c.find(name)
	switch {
	case entry == nil:
		return nil, nil
	case entry.size < miniBelow:
		return c.small(*entry)
	}
	return c.large(*entry)
}

// large joins the sectors of a stream that has its own.
func (c *compound) large(entry folderEntry) ([]byte, error) {
	if entry.size > uint64(len(c.content)) {
		return nil, errCut
	}
	return c.chain(entry.start, int64(entry.size))
}

// small joins the sectors of a stream that lies in the mini stream.
func (c *compound) small(entry folderEntry) ([]byte, error) {
	mini, err := c.large(c.mini)
	if err != nil {
		return nil, err
	}
	raw, err := c.chain(c.word(offsetMini), -1)
	if err != nil {
		return nil, err
	}
	table, size := appendWords(nil, raw), int(entry.size)
	out := make([]byte, 0, size)
	for number := int64(entry.start); len(out) < size; { // every turn adds something
		from := number * miniSector
		if from >= int64(len(mini)) {
			return nil, errCut
		}
		part := mini[from:min(from+miniSector, int64(len(mini)))]
		out = append(out, part[:min(len(part), size-len(out))]...)
		if len(out) == size {
			break
		}
		if number >= int64(len(table)) {
			return nil, errCut
		}
		number = int64(table[number])
	}
	return out, nil
}
