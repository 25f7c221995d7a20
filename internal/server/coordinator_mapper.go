package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// mapper is one kind of thing that tables are imported as through the column
// mapper. A room that imports tables makes one of these and registers its
// routes; upload, preview, mapping and the page of changes are the same for all.
type mapper struct {
	// purpose names the kind of thing: in the store, and in the message keys
	// "mapper.PURPOSE.title", ".intro" and ".apply".
	purpose string
	// page is the path of the page that the import belongs to; its own pages lie
	// under page + "/import".
	page       string
	permission account.Permission
	targets    func() []tabular.Target
	// load does what targets does where they come from the store; nil elsewhere.
	load func(ctx context.Context) ([]tabular.Target, error)
	// choices offers what a target's texts can mean to somebody.
	choices func(words *i18n.Localizer, user account.User, target tabular.Target) []option
	// plan says what taking the file over would do.
	plan func(ctx context.Context, words *i18n.Localizer, user account.User, file *mapperFile) (*mapperPlan, error)
	// apply does it; ticked are the keys of absent things that were ticked. It
	// returns the query of the page that comes next. failure.Conflict when
	// something changed since the plan was made, whose revision it gets.
	apply func(ctx context.Context, user account.User, file *mapperFile, revision int64, ticked []string) (query string, err error)
}

// list returns the targets.
func (i mapper) list(c echo.Context) ([]tabular.Target, error) {
	if i.load != nil {
		return i.load(c.Request().Context())
	}
	return i.targets(), nil
}

// mapperFile is an uploaded file with how it is read.
type mapperFile struct {
	store.Upload
	Reading tabular.Reading
	Mapping tabular.Mapping
}

// mapperSettings are what the store keeps of how a file is read.
type mapperSettings struct {
	Reading tabular.Reading `json:"reading"`
	Mapping tabular.Mapping `json:"mapping"`
}

// mapperPlan is what an import would do, in words.
type mapperPlan struct {
	Revision int64 // of what it changes
	New      []planRow
	Changed  []planChange
	Absent   []planRow // not in the file; may be ticked where Tick says what for
	Tick     string
	Same     int
	Outside  int // rows left out because they are about none of our areas
	Merged   int
	Findings failure.Findings // those that are fatal are refused rows
}

type planRow struct{ Key, Title, Detail string }

type planChange struct {
	Title  string
	Fields []planField
}

type planField struct{ Label, Old, New string }

// mapperLimit is how large the body with a file may be: the file and what is
// around it.
const mapperLimit = store.MaxUploadSize + 1<<16

// mapperRoutes lists the pages of an import.
func (s *Server) mapperRoutes(i mapper) []route {
	base, csrf := i.page+"/import", s.desk.csrf
	with := func(handler func(echo.Context, mapper) error) echo.HandlerFunc {
		return csrf(func(c echo.Context) error { return handler(c, i) })
	}
	line := func(method, path string, handler func(echo.Context, mapper) error) route {
		return route{method: method, path: base + path, permission: i.permission, handler: with(handler)}
	}
	upload := line(http.MethodPost, "", s.mapperUpload)
	upload.limit = mapperLimit
	return []route{
		line(http.MethodGet, "", s.mapperStart), upload,
		line(http.MethodGet, "/:id", s.mapperMapping),
		line(http.MethodPost, "/:id/reading", s.mapperReading),
		line(http.MethodPost, "/:id/mapping", s.mapperMapped),
		line(http.MethodGet, "/:id/changes", s.mapperChanges),
		line(http.MethodPost, "/:id/changes", s.mapperApply),
		line(http.MethodPost, "/:id/discard", s.mapperDiscard),
	}
}

type mapperStartPage struct {
	*deskFrame
	Intro, Back, Action string
	Problem             string
	Findings            []findingGroup
	MiB                 int
}

func (s *Server) mapperStart(c echo.Context, i mapper) error {
	return s.page(c, http.StatusOK, "desk-mapper", s.mapperStartPage(c, i))
}

