package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
)

// Reports is what the pages of reports need of the store.
type Reports interface {
	// ReleaseDay returns the day of a wave's newest release, "" before the first.
	ReleaseDay(ctx context.Context, wave *store.LiveWave) (string, error)
	// ReleasedQuotes lists the quotes of a wave that a second person has released.
	ReleasedQuotes(ctx context.Context, wave *store.LiveWave, filter store.QuoteFilter) ([]store.ReleasedQuote, error)
	// Reports lists all reports, without what is in them.
	Reports(ctx context.Context) ([]report.Work, error)
	// Report returns one with everything, and ReportArea its area;
	// failure.NotFound.
	Report(ctx context.Context, id string) (report.Work, error)
	ReportArea(ctx context.Context, id string) (string, error)
	// ReportPicture returns the picture of a block as SVG; failure.NotFound.
	ReportPicture(ctx context.Context, id, block string) (string, error)
	AddReport(ctx context.Context, actor string, wave *store.LiveWave, work report.Work) (id string, err error)
	// ChangeReport alters a report of the revision seen, negative for any;
	// failure.Conflict, failure.NotFound.
	ChangeReport(ctx context.Context, actor, id string, seen int, action account.Action, change func(*report.Work) error) error
	RemoveReport(ctx context.Context, actor, id string, seen int) error
}

const reportPages = "/manage/concept/reports"

// reportRoutes lists the pages of reports. Who may read results reads them and
// comments; approving a step asks in addition whose step it is.
func (s *Server) reportRoutes() []route {
	at := func(method, path string, permission account.Permission, handler echo.HandlerFunc) route {
		one := route{method: method, path: reportPages + path, permission: permission, handler: s.desk.csrf(handler)}
		if strings.HasPrefix(path, "/:report") {
			one.about = s.aboutReport
		}
		return one
	}
	get, post := http.MethodGet, http.MethodPost
	return []route{
		at(get, "", account.ReadResults, s.reports),
		at(post, "", account.ManageConcept, s.addReport),
		at(get, "/new", account.ManageConcept, s.newReport),
		at(get, "/add", account.ManageConcept, s.addToReport),
		at(get, "/:report", account.ReadResults, s.report),
		at(post, "/:report", account.ManageConcept, s.changeReport),
		at(get, "/:report/settings", account.ManageConcept, s.reportSettings),
		at(post, "/:report/settings", account.ManageConcept, s.saveReportSettings),
		at(get, "/:report/preview", account.ReadResults, s.reportPreview),
		at(get, "/:report/files/:file", account.ReadResults, s.reportFile),
		at(get, "/:report/pictures/:block", account.ReadResults, s.reportPicture),
		at(post, "/:report/approve", account.ReadResults, s.approveReport),
		at(post, "/:report/comments", account.ReadResults, s.commentReport),
		at(post, "/:report/comments/:comment", account.ManageConcept, s.resolveComment),
		at(post, "/:report/blocks", account.ManageConcept, s.addBlock),
		at(get, "/:report/blocks/:block", account.ManageConcept, s.reportBlock),
		at(post, "/:report/blocks/:block", account.ManageConcept, s.changeBlock),
		at(get, "/:report/blocks/:block/refresh", account.ManageConcept, s.refreshBlock),
	}
}

// aboutReport says what a request with a report's id in its address is about.
func (s *Server) aboutReport(c echo.Context) (account.Subject, error) {
	area, err := s.desk.Office.ReportArea(c.Request().Context(), c.Param("report"))
	return account.Subject{Area: area}, err
}

// mayFor tells whether the visitor has a permission for an area.
func (s *Server) mayFor(c echo.Context, permission account.Permission, area string) bool {
	user, _ := visitor(c)
	return user.May(permission, account.Subject{Area: area}, s.desk.Areas.Contains)
}

type reportsPage struct {
	*deskFrame
	Reports []reportRow
	New     string // address, "" for who may not begin one
	Done    string
}

// reportRow is a report in the list.
type reportRow struct {
	Title, Address, Wave, State, Changed string
}

// reports lists the reports that the visitor may read.
func (s *Server) reports(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.desk.Office.Reports(ctx)
	if err != nil {
		return err
	}
	page := &reportsPage{deskFrame: s.deskFrame(c, "report.desk.title")}
	waves, err := s.wavesByID(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if !s.mayFor(c, account.ReadResults, one.Area) {
			continue
		}
		row := reportRow{Title: one.Title, Address: reportPages + "/" + one.ID + page.Query, State: page.T("report.state." + string(one.State)), Changed: page.Time(one.Changed)}
		if wave := waves[one.WaveID]; wave != nil {
			row.Wave = s.reportWave(wave, page.Localizer)
		}
		page.Reports = append(page.Reports, row)
	}
	if user, _ := visitor(c); user.Has(account.ManageConcept) {
		page.New = reportPages + "/new" + page.Query
	}
	if c.QueryParam("done") == "removed" {
		page.Done = page.T("report.done.removed")
	}
	return s.page(c, http.StatusOK, "desk-reports", page)
}

