package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// Translations is what the pages for translators need of the store.
type Translations interface {
	// Translate stores texts in one language; what others have changed in the
	// meantime stays, and comes back.
	Translate(ctx context.Context, actor, id, language string, all []survey.Rendering) (*store.Working, []survey.Rendering, error)
	// ImportTranslations does the same with what came back in a file.
	ImportTranslations(ctx context.Context, actor, id, language string, all []survey.Rendering) (*store.Working, []survey.Rendering, error)
	// ChangeLanguages adds or removes languages or makes another the source.
	ChangeLanguages(ctx context.Context, actor, id, effect string, change func(*survey.Survey) error) (*store.Working, error)
	// Comments lists what was said of texts in one language.
	Comments(ctx context.Context, id, language string) ([]store.Comment, error)
	AddComments(ctx context.Context, actor, id string, comments ...store.Comment) error
	ResolveComment(ctx context.Context, actor, id, comment string) error
}

// Limits of bodies: a file of a translator's tool, and the form by which its
// texts are taken.
const (
	handoverLimit = survey.MaxHandover + bodyLimit
	takeLimit     = 10 << 20
)

// translateRoutes lists the pages for translators.
func (s *Server) translateRoutes() []route {
	csrf := s.desk.csrf
	const translate, edit = account.TranslateSurveys, account.EditSurveys
	about := s.aboutOwnWorking
	return []route{
		{method: http.MethodGet, path: "/manage/translations", permission: translate, handler: csrf(s.translations)},
		{method: http.MethodGet, path: "/manage/surveys/:id/translate", permission: translate, about: about, handler: csrf(searched(s.translate))},
		{method: http.MethodPost, path: "/manage/surveys/:id/translate", permission: translate, about: about, handler: csrf(uncompressed(s.saveTranslations))},
		{method: http.MethodGet, path: "/manage/surveys/:id/translate/file", permission: translate, about: about, handler: s.translationFile},
		{method: http.MethodPost, path: "/manage/surveys/:id/translate/import", permission: translate, about: about, handler: csrf(uncompressed(s.importTranslations)), limit: handoverLimit},
		{method: http.MethodPost, path: "/manage/surveys/:id/translate/take", permission: translate, about: about, handler: csrf(uncompressed(s.takeTranslations)), limit: takeLimit},
		{method: http.MethodGet, path: "/manage/surveys/:id/languages", permission: translate, about: about, handler: csrf(s.languages)},
		{method: http.MethodPost, path: "/manage/surveys/:id/languages", permission: translate, about: about, handler: csrf(uncompressed(s.addLanguage))},
		{method: http.MethodGet, path: "/manage/surveys/:id/languages/:tag", permission: edit, about: about, handler: csrf(s.languagePage)},
		{method: http.MethodPost, path: "/manage/surveys/:id/languages/:tag", permission: edit, about: about, handler: csrf(s.changeLanguage)},
	}
}

// aboutOwnWorking is the subject of a working copy. A survey of the library is
// none: it is copied before it is translated.
func (s *Server) aboutOwnWorking(c echo.Context) (account.Subject, error) {
	w, err := s.working(c)
	if err != nil {
		return account.Subject{}, err
	}
	return account.Subject{Area: w.Area}, nil
}

// searched serves pages uncompressed that show what somebody looked for: see
// [uncompressed].
func searched(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.QueryParam("q") != "" {
			return uncompressed(next)(c)
		}
		return next(c)
	}
}

// progress is how far one language is, for a bar and the words beside it.
type progress struct {
	Tag, Native, Direction string
	Name                   string // in the reader's language
	Done, Stale            int    // shares in per cent of the bar, rounded down
	Words                  string
	Address                string
}

// progressOf says how far a language is.
func progressOf(words *i18n.Localizer, id string, one survey.Completeness) progress {
	share := func(count int) int { return 100 * count / max(one.Needed, 1) }
	p := progress{Tag: one.Language, Native: i18n.NativeName(one.Language), Name: languageName(words, one.Language), Direction: i18n.Direction(one.Language),
		Done: share(one.Present - one.Stale), Stale: share(one.Stale)}
	number := func(count int) string { return words.Number(float64(count), 0) }
	p.Words = words.T("translate.progress", "present", number(one.Present), "needed", number(one.Needed), "reviewed", number(one.Reviewed))
	if one.Stale > 0 {
		p.Words += ", " + words.N("translate.progress.stale", one.Stale)
	}
	p.Address = translateAddress(id, words, url.Values{"to": {one.Language}})
	return p
}

// translateAddress is the address of the page for translating.
func translateAddress(id string, words *i18n.Localizer, query url.Values) string {
	query.Set("lang", words.Language())
	return "/manage/surveys/" + id + "/translate?" + query.Encode()
}

type translationsPage struct {
	*deskFrame
	Surveys []translatedSurvey
}

// translatedSurvey is one survey in the list of those to translate.
type translatedSurvey struct {
	ID, SurveyID string
	Title        caption
	Area         string
	Source       string
	Changed      string
	Languages    []progress
}

// translations lists the surveys that somebody may translate, with all languages.
func (s *Server) translations(c echo.Context) error {
	all, err := s.desk.Office.Workings(c.Request().Context())
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := &translationsPage{deskFrame: s.deskFrame(c, "translate.list.title")}
	for _, w := range all {
		if !user.May(account.TranslateSurveys, account.Subject{Area: w.Area}, s.desk.Areas.Contains) || len(w.Languages) == 0 {
			continue
		}
		source := w.Languages[0].Language
		one := translatedSurvey{ID: w.ID, SurveyID: w.SurveyID, Source: languageName(page.Localizer, source), Area: s.areaName(page.Localizer, w.Area),
			Changed: page.T("translate.list.changed", "time", page.Time(w.Stored), "author", w.Author),
			Title:   said(w.Title, page.Localizer, &survey.Survey{Language: source, Languages: []string{source}})}
		for _, language := range w.Languages[1:] {
			one.Languages = append(one.Languages, progressOf(page.Localizer, w.ID, language))
		}
		page.Surveys = append(page.Surveys, one)
	}
	return s.page(c, http.StatusOK, "desk-translations", page)
}

// pairOf reads from an address which languages are read and written. Without a
// word it is the source, and the first of the others.
func pairOf(c echo.Context, of *survey.Survey) (from, to string, err error) {
	from, to = c.QueryParam("from"), c.QueryParam("to")
	if !slices.Contains(of.Languages, from) {
		from = of.Language
	}
	if to == "" {
		for _, tag := range of.Languages {
			if tag != of.Language {
				to = tag
				break
			}
		}
	}
	if !slices.Contains(of.Languages, to) || to == of.Language {
		return from, to, failure.New(failure.NotFound, "error.translate_language", "language", to)
	}
	if from == to {
		from = of.Language
	}
	return from, to, nil
}
