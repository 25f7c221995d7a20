package response

import (
	"strconv"
	"strings"
	"unicode"

	"bedarfslotse/internal/survey"
)

// Typed turns what somebody types from a paper form into the values that [Read]
// takes. Choices are typed by their numbers in the list, from 1: one number for
// one choice, several with spaces, commas or dots between them for several (or
// one after the other where there are fewer than ten choices), for an order the
// first choice first. Choices may be typed by their names as well, and a day as
// 1.3.2026. Everything else is typed as it stands on the paper. It returns false
// for numbers that no choice has.
func Typed(e *survey.Element, text string) (values []string, ok bool) {
	raw := strings.TrimSpace(text)
	text = strings.TrimSpace(Digits(raw))
	switch {
	case text == "":
		return nil, true
	case e.Type == survey.Acknowledge:
		yes, known := truth(text)
		if !yes {
			return nil, known
		}
		return []string{AcknowledgeValue}, true
	case e.Type == survey.Date && e.Precision() == survey.Day:
		return []string{dayOf(raw)}, true
	case e.Choices == nil || e.ChoicesFrom != nil:
		return []string{raw}, true // to be normalised as everything
	case e.Type == survey.SelectOne:
		name, ok := typedChoice(e, text)
		return []string{name}, ok
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",.;+", r) })
	if len(words) == 1 && len(e.Choices.Choices) < 10 && strings.Trim(words[0], "0123456789") == "" {
		words = strings.Split(words[0], "")
	}
	for _, word := range words {
		name, ok := typedChoice(e, word)
		if !ok {
			return nil, false
		}
		values = append(values, name)
	}
	if e.Type == survey.Rank {
		values = []string{strings.Join(values, " ")}
	}
	return values, true
}

// typedChoice finds the choice that a number in the list or a name means. Where
// names are numbers, the number on the paper is the place in the list.
func typedChoice(e *survey.Element, word string) (string, bool) {
	number, err := strconv.Atoi(word)
	switch {
	case err == nil && number >= 1 && number <= len(e.Choices.Choices):
		return e.Choices.Choices[number-1].Name, true
	case err != nil && e.ChoiceIndex(word) >= 0:
		return word, true
	}
	return "", false
}

// Retyped is the reverse of [Typed]: how values would have been typed.
func Retyped(e *survey.Element, values []string) string {
	if e.Choices == nil || e.ChoicesFrom != nil {
		return strings.Join(values, " ")
	}
	if e.Type == survey.Rank && len(values) == 1 {
		values = strings.Fields(values[0])
	}
	numbers := make([]string, 0, len(values))
	for _, name := range values {
		numbers = append(numbers, strconv.Itoa(e.ChoiceIndex(name)+1))
	}
	return strings.Join(numbers, " ")
}
