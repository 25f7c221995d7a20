package survey

import (
	"slices"
	"strings"

	"bedarfslotse/internal/expression"
)

// Rename gives a question or group another name, everywhere: in expressions and
// in texts of all languages, of which no translation goes stale by it. An
// expression that cannot be read stays as it is and keeps its finding.
func (s *Survey) Rename(from, to string) error {
	_, node, _, err := s.known(from)
	if err != nil {
		return err
	}
	switch {
	case from == to:
		return nil
	case !questionName.MatchString(to) || slices.Contains(Reserved(), to):
		return invalid("error.edit_bad_name", "name", to)
	case s.Node(to) != nil:
		return invalid("error.edit_name_taken", "name", to)
	}
	node.Name = to
	s.Walk(func(one *Node) bool {
		one.renameIn(from, to)
		return true
	})
	for _, one := range s.Texts() {
		one.Text.rename(s.Language, "${"+from+"}", "${"+to+"}")
	}
	return nil
}

// expressions lists the properties that are, or may be, expressions.
func (n *Node) expressions() []*string {
	all := []*string{&n.Relevant, &n.Constraint, &n.Calculation, &n.ChoiceFilter, &n.RepeatCount}
	if n.Required != "yes" {
		all = append(all, &n.Required)
	}
	if DynamicDefault(n.Default) {
		all = append(all, &n.Default)
	}
	return all
}

func (n *Node) renameIn(from, to string) {
	for _, source := range n.expressions() {
		if *source == "" {
			continue
		}
		if renamed, err := expression.Rename(*source, from, to); err == nil {
			*source = renamed
		}
	}
	// References and nothing else: of a list made of answers, of triggers, of the
	// seed of a random order.
	for _, source := range []*string{&n.List, &n.Trigger, &n.Parameters} {
		*source = strings.ReplaceAll(*source, "${"+from+"}", "${"+to+"}")
	}
}

// rename replaces a reference in all languages of a text. A translation that
// was made from the source as it was is one of the source as it is.
func (t Text) rename(language, from, to string) {
	before := t[language].Text
	after := strings.ReplaceAll(before, from, to)
	for tag, phrase := range t {
		if phrase.Source == SourceHash(before) {
			phrase.Source = SourceHash(after)
		}
		phrase.Text = strings.ReplaceAll(phrase.Text, from, to)
		t[tag] = phrase
	}
}

// Users lists the questions and groups whose expressions or texts refer to one,
// outside of itself, in document order.
func (s *Survey) Users(name string) []string {
	within := map[*Node]bool{}
	if node := s.Node(name); node != nil {
		walk([]*Node{node}, func(n *Node) bool { within[n] = true; return true })
	}
	var users []string
	s.Walk(func(n *Node) bool {
		if !within[n] && n.refersTo(within) {
			users = append(users, n.Name)
		}
		return true
	})
	return users
}

func (n *Node) refersTo(others map[*Node]bool) bool {
	names := map[string]bool{}
	for other := range others {
		names[other.Name] = true
	}
	for _, source := range n.expressions() {
		tree, err := expression.Parse(*source)
		if err == nil && slices.ContainsFunc(tree.References(), func(name string) bool { return names[name] }) {
			return true
		}
	}
	var all []string
	for _, t := range n.texts() {
		for _, phrase := range *t.text {
			all = append(all, phrase.Text)
		}
	}
	text := strings.Join(append(all, n.List, n.Trigger, n.Parameters), "\n")
	for name := range names {
		if strings.Contains(text, "${"+name+"}") {
			return true
		}
	}
	return false
}