func (s *Server) mapperStartPage(c echo.Context, i mapper) *mapperStartPage {
	page := &mapperStartPage{deskFrame: s.deskFrame(c, "mapper."+i.purpose+".title"), Back: i.page, Action: i.page + "/import", MiB: store.MaxUploadSize >> 20}
	page.Intro = page.T("mapper." + i.purpose + ".intro")
	return page
}

// mapperUpload takes a file in, guesses how it is read and shows that.
func (s *Server) mapperUpload(c echo.Context, i mapper) error {
	refuse := func(problem string, findings failure.Findings) error {
		page := s.mapperStartPage(c, i)
		page.Problem, page.Findings = page.T(problem), groupFindings(page.Localizer, findings)
		return s.page(c, http.StatusUnprocessableEntity, "desk-mapper", page)
	}
	name, content, err := readUpload(c)
	switch {
	case failure.CodeOf(err) == failure.TooLarge:
		return err
	case err != nil:
		return refuse("mapper.no_file", nil)
	}
	user, _ := visitor(c)
	file := &mapperFile{Upload: store.Upload{User: user.Name, Purpose: i.purpose, File: name, Data: content}}
	targets, err := i.list(c)
	if err != nil {
		return err
	}
	err = file.guess(targets, tabular.Reading{})
	var findings failure.Findings
	if errors.As(err, &findings) {
		return refuse("mapper.unreadable", findings)
	}
	if err != nil {
		return err
	}
	if file.Settings, err = file.settings(); err != nil {
		return err
	}
	id, err := s.desk.Office.PutUpload(c.Request().Context(), file.Upload)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, i.page+"/import/"+id))
}

// guessRows is how many rows a mapping is guessed from, mapperPreview how many of
// them are shown.
const (
	guessRows     = 300
	mapperPreview = 5
)

// guess finds out what reading leaves open, and which columns are meant.
func (f *mapperFile) guess(targets []tabular.Target, reading tabular.Reading) error {
	preview, err := tabular.Inspect(f.Data, f.File, reading, targets, guessRows)
	if err != nil {
		return err
	}
	f.Reading, f.Mapping = preview.Reading, tabular.Guess(targets, preview.Header, preview.Rows)
	return nil
}

func (f *mapperFile) settings() (string, error) {
	text, err := json.Marshal(mapperSettings{f.Reading, f.Mapping})
	return string(text), err
}

// state names how a file is read and the revision of what it would change, so
// that nobody takes over something else than they saw.
func (f *mapperFile) state(revision int64) string {
	sum := sha256.Sum256([]byte(f.Settings))
	return strconv.FormatInt(revision, 10) + "-" + hex.EncodeToString(sum[:8])
}

// mapperFile returns the file that a request is about.
func (s *Server) mapperFile(c echo.Context, i mapper) (*mapperFile, error) {
	user, _ := visitor(c)
	upload, err := s.desk.Office.Upload(c.Request().Context(), user.Name, i.purpose, c.Param("id"))
	if err != nil {
		return nil, err
	}
	file := &mapperFile{Upload: upload}
	var settings mapperSettings
	if err := json.Unmarshal([]byte(upload.Settings), &settings); err != nil {
		return nil, fmt.Errorf("settings of upload: %w", err)
	}
	file.Reading, file.Mapping = settings.Reading, settings.Mapping
	return file, nil
}

// keepSettings stores how a file is read.
func (s *Server) keepSettings(c echo.Context, file *mapperFile) error {
	settings, err := file.settings()
	if err != nil {
		return err
	}
	return s.desk.Office.SetUploadSettings(c.Request().Context(), file.User, file.ID, settings)
}

