package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
)

// The public list of offers, and the page by which providers say whether theirs is
// still as it is written. Neither sets a cookie nor knows who looks.

const directoryPath = "/offers"

// directoryPage lists the offers that were released.
type directoryPage struct {
	*frame
	Fields, Areas []tongueOption
	Found         string
	Offers        []directoryOffer
}

// tongueOption is an option whose label may be in another language.
type tongueOption struct {
	Value  string
	Label  caption
	Chosen bool
}

// directoryOffer is one offer in the visitor's words.
type directoryOffer struct {
	ID, Title, Provider            string
	Fields                         []caption
	Audiences, Ages, Areas         string
	Languages, Cost, Contact, Mail string
	Confirmed                      string
}

// directory shows the released offers that run, once somebody opened the list; else
// there is no such page.
func (s *Server) directory(c echo.Context) error {
	ctx := c.Request().Context()
	setting, err := s.desk.Office.Directory(ctx)
	if err != nil {
		return err
	}
	if !setting.Open {
		return failure.New(failure.NotFound, "error.not_found")
	}
	languages, err := s.spokenInDirectory(ctx, setting)
	if err != nil {
		return err
	}
	lang := c.QueryParam("lang")
	if !slices.Contains(languages, lang) {
		lang = i18n.Match(c.Request().Header.Get("Accept-Language"), languages)
	}
	running, err := s.desk.Office.OffersOn(ctx, s.today())
	if err != nil {
		return err
	}
	words := s.config.Catalogue.Localizer(lang)
	page := &directoryPage{frame: s.frame(c, words)}
	page.Title = page.T("directory.title")
	page.speak(languages, &url.URL{Path: directoryPath, RawQuery: c.QueryParams().Encode()})
	public := slices.DeleteFunc(running, func(o baseline.Offer) bool { return !o.Public })
	field, area := c.QueryParam("field"), c.QueryParam("area")
	page.options(s, public, field, area)
	for at := range public {
		if o := &public[at]; o.About(field) && o.In(area, s.desk.Areas.Contains) {
			page.Offers = append(page.Offers, page.offer(s, o))
		}
	}
	page.Found = page.N("directory.found", len(page.Offers))
	c.Response().Header().Set("Vary", "Accept-Language")
	return s.page(c, http.StatusOK, "directory", page)
}

// spokenInDirectory are the languages that the list is offered in: the chosen ones
// and, if so set, those in which a wave asks now.
func (s *Server) spokenInDirectory(ctx context.Context, setting store.Directory) ([]string, error) {
	if !setting.Waves {
		return setting.Languages, nil
	}
	waves, err := s.config.Waves.OpenWaves(ctx)
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, wave := range waves {
		if wave.Asking(s.config.Now()) {
			for _, tag := range wave.Offered(wave.Version.Languages) {
				asked[tag] = true
			}
		}
	}
	languages := slices.DeleteFunc(s.directoryLanguages(), func(tag string) bool { return !asked[tag] && !slices.Contains(setting.Languages, tag) })
	if len(languages) == 0 { // no wave is open now
		languages = s.directoryLanguages()[:1]
	}
	return languages, nil
}

// options offers the fields and areas that released offers have.
func (p *directoryPage) options(s *Server, public []baseline.Offer, field, area string) {
	all := caption{Text: p.T("directory.all")}
	p.Fields, p.Areas = []tongueOption{{"", all, field == ""}}, []tongueOption{{"", all, area == ""}}
	for _, key := range s.fieldKeys() {
		if slices.ContainsFunc(public, func(o baseline.Offer) bool { return o.About(key) }) {
			p.Fields = append(p.Fields, tongueOption{key, p.field(s, key), key == field})
		}
	}
	for _, one := range s.desk.Areas.All() {
		if slices.ContainsFunc(public, func(o baseline.Offer) bool { return o.In(one.Key, s.desk.Areas.Contains) }) {
			p.Areas = append(p.Areas, tongueOption{one.Key, caption{Text: s.areaPath(one)}, one.Key == area})
		}
	}
}

// field is a field of action in the first of the visitor's languages that names it.
func (p *directoryPage) field(s *Server, key string) caption {
	one, _ := s.desk.Fields.Get(key)
	for _, tag := range i18n.Chain(p.Language()) {
		if text := one.Label[tag]; text != "" {
			label := caption{Text: text}
			if tag != p.Language() {
				label.Lang, label.Dir = tag, i18n.Direction(tag)
			}
			return label
		}
	}
	return caption{Text: key}
}

