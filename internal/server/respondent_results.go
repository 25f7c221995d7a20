package server

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// Public results: what a coordinator chose of a wave, for everybody. Pages,
// pictures and data depend on nothing but the wave, the figures and the language.

// resultsPath is under which they stand.
const resultsPath = "/results/"

// resultsCache lets everybody keep them; what is taken back is gone from the
// service at once and from caches within minutes.
const resultsCache = "public, max-age=300"

// publicNarrow is how wide pictures for phones are: the smallest shows them in
// their own size.
const publicNarrow = 288

// zipType is the type of open data.
const zipType = "application/zip"

// publicRoutes lists what everybody reads of results.
func (s *Server) publicRoutes() []route {
	return []route{
		{method: http.MethodGet, path: resultsPath + ":slug", permission: Public, handler: s.publicResults},
		{method: http.MethodGet, path: resultsPath + ":slug/data.zip", permission: Public, handler: s.publicData},
		{method: http.MethodGet, path: resultsPath + ":slug/:picture", permission: Public, handler: s.publicPicture},
	}
}

// publicPage shows the figures.
type publicPage struct {
	*frame
	Caption    caption
	N          string // how many answered, in words; "" where that is hidden
	Period     string
	Chance     string // how people came to answer
	About      *waveNotice
	Controller Controller
	Sections   []publicSection
	Data       string // address of the open data
	DataLink   string // its words
	Licence    fieldwork.Licence
}

// publicSection is one group of the survey.
type publicSection struct {
	ID      string
	Title   caption
	Figures []publicFigure
}

// publicFigure is one question.
type publicFigure struct {
	charts.Chart
	Label        caption
	Wide, Narrow drawnChart
}

// published returns the wave of an address and what is public of it;
// failure.NotFound, whatever the reason that there is nothing.
func (s *Server) published(c echo.Context) (*store.LiveWave, *store.PublicResults, error) {
	ctx := c.Request().Context()
	wave, err := s.config.Waves.Wave(ctx, c.Param("slug"))
	if err == nil {
		var results *store.PublicResults
		if results, err = s.desk.Office.PublicResults(ctx, wave); err == nil {
			return wave, results, nil
		}
	}
	if failure.CodeOf(err) == failure.NotFound {
		err = failure.New(failure.NotFound, "error.not_public").Because(err)
	}
	return nil, nil, err
}

// publicResults shows the page.
func (s *Server) publicResults(c echo.Context) error {
	wave, results, err := s.published(c)
	if err != nil {
		return err
	}
	lang, _, err := languages(c, wave)
	if lang == "" {
		return err
	}
	ready, err := s.documents.get(wave, "results "+results.Stamp+" "+lang, func() ([]byte, []string, error) {
		page, err := s.publicPage(wave, results, lang)
		if err != nil {
			return nil, nil, err
		}
		body, err := s.templates.render("results", page)
		return body, nil, err
	})
	if err != nil {
		return err
	}
	return ready.send(c, echo.MIMETextHTMLCharsetUTF8, resultsCache)
}

func (s *Server) publicPage(wave *store.LiveWave, results *store.PublicResults, lang string) (*publicPage, error) {
	f := s.form(wave, lang, "")
	f.speak(wave.Offered(wave.Version.Languages), &url.URL{Path: resultsPath + wave.Slug})
	f.Wave = "" // the page belongs to no survey that a phone could keep
	page := &publicPage{frame: f.frame, Caption: f.Caption, About: aboutWave(f, &wave.Wave), Controller: s.config.Controller,
		Chance: f.T("results.link"), Period: f.T("results.period", "from", f.Date(wave.Opened), "to", f.Date(wave.Closed))}
	page.Title = f.T("results.title", "title", f.Isolate(f.Caption.Text))
	if wave.NeedsCode() {
		page.Chance = f.T("results.codes")
	}
	if wave.State != fieldwork.Closed {
		page.Period = f.T("results.since", "from", f.Date(wave.Opened), "day", f.Date(results.Day))
	}
	if results.N != nil {
		page.N = f.N("results.n", *results.N)
	}
	for i, figure := range results.Figures {
		element := wave.Version.Element(figure.Question)
		if i == 0 || element.Parent != wave.Version.Element(results.Figures[i-1].Question).Parent {
			page.Sections = append(page.Sections, publicSection{ID: "section-" + figure.Question, Title: f.headOf(element.Parent)})
		}
		last := &page.Sections[len(page.Sections)-1]
		last.Figures = append(last.Figures, publicFigureOf(wave, figure, f))
	}
	page.Licence, _ = fieldwork.LicenceOf(wave.PublicLicence)
	data, err := s.openData(wave, results)
	if err != nil {
		return nil, err
	}
	page.Data = resultsPath + wave.Slug + "/data.zip"
	page.DataLink = f.T("results.data_link", "size", f.Number(max(float64(len(data.body))/1000, 0.1), 1))
	return page, nil
}

