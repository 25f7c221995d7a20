package data_test

import (
	"io/fs"
	"slices"
	"testing"

	"bedarfslotse/data"
)

// TestOnlyNamedFilesAreShipped keeps databases and downloads out of the program.
func TestOnlyNamedFilesAreShipped(t *testing.T) {
	var files []string
	err := fs.WalkDir(data.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{data.Areas, data.FieldsOfAction, data.OtherTypes, data.Schools, data.SchoolTypes, data.SchoolsReadme, data.Indicators, data.SchoolFigures}
	if slices.Sort(want); !slices.Equal(files, want) {
		t.Errorf("shipped %v, want %v", files, want)
	}
}
