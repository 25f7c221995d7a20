package tabular

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
)

// Target is one thing that the columns of a table can fill, described as data: a
// room that imports tables lists its targets, and [Guess], [Mapping] and the
// pages that show them do the rest.
type Target struct {
	Key      string    // by which a [Record] names it
	Label    string    // message key of its name
	Kind     ValueKind // what its cells must be
	Required bool      // rows without it are refused
	Pieces   int       // how many columns may make it up together; 0 is 1
	Fixed    bool      // one value may be given for all rows that have none
	Synonyms []string  // names that columns have for it, the best first; case, marks and punctuation do not count
	Quiet    bool      // found by its name, never offered to people
	Instead  string    // key of another target: where that one has a column, none is guessed for this one
	Choices  []Choice  // of ChoiceValue and AreaValue
	Free     bool      // of ChoiceValue: a text that is none of the choices stays as it is
	Whole    bool      // of NumberValue: no decimals
	Least    float64   // of NumberValue
	Most     float64   // of NumberValue; 0 with Least 0 is unbounded
	Digits   int       // of OfficialValue: it has just so many digits, and a zero lost in front is put back; 0 is free
}

// ValueKind is what a cell must be for a target.
type ValueKind string

// The kinds of value.
const (
	TextValue     ValueKind = "text"
	NumberValue   ValueKind = "number"   // with decimal comma or point
	ChoiceValue   ValueKind = "choice"   // one of the target's choices
	AreaValue     ValueKind = "area"     // like a choice; a postal code in front does not count
	OfficialValue ValueKind = "official" // an official number: text that keeps its zeros
	EmailValue    ValueKind = "email"
)

// Choice is one of the values that a target may have.
type Choice struct {
	Key      string
	Label    string   // as people read it
	Synonyms []string // other texts for it in tables; Key and Label are always understood
}

// MaxText is the most characters that a cell of text keeps.
const MaxText = 500

func (t Target) pieces() int { return max(1, t.Pieces) }

func (t Target) chooses() bool { return t.Kind == ChoiceValue || t.Kind == AreaValue }

// ambiguous stands for texts that mean more than one choice.
const ambiguous = "\x00"

// choices indexes what texts mean: key by folded text.
func (t Target) choices() map[string]string {
	if !t.chooses() {
		return nil
	}
	index := make(map[string]string, 3*len(t.Choices))
	for _, one := range t.Choices {
		for _, text := range append([]string{one.Key, one.Label}, one.Synonyms...) {
			name := Loose(text)
			if known, twice := index[name]; twice && known != one.Key {
				index[name] = ambiguous
			} else if name != "" {
				index[name] = one.Key
			}
		}
	}
	for _, one := range t.Choices { // a key means itself whatever else is called so
		index[Loose(one.Key)] = one.Key
	}
	return index
}

var (
	officialNumber = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z./-]{0,19}$`)
	onlyDigits     = regexp.MustCompile(`^[0-9]+$`)
	postalCode     = regexp.MustCompile(`^[0-9]{5} +`)
)

// choose finds the choice that a text means, "" when there is none.
func (t *mappedTarget) choose(text string) string {
	if key, known := t.chosen[text]; known {
		return key
	}
	key := t.look(text)
	if len(t.chosen) < maxNotes {
		t.chosen[text] = key
	}
	return key
}

func (t *mappedTarget) look(text string) string {
	index := t.index
	key, ok := index[Loose(text)]
	if !ok && t.Kind == AreaValue {
		key = index[Loose(postalCode.ReplaceAllString(text, ""))]
	}
	if key == ambiguous {
		return ""
	}
	return key
}

// official reads an official number. restored tells that zeros were put back.
func (t Target) official(text string) (number string, restored, ok bool) {
	if t.Digits == 0 {
		return text, false, ValidOfficial(text)
	}
	if !onlyDigits.MatchString(text) || len(text) < t.Digits-1 || len(text) > t.Digits {
		return "", false, false
	}
	if len(text) < t.Digits {
		return "0" + text, true, true
	}
	return text, false, true
}

// ValidOfficial tells whether a text can be an official number: digits and
// letters, and between them points, hyphens and slashes, at most 20 in all.
func ValidOfficial(text string) bool { return officialNumber.MatchString(text) }

// ValidEmail tells whether a text is an e-mail address and nothing else.
func ValidEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return false
	}
	_, host, _ := strings.Cut(text, "@")
	return strings.Contains(host, ".") && !strings.HasSuffix(host, ".")
}

// Loose brings a name to the form in which names are compared: small letters and
// digits with single spaces between words, ä as ae, without what stands in
// brackets at the end.
func Loose(name string) string {
	name = fold(name)
	if open := strings.IndexByte(name, '('); open > 0 && strings.HasSuffix(name, ")") {
		name = name[:open]
	}
	var words strings.Builder
	words.Grow(len(name))
	gap := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) {
			gap = words.Len() > 0
			continue
		}
		if gap {
			words.WriteByte(' ')
			gap = false
		}
		switch r {
		case 'ä':
			words.WriteString("ae")
		case 'ö':
			words.WriteString("oe")
		case 'ü':
			words.WriteString("ue")
		case 'ß':
			words.WriteString("ss")
		default:
			words.WriteRune(r)
		}
	}
	return words.String()
}
