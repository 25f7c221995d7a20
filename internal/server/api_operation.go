package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// operation is one thing that programs may ask, described once: from it come the
// route, the check of requests and the OpenAPI document.
//
// This is small code of our own because what libraries for it offer (huma above
// all) would stand beside what the house has: they register routes and judge
// requests by themselves, past the permission that every route declares, and
// tell errors in English only.
type operation struct {
	route
	id      string // as programs made from the document call it
	room    string // heading under which it stands
	summary string
	query   []queryParameter
	body    reflect.Type // of JSON, nil for none
	files   []string     // media types of a body that is a file
	status  int          // of the answer when all went well
	answer  reflect.Type // of JSON, nil for none
	sends   []string     // media types of an answer that is a file
	wrong   []int        // statuses of errors beside those that every operation has
	fresh   bool         // the answer holds a secret or what is somebody's own, or changes by the minute: never kept
	// matches returns what If-Match is compared with: the document that the
	// operation changes, as reading it answers.
	matches func(echo.Context) (any, error)
	located bool // the answer names its address in Location
	run     echo.HandlerFunc
}

// queryParameter is one parameter behind the question mark.
type queryParameter struct {
	name, doc string
	kind      *schema
	need      bool
}

func textParameter(name, doc string, names ...string) queryParameter {
	most := 200
	one := queryParameter{name: name, doc: doc, kind: &schema{Type: "string", MaxLength: &most}}
	for _, name := range names {
		one.kind.Enum = append(one.kind.Enum, name)
	}
	return one
}

// listParameter is one that may be repeated.
func listParameter(name, doc string, most int) queryParameter {
	length := 200
	return queryParameter{name: name, doc: doc, kind: &schema{Type: "array", MaxItems: &most, Items: &schema{Type: "string", MaxLength: &length}}}
}

func mandatory(one queryParameter) queryParameter {
	one.need = true
	return one
}

// nothing is the body of a request or an answer that has none.
type nothing struct{}

// reads makes an operation that answers with a document.
func reads[Out any](o operation, do func(echo.Context) (Out, error)) operation {
	o.method, o.status, o.answer = http.MethodGet, http.StatusOK, reflect.TypeFor[Out]()
	o.run = func(c echo.Context) error {
		out, err := do(c)
		if err != nil {
			return err
		}
		return o.write(c, out)
	}
	return o
}

// changes makes an operation that takes a document and answers with one; either
// may be [nothing].
func changes[In, Out any](o operation, status int, do func(c echo.Context, in In) (Out, error)) operation {
	o.status, o.fresh = status, true
	if t := reflect.TypeFor[In](); t != reflect.TypeFor[nothing]() {
		o.body = t
	}
	if t := reflect.TypeFor[Out](); t != reflect.TypeFor[nothing]() {
		o.answer = t
	}
	o.run = func(c echo.Context) error {
		var in In
		if o.body != nil {
			content, err := bodyOf(c)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(content, &in); err != nil { // judged before
				return refuse(http.StatusBadRequest, "api.body.json", "reason", err.Error())
			}
		}
		out, err := do(c, in)
		if err != nil {
			return err
		}
		return o.write(c, out)
	}
	return o
}

// write answers with a document. One that may be kept has a strong tag.
func (o *operation) write(c echo.Context, value any) error {
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	if o.answer == nil {
		return c.NoContent(o.status)
	}
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if !o.fresh {
		tag := tagOf(body)
		header.Set("Cache-Control", "private, no-cache")
		header.Set("Etag", tag)
		header.Add("Vary", "Accept-Language, Authorization")
		if tagged(c.Request().Header.Values("If-None-Match"), tag) {
			return c.NoContent(http.StatusNotModified)
		}
	}
	return c.Blob(o.status, "application/json; charset=utf-8", body)
}

// tagOf is the strong tag of a document.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
}

// tagged tells whether a list of tags, as If-Match and If-None-Match hold it,
// has the tag.
func tagged(headers []string, tag string) bool {
	for one := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// rawBodyKey is where a request keeps its body once it was read.
const rawBodyKey = "body"

// bodyOf reads the body of a request, once.
func bodyOf(c echo.Context) ([]byte, error) {
	if content, read := c.Get(rawBodyKey).([]byte); read {
		return content, nil
	}
	content, err := io.ReadAll(c.Request().Body)
	if tells(err) {
		return nil, err
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "error.broken_request")
	}
	c.Set(rawBodyKey, content)
	return content, nil
}

// decoded is a body as JSON, with numbers as they were written.
func decoded(c echo.Context) (any, error) {
	content, err := bodyOf(c)
	if err != nil {
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType)); kind != "application/json" && kind != "application/merge-patch+json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "api.body.kind", "kinds", "application/json")
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, refuse(http.StatusBadRequest, "api.body.json", "reason", err.Error())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse(http.StatusBadRequest, "api.body.json", "reason", "something follows the document")
	}
	return value, nil
}

