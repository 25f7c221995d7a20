package survey

import (
	"encoding/json"
	"maps"
	"slices"
)

// Located is one text that respondents read, and where it stands.
type Located struct {
	// Key finds the text again, however the survey is changed around it:
	// "title", "description", "q/NAME/PROPERTY" of a question or group,
	// "c/LIST/CHOICE" of a choice, which of several of one name is "NAME #2".
	Key      string
	Name     string      // as findings call it: title, question/label, list/choice
	Node     *Node       // nil unless it is of a question or group
	List     *ChoiceList // nil unless it is of a choice
	Choice   *Choice
	Property string // by its YAML name: label, hint, …
	At       Position
	Text     *Text
}

// Texts lists all texts that respondents read: title and description, those of
// the choices, then those of the questions in document order. Texts that nobody
// has written are listed as well; they are empty.
func (s *Survey) Texts() []Located {
	all := []Located{
		{Key: "title", Name: "title", Property: "title", Text: &s.Title},
		{Key: "description", Name: "description", Property: "description", Text: &s.Description},
	}
	for _, list := range s.Choices {
		for i, key := range list.keys() {
			choice := list.Choices[i]
			all = append(all, Located{Key: "c/" + list.Name + "/" + key, Name: list.Name + "/" + choice.Name, List: list, Choice: choice,
				Property: "label", At: choice.Position, Text: &choice.Label})
		}
	}
	s.Walk(func(node *Node) bool {
		for _, t := range node.texts() {
			all = append(all, Located{Key: "q/" + node.Name + "/" + t.name, Name: node.Name + "/" + t.name, Node: node,
				Property: t.name, At: node.Place(t.name), Text: t.text})
		}
		return true
	})
	return all
}

// TextAt returns the text of a key; not ok when the survey has no place of that
// key.
func (s *Survey) TextAt(key string) (found Located, ok bool) {
	all := s.Texts()
	at := slices.IndexFunc(all, func(one Located) bool { return one.Key == key })
	if at < 0 {
		return Located{}, false
	}
	return all[at], true
}

// Completeness tells how far each language of the survey is, the source first.
func (s *Survey) Completeness() []Completeness {
	languages := s.languages()
	all := make([]Completeness, len(languages))
	for i, tag := range languages {
		all[i].Language = tag
	}
	for _, one := range s.Texts() {
		t := *one.Text
		if _, language := t.In(languages...); language == "" {
			continue
		}
		source := t[s.Language].Text
		for i, tag := range languages {
			all[i].count(t[tag], source, tag == s.Language)
		}
	}
	return all
}

func (c *Completeness) count(phrase Phrase, source string, isSource bool) {
	c.Needed++
	if phrase.Text == "" {
		return
	}
	c.Present++
	switch {
	case isSource:
		return
	case phrase.State == Draft:
		c.Draft++
	case phrase.State == Reviewed:
		c.Reviewed++
	}
	if phrase.Stale(source) {
		c.Stale++
	}
}

// SetText writes a text in one language. In the source language the
// translations stay: each remembers the wording that it was made from, so that
// it is stale from now on and current again when the wording comes back. A
// translation is a draft of the present wording. An empty text takes away that
// language's alone.
func (s *Survey) SetText(t *Text, tag, text string) {
	text = Tidy(text)
	before, had := (*t)[tag]
	if had && before.Text == text || !had && text == "" {
		return
	}
	if *t == nil {
		*t = Text{}
	}
	source := (*t)[s.Language].Text
	if tag == s.Language {
		t.remember(s.Language, source)
	}
	switch {
	case text == "":
		delete(*t, tag)
	case tag == s.Language:
		(*t)[tag] = Phrase{Text: text}
	default:
		(*t)[tag] = Phrase{Text: text, State: Draft, Source: Fingerprint(source)}
	}
}

// remember writes down for the translations that do not say what they were made
// from that it was this wording.
func (t Text) remember(language, source string) {
	for tag, phrase := range t {
		if tag != language && phrase.Text != "" && phrase.Source == "" {
			phrase.Source = Fingerprint(source)
			t[tag] = phrase
		}
	}
}

// AddLanguage adds a language without any texts; one that is there already
// stays as it is.
func (s *Survey) AddLanguage(tag string) {
	if !slices.Contains(s.Languages, tag) {
		s.Languages = append(s.Languages, tag)
	}
}

// SetLanguage makes another of the survey's languages the one that translations
// are made from; it tells whether the survey has that language. Nothing is lost:
// the old source becomes a translation, about which the same is known as was of
// the other, a text that only the old one has stays where it is, and what was
// stale stays so. Changing back gives the survey as it was.
func (s *Survey) SetLanguage(tag string) bool {
	at := slices.Index(s.Languages, tag)
	if at < 0 {
		return false
	}
	old := slices.Index(s.Languages, s.Language)
	if tag == s.Language || old < 0 {
		return tag == s.Language
	}
	for _, one := range s.Texts() {
		one.Text.turn(s.Language, tag)
	}
	s.Languages = slices.Clone(s.Languages)
	s.Languages[old], s.Languages[at] = tag, s.Language
	s.Language = tag
	return true
}

// turn changes the roles of two languages in one text.
func (t Text) turn(from, to string) {
	source, next := t[from], t[to]
	hasSource, hasNext := source.Text != "", next.Text != ""
	if hasNext && hasSource && !next.Stale(source.Text) {
		// Both say the same: what was made from one is as good a translation of
		// the other.
		for tag, phrase := range t {
			if tag != from && tag != to && phrase.Source == SourceHash(source.Text) {
				phrase.Source = SourceHash(next.Text)
				t[tag] = phrase
			}
		}
	}
	if hasSource {
		pair := Phrase{Text: source.Text, State: Draft}
		if hasNext {
			pair.State, pair.Source = next.State, next.Source
			if next.Source == SourceHash(source.Text) {
				pair.Source = SourceHash(next.Text)
			}
		}
		t[from] = pair
	}
	if hasNext {
		t[to] = Phrase{Text: next.Text}
	}
}

// Clone returns a copy that shares nothing that is ever changed. Where things
// stood in a file is not copied.
func (s *Survey) Clone() *Survey {
	document, err := json.Marshal(s)
	copied := &Survey{contents: maps.Clone(s.contents)}
	if err == nil {
		err = json.Unmarshal(document, copied)
	}
	if err != nil { // only types of this package, all of which can be written and read
		panic(err)
	}
	return copied
}
