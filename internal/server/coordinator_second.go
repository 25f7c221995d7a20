package server

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// SecondFactors is what signing in with a second factor needs of the store.
type SecondFactors interface {
	// SetSecond sets an account's second factor and the hashes of its spare
	// codes, "" takes it away, and ends the sessions but that of a token.
	SetSecond(ctx context.Context, actor, name, secret string, spares [][]byte, keep string) error
	// UseSecond takes in a code's time step; failure.Conflict when it was
	// taken in before.
	UseSecond(ctx context.Context, name string, step int64) error
	// UseSpare uses up a spare code; failure.NotFound.
	UseSpare(ctx context.Context, name string, hash []byte) (left int, err error)
}

// What a session holds of somebody whose password was right and whose code is
// still to come, and of a second factor that is being set up.
const (
	pendingKey   = "pending"
	pendingAtKey = "pending_at"
	secretKey    = "second"
	// pendingLife is how long a code may take to be typed.
	pendingLife = 5 * time.Minute
)

// secondRoutes lists the pages about the second factor.
func (s *Server) secondRoutes() []route {
	csrf := s.desk.csrf
	return []route{
		{method: http.MethodGet, path: "/manage/sign-in/code", permission: Public, handler: csrf(uncompressed(s.codePage))},
		{method: http.MethodPost, path: "/manage/sign-in/code", permission: Public, handler: csrf(uncompressed(s.signInByCode))},
		{method: http.MethodPost, path: "/manage/account/second", permission: account.SeeDesk, handler: csrf(uncompressed(s.proven(s.beginSecond)))},
		{method: http.MethodPost, path: "/manage/account/second/confirm", permission: account.SeeDesk, handler: csrf(uncompressed(s.confirmSecond))},
		{method: http.MethodPost, path: "/manage/account/second/remove", permission: account.SeeDesk, handler: csrf(uncompressed(s.removeSecond))},
		{method: http.MethodPost, path: "/manage/people/:name/second/remove", permission: account.ManagePeople, about: s.aboutPerson, handler: csrf(s.removeTheirSecond)},
	}
}

