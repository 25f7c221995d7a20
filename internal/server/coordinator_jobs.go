package server

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/jobs"
)

// jobsRoutes lists the pages about what is done in the background.
func (s *Server) jobsRoutes() []route {
	csrf := s.desk.csrf
	return []route{
		{method: http.MethodGet, path: "/manage/jobs", permission: account.SeeDesk, handler: csrf(s.jobList)},
		{method: http.MethodGet, path: "/manage/jobs/:id", permission: account.SeeDesk, about: s.aboutJob, handler: csrf(s.job)},
		{method: http.MethodPost, path: "/manage/jobs/:id/cancel", permission: account.SeeDesk, about: s.aboutJob, handler: csrf(s.cancelJob)},
		{method: http.MethodGet, path: "/manage/jobs/:id/file", permission: account.SeeDesk, about: s.aboutJob, handler: s.jobFile},
	}
}

// findJob returns the job that the address names, if it is the visitor's.
func (s *Server) findJob(c echo.Context) (*jobs.Job, error) {
	user, _ := visitor(c)
	return s.desk.Jobs.Find(user.Name, c.Param("id"))
}

// aboutJob lets whoever asked for a job look at it, as long as they may still
// do what it does.
func (s *Server) aboutJob(c echo.Context) (account.Subject, error) {
	job, err := s.findJob(c)
	if err != nil {
		return account.Subject{}, err
	}
	user, _ := visitor(c)
	if !user.May(job.Permission, job.Subject, s.desk.Areas.Contains) {
		return account.Subject{}, failure.New(failure.Forbidden, "error.forbidden")
	}
	return job.Subject, nil
}

// startPatience is how long a visitor waits for a page while a job may be done:
// most are, and nobody has to look at a bar.
const startPatience = 1500 * time.Millisecond

// start begins a task for the visitor and leads to its page.
func (s *Server) start(c echo.Context, task jobs.Task) error {
	user, _ := visitor(c)
	task.Owner = user.Name
	job, err := s.desk.Jobs.Start(task)
	if err != nil {
		return err
	}
	waitFor(c, job)
	return c.Redirect(http.StatusSeeOther, s.kept(c, "/manage/jobs/"+job.ID, "start", "1"))
}

// waitFor waits a moment for a job to end.
func waitFor(c echo.Context, job *jobs.Job) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), startPatience)
	defer cancel()
	job.Wait(ctx)
}

// kept is an address within the desk that keeps the language which the visitor
// chose; pairs alternate name and value of more parameters.
func (s *Server) kept(c echo.Context, path string, pairs ...string) string {
	query := url.Values{}
	for at := 0; at+1 < len(pairs); at += 2 {
		query.Set(pairs[at], pairs[at+1])
	}
	if words := s.deskWords(c); c.QueryParam("lang") == words.Language() {
		query.Set("lang", words.Language())
	}
	if len(query) == 0 {
		return path
	}
	if strings.Contains(path, "?") {
		return path + "&" + query.Encode()
	}
	return path + "?" + query.Encode()
}

type jobPage struct {
	*deskFrame
	ID, Back    string
	State       jobs.State
	Words       string // how far it is
	Done, Total int
	Problem     string
	Verdict     []string
	File, Size  string
	Ends        string
	Next, On    string // address of the page to go on with, and what its link says
	Start       bool   // the visitor has just asked for it: a script fetches the file
}

// refreshAfter is after how many seconds a page without JavaScript looks again.
const refreshAfter = 2

