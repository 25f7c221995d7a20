package export_test

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

// TestEveryWordIsThere holds the message files to the sources: nothing missing,
// nothing left over.
func TestEveryWordIsThere(t *testing.T) {
	used := map[string]bool{}
	literal := regexp.MustCompile(`"(export\.[a-z_.]*[a-z_])"`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range literal.FindAllStringSubmatch(string(content), -1) {
			if !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(match[1], "export.left_out.") { // those are the import's
				used[match[1]] = true
			}
		}
	}
	for prefix, names := range map[string]string{ // what the sources put together
		"variable": "row instance parent number day language area institution_type institution duration",
		"duration": "1 2 3 4 5 6",
		"kind":     "text number choice choices order date month year time date_time",
		"open":     "source page period day purpose n licence method chance table hidden formulas",
		"codebook": "sheet variable label type value value_label missing_heading",
	} {
		for name := range strings.FieldsSeq(names) {
			used["export."+prefix+"."+name] = true
		}
	}
	want := slices.Sorted(maps.Keys(used))
	for _, language := range []string{"de", "en"} {
		if got := slices.Sorted(maps.Keys(testinput.Messages(t, "export", language))); !slices.Equal(got, want) {
			t.Errorf("%s has\n%v, want\n%v", language, got, want)
		}
	}
}
