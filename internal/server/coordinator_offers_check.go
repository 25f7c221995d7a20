package server

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
)

// offerCoverage shows for fields × areas, for one audience, how many offers there
// are and how far they reach.
func (s *Server) offerCoverage(c echo.Context) error {
	shown, err := s.shownOffers(c, false)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := s.offersPage(c, "offers.coverage.title", "/coverage")
	audience := c.QueryParam("audience")
	if !slices.Contains(baseline.Audiences(), audience) {
		audience = baseline.Audiences()[1]
	}
	page.At, page.Button = offersPath+"/coverage", page.T("offers.show")
	page.Filter = []formInput{{Name: "audience", Label: page.T("offers.input.audience"), Options: keyOptions(page.Localizer, "offers.audience.", "", baseline.Audiences(), audience)}}
	areas := s.shownAreas(user)
	part := registerPart{ID: "cells", Title: page.T("offers.audience." + audience), Head: []string{page.T("offers.input.field")}}
	var cells []baseline.CellOf
	fields := s.fieldKeys()
	for _, area := range areas {
		part.Head = append(part.Head, area.Name)
	}
	for _, field := range fields {
		for _, area := range areas {
			cells = append(cells, baseline.CellOf{Field: field, Area: area.Key, Audience: audience})
		}
	}
	groups, err := s.targetGroups(c.Request().Context())
	if err != nil {
		return err
	}
	provided := baseline.Provide(offersOf(shown), cells, s.today(), groups, s.desk.Areas.Contains)
	for at, field := range fields {
		row := registerRow{Name: s.fieldName(page.Localizer, field)}
		for i := range areas {
			row.Cells = append(row.Cells, provisionInWords(page.deskFrame, &provided[at*len(areas)+i]))
		}
		part.Rows = append(part.Rows, row)
	}
	page.Lead = []string{page.T("offers.coverage.lead", "few", page.Number(baseline.FewestPeople, 0))}
	if _, known := groups[audience]; !known {
		page.Lead = append(page.Lead, page.T("offers.coverage.no_people"))
	}
	page.Parts = []registerPart{part}
	return s.page(c, http.StatusOK, "desk-register", page)
}

// targetGroups are the people whom offers are for, as far as indicators tell.
func (s *Server) targetGroups(ctx context.Context) (map[string]baseline.TargetGroup, error) {
	book, err := s.desk.Office.Indicators(ctx, s.desk.Areas)
	if err != nil {
		return nil, err
	}
	areas := []string{""}
	for _, one := range s.desk.Areas.All() {
		areas = append(areas, one.Key)
	}
	return baseline.TargetGroups(book.People(s.today()), areas), nil
}

// provisionInWords says how many offers a cell has and how far they reach.
func provisionInWords(f *deskFrame, p *baseline.Provision) string {
	if len(p.Offers) == 0 {
		return f.T("offers.coverage.nothing")
	}
	text := f.N("offers.coverage.offers", len(p.Offers))
	places := f.T("offers.coverage.places", "places", f.Number(p.Places, 0))
	switch {
	case p.Coverage != nil:
		places = f.T("offers.coverage.value", "value", f.Number(*p.Coverage, 1))
	case p.None == baseline.TooFewPeople:
		places = f.T("offers.coverage.few")
	}
	if p.AtLeast && p.None != baseline.TooFewPeople {
		places = f.T("offers.coverage.at_least", "places", places)
	}
	return text + " · " + places
}

