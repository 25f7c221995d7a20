package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bedarfslotse/data"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/server"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
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
	if shipped, readErr := l.shipped(id); readErr != nil || shipped != nil {
		return shipped, readErr
	}
	return nil, err
}

// shipped returns the survey of that id from the library, nil when there is none.
func (l library) shipped(id string) (*survey.Version, error) {
	folders, err := survey.Library(l.fsys())
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		s, findings, err := survey.ReadDir(l.fsys(), folder)
		if err != nil {
			return nil, err
		}
		if s != nil && s.ID == id {
			return compiled(s, findings, folder)
		}
	}
	return nil, nil
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
		known, err := knownNames()
		if err != nil {
			return nil, nil, err
		}
		return usable(xlsform.ReadAny(path, content, xlsform.Options{Known: known, Files: os.DirFS(filepath.Dir(path))}))
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

// knownNames lists the shipped fields of action and pictograms.
func knownNames() (survey.Known, error) {
	fields, err := fieldsOfAction()
	if err != nil {
		return survey.Known{}, err
	}
	assets, err := fs.Sub(web.Assets, "assets")
	if err != nil {
		return survey.Known{}, err
	}
	pictograms, err := server.Pictograms(assets)
	return survey.Known{Fields: fields.Keys(), Pictograms: pictograms}, err
}

// fieldsOfAction returns the shipped taxonomy.
func fieldsOfAction() (*catalogue.Fields, error) {
	content, err := data.Files.ReadFile(data.FieldsOfAction)
	if err != nil {
		return nil, fmt.Errorf("read fields of action: %w", err)
	}
	fields, findings := catalogue.ReadFields(data.FieldsOfAction, content)
	if findings.Fatal() {
		return nil, findings
	}
	return fields, nil
}

// areas returns the shipped areas and those that the municipality has added.
func areas(ctx context.Context, db *store.DB) (*catalogue.Areas, error) {
	content, err := data.Files.ReadFile(data.Areas)
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	known, findings := catalogue.ReadAreas(data.Areas, content)
	if findings.Fatal() {
		return nil, findings
	}
	added, _, err := db.Areas(ctx)
	if err != nil {
		return nil, err
	}
	_ = known.Add(added) // the server's log tells which contradict the shipped ones
	return known, nil
}

// places are the areas and types of institution by which figures are divided.
func places(ctx context.Context, db *store.DB) ([]catalogue.Area, []string, error) {
	known, err := areas(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	types, err := institutionTypes()
	if err != nil {
		return nil, nil, err
	}
	var slugs []string
	for _, one := range types.All() {
		slugs = append(slugs, one.Slug)
	}
	return known.All(), slugs, nil
}
