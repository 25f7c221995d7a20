package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// Documents is what the pages about existing papers need of the store.
type Documents interface {
	// Documents lists all documents, the newest first.
	Documents(ctx context.Context) ([]store.Kept[baseline.Document], error)
	// Document returns one; failure.NotFound.
	Document(ctx context.Context, id string) (store.Kept[baseline.Document], error)
	// SaveDocument adds one where seen is 0, else changes it; failure.Conflict,
	// failure.NotFound.
	SaveDocument(ctx context.Context, entry account.Entry, seen int, d baseline.Document) (id string, err error)
	// RemoveDocument removes one; failure.Conflict, failure.NotFound.
	RemoveDocument(ctx context.Context, entry account.Entry, seen int, id string) error
}

const documentsPath = conceptPath + "/documents"

// documentRoutes lists the pages about existing papers.
func (s *Server) documentRoutes() []route {
	list := route{method: http.MethodGet, path: documentsPath, permission: account.ReadResults, handler: s.desk.csrf(s.papers)}
	return append([]route{list}, registerRoutes(s, register[baseline.Document]{
		path: documentsPath, one: s.desk.Office.Document, save: s.desk.Office.SaveDocument, remove: s.desk.Office.RemoveDocument,
		area: func(d *baseline.Document) string { return d.Area }, id: func(d *baseline.Document) string { return d.ID },
		page: s.paperEntry, read: s.readPaper,
		begin: func(echo.Context) (baseline.Document, error) { return baseline.Document{}, nil },
	})...)
}

// papers lists the documents.
func (s *Server) papers(c echo.Context) error {
	all, err := s.desk.Office.Documents(c.Request().Context())
	if err != nil {
		return err
	}
	l := listing{path: documentsPath, words: "documents.", input: "documents.input.", heads: []string{"title", "issuer", "year", "area", "fields", "note"}}
	page, part, user := s.list(c, l)
	f := page.deskFrame
	for at := range all {
		d := &all[at].Entry
		if !s.reaches(user, d.Area) {
			continue
		}
		row := registerRow{Name: d.Title, Address: d.Link, Cells: []string{d.Issuer, yearOf(d), s.areaName(f.Localizer, d.Area),
			joinedWords(d.Fields, func(key string) string { return s.fieldName(f.Localizer, key) }), d.Note}}
		if s.mayConcept(user)(d.Area) {
			row.Links = []waveLink{{Address: documentsPath + "/of/" + d.ID + f.Query, Name: f.T("offers.change")}}
		}
		part.Rows = append(part.Rows, row)
	}
	return s.listed(c, l, page, part)
}

// yearOf is a document's year in figures, "" where it is unknown. Years have no
// thousands point.
func yearOf(d *baseline.Document) string {
	if d.Year == 0 {
		return ""
	}
	return strconv.Itoa(d.Year)
}

// paperEntry is the form of a document.
func (s *Server) paperEntry(c echo.Context, d *baseline.Document, revision int) (*entryPage, error) {
	f := s.deskFrame(c, "documents.change_title")
	user, _ := visitor(c)
	page := &entryPage{deskFrame: f, Save: f.T("offers.save"), Lost: f.T("documents.lost", "title", d.Title),
		Back: waveLink{Address: documentsPath + f.Query, Name: f.T("documents.back")}}
	if revision == 0 {
		page.Title = f.T("documents.add")
	}
	page.Inputs = labelled(f, "documents.", []formInput{
		{Name: "title", Kind: lineInput, Value: d.Title, Required: true, Limit: 2 * baseline.MaxTitle},
		{Name: "issuer", Kind: lineInput, Value: d.Issuer, Limit: baseline.MaxTitle},
		{Name: "year", Kind: numberInput, Value: yearOf(d)},
		{Name: "area", Kind: chooseInput, Options: s.conceptAreas(user, f.T("desk.area.all"), d.Area)},
		{Name: "fields", Kind: tickInput, Options: s.fieldOptions(f.Localizer, "", d.Fields...)},
		{Name: "link", Kind: linkInput, Value: d.Link, Limit: baseline.MaxText},
		{Name: "note", Kind: wordsInput, Value: d.Note, Limit: baseline.MaxText},
	})
	return page, nil
}

func (s *Server) readPaper(_ context.Context, form url.Values, d baseline.Document) (baseline.Document, error) {
	d.Title, d.Issuer, d.Area, d.Fields = tidyWords(form.Get("title")), tidyWords(form.Get("issuer")), form.Get("area"), form["fields"]
	d.Link, d.Note, d.Year = strings.TrimSpace(form.Get("link")), strings.TrimSpace(form.Get("note")), 0
	if text := strings.TrimSpace(response.Digits(form.Get("year"))); text != "" {
		year, err := strconv.Atoi(text)
		if err != nil {
			year = -1 // none: Check says so
		}
		d.Year = year
	}
	return d, d.Check(s.isArea, s.isField)
}
