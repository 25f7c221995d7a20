package survey

import (
	"slices"
	"strings"

	"bedarfslotse/internal/failure"
)

// maxChoices is how many choices a list may get in the editor; longer ones are
// imported.
const maxChoices = 1000

// AddList adds a choice list with labels in the source language, a choice each,
// and returns its name. Empty labels are left out.
func (s *Survey) AddList(wanted string, labels []string) (string, error) {
	list := &ChoiceList{Name: s.FreeName(wanted)}
	for _, label := range labels {
		if err := s.addChoice(list, label); err != nil {
			return "", err
		}
	}
	s.Choices = append(s.Choices, list)
	return list.Name, nil
}

// AddChoice adds a choice at the end of a list, but before those that are no
// answer in substance, such as "don't know".
func (s *Survey) AddChoice(list, label string) error {
	found := s.List(list)
	if found == nil {
		return failure.New(failure.NotFound, "error.edit_unknown_list", "list", list)
	}
	return s.addChoice(found, label)
}

func (s *Survey) addChoice(list *ChoiceList, label string) error {
	if label = strings.TrimSpace(label); label == "" {
		return nil
	}
	if len(list.Choices) >= maxChoices {
		return invalid("error.edit_too_large")
	}
	name := slug(label)
	if name == "" {
		name = "choice"
	}
	choice := &Choice{Name: free(name, func(name string) bool { return list.byName()[name] != nil })}
	s.SetText(&choice.Label, s.Language, label)
	at := len(list.Choices)
	for at > 0 && list.Choices[at-1].NonSubstantive {
		at--
	}
	list.Choices = slices.Insert(list.Choices, at, choice)
	return nil
}

// Choice finds a choice of a list by its key: its name, or "name #2" for the
// second of that name.
func (s *Survey) Choice(list, key string) (*ChoiceList, int, error) {
	found := s.List(list)
	if found == nil {
		return nil, 0, failure.New(failure.NotFound, "error.edit_unknown_list", "list", list)
	}
	at := slices.Index(found.keys(), key)
	if at < 0 {
		return nil, 0, failure.New(failure.NotFound, "error.edit_unknown_choice", "choice", key)
	}
	return found, at, nil
}

// Keys lists the keys of the list's choices, in order.
func (l *ChoiceList) Keys() []string { return l.keys() }

// ShiftChoice moves a choice up or down its list.
func (s *Survey) ShiftChoice(list, key string, way Way) error {
	found, at, err := s.Choice(list, key)
	if err != nil {
		return err
	}
	to := at - 1
	if way == Down {
		to = at + 1
	}
	if to < 0 || to >= len(found.Choices) {
		return invalid("error.edit_no_way", "name", key)
	}
	found.Choices[at], found.Choices[to] = found.Choices[to], found.Choices[at]
	return nil
}

// RemoveChoice takes a choice out of its list.
func (s *Survey) RemoveChoice(list, key string) error {
	found, at, err := s.Choice(list, key)
	if err == nil {
		found.Choices = slices.Delete(found.Choices, at, at+1)
	}
	return err
}

// Sharing lists the questions that choose from a list.
func (s *Survey) Sharing(list string) []string {
	var names []string
	s.Walk(func(n *Node) bool {
		if n.Type.Selects() && n.List == list {
			names = append(names, n.Name)
		}
		return true
	})
	return names
}

// OwnList gives a question a copy of its list, so that changing one leaves the
// other questions alone, and returns the copy's name.
func (s *Survey) OwnList(name string) (string, error) {
	_, node, _, err := s.known(name)
	if err != nil {
		return "", err
	}
	list := s.List(node.List)
	if list == nil {
		return "", failure.New(failure.NotFound, "error.edit_unknown_list", "list", node.List)
	}
	copied := (&Survey{Choices: []*ChoiceList{list}}).Clone().Choices[0]
	copied.Name = s.FreeName(name)
	if copied.Name == list.Name { // never: a list has that name
		return "", invalid("error.edit_name_taken", "name", copied.Name)
	}
	s.Choices = append(s.Choices, copied)
	node.List = copied.Name
	return copied.Name, nil
}
