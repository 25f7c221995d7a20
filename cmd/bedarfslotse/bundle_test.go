package main

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/testinput"
)

const withMedia = `id: s
language: de
title: T
choices:
  way: [{name: bus, label: Bus, media: {image: bus.png}}, {name: foot, label: zu Fuß, media: {image: foot.svg}}]
questions:
  - {type: select_one way, name: how, label: Wie?, media: {audio: {de: how.wav}, image: missing.png}}
`

// mediaFolder writes the survey above with its files, and returns where.
func mediaFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "media"), 0o700); err != nil {
		t.Fatal(err)
	}
	var bus bytes.Buffer
	if err := png.Encode(&bus, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"survey.yaml": withMedia, "media/bus.png": bus.String(), "media/how.wav": "RIFF\x24\x00\x00\x00WAVEfmt ",
		"media/foot.svg": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPicturesTravel takes a survey with its files from a folder into the
// database, out as a zip, through a spreadsheet and back, and onto the web.
func TestPicturesTravel(t *testing.T) {
	dir := mediaFolder(t)
	out := t.TempDir()
	db := "--db=" + filepath.Join(out, "b.db")
	_, said, exit := command(t, "", "survey", "import", db, dir)
	if exit != 0 || strings.Count(said, "missing.png") != 1 || !strings.Contains(said, "survey.yaml:7:") || !strings.Contains(said, "warning") {
		t.Fatalf("exit %d: %s", exit, said)
	}
	hash := func(path string) string {
		t.Helper()
		version, findings, err := readSurvey(path)
		if err != nil || version == nil {
			t.Fatal(findings, err)
		}
		return version.Hash
	}
	want := hash(dir)
	bundle := filepath.Join(out, "s.zip")
	succeed(t, "survey", "export", db, "s", bundle)
	if got := hash(bundle); got != want {
		t.Errorf("the bundle is another survey")
	}
	// A spreadsheet has no room for files; beside its folder it is the same survey.
	_, said, exit = command(t, "", "survey", "export", db, "s", filepath.Join(out, "s.xlsx"))
	if exit != 0 || !strings.Contains(said, "3 pictures and sounds are not in") {
		t.Errorf("exit %d: %s", exit, said)
	}
	if err := os.Rename(filepath.Join(dir, "media"), filepath.Join(out, "s-media")); err != nil {
		t.Fatal(err)
	}
	if got := hash(filepath.Join(out, "s.xlsx")); got != want {
		t.Errorf("the spreadsheet beside its files is another survey")
	}
	succeed(t, "convert", filepath.Join(out, "s.xlsx"), filepath.Join(out, "again.zip"))
	if got := hash(filepath.Join(out, "again.zip")); got != want {
		t.Errorf("converted, the bundle is another survey")
	}
	if got := hash(zipOf(t, map[string]string{"form/s.xlsx": filepath.Join(out, "s.xlsx"), "form/s-media/bus.png": filepath.Join(out, "s-media", "bus.png"),
		"form/s-media/foot.svg": filepath.Join(out, "s-media", "foot.svg"), "form/media/how.wav": filepath.Join(out, "s-media", "how.wav")})); got != want {
		t.Errorf("zipped with its files, the spreadsheet is another survey")
	}

	succeed(t, "wave", "open", db, "--survey", "s", "--slug", "w")
	address := start(t, "serve", db, "--addr", "127.0.0.1:0")
	_, document := fetch(t, http.DefaultClient, address+"/s/w?lang=de", nil)
	if strings.Count(document, "/media/") != 3 {
		t.Fatalf("%d files are in the document", strings.Count(document, "/media/"))
	}
	for _, part := range strings.Split(document, `src="/media/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if status, body := fetch(t, http.DefaultClient, address+"/media/"+name, nil); status != http.StatusOK || body == "" {
			t.Errorf("%s: status %d, %d bytes", name, status, len(body))
		}
	}
}

// zipOf packs files under other names.
func zipOf(t *testing.T, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.zip")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for name, from := range files {
		into, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := into.Write([]byte(read(t, from))); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnsafeFilesAreRefusedWithTheirPlace(t *testing.T) {
	dir := mediaFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "media", "foot.svg"), []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, exit := command(t, "", "check", dir)
	if exit != 1 || !strings.Contains(out, "survey.yaml:5:60: error: The drawing “foot.svg” contains “<script>”") {
		t.Errorf("exit %d: %s", exit, out)
	}
	_, said, exit := command(t, "", "survey", "import", "--db="+filepath.Join(t.TempDir(), "b.db"), dir)
	if exit != 1 || !strings.Contains(said, "foot.svg") {
		t.Errorf("exit %d: %s", exit, said)
	}
	broken := filepath.Join(t.TempDir(), "broken.zip")
	if err := os.WriteFile(broken, []byte("PK\x03\x04 and nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, exit := command(t, "", "check", broken); exit != 1 || !strings.Contains(out, "broken.zip") || strings.Contains(out, "goroutine") {
		t.Errorf("a broken zip: exit %d: %s", exit, out)
	}
}

// TestRealFormWithoutItsFiles imports the form in which ODK names files of all
// kinds that do not lie beside it: each is told once.
func TestRealFormWithoutItsFiles(t *testing.T) {
	form := filepath.Join(t.TempDir(), "form.xlsx")
	if err := os.WriteFile(form, testinput.Read(t, "xlsform/odk_all_question_types.xlsx"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, said, exit := command(t, "", "survey", "import", "--db="+filepath.Join(t.TempDir(), "b.db"), form)
	if exit != 0 {
		t.Fatalf("exit %d: %s", exit, said)
	}
	told := map[string]int{}
	for _, line := range strings.Split(said, "\n") {
		if _, rest, ok := strings.Cut(line, "warning: The file “"); ok {
			name, _, _ := strings.Cut(rest, "”")
			told[name]++
		}
	}
	t.Log(told)
	if len(told) == 0 {
		t.Fatalf("no file is told:\n%s", said)
	}
	for name, times := range told {
		if times != 1 {
			t.Errorf("%s is told %d times", name, times)
		}
	}
}
