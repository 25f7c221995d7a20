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
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// Stakeholders is what the pages about stakeholders need of the store. Only those
// see them who change the concept of the area.
type Stakeholders interface {
	// Stakeholders lists all stakeholders by name.
	Stakeholders(ctx context.Context) ([]store.Kept[baseline.Stakeholder], error)
	// Stakeholder returns one; failure.NotFound.
	Stakeholder(ctx context.Context, id string) (store.Kept[baseline.Stakeholder], error)
	// SaveStakeholder adds one where seen is 0, else changes it; failure.Conflict,
	// failure.NotFound.
	SaveStakeholder(ctx context.Context, entry account.Entry, seen int, one baseline.Stakeholder) (id string, err error)
	// RemoveStakeholder removes one; failure.Conflict, failure.NotFound.
	RemoveStakeholder(ctx context.Context, entry account.Entry, seen int, id string) error
}

const stakeholdersPath = conceptPath + "/stakeholders"

// stakeholderRoutes lists the pages about stakeholders.
func (s *Server) stakeholderRoutes() []route {
	change := account.ManageConcept
	pages := []route{
		{method: http.MethodGet, path: stakeholdersPath, permission: change, handler: s.desk.csrf(s.stakeholders)},
		{method: http.MethodGet, path: stakeholdersPath + "/charts/:picture", permission: change, handler: s.stakeholderPicture},
	}
	return append(pages, registerRoutes(s, register[baseline.Stakeholder]{
		path: stakeholdersPath, one: s.desk.Office.Stakeholder, save: s.desk.Office.SaveStakeholder, remove: s.desk.Office.RemoveStakeholder,
		area: func(one *baseline.Stakeholder) string { return one.Area }, id: func(one *baseline.Stakeholder) string { return one.ID },
		page: s.stakeholderEntry, read: s.readStakeholder,
		begin: func(echo.Context) (baseline.Stakeholder, error) {
			const middle = (1 + baseline.MostInfluence) / 2
			return baseline.Stakeholder{Interest: middle, Influence: middle, Stance: "neutral"}, nil
		},
	})...)
}

// theirStakeholders are those of the areas whose concept somebody changes.
func (s *Server) theirStakeholders(c echo.Context) ([]baseline.Stakeholder, error) {
	all, err := s.desk.Office.Stakeholders(c.Request().Context())
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	may := s.mayConcept(user)
	var theirs []baseline.Stakeholder
	for _, one := range all {
		if may(one.Entry.Area) {
			theirs = append(theirs, one.Entry)
		}
	}
	return theirs, nil
}

// stakeholders shows the power–interest grid and the table that says the same.
func (s *Server) stakeholders(c echo.Context) error {
	theirs, err := s.theirStakeholders(c)
	if err != nil {
		return err
	}
	f := s.deskFrame(c, "stakeholders.title")
	page := &registerPage{deskFrame: f, Done: doneWord(c, f.Localizer), Lead: []string{f.T("stakeholders.lead"), f.T("stakeholders.private")},
		Actions: []waveLink{{Address: stakeholdersPath + "/new" + f.Query, Name: f.T("stakeholders.add")}}}
	figure, files := s.stakeholderChart(f.Localizer, theirs).figure(f.Localizer, url.Values{})
	part := registerPart{ID: "grid", Title: f.T("stakeholders.grid"), Chart: &figure, Lead: []string{figure.Summary}, None: f.T("stakeholders.none"), Head: s.stakeholderHead(f.Localizer)}
	for at := range theirs {
		part.Rows = append(part.Rows, s.stakeholderRow(f, at+1, &theirs[at]))
	}
	page.Parts = []registerPart{part}
	if len(theirs) > 0 {
		page.Actions = append(page.Actions, files...)
	}
	return s.page(c, http.StatusOK, "desk-register", page)
}

func (s *Server) stakeholderHead(words *i18n.Localizer) []string {
	var head []string
	for _, key := range []string{"number_name", "interest", "influence", "quadrant", "stance", "contact", "area", "note"} {
		head = append(head, words.T("stakeholders.input."+key))
	}
	return head
}

