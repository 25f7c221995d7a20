package server

import (
	"slices"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// exploreChart builds the chart of what is looked at.
func (s *Server) exploreChart(e *exploration, words *i18n.Localizer, options ...charts.Option) charts.Chart {
	options = append(options, charts.Languages(e.wave.Version.Languages...))
	switch len(e.query.By) {
	case 0:
		figure := e.figure()
		if e.layout == charts.Dumbbells && e.section == "" && figure.Paired {
			return charts.BuildPairs(s.importances(e, words), words, options...)
		}
		if figure.Perturbed {
			options = append(options, charts.Perturbed())
		}
		return charts.Build(*figure, e.element, words, options...)
	case 1:
		grouped := s.grouped(e, words)
		if e.layout == charts.Dumbbells && len(grouped.Groups) == 2 {
			pairs := charts.PairsOfGroups(grouped, grouped.Groups[0].Name, grouped.Groups[1].Name, e.element, words, options...)
			return charts.BuildPairs(pairs, words, options...)
		}
		return charts.BuildGrouped(grouped, e.layout, e.element, words, options...)
	default:
		return charts.BuildPanels(s.panels(e, words), e.layout, e.element, words, options...)
	}
}

// layouts are the ways in which the chart can be drawn.
func (e *exploration) layouts(s *Server, words *i18n.Localizer) []charts.Layout {
	switch len(e.query.By) {
	case 0:
		if e.section == "" && e.figure().Paired {
			return []charts.Layout{charts.Bars, charts.Dumbbells}
		}
		return nil
	case 1:
		grouped := s.grouped(e, words)
		layouts := charts.Layouts(grouped)
		if len(layouts) > 0 && len(grouped.Groups) == 2 {
			layouts = append(layouts, charts.Dumbbells)
		}
		return layouts
	default:
		return charts.PanelLayouts(s.panels(e, words))
	}
}

// pairs tells whether importance and state of all items are looked at.
func (e *exploration) pairs() bool {
	return e.layout == charts.Dumbbells && e.section == "" && len(e.query.By) == 0 && slices.Contains(pairedQuestions(e.wave), e.element.Name)
}

// figure is that of the question of the undivided group.
func (e *exploration) figure() *analysis.Figure {
	return figureNamed(e.whole.Groups[0].Figures, e.element.Name)
}

// pairedQuestions are those that ask how important an item is or what its state
// is, where the survey asks both.
func pairedQuestions(wave *store.LiveWave) (names []string) {
	for _, element := range wave.Version.Elements {
		if other := otherHalf(wave, element); other != nil {
			names = append(names, element.Name)
		}
	}
	return names
}

// otherHalf is the state of an item's importance and the other way round, nil for
// none.
func otherHalf(wave *store.LiveWave, element *survey.Element) *survey.Element {
	if element.Measures == nil || element.Scale == 0 {
		return nil
	}
	want := *element.Measures
	switch want.As {
	case survey.Importance:
		want.As = survey.State
	case survey.State:
		want.As = survey.Importance
	default:
		return nil
	}
	at := slices.IndexFunc(wave.Version.Elements, func(one *survey.Element) bool {
		return one.Measures != nil && *one.Measures == want && one.Scale == element.Scale
	})
	if at < 0 {
		return nil
	}
	return wave.Version.Elements[at]
}

// importances are importance and state of all items.
func (s *Server) importances(e *exploration, words *i18n.Localizer) charts.Pairs {
	pairs := charts.Pairs{Name: "importance", Title: words.T("explore.pairs", "title", titleOf(e.wave, words)),
		First: words.T("explore.aspect.importance"), Last: words.T("explore.aspect.state"), Low: 1, High: float64(e.element.Scale)}
	languages := readingOrder(words, e.wave.Version.Survey)
	for _, element := range e.wave.Version.Elements {
		state := otherHalf(e.wave, element)
		if state == nil || element.Measures.As != survey.Importance || element.Scale != e.element.Scale {
			continue
		}
		first, last := figureNamed(e.whole.Groups[0].Figures, element.Name), figureNamed(e.whole.Groups[0].Figures, state.Name)
		if first == nil || last == nil || !first.Paired {
			continue
		}
		label, _ := element.Label.In(languages...)
		pairs.Items = append(pairs.Items, charts.Item{Name: element.Name, Label: charts.Plain(label),
			First: charts.MeanSide(*first, first.Perturbed), Last: charts.MeanSide(*last, last.Perturbed)})
	}
	return pairs
}

// grouped is the question divided by one variable.
func (s *Server) grouped(e *exploration, words *i18n.Localizer) charts.Grouped {
	variable := e.query.By[0]
	made := charts.Grouped{Variable: variable, By: s.variableName(words, e.wave, variable), Ordered: e.ordered(variable), Tests: e.chartTests()}
	for _, one := range e.named() {
		made.Groups = append(made.Groups, one.chart(s.groupName(words, e.wave, variable, one.values(0))))
	}
	return made
}

// panels is the question divided by two variables. Groups whose figure is exact
// only together have a panel of their own, named after all of them.
func (s *Server) panels(e *exploration, words *i18n.Localizer) charts.Panels {
	first, second := e.query.By[0], e.query.By[1]
	made := charts.Panels{Variable: first, By: s.variableName(words, e.wave, first), Across: second, Second: s.variableName(words, e.wave, second), Tests: e.chartTests()}
	for _, one := range e.named() {
		across := one.values(1)
		name := strings.Join(across, "+")
		at := slices.IndexFunc(made.Panels, func(panel charts.Panel) bool { return panel.Name == name })
		if at < 0 {
			at = len(made.Panels)
			made.Panels = append(made.Panels, charts.Panel{Name: name, Label: s.groupName(words, e.wave, second, across)})
		}
		label := s.groupName(words, e.wave, first, one.values(0))
		if !one.product() {
			label = s.eachName(words, e, one)
		}
		made.Panels[at].Groups = append(made.Panels[at].Groups, one.chart(label))
	}
	return made
}

// namedGroup is what a chart shows under one name: a group, or several whose
// figure is exact only together (METHODS 5.2).
type namedGroup struct {
	groups []analysis.Group
	figure analysis.Figure
}

// named puts the groups together that are shown together. One that is refused
// keeps its name and shows nothing.
func (e *exploration) named() []namedGroup {
	all := e.divided.Groups
	together := make([][]int, len(all)) // by group, all that its figure is of
	for _, group := range all {
		if len(group.Figures) > 0 {
			for _, other := range group.Figures[0].Together {
				together[other] = group.Figures[0].Together
			}
		}
	}
	var made []namedGroup
	for i, group := range all {
		one := namedGroup{groups: []analysis.Group{group}, figure: analysis.Figure{Question: e.element.Name, Withheld: analysis.TooFew}}
		if len(group.Figures) > 0 {
			one.figure = group.Figures[0]
		}
		if len(together[i]) > 0 {
			if together[i][0] != i {
				continue // shown with the first of them
			}
			one.groups = nil
			for _, other := range together[i] {
				one.groups = append(one.groups, all[other])
				if len(all[other].Figures) > 0 {
					one.figure = all[other].Figures[0]
				}
			}
		}
		made = append(made, one)
	}
	return made
}

// values are the categories of the variable at a place, each once.
func (g *namedGroup) values(at int) []string {
	var values []string
	for _, group := range g.groups {
		for _, value := range group.Values[at] {
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	return values
}

// product tells whether each category of the first variable meets each of the
// second.
func (g *namedGroup) product() bool {
	met := 0
	for _, group := range g.groups {
		met += len(group.Values[0]) * len(group.Values[1])
	}
	return met == len(g.values(0))*len(g.values(1))
}

// chart is the group as charts take it.
func (g *namedGroup) chart(label string) charts.Group {
	one := charts.Group{Name: strings.Join(g.values(0), "+"), Label: label, Perturbed: g.figure.Perturbed, Figure: g.figure}
	if len(g.groups) == 1 {
		one.N = g.groups[0].N
	}
	return one
}

// eachName names every group of several by both variables.
func (s *Server) eachName(words *i18n.Localizer, e *exploration, of namedGroup) string {
	names := make([]string, len(of.groups))
	for i, group := range of.groups {
		names[i] = words.T("explore.in", "first", s.groupName(words, e.wave, e.query.By[0], group.Values[0]),
			"second", s.groupName(words, e.wave, e.query.By[1], group.Values[1]))
	}
	return strings.Join(names, ", ")
}

// ordered tells that a variable's categories have an order of their own.
func (e *exploration) ordered(variable string) bool {
	if v, calculated := e.wave.Calculated.Variable(variable); calculated {
		return v.Kind == analysis.Band
	}
	element := e.wave.Version.Element(variable)
	return element != nil && element.Scale > 0
}

// groupName writes categories of a variable as readers call them.
func (s *Server) groupName(words *i18n.Localizer, wave *store.LiveWave, variable string, values []string) string {
	told := make([]string, len(values))
	for i, value := range values {
		told[i] = s.valueName(words, wave, variable, value)
	}
	return strings.Join(told, ", ")
}

// joinedName writes categories that stand together. They come without their
// variable: it is the one of those looked at that knows them all.
func (s *Server) joinedName(words *i18n.Localizer, e *exploration, values []string) string {
	variables := slices.Clone(e.query.By)
	for _, filter := range e.query.Filters {
		variables = append(variables, filter.Variable)
	}
	for _, variable := range variables {
		if !slices.ContainsFunc(values, func(value string) bool { return !s.knows(words, e.wave, variable, value) }) {
			return s.groupName(words, e.wave, variable, values)
		}
	}
	return strings.Join(values, ", ")
}

// knows tells whether a variable has a category.
func (s *Server) knows(words *i18n.Localizer, wave *store.LiveWave, variable, value string) bool {
	known := value == analysis.NotKnown || value == analysis.NotAskedValue
	switch variable {
	case analysis.VariableArea:
		_, is := s.desk.Areas.Get(value)
		return known || is
	case analysis.VariableInstitutionType:
		_, is := s.desk.Types.Get(value)
		return known || is
	case analysis.VariableLanguage:
		return known || slices.Contains(wave.Version.Languages, value)
	}
	element := s.element(words, wave, variable)
	if element != nil && element.Choices == nil {
		_, known = bandName(words, element, value)
	}
	return known || element != nil && element.Choices != nil && element.ChoiceIndex(value) >= 0
}

// valueName is what readers call a category of a variable.
func (s *Server) valueName(words *i18n.Localizer, wave *store.LiveWave, variable, value string) string {
	switch value {
	case analysis.NotKnown:
		return words.T("explore.not_known")
	case analysis.NotAskedValue:
		return words.T("explore.not_asked")
	}
	switch variable {
	case analysis.VariableArea:
		return s.areaName(words, value)
	case analysis.VariableInstitutionType:
		if kind, known := s.desk.Types.Get(value); known {
			return kind.Label
		}
		return value
	case analysis.VariableLanguage:
		return i18n.NativeName(value)
	}
	element := s.element(words, wave, variable)
	if element != nil && element.Choices == nil {
		if name, is := bandName(words, element, value); is {
			return name
		}
	}
	if element == nil || element.Choices == nil || element.ChoiceIndex(value) < 0 {
		return value
	}
	label, _ := element.Choices.Choices[element.ChoiceIndex(value)].Label.In(readingOrder(words, wave.Version.Survey)...)
	return charts.Plain(label)
}

// variableName is what readers call a variable.
func (s *Server) variableName(words *i18n.Localizer, wave *store.LiveWave, variable string) string {
	switch variable {
	case analysis.VariableArea:
		return words.T("waves.setting.area")
	case analysis.VariableInstitutionType:
		return words.T("waves.returns.by_type_head")
	case analysis.VariableLanguage:
		return words.T("explore.language")
	}
	element := s.element(words, wave, variable)
	if element == nil {
		return variable
	}
	return s.elementName(words, wave, element)
}
