package server

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/xlsform"
)

// apiSurvey is a survey that a wave can be opened with.
type apiSurvey struct {
	ID        string            `json:"id"`
	Version   string            `json:"version"`
	Hash      string            `json:"hash" doc:"SHA-256 of the content."`
	Origin    string            `json:"origin" enum:"shipped,own"`
	Title     map[string]string `json:"title" doc:"By language."`
	Audience  string            `json:"audience"`
	Languages []string          `json:"languages" doc:"The source first."`
}

// apiFullSurvey is a survey with its content.
type apiFullSurvey struct {
	apiSurvey
	Document *survey.Survey `json:"document"`
}

// apiWorking is a survey at which somebody works.
type apiWorking struct {
	ID        string            `json:"id"`
	Survey    string            `json:"survey" doc:"Id of the survey; versions of it are found under it."`
	Area      string            `json:"area" doc:"Whose it is; empty for all."`
	Revision  int64             `json:"revision" doc:"Grows with every change."`
	Version   string            `json:"version" doc:"That was fixed last; empty before the first."`
	Title     map[string]string `json:"title" doc:"By language."`
	Audience  string            `json:"audience"`
	Questions int               `json:"questions"`
	Languages []string          `json:"languages" doc:"The source first."`
	Author    string            `json:"author" doc:"Of the last change."`
	Stored    string            `json:"stored" doc:"When it was changed last, RFC 3339."`
}

// apiFullWorking is a working copy with its content.
type apiFullWorking struct {
	apiWorking
	Document *survey.Survey `json:"document"`
}

// apiFinding is one thing that is wrong with a survey, or advice.
type apiFinding struct {
	Severity string `json:"severity" enum:"error,warning,hint"`
	Key      string `json:"key"`
	Text     string `json:"text" doc:"What is wrong and how to mend it."`
	Sheet    string `json:"sheet"`
	Line     int    `json:"line" doc:"Line, or row of a sheet, from 1; 0 where it is not known."`
	Column   int    `json:"column"`
}

// apiVerdict is what checking a survey finds.
type apiVerdict struct {
	Usable   bool         `json:"usable"`
	Findings []apiFinding `json:"findings"`
}

// apiCopyRequest asks for a working copy of another survey.
type apiCopyRequest struct {
	Source string `json:"source" need:"yes" length:"200" doc:"Id of a working copy, or shipped: and the id of a shipped survey."`
	Area   string `json:"area" length:"100" doc:"Whose the copy is; empty for all."`
	Title  string `json:"title" length:"500" doc:"In the source language; as it was when left out."`
}

// apiVersion is a version that was fixed.
type apiVersion struct {
	Survey  string `json:"survey"`
	Version string `json:"version"`
}

// surveyFiles are the media types that a survey can come and go in.
func surveyFiles() []string {
	return []string{"application/yaml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"}
}

func titlesOf(text survey.Text) map[string]string {
	titles := map[string]string{}
	for tag, phrase := range text {
		titles[tag] = phrase.Text
	}
	return titles
}

// surveyOperations lists what programs may ask about surveys that waves can be
// opened with.
func (s *Server) surveyOperations() []operation {
	of := func(method, path, id, summary string) operation {
		return operation{id: id, room: "Surveys", summary: summary,
			route: route{method: method, path: apiPath + path, permission: account.TranslateSurveys, scope: account.ReadSurveysScope}}
	}
	list := of("", "/surveys", "listSurveys", "Surveys that a wave can be opened with, by id")
	list.query = pages()
	check := of(http.MethodPost, "/surveys/check", "checkSurvey", "Check a survey in a file; nothing is stored")
	check.files, check.limit, check.wrong = surveyFiles(), importLimit, []int{http.StatusUnsupportedMediaType}
	file := of(http.MethodGet, "/surveys/:id/file", "readSurveyFile", "A survey as a file, with all languages and their states")
	file.query, file.status, file.sends = []queryParameter{mandatory(textParameter("as", "Kind of file.", "yaml", "xlsx", "zip"))}, http.StatusOK, surveyFiles()
	file.run = func(c echo.Context) error {
		version, err := s.versionNamed(c)
		if err != nil {
			return err
		}
		return s.sendSurvey(c, version.Survey)
	}
	return []operation{reads(list, s.apiSurveys), changes(check, http.StatusOK, s.apiCheck),
		reads(of("", "/surveys/:id", "readSurvey", "A survey with its content"), s.apiSurvey), file}
}

