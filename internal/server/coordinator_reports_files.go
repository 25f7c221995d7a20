package server

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/report"
)

// reportSecurity is the policy of a report's own page: it lets through its one
// style, by its hash, and nothing else.
func reportSecurity() string {
	return "default-src 'none'; style-src " + report.StyleHash() + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// written is the report of an address as a document. Quotes that are no longer
// released are left out.
func (s *Server) written(c echo.Context) (report.Document, error) {
	ctx := c.Request().Context()
	work, err := s.desk.Office.Report(ctx, c.Param("report"))
	if err != nil {
		return report.Document{}, err
	}
	quotes, err := s.quotesFor(ctx, &work)
	if err != nil {
		return report.Document{}, err
	}
	waves, err := s.wavesByID(ctx)
	if err != nil {
		return report.Document{}, err
	}
	d := report.Document{Title: work.Title, Subtitle: work.Subtitle, Language: work.Language, Origin: s.origin(c),
		Meta: report.Meta{Author: s.config.Controller.Name}}
	if changed, err := time.Parse(time.RFC3339, work.Changed); err == nil {
		d.Meta.Day = changed.Local().Format(time.DateOnly)
	}
	if wave := waves[work.WaveID]; wave != nil {
		d.Sample, d.Meta.Subject = wave.Sample, wave.Purpose
	}
	for _, b := range work.Blocks {
		if b.Quote != nil {
			quote, released := quotes[b.Quote.Released]
			if !released {
				continue
			}
			b.Quote = &quote
		}
		d.Blocks = append(d.Blocks, b)
	}
	return d, nil
}

// reportPreview shows the report as its HTML file is, full or short.
func (s *Server) reportPreview(c echo.Context) error {
	d, err := s.written(c)
	if err != nil {
		return err
	}
	if c.QueryParam("version") == "short" {
		d = d.ShortVersion()
	}
	var page bytes.Buffer
	if err := report.WriteHTML(&page, d, s.config.Catalogue.Localizer(d.Language)); err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Content-Security-Policy", reportSecurity())
	header.Set("Cache-Control", "no-store")
	return c.HTMLBlob(http.StatusOK, page.Bytes())
}

// reportFile sends a report as a file: full.docx, short.docx, full.html and
// short.html.
func (s *Server) reportFile(c echo.Context) error {
	version, format, _ := strings.Cut(c.Param("file"), ".")
	write, kind := report.WriteDOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	switch {
	case version != "full" && version != "short" || format != "docx" && format != "html":
		return failure.New(failure.NotFound, "error.not_found")
	case format == "html":
		write, kind = report.WriteHTML, echo.MIMETextHTMLCharsetUTF8
	}
	d, err := s.written(c)
	if err != nil {
		return err
	}
	name := s.config.Catalogue.Localizer(d.Language).T("report.file")
	if version == "short" {
		d, name = d.ShortVersion(), s.config.Catalogue.Localizer(d.Language).T("report.file_short")
	}
	var content bytes.Buffer
	if err := write(&content, d, s.config.Catalogue.Localizer(d.Language)); err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Content-Security-Policy", reportSecurity())
	header.Set("Cache-Control", "no-store")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`.`+format+`"`)
	return c.Blob(http.StatusOK, kind, content.Bytes())
}

// reportPicture sends the picture of a block.
func (s *Server) reportPicture(c echo.Context) error {
	svg, err := s.desk.Office.ReportPicture(c.Request().Context(), c.Param("report"), c.Param("block"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(svg))
}
