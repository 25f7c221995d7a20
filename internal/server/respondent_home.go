package server

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/store"
)

// homePage lists the surveys that are open now.
type homePage struct {
	*frame
	Audiences []homeAudience
}

// homeAudience is those surveys that ask the same people.
type homeAudience struct {
	Title string
	Waves []homeWave
}

type homeWave struct {
	Title       caption
	Description fragment
	Address     string
	Questions   int
	Languages   []languageLink
	Until       string
	Sample      bool
}

// home lists the open surveys by whom they ask.
func (s *Server) home(c echo.Context) error {
	waves, err := s.config.Waves.OpenWaves(c.Request().Context())
	if err != nil {
		return err
	}
	lang := s.visitorLanguage(c)
	page := &homePage{frame: s.frame(c, s.config.Catalogue.Localizer(lang))}
	page.Title = page.T("respondent.home.title")
	today := s.config.Now()
	for _, audience := range []string{"families", "young_people", "schools", "youth_services", "administration", "civil_society", ""} {
		group := homeAudience{Title: page.T("respondent.audience." + audience)}
		if audience == "" {
			group.Title = page.T("respondent.audience.everybody")
		}
		for _, wave := range waves {
			// Where a code is needed, the list would only lead to a locked door.
			if wave.Asking(today) && !wave.NeedsCode() && audienceOf(wave) == audience {
				group.Waves = append(group.Waves, s.homeWave(page.frame, wave))
			}
		}
		if len(group.Waves) > 0 {
			page.Audiences = append(page.Audiences, group)
		}
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "no-cache")
	header.Add(echo.HeaderVary, "Accept-Language")
	return s.page(c, http.StatusOK, "home", page)
}

// audienceOf is the audience of a wave, "" for one that the page has no
// heading for.
func audienceOf(wave *store.LiveWave) string {
	known := []string{"families", "young_people", "schools", "youth_services", "administration", "civil_society"}
	if slices.Contains(known, wave.Version.Audience) {
		return wave.Version.Audience
	}
	return ""
}

func (s *Server) homeWave(f *frame, wave *store.LiveWave) homeWave {
	lang := f.Language()
	offered := wave.Offered(wave.Version.Languages)
	if !slices.Contains(offered, lang) {
		lang = "" // the survey chooses by the browser's languages
	}
	read := newReader(f.Language(), wave.Version.Language)
	one := homeWave{Title: read.caption(wave.Version.Title), Sample: wave.Sample,
		Description: read.text(wave.Version.Description, func(string) string { return unknown }),
		Address:     "/s/" + wave.Slug}
	if lang != "" {
		one.Address += "?" + url.Values{"lang": {lang}}.Encode()
	}
	for _, e := range wave.Version.Elements {
		if e.Type.Asked() {
			one.Questions++
		}
	}
	if wave.Until != "" {
		one.Until = f.Date(wave.Until)
	}
	own := &frame{Localizer: f.Localizer}
	own.speak(offered, &url.URL{Path: "/s/" + wave.Slug})
	one.Languages = own.Languages
	return one
}
