package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/store"
)

// Measures is what the pages about measures need of the store.
type Measures interface {
	// Measures lists all measures, those that are due first before others.
	Measures(ctx context.Context) ([]store.Kept[baseline.Measure], error)
	// Measure returns one; failure.NotFound.
	Measure(ctx context.Context, id string) (store.Kept[baseline.Measure], error)
	// SaveMeasure adds one where seen is 0, else changes it; failure.Conflict,
	// failure.NotFound.
	SaveMeasure(ctx context.Context, entry account.Entry, seen int, m baseline.Measure) (id string, err error)
	// RemoveMeasure removes one; failure.Conflict, failure.NotFound.
	RemoveMeasure(ctx context.Context, entry account.Entry, seen int, id string) error
}

const measuresPath = conceptPath + "/measures"

// measureRoutes lists the pages about measures.
func (s *Server) measureRoutes() []route {
	list := route{method: http.MethodGet, path: measuresPath, permission: account.ReadResults, handler: s.desk.csrf(s.measures)}
	return append([]route{list}, registerRoutes(s, register[baseline.Measure]{
		path: measuresPath, one: s.desk.Office.Measure, save: s.desk.Office.SaveMeasure, remove: s.desk.Office.RemoveMeasure,
		area: func(m *baseline.Measure) string { return m.Area }, id: func(m *baseline.Measure) string { return m.ID },
		page: s.measureEntry, begin: s.newMeasure, read: s.readMeasure,
	})...)
}

// measures lists the measures by status and by when they are due.
func (s *Server) measures(c echo.Context) error {
	all, err := s.desk.Office.Measures(c.Request().Context())
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	f := s.deskFrame(c, "measures.title")
	page := &registerPage{deskFrame: f, Done: doneWord(c, f.Localizer), Lead: []string{f.T("measures.lead")}, At: measuresPath, Button: f.T("offers.filter")}
	if user.Has(account.ManageConcept) {
		page.Actions = []waveLink{{Address: measuresPath + "/new" + f.Query, Name: f.T("measures.add")}}
	}
	field, area, audience := c.QueryParam("field"), c.QueryParam("area"), c.QueryParam("audience")
	page.Filter = s.offerFilter(c, f.Localizer, user)[1:]
	shown := slices.DeleteFunc(all, func(one store.Kept[baseline.Measure]) bool {
		m := &one.Entry
		return !s.reaches(user, m.Area) || field != "" && m.Field != field || audience != "" && m.Audience != "" && m.Audience != audience ||
			!s.touches(area, m.Area)
	})
	// What has no day comes after what has one.
	slices.SortStableFunc(shown, func(a, b store.Kept[baseline.Measure]) int {
		return strings.Compare(dueOrder(a.Entry.Due), dueOrder(b.Entry.Due))
	})
	for _, status := range baseline.MeasureStatuses() {
		part := registerPart{ID: "status-" + string(status), Title: f.T("measures.status." + string(status)), Head: s.measureHead(f)}
		for at := range shown {
			if m := &shown[at].Entry; m.Status == status {
				part.Rows = append(part.Rows, s.measureRow(f, user, m))
			}
		}
		if len(part.Rows) > 0 {
			page.Parts = append(page.Parts, part)
		}
	}
	if len(page.Parts) == 0 {
		page.Parts = []registerPart{{None: f.T("measures.none")}}
	}
	return s.page(c, http.StatusOK, "desk-register", page)
}

func dueOrder(day string) string {
	if day == "" {
		return "9999"
	}
	return day
}

func (s *Server) measureHead(f *deskFrame) []string {
	var head []string
	for _, key := range []string{"title", "gap", "responsible", "due", "steps", "effect"} {
		head = append(head, f.T("measures.input."+key))
	}
	return head
}

func (s *Server) measureRow(f *deskFrame, user account.User, m *baseline.Measure) registerRow {
	gap := []string{s.fieldName(f.Localizer, m.Field), s.areaName(f.Localizer, m.Area)}
	if m.Audience != "" {
		gap = append(gap, f.T("offers.audience."+m.Audience))
	}
	due := f.Date(m.Due)
	if m.Overdue(s.today()) {
		due = f.T("measures.overdue", "day", due)
	}
	steps := ""
	if len(m.Steps) > 0 {
		steps = f.T("measures.steps_done", "done", f.Number(float64(m.Done()), 0), "all", f.Number(float64(len(m.Steps)), 0))
	}
	effect := strings.Join(slices.DeleteFunc([]string{m.Indicator, m.Question}, func(text string) bool { return text == "" }), ", ")
	row := registerRow{Name: m.Title, Cells: []string{strings.Join(gap, " · "), m.Responsible, due, steps, effect}}
	if s.mayConcept(user)(m.Area) {
		row.Address = measuresPath + "/of/" + m.ID + f.Query
	}
	return row
}

