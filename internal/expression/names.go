package expression

import "strings"

// workingFunctions are those that functionNamed knows.
const workingFunctions = " abs acos asin atan atan2 base64-decode boolean boolean-from-string ceiling checklist " +
	"coalesce concat contains cos count count-non-empty count-selected current date date-time decimal-date-time " +
	"decimal-time digest ends-with exp exp10 false floor format-date format-date-time if indexed-repeat instance int " +
	"join jr:choice-name jr:itext last local-name log log10 max min name normalize-space not now number once pi " +
	"position pow pulldata random randomize regex round selected selected-at sin sqrt starts-with string " +
	"string-length substr substring substring-after substring-before sum tan today translate true uuid " +
	"weighted-checklist "

// markupFunctions are XPath's functions for documents with identifiers,
// languages and namespaces, which answers have not.
const markupFunctions = " id lang namespace-uri "

// nodeTests look like functions and are steps of a path.
const nodeTests = " comment node processing-instruction text "

// declinedFunctions work on places where people are. This service does not ask
// for those.
const declinedFunctions = " area distance geofence intersects "

// synonym returns what to write here for a function known elsewhere by this
// name, or "".
func synonym(name string) string {
	switch name {
	case "ifelse", "iif", "wenn":
		return "if"
	case "len", "length", "strlen":
		return "string-length"
	case "trim":
		return "normalize-space"
	case "mid":
		return "substring"
	case "concatenate":
		return "concat"
	case "matches", "regexp":
		return "regex"
	case "isselected":
		return "selected"
	case "selectedcount", "countselect":
		return "count-selected"
	case "upper", "lower", "uppercase", "lowercase":
		return "translate"
	case "ifnull", "nvl":
		return "coalesce"
	case "average":
		return "sum"
	case "ceil":
		return "ceiling"
	}
	return ""
}

// lookup finds a function, or says why it cannot be used.
func lookup(called token) (*function, *Error) {
	name := called.text
	if known := functionNamed(name); known != nil {
		return known, nil
	}
	switch word := " " + name + " "; {
	case strings.Contains(markupFunctions, word):
		return nil, refuse(called.start, "expression.function_markup", "name", name)
	case strings.Contains(declinedFunctions, word):
		return nil, refuse(called.start, "expression.function_declined", "name", name)
	case strings.Contains(nodeTests, word):
		return nil, refuse(called.start, "expression.path_node_test", "found", name+"()")
	}
	if suggestion := similarFunction(name); suggestion != "" {
		return nil, refuse(called.start, "expression.unknown_function_similar", "name", shorten(name), "suggestion", suggestion)
	}
	return nil, refuse(called.start, "expression.unknown_function", "name", shorten(name))
}

// similarFunction guesses which function was meant: one that differs in case
// or punctuation, one known elsewhere under this name, or one at most two
// typing errors away. It returns "" when nothing is near.
func similarFunction(name string) string {
	if len(name) > 50 {
		return ""
	}
	plain := plainName(name)
	if elsewhere := synonym(plain); elsewhere != "" {
		return elsewhere
	}
	best, bestDistance := "", min(3, len(plain)/2+1)
	for _, candidate := range strings.Fields(workingFunctions) {
		distance := typingErrors(plain, plainName(candidate))
		if distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

func plainName(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(name))
}

// typingErrors counts the letters to insert, delete, replace or exchange with
// their neighbour (optimal string alignment distance).
func typingErrors(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
