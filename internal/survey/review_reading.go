package survey

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minReadingWords is from how many words on a reading score says something.
// Flesch measured samples of 100 words. In a text of 20 words one syllable more
// moves the score by 3 points, in one of 100 by 0.6; single labels therefore
// get no score, only all texts of a language together.
const minReadingWords = 100

// readingBar is what a language's texts are held to.
type readingBar struct {
	score         float64 // of all texts together, at least
	sentenceWords int     // at most, else the sentence is named
	wordLetters   int     // at most, else the word is named
}

// barFor returns the bar for German and for Leichte Sprache, false for other
// languages, to which the formula does not apply.
//
// German: 50 is where Amstad's "rather difficult" begins; surveys go to people
// of all schools. 25 words are more than fit into three lines of a phone, and
// the rules for clear language advise 15 to 20. Leichte Sprache: "easy" begins
// at 80 on his scale; its rules want short sentences with one statement each
// (BITV 2.0, annex 2), mostly read as up to 12 words, and long words divided by
// hyphen or middle dot.
func barFor(language string) (readingBar, bool) {
	switch base, _, _ := strings.Cut(language, "-"); {
	case language == "de-simple":
		return readingBar{80, 12, 15}, true
	case base == "de":
		return readingBar{50, 25, 26}, true
	}
	return readingBar{}, false
}

// Reading is how hard the questions are to read in one language.
type Reading struct {
	Language  string
	Sentences int
	Words     int
	Syllables int
	// Score is Flesch's reading ease in Toni Amstad's German form ("Wie
	// verständlich sind unsere Zeitungen?", Zürich 1978): 180 − words per sentence
	// − 58.5 · syllables per word. 0 to 30 is very hard, 60 to 70 plain, from 80
	// on easy; single texts leave 0 to 100 on both sides. It is meaningful only
	// where Enough.
	Score  float64
	Enough bool // at least 100 words
	// Hardest are the sentences with the lowest score of their own, the hardest
	// first, at most three.
	Hardest []HardSentence
}

// HardSentence is a sentence that is hard to read.
type HardSentence struct {
	Text      string
	Question  string
	Words     int
	Syllables int
	at        Position
}

// score is Amstad's formula for one or more sentences.
func amstad(sentences, words, syllables int) float64 {
	if words == 0 || sentences == 0 {
		return 0
	}
	return 180 - float64(words)/float64(sentences) - 58.5*float64(syllables)/float64(words)
}

// readingMeter measures the texts of one language.
type readingMeter struct {
	Reading
	bar   readingBar
	known map[string]int // syllables of words met before
	long  func(at Position, key, name, language string, pairs ...any)
}

// text measures a label or hint.
func (m *readingMeter) text(at Position, name, text string) {
	for _, sentence := range sentences(plain(text)) {
		words := words(sentence)
		if len(words) == 0 {
			continue
		}
		count := 0
		for _, word := range words {
			for part := range strings.FieldsFuncSeq(word, divides) {
				if m.known[part] == 0 {
					m.known[part] = syllables(part)
				}
				count += m.known[part]
				if utf8.RuneCountInString(part) > m.bar.wordLetters {
					m.long(at, "review.long_word", name, m.Language, "word", part, "limit", m.bar.wordLetters)
				}
			}
		}
		if len(words) > m.bar.sentenceWords {
			m.long(at, "review.long_sentence", name, m.Language, "sentence", clip(sentence), "words", len(words), "limit", m.bar.sentenceWords)
		}
		m.Sentences++
		m.Words += len(words)
		m.Syllables += count
		m.keep(HardSentence{Text: sentence, Question: name, Words: len(words), Syllables: count, at: at})
	}
}

// keep remembers a sentence if it is one of the hardest. Those of a few words
// are left out: "Kindertagesbetreuung" is no sentence.
func (m *readingMeter) keep(one HardSentence) {
	const most, least = 3, 5
	one.Text = strings.Join(strings.Fields(one.Text), " ")
	if one.Words < least || slices.ContainsFunc(m.Hardest, func(other HardSentence) bool { return other.Text == one.Text }) {
		return
	}
	m.Hardest = append(m.Hardest, one)
	slices.SortStableFunc(m.Hardest, func(a, b HardSentence) int {
		return cmp.Compare(amstad(1, a.Words, a.Syllables), amstad(1, b.Words, b.Syllables))
	})
	m.Hardest = m.Hardest[:min(len(m.Hardest), most)]
}

var (
	markup    = regexp.MustCompile(`<[^<>]{0,500}>|\$\{[^{}]*\}|https?://\S+|[*_#` + "`" + `]+`)
	shortened = regexp.MustCompile(`\b([A-Za-zÄÖÜäöü]|bzw|ca|evtl|ggf|inkl|usw|etc|Nr|Str|Tel|vgl|sog|max|min|Dr|Prof|St|\d{1,4})\.`)
)

// plain takes out what is not read: markup, answers put in, addresses.
func plain(text string) string { return markup.ReplaceAllString(text, " ") }

// sentences divides a text at full stops, question and exclamation marks,
// colons and line ends; not at the stop of "z. B." or "1. Mai".
func sentences(text string) []string {
	text = shortened.ReplaceAllString(text, "$1")
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".?!:;…\n", r) })
}

// words returns the words of a sentence: what holds a letter or digit.
func words(sentence string) []string {
	var found []string
	for word := range strings.FieldsSeq(sentence) {
		word = strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if word != "" {
			found = append(found, word)
		}
	}
	return found
}

// divides tells whether a sign divides a long word for the eye.
func divides(r rune) bool {
	return r == '-' || r == '·' || r == '•' || r == '/' || r == '–' || r == '\u00ad'
}

// clip keeps a text fit for a sentence.
func clip(text string) string {
	const longest = 90
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + "…"
}