// offerOverlaps lists pairs of offers to talk about.
func (s *Server) offerOverlaps(c echo.Context) error {
	shown, err := s.shownOffers(c, true)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := s.offersPage(c, "offers.overlaps.title", "/overlaps")
	page.Lead = []string{page.T("offers.overlaps.lead")}
	page.At, page.Button, page.Filter = offersPath+"/overlaps", page.T("offers.filter"), s.offerFilter(c, page.Localizer, user)[1:]
	byID := map[string]*baseline.Offer{}
	for at := range shown {
		byID[shown[at].Entry.ID] = &shown[at].Entry
	}
	part := registerPart{ID: "pairs", None: page.T("offers.overlaps.none")}
	for _, key := range []string{"first", "last", "fields", "areas", "audiences", "ages"} {
		part.Head = append(part.Head, page.T("offers.overlaps."+key))
	}
	for _, one := range baseline.Overlaps(offersOf(shown), s.today(), s.desk.Areas.Contains) {
		first, last := byID[one.First], byID[one.Last]
		w := s.offerWords(page.deskFrame, &baseline.Offer{Fields: one.Fields, Areas: one.Areas, Audiences: one.Audiences, Ages: one.Ages})
		part.Rows = append(part.Rows, registerRow{Name: first.Title + " (" + first.Provider + ")", Address: offersPath + "/of/" + first.ID + page.Query,
			Cells: []string{last.Title + " (" + last.Provider + ")", w.Fields, w.Areas, w.Audiences, w.Ages}})
	}
	part.Title = page.N("offers.overlaps.found", len(part.Rows))
	part.paged(c, page.deskFrame, offersPath+"/overlaps")
	page.Parts = []registerPart{part}
	return s.page(c, http.StatusOK, "desk-register", page)
}

// offersEnding lists the offers that end soon, those whose money has ended, and
// those whose providers are to be asked again.
func (s *Server) offersEnding(c echo.Context) error {
	shown, err := s.shownOffers(c, false)
	if err != nil {
		return err
	}
	asked, err := s.desk.Office.OffersAsked(c.Request().Context())
	if err != nil {
		return err
	}
	page := s.offersPage(c, "offers.ending.title", "/ending")
	page.Lead = []string{page.T("offers.ending.lead")}
	day := s.today()
	part := func(id string, is func(*baseline.Offer) bool, when func(*baseline.Offer) string) registerPart {
		one := registerPart{ID: id, Title: page.T("offers.ending." + id), None: page.T("offers.ending.none"),
			Head: []string{page.T("offers.input.title"), page.T("offers.input.provider"), page.T("offers.input.areas"), page.T("offers.ending." + id + "_day")}}
		for at := range shown {
			if o := &shown[at].Entry; is(o) {
				one.Rows = append(one.Rows, registerRow{Name: o.Title, Address: offersPath + "/of/" + o.ID + page.Query,
					Cells: []string{o.Provider, s.offerWords(page.deskFrame, o).Areas, when(o)}})
			}
		}
		return one
	}
	page.Parts = []registerPart{
		part("soon", func(o *baseline.Offer) bool { return o.EndingSoon(day) }, func(o *baseline.Offer) string { return page.Date(o.LastDay()) }),
		part("unpaid", func(o *baseline.Offer) bool { return o.FundingOver(day) }, func(o *baseline.Offer) string { return page.Date(o.FundingEnd) }),
		part("ask", func(o *baseline.Offer) bool { return o.AskAgain(day) }, func(o *baseline.Offer) string {
			switch {
			case asked[o.ID] != "":
				return page.T("offers.ask.open", "day", page.Date(asked[o.ID]))
			case o.Confirmed == "":
				return page.T("offers.ask.never")
			}
			return page.Date(o.Confirmed)
		}),
	}
	slices.SortStableFunc(page.Parts[0].Rows, func(a, b registerRow) int { return strings.Compare(lastDayOf(shown, a), lastDayOf(shown, b)) })
	return s.page(c, http.StatusOK, "desk-register", page)
}

// lastDayOf is the last day of the offer that a row is about.
func lastDayOf(all []store.Kept[baseline.Offer], row registerRow) string {
	for at := range all {
		if strings.Contains(row.Address, "/of/"+all[at].Entry.ID) {
			return all[at].Entry.LastDay()
		}
	}
	return ""
}

// offerDuplicates suggests which offers may be the same one.
func (s *Server) offerDuplicates(c echo.Context) error {
	shown, err := s.shownOffers(c, false)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := s.offersPage(c, "offers.duplicates.title", "/duplicates")
	page.Lead = []string{page.T("offers.duplicates.lead")}
	byID := map[string]*baseline.Offer{}
	var theirs []baseline.Offer
	for at := range shown {
		if o := &shown[at].Entry; s.changes(user, o.Areas) {
			byID[o.ID] = o
			theirs = append(theirs, *o)
		}
	}
	part := registerPart{ID: "pairs", None: page.T("offers.duplicates.none"), Head: []string{page.T("offers.duplicates.first"), page.T("offers.duplicates.last"), page.T("offers.duplicates.alike")}}
	for _, one := range baseline.Duplicates(theirs, s.desk.Areas.Contains) {
		first, last := byID[one.First], byID[one.Last]
		part.Rows = append(part.Rows, registerRow{Name: first.Title + " (" + first.Provider + ")",
			Cells: []string{last.Title + " (" + last.Provider + ")", page.Percent(one.Alike, 0)},
			Links: []waveLink{{Address: offersPath + "/merge?first=" + first.ID + "&other=" + last.ID + "&lang=" + page.Language(), Name: page.T("offers.duplicates.look")}}})
	}
	part.Title = page.N("offers.duplicates.found", len(part.Rows))
	part.paged(c, page.deskFrame, offersPath+"/duplicates")
	page.Parts = []registerPart{part}
	return s.page(c, http.StatusOK, "desk-register", page)
}

