package server

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Resets is what setting a forgotten password anew needs of the store.
type Resets interface {
	// AllowReset returns a link's secret by which somebody sets a new password;
	// failure.NotFound.
	AllowReset(ctx context.Context, actor, name string) (string, error)
	// Resetter returns whose password a secret may set; failure.Gone.
	Resetter(ctx context.Context, secret string) (account.User, error)
	// ResetPassword sets it, once, and ends all sessions; failure.Gone.
	ResetPassword(ctx context.Context, secret, hash string) error
}

// resetRoutes lists the pages about forgotten passwords.
func (s *Server) resetRoutes() []route {
	csrf := s.desk.csrf
	return []route{
		{method: http.MethodPost, path: "/manage/people/:name/reset", permission: account.ManagePeople, about: s.aboutPerson, handler: csrf(uncompressed(s.allowReset))},
		{method: http.MethodGet, path: "/manage/reset/:secret", permission: Public, handler: csrf(uncompressed(s.resetPage))},
		{method: http.MethodPost, path: "/manage/reset/:secret", permission: Public, handler: csrf(uncompressed(s.reset))},
	}
}

// allowReset makes the link and shows it, this once.
func (s *Server) allowReset(c echo.Context) error {
	user, _ := visitor(c)
	person, err := s.findPerson(c)
	if err != nil {
		return err
	}
	secret, err := s.desk.Office.AllowReset(c.Request().Context(), user.Name, person.Name)
	if err != nil {
		return err
	}
	page := s.personPage(c, person, person.Grants)
	page.Link = s.origin(c) + deskPath + "/reset/" + secret
	return s.page(c, http.StatusOK, "desk-person", page)
}

type resetForm struct {
	*deskFrame
	Name    string
	Problem string
}

func (s *Server) resetForm(c echo.Context) (*resetForm, account.User, error) {
	user, err := s.desk.Office.Resetter(c.Request().Context(), c.Param("secret"))
	if err != nil {
		return nil, user, err
	}
	return &resetForm{deskFrame: s.deskFrame(c, "desk.reset.title"), Name: user.Name}, user, nil
}

// resetPage asks for the new password.
func (s *Server) resetPage(c echo.Context) error {
	page, _, err := s.resetForm(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-reset", page)
}

// reset sets the new password. Signing in comes after it, with the second factor
// where there is one.
func (s *Server) reset(c echo.Context) error {
	if err := s.desk.attempts.check(s.client(c.Request())); err != nil {
		return err
	}
	page, user, err := s.resetForm(c)
	if err != nil {
		return err
	}
	password := c.FormValue("password")
	if err := account.CheckPassword(user, password); err != nil {
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-reset", page)
	}
	if err := s.desk.Office.ResetPassword(c.Request().Context(), c.Param("secret"), s.desk.Hasher.Hash(password)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/sign-in")
}
