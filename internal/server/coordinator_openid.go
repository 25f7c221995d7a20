package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// Identities is what signing in by a provider needs of the store.
type Identities interface {
	// Identities lists by what providers know the holder of an account.
	Identities(ctx context.Context, name string) ([]store.Identity, error)
	// SignInVouched returns the account of whoever a provider vouches for, and
	// makes it where rights follow from their groups; failure.Unauthorized when
	// they have none, failure.Forbidden when it may not sign in.
	SignInVouched(ctx context.Context, vouched account.Vouched) (account.User, error)
	// AcceptInvitationVouched makes the account invited to; failure.Gone,
	// failure.Conflict.
	AcceptInvitationVouched(ctx context.Context, secret string, vouched account.Vouched) (account.User, error)
	// LinkIdentity adds an identity to an account; failure.Conflict.
	LinkIdentity(ctx context.Context, name string, vouched account.Vouched) error
	// UnlinkIdentities takes those of an issuer away and ends the sessions but
	// that of a token; failure.NotFound, failure.Conflict.
	UnlinkIdentities(ctx context.Context, actor, name, issuer, keep string) error
}

// openIDCallback is where the provider sends people back to.
const openIDCallback = deskPath + "/sign-in/openid/callback"

// errandKey is where a session holds an [errand] as JSON.
const errandKey = "openid"

// openIDRoutes lists what there is to do with a provider. They are there without
// one too, and then answer that there is none.
func (s *Server) openIDRoutes() []route {
	csrf := s.desk.csrf
	return []route{
		{method: http.MethodPost, path: "/manage/sign-in/openid", permission: Public, handler: csrf(uncompressed(s.toProvider))},
		{method: http.MethodGet, path: openIDCallback, permission: Public, handler: csrf(uncompressed(s.fromProvider))},
		{method: http.MethodPost, path: "/manage/account/openid", permission: account.SeeDesk, handler: csrf(uncompressed(s.proven(s.linkProvider)))},
		{method: http.MethodPost, path: "/manage/account/openid/remove", permission: account.SeeDesk, handler: csrf(s.proven(s.unlinkProvider))},
	}
}

// awayPage leads on to the provider. The browser follows by itself: a redirect in
// answer to a form would be stopped by the page's own policy.
type awayPage struct {
	*deskFrame
	Provider, Address string
}

// toProvider sends somebody to the provider to sign in, or to accept an
// invitation.
func (s *Server) toProvider(c echo.Context) error {
	if err := s.desk.attempts.check(s.client(c.Request())); err != nil {
		return err
	}
	if err := s.loadSession(c); err != nil {
		return err
	}
	sent := errand{Next: localPath(c.FormValue("next")), Again: c.FormValue("again") != "", Invitation: c.FormValue("invitation")}
	err := s.send(c, sent)
	if failure.CodeOf(err) == failure.Unavailable {
		return s.providerProblem(c, sent, err)
	}
	return err
}

// linkProvider sends the visitor to the provider to add what it knows them by to
// their account.
func (s *Server) linkProvider(c echo.Context) error {
	user, _ := visitor(c)
	err := s.send(c, errand{Next: deskPath + "/account", Link: user.Name})
	if failure.CodeOf(err) == failure.Unavailable {
		return s.accountPage(c, http.StatusServiceUnavailable, func(page *accountPage) {
			page.OpenIDProblem = sentence(page.Localizer, failure.As(err))
		})
	}
	return err
}

func (s *Server) send(c echo.Context, sent errand) error {
	if s.desk.openID == nil {
		return failure.New(failure.NotFound, "error.not_found")
	}
	ctx := c.Request().Context()
	address, sent, err := s.desk.openID.leave(ctx, sent)
	if err != nil {
		s.config.Logger.Warn("provider of identities", slog.Any("error", err))
		return err
	}
	kept, err := json.Marshal(sent)
	if err != nil {
		return err
	}
	s.desk.sessions.Put(ctx, errandKey, kept)
	if err := s.saveSession(c); err != nil {
		return err
	}
	page := &awayPage{deskFrame: s.deskFrame(c, "desk.openid.away"), Provider: s.desk.openID.Label, Address: address}
	page.Onward = address
	return s.page(c, http.StatusOK, "desk-away", page)
}

// fromProvider receives somebody who is back.
func (s *Server) fromProvider(c echo.Context) error {
	if s.desk.openID == nil {
		return failure.New(failure.NotFound, "error.not_found")
	}
	sent, err := s.errandOf(c)
	if err != nil {
		return s.providerProblem(c, sent, err)
	}
	one, err := s.desk.openID.back(c.Request().Context(), sent, c.QueryParam("code"))
	if err == nil && sent.Again && one.Proven.Before(time.Unix(sent.At, 0).Add(-seenEvery)) {
		err = failure.New(failure.Unauthorized, "error.openid_not_again", "provider", s.desk.openID.Label)
	}
	if err == nil {
		err = s.receive(c, sent, one)
	}
	return s.providerProblem(c, sent, err)
}

