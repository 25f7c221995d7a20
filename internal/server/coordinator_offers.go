package server

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/tabular"
)

// Offers is what the pages about offers need of the store. The entries of the
// audit log bring who does it and for which area.
type Offers interface {
	// Offers lists all offers by title, and the revision of their list.
	Offers(ctx context.Context) ([]store.Kept[baseline.Offer], int64, error)
	// OffersOn lists those that run on a day.
	OffersOn(ctx context.Context, day string) ([]baseline.Offer, error)
	// Offer returns one; failure.NotFound.
	Offer(ctx context.Context, id string) (store.Kept[baseline.Offer], error)
	// SaveOffer adds one where seen is 0, else changes it; failure.Conflict,
	// failure.NotFound.
	SaveOffer(ctx context.Context, entry account.Entry, seen int, o baseline.Offer) (id string, err error)
	// RemoveOffer removes one; failure.Conflict, failure.NotFound.
	RemoveOffer(ctx context.Context, entry account.Entry, seen int, id string) error
	// AddOffers stores those of a file; failure.Conflict.
	AddOffers(ctx context.Context, entry account.Entry, revision int64, offers []store.Kept[baseline.Offer]) error
	// MergeOffers makes one of two; failure.Conflict, failure.NotFound.
	MergeOffers(ctx context.Context, entry account.Entry, seen int, merged baseline.Offer, other store.Kept[baseline.Offer]) error
	// Statements lists what institutions said in their names.
	Statements(ctx context.Context) ([]store.StoredStatement, error)
	// OfferDecisions lists what was decided on the offers of statements.
	OfferDecisions(ctx context.Context) ([]store.Decision, error)
	// TakeOffer takes an offer over from a statement, once; failure.Conflict.
	TakeOffer(ctx context.Context, entry account.Entry, decision store.Decision, seen int, o baseline.Offer) (id string, err error)
	// DeclineOffer leaves one out; failure.Conflict.
	DeclineOffer(ctx context.Context, entry account.Entry, decision store.Decision, title string) error
	// AskProvider returns a link's secret by which the provider answers, once;
	// failure.NotFound.
	AskProvider(ctx context.Context, entry account.Entry, id string) (secret string, err error)
	// OffersAsked returns the days on which open links were made, by offer.
	OffersAsked(ctx context.Context) (map[string]string, error)
	// AskedOffer returns what a secret is about; failure.Gone.
	AskedOffer(ctx context.Context, secret string) (store.Kept[baseline.Offer], error)
	// AnswerProvider stores what the provider said; failure.Gone.
	AnswerProvider(ctx context.Context, secret, area string, change func(baseline.Offer) (baseline.Offer, error)) error
	// Directory tells whether everybody may read the released offers.
	Directory(ctx context.Context) (store.Directory, error)
	// SetDirectory opens the public list or closes it.
	SetDirectory(ctx context.Context, actor string, to store.Directory) error
}

const offersPath = conceptPath + "/offers"

// offerRoutes lists the pages about offers.
func (s *Server) offerRoutes() []route {
	csrf, read, change := s.desk.csrf, account.ReadResults, account.ManageConcept
	get := func(path string, permission account.Permission, handler echo.HandlerFunc) route {
		return route{method: http.MethodGet, path: offersPath + path, permission: permission, handler: csrf(handler)}
	}
	post := func(path string, about func(echo.Context) (account.Subject, error), handler echo.HandlerFunc) route {
		return route{method: http.MethodPost, path: offersPath + path, permission: change, about: about, handler: csrf(handler)}
	}
	form := get("/of/:id/change", change, s.offerForm)
	form.about = s.aboutOffer
	return slices.Concat([]route{
		get("", read, s.offers),
		get(".csv", read, s.offersFile),
		get("/new", change, s.newOffer),
		post("", s.aboutAreas, s.addOffer),
		get("/of/:id", read, s.offer),
		form,
		post("/of/:id", s.aboutOffer, s.changeOffer),
		post("/of/:id/remove", s.aboutOffer, s.removeOffer),
		post("/of/:id/ask", s.aboutOffer, uncompressed(s.askProvider)),
		get("/coverage", read, s.offerCoverage),
		get("/overlaps", read, s.offerOverlaps),
		get("/ending", read, s.offersEnding),
		get("/duplicates", change, s.offerDuplicates),
		get("/merge", change, s.offerMerge),
		post("/merge", nil, s.mergeOffers),
		get("/stated", change, s.statedOffers),
		get("/stated/:wave/:statement/:stated", change, s.statedOffer),
		post("/stated/:wave/:statement/:stated", s.aboutAreas, s.takeOffer),
		post("/stated/:wave/:statement/:stated/decline", nil, s.declineOffer),
		get("/directory", change, s.offerDirectory),
		post("/directory", everywhere, s.setOfferDirectory),
		{method: http.MethodGet, path: directoryPath, permission: Public, handler: s.directory},
		{method: http.MethodGet, path: directoryPath + "/confirm/:secret", permission: Public, handler: uncompressed(s.confirmPage)},
		{method: http.MethodPost, path: directoryPath + "/confirm/:secret", permission: Public, handler: uncompressed(s.confirmOffer)},
	}, s.mapperRoutes(s.offerImporter()))
}

