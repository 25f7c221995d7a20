package export

import (
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// Offer is what a purpose may choose for [Microdata] beside the opinion
// questions, which are in the file anyway.
type Offer struct {
	// Process are the names of area, institution_type, language, day and duration
	// as [MicrodataOptions.Identifying] takes them, in this order.
	Process   []string
	Questions []Offered
	// Texts tells that there are opinion questions answered in people's own words.
	Texts bool
}

// Offered is one question to choose, or a repeat, which stands for its number of
// instances.
type Offered struct {
	Name, Label string
	// Identifying questions go into [MicrodataOptions.Identifying], sensitive ones
	// into [MicrodataOptions.Sensitive], some into both.
	Identifying, Sensitive bool
}

// NewOffer finds what may be chosen, with labels in a language of the survey.
func NewOffer(v *survey.Version, language string) Offer {
	var offer Offer
	for _, name := range []string{response.ColumnArea, response.ColumnInstitutionType, response.ColumnLanguage,
		response.ColumnDay, response.ColumnDuration} {
		shown := name
		if v.Element(name) != nil {
			shown = response.ProcessColumn(v, name)
		}
		offer.Process = append(offer.Process, shown)
	}
	natures, words := newNatures(v, nil), newLabels(v, Output{Language: language})
	for _, e := range v.Elements {
		nature := natures.of(e)
		one := Offered{Name: e.Name, Label: words.of(e.Label, e.Name), Identifying: nature.identifying, Sensitive: nature.sensitive}
		switch {
		case nature.attributed || e.Within != nil:
		case e.Type == survey.Repeat:
			one.Identifying, one.Sensitive = true, false
			offer.Questions = append(offer.Questions, one)
		case !e.Type.Answered() || nature.text && nature.identifying:
		case one.Identifying || one.Sensitive:
			offer.Questions = append(offer.Questions, one)
			offer.Texts = offer.Texts || nature.text
		default:
			offer.Texts = offer.Texts || nature.text
		}
	}
	return offer
}
