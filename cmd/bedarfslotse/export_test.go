package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/testinput"
)

// TestHeavyExportFormatsOfRealAnswers exports the 632 answers that KoboToolbox
// exported in every format, as microdata and in full, with Arabic labels.
func TestHeavyExportFormatsOfRealAnswers(t *testing.T) {
	folder := testinput.Dir(t)
	out := t.TempDir()
	db := "--db=" + filepath.Join(out, "x.db")
	succeed(t, "survey", "import", db, filepath.Join(folder, "xlsform", "reach_assessment_en_ar.xlsx"))
	succeed(t, "wave", "open", db, "--survey", "reach_assessment_en_ar", "--slug", "reach")
	succeed(t, "responses", "import", db, "--wave", "reach", filepath.Join(folder, "kobo", "reach_assessment_responses.csv"))
	const label = "كم عمرك؟" // of a question on the person, which microdata leave out unless chosen
	for _, c := range []struct {
		format, begins string
		look           func(t *testing.T, content []byte) []byte
	}{
		{"csv", "_", func(_ *testing.T, content []byte) []byte { return content }},
		{"sav", "$FL2@(#) SPSS DATA FILE", func(_ *testing.T, content []byte) []byte { return content }},
		{"xlsx", "PK", unpacked},
		{"datapackage", "PK", unpacked},
	} {
		for _, full := range []bool{true, false} {
			file := filepath.Join(out, c.format)
			arguments := []string{"responses", "export", db, "--wave", "reach", "--format", c.format, "--values", "labels", "--language", "ar", "-o", file}
			if full {
				arguments = append(arguments, "--full")
			}
			_, said, exit := command(t, "", arguments...)
			if exit != 0 || !strings.Contains(said, "632 responses written.") || strings.Contains(said, "is a zip") != (c.format == "datapackage") {
				t.Fatalf("%s: %d, %s", c.format, exit, said)
			}
			content, err := os.ReadFile(file)
			if err != nil || !bytes.HasPrefix(content, []byte(c.begins)) {
				t.Fatalf("%s begins with %.20q, %v", c.format, content, err)
			}
			shown := bytes.Contains(c.look(t, content), []byte(label))
			if shown != (full && c.format != "csv") {
				t.Errorf("%s, full %t: the question's Arabic label is there: %t", c.format, full, shown)
			}
		}
	}
	for flag, want := range map[string]string{"--language=fr": "Choose one of the survey's languages: en, ar.", "--format=ods": `must be one of "csv","xlsx","sav","datapackage"`} {
		if _, said, exit := command(t, "", "responses", "export", db, "--wave", "reach", flag); exit == 0 || !strings.Contains(said, want) {
			t.Errorf("%s: %d, %s", flag, exit, said)
		}
	}
	if left, err := filepath.Glob(filepath.Join(out, ".export-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// unpacked returns what is in a zip, all together.
func unpacked(t *testing.T, content []byte) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, file := range archive.File {
		in, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		one, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return slices.Concat(all...)
}
