package server

import (
	"context"
	"crypto/subtle"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
)

// Office is what the coordinators' pages and the API need of the store.
type Office interface {
	Wave(ctx context.Context, slug string) (*store.LiveWave, error)
	// Waves returns all waves, the newest first.
	Waves(ctx context.Context) ([]*store.LiveWave, error)
	// ReturnsByWave counts the responses of all waves by their id.
	ReturnsByWave(ctx context.Context) (map[string]int, error)
	// Results returns the figures that may be shown of a wave.
	Results(ctx context.Context, wave *store.LiveWave) (analysis.Results, error)
	// User returns an account and what it signs in with; failure.NotFound.
	User(ctx context.Context, name string) (account.User, store.Credentials, error)
	HasUsers(ctx context.Context) (bool, error)
	AddUser(ctx context.Context, actor string, user account.User, hash string) error
	// TokenUser returns who an API token stands for; failure.Unauthorized.
	TokenUser(ctx context.Context, token string) (account.User, error)
	// Audit writes what changes nothing else in the store into the audit log.
	Audit(ctx context.Context, entry account.Entry) error
	Personnel
	SecondFactors
	Passkeys
	Identities
	Resets
	Fieldwork
	Publishing
	Variables
	Depot
	Workshop
	Translations
	Coding
	Places
	Offers
	Measures
	Ties
	Stakeholders
	Documents
	GuidingQuestions
	Tokens
	Webhooks
	Outreach
	Indicators
	Gaps
	Reports
	// Ready fails when the database does not answer.
	Ready(ctx context.Context) error
}

// DeskConfig is what the coordinators' pages and the API are made from.
type DeskConfig struct {
	Office   Office
	Sessions Sessions
	Areas    *catalogue.Areas // to which the server adds those that the store has
	Types    *fieldwork.InstitutionTypes
	Hasher   *account.Hasher
	Charts   *charts.Renderer
	Surveys  fs.FS             // the shipped surveys; optional
	Fields   *catalogue.Fields // the fields of action; optional
	// Indicators are those that municipalities use, to be taken over; optional.
	Indicators []catalogue.Suggestion
	Jobs       *jobs.Office // whoever opens it closes it
	// Mail is whom e-mail to institutions comes from, "" when no server for it is
	// set up.
	Mail string
	// SetupToken opens the page that makes the first account, once, while there
	// is none; "" when there is one already.
	SetupToken string
	// RequireSecond keeps everybody who signed in with a password alone from
	// everything but their account, until they have a second factor.
	RequireSecond bool
	OpenID        OpenIDConfig
}

// desk is the coordinators' side of the server.
type desk struct {
	DeskConfig
	sessions *scs.SessionManager
	csrf     echo.MiddlewareFunc
	pictures *pictures
	openID   *openID // nil where nobody signs in by a provider
	workshop *workshop
	// areasRead is when the added areas were last asked for.
	areasRead atomic.Pointer[time.Time]
	attempts  *limiter // of signing in, by address
	calls     *limiter // of the interface, by token
	document  []byte   // what describes the interface
	// Guesses of one account's password wait: soon where they come from one
	// address, later and shorter from all together, so that somebody else's
	// guessing does not keep out whose account it is.
	nearby, anywhere *patience
}

// attemptsInTenMinutes is how often one address may try to sign in.
const attemptsInTenMinutes = 30

// sessionCookie is the only cookie of the service beside the one against
// forged requests; both exist under /manage only.
const (
	sessionCookie = "bedarfslotse"
	csrfCookie    = "bedarfslotse_csrf"
	csrfField     = "_csrf"
	deskPath      = "/manage"
)

