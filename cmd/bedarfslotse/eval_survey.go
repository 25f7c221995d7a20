package main

import (
	"encoding/json"
	"io"
	"maps"
	"slices"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

const (
	maxAnswers = 10 << 20 // bytes of a document of answers
	maxNesting = 20       // repeats within repeats, where no survey says how many
)

func readAtMost(from io.Reader, name string) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(from, maxAnswers+1))
	if err != nil {
		return nil, failure.Errorf(failure.NotFound, "read %s: %w", name, err)
	}
	if len(content) > maxAnswers {
		return nil, failure.New(failure.TooLarge, "command.eval.too_large", "megabytes", maxAnswers>>20)
	}
	return content, nil
}

// surveyOf makes a survey of the questions that answers name, so that an
// expression can be tried without one: texts and numbers become questions for
// text, lists of texts select_multiple, lists of objects repeats. What is no
// object has no questions; whoever reads the answers then tells what is wrong.
func surveyOf(document []byte) (*survey.Version, error) {
	s := &survey.Survey{ID: "answers", Language: "en"}
	if s.Nodes = questionsOf(s, maxNesting, document); len(s.Nodes) == 0 {
		s.Nodes = []*survey.Node{{Type: survey.Note, Name: "none"}}
	}
	version, found := survey.Compile(s)
	if version == nil {
		found = slices.DeleteFunc(found, func(one failure.Finding) bool { return one.Severity != failure.Fatal })
		for i := range found {
			found[i].File = "--answers"
		}
		return nil, found
	}
	return version, nil
}

// questionsOf makes the questions of one level, of all instances of a repeat
// together.
func questionsOf(s *survey.Survey, levels int, documents ...json.RawMessage) []*survey.Node {
	values := map[string][]json.RawMessage{}
	for _, document := range documents {
		var members map[string]json.RawMessage
		if json.Unmarshal(document, &members) != nil {
			continue
		}
		for name, value := range members {
			values[name] = append(values[name], value)
		}
	}
	var nodes []*survey.Node
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var items []json.RawMessage
		list := false
		for _, value := range values[name] {
			var some []json.RawMessage
			if json.Unmarshal(value, &some) == nil && some != nil {
				items, list = append(items, some...), true
			}
		}
		node := &survey.Node{Type: survey.TextType, Name: name}
		switch {
		case !list:
		case slices.ContainsFunc(items, func(item json.RawMessage) bool { return item[0] == '{' }):
			if levels == 0 {
				break // told as an answer that is no text
			}
			node.Type, node.Children = survey.Repeat, questionsOf(s, levels-1, items...)
		default:
			node.Type, node.List = survey.SelectMultiple, name
			s.Choices = append(s.Choices, choicesOf(name, items))
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// choicesOf makes a list of the choices that were made.
func choicesOf(name string, items []json.RawMessage) *survey.ChoiceList {
	list := &survey.ChoiceList{Name: name}
	for _, item := range items {
		var text string
		known := func(c *survey.Choice) bool { return c.Name == text }
		if json.Unmarshal(item, &text) == nil && !slices.ContainsFunc(list.Choices, known) {
			list.Choices = append(list.Choices, &survey.Choice{Name: text})
		}
	}
	if len(list.Choices) == 0 { // nothing was chosen, and no list may be empty
		list.Choices = []*survey.Choice{{Name: "none"}}
	}
	return list
}
