package survey

import (
	"regexp"
	"slices"
	"strings"

	"bedarfslotse/internal/expression"
)

// spacedChoices judges choices whose names hold white space. Where one is
// chosen they do no harm; several are joined by spaces and could not be told
// apart again, and what a control sends is trimmed.
func (c *compiler) spacedChoices() {
	joined := map[*ChoiceList]*Element{} // the first question that joins names of the list
	for _, e := range c.version.Elements {
		if (e.Type == SelectMultiple || e.Type == Rank) && e.Choices != nil && joined[e.Choices] == nil {
			joined[e.Choices] = e
		}
	}
	for _, list := range c.version.Survey.Choices {
		if c.lists[list.Name] != list {
			continue // a second list of that name
		}
		keys := map[string]bool{}
		for i, key := range list.keys() {
			choice := list.Choices[i]
			switch {
			case !strings.ContainsAny(choice.Name, " \t\r\n"):
			case joined[list] != nil:
				c.find(choice.Position, "survey.choice_with_space", "list", list.Name, "choice", choice.Name,
					"question", joined[list].Name, "type", string(joined[list].Type))
			case choice.Name != strings.TrimSpace(choice.Name) || strings.ContainsAny(choice.Name, "\t\r\n") || keys[key]:
				c.find(choice.Position, "survey.choice_white_space", "list", list.Name, "choice", choice.Name)
			default:
				c.warn(choice.Position, "survey.choice_spaced", "list", list.Name, "choice", choice.Name)
			}
			keys[key] = true
		}
	}
}

// itemCall is a function that takes an answer apart at its spaces.
var itemCall = regexp.MustCompile(`(selected|selected-at|count-selected)\s*\(\s*(?:\$\{\s*([^{}$]*?)\s*\}|(\.)\s*[,)])`)

// spacedItems finds functions that would take the name of one choice for
// several.
func (c *compiler) spacedItems(e *Element, property string, tree *expression.Tree) {
	for _, match := range itemCall.FindAllStringSubmatch(tree.Source(), -1) {
		of := e
		if match[3] == "" {
			of = c.version.byName[match[2]]
		}
		if of == nil || of.Type != SelectOne || of.Choices == nil {
			continue
		}
		if at := of.Choices.mistakable(match[1] == "selected"); at != nil {
			c.find(e.Place(property), "survey.choice_taken_apart", "name", e.Name, "property", property,
				"function", match[1]+"()", "choice", at.Name, "question", of.Name)
		}
	}
}

// mistakable returns the first choice with a space in its name; with another
// only one of which a word is the name of another choice.
func (l *ChoiceList) mistakable(another bool) *Choice {
	for _, choice := range l.Choices {
		words := strings.Fields(choice.Name)
		if len(words) > 1 && (!another || slices.ContainsFunc(l.Choices, func(o *Choice) bool { return slices.Contains(words, o.Name) })) {
			return choice
		}
	}
	return nil
}
