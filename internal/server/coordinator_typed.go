package server

import (
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
)

// typedPage answers a form that came after its session had ended. Somebody may
// have written for an hour: the page holds it until they have signed in, in
// another window, and send it once more.
type typedPage struct {
	*deskFrame
	Action string // where the form was going
	Fields []typedField
	Texts  []string // what was written among them, to read and to copy
}

type typedField struct{ Name, Value string }

// holdTyped answers a form that came after its session had ended with the page
// that holds it; everything else with the failure.
func (s *Server) holdTyped(c echo.Context, err error) error {
	if failure.CodeOf(err) == failure.Unauthorized {
		if page := s.typed(c); page != nil {
			return s.page(c, http.StatusUnauthorized, "desk-typed", page)
		}
	}
	return err
}

// typed returns the page for a request; nil for one that is no form of the
// desk's own pages, has a file, which no page can hold, or a password, which none
// shows.
//
// What another site made somebody's browser send must not become a form of this
// one: newer browsers tell whence it comes, and for others the token against
// forged requests is the one that came along, right or wrong.
func (s *Server) typed(c echo.Context) *typedPage {
	r := c.Request()
	if s.desk == nil || r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, deskPath+"/") || wantsJSON(r) || !s.byForm(c) {
		return nil
	}
	if err := r.ParseForm(); err != nil || len(r.PostForm) == 0 {
		return nil
	}
	page := &typedPage{deskFrame: s.deskFrame(c, "desk.typed.title"), Action: r.URL.RequestURI()}
	page.Languages = nil // the address of a form is no page
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if strings.Contains(name, "password") {
			return nil
		}
		for _, value := range r.PostForm[name] {
			page.Fields = append(page.Fields, typedField{name, value})
			if strings.ContainsAny(strings.TrimSpace(value), " \n") {
				page.Texts = append(page.Texts, value)
			}
		}
	}
	return page
}

// byForm tells whether a form of this site without files was sent by hand and
// not by a script, which has its own ways; as far as the browser says so.
func (s *Server) byForm(c echo.Context) bool {
	header := c.Request().Header
	for name, only := range map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"} {
		if value := header.Get(name); value != "" && value != only {
			return false
		}
	}
	_, here, _ := strings.Cut(s.origin(c), "://")
	if _, from, told := strings.Cut(header.Get(echo.HeaderOrigin), "://"); told && from != here {
		return false
	}
	kind, _, err := mime.ParseMediaType(header.Get(echo.HeaderContentType))
	return err == nil && kind == echo.MIMEApplicationForm
}
