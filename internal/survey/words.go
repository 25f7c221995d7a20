package survey

import (
	"regexp"
	"slices"
	"strings"
)

// SplitType takes "select_one list" apart.
func SplitType(cell string) (Type, string) {
	words := strings.Fields(cell)
	if len(words) == 0 {
		return "", ""
	}
	return Type(words[0]), strings.Join(words[1:], " ")
}

// NormalRequired turns the many ways of saying yes into "yes" and those of
// saying no into "". Anything else is an expression and comes back as it is.
func NormalRequired(cell string) string {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "yes", "true", "true()", "1":
		return "yes"
	case "", "no", "false", "false()", "0":
		return ""
	}
	return strings.TrimSpace(cell)
}

var functionCall = regexp.MustCompile(`^[a-z][a-z0-9:-]*\(.*\)$`)

// DynamicDefault tells whether a default is an expression to be evaluated: it
// refers to a question or is one function call. "Bochum (Mitte)" is neither.
func DynamicDefault(text string) bool {
	text = strings.TrimSpace(text)
	return strings.Contains(text, "${") || functionCall.MatchString(text)
}

// nearest returns the known word that a typing error most likely meant, ""
// when none is near.
func nearest(word string, known []string) string {
	best, distance := "", len(word)/2+1
	slices.Sort(known)
	for _, candidate := range known {
		if d := editDistance(strings.ToLower(word), candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// editDistance is Levenshtein's (1966): insertions, deletions, replacements.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost = 1 + min(previous, row[j], row[j+1])
			}
			previous, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
