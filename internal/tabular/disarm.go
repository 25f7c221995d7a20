package tabular

import "strings"

// Spreadsheet programs run cells that begin like formulas, and with another
// separator set (the semicolon, where the comma is the decimal sign) any part
// of a cell may become one. [Disarm] puts an apostrophe before the sign that
// would begin a formula; [Rearm] takes exactly that one away again.
//
// Source: OWASP, CSV Injection.

// Disarm makes a text safe to be opened as a cell of a CSV. Plain numbers stay
// as they are.
func Disarm(text string) string {
	if !strings.ContainsAny(text, "=+-@") || plainNumber(text) {
		return text
	}
	var out strings.Builder
	done := 0
	eachTrigger(text, func(at int) {
		out.WriteString(text[done:at])
		out.WriteByte('\'')
		done = at
	})
	out.WriteString(text[done:])
	return out.String()
}

// Rearm undoes [Disarm].
func Rearm(cell string) string {
	if !strings.Contains(cell, "'") {
		return cell
	}
	var out strings.Builder
	done := 0
	eachTrigger(cell, func(at int) {
		if at > 0 && cell[at-1] == '\'' {
			out.WriteString(cell[done : at-1])
			done = at
		}
	})
	out.WriteString(cell[done:])
	return out.String()
}

// eachTrigger visits the signs that would begin a formula: at the start of the
// text, of a line or behind another separator, quotation marks not counted.
func eachTrigger(text string, visit func(at int)) {
	start := true
	for i := range len(text) {
		switch text[i] {
		case ';', '\t', '\n', '\r', '|':
			start = true
		case '\'', '"':
		case '=', '+', '-', '@':
			if start {
				visit(i)
			}
			start = false
		default:
			start = false
		}
	}
}

// plainNumber recognises what normalised answers look like.
func plainNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	return whole != "" && strings.Trim(whole, "0123456789") == "" &&
		(!point || fraction != "" && strings.Trim(fraction, "0123456789") == "")
}
