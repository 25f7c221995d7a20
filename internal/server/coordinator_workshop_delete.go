package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
)

// deletingPage names what is lost with a working copy.
type deletingPage struct {
	*deskFrame
	ID, Name  string
	Revision  int64
	Survey    caption
	Questions int
	Own       int // translations
	Steps     int
	Waves     []string
	Problem   string
}

func (s *Server) deleteSurveyPage(c echo.Context) error {
	page, err := s.deletingPage(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-survey-delete", page)
}

func (s *Server) deletingPage(c echo.Context) (*deletingPage, error) {
	w, err := s.working(c)
	if err != nil {
		return nil, err
	}
	page := &deletingPage{deskFrame: s.deskFrame(c, "workshop.delete.title"), ID: w.ID, Name: w.SurveyID, Revision: w.Revision, Questions: w.Questions}
	page.Survey = said(w.WorkingSummary.Title, page.Localizer, w.Survey)
	for at, one := range w.WorkingSummary.Languages {
		if at > 0 {
			page.Own += one.Present
		}
	}
	steps, err := s.desk.Office.WorkingSteps(c.Request().Context(), w.ID, 0, manySteps)
	if err != nil {
		return nil, err
	}
	page.Steps = len(steps)
	waves, err := s.desk.Office.Waves(c.Request().Context())
	for _, wave := range waves {
		if wave.SurveyID == w.SurveyID {
			page.Waves = append(page.Waves, wave.Slug)
		}
	}
	return page, err
}

// manySteps is more than the history of a working copy holds.
const manySteps = 1000

// deleteSurvey deletes a working copy whose id was typed.
func (s *Server) deleteSurvey(c echo.Context) error {
	w, err := s.working(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	if strings.TrimSpace(c.FormValue("name")) != w.SurveyID {
		err = failure.New(failure.Invalid, "error.delete_name", "name", w.SurveyID)
	} else {
		err = s.desk.Office.DeleteWorking(c.Request().Context(), user.Name, w.ID, numberOf(c.FormValue("revision")))
	}
	switch failure.CodeOf(err) {
	case failure.Invalid, failure.Conflict:
		page, failed := s.deletingPage(c)
		if failed != nil {
			return failed
		}
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-survey-delete", page)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/manage/surveys"+s.deskFrame(c, "workshop.library.title").Query)
}