// headOf is the title of a group, or of the one around it.
func (f *form) headOf(group *survey.Element) caption {
	for ; group != nil; group = group.Parent {
		if title := f.caption(group.Label); title.Text != "" {
			return title
		}
	}
	return caption{}
}

func publicFigureOf(wave *store.LiveWave, figure analysis.Figure, f *form) publicFigure {
	chart := publicChart(wave, figure, f.Localizer, charts.DefaultWidth)
	one := publicFigure{Chart: chart, Label: f.caption(wave.Version.Element(figure.Question).Label)}
	if one.Label.Text == "" {
		one.Label.Text = chart.Title
	}
	if !chart.Drawn() {
		return one
	}
	narrow := publicChart(wave, figure, f.Localizer, publicNarrow)
	address := resultsPath + wave.Slug + "/" + url.PathEscape(figure.Question) + ".svg?lang=" + url.QueryEscape(f.Language())
	drawn := func(chart charts.Chart, more string) drawnChart {
		return drawnChart{Width: chart.Width, Height: chart.Height,
			Address: template.URL(address + more), Dark: template.URL(address + more + "&theme=dark")} //nolint:gosec // escaped above
	}
	one.Wide, one.Narrow = drawn(chart, ""), drawn(narrow, "&width=narrow")
	return one
}

func publicChart(wave *store.LiveWave, figure analysis.Figure, words *i18n.Localizer, width int) charts.Chart {
	return charts.Build(figure, wave.Version.Element(figure.Question), words,
		charts.Languages(wave.Version.Languages...), charts.Public(), charts.Width(width))
}

// publicPicture draws one question, {question}.svg?lang=, for narrow windows with
// width=narrow and for dark grounds with theme=dark.
func (s *Server) publicPicture(c echo.Context) error {
	wave, results, err := s.published(c)
	if err != nil {
		return err
	}
	question, isSVG := strings.CutSuffix(c.Param("picture"), ".svg")
	at := slices.IndexFunc(results.Figures, func(one analysis.Figure) bool { return one.Question == question })
	lang := c.QueryParam("lang")
	if !isSVG || at < 0 || !slices.Contains(wave.Offered(wave.Version.Languages), lang) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	width, theme := charts.DefaultWidth, charts.Light
	if c.QueryParam("width") == "narrow" {
		width = publicNarrow
	}
	if c.QueryParam("theme") == "dark" {
		theme = charts.Dark
	}
	chart := publicChart(wave, results.Figures[at], s.config.Catalogue.Localizer(lang), width)
	if !chart.Drawn() {
		return failure.New(failure.NotFound, "error.not_found")
	}
	svg, tag, err := s.desk.pictures.draw(c.Request().Context(), s.desk.Charts, chart, theme)
	if err != nil {
		return err
	}
	ready := &document{body: svg, tag: "W/" + tag}
	return ready.send(c, "image/svg+xml", resultsCache)
}

// publicData sends the figures as a data package.
func (s *Server) publicData(c echo.Context) error {
	wave, results, err := s.published(c)
	if err != nil {
		return err
	}
	ready, err := s.openData(wave, results)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+wave.Slug+`.zip"`)
	return ready.send(c, zipType, resultsCache)
}

// openData makes the data package, once for the same figures.
func (s *Server) openData(wave *store.LiveWave, results *store.PublicResults) (*document, error) {
	return s.documents.get(wave, "data "+results.Stamp, func() ([]byte, []string, error) {
		data := export.OpenData{Wave: wave.Wave, Version: wave.Version, Results: results.Group, Day: results.Day,
			Languages: wave.Offered(wave.Version.Languages), Source: s.config.Controller.Name, Words: s.config.Catalogue}
		if s.config.BaseURL != "" {
			data.Address = strings.TrimSuffix(s.config.BaseURL, "/") + resultsPath + wave.Slug
		}
		var out bytes.Buffer
		err := data.Write(&out)
		return out.Bytes(), nil, err
	})
}
