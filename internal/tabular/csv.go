package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"bedarfslotse/internal/failure"
)

// CSV is a delimited text that is being read. It is not safe for concurrent
// use and can be read once.
type CSV struct {
	header    Row
	expected  int // columns of a complete row
	separator byte
	split     bool // whether the separator was found in the text itself
	file      string
	decoder   *decoder
	scanner   *scanner
	notes     notes
}

// OpenCSV starts reading a delimited text. It finds out the encoding (UTF-8
// and UTF-16 by their byte order marks, else UTF-8, byte by byte replaced by
// Windows-1252 where it is not), honours a first line "sep=;", detects the
// separator (comma, semicolon, tab, bar) and reads the header, which is the
// first line that is not empty.
//
// An error is [failure.Findings] when the text is at fault: empty, too large
// from the start, holding NUL, a spreadsheet or another binary file. Other
// errors come from r.
func OpenCSV(r io.Reader, options Options) (*CSV, error) {
	if known := options.Encoding.encoding(); known != nil {
		r = known.NewDecoder().Reader(r)
	}
	decoder := newDecoder(r, options.maxBytes())
	head, err := decoder.peek(sampleBytes)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	switch Detect(head) {
	case Empty:
		return nil, fatal(keyEmpty, options.File, "", 0, 0, nil)
	case Text:
	case Markup:
		return nil, fatal(keyWebPage, options.File, "", 0, 0, nil)
	default:
		return nil, fatal(keyNotText, options.File, "", 0, 0, nil)
	}
	c := &CSV{file: options.File, decoder: decoder, notes: notes{file: options.File}}
	text := bufio.NewReaderSize(decoder, sampleBytes)
	sample, err := text.Peek(sampleBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, c.explain(err, 1)
	}
	line := 1
	separator, length := separatorLine(sample)
	if length > 0 {
		if _, err := text.Discard(length); err != nil {
			return nil, c.explain(err, 1)
		}
		line, sample = 2, sample[length:]
	}
	switch {
	case possibleSeparator(options.Separator) && options.Separator != 0:
		c.separator = options.Separator
	case separator != 0:
		c.separator = separator
	default:
		c.separator, c.split = detectSeparator(fromLine(sample, options.HeaderLine-line))
	}
	c.scanner = newScanner(text, c.separator, line, &c.notes)
	if err := c.readHeader(options.HeaderLine); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *CSV) readHeader(least int) error {
	header, err := c.scanner.next()
	for err == nil && header.Line < least {
		header, err = c.scanner.next()
	}
	if errors.Is(err, io.EOF) {
		return fatal(keyEmpty, c.file, "", 0, 0, nil)
	}
	if err != nil {
		return c.explain(err, header.Line)
	}
	if header.Blank() {
		return fatal(keyNoHeader, c.file, "", header.Line, 0, nil)
	}
	c.header = header
	c.expected = len(header.Cells)
	for c.expected > 0 && strings.TrimSpace(header.Cells[c.expected-1]) == "" {
		c.expected--
	}
	if extra := len(header.Cells) - c.expected; extra > 0 {
		c.notes.warn(keyHeaderTrailing, header.Line, c.expected+1, "", failure.Params{"count": extra})
	}
	return nil
}

// Header returns the row with the column names as they stand in the file.
func (c *CSV) Header() Row { return c.header }

// Separator returns the byte between cells that was found or given.
func (c *CSV) Separator() byte { return c.separator }

// Rows yields the rows below the header. Lines without a single character are
// skipped, rows of blank cells are not. A row that is shorter or longer than
// the header is kept as it is and noted; a header whose last columns have no
// name allows rows without them. After an error ([failure.Findings] when the
// text is at fault) there are no more rows.
func (c *CSV) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			row, err := c.scanner.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, c.explain(err, row.Line))
				return
			}
			c.checkWidth(row)
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (c *CSV) checkWidth(row Row) {
	width, most := len(row.Cells), len(c.header.Cells)
	params := failure.Params{"cells": width, "columns": c.expected}
	switch {
	case width < c.expected:
		c.notes.warn(keyRowShort, row.Line, width, "", params)
	case width > most:
		c.notes.warn(keyRowLong, row.Line, most+1, row.Cells[most], params)
	}
}

// Findings returns what was odd in the text read so far: complete once Rows
// has ended.
func (c *CSV) Findings() failure.Findings {
	found := c.notes.all()
	if note, ok := c.decoder.note(c.file); ok {
		found = append(failure.Findings{note}, found...)
	}
	return found
}

// explain turns what stopped the scanner into a finding with a line.
func (c *CSV) explain(err error, line int) error {
	switch {
	case errors.Is(err, errNul):
		return fatal(keyNul, c.file, "", c.decoder.line, 0, nil)
	case errors.Is(err, errTooLong):
		limit := mebibytes(c.decoder.limit)
		return fatal(keyTooLarge, c.file, "", c.decoder.line, 0, failure.Params{"limit": limit})
	case errors.Is(err, errTooManyColumns):
		return fatal(keyTooManyColumns, c.file, "", line, 0, failure.Params{"limit": MaxColumns})
	case errors.Is(err, errQuoteOpen):
		return fatal(keyQuoteOpen, c.file, "", c.scanner.quoteLine, c.scanner.quoteColumn, nil)
	}
	return fmt.Errorf("read table: %w", err)
}

// separatorLine reads the line "sep=X" with which Excel is told the separator.
// It returns the separator and the length of the line with its end; 0, 0 when
// there is none.
func separatorLine(sample []byte) (separator byte, length int) {
	end := bytes.IndexAny(sample, "\r\n")
	if end < 0 {
		return 0, 0
	}
	first := bytes.Trim(sample[:end], `"`)
	if len(first) != 5 || !bytes.EqualFold(first[:4], []byte("sep=")) || !possibleSeparator(first[4]) {
		return 0, 0
	}
	length = end + 1
	if sample[end] == '\r' && length < len(sample) && sample[length] == '\n' {
		length++
	}
	return first[4], length
}

// fromLine returns a text without its first lines.
func fromLine(text []byte, lines int) []byte {
	for ; lines > 0; lines-- {
		_, rest, found := bytes.Cut(text, []byte{'\n'})
		if !found {
			break
		}
		text = rest
	}
	return text
}

// possibleSeparator accepts signs that can stand between cells.
func possibleSeparator(c byte) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	return c < 0x80 && !letter && c != '"' && c != '\r' && c != '\n'
}