// job shows how far a job is and what came of it; to its script as JSON.
func (s *Server) job(c echo.Context) error {
	job, err := s.findJob(c)
	if err != nil {
		return err
	}
	status := job.Status()
	if wantsJSON(c.Request()) {
		words := s.deskWords(c)
		return writeJSON(c, http.StatusOK, map[string]any{"final": status.State.Final(), "words": progressInWords(words, status),
			"done": status.Done, "total": status.Total})
	}
	if status.State == jobs.Done && status.Next != "" && len(status.Verdict) == 0 && status.File == "" {
		return c.Redirect(http.StatusSeeOther, s.kept(c, status.Next)) // it only prepared that page
	}
	page := &jobPage{deskFrame: s.deskFrame(c, job.Title.Key), ID: job.ID, Back: job.Back, State: status.State, Done: status.Done, Total: status.Total}
	page.Title = jobLine(page.Localizer, job.Title)
	page.Words = progressInWords(page.Localizer, status)
	for _, one := range status.Verdict {
		page.Verdict = append(page.Verdict, jobLine(page.Localizer, one))
	}
	page.File, page.Size, page.Start = status.File, sizeInWords(page.Localizer, status.Size), c.QueryParam("start") == "1"
	page.Next, page.On = status.Next, jobLine(page.Localizer, status.NextWords)
	switch {
	case !status.State.Final():
		page.Refresh = refreshAfter
	case status.State == jobs.Failed:
		page.Problem = sentence(page.Localizer, failure.As(status.Err))
	default:
		page.Ends = page.Time(status.Ends.UTC().Format(time.RFC3339))
	}
	return s.page(c, http.StatusOK, "desk-job", page)
}

// jobLine says one line of a job in the reader's words.
func jobLine(words *i18n.Localizer, one jobs.Line) string {
	switch {
	case one.Key == "":
		return ""
	case one.Plural:
		return words.N(one.Key, one.Count, sayable(words, one.Params)...)
	}
	return words.T(one.Key, sayable(words, one.Params)...)
}

// progressInWords says how far a job is.
func progressInWords(words *i18n.Localizer, status jobs.Status) string {
	if status.State != jobs.Running {
		return words.T("jobs.state." + string(status.State))
	}
	text := jobLine(words, status.Step)
	if text == "" {
		text = words.T("jobs.state.running")
	}
	if status.Total > 0 {
		text += " " + words.T("jobs.progress", "done", words.Number(float64(status.Done), 0), "total", words.Number(float64(status.Total), 0),
			"percent", words.Percent(float64(status.Done)/float64(status.Total), 0))
	}
	return text
}

// sizeInWords writes a number of bytes in kilobytes or megabytes.
func sizeInWords(words *i18n.Localizer, bytes int64) string {
	if bytes < 1_000_000 {
		return words.Number(float64((bytes+999)/1000), 0) + "\u00a0kB"
	}
	return words.Number(float64(bytes)/1e6, 1) + "\u00a0MB"
}

// cancelJob stops a job and shows its page, where it has stopped or soon will.
func (s *Server) cancelJob(c echo.Context) error {
	job, err := s.findJob(c)
	if err != nil {
		return err
	}
	job.Cancel()
	waitFor(c, job)
	return c.Redirect(http.StatusSeeOther, s.kept(c, "/manage/jobs/"+job.ID))
}

// downloadTime is how long sending a result may take: the largest over a slow
// line.
const downloadTime = 30 * time.Minute

// jobFile sends the result of a job.
func (s *Server) jobFile(c echo.Context) error {
	job, err := s.findJob(c)
	if err != nil {
		return err
	}
	content, kind, err := job.Open()
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, kind)
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": job.Status().File}))
	header.Set("Cache-Control", "no-store")
	// Where there is no connection to give more time to, there is none to cut.
	_ = http.NewResponseController(c.Response().Writer).SetWriteDeadline(time.Now().Add(downloadTime))
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, content)
	return nil
}

type jobListPage struct {
	*deskFrame
	Jobs []jobRow
}

type jobRow struct{ ID, Title, Words, Ends string }

// jobList shows what the visitor has asked for.
func (s *Server) jobList(c echo.Context) error {
	user, _ := visitor(c)
	page := &jobListPage{deskFrame: s.deskFrame(c, "jobs.title")}
	for _, job := range s.desk.Jobs.Of(user.Name) {
		status := job.Status()
		row := jobRow{ID: job.ID, Title: jobLine(page.Localizer, job.Title), Words: progressInWords(page.Localizer, status)}
		if status.State.Final() {
			row.Ends = page.Time(status.Ends.UTC().Format(time.RFC3339))
		}
		page.Jobs = append(page.Jobs, row)
	}
	return s.page(c, http.StatusOK, "desk-jobs", page)
}
