package coding

import (
	"cmp"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Kind is what a place in a text may tell of a person.
type Kind string

// The kinds; ByHand are words that a coder marked.
const (
	Mail   Kind = "mail"
	Link   Kind = "link"
	IBAN   Kind = "iban"
	Phone  Kind = "phone"
	Name   Kind = "name"
	ByHand Kind = "by_hand"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Mail, Link, IBAN, Phone, Name, ByHand} }

// Span is a part of a text, in bytes from its start. Both ends lie between
// characters.
type Span struct{ From, To int }

// Suspect is a span that may point at a person. It is a suggestion: somebody has
// to say whether it does.
type Suspect struct {
	Span
	Kind Kind
}

// Blank stands in the place of what was taken out of a text.
const Blank = "[…]"

// A span behind a word that introduces it is the first group. Go's \b knows
// ASCII alone, hence the classes. Letters of scripts without capitals count where
// the introduction says that a name follows.
var (
	mailPattern  = regexp.MustCompile(`[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+`)
	linkPattern  = regexp.MustCompile(`(?i)(?:https?://|www\.)[^\s<>"»«„“”]+`)
	ibanPattern  = regexp.MustCompile(`(?i)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}`)
	phonePattern = regexp.MustCompile(`[+(]{0,2}\p{Nd}(?:[ \x{00A0}\-–/.()]{0,3}\p{Nd}){5,}`)
	datePattern  = regexp.MustCompile(`^(?:\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}|\d{4}[.\-/]\d{1,2}[.\-/]\d{1,2})$`)
	yearsPattern = regexp.MustCompile(`^(?:19|20)\d\d ?[/–\-] ?(?:19|20)\d\d$`)
	titlePattern = regexp.MustCompile(`(?:^|[^\p{L}\p{N}])(?:Herrn?|Frau|Hr\.|Fr\.|Dr\.|Prof\.|Mr\.?|Mrs\.?|Ms\.?|Miss|Sohn|Tochter|Bruder|Schwester|(?i:son|daughter|brother|sister|monsieur|madame|пан|пані|господин|госпожа))(?:\s+(?:Dr\.|Prof\.))*\s+(` + capitalised + `)`)
	calledLatin  = regexp.MustCompile(`(?i:(?:^|[^\p{L}\p{N}])(?:name is|name ist|ich hei(?:ß|ss)e|heißt|i am called|is called|je m[’']appelle|s[’']appelle|меня зовут|зовут|мене звати|звати|benim adım|ismim|adı))\s+(` + capitalised + `)`)
	calledOther  = regexp.MustCompile(`(?:^|[^\p{L}\p{N}])(?:اسمي|إسمي|اسمه|اسمها|نام من|اسم من|السيد|السيدة|ስመይ|ስሙ|ስማ)\s+([\p{L}\p{M}]+)`)
)

// capitalised is one word with a capital, or two.
const capitalised = `\p{Lu}[\p{L}\p{M}’'\-]+(?:\s+(?:(?:von|van|de|el|al|bin|der)\s+)?\p{Lu}[\p{L}\p{M}’'\-]+)?`

// Suspects finds e-mail addresses, links, numbers of accounts and telephones,
// and names where the words before them say that a name follows. They are sorted
// and do not touch. A name that nothing introduces is not found: whoever reads
// the text marks it by hand.
func Suspects(text string) []Suspect {
	var found []Suspect
	add := func(kind Kind, pattern *regexp.Regexp, group int, trim func(string) string) {
		for _, at := range pattern.FindAllStringSubmatchIndex(text, -1) {
			from, to := at[2*group], at[2*group+1]
			if to = from + len(trim(text[from:to])); to > from {
				found = append(found, Suspect{Span{from, to}, kind})
			}
		}
	}
	add(Mail, mailPattern, 0, func(part string) string { return strings.TrimRight(part, ".-") })
	add(Link, linkPattern, 0, func(part string) string { return strings.TrimRight(part, ".,;:!?)]}'’…؟،؛።፣") })
	add(IBAN, ibanPattern, 0, accountNumber)
	add(Phone, phonePattern, 0, phoneNumber)
	for _, pattern := range []*regexp.Regexp{titlePattern, calledLatin, calledOther} {
		add(Name, pattern, 1, func(part string) string { return strings.TrimRight(part, "’'-") })
	}
	return apart(found)
}

