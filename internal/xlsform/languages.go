package xlsform

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"bedarfslotse/internal/survey"
)

// languages knows the survey's languages and which column is in which.
type languages struct {
	source string            // BCP 47 tag of the source language
	all    []string          // all of them, the source first
	tags   map[string]string // by the name that headers use
}

// tag returns the language of a column.
func (l *languages) tag(c *column) string {
	if c.language == "" {
		return l.source
	}
	return l.tags[c.language]
}

// languageTag turns a language as a header names it into a BCP 47 tag:
// "English (en)", "English", "en". The second result is the key of a finding
// that the name deserves, "" when it is plain.
func languageTag(name string) (tag, finding string) {
	name = cleanWord(name)
	if tag := languageByName(strings.ToLower(name)); tag != "" {
		return tag, ""
	}
	bare := name
	if match := codeInParentheses.FindStringSubmatch(name); match != nil {
		if tag := parseTag(match[2]); tag != "" {
			return tag, ""
		}
		bare, finding = match[1], keyLanguageCode
	}
	if tag := languageByName(strings.ToLower(bare)); tag != "" {
		return tag, finding
	}
	if tag := parseTag(bare); tag != "" {
		return tag, finding
	}
	return privateTag(name), keyLanguageUnknown
}

var codeInParentheses = regexp.MustCompile(`^(.*?)\s*\(\s*([A-Za-z0-9_-]+)\s*\)$`)

// parseTag returns the tag in its usual spelling, "" when the text is none. It
// does not replace one language by another, as full canonicalisation would.
func parseTag(code string) string {
	if strings.EqualFold(code, language.Und.String()) {
		return language.Und.String()
	}
	tag, err := language.Raw.Parse(code)
	if err != nil || tag == language.Und {
		return ""
	}
	switch text := tag.String(); text {
	case "ger": // bibliographic codes of ISO 639-2, which BCP 47 does not use
		return "de"
	case "fre":
		return "fr"
	case "per":
		return "fa"
	case "rum":
		return "ro"
	case "alb":
		return "sq"
	default:
		return text
	}
}

// privateTag makes a tag for private use (RFC 5646, 2.2.7) out of a name that
// nobody knows. Names in other scripts are told apart by their fingerprint.
func privateTag(name string) string {
	var parts []string
	for _, part := range strings.FieldsFunc(slug(name), func(r rune) bool { return r == '-' || r == '_' }) {
		parts = append(parts, part[:min(8, len(part))])
	}
	if len(parts) == 0 {
		parts = []string{survey.SourceHash(name)[:8]}
	}
	return "x-" + strings.Join(parts[:min(4, len(parts))], "-")
}

// readLanguages settles which languages the survey has, from all headers and
// the setting default_language.
func (r *reader) readLanguages(defaultName string, defaultAt place) {
	l := &languages{tags: map[string]string{}}
	var ordered []string
	for _, s := range []*sheet{r.survey, r.choices, r.external, r.settings} {
		for i := range s.columns {
			c := &s.columns[i]
			if strings.EqualFold(c.language, "default") { // the reference converter's name for "none"
				c.language = ""
			}
			if c.language == "" || l.tags[c.language] != "" {
				continue
			}
			tag, finding := languageTag(c.language)
			if finding != "" {
				r.warn(s.header(c), finding, "language", c.language, "tag", tag)
			}
			l.tags[c.language] = tag
			if !slices.Contains(ordered, tag) {
				ordered = append(ordered, tag)
			}
		}
	}
	l.settle(r, ordered, defaultName, defaultAt)
	l.all = []string{l.source}
	for _, tag := range ordered {
		if tag != l.source {
			l.all = append(l.all, tag)
		}
	}
	r.languages = l
}

// settle finds the source language, which is also that of columns that name
// none: the default language, else the first language named. A column without
// a language beside one of the same meaning in that language must be in
// another one, which nothing names: the option, or "undetermined".
func (l *languages) settle(r *reader, ordered []string, defaultName string, defaultAt place) {
	if defaultName != "" && !strings.EqualFold(defaultName, "default") {
		tag, finding := languageTag(defaultName)
		known := slices.Contains(ordered, tag)
		if finding != "" && !known {
			r.warn(defaultAt, finding, "language", defaultName, "tag", tag)
		}
		if known || len(ordered) == 0 || r.plainTexts() {
			l.source = tag
			return
		}
		r.warn(defaultAt, keyDefaultLanguage, "language", defaultName, "instead", ordered[0])
	}
	if len(ordered) > 0 && !r.collides(l, ordered[0]) {
		l.source = ordered[0]
		return
	}
	l.source = r.options.Language
	if r.collides(l, l.source) {
		l.source = language.Und.String()
	}
	if r.plainTexts() {
		r.warn(place{sheet: r.survey.name, line: r.survey.line}, keyLanguageAssumed, "language", l.source)
	}
}

// plainTexts tells whether any text column names no language.
func (r *reader) plainTexts() bool {
	for _, s := range []*sheet{r.survey, r.choices} {
		if slices.ContainsFunc(s.columns, func(c column) bool { return c.language == "" && text(c.key) }) {
			return true
		}
	}
	return false
}

// collides tells whether a column without a language stands beside one of the
// same meaning in the language tag: then it cannot be in that language too.
func (r *reader) collides(l *languages, tag string) bool {
	for _, s := range []*sheet{r.survey, r.choices} {
		for _, c := range s.columns {
			if c.language == "" && text(c.key) && slices.ContainsFunc(s.columns, func(other column) bool {
				return other.key == c.key && other.language != "" && l.tags[other.language] == tag
			}) {
				return true
			}
		}
	}
	return false
}

// text tells whether a column holds what respondents read.
func text(key string) bool {
	switch key {
	case "label", "hint", "guidance_hint", "constraint_message", "required_message":
		return true
	}
	return false
}
