package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bedarfslotse/data"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/server"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/xlsform"
	"bedarfslotse/surveys"
	"bedarfslotse/web"
)

// library is the flag that names the folder of shipped surveys.
type library struct {
	Surveys string `placeholder:"DIR" help:"Folder of surveys, one folder each with a survey.yaml; the shipped ones when not given."`
}

// AfterApply refuses a folder that is not there, whatever the command wants of
// it.
func (l library) AfterApply() error {
	if info, err := os.Stat(l.Surveys); l.Surveys != "" && (err != nil || !info.IsDir()) {
		return fmt.Errorf("--surveys: there is no folder %s", l.Surveys)
	}
	return nil
}

func (l library) fsys() fs.FS {
	if l.Surveys != "" {
		return os.DirFS(l.Surveys)
	}
	return surveys.FS
}

// find returns the survey of that id: imported, or else from the library.
func (l library) find(ctx context.Context, db *store.DB, id string) (*survey.Version, error) {
	version, err := db.Survey(ctx, id)
	if failure.CodeOf(err) != failure.NotFound {
		return version, err
	}
	folders, listErr := survey.Library(l.fsys())
	if listErr != nil {
		return nil, listErr
	}
	for _, folder := range folders {
		s, findings, readErr := survey.ReadDir(l.fsys(), folder)
		if readErr != nil {
			return nil, readErr
		}
		if s == nil || s.ID != id {
			continue
		}
		return compiled(s, findings, folder)
	}
	return nil, err
}

// shipped returns the surveys of the library, those that can be used.
func (l library) shipped() ([]*survey.Version, error) {
	folders, err := survey.Library(l.fsys())
	if err != nil {
		return nil, err
	}
	var versions []*survey.Version
	for _, folder := range folders {
		s, findings, err := survey.ReadDir(l.fsys(), folder)
		if err != nil {
			return nil, err
		}
		if s == nil || findings.Fatal() { // a folder of one's own with mistakes must not keep the service from starting
			continue
		}
		if version, more := survey.Compile(s); version != nil && !more.Fatal() {
			versions = append(versions, version)
		}
	}
	return versions, nil
}

func compiled(s *survey.Survey, findings failure.Findings, name string) (*survey.Version, error) {
	version, more := survey.Compile(s)
	for i := range more {
		more[i].File = name
	}
	if findings = append(findings, more...); findings.Fatal() {
		return nil, findings
	}
	return version, nil
}

// readSurvey reads a survey from a file or a folder, whatever it is, and checks
// it. The version is nil when a finding is fatal.
func readSurvey(path string) (*survey.Version, failure.Findings, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, failure.Errorf(failure.NotFound, "%w", err)
	}
	if !info.IsDir() && filepath.Base(path) != "survey.yaml" {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, failure.Errorf(failure.NotFound, "%w", err)
		}
		if version, findings, ok, err := readBundle(path, content); ok {
			return version, findings, err
		}
		if spreadsheet(path, content) {
			return readXLSForm(path, content)
		}
		s, findings := survey.ReadYAML(path, content)
		if s != nil {
			findings = append(findings, survey.ReadFiles(s, os.DirFS(filepath.Dir(path)), path)...)
		}
		return checked(s, findings, path)
	}
	if _, err := os.Stat(filepath.Join(path, "survey.csv")); err == nil && info.IsDir() {
		known, err := knownNames()
		if err != nil {
			return nil, nil, err
		}
		return usable(xlsform.ReadFolder(path, os.DirFS(path), xlsform.Options{Known: known}))
	}
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	s, findings, err := survey.ReadDir(os.DirFS(filepath.Dir(dir)), filepath.Base(dir))
	if err != nil {
		return nil, nil, failure.Errorf(failure.NotFound, "%w", err)
	}
	return checked(s, findings, fileOf(path))
}

// fileOf is how findings name a survey: a file as it was given, a folder of the
// library by its survey.yaml.
func fileOf(path string) string {
	if info, err := os.Stat(path); err != nil || !info.IsDir() && filepath.Base(path) != "survey.yaml" {
		return path
	} else if _, err := os.Stat(filepath.Join(path, "survey.csv")); err == nil && info.IsDir() {
		return path
	} else if abs, err := filepath.Abs(path); err == nil && !info.IsDir() {
		path = filepath.Dir(abs)
	} else if err == nil {
		path = abs
	}
	return filepath.Join(filepath.Base(path), "survey.yaml")
}

// checked compiles and checks what was read; name is the file that findings
// without one are about.
func checked(s *survey.Survey, findings failure.Findings, name string) (*survey.Version, failure.Findings, error) {
	if s == nil {
		return nil, findings, nil
	}
	known, err := knownNames()
	if err != nil {
		return nil, nil, err
	}
	// All findings at once, so that a file is mended in one go.
	version, more := survey.Compile(s)
	if version != nil && !findings.Fatal() {
		more = append(more, survey.Check(version, known)...)
	}
	for i := range more {
		more[i].File = name
	}
	findings = append(findings, more...)
	findings.Sort()
	if findings.Fatal() {
		return nil, findings, nil
	}
	return version, findings, nil
}

// readXLSForm reads a spreadsheet, whose reader compiles and checks itself: it
// knows the rows.
func readXLSForm(path string, content []byte) (*survey.Version, failure.Findings, error) {
	known, err := knownNames()
	if err != nil {
		return nil, nil, err
	}
	return usable(xlsform.Read(path, content, xlsform.Options{Known: known, Files: os.DirFS(filepath.Dir(path))}))
}

// usable compiles what the reader of XLSForms has made; nil when it is unusable.
func usable(s *survey.Survey, findings failure.Findings) (*survey.Version, failure.Findings, error) {
	if s == nil || findings.Fatal() {
		return nil, findings, nil
	}
	version, more := survey.Compile(s)
	if version == nil {
		return nil, append(findings, more...), nil
	}
	return version, findings, nil
}

// spreadsheet looks at the content first, and at the name only for files whose
// content is none, so that a damaged spreadsheet is not read as text.
func spreadsheet(path string, content []byte) bool {
	switch tabular.Detect(content) {
	case tabular.Zip, tabular.OLE, tabular.Stream:
		return true
	}
	extension := strings.ToLower(filepath.Ext(path))
	return strings.HasPrefix(extension, ".xls") || extension == ".csv" || extension == ".zip"
}

// knownNames lists the shipped fields of action and pictograms.
func knownNames() (survey.Known, error) {
	content, err := data.Files.ReadFile(data.FieldsOfAction)
	if err != nil {
		return survey.Known{}, fmt.Errorf("read fields of action: %w", err)
	}
	fields, findings := catalogue.ReadFields(data.FieldsOfAction, content)
	if findings.Fatal() {
		return survey.Known{}, findings
	}
	assets, err := fs.Sub(web.Assets, "assets")
	if err != nil {
		return survey.Known{}, err
	}
	pictograms, err := server.Pictograms(assets)
	return survey.Known{Fields: fields.Keys(), Pictograms: pictograms}, err
}

// areas returns the shipped areas.
func areas() (*catalogue.Areas, error) {
	content, err := data.Files.ReadFile(data.Areas)
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	list, findings := catalogue.ReadAreas(data.Areas, content)
	if findings.Fatal() {
		return nil, findings
	}
	return list, nil
}
