package survey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// WriteYAML writes a survey with all its languages as one file, which
// [ReadYAML] reads back to the same survey.
func WriteYAML(s *Survey) ([]byte, error) {
	document := yaml.MapSlice{}
	put(&document, "id", s.ID)
	put(&document, "version", s.Version)
	put(&document, "language", s.Language)
	put(&document, "audience", s.Audience)
	put(&document, "style", s.Style)
	put(&document, "allow_choice_duplicates", slices.ContainsFunc(s.Choices, func(l *ChoiceList) bool { return l.AllowDuplicates }))
	put(&document, "title", s.Title[s.Language].Text)
	put(&document, "description", s.Description[s.Language].Text)
	lists := yaml.MapSlice{}
	for _, list := range s.Choices {
		choices := make([]yaml.MapSlice, 0, len(list.Choices))
		for i, choice := range list.Choices {
			var unused []string // columns that a filter names although no choice has a value in them
			if i == 0 {
				unused = list.unusedColumns()
			}
			choices = append(choices, choiceYAML(choice, s.Language, unused))
		}
		lists = append(lists, yaml.MapItem{Key: list.Name, Value: choices})
	}
	if len(lists) > 0 {
		document = append(document, yaml.MapItem{Key: "choices", Value: lists})
	}
	document = append(document, yaml.MapItem{Key: "questions", Value: nodesYAML(s.Nodes, s.Language)})
	translations := yaml.MapSlice{}
	for _, tag := range s.Languages {
		if tag != s.Language {
			translations = append(translations, yaml.MapItem{Key: tag, Value: translationYAML(s, tag)})
		}
	}
	if len(translations) > 0 {
		document = append(document, yaml.MapItem{Key: "translations", Value: translations})
	}
	text, err := yaml.MarshalWithOptions(document, yaml.UseLiteralStyleIfMultiline(true), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write survey %s as YAML: %w", s.ID, err)
	}
	return text, nil
}

// quoted is a text that is written between double quotes, with escapes.
type quoted string

// MarshalYAML writes the text as JSON does, of which YAML 1.2 is a superset.
func (q quoted) MarshalYAML() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(string(q))
	return bytes.TrimSpace(out.Bytes()), err
}

// delicate tells whether the plain and the literal style would lose something:
// tabs, spaces at the edges of lines, a question mark that looks like a key.
func delicate(text string) bool {
	return strings.ContainsAny(text, "\t\r") || strings.HasPrefix(text, "?") || strings.Contains(text, "\n") &&
		(strings.TrimSpace(text) != text || strings.Contains(text, " \n") || strings.Contains(text, "\n "))
}

// put adds a value that is not empty.
func put(to *yaml.MapSlice, key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
		if delicate(v) {
			value = quoted(v)
		}
	case bool:
		if !v {
			return
		}
	case yaml.MapSlice:
		if len(v) == 0 {
			return
		}
	}
	*to = append(*to, yaml.MapItem{Key: key, Value: value})
}

func (l *ChoiceList) unusedColumns() []string {
	return slices.DeleteFunc(slices.Clone(l.Columns), func(column string) bool {
		return slices.ContainsFunc(l.Choices, func(c *Choice) bool { return c.Values[column] != "" })
	})
}

// choiceYAML writes a choice; an empty value in one of the columns declares it.
func choiceYAML(choice *Choice, language string, columns []string) yaml.MapSlice {
	item := yaml.MapSlice{{Key: "name", Value: choice.Name}}
	put(&item, "label", choice.Label[language].Text)
	if choice.Score != nil {
		put(&item, "score", *choice.Score)
	}
	if choice.NonSubstantive {
		item = append(item, yaml.MapItem{Key: "substantive", Value: false})
	}
	put(&item, "pictogram", choice.Pictogram)
	put(&item, "media", mediaYAML(choice.Media))
	values := yaml.MapSlice{}
	for _, name := range sortedKeys(choice.Values) {
		values = append(values, yaml.MapItem{Key: name, Value: choice.Values[name]})
	}
	for _, column := range columns {
		values = append(values, yaml.MapItem{Key: column, Value: ""})
	}
	put(&item, "values", values)
	return item
}

func mediaYAML(media Media) yaml.MapSlice {
	kinds := yaml.MapSlice{}
	for _, kind := range sortedKeys(media) {
		if file, same := media[kind][""]; same && len(media[kind]) == 1 {
			put(&kinds, kind, file)
			continue
		}
		files := yaml.MapSlice{}
		for _, language := range sortedKeys(media[kind]) {
			put(&files, language, media[kind][language])
		}
		put(&kinds, kind, files)
	}
	return kinds
}

func nodesYAML(nodes []*Node, language string) []yaml.MapSlice {
	items := make([]yaml.MapSlice, 0, len(nodes))
	for _, node := range nodes {
		items = append(items, nodeYAML(node, language))
	}
	return items
}

func nodeYAML(node *Node, language string) yaml.MapSlice {
	kind := string(node.Type)
	if node.List != "" {
		kind += " " + node.List
	}
	item := yaml.MapSlice{{Key: "type", Value: kind}, {Key: "name", Value: node.Name}}
	for _, t := range node.texts() {
		put(&item, t.name, (*t.text)[language].Text)
	}
	put(&item, "media", mediaYAML(node.Media))
	put(&item, "required", node.Required)
	put(&item, "relevant", node.Relevant)
	put(&item, "constraint", node.Constraint)
	put(&item, "calculation", node.Calculation)
	put(&item, "default", node.Default)
	put(&item, "trigger", node.Trigger)
	put(&item, "choice_filter", node.ChoiceFilter)
	put(&item, "repeat_count", node.RepeatCount)
	put(&item, "read_only", node.ReadOnly)
	put(&item, "appearance", node.Appearance)
	put(&item, "parameters", node.Parameters)
	if node.Measures != nil {
		put(&item, "measures", yaml.MapSlice{{Key: "field", Value: node.Measures.Field}, {Key: "as", Value: string(node.Measures.As)}})
	}
	put(&item, "sensitive", node.Sensitive)
	put(&item, "attributed", node.Attributed)
	put(&item, "pictogram", node.Pictogram)
	if len(node.Children) > 0 {
		item = append(item, yaml.MapItem{Key: "questions", Value: nodesYAML(node.Children, language)})
	}
	return item
}

func translationYAML(s *Survey, tag string) yaml.MapSlice {
	document := yaml.MapSlice{}
	putPhrase(&document, "title", s.Title, tag)
	putPhrase(&document, "description", s.Description, tag)
	questions := yaml.MapSlice{}
	s.Walk(func(node *Node) bool {
		texts := yaml.MapSlice{}
		for _, t := range node.texts() {
			putPhrase(&texts, t.name, *t.text, tag)
		}
		put(&questions, node.Name, texts)
		return true
	})
	put(&document, "questions", questions)
	lists := yaml.MapSlice{}
	for _, list := range s.Choices {
		choices := yaml.MapSlice{}
		keys := list.keys()
		for i, choice := range list.Choices {
			texts := yaml.MapSlice{}
			putPhrase(&texts, "label", choice.Label, tag)
			put(&choices, keys[i], texts)
		}
		put(&lists, list.Name, choices)
	}
	put(&document, "choices", lists)
	return document
}

func putPhrase(to *yaml.MapSlice, key string, t Text, tag string) {
	phrase, ok := t[tag]
	if !ok {
		return
	}
	item := yaml.MapSlice{}
	put(&item, "text", phrase.Text)
	put(&item, "state", string(phrase.State))
	put(&item, "source", phrase.Source)
	*to = append(*to, yaml.MapItem{Key: key, Value: item})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
