package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
)

// withdrawPage takes a receipt and deletes what lies under it.
type withdrawPage struct {
	*frame
	Receipt string
	Problem string
	Done    bool
}

// withdrawForm asks for the receipt.
func (s *Server) withdrawForm(c echo.Context) error {
	return s.page(c, http.StatusOK, "withdraw", s.withdrawPage(c))
}

func (s *Server) withdrawPage(c echo.Context) *withdrawPage {
	loc := s.config.Catalogue.Localizer(s.visitorLanguage(c))
	page := &withdrawPage{frame: s.frame(c, loc)}
	page.Title = loc.T("respondent.withdraw.title")
	return page
}

// withdraw deletes the answers or statements of a receipt. It counts towards
// the rate limit, so that receipts cannot be tried out.
func (s *Server) withdraw(c echo.Context) error {
	if err := s.limiter.check(s.client(c.Request())); err != nil {
		return err
	}
	if _, err := c.FormParams(); err != nil {
		if failure.CodeOf(err) == failure.TooLarge {
			return err
		}
		return failure.New(failure.Invalid, "error.broken_request").Because(err)
	}
	c.Set(languageKey, c.FormValue("lang"))
	page := s.withdrawPage(c)
	page.Receipt = c.FormValue("receipt")
	err := s.config.Waves.Withdraw(c.Request().Context(), page.Receipt)
	switch {
	case failure.CodeOf(err) == failure.NotFound && wantsJSON(c.Request()):
		return &invalid{[]problem{{Name: "receipt", Message: page.T("respondent.withdraw.unknown")}}}
	case failure.CodeOf(err) == failure.NotFound:
		page.Problem = page.T("respondent.withdraw.unknown")
		return s.page(c, http.StatusUnprocessableEntity, "withdraw", page)
	case err != nil:
		return err
	}
	page.Done = true
	return s.page(c, http.StatusOK, "withdraw", page)
}
