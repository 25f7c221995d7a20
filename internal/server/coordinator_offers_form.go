package server

import (
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// newOffer shows the empty form.
func (s *Server) newOffer(c echo.Context) error {
	return s.page(c, http.StatusOK, "desk-entry", s.offerEntry(c, &baseline.Offer{Ages: baseline.EveryAge(), Status: baseline.OfferRunning}, 0))
}

// offerForm shows the form of an offer that there is.
func (s *Server) offerForm(c echo.Context) error {
	one, err := s.desk.Office.Offer(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "desk-entry", s.offerEntry(c, &one.Entry, one.Revision))
}

// offerEntry is the form of an offer, of a new one where its revision is 0.
func (s *Server) offerEntry(c echo.Context, o *baseline.Offer, revision int) *entryPage {
	f := s.deskFrame(c, "offers.change_title")
	page := &entryPage{deskFrame: f, Revision: revision, Inputs: s.offerInputs(c, f, o), Save: f.T("offers.save")}
	page.Back, page.Action = waveLink{Address: offersPath + f.Query, Name: f.T("offers.back")}, offersPath+f.Query
	if revision == 0 {
		page.Title = f.T("offers.add")
		return page
	}
	at := offersPath + "/of/" + o.ID
	page.Action, page.Remove, page.Lost = at+f.Query, at+"/remove"+f.Query, f.T("offers.lost", "title", o.Title)
	page.Back = waveLink{Address: at + f.Query, Name: f.T("offers.back_to", "title", o.Title)}
	return page
}

// offerInputs are the inputs for an offer.
func (s *Server) offerInputs(c echo.Context, f *deskFrame, o *baseline.Offer) []formInput {
	user, _ := visitor(c)
	input := func(name string, kind inputKind, value string) formInput {
		one := formInput{Name: name, Label: f.T("offers.input." + name), Kind: kind, Value: value}
		if hint := "offers.hint." + name; f.T(hint) != hint {
			one.Hint = f.T(hint)
		}
		return one
	}
	choice := func(name string, kind inputKind, options []option) formInput {
		one := input(name, kind, "")
		one.Options = options
		return one
	}
	age := func(value, none int) string {
		if value == none {
			return ""
		}
		return strconv.Itoa(value)
	}
	places, public := "", ""
	if o.Places != nil {
		places = strconv.Itoa(*o.Places)
	}
	if o.Public {
		public = "yes"
	}
	words := f.Localizer
	inputs := []formInput{
		input("title", lineInput, o.Title), input("provider", lineInput, o.Provider),
		choice("fields", tickInput, s.fieldOptions(words, "", o.Fields...)),
		choice("audiences", tickInput, keyOptions(words, "offers.audience.", "", baseline.Audiences(), o.Audiences...)),
		input("age_from", numberInput, age(o.Ages.From, 0)), input("age_to", numberInput, age(o.Ages.To, baseline.Oldest)),
		choice("areas", tickInput, s.conceptAreas(user, "", o.Areas...)),
		input("places", numberInput, places),
		choice("languages", tickInput, keyOptions(words, "offers.language.", "", baseline.OfferLanguages(), o.Languages...)),
		choice("cost", chooseInput, keyOptions(words, "offers.cost.", f.T("offers.unknown"), baseline.Costs(), o.Cost)),
		choice("status", chooseInput, keyOptions(words, "offers.status.", "", baseline.OfferStatuses(), string(o.Status))),
		input("start", dayInput, o.Start), input("end", dayInput, o.End),
		choice("funding", chooseInput, keyOptions(words, "offers.funding.", f.T("offers.unknown"), baseline.Fundings(), o.Funding)),
		input("funding_end", dayInput, o.FundingEnd), input("contact", lineInput, o.Contact), input("source", lineInput, o.Source),
		input("confirmed", dayInput, o.Confirmed), input("public", yesInput, public),
	}
	for at := range inputs {
		one := &inputs[at]
		switch one.Name {
		case "title", "provider":
			one.Required, one.Limit = true, baseline.MaxTitle
		case "contact", "source":
			one.Limit = 2 * baseline.MaxTitle
		case "areas": // the name under which all forms send areas, by which rights are checked
			one.Name = "area"
		}
	}
	return inputs
}

// readOffer reads the form into an offer that has the rest already.
func (s *Server) readOffer(form url.Values, o baseline.Offer) (baseline.Offer, error) {
	o.Title, o.Provider = tidyWords(form.Get("title")), tidyWords(form.Get("provider"))
	o.Fields, o.Audiences, o.Areas, o.Languages = form["fields"], form["audiences"], form["area"], form["languages"]
	o.Cost, o.Status, o.Funding = form.Get("cost"), baseline.OfferStatus(form.Get("status")), form.Get("funding")
	o.Start, o.End, o.FundingEnd, o.Confirmed = form.Get("start"), form.Get("end"), form.Get("funding_end"), form.Get("confirmed")
	o.Contact, o.Source, o.Public = tidyWords(form.Get("contact")), tidyWords(form.Get("source")), form.Get("public") != ""
	o.Ages, o.Places = baseline.EveryAge(), nil
	var err error
	number := func(input, key string, most int, into func(int)) {
		text := strings.TrimSpace(response.Digits(form.Get(input)))
		if text == "" || err != nil {
			return
		}
		value, bad := strconv.Atoi(text)
		if bad != nil {
			err = failure.New(failure.Invalid, key, "input", input, "most", most)
			return
		}
		into(value)
	}
	number("age_from", "offers.problem.ages", baseline.Oldest, func(value int) { o.Ages.From = value })
	number("age_to", "offers.problem.ages", baseline.Oldest, func(value int) { o.Ages.To = value })
	number("places", "offers.problem.places", baseline.MaxPlaces, func(value int) { o.Places = &value })
	if err == nil {
		err = asArea(o.Check(s.isArea, s.isField))
	}
	return o, err
}

// asArea names the input of areas as forms do.
func asArea(err error) error {
	if failed := failure.As(err); failed != nil && failed.Params["input"] == "areas" {
		failed.Params["input"] = "area"
	}
	return err
}

// addOffer stores a new offer.
func (s *Server) addOffer(c echo.Context) error {
	return s.saveOffer(c, store.Kept[baseline.Offer]{}, 0)
}

// changeOffer stores what became of one.
func (s *Server) changeOffer(c echo.Context) error {
	one, err := s.desk.Office.Offer(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.saveOffer(c, one, revisionIn(c))
}

func (s *Server) saveOffer(c echo.Context, stored store.Kept[baseline.Offer], seen int) error {
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	user, _ := visitor(c)
	o, wrong := s.readOffer(form, stored.Entry)
	if wrong == nil && !s.changes(user, o.Areas) {
		return failure.New(failure.Forbidden, "error.forbidden")
	}
	id := ""
	if wrong == nil {
		id, wrong = s.desk.Office.SaveOffer(c.Request().Context(), s.entryFor(user, o.Areas), seen, o)
	}
	if wrong != nil {
		return s.refusedEntry(c, s.offerEntry(c, &o, max(seen, stored.Revision)), wrong)
	}
	return goOn(c, offersPath+"/of/"+id, "saved")
}

// entryFor begins an entry of the audit log about areas.
func (s *Server) entryFor(user account.User, areas []string) account.Entry {
	return account.Entry{Actor: user.Name, Area: s.desk.Areas.Common(areas)}
}

// removeOffer removes one. Whoever does it ticks that they are sure.
func (s *Server) removeOffer(c echo.Context) error {
	ctx := c.Request().Context()
	one, err := s.desk.Office.Offer(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	wrong := sure(c)
	if wrong == nil {
		wrong = s.desk.Office.RemoveOffer(ctx, s.entryFor(user, one.Entry.Areas), revisionIn(c), one.Entry.ID)
	}
	if wrong != nil {
		return s.refusedEntry(c, s.offerEntry(c, &one.Entry, one.Revision), wrong)
	}
	return goOn(c, offersPath, "removed")
}

// askProvider makes a link to the provider and shows it, this once.
func (s *Server) askProvider(c echo.Context) error {
	ctx := c.Request().Context()
	one, err := s.desk.Office.Offer(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	user, _ := visitor(c)
	secret, err := s.desk.Office.AskProvider(ctx, s.entryFor(user, one.Entry.Areas), one.Entry.ID)
	if err != nil {
		return err
	}
	return s.showOffer(c, one, secret)
}

var addressIn = regexp.MustCompile(`[^\s<>,;:()]+@[^\s<>,;:()]+\.[^\s<>,;:()]+`)

// mailto opens a letter in the reader's own mail program: to the first address in
// the contact, "" where there is none.
func mailto(contact, subject, body string) string {
	found := strings.TrimRight(addressIn.FindString(contact), ".")
	if _, err := mail.ParseAddress(found); err != nil {
		return ""
	}
	escaped := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	return "mailto:" + url.PathEscape(found) + "?subject=" + escaped(subject) + "&body=" + escaped(body)
}
