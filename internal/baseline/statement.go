package baseline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/tabular"
)

// Statement is what an institution said in its own name in a survey: its offers,
// and with whom it works. The names of the questions are those of the survey of
// youth services (surveys/youth_services).
type Statement struct {
	Wave        string // slug
	ID          string // hexadecimal
	Institution string // official number, "" when only a name was given
	Name        string // of the institution
	Area        string // of the institution, else of the wave
	Consent     bool   // somebody said that they may speak for it
	Offers      []Stated
	Partners    []Tie
}

// Stated is an offer as an institution described it.
type Stated struct {
	Key      string // tells it from others of the statement
	Offer    Offer  // without areas
	AreaText string // in which places, in its own words
}

// saidOffer and saidPartner are rows of the repeats of the survey.
type saidOffer struct {
	Title      string   `json:"offer_title"`
	Fields     []string `json:"offer_fields"`
	Audiences  []string `json:"offer_audience"`
	AgeFrom    string   `json:"offer_age_from"`
	AgeTo      string   `json:"offer_age_to"`
	Area       string   `json:"offer_area"`
	Places     string   `json:"offer_places"`
	Languages  []string `json:"offer_languages"`
	Cost       string   `json:"offer_cost"`
	Status     string   `json:"offer_status"`
	Start      string   `json:"offer_start"`
	Funding    string   `json:"offer_funding"`
	FundingEnd string   `json:"offer_funding_end"`
	Contact    string   `json:"offer_contact"`
}

type saidPartner struct {
	Name      string `json:"partner_name"`
	Kind      string `json:"partner_kind"`
	Frequency string `json:"partner_frequency"`
}

// Read fills in what the stored answers say. Rows without a title or a name say
// nothing; answers of a survey that asks otherwise are left out.
func (s *Statement) Read(answers []byte) error {
	var said struct {
		Consent  string            `json:"institution_consent"`
		Name     string            `json:"institution_name"`
		Offers   []json.RawMessage `json:"offers"`
		Partners []saidPartner     `json:"partners"`
	}
	if err := json.Unmarshal(answers, &said); err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	s.Consent = said.Consent != ""
	s.Name = cmp.Or(s.Name, strings.TrimSpace(said.Name))
	if !s.Consent {
		return nil
	}
	for _, row := range said.Offers {
		var one saidOffer
		if err := json.Unmarshal(row, &one); err != nil {
			return fmt.Errorf("read statement: %w", err)
		}
		if one.Title = strings.TrimSpace(one.Title); one.Title == "" {
			continue
		}
		sum := sha256.Sum256(row)
		stated := Stated{Key: hex.EncodeToString(sum[:12]), Offer: one.offer(s.Name), AreaText: strings.TrimSpace(one.Area)}
		if !slices.ContainsFunc(s.Offers, func(other Stated) bool { return other.Key == stated.Key }) {
			s.Offers = append(s.Offers, stated)
		}
	}
	for _, one := range said.Partners {
		if name := strings.TrimSpace(one.Name); name != "" && s.Name != "" {
			s.Partners = append(s.Partners, Tie{From: s.Name, To: name, Frequency: one.Frequency, Kind: one.Kind, Area: s.Area, Source: s.Wave})
		}
	}
	return nil
}

func (o *saidOffer) offer(provider string) Offer {
	one := Offer{Title: o.Title, Provider: provider, Fields: o.Fields, Audiences: o.Audiences, Ages: EveryAge(), Languages: o.Languages,
		Cost: o.Cost, Status: OfferStatus(cmp.Or(o.Status, string(OfferRunning))), Start: o.Start, Funding: o.Funding, FundingEnd: o.FundingEnd, Contact: o.Contact}
	if from, err := strconv.Atoi(o.AgeFrom); err == nil {
		one.Ages.From = from
	}
	if to, err := strconv.Atoi(o.AgeTo); err == nil {
		one.Ages.To = to
	}
	if places, err := strconv.Atoi(o.Places); err == nil {
		one.Places = &places
	}
	return one
}

// AreasNamed are the areas whose names stand in a text, of those offered: whole
// words, whatever their case. names are the areas' names by key.
func AreasNamed(text string, names map[string]string) []string {
	words := " " + tabular.Loose(text) + " "
	var found []string
	for key, name := range names {
		if loose := tabular.Loose(name); loose != "" && strings.Contains(words, " "+loose+" ") {
			found = append(found, key)
		}
	}
	slices.Sort(found)
	return found
}
