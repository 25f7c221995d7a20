package xlsform

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
)

// ReadAny reads a survey from a file of any kind that one can come in: YAML, an
// XLSForm as a workbook or as text, or a zip with either beside its pictures and
// sounds. The survey is nil when there is nothing to work with, and unusable
// when a finding is fatal; both what compiling and what checking it tells are
// among the findings.
func ReadAny(name string, content []byte, options Options) (*survey.Survey, failure.Findings) {
	if archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err == nil {
		if inside := surveyInside(archive); inside != "" {
			return readInside(name, archive, inside, options)
		}
	}
	if spreadsheet(name, content) {
		return Read(name, content, options)
	}
	s, findings := survey.ReadYAML(name, content)
	if s != nil {
		findings = append(findings, survey.ReadFiles(s, options.Files, name)...)
	}
	return checked(s, findings, name, options)
}

// checked adds what compiling and checking tell: all findings at once, so that a
// file is mended in one go. name is the file that those without one are about.
func checked(s *survey.Survey, findings failure.Findings, name string, options Options) (*survey.Survey, failure.Findings) {
	if s == nil {
		return nil, findings
	}
	version, more := survey.Compile(s)
	if version != nil && !findings.Fatal() {
		more = append(more, survey.Check(version, options.Known)...)
	}
	for i := range more {
		more[i].File = name
	}
	findings = append(findings, more...)
	findings.Sort()
	return s, findings
}

// readInside reads a survey that lies in a zip beside its pictures and sounds.
func readInside(name string, archive *zip.Reader, inside string, options Options) (*survey.Survey, failure.Findings) {
	broken := func(err error) (*survey.Survey, failure.Findings) { return nil, unreadable(name, err) }
	folder, err := fs.Sub(archive, path.Dir(inside))
	if err != nil {
		return broken(err)
	}
	if path.Base(inside) == "survey.yaml" {
		s, findings, err := survey.ReadDir(folder, ".")
		if err != nil {
			return broken(err)
		}
		for i := range findings {
			findings[i].File = path.Join(name, path.Dir(inside), findings[i].File)
		}
		return checked(s, findings, path.Join(name, inside), options)
	}
	book, err := archive.Open(inside)
	if err != nil {
		return broken(err)
	}
	defer func() { _ = book.Close() }()                                          // was only read
	workbook, err := io.ReadAll(io.LimitReader(book, tabular.DefaultMaxBytes+1)) // the reader says what is too large
	if err != nil {
		return broken(err)
	}
	options.Files = folder
	return Read(path.Join(name, inside), workbook, options)
}

// surveyInside returns the survey in a zip: the survey.yaml nearest to the top,
// else the only workbook; "" when there is none, or the zip is a workbook itself
// or a form as CSV files.
func surveyInside(archive *zip.Reader) string {
	var text string
	var books []string
	tables := false
	for _, file := range archive.File {
		name := path.Base(file.Name)
		switch extension := strings.ToLower(path.Ext(name)); {
		case !fs.ValidPath(file.Name), strings.HasPrefix(name, "._"), strings.HasPrefix(name, "~$"): // what systems leave behind
		case file.Name == "[Content_Types].xml":
			return ""
		case name == "survey.yaml":
			if text == "" || strings.Count(file.Name, "/") < strings.Count(text, "/") {
				text = file.Name
			}
		case name == "survey.csv":
			tables = true
		case extension == ".xlsx", extension == ".xlsm", extension == ".xls":
			books = append(books, file.Name)
		}
	}
	if text == "" && !tables && len(books) == 1 {
		return books[0]
	}
	return text
}

// spreadsheet looks at the content first, and at the name only for files whose
// content is none, so that a damaged spreadsheet is not read as text.
func spreadsheet(name string, content []byte) bool {
	switch tabular.Detect(content) {
	case tabular.Zip, tabular.OLE, tabular.Stream:
		return true
	}
	extension := strings.ToLower(path.Ext(name))
	return strings.HasPrefix(extension, ".xls") || extension == ".csv" || extension == ".zip"
}