func (p *directoryPage) offer(s *Server, o *baseline.Offer) directoryOffer {
	one := directoryOffer{ID: "offer-" + o.ID, Title: o.Title, Provider: o.Provider, Contact: o.Contact, Mail: addressIn.FindString(o.Contact),
		Audiences: joinedWords(o.Audiences, func(key string) string { return p.T("directory.audience." + key) }),
		Areas:     joinedWords(o.Areas, func(key string) string { return s.areaName(p.Localizer, key) }),
		Languages: joinedWords(o.Languages, func(key string) string {
			if key == "other" {
				return p.T("directory.other_languages")
			}
			return i18n.NativeName(key)
		})}
	for _, key := range o.Fields {
		if s.isField(key) {
			one.Fields = append(one.Fields, p.field(s, key))
		}
	}
	if o.Cost != "" {
		one.Cost = p.T("directory.cost." + o.Cost)
	}
	if o.Ages.Limited() {
		one.Ages = agesInWords(p.Localizer, o.Ages, "directory.ages.")
	}
	if o.Confirmed != "" {
		one.Confirmed = p.T("directory.checked", "day", p.Date(o.Confirmed))
	}
	return one
}

// confirmForm asks a provider whether an offer is still as it is written.
type confirmForm struct {
	*frame
	Offer                   directoryOffer
	Action                  string
	Places, End, FundingEnd string
	State                   string // "still", "ended" or ""
	Problem                 string
	Done                    bool
}

// confirmPage shows the form to whoever has the link.
func (s *Server) confirmPage(c echo.Context) error {
	page, _, err := s.confirming(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, "confirm", page)
}

// confirming counts towards the rate limit, so that links cannot be tried out.
func (s *Server) confirming(c echo.Context) (*confirmForm, *baseline.Offer, error) {
	if err := s.limiter.check(s.client(c.Request())); err != nil {
		return nil, nil, err
	}
	one, err := s.desk.Office.AskedOffer(c.Request().Context(), c.Param("secret"))
	if err != nil {
		return nil, nil, err
	}
	o := &one.Entry
	words := s.config.Catalogue.Localizer(s.visitorLanguage(c))
	inside := &directoryPage{frame: s.frame(c, words)}
	page := &confirmForm{frame: inside.frame, Offer: inside.offer(s, o), Action: c.Request().URL.Path, End: o.End, FundingEnd: o.FundingEnd}
	page.Title = page.T("directory.confirm_title")
	if o.Places != nil {
		page.Places = strconv.Itoa(*o.Places)
	}
	c.Response().Header().Set("Referrer-Policy", "no-referrer") // the address is the secret
	return page, o, nil
}

// confirmOffer stores what the provider says.
func (s *Server) confirmOffer(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return brokenForm(err)
	}
	c.Set(languageKey, form.Get("lang"))
	page, stored, err := s.confirming(c)
	if err != nil {
		return err
	}
	page.Places, page.End, page.FundingEnd, page.State = strings.TrimSpace(form.Get("places")), form.Get("end"), form.Get("funding_end"), form.Get("state")
	wrong := func() error {
		page.Problem = page.T("directory.confirm_problem", "most", page.Number(baseline.MaxPlaces, 0))
		return s.page(c, http.StatusUnprocessableEntity, "confirm", page)
	}
	if page.State != "still" && page.State != "ended" {
		return wrong()
	}
	err = s.desk.Office.AnswerProvider(c.Request().Context(), c.Param("secret"), s.desk.Areas.Common(stored.Areas), func(o baseline.Offer) (baseline.Offer, error) {
		return page.answered(o, s.today())
	})
	if failure.CodeOf(err) == failure.Invalid {
		return wrong()
	}
	if err != nil {
		return err
	}
	page.Done = true
	return s.page(c, http.StatusOK, "confirm", page)
}

// answered is the offer as the provider says it is on a day.
func (p *confirmForm) answered(o baseline.Offer, day string) (baseline.Offer, error) {
	o.Confirmed = day
	if p.State == "ended" {
		o.Status = baseline.OfferEnded
		if o.End == "" || o.End > day {
			o.End = day
		}
		if o.Start > o.End {
			o.Start = o.End // it ended before it began
		}
	} else {
		o.End, o.FundingEnd, o.Places = p.End, p.FundingEnd, nil
		if p.Places != "" {
			places, err := strconv.Atoi(response.Digits(p.Places))
			if err != nil {
				return o, failure.New(failure.Invalid, "directory.confirm_problem")
			}
			o.Places = &places
		}
	}
	valid := func(string) bool { return true } // what the provider cannot change stays as it is
	return o, o.Check(valid, valid)
}
