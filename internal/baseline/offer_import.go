package baseline

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// OfferWords are the texts that tables of offers are written in: by key, what
// people call it. Each key may have several names.
type OfferWords struct {
	Fields, Areas, Audiences, Languages, Costs, Statuses, Fundings []tabular.Choice
}

// Keys of what a table can tell of an offer.
const (
	offerTitle      = "title"
	offerProvider   = "provider"
	offerFields     = "fields"
	offerAreas      = "areas"
	offerAudiences  = "audiences"
	offerAgeFrom    = "age_from"
	offerAgeTo      = "age_to"
	offerPlaces     = "places"
	offerLanguages  = "languages"
	offerCost       = "cost"
	offerStart      = "start"
	offerEnd        = "end"
	offerFunding    = "funding"
	offerFundingEnd = "funding_end"
	offerStatus     = "status"
	offerContact    = "contact"
	offerSource     = "source"
)

// OfferTargets lists what a table of offers may hold, in the order in which the
// program writes them itself. Cells with several fields, areas, audiences or
// languages separate them by semicolons, or by commas where that is clear.
func OfferTargets(words OfferWords) []tabular.Target {
	text := func(key string, required bool, synonyms ...string) tabular.Target {
		return tabular.Target{Key: key, Label: "offers.input." + key, Kind: tabular.TextValue, Required: required, Synonyms: synonyms}
	}
	number := func(key string, least, most float64, synonyms ...string) tabular.Target {
		return tabular.Target{Key: key, Label: "offers.input." + key, Kind: tabular.NumberValue, Whole: true, Least: least, Most: most, Synonyms: synonyms}
	}
	choice := func(key string, choices []tabular.Choice, synonyms ...string) tabular.Target {
		return tabular.Target{Key: key, Label: "offers.input." + key, Kind: tabular.ChoiceValue, Choices: choices, Fixed: true, Synonyms: synonyms}
	}
	several := func(key string, choices []tabular.Choice, synonyms ...string) tabular.Target {
		one := choice(key, choices, synonyms...)
		one.Free, one.Fixed = true, key == offerFields || key == offerAreas
		one.Required = one.Fixed
		return one
	}
	return []tabular.Target{
		text(offerTitle, true, "Angebot", "Titel", "Name des Angebots", "Bezeichnung", "Projekt", "Maßnahme", "Offer", "Title"),
		text(offerProvider, true, "Träger", "Anbieter", "Einrichtung", "Institution", "Organisation", "Provider"),
		several(offerFields, words.Fields, "Themenfeld", "Themenfeld", "Thema", "Themen", "Bereich", "Field of action"),
		several(offerAreas, words.Areas, "Gebiet", "Ort", "Orte", "Stadt", "Stadtteil", "Sozialraum", "Kommune", "Area"),
		several(offerAudiences, words.Audiences, "Zielgruppe", "Zielgruppen", "Für wen", "Audience"),
		number(offerAgeFrom, 0, Oldest, "Alter von", "Alter ab", "ab Alter", "Mindestalter", "Age from"),
		number(offerAgeTo, 0, Oldest, "Alter bis", "bis Alter", "Höchstalter", "Age to"),
		number(offerPlaces, 1, MaxPlaces, "Plätze", "Anzahl Plätze", "Platzzahl", "Places"),
		several(offerLanguages, words.Languages, "Sprache", "Sprachen", "Languages"),
		choice(offerCost, words.Costs, "Kosten", "Beitrag", "Cost"),
		text(offerStart, false, "Beginn", "Start", "Seit", "Startdatum"),
		text(offerEnd, false, "Ende", "Enddatum", "End"),
		choice(offerFunding, words.Fundings, "Finanzierung", "Förderung", "Funding"),
		text(offerFundingEnd, false, "Ende der Finanzierung", "Förderende", "Finanziert bis", "Laufzeit bis", "End of funding"),
		choice(offerStatus, words.Statuses, "Status", "Stand"),
		text(offerContact, false, "Kontakt", "Ansprechpartner", "Telefon", "E-Mail", "Contact"),
		text(offerSource, false, "Quelle", "Source"),
	}
}

// OfferImport is what a table of offers would change.
type OfferImport struct {
	New      []Offer
	Changed  []OfferChange
	Same     int
	Findings failure.Findings // of rows that are refused, and of what was odd
}