// aboutBody is the subject of a request whose body names the area that it is
// about.
func aboutBody(c echo.Context) (account.Subject, error) {
	value, err := decoded(c)
	if err != nil {
		return account.Subject{}, err
	}
	fields, _ := value.(map[string]any)
	area, _ := fields["area"].(string)
	return account.Subject{Area: area}, nil
}

// aboutQuery is the same for an area that stands behind the question mark.
func aboutQuery(c echo.Context) (account.Subject, error) {
	return account.Subject{Area: c.QueryParam("area")}, nil
}

// callsInTenMinutes is how often one token may ask: ten times a second for long.
const callsInTenMinutes = 6000

// serve is the route of an operation: whoever passed the permission is counted,
// the request is judged, and what it changes must be as it was seen.
func (s *Server) serve(o operation, known *schemas) route {
	r := o.route
	body := (*schema)(nil)
	if o.body != nil {
		body = known.of(o.body)
	}
	r.handler = func(c echo.Context) error {
		if user, in := visitor(c); in {
			if err := s.desk.calls.checkText(user.Name); err != nil {
				return err
			}
		}
		if err := o.judgeQuery(c.QueryParams(), known); err != nil {
			return err
		}
		if body != nil {
			value, err := decoded(c)
			if err != nil {
				return err
			}
			if wrong := known.judge(body, value, ""); len(wrong) > 0 {
				return wrong
			}
		}
		if err := o.judgeMatch(c); err != nil {
			return err
		}
		return o.run(c)
	}
	return r
}

// judgeQuery finds parameters that are not as described. Every operation takes
// lang, the language of sentences in its answer.
func (o *operation) judgeQuery(sent url.Values, known *schemas) error {
	var wrong unfit
	for _, one := range o.query {
		if values := sent[one.name]; len(values) == 0 || values[0] == "" {
			if one.need {
				wrong = append(wrong, misfit{one.name, failure.New(failure.Invalid, "api.body.missing")})
			}
			continue
		}
		var value any = sent.Get(one.name)
		switch one.kind.Type {
		case "integer":
			value = json.Number(sent.Get(one.name))
		case "array":
			list := make([]any, len(sent[one.name]))
			for i, text := range sent[one.name] {
				list[i] = text
			}
			value = list
		}
		wrong = append(wrong, known.judge(one.kind, value, one.name)...)
	}
	for name := range sent {
		if name != "lang" && !slices.ContainsFunc(o.query, func(one queryParameter) bool { return one.name == name }) {
			wrong = append(wrong, misfit{name, failure.New(failure.Invalid, "api.body.unknown")})
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// judgeMatch refuses to change what is no longer as it was seen.
func (o *operation) judgeMatch(c echo.Context) error {
	seen := c.Request().Header.Values("If-Match")
	if o.matches == nil || len(seen) == 0 {
		return nil
	}
	present, err := o.matches(c)
	if err != nil {
		return err
	}
	body, err := json.Marshal(present)
	if err != nil {
		return err
	}
	if !tagged(seen, tagOf(body)) {
		return refuse(http.StatusPreconditionFailed, "api.changed")
	}
	return nil
}

// apiList is a page of a list.
type apiList[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"What to send as after for the next page; empty on the last one."`
}

// defaultPage and largestPage are how many items a page of a list has.
const (
	defaultPage = 50
	largestPage = 500
)

// pages are the parameters of lists.
func pages() []queryParameter {
	least, most := 1, largestPage
	return []queryParameter{
		{name: "limit", doc: "How many items at most; 50 when left out.", kind: &schema{Type: "integer", Minimum: &least, Maximum: &most}},
		textParameter("after", "Where the page begins: what next said on the page before."),
	}
}

// paged cuts the page that a request asks for out of a list, whose items have
// keys by which their order is kept. A key that is there no longer begins at the
// start of what is left: nothing is skipped.
func paged[T any](c echo.Context, all []T, key func(T) string) apiList[T] {
	limit, err := strconv.Atoi(c.QueryParam("limit"))
	if err != nil { // judged before: it was left out
		limit = defaultPage
	}
	if after := c.QueryParam("after"); after != "" {
		at := slices.IndexFunc(all, func(one T) bool { return key(one) == after })
		all = all[at+1:]
	}
	list := apiList[T]{Items: all}
	if len(all) > limit {
		list.Items, list.Next = all[:limit], key(all[limit-1])
		query := c.QueryParams()
		query.Set("after", list.Next)
		c.Response().Header().Set("Link", "<"+c.Request().URL.Path+"?"+query.Encode()+`>; rel="next"`)
	}
	if list.Items == nil {
		list.Items = []T{}
	}
	return list
}