func describeSurvey(version *survey.Version, origin string) apiSurvey {
	return describeHeading(store.Heading{ID: version.ID, Version: version.Survey.Version, Hash: version.Hash, Audience: version.Audience,
		Title: version.Title, Languages: version.Languages}, origin)
}

func describeHeading(one store.Heading, origin string) apiSurvey {
	return apiSurvey{ID: one.ID, Version: one.Version, Hash: one.Hash, Origin: origin, Title: titlesOf(one.Title),
		Audience: one.Audience, Languages: one.Languages}
}

func (s *Server) apiSurveys(c echo.Context) (apiList[apiSurvey], error) {
	imported, err := s.desk.Office.Headings(c.Request().Context())
	if err != nil {
		return apiList[apiSurvey]{}, err
	}
	var all []apiSurvey
	seen := map[string]bool{}
	for _, one := range imported {
		seen[one.ID] = true
		all = append(all, describeHeading(one, "own"))
	}
	shipped, err := s.desk.workshop.versions()
	if err != nil {
		return apiList[apiSurvey]{}, err
	}
	for _, version := range shipped {
		if !seen[version.ID] {
			all = append(all, describeSurvey(version, "shipped"))
		}
	}
	slices.SortFunc(all, func(a, b apiSurvey) int { return strings.Compare(a.ID, b.ID) })
	return paged(c, all, func(one apiSurvey) string { return one.ID }), nil
}

// versionNamed returns the newest content of the survey that the address names;
// failure.NotFound.
func (s *Server) versionNamed(c echo.Context) (*survey.Version, error) {
	version, err := s.findSurvey(c.Request().Context(), c.Param("id"))
	if failure.CodeOf(err) == failure.Invalid {
		err = failure.New(failure.NotFound, "error.unknown_survey", "survey", c.Param("id"))
	}
	return version, err
}

func (s *Server) apiSurvey(c echo.Context) (apiFullSurvey, error) {
	version, err := s.versionNamed(c)
	if err != nil {
		return apiFullSurvey{}, err
	}
	shipped, err := s.desk.workshop.versions()
	if err != nil {
		return apiFullSurvey{}, err
	}
	origin := "own"
	if slices.Contains(shipped, version) {
		origin = "shipped"
	}
	return apiFullSurvey{describeSurvey(version, origin), version.Survey}, nil
}

// sentSurvey reads a survey from a body that is a file. What the file is, its
// bytes tell; the type only tells a workbook from text.
func (s *Server) sentSurvey(c echo.Context) (*survey.Survey, failure.Findings, error) {
	kind := strings.ToLower(strings.TrimSpace(strings.Split(c.Request().Header.Get(echo.HeaderContentType), ";")[0]))
	endings := map[string]string{surveyFiles()[0]: ".yaml", surveyFiles()[1]: ".xlsx", surveyFiles()[2]: ".zip"}
	ending, known := endings[kind]
	if !known {
		return nil, nil, refuse(http.StatusUnsupportedMediaType, "api.body.kind", "kinds", strings.Join(surveyFiles(), ", "))
	}
	content, err := bodyOf(c)
	if err != nil {
		return nil, nil, err
	}
	made, findings := xlsform.ReadAny("survey"+ending, content, xlsform.Options{Known: s.known()})
	return made, findings, nil
}

func (s *Server) apiCheck(c echo.Context, _ nothing) (apiVerdict, error) {
	made, findings, err := s.sentSurvey(c)
	if err != nil {
		return apiVerdict{}, err
	}
	verdict := apiVerdict{Usable: made != nil && !findings.Fatal(), Findings: make([]apiFinding, len(findings))}
	for i, text := range findingLines(s.deskWords(c), findings, nil) {
		one := findings[i]
		verdict.Findings[i] = apiFinding{string(one.Severity), one.Key, strings.TrimSpace(text.Text + " " + text.Cure), one.Sheet, one.Line, one.Column}
	}
	return verdict, nil
}