// OfferChange is an offer of which the table knows more or something else.
type OfferChange struct{ Old, New Offer }

// ReadOfferTable reads a table of offers through a mapping and compares it with
// those that there are. An offer is told by its title and provider, whatever their
// case, punctuation and legal form; what the table does not say of it stays. file
// is where new ones are known from unless the table says so. may tells for offers
// of which areas whoever imports may change something. The error is
// [failure.Findings] when the file is unusable.
func ReadOfferTable(words OfferWords, content []byte, file string, reading tabular.Reading, mapping tabular.Mapping, there []Offer, may func(areas []string) bool) (*OfferImport, error) {
	table, err := tabular.OpenTable(bytes.NewReader(content), reading.Options(file))
	if err != nil {
		return nil, err
	}
	targets := OfferTargets(words)
	mapped, err := mapping.Open(table, targets, file, reading.Sheet)
	if err != nil {
		return nil, err
	}
	run := &offerReading{Mapped: mapped, mapping: mapping, file: file, may: may, known: map[string]Offer{}, seen: map[string]int{}, keys: map[string]map[string]string{}}
	for _, target := range targets {
		if target.Free {
			run.keys[target.Key] = namesOf(target.Choices)
		}
	}
	for _, one := range there {
		run.known[offerKey(one.Title, one.Provider)] = one
	}
	for row, err := range mapped.Rows() {
		if err != nil {
			return nil, err
		}
		if !row.Refused {
			run.add(row)
		}
	}
	run.result.Findings = mapped.Findings()
	return &run.result, nil
}

func offerKey(title, provider string) string { return ActorKey(title) + "\x00" + ActorKey(provider) }

// namesOf indexes what texts mean.
func namesOf(choices []tabular.Choice) map[string]string {
	index := map[string]string{}
	for _, one := range choices {
		for _, name := range append([]string{one.Label, one.Key}, one.Synonyms...) {
			if loose := tabular.Loose(name); loose != "" {
				index[loose] = one.Key
			}
		}
	}
	return index
}

type offerReading struct {
	*tabular.Mapped
	mapping tabular.Mapping
	file    string
	may     func([]string) bool
	known   map[string]Offer
	seen    map[string]int // lines by key
	keys    map[string]map[string]string
	result  OfferImport
}

func (r *offerReading) add(row tabular.Record) {
	refuse := func(target, key string, params failure.Params) { r.Note(failure.Fatal, key, row, target, params) }
	title, provider := row.Text(offerTitle), row.Text(offerProvider)
	key := offerKey(title, provider)
	if line, twice := r.seen[key]; twice {
		refuse(offerTitle, "offers.row_twice", failure.Params{"line": line, "title": title})
		return
	}
	r.seen[key] = row.Line
	old, known := r.known[key]
	o := old
	if !known {
		o = Offer{Title: title, Provider: provider, Ages: EveryAge(), Status: OfferRunning, Source: r.file}
	}
	if !r.lists(row, &o) || !r.days(row, &o) {
		return
	}
	r.rest(row, &o)
	valid := func(string) bool { return true } // areas and fields come from choices
	if err := o.Check(valid, valid); err != nil {
		failed := failure.As(err)
		input, _ := failed.Params["input"].(string)
		refuse(input, failed.Key, failed.Params)
		return
	}
	if !r.may(o.Areas) || known && !r.may(old.Areas) {
		refuse(offerAreas, "offers.row_foreign", failure.Params{"title": title})
		return
	}
	switch {
	case !known:
		r.result.New = append(r.result.New, o)
	case len(DifferentIn(&old, &o)) == 0:
		r.result.Same++
	default:
		r.result.Changed = append(r.result.Changed, OfferChange{old, o})
	}
}

// lists reads the cells that may hold several keys; false when one is unknown.
func (r *offerReading) lists(row tabular.Record, o *Offer) bool {
	good := true
	for target, into := range map[string]*[]string{offerFields: &o.Fields, offerAreas: &o.Areas, offerAudiences: &o.Audiences, offerLanguages: &o.Languages} {
		field, given := row.Fields[target]
		if !given {
			continue
		}
		keys, unknown := r.split(target, field)
		if unknown != "" {
			r.Note(failure.Fatal, "offers.row_unknown", row, target, failure.Params{"text": unknown, "target": failure.Label("offers.input." + target)})
			good = false
			continue
		}
		*into = keys
	}
	return good
}