func (s *Server) stakeholderRow(f *deskFrame, number int, one *baseline.Stakeholder) registerRow {
	return registerRow{Name: strconv.Itoa(number) + " " + one.Name, Address: stakeholdersPath + "/of/" + one.ID + f.Query,
		Cells: []string{f.Number(float64(one.Interest), 0), f.Number(float64(one.Influence), 0), f.T("stakeholders.quadrant." + string(one.Quadrant())),
			f.T("stakeholders.stance." + string(one.Stance)), one.Contact, s.areaName(f.Localizer, one.Area), one.Note}}
}

// stakeholderChart draws the grid.
func (s *Server) stakeholderChart(words *i18n.Localizer, theirs []baseline.Stakeholder) *pictured {
	near := 0
	in := charts.Influence{Name: "stakeholders", Title: words.T("stakeholders.grid"), Across: words.T("stakeholders.across"), Up: words.T("stakeholders.up"), Steps: baseline.MostInfluence}
	in.Data.Header = s.stakeholderHead(words)[:5]
	for at := range theirs {
		one := &theirs[at]
		in.Points = append(in.Points, charts.InfluencePoint{Number: at + 1, Label: one.Name, Across: one.Interest, Up: one.Influence})
		in.Data.Rows = append(in.Data.Rows, []string{one.Name, strconv.Itoa(one.Interest), strconv.Itoa(one.Influence), string(one.Quadrant()), string(one.Stance)})
		if one.Quadrant() == baseline.ManageClosely {
			near++
		}
	}
	in.Summary = words.T("stakeholders.summary", "all", words.Number(float64(len(theirs)), 0), "close", words.Number(float64(near), 0))
	return &pictured{source: in.Title, address: stakeholdersPath + "/charts", name: "stakeholders",
		chart: func(width charts.Option) charts.Chart { return charts.BuildInfluence(in, words, width) }}
}

// stakeholderPicture sends the grid as a file.
func (s *Server) stakeholderPicture(c echo.Context) error {
	theirs, err := s.theirStakeholders(c)
	if err != nil {
		return err
	}
	return s.sendPicture(c, s.stakeholderChart(s.deskWords(c), theirs))
}

// stakeholderEntry is the form of a stakeholder.
func (s *Server) stakeholderEntry(c echo.Context, one *baseline.Stakeholder, revision int) (*entryPage, error) {
	f := s.deskFrame(c, "stakeholders.change_title")
	user, _ := visitor(c)
	page := &entryPage{deskFrame: f, Save: f.T("offers.save"), Lost: f.T("stakeholders.lost", "title", one.Name), Lead: []string{f.T("stakeholders.private")},
		Back: waveLink{Address: stakeholdersPath + f.Query, Name: f.T("stakeholders.back")}}
	if revision == 0 {
		page.Title = f.T("stakeholders.add")
	}
	steps := func(chosen int) (list []option) {
		for step := 1; step <= baseline.MostInfluence; step++ {
			list = append(list, option{strconv.Itoa(step), f.T("stakeholders.step." + strconv.Itoa(step)), step == chosen})
		}
		return list
	}
	page.Inputs = labelled(f, "stakeholders.", []formInput{
		{Name: "name", Kind: lineInput, Value: one.Name, Required: true, Limit: baseline.MaxTitle},
		{Name: "area", Kind: chooseInput, Options: s.conceptAreas(user, f.T("desk.area.all"), one.Area)},
		{Name: "interest", Kind: chooseInput, Options: steps(one.Interest)},
		{Name: "influence", Kind: chooseInput, Options: steps(one.Influence)},
		{Name: "stance", Kind: chooseInput, Options: keyOptions(f.Localizer, "stakeholders.stance.", "", baseline.Stances(), string(one.Stance))},
		{Name: "contact", Kind: lineInput, Value: one.Contact, Limit: baseline.MaxTitle},
		{Name: "note", Kind: wordsInput, Value: one.Note, Limit: baseline.MaxText},
	})
	return page, nil
}

func (s *Server) readStakeholder(_ context.Context, form url.Values, one baseline.Stakeholder) (baseline.Stakeholder, error) {
	one.Name, one.Area, one.Stance = tidyWords(form.Get("name")), form.Get("area"), baseline.Stance(form.Get("stance"))
	one.Contact, one.Note = tidyWords(form.Get("contact")), strings.TrimSpace(form.Get("note"))
	// What is no number is 0, which no scale has.
	one.Interest, _ = strconv.Atoi(form.Get("interest"))
	one.Influence, _ = strconv.Atoi(form.Get("influence"))
	return one, one.Check(s.isArea)
}
