package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
)

// apiProblem is how the interface tells an error (RFC 9457). Title and status
// say what HTTP says; detail is a sentence in the language that Accept-Language
// asks for; code and key are for programs.
type apiProblem struct {
	Type      string      `json:"type" doc:"Always about:blank: what the problem is, key says."`
	Title     string      `json:"title"`
	Status    int         `json:"status"`
	Detail    string      `json:"detail" doc:"What is wrong and how to mend it, in the language asked for."`
	Code      string      `json:"code" doc:"The kind of problem: invalid, unauthorized, forbidden, not_found, conflict, gone, too_large, too_many, unavailable, internal."`
	Key       string      `json:"key" doc:"Which problem it is, for programs; it does not change with the language."`
	RequestID string      `json:"request_id" doc:"By which the log of the service knows the request."`
	Errors    []apiMisfit `json:"errors,omitempty" doc:"What exactly of the request, where several things are wrong."`
}

// apiMisfit is one thing in a request that is wrong.
type apiMisfit struct {
	Pointer string `json:"pointer" doc:"Where: a JSON pointer into the body, or the name of a parameter."`
	Detail  string `json:"detail"`
	Key     string `json:"key"`
}

// refused is a failure with a status of HTTP's own, which no code of failures
// stands for.
type refused struct {
	status int
	cause  *failure.Error
}

func (e refused) Error() string { return e.cause.Error() }
func (e refused) Unwrap() error { return e.cause }

// refuse makes such a failure; pairs alternate parameter name and value.
func refuse(status int, key string, pairs ...any) error {
	return refused{status, failure.New(failure.Invalid, key, pairs...)}
}

// asksAPI tells whether a request is for the interface.
func asksAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

const problemType = "application/problem+json"

// writeProblem tells an error to a program.
func (s *Server) writeProblem(c echo.Context, statusCode int, failed *failure.Error, err error, loc *i18n.Localizer) error {
	told := apiProblem{Type: "about:blank", Title: http.StatusText(statusCode), Status: statusCode, Detail: sentence(loc, failed),
		Code: string(failed.Code), Key: failed.Key}
	told.RequestID, _ = c.Get(requestIDKey).(string)
	var findings failure.Findings
	var wrong unfit
	switch {
	case errors.As(err, &wrong):
		for _, one := range wrong {
			told.Errors = append(told.Errors, apiMisfit{one.pointer, sentence(loc, one.cause), one.cause.Key})
		}
	case errors.As(err, &findings):
		for _, one := range findings {
			text := findingLines(loc, failure.Findings{one}, nil)[0]
			told.Errors = append(told.Errors, apiMisfit{strings.TrimSpace(text.Place), strings.TrimSpace(text.Text + " " + text.Cure), one.Key})
		}
	}
	body, wrote := json.Marshal(told)
	if wrote != nil {
		return wrote
	}
	header := c.Response().Header()
	if statusCode == http.StatusUnauthorized {
		header.Set(echo.HeaderWWWAuthenticate, `Bearer realm="Bedarfslotse"`)
	}
	header.Set("Content-Language", loc.Language())
	return c.Blob(statusCode, problemType, body)
}