// apart leaves of suspects that touch the one that begins first, of those the
// longest, and extends it over what it cuts.
func apart(found []Suspect) []Suspect {
	slices.SortStableFunc(found, func(a, b Suspect) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To)) })
	var left []Suspect
	for _, one := range found {
		if last := len(left) - 1; last >= 0 && one.From < left[last].To {
			left[last].To = max(left[last].To, one.To)
			continue
		}
		left = append(left, one)
	}
	return left
}

// accountNumber returns how much of a text is an IBAN by its check digits, or one
// of Germany by its length alone; "" for none.
func accountNumber(part string) string {
	part = strings.TrimSpace(part)
	for end := len(part); end >= 15; end-- {
		digits := strings.ToUpper(strings.ReplaceAll(part[:end], " ", ""))
		if len(digits) < 15 || part[end-1] == ' ' {
			continue
		}
		if checks(digits) || strings.HasPrefix(digits, "DE") && len(digits) == 22 && strings.Trim(digits[2:], "0123456789") == "" {
			return part[:end]
		}
	}
	return ""
}

// checks computes ISO 13616: the number with its first four signs behind it,
// letters as 10 to 35, leaves 1 when divided by 97.
func checks(iban string) bool {
	var digits strings.Builder
	for _, r := range iban[4:] + iban[:4] {
		if r >= 'A' {
			digits.WriteString(strconv.Itoa(int(r - 'A' + 10)))
		} else {
			digits.WriteRune(r)
		}
	}
	number, ok := new(big.Int).SetString(digits.String(), 10)
	return ok && new(big.Int).Mod(number, big.NewInt(97)).Int64() == 1
}

// phoneNumber returns the number of a telephone, "" for what is a date, years or
// an amount: 7 to 15 digits that begin with +, 0 or a bracket, or stand without
// anything between them.
func phoneNumber(part string) string {
	digits, between := 0, false
	for _, r := range part {
		if unicode.IsDigit(r) {
			digits++
		} else if digits > 0 {
			between = true
		}
	}
	first, _ := utf8.DecodeRuneInString(part)
	begins := first == '+' || first == '(' || zero(first)
	if digits < 7 || digits > 15 || datePattern.MatchString(part) || yearsPattern.MatchString(part) || between && !begins {
		return ""
	}
	return part
}

// zero tells whether a digit is nought: ours, the Arabic or the Persian one.
func zero(r rune) bool { return strings.ContainsRune("0٠۰", r) }

// Mark is what somebody said of a span.
type Mark struct {
	Span
	Redact bool // it is taken out; false when it points at nobody
}

// MaxMarks is how many marks a text has at most.
const MaxMarks = 500

// WriteMarks writes marks to be stored: "3-17:redact 40-52:keep".
func WriteMarks(marks []Mark) string {
	words := make([]string, len(marks))
	for i, one := range marks {
		words[i] = decimal(one.From) + "-" + decimal(one.To) + ":" + map[bool]string{true: "redact", false: "keep"}[one.Redact]
	}
	return strings.Join(words, " ")
}

// ReadMarks reads what [WriteMarks] wrote.
func ReadMarks(stored string) ([]Mark, error) {
	var marks []Mark
	for _, word := range strings.Fields(stored) {
		span, said, _ := strings.Cut(word, ":")
		one, err := ReadSpan(span)
		if err != nil || said != "redact" && said != "keep" {
			return nil, failure.New(failure.Invalid, "error.bad_mark", "mark", word)
		}
		marks = append(marks, Mark{one, said == "redact"})
	}
	return marks, nil
}

// ReadSpan reads "3-17".
func ReadSpan(text string) (Span, error) {
	left, right, _ := strings.Cut(text, "-")
	from, err := strconv.Atoi(left)
	to, wrong := strconv.Atoi(right)
	if err != nil || wrong != nil || from < 0 || to <= from {
		return Span{}, failure.New(failure.Invalid, "error.bad_mark", "mark", text)
	}
	return Span{from, to}, nil
}