// newMeasure is a measure for the gap that the address names by field, area and
// audience, or one that an offer goes on with.
func (s *Server) newMeasure(c echo.Context) (baseline.Measure, error) {
	m := baseline.Measure{Field: c.QueryParam("field"), Area: c.QueryParam("area"), Audience: c.QueryParam("audience"), Status: baseline.MeasureNew}
	if id := c.QueryParam("offer"); id != "" {
		one, err := s.desk.Office.Offer(c.Request().Context(), id)
		if err != nil {
			return m, err
		}
		m.Offer, m.Status, m.Title = one.Entry.ID, baseline.MeasureContinue, one.Entry.Title
	}
	return m, nil
}

// measureEntry is the form of a measure, of a new one where its revision is 0.
func (s *Server) measureEntry(c echo.Context, m *baseline.Measure, revision int) (*entryPage, error) {
	f := s.deskFrame(c, "measures.change_title")
	page := &entryPage{deskFrame: f, Save: f.T("offers.save"), Lost: f.T("measures.lost", "title", m.Title),
		Back: waveLink{Address: measuresPath + f.Query, Name: f.T("measures.back")}}
	if revision == 0 {
		page.Title = f.T("measures.add")
	}
	offers, err := s.shownOffers(c, false)
	if err != nil {
		return nil, err
	}
	book, err := s.book(c)
	if err != nil {
		return nil, err
	}
	questions, err := s.questionOptions(c, f.Localizer, m)
	if err != nil {
		return nil, err
	}
	page.Inputs = s.measureInputs(c, f, m, offers, s.indicatorOptions(f.Localizer, book, m), questions)
	return page, nil
}

func (s *Server) measureInputs(c echo.Context, f *deskFrame, m *baseline.Measure, offers []store.Kept[baseline.Offer], indicators, questions []option) []formInput {
	user, _ := visitor(c)
	var steps []string
	for _, step := range m.Steps {
		sign := ""
		if step.Done {
			sign = stepDone
		}
		steps = append(steps, sign+step.Text)
	}
	going := []option{{"", f.T("measures.no_offer"), m.Offer == ""}}
	for _, one := range offers {
		going = append(going, option{one.Entry.ID, one.Entry.Title + " (" + one.Entry.Provider + ")", one.Entry.ID == m.Offer})
	}
	inputs := []formInput{
		{Name: "title", Kind: lineInput, Value: m.Title, Required: true, Limit: baseline.MaxTitle},
		{Name: "field", Kind: chooseInput, Options: s.fieldOptions(f.Localizer, "", m.Field)},
		{Name: "area", Kind: chooseInput, Options: s.conceptAreas(user, f.T("desk.area.all"), m.Area)},
		{Name: "audience", Kind: chooseInput, Options: keyOptions(f.Localizer, "offers.audience.", f.T("offers.every_audience"), baseline.Audiences(), m.Audience)},
		{Name: "reason", Kind: wordsInput, Value: m.Reason, Limit: baseline.MaxText},
		{Name: "responsible", Kind: lineInput, Value: m.Responsible, Required: true, Limit: baseline.MaxTitle},
		{Name: "steps", Kind: wordsInput, Value: strings.Join(steps, "\n")},
		{Name: "due", Kind: dayInput, Value: m.Due},
		{Name: "status", Kind: chooseInput, Options: keyOptions(f.Localizer, "measures.status.", "", baseline.MeasureStatuses(), string(m.Status))},
		{Name: "offer", Kind: chooseInput, Options: going},
		{Name: "indicator", Kind: chooseInput, Options: indicators},
		{Name: "question", Kind: chooseInput, Options: questions},
	}
	return labelled(f, "measures.", inputs)
}

// stepDone begins the line of a step that is done.
const stepDone = "x "

// labelled gives inputs the labels and hints that stand under a prefix.
func labelled(f *deskFrame, prefix string, inputs []formInput) []formInput {
	for at := range inputs {
		one := &inputs[at]
		one.Label = f.T(prefix + "input." + one.Name)
		if hint := prefix + "hint." + one.Name; f.T(hint) != hint {
			one.Hint = f.T(hint)
		}
	}
	return inputs
}

// readMeasure reads the form into a measure that has the rest already.
func (s *Server) readMeasure(ctx context.Context, form url.Values, m baseline.Measure) (baseline.Measure, error) {
	goesOn := m.Offer
	m.Title, m.Reason, m.Responsible = tidyWords(form.Get("title")), strings.TrimSpace(form.Get("reason")), tidyWords(form.Get("responsible"))
	m.Field, m.Area, m.Audience, m.Due = form.Get("field"), form.Get("area"), form.Get("audience"), form.Get("due")
	m.Status, m.Offer = baseline.MeasureStatus(form.Get("status")), form.Get("offer")
	m.Indicator, m.Question = strings.TrimSpace(form.Get("indicator")), strings.TrimSpace(form.Get("question"))
	m.Steps = nil
	for _, line := range linesOf(form.Get("steps")) {
		text, done := strings.CutPrefix(line, stepDone)
		m.Steps = append(m.Steps, baseline.Step{Text: strings.TrimSpace(text), Done: done})
	}
	if err := m.Check(s.isArea, s.isField); err != nil || m.Offer == "" || m.Offer == goesOn {
		return m, err
	}
	_, err := s.desk.Office.Offer(ctx, m.Offer)
	return m, err
}
