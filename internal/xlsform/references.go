package xlsform

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"bedarfslotse/internal/survey"
)

// reference is ${name}, in expressions and in texts.
var reference = regexp.MustCompile(`\$\{\s*([^{}$]*?)\s*\}`)

// notAColumn is what a choice filter says in quotes or about questions.
var notAColumn = regexp.MustCompile(`'[^']*'|"[^"]*"|\$\{[^}]*\}`)

// filterWord is whatever in a choice filter may be a column.
var filterWord = regexp.MustCompile(`[\p{L}_][\p{L}\p{N}_.-]*`)

// settleReferences deals with what refers to rows that are not in the survey.
//
// A calculation that rests on one is left out too, with a warning, and so on
// with what rests on that one. Where it would change who is asked, what is
// accepted or what a kept question holds, it is an error.
func (r *reader) settleReferences() {
	r.out.Walk(func(node *survey.Node) bool { delete(r.omitted, node.Name); return true })
	for len(r.omitted) > 0 {
		before := len(r.omitted)
		r.out.Nodes = r.prune(r.out.Nodes)
		if len(r.omitted) == before {
			break
		}
	}
	names := map[string]bool{}
	r.out.Walk(func(node *survey.Node) bool { names[node.Name] = true; return true })
	r.out.Walk(func(node *survey.Node) bool { r.settle(node, names); return true })
	for _, list := range r.out.Choices {
		s := r.sheetOf(list)
		for _, choice := range list.Choices {
			r.settleText(r.cellAt(s, choice.Position.Line, s.find("label")), "label", choice.Label, names)
			r.settleMedia(s, choice.Position.Line, choice.Media, names)
		}
	}
	if at := r.settings.at(r.head, "ignored instance_name"); r.head.Line > 0 {
		for _, match := range reference.FindAllStringSubmatch(at.cell, -1) {
			if _, omitted := r.omitted[match[1]]; !omitted && !names[match[1]] {
				r.fatal(at, keyTextReference, "property", "instance_name", "reference", match[1],
					"suggestion", r.nearestName(match[1], names))
			}
		}
	}
}

// prune returns the nodes without calculations and choices that rest on omitted
// rows and without groups that have lost everything that was in them.
func (r *reader) prune(nodes []*survey.Node) []*survey.Node {
	return slices.DeleteFunc(nodes, func(node *survey.Node) bool {
		had := len(node.Children)
		node.Children = r.prune(node.Children)
		if len(node.Children) < had {
			r.shrunk[node] = true
		}
		if node.Type.Contains() {
			if len(node.Children) > 0 || !r.shrunk[node] {
				return false
			}
			r.warn(r.nodePlace(node, "type"), keyGroupEmptied, "name", node.Name)
			r.omitted[node.Name] = omission{line: node.Position.Line, word: string(node.Type)}
			return true
		}
		source, property, key := "", "", ""
		switch {
		case node.Type == survey.Calculate:
			source, property, key = node.Calculation+" "+node.Trigger, "calculation", keyCalculationDeclined
		case node.Type.Selects():
			source, property, key = node.List, "type", keyChoicesDeclined
		}
		name, missing, found := r.missing(source)
		if !found {
			return false
		}
		if !missing.fatal {
			r.warn(r.nodePlace(node, property), key, "name", node.Name,
				"reference", name, "row", missing.line, "type", missing.word)
		}
		r.omitted[node.Name] = omission{line: node.Position.Line, word: string(node.Type), fatal: missing.fatal}
		return true
	})
}

// instance is a list that an expression looks things up in.
var instance = regexp.MustCompile(`instance\(\s*['"]([^'"]+)['"]\s*\)`)

// missing returns the first omitted row that a text refers to: a question, or
// what would have brought the list that it looks things up in.
func (r *reader) missing(source string) (string, omission, bool) {
	for _, match := range instance.FindAllStringSubmatch(source, -1) {
		if one, found := r.omitted[match[1]]; found && r.lists[match[1]] == nil {
			return match[1], one, true
		}
	}
	for _, match := range reference.FindAllStringSubmatch(source, -1) {
		if one, found := r.omitted[match[1]]; found {
			return match[1], one, true
		}
	}
	return "", omission{}, false
}

