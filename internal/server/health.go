package server

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// healthRoutes lists what monitors ask.
func (s *Server) healthRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/healthz", permission: Public, handler: s.healthy},
		{method: http.MethodGet, path: "/readyz", permission: Public, handler: s.ready},
	}
}

// healthy says that the program runs and answers, whatever the database does:
// who finds it not healthy restarts it, which mends no database.
func (s *Server) healthy(c echo.Context) error {
	if s.config.Instance != "" {
		c.Response().Header().Set(InstanceHeader, store.InstanceMark(s.config.Instance))
	}
	return plain(c, http.StatusOK, "ok\n")
}

// InstanceHeader tells which installation answers, so that whoever sets one up
// sees whether an address leads to theirs.
const InstanceHeader = "Bedarfslotse-Instance"

// ready says whether the program can do its work, else why not in one sentence. A
// proxy that has another instance asks there meanwhile.
func (s *Server) ready(c echo.Context) error {
	if err := s.desk.Office.Ready(c.Request().Context()); err != nil {
		s.config.Logger.Warn("not ready", slog.Any("error", err))
		return plain(c, http.StatusServiceUnavailable, failure.As(err).Text+"\n") // without its cause
	}
	return plain(c, http.StatusOK, "ready\n")
}

func plain(c echo.Context, status int, text string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(status, text)
}
