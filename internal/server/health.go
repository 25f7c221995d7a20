package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// healthRoutes lists what monitors ask.
func (s *Server) healthRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/healthz", permission: Public, handler: healthy},
		{method: http.MethodGet, path: "/readyz", permission: Public, handler: s.ready},
	}
}

// healthy says that the program runs.
func healthy(c echo.Context) error { return plain(c, http.StatusOK, "ok\n") }

// ready says whether the program can do its work.
func (s *Server) ready(c echo.Context) error {
	if err := s.desk.Office.Ready(c.Request().Context()); err != nil {
		return plain(c, http.StatusServiceUnavailable, "the database does not answer\n")
	}
	return plain(c, http.StatusOK, "ready\n")
}

func plain(c echo.Context, status int, text string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(status, text)
}
