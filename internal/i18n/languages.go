package i18n

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// speech is one language in which respondents are served.
type speech struct {
	tag  string // BCP 47, as in the names of files
	name string // in the language itself
	// next are the languages in which a text is looked for that this one lacks,
	// in this order. Every chain ends in German, the source language.
	next []string
	// browsers are other tags by which browsers and phones ask for it, in small
	// letters. What x/text matches by itself (ti-ER, sq-XK) is not listed.
	browsers []string
}

// speeches is the one table of the respondents' languages, in the order of the
// language chooser (DESIGN section 5). Plain German needs no English between
// it and German; for everybody else English comes before German.
func speeches() []speech {
	english := []string{"en", "de"}
	return []speech{
		{"de", "Deutsch", nil, nil},
		{"de-simple", "Leichte Sprache", []string{"de"}, nil},
		{"en", "English", []string{"de"}, nil},
		{"fr", "Français", english, nil},
		{"uk", "Українська", english, nil},
		{"ru", "Русский", english, nil},
		{"ar", "العربية", english, nil},
		{"fa", "دری / فارسی", english, []string{"prs"}},
		{"ps", "پښتو", english, []string{"pbt", "pst", "pbu"}},
		{"tr", "Türkçe", english, nil},
		{"kmr", "Kurdî (Kurmancî)", english, []string{"ku"}},
		// Without a script "ku" is Kurmanji, but where Kurdish is written in
		// Arabic letters its written language is Sorani.
		{"ckb", "کوردی (سۆرانی)", english, []string{"ku-arab", "ku-iq", "ku-ir"}},
		{"ro", "Română", english, nil},
		{"bg", "Български", english, nil},
		{"pl", "Polski", english, nil},
		{"sq", "Shqip", english, nil},
		{"ti", "ትግርኛ", english, nil},
	}
}

// find returns the table's line for a tag, false when it has none.
func find(tag string) (speech, bool) {
	table := speeches()
	at := slices.IndexFunc(table, func(one speech) bool { return one.tag == tag })
	if at < 0 {
		return speech{}, false
	}
	return table[at], true
}

// Respondents lists the languages in which respondents are served, in the
// order of the language chooser.
func Respondents() []string {
	table := speeches()
	tags := make([]string, len(table))
	for at, one := range table {
		tags[at] = one.tag
	}
	return tags
}

// Chain returns the languages in which a message is looked for, the language
// itself first and German last. Languages that respondents are not served in
// (imported surveys may have any) come to English and German by way of what
// their tag begins with: pt-BR → pt → en → de.
func Chain(tag string) []string {
	chain := []string{tag}
	line, known := find(tag)
	if base, _, found := strings.Cut(tag, "-"); !known && found {
		chain = append(chain, base)
		line, known = find(base)
	}
	if !known {
		return append(chain, "en", "de")
	}
	return append(chain, line.next...)
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
	line, _ := find(tag)
	return cmp.Or(line.name, tag)
}

// NativeNames lists languages by their own names, each kept from changing the
// order of what is around it (Unicode FSI and PDI).
func NativeNames(tags []string) string {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = "\u2068" + NativeName(tag) + "\u2069"
	}
	return strings.Join(names, ", ")
}

// Match chooses the best of the offered languages for an Accept-Language
// header; the first offered when nothing fits. Plain German is chosen for those
// only who ask for it by name.
func Match(header string, offered []string) string {
	if len(offered) == 0 {
		return ""
	}
	wanted := accepted(header)
	if len(wanted) == 0 {
		return offered[0]
	}
	if plain := "de-simple"; wanted[0].String() == plain && slices.Contains(offered, plain) {
		return plain
	}
	var names []string
	var tags []language.Tag
	for _, tag := range offered {
		if tag != "de-simple" {
			names, tags = append(names, tag), append(tags, language.Make(tag))
		}
	}
	if len(tags) == 0 {
		return offered[0]
	}
	_, at, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence == language.No {
		return offered[0]
	}
	return names[at]
}

// accepted reads an Accept-Language header, the most wanted first. What cannot
// be read is left out, so that one unknown tag does not cost the others.
func accepted(header string) []language.Tag {
	var readable []string
	for one := range strings.SplitSeq(header, ",") {
		tag, weight, weighted := strings.Cut(strings.TrimSpace(one), ";")
		one = ours(strings.TrimSpace(tag))
		if weighted {
			one += ";" + weight
		}
		if _, _, err := language.ParseAcceptLanguage(one); err == nil {
			readable = append(readable, one)
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(strings.Join(readable, ","))
	if err != nil {
		return nil
	}
	return wanted
}

// ours returns our tag for one that a browser calls otherwise, else the tag
// itself. Of several that fit, the longest counts: ku-Arab-IQ is ckb, not kmr.
func ours(tag string) string {
	asked, found, length := strings.ToLower(tag)+"-", tag, 0
	for _, one := range speeches() {
		for _, other := range one.browsers {
			if len(other) > length && strings.HasPrefix(asked, other+"-") {
				found, length = one.tag, len(other)
			}
		}
	}
	return found
}
