package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"bedarfslotse/internal/failure"
)

var (
	errNul     = errors.New("the text holds NUL")
	errTooLong = errors.New("more bytes than allowed")
)

// decoder turns bytes of a guessed encoding into UTF-8 without NUL.
//
// The guess is made byte by byte instead of from a sample: what is valid UTF-8
// is UTF-8, any other byte is Windows-1252 (of which Latin-1's printable part
// is a subset). German text in Windows-1252 practically never looks like UTF-8,
// and so the decision cannot be wrong because the first umlaut comes late, and
// files pasted together from two sources are read right as well.
type decoder struct {
	raw   *bufio.Reader
	limit int64
	begun bool
	ready []byte // decoded, not yet handed out
	fault error  // comes once ready is empty

	line      int  // of the next character, from 1
	afterCR   bool // so that CR LF over two chunks counts once
	foreign   int  // bytes that were taken for Windows-1252
	foreignAt int  // line of the first of them
	multibyte bool // whether UTF-8 beyond ASCII was seen
}

func newDecoder(r io.Reader, limit int64) *decoder {
	return &decoder{raw: bufio.NewReaderSize(&limited{r, limit}, sampleBytes), limit: limit, line: 1}
}

// limited fails, instead of ending quietly, when the source is too long.
type limited struct {
	source io.Reader
	left   int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.source.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, errTooLong
	}
	return n, err
}

// peek returns up to n undecoded bytes from the start and settles the encoding
// by its byte order mark. Errors in the source come up while reading.
func (d *decoder) peek(n int) ([]byte, error) {
	head, err := d.raw.Peek(n)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errTooLong) {
		return nil, err
	}
	if d.begun {
		return head, nil
	}
	d.begun = true
	head = bytes.Clone(head)
	var wide unicode.Endianness
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		_, err := d.raw.Discard(3)
		return head[3:], err
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		wide = unicode.LittleEndian
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		wide = unicode.BigEndian
	default:
		return head, nil
	}
	decoded := unicode.UTF16(wide, unicode.ExpectBOM).NewDecoder().Reader(d.raw)
	d.raw = bufio.NewReaderSize(decoded, sampleBytes)
	if _, err := d.raw.Peek(1); errors.Is(err, io.EOF) {
		return nil, nil // nothing but the mark
	}
	return head, nil
}

// Read implements io.Reader.
func (d *decoder) Read(p []byte) (int, error) {
	if len(d.ready) == 0 {
		if d.fault != nil {
			return 0, d.fault
		}
		d.fill()
	}
	n := copy(p, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}

// fill decodes what is buffered, at least one character or a fault.
func (d *decoder) fill() {
	head, err := d.raw.Peek(utf8.UTFMax)
	d.fault = err
	if len(head) == 0 {
		return
	}
	chunk := head
	if err == nil {
		chunk, _ = d.raw.Peek(d.raw.Buffered()) // what is buffered is there
		chunk = chunk[:wholeRunes(chunk)]
	}
	if nul := bytes.IndexByte(chunk, 0); nul >= 0 {
		d.count(chunk[:nul])
		d.ready, d.fault = nil, errNul
		return
	}
	size := len(chunk)
	if utf8.Valid(chunk) {
		d.ready = append(d.ready[:0], chunk...)
		d.multibyte = d.multibyte || utf8.RuneCount(chunk) < size
		d.count(chunk)
	} else {
		d.mend(chunk)
	}
	_, _ = d.raw.Discard(size) // buffered, cannot fail
}

// mend decodes a chunk that is not UTF-8 throughout.
func (d *decoder) mend(chunk []byte) {
	d.ready = d.ready[:0]
	for len(chunk) > 0 {
		r, size := utf8.DecodeRune(chunk)
		d.count(chunk[:size])
		switch {
		case r == utf8.RuneError && size == 1:
			if d.foreign++; d.foreign == 1 {
				d.foreignAt = d.line
			}
			d.ready = utf8.AppendRune(d.ready, charmap.Windows1252.DecodeByte(chunk[0]))
		default:
			d.multibyte = d.multibyte || size > 1
			d.ready = append(d.ready, chunk[:size]...)
		}
		chunk = chunk[size:]
	}
}

// count moves the line number over a chunk.
func (d *decoder) count(chunk []byte) {
	if !d.afterCR && bytes.IndexByte(chunk, '\r') < 0 {
		d.line += bytes.Count(chunk, []byte{'\n'})
		return
	}
	for _, c := range chunk {
		if c == '\r' || c == '\n' && !d.afterCR {
			d.line++
		}
		d.afterCR = c == '\r'
	}
}

// note tells which encoding was assumed when it was not UTF-8.
func (d *decoder) note(file string) (failure.Finding, bool) {
	if d.foreign == 0 {
		return failure.Finding{}, false
	}
	key := keyEncodingFallback
	if d.multibyte {
		key = keyEncodingMixed
	}
	return failure.Finding{Severity: failure.Warning, Key: key, File: file, Line: d.foreignAt,
		Params: failure.Params{"count": d.foreign}}, true
}

// wholeRunes returns how much of a chunk can be decoded without knowing what
// follows: all but a character whose last bytes are missing.
func wholeRunes(chunk []byte) int {
	for back := 1; back < utf8.UTFMax && back < len(chunk); back++ {
		if at := len(chunk) - back; utf8.RuneStart(chunk[at]) {
			if !utf8.FullRune(chunk[at:]) {
				return at
			}
			break
		}
	}
	return len(chunk)
}