// workingOperation begins an operation about one working copy.
func (s *Server) workingOperation(method, path, id, summary string, permission account.Permission) operation {
	o := operation{id: id, room: "Working copies", summary: summary,
		route: route{method: method, path: apiPath + "/workings/:id" + path, permission: permission, about: s.aboutWorking, scope: account.ReadSurveysScope}}
	if permission == account.EditSurveys {
		o.scope, o.wrong = account.WriteSurveysScope, []int{http.StatusConflict}
		o.matches = func(c echo.Context) (any, error) { return s.apiWorking(c) }
	}
	return o
}

// workingOperations lists what programs may ask about working copies.
func (s *Server) workingOperations() []operation {
	const see, edit = account.TranslateSurveys, account.EditSurveys
	list := operation{id: "listWorkings", room: "Working copies", summary: "The working copies of the token's areas", query: pages(),
		route: route{path: apiPath + "/workings", permission: see, scope: account.ReadSurveysScope}}
	add := operation{id: "importWorking", room: "Working copies", summary: "Make a working copy of a file", files: surveyFiles(), located: true,
		query: []queryParameter{textParameter("area", "Whose it is; empty for all.")}, wrong: []int{http.StatusConflict, http.StatusUnsupportedMediaType},
		route: route{method: http.MethodPost, path: apiPath + "/workings", permission: edit, about: aboutQuery, scope: account.WriteSurveysScope, limit: importLimit}}
	twin := operation{id: "copyWorking", room: "Working copies", summary: "Make a working copy of another survey", located: true, wrong: []int{http.StatusConflict, http.StatusNotFound},
		route: route{method: http.MethodPost, path: apiPath + "/workings/copies", permission: edit, about: aboutBody, scope: account.WriteSurveysScope}}
	replace := s.workingOperation(http.MethodPut, "", "replaceWorking", "Replace the content by that of a file; the history keeps what was", edit)
	replace.files, replace.limit, replace.wrong = surveyFiles(), importLimit, []int{http.StatusConflict, http.StatusUnsupportedMediaType}
	file := s.workingOperation(http.MethodGet, "/file", "readWorkingFile", "A working copy as a file, with all languages and their states", see)
	file.query, file.status, file.sends, file.run = []queryParameter{mandatory(textParameter("as", "Kind of file.", "yaml", "xlsx", "zip"))}, http.StatusOK, surveyFiles(), s.surveyFile
	return []operation{
		reads(list, s.apiWorkings),
		changes(add, http.StatusCreated, s.apiImportWorking),
		changes(twin, http.StatusCreated, s.apiCopyWorking),
		reads(s.workingOperation("", "", "readWorking", "A working copy with its content", see), s.apiWorking),
		file,
		changes(replace, http.StatusOK, s.apiReplace),
		s.travels("undo", "Take the last step back", func(ctx context.Context, actor string, w *store.Working) (*store.Working, error) {
			return s.desk.Office.UndoWorking(ctx, actor, w.ID, w.Revision)
		}),
		s.travels("redo", "Do again what was taken back", func(ctx context.Context, actor string, w *store.Working) (*store.Working, error) {
			return s.desk.Office.RedoWorking(ctx, actor, w.ID, w.Revision)
		}),
		changes(s.workingOperation(http.MethodPost, "/versions", "fixWorking", "Fix the content as a version that waves can be opened with", edit), http.StatusCreated, s.apiFixWorking),
		changes(s.workingOperation(http.MethodDelete, "", "deleteWorking", "Delete a working copy with its history; versions stay with their waves", edit), http.StatusNoContent, s.apiDeleteWorking),
	}
}

// travels makes an operation that goes a step back or forth in the history.
func (s *Server) travels(word, summary string, step func(context.Context, string, *store.Working) (*store.Working, error)) operation {
	o := s.workingOperation(http.MethodPost, "/"+word, word+"Working", summary, account.EditSurveys)
	return changes(o, http.StatusOK, func(c echo.Context, _ nothing) (apiFullWorking, error) {
		w, err := s.working(c)
		if err != nil {
			return apiFullWorking{}, err
		}
		user, _ := visitor(c)
		w, err = step(c.Request().Context(), user.Name, w)
		return describeWorking(w), err
	})
}

