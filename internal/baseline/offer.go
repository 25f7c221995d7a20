// Package baseline knows what a municipality's concept starts from: the offers and
// measures that there are, who works with whom, and which papers exist.
//
// Fields of action and areas are keys of the catalogue, days are written
// 2006-01-02, "" where none is known.
package baseline

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// Within tells whether an area is another one or lies in it;
// [bedarfslotse/internal/catalogue.Areas.Contains] does.
type Within func(outer, inner string) bool

// Offer (Angebot) is what a provider does for newly arrived children, young people
// or their families.
type Offer struct {
	ID        string
	Title     string
	Provider  string   // who runs it
	Fields    []string // fields of action, at least one
	Audiences []string // keys of [Audiences]; none: open to everybody
	Ages      Ages
	Areas     []string // at least one
	Places    *int     // how many can take part; nil when nobody knows
	Languages []string // in which one can take part: keys of [OfferLanguages]
	Cost      string   // what a family pays: key of [Costs], "" unknown
	Start     string   // first day
	End       string   // last day; "" while nobody has set an end
	Funding   string   // key of [Fundings], "" unknown
	// FundingEnd is the last day that is paid for.
	FundingEnd string
	Status     OfferStatus
	Contact    string // general address of the institution, never a person's
	Source     string // where this is known from
	Confirmed  string // day on which the provider last said that it is so
	Public     bool   // a person has released it for the public list
}

// Ages are those for whom something is, in full years; from 0 to [Oldest] where
// there is no limit.
type Ages struct{ From, To int }

// Oldest is the age that stands for no upper limit.
const Oldest = 99

// EveryAge has no limits.
func EveryAge() Ages { return Ages{0, Oldest} }

// Overlap tells whether somebody is of an age in both.
func (a Ages) Overlap(other Ages) bool { return a.From <= other.To && other.From <= a.To }

// Limited tells whether there is a limit at all.
func (a Ages) Limited() bool { return a.From > 0 || a.To < Oldest }

// OfferStatus says whether an offer takes place.
type OfferStatus string

// The states of an offer.
const (
	OfferRunning OfferStatus = "running"
	OfferPlanned OfferStatus = "planned"
	OfferPaused  OfferStatus = "paused"
	OfferEnded   OfferStatus = "ended"
)

// OfferStatuses lists the states of an offer.
func OfferStatuses() []OfferStatus {
	return []OfferStatus{OfferRunning, OfferPlanned, OfferPaused, OfferEnded}
}

// Audiences are those for whom offers can be, as the survey of youth services
// names them.
func Audiences() []string {
	return []string{"children_under_6", "children_6_to_13", "young_people", "parents", "professionals"}
}

// AgesOf are the ages that an audience has by its name: those for whom offers are
// counted where nothing closer is known. Whoever is under 27 is a young person (SGB
// VIII § 7).
func AgesOf(audience string) Ages {
	switch audience {
	case "children_under_6":
		return Ages{0, 5}
	case "children_6_to_13":
		return Ages{6, 13}
	case "young_people":
		return Ages{14, 26}
	}
	return EveryAge()
}

// Costs are what a family may pay.
func Costs() []string {
	return []string{"free", "up_to_10", "up_to_30", "over_30", "one_time", "varies"}
}

// Fundings are how long something may be paid for.
const (
	FundingPermanent = "permanent"
	FundingLimited   = "limited"
	FundingUnclear   = "unclear"
)

// Fundings lists how long something may be paid for.
func Fundings() []string { return []string{FundingPermanent, FundingLimited, FundingUnclear} }

// OfferLanguages are those that an offer can be in.
func OfferLanguages() []string {
	return []string{"de", "en", "fr", "uk", "ru", "ar", "fa", "ps", "tr", "kmr", "ckb", "ro", "bg", "pl", "sq", "ti", "other"}
}

// The most characters and numbers that are kept.
const (
	MaxTitle  = 200
	MaxText   = 2000
	MaxPlaces = 100_000
)

// Check finds what is wrong with an offer: failure.Invalid with the parameter
// "input", the name of what is to be mended.
func (o *Offer) Check(areas, fields func(key string) bool) error {
	check := inputs{}
	check.text("title", o.Title, MaxTitle, true)
	check.text("provider", o.Provider, MaxTitle, true)
	check.keys("fields", o.Fields, fields, true)
	check.keys("audiences", o.Audiences, among(Audiences()), false)
	check.keys("areas", o.Areas, areas, true)
	check.keys("languages", o.Languages, among(OfferLanguages()), false)
	check.key("cost", o.Cost, Costs())
	check.key("funding", o.Funding, Fundings())
	check.text("contact", o.Contact, MaxTitle*2, false)
	check.text("source", o.Source, MaxTitle*2, false)
	check.days("start", o.Start, "end", o.End)
	check.days("start", o.Start, "funding_end", o.FundingEnd)
	check.day("confirmed", o.Confirmed)
	if !slices.Contains(OfferStatuses(), o.Status) {
		check.wrong("status", "offers.problem.choice")
	}
	if o.Ages.From < 0 || o.Ages.To > Oldest || o.Ages.From > o.Ages.To {
		check.wrong("age_from", "offers.problem.ages", "most", Oldest)
	}
	if o.Places != nil && (*o.Places < 1 || *o.Places > MaxPlaces) {
		check.wrong("places", "offers.problem.places", "most", MaxPlaces)
	}
	return check.err
}