// askCode remembers whose password was right and asks for the code.
func (s *Server) askCode(c echo.Context, user account.User, next string) error {
	if err := s.loadSession(c); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.desk.sessions.RenewToken(ctx); err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	s.desk.sessions.Put(ctx, pendingKey, user.Name)
	s.desk.sessions.Put(ctx, pendingAtKey, s.config.Now().Unix())
	if err := s.saveSession(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/sign-in/code?next="+template.URLQueryEscaper(next))
}

// pending returns whose code is awaited; failure.Unauthorized when nobody's is, or
// no longer.
func (s *Server) pending(c echo.Context) (string, error) {
	if err := s.loadSession(c); err != nil {
		return "", err
	}
	ctx := c.Request().Context()
	name, at := s.desk.sessions.GetString(ctx, pendingKey), time.Unix(s.desk.sessions.GetInt64(ctx, pendingAtKey), 0)
	if name == "" || s.config.Now().Sub(at) > pendingLife {
		return "", failure.New(failure.Unauthorized, "error.unauthorized")
	}
	return name, nil
}

// codePage asks for the code.
func (s *Server) codePage(c echo.Context) error {
	if _, err := s.pending(c); err != nil {
		return err
	}
	page := &signInPage{deskFrame: s.deskFrame(c, "desk.second.code_title"), Next: localPath(c.QueryParam("next"))}
	return s.page(c, http.StatusOK, "desk-code", page)
}

// signInByCode checks the code, or a spare one, and begins the session.
func (s *Server) signInByCode(c echo.Context) error {
	address := s.client(c.Request())
	if err := s.desk.attempts.check(address); err != nil {
		return err
	}
	name, err := s.pending(c)
	if err != nil {
		return s.toSignIn(c, err)
	}
	here := name + " " + address.String()
	for _, err := range []error{s.desk.nearby.check(here), s.desk.anywhere.check(name)} {
		if err != nil {
			return err
		}
	}
	ctx := c.Request().Context()
	user, credentials, err := s.desk.Office.User(ctx, name)
	if err != nil {
		return err
	}
	next := localPath(c.FormValue("next"))
	right, err := s.codeIsRight(ctx, user.Name, credentials.Second, c.FormValue("code"))
	if err != nil {
		return err
	}
	if !right {
		s.desk.nearby.wrong(here)
		s.desk.anywhere.wrong(name)
		err := s.desk.Office.Audit(ctx, account.Entry{Actor: name, Action: account.SignInFailed, Subject: name, Area: account.AreaOf(user.Grants)})
		if err != nil {
			return err
		}
		page := &signInPage{deskFrame: s.deskFrame(c, "desk.second.code_title"), Next: next}
		page.Problem = page.T("desk.second.wrong")
		return s.page(c, http.StatusUnprocessableEntity, "desk-code", page)
	}
	s.desk.nearby.right(here)
	return s.begin(c, user, account.ByCode, next)
}

// toSignIn leads somebody whose password is too long ago back to the start.
func (s *Server) toSignIn(c echo.Context, err error) error {
	if failure.CodeOf(err) == failure.Unauthorized {
		return c.Redirect(http.StatusSeeOther, deskPath+"/sign-in")
	}
	return err
}

// codeIsRight tells whether a code is one of now or a spare one, and uses it up.
func (s *Server) codeIsRight(ctx context.Context, name, secret, code string) (bool, error) {
	var err error
	if step, right := account.CheckSecond(secret, code, s.config.Now()); right {
		err = s.desk.Office.UseSecond(ctx, name, step)
	} else {
		_, err = s.desk.Office.UseSpare(ctx, name, account.SpareHash(code))
	}
	switch failure.CodeOf(err) {
	case failure.Conflict, failure.NotFound:
		return false, nil
	}
	return err == nil, err
}

type secondPage struct {
	*deskFrame
	Picture template.HTML
	Secret  string   // to type where nothing can be scanned
	Spares  []string // shown this once, when all is set
	Problem string
}

// beginSecond makes a secret and shows it. It counts only once a code made of it
// has come back.
func (s *Server) beginSecond(c echo.Context) error {
	ctx := c.Request().Context()
	secret := account.NewSecond()
	s.desk.sessions.Put(ctx, secretKey, secret)
	if err := s.saveSession(c); err != nil {
		return err
	}
	return s.secondPage(c, http.StatusOK, secret, "")
}

func (s *Server) secondPage(c echo.Context, status int, secret, problem string) error {
	user, _ := visitor(c)
	page := &secondPage{deskFrame: s.deskFrame(c, "desk.second.title"), Problem: problem}
	for at := 0; at < len(secret); at += 4 {
		page.Secret += secret[at:at+4] + " "
	}
	var err error
	if page.Picture, err = qrCode(account.SecondAddress(user.Name, secret), page.T("desk.second.picture")); err != nil {
		return err
	}
	return s.page(c, status, "desk-second", page)
}

// confirmSecond sets the second factor when the code is right, and shows the spare
// codes.
func (s *Server) confirmSecond(c echo.Context) error {
	if err := s.desk.attempts.check(s.client(c.Request())); err != nil {
		return err
	}
	ctx := c.Request().Context()
	user, _ := visitor(c)
	secret := s.desk.sessions.GetString(ctx, secretKey)
	if secret == "" {
		return c.Redirect(http.StatusSeeOther, deskPath+"/account")
	}
	step, right := account.CheckSecond(secret, c.FormValue("code"), s.config.Now())
	if !right {
		return s.secondPage(c, http.StatusUnprocessableEntity, secret, s.deskWords(c).T("desk.second.wrong"))
	}
	spares := account.NewSpares()
	hashes := make([][]byte, len(spares))
	for at, code := range spares {
		hashes[at] = account.SpareHash(code)
	}
	if err := s.desk.Office.SetSecond(ctx, user.Name, user.Name, secret, hashes, s.desk.sessions.Token(ctx)); err != nil {
		return err
	}
	if err := s.desk.Office.UseSecond(ctx, user.Name, step); err != nil {
		return err
	}
	s.desk.sessions.Remove(ctx, secretKey)
	if err := s.strengthened(c); err != nil {
		return err
	}
	page := &secondPage{deskFrame: s.deskFrame(c, "desk.second.done"), Spares: spares}
	return s.page(c, http.StatusOK, "desk-second", page)
}

// removeSecond takes somebody's own second factor away, for their password.
func (s *Server) removeSecond(c echo.Context) error {
	user, right, err := s.provesPassword(c)
	if err != nil || !right {
		return err
	}
	ctx := c.Request().Context()
	if err := s.desk.Office.SetSecond(ctx, user.Name, user.Name, "", nil, s.desk.sessions.Token(ctx)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/account")
}

// removeTheirSecond helps somebody in again whose phone is lost.
func (s *Server) removeTheirSecond(c echo.Context) error {
	user, _ := visitor(c)
	if err := s.desk.Office.SetSecond(c.Request().Context(), user.Name, c.Param("name"), "", nil, ""); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/people/"+url.PathEscape(c.Param("name")))
}
