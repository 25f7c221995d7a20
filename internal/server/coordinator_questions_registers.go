package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
)

const (
	notesPath  = conceptPath + "/notes"
	recordPath = conceptPath + "/record"
)

// noteRoutes lists the pages about notes.
func (s *Server) noteRoutes() []route {
	list := route{method: http.MethodGet, path: notesPath, permission: account.ReadResults, handler: s.desk.csrf(s.notes)}
	return append([]route{list}, registerRoutes(s, register[baseline.Note]{
		path: notesPath, one: s.desk.Office.Note, save: s.desk.Office.SaveNote, remove: s.desk.Office.RemoveNote,
		area: func(n *baseline.Note) string { return n.Area }, id: func(n *baseline.Note) string { return n.ID },
		page: s.noteEntry, read: s.readNote,
		begin: func(c echo.Context) (baseline.Note, error) {
			n := baseline.Note{Area: c.QueryParam("area"), Day: s.today()}
			if number, err := strconv.Atoi(c.QueryParam("question")); err == nil && baseline.IsGuidingQuestion(number) {
				n.Questions = []int{number}
			}
			return n, nil
		},
	})...)
}

// notes lists the notes.
func (s *Server) notes(c echo.Context) error {
	all, err := s.desk.Office.Notes(c.Request().Context())
	if err != nil {
		return err
	}
	l := listing{path: notesPath, words: "questions.notes.", input: "questions.input.", heads: []string{"title", "kind", "day", "area", "fields", "questions", "text", "source"}}
	page, part, user := s.list(c, l)
	f := page.deskFrame
	page.Tabs = questionTabs(f, notesPath)
	for at := range all {
		n := &all[at].Entry
		if !s.reaches(user, n.Area) {
			continue
		}
		row := registerRow{Name: n.Title, Cells: []string{f.T("questions.kind." + string(n.Kind)), f.Date(n.Day), s.areaName(f.Localizer, n.Area),
			joinedWords(n.Fields, func(key string) string { return s.fieldName(f.Localizer, key) }), numbersOf(f.Localizer, n.Questions), n.Text, n.Source}}
		if s.mayConcept(user)(n.Area) {
			row.Links = []waveLink{{Address: notesPath + "/of/" + n.ID + f.Query, Name: f.T("offers.change")}}
		}
		part.Rows = append(part.Rows, row)
	}
	return s.listed(c, l, page, part)
}

// numbersOf writes numbers one after the other.
func numbersOf(words *i18n.Localizer, numbers []int) string {
	texts := make([]string, len(numbers))
	for at, number := range numbers {
		texts[at] = words.Number(float64(number), 0)
	}
	return strings.Join(texts, ", ")
}

// noteEntry is the form of a note.
func (s *Server) noteEntry(c echo.Context, n *baseline.Note, revision int) (*entryPage, error) {
	f := s.deskFrame(c, "questions.notes.change_title")
	user, _ := visitor(c)
	page := &entryPage{deskFrame: f, Save: f.T("offers.save"), Lost: f.T("questions.notes.lost", "title", n.Title), Lead: []string{f.T("questions.notes.private")},
		Back: waveLink{Address: notesPath + f.Query, Name: f.T("questions.notes.back")}}
	if revision == 0 {
		page.Title = f.T("questions.notes.add")
	}
	var questions []option
	for number := 1; number <= baseline.GuidingQuestions; number++ {
		key := strconv.Itoa(number)
		questions = append(questions, option{key, f.T("questions.line.numbered", "number", key, "question", f.T("questions.question."+key)), n.Says(number)})
	}
	page.Inputs = labelled(f, "questions.", []formInput{
		{Name: "kind", Kind: chooseInput, Options: keyOptions(f.Localizer, "questions.kind.", "", baseline.NoteKinds(), string(n.Kind))},
		{Name: "title", Kind: lineInput, Value: n.Title, Required: true, Limit: baseline.MaxTitle},
		{Name: "day", Kind: dayInput, Value: n.Day, Required: true},
		{Name: "area", Kind: chooseInput, Options: s.conceptAreas(user, f.T("desk.area.all"), n.Area)},
		{Name: "questions", Kind: tickInput, Options: questions},
		{Name: "text", Kind: wordsInput, Value: n.Text, Limit: baseline.MaxWords},
		{Name: "source", Kind: lineInput, Value: n.Source, Required: true, Limit: baseline.MaxTitle},
		{Name: "fields", Kind: tickInput, Options: s.fieldOptions(f.Localizer, "", n.Fields...)},
	})
	return page, nil
}

func (s *Server) readNote(_ context.Context, form url.Values, n baseline.Note) (baseline.Note, error) {
	n.Kind, n.Title, n.Day, n.Area = baseline.NoteKind(form.Get("kind")), tidyWords(form.Get("title")), form.Get("day"), form.Get("area")
	n.Fields, n.Text, n.Source = form["fields"], strings.TrimSpace(form.Get("text")), tidyWords(form.Get("source"))
	n.Questions = nil
	for _, text := range form["questions"] {
		number, _ := strconv.Atoi(text) // what is no number is 0, which no question has
		n.Questions = append(n.Questions, number)
	}
	slices.Sort(n.Questions)
	n.Questions = slices.Compact(n.Questions)
	return n, n.Check(s.isArea, s.isField)
}

