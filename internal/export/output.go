package export

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

// Format is a kind of file.
type Format string

// The formats. In a CSV the instances of repeats stand side by side in their
// response's row; in all others they are a table of their own.
const (
	CSV         Format = "csv"
	XLSX        Format = "xlsx"        // a workbook with a sheet per table and a code book
	SAV         Format = "sav"         // an SPSS system file; several tables are a zip of them
	DataPackage Format = "datapackage" // a zip of CSVs that a Frictionless data package describes
)

// Values says how choices are written where a format leaves it open.
type Values string

// The ways to write choices.
const (
	Codes  Values = "codes"  // as the survey names them
	Labels Values = "labels" // as respondents read them
)

// Output says how the rows of an export are written. The zero value is a CSV
// without a byte order mark.
type Output struct {
	Format Format // "" is [CSV]
	// Values is for [XLSX] alone: CSVs hold codes, so that they can be imported
	// again, and the other formats hold both. "" is [Codes].
	Values Values
	// BOM begins a CSV with a byte order mark, without which Excel guesses wrong.
	BOM bool
	// Language is that of labels and of the file's own words, one of the
	// survey's; "" is the survey's own.
	Language string
	// Words holds the file's own words, such as the headings of a code book.
	// Only CSVs do without.
	Words *i18n.Catalogue
	// Now is the moment of the export, for formats that write it down; the zero
	// time leaves it out.
	Now time.Time
	// Progress is told now and then how many rows of how many are done, and in
	// the end that all are. Formats that have to know the longest text before
	// the first row go through the responses twice and count each of them
	// twice. total is 0 as long as nobody knows it.
	Progress func(done, total int)
}

// Extension returns what the name of the file ends in, with the dot; full is
// for [Full], else for [Microdata].
func (o Output) Extension(v *survey.Version, full bool) string {
	several := full && slices.ContainsFunc(v.Elements, func(e *survey.Element) bool { return e.Type == survey.Repeat && exported(e) })
	switch {
	case o.Format == DataPackage, o.Format == SAV && several:
		return ".zip"
	case o.Format == "":
		return "." + string(CSV)
	}
	return "." + string(o.Format)
}

// sink takes the rows of an export in their order and writes a file. Row gets
// the number of the table, and a text per variable that is only valid during
// the call; close writes what is left.
type sink interface {
	row(table int, cells []string) error
	close() error
	// abandon frees what an export that failed leaves behind. After close it
	// does nothing.
	abandon()
}

// format is what an output format has to bring along.
type format struct {
	// wide puts the instances of repeats beside each other in one table.
	wide bool
	// measured: what the variables hold has to be known before the first row.
	measured bool
	open     func(w io.Writer, d *document) (sink, error)
}

// format finds the writer, and fails with [failure.Invalid] for what is none.
func (o Output) format() (format, error) {
	switch o.Format {
	case CSV, "":
		return format{wide: true, open: openCSV}, nil
	case XLSX:
		return format{measured: true, open: openXLSX}, nil
	case SAV:
		return format{measured: true, open: openSAV}, nil
	case DataPackage:
		return format{measured: true, open: openPackage}, nil
	}
	return format{}, failure.New(failure.Invalid, "error.export_format", "format", string(o.Format))
}

// document is what a format needs to know of an export.
type document struct {
	version *survey.Version
	output  Output
	labels  *labels
	tables  []*table
	full    bool // everything that is stored, not microdata
}

func newDocument(v *survey.Version, output Output, full bool) (*document, error) {
	if output.Language == "" {
		output.Language = v.Language
	}
	if !slices.Contains(v.Languages, output.Language) {
		return nil, failure.New(failure.Invalid, "error.export_language",
			"language", output.Language, "languages", strings.Join(v.Languages, ", "))
	}
	if output.Values != "" && output.Values != Codes && output.Values != Labels {
		return nil, failure.New(failure.Invalid, "error.export_values", "values", string(output.Values))
	}
	return &document{version: v, output: output, labels: newLabels(v, output), full: full}, nil
}

// write opens the format and lets rows put what they have into it.
func (d *document) write(w io.Writer, format format, rows func(put func(table int, cells []string) error) error) (err error) {
	d.settle(format)
	out, err := format.open(w, d)
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	defer out.abandon()
	if err := rows(out.row); err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

// settle lets the variables decide what they are, once all is measured.
func (d *document) settle(format format) {
	fileNames(d.tables)
	for _, t := range d.tables {
		for _, v := range t.variables {
			v.settle(format.measured)
		}
	}
}

// told is how many rows lie between two reports of progress, and between two
// looks at whether the export was called off.
const told = 256

// watched hands records on until the context ends, and reports progress.
type watched struct {
	progress    func(done, total int)
	done, total int
}

func (w *watched) tell() {
	if w.progress != nil {
		w.progress(w.done, w.total)
	}
}

// count notes one more row.
func (w *watched) count(ctx context.Context) error {
	if w.done++; w.done%told == 0 {
		w.tell()
		return ctx.Err()
	}
	return nil
}

// each calls visit for each record.
func (w *watched) each(ctx context.Context, records iter.Seq2[Record, error], visit func(*Record) error) error {
	for record, err := range records {
		if err == nil {
			err = w.count(ctx)
		}
		if err == nil {
			err = visit(&record)
		}
		if err != nil {
			return fmt.Errorf("export responses: %w", err)
		}
	}
	return ctx.Err()
}