// mapperReading reads the file in another way: the columns are guessed anew.
func (s *Server) mapperReading(c echo.Context, i mapper) error {
	file, err := s.mapperFile(c, i)
	if err != nil {
		return err
	}
	reading := tabular.Reading{Sheet: c.FormValue("sheet"), Separator: separatorOf(c.FormValue("separator")), Encoding: tabular.Encoding(c.FormValue("encoding"))}
	reading.HeaderLine, _ = strconv.Atoi(c.FormValue("header")) // nothing or nonsense finds it out
	if reading.Sheet != file.Reading.Sheet {
		reading.HeaderLine = 0
	}
	if !slices.Contains(tabular.Encodings(), reading.Encoding) {
		reading.Encoding = tabular.AnyEncoding
	}
	targets, err := i.list(c)
	if err != nil {
		return err
	}
	err = file.guess(targets, reading)
	var findings failure.Findings
	if errors.As(err, &findings) {
		page := s.mapperMappingPage(c, i, file)
		page.Problem, page.Findings = page.T("mapper.unreadable"), groupFindings(page.Localizer, findings)
		return s.page(c, http.StatusUnprocessableEntity, "desk-mapper-mapping", page)
	}
	if err == nil {
		err = s.keepSettings(c, file)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, i.page+"/import/"+file.ID))
}

// separatorOf reads the name that the form has for a separator.
func separatorOf(name string) string {
	if name == "tab" {
		return "\t"
	}
	if len(name) != 1 {
		return ""
	}
	return name
}

// mapperMapped keeps which columns are meant, and goes on to the changes unless
// it was only to be shown again.
func (s *Server) mapperMapped(c echo.Context, i mapper) error {
	file, err := s.mapperFile(c, i)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	targets, err := i.list(c)
	if err != nil {
		return err
	}
	mapping := tabular.Mapping{Columns: map[string][]int{}, Fixed: map[string]string{}, Values: map[string]map[string]string{}}
	for _, target := range targets {
		if target.Quiet {
			if columns := file.Mapping.Columns[target.Key]; columns != nil {
				mapping.Columns[target.Key] = columns
			}
			continue
		}
		for _, text := range form["column."+target.Key] {
			if at, err := strconv.Atoi(text); err == nil && !slices.Contains(mapping.Columns[target.Key], at) {
				mapping.Columns[target.Key] = append(mapping.Columns[target.Key], at)
			}
		}
		if text := strings.TrimSpace(form.Get("fixed." + target.Key)); text != "" {
			mapping.Fixed[target.Key] = text
		}
		texts, means := form["text."+target.Key], form["means."+target.Key]
		for at := range min(len(texts), len(means)) {
			if means[at] == "" {
				continue
			}
			if mapping.Values[target.Key] == nil {
				mapping.Values[target.Key] = map[string]string{}
			}
			mapping.Values[target.Key][tabular.Loose(texts[at])] = means[at]
		}
	}
	file.Mapping = mapping
	if err := s.keepSettings(c, file); err != nil {
		return err
	}
	next := i.page + "/import/" + file.ID
	if c.FormValue("next") == "changes" {
		next += "/changes"
	}
	return c.Redirect(http.StatusSeeOther, onward(c, next))
}

type mapperChangesPage struct {
	*deskFrame
	mapperPlan
	File, Back, Action, State, ApplyLabel string
	Problem                               string
	Refused, Notes                        []findingGroup
	RefusedRows                           int
	MoreNew, MoreChanged                  int
	FewNew                                bool // so few that all are seen at once
	Nothing                               bool
}

// shownChanges is how many new or changed things the page lists one by one.
const shownChanges = 200

// fewChanges is how many of them are seen without opening the list.
const fewChanges = 20

func (s *Server) mapperChanges(c echo.Context, i mapper) error {
	file, err := s.mapperFile(c, i)
	if err != nil {
		return err
	}
	return s.showChanges(c, i, file, http.StatusOK, "")
}

