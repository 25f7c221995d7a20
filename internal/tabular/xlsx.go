package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"bedarfslotse/internal/failure"
)

// Workbook is an opened XLSX file. Its sheets are parsed each time their rows
// are asked for. It is not safe for concurrent use.
type Workbook struct {
	sheets  []*Sheet
	file    string
	parts   *archive
	strings []string
	formats formats
}

// Sheet is one worksheet, in the order of the tabs.
type Sheet struct {
	Name   string // as written on the tab
	Hidden bool
	part   string
	book   *Workbook
	notes  notes
}

// OpenXLSX reads a workbook from r. Cells are given as their author sees them:
// text unchanged, numbers as typed ("1", never "1.0", at most 15 significant
// digits), dates and times in ISO 8601, TRUE and FALSE, formulas by their last
// computed value, merged cells as they are stored (the value in the first).
// Percentages and currencies are plain numbers.
//
// The package walks the sheet's XML itself instead of using excelize's row
// iterator: that one ends a sheet silently at the first broken tag and does
// not tell dates from numbers while streaming; here both matter.
//
// An error is [failure.Findings] when the file is at fault: empty, too large,
// truncated, encrypted, not an XLSX. Other errors come from r.
func OpenXLSX(r io.Reader, options Options) (*Workbook, error) {
	content, err := readAll(r, options)
	if err != nil {
		return nil, err
	}
	switch Detect(content) {
	case Zip:
	case Empty:
		return nil, fatal(keyEmpty, options.File, "", 0, 0, nil)
	case OLE:
		return nil, fatal(oleKey(content), options.File, "", 0, 0, nil)
	default:
		return nil, fatal(keyNotSpreadsheet, options.File, "", 0, 0, nil)
	}
	parts, err := openArchive(content, options)
	if err != nil {
		return nil, err
	}
	book := &Workbook{file: options.File, parts: parts}
	if err := book.load(); err != nil {
		return nil, book.explain(err, "")
	}
	return book, nil
}

// Sheets returns all worksheets in the order of their tabs, hidden ones too.
func (w *Workbook) Sheets() []*Sheet { return w.sheets }

// Sheet finds a worksheet by its name; case and surrounding space do not count.
// It returns nil when there is none.
func (w *Workbook) Sheet(name string) *Sheet {
	for _, sheet := range w.sheets {
		if sheet.Name == name {
			return sheet
		}
	}
	for _, sheet := range w.sheets {
		if strings.EqualFold(strings.TrimSpace(sheet.Name), strings.TrimSpace(name)) {
			return sheet
		}
	}
	return nil
}

// Findings returns what was odd in the sheets read so far, in tab order.
func (w *Workbook) Findings() failure.Findings {
	var found failure.Findings
	for _, sheet := range w.sheets {
		found = append(found, sheet.notes.all()...)
	}
	return found
}

// Rows yields the rows that hold anything, with their row numbers: a gap in
// the numbers is a run of blank rows. Trailing blank cells are cut off. After
// an error ([failure.Findings]) there are no more rows.
func (s *Sheet) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s.notes = notes{file: s.book.file, sheet: s.Name}
		if err := s.walk(func(row Row) bool { return yield(row, nil) }); err != nil {
			yield(Row{}, s.book.explain(err, s.Name))
		}
	}
}

// ReadAll returns all rows that [Sheet.Rows] yields.
func (s *Sheet) ReadAll() ([]Row, error) {
	var rows []Row
	for row, err := range s.Rows() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Findings returns what was odd in the sheet during the last reading.
func (s *Sheet) Findings() failure.Findings { return s.notes.all() }

// explain turns an error of the archive or the XML into a finding.
func (w *Workbook) explain(err error, sheet string) error {
	var found failure.Findings
	if errors.As(err, &found) {
		return found
	}
	return fatal(keyWorkbookDamaged, w.file, sheet, 0, 0, failure.Params{"detail": err.Error()})
}

// readAll reads at most the allowed number of bytes.
func readAll(r io.Reader, options Options) ([]byte, error) {
	limit := options.maxBytes()
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	if int64(len(content)) > limit {
		return nil, fatal(keyTooLarge, options.File, "", 0, 0, failure.Params{"limit": mebibytes(limit)})
	}
	return content, nil
}

// mebibytes rounds a limit to something that can be read; small limits keep
// their decimals.
func mebibytes(limit int64) string {
	if limit%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", limit>>20)
	}
	return fmt.Sprintf("%d B", limit)
}

