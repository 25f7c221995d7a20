package server

import (
	"net/http"
	"strings"

	"bedarfslotse/internal/account"
)

// apiRoutes lists what programs may ask.
func (s *Server) apiRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/api/v1/waves/:slug/results", permission: account.ReadResults, about: s.aboutWave, handler: s.apiResults},
	}
}

// bearer returns the token of an API request.
func bearer(r *http.Request) (string, bool) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return "", false
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, strings.EqualFold(scheme, "bearer")
}
