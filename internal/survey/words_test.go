package survey

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestEveryFindingHasWords looks for the keys in the package's own source and in
// the command that compares a survey with what has been answered, so that a new
// finding without words in both languages fails here.
func TestEveryFindingHasWords(t *testing.T) {
	used := map[string]bool{}
	key := regexp.MustCompile(`"(survey\.[a-z_]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "media/media.go", "media/svg.go", "../../cmd/bedarfslotse/survey_changes.go") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range key.FindAllSubmatch(source, -1) {
			if name := string(match[1]); name != "survey.yaml" {
				used["finding."+name], used["finding."+name+".cure"] = true, true
			}
		}
	}
	if len(used) < 60 {
		t.Fatalf("found only %d keys in the source", len(used))
	}
	for _, language := range []string{"de", "en"} {
		content, err := os.ReadFile("../../locales/survey." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(content, &words); err != nil {
			t.Fatal(err)
		}
		for name := range used {
			if words[name] == "" {
				t.Errorf("%s: %s has no words", language, name)
			}
			delete(words, name)
		}
		for name := range words {
			t.Errorf("%s: %s is used nowhere", language, name)
		}
	}
}