func (s *Server) wavesByID(ctx context.Context) (map[string]*store.LiveWave, error) {
	all, err := s.desk.Office.Waves(ctx)
	byID := make(map[string]*store.LiveWave, len(all))
	for _, wave := range all {
		byID[wave.ID] = wave
	}
	return byID, err
}

type newReportPage struct {
	*deskFrame
	Waves    []option
	Spoken   []option
	Steps    []report.Step
	Problem  string
	Standard string // which steps are usual, in words
}

// newReport shows the form that begins a report about a wave.
func (s *Server) newReport(c echo.Context) error {
	return s.showNewReport(c, http.StatusOK, c.QueryParam("wave"), usualSteps(s, c), nil)
}

// usualSteps are those that a new report begins with.
func usualSteps(s *Server, c echo.Context) []report.Step {
	words := s.deskWords(c)
	return []report.Step{{Name: words.T("report.step.coordinator")}, {Name: words.T("report.step.head")}, {Name: words.T("report.step.council")}}
}

func (s *Server) showNewReport(c echo.Context, code int, chosen string, steps []report.Step, problem error) error {
	page := &newReportPage{deskFrame: s.deskFrame(c, "report.new.title"), Steps: stepSlots(steps)}
	waves, err := s.desk.Office.Waves(c.Request().Context())
	if err != nil {
		return err
	}
	for _, wave := range waves {
		if released(wave) && s.mayFor(c, account.ManageConcept, wave.Area) {
			page.Waves = append(page.Waves, option{wave.Slug, s.reportWave(wave, page.Localizer) + " · " + wave.Slug, wave.Slug == chosen})
		}
	}
	for _, tag := range deskLanguages() {
		page.Spoken = append(page.Spoken, option{tag, page.T("report.language." + tag), tag == page.Language()})
	}
	if problem != nil {
		page.Problem = sentence(page.Localizer, failure.As(problem))
	}
	return s.page(c, code, "desk-report-new", page)
}

// stepSlots are steps with empty ones behind them to be filled in.
func stepSlots(steps []report.Step) []report.Step {
	const empty = 2
	slots := slices.DeleteFunc(slices.Clone(steps), func(one report.Step) bool { return strings.TrimSpace(one.Name+one.Person) == "" })
	for range min(empty, report.MostSteps-len(slots)) {
		slots = append(slots, report.Step{})
	}
	return slots
}

// readSteps reads the steps of a form.
func readSteps(form url.Values) []report.Step {
	steps := make([]report.Step, 0, len(form["step"]))
	for i, name := range form["step"] {
		one := report.Step{Name: name}
		if i < len(form["person"]) {
			one.Person = form["person"][i]
		}
		steps = append(steps, one)
	}
	return steps
}

// addReport builds a report about a wave from the shipped template.
func (s *Server) addReport(c echo.Context) error {
	ctx := c.Request().Context()
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	wave, err := s.desk.Office.Wave(ctx, form.Get("wave"))
	if err != nil {
		return err
	}
	if !s.mayFor(c, account.ManageConcept, wave.Area) {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	steps := readSteps(form)
	id, err := "", s.knownPeople(ctx, steps)
	if err == nil {
		id, err = s.beginReport(c, wave, reportLanguage(form.Get("language")), steps)
	}
	if code := failure.CodeOf(err); code == failure.Invalid || code == failure.Forbidden || code == failure.Conflict {
		return s.showNewReport(c, status(code), wave.Slug, steps, err)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, onward(c, reportPages+"/"+id))
}

func (s *Server) beginReport(c echo.Context, wave *store.LiveWave, language string, steps []report.Step) (string, error) {
	ctx := c.Request().Context()
	document, err := s.BuildReport(ctx, wave, language)
	if err != nil {
		return "", err
	}
	work, err := report.Begin(document, steps)
	if err != nil {
		return "", err
	}
	user, _ := visitor(c)
	return s.desk.Office.AddReport(ctx, user.Name, wave, work)
}

// knownPeople fails when a step is for an account that there is not: nobody could
// ever take it.
func (s *Server) knownPeople(ctx context.Context, steps []report.Step) error {
	for _, one := range steps {
		name := strings.TrimSpace(one.Person)
		if name == "" {
			continue
		}
		_, _, err := s.desk.Office.User(ctx, name)
		if failure.CodeOf(err) == failure.NotFound {
			return failure.New(failure.Invalid, "error.report_person", "name", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type addToReportPage struct {
	*deskFrame
	Address string
	Reports []option // those that may be changed now, by id
	New     string
}

// addToReport asks into which report the figures of an address go.
func (s *Server) addToReport(c echo.Context) error {
	page := &addToReportPage{deskFrame: s.deskFrame(c, "report.add.title"), Address: c.QueryParam("address"), New: reportPages + "/new"}
	slug, asked, err := lookedAt(page.Address)
	if err != nil {
		return err
	}
	page.Address = "/manage/waves/" + slug + "/explore?" + asked.Encode()
	page.New += page.Query
	all, err := s.desk.Office.Reports(c.Request().Context())
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.State == report.Draft && s.mayFor(c, account.ManageConcept, one.Area) {
			page.Reports = append(page.Reports, option{Value: one.ID, Label: one.Title})
		}
	}
	return s.page(c, http.StatusOK, "desk-report-add", page)
}
