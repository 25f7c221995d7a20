package survey

import (
	"maps"
	"slices"
)

// Pair is what a pair of questions about one field of action is made of: how
// important it is, and how well it works at present.
type Pair struct {
	Field string
	Parts [2]PairPart // importance, state
}

// PairPart is one of its questions.
type PairPart struct {
	As        Aspect
	Label     Text
	Pictogram string
	Language  string      // the source of the texts
	List      *ChoiceList // a scale
	Heading   Text        // of the group around such questions
}

// PairFrom collects a pair for a field from surveys that ask for it, those for
// the audience first: their labels, headings and scales in all languages. Where
// none asks for the field, the label is the one given, in its languages; its
// source is German. ok is false when the surveys have no scales to ask with.
func PairFrom(library []*Survey, audience, field string, label map[string]string) (pair Pair, ok bool) {
	library = slices.Clone(library)
	slices.SortStableFunc(library, func(a, b *Survey) int { return rank(a, audience) - rank(b, audience) })
	pair.Field = field
	for at, as := range []Aspect{Importance, State} {
		part := &pair.Parts[at]
		part.As = as
		for _, s := range library {
			part.from(s, field)
		}
		if part.List == nil {
			return pair, false
		}
		if part.Label == nil {
			part.Label = Text{}
			for tag, text := range label {
				part.Label[tag] = Phrase{Text: text}
				if tag != "de" {
					part.Label[tag] = Phrase{Text: text, State: Draft, Source: SourceHash(label["de"])}
				}
			}
			part.Language = "de"
		}
	}
	return pair, true
}

func rank(s *Survey, audience string) int {
	if s.Audience == audience {
		return 0
	}
	return 1
}

// from takes what is still lacking from a survey.
func (p *PairPart) from(s *Survey, field string) {
	var visit func(nodes []*Node, around *Node)
	visit = func(nodes []*Node, around *Node) {
		for _, node := range nodes {
			visit(node.Children, node)
			list := s.List(node.List)
			if node.Type != SelectOne || node.Measures == nil || node.Measures.As != p.As || list == nil || list.Scale() == 0 {
				continue
			}
			if p.List == nil {
				p.List, p.Language = list, s.Language
				if around != nil {
					p.Heading = around.Label
				}
			}
			if p.Label == nil && node.Measures.Field == field && s.Language == p.Language {
				p.Label, p.Pictogram = node.Label, node.Pictogram
			}
		}
	}
	visit(s.Nodes, nil)
}

// AddPair adds both questions of a pair, each behind others of its kind in
// their group; where there is none, into a new group at the end. The scales are
// those that the survey uses for such questions already, so that answers can be
// compared, else those of the pair.
func (s *Survey) AddPair(pair Pair) (names [2]string, err error) {
	for _, part := range pair.Parts {
		if found := s.measuring(pair.Field, part.As); found != "" {
			return names, invalid("error.edit_pair_exists", "name", found)
		}
	}
	for at, part := range pair.Parts {
		prefix := "imp_"
		if part.As == State {
			prefix = "state_"
		}
		node := &Node{Type: SelectOne, Name: s.FreeName(prefix + pair.Field), Label: s.adopt(part.Label, part.Language), Pictogram: part.Pictogram,
			Measures: &Measure{Field: pair.Field, As: part.As}}
		group, list := s.matrix(part.As)
		if list == "" {
			list = s.adoptList(part)
		}
		node.List = list
		if group == "" {
			group = s.FreeName(string(part.As) + "_items")
			s.Nodes = append(s.Nodes, &Node{Type: Group, Name: group, Appearance: "table-list", Label: s.adopt(part.Heading, part.Language)})
		}
		if err := s.Insert(node, Place{In: group}); err != nil {
			return names, err
		}
		names[at] = node.Name
	}
	return names, nil
}

func (s *Survey) measuring(field string, as Aspect) (name string) {
	s.Walk(func(n *Node) bool {
		if n.Measures != nil && *n.Measures == (Measure{Field: field, As: as}) {
			name = n.Name
		}
		return name == ""
	})
	return name
}

// matrix finds the last group of questions of an aspect and the scale that they
// use; "" for what there is not.
func (s *Survey) matrix(as Aspect) (group, list string) {
	s.Walk(func(n *Node) bool {
		for _, child := range n.Children {
			scale := s.List(child.List)
			if child.Type == SelectOne && child.Measures != nil && child.Measures.As == as && scale != nil && scale.Scale() > 0 {
				list = child.List
				if n.Type == Group {
					group = n.Name
				}
			}
		}
		return true
	})
	return group, list
}

func (s *Survey) adoptList(part PairPart) string {
	copied := (&Survey{Choices: []*ChoiceList{part.List}}).Clone().Choices[0]
	copied.Name = s.FreeName(part.List.Name)
	for _, choice := range copied.Choices {
		choice.Label, choice.Media = s.adopt(choice.Label, part.Language), nil // files stay with the other survey
	}
	s.Choices = append(s.Choices, copied)
	return copied.Name
}

// adopt copies a text of another survey, of which a language is the source, for
// the languages that this one has.
func (s *Survey) adopt(text Text, source string) Text {
	copied := maps.Clone(text)
	if source != s.Language {
		copied.turn(source, s.Language)
	}
	maps.DeleteFunc(copied, func(tag string, _ Phrase) bool { return !slices.Contains(s.Languages, tag) })
	if len(copied) == 0 {
		return nil
	}
	return copied
}
