package server

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
)

// Workshop is what the pages about surveys need of the store.
type Workshop interface {
	Workings(ctx context.Context) ([]store.WorkingInfo, error)
	Working(ctx context.Context, id string) (*store.Working, error)
	AddWorking(ctx context.Context, actor, area string, s *survey.Survey) (*store.Working, error)
	// ChangeWorking reads, changes and stores a working copy in one
	// transaction; revision 0 does it to the newest content.
	ChangeWorking(ctx context.Context, actor, id string, revision int64, change func(*survey.Survey) error) (*store.Working, error)
	UndoWorking(ctx context.Context, actor, id string, revision int64) (*store.Working, error)
	RedoWorking(ctx context.Context, actor, id string, revision int64) (*store.Working, error)
	DeleteWorking(ctx context.Context, actor, id string, revision int64) error
	WorkingSteps(ctx context.Context, id string, before int64, limit int) ([]store.Step, error)
	WorkingStep(ctx context.Context, id string, number int64) (*survey.Survey, error)
	FixWorking(ctx context.Context, actor, id string, revision int64) (*survey.Version, error)
	// AnsweredSurveys returns the contents of a survey under which answers lie.
	AnsweredSurveys(ctx context.Context, id string) ([]store.Answered, error)
	Media(ctx context.Context, hash string) (*store.Media, error)
}

// workshop is what the pages about surveys keep in memory.
type workshop struct {
	// shipped are the surveys of the library, read when they are first asked
	// for. They are shared: who changes one clones it.
	shipped func() ([]*survey.Survey, error)
	// versions are the same made ready for waves.
	versions func() ([]*survey.Version, error)

	mu     sync.Mutex
	judged map[string]judgement // by working copy
}

func newWorkshop(library fs.FS) *workshop {
	w := &workshop{judged: map[string]judgement{}, shipped: sync.OnceValues(func() ([]*survey.Survey, error) { return readLibrary(library) })}
	w.versions = sync.OnceValues(func() ([]*survey.Version, error) { return compileAll(w.shipped()) })
	return w
}

func compileAll(surveys []*survey.Survey, err error) ([]*survey.Version, error) {
	versions := make([]*survey.Version, len(surveys))
	for i, one := range surveys {
		version, findings := survey.Compile(one.Clone())
		if version == nil {
			return nil, fmt.Errorf("compile shipped survey %s: %w", one.ID, findings)
		}
		versions[i] = version
	}
	return versions, err
}

func readLibrary(library fs.FS) ([]*survey.Survey, error) {
	if library == nil {
		return nil, nil
	}
	folders, err := survey.Library(library)
	if err != nil {
		return nil, err
	}
	var all []*survey.Survey
	for _, folder := range folders {
		s, findings, err := survey.ReadDir(library, folder)
		if err != nil {
			return nil, err
		}
		if s == nil || findings.Fatal() {
			return nil, fmt.Errorf("shipped survey %s: %w", folder, findings)
		}
		all = append(all, s)
	}
	return all, nil
}

// importLimit is how many bytes a survey with its pictures and sounds may have.
const importLimit = survey.MaxFiles + bodyLimit

// workshopRoutes lists the pages about surveys. Who translates sees them.
func (s *Server) workshopRoutes() []route {
	csrf := s.desk.csrf
	const see, edit = account.TranslateSurveys, account.EditSurveys
	return []route{
		{method: http.MethodGet, path: "/manage/surveys", permission: see, handler: csrf(s.surveyLibrary)},
		{method: http.MethodPost, path: "/manage/surveys", permission: edit, about: aboutGrant, handler: csrf(s.addSurvey)},
		{method: http.MethodPost, path: "/manage/surveys/import", permission: edit, about: aboutGrant, handler: csrf(s.importSurvey), limit: importLimit},
		{method: http.MethodGet, path: "/manage/surveys/:id", permission: see, about: s.aboutWorking, handler: csrf(s.editor)},
		{method: http.MethodPost, path: "/manage/surveys/:id/edit", permission: edit, about: s.aboutWorking, handler: csrf(s.editSurvey)},
		{method: http.MethodGet, path: "/manage/surveys/:id/file", permission: see, about: s.aboutWorking, handler: s.surveyFile},
		{method: http.MethodGet, path: "/manage/surveys/:id/preview", permission: see, about: s.aboutWorking, handler: csrf(s.preview)},
		{method: http.MethodPost, path: "/manage/surveys/:id/preview", permission: see, about: s.aboutWorking, handler: csrf(s.trial)},
		{method: http.MethodGet, path: "/manage/surveys/:id/versions", permission: see, about: s.aboutWorking, handler: csrf(s.surveyVersions)},
		{method: http.MethodPost, path: "/manage/surveys/:id/versions", permission: edit, about: s.aboutWorking, handler: csrf(s.fixSurvey)},
		{method: http.MethodGet, path: "/manage/surveys/:id/delete", permission: edit, about: s.aboutWorking, handler: csrf(s.deleteSurveyPage)},
		{method: http.MethodPost, path: "/manage/surveys/:id/delete", permission: edit, about: s.aboutWorking, handler: csrf(s.deleteSurvey)},
	}
}

