// Package server is the program's face on the web: the respondent's pages,
// the coordinator's and the API. It is the only place that knows HTTP.
package server

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
)

// Public is the permission that everybody has: of routes that need nobody to
// be signed in.
const Public account.Permission = "public"

// Config is what a server is made from. Everything but the fields said to be
// optional is needed.
type Config struct {
	Waves     Waves
	Catalogue *i18n.Catalogue
	Templates fs.FS // web/templates
	Assets    fs.FS // web/assets
	Vendor    fs.FS // web/vendor: scripts of others, served beside the assets; optional

	// AreaName and Institution give the names that a respondent reads for what
	// an access code carries over. Optional.
	AreaName    func(key string) string
	Institution func(ctx context.Context, number string) (fieldwork.Institution, error)

	Controller Controller       // who answers for the service; printed in the notices
	Now        func() time.Time // the clock; [time.Now] when nil
	Logger     *slog.Logger     // where to tell what went on, without anything personal; discards when nil
	Watch      func(Request)    // is told of every request, from many goroutines; optional
	// BaseURL is the address under which the world sees the service, "" when
	// not known. With https, browsers are told to insist on it.
	BaseURL string
	// Instance tells this installation from others, see [store.DB.Instance].
	// Optional.
	Instance string
	// TrustedProxies are the networks whose word about a client's address is
	// believed.
	TrustedProxies []netip.Prefix
	// RateLimit is how many submissions one address may send in ten minutes;
	// 0 means any number.
	RateLimit int
	// LeastTime is how long a person needs at least for a survey, by the phone's
	// own clock; what does not send the time is not judged by it. 0 judges nothing.
	LeastTime time.Duration

	Demo bool // say on every page that nothing here is real
}

// Controller is who runs the service, for the notices that the law asks for.
// Empty fields are left out.
type Controller struct {
	Name, Street, Town, Email, Phone string
	// DataProtection is how to reach the data protection officer.
	DataProtection string
	// Arbitration is who settles disputes about accessibility where the service
	// runs: the body of the federal state, with its address.
	Arbitration string
}

// Server answers all requests.
type Server struct {
	config Config
	echo   *echo.Echo
	assets *assets
	// pictograms are the drawings for surveys, by name.
	pictograms map[string]*pictogram
	templates  *templates
	documents  *documents
	shelf      mediaShelf
	limiter    *limiter
	bodies     atomic.Int64  // bytes of bodies under way, see bodies.go
	formTime   time.Duration // how long a body may take that is no file
	usher      *usher
	declared   map[string]account.Permission // by method and path
	desk       *desk                         // nil until OpenDesk
	// authorize lets a request pass to a route of that permission, or says why
	// not. Until sign-in is wired in, nobody passes.
	authorize func(c echo.Context, r route) error
}

// route is one line of the table of contents.
type route struct {
	method     string
	path       string
	permission account.Permission // what the visitor must be allowed to do
	// about says for what the permission is asked; nil where it is enough to have
	// it for any area, because the page shows only what is theirs.
	about   func(echo.Context) (account.Subject, error)
	scope   account.Scope // what a token must be for; "" for every token
	handler echo.HandlerFunc
	limit   int64 // bytes of a body; 0 means [bodyLimit]
}

// New makes a server. It fails when an asset or a message file cannot be read.
func New(config Config) (*Server, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		config: config, echo: echo.New(), declared: map[string]account.Permission{},
		documents: newDocuments(), formTime: formTime, usher: newUsher(mostConnections()), limiter: newLimiter(config.RateLimit, config.Now),
		authorize: func(echo.Context, route) error {
			return failure.New(failure.Unauthorized, "error.unauthorized")
		},
	}
	words, err := config.Catalogue.Version()
	if err != nil {
		return nil, err
	}
	if s.assets, err = loadAssets(laterWords(config.Catalogue), words, config.Assets, config.Vendor); err != nil {
		return nil, err
	}
	if s.pictograms, err = loadPictograms(config.Assets); err != nil {
		return nil, err
	}
	s.templates = newTemplates(config.Templates)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Use(s.observe, s.secure)
	s.register(s.respondentRoutes())
	return s, nil
}