// split reads several keys from one cell: the whole as one name first, then by
// semicolons, then by commas. unknown is the first text that is no name.
func (r *offerReading) split(target string, field tabular.Field) (keys []string, unknown string) {
	if field.Known {
		return []string{field.Text}, ""
	}
	mean := func(text string) string {
		loose := tabular.Loose(text)
		if key := r.keys[target][loose]; key != "" {
			return key
		}
		return r.mapping.Values[target][loose]
	}
	for _, separator := range []string{";", ",", "/"} {
		keys, unknown = nil, ""
		for part := range strings.SplitSeq(field.Text, separator) {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			key := mean(part)
			if key == "" {
				unknown = part
				break
			}
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		if unknown == "" {
			return keys, ""
		}
	}
	return nil, field.Text
}

// days reads the days; false when one is none.
func (r *offerReading) days(row tabular.Record, o *Offer) bool {
	good := true
	for _, one := range []struct {
		target string
		into   *string
	}{{offerStart, &o.Start}, {offerEnd, &o.End}, {offerFundingEnd, &o.FundingEnd}} {
		text := row.Text(one.target)
		if text == "" {
			continue
		}
		day, ok := dayIn(text)
		if !ok {
			r.Note(failure.Fatal, "offers.row_day", row, one.target, failure.Params{"text": text})
			good = false
			continue
		}
		*one.into = day
	}
	return good
}

// rest reads what needs no more than its text.
func (r *offerReading) rest(row tabular.Record, o *Offer) {
	for target, into := range map[string]*string{offerCost: &o.Cost, offerFunding: &o.Funding, offerContact: &o.Contact, offerSource: &o.Source} {
		if text := row.Text(target); text != "" {
			*into = text
		}
	}
	if text := row.Text(offerStatus); text != "" {
		o.Status = OfferStatus(text)
	}
	for target, into := range map[string]*int{offerAgeFrom: &o.Ages.From, offerAgeTo: &o.Ages.To} {
		if field, given := row.Fields[target]; given {
			*into = int(field.Number)
		}
	}
	if field, given := row.Fields[offerPlaces]; given {
		places := int(field.Number)
		o.Places = &places
	}
}

// DifferentIn lists in what two offers differ, by the names of their inputs.
func DifferentIn(a, b *Offer) (inputs []string) {
	same := func(x, y []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y)))
	}
	places := a.Places == nil && b.Places == nil || a.Places != nil && b.Places != nil && *a.Places == *b.Places
	for _, one := range []struct {
		input string
		same  bool
	}{
		{offerTitle, a.Title == b.Title}, {offerProvider, a.Provider == b.Provider}, {offerFields, same(a.Fields, b.Fields)},
		{offerAreas, same(a.Areas, b.Areas)}, {offerAudiences, same(a.Audiences, b.Audiences)}, {offerAgeFrom, a.Ages.From == b.Ages.From},
		{offerAgeTo, a.Ages.To == b.Ages.To}, {offerPlaces, places}, {offerLanguages, same(a.Languages, b.Languages)}, {offerCost, a.Cost == b.Cost},
		{offerStart, a.Start == b.Start}, {offerEnd, a.End == b.End}, {offerFunding, a.Funding == b.Funding}, {offerFundingEnd, a.FundingEnd == b.FundingEnd},
		{offerStatus, a.Status == b.Status}, {offerContact, a.Contact == b.Contact}, {offerSource, a.Source == b.Source},
		{"confirmed", a.Confirmed == b.Confirmed}, {"public", a.Public == b.Public},
	} {
		if !one.same {
			inputs = append(inputs, one.input)
		}
	}
	return inputs
}

// dayIn reads a day as people and spreadsheets write it: 2026-12-31, 31.12.2026. Two
// digits for a year, and a month alone, could mean several days.
func dayIn(text string) (string, bool) {
	for _, layout := range []string{time.DateOnly, "2.1.2006", "2. 1. 2006", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Format(time.DateOnly), true
		}
	}
	return "", false
}
