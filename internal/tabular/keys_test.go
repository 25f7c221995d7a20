package tabular

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

// TestEveryKeyHasItsSentences holds the message files to the code: nothing
// missing, nothing left over, the same placeholders in both languages. The
// files also hold the words of the rooms that read tables and catalogues.
func TestEveryKeyHasItsSentences(t *testing.T) {
	used := make(map[string]bool)
	for _, key := range append(keys(), usedKeys(t)...) {
		used["finding."+key], used["finding."+key+".cure"] = true, true
	}
	german, english := testinput.Messages(t, "tabular", "de"), testinput.Messages(t, "tabular", "en")
	for key := range used {
		if german[key] == "" || english[key] == "" {
			t.Errorf("%s: German %q, English %q", key, german[key], english[key])
		}
	}
	placeholder := regexp.MustCompile(`{{[^}]*}}`)
	for _, messages := range []map[string]string{german, english} {
		for key := range messages {
			if !used[key] {
				t.Errorf("%s is not used", key)
			}
			if german[key] == english[key] {
				t.Errorf("%s is the same in both languages", key)
			}
			de, en := placeholder.FindAllString(german[key], -1), placeholder.FindAllString(english[key], -1)
			if slices.Sort(de); !slices.Equal(de, slices.Sorted(slices.Values(en))) {
				t.Errorf("%s: placeholders %v and %v", key, de, en)
			}
		}
	}
}

// usedKeys finds the message keys in the sources of this package and of those
// whose words stand in the same files.
func usedKeys(t *testing.T) []string {
	t.Helper()
	found := make(map[string]bool)
	literal := regexp.MustCompile(`"((?:tabular|catalogue|institution)\.[a-z_]+)"`)
	for _, pattern := range []string{"tabular/*.go", "catalogue/*.go", "fieldwork/institution*.go"} {
		files, err := filepath.Glob(filepath.Join(testinput.Root(t), "internal", filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range literal.FindAllStringSubmatch(string(content), -1) {
				found[match[1]] = true
			}
		}
	}
	for _, key := range keys() {
		if !found[key] {
			t.Errorf("%s is listed but not in the sources", key)
		}
		delete(found, key)
	}
	for key := range found {
		if strings.HasPrefix(key, "tabular.") {
			t.Errorf("%s is used but not listed", key)
		}
	}
	return slices.Collect(maps.Keys(found))
}
