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
	made.Groups = s.chartGroups(e, words, e.divided.Groups, 0)
	return made
}

// panels is the question divided by two variables.
func (s *Server) panels(e *exploration, words *i18n.Localizer) charts.Panels {
	made := charts.Panels{Variable: e.query.By[0], By: s.variableName(words, e.wave, e.query.By[0]),
		Across: e.query.By[1], Second: s.variableName(words, e.wave, e.query.By[1])}
	var keys []string
	within := map[string][]analysis.Group{}
	for _, group := range e.divided.Groups {
		key := strings.Join(group.Values[1], "\x00")
		if _, known := within[key]; !known {
			keys = append(keys, key)
		}
		within[key] = append(within[key], group)
	}
	for _, key := range keys {
		groups := within[key]
		made.Panels = append(made.Panels, charts.Panel{Name: strings.Join(groups[0].Values[1], "+"),
			Label: s.groupName(words, e.wave, categories(e.query.By[1], groups[0].Values[1])), Groups: s.chartGroups(e, words, groups, 0)})
	}
	return made
}

// ordered tells that a variable's categories have an order of their own.
func (e *exploration) ordered(variable string) bool {
	element := e.wave.Version.Element(variable)
	return element != nil && element.Scale > 0
}

// chartGroups are the groups as the chart shows them. Groups that are shown only
// together become one; one that is refused keeps its name and shows nothing.
func (s *Server) chartGroups(e *exploration, words *i18n.Localizer, groups []analysis.Group, at int) []charts.Group {
	var made []charts.Group
	seen := map[int]bool{}
	for _, group := range groups {
		values := group.Values[at]
		figure := analysis.Figure{Question: e.element.Name, Withheld: analysis.TooFew}
		if len(group.Figures) > 0 {
			figure = group.Figures[0]
		}
		if len(groups) == len(e.divided.Groups) && len(figure.Together) > 0 {
			if seen[figure.Together[0]] {
				continue
			}
			seen[figure.Together[0]] = true
			values = nil
			for _, other := range figure.Together {
				values = append(values, groups[other].Values[at]...)
			}
		}
		one := charts.Group{Name: strings.Join(values, "+"), Label: s.groupName(words, e.wave, categories(e.query.By[at], values)),
			N: group.N, Perturbed: group.Perturbed || figure.Perturbed, Figure: figure}
		made = append(made, one)
	}
	return made
}

// categories writes categories as VARIABLE:VALUE.
func categories(variable string, values []string) []string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = variable + ":" + value
	}
	return names
}

// groupName writes categories, each VARIABLE:VALUE or the value of some variable,
// as readers call them.
func (s *Server) groupName(words *i18n.Localizer, wave *store.LiveWave, names []string) string {
	told := make([]string, 0, len(names))
	for _, name := range names {
		variable, value, found := strings.Cut(name, ":")
		if !found {
			variable, value = "", name
		}
		told = append(told, s.valueName(words, wave, variable, value))
	}
	return strings.Join(told, ", ")
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
	element := wave.Version.Element(variable)
	if element == nil || element.Choices == nil || element.ChoiceIndex(value) < 0 {
		return value
	}
	label, _ := element.Choices.Choices[element.ChoiceIndex(value)].Label.In(append(i18n.Chain(words.Language()), wave.Version.Languages...)...)
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
	element := wave.Version.Element(variable)
	if element == nil {
		return variable
	}
	label, _ := element.Label.In(append(i18n.Chain(words.Language()), wave.Version.Languages...)...)
	return charts.Plain(label)
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
