package server

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// serviceWorker serves the script that keeps pages ready for a phone without
// network. It has to lie at the top, since it answers for what lies below it;
// its address carries the version of the assets, so that a new one is fetched
// with them.
func (s *Server) serviceWorker(c echo.Context) error {
	one, err := s.assets.get("sw.js")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-cache")
	return one.write(c)
}

// manifest is a web app manifest (W3C Web Application Manifest).
type manifest struct {
	ID              string         `json:"id"`
	Name            string         `json:"name"`
	ShortName       string         `json:"short_name"`
	StartURL        string         `json:"start_url"`
	Scope           string         `json:"scope"`
	Display         string         `json:"display"`
	Lang            string         `json:"lang"`
	Dir             string         `json:"dir"`
	BackgroundColor string         `json:"background_color"`
	ThemeColor      string         `json:"theme_color"`
	Icons           []manifestIcon `json:"icons"`
}

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

// webManifest makes a survey, or the list of all, an app for the home screen,
// in the language of the page that links to it.
func (s *Server) webManifest(c echo.Context) error {
	loc := s.config.Catalogue.Localizer(s.visitorLanguage(c))
	query := url.Values{"lang": {loc.Language()}}
	app := manifest{Name: "Bedarfslotse", ShortName: "Bedarfslotse", StartURL: "/?" + query.Encode(), Scope: "/", Display: "standalone",
		Lang: loc.Language(), Dir: loc.Direction(), BackgroundColor: "#f8f5ef", ThemeColor: "#0d5c63"}
	if slug := c.QueryParam("wave"); slug != "" {
		wave, err := s.publicWave(c, slug)
		if err != nil {
			return err
		}
		app.Name = newReader(loc.Language(), wave.Version.Language).plain(wave.Version.Title)
		app.StartURL = "/s/" + url.PathEscape(wave.Slug) + "?" + query.Encode()
	}
	app.ID = app.StartURL
	for _, icon := range []manifestIcon{
		{Src: "icon-192.png", Sizes: "192x192", Type: "image/png"},
		{Src: "icon-512.png", Sizes: "512x512", Type: "image/png"},
		{Src: "icon-512.png", Sizes: "512x512", Type: "image/png", Purpose: "maskable"},
		{Src: "icon.svg", Sizes: "any", Type: "image/svg+xml"},
	} {
		address, err := s.assets.link(icon.Src)
		if err != nil {
			return err
		}
		icon.Src = address
		app.Icons = append(app.Icons, icon)
	}
	body, err := json.Marshal(app)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return c.Blob(http.StatusOK, "application/manifest+json", body)
}

// offlinePage is what the service worker shows of a page that it never saw.
type offlinePage struct{ *frame }

func (s *Server) offline(c echo.Context) error {
	page := &offlinePage{frame: s.frame(c, s.config.Catalogue.Localizer(s.visitorLanguage(c)))}
	page.Title, page.Languages = page.T("respondent.offline.title"), nil
	return s.page(c, http.StatusOK, "offline", page)
}
