package server

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// documents keeps the respondent's documents ready to send: one for each wave
// and language or pair of languages, for as long as the wave stays as it is.
type documents struct {
	mu    sync.Mutex
	waves map[string]*waveDocuments // by slug
}

type waveDocuments struct {
	wave   *store.LiveWave
	byLang map[string]func() (*document, error)
}

// mostDocuments is how many documents of a wave are kept: every language there
// is and a good number of pairs of them, but not every pair that somebody could
// ask for.
const mostDocuments = 60

// document is a page that is the same for everybody.
type document struct {
	body, compressed []byte
	tag              string   // for If-None-Match
	parts            []string // the scripts that it announces
}

func newDocuments() *documents { return &documents{waves: map[string]*waveDocuments{}} }

// get returns the document in a language, rendering it when it is asked for
// the first time.
func (d *documents) get(wave *store.LiveWave, lang string, render func() (body []byte, parts []string, err error)) (*document, error) {
	d.mu.Lock()
	known := d.waves[wave.Slug]
	if known == nil || known.wave != wave || len(known.byLang) >= mostDocuments {
		known = &waveDocuments{wave: wave, byLang: map[string]func() (*document, error){}}
		d.waves[wave.Slug] = known
	}
	ready := known.byLang[lang]
	if ready == nil {
		ready = sync.OnceValues(func() (*document, error) {
			body, parts, err := render()
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(body)
			return &document{body: body, parts: parts, compressed: compress(body, gzip.BestCompression),
				tag: `W/"` + hex.EncodeToString(sum[:8]) + `"`}, nil
		})
		known.byLang[lang] = ready
	}
	d.mu.Unlock()
	return ready()
}

// send answers with a document that everybody may keep as long as cache says; with
// nothing where they have it already.
func (d *document) send(c echo.Context, kind, cache string) error {
	header := c.Response().Header()
	header.Set("Etag", d.tag)
	header.Set("Cache-Control", cache)
	if matches(c.Request().Header.Get("If-None-Match"), d.tag) {
		header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
		return c.NoContent(http.StatusNotModified)
	}
	if kind == zipType {
		return c.Blob(http.StatusOK, kind, d.body) // packed already
	}
	return writeEither(c, http.StatusOK, kind, d.body, func() []byte {
		if d.compressed == nil { // drawn for this request
			return compress(d.body, gzip.DefaultCompression)
		}
		return d.compressed
	})
}

// survey shows the respondent's document of a wave.
func (s *Server) survey(c echo.Context) error {
	wave, err := s.publicWave(c, c.Param("slug"))
	if err != nil {
		return err
	}
	lang, with, err := languages(c, wave)
	if lang == "" {
		return err
	}
	if why := wave.Silence(s.config.Now()); why != "" {
		c.Set(languageKey, lang)
		return failure.New(failure.Gone, why)
	}
	if c.QueryParams().Has("kiosk") {
		return s.kiosk(c, wave, lang, with)
	}
	if wave.NeedsCode() {
		c.Set(languageKey, lang)
		return failure.New(failure.Forbidden, "error.code_needed")
	}
	key, cache := lang+" "+with, "public, max-age=300, stale-while-revalidate=86400"
	if response.DefaultsChange(wave.Version) { // what is filled in is today's
		key += wave.RespondentTime(time.Time{}, s.config.Now()).Format(" " + time.DateOnly)
		cache = "public, max-age=300"
	}
	ready, err := s.documents.get(wave, key, func() ([]byte, []string, error) {
		empty := s.form(wave, lang, with).empty()
		body, err := s.templates.render("survey", empty)
		return body, empty.Phone.Parts, err
	})
	if err != nil {
		return err
	}
	if err := s.assets.announce(c.Response().Header(), ready.parts); err != nil {
		return err
	}
	return ready.send(c, echo.MIMETextHTMLCharsetUTF8, cache)
}

// publicWave returns a wave as the public may know of it: one that is only
// prepared does not exist for them.
func (s *Server) publicWave(c echo.Context, slug string) (*store.LiveWave, error) {
	wave, err := s.config.Waves.Wave(c.Request().Context(), slug)
	if err == nil && wave.State == fieldwork.Prepared {
		return nil, failure.New(failure.NotFound, "error.unknown_wave", "slug", slug)
	}
	return wave, err
}