func (s *Server) apiImportWorking(c echo.Context, _ nothing) (apiFullWorking, error) {
	made, findings, err := s.sentSurvey(c)
	if err == nil && (made == nil || findings.Fatal()) {
		err = fatal(findings)
	}
	return s.apiStored(c, c.QueryParam("area"), made, err)
}

func (s *Server) apiCopyWorking(c echo.Context, in apiCopyRequest) (apiFullWorking, error) {
	of, err := s.copied(c, in.Source)
	if err != nil {
		return apiFullWorking{}, err
	}
	made := of.Clone()
	if title := strings.TrimSpace(in.Title); title != "" {
		made.SetText(&made.Title, made.Language, title)
	}
	return s.apiStored(c, in.Area, made, nil)
}

func (s *Server) apiFixWorking(c echo.Context, _ nothing) (apiVersion, error) {
	w, err := s.working(c)
	if err != nil {
		return apiVersion{}, err
	}
	user, _ := visitor(c)
	name, err := s.fix(c, w, user.Name, w.Revision)
	return apiVersion{w.SurveyID, name}, err
}

func (s *Server) apiDeleteWorking(c echo.Context, _ nothing) (nothing, error) {
	w, err := s.working(c)
	if err != nil {
		return nothing{}, err
	}
	user, _ := visitor(c)
	return nothing{}, s.desk.Office.DeleteWorking(c.Request().Context(), user.Name, w.ID, w.Revision)
}

func describeWorkingInfo(one store.WorkingInfo) apiWorking {
	return apiWorking{ID: one.ID, Survey: one.SurveyID, Area: one.Area, Revision: one.Revision, Version: one.Version, Title: titlesOf(one.Title), Audience: one.Audience,
		Questions: one.Questions, Languages: tagsOf(one.Languages), Author: one.Author, Stored: one.Stored}
}

func describeWorking(w *store.Working) apiFullWorking {
	if w == nil {
		return apiFullWorking{}
	}
	return apiFullWorking{describeWorkingInfo(w.WorkingInfo), w.Survey}
}

func (s *Server) apiWorkings(c echo.Context) (apiList[apiWorking], error) {
	own, err := s.desk.Office.Workings(c.Request().Context())
	if err != nil {
		return apiList[apiWorking]{}, err
	}
	user, _ := visitor(c)
	var all []apiWorking
	for _, one := range own {
		if user.May(account.TranslateSurveys, account.Subject{Area: one.Area}, s.desk.Areas.Contains) {
			all = append(all, describeWorkingInfo(one))
		}
	}
	return paged(c, all, func(one apiWorking) string { return one.ID }), nil
}

func (s *Server) apiWorking(c echo.Context) (apiFullWorking, error) {
	w, err := s.working(c)
	return describeWorking(w), err
}

// apiStored stores a new working copy, unless making it failed.
func (s *Server) apiStored(c echo.Context, area string, made *survey.Survey, err error) (apiFullWorking, error) {
	if err != nil {
		return apiFullWorking{}, err
	}
	if _, known := s.desk.Areas.Get(area); area != "" && !known {
		return apiFullWorking{}, failure.New(failure.Invalid, "error.unknown_area_chosen", "area", area)
	}
	w, err := s.storeSurvey(c, area, made)
	if err != nil {
		return apiFullWorking{}, err
	}
	c.Response().Header().Set(echo.HeaderLocation, apiPath+"/workings/"+w.ID)
	return describeWorking(w), nil
}

func (s *Server) apiReplace(c echo.Context, _ nothing) (apiFullWorking, error) {
	w, err := s.working(c)
	if err != nil {
		return apiFullWorking{}, err
	}
	made, findings, err := s.sentSurvey(c)
	if err == nil && (made == nil || findings.Fatal()) {
		err = fatal(findings)
	}
	if err != nil {
		return apiFullWorking{}, err
	}
	user, _ := visitor(c)
	w, err = s.desk.Office.ChangeWorking(c.Request().Context(), user.Name, w.ID, w.Revision, func(of *survey.Survey) error {
		id, version := of.ID, of.Version
		*of = *made
		of.ID, of.Version = id, version // it stays the same survey
		return nil
	})
	return describeWorking(w), err
}
