package server

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/report"
	"bedarfslotse/internal/store"
)

// GuidingQuestions is what the pages of the guiding questions need of the store,
// beside what the other pages of the concept read.
type GuidingQuestions interface {
	// Notes lists all notes, the newest first.
	Notes(ctx context.Context) ([]store.Kept[baseline.Note], error)
	// Note returns one; failure.NotFound.
	Note(ctx context.Context, id string) (store.Kept[baseline.Note], error)
	// SaveNote adds one where seen is 0, else changes it; failure.Conflict,
	// failure.NotFound.
	SaveNote(ctx context.Context, entry account.Entry, seen int, n baseline.Note) (id string, err error)
	// RemoveNote removes one; failure.Conflict, failure.NotFound.
	RemoveNote(ctx context.Context, entry account.Entry, seen int, id string) error
	// Concepts lists the records of concepts.
	Concepts(ctx context.Context) ([]store.Kept[baseline.Concept], error)
	// Concept returns that of an area; failure.NotFound.
	Concept(ctx context.Context, area string) (store.Kept[baseline.Concept], error)
	// SaveConcept adds that of an area where seen is 0, else changes it;
	// failure.Conflict, failure.NotFound.
	SaveConcept(ctx context.Context, entry account.Entry, seen int, c baseline.Concept) (area string, err error)
	// RemoveConcept removes that of an area; failure.Conflict, failure.NotFound.
	RemoveConcept(ctx context.Context, entry account.Entry, seen int, area string) error
	// OwnWords returns the municipality's own answers for an area.
	OwnWords(ctx context.Context, area string) ([]store.Kept[baseline.OwnWords], error)
	// SaveOwnWords stores one; failure.Conflict, failure.NotFound.
	SaveOwnWords(ctx context.Context, entry account.Entry, seen int, w baseline.OwnWords) error
	// ReleaseDays returns the days of the newest releases by the waves' ids.
	ReleaseDays(ctx context.Context) (map[string]string, error)
}

const questionsPath = conceptPath + "/questions"

// questionRoutes lists the pages of the guiding questions, and of the registers that
// only they read.
func (s *Server) questionRoutes() []route {
	csrf, read := s.desk.csrf, account.ReadResults
	about := func(c echo.Context) (account.Subject, error) { return account.Subject{Area: c.FormValue("area")}, nil }
	return slices.Concat([]route{
		{method: http.MethodGet, path: questionsPath, permission: read, handler: csrf(s.questions)},
		{method: http.MethodGet, path: questionsPath + "/:number", permission: read, handler: csrf(s.question)},
		{method: http.MethodPost, path: questionsPath + "/:number", permission: account.ManageConcept, about: about, handler: csrf(s.answerQuestion)},
	}, s.noteRoutes(), s.conceptRecordRoutes())
}

// questionTabs lead to the pages of the guiding questions.
func questionTabs(f *deskFrame, path string) []waveLink {
	return here([]waveLink{{Address: questionsPath + f.Query, Name: f.T("questions.tab.questions")}, {Address: notesPath + f.Query, Name: f.T("questions.tab.notes")},
		{Address: recordPath + f.Query, Name: f.T("questions.tab.record")}}, path)
}

// questionArea is the area that the pages are about: the one that the address names,
// or the visitor's. failure.Forbidden where nothing of it is shown to them.
func (s *Server) questionArea(c echo.Context) (string, error) {
	user, _ := visitor(c)
	area := s.chosenArea(c, user).Key
	if area != "" && !s.reaches(user, area) {
		return "", failure.New(failure.Forbidden, "error.forbidden")
	}
	return area, nil
}

// questionAreas offers the areas whose evidence is shown to somebody.
func (s *Server) questionAreas(user account.User, f *deskFrame, chosen string) formInput {
	input := formInput{Name: "area", Label: f.T("offers.input.area")}
	for _, one := range s.shownAreas(user) {
		input.Options = append(input.Options, option{one.Key, s.areaPath(one), one.Key == chosen})
	}
	return input
}

// questions shows how far each question is answered for an area.
func (s *Server) questions(c echo.Context) error {
	area, err := s.questionArea(c)
	if err != nil {
		return err
	}
	f := s.deskFrame(c, "questions.title")
	e, err := s.gather(c, f, area)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := &questionsPage{deskFrame: f, Tabs: questionTabs(f, questionsPath), At: questionsPath, Filter: s.questionAreas(user, f, area), Name: s.areaName(f.Localizer, area)}
	for number := 1; number <= baseline.GuidingQuestions; number++ {
		page.Questions = append(page.Questions, e.answered(number))
	}
	return s.page(c, http.StatusOK, "desk-questions", page)
}

// questionsPage shows the questions for an area.
type questionsPage struct {
	*deskFrame
	Tabs      []waveLink
	Filter    formInput
	At        string // path of the page
	Name      string // of the area
	Questions []answeredQuestion
}

// answeredQuestion says how far a question is answered.
type answeredQuestion struct {
	Name, Address  string
	Found, Written string // how much evidence there is, and whether own words
	Lacks          string // evidence that is missing, in words, "" for none
}

// answered is a question in the overview.
func (e *questionEvidence) answered(number int) answeredQuestion {
	count, missing := 0, []string{}
	for _, part := range e.parts(number) {
		if count += part.Count; part.Missing() {
			missing = append(missing, part.Title)
		}
	}
	return answeredQuestion{Name: e.f.T("questions.line.numbered", "number", e.number(number), "question", e.f.T("questions.question."+strconv.Itoa(number))),
		Address: questionsPath + "/" + strconv.Itoa(number) + e.query(), Found: e.f.N("questions.found", count), Written: e.written(number), Lacks: strings.Join(missing, "; ")}
}

