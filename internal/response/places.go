package response

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"bedarfslotse/internal/expression"
	"bedarfslotse/internal/survey"
)

// place is one node of the answers as paths walk over them: a question, group
// or instance of a repeat, or the root, of which the element is nil. in is the
// instance that holds its cell; for an instance of a repeat it is that itself.
type place struct {
	version *survey.Version
	in      *instance
	element *survey.Element
}

// instance tells whether the place is an instance of a repeat.
func (p place) instance() bool { return p.element != nil && p.element == p.in.repeat }

// Name returns the element's name; the root has the one that XLSForm gives it.
func (p place) Name() string {
	if p.element == nil {
		return "data"
	}
	return p.element.Name
}

// Text returns the answer, "" for what only holds other nodes.
func (p place) Text() string {
	if p.element == nil || p.element.Type.Contains() {
		return ""
	}
	if c := p.in.cell(p.element); !c.irrelevant {
		return c.text
	}
	return ""
}

// Parent returns the group, instance or root around the place.
func (p place) Parent() expression.Place {
	if p.element == nil {
		return nil
	}
	in := p.in
	if p.instance() {
		in = in.parent
	}
	return place{p.version, in, p.element.Parent}
}

// Position counts the instances of a repeat from 1; all else is there once.
func (p place) Position() int {
	if p.instance() {
		return p.in.number + 1
	}
	return 1
}

// Children returns what is inside and relevant.
func (p place) Children(name string) []expression.Place {
	inside := p.version.Top
	if p.element != nil {
		inside = p.element.Children
	}
	var found []expression.Place
	for _, e := range inside {
		if name != "*" && name != e.Name {
			continue
		}
		c := p.in.cell(e)
		switch {
		case c.irrelevant, e.Type == survey.Note: // a note holds no answer
		case e.Type == survey.Repeat:
			for _, child := range c.instances {
				found = append(found, place{p.version, child, e})
			}
		default:
			found = append(found, place{p.version, p.in, e})
		}
	}
	return found
}

// Column returns the texts of the children of one name.
func (p place) Column(name string) expression.Value {
	e := p.version.Element(name)
	if e == nil || e.Parent != p.element || e.Type.Contains() || e.Type == survey.Note || p.in.cell(e).irrelevant {
		children := p.Children(name)
		if len(children) == 0 {
			return expression.Nodes(nil)
		}
		return expression.Nodes(make([]string, len(children))) // groups and repeats have no text
	}
	return expression.Node(p.in.cell(e).text)
}

// Place returns where the expression stands.
func (s *scope) Place() expression.Place {
	if s.element == nil {
		return place{s.version, s.in, s.in.repeat}
	}
	return place{s.version, s.in, s.element}
}

// Find returns the nodes that ${name} means as seen from a place.
func (s *scope) Find(name string, from expression.Place) []expression.Place {
	e := s.version.Element(name)
	if e == nil {
		return nil
	}
	in := s.in
	if at, known := from.(place); known {
		in = at.in
	}
	if e.Type == survey.Repeat {
		// All instances that share the nearest place around, also seen from inside.
		for in.host(e) == nil {
			in = in.parent
		}
		in = in.host(e)
		return s.instances(in, e)
	}
	host := s.holderOf(e)
	if host == nil {
		host = in.host(e)
	}
	if host != nil {
		if host.cell(e).irrelevant {
			return nil
		}
		return []expression.Place{place{s.version, host, e}}
	}
	var found []expression.Place
	in.host(outermost(e, in)).each(e, func(holder *instance) {
		if !holder.cell(e).irrelevant {
			found = append(found, place{s.version, holder, e})
		}
	})
	return found
}

// Instance returns a choice list as a tree of items.
func (s *scope) Instance(name string) expression.Place {
	list := s.version.List(name)
	if list == nil {
		return nil
	}
	return &listPlace{list: list, language: s.language, source: s.version.Language}
}

// Label returns what respondents read for a choice.
func (s *scope) Label(question, choice string) string {
	e := s.version.Element(question)
	if e == nil || e.Choices == nil {
		return ""
	}
	at := e.ChoiceIndex(choice)
	if at < 0 {
		return ""
	}
	return labelIn(e.Choices.Choices[at], s.language, s.version.Language)
}

