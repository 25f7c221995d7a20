package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// Fieldwork is what the pages of waves need of the store.
type Fieldwork interface {
	// PrepareWave makes a wave; failure.Conflict when the slug is taken.
	PrepareWave(ctx context.Context, actor string, wave fieldwork.Wave, v *survey.Version) (*store.LiveWave, error)
	// ChangeWave changes settings; failure.Conflict when the wave's state holds
	// one fast, or somebody else was quicker.
	ChangeWave(ctx context.Context, actor, slug string, revision int, v *survey.Version, change func(*fieldwork.Wave) error) error
	// MoveWave opens, pauses or resumes; failure.Conflict.
	MoveWave(ctx context.Context, actor, slug string, to fieldwork.State) error
	// ReleaseWave publishes the figures of an open wave's groups; failure.Conflict.
	ReleaseWave(ctx context.Context, actor string, wave *store.LiveWave) error
	// Explorer answers queries about groups of the last release;
	// failure.Forbidden without one.
	Explorer(ctx context.Context, wave *store.LiveWave) (*analysis.Explorer, error)
	// CloseWave ends a wave for good; failure.Conflict.
	CloseWave(ctx context.Context, actor string, wave *store.LiveWave) error
	// DiscardWave deletes a wave that was never opened; failure.Conflict.
	DiscardWave(ctx context.Context, actor, slug string) error
	Strata(ctx context.Context, waveID string) ([]fieldwork.Stratum, error)
	SetStrata(ctx context.Context, actor string, wave *store.LiveWave, strata []fieldwork.Stratum) error
	// CreateCodes makes access codes, which are returned this once.
	CreateCodes(ctx context.Context, actor string, wave *store.LiveWave, carried fieldwork.Carried, shared bool, count int) ([]string, error)
	CodeCounts(ctx context.Context, waveID string) ([]store.CodeCount, error)
	// Course tells how the collecting goes.
	Course(ctx context.Context, wave *store.LiveWave) (analysis.Course, error)
	// Returns counts the responses of a wave.
	Returns(ctx context.Context, wave *store.LiveWave) (int, error)
	Institutions(ctx context.Context) ([]fieldwork.Institution, error)
	// Headings lists the imported surveys, the newest content of each.
	Headings(ctx context.Context) ([]store.Heading, error)
	// Survey returns the newest imported content; failure.NotFound.
	Survey(ctx context.Context, id string) (*survey.Version, error)
}

// waveRoutes lists the pages of waves.
func (s *Server) waveRoutes() []route {
	csrf := s.desk.csrf
	manage := func(method, path string, handler echo.HandlerFunc) route {
		return route{method: method, path: "/manage/waves/:slug" + path, permission: account.ManageWaves, about: s.aboutWave, handler: csrf(handler)}
	}
	return []route{
		{method: http.MethodGet, path: "/manage/waves/new", permission: account.ManageWaves, handler: csrf(s.newWave)},
		{method: http.MethodPost, path: "/manage/waves", permission: account.ManageWaves, about: aboutGrant, handler: csrf(s.addWave)},
		manage(http.MethodGet, "", s.wavePage),
		manage(http.MethodPost, "/state", s.moveWave),
		manage(http.MethodPost, "/until", s.extendWave),
		manage(http.MethodGet, "/end", s.endPage),
		manage(http.MethodPost, "/end", s.endWave),
		manage(http.MethodGet, "/release", s.releasing),
		manage(http.MethodPost, "/release", s.releaseWave),
		manage(http.MethodPost, "/repeat", s.repeatWave),
		manage(http.MethodGet, "/settings", s.waveSettings),
		manage(http.MethodPost, "/settings", s.saveSettings),
		manage(http.MethodGet, "/population", s.population),
		manage(http.MethodPost, "/population", s.savePopulation),
		manage(http.MethodGet, "/codes", s.waveCodes),
		manage(http.MethodPost, "/codes", uncompressed(s.makeCodes)),
		{method: http.MethodGet, path: "/manage/waves/:slug/returns", permission: account.ReadReturns, about: s.aboutWave, handler: csrf(s.returns)},
		{method: http.MethodGet, path: "/manage/waves/:slug/returns.csv", permission: account.ReadReturns, about: s.aboutWave, handler: s.returnsFile},
	}
}

// waveTab is one page of a wave in the row of them at the top.
type waveTab struct {
	path       string // behind the wave's address
	name       string // message key
	permission account.Permission
}

