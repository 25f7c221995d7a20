package tabular

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how a text writes its letters as bytes.
type Encoding string

// The encodings that a reader may insist on. AnyEncoding is found out: UTF-8,
// UTF-16 with its mark, and Windows-1252, which Latin-1 is a part of.
const (
	AnyEncoding Encoding = ""
	Windows1252 Encoding = "windows-1252"
	Latin9      Encoding = "iso-8859-15"
	DOS850      Encoding = "cp850"
	Macintosh   Encoding = "macintosh"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
)

// Encodings returns the encodings that can be chosen, the usual one first.
func Encodings() []Encoding {
	return []Encoding{AnyEncoding, Windows1252, Latin9, DOS850, Macintosh, UTF16LE, UTF16BE}
}

// encoding returns nil where the encoding is to be found out.
func (e Encoding) encoding() encoding.Encoding {
	switch e {
	case Windows1252:
		return charmap.Windows1252
	case Latin9:
		return charmap.ISO8859_15
	case DOS850:
		return charmap.CodePage850
	case Macintosh:
		return charmap.Macintosh
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return nil
}
