package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"bedarfslotse/internal/failure"
)

// encryption is for a program that the world reaches without a proxy in between.
type encryption struct {
	TLSCert    string   `name:"tls-cert" placeholder:"PATH" help:"Certificate with its chain, for HTTPS without a proxy. A changed file is taken without a restart."`
	TLSKey     string   `name:"tls-key" placeholder:"PATH" help:"Its key."`
	ACMEDomain []string `name:"acme-domain" placeholder:"HOST" help:"Name for which a certificate is fetched and renewed by ACME; by using it you agree to the terms of the authority."`
	ACMEEmail  string   `name:"acme-email" placeholder:"ADDRESS" help:"Whom the authority tells of trouble."`
	ACMEServer string   `name:"acme-server" placeholder:"URL" help:"Directory of another authority."`
	ACMECache  string   `name:"acme-cache" placeholder:"PATH" help:"Folder for certificates; acme beside the database when not given."`
	ACMEHTTP   string   `name:"acme-http" default:":80" placeholder:"HOST:PORT" help:"Where to answer the authority, and lead everybody else to HTTPS; off where only port 443 is open."`
}

// on tells whether the program encrypts by itself.
func (e *encryption) on() bool { return e.TLSCert != "" || e.TLSKey != "" || len(e.ACMEDomain) > 0 }

// secured wraps the listener; unchanged where a proxy encrypts, or nobody. stop
// ends what it needs beside.
func (p *program) secured(ctx context.Context, c *serveCommand, plain net.Listener) (listener net.Listener, stop func(), err error) {
	e := &c.encryption
	switch {
	case !e.on():
		return plain, func() {}, nil
	case (e.TLSCert == "") != (e.TLSKey == ""), e.TLSCert != "" && len(e.ACMEDomain) > 0:
		return nil, nil, failure.New(failure.Invalid, "operate.tls_pair")
	case !strings.HasPrefix(c.BaseURL, "https://"):
		return nil, nil, failure.New(failure.Invalid, "operate.tls_base_url", "address", c.BaseURL)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if e.TLSCert != "" {
		files := &certificateFiles{cert: e.TLSCert, key: e.TLSKey, logger: p.logger()}
		if err := files.load(); err != nil {
			return nil, nil, failure.New(failure.Invalid, "operate.tls_files", "cert", e.TLSCert, "key", e.TLSKey).Because(err)
		}
		config.GetCertificate = files.get
		return tls.NewListener(plain, config), func() {}, nil
	}
	manager := e.manager(c.DB)
	config.GetCertificate, config.NextProtos = manager.GetCertificate, manager.TLSConfig().NextProtos
	if e.ACMEHTTP == "off" { // the authority comes to the port of HTTPS then (TLS-ALPN-01)
		return tls.NewListener(plain, config), func() {}, nil
	}
	stop, err = p.answerAuthority(ctx, e.ACMEHTTP, manager)
	return tls.NewListener(plain, config), stop, err
}

// manager fetches certificates and keeps them beside the database.
func (e *encryption) manager(db string) *autocert.Manager {
	cache := e.ACMECache
	if cache == "" {
		cache = filepath.Join(filepath.Dir(db), "acme")
	}
	manager := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(e.ACMEDomain...),
		Email: e.ACMEEmail, Cache: autocert.DirCache(cache)}
	if e.ACMEServer != "" {
		manager.Client = &acme.Client{DirectoryURL: e.ACMEServer}
	}
	return manager
}

// answerAuthority listens where the authority looks whether the name is ours.
// Everybody else who comes there is led to HTTPS.
func (p *program) answerAuthority(ctx context.Context, address string, manager *autocert.Manager) (stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, failure.Errorf(failure.Unavailable, "%w", err)
	}
	web := &http.Server{Handler: manager.HTTPHandler(nil), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(p.logger().Handler(), slog.LevelDebug)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.logger().Error("answer the certificate authority", slog.Any("error", err))
		}
	}()
	return func() { _ = web.Close(); <-done }, nil
}

// certificateFiles are a certificate and its key. They are read again when they
// change: who renews them need not stop the program.
type certificateFiles struct {
	cert, key string
	logger    *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time // the later of the files' changes when they were read
	looked  time.Time
}

// lookEvery is how often a handshake looks whether the files have changed.
const lookEvery = time.Second

func (f *certificateFiles) load() error {
	changed := f.latest()
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	f.pair, f.changed = &pair, changed
	return nil
}

// latest is when the later of the two was changed, zero when it cannot be told.
func (f *certificateFiles) latest() time.Time {
	var latest time.Time
	for _, path := range []string{f.cert, f.key} {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(latest) {
			latest = info.ModTime()
		}
	}
	return latest
}

// get returns the certificate. Where new files do not fit together, as while they
// are being copied, the old ones serve on.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.looked) >= lookEvery {
		f.looked = now
		if !f.latest().Equal(f.changed) {
			if err := f.load(); err != nil {
				f.logger.Warn("the changed certificate cannot be used", slog.Any("error", err))
			}
		}
	}
	return f.pair, nil
}

// publicAddress is the address to announce.
func (c *serveCommand) publicAddress(listening net.Addr) string {
	if c.BaseURL != "" {
		return c.BaseURL
	}
	return "http://" + listening.String()
}