// everywhere is the subject of what is about all areas.
func everywhere(echo.Context) (account.Subject, error) { return account.Subject{}, nil }

// aboutOffer is the subject of the offer that the address names.
func (s *Server) aboutOffer(c echo.Context) (account.Subject, error) {
	one, err := s.desk.Office.Offer(c.Request().Context(), c.Param("id"))
	return account.Subject{Area: s.desk.Areas.Common(one.Entry.Areas)}, err
}

// today is the day by the server's clock.
func (s *Server) today() string { return s.config.Now().Format(time.DateOnly) }

// offerTabs lead to the pages about offers.
func (s *Server) offerTabs(f *deskFrame, user account.User, path string) []waveLink {
	tab := func(path, key string) waveLink {
		return waveLink{Address: offersPath + path + f.Query, Name: f.T("offers.tab." + key)}
	}
	tabs := []waveLink{tab("", "list"), tab("/coverage", "coverage"), tab("/overlaps", "overlaps"), tab("/ending", "ending")}
	if user.Has(account.ManageConcept) {
		tabs = append(tabs, tab("/stated", "stated"), tab("/duplicates", "duplicates"), tab("/directory", "directory"))
	}
	return here(tabs, path)
}

// offersPage begins a page about offers.
func (s *Server) offersPage(c echo.Context, title, path string) *registerPage {
	user, _ := visitor(c)
	page := &registerPage{deskFrame: s.deskFrame(c, title)}
	page.Done = doneWord(c, page.Localizer)
	page.Tabs = s.offerTabs(page.deskFrame, user, offersPath+path)
	return page
}

// shownOffers are the offers that somebody may see, of all or of those that a
// query's field, area, audience and text choose.
func (s *Server) shownOffers(c echo.Context, filtered bool) ([]store.Kept[baseline.Offer], error) {
	all, _, err := s.desk.Office.Offers(c.Request().Context())
	if err != nil {
		return nil, err
	}
	user, _ := visitor(c)
	field, area, audience, text := "", "", "", ""
	if filtered {
		field, area, audience, text = c.QueryParam("field"), c.QueryParam("area"), c.QueryParam("audience"), tabular.Loose(c.QueryParam("text"))
	}
	return slices.DeleteFunc(all, func(one store.Kept[baseline.Offer]) bool {
		o := &one.Entry
		return !s.reaches(user, o.Areas...) || !o.About(field) || !o.For(audience) || !o.In(area, s.desk.Areas.Contains) ||
			!strings.Contains(tabular.Loose(o.Title)+" "+tabular.Loose(o.Provider), text)
	}), nil
}

// offersOf leaves the revisions out.
func offersOf(all []store.Kept[baseline.Offer]) []baseline.Offer {
	list := make([]baseline.Offer, len(all))
	for at := range all {
		list[at] = all[at].Entry
	}
	return list
}

// offers lists the offers of the areas that somebody may see.
func (s *Server) offers(c echo.Context) error {
	found, err := s.shownOffers(c, true)
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	page := s.offersPage(c, "offers.title", "")
	page.Lead = []string{page.T("offers.lead")}
	if user.Has(account.ManageConcept) {
		page.Actions = []waveLink{{Address: offersPath + "/new" + page.Query, Name: page.T("offers.add")},
			{Address: offersPath + "/import" + page.Query, Name: page.T("offers.import")}}
	}
	page.Actions = append(page.Actions, waveLink{Address: offersPath + ".csv" + onlyFilter(c, page.deskFrame), Name: page.T("offers.file")})
	page.At, page.Button = offersPath, page.T("offers.filter")
	page.Filter = s.offerFilter(c, page.Localizer, user)
	part := registerPart{ID: "found", Title: page.N("offers.found", len(found)), Head: s.offerHead(page.Localizer), None: page.T("offers.none")}
	for _, one := range found {
		part.Rows = append(part.Rows, s.offerRow(page.deskFrame, &one.Entry))
	}
	part.paged(c, page.deskFrame, offersPath)
	page.Parts = []registerPart{part}
	return s.page(c, http.StatusOK, "desk-register", page)
}

