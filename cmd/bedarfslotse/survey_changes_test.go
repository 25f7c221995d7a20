package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestImportTellsWhatChangedSinceAnswersWereGiven(t *testing.T) {
	dir := t.TempDir()
	db := "--db=" + filepath.Join(dir, "b.db")
	file := filepath.Join(dir, "s.yaml")
	const first = "id: s\nlanguage: de\ntitle: T\nquestions:\n  - {type: integer, name: n, label: Zahl}\n  - {type: text, name: x, label: X}\n"
	importing := func(text string) (string, int) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr, exit := command(t, "", "survey", "import", db, file)
		return stderr, exit
	}
	retyped := strings.Replace(first, "integer", "decimal", 1)
	if said, exit := importing(first); exit != 0 || strings.Contains(said, "change") {
		t.Fatalf("exit %d: %s", exit, said)
	}
	succeed(t, "wave", "open", db, "--survey", "s", "--slug", "w")
	if said, exit := importing(retyped); exit != 0 || strings.Contains(said, "change") { // nobody has answered yet
		t.Fatalf("exit %d: %s", exit, said)
	}
	address := start(t, "serve", db, "--addr", "127.0.0.1:0")
	if status, answer := post(t, address+"/s/w", url.Values{"submission_id": {"change-0000000000001"}, "n": {"3"}}); status != http.StatusCreated {
		t.Fatalf("%d %v", status, answer)
	}
	said, exit := importing(strings.Replace(first, "Zahl", "Anzahl", 1))
	if exit != 0 || !strings.Contains(said, "1 change since the wave “w”") || !strings.Contains(said, "“Zahl” → “Anzahl”") {
		t.Errorf("reworded: exit %d: %s", exit, said)
	}
	said, exit = importing(retyped)
	if exit != 1 || !strings.Contains(said, "s.yaml:5:12: error: “n” was of type integer in the wave “w”") {
		t.Errorf("another type: exit %d: %s", exit, said)
	}
	if list := succeed(t, "survey", "list", db); strings.Count(list, "s ") == 0 {
		t.Errorf("list:\n%s", list)
	}
}

func TestWaveOpenRefusesAnotherTypeOfAShippedQuestion(t *testing.T) {
	dir := t.TempDir()
	db, library := "--db="+filepath.Join(dir, "b.db"), filepath.Join(dir, "surveys")
	const first = "id: s\nlanguage: de\ntitle: T\nquestions:\n  - {type: integer, name: n, label: Zahl}\n"
	ship := func(text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(library, "s"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(library, "s", "survey.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opening := func(slug string) (string, int) {
		t.Helper()
		_, stderr, exit := command(t, "", "wave", "open", db, "--surveys", library, "--survey", "s", "--slug", slug)
		return stderr, exit
	}
	ship(first)
	if said, exit := opening("one"); exit != 0 {
		t.Fatalf("exit %d: %s", exit, said)
	}
	address := start(t, "serve", db, "--addr", "127.0.0.1:0")
	for _, id := range []string{"change-0000000000001", "change-0000000000002"} {
		if status, answer := post(t, address+"/s/one", url.Values{"submission_id": {id}, "n": {"3"}}); status != http.StatusCreated {
			t.Fatalf("%d %v", status, answer)
		}
	}
	ship(strings.Replace(first, "integer", "decimal", 1))
	said, exit := opening("two")
	if exit != 1 || !strings.Contains(said, "“n” was of type integer in the wave “one”") {
		t.Errorf("another type: exit %d: %s", exit, said)
	}
	ship(strings.Replace(first, "Zahl", "Anzahl", 1))
	said, exit = opening("two")
	if exit != 0 || !strings.Contains(said, "“Zahl” → “Anzahl”") {
		t.Errorf("reworded: exit %d: %s", exit, said)
	}
}
