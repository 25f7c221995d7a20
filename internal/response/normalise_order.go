package response

import (
	"strconv"
	"strings"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// inRange reads a number that is one of a range's.
func inRange(r *survey.Range, text string) ([]string, string, failure.Params) {
	values, key, params := decimal(text)
	if key != "" {
		return nil, key, params
	}
	if !r.Has(values[0]) {
		return nil, "respondent.problem.not_in_range",
			failure.Params{"low": r.Low(), "high": r.High(), "step": r.StepText()}
	}
	return values, "", nil
}

// rank reads an order of all choices: their names with spaces between them, as
// they are stored, or from the document without JavaScript a "place:name" for
// each of them.
func rank(e *survey.Element, raw []string) ([]string, string, failure.Params) {
	words := strings.Fields(strings.Join(raw, " "))
	order, key := inOrder(e, words)
	if key != "" {
		order, key = byPlace(e, words)
	}
	if key != "" {
		return nil, key, failure.Params{"choices": len(e.Choices.Choices)}
	}
	return []string{strings.Join(order, " ")}, "", nil
}

// inOrder tells whether the words are choices, each once, and none is missing.
func inOrder(e *survey.Element, words []string) ([]string, string) {
	seen := make(map[string]bool, len(words))
	for _, word := range words {
		if e.ChoiceIndex(word) < 0 || seen[word] {
			return nil, rankProblem
		}
		seen[word] = true
	}
	if len(words) < len(e.Choices.Choices) && e.ChoiceFilter == nil { // a filter is judged with the other answers
		return nil, rankProblem
	}
	return words, ""
}

const rankProblem = "respondent.problem.not_an_order"

// byPlace puts choices in the order of the places they were given.
func byPlace(e *survey.Element, words []string) ([]string, string) {
	order := make([]string, min(len(words), len(e.Choices.Choices)))
	for _, word := range words {
		digits, name, _ := strings.Cut(word, ":")
		place, err := strconv.Atoi(Digits(digits))
		if err != nil || place < 1 || place > len(order) || order[place-1] != "" {
			return nil, rankProblem
		}
		order[place-1] = name
	}
	return inOrder(e, order)
}
