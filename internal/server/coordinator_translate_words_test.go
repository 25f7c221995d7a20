package server

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// TestTranslateWords: the pages for translators say nothing that has no words,
// and there are no words that nothing says.
func TestTranslateWords(t *testing.T) {
	known := testinput.Phrases(t, "translate", "de")
	if english := testinput.Phrases(t, "translate", "en"); len(known) < 100 || len(english) != len(known) {
		t.Fatalf("%d words in German, %d in English", len(known), len(english))
	}
	literal := regexp.MustCompile(`"(translate\.[a-z_.]*[a-z]|error\.[a-z_]+)"`)
	used := map[string]bool{}
	for _, pattern := range []string{"internal/server/coordinator_translate*.go", "internal/survey/*.go", "internal/xlsform/handover.go", "internal/store/translations.go", "web/templates/desk*.html"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, found := range literal.FindAllStringSubmatch(string(content), -1) {
				switch key := found[1]; {
				case known[key] != nil:
					used[key] = true
				case known["finding."+key] != nil:
					used["finding."+key], used["finding."+key+".cure"] = true, true
				case strings.HasPrefix(key, "translate.") && key != "translate.css" && key != "translate.js" && key != "translate.name.":
					t.Errorf("%s says %s, which has no words", file, key)
				}
			}
		}
	}
	for _, one := range survey.Standings() {
		used["translate.standing."+string(one)] = true
	}
	for _, one := range []survey.Verdict{survey.Unchanged, survey.Untouched, survey.Filled, survey.Rewritten, survey.Confirmed, survey.Clashing} {
		used["translate.verdict."+string(one)] = true
	}
	for _, kind := range []string{"title", "description", "choice", "heading", "note", "label", "hint", "guidance_hint", "required_message", "constraint_message"} {
		used["translate.kind."+kind] = true
	}
	for _, tag := range i18n.Respondents() {
		used["translate.name."+tag] = true
	}
	for _, action := range account.Actions() {
		used["desk.audit.action."+string(action)] = true
	}
	for key := range known {
		if !used[key] {
			t.Errorf("nothing says %s", key)
		}
	}
	for key := range used {
		if strings.HasPrefix(key, "translate.") && known[key] == nil {
			t.Errorf("%s has no words", key)
		}
	}
}
