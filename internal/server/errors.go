package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
)

// status returns the HTTP status of a failure's code.
func status(code failure.Code) int {
	switch code {
	case failure.Invalid:
		return http.StatusUnprocessableEntity
	case failure.Unauthorized:
		return http.StatusUnauthorized
	case failure.Forbidden:
		return http.StatusForbidden
	case failure.NotFound:
		return http.StatusNotFound
	case failure.Conflict:
		return http.StatusConflict
	case failure.Gone:
		return http.StatusGone
	case failure.TooLarge:
		return http.StatusRequestEntityTooLarge
	case failure.TooMany:
		return http.StatusTooManyRequests
	case failure.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// problem is one thing that is wrong with one control, as it is told.
type problem struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// invalid is an error that says what is wrong control by control.
type invalid struct{ problems []problem }

func (e *invalid) Error() string {
	texts := make([]string, len(e.problems))
	for i, one := range e.problems {
		texts[i] = one.Name + ": " + one.Message
	}
	return strings.Join(texts, "; ")
}

// tooMany is the failure of a client that has to wait.
type tooMany struct {
	cause *failure.Error
	wait  time.Duration
}

func (e tooMany) Error() string { return e.cause.Error() }
func (e tooMany) Unwrap() error { return e.cause }

// comeBackAfter is when to try once more what was not possible.
const comeBackAfter = 10 * time.Second

// fail turns an error into the answer: the status by its code, a sentence in
// the visitor's language, the cause for the log alone.
func (s *Server) fail(err error, c echo.Context) {
	if errors.Is(c.Request().Context().Err(), context.Canceled) && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.config.Logger.Debug("client left", slog.String("route", c.Path()))
		if !c.Response().Committed { // else it would be an empty 200, for whoever is slow and still there
			c.Response().WriteHeader(http.StatusRequestTimeout)
		}
		return
	}
	failed, statusCode := known(err)
	id, _ := c.Get(requestIDKey).(string)
	if statusCode >= http.StatusInternalServerError {
		s.config.Logger.Error("request failed", slog.String("id", id), slog.String("route", c.Path()), slog.Any("error", err))
	}
	if c.Response().Committed {
		return
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	header.Del("Etag")
	var wait tooMany
	if errors.As(err, &wait) {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.wait.Seconds()))))
	} else if statusCode == http.StatusServiceUnavailable {
		header.Set("Retry-After", strconv.Itoa(int(comeBackAfter.Seconds())))
	}
	if failed.Code == failure.Unauthorized && s.desk != nil && asksForDesk(c.Request()) {
		address := deskPath + "/sign-in?next=" + url.QueryEscape(c.Request().URL.Path)
		_ = c.Redirect(http.StatusSeeOther, address) // the only error is a status that is no redirect
		return
	}
	if failed.Key == secondRequired && asksForDesk(c.Request()) {
		_ = c.Redirect(http.StatusSeeOther, deskPath+"/account")
		return
	}
	loc := s.config.Catalogue.Localizer(s.visitorLanguage(c))
	if writing := s.writeFailure(c, statusCode, failed, err, loc); writing != nil {
		s.config.Logger.Debug("answer not written", slog.String("id", id), slog.Any("error", writing))
	}
}

// asksForDesk tells whether somebody opened one of the coordinators' pages in a
// browser.
func asksForDesk(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.HasPrefix(r.URL.Path, deskPath) && !wantsJSON(r)
}

func (s *Server) writeFailure(c echo.Context, statusCode int, failed *failure.Error, err error, loc *i18n.Localizer) error {
	var wrong *invalid
	switch {
	case asksAPI(c.Request()):
		return s.writeProblem(c, statusCode, failed, err, loc)
	case errors.As(err, &wrong) && wantsJSON(c.Request()):
		return writeJSON(c, http.StatusUnprocessableEntity, map[string]any{"errors": wrong.problems})
	case wantsJSON(c.Request()) && statusCode == http.StatusUnprocessableEntity:
		// About the whole, not a single control: under no name, but where
		// scripts look for what is wrong.
		return writeJSON(c, statusCode, map[string]any{"errors": []problem{{Message: sentence(loc, failed)}}})
	case wantsJSON(c.Request()):
		return writeJSON(c, statusCode, map[string]any{"error": map[string]string{
			"code": string(failed.Code), "message": sentence(loc, failed)}})
	}
	page := &errorPage{frame: s.frame(c, loc), Status: statusCode, Message: sentence(loc, failed)}
	page.Kept = slices.Contains([]string{"/s/:slug", "/q/:code"}, c.Path()) && c.QueryParam("kiosk") == ""
	page.Title = loc.T("error.title." + string(failed.Code))
	switch failed.Key { // gone for this visitor or for now, while the survey itself goes on
	case "error.code_used":
		page.Title = loc.T("error.title.code_used")
	case "error.wave_paused", "error.wave_not_begun":
		page.Title = loc.T("error.title.wave_waits")
	}
	if page.Title == "error.title."+string(failed.Code) {
		page.Title = loc.T("error.title")
	}
	page.RequestID, _ = c.Get(requestIDKey).(string)
	if failed.Code != failure.Internal {
		page.RequestID = ""
	}
	return s.page(c, statusCode, "error", page)
}

