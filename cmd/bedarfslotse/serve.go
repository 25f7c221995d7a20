package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/notify"
	"bedarfslotse/internal/server"
	"bedarfslotse/internal/store"
	"bedarfslotse/web"

	"io/fs"
)

type serveCommand struct {
	database
	library          // what coordinators copy surveys from; a wave carries its own
	Addr      string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen."`
	BaseURL   string `name:"base-url" placeholder:"URL" help:"Address under which the world sees the service, for links and codes."`
	RateLimit int    `default:"300" placeholder:"N" help:"Submissions that one address may send in ten minutes; 0 switches the limit off."`
	// WebhookNetwork lets webhooks reach receivers inside, such as the dashboard of
	// the municipality.
	WebhookNetwork []string   `placeholder:"CIDR" help:"Networks that are not public and to which webhooks may be sent."`
	TrustedProxy   []string   `placeholder:"CIDR" help:"Networks of proxies whose word about a client's address is believed."`
	Controller     controller `embed:"" prefix:"controller-"`
	// RequireSecond is about passwords: a passkey is two factors by itself.
	RequireSecond bool       `name:"require-second-factor" help:"Whoever signs in with a password alone has to set up a second factor or a passkey before anything else."`
	OpenID        openID     `embed:"" prefix:"oidc-"`
	SMTP          mailServer `embed:"" prefix:"smtp-"`
	Backup        backups    `embed:"" prefix:"backup-"`
	logging
	watching
	encryption
}

// controller is who answers for the service; printed in the notices that the
// law asks for.
type controller struct {
	Name           string `placeholder:"TEXT" help:"Who runs the service, for the imprint."`
	Street         string `placeholder:"TEXT" help:"Street and number."`
	Town           string `placeholder:"TEXT" help:"Postal code and town."`
	Email          string `placeholder:"ADDRESS" help:"E-mail address."`
	Phone          string `placeholder:"NUMBER" help:"Telephone number."`
	DataProtection string `placeholder:"TEXT" help:"How to reach the data protection officer."`
	Arbitration    string `placeholder:"TEXT" help:"Who settles disputes about accessibility in your federal state, for the accessibility statement."`
}

// Run serves until the context ends, then finishes what is under way.
func (c *serveCommand) Run(ctx context.Context, p *program) error {
	p.logs = c.logging
	if c.BaseURL == "" && len(c.ACMEDomain) > 0 {
		c.BaseURL = "https://" + c.ACMEDomain[0]
	}
	db, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer p.close(db)
	return p.serve(ctx, db, c, false)
}

// leastTime is how long a person needs at least to answer a survey.
const leastTime = 2 * time.Second

// stopPatience is how long requests under way may take when the program stops.
const stopPatience = 15 * time.Second

func (p *program) serve(ctx context.Context, db *store.DB, c *serveCommand, demo bool) error {
	mailer, err := c.SMTP.mailer(p.env)
	if err != nil {
		return err
	}
	if err := c.Backup.prepare(); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	office := p.office(db)
	defer office.Close()
	if c.MetricsAddr != "" {
		p.figures = newMetrics(db, office, p.now)
	}
	handler, setup, err := p.wire(ctx, db, c, demo, office)
	if err != nil {
		return err
	}
	at, listener, shut, err := p.listeners(ctx, c)
	if err != nil {
		return err
	}
	defer shut()
	p.announce(strings.TrimSuffix(c.publicAddress(listener.Addr()), "/"), setup, demo)
	background, stop := context.WithCancel(ctx)
	defer stop()
	courier, err := p.courier(db, handler, c.WebhookNetwork)
	if err != nil {
		return err
	}
	var housekeeping sync.WaitGroup
	housekeeping.Go(func() { p.keepHouse(background, db, office, handler) })
	housekeeping.Go(func() { courier.Run(background) })
	housekeeping.Go(func() { p.carryMail(background, db, mailer) })
	housekeeping.Go(func() { p.keepBackups(background, db, c.DB, &c.Backup, byLease(db)) })
	err = p.answer(ctx, handler.HTTP(), at, listener)
	stop()
	housekeeping.Wait()
	return err
}

// drainPatience is how long those who have connected but said nothing yet are
// waited for when the program stops.
const drainPatience = 3 * time.Second

// settled is when what starting took is not needed any more, the sample answers of
// the demonstration above all, and what is done first is done.
const settled = 2 * time.Second

