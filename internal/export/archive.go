package export

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// archive is a zip with a file per table. A zip takes one file after the other
// while the rows of all tables come together, so the first table is written to
// the zip at once and the others wait in temporary files that only their owner
// can read.
type archive struct {
	zip       *zip.Writer
	extension string
	tables    []*table
	writers   []tableWriter
	waiting   []*spool // of all tables but the first
}

// spool is a temporary file.
type spool struct {
	file *os.File
	*bufio.Writer
}

func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", ".bedarfslotse-export-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	return &spool{file: file, Writer: bufio.NewWriterSize(file, bufferSize)}, nil
}

// remove closes the file and takes it away.
func (s *spool) remove() { _ = errors.Join(s.file.Close(), os.Remove(s.file.Name())) }

// openArchive begins a zip. Entries that come before the tables are written by
// the functions of first.
func openArchive(w io.Writer, d *document, extension string, open func(io.Writer, *table) (tableWriter, error),
	first ...func(*zip.Writer) error) (sink, error) {
	a := &archive{zip: zip.NewWriter(w), extension: extension, tables: d.tables}
	for _, write := range first {
		if err := write(a.zip); err != nil {
			return nil, err
		}
	}
	for i, t := range d.tables {
		var out io.Writer
		var err error
		if i == 0 {
			out, err = a.zip.Create(t.file + extension)
		} else {
			var s *spool
			if s, err = newSpool(); err == nil {
				a.waiting, out = append(a.waiting, s), s
			}
		}
		var writer tableWriter
		if err == nil {
			writer, err = open(out, t)
		}
		if err != nil {
			a.abandon()
			return nil, err
		}
		a.writers = append(a.writers, writer)
	}
	return a, nil
}

func (a *archive) row(table int, cells []string) error { return a.writers[table].row(cells) }

func (a *archive) close() error {
	for i, writer := range a.writers {
		if err := writer.end(); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		if err := a.take(a.waiting[i-1], a.tables[i].file+a.extension); err != nil {
			return err
		}
	}
	a.abandon()
	return a.zip.Close()
}

// take copies a temporary file into the zip.
func (a *archive) take(s *spool, name string) error {
	if err := s.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out, err := a.zip.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, s.file)
	return err
}

func (a *archive) abandon() {
	for _, s := range a.waiting {
		s.remove()
	}
	a.waiting = nil
}
