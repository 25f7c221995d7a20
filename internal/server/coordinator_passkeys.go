package server

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Passkeys is what signing in with passkeys needs of the store.
type Passkeys interface {
	// Holder returns an account with its passkeys, ready to get another;
	// failure.NotFound.
	Holder(ctx context.Context, name string) (account.Holder, error)
	// HolderOf returns the account that an authenticator means; failure.NotFound.
	HolderOf(ctx context.Context, handle string) (account.Holder, error)
	// Passkeys lists the passkeys of an account.
	Passkeys(ctx context.Context, name string) ([]account.Passkey, error)
	// AddPasskey gives an account a passkey; failure.Conflict when some account
	// has it.
	AddPasskey(ctx context.Context, actor, name, called string, credential account.Credential) error
	// RenamePasskey calls a passkey something else; failure.NotFound.
	RenamePasskey(ctx context.Context, name, number, called string) error
	// RemovePasskey takes a passkey away and ends the sessions but that of a
	// token; failure.NotFound, failure.Conflict.
	RemovePasskey(ctx context.Context, actor, name, number, keep string) error
	// UsePasskey keeps the counter of a passkey that signed in;
	// failure.NotFound.
	UsePasskey(ctx context.Context, credential account.Credential) error
}

// What a session holds of a question to an authenticator. It is good for one
// answer, for a few minutes.
const (
	ceremonyKey   = "ceremony"
	ceremonyAtKey = "ceremony_at"
)

// passkeyRoutes lists what there is to do with passkeys.
func (s *Server) passkeyRoutes() []route {
	csrf := s.desk.csrf
	return []route{
		{method: http.MethodPost, path: "/manage/sign-in/passkey/begin", permission: Public, handler: csrf(s.askPasskey)},
		{method: http.MethodPost, path: "/manage/sign-in/passkey", permission: Public, handler: csrf(uncompressed(s.signInByPasskey))},
		{method: http.MethodPost, path: "/manage/account/passkeys/begin", permission: account.SeeDesk, handler: csrf(s.proven(s.askNewPasskey))},
		{method: http.MethodPost, path: "/manage/account/passkeys", permission: account.SeeDesk, handler: csrf(uncompressed(s.proven(s.addPasskey)))},
		{method: http.MethodPost, path: "/manage/account/passkeys/:number/name", permission: account.SeeDesk, handler: csrf(uncompressed(s.renamePasskey))},
		{method: http.MethodPost, path: "/manage/account/passkeys/:number/remove", permission: account.SeeDesk, handler: csrf(s.proven(s.removePasskey))},
	}
}

// pose keeps what a ceremony's answer will be checked against and hands the
// question to the page's script.
func (s *Server) pose(c echo.Context, asked account.Ceremony) error {
	ctx := c.Request().Context()
	s.desk.sessions.Put(ctx, ceremonyKey, asked.Kept)
	s.desk.sessions.Put(ctx, ceremonyAtKey, s.config.Now().Unix())
	if err := s.saveSession(c); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSONBlob(http.StatusOK, asked.Options)
}

// posed takes what was kept of the question; nothing when there was none, or too
// long ago.
func (s *Server) posed(c echo.Context) ([]byte, error) {
	ctx := c.Request().Context()
	at := time.Unix(s.desk.sessions.GetInt64(ctx, ceremonyAtKey), 0)
	kept := s.desk.sessions.PopBytes(ctx, ceremonyKey)
	if err := s.saveSession(c); err != nil {
		return nil, err
	}
	if s.config.Now().Sub(at) > pendingLife {
		return nil, nil
	}
	return kept, nil
}

// askPasskey begins signing in.
func (s *Server) askPasskey(c echo.Context) error {
	if err := s.desk.attempts.check(s.client(c.Request())); err != nil {
		return err
	}
	party, err := account.NewRelyingParty(s.config.BaseURL)
	if err != nil {
		return err
	}
	asked, err := party.SignIn()
	if err != nil {
		return err
	}
	if err := s.loadSession(c); err != nil {
		return err
	}
	return s.pose(c, asked)
}

// signInByPasskey checks the answer and begins the session: the device was there
// and was unlocked, which is two factors.
func (s *Server) signInByPasskey(c echo.Context) error {
	next := localPath(c.FormValue("next"))
	if err := s.loadSession(c); err != nil {
		return err
	}
	user, err := s.passkeyAnswer(c)
	if failure.CodeOf(err) == failure.Unauthorized || failure.CodeOf(err) == failure.Invalid {
		page := s.newSignInPage(c, next)
		page.Problem = sentence(page.Localizer, failure.As(err))
		return s.page(c, http.StatusUnprocessableEntity, "desk-sign-in", page)
	}
	if err != nil {
		return err
	}
	return s.begin(c, user, account.ByPasskey, next)
}

