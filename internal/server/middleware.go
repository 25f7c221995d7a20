package server

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
)

// requestID names one request in the log and on the page that says something
// went wrong. It is made here and says nothing about the visitor.
const requestIDKey = "request-id"

// observe gives the request an id, survives panics and tells the log what went
// on: never an address, nor a path with a code in it.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		id := strings.ToLower(rand.Text()[:12])
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		ctx := newPatient(c.Request().Context(), patienceFor(c.Path()))
		defer ctx.end()
		c.SetRequest(c.Request().WithContext(ctx))
		started := s.config.Now()
		defer func() {
			if thrown := recover(); thrown != nil {
				if thrown == http.ErrAbortHandler { //nolint:errorlint // the sentinel itself is thrown
					panic(thrown)
				}
				err = fmt.Errorf("panic: %v\n%s", thrown, debug.Stack())
			}
			if err != nil {
				c.Error(err) // here, so that the status is known to the log
			}
			s.config.Logger.Debug("request", slog.String("id", id), slog.String("method", c.Request().Method),
				slog.String("route", c.Path()), slog.Int("status", c.Response().Status),
				slog.Duration("took", s.config.Now().Sub(started)))
			err = nil
		}()
		return next(c)
	}
}

// contentSecurity allows this server's own files and nothing else.
const contentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"

// secure sets the headers that keep a browser from doing more than it must.
// Referrers stay away because an address may hold an access code.
func (s *Server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	strict := s.overHTTPS()
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Content-Security-Policy", contentSecurity)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strict {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// client returns the address a request comes from: the nearest one that no
// trusted proxy has. It is used for the rate limit only and kept nowhere.
func (s *Server) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(address); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
	}
	return address
}

func (s *Server) trusts(address netip.Addr) bool {
	for _, network := range s.config.TrustedProxies {
		if network.Contains(address) {
			return true
		}
	}
	return false
}