// onlyFilter is the query with what the list is filtered by.
func onlyFilter(c echo.Context, f *deskFrame) string {
	query := c.QueryParams()
	kept := "?lang=" + f.Language()
	for _, name := range []string{"text", "field", "area", "audience"} {
		if value := query.Get(name); value != "" {
			kept = with(kept, name, value)
		}
	}
	return kept
}

func (s *Server) offerFilter(c echo.Context, words *i18n.Localizer, user account.User) []formInput {
	areas := []option{{"", words.T("offers.every_area"), c.QueryParam("area") == ""}}
	for _, one := range s.shownAreas(user) {
		areas = append(areas, option{one.Key, s.areaPath(one), one.Key == c.QueryParam("area")})
	}
	return []formInput{
		{Name: "text", Label: words.T("offers.search"), Value: c.QueryParam("text")},
		{Name: "field", Label: words.T("offers.input.field"), Options: s.fieldOptions(words, words.T("offers.every_field"), c.QueryParam("field"))},
		{Name: "area", Label: words.T("offers.input.area"), Options: areas},
		{Name: "audience", Label: words.T("offers.input.audience"), Options: keyOptions(words, "offers.audience.", words.T("offers.every_audience"), baseline.Audiences(), c.QueryParam("audience"))},
	}
}

func (s *Server) offerHead(words *i18n.Localizer) []string {
	var head []string
	for _, key := range []string{"title", "provider", "fields", "areas", "audiences", "places", "status", "last_day"} {
		head = append(head, words.T("offers.input."+key))
	}
	return head
}

func (s *Server) offerRow(f *deskFrame, o *baseline.Offer) registerRow {
	w := s.offerWords(f, o)
	return registerRow{Name: o.Title, Address: offersPath + "/of/" + o.ID + f.Query,
		Cells: []string{o.Provider, w.Fields, w.Areas, w.Audiences, w.Places, w.Status, f.Date(o.LastDay())}}
}

// offerInWords is an offer as people read it.
type offerInWords struct {
	Fields, Areas, Audiences, Ages, Places, Languages, Cost, Status, Funding string
}

func (s *Server) offerWords(f *deskFrame, o *baseline.Offer) offerInWords {
	say := func(prefix string) func(string) string {
		return func(key string) string { return f.T(prefix + key) }
	}
	w := offerInWords{
		Fields:    joinedWords(o.Fields, func(key string) string { return s.fieldName(f.Localizer, key) }),
		Areas:     joinedWords(o.Areas, func(key string) string { return s.areaName(f.Localizer, key) }),
		Audiences: joinedWords(o.Audiences, say("offers.audience.")), Languages: joinedWords(o.Languages, say("offers.language.")),
		Places: f.T("offers.unknown"), Status: f.T("offers.status." + string(o.Status)),
	}
	if len(o.Audiences) == 0 {
		w.Audiences = f.T("offers.everybody")
	}
	if o.Places != nil {
		w.Places = f.Number(float64(*o.Places), 0)
	}
	if o.Cost != "" {
		w.Cost = f.T("offers.cost." + o.Cost)
	}
	if o.Funding != "" {
		w.Funding = f.T("offers.funding." + o.Funding)
	}
	w.Ages = agesInWords(f.Localizer, o.Ages, "offers.ages.")
	return w
}

// agesInWords says for which ages something is, by keys under a prefix.
func agesInWords(words *i18n.Localizer, ages baseline.Ages, prefix string) string {
	from, to := words.Number(float64(ages.From), 0), words.Number(float64(ages.To), 0)
	switch {
	case !ages.Limited():
		return words.T(prefix + "all")
	case ages.To >= baseline.Oldest:
		return words.T(prefix+"from", "from", from)
	case ages.From == 0:
		return words.T(prefix+"to", "to", to)
	}
	return words.T(prefix+"between", "from", from, "to", to)
}

