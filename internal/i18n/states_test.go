package i18n_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

var update = flag.Bool("update", false, "write the states of texts that are new or were translated anew")

// state is one line of states/{tag}.json: "draft 1f0c… 9b2e…".
type state struct {
	word         survey.TranslationState
	source, text string // fingerprints of the German text and of the translation
}

func (s state) String() string { return strings.Join([]string{string(s.word), s.source, s.text}, " ") }

// TestStates: every text of the respondents' interface says how far its
// translation is, of which German text it was made, and which translation was
// meant. README.md tells how to work with it.
func TestStates(t *testing.T) {
	german := respondentPhrases(t, "de")
	for _, tag := range i18n.Respondents() {
		if tag == "de" || tag == "en" { // written together; a test elsewhere keeps their keys alike
			continue
		}
		t.Run(tag, func(t *testing.T) {
			file := filepath.Join(testinput.Root(t), "locales", "states", tag+".json")
			known := readStates(t, file)
			now := map[string]state{}
			for key, text := range respondentPhrases(t, tag) {
				if german[key] != nil {
					now[key] = state{survey.Draft, fingerprint(german[key]), fingerprint(text)}
				}
			}
			if *update {
				renew(known, now)
				writeStates(t, file, known)
			}
			for _, problem := range compare(known, now) {
				t.Error(problem)
			}
		})
	}
}

// respondentPhrases is what respondents read in a language, on the screen, on
// paper, of results and of the public list of offers.
func respondentPhrases(t *testing.T, tag string) map[string]map[string]string {
	t.Helper()
	all := testinput.Phrases(t, "respondent", tag)
	maps.Copy(all, testinput.Phrases(t, "paper", tag))
	maps.Copy(all, testinput.Phrases(t, "results", tag))
	maps.Copy(all, testinput.Phrases(t, "directory", tag))
	return all
}

// fingerprint is that of a text, or of all its plural forms together.
func fingerprint(text map[string]string) string {
	if len(text) == 1 {
		return survey.SourceHash(text["other"])
	}
	var forms []string
	for _, form := range slices.Sorted(maps.Keys(text)) {
		forms = append(forms, form+": "+text[form])
	}
	return survey.SourceHash(strings.Join(forms, "\n"))
}

// renew brings the states up to date as far as nobody has to be asked: what is
// new becomes a draft, and so does a draft whose words were changed; states of
// texts that are gone go. A reviewed text is never touched.
func renew(known, now map[string]state) {
	maps.DeleteFunc(known, func(key string, _ state) bool { _, there := now[key]; return !there })
	for key, is := range now {
		if was, there := known[key]; !there || was.word == survey.Draft && was.text != is.text {
			known[key] = is
		}
	}
}

// compare says what does not agree, and how to mend it.
func compare(known, now map[string]state) []string {
	var found []string
	for _, key := range slices.Sorted(maps.Keys(now)) {
		was, there := known[key]
		is := now[key]
		switch {
		case !there:
			found = append(found, key+" has no state: go test ./internal/i18n -update")
		case was.word == survey.Reviewed && was.text != is.text:
			found = append(found, key+" was reviewed and changed afterwards: have it read again, or delete its state")
		case was.text != is.text:
			found = append(found, key+" was changed: go test ./internal/i18n -update")
		case was.source != is.source:
			found = append(found, key+" is stale, its German text was changed: translate it anew, or delete its state if it still fits")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if _, there := now[key]; !there {
			found = append(found, key+" has a state but no text: go test ./internal/i18n -update")
		}
	}
	return found
}

func readStates(t *testing.T, file string) map[string]state {
	t.Helper()
	content, err := os.ReadFile(file)
	if os.IsNotExist(err) && *update {
		return map[string]state{}
	}
	lines := map[string]string{}
	if err == nil {
		err = json.Unmarshal(content, &lines)
	}
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]state{}
	for key, line := range lines {
		var one state
		if n, _ := fmt.Sscan(line, &one.word, &one.source, &one.text); n != 3 || one.word != survey.Draft && one.word != survey.Reviewed {
			t.Fatalf("%s: %s: %q is not draft or reviewed with two fingerprints", file, key, line)
		}
		known[key] = one
	}
	return known
}

func writeStates(t *testing.T, file string, known map[string]state) {
	t.Helper()
	lines := map[string]string{}
	for key, one := range known {
		lines[key] = one.String()
	}
	content, err := json.MarshalIndent(lines, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(content, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestStatesTellWhatChanged goes through what can happen to a translation.
func TestStatesTellWhatChanged(t *testing.T) {
	is := func(word survey.TranslationState, source, text string) state { return state{word, source, text} }
	for name, test := range map[string]struct {
		was, now map[string]state
		problem  string // before the update; "" for none
		stays    string // after it
	}{
		"agrees":               {was: map[string]state{"k": is("reviewed", "s", "t")}, now: map[string]state{"k": is("draft", "s", "t")}},
		"new":                  {was: map[string]state{}, now: map[string]state{"k": is("draft", "s", "t")}, problem: "no state"},
		"gone":                 {was: map[string]state{"k": is("draft", "s", "t")}, now: map[string]state{}, problem: "no text"},
		"German changed":       {was: map[string]state{"k": is("draft", "s", "t")}, now: map[string]state{"k": is("draft", "s2", "t")}, problem: "stale", stays: "stale"},
		"translated anew":      {was: map[string]state{"k": is("draft", "s", "t")}, now: map[string]state{"k": is("draft", "s2", "t2")}, problem: "changed"},
		"reviewed and stale":   {was: map[string]state{"k": is("reviewed", "s", "t")}, now: map[string]state{"k": is("draft", "s2", "t")}, problem: "stale", stays: "stale"},
		"reviewed and changed": {was: map[string]state{"k": is("reviewed", "s", "t")}, now: map[string]state{"k": is("draft", "s", "t2")}, problem: "reviewed", stays: "reviewed"},
	} {
		check := func(when, want string) {
			got := strings.Join(compare(test.was, test.now), "\n")
			if want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%s, %s: %q, want %q", name, when, got, want)
			}
		}
		check("before", test.problem)
		before := test.was["k"]
		renew(test.was, test.now)
		check("after", test.stays)
		if before.word == survey.Reviewed && test.was["k"] != before {
			t.Errorf("%s: the reviewed state was overwritten", name)
		}
	}
}
