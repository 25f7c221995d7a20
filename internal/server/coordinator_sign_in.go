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
	address := s.client(c.Request())
	if err := s.desk.attempts.check(address); err != nil {
		return err
	}
	request := struct{ Name, Password, Next string }{c.FormValue("name"), c.FormValue("password"), localPath(c.FormValue("next"))}
	here := request.Name + " " + address.String()
	for _, err := range []error{s.desk.nearby.check(here), s.desk.anywhere.check(request.Name)} {
		if err != nil {
			return err
		}
	}
	ctx := c.Request().Context()
	user, credentials, err := s.desk.Office.User(ctx, request.Name)
	if err != nil && failure.CodeOf(err) != failure.NotFound {
		return err
	}
	// An unknown name takes as long as a wrong password and is told the same.
	if !s.desk.Hasher.Matches(request.Password, credentials.Password) || err != nil {
		s.desk.nearby.wrong(here)
		s.desk.anywhere.wrong(request.Name)
		if err == nil { // what is no account's name may be a password in the wrong box
			err = s.desk.Office.Audit(ctx, account.Entry{Actor: user.Name, Action: account.SignInFailed, Subject: user.Name, Area: account.AreaOf(user.Grants)})
			if err != nil {
				return err
			}
		}
		page := &signInPage{deskFrame: s.deskFrame(c, "desk.sign_in.title"), Next: request.Next, Name: request.Name}
		page.Problem = page.T("desk.sign_in.wrong")
		return s.page(c, http.StatusUnprocessableEntity, "desk-sign-in", page)
	}
	if credentials.Second != "" {
		return s.askCode(c, user, request.Next)
	}
	s.desk.nearby.right(here)
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
	s.desk.sessions.Remove(ctx, pendingKey)
	s.desk.sessions.Put(ctx, userKey, user.Name)
	if err := s.saveSession(c); err != nil {
		return err
	}
	if err := s.desk.Sessions.Own(ctx, s.desk.sessions.Token(ctx), user, deviceOf(c.Request())); err != nil {
		return err
	}
	if next == deskPath+"/" && mayTranslateOnly(user) {
		next = deskPath + "/translations"
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// signOut ends the session.
func (s *Server) signOut(c echo.Context) error {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	err := s.desk.Office.Audit(ctx, account.Entry{Actor: user.Name, Action: account.SignedOut, Subject: user.Name, Area: account.AreaOf(user.Grants)})
	if err != nil {
		return err
	}
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
	user := account.User{Name: request.Name, Grants: []account.Grant{{Role: account.Administrator}}}
	err := account.Validate(user)
	if err == nil {
		err = account.CheckPassword(user, request.Password)
	}
	if err != nil {
		page := &setupPage{deskFrame: s.deskFrame(c, "desk.setup.title"), Name: request.Name}
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-setup", page)
	}
	if err := s.desk.Office.AddUser(c.Request().Context(), user.Name, user, s.desk.Hasher.Hash(request.Password)); err != nil {
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
