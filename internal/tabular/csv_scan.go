package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

var (
	errTooManyColumns = errors.New("too many columns")
	errQuoteOpen      = errors.New("quotation mark never closed")
)

// scanner splits decoded text into rows. It reads more than RFC 4180 allows,
// since real files do: lines may end in CR, LF or both, a quotation mark inside
// an unquoted cell is an ordinary character, text after a closing one is kept.
// Unlike encoding/csv it goes on after such a thing and notes where it was.
type scanner struct {
	text       *bufio.Reader
	separator  byte
	endsPlain  [256]bool // characters that end an unquoted run: the separator and line ends
	endsQuoted [256]bool // characters that end a quoted run: quotation mark and line ends
	line       int       // of the next character
	notes      *notes

	quoteLine, quoteColumn int // where the quotation mark opened last stands

	anyQuote bool // in the current row
	strays   int  // closing quotation marks with text behind them, so far

	record []byte // characters of the current row, cells one after the other
	ends   []int  // where each cell ends in record
}

// newScanner begins at the given line. With nil notes nothing is noted.
func newScanner(text *bufio.Reader, separator byte, line int, notes *notes) *scanner {
	s := &scanner{text: text, separator: separator, line: line, notes: notes}
	for _, end := range []byte{'\n', '\r'} {
		s.endsPlain[end], s.endsQuoted[end] = true, true
	}
	s.endsPlain[separator], s.endsQuoted['"'] = true, true
	return s
}

// next returns the next row that has at least one character, io.EOF at the end.
func (s *scanner) next() (Row, error) {
	for {
		line := s.line
		blank, err := s.scan()
		switch {
		case err != nil:
			return Row{Line: line}, err
		case !blank:
			return s.row(line), nil
		}
	}
}

// row copies the cells out of the buffer in one piece.
func (s *scanner) row(line int) Row {
	all := string(s.record)
	row := Row{Line: line, Cells: make([]string, len(s.ends))}
	from := 0
	for i, end := range s.ends {
		row.Cells[i] = all[from:end]
		from = end
	}
	if s.notes != nil && bytes.Contains(s.record, []byte("\uFFFD")) {
		for i, cell := range row.Cells {
			if strings.Contains(cell, "\uFFFD") {
				s.notes.warn(keyReplacementSign, line, i+1, cell, nil)
			}
		}
	}
	return row
}

// scan reads one row into the buffer; blank says that the line was empty.
func (s *scanner) scan() (blank bool, err error) {
	s.record, s.ends, s.anyQuote = s.record[:0], s.ends[:0], false
	for first := true; ; first = false {
		c, err := s.text.ReadByte()
		if first && errors.Is(err, io.EOF) {
			return false, io.EOF
		}
		if err == nil && c == '"' {
			c, err = s.quoted()
		}
		c, err = s.plain(c, err)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if len(s.ends) == MaxColumns {
			return false, errTooManyColumns
		}
		s.ends = append(s.ends, len(s.record))
		if err != nil || c == '\n' {
			// A line with nothing but "" is a row; a line with nothing is none.
			return first && len(s.record) == 0 && !s.anyQuote, nil
		}
	}
}

// plain reads on until the cell ends; c and err are what was read last. It
// returns the separator or '\n', or io.EOF.
func (s *scanner) plain(c byte, err error) (byte, error) {
	if err == nil && !s.endsPlain[c] {
		s.record = append(s.record, c)
		c, err = s.until(&s.endsPlain)
	}
	if err != nil || c == s.separator {
		return c, err
	}
	return '\n', s.lineEnd(c)
}

// until copies characters to the record up to the first stop, which it takes
// from the text and returns.
func (s *scanner) until(stops *[256]bool) (byte, error) {
	for {
		if _, err := s.text.Peek(1); err != nil {
			return 0, err
		}
		chunk, _ := s.text.Peek(s.text.Buffered()) // what is buffered is there
		for i, c := range chunk {
			if stops[c] {
				s.record = append(s.record, chunk[:i]...)
				_, err := s.text.Discard(i + 1)
				return c, err
			}
		}
		s.record = append(s.record, chunk...)
		if _, err := s.text.Discard(len(chunk)); err != nil {
			return 0, err
		}
	}
}

// quoted reads from behind an opening quotation mark to the character after
// the closing one, which it returns.
func (s *scanner) quoted() (byte, error) {
	s.anyQuote, s.quoteLine, s.quoteColumn = true, s.line, len(s.ends)+1
	for {
		c, err := s.until(&s.endsQuoted)
		if errors.Is(err, io.EOF) {
			return 0, errQuoteOpen
		}
		if err != nil {
			return 0, err
		}
		if c != '"' {
			if err := s.lineEnd(c); err != nil {
				return 0, err
			}
			s.record = append(s.record, '\n') // one kind of line break inside cells, whatever the file has
			continue
		}
		c, err = s.text.ReadByte()
		if err == nil && c == '"' {
			s.record = append(s.record, '"')
			continue
		}
		if err == nil && !s.endsPlain[c] {
			s.stray()
		}
		return c, err
	}
}

// lineEnd counts a line and swallows the LF of a CR LF.
func (s *scanner) lineEnd(c byte) error {
	s.line++
	if c != '\r' {
		return nil
	}
	next, err := s.text.ReadByte()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil && next != '\n' {
		err = s.text.UnreadByte()
	}
	return err
}

// stray notes text that stands directly behind a closing quotation mark.
func (s *scanner) stray() {
	s.strays++
	if s.notes != nil {
		s.notes.warn(keyQuoteStray, s.line, len(s.ends)+1, "", nil)
	}
}
