package server

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)
	usedKey     = regexp.MustCompile(`"((?:respondent|error)\.[a-z_.]*[a-z])"`)
)

// TestRespondentLocales: the same keys, placeholders and complete plural forms
// in every language.
func TestRespondentLocales(t *testing.T) {
	plurals := map[string][]string{"de": {"one", "other"}, "en": {"one", "other"}, "tr": {"one", "other"},
		"uk": {"few", "many", "one", "other"}, "ar": {"few", "many", "one", "other", "two", "zero"}}
	german := messages(t, "de")
	for lang, forms := range plurals {
		own := messages(t, lang)
		for key, forGerman := range german {
			text, ok := own[key]
			if !ok {
				t.Errorf("%s lacks %s", lang, key)
				continue
			}
			for form, one := range text {
				if strings.TrimSpace(one) == "" {
					t.Errorf("%s: %s is empty", lang, key)
				}
				if got, want := names(one), names(forGerman["other"]); !slices.Equal(got, want) {
					t.Errorf("%s: %s (%s) has placeholders %v, not %v", lang, key, form, got, want)
				}
			}
			if len(forGerman) > 1 {
				for _, form := range forms {
					if text[form] == "" {
						t.Errorf("%s: %s lacks the plural form %s", lang, key, form)
					}
				}
			}
		}
		for key := range own {
			if german[key] == nil {
				t.Errorf("%s has %s, which German lacks", lang, key)
			}
		}
	}
}

// TestRespondentKeys: every key that the code and the templates name has words.
func TestRespondentKeys(t *testing.T) {
	german := messages(t, "de")
	var used []string
	for _, pattern := range []string{"*.go", "../response/*.go", "../../web/templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range files {
			base := filepath.Base(name)
			if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "coordinator") || strings.HasPrefix(base, "desk") {
				continue
			}
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range usedKey.FindAllStringSubmatch(string(content), -1) {
				used = append(used, found[1])
			}
		}
	}
	if len(used) < 100 {
		t.Fatalf("only %d keys found", len(used))
	}
	for _, key := range used {
		if german[key] == nil && !german.has(key+".") {
			t.Errorf("no words for %s", key)
		}
	}
}

// phrases holds messages by key and plural form; plain ones have "other".
type phrases map[string]map[string]string

func (c phrases) has(prefix string) bool {
	for key := range c {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func messages(t *testing.T, lang string) phrases {
	t.Helper()
	content, err := os.ReadFile("../../locales/respondent." + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(content, &raw); err != nil {
		t.Fatal(err)
	}
	found := phrases{}
	for key, value := range raw {
		switch text := value.(type) {
		case string:
			found[key] = map[string]string{"other": text}
		case map[string]any:
			found[key] = map[string]string{}
			for form, one := range text {
				found[key][form], _ = one.(string)
			}
		}
	}
	return found
}

func names(text string) []string {
	var found []string
	for _, one := range placeholder.FindAllStringSubmatch(text, -1) {
		found = append(found, one[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}
