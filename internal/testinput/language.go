package testinput

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"
)

var (
	markup     = regexp.MustCompile(`\{\{[^}]*\}\}|\$\{[^}]*\}|https?://\S+|\S+@\S+|\]\([^)]*\)|application/[a-z-]+`)
	latinWords = regexp.MustCompile(`\((?:\p{Latin}|[^\p{L}()])*\)|\b(?:WCAG|AA|BITV|EN|BGG|NVDA|JAWS|VoiceOver|TalkBack|JavaScript|Apache|Bedarfslotse|cookies?)\b|` +
		`\b(?:codes create|wave open) --\w+|\*\*Nummer gegen Kummer\*\*`)
)

// CheckScript fails where letters of a text are not of its language's script:
// a word left in another language, or a letter that only looks right. German
// words may stand in brackets, and a few names everywhere; placeholders,
// addresses and Markdown's targets are no words.
func CheckScript(t testing.TB, tag, key, text string) {
	t.Helper()
	found, _ := language.Make(tag).Script()
	script := map[string]*unicode.RangeTable{"Latn": unicode.Latin, "Cyrl": unicode.Cyrillic, "Arab": unicode.Arabic,
		"Ethi": unicode.Ethiopic}[found.String()]
	if script == nil {
		t.Fatalf("unknown script %s", found)
	}
	foreign := func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(script, r) }
	words := markup.ReplaceAllString(text, "")
	if strings.ContainsFunc(latinWords.ReplaceAllString(words, ""), foreign) {
		t.Errorf("%s: %s is not all in the script %s: %q", tag, key, found, text)
	}
	if strings.ContainsFunc(words, unicode.IsLetter) && !strings.ContainsFunc(words, func(r rune) bool { return unicode.Is(script, r) }) {
		t.Errorf("%s: %s has no word in the script %s: %q", tag, key, found, text)
	}
}

// CheckCopies fails for texts that two languages share under one key: they were
// most likely never translated. Languages of one base may share, as de-simple
// does with de, and so may what stands in alike; that too fails when it is not
// needed. The texts are given by language, key and anything below it.
func CheckCopies(t testing.TB, all map[string]map[string][]string, alike ...string) {
	t.Helper()
	base := func(tag string) string { own, _, _ := strings.Cut(tag, "-"); return own }
	needed := map[string]bool{}
	tags := slices.Sorted(maps.Keys(all))
	for at, tag := range tags {
		for _, other := range tags[at+1:] {
			if base(tag) == base(other) {
				continue
			}
			for key, texts := range all[tag] {
				for _, one := range texts {
					if !slices.Contains(all[other][key], one) {
						continue
					}
					if needed[one] = true; !slices.Contains(alike, one) {
						t.Errorf("%s is the same in %s and %s: %q", key, tag, other, one)
					}
				}
			}
		}
	}
	for _, text := range alike {
		if !needed[text] {
			t.Errorf("%q is allowed to be the same in two languages, but never is", text)
		}
	}
}

// Placeholders returns the placeholders in a text, each once and sorted:
// {{.Name}} of messages and ${name} of surveys.
func Placeholders(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(text, -1))))
}

var placeholder = regexp.MustCompile(`\{\{\s*\.\w+\s*\}\}|\$\{[^}]*\}`)

// Phrases reads one message file: key → plural form → text, with "other" for
// what has no forms.
func Phrases(t testing.TB, room, tag string) map[string]map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(Root(t), "locales", room+"."+tag+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(content, &raw); err != nil {
		t.Fatalf("%s.%s.json: %v", room, tag, err)
	}
	found := map[string]map[string]string{}
	for key, value := range raw {
		switch text := value.(type) {
		case string:
			found[key] = map[string]string{"other": text}
		case map[string]any:
			found[key] = map[string]string{}
			for form, one := range text {
				found[key][form], _ = one.(string)
			}
		default:
			t.Fatalf("%s.%s.json: %s holds neither a text nor plural forms", room, tag, key)
		}
	}
	return found
}
