package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/xlsform"
)

// readBundle reads a zip that holds a survey beside its pictures and sounds: a
// survey.yaml with its translations, or one workbook. ok is false for any other
// zip: a workbook itself, or a bundle of CSV files.
func readBundle(name string, content []byte) (version *survey.Version, findings failure.Findings, ok bool, err error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil, false, nil // whoever reads it next says what is wrong
	}
	inside := surveyInside(archive)
	if inside == "" {
		return nil, nil, false, nil
	}
	folder, err := fs.Sub(archive, path.Dir(inside))
	if err != nil {
		return nil, nil, true, failure.Errorf(failure.Invalid, "%w", err)
	}
	if path.Base(inside) == "survey.yaml" {
		s, findings, err := survey.ReadDir(folder, ".")
		if err != nil {
			return nil, nil, true, failure.Errorf(failure.Invalid, "%w", err)
		}
		for i := range findings {
			findings[i].File = filepath.Join(name, path.Dir(inside), findings[i].File)
		}
		version, findings, err = checked(s, findings, filepath.Join(name, inside))
		return version, findings, true, err
	}
	known, err := knownNames()
	if err != nil {
		return nil, nil, true, err
	}
	book, err := archive.Open(inside)
	if err != nil {
		return nil, nil, true, failure.Errorf(failure.Invalid, "%w", err)
	}
	defer func() { _ = book.Close() }()                                          // was only read
	workbook, err := io.ReadAll(io.LimitReader(book, tabular.DefaultMaxBytes+1)) // the reader says what is too large
	if err != nil {
		return nil, nil, true, failure.Errorf(failure.Invalid, "%w", err)
	}
	version, findings, err = usable(xlsform.Read(filepath.Join(name, inside), workbook, xlsform.Options{Known: known, Files: folder}))
	return version, findings, true, err
}

// surveyInside returns the survey in a zip: the survey.yaml nearest to the top,
// else the only workbook; "" when there is none, or the zip is a workbook itself.
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

// withContents gets a survey's pictures and sounds out of the store, for
// writing them into a bundle.
func withContents(ctx context.Context, db *store.DB, s *survey.Survey) error {
	return s.LoadContents(func(hash string) ([]byte, error) {
		one, err := db.Media(ctx, hash)
		if err != nil {
			return nil, err
		}
		return one.Data, nil
	})
}

// tellFilesLeftOut says that a file to be written has no room for pictures and
// sounds.
func (p *program) tellFilesLeftOut(out string, s *survey.Survey) {
	if len(s.Files) > 0 && !strings.EqualFold(filepath.Ext(out), ".zip") {
		fmt.Fprintln(p.stderr, p.words.N("command.files_left_out", len(s.Files), "file", out))
	}
}
