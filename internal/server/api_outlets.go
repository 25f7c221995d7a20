package server

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
)

// apiExportRequest asks for a file of coarsened responses.
type apiExportRequest struct {
	Format      string   `json:"format" need:"yes" enum:"xlsx,csv,sav,datapackage"`
	Values      string   `json:"values" enum:"labels,codes" doc:"What cells of a workbook hold; labels when left out."`
	Language    string   `json:"language" length:"35" doc:"Of labels; the survey's own when left out."`
	Identifying []string `json:"identifying" items:"20" doc:"Variables by which somebody might be known, such as area and language: few, for they are coarsened together."`
	Sensitive   []string `json:"sensitive" items:"500" doc:"Sensitive questions that are to be in the file."`
	Texts       bool     `json:"texts" doc:"Answers in people's own words, for those who code them."`
	Purpose     string   `json:"purpose" need:"yes" length:"250" doc:"What the file is for, at least 5 characters; it stands in the audit log."`
}

// apiJob is work in the background.
type apiJob struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	State    string   `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Done     int      `json:"done" doc:"How many of total are through."`
	Total    int      `json:"total" doc:"0 when nobody knows."`
	Verdict  []string `json:"verdict" doc:"What came of it, in sentences."`
	Problem  string   `json:"problem" doc:"Why it failed; empty where it did not."`
	File     string   `json:"file" doc:"Name of the result; empty where there is none yet."`
	FileSize int64    `json:"file_size" doc:"In bytes."`
	Ends     string   `json:"ends" doc:"When the result is let go, RFC 3339; empty while it is under way."`
}

// apiImport is an import of responses.
type apiImport struct {
	Number     int    `json:"number"`
	Kind       string `json:"kind" doc:"file or paper."`
	File       string `json:"file"`
	Actor      string `json:"actor"`
	Day        string `json:"day"`
	Undone     string `json:"undone" doc:"Day on which it was taken out again; empty while it stands."`
	Stored     int    `json:"stored" doc:"Responses that were new."`
	Statements int    `json:"statements" doc:"Statements in institutions' names that came with it."`
}

// apiUndone is what undoing an import did.
type apiUndone struct {
	Removed int `json:"removed" doc:"Responses that are gone."`
}

// outletOperations lists what programs may ask about data in and out.
func (s *Server) outletOperations() []operation {
	begin := s.waveOperation(http.MethodPost, "/exports", "startExport", "Begin an export of coarsened responses in the background", account.ManageData, account.ExportScope)
	begin.room, begin.located = "Exports", true
	list := s.waveOperation("", "/imports", "listImports", "The imports of a wave, the newest first", account.ManageData, account.ImportScope)
	list.room, list.query, list.fresh = "Imports", pages(), true
	one := s.waveOperation("", "/imports/:number", "readImport", "One import", account.ManageData, account.ImportScope)
	undo := s.waveOperation(http.MethodDelete, "/imports/:number", "undoImport", "Take the responses of an import out again", account.ManageData, account.ImportScope)
	one.room, undo.room, undo.wrong = "Imports", "Imports", []int{http.StatusConflict}
	return []operation{changes(begin, http.StatusAccepted, s.apiExport), reads(list, s.apiImports), reads(one, s.apiImport), changes(undo, http.StatusOK, s.apiUndo)}
}

func (s *Server) apiExport(c echo.Context, in apiExportRequest) (apiJob, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiJob{}, err
	}
	form := exportForm{format: export.Format(in.Format), values: export.Values(firstOf(in.Values, string(export.Labels))), language: labelLanguage(wave, in.Language),
		identifying: in.Identifying, sensitive: in.Sensitive, texts: in.Texts, purpose: strings.Join(strings.Fields(in.Purpose), " ")}
	task, err := s.exportTask(c, wave, form)
	if err != nil {
		return apiJob{}, err
	}
	user, _ := visitor(c)
	task.Owner = user.Name
	job, err := s.desk.Jobs.Start(task)
	if err != nil {
		return apiJob{}, err
	}
	c.Response().Header().Set(echo.HeaderLocation, apiPath+"/jobs/"+job.ID)
	return s.describeJob(c, job), nil
}

func describeImport(one store.Batch) apiImport {
	return apiImport{Number: one.Number, Kind: one.Kind, File: one.File, Actor: one.Actor, Day: one.Day, Undone: one.Undone, Stored: one.Stored, Statements: one.Statements}
}

func (s *Server) apiImports(c echo.Context) (apiList[apiImport], error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiList[apiImport]{}, err
	}
	batches, err := s.desk.Office.Imports(c.Request().Context(), wave)
	if err != nil {
		return apiList[apiImport]{}, err
	}
	all := make([]apiImport, len(batches))
	for i, one := range batches {
		all[i] = describeImport(one)
	}
	return paged(c, all, func(one apiImport) string { return strconv.Itoa(one.Number) }), nil
}

// importNumber is the number in the address; what is none is none of an import.
func importNumber(c echo.Context) (int, error) {
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil || number < 1 || number > 1<<30 {
		return 0, failure.New(failure.NotFound, "error.unknown_import")
	}
	return number, nil
}

func (s *Server) apiImport(c echo.Context) (apiImport, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiImport{}, err
	}
	number, err := importNumber(c)
	if err != nil {
		return apiImport{}, err
	}
	one, err := s.desk.Office.ImportOf(c.Request().Context(), wave, number)
	return describeImport(one), err
}

func (s *Server) apiUndo(c echo.Context, _ nothing) (apiUndone, error) {
	wave, err := s.waveOf(c)
	if err != nil {
		return apiUndone{}, err
	}
	number, err := importNumber(c)
	if err != nil {
		return apiUndone{}, err
	}
	user, _ := visitor(c)
	gone, err := s.desk.Office.UndoImport(c.Request().Context(), user.Name, wave, number)
	return apiUndone{gone}, err
}

// jobOperations lists what programs may ask about work in the background: their
// own, begun with the same token.
func (s *Server) jobOperations() []operation {
	of := func(method, path, id, summary string) operation {
		return operation{id: id, room: "Jobs", summary: summary, fresh: true,
			route: route{method: method, path: apiPath + "/jobs/:id" + path, permission: account.SeeDesk, about: s.aboutJob, scope: account.ExportScope}}
	}
	list := operation{id: "listJobs", room: "Jobs", summary: "What this token began, the newest first", fresh: true, query: pages(),
		route: route{path: apiPath + "/jobs", permission: account.SeeDesk, scope: account.ExportScope}}
	file := of(http.MethodGet, "/file", "readJobFile", "The result of a job that is done")
	file.status, file.run = http.StatusOK, s.jobFile
	file.sends = []string{"text/csv", "application/zip", "application/x-spss-sav", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	return []operation{
		reads(list, func(c echo.Context) (apiList[apiJob], error) {
			user, _ := visitor(c)
			all := []apiJob{}
			for _, job := range s.desk.Jobs.Of(user.Name) {
				all = append(all, s.describeJob(c, job))
			}
			return paged(c, all, func(one apiJob) string { return one.ID }), nil
		}),
		reads(of("", "", "readJob", "How far a job is"), func(c echo.Context) (apiJob, error) {
			job, err := s.findJob(c)
			if err != nil {
				return apiJob{}, err
			}
			return s.describeJob(c, job), nil
		}),
		changes(of(http.MethodPost, "/cancel", "cancelJob", "Stop a job"), http.StatusOK, func(c echo.Context, _ nothing) (apiJob, error) {
			job, err := s.findJob(c)
			if err != nil {
				return apiJob{}, err
			}
			job.Cancel()
			waitFor(c, job)
			return s.describeJob(c, job), nil
		}),
		file,
	}
}

func (s *Server) describeJob(c echo.Context, job *jobs.Job) apiJob {
	words, status := s.deskWords(c), job.Status()
	told := apiJob{ID: job.ID, Title: jobLine(words, job.Title), State: string(status.State), Done: status.Done, Total: status.Total,
		Verdict: []string{}, File: status.File, FileSize: status.Size}
	for _, one := range status.Verdict {
		told.Verdict = append(told.Verdict, jobLine(words, one))
	}
	if status.Err != nil {
		told.Problem = sentence(words, failure.As(status.Err))
	}
	if status.State.Final() {
		told.Ends = status.Ends.UTC().Format(time.RFC3339)
	}
	return told
}
