package survey

import (
	"slices"
	"strings"

	"bedarfslotse/internal/failure"
)

// Settings are what an editor sets of a question or group beside its texts, its
// type and its place.
type Settings struct {
	Required, Relevant, Constraint, Calculation, Default string
	ChoiceFilter, RepeatCount                            string
	Appearance, Parameters, Pictogram                    string
	ReadOnly, Sensitive, Attributed                      bool
	Measures                                             *Measure
}

// Settings returns those of a node.
func (n *Node) Settings() Settings {
	return Settings{Required: n.Required, Relevant: n.Relevant, Constraint: n.Constraint, Calculation: n.Calculation, Default: n.Default,
		ChoiceFilter: n.ChoiceFilter, RepeatCount: n.RepeatCount, Appearance: n.Appearance, Parameters: n.Parameters, Pictogram: n.Pictogram,
		ReadOnly: n.ReadOnly, Sensitive: n.Sensitive, Attributed: n.Attributed, Measures: n.Measures}
}

// Set changes a node's settings. Expressions are taken as they are: what is
// wrong with them is a finding.
func (s *Survey) Set(name string, to Settings) error {
	_, node, _, err := s.known(name)
	if err != nil {
		return err
	}
	if to.Measures != nil && !slices.Contains(Aspects(), to.Measures.As) {
		return invalid("error.edit_aspect", "aspect", string(to.Measures.As))
	}
	trim := strings.TrimSpace
	node.Required, node.Relevant, node.Constraint = NormalRequired(to.Required), trim(to.Relevant), trim(to.Constraint)
	node.Calculation, node.Default, node.ChoiceFilter = trim(to.Calculation), trim(to.Default), trim(to.ChoiceFilter)
	node.RepeatCount, node.Appearance, node.Parameters = trim(to.RepeatCount), trim(to.Appearance), trim(to.Parameters)
	node.Pictogram, node.ReadOnly, node.Sensitive, node.Attributed = trim(to.Pictogram), to.ReadOnly, to.Sensitive, to.Attributed
	node.Measures = nil
	if to.Measures != nil {
		copied := *to.Measures
		node.Measures = &copied
	}
	return nil
}

// Retype gives a question another type, and for one that selects the list to
// select from; a group can become a repeat and back. How it looks and its
// parameters belong to the old type and go.
func (s *Survey) Retype(name string, to Type, list string) error {
	_, node, _, err := s.known(name)
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(Types(), to) || to.Contains() != node.Type.Contains():
		return invalid("error.edit_type", "type", string(to))
	case to.Selects() && s.List(list) == nil:
		return failure.New(failure.NotFound, "error.edit_unknown_list", "list", list)
	case to == node.Type && (list == node.List || !to.Selects()):
		return nil
	}
	if to != node.Type {
		node.Appearance, node.Parameters, node.RepeatCount = "", "", ""
	}
	node.Type, node.List = to, ""
	if to.Selects() {
		node.List = list
	}
	return nil
}

// Appearances lists the looks that a type may be given in the editor, without
// the usual one. Others that a survey brings along are kept.
func Appearances(t Type) []string {
	switch t {
	case Group:
		return []string{"table-list", "field-list"}
	case TextType:
		return []string{"multiline"}
	case SelectOne:
		return []string{"minimal", "autocomplete", "likert"}
	case SelectMultiple:
		return []string{"minimal"}
	case Date:
		return []string{"month-year", "year"}
	case TypeRange:
		return []string{"rating", "picker", "vertical", "no-ticks"}
	case Integer, Decimal:
		return []string{"numbers"}
	default:
		return nil
	}
}

// ParameterNames lists the parameters that a type may be given in the editor.
func ParameterNames(t Type) []string {
	switch t {
	case TypeRange:
		return []string{"start", "end", "step"}
	case SelectOne, SelectMultiple, Rank:
		return []string{"randomize"}
	default:
		return nil
	}
}

// Parameter returns one parameter of a node, "" when it has none of that name.
func (n *Node) Parameter(name string) string {
	found, _ := splitParameters(n.Parameters)
	return found[name]
}

// WithParameter returns parameters with one set anew, or taken away where its
// value is empty; the others stay, in alphabetical order.
func WithParameter(parameters, name, value string) string {
	found, ok := splitParameters(parameters)
	if !ok {
		found = map[string]string{}
	}
	if value = strings.Join(strings.Fields(value), ""); value == "" {
		delete(found, name)
	} else {
		found[name] = value
	}
	var parts []string
	for _, key := range sortedKeys(found) {
		parts = append(parts, key+"="+found[key])
	}
	return strings.Join(parts, " ")
}
