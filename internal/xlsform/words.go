package xlsform

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText is a cell as respondents are to see it: without white space and
// invisible signs at its ends and with "\n" between lines. What lies between
// stays as written, since two spaces before a line break and no-break spaces
// inside a sentence carry meaning.
func cleanText(cell string) string {
	cell = strings.ReplaceAll(cell, "\r\n", "\n")
	cell = strings.ReplaceAll(cell, "\r", "\n")
	return strings.TrimFunc(withoutControls(cell), blank)
}

// blank tells whether a rune at the end of a cell is there by accident. The
// marks of writing direction are not: they belong to the text.
func blank(r rune) bool { return unicode.IsSpace(r) || r == '\u200B' || r == '\uFEFF' }

// withoutControls drops what no text holds: control characters other than tab
// and line break, and bytes that are no UTF-8.
func withoutControls(cell string) string {
	if !hasControls(cell) {
		return cell
	}
	return strings.Map(func(r rune) rune {
		if control(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(cell, ""))
}

func hasControls(cell string) bool {
	return !utf8.ValidString(cell) || strings.ContainsFunc(cell, control)
}

func control(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }

// cleanWord is a cell that holds a name or a keyword: one line, single spaces.
func cleanWord(cell string) string {
	return strings.Join(strings.FieldsFunc(withoutControls(cell), blank), " ")
}

// cleanChoice is a cell that names a choice: like [cleanWord], but spaces inside
// the name count, each for itself, as answers hold them.
func cleanChoice(cell string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if blank(r) {
			return ' '
		}
		return r
	}, withoutControls(cell)))
}

// cleanExpression is a cell that holds an expression, with the quotes and
// spaces that word processors put in turned back into those of the language.
// Quotes inside a text literal belong to that literal and stay. A cell that
// the spreadsheet program took for a truth value becomes one of the language.
func cleanExpression(cell string) string {
	switch strings.ToLower(cleanWord(cell)) {
	case "true", "false":
		return strings.ToLower(cleanWord(cell)) + "()"
	}
	var out strings.Builder
	var closing string // what ends the literal we are in, "" outside of one
	var straight rune  // what stands for its quotes in the output
	for _, r := range cleanText(cell) {
		switch {
		case closing != "" && strings.ContainsRune(closing, r):
			closing = ""
			out.WriteRune(straight)
		case closing != "":
			out.WriteRune(r)
		case r == '\'' || r == '"':
			closing, straight = string(r), r
			out.WriteRune(r)
		case strings.ContainsRune("‘’‚‛", r):
			closing, straight = "‘’'", '\''
			out.WriteRune('\'')
		case strings.ContainsRune("“”„‟«»", r):
			closing, straight = "“”»«\"", '"'
			out.WriteRune('"')
		case r == '\u200B' || r == '\uFEFF':
		case unicode.IsSpace(r) && r != '\n':
			out.WriteRune(' ')
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// term folds a header or keyword so that its spellings meet: case, hyphens,
// underscores and runs of spaces do not count.
func term(word string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(withoutControls(word)), func(r rune) bool {
		return blank(r) || r == '_' || r == '-'
	}), "_")
}

// yes reads the ways in which authors say yes and no; ok is false when the
// cell says neither.
func yes(cell string) (value, ok bool) {
	switch strings.ToLower(cleanWord(cell)) {
	case "yes", "true", "true()", "1", "ja":
		return true, true
	case "", "no", "false", "false()", "0", "nein":
		return false, true
	}
	return false, false
}

// slug makes an identifier of lower-case ASCII letters, digits, "_" and "-"
// from a title or a file name, "" when nothing is left.
func slug(text string) string {
	replaced := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ç", "c",
		"ş", "s", "ğ", "g", "ı", "i").Replace(strings.ToLower(withoutControls(text)))
	var out strings.Builder
	gap := false
	for _, r := range replaced {
		keep := r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
		if keep && gap && out.Len() > 0 {
			out.WriteByte('-')
		}
		if keep {
			out.WriteRune(r)
		}
		gap = !keep
	}
	return out.String()
}

// nearest returns the known word that a typing error most likely meant, ""
// when none is near.
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	if len(word) > 60 {
		return ""
	}
	best, closest := "", max(1, len(word)/3)+1
	for _, candidate := range slices.Sorted(slices.Values(known)) {
		if d := distance([]rune(word), []rune(strings.ToLower(candidate))); d < closest {
			best, closest = candidate, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment, after Damerau 1964).
func distance(a, b []rune) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
