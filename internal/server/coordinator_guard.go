package server

import (
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
)

// permit lets a request pass to a route: with a session under /manage, with a
// token under /api, where the account has the route's permission for what the
// request is about.
func (s *Server) permit(c echo.Context, r route) error {
	user, err := s.identify(c)
	if err != nil {
		return err
	}
	c.Set(userKey, user)
	if _, program := bearer(c.Request()); !program && !ownPage(r.path) && s.weak(c) {
		return failure.New(failure.Forbidden, secondRequired)
	}
	if err := s.FollowAreas(c.Request().Context()); err != nil {
		return err
	}
	if !user.InScope(r.scope) {
		return failure.New(failure.Forbidden, "error.out_of_scope", "scope", string(r.scope))
	}
	allowed := user.Has(r.permission)
	if allowed && r.about != nil {
		subject, err := r.about(c)
		if err != nil {
			return err
		}
		allowed = user.May(r.permission, subject, s.desk.Areas.Contains)
	}
	if !allowed {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	return nil
}

// secondRequired is the failure of whoever still has to set up a second factor;
// at the desk it leads to where that is done.
const secondRequired = "error.second_required"

// ownPage tells whether a route is about the visitor's own account, which is open
// to whoever still has to set up a second factor.
func ownPage(path string) bool {
	return path == deskPath+"/account" || strings.HasPrefix(path, deskPath+"/account/") || path == deskPath+"/sign-out"
}

// identify returns who asks. The account is looked up anew with each request: a
// role taken away is gone at once.
func (s *Server) identify(c echo.Context) (account.User, error) {
	ctx := c.Request().Context()
	if token, ok := bearer(c.Request()); ok {
		return s.desk.Office.TokenUser(ctx, token)
	}
	if err := s.loadSession(c); err != nil {
		return account.User{}, err
	}
	name := s.desk.sessions.GetString(c.Request().Context(), userKey)
	if name == "" {
		return account.User{}, failure.New(failure.Unauthorized, "error.unauthorized")
	}
	if err := s.awake(c); err != nil {
		return account.User{}, err
	}
	user, _, err := s.desk.Office.User(ctx, name)
	if failure.CodeOf(err) == failure.NotFound {
		err = failure.New(failure.Unauthorized, "error.unauthorized")
	}
	return user, err
}

// userKey is where a session holds the name of the account, and a request the
// [account.User] itself.
const userKey = "user"

// visitor returns who is signed in.
func visitor(c echo.Context) (account.User, bool) {
	user, in := c.Get(userKey).(account.User)
	return user, in
}

// aboutWave says what a request with a wave's slug in its address is about.
func (s *Server) aboutWave(c echo.Context) (account.Subject, error) {
	wave, err := s.desk.Office.Wave(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return account.Subject{}, err
	}
	return subjectOf(wave), nil
}

// subjectOf is what permissions for a wave are asked for. A closed wave's figures
// are published within the administration.
func subjectOf(wave *store.LiveWave) account.Subject {
	return account.Subject{Area: wave.Area, Published: wave.State == fieldwork.Closed}
}

// Contains tells whether an area is another or inside it, those that the
// municipality added among them.
func (s *Server) Contains(outer, inner string) bool { return s.desk.Areas.Contains(outer, inner) }
