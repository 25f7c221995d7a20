package testinput

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"bedarfslotse/internal/failure"
)

// Messages reads the message files of one room of the house, or of all rooms
// for "*", in one language: key → text with placeholders.
func Messages(t testing.TB, room, language string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(t), "locales", room+"."+language+".json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no message files for %s in %s (%v)", room, language, err)
	}
	all := make(map[string]string)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]any
		if err := json.Unmarshal(content, &raw); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for key, value := range raw {
			if text, ok := value.(string); ok { // plural forms are objects
				all[key] = text
			}
		}
	}
	return all
}

// CheckFindings fails the test unless every finding has a sentence and a cure
// in German and English and carries a value for every placeholder in them.
func CheckFindings(t testing.TB, found failure.Findings) {
	t.Helper()
	if len(found) == 0 {
		return
	}
	for _, language := range []string{"de", "en"} {
		messages := Messages(t, "*", language)
		for _, one := range found {
			for _, key := range []string{"finding." + one.Key, "finding." + one.Key + ".cure"} {
				parsed, err := template.New(key).Option("missingkey=error").Parse(messages[key])
				if err != nil || messages[key] == "" {
					t.Errorf("%s: message %s: %q, %v", language, key, messages[key], err)
					continue
				}
				var sentence strings.Builder
				if err := parsed.Execute(&sentence, map[string]any(one.Params)); err != nil {
					t.Errorf("%s: message %s: %v", language, key, err)
				}
			}
		}
	}
}