// shippedPrefix begins the id of a survey of the library, where an address
// names a survey to look at.
const shippedPrefix = "shipped:"

// storedPrefix does the same for one that the command line brought in.
const storedPrefix = "stored:"

func inLibrary(id string) bool {
	return strings.HasPrefix(id, shippedPrefix) || strings.HasPrefix(id, storedPrefix)
}

// aboutWorking is the subject of a working copy: its area. What is shipped
// belongs to everybody who may see surveys at all.
func (s *Server) aboutWorking(c echo.Context) (account.Subject, error) {
	if one, err := s.librarySurvey(c.Request().Context(), c.Param("id")); one != nil || err != nil {
		user, _ := visitor(c)
		return account.Subject{Area: reachable(user)}, err
	}
	w, err := s.working(c)
	if err != nil {
		return account.Subject{}, err
	}
	return account.Subject{Area: w.Area}, nil
}

// reachable is an area of those that a user's rights about surveys are for.
func reachable(user account.User) string {
	for _, grant := range user.Grants {
		if grant.Role.May(account.TranslateSurveys) {
			return grant.Area
		}
	}
	return ""
}

// workingKey is where a request keeps the working copy that it is about.
const workingKey = "working"

// working returns the working copy that a request is about, read once.
func (s *Server) working(c echo.Context) (*store.Working, error) {
	if w, known := c.Get(workingKey).(*store.Working); known {
		return w, nil
	}
	w, err := s.desk.Office.Working(c.Request().Context(), c.Param("id"))
	if err == nil {
		c.Set(workingKey, w)
	}
	return w, err
}

// librarySurvey returns a survey of the library by its id in addresses, nil when
// the id is not one of the library's; failure.NotFound when the library lacks it.
func (s *Server) librarySurvey(ctx context.Context, id string) (*survey.Survey, error) {
	if name, stored := strings.CutPrefix(id, storedPrefix); stored {
		version, err := s.desk.Office.Survey(ctx, name)
		if err != nil {
			return nil, err
		}
		return version.Survey, nil
	}
	name, shipped := strings.CutPrefix(id, shippedPrefix)
	if !shipped {
		return nil, nil //nolint:nilnil // a working copy's id
	}
	all, err := s.desk.workshop.shipped()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(one *survey.Survey) bool { return one.ID == name })
	if at < 0 {
		return nil, failure.New(failure.NotFound, "error.unknown_survey", "survey", name)
	}
	return all[at], nil
}

// shownSurvey returns the survey that an address names: a working copy's or one
// of the library. It is not to be changed.
func (s *Server) shownSurvey(c echo.Context) (*survey.Survey, error) {
	if one, err := s.librarySurvey(c.Request().Context(), c.Param("id")); one != nil || err != nil {
		return one, err
	}
	w, err := s.working(c)
	if err != nil {
		return nil, err
	}
	return w.Survey, nil
}

// mayEdit tells whether the visitor may change surveys of an area.
func (s *Server) mayEdit(c echo.Context, area string) bool {
	user, _ := visitor(c)
	return user.May(account.EditSurveys, account.Subject{Area: area}, s.desk.Areas.Contains)
}

// said is a text of a survey for a page of the coordinators: in their language
// where there is one, else in the survey's own.
func said(text survey.Text, words *i18n.Localizer, s *survey.Survey) caption {
	return reader{tag: words.Language(), chain: append(i18n.Chain(words.Language()), s.Languages...)}.caption(text)
}

// speech is one language of a survey and how far it is.
type speech struct {
	Tag, Name, Direction string
	Percent              string
	Share                survey.Completeness
	Source               bool
}

// spokenLanguages gives the template of the languages what it needs.
type spokenLanguages struct {
	*deskFrame
	All []speech
}

// exportMenu offers a survey as files.
type exportMenu struct {
	*deskFrame
	ID string
	Of string // what it is called, where there are several
}

// speeches lists the languages of a survey for people.
func speeches(words *i18n.Localizer, all []survey.Completeness) []speech {
	list := make([]speech, len(all))
	for at, one := range all {
		// Rounded down: 100 % means that nothing is missing.
		list[at] = speech{Tag: one.Language, Name: i18n.NativeName(one.Language), Direction: i18n.Direction(one.Language),
			Percent: words.Percent(float64(int(100*one.Share()))/100, 0), Share: one, Source: at == 0}
	}
	return list
}
