package expression

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a regular expression as XLSForm's authors write it, in Java's
// dialect, made ready for both evaluators: Go's regexp here and JavaScript's
// RegExp with the flag u on the phone. Both match the whole value, as Java's
// matches() does.
//
// The translation writes both dialects side by side and refuses what either of
// them lacks, so that an answer is accepted here exactly if the phone accepts
// it; only \b beside U+017F or U+212A tells them apart under (?i). Differences
// from Java that remain: (?i) folds case in all scripts (Java without its flag u
// only in ASCII, which would leave out umlauts), and "." also takes the
// next-line character U+0085.
//
// A computed pattern is translated here only. The phone takes it as it stands,
// and where the two then disagree, the server's answer counts.
//
// Go's regexp works in linear time. JavaScript's goes back and forth, and an
// author's careless pattern such as (a+)+b may keep a phone busy; the harm ends
// with the respondent's own page.
type pattern struct {
	matcher *regexp.Regexp
	script  string // source for RegExp, anchored
	flags   string // for RegExp
}

const (
	maxPattern  = 1000 // bytes
	maxComputed = 200  // bytes; such a pattern may come from an answer and must be cheap to compile
	maxRepeat   = 1000 // what Go's regexp counts to
)

// compilePattern translates and compiles. An error's offset counts from the
// pattern's beginning.
func compilePattern(source string) (*pattern, *Error) {
	if len(source) > maxPattern {
		return nil, refuse(maxPattern, "expression.regex_too_long", "limit", maxPattern)
	}
	t := translator{source: source}
	t.flags()
	for t.at < len(source) {
		if err := t.next(); err != nil {
			return nil, err
		}
	}
	if open := len(t.groups); open > 0 {
		return nil, t.invalid(t.groups[open-1], "(")
	}
	goFlags, flags := "", "u"
	if t.fold {
		goFlags, flags = "i", "iu"
	}
	if t.dotAll {
		goFlags, flags = goFlags+"s", flags+"s"
	}
	if goFlags != "" {
		goFlags = "(?" + goFlags + ")"
	}
	matcher, err := regexp.Compile(goFlags + "^(?:" + t.forGo.String() + ")$")
	if err != nil { // repetitions within repetitions beyond what Go counts to
		return nil, refuse(0, "expression.regex_repeat", "limit", maxRepeat)
	}
	return &pattern{matcher: matcher, script: "^(?:" + t.forScript.String() + ")$", flags: flags}, nil
}

// translator walks over a pattern once and writes it in both dialects.
type translator struct {
	source    string
	at        int
	forGo     strings.Builder
	forScript strings.Builder
	fold      bool  // (?i)
	dotAll    bool  // (?s)
	groups    []int // where those begin that are still open
	atom      bool  // what stands before can be repeated
}

func (t *translator) rest() string { return t.source[t.at:] }

// both writes what the two dialects share.
func (t *translator) both(text string) {
	t.forGo.WriteString(text)
	t.forScript.WriteString(text)
}

func (t *translator) invalid(offset int, found string) *Error {
	return refuse(offset, "expression.regex_invalid", "found", shorten(found))
}

// takeRune returns the next character and moves on.
func (t *translator) takeRune() rune {
	r, width := utf8.DecodeRuneInString(t.rest())
	t.at += width
	return r
}

// flags reads (?i), (?s) or both at the beginning. JavaScript has no flags
// further inside.
func (t *translator) flags() {
	letters, ok := strings.CutPrefix(t.source, "(?")
	if !ok {
		return
	}
	letters, _, ok = strings.Cut(letters, ")")
	if !ok || letters == "" || strings.Trim(letters, "is") != "" {
		return // a group, or flags that next refuses
	}
	t.fold, t.dotAll = strings.Contains(letters, "i"), strings.Contains(letters, "s")
	t.at = len("(?)") + len(letters)
}

// next translates one element.
func (t *translator) next() *Error {
	start := t.at
	switch r := t.takeRune(); r {
	case '|':
		t.both("|")
		t.atom = false
	case '(':
		return t.group(start)
	case ')':
		if len(t.groups) == 0 {
			return t.invalid(start, ")")
		}
		t.groups = t.groups[:len(t.groups)-1]
		t.both(")")
		t.atom = true
	case '[':
		return t.class(start)
	case '*', '+', '?', '{':
		t.at = start
		return t.quantifier()
	case '^', '$':
		t.both(string(r))
		t.atom = false
	case '.':
		t.dot()
	case '\\':
		return t.escape(start)
	default:
		t.literal(r, false)
		t.atom = true
	}
	return nil
}

// dot excludes the same line ends in both dialects.
func (t *translator) dot() {
	t.forScript.WriteByte('.')
	if t.dotAll {
		t.forGo.WriteByte('.')
	} else {
		t.forGo.WriteString(`[^\n\r\x{2028}\x{2029}]`)
	}
	t.atom = true
}

