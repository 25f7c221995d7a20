package survey

import (
	"strings"
	"unicode"
)

const (
	// vowels are the letters that can carry a syllable in German.
	vowels = "aeiouyäöüáàâéèêíìîóòôúùû"
	// diphthongs are two letters that carry one syllable together.
	diphthongs = " aa ai au ay ee ei eu ey ie oi oo oy äu "

	// apartFirst lists how words begin in which two vowels that look like a
	// diphthong are spoken apart, at |. It holds behind prefixes too.
	apartFirst = " be|eil be|eindr be|einfl be|eintr be|end be|eng be|erd be|ehr be|influ be|inhalt be|irr be|unr be|ur " +
		"ge|ebn ge|ehr ge|eign ge|eil ge|einigt ge|end ge|ernt ge|impf ge|irr ge|ur re|integ re|inst re|inf "
	// apartInside lists the same wherever it stands in a word.
	apartInside = " famili|en lini|en feri|en medi|en studi|en stadi|en kriteri|en bakteri|en materi|en seri|en itali|en spani|e " +
		"brasili|en immobili|en textili|en utensili|en hygi|en prämi|en akti|en energi|en strategi|en kategori|en theori|en " +
		"industri|en technologi|en pati|en kli|ent ori|ent effizi|en quoti|ent gradi|ent ambi|ente audi|en " +
		"nzi|ell fizi|ell pezi|ell rzi|ell teri|ell stri|ell seri|ell ingeni|eur " +
		"muse|um muse|en lyze|um jubilä|um ide|en arme|en alle|en koffe|in prote|in ko|op ko|ord zo|olog " +
		"ego|is prosa|is archa|is mosa|ik na|iv ukra|in "
	// apartLast lists the same for the ends of words.
	apartLast = " famili|e lini|e studi|e seri|e akti|e prämi|e lili|e materi|e komödi|e tragödi|e petersili|e i|en "

	// behindPrefixes are what a word may begin with before apartFirst.
	behindPrefixes = " un an auf aus ab ein vor mit zu nach um weiter "
)

// unusual returns the syllables of words that the letters do not tell.
func unusual(word string) int {
	switch word {
	case "team", "teams", "job", "app", "coach", "bike", "live", "deal", "knie", "knien", "wien", "spien", "schrien":
		return 1
	case "online", "website", "coaching", "youtube", "software", "hardware", "niveau", "seen", "facebook", "homepage":
		return 2
	}
	return 0
}

// syllables counts the syllables of one German word as it is spoken, at least
// 1: groups of vowels, with diphthongs as one, except in the words in which two
// vowels that look like one are spoken apart. Of a number each digit counts, of
// a short abbreviation in capitals each letter.
func syllables(word string) int {
	if count := spelled(word); count > 0 {
		return count
	}
	word = strings.ToLower(word)
	if count := unusual(word); count > 0 {
		return count
	}
	text, split := []rune(word), apart(word)
	count := 0
	for i := 0; i < len(text); i++ {
		switch {
		case unicode.IsDigit(text[i]):
			count++
		case !spoken(text, i):
		default:
			count++
			if i+1 < len(text) && !split[i+1] && strings.Contains(diphthongs, " "+string(text[i:i+2])+" ") {
				i++
			}
		}
	}
	return max(count, 1)
}

// spelled returns the number of letters of an abbreviation such as OGS, else 0.
func spelled(word string) int {
	count := 0
	for _, r := range word {
		if count++; !unicode.IsUpper(r) || count > 4 { // longer ones are read as words
			return 0
		}
	}
	return count
}

// spoken tells whether the letter is a vowel as it is spoken: not the u of
// "Quelle", nor the y at the beginning of "Yoga".
func spoken(text []rune, i int) bool {
	switch {
	case !strings.ContainsRune(vowels, text[i]):
		return false
	case text[i] == 'u' && i > 0 && text[i-1] == 'q':
		return false
	case text[i] == 'y' && i == 0 && len(text) > 1 && strings.ContainsRune("aeiou", text[1]):
		return false
	}
	return true
}

// apart returns before which letters a syllable ends although those around look
// like a diphthong.
func apart(word string) map[int]bool {
	found := map[int]bool{}
	note := func(pattern string, at int) {
		before, _, _ := strings.Cut(pattern, "|")
		found[len([]rune(word[:at]))+len([]rune(before))] = true
	}
	for pattern := range strings.FieldsSeq(apartFirst) {
		at := strings.Index(word, strings.Replace(pattern, "|", "", 1))
		if at == 0 || at > 0 && strings.Contains(behindPrefixes, " "+word[:at]+" ") {
			note(pattern, at)
		}
	}
	for pattern := range strings.FieldsSeq(apartInside) {
		if at := strings.Index(word, strings.Replace(pattern, "|", "", 1)); at >= 0 {
			note(pattern, at)
		}
	}
	for pattern := range strings.FieldsSeq(apartLast) {
		if end := strings.Replace(pattern, "|", "", 1); strings.HasSuffix(word, end) {
			note(pattern, len(word)-len(end))
		}
	}
	return found
}
