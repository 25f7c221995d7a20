package server

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/testinput"
)

// TestOutletsWords: the rooms of jobs, of data in and out and of publishing have the same
// messages in German and English, with the same placeholders, none empty; every
// key that their code and pages name has words, and every message is named.
func TestOutletsWords(t *testing.T) {
	used := regexp.MustCompile(`"((?:outlets|jobs|publish)\.[a-z_.]*[a-z])["+. ]`)
	named := map[string]bool{}
	for _, pattern := range []string{"coordinator_*.go", "../../web/templates/desk*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range used.FindAllStringSubmatch(string(content), -1) {
				if !strings.HasSuffix(found[1], ".css") {
					named[found[1]] = true
				}
			}
		}
	}
	german, english := testinput.Phrases(t, "outlets", "de"), testinput.Phrases(t, "outlets", "en")
	for _, room := range []string{"jobs", "publish"} {
		maps.Copy(german, testinput.Phrases(t, room, "de"))
		maps.Copy(english, testinput.Phrases(t, room, "en"))
	}
	for key, forms := range german {
		if !slices.Equal(slices.Sorted(maps.Keys(forms)), slices.Sorted(maps.Keys(english[key]))) {
			t.Errorf("%s has other forms in English", key)
			continue
		}
		for form, text := range forms {
			other := english[key][form]
			if strings.TrimSpace(text) == "" || strings.TrimSpace(other) == "" || !slices.Equal(testinput.Placeholders(text), testinput.Placeholders(other)) {
				t.Errorf("%s (%s): %q, %q", key, form, text, other)
			}
		}
		begins := func(one string) bool { return one == key || strings.HasPrefix(key, one+".") }
		known := strings.HasPrefix(key, "error.") || strings.HasPrefix(key, "desk.audit.action.")
		if !known && !slices.ContainsFunc(slices.Collect(maps.Keys(named)), begins) {
			t.Errorf("nothing says %s", key)
		}
	}
	for key := range english {
		if german[key] == nil {
			t.Errorf("German lacks %s", key)
		}
	}
	for key := range named {
		if german[key] == nil && !slices.ContainsFunc(slices.Collect(maps.Keys(german)), func(one string) bool { return strings.HasPrefix(one, key+".") }) {
			t.Errorf("no words for %s", key)
		}
	}
}
