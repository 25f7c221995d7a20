package survey

import (
	"slices"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// Known is what surveys name and others define. What is nil is not checked.
type Known struct {
	Fields     []string // the keys of the fields of action
	Pictograms []string // the names of the pictograms
}

// Check reports what an author should know beyond what makes a survey
// unusable: translations missing or stale, measures of unknown fields of
// action, pictograms that nobody has drawn.
func Check(v *Version, known Known) failure.Findings {
	c := &compiler{version: v}
	if v.Audience != "" && !catalogue.Audience(v.Audience).Valid() {
		c.warn(Position{Line: 1, Column: 1}, "survey.unknown_audience", "audience", v.Audience)
	}
	c.translations(Position{}, "title", v.Title)
	c.translations(Position{}, "description", v.Description)
	for _, list := range v.Choices {
		for _, choice := range list.Choices {
			c.translations(choice.Position, list.Name+"/"+choice.Name, choice.Label)
			c.pictogram(choice.Position, list.Name+"/"+choice.Name, choice.Pictogram, known.Pictograms)
		}
	}
	for _, e := range v.Elements {
		for _, t := range e.texts() {
			c.translations(e.Place(t.name), e.Name+"/"+t.name, *t.text)
		}
		c.pictogram(e.Place("pictogram"), e.Name, e.Pictogram, known.Pictograms)
		if e.Measures != nil && known.Fields != nil && !slices.Contains(known.Fields, e.Measures.Field) {
			c.find(e.Place("measures"), "survey.unknown_field_of_action", "field", e.Measures.Field, "name", e.Name,
				"suggestion", nearest(e.Measures.Field, slices.Clone(known.Fields)))
		}
	}
	return c.findings
}

// pictogram reports one that nobody has drawn: respondents see none in its place.
func (c *compiler) pictogram(at Position, name, pictogram string, known []string) {
	if pictogram != "" && known != nil && !slices.Contains(known, pictogram) {
		c.warn(at, "survey.unknown_pictogram", "pictogram", pictogram, "name", name,
			"suggestion", nearest(pictogram, slices.Clone(known)))
	}
}

// translations reports the languages in which one text is missing or stale, a
// finding each.
func (c *compiler) translations(at Position, name string, t Text) {
	source, ok := t[c.version.Language]
	if !ok {
		if len(t) > 0 {
			c.warn(at, "survey.source_missing", "text", name, "language", c.version.Language)
		}
		return
	}
	var missing, stale []string
	for _, tag := range c.version.Languages {
		phrase, ok := t[tag]
		switch {
		case tag == c.version.Language:
		case !ok || phrase.Text == "":
			missing = append(missing, tag)
		case phrase.Stale(source.Text):
			stale = append(stale, tag)
		}
	}
	if len(missing) > 0 {
		c.warn(at, "survey.translation_missing", "text", name, "languages", strings.Join(missing, ", "))
	}
	if len(stale) > 0 {
		c.warn(at, "survey.translation_stale", "text", name, "languages", strings.Join(stale, ", "))
	}
}
