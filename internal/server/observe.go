package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
)

// Request is what may be told of a request to whoever runs the service: never
// an address, a browser, a path or a query, which hold codes and names of waves.
type Request struct {
	Method string // "OTHER" for what no client of ours sends
	Route  string // as registered, "/s/:slug"; "" where nothing answers
	Status int
	Bytes  int64 // of the answer's body
	Took   time.Duration
}

// requestIDKey is where the name of a request is kept, by which the log and the
// page that says something went wrong belong together.
const requestIDKey = "request-id"

// observe gives the request an id, survives panics and tells what went on.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		id := s.requestID(c.Request())
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
				err = failure.Panicked(thrown)
			}
			if err != nil {
				c.Error(err) // here, so that the status is known to the log
			}
			s.tell(ctx, id, Request{Method: methodOf(c.Request()), Route: c.Path(), Status: c.Response().Status,
				Bytes: c.Response().Size, Took: s.config.Now().Sub(started)})
			err = nil
		}()
		return next(c)
	}
}

// tell writes the line of a request, and hands it to who counts them.
func (s *Server) tell(ctx context.Context, id string, r Request) {
	if s.config.Watch != nil {
		s.config.Watch(r)
	}
	level := slog.LevelInfo
	if r.Route == "/healthz" || r.Route == "/readyz" { // asked all day
		level = slog.LevelDebug
	}
	s.config.Logger.LogAttrs(ctx, level, "request", slog.String("id", id), slog.String("method", r.Method),
		slog.String("route", r.Route), slog.Int("status", r.Status), slog.Int64("bytes", r.Bytes), slog.Duration("took", r.Took))
}

// methodOf keeps what a client makes up out of the log and the figures.
func methodOf(r *http.Request) string {
	known := []string{http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
	if slices.Contains(known, r.Method) {
		return r.Method
	}
	return "OTHER"
}

// requestID is what a trusted proxy calls the request, so that its log and ours
// belong together, or else a random name.
func (s *Server) requestID(r *http.Request) string {
	if given := r.Header.Get(echo.HeaderXRequestID); given != "" && wellFormed(given) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && s.trusts(peer.Addr().Unmap()) {
			return given
		}
	}
	return strings.ToLower(rand.Text()[:12])
}

// wellFormed tells whether a text can be a name of a request: what proxies make,
// long enough to be one, and nothing that breaks a line.
func wellFormed(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}
