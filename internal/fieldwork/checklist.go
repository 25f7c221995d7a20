package fieldwork

import (
	"strings"
	"time"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Concern is one thing to think of before a wave opens. It warns and prevents
// nothing.
type Concern struct {
	Key     string         // message key, with Params
	Params  failure.Params // "languages" are tags with spaces between them
	Setting Setting        // what to change about it; "" where it is no setting
}

// Facts are what a check list knows beside the wave's settings.
type Facts struct {
	Audience  catalogue.Audience
	Languages []survey.Completeness // of the survey, the source first
	Strata    []Stratum
	Today     string // the day of the check
}

// The least k that the methods advise: 10 where respondents know one another,
// as the staff of a few schools do (METHODS, notation).
const professionalK = 10

// shortest is how many days a wave should be open at least, so that a weekend
// lies in it and whoever was ill can still answer.
const shortest = 7

// Concerns is the check list before a wave opens: what is missing or not yet
// sound, the weightiest first; nil when all is well.
func (w *Wave) Concerns(facts Facts) []Concern {
	var found []Concern
	add := func(setting Setting, key string, pairs ...any) {
		found = append(found, Concern{"waves.check." + key, failure.New("", "", pairs...).Params, setting})
	}
	missing := func(value string, setting Setting, key string) {
		if value == "" {
			add(setting, key)
		}
	}
	missing(w.Contact, SettingContact, "contact")
	missing(w.Purpose, SettingPurpose, "purpose")
	missing(w.LegalBasis, SettingLegalBasis, "legal_basis")
	missing(w.Mandate, SettingMandate, "mandate")
	missing(w.Retention, SettingRetention, "retention")
	w.translations(facts, add)
	switch {
	case facts.Audience.Professional() && w.K < professionalK:
		add(SettingK, "k_colleagues", "k", w.K, "advised", professionalK)
	case w.K < DefaultK:
		add(SettingK, "k_small", "k", w.K, "advised", DefaultK)
	}
	if w.Population == nil {
		add(SettingPopulation, "population")
	} else if unknown := unknownStrata(facts.Strata); unknown > 0 {
		add(SettingPopulation, "strata", "count", unknown)
	}
	if w.Supervision == "" && (facts.Audience == catalogue.Schools || !facts.Audience.Professional()) {
		add(SettingSupervision, "supervision")
	}
	if w.Council == "" && facts.Audience.Professional() {
		add(SettingCouncil, "council")
	}
	missing(w.Helpline, SettingHelpline, "helpline")
	w.days(facts.Today, add)
	return found
}

// translations tells of offered languages in which texts are missing, were not
// read by a person, or were made from an earlier wording.
func (w *Wave) translations(facts Facts, add func(Setting, string, ...any)) {
	var spoken []string
	for _, one := range facts.Languages {
		spoken = append(spoken, one.Language)
	}
	offered := map[string]bool{}
	for _, tag := range w.Offered(spoken) {
		offered[tag] = true
	}
	for _, kind := range []struct {
		key   string
		count func(survey.Completeness) int
	}{
		{"missing_texts", func(c survey.Completeness) int { return c.Needed - c.Present }},
		{"stale_texts", func(c survey.Completeness) int { return c.Stale }},
		{"draft_texts", func(c survey.Completeness) int { return c.Draft }},
	} {
		var tags []string
		count := 0
		for _, one := range facts.Languages {
			if texts := kind.count(one); offered[one.Language] && texts > 0 {
				tags, count = append(tags, one.Language), count+texts
			}
		}
		if count > 0 {
			add(SettingLanguages, kind.key, "languages", strings.Join(tags, " "), "count", count)
		}
	}
}

func unknownStrata(strata []Stratum) int {
	count := 0
	for _, one := range strata {
		if one.Population == 0 {
			count++
		}
	}
	return count
}

func (w *Wave) days(today string, add func(Setting, string, ...any)) {
	if w.Until == "" {
		add(SettingUntil, "no_end")
		return
	}
	from, errFrom := time.Parse(time.DateOnly, max(w.Opened, today))
	until, errUntil := time.Parse(time.DateOnly, w.Until)
	if errFrom != nil || errUntil != nil { // [Wave.Validate] says so
		return
	}
	switch days := int(until.Sub(from)/(24*time.Hour)) + 1; {
	case days < 1:
		add(SettingUntil, "over")
	case days < shortest:
		add(SettingUntil, "short", "count", days)
	}
}
