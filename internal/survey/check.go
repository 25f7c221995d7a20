package survey

import (
	"slices"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// Check reports what an author should know beyond what makes a survey
// unusable: translations missing or stale, measures of unknown fields of
// action. fields lists the keys of the fields of action; nil skips that check.
func Check(v *Version, fields []string) failure.Findings {
	c := &compiler{version: v}
	if v.Audience != "" && !catalogue.Audience(v.Audience).Valid() {
		c.warn(Position{Line: 1, Column: 1}, "survey.unknown_audience", "audience", v.Audience)
	}
	c.translations(Position{}, "title", v.Title)
	c.translations(Position{}, "description", v.Description)
	for _, list := range v.Choices {
		for _, choice := range list.Choices {
			c.translations(choice.Position, list.Name+"/"+choice.Name, choice.Label)
		}
	}
	for _, e := range v.Elements {
		for _, t := range e.texts() {
			c.translations(e.Place(t.name), e.Name+"/"+t.name, *t.text)
		}
		if e.Measures != nil && fields != nil && !slices.Contains(fields, e.Measures.Field) {
			c.find(e.Place("measures"), "survey.unknown_field_of_action", "field", e.Measures.Field, "name", e.Name,
				"suggestion", nearest(e.Measures.Field, slices.Clone(fields)))
		}
	}
	return c.findings
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
