package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"bedarfslotse/internal/failure"
)

// xlsx is what the sheets of an XLSX file share.
//
// The package walks the sheets' XML itself instead of using excelize's row
// iterator: that one ends a sheet silently at the first broken tag and does
// not tell dates from numbers while streaming; here both matter.
type xlsx struct {
	book    *Workbook
	parts   *archive
	strings []string
	formats formats
}

func openXLSX(content []byte, options Options) (*Workbook, error) {
	parts, err := openArchive(content, options)
	if err != nil {
		return nil, err
	}
	x := &xlsx{book: &Workbook{file: options.File}, parts: parts}
	if err := x.load(); err != nil {
		return nil, x.book.explain(err, "")
	}
	return x.book, nil
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
