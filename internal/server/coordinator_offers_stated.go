package server

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
)

// statement is one offer in an institution's statement, with what was decided.
type statement struct {
	store.StoredStatement
	baseline.Stated
	decided bool
	offer   string // id of what became of it, "" for nothing
}

// statements lists the offers in the statements of the areas for which somebody may
// change entries.
func (s *Server) statements(c echo.Context) ([]statement, error) {
	ctx := c.Request().Context()
	user, _ := visitor(c)
	said, err := s.desk.Office.Statements(ctx)
	if err != nil {
		return nil, err
	}
	decisions, err := s.desk.Office.OfferDecisions(ctx)
	if err != nil {
		return nil, err
	}
	made := map[[3]string]string{}
	for _, one := range decisions {
		made[[3]string{one.Wave, one.Statement, one.Stated}] = one.Offer
	}
	may := s.mayConcept(user)
	var all []statement
	for _, one := range said {
		if !may(one.Area) {
			continue
		}
		for _, stated := range one.Offers {
			offer, decided := made[[3]string{one.WaveID, one.ID, stated.Key}]
			all = append(all, statement{one, stated, decided, offer})
		}
	}
	return all, nil
}

func (one *statement) address() string {
	return offersPath + "/stated/" + one.Wave + "/" + one.ID + "/" + one.Key
}

// statedOffers lists the offers that institutions have described and that nobody
// decided on yet, and those that somebody did.
func (s *Server) statedOffers(c echo.Context) error {
	all, err := s.statements(c)
	if err != nil {
		return err
	}
	page := s.offersPage(c, "offers.stated.title", "/stated")
	page.Lead = []string{page.T("offers.stated.lead"), page.T("offers.stated.notice")}
	head := []string{page.T("offers.input.title"), page.T("offers.input.provider"), page.T("offers.stated.area"), page.T("offers.stated.wave")}
	open := registerPart{ID: "open", Head: head, None: page.T("offers.stated.none")}
	done := registerPart{ID: "done", Title: page.T("offers.stated.done"), Head: append(slices.Clone(head), page.T("offers.stated.outcome"))}
	for at := range all {
		one := &all[at]
		row := registerRow{Name: one.Offer.Title, Cells: []string{one.Offer.Provider, one.AreaText, one.Wave}}
		switch {
		case !one.decided:
			row.Address = one.address() + page.Query
			open.Rows = append(open.Rows, row)
		case one.offer == "":
			row.Cells = append(row.Cells, page.T("offers.stated.declined"))
			done.Rows = append(done.Rows, row)
		default:
			row.Address = offersPath + "/of/" + one.offer + page.Query
			row.Cells = append(row.Cells, page.T("offers.stated.taken"))
			done.Rows = append(done.Rows, row)
		}
	}
	open.Title = page.N("offers.stated.open", len(open.Rows))
	page.Parts = []registerPart{open}
	if len(done.Rows) > 0 {
		page.Parts = append(page.Parts, done)
	}
	return s.page(c, http.StatusOK, "desk-register", page)
}

// stated returns the offer in a statement that the address names.
func (s *Server) stated(c echo.Context) (*statement, error) {
	all, err := s.statements(c)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(one statement) bool {
		return one.Wave == c.Param("wave") && one.ID == c.Param("statement") && one.Key == c.Param("stated")
	})
	if at < 0 {
		return nil, failure.New(failure.NotFound, "error.not_found")
	}
	return &all[at], nil
}

// statedOffer shows the form that takes an offer over, as the institution described
// it, and beside it the offers that it may be already.
func (s *Server) statedOffer(c echo.Context) error {
	one, err := s.stated(c)
	if err != nil {
		return err
	}
	if one.decided {
		return failure.New(failure.Conflict, "error.offer_decided")
	}
	page, err := s.statedPage(c, one, s.proposal(one))
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-entry", page)
}

// proposal is the offer of a statement with the areas that its words name, else
// that of the institution.
func (s *Server) proposal(one *statement) baseline.Offer {
	o := one.Offer
	names := map[string]string{}
	for _, area := range s.desk.Areas.All() {
		names[area.Key] = area.Name
	}
	o.Areas = baseline.AreasNamed(one.AreaText, names)
	if len(o.Areas) == 0 && s.isArea(one.Area) {
		o.Areas = []string{one.Area}
	}
	o.Fields = slices.DeleteFunc(slices.Clone(o.Fields), func(key string) bool { return !s.isField(key) })
	o.Source, o.Confirmed = one.Wave, ""
	return o
}

func (s *Server) statedPage(c echo.Context, one *statement, o baseline.Offer) (*entryPage, error) {
	shown, err := s.shownOffers(c, false)
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	f := s.deskFrame(c, "offers.stated.take")
	page := &entryPage{deskFrame: f, Back: waveLink{Address: offersPath + "/stated" + f.Query, Name: f.T("offers.stated.back")},
		Action: one.address() + f.Query, Save: f.T("offers.stated.button"), Inputs: s.offerInputs(c, f, &o)}
	page.Lead = []string{f.T("offers.stated.said", "provider", f.Isolate(one.Offer.Provider), "wave", one.Wave)}
	if one.AreaText != "" {
		page.Lead = append(page.Lead, f.T("offers.stated.area_text", "text", f.Isolate(one.AreaText)))
	}
	choices := []option{{"", f.T("offers.stated.new"), true}}
	for _, twin := range baseline.LikelyDuplicates(o, offersOf(shown)) {
		at := slices.IndexFunc(shown, func(kept store.Kept[baseline.Offer]) bool { return kept.Entry.ID == twin.Last })
		there := &shown[at].Entry
		if !s.changes(user, there.Areas) {
			continue
		}
		choices = append(choices, option{there.ID, f.T("offers.stated.into", "title", there.Title, "provider", there.Provider), false})
		title := f.T("offers.stated.like", "title", there.Title)
		if n := len(page.Beside); n > 0 { // two of them may have the same title
			title += " (" + f.Number(float64(n+1), 0) + ")"
		}
		page.Beside = append(page.Beside, s.compared(f, title, &o, there))
	}
	if len(choices) > 1 {
		page.Inputs = append(page.Inputs, formInput{Name: "into", Label: f.T("offers.input.into"), Kind: chooseInput, Options: choices, Hint: f.T("offers.hint.into")})
	}
	page.Beside = append(page.Beside, registerPart{ID: "decline", Title: f.T("offers.stated.decline"), Action: one.address() + "/decline" + f.Query,
		Choose: f.T("offers.stated.decline_text"), ActionLabel: f.T("offers.stated.decline_button")})
	return page, nil
}