// oleKey tells the old binary format from a workbook behind a password: both
// come in the same container, whose directory names its streams in UTF-16.
func oleKey(content []byte) string {
	wide := func(name string) []byte {
		var out []byte
		for i := range len(name) {
			out = append(out, name[i], 0)
		}
		return out
	}
	switch {
	case bytes.Contains(content, wide("EncryptedPackage")):
		return keyEncrypted
	case bytes.Contains(content, wide("Workbook")), bytes.Contains(content, wide("Book")):
		return keyOldExcel
	}
	return keyNotSpreadsheet
}

// archive is the zip file with a tight hold on how much comes out of it.
type archive struct {
	files map[string]*zip.File
}

const (
	maxEntries = 10000
	ratioFrom  = 16 << 20 // parts smaller than this may be packed as densely as they like
	maxRatio   = 250      // real sheets stay below 100; a bomb comes near 1000
)

// openArchive reads the directory of the zip and refuses what would unpack to
// more than allowed before a single byte is unpacked. The directory cannot
// understate: archive/zip stops a part that grows beyond its declared size.
func openArchive(content []byte, options Options) (*archive, error) {
	reader, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		key := keyWorkbookDamaged
		if errors.Is(err, zip.ErrFormat) {
			key = keyTruncated
		}
		return nil, fatal(key, options.File, "", 0, 0, failure.Params{"detail": err.Error()})
	}
	limit := uint64(options.maxUnpacked())
	tooLarge := fatal(keyUnpackedTooLarge, options.File, "", 0, 0, failure.Params{"limit": mebibytes(options.maxUnpacked())})
	if len(reader.File) > maxEntries {
		return nil, tooLarge
	}
	parts := &archive{files: make(map[string]*zip.File, len(reader.File))}
	var sum uint64
	for _, file := range reader.File {
		size := file.UncompressedSize64
		sum += min(size, limit+1)
		if sum > limit || size > ratioFrom && size/max(file.CompressedSize64, 1) > maxRatio {
			return nil, tooLarge
		}
		// Some writers use backslashes or a leading slash; Excel does not mind.
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(file.Name, `\`, "/"), "/"))
		if _, twice := parts.files[name]; !twice {
			parts.files[name] = file
		}
	}
	if key := parts.wrongKind(); key != "" {
		return nil, fatal(key, options.File, "", 0, 0, nil)
	}
	return parts, nil
}

// wrongKind names the finding for archives that are no XLSX, "" for those that
// may be one.
func (a *archive) wrongKind() string {
	if _, isPackage := a.files["[content_types].xml"]; isPackage {
		if _, binary := a.files["xl/workbook.bin"]; binary {
			return keyOtherSpreadsheet
		}
		for name := range a.files {
			if strings.HasPrefix(name, "xl/") {
				return ""
			}
		}
		return keyNotSpreadsheet // a text document or slides
	}
	if file, ok := a.files["mimetype"]; ok && file.UncompressedSize64 < 200 {
		if content, err := a.read("mimetype"); err == nil && bytes.Contains(content, []byte("opendocument.spreadsheet")) {
			return keyOtherSpreadsheet
		}
	}
	return keyNotSpreadsheet
}

// open starts reading a part. A missing part is an error that wraps errNoPart.
func (a *archive) open(name string) (io.ReadCloser, error) {
	file, ok := a.files[strings.ToLower(strings.TrimPrefix(name, "/"))]
	if !ok {
		return nil, fmt.Errorf("%w %s", errNoPart, name)
	}
	reader, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("part %s: %w", name, err)
	}
	return reader, nil
}

func (a *archive) read(name string) ([]byte, error) {
	reader, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck // reading only
	return io.ReadAll(reader)
}

var errNoPart = errors.New("the archive lacks the part")