// showChanges shows what taking the file over would do; what cannot be read sends
// back to the mapping.
func (s *Server) showChanges(c echo.Context, i mapper, file *mapperFile, status int, problem string) error {
	page := &mapperChangesPage{deskFrame: s.deskFrame(c, "mapper."+i.purpose+".title"), File: file.File,
		Back: i.page + "/import/" + file.ID, Action: i.page + "/import/" + file.ID + "/changes", Problem: problem}
	user, _ := visitor(c)
	plan, err := i.plan(c.Request().Context(), page.Localizer, user, file)
	var findings failure.Findings
	if errors.As(err, &findings) {
		again := s.mapperMappingPage(c, i, file)
		again.Problem, again.Findings = again.T("mapper.incomplete"), groupFindings(again.Localizer, findings)
		return s.page(c, http.StatusUnprocessableEntity, "desk-mapper-mapping", again)
	}
	if err != nil {
		return err
	}
	page.mapperPlan, page.State, page.ApplyLabel = *plan, file.state(plan.Revision), page.T("mapper."+i.purpose+".apply")
	page.FewNew = len(plan.New) <= fewChanges
	page.Nothing = len(plan.New)+len(plan.Changed)+len(plan.Absent) == 0
	var refused, notes failure.Findings
	for _, one := range plan.Findings {
		if one.Severity == failure.Fatal {
			refused = append(refused, one)
		} else {
			notes = append(notes, one)
		}
	}
	page.Refused, page.Notes, page.RefusedRows = groupFindings(page.Localizer, refused), groupFindings(page.Localizer, notes), len(refused)
	if more := len(page.New) - shownChanges; more > 0 {
		page.New, page.MoreNew = page.New[:shownChanges], more
	}
	if more := len(page.Changed) - shownChanges; more > 0 {
		page.Changed, page.MoreChanged = page.Changed[:shownChanges], more
	}
	return s.page(c, status, "desk-mapper-changes", page)
}

// mapperApply takes the file over, as its reader saw it.
func (s *Server) mapperApply(c echo.Context, i mapper) error {
	file, err := s.mapperFile(c, i)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return failure.New(failure.Invalid, "error.invalid").Because(err)
	}
	stale := func() error {
		words := s.deskWords(c)
		return s.showChanges(c, i, file, http.StatusConflict, words.T("error.changed_meanwhile"))
	}
	text, _, _ := strings.Cut(form.Get("state"), "-")
	revision, err := strconv.ParseInt(text, 10, 64)
	if err != nil || form.Get("state") != file.state(revision) {
		return stale()
	}
	user, _ := visitor(c)
	query, err := i.apply(c.Request().Context(), user, file, revision, form["tick"])
	switch failure.CodeOf(err) {
	case "":
	case failure.Conflict:
		return stale()
	default:
		return err
	}
	if err := s.desk.Office.ForgetUpload(c.Request().Context(), user.Name, file.ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, i.page+"?"+query))
}

func (s *Server) mapperDiscard(c echo.Context, i mapper) error {
	user, _ := visitor(c)
	if err := s.desk.Office.ForgetUpload(c.Request().Context(), user.Name, c.Param("id")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, i.page))
}

// onward is an address to go on to in the language that was asked for.
func onward(c echo.Context, address string) string {
	lang := c.QueryParam("lang")
	if !slices.Contains(deskLanguages(), lang) {
		return address
	}
	joint := "?"
	if strings.Contains(address, "?") {
		joint = "&"
	}
	return address + joint + "lang=" + lang
}

// survey reads the whole file through its mapping: texts that are none of the
// choices, and what is odd.
func (f *mapperFile) survey(targets []tabular.Target) ([]tabular.Unknown, failure.Findings, error) {
	table, err := tabular.OpenTable(bytes.NewReader(f.Data), f.Reading.Options(f.File))
	if err != nil {
		return nil, nil, err
	}
	mapped, err := f.Mapping.Open(table, targets, f.File, f.Reading.Sheet)
	if err != nil {
		return nil, nil, err
	}
	for _, err := range mapped.Rows() {
		if err != nil {
			return nil, nil, err
		}
	}
	return mapped.Unknown(), mapped.Findings(), nil
}
