package tabular

import "bytes"

// Kind is what a file's first bytes say it is.
type Kind string

// The kinds of file that [Detect] tells apart.
const (
	Empty  Kind = "empty"
	Text   Kind = "text"   // CSV or anything else without a known signature
	Zip    Kind = "zip"    // XLSX, and also ODS, DOCX and plain archives
	OLE    Kind = "ole"    // the old XLS, and XLSX with a password
	Stream Kind = "stream" // an old XLS without the container around it
	Markup Kind = "markup" // HTML, XML or a stored web page, which web tools like to call .xls
	Binary Kind = "binary" // a known signature of something that holds no table
)

// detectBytes is how much of a file [Detect] needs to see at most.
const detectBytes = 512

// Detect tells what a file is from its first bytes; 512 are enough.
func Detect(head []byte) Kind {
	switch {
	case len(head) == 0:
		return Empty
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return Zip
	case bytes.HasPrefix(head, []byte(oleSignature)):
		return OLE
	case beginsStream(head):
		return Stream
	}
	for _, signature := range []string{"%PDF-", "\x89PNG", "\xFF\xD8\xFF", "GIF8", "\x1F\x8B", "7z\xBC\xAF", "Rar!", "SQLite f", "\x7FELF"} {
		if bytes.HasPrefix(head, []byte(signature)) {
			return Binary
		}
	}
	if markup(head[:min(len(head), detectBytes)]) {
		return Markup
	}
	return Text
}

// beginsStream tells whether a file begins with the record that opens a
// workbook or sheet of Excel 2 to 2003: its number, and one of its lengths.
func beginsStream(head []byte) bool {
	if len(head) < 4 || head[0] != 0x09 || head[3] != 0 {
		return false
	}
	return bytes.IndexByte([]byte{0x00, 0x02, 0x04, 0x08}, head[1]) >= 0 &&
		bytes.IndexByte([]byte{4, 6, 8, 16}, head[2]) >= 0
}

// markup tells whether a text begins as web pages and XML do. Only known words
// count, since a table may well begin with some other "<name>".
func markup(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF")) {
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil) // UTF-16, as far as markup needs it
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	head = bytes.ToLower(head[:min(len(head), len("mime-version:"))])
	for _, word := range []string{"<?xml", "<!doctype", "<html", "<head", "<meta", "<style", "<body", "<table", "<workbook", "mime-version:"} {
		if bytes.HasPrefix(head, []byte(word)) {
			return true
		}
	}
	return false
}
