package server

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

type resultsPage struct {
	*waveFrame
	Wave     overviewWave
	Open     bool
	N        string // how many responses the figures rest on, in words
	K        string
	Note     string // what moves on when, in words
	Sections []resultsSection
	Publish  string // address where they are made public, "" for who may not
}

// resultsSection is one group of the survey.
type resultsSection struct {
	ID, Title string
	Figures   []resultsFigure
}

// resultsFigure is one chart with everything beside it, for wide windows and
// for phones.
type resultsFigure struct {
	charts.Chart
	Wide, Narrow drawnChart
}

// drawnChart is a chart drawn for one width.
type drawnChart struct {
	Width, Height int
	Options       template.JS  // for the live chart
	Address, Dark template.URL // of the static pictures
}

// figures returns the wave that the address names and its figures.
func (s *Server) figures(c echo.Context) (*store.LiveWave, analysis.Results, error) {
	ctx := c.Request().Context()
	wave, err := s.desk.Office.Wave(ctx, c.Param("slug"))
	if err != nil {
		return nil, analysis.Results{}, err
	}
	results, err := s.desk.Office.Results(ctx, wave)
	return wave, results, err
}

// results shows the whole wave's figures, question by question.
func (s *Server) results(c echo.Context) error {
	wave, results, err := s.figures(c)
	if err != nil {
		return err
	}
	page := &resultsPage{waveFrame: s.waveFrame(c, wave, "desk.results.title"), Open: results.Open}
	page.K = page.Number(float64(results.K), 0)
	page.Wave = overviewWave{Slug: wave.Slug, Title: titleOf(wave, page.Localizer), From: page.Date(wave.Opened), To: page.Date(wave.Until)}
	page.N = page.T("desk.results.too_few", "k", page.K)
	if results.N != nil {
		page.N = page.Localizer.N("desk.results.n", *results.N)
	}
	page.Note = page.T("desk.results.closed", "day", page.Date(wave.Closed))
	if wave.State != fieldwork.Closed {
		page.Note = page.T("desk.results.open", "k", page.K)
	}
	page.Sections = s.sections(wave, results, page.deskFrame)
	if user, _ := visitor(c); user.May(account.ManageWaves, subjectOf(wave), s.desk.Areas.Contains) {
		page.Publish = "/manage/waves/" + wave.Slug + "/public" + page.Query
	}
	return s.page(c, http.StatusOK, "desk-results", page)
}

// sections sorts the figures under the groups of the survey in which their
// questions stand: an item that is asked for its importance and for its state
// has the same label in both.
func (s *Server) sections(wave *store.LiveWave, results analysis.Results, f *deskFrame) []resultsSection {
	var all []resultsSection
	var current *survey.Element
	for i, figure := range results.Figures {
		element := wave.Version.Element(figure.Question)
		if i == 0 || element.Parent != current {
			current = element.Parent
			all = append(all, resultsSection{Title: groupTitle(current, wave, f.Localizer), ID: "section-" + figure.Question})
		}
		chart := s.chart(wave, figure, f.Localizer, charts.DefaultWidth)
		one := resultsFigure{Chart: chart}
		if chart.Drawn() {
			one.Wide = drawn(wave, figure, chart, "wide")
			one.Narrow = drawn(wave, figure, s.chart(wave, figure, f.Localizer, charts.Narrow), "narrow")
		}
		last := &all[len(all)-1]
		last.Figures = append(last.Figures, one)
	}
	return all
}

// chart builds one chart. The note on chance stands once on the page.
func (s *Server) chart(wave *store.LiveWave, figure analysis.Figure, words *i18n.Localizer, width int) charts.Chart {
	return charts.Build(figure, wave.Version.Element(figure.Question), words,
		charts.Languages(wave.Version.Languages...), charts.WithoutChanceNote(), charts.Width(width))
}

func drawn(wave *store.LiveWave, figure analysis.Figure, chart charts.Chart, width string) drawnChart {
	address := fmt.Sprintf("/manage/waves/%s/charts/%s.%s.%s", wave.Slug, url.PathEscape(figure.Question), chart.Language, width)
	return drawnChart{
		Width: chart.Width, Height: chart.Height,
		Options: template.JS(chart.Options),                                                //nolint:gosec // JSON from encoding/json, which escapes <, > and &
		Address: template.URL(address + ".svg"), Dark: template.URL(address + ".dark.svg"), //nolint:gosec // names without special characters
	}
}

// readingOrder are the languages in which texts of a survey are looked for: the
// reader's with what it falls back to, then the survey's.
func readingOrder(words *i18n.Localizer, of *survey.Survey) []string {
	return append(i18n.Chain(words.Language()), of.Languages...)
}

func groupTitle(group *survey.Element, wave *store.LiveWave, words *i18n.Localizer) string {
	for ; group != nil; group = group.Parent {
		if title, _ := group.Label.In(readingOrder(words, wave.Version.Survey)...); title != "" {
			return title
		}
	}
	return ""
}

// picture draws one chart as a static picture. Its name is
// {question}.{language}.{wide|narrow}.svg, with ".dark" before the end for dark
// grounds.
func (s *Server) picture(c echo.Context) error {
	name, err := s.pictureName(c.Param("picture"))
	if err != nil {
		return err
	}
	wave, results, err := s.figures(c)
	if err != nil {
		return err
	}
	for _, figure := range results.Figures {
		if figure.Question != name.question {
			continue
		}
		chart := s.chart(wave, figure, name.words, name.width)
		if !chart.Drawn() {
			break
		}
		svg, tag, err := s.desk.pictures.draw(c.Request().Context(), s.desk.Charts, chart, name.theme)
		if err != nil {
			return err
		}
		header := c.Response().Header()
		header.Set("Cache-Control", "private, no-cache")
		header.Set("Etag", tag)
		if c.Request().Header.Get("If-None-Match") == tag {
			return c.NoContent(http.StatusNotModified)
		}
		return c.Blob(http.StatusOK, "image/svg+xml", svg)
	}
	return failure.New(failure.NotFound, "error.not_found")
}

// pictureName is the name of a picture taken apart.
type pictureName struct {
	question string
	words    *i18n.Localizer
	width    int
	theme    charts.Theme
}

func (s *Server) pictureName(name string) (pictureName, error) {
	picture := pictureName{theme: charts.Light, width: charts.DefaultWidth}
	name, isSVG := strings.CutSuffix(name, ".svg")
	name, dark := strings.CutSuffix(name, ".dark")
	if dark {
		picture.theme = charts.Dark
	}
	name, narrow := strings.CutSuffix(name, ".narrow")
	if narrow {
		picture.width = charts.Narrow
	}
	name = strings.TrimSuffix(name, ".wide")
	at := strings.LastIndexByte(name, '.')
	if !isSVG || at < 1 || !s.config.Catalogue.Has(name[at+1:]) {
		return picture, failure.New(failure.NotFound, "error.not_found")
	}
	picture.question, picture.words = name[:at], s.config.Catalogue.Localizer(name[at+1:])
	return picture, nil
}