// written says whether the municipality has answered a question in its own words.
func (e *questionEvidence) written(number int) string {
	words, known := e.words[number]
	if !known || words.Entry.Text == "" {
		return e.f.T("questions.unwritten")
	}
	return e.f.T("questions.written", "author", words.Entry.Author, "day", e.f.Date(words.Entry.Day))
}

// questionPage gathers what is known of one question.
type questionPage struct {
	*deskFrame
	Tabs       []waveLink
	Done       string
	Problem    string
	Hint       string // what belongs into the answer
	Filter     formInput
	At         string // path of the page
	Area, Name string // key and name of the area
	Parts      []evidencePart
	Missing    []string
	Sources    []evidenceLine
	Words      template.HTML // "" for none
	Written    string
	May        bool // write
	Text       string
	Revision   int
	Limit      int
	AddNote    string
	Earlier    *waveLink
	Later      *waveLink
}

// guidingNumber is the question that the address names; failure.NotFound.
func guidingNumber(c echo.Context) (int, error) {
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil || !baseline.IsGuidingQuestion(number) {
		return 0, failure.New(failure.NotFound, "error.not_found")
	}
	return number, nil
}

// question shows the evidence for one question and the municipality's answer.
func (s *Server) question(c echo.Context) error {
	number, err := guidingNumber(c)
	if err != nil {
		return err
	}
	area, err := s.questionArea(c)
	if err != nil {
		return err
	}
	page, err := s.questionPage(c, number, area)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-question", page)
}

func (s *Server) questionPage(c echo.Context, number int, area string) (*questionPage, error) {
	f := s.deskFrame(c, "questions.question."+strconv.Itoa(number))
	e, err := s.gather(c, f, area)
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	page := &questionPage{deskFrame: f, Tabs: questionTabs(f, questionsPath), Done: doneWord(c, f.Localizer), Hint: f.T("questions.hint." + strconv.Itoa(number)),
		Filter: s.questionAreas(user, f, area), At: questionsPath + "/" + strconv.Itoa(number), Area: area, Name: s.areaName(f.Localizer, area),
		Parts: e.parts(number), Written: e.written(number), May: s.mayConcept(user)(area), Limit: baseline.MaxWords}
	for _, part := range page.Parts {
		if part.Missing() {
			page.Missing = append(page.Missing, part.Title)
		}
		page.Sources = withSources(page.Sources, part.Lines)
	}
	words := e.words[number]
	page.Text, page.Revision = words.Entry.Text, words.Revision
	if words.Entry.Text != "" {
		page.Words = report.Markup(words.Entry.Text, f.Localizer)
	}
	if page.May {
		page.AddNote = notesPath + "/new" + e.query() + "&question=" + strconv.Itoa(number)
	}
	beside := func(number int) *waveLink {
		if !baseline.IsGuidingQuestion(number) {
			return nil
		}
		return &waveLink{Address: questionsPath + "/" + strconv.Itoa(number) + e.query(), Name: f.T("questions.question." + strconv.Itoa(number))}
	}
	page.Earlier, page.Later = beside(number-1), beside(number+1)
	return page, nil
}

// withSources adds the sources of lines to a list, each once with its latest day.
func withSources(list, lines []evidenceLine) []evidenceLine {
	for _, line := range lines {
		at := slices.IndexFunc(list, func(one evidenceLine) bool { return one.Source == line.Source })
		switch {
		case line.Source == "":
		case at < 0:
			list = append(list, evidenceLine{Source: line.Source, Day: line.Day, When: line.When})
		case list[at].Day < line.Day:
			list[at].Day, list[at].When = line.Day, line.When
		}
	}
	return list
}

// answerQuestion stores the municipality's own words.
func (s *Server) answerQuestion(c echo.Context) error {
	number, err := guidingNumber(c)
	if err != nil {
		return err
	}
	area := c.FormValue("area")
	if !s.isArea(area) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	user, _ := visitor(c)
	words := baseline.OwnWords{Area: area, Question: number, Text: strings.TrimSpace(strings.ReplaceAll(c.FormValue("text"), "\r\n", "\n"))}
	seen, _ := strconv.Atoi(c.FormValue("revision")) // nothing or nonsense is a new answer
	wrong := words.Check(s.isArea)
	if seen < 1 && words.Text == "" {
		wrong = failure.New(failure.Invalid, "offers.problem.missing", "input", "text")
	}
	if wrong == nil {
		wrong = s.desk.Office.SaveOwnWords(c.Request().Context(), account.Entry{Actor: user.Name, Area: area}, max(seen, 0), words)
	}
	if wrong == nil {
		return goOn(c, questionsPath+"/"+strconv.Itoa(number)+"?area="+url.QueryEscape(area), "saved")
	}
	failed := failure.As(wrong)
	if failed == nil || failed.Code != failure.Invalid && failed.Code != failure.Conflict {
		return wrong
	}
	page, err := s.questionPage(c, number, area)
	if err != nil {
		return err
	}
	// What was typed stays, on top of what somebody else has written meanwhile.
	page.Problem, page.Text = sentence(page.Localizer, failed), words.Text
	return s.page(c, status(failed.Code), "desk-question", page)
}