// group opens a group. Nothing refers back to groups, so none captures.
func (t *translator) group(start int) *Error {
	switch rest := t.rest(); {
	case strings.HasPrefix(rest, "?="), strings.HasPrefix(rest, "?!"),
		strings.HasPrefix(rest, "?<="), strings.HasPrefix(rest, "?<!"):
		return refuse(start, "expression.regex_lookaround", "found", "("+rest[:2+strings.IndexAny(rest[1:], "=!")])
	case strings.HasPrefix(rest, "?>"):
		return refuse(start, "expression.regex_possessive", "found", "(?>")
	case strings.HasPrefix(rest, "?:"):
		t.at += len("?:")
	case strings.HasPrefix(rest, "?<"):
		name, _, ok := strings.Cut(rest[len("?<"):], ">")
		if !ok || name == "" {
			return t.invalid(start, "(?<")
		}
		t.at += len("?<>") + len(name)
	case strings.HasPrefix(rest, "?"):
		flags, _, _ := strings.Cut(rest, ")")
		return refuse(start, "expression.regex_flags", "found", shorten("("+flags+")"))
	}
	t.both("(?:")
	t.groups = append(t.groups, start)
	t.atom = false
	return nil
}

// quantifier reads *, +, ?, {n}, {n,} or {n,m}, each perhaps lazy.
func (t *translator) quantifier() *Error {
	start, length := t.at, 1
	if t.rest()[0] == '{' {
		end := strings.IndexByte(t.rest(), '}')
		if end < 0 {
			return t.invalid(start, "{")
		}
		least, most, ranged := strings.Cut(t.rest()[1:end], ",")
		from, okFrom := digits(least)
		to, okTo := digits(most)
		if least == "" || !okFrom || !okTo || len(least) > 9 || len(most) > 9 || ranged && most != "" && to < from {
			return t.invalid(start, t.rest()[:end+1])
		}
		if max(from, to) > maxRepeat {
			return refuse(start, "expression.regex_repeat", "limit", maxRepeat)
		}
		length = end + 1
	}
	written := t.rest()[:length]
	if !t.atom {
		return t.invalid(start, written)
	}
	t.at += length
	if strings.HasPrefix(t.rest(), "+") {
		return refuse(start, "expression.regex_possessive", "found", written+"+")
	}
	if strings.HasPrefix(t.rest(), "?") {
		t.at++
		written += "?"
	}
	t.both(written)
	t.atom = false
	return nil
}

// escape translates a backslash and what follows, outside of a class.
func (t *translator) escape(start int) *Error {
	if t.rest() == "" {
		return t.invalid(start, `\`)
	}
	t.atom = true
	letter := t.takeRune()
	if set, negated, ok := shorthand(letter); ok {
		t.both("[" + negation(negated) + set.both + "]")
		return nil
	}
	switch letter {
	case 'p', 'P':
		set, err := t.property(start)
		if err != nil {
			return err
		}
		t.forGo.WriteString("[" + negation(letter == 'P') + set.forGo() + "]")
		t.forScript.WriteString("[" + negation(letter == 'P') + set.forScript() + "]")
		return nil
	case 'b', 'B':
		t.both(`\` + string(letter))
		t.atom = false
		return nil
	case 'A':
		t.both("^")
		t.atom = false
		return nil
	case 'z', 'Z':
		t.both("$")
		t.atom = false
		return nil
	case 'Q':
		t.quoted()
		return nil
	}
	r, err := t.escapedRune(start, letter)
	if err == nil {
		t.literal(r, false)
	}
	return err
}

// quoted copies everything up to \E as literals.
func (t *translator) quoted() {
	text, _, found := strings.Cut(t.rest(), `\E`)
	for _, r := range text {
		t.literal(r, false)
	}
	t.atom = text != ""
	t.at += len(text)
	if found {
		t.at += len(`\E`)
	}
}

// escapedRune reads the character that an escape stands for; letter is what
// follows the backslash.
func (t *translator) escapedRune(start int, letter rune) (rune, *Error) {
	switch letter {
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 'f':
		return '\f', nil
	case 'a':
		return '\a', nil
	case 'e':
		return 0x1b, nil
	case 'x':
		if digits, _, ok := strings.Cut(strings.TrimPrefix(t.rest(), "{"), "}"); ok && strings.HasPrefix(t.rest(), "{") {
			t.at += len("{}") + len(digits)
			return t.hexadecimal(start, digits)
		}
		return t.hexadecimal(start, t.takeBytes(2))
	case 'u':
		return t.hexadecimal(start, t.takeBytes(4))
	case '1', '2', '3', '4', '5', '6', '7', '8', '9', 'k':
		return 0, refuse(start, "expression.regex_backreference", "found", `\`+string(letter))
	}
	if letter == '0' || unicode.IsLetter(letter) {
		return 0, refuse(start, "expression.regex_escape", "found", `\`+string(letter))
	}
	return letter, nil
}

func (t *translator) takeBytes(count int) string {
	taken := t.rest()[:min(count, len(t.rest()))]
	t.at += len(taken)
	return taken
}

func (t *translator) hexadecimal(start int, digits string) (rune, *Error) {
	code, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || !utf8.ValidRune(rune(code)) {
		t.at = min(t.at, len(t.source))
		return 0, refuse(start, "expression.regex_escape", "found", t.source[start:t.at])
	}
	return rune(code), nil
}

// literal writes one character so that neither dialect takes it for a sign.
func (t *translator) literal(r rune, inClass bool) {
	special := `^$\.*+?()[]{}|/`
	if inClass {
		special = `\]^-[`
	}
	switch {
	case strings.ContainsRune(special, r):
		t.both(`\` + string(r))
	case unicode.IsPrint(r):
		t.both(string(r))
	default:
		code := strconv.FormatInt(int64(r), 16)
		t.forGo.WriteString(`\x{` + code + `}`)
		t.forScript.WriteString(`\u{` + code + `}`)
	}
}

func negation(negated bool) string {
	if negated {
		return "^"
	}
	return ""
}