// OpenDesk adds the coordinators' pages, the API and the health checks. It is
// called once, before the server serves.
func (s *Server) OpenDesk(config DeskConfig) {
	manager := scs.New()
	manager.Store = config.Sessions
	manager.Lifetime = sessionLife
	manager.Cookie.Name, manager.Cookie.Path = s.cookieName(sessionCookie), deskPath
	manager.Cookie.HttpOnly, manager.Cookie.SameSite = true, http.SameSiteLaxMode
	manager.Cookie.Secure = s.overHTTPS()
	s.desk = &desk{
		DeskConfig: config, sessions: manager, pictures: newPictures(), workshop: newWorkshop(config.Surveys),
		attempts: newLimiter(attemptsInTenMinutes, s.config.Now), calls: newLimiter(callsInTenMinutes, s.config.Now),
		nearby: newPatience(3, 5*time.Minute, s.config.Now), anywhere: newPatience(50, 10*time.Second, s.config.Now),
		csrf: middleware.CSRFWithConfig(middleware.CSRFConfig{
			TokenLookup: "form:" + csrfField, CookieName: s.cookieName(csrfCookie), CookiePath: deskPath, CookieHTTPOnly: true,
			CookieSameSite: http.SameSiteStrictMode, CookieSecure: s.overHTTPS(),
			ErrorHandler: func(err error, _ echo.Context) error {
				return failure.New(failure.Forbidden, "error.forged").Because(err)
			},
		}),
	}
	if config.OpenID.Issuer != "" {
		s.desk.openID = newOpenID(config.OpenID, strings.TrimSuffix(s.config.BaseURL, "/")+openIDCallback, s.config.Now)
	}
	s.authorize = s.permit
	s.register(s.coordinatorRoutes())
	s.register(s.peopleRoutes())
	s.register(s.secondRoutes())
	s.register(s.passkeyRoutes())
	s.register(s.openIDRoutes())
	s.register(s.resetRoutes())
	s.register(s.waveRoutes())
	s.register(s.exploreRoutes())
	s.register(s.publishRoutes())
	s.register(s.publicRoutes())
	s.register(s.variableRoutes())
	s.register(s.jobsRoutes())
	s.register(s.outletsRoutes())
	s.register(s.workshopRoutes())
	s.register(s.translateRoutes())
	s.register(s.codingRoutes())
	s.register(s.placesRoutes())
	s.register(s.conceptRoutes())
	s.register(s.indicatorRoutes())
	s.register(s.gapRoutes())
	s.register(s.offerRoutes())
	s.register(s.measureRoutes())
	s.register(s.effectRoutes())
	s.register(s.networkRoutes())
	s.register(s.stakeholderRoutes())
	s.register(s.documentRoutes())
	s.register(s.questionRoutes())
	s.register(s.reportRoutes())
	s.register(s.tokenRoutes())
	s.register(s.webhookRoutes())
	s.register(s.reachRoutes())
	s.register(s.apiRoutes())
	s.register(s.healthRoutes())
}

// coordinatorRoutes lists the coordinators' pages.
func (s *Server) coordinatorRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/manage", permission: account.SeeDesk, handler: s.desk.csrf(s.overview)},
		{method: http.MethodGet, path: "/manage/", permission: account.SeeDesk, handler: s.desk.csrf(s.overview)},
		{method: http.MethodGet, path: "/manage/sign-in", permission: Public, handler: s.desk.csrf(uncompressed(s.signInPage))},
		{method: http.MethodPost, path: "/manage/sign-in", permission: Public, handler: s.desk.csrf(uncompressed(s.signIn))},
		{method: http.MethodPost, path: "/manage/sign-out", permission: account.SeeDesk, handler: s.desk.csrf(s.signOut)},
		{method: http.MethodGet, path: "/manage/setup/:token", permission: Public, handler: s.desk.csrf(s.setupPage)},
		{method: http.MethodPost, path: "/manage/setup/:token", permission: Public, handler: s.desk.csrf(uncompressed(s.setup))},
		{method: http.MethodGet, path: "/manage/waves/:slug/results", permission: account.ReadResults, about: s.aboutWave, handler: s.desk.csrf(s.results)},
		{method: http.MethodGet, path: "/manage/waves/:slug/charts/:picture", permission: account.ReadResults, about: s.aboutWave, handler: s.picture},
	}
}

// cookieName is the name of a cookie. Over https it begins so that a browser takes
// it from an encrypted connection alone, whoever else sends one of that name.
func (s *Server) cookieName(plain string) string {
	if s.overHTTPS() {
		return "__Secure-" + plain
	}
	return plain
}

// uncompressed serves pages that show what was sent beside a secret: the length
// of a compressed one would give the secret away bit by bit (BREACH).
func uncompressed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Header.Del(echo.HeaderAcceptEncoding)
		return next(c)
	}
}