type errorPage struct {
	*frame
	Status    int
	Message   string
	RequestID string // shown where the visitor may want to ask for help
	Kept      bool   // a script shows what the phone keeps of the survey that is not to be had
}

// known finds the failure in an error and its status. Errors of the router
// carry a status of their own.
func known(err error) (*failure.Error, int) {
	var failed *failure.Error
	var routing *echo.HTTPError
	var wrong *invalid
	var refusal refused
	var findings failure.Findings
	var misfits unfit
	switch {
	case errors.As(err, &refusal):
		return refusal.cause, refusal.status
	case errors.As(err, &failed):
		return failed, status(failed.Code)
	case errors.As(err, &misfits), errors.As(err, &findings):
		return failure.New(failure.Invalid, "api.invalid"), http.StatusUnprocessableEntity
	case errors.As(err, &wrong):
		return failure.New(failure.Invalid, "error.invalid"), http.StatusUnprocessableEntity
	case errors.As(err, &routing) && routing.Code == http.StatusNotFound:
		return failure.New(failure.NotFound, "error.not_found"), http.StatusNotFound
	case errors.As(err, &routing) && routing.Code == http.StatusMethodNotAllowed:
		return failure.New(failure.NotFound, "error.method_not_allowed"), http.StatusMethodNotAllowed
	case errors.As(err, &routing) && routing.Code < http.StatusInternalServerError:
		return failure.New(failure.Invalid, "error.invalid"), routing.Code
	}
	failed = failure.As(err)
	return failed, status(failed.Code)
}

// sentence returns the failure's sentence; the general one of its code where
// the catalogue has none for its key.
func sentence(loc *i18n.Localizer, failed *failure.Error) string {
	if text := say(loc, failed.Key, failed.Params); text != failed.Key {
		return text
	}
	return loc.T("error." + string(failed.Code))
}

// say returns the message with a failure's parameters.
func say(loc *i18n.Localizer, key string, params failure.Params) string {
	return loc.T(key, sayable(loc, params)...)
}

// sayable prepares parameters for a message: numbers in the reader's digits, what
// somebody typed kept apart from the text around it.
func sayable(loc *i18n.Localizer, params failure.Params) []any {
	pairs := make([]any, 0, 2*len(params))
	for name, value := range params {
		switch one := value.(type) {
		case int:
			value = loc.Number(float64(one), 0)
		case failure.Label:
			value = loc.T(string(one))
		case string: // a choice, a name, what was typed
			value = loc.Isolate(one)
		}
		pairs = append(pairs, name, value)
	}
	return pairs
}

// wantsJSON tells whether a program asked, or a page's script.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get(echo.HeaderAccept), "application/json") || strings.HasPrefix(r.URL.Path, "/api/")
}

// visitorLanguage is the language to speak to a visitor of whom nothing else
// is known: as asked for in the address, else as the browser says.
func (s *Server) visitorLanguage(c echo.Context) string {
	known := i18n.Respondents()
	offered := make([]string, 0, len(known))
	for _, tag := range known {
		if s.config.Catalogue.Has(tag) {
			offered = append(offered, tag)
		}
	}
	asked := c.QueryParam("lang")
	if chosen, ok := c.Get(languageKey).(string); ok {
		asked = chosen
	}
	for _, tag := range offered {
		if tag == asked {
			return tag
		}
	}
	return i18n.Match(c.Request().Header.Get("Accept-Language"), offered)
}

// languageKey is where a handler leaves the language it found in a body, so
// that an error is told in it.
const languageKey = "language"

func writeJSON(c echo.Context, statusCode int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(statusCode, "application/json; charset=utf-8", body)
}