func (one *statement) decision() store.Decision {
	return store.Decision{Wave: one.WaveID, Statement: one.ID, Stated: one.Key}
}

// takeOffer takes an offer over from a statement: as the form says, as a new one or
// into one that there is.
func (s *Server) takeOffer(c echo.Context) error {
	ctx := c.Request().Context()
	one, err := s.stated(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	user, _ := visitor(c)
	start := s.proposal(one)
	o, wrong := s.readOffer(form, start)
	seen := 0
	if wrong == nil && form.Get("into") != "" {
		into, err := s.desk.Office.Offer(ctx, form.Get("into"))
		if err != nil {
			return err
		}
		if !s.changes(user, into.Entry.Areas) {
			return failure.New(failure.Forbidden, "error.forbidden")
		}
		id := into.Entry.ID
		o = o.Merge(into.Entry)
		o.ID, seen = id, into.Revision
	}
	if wrong == nil && !s.changes(user, o.Areas) {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	id := ""
	if wrong == nil {
		id, wrong = s.desk.Office.TakeOffer(ctx, s.entryFor(user, o.Areas), one.decision(), seen, o)
	}
	if wrong != nil {
		page, err := s.statedPage(c, one, o)
		if err != nil {
			return err
		}
		return s.refusedEntry(c, page, wrong)
	}
	return goOn(c, offersPath+"/of/"+id, "taken")
}

// declineOffer leaves an offer of a statement out.
func (s *Server) declineOffer(c echo.Context) error {
	one, err := s.stated(c)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	entry := account.Entry{Actor: user.Name, Area: one.Area}
	if err := s.desk.Office.DeclineOffer(c.Request().Context(), entry, one.decision(), one.Offer.Title); err != nil {
		return err
	}
	return goOn(c, offersPath+"/stated", "declined")
}

// offerDirectory shows whether everybody may read the released offers.
func (s *Server) offerDirectory(c echo.Context) error {
	now, err := s.desk.Office.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-entry", s.directoryEntry(c, now))
}

func (s *Server) directoryEntry(c echo.Context, now store.Directory) *entryPage {
	f := s.deskFrame(c, "offers.directory.title")
	user, _ := visitor(c)
	page := &entryPage{deskFrame: f, Back: waveLink{Address: offersPath + f.Query, Name: f.T("offers.back")}, Action: offersPath + "/directory" + f.Query,
		Lead: []string{f.T("offers.directory.lead"), f.T("offers.directory.closed")}, Save: f.T("offers.save")}
	if now.Open {
		page.Lead[1] = f.T("offers.directory.open", "address", s.origin(c)+directoryPath)
	}
	if !s.mayConcept(user)("") {
		page.Lead = append(page.Lead, f.T("offers.directory.whole"))
		return page
	}
	open := ""
	if now.Open {
		open = "yes"
	}
	var languages []option
	for _, tag := range s.directoryLanguages() {
		languages = append(languages, option{tag, i18n.NativeName(tag), slices.Contains(now.Languages, tag)})
	}
	waves := ""
	if now.Waves {
		waves = "yes"
	}
	page.Inputs = []formInput{{Name: "open", Label: f.T("offers.input.open"), Kind: yesInput, Value: open, Hint: f.T("offers.hint.open")},
		{Name: "waves", Label: f.T("offers.input.directory_waves"), Kind: yesInput, Value: waves, Hint: f.T("offers.hint.directory_waves")},
		{Name: "language", Label: f.T("offers.input.directory_languages"), Kind: tickInput, Options: languages, Hint: f.T("offers.hint.directory_languages")}}
	return page
}

// directoryLanguages are those that the list can be read in.
func (s *Server) directoryLanguages() []string {
	return slices.DeleteFunc(i18n.Respondents(), func(tag string) bool { return !s.config.Catalogue.Has(tag) })
}

// setOfferDirectory opens the public list or closes it.
func (s *Server) setOfferDirectory(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	to := store.Directory{Open: form.Get("open") != "", Waves: form.Get("waves") != "", Languages: form["language"]}
	user, _ := visitor(c)
	wrong := error(nil)
	offered := s.directoryLanguages()
	switch {
	case to.Open && len(to.Languages) == 0 && !to.Waves:
		wrong = failure.New(failure.Invalid, "offers.problem.missing", "input", "language")
	case slices.ContainsFunc(to.Languages, func(tag string) bool { return !slices.Contains(offered, tag) }):
		wrong = failure.New(failure.Invalid, "offers.problem.choice", "input", "language")
	}
	if wrong == nil {
		wrong = s.desk.Office.SetDirectory(c.Request().Context(), user.Name, to)
	}
	if wrong != nil {
		return s.refusedEntry(c, s.directoryEntry(c, to), wrong)
	}
	return goOn(c, offersPath, "saved")
}
