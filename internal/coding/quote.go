package coding

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// ReportLanguage is the language in which reports are written; what is quoted from
// another one is translated into it by a person.
const ReportLanguage = "de"

// Limits of a quote, in characters.
const (
	MaxQuote            = 1000
	MaxQuoteTranslation = 2000
	MaxReason           = 1000
	maxReplacement      = 40 // between brackets
	shortestSecret      = 3  // shorter words than that are in every sentence
)

// QuoteState is how far a quote is.
type QuoteState string

// The states.
const (
	QuoteProposed QuoteState = "proposed"
	QuoteReleased QuoteState = "released"
	QuoteReturned QuoteState = "returned" // sent back with a reason
)

// QuoteStates lists the states in the order in which there is something to do.
func QuoteStates() []QuoteState { return []QuoteState{QuoteProposed, QuoteReturned, QuoteReleased} }

// Quote is a text or parts of it as others may read it.
type Quote struct {
	// Body is what is quoted. Where something was left out it has [Blank] or what
	// stands for it in brackets: "[name of the teacher]".
	Body     string
	Language string // of the text, as a tag
	// Translation is a person's, into [ReportLanguage]; "" where the text is in it.
	Translation string
}

// Foreign tells whether a quote needs a translation.
func (q Quote) Foreign() bool {
	base, _, _ := strings.Cut(q.Language, "-")
	return base != ReportLanguage
}

var (
	blankTyped = regexp.MustCompile(`\[\s*(?:…|\.{2,})\s*\]`)
	bracketed  = regexp.MustCompile(`\[[^\[\]]*\]`)
)

// Tidy returns the quote on one line, with [Blank] for what is easier to type,
// and without a translation that it does not need.
func (q Quote) Tidy() Quote {
	line := func(text string) string {
		return strings.Join(strings.Fields(blankTyped.ReplaceAllString(text, Blank)), " ")
	}
	q.Body, q.Translation = line(q.Body), line(q.Translation)
	if !q.Foreign() {
		q.Translation = ""
	}
	return q
}

// BlackOut takes words out of the quote wherever they stand. failure.Invalid when
// it does not have them.
func (q Quote) BlackOut(words string) (Quote, error) {
	words = tidy(words)
	if words == "" {
		return q, nil
	}
	if !strings.Contains(q.Body, words) {
		return q, failure.New(failure.Invalid, "error.words_not_there", "words", words)
	}
	q.Body = strings.ReplaceAll(q.Body, words, Blank)
	return q, nil
}

// Quotable is what of a text may be quoted at most: without what was taken out
// and without whatever may point at a person, settled or not.
func Quotable(text string, marks []Mark) string {
	return strings.Join(stretches(text, marks), Blank)
}

// stretches are the parts of a text between what may point at a person.
func stretches(text string, marks []Mark) []string {
	parts := []string{""}
	for _, piece := range Pieces(text, marks) {
		if piece.Kind == "" {
			parts[len(parts)-1] += piece.Original
		} else {
			parts = append(parts, "")
		}
	}
	return parts
}

// Check tells whether a tidy quote may be proposed, or released, as one of the
// text with these marks ([CheckMarks]): it consists of parts of the text in their
// order, cut between words, nothing in it or in its translation may point at a
// person, and it has a translation where it needs one. failure.Invalid.
func (q Quote) Check(text string, marks []Mark) error {
	length := utf8.RuneCountInString
	switch said := bracketed.ReplaceAllString(q.Body, " "); {
	case !strings.ContainsFunc(said, unicode.IsLetter):
		return failure.New(failure.Invalid, "error.quote_empty")
	case length(q.Body) > MaxQuote:
		return failure.New(failure.Invalid, "error.quote_length", "limit", MaxQuote)
	case q.Foreign() && !strings.ContainsFunc(q.Translation, unicode.IsLetter):
		return failure.New(failure.Invalid, "error.quote_translation")
	case length(q.Translation) > MaxQuoteTranslation:
		return failure.New(failure.Invalid, "error.translation_length", "limit", MaxQuoteTranslation)
	}
	for _, written := range []string{q.Body, q.Translation} {
		if err := safe(written, text, marks); err != nil {
			return err
		}
	}
	return q.isOf(text, marks)
}

// safe refuses what may point at a person, or was taken out of the text.
func safe(written, text string, marks []Mark) error {
	if found := Suspects(written); len(found) > 0 {
		return failure.New(failure.Invalid, "error.quote_suspect", "words", written[found[0].From:found[0].To])
	}
	folded := strings.ToLower(written)
	for _, piece := range Pieces(text, marks) {
		secret := strings.TrimSpace(piece.Original)
		if piece.Kind == "" || utf8.RuneCountInString(secret) < shortestSecret {
			continue
		}
		if whole(folded, strings.ToLower(secret), 0) >= 0 {
			return failure.New(failure.Invalid, "error.quote_suspect", "words", secret)
		}
	}
	return nil
}

// isOf tells whether the quote's parts are parts of the text, in its order.
func (q Quote) isOf(text string, marks []Mark) error {
	const cut = "\x00" // nothing reaches over what is taken out
	var parts []string
	for _, one := range stretches(strings.ReplaceAll(text, cut, " "), marks) {
		parts = append(parts, strings.Join(strings.Fields(one), " "))
	}
	source, at := strings.Join(parts, cut), 0
	for _, part := range bracketed.Split(q.Body, -1) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		found := whole(source, part, at)
		if found < 0 {
			return failure.New(failure.Invalid, "error.quote_not_of_text", "words", part)
		}
		at = found + len(part)
	}
	for _, one := range bracketed.FindAllString(q.Body, -1) {
		if utf8.RuneCountInString(one)-2 > maxReplacement {
			return failure.New(failure.Invalid, "error.quote_replacement", "words", one, "limit", maxReplacement)
		}
	}
	return nil
}

// whole finds a part of a text, from a place on, that neither begins nor ends
// within a word; −1 for none.
func whole(text, part string, from int) int {
	for from <= len(text) {
		found := strings.Index(text[from:], part)
		if found < 0 {
			return -1
		}
		begin, end := from+found, from+found+len(part)
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		first, size := utf8.DecodeRuneInString(part)
		last, _ := utf8.DecodeLastRuneInString(part)
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !(inWord(before) && inWord(first)) && !(inWord(last) && inWord(after)) {
			return begin
		}
		from = begin + size
	}
	return -1
}

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

// Agreed are the tags that a text has, of those that each who coded it gave: what
// more than half of them gave. Where two disagree about a tag, it does not count
// until they agree.
func Agreed(given []Tags) Tags {
	counts := map[string]int{}
	for _, tags := range given {
		for _, tag := range tags {
			counts[tag]++
		}
	}
	var agreed []string
	for tag, count := range counts {
		if 2*count > len(given) {
			agreed = append(agreed, tag)
		}
	}
	return NewTags(agreed...)
}