// twins returns the two offers that a request is about.
func (s *Server) twins(c echo.Context) (first, other store.Kept[baseline.Offer], err error) {
	ctx := c.Request().Context()
	if first, err = s.desk.Office.Offer(ctx, c.FormValue("first")); err != nil {
		return first, other, err
	}
	if other, err = s.desk.Office.Offer(ctx, c.FormValue("other")); err != nil {
		return first, other, err
	}
	user, _ := visitor(c)
	switch {
	case first.Entry.ID == other.Entry.ID:
		return first, other, failure.New(failure.Invalid, "offers.problem.same")
	case !s.changes(user, first.Entry.Areas) || !s.changes(user, other.Entry.Areas):
		return first, other, failure.New(failure.Forbidden, "error.forbidden")
	}
	return first, other, nil
}

// offerMerge shows two offers side by side, and what one of them would be.
func (s *Server) offerMerge(c echo.Context) error {
	first, other, err := s.twins(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-entry", s.mergePage(c, first, other))
}

func (s *Server) mergePage(c echo.Context, first, other store.Kept[baseline.Offer]) *entryPage {
	f := s.deskFrame(c, "offers.merge.title")
	merged := first.Entry.Merge(other.Entry)
	page := &entryPage{deskFrame: f, Revision: first.Revision, Back: waveLink{Address: offersPath + "/duplicates" + f.Query, Name: f.T("offers.merge.back")},
		Lead: []string{f.T("offers.merge.lead")}, Action: offersPath + "/merge" + f.Query, Save: f.T("offers.merge.button"),
		Hidden: []option{{Label: "first", Value: first.Entry.ID}, {Label: "other", Value: other.Entry.ID}, {Label: "seen", Value: strconv.Itoa(other.Revision)}}}
	page.Inputs = s.offerInputs(c, f, &merged)
	page.Beside = []registerPart{s.compared(f, f.T("offers.merge.both"), &first.Entry, &other.Entry)}
	return page
}

// compared sets two offers side by side, line by line.
func (s *Server) compared(f *deskFrame, title string, first, other *baseline.Offer) registerPart {
	part := registerPart{ID: "both-" + other.ID, Title: title, Head: []string{f.T("offers.merge.what"), first.Title, other.Title}}
	texts := map[string][2]string{}
	var order []string
	for side, o := range []*baseline.Offer{first, other} {
		for _, one := range s.offerFacts(f, o) {
			pair, known := texts[one.Label]
			if !known {
				order = append(order, one.Label)
			}
			pair[side] = one.Text
			texts[one.Label] = pair
		}
	}
	for _, label := range order {
		part.Rows = append(part.Rows, registerRow{Name: label, Cells: []string{texts[label][0], texts[label][1]}})
	}
	return part
}

// mergeOffers makes one offer of two, as the form says.
func (s *Server) mergeOffers(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	first, other, err := s.twins(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	merged, wrong := s.readOffer(form, first.Entry)
	if wrong == nil && !s.changes(user, merged.Areas) {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	if wrong == nil && form.Get("seen") != strconv.Itoa(other.Revision) {
		wrong = failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	if wrong == nil {
		wrong = s.desk.Office.MergeOffers(c.Request().Context(), s.entryFor(user, merged.Areas), revisionIn(c), merged, other)
	}
	if wrong != nil {
		page := s.mergePage(c, first, other)
		page.Inputs = s.offerInputs(c, page.deskFrame, &merged)
		return s.refusedEntry(c, page, wrong)
	}
	return goOn(c, offersPath+"/of/"+merged.ID, "merged")
}
