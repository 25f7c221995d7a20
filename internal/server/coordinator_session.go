package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

const (
	// sessionLife is how long somebody stays signed in at most: a working day.
	sessionLife = 12 * time.Hour
	// idleLife is how long somebody stays signed in who does nothing.
	idleLife = time.Hour
	// seenEvery is how exactly is known when somebody last did something: each
	// time is a write.
	seenEvery = time.Minute
	// provenLife is how long after signing in what is grave is not asked for once
	// more.
	provenLife = 10 * time.Minute
)

// What a session holds: the name of the account under [userKey], when it signed
// in and was last seen (seconds since 1970), and whether that took two factors.
const (
	provenKey = "proven"
	seenKey   = "seen"
	strongKey = "strong"
)

// begin starts a session under a fresh token, so that one planted before signing
// in is worth nothing, and lets go of whatever an earlier one held.
func (s *Server) begin(c echo.Context, user account.User, by account.Means, next string) error {
	return s.beginAt(c, user, by, next, s.config.Now(), by.Strong())
}

// beginAt is begin for somebody who signed in elsewhere: at which time, the zero
// one where that is not known, and whether by two factors.
func (s *Server) beginAt(c echo.Context, user account.User, by account.Means, next string, proven time.Time, strong bool) error {
	if err := s.loadSession(c); err != nil {
		return err
	}
	ctx, sessions := c.Request().Context(), s.desk.sessions
	if err := sessions.RenewToken(ctx); err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	if err := sessions.Clear(ctx); err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	sessions.Put(ctx, userKey, user.Name)
	sessions.Put(ctx, provenKey, proven.Unix())
	sessions.Put(ctx, seenKey, s.config.Now().Unix())
	sessions.Put(ctx, strongKey, strong)
	if err := s.saveSession(c); err != nil {
		return err
	}
	if err := s.desk.Sessions.Own(ctx, sessions.Token(ctx), user, deviceOf(c.Request()), by); err != nil {
		return err
	}
	if next == deskPath+"/" && mayTranslateOnly(user) {
		next = deskPath + "/translations"
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// awake ends a session in which nobody did anything for long, and notes that
// somebody does now.
func (s *Server) awake(c echo.Context) error {
	ctx := c.Request().Context()
	now := s.config.Now()
	idle := now.Sub(time.Unix(s.desk.sessions.GetInt64(ctx, seenKey), 0))
	if idle > idleLife {
		if err := s.desk.sessions.Destroy(ctx); err != nil {
			return failure.New(failure.Unavailable, "error.unavailable").Because(err)
		}
		return failure.New(failure.Unauthorized, "error.unauthorized")
	}
	if idle < seenEvery {
		return nil
	}
	s.desk.sessions.Put(ctx, seenKey, now.Unix())
	return s.saveSession(c)
}

// proven lets somebody on who signed in a short while ago; others sign in once
// more first, so that a desk left alone lets nobody take the account over.
func (s *Server) proven(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		at := time.Unix(s.desk.sessions.GetInt64(c.Request().Context(), provenKey), 0)
		if s.config.Now().Sub(at) < provenLife {
			return next(c)
		}
		if wantsJSON(c.Request()) {
			return failure.New(failure.Unauthorized, "error.unproven")
		}
		user, _ := visitor(c)
		return c.Redirect(http.StatusSeeOther, againPath(user.Name))
	}
}

// againPath is where somebody signs in once more before they change what they
// sign in with.
func againPath(name string) string {
	return deskPath + "/sign-in?" + url.Values{"again": {name}, "next": {deskPath + "/account"}}.Encode()
}

// strengthened notes that the visitor has just shown a second factor.
func (s *Server) strengthened(c echo.Context) error {
	s.desk.sessions.Put(c.Request().Context(), strongKey, true)
	return s.saveSession(c)
}

// weak tells whether somebody has to set up a second factor before anything else.
func (s *Server) weak(c echo.Context) bool {
	return s.desk.RequireSecond && !s.desk.sessions.GetBool(c.Request().Context(), strongKey)
}

// endOtherSessions signs somebody out everywhere else.
func (s *Server) endOtherSessions(c echo.Context) error {
	user, _ := visitor(c)
	ctx := c.Request().Context()
	if err := s.desk.Sessions.End(ctx, user.Name, user.Name, s.desk.sessions.Token(ctx)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/account")
}

// endTheirSessions signs somebody out everywhere.
func (s *Server) endTheirSessions(c echo.Context) error {
	user, _ := visitor(c)
	if err := s.desk.Sessions.End(c.Request().Context(), user.Name, c.Param("name"), ""); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deskPath+"/people/"+url.PathEscape(c.Param("name")))
}