// matches tells whether an If-None-Match header names the tag.
func matches(header, tag string) bool {
	for _, one := range strings.Split(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// languages returns the language that a document is asked for in, and the second
// one to stand beside it, "" for none. For an address without a language of the
// survey, or with a second one that does not go with it, it redirects to one
// that is right; lang is then "".
func languages(c echo.Context, wave *store.LiveWave) (lang, with string, err error) {
	offered, query := wave.Offered(wave.Version.Languages), c.QueryParams()
	lang, with = query.Get("lang"), query.Get("with")
	header := c.Response().Header()
	address := url.Values{}
	for _, name := range []string{"lang", "with", "kiosk", "idle"} {
		if query.Has(name) {
			address.Set(name, query.Get(name))
		}
	}
	known := slices.Contains(offered, lang)
	if !known {
		header.Add(echo.HeaderVary, "Accept-Language")
		lang = i18n.Match(c.Request().Header.Get("Accept-Language"), offered)
		address.Set("lang", lang)
	}
	if with == lang || !slices.Contains(offered, with) {
		known = known && !query.Has("with")
		address.Del("with")
		with = ""
	}
	if known {
		return lang, with, nil
	}
	header.Set("Cache-Control", "no-store")
	return "", "", c.Redirect(http.StatusFound, (&url.URL{Path: c.Request().URL.Path, RawQuery: address.Encode()}).String())
}

// coded shows the document to somebody with an access code, and what the code
// carries over.
func (s *Server) coded(c echo.Context) error {
	code := c.Param("code")
	found, wave, err := s.config.Waves.Code(c.Request().Context(), code)
	if err != nil {
		return err
	}
	// Before the language of the survey is chosen: these sentences exist in
	// more languages than it may.
	switch {
	case found.Used:
		return failure.New(failure.Gone, "error.code_used")
	case wave.State == fieldwork.Prepared: // printed, but not yet for use
		return failure.New(failure.Gone, "error.wave_not_begun")
	case wave.Silence(s.config.Now()) != "":
		return failure.New(failure.Gone, wave.Silence(s.config.Now()))
	}
	lang, with, err := languages(c, wave)
	if lang == "" {
		return err
	}
	c.Set(languageKey, lang)
	f := s.form(wave, lang, with)
	if f.Code, err = s.carried(c.Request().Context(), code, f.frame); err != nil {
		return err
	}
	f.speakPair(wave.Offered(wave.Version.Languages), &url.URL{Path: "/q/" + code}, with)
	empty := f.empty()
	if err := s.assets.announce(c.Response().Header(), empty.Phone.Parts); err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "survey", empty)
}

// codeBanner says what an access code carries over to a response.
type codeBanner struct {
	Code  string
	Facts []fact
	// Institution is the institution's name, "" when the code names none.
	Institution string
}

type fact struct{ Name, Value string }

// carried describes a code; nil for none.
func (s *Server) carried(ctx context.Context, code string, f *frame) (*codeBanner, error) {
	if code == "" {
		return nil, nil //nolint:nilnil // without a code there is nothing to describe
	}
	found, wave, err := s.config.Waves.Code(ctx, code)
	if err != nil {
		return nil, err
	}
	banner := &codeBanner{Code: code}
	add := func(key, value string) {
		if value != "" {
			banner.Facts = append(banner.Facts, fact{Name: f.T("respondent.code." + key), Value: value})
		}
	}
	kind := found.InstitutionType
	if found.Institution != "" {
		banner.Institution = found.Institution
		if s.config.Institution != nil {
			if one, err := s.config.Institution(ctx, found.Institution); err == nil {
				banner.Institution, kind = one.Name, one.TypeLabel
			}
		}
	}
	area := found.Area
	if s.config.AreaName != nil && area != "" {
		if name := s.config.AreaName(area); name != "" {
			area = name
		}
	}
	if wave.Institutions {
		add("institution", banner.Institution)
	}
	add("institution_type", kind)
	add("area", area)
	return banner, nil
}
