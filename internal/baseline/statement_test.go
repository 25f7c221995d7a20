package baseline_test

import (
	"slices"
	"testing"

	"bedarfslotse/internal/baseline"
)

func TestReadStatement(t *testing.T) {
	s := baseline.Statement{Wave: "youth", Area: "stadt"}
	err := s.Read([]byte(`{"institution_consent":"OK","institution_name":" Jugendhaus ","offers":[
		{"offer_title":"Lernwerkstatt","offer_fields":["language_support"],"offer_audience":["young_people"],"offer_age_from":"12","offer_places":"15",
		 "offer_area":"Nordstadt und Süd","offer_languages":["de","ar"],"offer_cost":"free","offer_status":"planned","offer_start":"2027-01-01",
		 "offer_funding":"limited","offer_funding_end":"2027-12-31","offer_contact":"info@example.org"},
		{"offer_title":" "}, {"offer_title":"Ohne Angaben"}, {"offer_title":"Ohne Angaben"}],
		"partners":[{"partner_name":"Schule am Park","partner_kind":"school","partner_frequency":"weekly"},{"partner_kind":"school"}]}`))
	if err != nil || !s.Consent || s.Name != "Jugendhaus" || len(s.Offers) != 2 || len(s.Partners) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	first := s.Offers[0]
	if o := first.Offer; o.Provider != "Jugendhaus" || o.Ages != (baseline.Ages{From: 12, To: 99}) || *o.Places != 15 || o.Status != baseline.OfferPlanned ||
		o.FundingEnd != "2027-12-31" || first.AreaText != "Nordstadt und Süd" || first.Key == s.Offers[1].Key {
		t.Errorf("the first is %+v", first)
	}
	if o := s.Offers[1].Offer; o.Status != baseline.OfferRunning || o.Places != nil || o.Ages != baseline.EveryAge() {
		t.Errorf("the bare one is %+v", o)
	}
	if tie := s.Partners[0]; tie.From != "Jugendhaus" || tie.To != "Schule am Park" || tie.Area != "stadt" || tie.Frequency != "weekly" {
		t.Errorf("the tie is %+v", tie)
	}
	names := map[string]string{"nord": "Nordstadt", "sued": "Süd", "ost": "Ost", "no": "Nord"}
	if got := baseline.AreasNamed(first.AreaText, names); !slices.Equal(got, []string{"nord", "sued"}) {
		t.Errorf("areas %v", got)
	}
	silent := baseline.Statement{}
	if err := silent.Read([]byte(`{"institution_name":"Jugendhaus","offers":[{"offer_title":"a"}]}`)); err != nil || silent.Consent || silent.Offers != nil {
		t.Errorf("without consent: %+v, %v", silent, err)
	}
	if (&baseline.Statement{}).Read([]byte(`[]`)) == nil {
		t.Error("what is no object was read")
	}
}
