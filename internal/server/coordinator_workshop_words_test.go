package server

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

var workshopKey = regexp.MustCompile(`"((?:workshop|error\.edit|error\.working)[._][a-z_.]*[a-z])"`)

// TestWorkshopWords: every key that the workshop names has words in both
// languages with the same placeholders, those that are put together as well.
func TestWorkshopWords(t *testing.T) {
	german, english := phrases(testinput.Phrases(t, "workshop", "de")), phrases(testinput.Phrases(t, "workshop", "en"))
	checkKeys(t, english, german)
	checkPlurals(t, english, german, []string{"one", "other"})
	used := map[string]bool{}
	for _, pattern := range []string{"coordinator_workshop*.go", "../survey/edit*.go", "../store/workings*.go", "../../web/templates/desk_workshop*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range files {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range workshopKey.FindAllStringSubmatch(string(content), -1) {
				used[found[1]] = found[1] != "workshop.css" && found[1] != "workshop.js"
			}
		}
	}
	for _, kind := range survey.Types() {
		used["workshop.type."+string(kind)] = true
		for _, look := range survey.Appearances(kind) {
			used["workshop.look."+look] = true
		}
		for _, parameter := range survey.ParameterNames(kind) {
			used["workshop.parameter."+parameter] = true
		}
	}
	for _, aspect := range survey.Aspects() {
		used["workshop.aspect."+string(aspect)] = true
	}
	for _, operator := range expression.Operators() {
		used["workshop.operator."+operatorKey(operator)] = true
	}
	for _, name := range append(textNames(), "title", "description") {
		used["workshop.text."+name] = true
	}
	for _, state := range []fieldwork.State{fieldwork.Open, fieldwork.Closed} {
		used["workshop.wave."+string(state)] = true
	}
	for _, kind := range []survey.ChangeKind{survey.Added, survey.Removed, survey.Reworded, survey.Reruled, survey.Rechosen, survey.Retyped,
		survey.Moved, survey.Relooked, survey.Spoken, survey.Silenced, survey.Sourced} {
		used["workshop.change."+string(kind)] = true
	}
	for _, action := range []account.Action{account.WorkingAdded, account.WorkingChanged, account.WorkingDeleted, account.WorkingFixed} {
		used["desk.audit.action."+string(action)] = true
	}
	names, err := Pictograms(os.DirFS("../../web/assets"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		used["workshop.pictogram."+name] = true
	}
	if len(used) < 250 {
		t.Fatalf("only %d keys found", len(used))
	}
	for key, needed := range used {
		if needed && german[key] == nil {
			t.Errorf("no words for %s", key)
		}
	}
}
