package server

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// pictured is a chart that a page shows and offers as files.
type pictured struct {
	wave *store.LiveWave // nil where it is about no wave
	// source and day are what a slide says of it where it is about no wave.
	source, day string
	// chart makes it for a width.
	chart func(width charts.Option) charts.Chart
	// data are what figures.csv holds, nil for those of the chart.
	data *charts.Data
	// address is where its files are, without the last part.
	address string
	// name begins the names of the files.
	name string
}

// figure is the chart as pages show it, and the links to its files; query says
// what is looked at.
func (p *pictured) figure(words *i18n.Localizer, query url.Values) (figure resultsFigure, files []waveLink) {
	figure.Chart = p.chart(charts.Width(charts.DefaultWidth))
	query.Set("lang", words.Language())
	file := func(name string) string { return p.address + "/" + name + "?" + query.Encode() }
	add := func(name, key string) {
		files = append(files, waveLink{Address: file(name), Name: words.T("explore.file." + key)})
	}
	if figure.Drawn() {
		narrow := p.chart(charts.Width(charts.Narrow))
		address := func(name string) template.URL { return template.URL(file(name)) } //nolint:gosec // encoded above
		figure.Wide = drawnChart{figure.Width, figure.Height, "", address("wide.svg"), address("wide.dark.svg")}
		figure.Narrow = drawnChart{narrow.Width, narrow.Height, "", address("narrow.svg"), address("narrow.dark.svg")}
		add("wide.svg", "wide_svg")
		add("chart.png", "chart_png")
		add("slide.png", "slide_png")
	}
	add("figures.csv", "figures_csv")
	return figure, files
}

// sendPicture sends the chart as the file that the address names: wide.svg and
// narrow.svg, with ".dark" before the end for dark grounds, chart.png, slide.png
// and figures.csv.
func (s *Server) sendPicture(c echo.Context, p *pictured) error {
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
	chart := p.chart(width)
	header := c.Response().Header()
	header.Set("Cache-Control", "private, no-cache")
	if name == "figures.csv" {
		var content bytes.Buffer
		data := &chart.Data
		if p.data != nil {
			data = p.data
		}
		if err := export.Figures(&content, *data); err != nil {
			return err
		}
		header.Set(echo.HeaderContentDisposition, `attachment; filename="`+p.name+`.csv"`)
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
	picture, err := s.painted(c, p, words, chart, name)
	if err != nil {
		return err
	}
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+p.name+`-`+name+`"`)
	return c.Blob(http.StatusOK, "image/png", picture)
}

// painted makes a PNG of the chart, alone or on a slide.
func (s *Server) painted(c echo.Context, p *pictured, words *i18n.Localizer, chart charts.Chart, name string) ([]byte, error) {
	ctx := c.Request().Context()
	if name == "chart.png" {
		return s.desk.Charts.PNG(ctx, chart, charts.Light, 2)
	}
	day, source := p.day, p.source
	if p.wave != nil {
		day, source = p.wave.Closed, titleOf(p.wave, words)+", "+s.areaName(words, p.wave.Area)
	}
	if day == "" {
		day = s.today()
	}
	return s.desk.Charts.Slide(ctx, charts.Slide{Chart: p.chart, Source: source, Date: s.deskFrame(c, "explore.title").Date(day)}, charts.Light)
}