// answer answers requests until the context ends, then finishes those under way.
func (p *program) answer(ctx context.Context, web *http.Server, at *gate, listener net.Listener) (err error) {
	at.guard(web)
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	if p.listening != nil {
		p.listening(listener.Addr().String())
	}
	p.notify("READY=1")
	defer time.AfterFunc(settled, unload).Stop()
	select {
	case err = <-failed:
	case <-ctx.Done():
		p.notify("STOPPING=1")
		whole := context.WithoutCancel(ctx)
		draining, enough := context.WithTimeout(whole, drainPatience)
		at.drain(draining)
		enough()
		patience, cancel := context.WithTimeout(whole, stopPatience)
		err = web.Shutdown(patience)
		cancel()
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// listeners opens what the program listens at; shut closes all but the one that is
// returned with its gate, which whoever serves closes.
func (p *program) listeners(ctx context.Context, c *serveCommand) (at *gate, listener net.Listener, shut func(), err error) {
	plain, err := p.listen(ctx, c.Addr)
	if err != nil {
		return nil, nil, nil, err
	}
	at = newGate(plain)
	unwatch, err := p.serveMetrics(ctx, c.watching, p.figures)
	if err != nil {
		return nil, nil, nil, errors.Join(err, plain.Close())
	}
	listener, unanswer, err := p.secured(ctx, c, at)
	if err != nil {
		unwatch()
		return nil, nil, nil, errors.Join(err, plain.Close())
	}
	return at, listener, func() { unanswer(); unwatch() }, nil
}

// wire puts the server together. setup is the path of the page that makes the
// first account, "" when there is one.
func (p *program) wire(ctx context.Context, db *store.DB, c *serveCommand, demo bool, office *jobs.Office) (s *server.Server, setup string, err error) {
	proxies, err := networks(c.TrustedProxy)
	if err != nil {
		return nil, "", err
	}
	if base, err := url.Parse(c.BaseURL); c.BaseURL != "" && (err != nil || base.Host == "" || !strings.HasPrefix(base.Scheme, "http")) {
		return nil, "", failure.New(failure.Invalid, "command.bad_base_url", "address", c.BaseURL)
	}
	known, err := areas(ctx, db)
	if err != nil {
		return nil, "", err
	}
	config := server.Config{
		Waves: db, Catalogue: p.all, Now: p.now, Logger: p.logger(), Watch: p.watch(), BaseURL: c.BaseURL,
		TrustedProxies: proxies, RateLimit: c.RateLimit, LeastTime: leastTime, Demo: demo, Controller: server.Controller(c.Controller),
		AreaName: func(key string) string {
			area, _ := known.Get(key)
			return area.Name
		},
		Institution: db.Institution,
	}
	for folder, target := range map[string]*fs.FS{"templates": &config.Templates, "assets": &config.Assets, "vendor": &config.Vendor} {
		if *target, err = fs.Sub(map[string]fs.FS{"templates": web.Templates, "assets": web.Assets, "vendor": web.Vendor}[folder], folder); err != nil {
			return nil, "", err
		}
	}
	if config.Instance, err = db.Instance(ctx); err != nil {
		return nil, "", err
	}
	if s, err = server.New(config); err != nil {
		return nil, "", err
	}
	desk := server.DeskConfig{Office: db, Sessions: db.Sessions(), Hasher: account.NewHasher(2), Areas: known, RequireSecond: c.RequireSecond, Jobs: office,
		Mail: c.SMTP.sender()}
	if desk.Types, err = institutionTypes(); err != nil {
		return nil, "", err
	}
	if desk.OpenID, err = c.OpenID.config(p, c.BaseURL, known); err != nil {
		return nil, "", err
	}
	desk.Charts, desk.Surveys = renderer(), c.fsys()
	if desk.Fields, err = fieldsOfAction(); err != nil {
		return nil, "", err
	}
	if desk.Indicators, err = suggestedIndicators(desk.Fields); err != nil {
		return nil, "", err
	}
	if desk.SetupToken, err = db.SetupToken(ctx); err != nil {
		return nil, "", err
	}
	if desk.SetupToken != "" {
		setup = "/manage/setup/" + desk.SetupToken
	}
	s.OpenDesk(desk)
	return s, setup, nil
}

// renderer draws pictures with the shipped script and fonts.
func renderer() *charts.Renderer {
	return charts.NewRenderer(func() ([]byte, error) { return web.Vendor.ReadFile("vendor/echarts.min.js") }, shippedFonts)
}

func shippedFonts() ([][]byte, error) {
	files, err := fs.Glob(web.Fonts, "fonts/*.ttf")
	if err != nil {
		return nil, err
	}
	// The Latin font first: the others have signs and spaces of their own.
	slices.SortFunc(files, func(a, b string) int {
		return cmp.Compare(strings.TrimSuffix(a, ".ttf"), strings.TrimSuffix(b, ".ttf"))
	})
	fonts := make([][]byte, len(files))
	for i, file := range files {
		if fonts[i], err = web.Fonts.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return fonts, nil
}

func (p *program) announce(address, setup string, demo bool) {
	if demo {
		fmt.Fprintln(p.stdout, p.words.T("command.demo_ready", "address", address))
		return
	}
	fmt.Fprintln(p.stdout, p.words.T("command.serving", "address", address))
	if p.figures != nil {
		fmt.Fprintln(p.stdout, p.words.T("command.watched", "address", p.figures.address))
	}
	if setup != "" {
		fmt.Fprintln(p.stdout, p.words.T("command.setup", "address", address+setup))
	}
}

// webhooksEvery is how often the program looks for messages to send.
const webhooksEvery = 3 * time.Second

// courier sends messages to webhooks.
func (p *program) courier(db *store.DB, s *server.Server, allowed []string) (*notify.HookCourier, error) {
	inside, err := networks(allowed)
	if err != nil {
		return nil, err
	}
	return &notify.HookCourier{Queue: db.HookQueue(s.Contains), Logger: p.logger(), Every: webhooksEvery,
		Sender: notify.NewHookSender(notify.HookOptions{Allowed: inside, Now: p.now})}, nil
}

func networks(texts []string) ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, addressErr := netip.ParseAddr(text)
			if addressErr != nil {
				return nil, failure.New(failure.Invalid, "command.bad_proxy", "network", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}