// CheckMarks sorts marks and tells whether they fit the text: each lies within
// it, between characters, and none on another. failure.Invalid.
func CheckMarks(text string, marks []Mark) ([]Mark, error) {
	if len(marks) > MaxMarks {
		return nil, failure.New(failure.Invalid, "error.too_many_marks", "limit", MaxMarks)
	}
	marks = slices.SortedFunc(slices.Values(marks), func(a, b Mark) int { return cmp.Compare(a.From, b.From) })
	end := 0
	for _, one := range marks {
		if one.From < end || one.To <= one.From || one.To > len(text) || !boundary(text, one.From) || !boundary(text, one.To) {
			return nil, failure.New(failure.Invalid, "error.bad_mark", "mark", decimal(one.From)+"-"+decimal(one.To))
		}
		end = one.To
	}
	return marks, nil
}

func boundary(text string, at int) bool { return at == len(text) || utf8.RuneStart(text[at]) }

// MarkWords adds marks that take words out wherever they stand in the text,
// whatever was said of these places before. failure.Invalid when the text does
// not have them.
func MarkWords(text string, marks []Mark, words string) ([]Mark, error) {
	words = tidy(words)
	if words == "" {
		return marks, nil
	}
	if !strings.Contains(text, words) {
		return nil, failure.New(failure.Invalid, "error.words_not_there", "words", words)
	}
	for at := 0; ; {
		next := strings.Index(text[at:], words)
		if next < 0 {
			return marks, nil
		}
		fresh := Span{at + next, at + next + len(words)}
		at = fresh.To
		marks = slices.DeleteFunc(slices.Clone(marks), func(one Mark) bool {
			touches := one.From < fresh.To && fresh.From < one.To
			if touches && one.Redact { // nothing that was taken out comes back
				fresh.From, fresh.To = min(fresh.From, one.From), max(fresh.To, one.To)
				at = max(at, fresh.To)
			}
			return touches
		})
		marks = append(marks, Mark{fresh, true})
	}
}

// Piece is a part of a text as it is shown: as it was written, taken out, or a
// suspect of which nobody has said anything.
type Piece struct {
	Span
	Text     string // [Blank] where it is taken out
	Original string
	Redacted bool
	Kind     Kind // of a suspect or of what is taken out, "" for all else
	Settled  bool // somebody has said whether it points at a person
}

// Pieces takes a text apart by what was said of it and by what was found in it;
// together their originals are the text. Marks are those of [CheckMarks].
func Pieces(text string, marks []Mark) []Piece {
	var marked []Piece
	suspects := Suspects(text)
	kindOf := func(span Span) Kind {
		for _, one := range suspects {
			if one.From < span.To && span.From < one.To {
				return one.Kind
			}
		}
		return ByHand
	}
	for _, one := range marks {
		piece := Piece{Span: one.Span, Text: text[one.From:one.To], Redacted: one.Redact, Kind: kindOf(one.Span), Settled: true}
		if one.Redact {
			piece.Text = Blank
		}
		marked = append(marked, piece)
	}
	for _, one := range suspects {
		if !slices.ContainsFunc(marks, func(mark Mark) bool { return mark.From < one.To && one.From < mark.To }) {
			marked = append(marked, Piece{Span: one.Span, Text: text[one.From:one.To], Kind: one.Kind})
		}
	}
	slices.SortFunc(marked, func(a, b Piece) int { return cmp.Compare(a.From, b.From) })
	var all []Piece
	end := 0
	plain := func(to int) {
		if to > end {
			all = append(all, Piece{Span: Span{end, to}, Text: text[end:to]})
		}
	}
	for _, one := range marked {
		plain(one.From)
		all, end = append(all, one), one.To
	}
	plain(len(text))
	for i := range all {
		all[i].Original = text[all[i].From:all[i].To]
	}
	return all
}

// Redact is the text without what was taken out of it.
func Redact(text string, marks []Mark) string {
	var b strings.Builder
	for _, one := range Pieces(text, marks) {
		b.WriteString(one.Text)
	}
	return b.String()
}

func decimal(number int) string { return strconv.Itoa(number) }