// offersFile sends the offers that the filter chooses as CSV.
func (s *Server) offersFile(c echo.Context) error {
	found, err := s.shownOffers(c, true)
	if err != nil {
		return err
	}
	f := s.deskFrame(c, "offers.title")
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="offers.csv"`)
	header.Set("Cache-Control", "no-store")
	var head []string
	for _, target := range s.offerTargets() {
		head = append(head, f.T(target.Label))
	}
	table := export.NewList(c.Response(), append(head, f.T("offers.input.confirmed"))...)
	for _, one := range found {
		o := &one.Entry
		w := s.offerWords(f, o)
		row := []string{o.Title, o.Provider, listed(o.Fields, func(key string) string { return s.fieldName(f.Localizer, key) }),
			listed(o.Areas, func(key string) string { return s.areaName(f.Localizer, key) }),
			listed(o.Audiences, func(key string) string { return f.T("offers.audience." + key) }), strconv.Itoa(o.Ages.From), strconv.Itoa(o.Ages.To), "",
			listed(o.Languages, func(key string) string { return f.T("offers.language." + key) }), w.Cost, o.Start, o.End, w.Funding, o.FundingEnd,
			w.Status, o.Contact, o.Source, o.Confirmed}
		if o.Places != nil {
			row[7] = strconv.Itoa(*o.Places)
		}
		if err := table.Row(row...); err != nil {
			return err
		}
	}
	return table.Flush()
}

// listed writes keys in words as the import reads them: labels may hold commas.
func listed(keys []string, say func(string) string) string {
	texts := make([]string, len(keys))
	for at, key := range keys {
		texts[at] = say(key)
	}
	return strings.Join(texts, "; ")
}

// offer shows everything about one offer, and what can be done with it.
func (s *Server) offer(c echo.Context) error {
	one, err := s.desk.Office.Offer(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.showOffer(c, one, "")
}

// showOffer shows an offer, with the secret of a link to its provider where one was
// made just now.
func (s *Server) showOffer(c echo.Context, one store.Kept[baseline.Offer], secret string) error {
	user, _ := visitor(c)
	o := &one.Entry
	if !s.reaches(user, o.Areas...) {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	asked, err := s.desk.Office.OffersAsked(c.Request().Context())
	if err != nil {
		return err
	}
	f := s.deskFrame(c, "offers.title")
	page := &offerPage{deskFrame: f, Done: doneWord(c, f.Localizer), Back: waveLink{Address: offersPath + f.Query, Name: f.T("offers.back")}}
	page.Title = o.Title
	page.Facts = s.offerFacts(f, o)
	if secret != "" {
		page.Link = s.origin(c) + directoryPath + "/confirm/" + secret
		page.Mail = mailto(o.Contact, f.T("offers.ask.subject", "title", o.Title), f.T("offers.ask.body", "title", o.Title, "link", page.Link))
	}
	if s.changes(user, o.Areas) {
		at := offersPath + "/of/" + o.ID
		page.Change, page.Ask = at+"/change"+f.Query, at+"/ask"+f.Query
		page.Measure = measuresPath + "/new?offer=" + o.ID + "&field=" + o.Fields[0] + "&area=" + s.desk.Areas.Common(o.Areas) + "&lang=" + f.Language()
	}
	if day := asked[o.ID]; day != "" {
		page.Asked = f.T("offers.ask.open", "day", f.Date(day))
	}
	if o.AskAgain(s.today()) {
		page.Notes = append(page.Notes, f.T("offers.ask.due"))
	}
	if o.EndingSoon(s.today()) {
		page.Notes = append(page.Notes, f.T("offers.ending_soon", "day", f.Date(o.LastDay())))
	}
	if o.FundingOver(s.today()) {
		page.Notes = append(page.Notes, f.T("offers.funding_over", "day", f.Date(o.FundingEnd)))
	}
	return s.page(c, http.StatusOK, "desk-offer", page)
}

type offerPage struct {
	*deskFrame
	Back    waveLink
	Done    string
	Link    string // secret, to copy
	Mail    string // address that opens a letter with it, "" when nobody's address is known
	Facts   []registerFact
	Notes   []string
	Change  string // addresses, "" for who may not
	Ask     string
	Measure string
	Asked   string // since when a link is open
}

// registerFact is a line of what is known about something.
type registerFact struct{ Label, Text string }

func (s *Server) offerFacts(f *deskFrame, o *baseline.Offer) (facts []registerFact) {
	w := s.offerWords(f, o)
	public := f.T("offers.public.no")
	if o.Public {
		public = f.T("offers.public.yes")
	}
	for _, one := range []registerFact{{"provider", o.Provider}, {"fields", w.Fields}, {"audiences", w.Audiences}, {"ages", w.Ages}, {"areas", w.Areas},
		{"places", w.Places}, {"languages", w.Languages}, {"cost", w.Cost}, {"status", w.Status}, {"start", f.Date(o.Start)}, {"end", f.Date(o.End)},
		{"funding", w.Funding}, {"funding_end", f.Date(o.FundingEnd)}, {"contact", o.Contact}, {"source", o.Source}, {"confirmed", f.Date(o.Confirmed)}, {"public", public}} {
		if one.Text != "" {
			facts = append(facts, registerFact{f.T("offers.input." + one.Label), one.Text})
		}
	}
	return facts
}