// errandOf returns on which errand somebody is back, once; failure.Unauthorized
// when they were sent on none, too long ago, or by somebody else, or the provider
// did not let them in.
func (s *Server) errandOf(c echo.Context) (errand, error) {
	var sent errand
	if err := s.loadSession(c); err != nil {
		return sent, err
	}
	kept := s.desk.sessions.PopBytes(c.Request().Context(), errandKey)
	if err := s.saveSession(c); err != nil {
		return sent, err
	}
	provider := s.desk.openID
	late := failure.New(failure.Unauthorized, "error.openid_late", "provider", provider.Label)
	if json.Unmarshal(kept, &sent) != nil {
		return errand{}, late
	}
	switch issuer := c.QueryParam("iss"); {
	case !sameToken(sent.State, c.QueryParam("state")), s.config.Now().Sub(time.Unix(sent.At, 0)) > pendingLife:
		return sent, late
	case issuer != "" && issuer != provider.Issuer: // RFC 9207: another provider's answer
		return sent, failure.New(failure.Unauthorized, "error.openid_wrong", "provider", provider.Label)
	case c.QueryParam("error") != "":
		// What else it says may be anybody's words, about anybody.
		s.config.Logger.Info("provider of identities refuses", slog.String("error", refusalOf(c.QueryParam("error"))))
		return sent, failure.New(failure.Unauthorized, "error.openid_refused", "provider", provider.Label)
	}
	return sent, nil
}

// refusalOf is a code of OpenID Connect by which a provider refuses, or that it
// was another.
func refusalOf(code string) string {
	known := []string{"access_denied", "account_selection_required", "consent_required", "interaction_required", "invalid_request",
		"invalid_scope", "login_required", "server_error", "temporarily_unavailable", "unauthorized_client", "unsupported_response_type"}
	if slices.Contains(known, code) {
		return code
	}
	return "other"
}

// receive does what somebody was sent for.
func (s *Server) receive(c echo.Context, sent errand, one returned) error {
	ctx := c.Request().Context()
	var user account.User
	var err error
	switch {
	case sent.Link != "":
		// Whose session it is was checked when they left; it must be so still.
		if s.desk.sessions.GetString(ctx, userKey) != sent.Link {
			return failure.New(failure.Unauthorized, "error.openid_late", "provider", s.desk.openID.Label)
		}
		if err := s.desk.Office.LinkIdentity(ctx, sent.Link, one.Vouched); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, deskPath+"/account")
	case sent.Invitation != "":
		user, err = s.desk.Office.AcceptInvitationVouched(ctx, sent.Invitation, one.Vouched)
	default:
		user, err = s.desk.Office.SignInVouched(ctx, one.Vouched)
	}
	if failure.CodeOf(err) == failure.Forbidden {
		told := s.desk.Office.Audit(ctx, account.Entry{Actor: user.Name, Action: account.SignInFailed, Subject: user.Name,
			Effect: account.Effect("by", account.ByProvider, "why", failure.As(err).Key)})
		if told != nil {
			return told
		}
	}
	if err != nil {
		return err
	}
	return s.beginAt(c, user, account.ByProvider, sent.Next, one.Proven, one.Strong)
}

// providerProblem says why signing in by the provider did not work, where the
// reader can go on in another way.
func (s *Server) providerProblem(c echo.Context, sent errand, err error) error {
	code := failure.CodeOf(err)
	if err == nil || code == failure.Internal || code == failure.NotFound {
		return err
	}
	problem := failure.As(err)
	s.config.Logger.Info("not signed in by the provider", slog.String("why", problem.Key))
	if name := s.desk.sessions.GetString(c.Request().Context(), userKey); sent.Link != "" && name == sent.Link {
		user, _, err := s.desk.Office.User(c.Request().Context(), name)
		if err != nil {
			return err
		}
		c.Set(userKey, user)
		return s.accountPage(c, status(code), func(page *accountPage) { page.OpenIDProblem = sentence(page.Localizer, problem) })
	}
	if code == failure.Unauthorized {
		code = failure.Invalid // a page to read, not one to be led away from
	}
	page := s.newSignInPage(c, sent.Next)
	page.Problem = sentence(page.Localizer, problem)
	return s.page(c, status(code), "desk-sign-in", page)
}

// unlinkProvider takes what the provider knows the visitor by from their account.
func (s *Server) unlinkProvider(c echo.Context) error {
	if s.desk.openID == nil {
		return failure.New(failure.NotFound, "error.not_found")
	}
	user, _ := visitor(c)
	ctx := c.Request().Context()
	err := s.desk.Office.UnlinkIdentities(ctx, user.Name, user.Name, s.desk.openID.Issuer, s.desk.sessions.Token(ctx))
	if failure.CodeOf(err) == failure.Conflict {
		return s.accountPage(c, http.StatusConflict, func(page *accountPage) { page.OpenIDProblem = sentence(page.Localizer, failure.As(err)) })
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/account")
}
