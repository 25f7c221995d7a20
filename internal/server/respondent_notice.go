package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/fieldwork"
)

// statementDay is when the statement on accessibility was last compared with
// what the program does. Whoever changes its words sets it anew.
const statementDay = "2026-11-28"

// noticePage is one of the pages that the law asks for.
type noticePage struct {
	*frame
	Kind       string
	Controller Controller
	About      *waveNotice // of the wave that the reader came from
	Made       string      // day of the accessibility statement, as the reader writes it
	Address    string      // under which the world sees the service, "" when not known
}

// waveNotice is what a wave says of itself.
type waveNotice struct {
	Title                                 caption
	Lang                                  string // of what the coordinators wrote, if not the page's
	Purpose, LegalBasis, Mandate, Contact string
	Helpline                              string
	Retention                             string // day, as the reader writes it
	Attributed, Smallest                  bool
	K                                     string
	Back                                  string // address of the survey
}

// notice shows the privacy notice, the imprint or the accessibility statement.
func (s *Server) notice(kind string) echo.HandlerFunc {
	return func(c echo.Context) error {
		loc := s.config.Catalogue.Localizer(s.visitorLanguage(c))
		page := &noticePage{frame: s.frame(c, loc), Kind: kind, Controller: s.config.Controller, Address: s.config.BaseURL}
		page.Made = page.Date(statementDay)
		page.Title = loc.T("respondent." + kind + ".title")
		if slug := c.QueryParam("wave"); slug != "" {
			wave, err := s.publicWave(c, slug)
			if err != nil {
				return err
			}
			f := s.form(wave, loc.Language(), "")
			page.About = aboutWave(f, &wave.Wave)
			if code := c.QueryParam("code"); code != "" {
				page.About.Back = "/q/" + url.PathEscape(code) + "?lang=" + f.tag
			}
		}
		header := c.Response().Header()
		header.Set("Cache-Control", "no-cache")
		header.Add(echo.HeaderVary, "Accept-Language")
		return s.page(c, http.StatusOK, kind, page)
	}
}

func aboutWave(f *form, wave *fieldwork.Wave) *waveNotice {
	about := &waveNotice{Title: f.Caption, Purpose: wave.Purpose, LegalBasis: wave.LegalBasis, Mandate: mandate(f.frame, wave),
		Contact: wave.Contact, Helpline: wave.Helpline, Attributed: f.HasAttributed(), K: f.Number(float64(wave.K), 0),
		Back: "/s/" + wave.Slug + "?lang=" + f.tag}
	if wave.Retention != "" {
		about.Retention = f.Date(wave.Retention)
	}
	if source := f.wave.Version.Language; source != f.tag {
		about.Lang = source
	}
	return about
}

// mandate writes who ordered the survey, on which day and under which reference.
func mandate(f *frame, wave *fieldwork.Wave) string {
	parts := []string{wave.Mandate}
	if wave.MandateDay != "" {
		parts = append(parts, f.Date(wave.MandateDay))
	}
	parts = slices.DeleteFunc(append(parts, wave.MandateReference), func(part string) bool { return part == "" })
	return strings.Join(parts, ", ")
}
