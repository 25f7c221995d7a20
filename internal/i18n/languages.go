package i18n

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Respondents lists the languages in which respondents are served, in the
// order of the language chooser (DESIGN section 5).
func Respondents() []string {
	return []string{"de", "de-simple", "en", "fr", "uk", "ru", "ar", "fa", "ps", "tr",
		"kmr", "ckb", "ro", "bg", "pl", "sq", "ti"}
}

// Chain returns the languages in which a message is looked for, the language
// itself first. Every chain ends in German, the source language.
//
//	de-simple → de
//	uk, ru, ar, … → en → de
func Chain(tag string) []string {
	chain := []string{tag}
	add := func(next string) {
		if !slices.Contains(chain, next) {
			chain = append(chain, next)
		}
	}
	if base, _, found := strings.Cut(tag, "-"); found {
		add(base)
	}
	if chain[len(chain)-1] != "de" {
		add("en")
	}
	add("de")
	return chain
}

// Direction returns "rtl" when the language's script runs from right to left,
// else "ltr". It is never guessed from a text.
func Direction(tag string) string {
	switch tag {
	case "ckb": // Sorani is written in Arabic script
		return "rtl"
	case "kmr": // Kurmanji in Latin
		return "ltr"
	}
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}

// NativeName returns a language's name in that language, for language
// choosers; a tag without an entry is its own name.
func NativeName(tag string) string {
	switch tag {
	case "de":
		return "Deutsch"
	case "de-simple":
		return "Deutsch – Leichte Sprache"
	case "en":
		return "English"
	case "fr":
		return "Français"
	case "uk":
		return "Українська"
	case "ru":
		return "Русский"
	case "ar":
		return "العربية"
	case "fa":
		return "دری / فارسی"
	case "ps":
		return "پښتو"
	case "tr":
		return "Türkçe"
	case "kmr":
		return "Kurdî (Kurmancî)"
	case "ckb":
		return "کوردی (سۆرانی)"
	case "ro":
		return "Română"
	case "bg":
		return "Български"
	case "pl":
		return "Polski"
	case "sq":
		return "Shqip"
	case "ti":
		return "ትግርኛ"
	}
	return tag
}

// Match chooses the best of the offered languages for an Accept-Language
// header; the first offered when nothing fits.
func Match(header string, offered []string) string {
	if len(offered) == 0 {
		return ""
	}
	tags := make([]language.Tag, len(offered))
	for i, tag := range offered {
		tags[i] = language.Make(tag)
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return offered[0]
	}
	_, at, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence == language.No {
		return offered[0]
	}
	return offered[at]
}
