package expression

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/template"
)

func readMessages(t *testing.T, language string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "locales", "expression."+language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var messages map[string]string
	if err := json.Unmarshal(text, &messages); err != nil {
		t.Fatal(err)
	}
	return messages
}

// usedKeys finds the keys that the package's source names.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	pattern := regexp.MustCompile(`refuse\(.*"(expression\.[a-z0-9_]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range pattern.FindAllStringSubmatch(string(text), -1) {
			keys[found[1]] = true
		}
	}
	return keys
}

func TestMessages(t *testing.T) {
	keys := usedKeys(t)
	if len(keys) < 30 {
		t.Fatalf("only %d keys found: %v", len(keys), keys)
	}
	for _, language := range []string{"de", "en"} {
		messages := readMessages(t, language)
		for key := range keys {
			for _, id := range []string{"finding." + key, "finding." + key + ".cure"} {
				if strings.TrimSpace(messages[id]) == "" {
					t.Errorf("%s: %s is missing", language, id)
				}
			}
		}
		for id := range messages {
			key := strings.TrimSuffix(strings.TrimPrefix(id, "finding."), ".cure")
			if !keys[key] {
				t.Errorf("%s: nobody uses %s", language, id)
			}
		}
	}
}

// TestMessagesFillIn refuses something for every key and writes the sentences.
func TestMessagesFillIn(t *testing.T) {
	sources := []string{
		strings.Repeat(" ", MaxLength+1), strings.Repeat("(", MaxDepth+1), "'\xff'",
		"regex(., '" + strings.Repeat("a", 2000) + "')",
	}
	for _, c := range readCases(t).Errors {
		sources = append(sources, c.Expr)
	}
	unseen := usedKeys(t)
	german, english := readMessages(t, "de"), readMessages(t, "en")
	refusals := map[string]error{}
	for _, source := range sources {
		_, refusals[source] = Parse(source)
	}
	for _, row := range []Row{
		{Operator: Less, Value: "many", Literal: NumberLiteral}, {Operator: Equal, Literal: TextLiteral},
		{Operator: Equal, Value: `it's "so"`, Literal: TextLiteral},
	} {
		_, refusals[row.Value] = Rows{Rows: []Row{row}}.Source()
	}
	for source, err := range refusals {
		var refused *Error
		if !errors.As(err, &refused) {
			t.Fatalf("%q: %v", source, err)
		}
		delete(unseen, refused.Key)
		for _, messages := range []map[string]string{german, english} {
			for _, id := range []string{"finding." + refused.Key, "finding." + refused.Key + ".cure"} {
				sentence, err := template.New(id).Option("missingkey=error").Parse(messages[id])
				if err == nil {
					err = sentence.Execute(io.Discard, map[string]any(refused.Params))
				}
				if err != nil {
					t.Errorf("%q: %v", messages[id], err)
				}
			}
		}
	}
	if len(unseen) > 0 {
		t.Errorf("no case for %v", unseen)
	}
	for id := range german {
		if german[id] == english[id] {
			t.Errorf("%s is not translated", id)
		}
	}
}
