package survey

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bedarfslotse/internal/failure"
)

// ReadDir reads the survey in a folder: survey.yaml, a file {language}.yaml for
// each translation, and the pictures and sounds in the folder media. The survey is nil when there is nothing to work with.
func ReadDir(fsys fs.FS, dir string) (*Survey, failure.Findings, error) {
	name := path.Join(dir, "survey.yaml")
	content, err := readUpTo(fsys, name, maxYAML+1)
	if err != nil {
		return nil, nil, fmt.Errorf("read survey: %w", err)
	}
	s, findings := ReadYAML(name, content)
	if s == nil {
		return nil, findings, nil
	}
	translations, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, nil, fmt.Errorf("list translations: %w", err)
	}
	for _, file := range translations {
		if path.Base(file) == "survey.yaml" {
			continue
		}
		content, err := readUpTo(fsys, file, maxYAML+1)
		if err != nil {
			return nil, nil, fmt.Errorf("read translation: %w", err)
		}
		findings = append(findings, ReadTranslation(s, file, content)...)
	}
	inside, err := fs.Sub(fsys, dir)
	if err != nil {
		return nil, nil, fmt.Errorf("find the files of a survey: %w", err)
	}
	return s, append(findings, ReadFiles(s, inside, name)...), nil
}

// Library lists the folders of fsys that hold a survey.yaml, sorted.
func Library(fsys fs.FS) ([]string, error) {
	files, err := fs.Glob(fsys, "*/survey.yaml")
	if err != nil {
		return nil, fmt.Errorf("list surveys: %w", err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, "/survey.yaml")
	}
	slices.Sort(files)
	return files, nil
}
