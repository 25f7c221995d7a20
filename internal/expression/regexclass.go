package expression

import (
	"strings"
	"unicode"
)

// charset is a set of characters as it stands within brackets: the same text
// for both dialects, or a property of Unicode, which each names in its way.
type charset struct {
	both     string
	property string // for example "Lu" or "Script=Arabic"
}

func (c charset) forGo() string {
	if c.property == "" {
		return c.both
	}
	return `\p{` + strings.TrimPrefix(c.property, "Script=") + `}`
}

func (c charset) forScript() string {
	if c.property == "" {
		return c.both
	}
	return `\p{` + c.property + `}`
}

// shorthand spells out \d, \w and \s as Java means them, ASCII only: the
// dialects differ on white space and, where case is folded, on letters.
func shorthand(letter rune) (set charset, negated, ok bool) {
	switch letter {
	case 'd', 'D':
		return charset{both: "0-9"}, letter == 'D', true
	case 'w', 'W':
		return charset{both: "0-9A-Za-z_"}, letter == 'W', true
	case 's', 'S':
		return charset{both: `\t-\r `}, letter == 'S', true
	}
	return charset{}, false, false
}

// posix returns Java's ASCII classes.
func posix(name string) (string, bool) {
	switch name {
	case "Lower":
		return "a-z", true
	case "Upper":
		return "A-Z", true
	case "Alpha":
		return "A-Za-z", true
	case "Digit":
		return "0-9", true
	case "Alnum":
		return "0-9A-Za-z", true
	case "Punct":
		return "!-\\/:-@\\[-`\\{-~", true
	case "Graph":
		return "!-~", true
	case "Print":
		return " -~", true
	case "Blank":
		return ` \t`, true
	case "Space":
		return `\t-\r `, true
	case "XDigit":
		return "0-9A-Fa-f", true
	case "ASCII":
		return `\x00-\x7F`, true
	}
	return "", false
}

// categories are the general categories that both dialects define alike; those
// of unassigned code points differ with the version of Unicode.
const categories = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp Cc Cf "

// property reads what follows \p: {Name} or one letter.
func (t *translator) property(start int) (charset, *Error) {
	name := ""
	if inner, ok := strings.CutPrefix(t.rest(), "{"); ok {
		name, _, ok = strings.Cut(inner, "}")
		if !ok {
			return charset{}, t.invalid(start, `\p{`)
		}
		t.at += len("{}") + len(name)
	} else if t.rest() != "" {
		name = string(t.takeRune())
	}
	if set, ok := posix(name); ok {
		return charset{both: set}, nil
	}
	plain := name
	for _, prefix := range []string{"general_category=", "gc=", "script=", "sc=", "Is"} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	if plain != "" && strings.Contains(categories, " "+plain+" ") {
		return charset{property: plain}, nil
	}
	for script := range unicode.Scripts {
		if strings.EqualFold(script, plain) {
			return charset{property: "Script=" + script}, nil
		}
	}
	return charset{}, refuse(start, "expression.regex_property", "found", shorten(t.source[start:t.at]))
}

// class translates a bracketed set; its opening bracket is behind us.
func (t *translator) class(start int) *Error {
	t.both("[")
	if strings.HasPrefix(t.rest(), "^") {
		t.at++
		t.both("^")
	}
	for first := true; ; first = false {
		rest := t.rest()
		switch {
		case rest == "":
			return t.invalid(start, "[")
		case rest[0] == ']' && !first:
			t.at++
			t.both("]")
			t.atom = true
			return nil
		case rest[0] == '[' || strings.HasPrefix(rest, "&&"):
			return refuse(t.at, "expression.regex_class", "found", rest[:1])
		}
		if err := t.classItem(); err != nil {
			return err
		}
	}
}

// classItem translates a character, a range or a set within brackets.
func (t *translator) classItem() *Error {
	start := t.at
	low, set, err := t.classMember()
	if err != nil {
		return err
	}
	if set != (charset{}) {
		t.forGo.WriteString(set.forGo())
		t.forScript.WriteString(set.forScript())
		return nil
	}
	t.literal(low, true)
	rest := t.rest()
	if len(rest) < 2 || rest[0] != '-' || rest[1] == ']' {
		return nil
	}
	t.at++
	high, set, err := t.classMember()
	if err != nil {
		return err
	}
	if set != (charset{}) || high < low {
		return t.invalid(start, t.source[start:t.at])
	}
	t.both("-")
	t.literal(high, true)
	return nil
}

// classMember reads one character, or a set when that is not empty.
func (t *translator) classMember() (rune, charset, *Error) {
	start := t.at
	r := t.takeRune()
	if r == '[' {
		return 0, charset{}, refuse(start, "expression.regex_class", "found", "[")
	}
	if r != '\\' {
		return r, charset{}, nil
	}
	if t.rest() == "" {
		return 0, charset{}, t.invalid(start, `\`)
	}
	letter := t.takeRune()
	if set, negated, ok := shorthand(letter); ok {
		if negated {
			set = complement(letter)
		}
		return 0, set, nil
	}
	switch letter {
	case 'p':
		set, err := t.property(start)
		return 0, set, err
	case 'P', 'Q', 'E', 'b', 'B': // no way to write them within brackets in both dialects
		return 0, charset{}, refuse(start, "expression.regex_class", "found", `\`+string(letter))
	}
	r, err := t.escapedRune(start, letter)
	return r, charset{}, err
}

// complement spells out \D, \W and \S for use within brackets.
func complement(letter rune) charset {
	const last = "\U0010FFFF"
	switch letter {
	case 'D':
		return charset{both: `\x00-\/:-` + last}
	case 'W':
		return charset{both: "\\x00-\\/:-@\\[-\\^`\\{-" + last}
	}
	return charset{both: `\x00-\x08\x0E-\x1F!-` + last}
}
