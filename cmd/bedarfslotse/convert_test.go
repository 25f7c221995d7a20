package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/testinput"
)

// The survey goes YAML → XLSForm → YAML and comes out as it went in; stored, it
// is the same content under the same hash.
func TestConvertBothWaysLosesNothing(t *testing.T) {
	dir := t.TempDir()
	db := "--db=" + filepath.Join(dir, "b.db")
	file := func(name string) string { return filepath.Join(dir, name) }
	succeed(t, "survey", "export", db, "families", file("direct.yaml"))
	succeed(t, "survey", "export", db, "families", file("direct.xlsx"))
	succeed(t, "convert", filepath.Join(testinput.Root(t), "surveys", "families"), file("families.xlsx"))
	for _, form := range []string{"families.xlsx", "direct.xlsx"} {
		succeed(t, "convert", file(form), file("back.yaml"))
		if read(t, file("back.yaml")) != read(t, file("direct.yaml")) {
			t.Errorf("%s reads back as another survey", form)
		}
	}
	before := len(strings.Split(succeed(t, "survey", "list", db), "\n"))
	succeed(t, "survey", "import", db, file("families.xlsx"))
	if after := len(strings.Split(succeed(t, "survey", "list", db), "\n")); after != before {
		t.Errorf("%d lines in the list, before %d", after, before)
	}
}

// Whatever a workbook is called, each command looks at its content.
func TestOldWorkbooksAreReadByEveryCommand(t *testing.T) {
	dir := t.TempDir()
	db := "--db=" + filepath.Join(dir, "b.db")
	file := func(name string) string { return filepath.Join(dir, name) }
	samples := filepath.Join(testinput.Root(t), "internal", "tabular", "testdata")
	for to, from := range map[string]string{"old.xls": "form.xls", "old.xlsx": "form.xls", "new.xls": "form.xlsx", "old.txt": "form.xls"} {
		if err := os.WriteFile(file(to), []byte(read(t, filepath.Join(samples, from))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	succeed(t, "convert", file("new.xls"), file("want.yaml"))
	for _, name := range []string{"old.xls", "old.xlsx", "old.txt"} {
		succeed(t, "check", file(name))
		succeed(t, "convert", file(name), file("got.yaml"))
		if read(t, file("got.yaml")) != read(t, file("want.yaml")) {
			t.Errorf("%s is another survey", name)
		}
	}
	succeed(t, "survey", "import", db, file("old.xls"))
	page := file("page.xls")
	if err := os.WriteFile(page, []byte("<html><table><tr><td>type</td></tr></table></html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"check", page}, {"convert", page, file("x.yaml")}, {"survey", "import", db, page},
		{"institutions", "import", db, page}} {
		stdout, stderr, exit := command(t, "", arguments...)
		if said := stdout + stderr; exit == 0 || !strings.Contains(said, ".xlsx") || !strings.Contains(said, "HTML") {
			t.Errorf("%q: exit %d, %s", arguments, exit, said)
		}
	}
}

func TestConvertRefusesOtherFiles(t *testing.T) {
	for _, name := range []string{"x.docx", "x", "x.xls"} {
		out := filepath.Join(t.TempDir(), name)
		_, stderr, exit := command(t, "", "convert", filepath.Join(testinput.Root(t), "surveys", "families"), out)
		if exit != 1 || !strings.Contains(stderr, "must end in .yaml, .xlsx or .zip") {
			t.Errorf("%s: exit %d, %s", name, exit, stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestConvertReadsFoldersOfCSV(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"survey.csv":   "type,name,label::English (en)\nselect_one l,q,Question\n",
		"choices.csv":  "list_name,name,label::English (en)\nl,1,Yes\n",
		"settings.csv": "form_id,form_title\ns,Title\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "s.yaml")
	succeed(t, "convert", dir, out)
	if text := read(t, out); !strings.Contains(text, "id: s\n") || !strings.Contains(text, "select_one l") {
		t.Errorf("converted to\n%s", text)
	}
}
