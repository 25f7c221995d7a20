package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

type signInPage struct {
	*deskFrame
	Next    string // where to go afterwards
	Name    string
	Problem string
}

// signInPage shows the form.
func (s *Server) signInPage(c echo.Context) error {
	page := &signInPage{deskFrame: s.deskFrame(c, "desk.sign_in.title"), Next: localPath(c.QueryParam("next"))}
	return s.page(c, http.StatusOK, "desk-sign-in", page)
}

// signIn checks name and password and begins a session.
func (s *Server) signIn(c echo.Context) error {
	if allowed, wait := s.desk.attempts.allow(s.client(c.Request())); !allowed {
		return tooMany{failure.New(failure.TooMany, "error.too_many"), wait}
	}
	request := struct{ Name, Password, Next string }{c.FormValue("name"), c.FormValue("password"), localPath(c.FormValue("next"))}
	ctx := c.Request().Context()
	user, hash, err := s.desk.Office.User(ctx, request.Name)
	if err != nil && failure.CodeOf(err) != failure.NotFound {
		return err
	}
	// An unknown name takes as long as a wrong password and is told the same.
	if !s.desk.Hasher.Matches(request.Password, hash) || err != nil {
		page := &signInPage{deskFrame: s.deskFrame(c, "desk.sign_in.title"), Next: request.Next, Name: request.Name}
		page.Problem = page.T("desk.sign_in.wrong")
		return s.page(c, http.StatusUnprocessableEntity, "desk-sign-in", page)
	}
	return s.begin(c, user, request.Next)
}

// begin starts a session under a fresh token, so that one planted before
// signing in is worth nothing.
func (s *Server) begin(c echo.Context, user account.User, next string) error {
	if err := s.loadSession(c); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.desk.sessions.RenewToken(ctx); err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	s.desk.sessions.Put(ctx, userKey, user.Name)
	if err := s.saveSession(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// signOut ends the session.
func (s *Server) signOut(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.desk.sessions.Destroy(ctx); err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	c.SetCookie(&http.Cookie{Name: sessionCookie, Path: deskPath, MaxAge: -1, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: s.overHTTPS()})
	return c.Redirect(http.StatusSeeOther, deskPath+"/sign-in")
}

// localPath lets only addresses of the desk through, so that a link cannot
// send somebody who signs in elsewhere.
func localPath(path string) string {
	if strings.HasPrefix(path, deskPath+"/") && !strings.Contains(path, "//") && !strings.ContainsAny(path, "\\\r\n") {
		return path
	}
	return deskPath + "/"
}

type setupPage struct {
	*deskFrame
	Name    string
	Problem string
}

// setupPage shows the form for the first account.
func (s *Server) setupPage(c echo.Context) error {
	if err := s.maySetUp(c); err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-setup", &setupPage{deskFrame: s.deskFrame(c, "desk.setup.title")})
}

// setup makes the first account, an administrator's, and signs it in.
func (s *Server) setup(c echo.Context) error {
	if err := s.maySetUp(c); err != nil {
		return err
	}
	request := struct{ Name, Password string }{c.FormValue("name"), c.FormValue("password")}
	user := account.User{Name: request.Name, Role: account.Administrator}
	if err := account.Validate(user, request.Password); err != nil {
		page := &setupPage{deskFrame: s.deskFrame(c, "desk.setup.title"), Name: request.Name}
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-setup", page)
	}
	if err := s.desk.Office.AddUser(c.Request().Context(), user, s.desk.Hasher.Hash(request.Password)); err != nil {
		return err
	}
	return s.begin(c, user, deskPath+"/")
}

// maySetUp tells whether the link is the one printed at the start and there
// is still no account.
func (s *Server) maySetUp(c echo.Context) error {
	if !sameToken(s.desk.SetupToken, c.Param("token")) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	has, err := s.desk.Office.HasUsers(c.Request().Context())
	if err == nil && has {
		err = failure.New(failure.Gone, "error.setup_done")
	}
	return err
}