// waveTabs lists the pages of a wave. A room with a page of its own adds a line.
func waveTabs() []waveTab {
	return []waveTab{
		{"", "waves.tab.overview", account.ManageWaves},
		{"/returns", "waves.tab.returns", account.ReadReturns},
		{"/results", "waves.tab.results", account.ReadResults},
		{"/explore", "explore.tab", account.ReadResults},
		{"/variables", "variables.tab", account.ManageWaves},
		{"/quality", "quality.tab", account.ReadResults},
		{"/texts", "coding.tab", account.CodeTexts},
		{"/codes", "waves.tab.codes", account.ManageWaves},
		{"/reach", "reach.title", account.ManageWaves},
		{"/population", "waves.tab.population", account.ManageWaves},
		{"/settings", "waves.tab.settings", account.ManageWaves},
		{"/paper", "outlets.tab.paper", account.ManageData},
		{"/import", "outlets.tab.import", account.ManageData},
		{"/export", "outlets.tab.export", account.ManageData},
	}
}

// waveFrame is the frame of a wave's pages: the template desk-wave-nav shows its
// tabs.
type waveFrame struct {
	*deskFrame
	Slug, Name string // Name is the survey's title
	Tabs       []waveLink
}

// waveLink is one tab as it is shown.
type waveLink struct {
	Address, Name string
	Current       string // aria-current: page, true on a page below it, or ""
}

// waveFrame makes the frame of a wave's page under a title of the catalogue, which
// may name the wave as {{.title}}.
func (s *Server) waveFrame(c echo.Context, wave *store.LiveWave, title string) *waveFrame {
	f := &waveFrame{deskFrame: s.deskFrame(c, title), Slug: wave.Slug}
	f.Name = titleOf(wave, f.Localizer)
	f.Title, f.Sample = f.T(title, "title", f.Name), wave.Sample
	user, _ := visitor(c)
	at := "/manage/waves/" + wave.Slug
	for _, tab := range waveTabs() {
		if user.May(tab.permission, subjectOf(wave), s.desk.Areas.Contains) {
			one := waveLink{Address: at + tab.path + f.Query, Name: f.T(tab.name)}
			switch here := c.Request().URL.Path; {
			case here == at+tab.path:
				one.Current = "page"
			case tab.path != "" && strings.HasPrefix(here, at+tab.path+"/"):
				one.Current = "true"
			}
			f.Tabs = append(f.Tabs, one)
		}
	}
	return f
}

// waveOf returns the wave that the address names.
func (s *Server) waveOf(c echo.Context) (*store.LiveWave, error) {
	return s.desk.Office.Wave(c.Request().Context(), c.Param("slug"))
}

// toWave leads to a page of the wave, in the language in which the visitor is.
func (s *Server) toWave(c echo.Context, slug, page string) error {
	address := "/manage/waves/" + slug + page
	if lang := c.QueryParam("lang"); slices.Contains(deskLanguages(), lang) {
		address += "?lang=" + lang
	}
	return c.Redirect(http.StatusSeeOther, address)
}

// instrument is a survey that a wave can be opened with.
type instrument struct {
	ID, Title, Version string
}

// instruments lists the imported and the shipped surveys by title.
func (s *Server) instruments(ctx context.Context, f *deskFrame) ([]instrument, error) {
	imported, err := s.desk.Office.Headings(ctx)
	if err != nil {
		return nil, err
	}
	var list []instrument
	known := map[string]bool{}
	for _, one := range imported {
		known[one.ID] = true
		list = append(list, instrument{one.ID, titleIn(&survey.Survey{ID: one.ID, Title: one.Title, Languages: one.Languages}, f.Localizer), one.Version})
	}
	shipped, err := s.desk.workshop.shipped()
	if err != nil {
		return nil, err
	}
	for _, one := range shipped {
		if !known[one.ID] {
			list = append(list, instrument{one.ID, titleIn(one, f.Localizer), one.Version})
		}
	}
	slices.SortStableFunc(list, func(a, b instrument) int { return cmp.Compare(a.Title, b.Title) })
	return list, nil
}

// findSurvey returns the newest content of a survey: imported, or else shipped.
func (s *Server) findSurvey(ctx context.Context, id string) (*survey.Version, error) {
	version, err := s.desk.Office.Survey(ctx, id)
	if failure.CodeOf(err) != failure.NotFound {
		return version, err
	}
	shipped, err := s.desk.workshop.versions()
	if err != nil {
		return nil, err
	}
	if at := slices.IndexFunc(shipped, func(one *survey.Version) bool { return one.ID == id }); at >= 0 {
		return shipped[at], nil
	}
	return nil, failure.New(failure.Invalid, "waves.no_survey")
}

