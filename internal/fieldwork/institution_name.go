package fieldwork

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// JoinName puts together a name that a register cut over several columns of 40
// characters. Runs of white space become one space. Where a piece ends in a
// hyphen directly behind a word, the next one's beginning decides:
//
//	"Städt. Förder-" "schule"          → "Städt. Förderschule"           (a word cut at a syllable)
//	"Montessori-" "Grundschule"        → "Montessori-Grundschule"        (a compound)
//	"für Mädchen-" "u. Jungenklassen"  → "für Mädchen- u. Jungenklassen" (a part left out)
//	"der Stadt -Sek. I-" "im Zentrum"  → "der Stadt -Sek. I- im Zentrum" (hyphens used as brackets)
//
// A word that was cut without a hyphen cannot be recognised and keeps a space.
func JoinName(pieces ...string) string {
	name, last := "", ""
	for _, piece := range pieces {
		piece = strings.Join(strings.Fields(piece), " ")
		switch {
		case piece == "":
			continue
		case name == "":
			name = piece
		default:
			name = joinPieces(name, last, piece)
		}
		last = piece
	}
	return name
}

// joinPieces appends next to a name whose last piece is last.
func joinPieces(name, last, next string) string {
	if strings.HasSuffix(last, "/") {
		return name + next
	}
	if !strings.HasSuffix(last, "-") || strings.HasSuffix(last, " -") || last == "-" || stageRemark.MatchString(last) {
		return name + " " + next
	}
	first, _ := utf8.DecodeRuneInString(next)
	switch {
	case unicode.IsUpper(first):
		return name + next
	case !unicode.IsLower(first) || isFunctionWord(next):
		return name + " " + next
	}
	return strings.TrimSuffix(name, "-") + next
}

// stageRemark finds hyphens that stand around a level of schooling, such as
// "-Primarstufe-" or "- Sek. I u. II-".
var stageRemark = regexp.MustCompile(`- ?(Prim|Sek)[^-]*-$`)

// isFunctionWord tells whether a text begins with a word that never continues
// another one.
func isFunctionWord(text string) bool {
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(text)
	}
	switch text[:end] {
	case "und", "u", "oder", "sowie", "bzw", "mit", "m", "der", "die", "das", "des", "dem", "den", "d",
		"für", "f", "im", "in", "i", "am", "an", "a", "zu", "zum", "zur", "von", "vom", "v", "bei", "als":
		return true
	}
	return false
}