// loadSession puts the session into the request's context.
func (s *Server) loadSession(c echo.Context) error {
	token := ""
	if cookie, err := c.Cookie(s.desk.sessions.Cookie.Name); err == nil {
		token = cookie.Value
	}
	ctx, err := s.desk.sessions.Load(c.Request().Context(), token)
	if err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	c.SetRequest(c.Request().WithContext(ctx))
	return nil
}

// saveSession stores the session and sends its cookie.
func (s *Server) saveSession(c echo.Context) error {
	ctx := c.Request().Context()
	token, expiry, err := s.desk.sessions.Commit(ctx)
	if err != nil {
		return failure.New(failure.Unavailable, "error.unavailable").Because(err)
	}
	s.desk.sessions.WriteSessionCookie(ctx, c.Response(), token, expiry)
	return nil
}

// Sessions keeps who is signed in where.
type Sessions interface {
	scs.CtxStore
	// Own writes down whose a session is, and that they signed in by what.
	Own(ctx context.Context, token string, user account.User, device string, by account.Means) error
	// Of lists the sessions of an account, and the key of that with the token.
	Of(ctx context.Context, name, token string) (all []store.Session, own string, err error)
	// Revoke ends a session; failure.NotFound.
	Revoke(ctx context.Context, actor, name, key string) error
	// End ends all sessions of an account but that of a token.
	End(ctx context.Context, actor, name, keep string) error
}

// deskLanguages are the languages of the coordinators' pages.
func deskLanguages() []string { return []string{"de", "en"} }

// deskWords speaks the coordinator's language: as asked for in the address,
// else as the browser says.
func (s *Server) deskWords(c echo.Context) *i18n.Localizer {
	tag := i18n.Match(c.Request().Header.Get("Accept-Language"), deskLanguages())
	for _, offered := range deskLanguages() {
		if c.QueryParam("lang") == offered {
			tag = offered
		}
	}
	return s.config.Catalogue.Localizer(tag)
}

// deskFrame is the frame of the coordinators' pages.
type deskFrame struct {
	*frame
	CSRF string // token for the page's forms
	User string // "" before signing in
	// MayPeople and MayAudit tell which links the head has.
	MayPeople, MayAudit, MaySurveys, MayPlaces, MayWaves, MayConcept bool
	HasJobs                                                          bool   // something runs in the background for them, or has
	Query                                                            string // keeps the chosen language in links, "?lang=de" or ""
	Onward                                                           string // address that the browser goes on to by itself, "" for none
	Refresh                                                          int    // after how many seconds the page looks again without JavaScript, 0 for never
}

func (s *Server) deskFrame(c echo.Context, title string) *deskFrame {
	words := s.deskWords(c)
	f := &deskFrame{frame: s.frame(c, words)}
	f.Title = words.T(title)
	// The path alone: what a stranger put into the address must not stand beside
	// the token in a compressed page.
	f.speak(deskLanguages(), &url.URL{Path: c.Request().URL.Path})
	f.CSRF, _ = c.Get(middleware.DefaultCSRFConfig.ContextKey).(string)
	if c.QueryParam("lang") == words.Language() {
		f.Query = "?lang=" + words.Language()
	}
	if user, in := visitor(c); in {
		f.User, f.MayPeople, f.MayAudit = user.Name, user.Has(account.ManagePeople), user.Has(account.ReadAudit)
		f.HasJobs = len(s.desk.Jobs.Of(user.Name)) > 0
		f.MaySurveys = user.Has(account.TranslateSurveys)
		f.MayPlaces = user.Has(account.ManagePlaces)
		f.MayWaves = user.Has(account.ManageWaves)
		f.MayConcept = user.Has(account.ReadResults)
	}
	return f
}

// Time writes a moment as day and time of day where the program runs.
func (f *deskFrame) Time(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	at = at.Local()
	return f.Date(at.Format(time.DateOnly)) + ", " + at.Format("15:04")
}

// origin is the address under which whoever asks reaches the service.
func (s *Server) origin(c echo.Context) string {
	if s.config.BaseURL != "" {
		return strings.TrimSuffix(s.config.BaseURL, "/")
	}
	return c.Scheme() + "://" + c.Request().Host
}

// sameToken compares secrets without telling by time how much is right.
func sameToken(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
