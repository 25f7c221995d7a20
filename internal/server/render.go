package server

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/i18n"
)

// templates are all page templates, in two sets: what respondents see, and that
// together with the coordinators' pages (desk….html), which are five times as
// many and in most processes' lives come later or never. A set is read when it
// is first asked for. Each page is a template of its own name; what belongs to
// one visitor, the words above all, travels in the page's data and never in a
// set.
type templates struct {
	respondents, all func() (*template.Template, error)
	pack             packer
}

func newTemplates(fsys fs.FS) *templates {
	return &templates{
		respondents: sync.OnceValues(func() (*template.Template, error) {
			return parseTemplates(fsys, func(name string) bool { return !strings.HasPrefix(name, "desk") })
		}),
		all: sync.OnceValues(func() (*template.Template, error) {
			return parseTemplates(fsys, func(string) bool { return true })
		}),
	}
}

// parseTemplates reads the templates in the files that are wanted.
func parseTemplates(fsys fs.FS, wanted func(name string) bool) (*template.Template, error) {
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list page templates: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !wanted(name) })
	set, err := template.New("").Option("missingkey=error").Funcs(templateFuncs()).ParseFS(fsys, names...)
	if err != nil {
		return nil, fmt.Errorf("read page templates: %w", err)
	}
	return set, nil
}

// set returns the smaller set that has the page.
func (t *templates) set(name string) (*template.Template, error) {
	set, err := t.respondents()
	if err == nil && set.Lookup(name) == nil {
		return t.all()
	}
	return set, err
}

// templateFuncs are what templates can compute.
func templateFuncs() template.FuncMap {
	return template.FuncMap{
		"inc":  func(number int) int { return number + 1 },
		"plus": func(a, b int) int { return a + b },
		"args": arguments,
	}
}

// arguments gives a template several things by name: pairs of a name and a value.
func arguments(pairs ...any) (map[string]any, error) {
	named := make(map[string]any, len(pairs)/2)
	for at := 0; at+1 < len(pairs); at += 2 {
		name, is := pairs[at].(string)
		if !is {
			return nil, fmt.Errorf("argument %d has no name", at)
		}
		named[name] = pairs[at+1]
	}
	return named, nil
}

func (t *templates) render(name string, data any) ([]byte, error) {
	set, err := t.set(name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("render page %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// page renders a page for one visitor; nobody else may get it from a cache.
func (s *Server) page(c echo.Context, status int, name string, data any) error {
	body, err := s.templates.render(name, data)
	if err != nil {
		return err
	}
	header := c.Response().Header()
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	return writeEither(c, status, echo.MIMETextHTMLCharsetUTF8, body, func() []byte { return s.templates.pack.pack(body) })
}

// frame is what every page needs around its content. Its words come from the
// localizer: {{.T "respondent.next"}}.
type frame struct {
	*i18n.Localizer
	Title     string
	Languages []languageLink // the other languages of this page; none hides the chooser
	Beside    []languageLink // the languages that can be shown beside the page's own
	Alone     string         // the address without a second language, "" where there is none
	Demo      bool
	Sample    bool // the answers in this wave are made up
	Wave      string
	Kiosk     bool   // many people use this screen: nothing on it may lead away
	Trial     *trial // of a survey that is tried out; nil for all others
	Viewed    bool   // a script brings a menu into the head: how the survey is shown
	assets    *assets
}

// languageLink leads to the same page in another language.
type languageLink struct {
	Tag, Name, Direction, Address string
	Current                       bool
}

// Asset returns the address of an asset.
func (f *frame) Asset(name string) (string, error) { return f.assets.link(name) }

// frame makes the frame of a page that speaks all languages of the interface.
func (s *Server) frame(c echo.Context, loc *i18n.Localizer) *frame {
	f := &frame{Localizer: loc, Demo: s.config.Demo, assets: s.assets}
	tags := slices.DeleteFunc(i18n.Respondents(), func(tag string) bool { return !s.config.Catalogue.Has(tag) })
	address := &url.URL{Path: "/", RawQuery: ""}
	if c != nil && c.Request().Method == http.MethodGet && c.Response().Status < http.StatusBadRequest {
		address.Path = c.Request().URL.Path
		address.RawQuery = c.Request().URL.RawQuery
	}
	f.speak(tags, address)
	return f
}

// speak lists the languages that the page at address can be had in, always in
// the same order.
func (f *frame) speak(tags []string, address *url.URL) {
	f.Languages = nil
	for _, tag := range inChooserOrder(tags) {
		f.Languages = append(f.Languages, languageLink{Tag: tag, Name: i18n.NativeName(tag), Direction: i18n.Direction(tag),
			Address: changed(address, "lang", tag), Current: tag == f.Language()})
	}
}

// inChooserOrder sorts languages as the chooser has them; those that it has no
// place for come last.
func inChooserOrder(tags []string) []string {
	known := i18n.Respondents()
	rank := func(tag string) int {
		if at := slices.Index(known, tag); at >= 0 {
			return at
		}
		return len(known)
	}
	return slices.SortedStableFunc(slices.Values(tags), func(a, b string) int { return rank(a) - rank(b) })
}

// speakPair lists the languages of a page that can be had in two at once; with
// is the second one, "" for none. Who chooses the second as the first turns the
// pair round.
func (f *frame) speakPair(tags []string, address *url.URL, with string) {
	f.speak(tags, address)
	f.Beside, f.Alone = nil, ""
	own := changed(address, "lang", f.Language())
	for i, one := range f.Languages {
		if with != "" {
			second := with
			if one.Tag == with {
				second = f.Language()
			}
			f.Languages[i].Address += "&with=" + url.QueryEscape(second)
		}
		if !one.Current {
			one.Address, one.Current = own+"&with="+url.QueryEscape(one.Tag), one.Tag == with
			f.Beside = append(f.Beside, one)
		}
	}
	if with != "" {
		f.Alone = own
	}
}

// changed is an address with one parameter set anew.
func changed(address *url.URL, name, value string) string {
	query := address.Query()
	query.Set(name, value)
	return (&url.URL{Path: address.Path, RawQuery: query.Encode()}).String()
}