// areaOptions offers the areas for which somebody has a permission.
func (s *Server) areaOptions(user account.User, permission account.Permission, words *i18n.Localizer, chosen string) []option {
	var options []option
	offer := func(key, name string) {
		if user.May(permission, account.Subject{Area: key}, s.desk.Areas.Contains) {
			options = append(options, option{key, name, key == chosen})
		}
	}
	offer("", words.T("desk.area.all"))
	for _, area := range s.desk.Areas.All() {
		offer(area.Key, s.areaPath(area))
	}
	return options
}

// areaName is the name of an area, "all areas" for none.
func (s *Server) areaName(words *i18n.Localizer, key string) string {
	if area, known := s.desk.Areas.Get(key); known {
		return area.Name
	}
	return cmp.Or(key, words.T("desk.area.all"))
}

type newWavePage struct {
	*deskFrame
	Surveys, Areas []option
	Until          string
	Problem        string
	ProblemAt      string // id of the control that it is about
}

// newWave asks the three things that a wave cannot do without.
func (s *Server) newWave(c echo.Context) error {
	page, err := s.newWavePage(c, c.QueryParam("survey"), c.QueryParam("area"))
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-wave-new", page)
}

func (s *Server) newWavePage(c echo.Context, chosen, area string) (*newWavePage, error) {
	page := &newWavePage{deskFrame: s.deskFrame(c, "waves.new.title"), Until: c.FormValue("until")}
	list, err := s.instruments(c.Request().Context(), page.deskFrame)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		page.Surveys = append(page.Surveys, option{one.ID, one.Title + " (" + one.Version + ")", one.ID == chosen})
	}
	user, _ := visitor(c)
	page.Areas = s.areaOptions(user, account.ManageWaves, page.Localizer, area)
	return page, nil
}

// addWave makes a wave with defaults for all that was not asked.
func (s *Server) addWave(c echo.Context) error {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	version, err := s.findSurvey(ctx, c.FormValue("survey"))
	var made *store.LiveWave
	if err == nil {
		wave, failed := s.draftWave(ctx, version, c.FormValue("area"))
		if failed != nil {
			return failed
		}
		wave.Until = c.FormValue("until")
		if err = wave.Validate(s.desk.Areas); err == nil {
			made, err = s.desk.Office.PrepareWave(ctx, user.Name, wave, version)
		}
	}
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.NotFound || code == failure.Conflict {
		page, failed := s.newWavePage(c, c.FormValue("survey"), c.FormValue("area"))
		if failed != nil {
			return failed
		}
		page.Problem, page.ProblemAt = sentence(page.Localizer, failure.As(err)), string(settingOf(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-wave-new", page)
	}
	if err != nil {
		return err
	}
	return s.toWave(c, made.Slug, "")
}

// draftWave is a wave with defaults for all that nobody settled yet.
func (s *Server) draftWave(ctx context.Context, version *survey.Version, area string) (fieldwork.Wave, error) {
	slug, err := s.freeSlug(ctx, version.ID, area)
	return fieldwork.Wave{Slug: slug, Area: area, K: defaultK(version), Access: fieldwork.ByLink, ProofOfWork: true}, err
}

// defaultK is 10 where respondents know one another (METHODS, notation).
func defaultK(v *survey.Version) int {
	if catalogue.Audience(v.Audience).Professional() {
		return 2 * fieldwork.DefaultK
	}
	return fieldwork.DefaultK
}

// freeSlug finds an address that no wave has: the survey, the area and the year.
func (s *Server) freeSlug(ctx context.Context, id, area string) (string, error) {
	waves, err := s.desk.Office.Waves(ctx)
	if err != nil {
		return "", err
	}
	parts := []string{strings.ReplaceAll(id, "_", "-"), area, s.config.Now().Format("2006")}
	base := slugOf(strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "-"))
	slug := base
	for number := 2; slices.ContainsFunc(waves, func(wave *store.LiveWave) bool { return wave.Slug == slug }); number++ {
		slug = fmt.Sprintf("%s-%d", base, number)
	}
	return slug, nil
}

// slugOf makes an address of a text: small letters, digits and single hyphens, at
// most 50 of them.
func slugOf(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := b.String()
	return strings.Trim(slug[:min(len(slug), 50)], "-")
}
