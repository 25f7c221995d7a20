package server

import (
	"cmp"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// labelIn is what readers call a variable.
func labelIn(words localizer, v analysis.Variable) string {
	return cmp.Or(v.Label[words.Language()], v.Label["en"], v.Label["de"], v.Name)
}

// madeOf says how a variable follows from questions.
func (s *Server) madeOf(words localizer, wave *store.LiveWave, v analysis.Variable) string {
	name := func(question string) string {
		if e := wave.Version.Element(question); e != nil {
			return s.elementName(words, wave, e)
		}
		return question
	}
	switch {
	case v.Kind == analysis.Recode:
		return words.T("variables.made.recode", "question", name(v.Source))
	case v.Kind == analysis.Band && len(v.Limits) == 0:
		return words.T("variables.made.band_new", "question", name(v.Source))
	case v.Kind == analysis.Band:
		return words.T("variables.made.band", "question", name(v.Source), "limits", strings.Join(v.Limits, " · "))
	case len(v.Items) == 0:
		return words.T("variables.hint.index")
	}
	items := make([]string, len(v.Items))
	for i, item := range v.Items {
		items[i] = name(item.Question)
		if item.Reversed {
			items[i] = words.T("variables.reversed_item", "question", items[i])
		}
	}
	return words.T("variables.made.index", "items", strings.Join(items, " · "))
}

// element finds a question, a calculated variable or the flags of data quality,
// all in the shape of a question; nil for none.
func (s *Server) element(words localizer, wave *store.LiveWave, name string) *survey.Element {
	if e := wave.Element(name); e != nil || name != analysis.VariableQuality {
		return e
	}
	say := func(key string) survey.Text {
		return survey.Text{words.Language(): {Text: words.T(key)}}
	}
	list := &survey.ChoiceList{Name: name}
	for _, flag := range analysis.Flags() {
		list.Choices = append(list.Choices, &survey.Choice{Name: flag, Label: say("quality.flag." + flag)})
	}
	return survey.NewVariable(&survey.Node{Type: survey.SelectOne, Name: name, List: name, Label: say("quality.variable")}, list)
}

// bandName is what readers call a band of numbers or dates by its name; not ok
// for what is none.
func bandName(words localizer, e *survey.Element, value string) (string, bool) {
	kind := analysis.Number
	switch e.Type {
	case survey.Date, survey.DateTime:
		kind = analysis.Months
	case survey.Integer, survey.Decimal, survey.TypeRange:
	default:
		return "", false
	}
	class, ok := analysis.ClassNamed(kind, value)
	if !ok {
		return "", false
	}
	if value == ".." {
		return words.T("variables.all_values"), true
	}
	return charts.ClassLabel(kind, class, e, words), true
}

// calculatedChoices are the calculated variables and the flags, as the form of the
// explorer offers them: to be shown, to divide by and to filter.
func (s *Server) calculatedChoices(words localizer, wave *store.LiveWave, explorer *analysis.Explorer, shown string) (questions, by []option, filters []optionGroup) {
	if explorer == nil {
		return nil, nil, nil
	}
	elements := wave.Calculated.Elements()
	if wave.Version.Element(analysis.VariableQuality) == nil {
		elements = append(elements, s.element(words, wave, analysis.VariableQuality))
	}
	for _, e := range elements {
		label := s.elementName(words, wave, e)
		questions = append(questions, option{e.Name, label, e.Name == shown})
		if !wave.Calculated.Divides(e.Name) && e.Name != analysis.VariableQuality {
			continue
		}
		by = append(by, option{Value: e.Name, Label: label})
		group := optionGroup{Label: label}
		for _, cell := range cellsOf(explorer, e.Name) {
			group.Options = append(group.Options, option{Value: e.Name + ":" + cell.Name, Label: s.valueName(words, wave, e.Name, cell.Name)})
		}
		filters = append(filters, group)
	}
	return questions, by, filters
}