// settle tells where a question still refers to an omitted row. The expression
// is taken out, so that the survey's own check does not repeat it in words that
// do not help.
func (r *reader) settle(node *survey.Node, names map[string]bool) {
	for _, one := range []struct {
		property string
		source   *string
	}{
		{"relevant", &node.Relevant}, {"required", &node.Required}, {"constraint", &node.Constraint},
		{"calculation", &node.Calculation}, {"choice_filter", &node.ChoiceFilter},
		{"repeat_count", &node.RepeatCount}, {"default", &node.Default}, {"trigger", &node.Trigger},
	} {
		name, missing, found := r.missing(*one.source)
		if !found {
			continue
		}
		*one.source = ""
		at := r.nodePlace(node, one.property)
		switch {
		case missing.fatal: // told at its row
		case one.property == "default":
			r.warn(at, keyDefaultDeclined, "name", node.Name, "reference", name, "row", missing.line, "type", missing.word)
		default:
			r.fatal(at, keyRefersDeclined, "name", node.Name, "property", one.property,
				"reference", name, "row", missing.line, "type", missing.word)
		}
	}
	for _, one := range []struct {
		property string
		text     survey.Text
	}{
		{"label", node.Label}, {"hint", node.Hint}, {"guidance_hint", node.GuidanceHint},
		{"required_message", node.RequiredMessage}, {"constraint_message", node.ConstraintMessage},
	} {
		r.settleText(r.nodePlace(node, one.property), one.property, one.text, names)
	}
	r.settleMedia(r.survey, node.Position.Line, node.Media, names)
}

// settleMedia checks the ${name} inside the names of pictures and sounds.
func (r *reader) settleMedia(s *sheet, line int, media survey.Media, names map[string]bool) {
	for _, kind := range slices.Sorted(maps.Keys(media)) {
		for _, tag := range slices.Sorted(maps.Keys(media[kind])) {
			for _, match := range reference.FindAllStringSubmatch(media[kind][tag], -1) {
				if _, omitted := r.omitted[match[1]]; !omitted && !names[match[1]] {
					r.fatal(r.cellAt(s, line, s.find(kind)), keyMediaReference, "reference", match[1],
						"suggestion", r.nearestName(match[1], names))
				}
			}
		}
	}
}

// settleText checks the ${name} inside what respondents read. A value that is
// never there is shown as an ellipsis.
func (r *reader) settleText(at place, property string, text survey.Text, names map[string]bool) {
	told := map[string]bool{}
	for _, tag := range r.languages.all {
		phrase, ok := text[tag]
		if !ok || !strings.Contains(phrase.Text, "${") {
			continue
		}
		phrase.Text = reference.ReplaceAllStringFunc(phrase.Text, func(match string) string {
			name := reference.FindStringSubmatch(match)[1]
			if names[name] {
				return match
			}
			missing, omitted := r.omitted[name]
			switch {
			case told[name], omitted && missing.fatal:
			case omitted:
				r.warn(at, keyTextDeclined, "property", property, "reference", name, "row", missing.line, "type", missing.word)
			default:
				r.fatal(at, keyTextReference, "property", property, "reference", name, "suggestion", r.nearestName(name, names))
			}
			told[name] = true
			if omitted {
				return "…"
			}
			return match
		})
		text[tag] = phrase
	}
}

// nearestName suggests a question's name, a limited number of times: comparing
// everything with everything would take minutes on a sheet made for that.
func (r *reader) nearestName(name string, names map[string]bool) string {
	const comparisons = 200_000
	r.compared += len(names)
	if r.compared > comparisons {
		return ""
	}
	return nearest(name, slices.Collect(maps.Keys(names)))
}

// nodePlace is where a property of a node stands, with the cell's text.
func (r *reader) nodePlace(node *survey.Node, property string) place {
	at := node.Place(property)
	return place{sheet: r.survey.name, line: at.Line, col: at.Column, cell: r.survey.text(at.Line, at.Column)}
}

func (r *reader) cellAt(s *sheet, line int, c *column) place {
	if c == nil {
		return place{sheet: s.name, line: line}
	}
	return place{sheet: s.name, line: line, col: c.at + 1, cell: s.text(line, c.at+1)}
}