// passkeyAnswer returns who answered; failure.Unauthorized, and a line in the
// audit log where it is known whose passkey it should have been.
func (s *Server) passkeyAnswer(c echo.Context) (account.User, error) {
	ctx := c.Request().Context()
	party, err := account.NewRelyingParty(s.config.BaseURL)
	if err != nil {
		return account.User{}, err
	}
	kept, err := s.posed(c)
	if err != nil {
		return account.User{}, err
	}
	holder, credential, err := party.SignedIn(kept, []byte(c.FormValue("answer")), func(handle string) (account.Holder, error) {
		return s.desk.Office.HolderOf(ctx, handle)
	})
	if err == nil {
		err = s.desk.Office.UsePasskey(ctx, credential)
		if failure.CodeOf(err) == failure.NotFound {
			err = failure.New(failure.Unauthorized, "error.passkey_unknown").Because(err)
		}
	}
	if failure.CodeOf(err) == failure.Unauthorized && holder.User.Name != "" {
		told := s.desk.Office.Audit(ctx, account.Entry{Actor: holder.User.Name, Action: account.SignInFailed, Subject: holder.User.Name,
			Area: account.AreaOf(holder.User.Grants), Effect: account.Effect("by", account.ByPasskey, "why", failure.As(err).Key)})
		if told != nil {
			return account.User{}, told
		}
	}
	return holder.User, err
}

// askNewPasskey begins adding a passkey to the visitor's account.
func (s *Server) askNewPasskey(c echo.Context) error {
	party, err := account.NewRelyingParty(s.config.BaseURL)
	if err != nil {
		return err
	}
	if _, err := account.PasskeyName(c.FormValue("name")); err != nil {
		return err
	}
	user, _ := visitor(c)
	holder, err := s.desk.Office.Holder(c.Request().Context(), user.Name)
	if err != nil {
		return err
	}
	asked, err := party.Register(holder)
	if err != nil {
		return err
	}
	return s.pose(c, asked)
}

// addPasskey checks the answer and keeps the passkey.
func (s *Server) addPasskey(c echo.Context) error {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	name, err := account.PasskeyName(c.FormValue("name"))
	if err != nil {
		return s.passkeyProblem(c, err)
	}
	party, err := account.NewRelyingParty(s.config.BaseURL)
	if err != nil {
		return s.passkeyProblem(c, err)
	}
	kept, err := s.posed(c)
	if err != nil {
		return err
	}
	holder, err := s.desk.Office.Holder(ctx, user.Name)
	if err != nil {
		return err
	}
	made, err := party.Registered(holder, kept, []byte(c.FormValue("answer")))
	if err == nil {
		err = s.desk.Office.AddPasskey(ctx, user.Name, user.Name, name, made)
	}
	if err != nil {
		return s.passkeyProblem(c, err)
	}
	if err := s.strengthened(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/account#passkeys")
}

// passkeyProblem says on the account's page what is wrong, where it is for the
// reader to mend.
func (s *Server) passkeyProblem(c echo.Context, err error) error {
	switch failure.CodeOf(err) {
	case failure.Invalid, failure.Conflict:
		return s.accountPage(c, http.StatusUnprocessableEntity, func(page *accountPage) {
			page.PasskeyProblem, page.PasskeyName = sentence(page.Localizer, failure.As(err)), c.FormValue("name")
		})
	}
	return err
}

// renamePasskey calls a passkey something else.
func (s *Server) renamePasskey(c echo.Context) error {
	user, _ := visitor(c)
	name, err := account.PasskeyName(c.FormValue("name"))
	if err == nil {
		err = s.desk.Office.RenamePasskey(c.Request().Context(), user.Name, c.Param("number"), name)
	}
	if err != nil {
		return s.passkeyProblem(c, err)
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/account#passkeys")
}

// removePasskey takes a passkey away.
func (s *Server) removePasskey(c echo.Context) error {
	user, _ := visitor(c)
	ctx := c.Request().Context()
	if err := s.desk.Office.RemovePasskey(ctx, user.Name, user.Name, c.Param("number"), s.desk.sessions.Token(ctx)); err != nil {
		return s.passkeyProblem(c, err)
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/account#passkeys")
}
