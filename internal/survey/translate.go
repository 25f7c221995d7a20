package survey

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Standing is how far one text is in one language, for whoever translates it.
type Standing string

// The standings. That a translation is stale counts before what was once said
// of it: it has to be looked at again.
const (
	Missing    Standing = "missing"
	Unreviewed Standing = "draft" // whoever or whatever wrote it, nobody has read it beside the source
	Outdated   Standing = "stale"
	Approved   Standing = "reviewed"
)

// Standings lists every standing, in the order in which they want attention.
func Standings() []Standing { return []Standing{Missing, Outdated, Unreviewed, Approved} }

// Standing tells how far the phrase is as a translation of source.
func (p Phrase) Standing(source string) Standing {
	switch {
	case p.Text == "":
		return Missing
	case p.Stale(source):
		return Outdated
	case p.State == Reviewed:
		return Approved
	}
	return Unreviewed
}

// Passage is a text as translators meet it.
type Passage struct {
	Located
	// Users are the questions that show it: one, or all that share the list of a
	// choice; none of the title and the description.
	Users []string
}

// Passages lists the texts that anybody has written, in the order in which
// respondents meet them: a choice stands below the first question that uses its
// list, and those of lists without a question come last.
func (s *Survey) Passages() []Passage {
	users := map[string][]string{}
	s.Walk(func(n *Node) bool {
		if n.List != "" {
			users[n.List] = append(users[n.List], n.Name)
		}
		return true
	})
	all := s.Texts()
	choices := map[*ChoiceList][]Located{}
	for _, one := range all {
		if one.List != nil {
			choices[one.List] = append(choices[one.List], one)
		}
	}
	var passages []Passage
	seen := map[string]bool{}
	put := func(one Located, users []string) {
		if text, _ := one.Text.In(s.languages()...); text != "" && !seen[one.Key] {
			seen[one.Key] = true
			passages = append(passages, Passage{one, users})
		}
	}
	putList := func(list *ChoiceList) {
		for _, one := range choices[list] {
			put(one, users[list.Name])
		}
		delete(choices, list)
	}
	for at, one := range all {
		if one.List != nil {
			continue
		}
		if one.Node == nil {
			put(one, nil)
			continue
		}
		put(one, []string{one.Node.Name})
		if last := at+1 == len(all) || all[at+1].Node != one.Node; last && one.Node.List != "" {
			if list := s.List(one.Node.List); list != nil {
				putList(list)
			}
		}
	}
	for _, list := range s.Choices {
		putList(list)
	}
	return passages
}

// languages are the survey's languages, the source at least.
func (s *Survey) languages() []string {
	if len(s.Languages) == 0 {
		return []string{s.Language}
	}
	return s.Languages
}

// Rendering is what somebody makes of one text in one language.
type Rendering struct {
	Key, Language string
	Text          string // "" takes the translation away
	Reviewed      bool   // a person has read it beside the source
	// Seen is the [Sight] of the translation that they had before them, Source
	// the [Fingerprint] of the survey's source text.
	Seen, Source string
}

// MaxTranslation is how many characters a translation may have.
const MaxTranslation = 20_000

// Translate stores renderings, each unless the translation is no longer the one
// that its author saw: those come back, and what is stored stays as it is. A
// rendering of a source that was changed in the meantime is stored, and stale
// from the beginning. failure.NotFound for a text that the survey does not
// have; failure.Invalid for a language that it does not have or that is its
// source, and for what is too long. Then nothing is changed.
func (s *Survey) Translate(all []Rendering) (overtaken []Rendering, err error) {
	texts := s.index()
	for _, one := range all {
		switch {
		case texts[one.Key] == nil:
			return nil, failure.New(failure.NotFound, "error.translate_unknown", "key", one.Key)
		case one.Language == s.Language || !slices.Contains(s.Languages, one.Language):
			return nil, failure.New(failure.Invalid, "error.translate_language", "language", one.Language)
		case utf8.RuneCountInString(one.Text) > MaxTranslation:
			return nil, failure.New(failure.Invalid, "error.translate_long", "key", one.Key, "limit", MaxTranslation)
		}
	}
	for _, one := range all {
		if !one.apply(texts[one.Key]) {
			overtaken = append(overtaken, one)
		}
	}
	return overtaken, nil
}

// index finds texts by their keys; of two with one key, the first.
func (s *Survey) index() map[string]*Text {
	texts := map[string]*Text{}
	for _, one := range s.Texts() {
		if texts[one.Key] == nil {
			texts[one.Key] = one.Text
		}
	}
	return texts
}

// apply writes the rendering into a text, unless somebody else was faster.
func (r Rendering) apply(t *Text) bool {
	present, text := (*t)[r.Language], Tidy(r.Text)
	if Tidy(present.Text) != text {
		if Sight(present.Text) != r.Seen {
			return false
		}
		if text == "" {
			delete(*t, r.Language)
			return true
		}
		present = Phrase{Text: text, State: Draft, Source: r.Source}
	}
	switch {
	case text == "":
		return true
	case r.Reviewed:
		present.State, present.Source = Reviewed, r.Source
	default:
		present.State = Draft
	}
	if *t == nil {
		*t = Text{}
	}
	(*t)[r.Language] = present
	return true
}

// Tidy is a text as it is stored: without white space around it, its lines
// ended as the web's forms do not.
func Tidy(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// Sight is the [Fingerprint] of a text as whoever edits it sees it: white space
// around it is not seen.
func Sight(text string) string { return Fingerprint(Tidy(text)) }

// Fingerprint is the [SourceHash] of a text, "" of none.
func Fingerprint(text string) string {
	if text == "" {
		return ""
	}
	return SourceHash(text)
}

// Lost is what a survey loses with a language.
type Lost struct {
	Texts, Reviewed int // translations, and how many of them somebody had read
	Media           int // pictures and sounds in that language
}

// Of counts what the survey has in one language.
func (s *Survey) Of(tag string) (found Lost) {
	for _, one := range s.Texts() {
		if phrase := (*one.Text)[tag]; phrase.Text != "" {
			found.Texts++
			if phrase.State == Reviewed {
				found.Reviewed++
			}
		}
	}
	s.eachMedia(func(byLanguage map[string]string) {
		if byLanguage[tag] != "" {
			found.Media++
		}
	})
	return found
}

func (s *Survey) eachMedia(visit func(byLanguage map[string]string)) {
	all := func(m Media) {
		for _, byLanguage := range m {
			visit(byLanguage)
		}
	}
	s.Walk(func(n *Node) bool {
		all(n.Media)
		return true
	})
	for _, list := range s.Choices {
		for _, choice := range list.Choices {
			all(choice.Media)
		}
	}
}

// RemoveLanguage takes a language away with all that is in it. The source
// language stays: another has to become the source first.
func (s *Survey) RemoveLanguage(tag string) error {
	at := slices.Index(s.Languages, tag)
	if at < 0 || tag == s.Language {
		return failure.New(failure.Invalid, "error.translate_language", "language", tag)
	}
	for _, one := range s.Texts() {
		delete(*one.Text, tag)
	}
	s.eachMedia(func(byLanguage map[string]string) { delete(byLanguage, tag) })
	s.Languages = slices.Delete(slices.Clone(s.Languages), at, at+1)
	return nil
}