// respondentRoutes lists what the public sees.
func (s *Server) respondentRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/", permission: Public, handler: s.home},
		{method: http.MethodGet, path: "/s/:slug", permission: Public, handler: s.survey},
		{method: http.MethodPost, path: "/s/:slug", permission: Public, handler: s.submit},
		{method: http.MethodGet, path: "/q/:code", permission: Public, handler: s.coded},
		{method: http.MethodPut, path: "/s/:slug/drafts/:id", permission: Public, handler: s.keepDraft, limit: draftLimit},
		{method: http.MethodGet, path: "/s/:slug/drafts/:id", permission: Public, handler: s.draft},
		{method: http.MethodDelete, path: "/s/:slug/drafts/:id", permission: Public, handler: s.forgetDraft},
		{method: http.MethodGet, path: "/withdraw", permission: Public, handler: s.withdrawForm},
		{method: http.MethodPost, path: "/withdraw", permission: Public, handler: s.withdraw},
		{method: http.MethodGet, path: "/privacy", permission: Public, handler: s.notice("privacy")},
		{method: http.MethodGet, path: "/imprint", permission: Public, handler: s.notice("imprint")},
		{method: http.MethodGet, path: "/accessibility", permission: Public, handler: s.notice("accessibility")},
		{method: http.MethodGet, path: "/assets/:version/:name", permission: Public, handler: s.assets.serve},
		{method: http.MethodGet, path: "/media/:hash", permission: Public, handler: s.media},
		{method: http.MethodGet, path: "/sw.js", permission: Public, handler: s.serviceWorker},
		{method: http.MethodGet, path: "/manifest.webmanifest", permission: Public, handler: s.webManifest},
		{method: http.MethodGet, path: "/offline", permission: Public, handler: s.offline},
		{method: http.MethodGet, path: "/favicon.ico", permission: Public, handler: s.favicon},
		{method: http.MethodGet, path: "/robots.txt", permission: Public, handler: s.robots},
	}
}

// register adds routes. A route that answers GET answers HEAD as well, which
// monitors and link checkers send.
func (s *Server) register(routes []route) {
	for _, r := range routes {
		handler := s.limited(s.guarded(r), r.limit)
		for _, method := range slices.Compact([]string{r.method, headToo(r.method)}) {
			s.echo.Add(method, r.path, handler)
			s.declared[method+" "+r.path] = r.permission
		}
	}
}

func headToo(method string) string {
	if method == http.MethodGet {
		return http.MethodHead
	}
	return method
}

// guarded lets only those in who have the permission.
func (s *Server) guarded(r route) echo.HandlerFunc {
	if r.permission == Public {
		return r.handler
	}
	return func(c echo.Context) error {
		if err := s.authorize(c, r); err != nil {
			return s.holdTyped(c, err)
		}
		return r.handler(c)
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.usher.ask(r.Context())
	s.echo.ServeHTTP(w, r)
}

// Times and sizes for the open internet: long enough for a phone with two bars
// of network, short enough that a slow attacker does not hold a connection.
const (
	headerTime  = 10 * time.Second
	formTime    = 30 * time.Second // for what people type: a survey's answers are some KB
	readTime    = 90 * time.Second // for files
	writeTime   = 120 * time.Second
	idleTime    = 120 * time.Second
	headerBytes = 16 << 10
)

// What one connection of HTTP/2 may hold, of which there are as many as of HTTP/1.
// Browsers ask for some dozen things at once. The windows, of what was sent and not
// read yet, are as much as everybody may send (freeBody); Go's own are 1 MB.
const (
	streamsAtOnce = 100
	windowBytes   = freeBody
	frameBytes    = 16 << 10
)

// HTTP returns a server with these limits, ready to serve a listener.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime,
		IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: streamsAtOnce, MaxReadFrameSize: frameBytes,
			MaxReceiveBufferPerConnection: windowBytes, MaxReceiveBufferPerStream: windowBytes},
		ConnState: s.usher.watch, ConnContext: s.usher.attach,
		ErrorLog: slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelDebug),
	}
}

// overHTTPS tells whether the world reaches the service by https.
func (s *Server) overHTTPS() bool {
	address, err := url.Parse(s.config.BaseURL)
	return err == nil && address.Scheme == "https"
}