// conceptRecordRoutes lists the pages about the records of concepts, one for each
// area.
func (s *Server) conceptRecordRoutes() []route {
	list := route{method: http.MethodGet, path: recordPath, permission: account.ReadResults, handler: s.desk.csrf(s.conceptRecords)}
	return append([]route{list}, registerRoutes(s, register[baseline.Concept]{
		path: recordPath, one: s.desk.Office.Concept, save: s.desk.Office.SaveConcept, remove: s.desk.Office.RemoveConcept,
		area: func(one *baseline.Concept) string { return one.Area }, id: func(one *baseline.Concept) string { return one.Area },
		page: s.conceptRecordEntry, read: s.readConceptRecord,
		begin: func(c echo.Context) (baseline.Concept, error) {
			return baseline.Concept{Area: c.QueryParam("area")}, nil
		},
	})...)
}

// conceptRecords lists the records.
func (s *Server) conceptRecords(c echo.Context) error {
	all, err := s.desk.Office.Concepts(c.Request().Context())
	if err != nil {
		return err
	}
	l := listing{path: recordPath, words: "questions.record.", input: "questions.input.", heads: []string{"area", "client", "ordered", "reference", "lead", "steering", "parent", "neighbours"}}
	page, part, user := s.list(c, l)
	f := page.deskFrame
	page.Tabs = questionTabs(f, recordPath)
	for at := range all {
		one := &all[at].Entry
		if !s.reaches(user, one.Area) {
			continue
		}
		row := registerRow{Name: s.areaName(f.Localizer, one.Area), Cells: []string{one.Client, f.Date(one.Ordered), one.Reference, one.Lead, one.Steering, one.Parent, one.Neighbours}}
		if s.mayConcept(user)(one.Area) {
			row.Links = []waveLink{{Address: recordPath + "/of/" + one.Area + f.Query, Name: f.T("offers.change")}}
		}
		part.Rows = append(part.Rows, row)
	}
	return s.listed(c, l, page, part)
}

// conceptRecordEntry is the form of a record. Its area stays what it was.
func (s *Server) conceptRecordEntry(c echo.Context, one *baseline.Concept, revision int) (*entryPage, error) {
	f := s.deskFrame(c, "questions.record.add")
	user, _ := visitor(c)
	page := &entryPage{deskFrame: f, Save: f.T("offers.save"), Lost: f.T("questions.record.lost", "area", s.areaName(f.Localizer, one.Area)),
		Back: waveLink{Address: recordPath + f.Query, Name: f.T("questions.record.back")}}
	inputs := []formInput{{Name: "area", Kind: chooseInput, Options: s.conceptAreas(user, "", one.Area)}}
	if revision != 0 {
		page.Title, inputs = f.T("questions.record.change_title", "area", s.areaName(f.Localizer, one.Area)), nil
	}
	page.Inputs = labelled(f, "questions.", append(inputs,
		formInput{Name: "client", Kind: lineInput, Value: one.Client, Required: true, Limit: baseline.MaxTitle},
		formInput{Name: "ordered", Kind: dayInput, Value: one.Ordered},
		formInput{Name: "reference", Kind: lineInput, Value: one.Reference, Limit: 2 * baseline.MaxTitle},
		formInput{Name: "lead", Kind: lineInput, Value: one.Lead, Limit: baseline.MaxTitle},
		formInput{Name: "steering", Kind: wordsInput, Value: one.Steering, Limit: baseline.MaxText},
		formInput{Name: "parent", Kind: lineInput, Value: one.Parent, Limit: 2 * baseline.MaxTitle},
		formInput{Name: "neighbours", Kind: wordsInput, Value: one.Neighbours, Limit: baseline.MaxText}))
	return page, nil
}

func (s *Server) readConceptRecord(ctx context.Context, form url.Values, one baseline.Concept) (baseline.Concept, error) {
	added := one.Area == ""
	if added {
		one.Area = form.Get("area")
	}
	one.Client, one.Ordered, one.Reference, one.Lead = tidyWords(form.Get("client")), form.Get("ordered"), tidyWords(form.Get("reference")), tidyWords(form.Get("lead"))
	one.Steering, one.Parent, one.Neighbours = strings.TrimSpace(form.Get("steering")), tidyWords(form.Get("parent")), strings.TrimSpace(form.Get("neighbours"))
	if err := one.Check(s.isArea); err != nil || !added {
		return one, err
	}
	_, err := s.desk.Office.Concept(ctx, one.Area)
	switch {
	case err == nil:
		return one, failure.New(failure.Invalid, "questions.problem.record", "input", "area")
	case failure.CodeOf(err) == failure.NotFound:
		return one, nil
	}
	return one, err
}