// Running tells whether an offer takes place on a day. The end of its funding does
// not end it: somebody has to say so.
func (o *Offer) Running(day string) bool {
	return o.Status == OfferRunning && (o.Start == "" || o.Start <= day) && (o.End == "" || day <= o.End)
}

// Over tells whether an offer had ended by a day.
func (o *Offer) Over(day string) bool {
	return o.Status == OfferEnded || o.End != "" && o.End < day
}

// EndingSoon tells whether the funding of an offer, or the offer itself, ends
// within twelve months from a day (METHODS 8).
func (o *Offer) EndingSoon(day string) bool {
	last := o.LastDay()
	return last != "" && !o.Over(day) && day <= last && last <= nextYear(day)
}

// FundingOver tells whether an offer has not ended though its funding has: its
// entry is old, or it goes on without money.
func (o *Offer) FundingOver(day string) bool {
	return !o.Over(day) && o.FundingEnd != "" && o.FundingEnd < day
}

// LastDay is when an offer or its funding ends, whichever comes first.
func (o *Offer) LastDay() string {
	if o.End == "" || o.FundingEnd != "" && o.FundingEnd < o.End {
		return o.FundingEnd
	}
	return o.End
}

// AskAgain tells whether the provider is to be asked if an offer is still as it is
// written: once a year.
func (o *Offer) AskAgain(day string) bool {
	return !o.Over(day) && (o.Confirmed == "" || nextYear(o.Confirmed) <= day)
}

// For tells whether an offer is for an audience; "" is any.
func (o *Offer) For(audience string) bool {
	return audience == "" || len(o.Audiences) == 0 || slices.Contains(o.Audiences, audience)
}

// About tells whether an offer belongs to a field of action; "" is any.
func (o *Offer) About(field string) bool { return field == "" || slices.Contains(o.Fields, field) }

// In tells whether an offer reaches some of an area: it is for an area within it or
// around it. "" is everywhere.
func (o *Offer) In(area string, within Within) bool {
	return area == "" || slices.ContainsFunc(o.Areas, func(own string) bool { return within(own, area) || within(area, own) })
}

// nextYear is the same day of the next year; of 29 February it is 1 March.
func nextYear(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return at.AddDate(1, 0, 0).Format(time.DateOnly)
}

// inputs checks what was typed and keeps the first thing that is wrong.
type inputs struct{ err error }

func (i *inputs) wrong(input, key string, params ...any) {
	if i.err == nil {
		i.err = failure.New(failure.Invalid, key, append([]any{"input", input}, params...)...)
	}
}

func (i *inputs) text(input, text string, most int, required bool) {
	switch {
	case required && strings.TrimSpace(text) == "":
		i.wrong(input, "offers.problem.missing")
	case !utf8.ValidString(text):
		i.wrong(input, "offers.problem.signs")
	case utf8.RuneCountInString(text) > most:
		i.wrong(input, "offers.problem.long", "limit", most)
	}
}

func (i *inputs) keys(input string, keys []string, known func(string) bool, required bool) {
	if required && len(keys) == 0 {
		i.wrong(input, "offers.problem.missing")
	}
	if slices.ContainsFunc(keys, func(key string) bool { return !known(key) }) {
		i.wrong(input, "offers.problem.choice")
	}
}

// key checks a choice that may be left out.
func (i *inputs) key(input, key string, all []string) {
	if key != "" && !slices.Contains(all, key) {
		i.wrong(input, "offers.problem.choice")
	}
}

func (i *inputs) day(input, day string) {
	if _, err := time.Parse(time.DateOnly, day); day != "" && (err != nil || len(day) != len(time.DateOnly)) {
		i.wrong(input, "offers.problem.day")
	}
}

// days checks two days of which the second must not come before the first.
func (i *inputs) days(first, from, last, to string) {
	i.day(first, from)
	i.day(last, to)
	if from != "" && to != "" && to < from {
		i.wrong(last, "offers.problem.order")
	}
}

// link checks the address of a page.
func (i *inputs) link(input, link string) {
	address, err := url.Parse(link)
	if link != "" && (err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http") {
		i.wrong(input, "offers.problem.link")
	}
}

func among(all []string) func(string) bool {
	return func(key string) bool { return slices.Contains(all, key) }
}

// SortOffers puts offers in the order of title, provider and id.
func SortOffers(offers []Offer) {
	slices.SortFunc(offers, func(a, b Offer) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.ID, b.ID))
	})
}
