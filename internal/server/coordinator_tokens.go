package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// Tokens is what the page about the visitor's own tokens needs of the store.
type Tokens interface {
	// CreateToken returns the token, this once; failure.Conflict.
	CreateToken(ctx context.Context, actor string, token store.Token) (string, error)
	Tokens(ctx context.Context, owner string) ([]store.Token, error)
	// RevokeToken ends a token at once; failure.NotFound.
	RevokeToken(ctx context.Context, owner, id string) error
}

// tokenRoutes lists the pages about the visitor's own tokens. Making one is grave:
// it outlives the session.
func (s *Server) tokenRoutes() []route {
	csrf := s.desk.csrf
	return []route{
		{method: http.MethodGet, path: "/manage/account/tokens", permission: account.SeeDesk, handler: csrf(s.tokens)},
		{method: http.MethodPost, path: "/manage/account/tokens", permission: account.SeeDesk, handler: csrf(uncompressed(s.proven(s.makeToken)))},
		{method: http.MethodPost, path: "/manage/account/tokens/:id/revoke", permission: account.SeeDesk, handler: csrf(s.revokeToken)},
	}
}

type tokensPage struct {
	*deskFrame
	Tokens             []tokenRow
	Scopes             []option
	Name, Expires      string // as typed
	Today, Last        string // days between which a token may end
	Secret             string // of the token that was just made
	Problem, ProblemAt string
}

type tokenRow struct {
	ID, Name, Created, Until, Used string
	Scopes                         []string // in words
	Over                           bool
}

// longestToken is how many days a token is good at most.
const longestToken = 365

// usualToken is how many days a token is good unless somebody says otherwise.
const usualToken = 90

// tokens lists the visitor's tokens, and takes a new one.
func (s *Server) tokens(c echo.Context) error {
	return s.showTokens(c, http.StatusOK, store.Token{Expires: s.config.Now().AddDate(0, 0, usualToken).Format(time.DateOnly)}, func(*tokensPage) {})
}

// showTokens shows the list beside a form with what somebody typed.
func (s *Server) showTokens(c echo.Context, status int, typed store.Token, with func(*tokensPage)) error {
	page := &tokensPage{deskFrame: s.deskFrame(c, "tokens.title"), Name: typed.Name, Expires: typed.Expires,
		Today: s.config.Now().Format(time.DateOnly), Last: s.config.Now().AddDate(0, 0, longestToken).Format(time.DateOnly)}
	with(page)
	user, _ := visitor(c)
	own, err := s.desk.Office.Tokens(c.Request().Context(), user.Name)
	if err != nil {
		return err
	}
	for _, one := range own {
		row := tokenRow{ID: one.ID, Name: one.Name, Created: page.T("tokens.created", "time", page.Time(one.Created)), Until: page.T("tokens.until", "day", page.Date(one.Expires)),
			Used: page.T("tokens.unused"), Over: one.Expires < page.Today}
		if one.Used != "" {
			row.Used = page.T("tokens.used", "day", page.Date(one.Used))
		}
		for _, scope := range one.Scopes {
			row.Scopes = append(row.Scopes, page.T("tokens.scope."+string(scope)))
		}
		page.Tokens = append(page.Tokens, row)
	}
	for _, scope := range account.Scopes() {
		if user.Has(scope.Permission()) {
			page.Scopes = append(page.Scopes, option{string(scope), page.T("tokens.scope." + string(scope)), slices.Contains(typed.Scopes, scope)})
		}
	}
	return s.page(c, status, "desk-tokens", page)
}

// makeToken makes a token for the visitor and shows it, this once.
func (s *Server) makeToken(c echo.Context) error {
	user, _ := visitor(c)
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	typed := store.Token{Owner: user.Name, Name: strings.Join(strings.Fields(form.Get("name")), " "), Expires: form.Get("expires")}
	for _, one := range form["scope"] {
		if scope := account.Scope(one); slices.Contains(account.Scopes(), scope) && user.Has(scope.Permission()) {
			typed.Scopes = append(typed.Scopes, scope)
		}
	}
	wrong := func(at string, problem string) error {
		return s.showTokens(c, http.StatusUnprocessableEntity, typed, func(page *tokensPage) { page.Problem, page.ProblemAt = page.T(problem), at })
	}
	today, last := s.config.Now().Format(time.DateOnly), s.config.Now().AddDate(0, 0, longestToken).Format(time.DateOnly)
	switch {
	case typed.Name == "" || len([]rune(typed.Name)) > 60:
		return wrong("name", "tokens.problem.name")
	case len(typed.Scopes) == 0:
		return wrong("scopes", "tokens.problem.scopes")
	case typed.Expires == "" || !goodDay(typed.Expires) || typed.Expires < today || typed.Expires > last:
		return wrong("expires", "tokens.problem.expires")
	}
	secret, err := s.desk.Office.CreateToken(c.Request().Context(), user.Name, typed)
	if failure.CodeOf(err) == failure.Conflict {
		return s.showTokens(c, http.StatusUnprocessableEntity, typed, func(page *tokensPage) {
			page.Problem, page.ProblemAt = sentence(page.Localizer, failure.As(err)), "name"
		})
	}
	if err != nil {
		return err
	}
	return s.showTokens(c, http.StatusOK, store.Token{Expires: typed.Expires}, func(page *tokensPage) { page.Secret = secret })
}

// revokeToken ends one of the visitor's tokens.
func (s *Server) revokeToken(c echo.Context) error {
	user, _ := visitor(c)
	if err := s.desk.Office.RevokeToken(c.Request().Context(), user.Name, c.Param("id")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.kept(c, "/manage/account/tokens"))
}