// labelIn returns a choice's label in a language, else in the survey's own.
func labelIn(choice *survey.Choice, language, source string) string {
	label, _ := choice.Label.In(language, source)
	return label
}

// Text returns the label that the column itextId of a list names.
func (s *scope) Text(id string) string {
	cut := strings.LastIndexByte(id, '-')
	if cut < 0 {
		return ""
	}
	list := s.version.List(id[:cut])
	at, err := strconv.Atoi(id[cut+1:])
	if list == nil || err != nil || at < 0 || at >= len(list.Choices) {
		return ""
	}
	return labelIn(list.Choices[at], s.language, s.version.Language)
}

// Random draws what a respondent without a script has not drawn. Nothing
// secret rests on it.
func (s *scope) Random() float64 { return rand.Float64() } //nolint:gosec // as said

// listPlace is the root of a choice list.
type listPlace struct {
	list             *survey.ChoiceList
	language, source string
	items            []itemPlace
}

// Name is what XForms calls it.
func (l *listPlace) Name() string { return "root" }

// Text is empty: the list holds items.
func (l *listPlace) Text() string { return "" }

// Parent is none.
func (l *listPlace) Parent() expression.Place { return nil }

// Position is that of the only one.
func (l *listPlace) Position() int { return 1 }

// Column returns nodes without text.
func (l *listPlace) Column(name string) expression.Value {
	return expression.Nodes(make([]string, len(l.Children(name))))
}

// Children returns the choices, made once.
func (l *listPlace) Children(name string) []expression.Place {
	if name != "*" && name != "item" {
		return nil
	}
	if l.items == nil {
		l.items = make([]itemPlace, len(l.list.Choices))
		for i := range l.items {
			l.items[i] = itemPlace{l, i}
		}
	}
	found := make([]expression.Place, len(l.items))
	for i := range found {
		found[i] = &l.items[i]
	}
	return found
}

// itemPlace is one choice of a list.
type itemPlace struct {
	list *listPlace
	at   int
}

// Name is what XForms calls it.
func (i *itemPlace) Name() string { return "item" }

// Text is empty: the item holds columns.
func (i *itemPlace) Text() string { return "" }

// Parent is the list.
func (i *itemPlace) Parent() expression.Place { return i.list }

// Position counts the choices from 1.
func (i *itemPlace) Position() int { return i.at + 1 }

// Children returns the columns that the choice has something in.
func (i *itemPlace) Children(name string) []expression.Place {
	names := []string{name}
	if name == "*" {
		names = append([]string{"name", "label", "itextId"}, i.list.list.Columns...)
	}
	var found []expression.Place
	for _, column := range names {
		if text, known := i.text(column); known {
			found = append(found, columnPlace{i, column, text})
		}
	}
	return found
}

// Column returns one column's text.
func (i *itemPlace) Column(name string) expression.Value {
	if text, known := i.text(name); known {
		return expression.Node(text)
	}
	return expression.Nodes(nil)
}

func (i *itemPlace) text(column string) (string, bool) {
	choice := i.list.list.Choices[i.at]
	switch column {
	case "name":
		return choice.Name, true
	case "label":
		return labelIn(choice, i.list.language, i.list.source), true
	case "itextId":
		return i.list.list.Name + "-" + strconv.Itoa(i.at), true
	}
	text, known := choice.Values[column]
	return text, known
}

// columnPlace is one column of a choice.
type columnPlace struct {
	item       *itemPlace
	name, text string
}

// Name is the column's.
func (c columnPlace) Name() string { return c.name }

// Text is what stands in it.
func (c columnPlace) Text() string { return c.text }

// Parent is the choice.
func (c columnPlace) Parent() expression.Place { return c.item }

// Position is that of the only one.
func (c columnPlace) Position() int { return 1 }

// Children are none.
func (c columnPlace) Children(string) []expression.Place { return nil }

// Column is empty.
func (c columnPlace) Column(string) expression.Value { return expression.Nodes(nil) }

// instances returns the instances of a repeat below the instance that holds it.
func (s *scope) instances(host *instance, repeat *survey.Element) []expression.Place {
	c := host.cell(repeat)
	if c.irrelevant {
		return nil
	}
	found := make([]expression.Place, len(c.instances))
	for i, child := range c.instances {
		found[i] = place{s.version, child, repeat}
	}
	return found
}
