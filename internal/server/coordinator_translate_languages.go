package server

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
)

type languagesPage struct {
	*deskFrame
	ID      string
	Survey  caption
	Source  string
	All     []progress
	Offered []option
	Typed   string
	Problem string
	MayEdit bool
}

// languages lists the languages of a survey, and offers others.
func (s *Server) languages(c echo.Context) error {
	page, err := s.languagesPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-languages", page)
}

func (s *Server) languagesPage(c echo.Context) (*languagesPage, error) {
	w, err := s.working(c)
	if err != nil {
		return nil, err
	}
	of := w.Survey
	page := &languagesPage{deskFrame: s.deskFrame(c, "translate.languages.title"), ID: w.ID, MayEdit: s.mayEdit(c, w.Area)}
	page.Source = languageName(page.Localizer, of.Language)
	page.Survey = said(of.Title, page.Localizer, of)
	for _, one := range of.Completeness() {
		if one.Language != of.Language {
			page.All = append(page.All, progressOf(page.Localizer, w.ID, one))
		}
	}
	for _, tag := range i18n.Respondents() {
		if !slices.Contains(of.Languages, tag) {
			page.Offered = append(page.Offered, option{Value: tag, Label: bothNames(page.Localizer, tag)})
		}
	}
	return page, nil
}

// addLanguage adds a language of our table or any other by its tag, and goes to
// translating into it.
func (s *Server) addLanguage(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	typed := c.FormValue("tag")
	if typed == "" {
		typed = c.FormValue("language")
	}
	tag, ok := i18n.Tag(typed)
	switch {
	case !ok:
		err = failure.New(failure.Invalid, "error.translate_tag", "tag", typed)
	case slices.Contains(w.Survey.Languages, tag):
		err = failure.New(failure.Invalid, "error.translate_has", "language", languageName(s.deskWords(c), tag))
	case len(w.Survey.Languages) >= mostLanguages:
		err = failure.New(failure.Invalid, "error.translate_many", "limit", mostLanguages)
	}
	if err != nil {
		page, failed := s.languagesPage(c)
		if failed != nil {
			return failed
		}
		page.Problem, page.Typed = sentence(page.Localizer, failure.As(err)), c.FormValue("tag")
		return s.page(c, http.StatusUnprocessableEntity, "desk-languages", page)
	}
	user, _ := visitor(c)
	_, err = s.desk.Office.ChangeLanguages(c.Request().Context(), user.Name, w.ID, "+"+tag, func(of *survey.Survey) error {
		of.AddLanguage(tag)
		return nil
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, translateAddress(w.ID, s.deskWords(c), url.Values{"to": {tag}}))
}

// mostLanguages is how many languages a survey may have.
const mostLanguages = 100

type languagePage struct {
	*deskFrame
	ID           string
	Survey       caption
	Tag, Name    string
	Source       string
	Lost         []string // what goes with the language, in words
	Expected     string   // what has to be typed
	Problem      string
	WithoutTexts int // texts that the language lacks
}

// languagePage asks before a language is removed or becomes the source.
func (s *Server) languagePage(c echo.Context) error {
	page, err := s.languageQuestion(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-language", page)
}

func (s *Server) languageQuestion(c echo.Context) (*languagePage, error) {
	w, err := s.working(c)
	if err != nil {
		return nil, err
	}
	of, tag := w.Survey, c.Param("tag")
	if !slices.Contains(of.Languages, tag) || tag == of.Language {
		return nil, failure.New(failure.NotFound, "error.translate_language", "language", tag)
	}
	page := &languagePage{deskFrame: s.deskFrame(c, "translate.language.title"), ID: w.ID, Tag: tag, Expected: tag}
	page.Name, page.Source = languageName(page.Localizer, tag), languageName(page.Localizer, of.Language)
	page.Title = page.T("translate.language.title", "language", page.Name)
	page.Survey = said(of.Title, page.Localizer, of)
	lost := of.Of(tag)
	page.Lost = []string{page.N("translate.lost.texts", lost.Texts)}
	if lost.Reviewed > 0 {
		page.Lost = append(page.Lost, page.N("translate.lost.reviewed", lost.Reviewed))
	}
	if lost.Media > 0 {
		page.Lost = append(page.Lost, page.N("translate.lost.media", lost.Media))
	}
	for _, one := range of.Completeness() {
		if one.Language == tag {
			page.WithoutTexts = one.Needed - one.Present
		}
	}
	return page, nil
}

// changeLanguage removes a language, whose tag is typed, or makes it the source.
func (s *Server) changeLanguage(c echo.Context) error {
	page, err := s.languageQuestion(c)
	if err != nil {
		return err
	}
	var change func(*survey.Survey) error
	effect := "-" + page.Tag
	switch c.FormValue("do") {
	case "remove":
		if c.FormValue("typed") != page.Expected {
			page.Problem = page.T("translate.lost.wrong", "expected", page.Expected)
			return s.page(c, http.StatusUnprocessableEntity, "desk-language", page)
		}
		change = func(of *survey.Survey) error { return of.RemoveLanguage(page.Tag) }
	case "source":
		effect = "=" + page.Tag
		change = func(of *survey.Survey) error {
			if !of.SetLanguage(page.Tag) {
				return failure.New(failure.Invalid, "error.translate_language", "language", page.Tag)
			}
			return nil
		}
	default:
		return failure.New(failure.Invalid, "error.broken_request")
	}
	user, _ := visitor(c)
	if _, err := s.desk.Office.ChangeLanguages(c.Request().Context(), user.Name, page.ID, effect, change); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/manage/surveys/"+page.ID+"/languages"+page.Query)
}
