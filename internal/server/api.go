package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
)

// apiPath is where the interface lies.
const apiPath = "/api/v1"

// operations lists what programs may ask, room by room.
func (s *Server) operations() []operation {
	return slices.Concat(s.surveyOperations(), s.workingOperations(), s.waveOperations(), s.codeOperations(), s.returnOperations(), s.variableOperations(),
		s.outletOperations(), s.jobOperations(), s.webhookOperations(), s.tokenOperations())
}

// apiRoutes lists the routes of the operations and of the document that describes
// them.
func (s *Server) apiRoutes() []route {
	known := &schemas{named: map[string]*schema{}}
	all := s.operations()
	routes := make([]route, 0, len(all)+1)
	for _, one := range all {
		routes = append(routes, s.serve(one, known))
	}
	s.desk.document = openAPI(all, known)
	return append(routes, route{method: http.MethodGet, path: apiPath + "/openapi.json", permission: Public, handler: s.openAPI})
}

// openAPI sends the document that describes the interface.
func (s *Server) openAPI(c echo.Context) error {
	header, tag := c.Response().Header(), tagOf(s.desk.document)
	header.Set("Cache-Control", "public, max-age=300")
	header.Set("Etag", tag)
	if tagged(c.Request().Header.Values("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", s.desk.document)
}

// bearer returns the token of an API request.
func bearer(r *http.Request) (string, bool) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return "", false
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, strings.EqualFold(scheme, "bearer")
}

// apiToken is the token of the request.
type apiToken struct {
	Name   string     `json:"name" doc:"As the audit log names it."`
	Scopes []string   `json:"scopes" doc:"What it may be used for."`
	Grants []apiGrant `json:"grants" doc:"What whoever it stands for may do, and where."`
}

// apiGrant is a role for an area.
type apiGrant struct {
	Role string `json:"role" enum:"administrator,coordinator,translator,coder,viewer"`
	Area string `json:"area" doc:"Key of an area, with all below it; empty for all."`
}

// tokenOperations lists what a token may ask about itself.
func (s *Server) tokenOperations() []operation {
	return []operation{
		reads(operation{route: route{path: apiPath + "/token", permission: account.SeeDesk}, id: "readToken", room: "Token", fresh: true,
			summary: "What the token of this request may do"}, s.apiOwnToken),
	}
}

func (s *Server) apiOwnToken(c echo.Context) (apiToken, error) {
	user, _ := visitor(c)
	told := apiToken{Name: user.Name, Scopes: []string{}, Grants: []apiGrant{}}
	for _, scope := range account.Scopes() {
		if user.InScope(scope) && user.Has(scope.Permission()) {
			told.Scopes = append(told.Scopes, string(scope))
		}
	}
	for _, grant := range user.Grants {
		told.Grants = append(told.Grants, apiGrant{string(grant.Role), grant.Area})
	}
	return told, nil
}
