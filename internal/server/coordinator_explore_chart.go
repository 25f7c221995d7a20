package server

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// exploreChart builds the chart of what is looked at.
func (s *Server) exploreChart(e *exploration, words *i18n.Localizer, width charts.Option) charts.Chart {
	options := []charts.Option{charts.Languages(e.wave.Version.Languages...), width}
	switch len(e.query.By) {
	case 0:
		figure := e.whole.Groups[0].Figures[0]
		if figure.Perturbed {
			options = append(options, charts.Perturbed())
		}
		return charts.Build(figure, e.element, words, options...)
	case 1:
		return charts.BuildGrouped(s.grouped(e, words), e.layout, e.element, words, options...)
	default:
		return charts.BuildPanels(s.panels(e, words), e.layout, e.element, words, options...)
	}
}

// layouts are the ways in which the chart can be drawn.
func (e *exploration) layouts(s *Server, words *i18n.Localizer) []charts.Layout {
	switch len(e.query.By) {
	case 0:
		return nil
	case 1:
		return charts.Layouts(s.grouped(e, words))
	default:
		return charts.PanelLayouts(s.panels(e, words))
	}
}

// grouped is the question divided by one variable.
func (s *Server) grouped(e *exploration, words *i18n.Localizer) charts.Grouped {
	variable := e.query.By[0]
	made := charts.Grouped{Variable: variable, By: s.variableName(words, e.wave, variable), Ordered: e.ordered(variable)}
	for _, one := range e.named() {
		made.Groups = append(made.Groups, one.chart(s.groupName(words, e.wave, variable, one.values(0))))
	}
	return made
}

// panels is the question divided by two variables. Groups whose figure is exact
// only together have a panel of their own, named after all of them.
func (s *Server) panels(e *exploration, words *i18n.Localizer) charts.Panels {
	first, second := e.query.By[0], e.query.By[1]
	made := charts.Panels{Variable: first, By: s.variableName(words, e.wave, first), Across: second, Second: s.variableName(words, e.wave, second)}
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

// explorePicture sends what the page shows as a file: wide.svg and narrow.svg,
// with ".dark" before the end for dark grounds, chart.png, slide.png and
// figures.csv.
func (s *Server) explorePicture(c echo.Context) error {
	wave, err := s.waveOf(c)
	if err != nil {
		return err
	}
	e, err := s.exploration(c, wave)
	if err != nil {
		return err
	}
	words, name := s.deskWords(c), c.Param("picture")
	theme := charts.Light
	if before, dark := strings.CutSuffix(name, ".dark.svg"); dark {
		theme, name = charts.Dark, before+".svg"
	}
	if !slices.Contains([]string{"wide.svg", "narrow.svg", "chart.png", "slide.png", "figures.csv"}, name) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	width := charts.Width(charts.DefaultWidth)
	if name == "narrow.svg" {
		width = charts.Width(charts.Narrow)
	}
	chart := s.exploreChart(e, words, width)
	header := c.Response().Header()
	header.Set("Cache-Control", "private, no-cache")
	if name == "figures.csv" {
		var content bytes.Buffer
		if err := export.Figures(&content, chart.Data); err != nil {
			return err
		}
		header.Set(echo.HeaderContentDisposition, `attachment; filename="`+wave.Slug+`-`+e.element.Name+`.csv"`)
		return c.Blob(http.StatusOK, "text/csv; charset=utf-8", content.Bytes())
	}
	if !chart.Drawn() {
		return failure.New(failure.NotFound, "error.not_found")
	}
	if strings.HasSuffix(name, ".svg") {
		svg, tag, err := s.desk.pictures.draw(c.Request().Context(), s.desk.Charts, chart, theme)
		if err != nil {
			return err
		}
		header.Set("Etag", tag)
		if c.Request().Header.Get("If-None-Match") == tag {
			return c.NoContent(http.StatusNotModified)
		}
		return c.Blob(http.StatusOK, "image/svg+xml", svg)
	}
	picture, err := s.painted(c, e, words, chart, name)
	if err != nil {
		return err
	}
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+wave.Slug+`-`+e.element.Name+`-`+name+`"`)
	return c.Blob(http.StatusOK, "image/png", picture)
}

// painted makes a PNG of the chart, alone or on a slide.
func (s *Server) painted(c echo.Context, e *exploration, words *i18n.Localizer, chart charts.Chart, name string) ([]byte, error) {
	ctx := c.Request().Context()
	if name == "chart.png" {
		return s.desk.Charts.PNG(ctx, chart, charts.Light, 2)
	}
	day := e.wave.Closed
	if day == "" {
		day = s.config.Now().Format(time.DateOnly)
	}
	return s.desk.Charts.Slide(ctx, charts.Slide{
		Chart:  func(width charts.Option) charts.Chart { return s.exploreChart(e, words, width) },
		Source: titleOf(e.wave, words) + ", " + s.areaName(words, e.wave.Area), Date: s.deskFrame(c, "explore.title").Date(day),
	}, charts.Light)
}
