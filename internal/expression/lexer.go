package expression

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind tells the parser what a token may be, not yet what it means.
type tokenKind uint8

const (
	tokenEnd       tokenKind = iota
	tokenNumber              // 12, 12.5, .5
	tokenLiteral             // 'text' or "text"; text holds what is between the quotes
	tokenReference           // ${name}; text holds the name
	tokenName                // district, string-length, jr:itext
	tokenOperator            // = != < <= > >= + - * and or div mod
	tokenOpen                // (
	tokenClose               // )
	tokenComma               // ,
	tokenSelf                // .
	tokenPath                // what only paths are made of: / // .. [ ] @ :: and * as a name
)

type token struct {
	kind  tokenKind
	text  string
	start int // offset of its first byte in the source
}

// lexer cuts a source into tokens by the rules of XPath 1.0 section 3.7.
type lexer struct {
	source string
	at     int
	tokens []token
}

func lex(source string) ([]token, *Error) {
	l := lexer{source: source}
	for {
		l.skipSpace()
		if l.at == len(source) {
			l.tokens = append(l.tokens, token{kind: tokenEnd, start: l.at})
			return l.tokens, nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

// next reads one token. Every branch moves on by at least one byte.
func (l *lexer) next() *Error {
	rest := l.source[l.at:]
	if foreign, instead := foreignOperator(rest); foreign != "" {
		return refuse(l.at, "expression.foreign_operator", "found", foreign, "instead", instead)
	}
	first, _ := utf8.DecodeRuneInString(rest)
	switch {
	case first >= '0' && first <= '9', first == '.' && len(rest) > 1 && isDigit(rest[1]):
		l.number()
		return nil
	case isOpeningQuote(first):
		return l.literal(first)
	case first == '$' || first == '{':
		return l.reference()
	case isNameStart(first):
		return l.name()
	}
	return l.symbol(rest, first)
}

func (l *lexer) symbol(rest string, first rune) *Error {
	if first == '*' {
		kind := tokenPath
		if l.operatorExpected() {
			kind = tokenOperator
		}
		l.add(kind, "*", 1)
		return nil
	}
	if first == '|' {
		l.add(tokenOperator, "|", 1)
		return nil
	}
	text, kind := fixedToken(rest)
	if text == "" {
		return refuse(l.at, "expression.unexpected_character", "found", string(first))
	}
	l.add(kind, text, len(text))
	return nil
}

// fixedToken returns the token of one or two signs that rest begins with, the
// longer one where there are two; "" when there is none.
func fixedToken(rest string) (string, tokenKind) {
	switch two := rest[:min(2, len(rest))]; two {
	case "!=", "<=", ">=":
		return two, tokenOperator
	case "..", "//", "::":
		return two, tokenPath
	}
	switch one := rest[:1]; one {
	case "=", "<", ">", "+", "-":
		return one, tokenOperator
	case "(":
		return one, tokenOpen
	case ")":
		return one, tokenClose
	case ",":
		return one, tokenComma
	case ".":
		return one, tokenSelf
	case "/", "[", "]", "@":
		return one, tokenPath
	}
	return "", tokenEnd
}

func (l *lexer) add(kind tokenKind, text string, length int) {
	l.tokens = append(l.tokens, token{kind: kind, text: text, start: l.at})
	l.at += length
}

// operatorExpected is XPath's rule for telling the operators *, and, or, div
// and mod from names: an operator follows a token that can end an operand.
func (l *lexer) operatorExpected() bool {
	if len(l.tokens) == 0 {
		return false
	}
	switch last := l.tokens[len(l.tokens)-1]; last.kind {
	case tokenOperator, tokenOpen, tokenComma:
		return false
	case tokenPath:
		return last.text == ".." || last.text == "]" || last.text == "*"
	}
	return true
}

func (l *lexer) number() {
	end := l.at
	for end < len(l.source) && isDigit(l.source[end]) {
		end++
	}
	if end < len(l.source) && l.source[end] == '.' {
		end++
		for end < len(l.source) && isDigit(l.source[end]) {
			end++
		}
	}
	l.add(tokenNumber, l.source[l.at:end], end-l.at)
}

// literal reads a string. XPath knows no escapes: a string ends at the next
// quote of its kind. Word processors turn straight quotes into curly ones, so
// a literal that a curly quote opens ends at any quote of its kind, and one
// that a straight quote opens ends at a curly one where no straight one follows.
func (l *lexer) literal(opening rune) *Error {
	start := l.at + utf8.RuneLen(opening)
	straight, closing := "'", "'’‘"
	if strings.ContainsRune("\"“”„", opening) {
		straight, closing = "\"", "\"”“"
	}
	if (opening == '\'' || opening == '"') && strings.Contains(l.source[start:], straight) {
		closing = straight
	}
	length := strings.IndexAny(l.source[start:], closing)
	if length < 0 {
		return refuse(l.at, "expression.unclosed_string", "found", string(opening))
	}
	_, width := utf8.DecodeRuneInString(l.source[start+length:])
	l.add(tokenLiteral, l.source[start:start+length], start-l.at+length+width)
	return nil
}

func (l *lexer) reference() *Error {
	if !strings.HasPrefix(l.source[l.at:], "${") {
		name := takeName(strings.TrimLeft(l.source[l.at:], "${ "))
		if name == "" {
			return refuse(l.at, "expression.unexpected_character", "found", l.source[l.at:l.at+1])
		}
		return refuse(l.at, "expression.reference_braces", "name", shorten(name))
	}
	length := strings.IndexByte(l.source[l.at:], '}')
	if length < 0 {
		return refuse(l.at, "expression.unclosed_reference")
	}
	name := strings.TrimFunc(l.source[l.at+2:l.at+length], isSpace)
	if saved, ok := strings.CutPrefix(name, "last-saved#"); ok {
		return refuse(l.at, "expression.last_saved_later", "name", shorten(saved))
	}
	if name == "" || takeName(name) != name {
		return refuse(l.at, "expression.bad_reference", "name", shorten(name))
	}
	l.add(tokenReference, name, length+1)
	return nil
}

func (l *lexer) name() *Error {
	name := takeName(l.source[l.at:])
	// A name may have a prefix, as in jr:itext; "::" belongs to an axis.
	if rest := l.source[l.at+len(name):]; strings.HasPrefix(rest, ":") {
		if local := takeName(rest[1:]); local != "" {
			name += ":" + local
		}
	}
	if !l.operatorExpected() {
		l.add(tokenName, name, len(name))
		return nil
	}
	switch lower := strings.ToLower(name); lower {
	case "and", "or", "div", "mod":
		if name != lower {
			return refuse(l.at, "expression.foreign_operator", "found", name, "instead", lower)
		}
		l.add(tokenOperator, name, len(name))
		return nil
	}
	return refuse(l.at, "expression.operator_missing", "found", shorten(name))
}

// foreignOperator recognises ways of writing an operator that other languages,
// keyboards and copied XML have and XPath has not. It returns what was found
// and what to write instead, or nothing.
func foreignOperator(rest string) (found, instead string) {
	if strings.IndexByte("=<&|%!\xe2\xc3", rest[0]) < 0 || strings.HasPrefix(rest, "!=") {
		return "", "" // most tokens: none of those below begins so
	}
	for _, pair := range [...][2]string{ // longer ones before their beginnings
		{"===", "="}, {"==", "="}, {"=>", ">="}, {"=<", "<="}, {"<>", "!="}, {"&&", "and"}, {"||", "or"},
		{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "and"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&", "and"},
		{"%", "mod"}, {"≠", "!="}, {"≤", "<="}, {"≥", ">="}, {"–", "-"}, {"—", "-"}, {"−", "-"},
		{"×", "*"}, {"÷", "div"}, {"!", "not(…)"},
	} {
		if strings.HasPrefix(rest, pair[0]) {
			return pair[0], pair[1]
		}
	}
	return "", ""
}

func (l *lexer) skipSpace() {
	rest := strings.TrimLeftFunc(l.source[l.at:], isSpace)
	l.at = len(l.source) - len(rest)
}

// isSpace accepts what spreadsheets hold between words: also non-breaking and
// zero-width spaces, byte order marks and the marks that turn the direction of
// writing, which come along when Arabic is copied.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
}

func isOpeningQuote(r rune) bool { return strings.ContainsRune("'\"‘’‚“”„", r) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

// takeName returns the name at the beginning of text, "" if there is none.
// Names are those of XML without a colon: letters, then also digits, marks,
// hyphen and full stop, so that a-b is one name and a - b a difference.
func takeName(text string) string {
	for i, r := range text {
		if isNameStart(r) {
			continue
		}
		inner := r == '-' || r == '.' || r == '·' || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc)
		if i == 0 || !inner {
			return text[:i]
		}
	}
	return text
}
